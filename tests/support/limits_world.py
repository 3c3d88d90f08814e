"""A world in virtual time: a loop whose clock jumps, and a Pinterest that counts calls."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections import deque
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import pytest

from pinterest_async.limits import LimitKey, LimitPolicy, LocalLimits
from pinterest_async.limits.headers import RateLimit, Window, read_rate_limit

if TYPE_CHECKING:
    import random
    from collections.abc import Coroutine, Sequence

    from pinterest_async.limits import Admission, Limiter

T = TypeVar("T")

TURN = 1e-7
"""Seconds that a turn of the loop takes. With none at all aiolimiter would turn for ever."""
KEY = LimitKey("app", "account", "org_read")
NAMES = {"universal": "safety_net_app_id_user_id", "": "org_read_app_id_user_id"}
PATIENT = LimitPolicy(max_wait=1e9)
POLICY = LimitPolicy()
MINUTE = Window(10, 60.0)


class _JumpingSelector(selectors.SelectSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += TURN + (timeout or 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only where nothing is left to do."""

    def __init__(self) -> None:
        self._clock = _JumpingSelector()
        super().__init__(self._clock)

    def time(self) -> float:
        """Give the virtual time, in seconds."""
        return self._clock.now


def in_virtual_time(story: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a virtual loop."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story)


class Server:
    """Counts calls in windows, fixed (aligned to `phase`) or sliding, and refuses what is too much.

    A refused call is not counted.
    """

    def __init__(
        self,
        windows: Sequence[Window],
        *,
        kind: Literal["fixed", "sliding"] = "fixed",
        headers: Literal["named", "plain", "integer", "none"] = "plain",
        phase: float = 0.0,
    ) -> None:
        self.windows = list(windows)
        self.kind = kind
        self.headers = headers
        self.phase = phase
        self.stamps: list[deque[float]] = [deque() for _ in windows]
        self.admitted: list[float] = []
        self.refused: list[float] = []

    def _gone(self, window: Window, now: float) -> float:
        """Up to when calls do not count any more."""
        if self.kind == "sliding":
            return now - window.seconds
        return math.floor((now - self.phase) / window.seconds) * window.seconds + self.phase

    def handle(self, now: float) -> tuple[bool, dict[str, str]]:
        """Count or refuse a call; say which, and the headers."""
        for window, stamps in zip(self.windows, self.stamps, strict=True):
            gone = self._gone(window, now)
            while stamps and (stamps[0] < gone or (self.kind == "sliding" and stamps[0] <= gone)):
                stamps.popleft()
        room = [
            window.limit - len(stamps)
            for window, stamps in zip(self.windows, self.stamps, strict=True)
        ]
        refused = min(room) <= 0
        if refused:
            self.refused.append(now)
        else:
            self.admitted.append(now)
            room = [left - 1 for left in room]
            for stamps in self.stamps:
                stamps.append(now)
        return refused, self._tell(room, now)

    def _tell(self, room: list[int], now: float) -> dict[str, str]:
        if self.headers == "none":
            return {}
        closest = room.index(min(room))
        window = self.windows[closest]
        if self.kind == "fixed":
            reset = self._gone(window, now) + window.seconds - now
        else:
            reset = self.stamps[closest][0] + window.seconds - now
        limit = str(window.limit)
        if self.headers == "plain":
            limit += "".join(f", {each.limit};w={each.seconds:g}" for each in self.windows)
        elif self.headers == "named":
            limit += "".join(
                f', {each.limit};w={each.seconds:g};name="{NAMES.get(each.name, each.name)}"'
                for each in self.windows
            )
        return {
            "x-ratelimit-limit": limit,
            "x-ratelimit-remaining": str(room[closest]),
            "x-ratelimit-reset": str(math.ceil(reset - 1e-6)),
        }

    def share(self, start: float, end: float) -> float:
        """How much of the first window's allowance was used between two moments.

        Counted over the whole windows in between, of a fixed server; over any of the same length
        that fit, of a sliding one.
        """
        window = self.windows[0]
        if self.kind == "fixed":
            start = self._gone(window, start - 1e-9) + window.seconds
        whole = math.floor((end - start) / window.seconds + 1e-9)
        end = start + whole * window.seconds
        used = sum(1 for stamp in self.admitted if start <= stamp < end)
        return used / (whole * window.limit)


class Caller:
    """Sends calls through a limiter to a server, over a network that takes its time."""

    def __init__(
        self,
        limiter: Limiter,
        server: Server,
        chance: random.Random,
        *,
        delay: float = 0.02,
        jitter: float = 0.0,
        key: LimitKey = KEY,
        policy: LimitPolicy = PATIENT,
    ) -> None:
        self.limiter = limiter
        self.server = server
        self.delay = delay
        self.jitter = jitter
        self.chance = chance
        self.key = key
        self.policy = policy

    def _trip(self) -> float:
        late = self.chance.expovariate(1 / self.jitter) if self.jitter else 0.0
        return self.delay / 2 + late / 2

    async def call(self) -> bool:
        """Send one call when it may go; say whether it was refused."""
        return await self.send(await admit(self.limiter, self.key, self.policy))

    async def send(self, admission: Admission) -> bool:
        """Send a call that may go; say whether it was refused."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._trip())
        refused, headers = self.server.handle(loop.time())
        await asyncio.sleep(self._trip())
        told = read_rate_limit(headers, 0.0)
        self.limiter.observe(admission, told, refused=refused)
        return refused

    async def saturate(self, workers: int, until: float) -> None:
        """Keep so many calls going or waiting until a moment."""
        loop = asyncio.get_running_loop()

        async def work() -> None:
            while loop.time() < until:
                await self.call()

        tasks = [asyncio.create_task(work()) for _ in range(workers)]
        await asyncio.sleep(until - loop.time())
        await _stop(tasks)

    async def burst(self, calls: int) -> None:
        """Send so many calls at once, and wait for all."""
        await asyncio.gather(*(self.call() for _ in range(calls)))


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def limits(*windows: Window) -> LocalLimits:
    """A limiter with these windows for the category of `KEY`."""
    return LocalLimits(limits={KEY.category: windows})


def now() -> float:
    """The time of the loop."""
    return asyncio.get_running_loop().time()


async def admit(limiter: Limiter, key: LimitKey = KEY, policy: LimitPolicy = PATIENT) -> Admission:
    """Let a call go as the transport does."""
    return limiter.admit_at_once(key, now()) or await limiter.admit(key, policy)


async def finish(
    limiter: LocalLimits, told: RateLimit | None = None, *, refused: bool = False
) -> Admission:
    """Send one call that is answered at once."""
    admission = await admit(limiter)
    limiter.observe(admission, told, refused=refused)
    return admission


def told(remaining: int, reset: float | None, window: Window = MINUTE) -> RateLimit:
    """A response that lists one window."""
    return RateLimit((window,), window.limit, remaining, reset)


def waits(story: Coroutine[Any, Any, float], expected: float) -> None:
    """Check how many seconds of virtual time a coroutine says that it waited."""
    assert in_virtual_time(story) == pytest.approx(expected, abs=0.01)
