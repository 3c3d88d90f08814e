"""The shared limiter where Redis, or the way there, is in trouble."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from benchmarks.redis_server import RedisServer
from pinterest_async.errors import ConfigurationError, RateLimitTooLong
from pinterest_async.limits import LimitKey, LimitPolicy, RedisLimits
from pinterest_async.limits import redis as shared
from pinterest_async.limits.headers import RateLimit, Window
from tests.support.limits_world import KEY, PATIENT, now
from tests.support.redis_server import Wire, ask, needs_redis
from tests.support.scripted import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = needs_redis

AT_ONCE = LimitPolicy(max_wait=0.0)
LONG = Window(1000, 60.0)


@pytest.fixture
def running() -> Iterator[RedisServer]:
    """A server that a test may stop and start."""
    with RedisServer() as server:
        yield server


@pytest.fixture
async def wire(running: RedisServer) -> AsyncIterator[Wire]:
    """A way to the server that a test may cut."""
    async with Wire(running.port) as wire:
        yield wire


async def call(limiter: RedisLimits, key: LimitKey = KEY, told: RateLimit | None = None) -> None:
    """Send one call that is answered at once."""
    limiter.observe(await limiter.admit(key, PATIENT), told)


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the limiter has logged."""
    return [one.message for one in caplog.records if one.name.startswith("pinterest_async")]


async def reported(limiter: RedisLimits) -> None:
    """Wait until all reports have reached Redis."""
    await until(lambda: not any(c.notes.reports or c.task for c in limiter._sessions.values()))


async def test_reports_whose_answer_got_lost_are_entered_once(wire: Wire) -> None:
    """They are sent again, and neither free a place twice nor are counted twice."""
    window = Window(10, 60.0)
    limiter = RedisLimits(wire.url, limits={KEY.category: [window]})
    await call(limiter, told=RateLimit((window,), 10, 9, 60.0))
    held = await asyncio.gather(*(limiter.admit(KEY, PATIENT) for _ in range(9)))
    wire.lose = 1
    for admission in held[:2]:
        admission.release()
    limiter.observe(held[2], None)
    await reported(limiter)
    assert wire.lose == 0
    for _ in range(2):
        await limiter.admit(KEY, AT_ONCE)
    with pytest.raises(RateLimitTooLong):
        await limiter.admit(KEY, AT_ONCE)
    await limiter.aclose()


async def test_more_accounts_at_once_than_connections_are_no_outage(
    running: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Hundreds of accounts ask over a few connections, and Redis is not taken for away."""
    limiter = RedisLimits(running.url)
    with caplog.at_level(logging.WARNING, logger="pinterest_async"):
        keys = [KEY._replace(account=f"{number}") for number in range(300)]
        await asyncio.gather(*(call(limiter, key) for key in keys))
        await reported(limiter)
    assert "Redis does not answer" not in caplog.text
    clients = (await ask(running.url, "INFO", "clients"))["connected_clients"]
    assert clients <= shared.CONNECTIONS + 1
    await limiter.aclose()


async def test_no_call_waits_for_a_redis_that_is_silent(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the first question waits until it is given up; later tries are made apart."""
    monkeypatch.setattr(shared, "RETRY", 0.05)
    limiter = RedisLimits(wire.url, limits={KEY.category: [Window(10000, 1.0)]})
    await call(limiter)
    wire.silent = True
    await call(limiter)
    start = now()
    asked = 0
    while now() < start + 3 * shared.TIMEOUT:
        before = now()
        await call(limiter)
        asked += now() - before > 0.9 * shared.TIMEOUT
        await asyncio.sleep(0.01)
    assert asked <= 1  # one may be held up by the machine
    await limiter.aclose()


async def test_the_return_of_redis_is_noticed_without_another_call(
    running: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent meanwhile is reported, also for accounts that make no further call."""
    monkeypatch.setattr(shared, "RETRY", 0.05)
    limiter = RedisLimits(running.url, limits={KEY.category: [LONG]})
    await call(limiter)
    await reported(limiter)
    running.stop()
    for number in range(5):
        await call(limiter, KEY._replace(account=f"{number}"))
    running.start()
    async with asyncio.timeout(5.0):
        await reported(limiter)
    assert [limit.used for limit in limiter.snapshot()] == 6 * [1]
    await limiter.aclose()


async def test_accounts_that_called_in_an_outage_are_forgotten(
    running: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What their windows do not hold any more needs not be reported either."""
    monkeypatch.setattr(shared, "FORGET", 0.0)
    running.stop()
    short = [Window(10, 0.01)]
    limiter = RedisLimits(running.url, limits={KEY.category: short})
    for number in range(3 * shared.SWEEP):
        await call(limiter, KEY._replace(account=f"{number}"))
    await asyncio.sleep(0.02)
    for number in range(3 * shared.SWEEP):
        await call(limiter, KEY._replace(account=f"later {number}"))
    assert len(limiter._sessions) < 3 * shared.SWEEP
    await limiter.aclose()


async def test_categories_share_the_window_of_all_calls_without_redis_too(
    running: RedisServer,
) -> None:
    """Whatever Pinterest calls that window, the reads alone and the writes alone share it."""
    listed = (Window(1000, 60.0, "org_read"), Window(20, 3600.0, "safety_net_app_id_user_id"))
    limiter = RedisLimits(running.url)
    keys = [KEY, KEY._replace(category="org_write")]
    for key in keys:
        await call(limiter, key, RateLimit(listed, 20, 19, 3600.0))
    await reported(limiter)
    running.stop()
    for number in range(18):  # two of the twenty were spent through Redis
        limiter.observe(await limiter.admit(keys[number % 2], AT_ONCE), None)
    with pytest.raises(RateLimitTooLong):
        await limiter.admit(KEY, AT_ONCE)
    await limiter.aclose()


async def test_a_conversion_token_does_not_free_the_others_of_limits_without_redis(
    running: RedisServer,
) -> None:
    """What does not bind one kind of token binds the other, with and without Redis."""
    limiter = RedisLimits(running.url, limits={"ads_conversions": [Window(5, 3600.0)]})
    ordinary = LimitKey("app", "a", "ads_conversions", "1")
    await call(limiter, ordinary)
    await call(limiter, LimitKey("app", "b", "ads_conversions", "1", unlimited=True))
    await reported(limiter)
    running.stop()
    for _ in range(4):  # one of the five was spent through Redis
        limiter.observe(await limiter.admit(ordinary, AT_ONCE), None)
    with pytest.raises(RateLimitTooLong):
        await limiter.admit(ordinary, AT_ONCE)
    await limiter.aclose()


async def test_a_refusal_during_an_outage_counts_after_it(
    running: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause that Pinterest asked for goes on when Redis is back, for every process."""
    monkeypatch.setattr(shared, "RETRY", 0.05)
    limiters = [RedisLimits(running.url, limits={KEY.category: [LONG]}) for _ in range(2)]
    await call(limiters[0])
    await reported(limiters[0])
    running.stop()
    refused = [await limiters[0].admit(KEY, PATIENT) for _ in range(4)]
    for admission in refused:
        limiters[0].observe(admission, None, refused=True, retry_after=100.0)
    running.start()
    async with asyncio.timeout(5.0):
        await reported(limiters[0])
    for limiter in limiters:
        with pytest.raises(RateLimitTooLong):
            await limiter.admit(KEY, LimitPolicy(max_wait=90.0))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await limiter.admit(KEY, LimitPolicy(max_wait=110.0))
        await limiter.aclose()


async def test_an_answer_after_the_end_opens_nothing(running: RedisServer) -> None:
    """A call that outlives the limiter is not reported, and no connection is left behind."""
    limiter = RedisLimits(running.url)
    held = [await limiter.admit(KEY, PATIENT) for _ in range(2)]
    await limiter.aclose()
    limiter.observe(held[0], None)
    held[1].release()
    await asyncio.sleep(3 * shared.REPORT_DELAY)
    assert (await ask(running.url, "INFO", "clients"))["connected_clients"] == 1
    assert len(asyncio.all_tasks()) == 1


async def test_closing_that_is_cancelled_leaves_nothing(wire: Wire) -> None:
    """The tasks of a limiter are ended even where nobody waits for their last reports."""
    limiter = RedisLimits(wire.url)
    others = asyncio.all_tasks()
    held = await limiter.admit(KEY, PATIENT)
    wire.silent = True
    limiter.observe(held, None)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await limiter.aclose()
    assert not {task for task in limiter._tasks() if task not in others}
    assert limiter._sessions == {}


async def test_answers_that_never_speak_of_a_window_take_no_room_in_redis(
    running: RedisServer,
) -> None:
    """The budget grows no further."""
    windows = (Window(100_000, 60.0), Window(200_000, 0.01))
    limiter = RedisLimits(running.url, limits={KEY.category: windows})
    await call(limiter, told=RateLimit(windows, 200_000, 199_999, 1.0))
    sizes: list[int] = []
    for _ in range(10):
        for _ in range(40):
            await call(limiter, told=RateLimit(windows, 100_000, 90_000, 60.0))
        (name,) = await ask(running.url, "KEYS", "*:org_read")
        sizes.append(int(await ask(running.url, "STRLEN", name)))
    assert sizes[-1] < 1.5 * sizes[0]
    await limiter.aclose()


@pytest.mark.parametrize("wrong", ["password", "database", "rights"])
async def test_a_redis_that_refuses_is_no_outage(running: RedisServer, wrong: str) -> None:
    """A wrong password or database, or no right to run scripts, raises at the first call (L5)."""
    url = running.url
    if wrong == "password":
        await ask(running.url, "CONFIG", "SET", "requirepass", "right")
        url = url.replace("redis://", "redis://:wrong@")
    elif wrong == "database":
        url = url.removesuffix("0") + "99"
    else:
        await ask(running.url, "ACL", "SETUSER", "poor", "on", ">p", "~*", "+get", "+set", "+ping")
        url = url.replace("redis://", "redis://poor:p@")
    limiter = RedisLimits(url)
    with pytest.raises(ConfigurationError, match="Redis cannot keep the limits") as raised:
        await limiter.admit(KEY, PATIENT)
    assert "wrong" not in str(raised.value).replace("wrong username", "")
    await limiter.aclose()


async def test_an_outage_goes_on_from_what_was_last_known(running: RedisServer) -> None:
    """What was spent through Redis is spent for the process alone as well (L6)."""
    limiter = RedisLimits(running.url, limits={KEY.category: [Window(10, 3600.0)]})
    for _ in range(8):
        await call(limiter)
    await reported(limiter)
    (await limiter.admit(KEY, PATIENT)).release()
    await reported(limiter)
    running.stop()
    for _ in range(2):
        await call(limiter)
    with pytest.raises(RateLimitTooLong):
        await limiter.admit(KEY, AT_ONCE)
    await limiter.aclose()


async def test_an_outage_ends_when_the_script_answers(
    running: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A Redis that takes keys but runs no scripts does not make the limiter come and go (L6)."""
    monkeypatch.setattr(shared, "RETRY", 0.05)
    limiter = RedisLimits(running.url, limits={KEY.category: [LONG]})
    await call(limiter)
    await reported(limiter)
    await ask(running.url, "ACL", "SETUSER", "default", "-evalsha", "-eval", "-script")
    with caplog.at_level(logging.WARNING, logger="pinterest_async"):
        for _ in range(10):
            await call(limiter)
            await asyncio.sleep(0.05)
        assert len(said(caplog)) == 1
        await ask(running.url, "ACL", "SETUSER", "default", "+@all")
        async with asyncio.timeout(5.0):
            await reported(limiter)
    assert len(said(caplog)) == 2
    await limiter.aclose()
