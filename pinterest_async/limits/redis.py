"""The limiter of several processes: they spend one budget together, through Redis.

The algorithm is that of `window.py` and `budget.py`, but it runs inside Redis, as a script
(`redis_budget.lua`): one clock, one log, one view of what Pinterest said, one pause for all. Every
budget that a process spends has a session here. It asks Redis for as many places as calls wait,
gives them out in order, and reports what became of earlier calls with the next question or a
moment later. So a call costs one round trip at most, and many calls at once cost one together.
When places are scarce, each process that has lately asked gets an equal part at a time.

When Redis does not answer, the process goes on alone with an equal part of each budget, from how
that stood when Redis was last heard, at the pace of unknown windows (`limiter.py`). This is logged
once. A task of its own tries the script again every second, so that no call waits for that; what
was sent meanwhile is reported then. A Redis that refuses (a wrong password, no right to run
scripts) is no outage: the first call raises `ConfigurationError`.

Calls that a process had in flight when it died count as finished four seconds later: each process
shows once a second that it lives.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import random
from contextlib import suppress
from importlib.resources import files
from itertools import count
from typing import TYPE_CHECKING, Final, Protocol, cast

import msgspec

try:
    from redis import asyncio as redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import AuthenticationError, OutOfMemoryError, RedisError, ResponseError
    from redis.exceptions import ConnectionError as RedisConnectionError
except ImportError as _missing:
    raise ImportError(
        "RedisLimits needs its extra: pip install 'pinterest-async[redis]'"
    ) from _missing

from pinterest_async.config import check_tier
from pinterest_async.errors import (
    ClientClosed,
    ConfigurationError,
    DeadlineExceeded,
    RateLimitTooLong,
)
from pinterest_async.limits.defaults import STANDARD, owner, starting_windows
from pinterest_async.limits.headers import Window
from pinterest_async.limits.limiter import LocalLimits
from pinterest_async.limits.policy import Limiter, checked_windows
from pinterest_async.limits.queue import Waiter, too_late, wait_in
from pinterest_async.limits.session import Ask, Reply, Session, SharedAdmission, report_on

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from pinterest_async.config import Tier
    from pinterest_async.limits.headers import RateLimit
    from pinterest_async.limits.policy import Admission, CategoryLimit, LimitKey, LimitPolicy

logger: logging.Logger = logging.getLogger(__name__)

SCRIPT: Final = files("pinterest_async.limits").joinpath("redis_budget.lua").read_text()
"""What runs inside Redis."""
HEARTBEAT: Final = 1.0
"""Seconds between two signs of life while calls are in flight; the script waits for four."""
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
"""Seconds after which a session that nobody needs is forgotten."""
SWEEP: Final = 256
"""Sessions before those are looked for."""


class _Script(Protocol):
    def __call__(self, keys: list[str], args: list[bytes]) -> Awaitable[bytes]: ...


class _Link:
    """The way to Redis.

    Args:
        url: An address, or a client that is not closed here.
    """

    __slots__ = ("_answered", "_client", "_decode", "_encode", "_owned", "_script", "turns")

    def __init__(self, url: str | redis.Redis) -> None:
        self._owned = isinstance(url, str)
        self._client = _connect(url) if isinstance(url, str) else url
        self._script = cast("_Script", self._client.register_script(SCRIPT))
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Reply).decode
        self._answered = False
        self.turns: asyncio.Semaphore = asyncio.Semaphore(CONNECTIONS)

    async def run(self, names: list[str], ask: Ask) -> Reply:
        """Run the script.

        Raises:
            ConfigurationError: Redis refuses, and has never answered.
            RedisError: it does not answer, or refuses now.
            OSError: it cannot be reached.
        """
        try:
            packed = await self._script(keys=names, args=[self._encode(ask)])
        except RedisError as error:
            if not self._answered and _is_refusal(error):
                raise ConfigurationError(
                    f"Redis cannot keep the limits ({type(error).__name__}: {error})"
                ) from error
            raise
        self._answered = True
        return self._decode(packed)

    async def aclose(self) -> None:
        if self._owned:
            await self._client.aclose()


class RedisLimits(Limiter):
    """Keeps the limits of all accounts that several processes act for, in Redis.

    Args:
        url: Where Redis is, for example `redis://localhost:6379/0`; or a client of `redis.asyncio`
            that you have made yourself, for Sentinel or a cluster. It is not closed with the
            limiter, must answer in bytes, and should give up after a second or so. All keys of one
            app are in one slot.
        tier: The app's access tier, `standard` or `trial`.
        limits: Windows to begin with instead of the table's, as for `LocalLimits`. The same in all
            processes.
        prefix: What the names of all keys begin with.
        processes: How many processes share the budgets, for the time that Redis is away. By default
            as many as it last knew of.

    Raises:
        ConfigurationError: the tier is unknown, a window can hold no call, `processes` is below 1,
            or `url` is no address that this limiter can use. The first call raises it where Redis
            refuses the password, the database, the script or the certificate.
    """

    def __init__(
        self,
        url: str | redis.Redis,
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
        self._limits = checked_windows(limits)
        self._prefix = prefix
        self._processes = processes
        self._link = _Link(url)
        host = os.urandom(6).hex()
        self._names = (f"{host}:{number}" for number in count())
        self._sessions: dict[LimitKey, Session] = {}
        self._local: LocalLimits | None = None
        self._return: asyncio.Task[None] | None = None
        self._heart: asyncio.Task[None] | None = None
        self._sweep_at = SWEEP
        self._closed = False

    async def admit(
        self, key: LimitKey, policy: LimitPolicy, deadline: float | None = None
    ) -> Admission:
        """Wait until the call may be sent; see `Limiter.admit`."""
        if self._closed:
            raise ClientClosed("the limiter is closed")
        now = asyncio.get_running_loop().time()
        if deadline is not None and now > deadline:
            raise too_late(key.category)
        session = self._sessions.get(key) or self._open(key)
        session.used_at = now
        waiter = Waiter(key, policy, deadline, now)
        session.queue.join(waiter)
        session.work()
        return await wait_in(session.queue, waiter)

    def observe(
        self,
        admission: Admission,
        rate_limit: RateLimit | None,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> None:
        """Close an admission whose call was sent; see `Limiter.observe`."""
        if not isinstance(admission, SharedAdmission) or admission.session is None:
            return
        session, admission.session = admission.session, None
        if retry_after is None and refused and rate_limit is not None:
            retry_after = rate_limit.reset
        if admission.local is not None and self._local is not None:
            # The response speaks of the whole budget, and this process has only a part of it now.
            self._local.observe(admission.local, None, refused=refused, retry_after=retry_after)
        session.report(report_on(admission, rate_limit, refused=refused, retry_after=retry_after))
        if rate_limit is not None:
            session.hear(rate_limit)
        session.work()

    def snapshot(self) -> list[CategoryLimit]:
        """How all budgets in use stood when Redis was last asked; see `Limiter.snapshot`."""
        return [session.stand(self._tier) for session in self._sessions.values()]

    async def aclose(self) -> None:
        """Turn away the calls that wait, report, and leave Redis; see `Limiter.aclose`."""
        self._closed = True
        for session in self._sessions.values():
            session.queue.close()
        try:
            if tasks := self._tasks():
                await asyncio.wait(tasks, timeout=2 * TIMEOUT)
        finally:
            tasks = self._tasks()
            tasks += [task for task in (self._return, self._heart) if task is not None]
            # What a task that is cancelled now would still tell is not told any more.
            self._sessions.clear()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._local is not None:
                await self._local.aclose()
            await self._link.aclose()

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [session.task for session in self._sessions.values() if session.task is not None]

    async def _work(self, session: Session) -> None:
        """Serve the line and send the reports, until there is neither."""
        try:
            await asyncio.sleep(0)  # an eager task would end before anybody knows of it
            while (session.queue or session.notes) and session.key in self._sessions:
                if self._local is not None:
                    if not session.queue:
                        return
                    await self._serve_alone(self._local, session)
                    continue
                if not session.queue:
                    await session.queue.rest(REPORT_DELAY)
                reply = await self._exchange(session)
                if reply is not None:
                    await self._serve(session, reply)
        except Exception as error:  # noqa: BLE001 - delivered to those who wait
            session.queue.fail(error)
        finally:
            session.task = None

    async def _exchange(self, session: Session) -> Reply | None:
        """Report and ask; None when Redis does not answer."""
        async with self._link.turns:
            if self._local is not None:
                return None
            chance = random.random()  # noqa: S311 - not a secret
            ask = session.ask(asyncio.get_running_loop().time(), chance)
            try:
                reply = await self._link.run(session.names, ask)
            except (RedisError, OSError) as error:
                self._lose(error)
                return None
        session.take_in(ask, reply)
        if session.in_flight and self._heart is None and not self._closed:
            self._heart = asyncio.create_task(self._beat())
        return reply

    async def _beat(self) -> None:
        """Show that this process lives while it has calls in flight."""
        await asyncio.sleep(HEARTBEAT)
        while any(session.in_flight for session in self._sessions.values()):
            for session in self._sessions.values():
                if session.in_flight and session.task is None:
                    session.notes.beat = True
                    session.work()
            await asyncio.sleep(HEARTBEAT)
        self._heart = None

    async def _serve(self, session: Session, reply: Reply) -> None:
        """Give out the places that were granted, and wait if there were too few."""
        now = asyncio.get_running_loop().time()
        queue = session.queue
        for _ in range(reply.granted):
            head = queue.head(now)
            admission = SharedAdmission(session.key, now, 0.0, session, reply)
            if head is None:
                admission.release()  # whoever it was for has left
            else:
                queue.admit(head, admission)
        if reply.delay is not None:
            await queue.wait(reply.delay, SHORTEST_POLL, POLL)

    def _lose(self, error: Exception) -> None:
        """Go on alone, with this process's part of each budget."""
        if self._local is not None:
            return
        replies = [session.last for session in self._sessions.values() if session.last is not None]
        share = self._processes or max([reply.processes for reply in replies], default=1)
        logger.warning(
            "Redis does not answer (%s): going on alone with 1/%d of each limit",
            type(error).__name__,
            share,
        )
        known = {
            category: starting_windows(category, self._tier, self._limits) for category in STANDARD
        }
        for key, session in self._sessions.items():
            if not key.unlimited:
                known[key.category] = session.own, session.universal
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
        for session in self._sessions.values():
            _hand_over(self._local, session, share)
        if not self._closed:
            self._return = asyncio.create_task(self._come_back())

    async def _come_back(self) -> None:
        """Try Redis until it answers, and have all sessions turn to it again."""
        # Only the script itself tells whether Redis can keep the limits again.
        ask = Ask(next(self._names))
        answers = False
        while not answers:
            await asyncio.sleep(RETRY)
            with suppress(RedisError, OSError, ConfigurationError):
                await self._link.run([f"{self._prefix}:{{}}:try", f"{self._prefix}:{{}}:all"], ask)
                answers = True
        logger.warning("Redis answers again: the limits are shared again")
        local, self._local = self._local, None
        if local is not None:
            await local.aclose()
        for session in self._sessions.values():
            if session.notes:
                session.work()

    async def _serve_alone(self, alone: LocalLimits, session: Session) -> None:
        """Let the head of the line go as this process's part allows."""
        loop = asyncio.get_running_loop()
        head = session.queue.head(loop.time())
        if head is None:
            return
        until = loop.time() + RETRY
        try:
            local = await alone.admit(head.key, head.policy, until)
        except DeadlineExceeded:
            await session.queue.rest(max(until - loop.time(), SHORTEST_POLL))
            return
        except RateLimitTooLong as error:
            session.queue.reject(head, error)
            return
        except ClientClosed:
            return  # Redis is back, and the line asks there
        admission = SharedAdmission(head.key, loop.time(), 0.0, session, local=local)
        if head.place.done():
            admission.release()
        else:
            session.queue.admit(head, admission)

    def _open(self, key: LimitKey) -> Session:
        if len(self._sessions) >= self._sweep_at:
            self._forget_idle()
        own, universal = starting_windows(key.category, self._tier, self._limits)
        if key.unlimited:
            own = universal = ()
        # All keys of one app are in one slot of a cluster.
        base = f"{self._prefix}:{{{key.app}}}:{'unlimited' if key.unlimited else self._tier}"
        account = "" if self._tier == "trial" else key.account
        name = f"{base}:{owner(key, self._tier)}:{key.category}"
        # Where nothing is shared with other categories, what is learned is not shared either.
        names = [name, f"{base}:{account}" if universal else f"{name}:all"]
        session = Session(key, next(self._names), names, own, universal, self._work)
        self._sessions[key] = session
        return session

    def _forget_idle(self) -> None:
        now = asyncio.get_running_loop().time()
        for key, session in list(self._sessions.items()):
            if session.task is None and session.used_at + FORGET < now and not session.owes(now):
                del self._sessions[key]
        self._sweep_at = max(SWEEP, 2 * len(self._sessions))


def _hand_over(alone: LocalLimits, session: Session, share: int) -> None:
    """Go on from how a budget stood when Redis was last heard."""
    reply = session.last
    if reply is None:
        return
    now = asyncio.get_running_loop().time()
    gate = alone.gate(session.key)
    for state, meter in zip(gate.states, reply.own + reply.universal, strict=False):
        if meter.used and not state.log.total:
            state.born = now - state.window.seconds
            state.log.add(now, math.ceil(meter.used / share))
    if reply.delay is not None and reply.delay.reason == "pause":
        gate.own.paused_until = now + reply.delay.seconds
        gate.own.cautious = True


def _connect(url: str) -> redis.Redis:
    """Make a client that gives up soon.

    Raises:
        ConfigurationError: the address is none that a single Redis has.
    """
    connect = cast("Callable[..., redis.Redis]", redis.from_url)
    try:
        # Once more over a new connection, as the old one may have been closed while it was idle.
        return connect(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
    except ValueError as error:
        raise ConfigurationError(
            "RedisLimits takes an address that begins with redis://, rediss:// or unix://; for "
            "Sentinel or a cluster, give it a client of redis.asyncio"
        ) from error


def _is_refusal(error: Exception) -> bool:
    """Whether Redis is there and refuses, which no waiting changes."""
    if isinstance(error, AuthenticationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
        return True
    return isinstance(error, ResponseError) and not isinstance(error, OutOfMemoryError)


def _part(window: Window, share: int, name: str) -> Window:
    return Window(max(window.limit // share, 1), window.seconds, name)
