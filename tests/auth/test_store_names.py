"""Names of accounts that file systems, encodings or Windows make trouble with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import _files
from pinterest_async.auth import FileTokenStore, KeyringTokenStore, RedisTokenStore, Token
from pinterest_async.auth.stores import TokenStoreError
from pinterest_async.errors import ConfigurationError

if TYPE_CHECKING:
    from tests.support.fake_keyring import FakeKeyring

UPPER = Token("pina_upper", refresh="pinr_upper")
LOWER = Token("pina_lower", refresh="pinr_lower")


async def test_f17_names_that_differ_by_case_are_two_files(tmp_path: Path) -> None:
    """F17: where a file system knows no case, no account gets another one's token."""
    store = FileTokenStore(tmp_path / "tokens")
    names = ["Anna", "anna", "aNNA", "%41nna", "Ä", "ä", "a/b", "a%2Fb", "a%2fb"]
    assert len({store.path(name).name.lower() for name in names}) == len(names)


@pytest.mark.parametrize("name", ["con", "aux", "nul", "prn", "com1", "LPT9", "con.anna", "CON"])
async def test_f17_names_of_devices_are_not_used(tmp_path: Path, name: str) -> None:
    """F17: no token goes to what Windows takes for a device."""
    store = FileTokenStore(tmp_path / "tokens")
    stem = store.path(name).name.partition(".")[0].lower()
    assert stem not in {"con", "aux", "nul", "prn", "com1", "lpt9"}
    await store.save(name, UPPER)
    assert await store.load(name) == UPPER


@pytest.mark.parametrize("name", ["Anna", "con", "A" * 100, "Anna/B@c", "Ännchen"])
async def test_f17_files_of_an_earlier_version_are_found(tmp_path: Path, name: str) -> None:
    """F17: a file under the name of an earlier version is renamed, and its token is used."""
    folder = tmp_path / "tokens"
    folder.mkdir(mode=0o700)
    quoted = {"Anna/B@c": "Anna%2FB@c", "Ännchen": "%C3%84nnchen"}.get(name, name)
    old = folder / f"{quoted}.json"
    old.touch(mode=0o600)
    old.write_bytes(UPPER.to_json())
    store = FileTokenStore(folder)
    assert await store.load(name.lower() if name == "Anna" else "other") is None
    assert await FileTokenStore(folder).swap(name, UPPER, LOWER)
    assert await store.load(name) == LOWER
    assert [path.name for path in folder.glob("*.json")] == [store.path(name).name]


@pytest.mark.parametrize("name", ["%FF.json", "Readme.txt", ".json", "Odd name.json"])
async def test_f17_strangers_files_keep_their_names(tmp_path: Path, name: str) -> None:
    """F17: what no version of the store has written is left alone."""
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("anna", LOWER)
    (store.folder / name).touch(mode=0o600)
    assert await FileTokenStore(store.folder).load("anna") == LOWER
    assert (store.folder / name).exists()


async def test_f18_a_file_that_is_being_read_is_replaced_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F18: where Windows refuses to replace a file that is open, the store tries again."""
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("anna", LOWER)
    replace, refusals = Path.replace, [PermissionError(13, "in use")] * 3

    def busy(self: Path, target: Path) -> Path:
        if refusals:
            raise refusals.pop()
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", busy)
    monkeypatch.setattr(_files, "_PAUSE", 0.0)
    monkeypatch.setattr(_files, "READERS_BLOCK", True)
    await store.save("anna", UPPER)
    assert not refusals
    monkeypatch.undo()
    assert await store.load("anna") == UPPER


async def test_f18_a_file_that_stays_open_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F18: a refusal that does not pass is told as one in the end."""

    def busy(self: Path, target: Path) -> Path:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "replace", busy)
    monkeypatch.setattr(_files, "SECONDS", 0.01)
    monkeypatch.setattr(_files, "READERS_BLOCK", True)
    with pytest.raises(TokenStoreError, match="in use"):
        await FileTokenStore(tmp_path / "tokens").save("anna", UPPER)


async def test_f15_half_a_character_in_an_accounts_name(
    tmp_path: Path, backend: FakeKeyring
) -> None:
    """F15: a lone surrogate is refused by every store that would have to write it down."""
    assert not backend.entries
    async with RedisTokenStore("redis://127.0.0.1:9/0") as redis:
        stores: list[Any] = [FileTokenStore(tmp_path), KeyringTokenStore(tmp_path), redis]
        for store in stores:
            for attempt in (
                store.load("anna\ud83d"),
                store.save("anna\ud83d", LOWER),
                store.swap("anna\ud83d", None, LOWER),
                store.delete("anna\ud83d"),
            ):
                with pytest.raises(ConfigurationError, match="half a character"):
                    await attempt
            with pytest.raises(ConfigurationError, match="half a character"):
                async with store.lock("anna\ud83d"):
                    pass


async def test_f15_a_keyrings_folder_that_cannot_be_used(
    tmp_path: Path, backend: FakeKeyring
) -> None:
    """F15: the error is the store's own, and names the folder."""
    assert not backend.entries
    (tmp_path / "file").touch()
    store: Any = KeyringTokenStore(tmp_path / "file")
    for attempt in (
        store.save("anna", LOWER),
        store.swap("anna", None, LOWER),
        store.delete("anna"),
    ):
        with pytest.raises(TokenStoreError, match="file cannot be used"):
            await attempt
    with pytest.raises(TokenStoreError, match="file cannot be used"):
        async with store.lock("anna"):
            pass


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are POSIX's")
async def test_f12_a_lock_or_draft_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    """F12: nothing outside the folder is written to through a link in it."""
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("anna", LOWER)
    outside = tmp_path / "outside"
    outside.write_text("kept")
    (store.folder / ".draft").symlink_to(outside)
    await store.save("anna", UPPER)
    assert await store.load("anna") == UPPER
    (store.folder / ".lock").unlink()
    (store.folder / ".lock").symlink_to(outside)
    with pytest.raises(TokenStoreError):
        await store.save("anna", LOWER)
    assert outside.read_text() == "kept"
