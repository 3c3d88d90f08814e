"""The suite for limiters of other people's, with both of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from benchmarks.redis_server import RedisServer
from pinterest_async import LocalLimits, RedisLimits, Window
from pinterest_async.testing import LimiterConformance
from tests.support.redis_server import needs_redis
from tests.support.scripted import OpenLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

LIMITS: Final = {"org_read": [Window(3, 0.5)]}


@pytest.fixture(scope="module")
def running() -> Iterator[RedisServer]:
    """A server for the tests of this module."""
    with RedisServer() as server:
        yield server


class TestLocal(LimiterConformance):
    """The limiter of one process."""

    @pytest.fixture
    async def limiter(self) -> AsyncIterator[LocalLimits]:
        """A new one."""
        limiter = LocalLimits(limits=LIMITS)
        yield limiter
        await limiter.aclose()


@needs_redis
class TestRedis(LimiterConformance):
    """The limiter of several processes."""

    @pytest.fixture
    async def limiter(
        self, running: RedisServer, request: pytest.FixtureRequest
    ) -> AsyncIterator[RedisLimits]:
        """A new one."""
        limiter = RedisLimits(running.url, limits=LIMITS, prefix=request.node.name)
        yield limiter
        await limiter.aclose()


async def test_a_limiter_that_lets_all_go_is_found_out() -> None:
    """The suite fails for a limiter that keeps no limit."""
    suite = LimiterConformance()
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        await suite.test_no_more_go_than_the_window_holds(OpenLimiter())
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        await suite.test_a_refusal_is_heeded(OpenLimiter())
