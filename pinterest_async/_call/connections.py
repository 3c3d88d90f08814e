"""The connections, and the calls under way on them: what all copies of a client share.

Timeouts are kept here and not by aiohttp, whose timer for each request costs more than all the rest
of this package does to a call: one timer stands at the soonest end of any call under way, and is
set anew only when a sooner one comes or when it has rung.
"""

from __future__ import annotations

import asyncio
import math
import warnings
import weakref
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import aiohttp
import msgspec

from pinterest_async.errors import ClientClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse

    from pinterest_async._call.sending import Sender, SendingSession

# The usual bound of aiohttp; at 100 requests a second it is reached when responses take a second.
CONNECTIONS: Final = 100

Interruption: TypeAlias = Literal["timeout", "deadline", "closed"]


class ConnectionLostError(aiohttp.ClientError):
    """The connection broke after the request may have left."""


async def send_once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keep aiohttp from sending a request again on its own, uncounted by limits and retries.

    It does so once for GET and DELETE after one of these two errors; under another name they pass.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise ConnectionLostError(str(error)) from error


class Gate:
    """Lets so many calls through at a time, the others in the order in which they came.

    Args:
        places: how many; infinity for any number.
    """

    __slots__ = ("_waiters", "free")

    def __init__(self, places: float) -> None:
        self.free: float = places
        """Free places. Whoever finds one may take it by counting it off here."""
        self._waiters: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Take a place, or wait for one that somebody leaves."""
        if self.free:
            self.free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiters.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # The place may have come at the same time as the cancellation.
            if not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Hand the place to whoever has waited longest, or leave it free."""
        while self._waiters:
            turn = self._waiters.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.free += 1


class Call(msgspec.Struct, eq=False):
    """One call under way, from the moment it asks for its token until it is done."""

    loop: asyncio.AbstractEventLoop
    """The event loop."""
    task: asyncio.Task[Any]
    """The task that makes the call."""
    cancelling: int
    """How often the task was cancelled before."""
    began_at: float
    """When it began, in the time of the event loop."""
    deadline: float
    """When the whole call must be done."""
    ends_at: float
    """When what it does at present must be done."""
    interruption: Interruption | None = None
    """Why it is being interrupted, until that has been acted upon."""

    def interrupt(self, interruption: Interruption) -> None:
        """Cancel what the call waits for, once."""
        if self.interruption is None:
            self.interruption = interruption
            self.task.cancel()

    def interrupted(self) -> Interruption | None:
        """Say why a `CancelledError` was raised; None where somebody else cancelled the task."""
        interruption, self.interruption = self.interruption, None
        if interruption is None or self.task.uncancel() > self.cancelling:
            return None
        return interruption


class Pool:
    """One session of aiohttp, made on first use unless it was given, and the calls on it.

    Args:
        session: the session to use; it stays open when the pool is closed.
        made_at: file and line where the client was made, for the warning when it is not closed.
        proxy: the address of the proxy that an own session goes through; None for none.
        trust_env: whether an own session takes its proxy from the environment.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession | SendingSession | None,
        made_at: str,
        *,
        proxy: str | None = None,
        trust_env: bool = False,
    ) -> None:
        self._given = session
        self._proxy = proxy
        self._trust_env = trust_env
        self._made_at = made_at
        self._own: aiohttp.ClientSession | None = None
        self._session: aiohttp.ClientSession | SendingSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls: set[Call] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = math.inf
        self._call_left: asyncio.Event | None = None
        self._closed = False
        self.gate: Gate
        """Where calls wait for a free connection, so that no timeout of theirs runs meanwhile."""
        self.send: Sender
        """Sends a request on the session: raises no error for a status, inflates no body."""

    def explain(self, error: BaseException) -> ClientClosed | None:
        """Return what an error of `session.request` stands for if the session is closed."""
        session = self._session
        if isinstance(error, RuntimeError) and session is not None and session.closed:
            return ClientClosed("the session that was given to the client is closed")
        return None

    def enter(self, seconds: float | None, total: float) -> Call:
        """Begin a call, and its first request as `begin_request` does.

        Args:
            seconds: how long all of it may take; None for as long as it takes.
            total: how long the request may take, in seconds.

        Raises:
            ClientClosed: the pool was closed, or belongs to another event loop.
        """
        if self._closed:
            raise ClientClosed("the client is closed: make a new one")
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._open(loop)
        task = asyncio.current_task(loop)
        if task is None:
            raise ClientClosed("a call has to be made inside an asyncio task")
        now = loop.time()
        ends_at = now + total
        deadline = math.inf
        if seconds is not None:
            deadline = now + seconds
            ends_at = min(ends_at, deadline)
        call = Call(loop, task, task.cancelling(), now, deadline, ends_at)
        if ends_at < self._rings_at:
            self._ring_at(loop, ends_at)
        self._calls.add(call)
        return call

    def leave(self, call: Call) -> None:
        """End a call."""
        self._calls.discard(call)
        if call.interruption is not None:
            # It came too late, and must not stay on the task's account.
            call.interrupted()
        if self._call_left is not None:
            self._call_left.set()

    def begin_request(self, call: Call, seconds: float) -> float:
        """Interrupt `call` with "timeout" unless `ends_at` is put off within so many seconds.

        Returns:
            The present moment, in the time of the event loop.
        """
        now = call.loop.time()
        call.ends_at = ends_at = min(now + seconds, call.deadline)
        if ends_at < self._rings_at:
            self._ring_at(call.loop, ends_at)
        return now

    async def aclose(self) -> None:
        """End all calls with `ClientClosed` and close the session unless it was given.

        Raises:
            ClientClosed: called from another event loop than the calls.
        """
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        if self._loop is not None and self._loop is not loop:
            raise ClientClosed("close the client in the event loop that it was used in")
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        this_task = asyncio.current_task()
        self._call_left = asyncio.Event()
        for call in self._calls:
            if call.task is not this_task:
                call.interrupt("closed")
        try:
            while any(call.task is not this_task for call in self._calls):
                self._call_left.clear()
                await self._call_left.wait()
        finally:
            if self._own is not None:
                await self._own.close()

    def __del__(self) -> None:
        if self._own is not None and not self._own.closed:
            warnings.warn(
                f"the Pinterest client made at {self._made_at} was not closed: use `async with`, "
                f"or await its aclose()",
                ResourceWarning,
                stacklevel=1,
                source=self,
            )

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None:
            raise ClientClosed(
                "the client was first used in another event loop: make one client for each loop"
            )
        session = self._given
        connector: aiohttp.BaseConnector | None = None
        if session is None:
            session = self._own = self._own_session()
            connector = session.connector
        elif isinstance(session, aiohttp.ClientSession):
            # A session tells of its middlewares only in private. Where it does not, aiohttp may
            # send a GET or DELETE once more on a broken connection.
            given: Sequence[ClientMiddlewareType] | None = getattr(session, "_middlewares", None)
            request: Callable[..., Any] = session.request
            self.send = partial(
                request,
                raise_for_status=False,
                auto_decompress=False,
                middlewares=None if given is None else (send_once, *given),
            )
            connector = session.connector
        else:
            self.send = session.request
        self._session = session
        self._loop = loop
        bounds = () if connector is None else (connector.limit, connector.limit_per_host)
        self.gate = Gate(min((bound for bound in bounds if bound), default=math.inf))

    def open_session(self) -> aiohttp.ClientSession:
        """Make a session for other hosts: the same proxy, and neither token nor cookies."""
        return aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), proxy=self._proxy, trust_env=self._trust_env
        )

    def _own_session(self) -> aiohttp.ClientSession:
        """Make a session, and take two shortcuts that aiohttp keeps to itself where it has them.

        What its `request` adds to `_request` is for `async with`, and costs a tenth of a call. And
        a session that does not send again by itself needs nobody to keep it from that.
        """
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            proxy=self._proxy,
            trust_env=self._trust_env,
        )
        send: Callable[..., Any] = getattr(session, "_request", session.request)
        self.send = send
        if hasattr(session, "_retry_connection"):
            session._retry_connection = False  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        else:
            self.send = partial(send, middlewares=(send_once,))
        return session

    def _ring_at(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        if when >= self._rings_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = when
        # The event loop must not keep a forgotten client alive.
        this: weakref.ref[Pool] = weakref.ref(self)
        self._timer = loop.call_at(when, _ring, this, loop)

    def ring(self, loop: asyncio.AbstractEventLoop) -> None:
        """Interrupt the calls whose time is up, and set the timer for the next."""
        self._timer, self._rings_at = None, math.inf
        now = loop.time()
        soonest = math.inf
        for call in self._calls:
            if call.ends_at <= now:
                call.interrupt("deadline" if call.deadline <= now else "timeout")
            else:
                soonest = min(soonest, call.ends_at)
        if soonest < math.inf:
            self._ring_at(loop, soonest)


def _ring(pool: weakref.ref[Pool], loop: asyncio.AbstractEventLoop) -> None:
    alive = pool()
    if alive is not None:
        alive.ring(loop)
