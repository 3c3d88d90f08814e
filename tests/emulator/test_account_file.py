"""An account from a file, in the emulator and on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from pinterest_async.cli.app import app
from pinterest_async.emulator import Emulator
from tests.support.emulator_api import small

if TYPE_CHECKING:
    from pathlib import Path

DESCRIBED: dict[str, Any] = {
    "username": "bo",
    "account_type": "PINNER",
    "boards": [
        {
            "name": "Cakes",
            "description": "All of them",
            "privacy": "SECRET",
            "sections": ["To try", "Done"],
            "pins": [
                {"title": "Plum", "section": "Done", "media": "video"},
                {"link": "https://example.com/", "media": "multiple_images"},
            ],
        },
        {"name": "Empty"},
    ],
}


def written(folder: Path, described: Any) -> Path:
    """A file that says this."""
    path = folder / "account.json"
    path.write_text(json.dumps(described))
    return path


async def test_account_is_as_described(tmp_path: Path) -> None:
    """Boards, sections and Pins of the file are the account's, and no others."""
    async with small(account=written(tmp_path, DESCRIBED)) as client:
        me = (await client.get("/user_account")).body
        empty, cakes = await client.walk("/boards")
        sections = await client.walk(f"/boards/{cakes['id']}/sections")
        carousel, video = await client.walk(f"/boards/{cakes['id']}/pins")
        done = await client.walk(f"/boards/{cakes['id']}/sections/{sections[1]['id']}/pins")
    assert (me["username"], me["account_type"], me["pin_count"]) == ("bo", "PINNER", 2)
    assert (empty["name"], cakes["privacy"], cakes["description"]) == (
        "Empty",
        "SECRET",
        "All of them",
    )
    assert [section["name"] for section in sections] == ["To try", "Done"]
    assert done == [video]
    assert (video["title"], video["media"]["media_type"]) == ("Plum", "video")
    assert (carousel["title"], carousel["creative_type"]) == (None, "CAROUSEL")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"username": ""}, "username"),
        ({"boards": [{"nam": "x"}]}, "nam"),
        ({"boards": [{"name": "x", "pins": [{"section": "y"}]}]}, "no section 'y'"),
        ({"boards": [{"name": "x", "pins": [{"title": "y" * 101}]}]}, "title"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    """A file in another form says what is wrong with it."""
    path = written(tmp_path, {**DESCRIBED, **change})
    with pytest.raises(ValueError, match=words):
        Emulator(account=path)


def test_command_says_what_is_wrong_with_the_file(tmp_path: Path) -> None:
    """The command line tells a wrong file, or none, as a mistake of its user."""
    bad = written(tmp_path, {"username": 1})
    for path in (bad, tmp_path / "none.json"):
        ended = CliRunner().invoke(app, ["emulator", "--account", str(path)])
        assert ended.exit_code == 2
        assert "--account" in ended.output
