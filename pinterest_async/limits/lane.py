"""The way that the calls of one key take: its windows, its queue, and its pauses."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from pinterest_async.limits.learning import told_windows
from pinterest_async.limits.line import Line
from pinterest_async.limits.meter import NEWS, Meter
from pinterest_async.limits.policy import Admission

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Sequence

    from pinterest_async.limits.latency import Latency
    from pinterest_async.limits.meter import Mark
    from pinterest_async.limits.pace import Pace
    from pinterest_async.limits.policy import LimitKey
    from pinterest_async.rate_limit import RateLimit, Window

FIRST_PAUSE: Final = 1.0
"""Seconds to pause after a refusal that does not say how long; doubled with each further one."""
LONGEST_PAUSE: Final = 60.0
"""Where that ends."""
JITTER: Final = 0.1
"""A pause is made longer by up to this share, so that not all processes come back at once."""
LONGEST_JITTER: Final = 1.0
"""Seconds."""


class Budget:
    """Windows that are counted together, and the lanes whose calls wait for them."""

    __slots__ = ("changed_at", "meters", "waiting")

    def __init__(self, windows: Iterable[Window]) -> None:
        self.meters: tuple[Meter, ...] = tuple(Meter(window) for window in windows)
        self.waiting: set[Lane] = set()
        self.changed_at: float = float("-inf")


class LocalAdmission(Admission):
    """An admission, and what was noted when it was given."""

    __slots__ = ("calm", "lane", "marks")

    def __init__(
        self, key: LimitKey, now: float, waited: float, lane: Lane, marks: list[Mark]
    ) -> None:
        # Set here and not by the base class: this runs for every call.
        self.key = key
        self.admitted_at = now
        self.waited = waited
        self.lane: Lane | None = lane
        self.marks: list[Mark] = marks
        self.calm: bool = lane.latency.begin()

    def release(self) -> None:
        """Give the place back; see `Admission.release`."""
        if self.lane is not None:
            self.lane.take_back(self)


class Lane:
    """One key's windows, queue and pauses.

    Args:
        own: The windows of the category.
        universal: The windows that all categories share.
        latency: How long a round trip takes.
    """

    __slots__ = (
        "_listed",
        "_refusals",
        "_scout",
        "_wary",
        "drainer",
        "latency",
        "line",
        "own",
        "paused_at",
        "paused_until",
        "universal",
    )

    def __init__(self, own: Budget, universal: Budget, latency: Latency) -> None:
        self.latency: Latency = latency
        self.own: Budget = own
        self.universal: Budget = universal
        self.line: Line = Line()
        self.drainer: asyncio.Task[None] | None = None
        self.paused_at: float = float("-inf")
        self.paused_until: float = float("-inf")
        self._refusals = 0
        self._listed: tuple[Window, ...] = ()
        # After a pause a single call goes ahead, and the others follow when it was not refused.
        self._wary = False
        self._scout: Admission | None = None

    @property
    def budgets(self) -> tuple[Budget, Budget]:
        """That of the category, and that of all categories."""
        return self.own, self.universal

    @property
    def meters(self) -> tuple[Meter, ...]:
        """All windows that bind here."""
        return self.own.meters + self.universal.meters

    def wait(self, now: float) -> float:
        """Seconds until the next call may go, as far as can be foreseen; 0.0 for now."""
        wait = max(self.paused_until - now, 0.0)
        if self._scout is not None:
            wait = max(wait, NEWS)
        for meter in self.meters:
            wait = max(wait, meter.wait(now))
        return wait

    def free(self, now: float) -> bool:
        """Whether all windows have room, and no pause and no refusal stands against it."""
        if self.paused_until > now or self._wary:
            return False
        return min([meter.room(now) for meter in self.meters], default=1) > 0

    def paces(self) -> Sequence[Pace] | None:
        """Give the paces to take a place from; None if one of them has no place now."""
        paces: list[Pace] | None = None
        for meter in self.meters:
            pace = meter.pace
            if pace is not None and not meter.confirmed:
                if not pace.ready():
                    return None
                paces = [pace] if paces is None else [*paces, pace]
        return paces or ()

    def interval(self) -> float:
        """Seconds from one call to the next at the pace that applies."""
        return max(
            (
                meter.pace.interval
                for meter in self.meters
                if meter.pace is not None and not meter.confirmed
            ),
            default=NEWS,
        )

    def idle(self, now: float) -> bool:
        """Whether nothing would be lost with this lane."""
        return (
            not self.line
            and self.drainer is None
            and self.paused_until <= now
            and not self._wary
            and all(meter.idle(now) for meter in self.own.meters)
        )

    def start(self, key: LimitKey, now: float) -> LocalAdmission:
        """Let one call go, where `free` says so."""
        marks = [meter.start(now) for meter in self.meters]
        return LocalAdmission(key, now, 0.0, self, marks)

    def start_scout(self, key: LimitKey, now: float, waited: float) -> LocalAdmission:
        """Let one call go where `wait` is 0.0, to try out what is not certain."""
        marks = [meter.start_scout(now) for meter in self.meters]
        admission = LocalAdmission(key, now, waited, self, marks)
        if self._wary:
            self._scout = admission
        return admission

    def take_back(self, admission: LocalAdmission) -> None:
        """Make it as if this call had not been let go."""
        admission.lane = None
        self.latency.forget()
        for mark in self._marks(admission):
            meter = mark[0]
            meter.give_back(mark)
            if meter.pace is not None and not meter.confirmed:
                meter.pace.give_back()
        if self._scout is admission:
            self._scout = None
        self._ring()

    def finish(
        self, admission: LocalAdmission, now: float, told: RateLimit | None, *, refused: bool
    ) -> None:
        """Enter an answer into the accounts."""
        admission.lane = None
        self.latency.end(now - admission.admitted_at, calm=admission.calm)
        trip = self.latency.floor
        described, reset = self._described(told)
        for mark in self._marks(admission):
            meter = mark[0]
            meter.finish(now, trip)
            if meter.pace is not None and not refused:
                meter.pace.speed_up(now)
            if described is None or told is None or told.remaining is None:
                meter.miss(mark, now)
            elif meter is described:
                meter.hear(mark, admission.admitted_at, now, told.remaining, reset, refused=refused)
            elif told.windows:
                share = min(1.0, meter.window.limit / described.window.limit)
                meter.hint(mark, admission.admitted_at, now, int(told.remaining * share))
            else:
                meter.miss(mark, now)
        if self._scout is admission:
            self._scout = None
            self._wary = refused
        if not refused and admission.admitted_at > self.paused_at:
            self._refusals = 0
        self._ring()

    def pause(self, admission: Admission, now: float, seconds: float | None) -> None:
        """Let nothing go for a while, after a refusal.

        Args:
            admission: The call that was refused.
            now: The present moment.
            seconds: How long Pinterest asked to wait, if it did.
        """
        if admission.admitted_at > self.paused_at:
            # Calls that were on their way together are refused together; that counts once.
            self._refusals += 1
            for meter in self.own.meters:
                if meter.pace is not None and seconds is None and meter.known(now):
                    meter.pace.slow_down(now)
        wait = seconds or 0.0
        if seconds is None or self._refusals > 1:
            wait = max(wait, min(FIRST_PAUSE * 2 ** (self._refusals - 1), LONGEST_PAUSE))
        wait += random.uniform(0.0, min(JITTER * wait, LONGEST_JITTER))  # noqa: S311 - not a secret
        self.paused_at = now
        self.paused_until = max(self.paused_until, now + wait)
        self._wary = True
        if self.line:
            self.line.dismiss(self.wait(now), now)
        self._ring()

    def learn(self, told: RateLimit, now: float) -> bool:
        """Take over the windows that an answer lists. Says whether that changed anything."""
        if told.windows and told.windows is self._listed:
            return False
        self._listed = told.windows
        windows = told_windows(
            told,
            tuple([meter.window for meter in self.own.meters]),
            tuple([meter.window for meter in self.universal.meters]),
        )
        if windows is None:
            return False
        own, universal = windows
        changed = _adopt(self.own, own, now)
        if universal:
            changed = _adopt(self.universal, universal, now) or changed
        elif self.universal.meters:
            self.universal.waiting.discard(self)
            self.universal = Budget(())
            changed = True
        return changed

    def _marks(self, admission: LocalAdmission) -> list[Mark]:
        """The marks of a call, those of meters included that have inherited it on its way."""
        marks = admission.marks
        began = admission.admitted_at
        if began > self.own.changed_at and began > self.universal.changed_at:
            return marks
        marked = {id(mark[0]) for mark in marks}
        heirs = [
            meter
            for meter in self.meters
            if began <= meter.inherited_at and id(meter) not in marked
        ]
        return marks + [(meter, 0, None) for meter in heirs]

    def _described(self, told: RateLimit | None) -> tuple[Meter | None, float | None]:
        """Find the window that an answer's `remaining` and `reset` speak of.

        With equal limits it is the longest, which has never more calls left than a shorter one.
        A reset that would do for the shorter one as well may be that one's, and is left out.
        """
        if told is None or told.limit is None:
            return None, None
        found: Meter | None = None
        shorter = 0.0
        for meter in self.meters:
            if meter.window.limit != told.limit:
                continue
            if found is None:
                found = meter
            elif meter.window.seconds < found.window.seconds:
                shorter = max(shorter, meter.window.seconds)
            else:
                shorter, found = found.window.seconds, meter
        reset = told.reset
        return found, None if reset is not None and reset <= shorter else reset

    def _ring(self) -> None:
        """Wake the lanes whose calls may go now."""
        for budget in self.budgets:
            for lane in budget.waiting:
                lane.line.ring()


def _adopt(budget: Budget, listed: tuple[Window, ...], now: float) -> bool:
    """Make the windows of a budget those that an answer listed.

    A window that was itself learned and is not listed now, as with a call that has a window of its
    own within its category, is kept until nothing is on its books.
    """
    kept = list(budget.meters)
    meters: list[Meter] = []
    changed = False
    for window in listed:
        meter = _same(kept, window)
        if meter is None:
            meter = Meter(window)
            meter.confirmed = True
            if budget.meters:
                longest = max(budget.meters, key=_length)
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
    budget.meters = tuple(meters)
    budget.changed_at = now
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
