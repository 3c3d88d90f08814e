"""The queue of calls that wait for one budget: first come, first served."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async.errors import ClientClosed, DeadlineExceeded, RateLimitTooLong
from pinterest_async.limits.headers import Window
from pinterest_async.limits.policy import Admission, LimitKey, LimitPolicy, Reason

if TYPE_CHECKING:
    from pinterest_async.limits.budget import Delay

logger: logging.Logger = logging.getLogger(__name__)

WORTH_A_LINE: Final = 1.0
"""A wait of so many seconds is logged."""
WORDS: Final = {
    "window": "the window is used up",
    "pause": "Pinterest has asked for a pause",
    "probe": "the response to a call that was sent ahead is awaited",
    "pace": "figures are uncertain, so calls go at an even pace",
    "others": "others spend the same quota",
    "queue": "other calls are in front",
}
"""What a reason means, for people."""


class Waiter(msgspec.Struct, eq=False):
    """A call that waits for its turn."""

    key: LimitKey
    policy: LimitPolicy
    deadline: float | None
    since: float
    place: asyncio.Future[Admission] = msgspec.field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    headed_at: float | None = None
    """When it came to the head of the queue; what counts against `max_wait` begins then."""
    reason: Reason = "queue"
    window: Window | None = None

    @property
    def patience(self) -> float:
        """The longest wait, in seconds, that the policy allows."""
        return self.policy.max_wait if self.policy.on_limit == "wait" else 0.0

    def objection(self, delay: Delay, now: float) -> Exception | None:
        """The error with which this call rather gives up than wait so long."""
        headed = 0.0 if self.headed_at is None else now - self.headed_at
        if delay.seconds > 0 and headed + delay.seconds > self.patience:
            return too_long(self.key.category, delay)
        if self.deadline is not None and now + delay.seconds > self.deadline:
            return too_late(self.key.category)
        return None


class Queue:
    """Calls in the order in which they came. One that leaves costs the others nothing."""

    __slots__ = ("_alarm", "_patience", "_waiters")

    def __init__(self) -> None:
        self._waiters: OrderedDict[Waiter, None] = OrderedDict()
        self._patience = float("inf")
        self._alarm: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._waiters)

    def head(self, now: float) -> Waiter | None:
        """The call whose turn is next."""
        while self._waiters:
            waiter = next(iter(self._waiters))
            if not waiter.place.done():
                if waiter.headed_at is None:
                    waiter.headed_at = now
                return waiter
            del self._waiters[waiter]  # cancelled, and about to leave by itself
        return None

    def front(self, most: int) -> tuple[int, float]:
        """How many calls at the head are as patient as the first, and how patient that is."""
        count, patience = 0, 0.0
        for waiter in self._waiters:
            if count == most or (count and waiter.patience != patience):
                break
            count, patience = count + 1, waiter.patience
        return count, patience

    def join(self, waiter: Waiter) -> None:
        """Stand at the end."""
        self._waiters[waiter] = None
        self._patience = min(self._patience, waiter.patience)

    def leave(self, waiter: Waiter) -> None:
        """Go away, from wherever in the queue."""
        self._waiters.pop(waiter, None)
        if not self._waiters:
            self.wake()

    def admit(self, waiter: Waiter, admission: Admission) -> None:
        """Let one go, and write down how it has waited."""
        admission.waited = admission.admitted_at - waiter.since
        admission.reason, admission.window = waiter.reason, waiter.window
        del self._waiters[waiter]
        waiter.place.set_result(admission)

    def reject_impatient(self, delay: Delay, now: float) -> None:
        """Reject those who rather give up than wait so long.

        A deadline of a call further back is not looked at here: the call has a timer for it.
        """
        head = self.head(now)
        if head is None:
            return
        everybody = delay.seconds > self._patience
        for waiter in list(self._waiters) if everybody else [head]:
            error = waiter.objection(delay, now)
            if error is not None:
                self.reject(waiter, error)
        if everybody:
            self._patience = min(
                (waiter.patience for waiter in self._waiters), default=float("inf")
            )

    def reject(self, waiter: Waiter, error: Exception) -> None:
        """Send one away with an error."""
        self._waiters.pop(waiter, None)
        if not waiter.place.done():
            waiter.place.set_exception(error)

    def fail(self, error: Exception) -> None:
        """Send all away with an error that nobody foresaw."""
        for waiter in list(self._waiters):
            self.reject(waiter, error)

    def close(self) -> None:
        """Send all away, each with an error of its own: calls write on theirs what they know."""
        for waiter in list(self._waiters):
            self.reject(waiter, ClientClosed("the client was closed while the call waited"))

    async def wait(
        self, delay: Delay, shortest: float = 0.0, longest: float = float("inf")
    ) -> None:
        """Rest until a place may have come free; those who rather give up raise."""
        now = asyncio.get_running_loop().time()
        head = self.head(now)
        if head is None:
            return
        paced = delay.reason == "pace"  # that delays, and makes no call too late
        if not paced:
            self.reject_impatient(delay, now)
        if head.reason != delay.reason and delay.seconds >= WORTH_A_LINE and self:
            logger.info(
                "calls of %s wait for %.1f s: %s; %d in the queue",
                head.key.category,
                delay.seconds,
                cause(delay),
                len(self),
            )
        if not paced or head.reason == "queue":
            head.reason, head.window = delay.reason, delay.window
        if self:
            await self.rest(max(min(delay.seconds, longest), shortest))

    async def rest(self, seconds: float) -> None:
        """Sleep for so long, or until somebody wakes the queue."""
        loop = asyncio.get_running_loop()
        self._alarm = alarm = loop.create_future()
        timer = loop.call_later(seconds, self.wake)
        try:
            await alarm
        finally:
            timer.cancel()
            self._alarm = None

    def wake(self) -> None:
        """Wake whoever rests: something has changed."""
        if self._alarm is not None and not self._alarm.done():
            self._alarm.set_result(None)


async def wait_in(queue: Queue, waiter: Waiter) -> Admission:
    """Wait for the turn; one who goes away, or is sent away, leaves nothing behind.

    Raises:
        DeadlineExceeded: the deadline came first.
    """
    try:
        async with asyncio.timeout_at(waiter.deadline):
            try:
                return await waiter.place
            except asyncio.CancelledError:
                queue.leave(waiter)
                if waiter.place.done() and not waiter.place.cancelled():
                    with suppress(Exception):
                        waiter.place.result().release()
                raise
    except DeadlineExceeded:
        raise
    except TimeoutError:
        raise too_late(waiter.key.category) from None


def cause(delay: Delay) -> str:
    """Say for people what has to be waited for."""
    window = delay.window
    which = "" if window is None else f" ({window.limit} in {window.seconds:g} s)"
    return f"{WORDS[delay.reason]}{which}"


def too_long(category: str, delay: Delay) -> RateLimitTooLong:
    """The error for a wait that the policy does not allow."""
    retry_at = datetime.now(UTC) + timedelta(seconds=delay.seconds)
    return RateLimitTooLong(
        f"the limit of {category} is used up: {cause(delay)}; the next call is "
        f"possible in {delay.seconds:.0f} s, at {retry_at:%Y-%m-%d %H:%M:%S} UTC: try again then, "
        "or allow a longer max_wait",
        retry_at=retry_at,
        category=category,
        retry_after=delay.seconds,
        reason=delay.reason,
        window=delay.window,
    )


def too_late(category: str) -> DeadlineExceeded:
    """The error for a call whose deadline comes before its turn."""
    return DeadlineExceeded(
        f"the deadline comes before a call of {category} is possible; nothing was sent"
    )
