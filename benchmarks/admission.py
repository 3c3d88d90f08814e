"""What the limiter costs: CPU to let a call go and to take in its response.

Ours is `LocalLimits` with two windows, as the transport asks it; the bucket is aiolimiter's alone,
which counts one window, has no queue in order, and learns nothing.

The last rows are whole calls, one after the other, as a client makes them: with `LocalLimits`, and
with `RedisLimits`, for which the CPU of redis-server counts as well. They are left out where there
is no such server.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING, Final

from aiolimiter import AsyncLimiter

from benchmarks.redis_server import BINARY, RedisServer
from benchmarks.rig import Row, row, use_core
from benchmarks.server import serving
from pinterest_async import Pinterest
from pinterest_async.limits import LimitKey, LimitPolicy, LocalLimits, RedisLimits
from pinterest_async.limits.headers import Window, read_rate_limit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

KEY: Final = LimitKey("app", "account", "org_read")
POLICY: Final = LimitPolicy(max_wait=3600.0)
PLENTY: Final = 10**9
CALLS: Final = 500
"""In a round, for each limiter."""
HEADERS: Final = {
    "x-ratelimit-limit": f'{PLENTY}, {PLENTY};w=0.1;name="safety_net", {PLENTY};w=0.2;name="own"',
    "x-ratelimit-remaining": str(PLENTY - 1),
    "x-ratelimit-reset": "1",
}


async def _bucket(calls: int) -> None:
    limiter = AsyncLimiter(PLENTY, 60)
    for _ in range(calls):
        await limiter.acquire()


async def _uncontended(calls: int) -> None:
    limiter = LocalLimits()
    loop = asyncio.get_running_loop()
    told = read_rate_limit(HEADERS, 0.0)
    for _ in range(calls):
        admission = limiter.admit_at_once(KEY, loop.time()) or await limiter.admit(KEY, POLICY)
        limiter.observe(admission, told)


async def _waiting(calls: int) -> None:
    limiter = LocalLimits(limits={KEY.category: [Window(1000, 0.2)]})

    async def call() -> None:
        limiter.observe(await limiter.admit(KEY, POLICY), None)

    await asyncio.gather(*[call() for _ in range(calls)])


async def _waiting_for_the_bucket(calls: int) -> None:
    limiter = AsyncLimiter(1000, 0.2)
    await asyncio.gather(*[limiter.acquire() for _ in range(calls)])


def _cpu(story: Callable[[int], Awaitable[None]], calls: int) -> float:
    async def run() -> float:
        began = time.process_time()
        await story(calls)
        return (time.process_time() - began) / calls * 1e6

    return asyncio.run(run())


async def _measure_calls(address: str, redis: RedisServer, rounds: int) -> dict[str, list[float]]:
    """Give µs of CPU of one call, redis-server's among them, for each limiter and round."""
    base = f"{address}/v5"
    ids = map(str, count(8137442264200000))
    times: dict[str, list[float]] = {"local": [], "Redis": []}
    async with (
        Pinterest("pina_benchmark", base_url=base, limits=LocalLimits()) as local,
        Pinterest("pina_benchmark", base_url=base, limits=RedisLimits(redis.url)) as shared,
    ):
        for number in range(rounds + 1):
            for name, client in ("local", local), ("Redis", shared):
                before = _spent(redis)
                began = time.process_time()
                for _ in range(CALLS):
                    await client.pins.get(next(ids))
                spent = time.process_time() - began + _spent(redis) - before
                if number:  # the first one warms up
                    times[name].append(spent / CALLS * 1e6)
    return times


def _spent(redis: RedisServer) -> float:
    """Give the seconds of CPU that a redis-server has taken so far."""
    told = redis.ask("INFO", "cpu")
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])


def measure(*, rounds: int = 9) -> list[Row]:
    """Measure admissions."""
    with ExitStack() as stack:
        # The server keeps to no core: this process will.
        redis = None if BINARY is None else stack.enter_context(RedisServer())
        core = use_core(0)
        rows = _measure_admissions(rounds)
        if redis is None:
            print("no redis-server here: its rows are left out", file=sys.stderr)
            return rows
        address = stack.enter_context(serving(core=core))
        spent = asyncio.run(_measure_calls(address, redis, rounds))
    rows.append(row(spent, "local", what="a call, LocalLimits"))
    what = "a call, RedisLimits"
    return [*rows, row(spent, "Redis", what=what, against="local", bar=2.5)]


def _measure_admissions(rounds: int) -> list[Row]:
    cases: dict[str, tuple[Callable[[int], Awaitable[None]], int]] = {
        "the bucket alone": (_bucket, 50_000),
        "ours": (_uncontended, 50_000),
        "the bucket alone, 2,000 waiting": (_waiting_for_the_bucket, 2_000),
        "ours, 2,000 waiting": (_waiting, 2_000),
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (story, calls) in cases.items():
            times[name].append(_cpu(story, calls))
    names = list(cases)
    return [
        row(times, names[0]),
        row(times, names[1], against=names[0]),
        row(times, names[2]),
        row(times, names[3], against=names[2]),
    ]
