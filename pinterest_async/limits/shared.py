"""The limiter of several processes: they spend one budget together, through Redis.

The accounts are those of `meter.py`, but they stand in Redis, where a script keeps them
(`script.py`): one clock, one view of what Pinterest said, one pause for all. Every budget that a
process spends has a clerk here. It asks Redis for as many places as calls are waiting, gives them
out in order, and reports what became of earlier calls with the next question or a moment later. So
a call costs one round trip at most, and many calls at once cost one together. When places are
scarce, Redis gives each process that has lately asked an equal part at a time.

When Redis does not answer, the process goes on alone with an equal part of each budget, at the
pace of unknown windows (`local.py`). This is logged once. A task of its own tries Redis again every
second, so that no call waits for that; what was sent meanwhile is reported then. What was spent
through Redis in the last window is not known to a process alone: where that was nearly everything,
the first calls may be refused.

Calls that a process had in flight when it died count as finished three minutes later.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol, cast

import msgspec
from redis import asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from pinterest_async.config import check_tier
from pinterest_async.errors import (
    ClientClosed,
    ConfigurationError,
    DeadlineExceeded,
    RateLimitTooLong,
)
from pinterest_async.limits.clerk import (
    LEASE,
    Ask,
    Clerk,
    Reply,
    SharedAdmission,
    parts,
    report_on,
)
from pinterest_async.limits.latency import Latency
from pinterest_async.limits.line import Waiter, stand_in_line, too_late
from pinterest_async.limits.local import LocalLimits, starting_windows
from pinterest_async.limits.policy import CategoryLimit
from pinterest_async.limits.script import SCRIPT
from pinterest_async.limits.table import STANDARD, owner
from pinterest_async.rate_limit import Window

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from pinterest_async.config import Tier
    from pinterest_async.limits.policy import Admission, LimitKey, LimitPolicy
    from pinterest_async.rate_limit import RateLimit

logger: logging.Logger = logging.getLogger(__name__)

REPORT_DELAY: Final = 0.02
"""Seconds that a report waits for company."""
POLL: Final = 0.25
"""The longest time, in seconds, between two looks at whether other processes left a place."""
SHORTEST_POLL: Final = 0.004
"""The shortest."""
RETRY: Final = 1.0
"""Seconds between two tries of a Redis that does not answer."""
CONNECTIONS: Final = 32
"""Questions to Redis at a time. Its client refuses more than a hundred, or opens any number."""
TIMEOUT: Final = 1.0
"""Seconds that Redis may take to answer."""
FORGET: Final = 300.0
"""Seconds after which a clerk that nobody needs is forgotten."""
SWEEP: Final = 256
"""Clerks before those are looked for."""


class _Script(Protocol):
    def __call__(self, keys: list[str], args: list[bytes]) -> Awaitable[bytes]: ...


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Reply).decode


class RedisLimits:
    """Keeps the limits of all accounts that several processes act for, in Redis.

    Args:
        url: Where Redis is, for example `redis://localhost:6379/0`.
        tier: The app's access tier, `standard` or `trial`.
        limits: Windows to begin with instead of the table's, as for `LocalLimits`. The same in all
            processes.
        prefix: What the names of all keys begin with.
        processes: How many processes share the budgets, for the time that Redis is away. By default
            as many as it last knew of.

    Raises:
        ConfigurationError: the tier is unknown, or `processes` is below 1.
    """

    def __init__(
        self,
        url: str,
        *,
        tier: Tier = "standard",
        limits: Mapping[str, Sequence[Window]] | None = None,
        prefix: str = "pinterest_async",
        processes: int | None = None,
    ) -> None:
        check_tier(tier)
        if processes is not None and processes < 1:
            raise ConfigurationError(f"processes must be at least 1, not {processes}")
        self._tier: Tier = tier
        self._limits = {category: tuple(windows) for category, windows in (limits or {}).items()}
        self._prefix = prefix
        self._processes = processes
        self._seen_processes = 1
        self._name = os.urandom(6).hex()
        connect = cast("Callable[..., redis.Redis]", redis.from_url)
        # Once more over a new connection, as the old one may have been closed while it was idle.
        self._client = connect(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
        self._script = cast("_Script", self._client.register_script(SCRIPT))
        self._clerks: dict[LimitKey, Clerk] = {}
        self._latency = Latency()
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._local: LocalLimits | None = None
        self._return: asyncio.Task[None] | None = None
        self._opened = 0
        self._sweep_at = SWEEP
        self._closed = False
        self._left = False

    def admit_at_once(self, key: LimitKey, now: float) -> Admission | None:  # noqa: ARG002
        """Return None: Redis has to be asked."""
        return None

    async def admit(
        self, key: LimitKey, policy: LimitPolicy, deadline: float | None = None
    ) -> Admission:
        """Wait until the call may be sent; see `Limiter.admit`."""
        if self._closed:
            raise ClientClosed("the limiter is closed")
        now = asyncio.get_running_loop().time()
        if deadline is not None and now > deadline:
            raise too_late(key.category)
        clerk = self._clerks.get(key) or self._open(key)
        clerk.used_at = now
        waiter = Waiter(key, policy, deadline, now)
        clerk.line.join(waiter)
        clerk.work()
        return await stand_in_line(clerk.line, waiter)

    def observe(
        self,
        admission: Admission,
        rate_limit: RateLimit | None,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> None:
        """Close an admission whose call was sent; see `Limiter.observe`."""
        if not isinstance(admission, SharedAdmission) or admission.clerk is None:
            return
        clerk, admission.clerk = admission.clerk, None
        report = report_on(admission)
        self._latency.end(report.finished - admission.admitted_at, calm=admission.calm)
        if retry_after is None and refused and rate_limit is not None:
            retry_after = rate_limit.reset
        if admission.local is not None and self._local is not None:
            # The answer speaks of the whole budget, and this process has only a part of it now.
            self._local.observe(admission.local, None, refused=refused, retry_after=retry_after)
        report.refused = refused
        report.retry_after = retry_after
        if rate_limit is not None:
            clerk.hear(rate_limit)
            report.listed = bool(rate_limit.windows)
            report.limit = rate_limit.limit
            report.remaining = rate_limit.remaining
            report.reset = rate_limit.reset
        clerk.report(report)
        clerk.work()

    def snapshot(self) -> list[CategoryLimit]:
        """How all budgets in use stood when Redis was last asked; see `Limiter.snapshot`."""
        return [_stand(key, clerk, self._tier) for key, clerk in self._clerks.items()]

    async def aclose(self) -> None:
        """Turn away the calls that wait, report, and leave Redis; see `Limiter.aclose`."""
        self._closed = True
        for clerk in self._clerks.values():
            clerk.line.close()
        try:
            if tasks := self._tasks():
                await asyncio.wait(tasks, timeout=2 * TIMEOUT)
        finally:
            self._left = True
            tasks = self._tasks()
            if self._return is not None:
                tasks.append(self._return)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._clerks.clear()
            if self._local is not None:
                await self._local.aclose()
            await self._client.aclose()

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [clerk.task for clerk in self._clerks.values() if clerk.task is not None]

    async def _work(self, clerk: Clerk) -> None:
        """Serve the line and send the reports, until there is neither."""
        try:
            while (clerk.line or clerk.reports) and not self._left:
                if self._local is not None:
                    if not clerk.line:
                        return
                    await self._serve_alone(clerk)
                    continue
                if not clerk.line:
                    await clerk.line.rest(REPORT_DELAY)
                reply = await self._exchange(clerk)
                if reply is not None:
                    await self._serve(clerk, reply)
        except Exception as error:  # noqa: BLE001 - delivered to those who wait
            clerk.line.disperse(error)
        finally:
            clerk.task = None

    async def _exchange(self, clerk: Clerk) -> Reply | None:
        """Report and ask; None when Redis does not answer."""
        async with self._turns:
            if self._local is not None:
                return None
            reports, learn = clerk.take_notes()
            now = asyncio.get_running_loop().time()
            for report in reports:
                report.age = now - report.finished
            ask = Ask(
                process=clerk.name,
                in_flight=clerk.in_flight + sum(report.marks is not None for report in reports),
                want=min(len(clerk.line), LEASE),
                trip=self._latency.floor,
                jitter=random.random(),  # noqa: S311 - not a secret
                own=parts(clerk.own),
                universal=parts(clerk.universal),
                reports=reports,
                learn=learn,
            )
            try:
                reply = _decode(await self._script(keys=clerk.names, args=[_encode(ask)]))
            except (RedisError, OSError) as error:
                clerk.put_back(reports, learn)
                self._lose(error)
                return None
        self._seen_processes = max(reply.processes, 1)
        clerk.take_in(reply)
        return reply

    async def _serve(self, clerk: Clerk, reply: Reply) -> None:
        """Give out the places that were granted, and wait if there were too few."""
        now = asyncio.get_running_loop().time()
        for _ in range(reply.granted):
            head = clerk.line.head()
            admission = clerk.admit(clerk.key, now, head.since if head else now)
            admission.reply = reply
            if head is None:
                admission.release()  # whoever it was for has left
            else:
                clerk.line.admit(head, admission)
        if clerk.line and reply.wait > 0:
            clerk.line.dismiss(reply.wait, now)
            if clerk.line:
                await clerk.line.rest(max(min(reply.wait, POLL), SHORTEST_POLL))

    def _lose(self, error: Exception) -> None:
        """Go on alone, with this process's part of each budget."""
        if self._local is not None:
            return
        share = self._processes or self._seen_processes
        logger.warning(
            "Redis does not answer (%s): going on alone with 1/%d of each limit",
            type(error).__name__,
            share,
        )
        known = {
            category: starting_windows(category, self._tier, self._limits) for category in STANDARD
        }
        for key, clerk in self._clerks.items():
            if not key.unlimited:
                known[key.category] = clerk.own, clerk.universal
        self._local = LocalLimits(
            tier=self._tier,
            limits={
                category: [
                    *(_part(window, share, window.name) for window in own),
                    # By this name all categories share it, whatever Pinterest calls it.
                    *(_part(window, share, "universal") for window in universal),
                ]
                for category, (own, universal) in known.items()
            },
        )
        if not self._closed:
            self._return = asyncio.create_task(self._come_back())

    async def _come_back(self) -> None:
        """Try Redis until it answers, and have all clerks turn to it again."""
        answers = False
        while not answers:
            await asyncio.sleep(RETRY)
            try:
                # A Redis that cannot be written to is of no use.
                await self._client.set(f"{self._prefix}:try", b"", ex=1)
                answers = True
            except (RedisError, OSError):
                pass
        logger.warning("Redis answers again: the limits are shared again")
        local, self._local = self._local, None
        if local is not None:
            await local.aclose()
        for clerk in self._clerks.values():
            if clerk.reports:
                clerk.work()

    async def _serve_alone(self, clerk: Clerk) -> None:
        """Let the head of the line go as this process's part allows."""
        loop = asyncio.get_running_loop()
        head = clerk.line.head()
        if head is None or self._local is None:
            return
        until = loop.time() + RETRY
        try:
            local = await self._local.admit(head.key, head.policy, until)
        except DeadlineExceeded:
            await clerk.line.rest(max(until - loop.time(), SHORTEST_POLL))
            return
        except RateLimitTooLong as error:
            clerk.line.turn_away(head, error)
            return
        except ClientClosed:
            return  # Redis is back, and the line asks there
        now = loop.time()
        admission = clerk.admit(head.key, now, head.since)
        admission.local = local
        if head.place.done():
            admission.release()
        else:
            clerk.line.admit(head, admission)

    def _open(self, key: LimitKey) -> Clerk:
        if len(self._clerks) >= self._sweep_at:
            self._forget_idle()
        own, universal = starting_windows(key.category, self._tier, self._limits)
        if key.unlimited:
            own = universal = ()
        base = f"{self._prefix}:{{{key.app}}}"
        account = "" if self._tier == "trial" else key.account
        kind = "unlimited" if key.unlimited else self._tier
        names = [f"{base}:{kind}:{owner(key, self._tier)}:{key.category}"]
        if universal:
            names.append(f"{base}:{kind}:{account}")
        self._opened += 1
        name = f"{self._name}:{self._opened}"
        clerk = self._clerks[key] = Clerk(
            key, name, names, own, universal, self._latency, self._work
        )
        return clerk

    def _forget_idle(self) -> None:
        now = asyncio.get_running_loop().time()
        for key, clerk in list(self._clerks.items()):
            if clerk.task is None and clerk.used_at + FORGET < now and not clerk.owes(now):
                del self._clerks[key]
        self._sweep_at = max(SWEEP, 2 * len(self._clerks))


def _part(window: Window, share: int, name: str) -> Window:
    return Window(max(window.limit // share, 1), window.seconds, name)


def _stand(key: LimitKey, clerk: Clerk, tier: Tier) -> CategoryLimit:
    reply = clerk.last
    meters = reply.own + reply.universal if reply is not None else []
    tightest = min(meters, key=lambda meter: meter.room, default=None)
    wait = reply.wait if reply is not None else 0.0
    return CategoryLimit(
        account=owner(key, tier),
        category=key.category,
        windows=clerk.own + clerk.universal,
        used=tightest.used if tightest else 0,
        remaining=max(tightest.room, 0) if tightest else None,
        resets_at=datetime.now(UTC) + timedelta(seconds=wait) if wait > 0 else None,
        waiting=len(clerk.line),
    )
