"""What the tests share."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.scripted import OpenLimiter, Scripted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator
    from pathlib import Path

    from tests.support.commands import Shell

# How long it takes to draw examples tells of the machine alone, and tests are not timed.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

TOKEN = re.compile(r"\bpin[acr]_[\w-]{6,}")
"""What access, refresh and conversion tokens look like, the emulator's among them."""


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
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
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
