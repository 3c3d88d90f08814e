"""The command line: what it prints, where, and how it ends."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, get_args

import pytest

from pinterest_async import Conflict, NotFound, PermissionDenied, Pinterest, PinterestError
from pinterest_async.auth import logins
from pinterest_async.cli import call, call_help, export, lookup, running
from pinterest_async.cli.app import COMMANDS, load
from pinterest_async.cli.arguments import parameters, read_arguments
from pinterest_async.emulator import Answer, Emulator, SpamBlock, in_thread
from pinterest_async.jobs.export.formats import Format
from pinterest_async.jobs.images.download import IMAGE_HOST
from pinterest_async.operations import OPERATIONS
from tests.support.commands import COMMAND, heed_interrupts, point_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.commands import Shell


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A small account that the environment points at."""
    with in_thread(Emulator(boards=4, pins=60)) as emulator:
        point_at(emulator, monkeypatch)
        yield emulator


def wait_until(true: Callable[[], bool]) -> None:
    """Return as soon as it is true; fail when it does not become so."""
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


# export


def test_export_needs_nothing_with_the_emulator(shell: Shell, tmp_path: Path) -> None:
    """`export OUT --emulator` works without a token and prints clear figures."""
    ended = shell("export", str(tmp_path / "out"), "--emulator")

    assert ended.code == 0
    assert ended.err == ""
    figures = dict(re.findall(r"^  ([a-z]+)\s+([\d.]+)$", ended.out, re.MULTILINE))
    assert figures["pins"] == "4000"
    assert figures["boards"] == "40"
    assert {"sections", "pages", "calls", "seconds"} <= set(figures)
    assert "complete" in ended.out


def test_export_prints_json_alone_where_it_is_asked_for(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    """`--json` prints the manifest and nothing else."""
    ended = shell("export", str(tmp_path), "--json")

    assert ended.code == 0
    assert ended.err == ""
    assert json.loads(ended.out) == json.loads((tmp_path / "manifest.json").read_bytes())
    assert json.loads(ended.out)["pins"] == 60


def test_export_with_differences_ends_with_3(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    """An export that misses something says what and has an exit code of its own."""
    emulator.fail("boards/list_pins", Answer(404, {"code": 40, "message": "Board not found."}))
    ended = shell("export", str(tmp_path))

    assert ended.code == 3
    assert "1 difference" in ended.out
    assert "Board not found." in ended.out


def test_a13_a_difference_that_stands_ends_with_0(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    """A count that is wrong each night is told, and fails the command once, or with `--strict`."""
    codes: list[int] = []
    outs: list[str] = []
    for options in ([], ["--update"], ["--update", "--strict"]):
        # A Pin without an id is set aside each time.
        emulator.fail("boards/list_pins", Answer(200, {"items": [{"title": "no id"}]}))
        ended = shell("export", str(tmp_path), "--concurrency", "1", *options)
        codes.append(ended.code)
        outs.append(ended.out)
    assert codes == [3, 0, 3]
    assert "differences stand as the export before found them" in outs[1]
    assert "could not be read" in outs[1]
    assert "complete: beyond those" in outs[1]


def test_export_does_not_overwrite_unasked(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    """A second export into the same folder is refused with the way out, or allowed."""
    assert shell("export", str(tmp_path)).code == 0
    refused = shell("export", str(tmp_path))
    assert refused.code == 2
    assert "give --update to bring it up to date, --overwrite to begin anew" in refused.complaint
    assert "True" not in refused.complaint
    full = shell("export", str(tmp_path), "--full").complaint
    assert full == "pinterest-async: --full is for --update: all else is full"
    assert shell("export", str(tmp_path), "--overwrite").code == 0


def test_export_into_a_file_is_one_clear_line(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    """A folder that cannot be made is an error of one line."""
    (tmp_path / "taken").write_text("")
    ended = shell("export", str(tmp_path / "taken" / "out"))
    assert ended.code == 1
    assert "taken" in ended.complaint


def test_progress_is_drawn_on_a_terminal_only(emulator: Emulator, tmp_path: Path) -> None:
    """A terminal sees a bar with boards and pins; stdout stays clean."""
    emulator.latency = 0.05
    drawn, out = on_a_terminal("export", str(tmp_path), "--concurrency", "1")
    assert b"/4 boards" in drawn
    assert b"boards   " in out
    assert b"\x1b" not in out


def test_a_table_on_the_terminal_is_not_drawn_over(emulator: Emulator, tmp_path: Path) -> None:
    """`analytics` shows how far it is where its table goes elsewhere, to a file or down a pipe."""
    words = ("analytics", "--last", "1", "--metric", "SAVE")
    to_pipe, out = on_a_terminal(*words)
    to_file, nothing = on_a_terminal(*words, "--out", str(tmp_path / "a.csv"), whole=True)
    to_screen, _ = on_a_terminal(*words, whole=True)
    assert (b"\x1b" in to_pipe, b"\x1b" in to_file, b"\x1b" in to_screen) == (True, True, False)
    assert out.startswith(b"pin_id,date,")
    assert nothing == b""


def on_a_terminal(*words: str, whole: bool = False) -> tuple[bytes, bytes]:
    """Run a command with stderr on a terminal, `whole` with stdout too; what each was sent."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *words],
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        stdout=theirs if whole else subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    drawn = b""
    # A terminal whose other end is closed cannot be read any more.
    with suppress(OSError):
        while more := os.read(ours, 65536):
            drawn += more
    out, _ = process.communicate(timeout=20)
    os.close(ours)
    assert process.returncode == 0
    return drawn, out or b""


def test_interrupting_an_export_is_clean(emulator: Emulator, tmp_path: Path) -> None:
    """Ctrl-C ends with 130, one line, and no file but what the next run goes on from."""
    emulator.latency = 0.2
    process = subprocess.Popen(
        [*COMMAND, "export", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - one signal handler, no locks
    )
    # Those for the account and for its boards, and then for what the boards hold.
    wait_until(lambda: len(emulator.requests) > 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    said = "pinterest-async: interrupted\nthe same command goes on where it was\n"
    assert (process.returncode, out, err) == (130, "", said)
    assert [path.name for path in tmp_path.iterdir()] == [".pinterest-export.sqlite"]


# call


def test_call_prints_the_answer(shell: Shell, emulator: Emulator) -> None:
    """A single answer is printed as JSON."""
    ended = shell("call", "user_account/get")
    assert ended.code == 0
    assert json.loads(ended.out)["username"] == emulator.account.username


def test_call_prints_a_listing_line_by_line(shell: Shell, emulator: Emulator) -> None:
    """A listing gives one line for each item, to its end or to --max-items."""
    board_id = next(iter(emulator.account.saved.boards))
    everything = shell("call", "boards/list").out.splitlines()
    assert [json.loads(line)["id"] for line in everything].count(board_id) == 1
    assert len(everything) == 4
    assert len(shell("call", "boards/list", "--max-items", "3").out.splitlines()) == 3
    secret = shell("call", "boards/list", "privacy=SECRET", "page_size=10")
    assert {json.loads(line)["privacy"] for line in secret.out.splitlines()} <= {"SECRET"}


def test_an_operation_has_three_names() -> None:
    """`call` takes the Python name, with a dot or a slash, and Pinterest's id."""
    for row in OPERATIONS.values():
        for name in (row.id, f"{row.resource}.{row.method}", f"{row.resource}/{row.method}"):
            assert lookup.find(name) is row


def test_call_takes_python_names(shell: Shell, emulator: Emulator) -> None:
    """What stands first in `operations` can be called."""
    assert len(shell("call", "boards.list").out.splitlines()) == 4
    assert emulator.requests[-1].operation_id == "boards/list"
    assert "keywords.list_trending" in shell("operations", "trending_keywords").out


def test_call_creates_changes_and_deletes(shell: Shell, emulator: Emulator) -> None:
    """Values are read as their parameters ask: text, truth, and null as JSON."""
    made = json.loads(shell("call", "boards/create", "name=Plum = good", "privacy=SECRET").out)
    assert emulator.account.saved.boards[made["id"]].name == "Plum = good"

    changed = shell("call", "boards/update", f"board_id={made['id']}", "description=2024")
    assert json.loads(changed.out)["description"] == "2024"
    cleared = shell("call", "boards/update", f"board_id={made['id']}", "description:=null")
    assert json.loads(cleared.out)["description"] is None

    assert shell("call", "boards/delete", f"board_id={made['id']}", "--yes").code == 0
    assert made["id"] not in emulator.account.saved.boards


def test_call_reads_lists_and_objects(shell: Shell, emulator: Emulator) -> None:
    """Lists come from commas or JSON, objects from JSON."""
    pin_id = next(iter(emulator.account.saved.pins))
    metrics = shell(
        "call",
        "pins/analytics",
        f"pin_id={pin_id}",
        "start_date=2026-10-01",
        "end_date=2026-10-03",
        "metric_types=IMPRESSION,SAVE",
    )
    assert metrics.code == 0
    asked = emulator.requests[-1].query["metric_types"]
    assert ",".join(asked) == "IMPRESSION,SAVE"

    board_id = next(iter(emulator.account.saved.boards))
    source = {"source_type": "image_url", "url": "https://example.com/cake.jpg"}
    made = shell(
        "call", "pins/create", f"board_id={board_id}", f"media_source={json.dumps(source)}"
    )
    assert made.code == 0
    assert json.loads(made.out)["id"] in emulator.account.saved.pins


@pytest.mark.parametrize(
    "words",
    [
        ["media_source.source_type=image_url", "media_source.url=https://example.com/cake.jpg"],
        ["media_source.source_type=image_url", 'media_source.url:="https://example.com/cake.jpg"'],
        ["media_source:=@SOURCE"],
        ["media_source:=@-"],
        ["@BODY", "title=A cake"],
    ],
    ids=" ".join,
)
def test_call_reads_bodies(
    shell: Shell, emulator: Emulator, tmp_path: Path, words: list[str]
) -> None:
    """An object comes from dotted keys, from a file, from stdin, or with the rest of the body."""
    source = {"source_type": "image_url", "url": "https://example.com/cake.jpg"}
    (tmp_path / "source.json").write_text(json.dumps(source))
    (tmp_path / "body.json").write_text(json.dumps({"media_source": source, "link": None}))
    shell.monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(source)))
    board_id = next(iter(emulator.account.boards))
    given = [
        word.replace("SOURCE", str(tmp_path / "source.json")).replace(
            "BODY", str(tmp_path / "body.json")
        )
        for word in words
    ]
    made = shell("call", "pins.create", f"board_id={board_id}", *given)
    assert made.code == 0
    assert json.loads(made.out)["id"] in emulator.account.pins
    sent: Any = emulator.requests[-1].body
    assert sent["media_source"] == source


@pytest.mark.parametrize("word", ["-", "@-"])
def test_call_reads_a_whole_body_from_stdin(shell: Shell, emulator: Emulator, word: str) -> None:
    """As other commands do, it takes `-` for stdin."""
    shell.monkeypatch.setattr(sys, "stdin", io.StringIO('{"name": "Quinces"}'))
    made = shell("call", "boards.create", word)
    assert (made.code, json.loads(made.out)["name"]) == (0, "Quinces")


def test_call_takes_a_list_from_repeated_keys(shell: Shell, emulator: Emulator) -> None:
    """A key that is given several times adds to its list."""
    pin_id = next(iter(emulator.account.pins))
    metrics = shell(
        "call",
        "pins/analytics",
        f"pin_id={pin_id}",
        "start_date=2026-10-01",
        "end_date=2026-10-03",
        "metric_types=IMPRESSION",
        "metric_types=SAVE,OUTBOUND_CLICK",
    )
    assert metrics.code == 0
    asked = ",".join(emulator.requests[-1].query["metric_types"])
    assert asked == "IMPRESSION,SAVE,OUTBOUND_CLICK"


def test_an_object_in_a_file_has_each_key_once(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    """The last of two would win without a word; a file that is no JSON says where."""
    body = tmp_path / "body.json"
    for text, says in (('{"title": "a", "title": "b"}', "title is given twice"), ("{]", "byte 1")):
        body.write_text(text)
        ended = shell("call", "pins.create", f"@{body}")
        assert ended.code == 2
        assert says in ended.complaint
    assert emulator.requests == []


def test_items_that_fail_in_a_success_are_told(shell: Shell, emulator: Emulator) -> None:
    """A write of several items is a success to Pinterest; the exit code is 3."""
    account = json.loads(shell("call", "ad_accounts.list", "--max-items", "1").out)["id"]
    words = ["call", "campaigns.update", "--yes", f"ad_account_id={account}"]
    item = json.dumps([{"id": "1", "ad_account_id": account, "status": "PAUSED"}])
    call = [*words, f"items:={item}"]
    ended = shell(*call)
    assert ended.code == 3
    (exception,) = json.loads(ended.out)["items"][0]["exceptions"]
    complaint = f"1 failed: [0] {exception['code']} {exception['message']}"
    assert ended.complaint == f"pinterest-async: {complaint}"
    as_json = shell(*call, "--json")
    assert (as_json.code, as_json.err) == (3, "")


CHANGE = 'items:=[{"id": "1", "ad_account_id": "1", "status": "PAUSED"}]'


@pytest.mark.parametrize(
    ("words", "does"),
    [
        (["boards.delete", "board_id=1"], "boards.delete cannot be undone"),
        (["campaigns.update", "ad_account_id=1", CHANGE], "campaigns.update may spend money"),
    ],
)
def test_call_asks_where_money_or_things_may_be_lost(
    shell: Shell, emulator: Emulator, words: list[str], does: str
) -> None:
    """Without a terminal it is refused, at one a no ends it, and --yes or a yes sends it."""
    ended = shell("call", *words)
    assert ended.code == 2
    assert f"{does}, and there is no terminal to ask at: give --yes" in ended.complaint
    shell.monkeypatch.setattr(sys, "stdin", Keyboard("n\n"))
    ended = shell("call", *words)
    assert ended.code == 1
    assert f"{does}. Send it? [y/N]" in ended.err
    assert ended.err.endswith("pinterest-async: nothing was sent\n")
    assert emulator.requests == []
    shell.monkeypatch.setattr(sys, "stdin", Keyboard("y\n"))
    assert "nothing was sent" not in shell("call", *words).err
    assert "terminal" not in shell("call", *words, "--yes").err
    assert len(emulator.requests) == 2


def test_call_asks_nothing_else(shell: Shell, emulator: Emulator) -> None:
    """What reads, and what another call can change back, is sent at once."""
    assert shell("call", "boards/create", "name=Plums").code == 0
    assert shell("call", "boards/list").code == 0
    assert len(emulator.requests) == 2


def test_effects_are_shown(shell: Shell) -> None:
    """The list and the help of an operation say what it does, and the list is filtered by it."""
    spending = shell("operations", "spends").out.splitlines()
    assert [line.split()[2] for line in spending] == ["spends"] * 16
    assert any(line.startswith("bulk.upsert ") for line in spending)
    assert "It may spend money: `call` asks first" in shell("call", "ads.create", "--help").out
    assert "It reads, and changes nothing." in shell("call", "ads.list", "--help").out
    (row,) = json.loads(shell("operations", "--json", "boards/delete").out)
    assert row["effect"] == "irreversible"


def test_an_option_is_given_once(shell: Shell, emulator: Emulator) -> None:
    """One that takes a single value is refused the second time; flags and lists may repeat."""
    ended = shell("call", "boards.list", "--max-items", "1", "--max-items", "2")
    assert ended.code == 2
    assert "--max-items is given twice" in ended.err
    assert emulator.requests == []
    assert shell("analytics", "--metric", "SAVE", "--metric", "IMPRESSION").code == 0
    assert shell("call", "boards.list", "--json", "--json").code == 0


def test_call_walks_a_listing_with_all(shell: Shell, emulator: Emulator) -> None:
    """Every item is a line of JSON, over as many pages as there are."""
    ended = shell("call", "boards.list", "--all", "page_size=3")
    found = [json.loads(line)["id"] for line in ended.out.splitlines()]
    assert set(found) == set(emulator.account.boards)
    assert len(found) == 4
    assert len(emulator.requests) == 2


class Keyboard(io.StringIO):
    """A terminal at which somebody has typed something."""

    def isatty(self) -> bool:
        """It is one."""
        return True


# What the emulator cannot find in an example is an id that is made up.
UNKNOWN = (NotFound, PermissionDenied, Conflict)
UNKNOWN_TOO = {"advanced_auction_items_get/post", "advanced_auction_items_submit/post"}
TOKENS = {"oauth/token", "reports/get", "token/revoke"}


async def test_every_example_works() -> None:
    """What a help ends with can be sent, and is refused for its made-up ids only."""
    async with (
        Emulator(boards=1, pins=2, enforce_limits=False) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url, retry=0) as client,
    ):
        for row in OPERATIONS.values():
            method = call._method(client, row)
            words = call_help.example_of(row, method)
            arguments = read_arguments(words, parameters(method))
            with suppress(*UNKNOWN, *([PinterestError] if row.id in UNKNOWN_TOO | TOKENS else [])):
                await method(**arguments)


@pytest.mark.parametrize("columns", [60, 100])
def test_help_for_an_operation_shows_members_and_an_example(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """Nested members are dotted keys, with their values; the example is a command."""
    monkeypatch.setenv("COLUMNS", str(columns))
    said = shell("call", "pins.create", "--help").out
    keys, _, example = said.partition("Example:\n")
    assert all(len(line) <= columns for line in keys.splitlines())
    assert "  media_source.source_type (needed): or image_url, with\n" in keys
    assert "  media_source.url (needed): text\n" in keys
    assert "  media_source.items[].title: text\n" in keys
    assert "ai_disclosures.values (needed): list of AI_MODIFIED |" in keys
    assert "At most 500 characters." in keys
    assert "options" not in keys
    assert "write it as JSON" in keys
    words = shlex.split(example)
    assert words[:3] == ["pinterest-async", "call", "pins.create"]
    assert shell(*words[1:], "--emulator").complaint.startswith("pinterest-async: pins/create: 404")


def test_help_says_of_every_operation_what_it_takes() -> None:
    """No operation is without help, and none of its lines speaks Python."""
    for row in OPERATIONS.values():
        said = "\n".join(call_help.help_of(row, lookup.unconnected(row)))
        keys = said.partition("Keys:")[2]
        assert not re.search(r"UNSET|Unset|Sequence\[|None\b|<class|typing", keys), row.id


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["boards/get", "board_id=1", "board_id=2"], "board_id is given twice"),
        (["pins/create", "media_source.url=x", "media_source.url=y"], "given twice"),
        (["pins/create", "title=x", "title.y=z"], "title is given as a whole"),
        (["pins/create", "media_sorce.url=x"], "no parameter 'media_sorce'"),
        (["pins/create", "@nowhere.json"], "@nowhere.json cannot be read"),
        (["boards/lst"], "did you mean boards/list"),
        (["boards.lst"], "did you mean boards.list"),
        (["boards/get"], "missing: board_id"),
        (["boards/get", "board_id="], "board_id"),
        (["boards/get", "bord_id=1"], "there are board_id"),
        (["boards/get", "1"], "key=value"),
        (["boards/list", "page_size=300"], "250"),
        (["boards/list", "page_size=many"], "page_size"),
        (["boards/get", "board_id=1", "--max-items", "2"], "listings"),
        (["boards/get", "board_id=1", "--all"], "--all is for listings"),
        (["boards/list", "--all", "--max-items", "2"], "give one"),
        (["pins/create", 'media_source:={"url": "a", "url": "b"}'], "url is given twice"),
        (["boards/list", "ad_account_id:={"], "ad_account_id"),
    ],
)
def test_wrong_words_are_told_before_anything_is_sent(
    shell: Shell, emulator: Emulator, words: list[str], says: str
) -> None:
    """What cannot be sent ends with 2 and one line that says what would be right."""
    ended = shell("call", *words)
    assert ended.code == 2
    assert says in ended.complaint
    assert emulator.requests == []


# errors


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Answer(502, "<html>bad gateway</html>"), "502"),
        (Answer(200, "<html>sign in</html>"), "cannot be read"),
        (SpamBlock(), "429"),
        (Answer(403, {"code": 29, "message": "You may not."}), "You may not."),
    ],
)
def test_a_refusal_is_one_line(shell: Shell, emulator: Emulator, fault: Any, says: str) -> None:
    """Whatever Pinterest answers, the command ends with 1 and one line."""
    emulator.fail("user_account/get", fault, times=10)
    ended = shell("call", "user_account/get")
    assert ended.code == 1
    assert says in ended.complaint
    assert ended.out == ""


def test_a_base_url_without_its_end_is_told(shell: Shell, emulator: Emulator) -> None:
    """An address that lacks /v5 finds nothing, and the line says why."""
    ended = shell("boards", "--base-url", emulator.base_url.removesuffix("/v5"))
    assert ended.code == 1
    assert "the base URL usually ends with /v5, unlike http://127.0.0.1:" in ended.complaint
    assert "/v5" not in shell("call", "boards.get", "board_id=1").complaint


def test_a_wrong_id_says_what_is_not_there(shell: Shell, emulator: Emulator) -> None:
    """An id that does not exist is told with Pinterest's words."""
    ended = shell("call", "boards/get", "board_id=404404")
    assert ended.code == 1
    assert "Board not found" in ended.complaint


@pytest.mark.parametrize("words", [["export", "out"], ["call", "boards/list"], ["limits"]])
def test_a_wrong_token_is_one_line_without_it(
    shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, words: list[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    """A token that Pinterest does not know is told as such, and never shown."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", "pina_wrong_0123456789")
    ended = shell(*words)
    assert ended.code == 1
    assert "401" in ended.complaint


@pytest.mark.parametrize("token", ["", "  ", None, "two words"])
def test_an_empty_or_odd_token_is_one_line(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, token: str | None
) -> None:
    """Without a usable token in the environment nothing is tried, and the variable is named."""
    monkeypatch.chdir(tmp_path)
    if token is not None:
        monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", token)
    ended = shell("export", "out")
    assert ended.code == 2
    assert "token" in ended.complaint.lower()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("token", [True, False])
def test_the_sandbox_of_the_environment_is_heeded(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, *, token: bool
) -> None:
    """A login and a token in the environment understand the same words, and refuse the others."""
    monkeypatch.setenv("PINTEREST_SANDBOX", "yes")
    assert "https://api-sandbox.pinterest.com" in shell("whoami").complaint
    if token:
        monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", "pina_any")
    monkeypatch.setenv("PINTEREST_SANDBOX", "perhaps")
    ended = shell("whoami")
    assert ended.code == 2
    assert "PINTEREST_SANDBOX must be 1 or 0" in ended.complaint


def test_whoami_asks_where_it_says_it_does(
    shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that the token of the environment is sent to is the one that is told."""
    monkeypatch.setenv("PINTEREST_BASE_URL", emulator.sandbox_base_url)
    monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", emulator.sandbox_token)
    ended = shell("whoami", "--sandbox", "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["base_url"] == emulator.sandbox_base_url


def test_nobody_listening_is_one_line(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    """A connection that cannot be made is told in one line."""
    monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", "pina_any")
    ended = shell("call", "boards/list", "--base-url", f"http://127.0.0.1:{unused_tcp_port}/v5")
    assert ended.code == 1
    assert "boards/list" in ended.complaint


@pytest.mark.parametrize("words", [["--sandbox"], ["--base-url", "http://127.0.0.1:1/v5"]])
def test_the_emulator_goes_with_no_other_host(shell: Shell, words: list[str]) -> None:
    """`--emulator` beside another host is a mistake, and told."""
    ended = shell("limits", "--emulator", *words)
    assert ended.code == 2
    assert "--emulator" in ended.complaint


def test_there_is_no_option_for_a_token(shell: Shell) -> None:
    """A token cannot be given as an argument, where others could read it."""
    assert shell("call", "boards/list", "--token", "pina_x").code == 2


# the rest


def test_limits_prints_what_pinterest_names(shell: Shell, emulator: Emulator) -> None:
    """One cheap call is enough to see the windows of its category."""
    ended = shell("limits")
    assert ended.code == 0
    assert "org_read" in ended.out
    assert "1000 a minute" in ended.out
    assert len(emulator.requests) == 1
    assert json.loads(shell("limits", "--json").out)[0]["category"] == "org_read"


def test_operations_lists_all_or_some(shell: Shell) -> None:
    """Every operation is listed once by its Python name; a filter looks into all that is known."""
    assert len(shell("operations").out.splitlines()) == len(OPERATIONS)
    some = shell("operations", "board_sections").out.splitlines()
    assert [line.split()[0] for line in some] == [
        f"board_sections.{row.method}"
        for row in OPERATIONS.values()
        if row.id.startswith("board_sections/")
    ]
    for words in ("pins:write", "org_write board", "ORG_WRITE", "list_trending", "best time"):
        ended = shell("operations", words)
        assert bool(ended.out) is (words != "best time")
        assert bool(ended.err) is (words == "best time")
    assert "pins.create " in shell("operations", "section", "Create a Pin").out
    assert shell("operations", "org_write", "boards").out == (
        shell("operations", "boards org_write").out
    )
    assert len(json.loads(shell("operations", "--json").out)) == len(OPERATIONS)
    assert "boards.list_pins " in shell("operations", "boards_list_pins").out


def test_the_emulator_runs_until_it_is_interrupted(shell: Shell) -> None:
    """It prints the variables that a client needs, and ends with Ctrl-C."""
    process = subprocess.Popen(
        [*COMMAND, "emulator", "--boards", "2", "--pins", "9", "--seed", "7"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - one signal handler, no locks
    )
    assert process.stdout is not None
    printed = [process.stdout.readline() for _ in range(2)]
    for line in printed:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        assert equals, process.communicate(timeout=20)
        shell.monkeypatch.setenv(name, value)
    assert len(shell("call", "boards/list").out.splitlines()) == 2
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert re.search(r"^sandbox: http://\S+/v5, with the token \S+$", err, re.MULTILINE)


def test_without_its_extra_it_says_how_to_get_it() -> None:
    """Where Typer is not installed, one line names the extra, and the exit code is 2."""
    program = "import sys; sys.modules['typer'] = None; import pinterest_async.cli as c; c.main()"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "pip install 'pinterest-async[cli]'" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("module", ["pinterest_async", "pinterest_async.cli"])
def test_it_runs_as_a_module(module: str) -> None:
    """Where scripts are not on the path, Python finds it by the package's name."""
    words = (sys.executable, "-m", module, "--version")
    said = subprocess.run(words, check=True, capture_output=True)
    assert said.stdout.startswith(b"pinterest-async ")


def test_the_version_is_that_of_the_package(shell: Shell) -> None:
    """`--version` names the version that pyproject.toml gives."""
    assert re.fullmatch(r"pinterest-async \d+\.\d+\.\d+\n", shell("--version").out)


def test_what_help_says_without_the_jobs_is_true() -> None:
    """The formats and the host of pictures are those of the jobs, which a help does not load."""
    assert get_args(export.Format) == get_args(Format)
    assert running.IMAGE_HOST == IMAGE_HOST
    assert running.LoginOptions().login == logins.ACCOUNT


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_they_are(name: str) -> None:
    """Each is loaded under its name, and says itself what it does."""
    command = load(name)
    assert command.name in (name, "")
    assert command.help
