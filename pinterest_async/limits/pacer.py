"""The even pace for a window while anything about it is uncertain: aiolimiter's token bucket.

It paces where no response has confirmed the figures, where responses say nothing, and while others
spend the same quota. Once the figures are confirmed the log of the window decides alone.

A bucket that holds `B` and refills at `r` calls a second lets at most `B + r·W` calls go in any
`W` seconds, wherever they begin. With `B` 4 % of the limit and `r` 96 % of its rate the sum is the
limit itself. A bucket of the size of the window, the usual choice, would let twice the limit
go when a burst follows an idle time.

Only one task at a time waits on the bucket: its own waiters are not served in order.
"""

from __future__ import annotations

from typing import Final

from aiolimiter import AsyncLimiter

LONGEST: Final = 60.0
"""Windows longer than this many seconds are budgets, spent freely, and have no pace."""
BURST: Final = 0.04
"""The size of the bucket, as a share of the limit; at least one call."""
RATE: Final = 1 - BURST
SLOWEST: Final = 0.05
"""The least share of the known rate that refusals can bring the pace down to."""


class Pacer:
    """Lets calls go evenly, at 96 % of a window's rate.

    Args:
        limit: Calls in the window.
        seconds: Its length, in seconds.
    """

    __slots__ = ("_bucket", "_changed_at", "_limit", "_returned", "_seconds", "_share")

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._share = 1.0
        self._changed_at = float("-inf")
        self._returned = 0
        self._bucket = self._fill()

    def ready(self) -> bool:
        """Whether `take` would return at once."""
        return self._returned > 0 or self._bucket.has_capacity()

    async def take(self) -> None:
        """Wait for a place and take it."""
        if self._returned:
            self._returned -= 1
        else:
            await self._bucket.acquire()

    def give_back(self) -> None:
        """Leave a place that was taken, and not used, to the next call."""
        self._returned += 1

    @property
    def interval(self) -> float:
        """Seconds from one call to the next."""
        return self._seconds / (self._limit * RATE * self._share)

    def slow_down(self, now: float) -> None:
        """Go a quarter slower: a call was refused, so the figure is too high."""
        self._share = max(self._share * 0.75, SLOWEST)
        self._changed_at = now
        self._bucket = self._fill()

    def speed_up(self, now: float) -> None:
        """Go a tenth faster, up to the known rate, once in a window."""
        if self._share < 1.0 and now > self._changed_at + self._seconds:
            self._share = min(self._share * 1.1, 1.0)
            self._changed_at = now
            self._bucket = self._fill()

    def _fill(self) -> AsyncLimiter:
        burst = max(1.0, self._limit * BURST * self._share)
        return AsyncLimiter(burst, burst * self.interval)
