"""What the tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scripted import OpenLimiter, Scripted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a token of the developer's own out of the tests."""
    for name in ("PINTEREST_ACCESS_TOKEN", "PINTEREST_BASE_URL", "PINTEREST_SANDBOX"):
        monkeypatch.delenv(name, raising=False)


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
