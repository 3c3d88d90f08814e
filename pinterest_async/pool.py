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
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import aiohttp

from pinterest_async.errors import ClientClosed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse

# The usual bound of aiohttp; at 100 requests a second it is reached when answers take a second.
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
    """Lets so many calls through at a time, the others in the order in which they came."""

    __slots__ = ("_free", "_waiters")

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiters: deque[asyncio.Future[None]] = deque()

    def enter_at_once(self) -> bool:
        """Take a place if one is free."""
        if self._free:
            self._free -= 1
            return True
        return False

    async def enter(self) -> None:
        """Wait for a place that somebody leaves."""
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
        self._free += 1


class Call:
    """One call under way, from the moment it asks for its token until it is done."""

    __slots__ = ("_cancelling", "deadline", "ends_at", "interruption", "loop", "task")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any], deadline: float
    ) -> None:
        self.loop: asyncio.AbstractEventLoop = loop
        """The event loop."""
        self.task: asyncio.Task[Any] = task
        """The task that makes the call."""
        self.deadline: float = deadline
        """When the whole call must be done, in the time of the event loop."""
        self.ends_at: float = deadline
        """When what it does at present must be done."""
        self._cancelling = task.cancelling()
        self.interruption: Interruption | None = None
        """Why it is being interrupted, until that has been acted upon."""

    def interrupt(self, interruption: Interruption) -> None:
        """Cancel what the call waits for, once."""
        if self.interruption is None:
            self.interruption = interruption
            self.task.cancel()

    def interrupted(self) -> Interruption | None:
        """Say why a `CancelledError` was raised; None where somebody else cancelled the task."""
        interruption, self.interruption = self.interruption, None
        if interruption is None or self.task.uncancel() > self._cancelling:
            return None
        return interruption


class Pool:
    """One session of aiohttp, made on first use unless it was given, and the calls on it.

    Args:
        session: the session to use; it stays open when the pool is closed.
        made_at: file and line where the client was made, for the warning when it is not closed.
    """

    def __init__(self, session: aiohttp.ClientSession | None, made_at: str) -> None:
        self._given = session
        self._made_at = made_at
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls: set[Call] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = math.inf
        self._call_left: asyncio.Event | None = None
        self._closed = False
        self.middlewares: Sequence[ClientMiddlewareType] | None = None
        """What to give to `session.request`; None for the session's own."""
        self.gate: Gate | None = None
        """Where calls wait for a free connection, so that no timeout of theirs runs meanwhile."""

    @property
    def session(self) -> aiohttp.ClientSession:
        """The session; there is one while a call is under way."""
        if self._session is None or self._session.closed:
            raise ClientClosed("the session that was given to the client is closed")
        return self._session

    def enter(self, seconds: float | None) -> Call:
        """Begin a call that has to be done in so many seconds.

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
        if seconds is None:
            call = Call(loop, task, math.inf)
        else:
            call = Call(loop, task, loop.time() + seconds)
            self._ring_at(loop, call.deadline)
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
            if self._session is not None and self._session is not self._given:
                await self._session.close()

    def __del__(self) -> None:
        session = self._session
        if session is not None and session is not self._given and not session.closed:
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
        if session is None:
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(send_once,),
            )
        else:
            # A session tells of its middlewares only in private. Where it does not, aiohttp may
            # send a GET or DELETE once more on a broken connection.
            given: Sequence[ClientMiddlewareType] | None = getattr(session, "_middlewares", None)
            self.middlewares = None if given is None else (send_once, *given)
        self._session = session
        self._loop = loop
        if session.connector is not None:
            bounds = (session.connector.limit, session.connector.limit_per_host)
            connections = min((bound for bound in bounds if bound), default=0)
            self.gate = Gate(connections) if connections else None

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
