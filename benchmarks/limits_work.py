"""What the processes do whose calls the limits are measured with.

Each process has a limiter and makes its part of the calls of a row, through aiohttp. It says over a
pipe that it is ready, is told when to start, and gives back what its calls have raised.
"""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
import time
from collections import Counter
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import aiohttp
import msgspec

from pinterest_async.errors import PinterestError
from pinterest_async.limits import LimitKey, LimitPolicy, LocalLimits, RedisLimits
from pinterest_async.limits.headers import Window, read_rate_limit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from multiprocessing.connection import Connection

WINDOW: Final = Window(250, 2.5)
MINUTES: Final = (Window(1000, 60.0, "org_read"), Window(100, 1.0, "safety_net_app_id_user_id"))
"""The real windows, which the limiter's own table has."""
TASKS: Final = 64
"""Calls at a time, of all processes together."""
CALLS_AT_ONCE: Final = 1000
BURSTS: Final = 3
LAST_MOMENTS: Final = 0.5
"""Seconds before the end of a window in which it is spent."""
BEFORE: Final = 1.0
"""Seconds before that in which a call has told the limiter of the window."""
COMMANDS: Final = 14
KEY: Final = LimitKey("app", "account", "org_read")
POLICY: Final = LimitPolicy(max_wait=3600.0)

Kind: TypeAlias = Literal["fixed", "sliding"]
Headers: TypeAlias = Literal[
    "headers",
    "silent",
    "stuck",
    "late",
    "high",
    "jumping",
    "early",
    "nodes",
    "changed",
    "contended",
]
Load: TypeAlias = Literal["steady", "bursts", "at once", "at the last moment", "commands"]
Fault: TypeAlias = Literal[
    "", "stopped", "away", "flushed", "full", "slow", "stalled", "wrong password", "killed"
]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One row."""

    server: Kind
    headers: Headers = "headers"
    processes: int = 1
    shared: bool = False
    """Whether they share `RedisLimits`, or have `LocalLimits` each."""
    load: Load = "steady"
    fault: Fault = ""
    """What happens to Redis, or to one of the processes."""
    windows: tuple[Window, ...] = (WINDOW,)
    latency: float = 0.0
    """Of the server, in seconds."""
    length: int = 4
    """How many windows a steady load lasts; all but the first are looked at."""
    least: float
    """The least share of the allowance."""
    refused: float = 0.0
    """Which part of the calls may be refused."""

    @property
    def window(self) -> Window:
        """The window whose allowance is looked at: the longest."""
        return self.windows[0]

    @property
    def path(self) -> str:
        """The path on the server."""
        windows = "+".join(
            f"{window.limit}x{window.seconds:g}" + (f"x{window.name}" if window.name else "")
            for window in self.windows
        )
        return f"/{self.server}/{self.headers}/{windows}/{self.latency:g}"

    @property
    def bursts(self) -> float:
        """Seconds from one burst to the next."""
        return (2.0 if self.load == "at the last moment" else 2.1) * self.window.seconds

    @property
    def name(self) -> str:
        """What the table calls it."""
        parts: list[str] = [self.server, self.headers, self.load]
        if self.processes > 1 and not self.shared:
            parts.append(f"{self.processes} strangers")
        elif self.load != "commands":
            parts.append(f"{self.processes} at work")
        if self.windows != (WINDOW,):
            parts += [f"{window.limit} in {window.seconds:g} s" for window in self.windows]
        if self.latency:
            parts.append(f"{self.latency * 1000:g} ms")
        if self.fault:
            parts.append("one killed" if self.fault == "killed" else f"Redis {self.fault}")
        return ", ".join(parts)


class Orders(msgspec.Struct, frozen=True):
    """Where a process finds what it needs for a row."""

    case: Case
    base_url: str
    redis_url: str


def work(pipe: Connection[Any, Any], orders: Orders) -> None:
    """Do one process's part of a row."""
    pipe.send("ready")
    start: float = pipe.recv()
    raised: Counter[str] = Counter()
    if orders.case.load == "commands":
        _run_commands(orders, raised)
    else:
        asyncio.run(_call(orders, start, raised))
    pipe.send(dict(raised))


async def _call(orders: Orders, start: float, raised: Counter[str]) -> None:
    case = orders.case
    limits = None if case.windows == MINUTES else {KEY.category: case.windows}
    limiter: LocalLimits | RedisLimits = (
        RedisLimits(orders.redis_url, limits=limits) if case.shared else LocalLimits(limits=limits)
    )
    connector = aiohttp.TCPConnector(limit=100)
    async with aiohttp.ClientSession(orders.base_url, connector=connector) as session:

        async def call() -> None:
            now = asyncio.get_running_loop().time()
            try:
                admission = limiter.admit_at_once(KEY, now) or await limiter.admit(KEY, POLICY)
            except PinterestError as error:
                raised[type(error).__name__] += 1
                await asyncio.sleep(0.1)
                return
            async with session.get(case.path) as response:
                await response.read()
                told = read_rate_limit(response.headers, time.time())
                limiter.observe(admission, told, refused=response.status == 429)

        if case.load == "at the last moment":
            await asyncio.sleep(start - BEFORE - time.time())
            await call()
        await asyncio.sleep(start - time.time())
        if case.load == "steady":
            until = start + case.length * case.window.seconds
            await _keep_calling(call, TASKS // case.processes, until)
        elif case.load == "at once":
            await _call_together(call, CALLS_AT_ONCE // case.processes)
        else:
            for number in range(BURSTS):
                await asyncio.sleep(start + number * case.bursts - time.time())
                await _call_together(call, part_of_a_burst(case))
        await limiter.aclose()


def part_of_a_burst(case: Case) -> int:
    """How many calls of a burst one process makes."""
    windows = 2 if case.load == "at the last moment" else 1
    return math.ceil(windows * case.window.limit / case.processes)


async def _call_together(call: Callable[[], Awaitable[None]], calls: int) -> None:
    await asyncio.gather(*(call() for _ in range(calls)))


async def _keep_calling(call: Callable[[], Awaitable[None]], tasks: int, until: float) -> None:
    async def repeat() -> None:
        while time.time() < until:
            await call()

    running = [asyncio.create_task(repeat()) for _ in range(tasks)]
    done, waiting = await asyncio.wait(running, timeout=until - time.time())
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for task in done:
        task.result()


def _run_commands(orders: Orders, raised: Counter[str]) -> None:
    """Run commands one after the other, with a login of their own."""
    from pinterest_async.auth import Token
    from pinterest_async.auth.logins import ACCOUNT, place

    command = [sys.executable, "-m", "pinterest_async.cli", "call", "user_account.get"]
    with TemporaryDirectory() as home:
        os.environ.update(
            HOME=home,
            XDG_CONFIG_HOME=home,
            PINTEREST_BASE_URL=f"{orders.base_url}{orders.case.path}/v5",
            PINTEREST_ACCESS_TOKEN="",
        )
        asyncio.run(place().store.save(ACCOUNT, Token("pina_any")))
        for _ in range(COMMANDS):
            done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own
            if done.returncode:
                raised[done.stderr.strip() or f"exit {done.returncode}"] += 1
