"""The stores: what is kept, what is refused, and who waits for whom."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.auth import (
    FileTokenStore,
    KeyringTokenStore,
    RedisTokenStore,
    Token,
    TokenStore,
)
from pinterest_async.auth.stores import TokenStoreError, _locks
from pinterest_async.auth.stores import redis as redis_store
from pinterest_async.errors import ConfigurationError
from pinterest_async.testing.conformance import TokenStoreConformance
from tests.support.auth_world import outcome_of, turns
from tests.support.redis_server import ask

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fake_keyring import FakeKeyring

FIRST = Token("pina_first", refresh="pinr_first", expires_at=1.5, scopes=("boards:read",))
SECOND = Token("pina_second", refresh="pinr_second", environment="sandbox")

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes of files are POSIX's")


class TestStores(TokenStoreConformance):
    """What every store is held to."""


async def test_stores_show_no_token(store: TokenStore) -> None:
    """Their `repr` tells where tokens are kept, and none of them."""
    await store.save("alice", FIRST)
    assert "pina" not in repr(store)
    assert "pinr" not in repr(store)


async def test_an_account_has_a_name(tmp_path: Path) -> None:
    """An empty name is refused where it would be part of a longer one."""
    async with RedisTokenStore("redis://127.0.0.1:9/0") as redis:
        for store in (FileTokenStore(tmp_path), redis):
            with pytest.raises(ConfigurationError, match="empty"):
                await store.load("")


# Files


@posix_only
async def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    """Folder, file and locks are closed to others from the moment they are made."""
    store = FileTokenStore(tmp_path / "deep" / "tokens")
    before = os.umask(0)
    try:
        async with store.lock("alice"):
            await store.save("alice", FIRST)
    finally:
        os.umask(before)
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.folder.iterdir()}
    assert modes == {"alice.json": 0o600, "alice.lock": 0o600, ".lock": 0o600}


@posix_only
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
async def test_a_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    """The error names the file, its mode, and what to do."""
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("alice", FIRST)
    store.path("alice").chmod(mode)
    with pytest.raises(TokenStoreError, match=rf"alice\.json is open .* {mode:04o}.*chmod 600"):
        await store.load("alice")


@posix_only
async def test_a_folder_that_others_can_open_is_refused(tmp_path: Path) -> None:
    """Whoever can write to the folder could put a token of theirs there."""
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("alice", FIRST)
    store.folder.chmod(0o755)
    for attempt in (store.load("alice"), store.save("alice", SECOND)):
        with pytest.raises(TokenStoreError, match=r"tokens is open .* 0755.*chmod 700"):
            await attempt


@posix_only
async def test_links_and_pipes_are_refused(tmp_path: Path) -> None:
    """Only a plain file holds a token."""
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("alice", FIRST)
    store.path("bob").symlink_to(store.path("alice"))
    os.mkfifo(store.path("carol"), 0o600)
    for account in ("bob", "carol"):
        with pytest.raises(TokenStoreError, match=account):
            await store.load(account)


async def test_a_spoilt_file_is_told_as_one(tmp_path: Path) -> None:
    """The error says which file, and not what is in it."""
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("alice", FIRST)
    store.path("alice").write_bytes(b'{"access": "pina_first", "refresh": 5}')
    error = await outcome_of(store.load("alice"))
    assert "alice.json does not hold a token" in str(error)
    assert "pina" not in str(error)


@pytest.mark.parametrize(
    "account", ["a/b", "..", ".", "a\0b", "ä" * 300, "a" * 300, ".lock", "C:x"]
)
async def test_any_name_is_a_file_in_the_folder(tmp_path: Path, account: str) -> None:
    """No name leads out of the folder, or to another account's file."""
    store = FileTokenStore(tmp_path / "tokens")
    await store.save(account, FIRST)
    async with store.lock(account):
        assert await store.load(account) == FIRST
    assert store.path(account).parent == store.folder
    assert await store.load(account + "x") is None
    assert [path.name for path in tmp_path.iterdir()] == ["tokens"]


async def test_what_a_crash_has_left_is_replaced(tmp_path: Path) -> None:
    """Half a draft of another token does no harm."""
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("alice", FIRST)
    draft = store.folder / ".draft"
    draft.write_bytes(b'{"acc')
    assert await store.load("alice") == FIRST
    await store.save("alice", SECOND)
    assert await store.load("alice") == SECOND
    assert not draft.exists()


async def test_files_are_not_touched_on_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading and writing happen in a thread, so that a slow disk stops nobody."""
    here, threads = threading.get_ident(), set[int]()

    def watched(self: Token) -> bytes:
        threads.add(threading.get_ident())
        return b'{"access":"pina_first"}'

    monkeypatch.setattr(Token, "to_json", watched)
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("alice", FIRST)
    await store.swap("alice", FIRST, FIRST)
    assert threads
    assert here not in threads


async def test_a_full_disk_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old token stays where a new one cannot be written."""
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("alice", FIRST)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TokenStoreError, match="No space left"):
        await store.save("alice", SECOND)
    monkeypatch.undo()
    assert await store.load("alice") == FIRST


async def test_a_lock_that_is_never_let_go_of_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the file, so that its holder can be found."""
    monkeypatch.setattr(_locks, "PATIENCE", 0.05)
    first, second = FileTokenStore(tmp_path / "tokens"), FileTokenStore(tmp_path / "tokens")
    async with first.lock("alice"):
        with pytest.raises(TokenStoreError, match=r"another process has held .*alice\.lock"):
            async with second.lock("alice"):
                pass


# The keyring


async def test_a_locked_keyring_is_told_as_one(tmp_path: Path, backend: FakeKeyring) -> None:
    """Without the backend's own words, which may quote a token."""
    store = KeyringTokenStore(tmp_path)
    await store.save("alice", FIRST)
    backend.locked = True
    attempts: list[Any] = [store.load("alice"), store.save("alice", FIRST), store.delete("alice")]
    for attempt in attempts:
        error = await outcome_of(attempt)
        assert isinstance(error, TokenStoreError)
        assert str(error) == "the keyring refused: KeyringLocked"


async def test_a_strangers_entry_in_the_keyring_is_refused(
    tmp_path: Path, backend: FakeKeyring
) -> None:
    """What is not a token is told as that."""
    backend.entries["pinterest_async", "alice"] = "hunter2"
    error = await outcome_of(KeyringTokenStore(tmp_path).load("alice"))
    assert "does not hold a token" in str(error)
    assert "hunter2" not in str(error)


# Redis


async def test_redis_that_is_away_is_told_as_one() -> None:
    """Every method says so, without what was to be kept."""
    async with RedisTokenStore("redis://127.0.0.1:9/0") as store:
        attempts: list[Any] = [
            store.load("alice"),
            store.save("alice", FIRST),
            store.swap("alice", FIRST, SECOND),
            store.delete("alice"),
            store.lock("alice").__aenter__(),
        ]
        for attempt in attempts:
            error = await outcome_of(attempt)
            assert isinstance(error, TokenStoreError)
            assert str(error) == "Redis did not do it: ConnectionError"


async def test_a_dead_holders_redis_lock_runs_out(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits is let in, while a living holder keeps the lock as long as it needs it."""
    monkeypatch.setattr(redis_store, "LOCK_SECONDS", 1.0)
    async with RedisTokenStore(redis_url) as dead, RedisTokenStore(redis_url) as living:
        await dead._acquire("pinterest_async:token:x:lock", "mark", "x")
        async with asyncio.timeout(20), living.lock("x"):
            await asyncio.sleep(1.4)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1), dead.lock("x"):
                    pass


async def test_a_strangers_redis_key_is_refused(redis_url: str) -> None:
    """What is not a token is told as that."""
    from redis.asyncio import Redis

    client: Any = Redis
    async with client.from_url(redis_url) as redis:
        await redis.set("pinterest_async:token:odd", "hunter2")
        store = RedisTokenStore(redis)
        error = await outcome_of(store.load("odd"))
        await store.aclose()
        assert await redis.ping()
    assert "does not hold a token" in str(error)
    assert "hunter2" not in str(error)


async def test_more_accounts_at_once_than_connections_to_redis(redis_url: str) -> None:
    """Hundreds of calls take turns over a few connections, and none of them fails."""
    async with RedisTokenStore(redis_url, prefix="many:") as store:
        accounts = [f"{number}" for number in range(200)]
        await asyncio.gather(*(store.save(account, FIRST) for account in accounts))

        async def hold(account: str) -> Token | None:
            async with store.lock(account):
                await turns()
                return await store.load(account)

        assert await asyncio.gather(*map(hold, accounts)) == [FIRST] * 200
        clients = (await ask(redis_url, "INFO", "clients"))["connected_clients"]
        assert clients <= redis_store.CONNECTIONS + 1
        assert await ask(redis_url, "KEYS", "many:*:lock") == []


async def test_a_redis_that_is_silent_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """No call waits for ever for a server that takes connections and never answers."""
    monkeypatch.setattr(redis_store, "TIMEOUT", 0.02)
    server = await asyncio.start_server(lambda _, writer: silent.append(writer), "127.0.0.1", 0)
    silent: list[asyncio.StreamWriter] = []
    port = server.sockets[0].getsockname()[1]
    async with RedisTokenStore(f"redis://127.0.0.1:{port}/0") as store, asyncio.timeout(10):
        assert isinstance(await outcome_of(store.load("alice")), TokenStoreError)
    server.close()
    for writer in silent:
        writer.close()
        await writer.wait_closed()


async def test_one_failure_does_not_end_the_prolonging_of_a_lock(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever refreshes a token keeps the lock, though Redis was away for a moment."""
    from redis.asyncio import Redis
    from redis.exceptions import ConnectionError as RedisConnectionError

    client: Any = Redis
    failures = 1

    class Faulty(client):  # type: ignore[misc]
        async def eval(self, script: str, *args: Any) -> Any:
            nonlocal failures
            if failures and "PEXPIRE" in script:
                failures -= 1
                raise RedisConnectionError
            return await client.eval(self, script, *args)

    monkeypatch.setattr(redis_store, "LOCK_SECONDS", 1.5)
    async with Faulty.from_url(redis_url) as redis:
        store = RedisTokenStore(redis, prefix="faulty:")
        async with store.lock("alice"):
            await asyncio.sleep(2.0)
            assert await ask(redis_url, "EXISTS", "faulty:alice:lock") == 1
    assert failures == 0


async def test_a_lock_can_be_cancelled_at_every_step(redis_url: str) -> None:
    """Wherever its taker is, it goes away at once, and the next one finds the lock free."""
    async with RedisTokenStore(redis_url, prefix="steps:") as store:
        await store.load("alice")  # the connection is there

        async def take() -> None:
            async with store.lock("alice"):
                await asyncio.sleep(60)

        for steps in range(12):
            taking = asyncio.create_task(take())
            for _ in range(steps):
                await asyncio.sleep(0)
            taking.cancel()
            async with asyncio.timeout(5):
                await asyncio.wait([taking])
            assert taking.cancelled()
            assert await ask(redis_url, "EXISTS", "steps:alice:lock") == 0


async def test_a_lock_whose_taker_is_cancelled_is_let_go_of(redis_url: str) -> None:
    """Where the lock was taken but nobody heard of it, the next one need not wait for its end."""
    from redis.asyncio import Redis

    client: Any = Redis
    taken = asyncio.Event()

    class Late(client):  # type: ignore[misc]
        async def set(self, *args: Any, **options: Any) -> None:
            await client.set(self, *args, **options)
            taken.set()
            await asyncio.sleep(60)

    async with Late.from_url(redis_url) as redis:
        lock = RedisTokenStore(redis, prefix="late:").lock("alice")
        taking = asyncio.create_task(lock.__aenter__())
        await taken.wait()
        taking.cancel()
        await asyncio.wait([taking])
        assert taking.cancelled()
    assert await ask(redis_url, "EXISTS", "late:alice:lock") == 0


async def test_f10_a_lock_whose_release_is_cancelled_is_not_held_on(redis_url: str) -> None:
    """F10: wherever a cancellation meets the release, the next one finds the lock free."""
    async with RedisTokenStore(redis_url, prefix="release:") as store:
        await store.load("alice")  # the connection is there

        async def take(inside: asyncio.Event) -> None:
            async with store.lock("alice"):
                inside.set()

        for steps in range(12):
            inside = asyncio.Event()
            taking = asyncio.create_task(take(inside))
            await inside.wait()
            for _ in range(steps):
                await asyncio.sleep(0)
            taking.cancel()
            async with asyncio.timeout(5):
                await asyncio.wait([taking])
            assert await ask(redis_url, "EXISTS", "release:alice:lock") == 0
