"""The queue of calls that wait for one budget: first come, first served."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pinterest_async.errors import ClientClosed, DeadlineExceeded, RateLimitTooLong

if TYPE_CHECKING:
    from pinterest_async.limits.policy import Admission, LimitKey, LimitPolicy


class Waiter:
    """A call that waits for its turn."""

    __slots__ = ("deadline", "key", "place", "policy", "since")

    def __init__(
        self, key: LimitKey, policy: LimitPolicy, deadline: float | None, since: float
    ) -> None:
        self.key: LimitKey = key
        self.policy: LimitPolicy = policy
        self.deadline: float | None = deadline
        self.since: float = since
        self.place: asyncio.Future[Admission] = asyncio.get_running_loop().create_future()

    @property
    def patience(self) -> float:
        """The longest wait, in seconds, that the policy allows."""
        return self.policy.max_wait if self.policy.on_limit == "wait" else 0.0

    def objection(self, distance: float, now: float) -> Exception | None:
        """The error with which this call rather gives up than wait `distance` seconds."""
        if distance <= 0:
            return None
        if distance > self.patience:
            return too_long(self.key.category, distance)
        if self.deadline is not None and now + distance > self.deadline:
            return too_late(self.key.category)
        return None


class Line:
    """Calls in the order in which they came. One that leaves costs the others nothing."""

    __slots__ = ("_bell", "_patience", "_waiters")

    def __init__(self) -> None:
        self._waiters: OrderedDict[Waiter, None] = OrderedDict()
        self._patience = float("inf")
        self._bell: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._waiters)

    def head(self) -> Waiter | None:
        """The call whose turn is next."""
        while self._waiters:
            waiter = next(iter(self._waiters))
            if not waiter.place.done():
                return waiter
            del self._waiters[waiter]  # cancelled, and about to leave by itself
        return None

    def join(self, waiter: Waiter) -> None:
        """Stand at the end."""
        self._waiters[waiter] = None
        self._patience = min(self._patience, waiter.patience)

    def leave(self, waiter: Waiter) -> None:
        """Go away, from wherever in the line."""
        self._waiters.pop(waiter, None)
        if not self._waiters:
            self.ring()

    def admit(self, waiter: Waiter, admission: Admission) -> None:
        """Let one go."""
        del self._waiters[waiter]
        waiter.place.set_result(admission)

    def dismiss(self, distance: float, now: float) -> None:
        """Turn away those who rather give up than wait for `distance` seconds.

        A deadline of a call further back is not looked at here: the call has a timer for it.
        """
        head = self.head()
        if head is None:
            return
        for waiter in list(self._waiters) if distance > self._patience else [head]:
            error = waiter.objection(distance, now)
            if error is not None:
                self.turn_away(waiter, error)
        if distance > self._patience:
            self._patience = min(
                (waiter.patience for waiter in self._waiters), default=float("inf")
            )

    def turn_away(self, waiter: Waiter, error: Exception) -> None:
        """Send one away with an error."""
        self._waiters.pop(waiter, None)
        if not waiter.place.done():
            waiter.place.set_exception(error)

    def disperse(self, error: Exception) -> None:
        """Send all away with an error that nobody foresaw."""
        for waiter in list(self._waiters):
            self.turn_away(waiter, error)

    def close(self) -> None:
        """Send all away, each with an error of its own: calls write on theirs what they know."""
        for waiter in list(self._waiters):
            self.turn_away(waiter, ClientClosed("the client was closed while the call waited"))

    async def rest(self, seconds: float) -> None:
        """Sleep for so long, or until the bell rings."""
        loop = asyncio.get_running_loop()
        self._bell = bell = loop.create_future()
        timer = loop.call_later(seconds, self.ring)
        try:
            await bell
        finally:
            timer.cancel()
            self._bell = None

    def ring(self) -> None:
        """Wake whoever rests: something has changed."""
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)


async def stand_in_line(line: Line, waiter: Waiter) -> Admission:
    """Wait for the turn; one who goes away, or is sent away, leaves nothing behind.

    Raises:
        DeadlineExceeded: the deadline came first.
    """
    try:
        async with asyncio.timeout_at(waiter.deadline):
            try:
                return await waiter.place
            except asyncio.CancelledError:
                line.leave(waiter)
                if waiter.place.done() and not waiter.place.cancelled():
                    with suppress(Exception):
                        waiter.place.result().release()
                raise
    except DeadlineExceeded:
        raise
    except TimeoutError:
        raise too_late(waiter.key.category) from None


def too_long(category: str, distance: float) -> RateLimitTooLong:
    """The error for a wait that the policy does not allow."""
    retry_at = datetime.now(UTC) + timedelta(seconds=distance)
    return RateLimitTooLong(
        f"the limit of {category} is used up; the next call is possible in {distance:.0f} s, at "
        f"{retry_at:%Y-%m-%d %H:%M:%S} UTC: try again then, or allow a longer max_wait",
        retry_at=retry_at,
        category=category,
    )


def too_late(category: str) -> DeadlineExceeded:
    """The error for a call whose deadline comes before its turn."""
    return DeadlineExceeded(
        f"the deadline comes before a call of {category} is possible; nothing was sent"
    )
