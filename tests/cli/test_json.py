"""What programs rely on: JSON alone on stdout, errors as JSON, exit codes, completion."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinterest_async import jobs
from pinterest_async.cli import app, call, running
from pinterest_async.emulator import Answer, Emulator, SpamBlock, in_thread
from pinterest_async.operations import OPERATIONS
from tests.support.commands import COMMAND, heed_interrupts, point_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.commands import Ended, Shell

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "cli.md").read_text(encoding="utf-8")
JOBS = (DOCS / "jobs.md").read_text(encoding="utf-8")
COMMANDS = [
    f"{name} {sub}".rstrip()
    for name in app.COMMANDS
    for sub in getattr(app.load(name), "commands", [""])
]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A small account that the environment points at."""
    with in_thread(Emulator(boards=3, pins=12, job_seconds=0.0, local_pictures=True)) as emulator:
        point_at(emulator, monkeypatch)
        yield emulator


def error_of(ended: Ended) -> dict[str, object]:
    """The one object on stderr; nothing else was printed."""
    assert ended.out == ""
    (line,) = ended.err.splitlines()
    error: dict[str, object] = json.loads(line)["error"]
    assert error["exit_code"] == ended.code
    return error


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_it(shell: Shell, command: str) -> None:
    """`--json` is an option of each command; the list of them is whole.

    Names are in small letters: Typer 0.27 makes `--FEED` of an option whose metavar is its name.
    """
    shown = shell(*command.split(), "--help").out
    assert "--json" in shown
    assert not re.findall(r"--[A-Z]\w*", shown)
    listed = re.findall(r"^  ([a-z][a-z-]*)  ", shell("--help").out, re.MULTILINE)
    assert set(listed) == {one.split()[0] for one in COMMANDS}


@pytest.mark.parametrize(
    "words",
    [
        ["boards"],
        ["call", "boards/list"],
        ["call", "user_account/get"],
        ["operations", "boards"],
        ["limits"],
        ["doctor"],
        ["whoami"],
        ["analytics", "--last", "2"],
        ["account-analytics", "--last", "2"],
        ["images", "OUT", "--host", "localhost", "--metadata"],
        ["images", "OUT", "--emulator", "--board", "herb-gardens-ideas"],
        ["pins", "create", "ROWS", "--skip-bad"],
        ["pins", "video", "ROWS", "--board", "Plums", "--create-missing"],
    ],
    ids=" ".join,
)
def test_stdout_is_json_alone(
    shell: Shell, emulator: Emulator, tmp_path: Path, words: list[str]
) -> None:
    """Each line of stdout is JSON, whatever the command."""
    rows = tmp_path / "rows.csv"
    rows.write_text("board,image,title\nnowhere,https://x.test/a.jpg,Plums\n")
    if "--emulator" in words:
        words = [*words, "--json"]
    place = {"OUT": str(tmp_path / "out"), "ROWS": str(rows)}
    ended = shell(*[place.get(word, word) for word in words], "--json")
    assert ended.code == (3 if "--skip-bad" in words else 0)
    lines = ended.out.splitlines()
    assert lines
    for line in lines:
        json.loads(line)


def test_logging_in_and_out_is_told_without_the_token(
    shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login says what it keeps and where, a logout what it has forgotten."""
    monkeypatch.setenv("PINTEREST_BASE_URL", emulator.sandbox_base_url)
    monkeypatch.delenv("PINTEREST_ACCESS_TOKEN")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{emulator.sandbox_token}\n"))
    entered = shell("login", "--sandbox", "--json")
    kept = json.loads(entered.out)
    assert (kept["login"], kept["base_url"]) == ("default", emulator.sandbox_base_url)
    assert Path(kept["file"]).exists()
    assert emulator.sandbox_token not in entered.out
    left = json.loads(shell("logout", "--sandbox", "--json").out)
    assert left == {"login": "default", "base_url": emulator.sandbox_base_url, "forgotten": True}
    assert not Path(kept["file"]).exists()


def test_the_emulator_says_where_it_is() -> None:
    """Its address and tokens are one object, for programs that start it."""
    process = subprocess.Popen(
        [*COMMAND, "emulator", "--boards", "1", "--pins", "1", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - one signal handler, no locks
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert told["base_url"].startswith("http://127.0.0.1:")
    assert {"token", "sandbox_base_url", "sandbox_token", "app_id", "app_secret"} < set(told)
    assert (process.returncode, out) == (130, b"")
    assert json.loads(err)["error"]["type"] == "Interrupted"


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (["call", "boards/get", "board_id=404404"], 1, "NotFound"),
        (["call", "boards/lst"], 2, "InvalidRequest"),
        (["call"], 2, "BadParameter"),
        (["call", "boards/list", "--token", "x"], 2, "NoSuchOption"),
        (["nothing"], 2, "UsageError"),
        (["boards", "no such board"], 1, "BoardNotFound"),
        (["images", "OUT", "--board", "no such board"], 1, "BoardNotFound"),
        (["analytics", "--start", "2020-01-01"], 2, "InvalidRequest"),
        (["analytics", "--start", "soon"], 2, "BadParameter"),
        (["analytics", "--last", "0"], 2, "BadParameter"),
        (["analytics", "--last", "999999999"], 2, "InvalidRequest"),
        (["analytics", "--out", "."], 2, "BadParameter"),
        (["analytics", "--out", "figures.xlsx"], 2, "BadParameter"),
        (["account-analytics", "--top-out", "best.parquet"], 2, "BadParameter"),
        (["account-analytics", "--last", "92"], 2, "InvalidRequest"),
        (["export", "FILE"], 2, "BadParameter"),
        (["images", "FILE"], 2, "BadParameter"),
        (["pins", "create", "nowhere.csv"], 2, "BadParameter"),
        (["pins", "create", "FILE"], 2, "ConfigurationError"),
        (["pins", "create", "FILE", "--concurrency", "0"], 2, "BadParameter"),
        (["pins", "video", "nowhere.mp4", "--board", "Plums"], 2, "BadParameter"),
        (["pins", "video", "FILE", "--board", "no such board"], 2, "BadRows"),
        (["pins", "video", "FILE", "--board", "Plums", "--cover", "nowhere.jpg"], 2, "BadPicture"),
        (
            ["pins", "video", "FILE", "--board", "Plums", "--cover", "a.jpg", "--cover-at", "3"],
            2,
            "InvalidRequest",
        ),
        (["logout"], 2, "ConfigurationError"),
        (["limits", "--emulator", "--sandbox"], 2, "ConfigurationError"),
    ],
    ids=str,
)
def test_errors_are_objects(
    shell: Shell, emulator: Emulator, tmp_path: Path, words: list[str], code: int, kind: str
) -> None:
    """An error is one object on stderr with its kind and exit code, and stdout stays empty."""
    file = tmp_path / "file.txt"
    file.write_text("It is neither rows nor a folder.")
    error = error_of(shell(*(str(file) if word == "FILE" else word for word in words), "--json"))
    assert (error["exit_code"], error["type"]) == (code, kind)
    assert error["message"]
    if kind == "NotFound":
        assert (error["status"], error["code"], error["operation"]) == (404, 40, "boards/get")


def test_reports_say_whether_they_are_complete(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    """The JSON of each job has the member `complete`, as the exit code has it."""
    out = str(tmp_path / "out")
    whole = shell("images", out, "--host", "localhost", "--json")
    assert (whole.code, json.loads(whole.out)["complete"]) == (0, True)
    (pin_id, *_) = emulator.account.saved.pins
    parts = shell("analytics", pin_id, "1", "--last", "1", "--json")
    assert (parts.code, json.loads(parts.err)["report"]["complete"]) == (3, False)


def test_the_same_failure_is_one_line(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """People see why, the first that failed, and how many more; --json has all of them."""
    ended = shell("images", str(tmp_path / "out"), "--host", "other.test")
    assert ended.code == 3
    (line,) = [line for line in ended.out.splitlines() if "name it in --host" in line]
    as_json = shell("images", str(tmp_path / "out"), "--host", "other.test", "--json")
    more = len(json.loads(as_json.out)["failures"]) - 3
    assert f" and {more} more: " in line
    assert ended.out.splitlines()[-1] == "  --json names them all"


def test_failures_are_grouped_by_what_they_have_in_common() -> None:
    """Ids of requests and addresses make no other reason; statuses and words do."""
    many = [(f"{n}", f"404 at https://h/{n}: gone [request {n}00]") for n in range(5000)]
    assert [*running.grouped(many)] == [
        "  0, 1, 2 and 4,997 more: 404 at https://h/0: gone [request 000]",
        "  --json names them all",
    ]
    few = [("a", "503"), ("b", "404"), ("c", "503")]
    assert [*running.grouped(few)] == ["  a, c: 503", "  b: 404"]
    reasons = [*running.grouped((f"row {n}", "x" * n) for n in range(1, 25))]
    assert (len(reasons), reasons[10]) == (12, "  and 14 more for 14 other reasons")
    assert [*running.grouped([])] == []


def test_a_table_makes_its_folder(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """`analytics --out` makes the folder of its file, as the other jobs do, and leaves no half."""
    out = tmp_path / "new" / "figures.csv"
    assert shell("analytics", "--last", "1", "--out", str(out)).code == 0
    assert out.read_text().startswith("pin_id,date,")
    lines = tmp_path / "figures.jsonl"
    assert shell("analytics", "--last", "1", "--out", str(lines)).code == 0
    assert {*json.loads(lines.read_text().splitlines()[0])} >= {"pin_id", "date"}
    emulator.fail("pins/list", Answer(401, {"code": 2, "message": "No."}))
    assert shell("analytics", "--last", "1", "--out", str(tmp_path / "new" / "b.csv")).code == 1
    assert [path.name for path in out.parent.iterdir()] == ["figures.csv"]


def test_codes_are_those_that_are_documented(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    """0, 1, 2, 3 and 130 are what the help, the module and the page say."""
    rows = tmp_path / "rows.csv"
    rows.write_text("board,image\nPlums,https://x.test/a.jpg\n")
    create = ("pins", "create", str(rows))
    assert shell(*create).code == running.USAGE == 2
    emulator.fail("boards/list", Answer(403, {"code": 29, "message": "No."}))
    assert shell(*create).code == running.FAILED == 1
    emulator.fail("pins/create", SpamBlock())
    assert shell(*create, "--create-missing").code == running.DIFFERENCES == 3
    assert shell(*create).code == 0
    said = shell("--help").out
    for text in (said, str(running.__doc__), PAGE):
        codes = re.search(r"[Ee]xit code.*?130", text, re.DOTALL)
        assert codes is not None
        assert {"0", "1", "2", "3"} <= set(re.findall(r"\d", codes[0]))


def test_interrupting_leaves_a_journal_to_go_on_from(emulator: Emulator, tmp_path: Path) -> None:
    """Ctrl-C ends `pins create` with 130, and the next run makes the rest, each Pin once."""
    rows = tmp_path / "rows.csv"
    lines = [f"Plums,https://x.test/{n}.jpg,Pin {n}" for n in range(30)]
    rows.write_text("\n".join(["board,image,title", *lines]))
    words = [*COMMAND, "pins", "create", str(rows), "--create-missing", "--json"]
    before = len(emulator.account.saved.pins)
    emulator.latency = 0.02
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - one signal handler, no locks
    )
    end = time.monotonic() + 20
    while len(emulator.account.saved.pins) < before + 5:
        assert time.monotonic() < end
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert json.loads(err)["error"]["type"] == "Interrupted"
    journal = sqlite3.connect(tmp_path / "rows.csv.journal")
    kept = dict(journal.execute("SELECT state, count(*) FROM pins GROUP BY state").fetchall())
    journal.close()
    assert kept["created"] >= 1

    emulator.latency = 0.0
    again = subprocess.run(words, capture_output=True, text=True, check=True)
    report = json.loads(again.stdout)
    assert report["complete"]
    assert report["done_before"] >= kept["created"]
    titles = [pin.title for pin in emulator.account.saved.pins.values()][before:]
    assert sorted(map(str, titles)) == sorted(f"Pin {n}" for n in range(30))


@pytest.mark.parametrize("words", [["boards"], ["analytics", "--last", "20"], ["operations"]])
def test_a_reader_that_has_had_enough_is_no_error(emulator: Emulator, words: list[str]) -> None:
    """`... | head -1` ends it without a word."""
    process = subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    complaints = process.stderr.read()
    process.stderr.close()
    process.wait()
    assert b"Traceback" not in complaints
    assert b"Errno" not in complaints


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("call boards/li", {"boards/list", "boards/list_pins"}),
        ("call boards.li", {"boards.list", "boards.list_pins"}),
        ("call boards/list p", {"privacy=", "page_size="}),
        ("pins ", {"create", "video"}),
        ("ima", {"images"}),
        ("boards --js", {"--json"}),
    ],
)
def test_bash_completes(typed: str, offered: set[str]) -> None:
    """Commands, options, operations and their keys complete as bash asks for it."""
    words = ["pinterest-async", *typed.split(" ")]
    environment = {
        **os.environ,
        "_PINTEREST_ASYNC_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    ended = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, check=True)
    assert set(ended.stdout.split()) == offered


def test_completion_can_be_had() -> None:
    """`--show-completion` prints what a shell needs, with the name of this program."""
    # Typer looks for the shell among the processes above, and a run of its own may have none there.
    line = f"{shlex.join([*COMMAND, '--show-completion', 'bash'])} && true"
    bash = shutil.which("bash") or "bash"
    ended = subprocess.run([bash, "-c", line], capture_output=True, text=True, check=True)
    assert "_PINTEREST_ASYNC_COMPLETE=complete_bash" in ended.stdout


def test_an_operation_has_its_own_help(shell: Shell) -> None:
    """`call OPERATION --help` says where it leads, what it needs, and every key with its type."""
    said = shell("call", "boards/list_pins", "--help")
    assert said.code == 0
    for text in ("GET /boards/{board_id}/pins", "boards:read", "org_read", "page_size"):
        assert text in said.out
    assert re.search(r"^  board_id \(needed\): text$", said.out, re.MULTILINE)
    assert "did you mean boards/list" in shell("call", "boards/lst", "--help").err


def test_every_operation_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of each of them can be made, and names its path."""
    for operation in OPERATIONS.values():
        call._print_help(operation)
        assert operation.path in capsys.readouterr().out


TWO_WORDS = ("ads", "audiences", "catalog", "events", "leads", "pins")
"""Commands that have commands of their own."""


def test_the_jobs_of_the_page_exist(shell: Shell) -> None:
    """Each row of its table names a job, and a command with options that there are."""
    rows = re.findall(r"^\| .+ \| `(\w+)\(.*\)` \| (?:`(.+)` )?\|$", JOBS, re.MULTILINE)
    assert len(rows) == 18
    for name, command in rows:
        assert name in jobs.__all__
        words = command.split()
        if words:
            taken = words[:2] if words[0] in TWO_WORDS else words[:1]
            said = shell(*taken, "--help").out
            assert all(word in said for word in words if word.startswith("--"))
