"""A session in a terminal, narrow and wide: what a person reads from login to the last error."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Emulator, LoginOptions, in_thread
from tests.support.commands import COMMAND, heed_interrupts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BROWSER = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=60).close()"
# What moves the cursor, colours, or clears: everything else is text.
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\r")


class Session:
    """A terminal with a shell's environment."""

    def __init__(self, emulator: Emulator, columns: int, folder: Path) -> None:
        self.emulator = emulator
        self.columns = columns
        self.folder = folder
        browser = folder / "browser.py"
        browser.write_text(BROWSER)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "COLUMNS"},
            "TERM": "xterm",
            "BROWSER": f"{sys.executable} {browser} %s",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PINTEREST_BASE_URL": emulator.base_url,
            "PINTEREST_APP_ID": emulator.app_id,
            "PINTEREST_APP_SECRET": emulator.app_secret,
        }
        self.screen = ""

    def __call__(self, *words: str, interrupt_after: int | None = None) -> int:
        """Run a command; press Ctrl-C once the emulator has seen so many requests more."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, self.columns, 0, 0))
        seen = len(self.emulator.requests)
        process = subprocess.Popen(
            [*COMMAND, *words],
            env=self.environment,
            cwd=self.folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=heed_interrupts,  # noqa: PLW1509 - one signal handler, no locks
        )
        os.close(theirs)
        if interrupt_after is not None:
            end = time.monotonic() + 30
            while len(self.emulator.requests) < seen + interrupt_after:
                assert time.monotonic() < end
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
        printed = b""
        # A terminal whose other end is closed cannot be read any more.
        with suppress(OSError):
            while more := os.read(ours, 65536):
                printed += more
        os.close(ours)
        code = process.wait(60)
        self.screen = CONTROL.sub(b"", printed).decode()
        assert "Traceback" not in self.screen
        assert self.emulator.app_secret not in self.screen
        return code

    @property
    def options(self) -> set[str]:
        """The options that a help lists."""
        return set(re.findall(r"^  (--[a-z-]+)", self.screen, re.MULTILINE))


@pytest.fixture(params=[60, 100])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """A terminal, an emulator, and nothing else yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        redirect = f"http://127.0.0.1:{free.getsockname()[1]}/"
    login = LoginOptions(auto_approve=True, redirect_uris=[redirect])
    with in_thread(Emulator(boards=6, pins=120, login=login)) as emulator:
        session = Session(emulator, request.param, tmp_path)
        session.environment["PINTEREST_REDIRECT_URI"] = redirect
        yield session


def test_a_session(session: Session) -> None:
    """Login, export, interrupted and resumed, figures, a call, and errors, all readable."""
    assert session("boards") == 2
    assert "run `pinterest-async login`" in session.screen

    assert session("login") == 0
    assert "asks to allow: boards:read" in session.screen
    assert "logged in" in session.screen

    session.emulator.latency = 0.2
    assert session("export", "out", interrupt_after=3) == 130
    assert session.screen.endswith(
        "pinterest-async: interrupted\nthe same command goes on where it was\n"
    )
    session.emulator.latency = 0.0
    assert session("export", "out") == 0
    assert re.search(r"^  pages of before +[1-9]", session.screen, re.MULTILINE)
    assert "complete: every board holds" in session.screen

    assert session("export", "out") == 2
    assert "give --update to bring it up to date, --overwrite to begin anew" in session.screen

    assert session("analytics", "--last", "1", "--metric", "SAVE", "--out", "figures.csv") == 0
    assert "Pins, " in session.screen

    assert session("call", "boards.list", "--max-items", "1") == 0
    assert '"id":' in session.screen
    assert session("call", "boards.get", "board_id=1") == 1
    assert session.screen.startswith("pinterest-async: boards/get: 404")
    assert session("call", "boards.list", "--limit", "1") == 2
    assert session.screen == (
        "pinterest-async: No such option: --limit; see `pinterest-async call --help`\n"
    )
    assert session("call", "boards.gte") == 2
    assert "did you mean boards.get" in session.screen
    session.emulator.latency = 0.2
    words = ("analytics", "--last", "1", "--out", "more.csv")
    assert session(*words, interrupt_after=1) == 130
    assert "with --checkpoint FILE the same command would go on" in " ".join(session.screen.split())
    assert session(*words, "--checkpoint", "kept", interrupt_after=1) == 130
    assert session.screen.endswith("the same command goes on where it was\n")
    session.emulator.latency = 0.0
    assert session("operations", "ads_read", "report") == 0
    if session.columns < 100:
        assert max(map(len, session.screen.splitlines())) <= 90
        assert "\n    GET /ad_accounts/" in session.screen
    assert session("limits") == 0
    assert "org_read" in session.screen


def test_every_help_fits(session: Session) -> None:
    """No line is wider than the terminal, no option's name is cut, and no flag takes `<bool>`."""
    for words, some in {
        (): {"--version", "--show-completion"},
        ("login",): {"--account", "--scope", "--redirect-uri", "--continuous-refresh"},
        ("export",): {"--account", "--format", "--concurrency", "--overwrite", "--ad-account"},
        ("pins", "create"): {"--create-missing", "--skip-bad", "--concurrency"},
        ("emulator",): {"--sandbox-port", "--latency"},
        ("call", "pins.create"): set[str](),
    }.items():
        assert session(*words, "--help") == 0
        assert some <= session.options
        assert "<bool>" not in session.screen
        text = session.screen.partition("Example:")[0]
        assert max(map(len, text.splitlines())) <= session.columns
