"""`pins create`, `pins video` and `boards` on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Emulator, SpamBlock, in_thread
from tests.support.commands import point_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.commands import Shell


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An account with one board, that the environment points at."""
    with in_thread(Emulator(boards=0, pins=0, job_seconds=0.0)) as emulator:
        point_at(emulator, monkeypatch)
        yield emulator


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """A file of three rows for a board that is not there yet."""
    path = tmp_path / "rows.csv"
    lines = [f"Plum cakes,https://x.test/{n}.jpg,Pin {n}" for n in range(3)]
    path.write_text("\n".join(["board,image,title", *lines]))
    return path


def test_create_makes_the_pins_and_goes_on(shell: Shell, emulator: Emulator, rows: Path) -> None:
    """The first run makes all, the second nothing, by the journal beside the rows."""
    ended = shell("pins", "create", str(rows), "--create-missing")
    assert ended.code == 0
    assert ended.err == ""
    assert "new: Plum cakes" in ended.out
    assert rows.with_name("rows.csv.journal").exists()

    again = shell("pins", "create", str(rows), "--json")
    assert again.code == 0
    assert json.loads(again.out)["done_before"] == 3
    assert len(emulator.account.saved.pins) == 3


def test_create_lists_the_bad_rows(shell: Shell, emulator: Emulator, rows: Path) -> None:
    """Wrong rows are listed with their lines, as JSON where that is asked for; the code is 2."""
    ended = shell("pins", "create", str(rows))
    assert ended.code == 2
    listed, said = ended.err.splitlines()
    assert listed.startswith("  line 2, line 3, line 4: ")
    assert said.startswith("pinterest-async: 3 of 3 rows are wrong")

    as_json = shell("pins", "create", str(rows), "--json")
    assert as_json.code == 2
    assert [row["line"] for row in json.loads(as_json.out)["bad"]] == [2, 3, 4]
    assert emulator.account.saved.pins == {}


def test_create_says_when_to_go_on(shell: Shell, emulator: Emulator, rows: Path) -> None:
    """A spam block ends with 3 and with the time of the next try."""
    emulator.fail("pins/create", SpamBlock(), times=9)
    ended = shell("pins", "create", str(rows), "--create-missing", "--concurrency", "1")
    assert ended.code == 3
    assert "stopped: SpamBlocked" in ended.out
    assert "run it again after" in ended.out


def test_video_prints_the_pin(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """The id of the Pin is all that stdout gets; the upload's is told on stderr."""
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(1000))
    words = ("pins", "video", str(film), "--board", "Plum cakes", "--title", "Film")
    refused = shell(*words)
    assert refused.code == 2
    assert refused.complaint.endswith("no board of this account answers to 'Plum cakes'")

    ended = shell(*words, "--create-missing", "--cover-at", "3")
    assert ended.code == 0
    (pin,) = emulator.account.saved.pins.values()
    (media_id,) = emulator.account.uploads
    assert ended.out.strip() == pin.id
    assert ended.err.strip() == f"upload {media_id}"

    other = shell(*words, "--media-id", media_id, "--json")
    assert json.loads(other.out)["media_id"] == media_id


def test_boards_are_listed_and_found(shell: Shell, emulator: Emulator, rows: Path) -> None:
    """All of them, or the one that is meant."""
    shell("pins", "create", str(rows), "--create-missing")
    (board_id,) = emulator.account.saved.boards
    listed = shell("boards")
    assert listed.out.split()[:3] == [board_id, "3", "PUBLIC"]
    found = shell("boards", "plum-cakes", "--json")
    assert json.loads(found.out)["id"] == board_id
    lost = shell("boards", "rye")
    assert lost.code == 1
    assert "no board of this account" in lost.err
