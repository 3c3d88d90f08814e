"""Errors in the words of the command line: options in place of arguments and types."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Answer, Emulator, in_thread
from tests.support.commands import point_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.commands import Shell


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A small account that the environment points at."""
    with in_thread(Emulator(boards=2, pins=10)) as emulator:
        point_at(emulator, monkeypatch)
        yield emulator


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("export out --concurrency many", "'--concurrency': "),
        ("export out --concurrency 0", "'--concurrency': "),
        ("emulator --latency slow", "'--latency': "),
        ("emulator --port 70000", "'--port': "),
        ("export out --format xml", "'--format': 'xml' is not one of 'jsonl', "),
        ("emulator --shell tcsh", "'--shell': 'tcsh' is not one of 'sh', "),
        (
            "emulator --redirect-uri foo",
            "--redirect-uri: a redirect address is one such as http://",
        ),
        ("export out --since soon", "'soon' does not match the formats 'YYYY-MM-DD', "),
        ("analytics --start 1.5.2026", "'1.5.2026' does not match the formats 'YYYY-MM-DD'; "),
    ],
)
def test_a_wrong_value_is_told_without_python(shell: Shell, words: str, says: str) -> None:
    """What Typer says of a value has no type, no code of dates and no "Value error" in it."""
    ended = shell(*words.split())
    assert ended.code == 2
    assert says in ended.complaint
    for pythons in ("Value error", "Input should", "%", "int range", "float range", "string"):
        assert pythons not in ended.complaint


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("account-analytics --split SHOE", "--split has no 'SHOE': "),
        ("account-analytics --content-type SHOE", "--content-type has no 'SHOE': "),
        ("account-analytics --top-by SHOE --top-out x", "--top-by has no 'SHOE': "),
        ("account-analytics --top 60 --top-out x", "--top must be from 0 to 50"),
        ("account-analytics --metric SHOE", "--metric has no 'SHOE': "),
        ("ads report 12 --target GENDER", "level CAMPAIGN has no --target; ask at "),
        ("ads export out 12 --status SHOE", "--status must be "),
        ("boards --base-url ftp://there", "--base-url must look like "),
        ("ads report 12 --out figures.txt", "name should end in .jsonl, .csv, .parquet, "),
    ],
)
def test_an_argument_of_a_job_is_called_by_its_option(
    shell: Shell, emulator: Emulator, words: str, says: str
) -> None:
    """What a job refuses is said with the option that was typed."""
    ended = shell(*words.split())
    assert ended.code == 2
    assert says in ended.complaint
    assert emulator.requests == []


def test_json_has_the_message_as_programs_get_it(shell: Shell, emulator: Emulator) -> None:
    """With --json the words are those of the library."""
    assert emulator.requests == []
    ended = shell("account-analytics", "--top-by", "SHOE", "--top-out", "x", "--json")
    said = json.loads(ended.err)["error"]
    assert said["message"].startswith("top_by has no 'SHOE': ")


def test_a_member_that_is_newer_can_be_sent(shell: Shell, emulator: Emulator) -> None:
    """A refused member names the option that lets it go, and that does."""
    words = ("call", "boards.create", "name=Plums", "--yes")
    wrong = ("call", "pins.create", "media_source.kind=x", "media_source.source_type=image_url")
    ended = shell(*wrong)
    assert ended.code == 2
    assert "has no member 'kind'" in ended.complaint
    assert ended.complaint.endswith("For one that is newer than this package, give --unchecked")
    assert emulator.requests == []

    ended = shell(*wrong, "--unchecked")
    assert ended.code == 1
    assert [one.status for one in emulator.requests] == [400]
    assert shell(*words, "--unchecked").code == 0


@pytest.mark.parametrize(
    ("answer", "says", "not_says"),
    [
        (Answer(403, {"code": 29, "message": "Trial."}), "try it with --sandbox", "Pinterest(..."),
        (Answer(404, {"code": 4182, "message": "No."}), "", "catalogs.create)"),
        (
            Answer(409, {"code": 4182, "message": "No catalog."}),
            "make one with `pinterest-async call catalogs.create`",
            "with catalogs.create",
        ),
    ],
)
def test_a_hint_names_commands(
    shell: Shell, emulator: Emulator, answer: Answer, says: str, not_says: str
) -> None:
    """What helps is said as a command or an option."""
    emulator.fail("boards/list", answer)
    ended = shell("boards")
    assert ended.code == 1
    assert says in ended.complaint
    assert not_says not in ended.complaint


def test_a_folder_that_cannot_be_made_is_named_first(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    """An error of the system has its words and its file, and no number."""
    (tmp_path / "file").touch()
    ended = shell("export", str(tmp_path / "file" / "out"))
    assert ended.code == 1
    assert ended.complaint == f"pinterest-async: {tmp_path / 'file' / 'out'}: Not a directory"


def test_a_taken_port_is_told_plainly(shell: Shell) -> None:
    """The emulator's port may be another program's."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = shell("emulator", "--port", str(taken.getsockname()[1]))
    assert ended.code == 1
    assert "Errno" not in ended.complaint
    assert "address already in use" in ended.complaint


def test_nobody_there_is_told_plainly(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of the host is enough, without what aiohttp keeps about it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", "pina_some_token")
    ended = shell("boards", "--base-url", f"http://127.0.0.1:{port}/v5")
    assert ended.code == 1
    assert ended.complaint == (
        f"pinterest-async: boards/list: Cannot connect to host 127.0.0.1:{port}: "
        "Connect call failed; nothing was sent"
    )
