"""`pinterest-async login`, `logout` and `whoami`."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import json
import os
import re
import secrets
import socket
import stat
import sys
import threading
import time
import urllib.request
import webbrowser
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pinterest_async import ConfigurationError, Pinterest
from pinterest_async.auth import FileTokenStore, MemoryTokenStore, OAuthApp, Token
from pinterest_async.cli import main
from pinterest_async.emulator import Emulator, LoginOptions, ManualClock, in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = 86400.0


@dataclass
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


class Terminal:
    """Runs commands in this process, and has a browser that does as it is told."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        emulator: Emulator,
    ) -> None:
        self.monkeypatch = monkeypatch
        self.emulator = emulator
        self.opened: list[str] = []
        self._capsys = capsys
        self._threads: list[threading.Thread] = []
        monkeypatch.setattr(webbrowser, "open", self._browse)

    def __call__(self, *words: str, stdin: str = "") -> Ended:
        """Run `pinterest-async` with these words; no secret may show, whatever happens."""
        self.monkeypatch.setattr(sys, "argv", ["pinterest-async", *words])
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as end:
            main()
        for thread in self._threads:
            thread.join(10)
        out, err = self._capsys.readouterr()
        for secret in (self.emulator.app_secret, "pina_", "pinr_"):
            assert secret not in out + err
        assert "Traceback" not in out + err
        return Ended(int(end.value.code or 0), out, err)

    def _browse(self, url: str) -> bool:
        """Go where the program sends the user, and on to where the page sends them back."""
        self.opened.append(url)

        def go() -> None:
            # The emulator sends it on to the program, whose page it shows.
            urllib.request.urlopen(url, timeout=60).close()  # noqa: S310  # both are ours

        thread = threading.Thread(target=go)
        self._threads.append(thread)
        thread.start()
        return True


@pytest.fixture
def clock() -> ManualClock:
    """The emulator's time, which begins as the machine's."""
    return ManualClock(time.time())


@pytest.fixture
def redirect() -> str:
    """A redirect address on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


@pytest.fixture
def emulator(clock: ManualClock, redirect: str) -> Iterator[Emulator]:
    """An account whose owner says yes to everything."""
    emulator = Emulator(
        boards=2,
        pins=4,
        login=LoginOptions(auto_approve=True, redirect_uris=[redirect]),
        clock=clock,
    )
    with in_thread(emulator):
        yield emulator


@pytest.fixture
def terminal(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    emulator: Emulator,
    redirect: str,
) -> Terminal:
    """A command line that knows the emulator's app."""
    monkeypatch.setenv("PINTEREST_BASE_URL", emulator.base_url)
    monkeypatch.setenv("PINTEREST_APP_ID", emulator.app_id)
    monkeypatch.setenv("PINTEREST_APP_SECRET", emulator.app_secret)
    monkeypatch.setenv("PINTEREST_REDIRECT_URI", redirect)
    monkeypatch.setenv("NO_COLOR", "1")
    return Terminal(monkeypatch, capsys, emulator)


def _files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "config").rglob("*.json"))


def test_after_a_login_the_other_commands_work(terminal: Terminal, tmp_path: Path) -> None:
    """The token is kept in a private file, and `whoami` and `call` find it there."""
    ended = terminal("login")
    assert (ended.code, ended.out.splitlines()[0][:9]) == (0, "logged in")
    assert "expires in 30.0 days" in ended.out
    assert "lasts 60.0 days" in ended.out
    (file,) = _files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ended = terminal("whoami")
    assert ended.code == 0
    assert "account  plum_and_rye" in ended.out
    assert "login    default" in ended.out
    assert "boards:read, boards:read_secret" in ended.out
    assert "tier     standard" in ended.out
    ended = terminal("call", "boards/list", "--max-items", "1")
    assert (ended.code, "id" in json.loads(ended.out)) == (0, True)


def test_whoami_prints_json_alone_where_it_is_asked_for(terminal: Terminal) -> None:
    """Days are numbers."""
    terminal("login", "--scope", "user_accounts:read", "--account", "work")
    found = json.loads(terminal("whoami", "--json", "--account", "work").out)
    assert found["login"] == "work"
    assert found["scopes"] == ["user_accounts:read"]
    assert 29 < found["days_left"] <= 30
    assert 59 < found["login_days_left"] <= 60


@pytest.mark.parametrize("by", ["option", "environment"])
def test_every_command_takes_the_name_of_a_login(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """--account, or PINTEREST_ACCOUNT, says whose boards are listed; others have no login."""
    assert terminal("login", "--account", "work").code == 0
    words = ["--account", "work"] if by == "option" else []
    if by == "environment":
        monkeypatch.setenv("PINTEREST_ACCOUNT", "work")
    for command in (["boards"], ["call", "boards/list"], ["limits"], ["whoami"]):
        assert terminal(*command, *words).code == 0
    ended = terminal("boards", "--account", "home office")
    assert ended.code == 2
    assert "run `pinterest-async login --account 'home office'`" in ended.err
    assert terminal("boards", "--emulator", "--account", "work").code == 2


def test_a_login_that_is_named_comes_before_the_environments_token(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--account is meant for this command; PINTEREST_ACCOUNT gives way to a token beside it."""
    terminal("login", "--account", "work")
    monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", terminal.emulator.token)
    named = json.loads(terminal("whoami", "--json", "--account", "work").out)
    assert named["login"] == "work"
    monkeypatch.setenv("PINTEREST_ACCOUNT", "work")
    assert json.loads(terminal("whoami", "--json").out)["login"] is None


def test_a_token_of_the_environment_comes_first(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not known of it is not made up."""
    monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", terminal.emulator.token)
    found = json.loads(terminal("whoami", "--json").out)
    assert found["login"] is None
    assert found["scopes"] == []
    assert found["days_left"] is None


def test_a_login_without_a_browser(
    terminal: Terminal, redirect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that a browser elsewhere ended at is pasted."""
    monkeypatch.setattr(secrets, "token_urlsafe", str)
    emulator = terminal.emulator
    app = OAuthApp(emulator.app_id, "any", redirect, base_url=emulator.base_url)
    page = urlsplit(app.authorize_url(["boards:read"]))
    connection = http.client.HTTPConnection(page.netloc)
    connection.request("GET", f"{page.path}?{page.query}")
    with contextlib.closing(connection):
        address = connection.getresponse().headers["location"]
    assert address.startswith(redirect)
    ended = terminal("login", "--no-browser", stdin=f"{address}\n")
    assert (ended.code, "logged in" in ended.out) == (0, True)
    assert f"http://{page.netloc}/oauth/?client_id=" in ended.err
    assert terminal.opened == []


def test_a_pasted_address_of_another_login_is_refused(terminal: Terminal, redirect: str) -> None:
    """Nothing is stored."""
    ended = terminal("login", "--no-browser", stdin=f"{redirect}?code=abc&state=guess\n")
    assert ended.code == 1
    assert "forged" in ended.err
    assert terminal("whoami").code == 2


def test_a_sandbox_token_is_kept_apart(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It has a folder of its own, and says that it lives for a day."""
    terminal("login")
    monkeypatch.setenv("PINTEREST_BASE_URL", terminal.emulator.sandbox_base_url)
    ended = terminal("login", "--sandbox", stdin=terminal.emulator.sandbox_token + "\n")
    assert (ended.code, "expires in 1.0 days" in ended.out) == (0, True)
    production, sandbox = _files(tmp_path)
    assert production.parent != sandbox.parent
    assert production.name == sandbox.name
    assert terminal("whoami", "--sandbox").code == 0
    assert terminal("logout", "--sandbox").code == 0
    assert _files(tmp_path) == [file for file in (production, sandbox) if file.exists()]
    assert len(_files(tmp_path)) == 1


def test_after_a_logout_there_is_no_login(terminal: Terminal, tmp_path: Path) -> None:
    """The other commands say how to log in, and a second logout that there is nothing to forget."""
    terminal("login")
    assert terminal("logout").code == 0
    assert _files(tmp_path) == []
    for command in (["logout"], ["whoami"], ["call", "boards/list"]):
        ended = terminal(*command)
        assert ended.code == 2
        assert "there is no login 'default'" in ended.err
    assert "run `pinterest-async login`" in terminal("whoami").err


def test_a_login_is_renewed_when_it_is_due(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the app's secret at hand, an expired login goes on; else it says what is missing."""
    terminal("login")
    (file,) = _files(tmp_path)
    kept = json.loads(file.read_bytes())
    file.write_text(json.dumps({**kept, "expires_at": 1.0}))
    monkeypatch.delenv("PINTEREST_APP_SECRET")
    ended = terminal("whoami")
    assert ended.code == 2
    assert "set PINTEREST_APP_ID and PINTEREST_APP_SECRET" in ended.err
    monkeypatch.setenv("PINTEREST_APP_SECRET", terminal.emulator.app_secret)
    assert terminal("whoami").code == 0
    renewed = json.loads(file.read_bytes())
    assert renewed["access"] != kept["access"]
    assert renewed["refresh"] != kept["refresh"]


def test_a_login_needs_the_app(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says where to find its id and secret."""
    monkeypatch.delenv("PINTEREST_APP_ID")
    ended = terminal("login")
    assert ended.code == 2
    assert "PINTEREST_APP_ID" in ended.err
    assert terminal.opened == []


def test_a_token_file_that_others_can_read_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    """Every command says which file it is and what to do."""
    terminal("login")
    (file,) = _files(tmp_path)
    file.chmod(0o644)
    ended = terminal("whoami")
    assert ended.code == 1
    assert "is open to other users" in ended.err
    assert "chmod 600" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ["pins:read,boards:read"],
        ["pins:read boards:read"],
        ["pins:read, boards:read"],
        ["pins:read", "--scope", "boards:read"],
    ],
    ids=str,
)
def test_scopes_are_written_in_several_ways(terminal: Terminal, words: list[str]) -> None:
    """Commas, spaces and repeated options come to the same, which is told before the browser."""
    ended = terminal("login", "--scope", *words)
    assert ended.code == 0
    assert ended.err.startswith("asks to allow: pins:read, boards:read\n")


def test_a_login_has_what_the_commands_need(terminal: Terminal) -> None:
    """Right after a login without options, a Pin can be made."""
    assert terminal("login").code == 0
    made = terminal("call", "boards/create", "name=Plums", "privacy=SECRET")
    assert made.code == 0


def test_a_missing_scope_names_the_command_that_gets_it(terminal: Terminal) -> None:
    """The login is repeated as it was named, with more scopes where the usual ones are too few."""
    terminal("login", "--account", "work", "--scope", "boards:read")
    ended = terminal("call", "boards/create", "name=Plums", "--account", "work")
    assert ended.code == 1
    assert ended.err.endswith("get it with `pinterest-async login --account work`\n")
    # The library's own advice would log in as somebody else, and with less.
    assert ended.err.count("pinterest-async login") == 1
    more = terminal("call", "ad_accounts/list", "--account", "work")
    assert re.search(r"login --account work --scope ads:read,boards:read,\S+`$", more.err.strip())


@pytest.mark.parametrize(
    ("pasted", "says"),
    [
        ("\n", "no address was given"),
        ("", "no address was given"),
        ("https://example.com/\n", "it has no state"),
        ("not an address\n", "it has no state"),
    ],
)
def test_the_wrong_ends_of_a_pasted_login(terminal: Terminal, pasted: str, says: str) -> None:
    """An empty line and an address from elsewhere each have a sentence of their own."""
    ended = terminal("login", "--no-browser", stdin=pasted)
    assert ended.code == 2
    assert says in ended.err
    assert "forged" not in ended.err


def test_wrong_scopes_are_told_before_the_browser_opens(terminal: Terminal) -> None:
    """With the one that was meant."""
    ended = terminal("login", "--scope", "board:read")
    assert ended.code == 2
    assert "did you mean 'boards:read'" in ended.err
    assert terminal.opened == []


def test_without_a_terminal_nothing_can_be_pasted(terminal: Terminal) -> None:
    """It is said so, and for a sandbox token as for an address."""
    for words in (["--sandbox"], ["--no-browser"]):
        ended = terminal("login", *words)
        assert ended.code == 2
        assert "there is no terminal to ask at" in ended.err
        assert "Pinterest." not in ended.err


def test_a_program_uses_the_login_of_the_command_line(
    terminal: Terminal, caplog: pytest.LogCaptureFixture
) -> None:
    """`from_login` takes it by name, and `from_env` where there is no token, and says so."""
    assert terminal("login", "--account", "work").code == 0
    for client in (Pinterest.from_login("work"), Pinterest.from_login(account="work")):
        assert asyncio.run(_username(client)) == terminal.emulator.account.username
    assert "using the login" not in caplog.text
    with pytest.raises(ConfigurationError, match=r"no login 'default' .*-async login`,"):
        Pinterest.from_login()
    with pytest.raises(ConfigurationError, match=r"TOKEN is not set, and there is no login"):
        Pinterest.from_env()
    terminal.monkeypatch.setenv("PINTEREST_ACCOUNT", "work")
    assert asyncio.run(_username(Pinterest.from_login())) == "plum_and_rye"
    assert asyncio.run(_username(Pinterest.from_env())) == "plum_and_rye"
    (record,) = [record for record in caplog.records if "using the login" in record.message]
    assert (record.levelname, "'work'" in record.message) == ("INFO", True)


def test_a_programs_login_is_renewed(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the app in the environment; without it, the error says what to set."""
    terminal("login")
    (file,) = _files(tmp_path)
    kept = json.loads(file.read_bytes())
    file.write_text(json.dumps({**kept, "expires_at": 1.0}))
    assert asyncio.run(_username(Pinterest.from_login())) == "plum_and_rye"
    assert json.loads(file.read_bytes())["refresh"] != kept["refresh"]
    file.write_text(json.dumps({**kept, "expires_at": 1.0}))
    monkeypatch.delenv("PINTEREST_APP_SECRET")
    with pytest.raises(ConfigurationError, match="set PINTEREST_APP_ID and PINTEREST_APP_SECRET"):
        asyncio.run(_username(Pinterest.from_login()))
    file.write_text(json.dumps({**kept, "refresh": None, "expires_at": 1.0}))
    with pytest.raises(ConfigurationError, match="expired: run `pinterest-async login`"):
        asyncio.run(_username(Pinterest.from_login()))


def test_a_login_is_taken_from_a_store_of_ones_own(terminal: Terminal) -> None:
    """What the store lacks is found out by the first call."""
    terminal("login")
    store = MemoryTokenStore()
    with pytest.raises(ConfigurationError, match="no login 'alice'"):
        asyncio.run(_username(Pinterest.from_login("alice", store=store)))
    token = Token(terminal.emulator.token)
    asyncio.run(store.save("alice", token))
    client = Pinterest.from_login("alice", store=store)
    assert "alice" in repr(client)
    assert asyncio.run(_username(client)) == "plum_and_rye"


async def _username(client: Pinterest) -> str | None:
    async with client:
        return (await client.user_account.get()).username


def test_logins_are_where_the_store_finds_them(terminal: Terminal, tmp_path: Path) -> None:
    """A program can use the login of the command line."""
    terminal("login")
    (file,) = _files(tmp_path)
    token = asyncio.run(FileTokenStore(file.parent).load("default"))
    assert token is not None
    assert token.environment == "production"
    assert os.fspath(file).endswith("default.json")
