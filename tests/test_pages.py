"""What the README and the pages of the documentation show works as it stands there."""

from __future__ import annotations

import datetime as dt
import inspect
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from docs import build
from pinterest_async import OPERATIONS, Pinterest, errors, jobs
from pinterest_async._call.protocol import judge, judge_success
from pinterest_async.auth import MemoryTokenStore, OAuthApp, Token, logins
from pinterest_async.emulator import Emulator, LoginOptions, in_thread
from pinterest_async.limits.defaults import STANDARD
from pinterest_async.models import Pin
from tests.support import commands, pages
from tests.support.auth_world import approve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

PROGRAMS: Final = [one for page in pages.RUN for one in pages.blocks(page) if one.is_program]
DEFINITIONS: Final = {
    page: found
    for page in pages.RUN
    if (found := [one for one in pages.blocks(page) if not one.is_program])
}
COMMANDS: Final = [
    (page, line)
    for page in pages.PAGES
    for block in pages.blocks(page, "sh")
    for line in block.code.splitlines()
    if line.startswith("pinterest-async ")
]
RUNNING: Final = [line for page, line in COMMANDS if page in (*pages.RUN, "docs/cli.md")]


def environment(emulator: Emulator) -> dict[str, str]:
    """Where a user's program would find its token."""
    return {**commands.environment(emulator), "PYTHONPATH": str(pages.ROOT)}


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_program_runs(program: pages.Block, tmp_path: Path) -> None:
    """A program runs as it is, with nothing but a token in the environment."""
    with in_thread(Emulator(boards=3, pins=12)) as emulator:
        ended = subprocess.run(
            [sys.executable, "-W", "error", "-c", program.code],
            cwd=tmp_path,
            env=environment(emulator),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        boards = {board.name for board in emulator.account.saved.boards.values()}
        pins = set(emulator.account.saved.pins)
    assert (ended.stderr, ended.returncode) == ("", 0)
    lines = ended.stdout.splitlines()
    assert all(any(line.startswith(name) for line in lines) for name in boards)
    if "list_pins" in program.code:
        assert {line.split()[0] for line in lines if line[0] == " "} == pins


class World:
    """What the coroutines on the pages can ask for, by the names of their parameters."""

    def __init__(self, emulator: Emulator, pinterest: Pinterest, folder: Path) -> None:
        self._emulator = emulator
        self._pinterest = pinterest
        self._folder = folder

    async def arguments(self, coroutine: Callable[..., Awaitable[object]]) -> dict[str, Any]:
        """Return what a coroutine takes."""
        names = list(inspect.signature(coroutine).parameters)
        if coroutine.__name__ == "sandbox":
            return {"token": self._emulator.sandbox_token}
        return {name: await getattr(self, name)() for name in names}

    async def token(self) -> str:
        """The account's token."""
        return self._emulator.token

    async def tokens(self) -> dict[str, str]:
        """Tokens of accounts by name."""
        return {"alice": self._emulator.token}

    async def pinterest(self) -> Pinterest:
        """The client."""
        return self._pinterest

    async def board_id(self) -> str:
        """A board with more Pins than a small page holds."""
        boards = await self._pinterest.boards.list().collect()
        return max(boards, key=lambda board: board.pin_count or 0).id

    async def ad_account_id(self) -> str:
        """An ad account."""
        (first, *_) = await self._pinterest.ad_accounts.list()
        return first.id or ""

    async def campaign_ids(self) -> list[str]:
        """Some campaigns of it."""
        listed = self._pinterest.campaigns.list(await self.ad_account_id())
        return [one.id or "" for one in await listed.collect(max_items=2)]

    async def path(self) -> str:
        """A file that may pass for a video."""
        film = self._folder / "film.mp4"
        film.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(1000))
        return str(film)


@pytest.mark.parametrize("page", DEFINITIONS)
async def test_page_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every further block defines coroutines that run against the emulator."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"Pinterest": Pinterest}
    async with (
        Emulator(boards=8, pins=240, job_seconds=0.0, local_pictures=True) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url) as pinterest,
    ):
        monkeypatch.setattr("pinterest_async.client.PRODUCTION_URL", emulator.base_url)
        monkeypatch.setattr("pinterest_async.client.SANDBOX_URL", emulator.sandbox_base_url)
        world = World(emulator, pinterest, tmp_path)
        for block in DEFINITIONS[page]:
            exec(compile(block.code, str(block), "exec"), names)  # noqa: S102  # it is our own text
            coroutines = [
                value
                for value in names.values()
                if inspect.iscoroutinefunction(value) and value.__code__.co_filename == str(block)
            ]
            assert coroutines, f"{block} defines no coroutine"
            for coroutine in coroutines:
                await coroutine(**await world.arguments(coroutine))
    printed = capsys.readouterr().out
    assert emulator.token not in printed


def test_no_page_is_forgotten() -> None:
    """A page with Python is run here, or named by a test that runs it."""
    own = {pages.ROOT / "tests" / "test_docs.py", pages.ROOT / "tests" / "support" / "pages.py"}
    tests = {
        path.read_text("utf-8") for path in (pages.ROOT / "tests").rglob("*.py") if path not in own
    }
    for page in pages.PAGES:
        if page not in pages.RUN and pages.blocks(page):
            name = page.removeprefix("docs/")
            assert any(name in test for test in tests), page


async def test_the_login_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page on logins has for users who log in does so, for an app the emulator knows."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"Pinterest": Pinterest}
    for block in pages.blocks("docs/logins.md"):
        exec(compile(block.code, str(block), "exec"), names)  # noqa: S102  # it is our own text
    async with Emulator(boards=3, pins=5, login=LoginOptions(auto_approve=True)) as emulator:
        names["app"] = app = OAuthApp(
            emulator.app_id,
            emulator.app_secret,
            "http://127.0.0.1:8085/",
            base_url=emulator.base_url,
        )
        await names["log_in"]("alice", await approve(app, names["login_page"]()))
        async with Pinterest("pina_of_nobody", base_url=emulator.base_url) as pinterest:
            boards = await names["names_of_boards"](pinterest, "alice")
        assert sorted(boards) == sorted(
            board.name for board in emulator.account.saved.boards.values()
        )


async def test_a_dying_login_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The listener on that page hears of a refresh token that dies within the week."""
    names: dict[str, Any] = {}
    for block in pages.blocks("docs/logins.md")[:2]:
        exec(compile(block.code, str(block), "exec"), names)  # noqa: S102  # it is our own text
    names["store"] = store = MemoryTokenStore()
    now = dt.datetime.now(dt.UTC).timestamp()
    token = Token("pina_x", refresh="pinr_x", expires_at=now + 9e5, refresh_expires_at=now + 9e4)
    await store.save("alice", token)
    await names["credentials_of"]("alice").token()
    assert capsys.readouterr().out == "please log in again: alice\n"


async def test_a_kept_login_is_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program with a login of the command line runs with one."""
    block = pages.blocks("docs/logins.md")[-1]
    names: dict[str, Any] = {"Pinterest": Pinterest}
    exec(compile(block.code, str(block), "exec"), names)  # noqa: S102  # it is our own text
    async with Emulator(boards=3, pins=5) as emulator:
        monkeypatch.setenv("PINTEREST_BASE_URL", emulator.base_url)
        await logins.place().store.save("work", Token(emulator.token))
        await names["with_a_login"]()
        assert capsys.readouterr().out == f"{emulator.account.username}\n"


@pytest.mark.parametrize("line", RUNNING, ids=lambda line: line.split("#")[0].strip())
def test_command_runs(line: str, tmp_path: Path) -> None:
    """The commands that are shown are commands; the one that does not end shows its help."""
    words = shlex.split(line, comments=True)[1:]
    if words[0] == "emulator":
        words.append("--help")
    with in_thread(Emulator(boards=5, pins=20)) as emulator:
        ended = subprocess.run(
            [sys.executable, "-m", "pinterest_async.cli", *words],
            cwd=tmp_path,
            env=environment(emulator),
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout


@pytest.mark.parametrize("line", sorted({line for _, line in COMMANDS} - set(RUNNING)))
def test_command_exists(line: str, shell: commands.Shell) -> None:
    """Commands of pages with tests of their own are there, with the options that are shown."""
    words = shlex.split(line, comments=True)[1:]
    options = [word.split("=")[0] for word in words if word.startswith("--")]
    grouped = ("ads", "audiences", "catalog", "events", "leads", "pins")
    taken = words[:2] if words[0] in grouped else words[:1]
    said = shell(*taken, "--help")
    assert said.code == 0
    assert all(option in said.out for option in options if option != "--help")


def _rows(page: str) -> list[list[str]]:
    lines = [line for line in pages.text_of(page).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_limits_on_their_page_are_those_of_the_table() -> None:
    """The figures of Standard access are those that the client begins with."""
    shown = {
        row[0].strip("`"): int(row[1].replace(",", ""))
        for row in _rows("docs/limits.md")
        if len(row) == 3 and row[1].replace(",", "").isdigit()
    }
    assert len(shown) == 10
    assert shown == {name: STANDARD[name] for name in shown}


@pytest.mark.parametrize("page", [page for page in pages.PAGES if page != "docs/old-apis.md"])
async def test_what_a_page_names_exists(page: str) -> None:
    """Methods of the client that a page names are there, and take the arguments it shows."""
    text = pages.text_of(page)
    named = re.findall(r"`(?:await )?pinterest\.(\w+)\.(\w+)\(([^`]*)\)`", text)
    async with Pinterest("pina_of_nobody") as client:
        for resource, method, shown in named:
            taken = inspect.signature(getattr(getattr(client, resource), method)).parameters
            inner = re.sub(r"\w+\([^)]*\)", "", shown)
            assert set(re.findall(r"(\w+)=", inner)) <= set(taken), (resource, method)


def test_everything_has_its_place_in_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every operation, module of models, job and error is on a page that the navigation has."""
    monkeypatch.setattr(build, "PAGES", tmp_path)
    nav = build.write_reference()
    listed = build.pages_of(nav)
    assert len(listed) == len(set(listed))
    assert {f"{path.relative_to(tmp_path)}" for path in tmp_path.rglob("*.md")} == set(listed)
    index = (tmp_path / "reference" / "index.md").read_text("utf-8")
    names = (tmp_path / "reference" / "operation-ids.md").read_text("utf-8")
    for one in OPERATIONS.values():
        assert f"[`{one.resource}.{one.method}`](resources/{one.resource}.md#" in index
        assert f"| `{one.id}` | [`pinterest.{one.resource}.{one.method}`]" in names
        assert (tmp_path / "reference" / "resources" / f"{one.resource}.md").exists()
    for path in (pages.ROOT / "pinterest_async" / "models").glob("*.py"):
        page = tmp_path / "reference" / "models" / f"{path.stem}.md"
        assert page.exists() or path.stem == "__init__"
    told = (tmp_path / "reference" / "jobs.md").read_text("utf-8")
    assert all(f".{name}\n" in told for name in jobs.__all__)


REFUSALS: Final[Mapping[str, str]] = {
    "AppNotApproved": "Your application consumer type is not supported.",
    "DataAccessDenied": "PINNER_DATA_ACCESS_DENIED",
    "LinkBlocked": "Sorry! We blocked this link.",
    "SpamBlocked": "Taken for spam.",
    "TrialAccessError": "Apps with Trial access may not create Pins in production.",
}
"""Words by which errors of one status and code are told apart."""


@pytest.mark.parametrize(
    "row",
    [row for row in _rows("docs/errors.md") if len(row) == 5 and row[0][0].isdigit()],
    ids=lambda row: f"{row[0]}-{row[2]}",
)
def test_the_table_of_errors_is_so(row: list[str]) -> None:
    """A status and code lead to the error that the table names, for each of its numbers."""
    kinds = re.findall(r"`(\w+)`", row[2])
    # Pinterest says it to a code or a refresh token alone; `tests/auth` has it.
    if kinds == ["InvalidGrant"]:
        return
    operation = OPERATIONS["pins/create"]
    for status in re.findall(r"\d+", row[0].replace("xx", "03")):
        for code in re.findall(r"\b\d+", row[1]) or ["1"]:
            body = msgspec.json.encode(
                {"code": int(code), "message": REFUSALS.get(kinds[0], "No.")}
            )
            if status < "300":
                error = judge_success(operation, Pin, int(status), {}, body)
            else:
                error = judge(operation, int(status), {}, body)
            assert type(error).__name__ in kinds, (status, code)


def test_every_error_is_on_the_page() -> None:
    """The page names every error of the package."""
    text = pages.text_of("docs/errors.md")
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, errors.PinterestError):
            assert f"`{name}`" in text, name
