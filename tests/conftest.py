"""What the tests share."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.scripted import OpenLimiter, Scripted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping

    from tests.support.commands import Shell

# How long it takes to draw examples tells of the machine alone, and tests are not timed.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

TOKEN = re.compile(r"\bpin[acr]_[\w-]{6,}")
"""What access, refresh and conversion tokens look like, the emulator's among them."""


OTHER_LOOPS = {
    Path("call/test_transport.py"),
    Path("call/test_connections.py"),
    Path("limits/test_limiter_conformance.py"),
    Path("limits/test_redis.py"),
    Path("test_client.py"),
}
"""Tests of client and limiter that run in each kind of event loop that is here."""


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Give the event loops of a test: asyncio's, and with some also uvloop's, and eager tasks."""
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if item.path.relative_to(Path(__file__).parent) in OTHER_LOOPS:
        if find_spec("uvloop") is not None:
            loops["uvloop"] = import_module("uvloop").new_event_loop
        if sys.version_info >= (3, 12):
            loops["eager tasks"] = _eager_loop
    return loops


def _eager_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    # Not there in 3.11.
    loop.set_task_factory(getattr(asyncio, "eager_task_factory"))  # noqa: B009
    return loop


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail every test that shows a token in its output, its log or its traceback."""
    report = yield
    for name, text in [*report.sections, ("the failure", report.longreprtext)]:
        if TOKEN.search(text):
            report.outcome = "failed"
            report.longrepr = f"a token stands in {name}: {TOKEN.sub('pin?_…', text)[-2000:]}"
    return report


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep tokens and logins of the developer's own out of the tests."""
    for name in [name for name in os.environ if name.startswith("PINTEREST_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "APPDATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "config"))


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    """A server that answers as it is told."""
    async with Scripted() as scripted:
        yield scripted


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """The command line, with a plain terminal of 100 columns."""
    # Here, as most tests have no need of the libraries behind it.
    from tests.support.commands import Shell

    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    return Shell(monkeypatch, capsys)


@pytest.fixture
def limiter() -> Iterator[OpenLimiter]:
    """A limiter that lets everything go; at the end, every admission must be accounted for."""
    limiter = OpenLimiter()
    yield limiter
    assert limiter.open == 0
