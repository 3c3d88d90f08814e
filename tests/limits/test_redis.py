"""The limiter of several processes, on a real redis-server."""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from redis import asyncio as redis_package
from redis.crc import key_slot

from benchmarks.redis_server import RedisServer, free_port
from pinterest_async import limits
from pinterest_async.errors import (
    ClientClosed,
    ConfigurationError,
    DeadlineExceeded,
    RateLimitTooLong,
)
from pinterest_async.limits import LimitKey, LimitPolicy, RedisLimits
from pinterest_async.limits import redis as shared
from pinterest_async.limits.headers import RateLimit, Window
from tests.support.limits_world import KEY, PATIENT, Caller, Server, now
from tests.support.redis_server import ask, needs_redis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

pytestmark = needs_redis

MINUTE = Window(10, 60.0)


@pytest.fixture(scope="module")
def running() -> Iterator[RedisServer]:
    """A server for the tests of this module."""
    with RedisServer() as server:
        yield server


@pytest.fixture
async def make(running: RedisServer) -> AsyncIterator[Callable[..., RedisLimits]]:
    """Make limiters that share what is in Redis, each as a process of its own would."""
    prefix = f"test{random.getrandbits(64):x}"
    made: list[RedisLimits] = []

    def make(*windows: Window, **options: Any) -> RedisLimits:
        given = {KEY.category: windows} if windows else None
        options = {"url": running.url, "limits": given, "prefix": prefix, **options}
        limiter = RedisLimits(options.pop("url"), **options)
        made.append(limiter)
        return limiter

    yield make
    for limiter in made:
        await limiter.aclose()


def own_records(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What the package has logged; asyncio warns of slow steps on a busy machine."""
    return [one for one in caplog.records if one.name.startswith("pinterest_async")]


async def settled(*limiters: RedisLimits) -> None:
    """Wait until all reports have reached Redis."""
    tasks = [session.task for limiter in limiters for session in limiter._sessions.values()]
    await asyncio.gather(*(task for task in tasks if task is not None))


async def evaluations(url: str) -> int:
    """How many scripts Redis has run."""
    stats = await ask(url, "INFO", "commandstats")
    return int(stats.get("cmdstat_evalsha", {"calls": 0})["calls"])


@pytest.mark.parametrize("headers", ["plain", "none"])
@pytest.mark.parametrize("kind", ["fixed", "sliding"])
async def test_four_processes_spend_one_allowance_and_are_not_refused(
    make: Callable[..., RedisLimits], kind: Any, headers: Any
) -> None:
    """Together they spend the windows, whatever kind the server has."""
    window = Window(60, 0.5)
    server = Server([window], kind=kind, headers=headers, phase=0.1)
    callers = [Caller(make(window), server, random.Random(n), delay=0.004) for n in range(4)]
    await asyncio.gather(*(caller.burst(45) for caller in callers))
    assert (len(server.admitted), len(server.refused)) == (180, 0)


async def test_what_one_process_spends_is_spent_for_the_others(
    make: Callable[..., RedisLimits],
) -> None:
    """Ten calls of one leave the other none."""
    first, second = make(MINUTE), make(MINUTE)
    for left in range(9, -1, -1):
        first.observe(await first.admit(KEY, PATIENT), RateLimit((MINUTE,), 10, left, 60.0))
    with pytest.raises(RateLimitTooLong):
        await second.admit(KEY, LimitPolicy(max_wait=5.0))
    assert second.snapshot()[0].remaining == 0


async def test_the_last_call_is_used_and_the_next_waits_for_the_reset(
    make: Callable[..., RedisLimits],
) -> None:
    """What one process heard of a fixed window, the other goes by."""
    first, second = make(MINUTE), make(MINUTE)
    heard = RateLimit((MINUTE,), 10, 1, 2.0)
    heard_at = now()
    first.observe(await first.admit(KEY, PATIENT), heard)
    await settled(first)
    last = await second.admit(KEY, LimitPolicy(max_wait=0.5))
    second.observe(last, RateLimit((MINUTE,), 10, 0, 2.0))
    await settled(second)
    await first.admit(KEY, PATIENT)
    assert 2.0 <= now() - heard_at < 3.0


async def test_learned_windows_are_shared(make: Callable[..., RedisLimits]) -> None:
    """An answer to one process corrects the figures of all."""
    first, second = make(), make()
    windows = (Window(50, 1.0, "safety_net_app_id_user_id"), Window(500, 60.0, "org_read_app"))
    first.observe(await first.admit(KEY, PATIENT), RateLimit(windows, 50, 49, 1.0))
    await settled(first)
    (await second.admit(KEY, PATIENT)).release()
    assert {window.limit for window in second.snapshot()[0].windows} == {500, 50}


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
async def test_calls_on_their_way_are_kept_account_of_when_other_windows_are_learned(
    make: Callable[..., RedisLimits], kind: Any
) -> None:
    """The first answers list windows of other lengths while the next calls are under way."""
    server = Server([Window(40, 0.5)], kind=kind)
    callers = [Caller(make(Window(20, 3.0)), server, random.Random(n), delay=0.03) for n in (1, 2)]
    await asyncio.gather(*(caller.burst(60) for caller in callers))
    assert (len(server.admitted), len(server.refused)) == (120, 0)


async def test_categories_share_the_window_of_all_calls(make: Callable[..., RedisLimits]) -> None:
    """A hundred calls a second are the limit for reads and writes of all processes."""
    server = Server([Window(100, 1.0)], kind="sliding", headers="none")
    callers = [
        Caller(make(), server, random.Random(1), delay=0.004, key=KEY._replace(category=category))
        for category in ("org_read", "ads_read")
    ]
    await asyncio.gather(*(caller.burst(60) for caller in callers))
    assert (len(server.admitted), len(server.refused)) == (120, 0)


async def test_a_refusal_pauses_all_processes(make: Callable[..., RedisLimits]) -> None:
    """A 429 to one holds the others back, and one call goes ahead for all of them."""
    first, second = make(MINUTE), make(MINUTE)
    first.observe(await first.admit(KEY, PATIENT), RateLimit((MINUTE,), 10, 9, 60.0))
    first.observe(await first.admit(KEY, PATIENT), None, refused=True, retry_after=0.6)
    await settled(first)
    start = now()
    ahead = await second.admit(KEY, PATIENT)
    assert 0.5 < now() - start < 1.0
    behind = asyncio.create_task(first.admit(KEY, PATIENT))
    await asyncio.sleep(0.3)
    assert not behind.done()
    second.observe(ahead, None)
    await behind


async def test_a_place_that_is_given_back_is_free_again(make: Callable[..., RedisLimits]) -> None:
    """A call that was never sent costs the shared window nothing."""
    first, second = make(Window(1, 60.0)), make(Window(1, 60.0))
    admission = await first.admit(KEY, PATIENT)
    admission.release()
    admission.release()
    await settled(first)
    assert (await second.admit(KEY, LimitPolicy(max_wait=1.0))).waited < 1.0


async def test_cancelled_waiters_cost_nothing(make: Callable[..., RedisLimits]) -> None:
    """Places for calls that went away meanwhile are given back."""
    limiter, other = make(Window(5, 60.0)), make(Window(5, 60.0))
    waiting = [asyncio.create_task(limiter.admit(KEY, PATIENT)) for _ in range(5)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await settled(limiter)
    for _ in range(5):
        await other.admit(KEY, LimitPolicy(max_wait=1.0))


async def test_calls_go_in_the_order_in_which_they_came(make: Callable[..., RedisLimits]) -> None:
    """Within a process it is first come, first served."""
    limiter = make(Window(50, 0.5))
    served: list[int] = []

    async def call(number: int) -> None:
        limiter.observe(await limiter.admit(KEY, PATIENT), None)
        served.append(number)

    await asyncio.gather(*(call(number) for number in range(200)))
    assert served == list(range(200))


async def test_an_admission_costs_one_round_trip_at_most(
    make: Callable[..., RedisLimits], running: RedisServer
) -> None:
    """One call is one script; a hundred at once are one as well, and their reports another."""
    limiter = make(Window(1000, 60.0))
    told = RateLimit((Window(1000, 60.0),), 1000, 999, 60.0)
    limiter.observe(await limiter.admit(KEY, PATIENT), told)
    await settled(limiter)
    before = await evaluations(running.url)
    admissions = await asyncio.gather(*(limiter.admit(KEY, PATIENT) for _ in range(100)))
    between = await evaluations(running.url)
    for admission in admissions:
        limiter.observe(admission, None)
    await settled(limiter)
    after = await evaluations(running.url)
    assert (between - before, after - between) == (1, 1)


async def test_a_deadline_bounds_the_wait(make: Callable[..., RedisLimits]) -> None:
    """A call whose deadline comes first is not sent, and says so."""
    limiter = make(Window(1, 0.8))
    limiter.observe(await limiter.admit(KEY, PATIENT), None)
    with pytest.raises(DeadlineExceeded):
        await limiter.admit(KEY, PATIENT, now() + 0.2)
    with pytest.raises(DeadlineExceeded):
        await limiter.admit(KEY, PATIENT, now() - 1.0)


async def test_on_limit_raise_never_waits(make: Callable[..., RedisLimits]) -> None:
    """Without a place at once the call raises."""
    limiter = make(Window(1, 0.8))
    policy = LimitPolicy(on_limit="raise")
    await limiter.admit(KEY, policy)
    with pytest.raises(RateLimitTooLong):
        await limiter.admit(KEY, policy)


async def test_a_conversion_token_has_no_limit(make: Callable[..., RedisLimits]) -> None:
    """A thousand events go at once."""
    limiter = make()
    key = LimitKey("app", "a", "ads_conversions", "1", unlimited=True)
    await asyncio.gather(*(limiter.admit(key, LimitPolicy(max_wait=0.0)) for _ in range(1000)))
    assert limiter.snapshot()[0].remaining is None


async def test_calls_of_a_process_that_died_count_as_finished_in_the_end(
    make: Callable[..., RedisLimits], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They leave the log one window after it was last heard of (here shortened to a second)."""
    shortened = shared.SCRIPT.replace("PROCESS_LOST, LATELY = 4", "PROCESS_LOST, LATELY = 1")
    assert shortened != shared.SCRIPT
    monkeypatch.setattr(shared, "SCRIPT", shortened)
    dead, alive = make(Window(2, 0.5)), make(Window(2, 0.5))
    await dead.admit(KEY, PATIENT)
    await dead.admit(KEY, PATIENT)
    assert dead._heart is not None
    dead._heart.cancel()
    start = now()
    await alive.admit(KEY, PATIENT)
    assert 1.0 < now() - start < 2.5


async def test_places_whose_grant_got_lost_are_not_lost_for_ever(
    make: Callable[..., RedisLimits],
) -> None:
    """When a reply does not arrive, its calls count as finished with the next question."""
    limiter = make(Window(2, 0.5))
    await asyncio.gather(*(limiter.admit(KEY, PATIENT) for _ in range(2)))
    (session,) = limiter._sessions.values()
    session.in_flight = 0
    start = now()
    await limiter.admit(KEY, PATIENT)
    assert 0.4 < now() - start < 1.5


async def test_what_is_kept_in_redis_goes_away_by_itself(
    make: Callable[..., RedisLimits], running: RedisServer
) -> None:
    """Every key has an end, and none of them shows more than the account's fingerprint."""
    limiter = make()
    await limiter.admit(KEY, PATIENT)
    names = await ask(running.url, "KEYS", f"{limiter._prefix}:*")
    ends = [await ask(running.url, "TTL", name) for name in names]
    assert sorted(name.removeprefix(limiter._prefix) for name in names) == [
        ":{app}:standard:account",
        ":{app}:standard:account:org_read",
    ]
    assert all(0 < end <= 3600 for end in ends)


async def test_losing_what_redis_knew_does_not_lose_the_way(
    make: Callable[..., RedisLimits], running: RedisServer
) -> None:
    """Calls that Redis has forgotten are counted when they finish, and not as negative ones."""
    limiter = make(Window(4, 60.0))
    limiter.observe(await limiter.admit(KEY, PATIENT), RateLimit((Window(4, 60.0),), 4, 3, 60.0))
    admissions = [await limiter.admit(KEY, PATIENT) for _ in range(3)]
    await ask(running.url, "FLUSHALL")
    for admission in admissions:
        limiter.observe(admission, None)
    await settled(limiter)
    await limiter.admit(KEY, LimitPolicy(max_wait=1.0))  # in place of the one that is forgotten
    with pytest.raises(RateLimitTooLong):
        await limiter.admit(KEY, LimitPolicy(max_wait=1.0))


async def test_without_redis_each_process_goes_on_with_its_part(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage is said once, halves the pace of two processes, and ends by itself."""
    monkeypatch.setattr(shared, "RETRY", 0.2)
    server = RedisServer()
    server.start()
    limiters = [
        RedisLimits(server.url, limits={KEY.category: [Window(100, 1.0)]}) for _ in range(2)
    ]
    try:
        with caplog.at_level(logging.WARNING, logger="pinterest_async"):
            for limiter in limiters:
                limiter.observe(await limiter.admit(KEY, PATIENT), None)
            (await limiters[0].admit(KEY, PATIENT)).release()
            await settled(*limiters)
            server.stop()
            start = now()
            for _ in range(20):
                limiters[0].observe(await limiters[0].admit(KEY, PATIENT), None)
            alone = now() - start
            assert [record.levelname for record in own_records(caplog)] == ["WARNING"]
            assert "going on alone with 1/2" in caplog.text
            assert alone > 0.3
            server.start()
            until = now() + 5.0
            while limiters[0]._local is not None and now() < until:
                limiters[0].observe(await limiters[0].admit(KEY, PATIENT), None)
                await asyncio.sleep(0.02)
            await settled(limiters[0])
            assert len(own_records(caplog)) == 2
            assert limiters[0].snapshot()[0].used > 20
    finally:
        server.stop()
        for limiter in limiters:
            await limiter.aclose()


async def test_a_redis_that_was_never_there_is_no_reason_to_fail() -> None:
    """Calls go, at this process's part; patience and deadlines count as ever."""
    limiter = RedisLimits(
        f"redis://127.0.0.1:{free_port()}/0",
        limits={KEY.category: [Window(4, 3600.0)]},
        processes=2,
    )
    first = await limiter.admit(KEY, PATIENT)
    second = await limiter.admit(KEY, PATIENT)
    with pytest.raises(RateLimitTooLong):
        await limiter.admit(KEY, LimitPolicy(max_wait=5.0))
    with pytest.raises(DeadlineExceeded):
        await limiter.admit(KEY, PATIENT, now() + 0.1)
    first.release()
    limiter.observe(second, None)
    third = await limiter.admit(KEY, LimitPolicy(max_wait=5.0))
    limiter.observe(third, None, refused=True, retry_after=100.0)
    with pytest.raises(RateLimitTooLong):
        await limiter.admit(KEY, LimitPolicy(max_wait=5.0))
    await limiter.aclose()


async def test_closing_turns_away_the_calls_that_wait(make: Callable[..., RedisLimits]) -> None:
    """They raise `ClientClosed`, and what was sent before is still reported."""
    limiter, other = make(Window(1, 60.0)), make(Window(1, 60.0))
    admission = await limiter.admit(KEY, PATIENT)
    waiting = asyncio.create_task(limiter.admit(KEY, PATIENT))
    await asyncio.sleep(0.05)
    admission.release()
    started = time.monotonic()
    await limiter.aclose()
    assert time.monotonic() - started < 2.0
    with pytest.raises(ClientClosed):
        await waiting
    with pytest.raises(ClientClosed):
        await limiter.admit(KEY, PATIENT)
    await other.admit(KEY, LimitPolicy(max_wait=1.0))


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """`RedisLimits` is the only thing that needs the redis package."""
    monkeypatch.delitem(sys.modules, "pinterest_async.limits.redis")
    monkeypatch.delattr(limits, "RedisLimits", raising=False)
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ImportError, match=r"pinterest-async\[redis\]"):
        _ = limits.RedisLimits


@pytest.mark.parametrize("options", [{"tier": "gold"}, {"processes": 0}])
def test_options_are_checked(options: dict[str, Any]) -> None:
    """A wrong tier or number of processes is refused when the limiter is made."""
    with pytest.raises(ConfigurationError):
        RedisLimits("redis://127.0.0.1:1/0", **options)


async def test_a_header_that_is_stuck_talks_nobody_into_a_flood(
    make: Callable[..., RedisLimits],
) -> None:
    """Whatever the header says, the log decides after the first refusals (L1)."""
    window = Window(20, 0.5)
    server = Server([window], kind="sliding")
    tell = server._tell
    server._tell = lambda room, now: {**tell(room, now), "x-ratelimit-remaining": "19"}  # type: ignore[method-assign]
    callers = [Caller(make(window), server, random.Random(n), delay=0.004) for n in range(2)]
    await asyncio.gather(*(caller.saturate(4, now() + 2.5) for caller in callers))
    assert len(server.admitted) > 60
    assert len(server.refused) <= 10


async def test_a_redis_that_knows_nothing_lets_few_calls_go_ahead(
    make: Callable[..., RedisLimits],
) -> None:
    """After a flush, or at the first start, the window may be spent already (L8)."""
    limiter = make(Window(100, 60.0))
    waiting = [asyncio.ensure_future(limiter.admit(KEY, PATIENT)) for _ in range(100)]
    await asyncio.sleep(0.4)
    admitted = [task for task in waiting if task.done()]
    assert len(admitted) == 4
    told = RateLimit((Window(100, 60.0),), 100, 96, 60.0)
    for task in admitted:
        limiter.observe(task.result(), told)
    async with asyncio.timeout(5.0):
        await asyncio.gather(*waiting)


async def test_a_refusal_with_calls_left_delays_no_other_call(
    make: Callable[..., RedisLimits],
) -> None:
    """It is the affair of the call that was refused (L2)."""
    limiter, window = make(Window(1000, 60.0)), Window(1000, 60.0)
    told = RateLimit((window,), 1000, 960, 55.0)
    limiter.observe(await limiter.admit(KEY, PATIENT), told, refused=True, retry_after=55.0)
    await settled(limiter)
    assert (await limiter.admit(KEY, LimitPolicy(max_wait=5.0))).waited < 1.0


@pytest.mark.parametrize(
    "url", ["redis+sentinel://localhost:26379/0", "memcached://localhost", "localhost:6379"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """Sentinel and clusters need a client that was made for them, and the error says so (L11)."""
    with pytest.raises(ConfigurationError, match=r"redis\.asyncio"):
        RedisLimits(url)


async def test_a_client_of_ones_own_is_used_and_left_open(running: RedisServer) -> None:
    """It belongs to its giver (L11)."""
    connect: Any = redis_package.from_url  # type: ignore[no-untyped-call,unused-ignore]
    client = connect(running.url)
    limiter = RedisLimits(client, prefix="own client")
    limiter.observe(await limiter.admit(KEY, PATIENT), None)
    await limiter.aclose()
    assert await client.keys("own client:*")
    await client.aclose()


async def test_all_keys_of_a_call_are_in_one_slot(
    make: Callable[..., RedisLimits], running: RedisServer
) -> None:
    """So that a script may use them on a cluster (L11)."""
    limiter = make()
    await limiter.admit(KEY, PATIENT)
    names = await ask(running.url, "KEYS", f"{limiter._prefix}:*")
    assert len(names) >= 2
    assert len({key_slot(name.encode()) for name in names}) == 1


async def test_every_wait_has_a_reason(make: Callable[..., RedisLimits]) -> None:
    """Through Redis too a call knows why it waited (L14)."""
    limiter = make(MINUTE)
    limiter.observe(await limiter.admit(KEY, PATIENT), RateLimit((MINUTE,), 10, 9, 60.0))
    limiter.observe(await limiter.admit(KEY, PATIENT), None, refused=True, retry_after=0.3)
    await settled(limiter)
    assert (await limiter.admit(KEY, PATIENT)).reason == "pause"


async def test_the_places_of_a_process_that_waits_long_are_kept(
    make: Callable[..., RedisLimits], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that lives shows it while its calls are in flight (L7)."""
    shortened = shared.SCRIPT.replace("PROCESS_LOST, LATELY = 4", "PROCESS_LOST, LATELY = 0.5")
    assert shortened != shared.SCRIPT
    monkeypatch.setattr(shared, "SCRIPT", shortened)
    monkeypatch.setattr(shared, "HEARTBEAT", 0.1)
    slow, other = make(Window(1, 0.2)), make(Window(1, 0.2))
    held = await slow.admit(KEY, PATIENT)
    with pytest.raises(DeadlineExceeded):
        await other.admit(KEY, PATIENT, now() + 1.2)
    slow.observe(held, None)
    await other.admit(KEY, PATIENT)
