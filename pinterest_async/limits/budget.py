"""Windows that are counted together, and the credit that they give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinterest_async.limits.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinterest_async.limits.lane import Lane
    from pinterest_async.rate_limit import Window

_UNBOUND: Final = 2**62
"""The credit where no window binds."""


class Budget:
    """Windows that are counted together, and the lanes whose calls wait for them."""

    __slots__ = (
        "_stands_until",
        "changed_at",
        "credit",
        "granted",
        "meters",
        "until",
        "used_at",
        "waiting",
    )

    def __init__(self, windows: Iterable[Window]) -> None:
        self.meters: tuple[Meter, ...] = tuple(Meter(window) for window in windows)
        self.waiting: set[Lane] = set()
        self.changed_at: float = float("-inf")
        self.granted: int = 0
        """Calls that may go on credit."""
        self.credit: int = 0
        """How many of them have not gone yet."""
        self.until: float = float("inf")
        """When the next call leaves the books, which what is noted about a call has to be told."""
        self._stands_until = float("inf")
        self.used_at: float = float("-inf")
        """When the last of them went."""

    def grant(self, now: float) -> bool:
        """Give credit if there is none; say whether there is some."""
        if self.credit <= 0 and not self.waiting:
            least = min([meter.credit(now) for meter in self.meters], default=_UNBOUND)
            self.granted = self.credit = max(least, 0)
            self._stands_until = min(
                [meter.keeps_until(now) for meter in self.meters], default=float("inf")
            )
            self._look_ahead()
        return self.credit > 0

    def go_on(self, now: float) -> bool:
        """Strike the calls off the books that have left them; say whether the credit goes on.

        It does not when a call may have to leave that was answered on credit and is not entered.
        """
        if self.credit <= 0 or now >= self._stands_until:
            return False
        if now >= self.until:
            for meter in self.meters:
                meter.expire(now)
            self._look_ahead()
        return True

    def ended(self, now: float) -> bool:
        """Whether there was credit, and it cannot go on."""
        return self.granted > 0 and not self.go_on(now)

    def _look_ahead(self) -> None:
        self.until = min([meter.stands_until() for meter in self.meters], default=float("inf"))
        self.until = min(self.until, self._stands_until)

    def settle(self, moments: Sequence[float], trip: float) -> None:
        """Enter the calls that went on credit into the accounts, and end the credit.

        Args:
            moments: When those finished that have, in their order.
            trip: The shortest round trip, in seconds.
        """
        calls = self.granted - self.credit
        self.granted = self.credit = 0
        for meter in self.meters:
            meter.started += calls
            if moments:
                meter.finish_all(moments, trip)
            meter.spent_until(self.used_at)

    def adopt(self, listed: tuple[Window, ...], now: float) -> bool:
        """Make its windows those that an answer listed; say whether that changed anything.

        A window that was itself learned and is not listed now, as with a call that has a window of
        its own within its category, is kept until nothing is on its books.
        """
        kept = list(self.meters)
        meters: list[Meter] = []
        changed = False
        for window in listed:
            meter = _same(kept, window)
            if meter is None:
                meter = Meter(window)
                meter.confirmed = True
                if self.meters:
                    longest = max(self.meters, key=_length)
                    meter.inherit(longest, now)
                changed = True
            else:
                kept.remove(meter)
                changed = changed or meter.window != window or not meter.confirmed
                meter.resize(window)
                if not meter.crowded(now):
                    meter.confirmed = True
            meters.append(meter)
        meters += [meter for meter in kept if meter.confirmed and not meter.idle(now)]
        self.meters = tuple(meters)
        self.changed_at = now
        return changed


def _length(meter: Meter) -> float:
    return meter.window.seconds


def _same(meters: list[Meter], window: Window) -> Meter | None:
    """Find the meter that has counted for this window so far."""
    for meter in meters:
        if (
            meter.confirmed
            and meter.window.name == window.name
            and (meter.window.seconds == window.seconds)
        ):
            return meter
    for meter in meters:
        if not meter.confirmed and meter.window.seconds == window.seconds:
            return meter
    return None
