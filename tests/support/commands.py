"""The command line as the tests run it: in this process, or as a program of its own."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pinterest_async.cli import main

if TYPE_CHECKING:
    from pinterest_async.emulator import Emulator

COMMAND = (sys.executable, "-m", "pinterest_async.cli")


@dataclass
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on stderr."""
        (line,) = self.err.splitlines()
        assert line.startswith("pinterest-async: ")
        return line


@dataclass
class Shell:
    """Runs commands."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Ended:
        """Run `pinterest-async` with these words; no token may show, whatever happens."""
        self.monkeypatch.setattr(sys, "argv", ["pinterest-async", *words])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = self.capsys.readouterr()
        token = os.environ.get("PINTEREST_ACCESS_TOKEN")
        assert not token or token not in out + err
        assert "Traceback" not in out + err
        return Ended(0 if end.value.code is None else int(end.value.code), out, err)


def point_at(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this process, and those that it starts, work with an emulator."""
    for name, value in _variables(emulator).items():
        monkeypatch.setenv(name, value)


def environment(emulator: Emulator) -> dict[str, str]:
    """The environment of a program that works with an emulator."""
    return {**os.environ, **_variables(emulator)}


def heed_interrupts() -> None:
    """Undo what a shell does to programs in its background: they ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _variables(emulator: Emulator) -> dict[str, str]:
    return {
        "PINTEREST_ACCESS_TOKEN": emulator.token,
        "PINTEREST_BASE_URL": emulator.base_url,
    }
