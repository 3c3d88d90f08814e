"""The plugin that pytest finds by itself, in runs of pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Final

from pinterest_async.testing import plugin

ROOT: Final = Path(__file__).parent.parent.parent
SHOW: Final = """
import sys

def pytest_sessionfinish():
    print("loaded:", *sys.modules)
"""
USES: Final = """
import asyncio
import pytest
from pinterest_async import NotFound

def test_emulator(pinterest_emulator):
    assert pinterest_emulator.base_url.startswith("http://127.0.0.1:")

def test_client(pinterest_client):
    async def count():
        async with pinterest_client as pinterest:
            return len(await pinterest.boards.list().collect())
    assert asyncio.run(count()) == 40

def test_transport(pinterest_transport):
    async def name():
        async with pinterest_transport.client() as pinterest:
            return (await pinterest.boards.get("1")).name
    pinterest_transport.respond("boards/get", {"id": "1", "name": "Plum cakes"})
    assert asyncio.run(name()) == "Plum cakes"

def test_unused(pinterest_client):
    pass

class TestOptions:
    @pytest.fixture
    def pinterest_emulator_options(self):
        return {"boards": 2, "pins": 0}

    @pytest.fixture
    def pinterest_client_options(self):
        return {"retry": 0, "headers": {"X-Test": "yes"}}

    def test_client(self, pinterest_client, pinterest_emulator):
        async def count():
            async with pinterest_client as pinterest:
                return len(await pinterest.boards.list().collect())
        assert asyncio.run(count()) == 2
"""


def run(folder: Path, test: str, *words: str) -> str:
    """Run pytest in a folder, with no plugin but ours, and return what it prints."""
    (folder / "test_own.py").write_text(test, encoding="utf-8")
    (folder / "conftest.py").write_text(SHOW, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-W", "error", *words],
        cwd=folder,
        env={
            **os.environ,
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def loaded(printed: str) -> set[str]:
    """The modules that a run had loaded at its end."""
    (line,) = (line for line in printed.splitlines() if "loaded: " in line)
    return {*line.partition("loaded: ")[2].split()}


def test_pytest_finds_it() -> None:
    """The package declares its entry point, and what that names can be loaded."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared = tomllib.load(file)["project"]["entry-points"]["pytest11"]
    assert {*declared} == {"pinterest_async"}
    value = declared["pinterest_async"]
    assert EntryPoint("pinterest_async", value, "pytest11").load() is plugin


def test_a_run_without_the_fixtures_loads_nothing(tmp_path: Path) -> None:
    """Beside the front doors and the plugin itself, no module of ours comes with it, nor others."""
    empty = "def test_nothing():\n    pass\n"
    without = loaded(run(tmp_path, empty))
    with_it = loaded(run(tmp_path, empty, "-p", "pinterest_async.testing.plugin"))
    assert with_it - without == {
        "pinterest_async",
        "pinterest_async._lazy",
        "pinterest_async.testing",
        "pinterest_async.testing.plugin",
    }


def test_the_fixtures_work(tmp_path: Path) -> None:
    """Emulator, client and fake transport are there, each for one test, and can be changed."""
    assert "5 passed" in run(tmp_path, USES, "-p", "pinterest_async.testing.plugin")


def test_a_conftest_can_switch_them_on(tmp_path: Path) -> None:
    """The package that tests import from is a plugin, too, even beside the other one."""
    words = ("-p", "pinterest_async.testing")
    assert "5 passed" in run(tmp_path, USES, *words)
    assert "5 passed" in run(tmp_path, USES, *words, "-p", "pinterest_async.testing.plugin")
