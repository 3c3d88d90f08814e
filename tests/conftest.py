"""What the tests share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.scripted import OpenLimiter, Scripted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


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
def limiter() -> Iterator[OpenLimiter]:
    """A limiter that lets everything go; at the end, every admission must be accounted for."""
    limiter = OpenLimiter()
    yield limiter
    assert limiter.open == 0
