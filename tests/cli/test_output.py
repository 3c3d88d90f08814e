"""What a terminal would obey is shown by the command line instead (row F6)."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from pinterest_async.cli import output
from pinterest_async.emulator import Answer, Emulator, in_thread
from tests.support.commands import COMMAND, environment, point_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.commands import Shell

# Clears the screen, sets its title, begins a control sequence of the second set, turns the
# direction of writing, rings, and begins a line that is not ours.
HOSTILE = "a\x1b[2Jb\x1b]0;title\x07c\x9b31md\u202ee\rf\ng"
OBEYED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An account whose board has a hostile name."""
    with in_thread(Emulator(boards=1, pins=2)) as emulator:
        for board in emulator.account.boards.values():
            board.name = HOSTILE
        point_at(emulator, monkeypatch)
        yield emulator


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["boards"], 1),
        (["boards", "--json"], 1),
        (["call", "boards/list"], 1),
        (["call", "boards/get", "board_id=BOARD", "--json"], 1),
        (["call", "boards/get", "board_id=BOARD"], None),
    ],
    ids=str,
)
def test_f6_a_name_is_shown(
    shell: Shell, emulator: Emulator, words: list[str], lines: int | None
) -> None:
    """F6: a board's name cannot move the cursor, nor begin a line of its own."""
    (board_id,) = emulator.account.boards
    ended = shell(*(word.replace("BOARD", board_id) for word in words))
    assert ended.code == 0
    assert not OBEYED.search(ended.out)
    assert lines is None or len(ended.out.splitlines()) == lines
    if words[0] == "call" or "--json" in words:
        assert json.loads(ended.out)["name"] == HOSTILE
    else:
        assert r"a\x1b[2Jb\x1b]0;title\x07c\x9b31md\u202ee\rf\ng" in ended.out


@pytest.mark.parametrize("as_json", [True, False])
def test_f6_a_servers_message_is_shown(shell: Shell, emulator: Emulator, *, as_json: bool) -> None:
    """F6: a refusal with control characters in its message stays one line."""
    refusal = Answer(403, {"code": 29, "message": HOSTILE})
    emulator.fail("user_account/get", refusal)
    ended = shell("call", "user_account/get", *(["--json"] if as_json else []))
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert not OBEYED.search(ended.err)


def test_f6_a_jobs_report_is_shown(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """F6: the differences of an export name boards, and stay lines of ours."""
    refusal = Answer(404, {"code": 40, "message": HOSTILE})
    emulator.fail("boards/list_pins", refusal)
    ended = shell("export", str(tmp_path))
    assert ended.code == 3
    assert r"\x1b[2J" in ended.out
    assert not OBEYED.search(ended.out)


def test_f6_the_log_is_shown(emulator: Emulator) -> None:
    """F6: what the package logs goes to stderr through the same place."""
    program = (
        "import logging, sys; sys.argv = ['x', '--version']; import pinterest_async.cli as c\n"
        "try: c.main()\nexcept SystemExit: pass\n"
        f"logging.getLogger('pinterest_async').warning('said %s', {HOSTILE!r})"
    )
    ended = subprocess.run(
        [COMMAND[0], "-c", program],
        env=environment(emulator),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr.startswith(r"said a\x1b[2Jb")
    assert len(ended.stderr.splitlines()) == 1


def test_f6_emoji_and_other_scripts_are_left_alone() -> None:
    """F6: joined emoji, accents and right-to-left letters are text, not control characters."""
    for text in ("\U0001f469\u200d\U0001f373", "cafe\u0301", "\u05e9\u05dc\u05d5\u05dd", "\u200c"):
        assert output.visible(text) == text
    assert output.visible("\ud83d") == r"\ud83d"
