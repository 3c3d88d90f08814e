"""What the README shows works as it stands there."""

from __future__ import annotations

import inspect
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pinterest_async import OPERATIONS, Pinterest
from pinterest_async.auth import OAuthApp
from pinterest_async.emulator import Emulator, LoginOptions, in_thread
from tests.support import commands
from tests.support.auth_world import approve

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


PROGRAMS = [block for block in blocks("python") if "asyncio.run(" in block]
SNIPPETS = [block for block in blocks("python") if "asyncio.run(" not in block]
LOGIN = [snippet for snippet in SNIPPETS if "OAuthApp(" in snippet]
COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]
INSTALLING = [line for line in COMMANDS if line.startswith("python3 -m venv ")]
INSTALLED = [line for line in COMMANDS if line.startswith("pinterest-async ")]


def environment(emulator: Emulator) -> dict[str, str]:
    """Where a user's program would find its token."""
    return {**commands.environment(emulator), "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_runs(program: str, tmp_path: Path) -> None:
    """The first program runs as it is, with nothing but a token in the environment."""
    with in_thread(Emulator(boards=3, pins=12)) as emulator:
        ended = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            cwd=tmp_path,
            env=environment(emulator),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        pins = set(emulator.account.saved.pins)
    assert ended.stderr == ""
    assert ended.returncode == 0
    assert {line.split()[0] for line in ended.stdout.splitlines() if line[0] == " "} == pins


@pytest.mark.parametrize("snippet", [snippet for snippet in SNIPPETS if snippet not in LOGIN])
async def test_snippet_runs(
    snippet: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every further block defines coroutines that run against the emulator."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"Pinterest": Pinterest}
    exec(compile(snippet, "README.md", "exec"), names)  # noqa: S102  # it is our own text
    coroutines = [
        value
        for value in names.values()
        if inspect.iscoroutinefunction(value) and value.__code__.co_filename == "README.md"
    ]
    assert coroutines
    async with (
        Emulator(boards=8, pins=40) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url) as pinterest,
    ):
        for coroutine in coroutines:
            takes_client = inspect.signature(coroutine).parameters
            await (coroutine(pinterest) if takes_client else coroutine())
    printed = capsys.readouterr().out
    assert emulator.token not in printed


@pytest.mark.parametrize("snippet", LOGIN)
async def test_the_login_works(
    snippet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the README has for users who log in does so, for an app that the emulator knows."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(snippet, "README.md", "exec"), names)  # noqa: S102  # it is our own text
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


def test_there_is_one_command_for_the_main_job_and_one_for_the_tests() -> None:
    """Each is one line that makes its own environment; CI looks for the second by its form."""
    job, tests = INSTALLING
    assert ".venv/bin/pinterest-async export out --emulator" in job
    assert tests.endswith("-m pytest -q -n 2")
    for line in INSTALLING:
        assert line.startswith("python3 -m venv --clear .venv && .venv/bin/pip install -q ")


def test_the_main_job_runs_as_written(tmp_path: Path) -> None:
    """The part behind the installation works, twice in a row."""
    words = shlex.split(INSTALLING[0].rpartition("pinterest-async ")[2])
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-m", "pinterest_async.cli", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        )
    assert (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.parametrize("line", INSTALLED, ids=lambda line: line.split()[1])
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


def test_what_it_says_is_so() -> None:
    """The number of operations and the places that are named are right."""
    assert f"all {len(OPERATIONS)} operations" in README
    table = README[README.index("## What is where") :]
    for place in re.findall(r"`([a-z_/]+(?:/|\.py|\.md))`", table, re.IGNORECASE):
        assert (ROOT / place).exists() or (ROOT / "pinterest_async" / place).exists(), place
