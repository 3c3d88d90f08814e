"""The way that the calls of one key take: its windows, its queue, and its pauses."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from pinterest_async.limits.budget import Budget
from pinterest_async.limits.latency import CALM
from pinterest_async.limits.learning import told_windows
from pinterest_async.limits.line import Line
from pinterest_async.limits.meter import NEWS, Meter
from pinterest_async.limits.policy import Admission

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from pinterest_async.limits.latency import Latency
    from pinterest_async.limits.meter import Answered, Mark
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


class LocalAdmission(Admission, eq=False):
    """An admission, and what was noted when it was given."""

    lane: Lane | None
    """Where it was given; None once it is closed."""
    marks: list[Mark]
    calm: bool
    """Whether it goes among few others."""
    on_credit: bool = False

    def release(self) -> None:
        """Give the place back; see `Admission.release`."""
        if self.lane is not None:
            self.lane.take_back(self)


class Speaker:
    """The window that an answer's `remaining` and `reset` speak of.

    Args:
        meter: its accounts.
        place: the meter's place among those of the lane.
        budget: the budget that it belongs to.
        shorter: the length of the longest shorter window of the same limit; 0.0 without one.
    """

    __slots__ = ("answers", "budget", "least", "limit", "meter", "place", "shorter")

    def __init__(self, meter: Meter, place: int, budget: Budget, shorter: float) -> None:
        self.meter: Meter = meter
        self.limit: int = meter.window.limit
        self.place: int = place
        self.budget: Budget = budget
        self.shorter: float = shorter
        self.least: int = 0
        """The calls that are left if nobody spends but we, less the budget's credit and the calls
        that had left its books when the answered one was let go."""
        self.answers: list[Answered] = []
        """Answers to calls on credit that are not in the accounts yet."""

    def reset(self, told: float | None) -> float | None:
        """The reset of an answer, but for one that may as well be that of the shorter window."""
        return None if told is not None and told <= self.shorter else told


class Lane:
    """One key's windows, queue and pauses.

    Args:
        own: The windows of the category.
        universal: The windows that all categories share.
        latency: How long a round trip takes.
        settle: Enters into the accounts what went on credit.
    """

    __slots__ = (
        "_changed_at",
        "_listed",
        "_refusals",
        "_scout",
        "_settle",
        "_speaker",
        "_speakers",
        "_wary",
        "drainer",
        "latency",
        "line",
        "marks",
        "own",
        "paused_at",
        "paused_until",
        "universal",
        "until",
        "used_at",
    )

    def __init__(
        self, own: Budget, universal: Budget, latency: Latency, settle: Callable[[], None]
    ) -> None:
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
        self.marks: list[Mark] | None = None
        """What is noted about calls on credit; None while none go."""
        self._settle = settle
        self._speakers: dict[int | None, Speaker] = {}
        self._speaker: Speaker | None = None
        self.until: float = float("-inf")
        """When the next call leaves the books, or the credit ends."""
        self.used_at: float = float("-inf")
        """When the last call went on credit."""
        self._changed_at = float("-inf")

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

    def give_credit(self, now: float) -> bool:
        """Let calls go on credit from now on, if nothing stands against it."""
        if self.line or self._scout is not None or self.paused_until > now or self._wary:
            return False
        if not (self.own.grant(now) and self.universal.grant(now)):
            return False  # what one of the two has granted ends when the credit is settled
        self._changed_at = max(self.own.changed_at, self.universal.changed_at)
        self._mark()
        return True

    def go_on(self, now: float) -> bool:
        """Whether the credit goes on although calls have left the books."""
        if self.marks is None or not (self.own.go_on(now) and self.universal.go_on(now)):
            return False
        self._mark()
        return True

    def finish_on_credit(self, admission: LocalAdmission, now: float, told: RateLimit) -> bool:
        """Note an answer to a call on credit, if it holds no surprise; say whether that is so."""
        if (
            self.marks is None
            or told.windows is not self._listed
            or not admission.on_credit
            or admission.admitted_at <= self._changed_at
        ):
            return False
        speaker = self._speaker
        if speaker is None or speaker.limit != told.limit:
            speaker = self._listen(told.limit)
            if speaker is None:
                return False
        remaining = told.remaining
        if remaining is None:
            return False
        gone = admission.marks[speaker.place][1]
        if remaining < speaker.least + gone + speaker.budget.credit:
            return False
        speaker.answers.append((admission.admitted_at, now, remaining, told.reset))
        admission.lane = None
        latency = self.latency
        if admission.calm and latency.flying <= CALM:
            latency.end(now - admission.admitted_at, calm=True)
        else:
            latency.flying -= 1
        return True

    def settle(self) -> list[float]:
        """Enter what was answered on credit into the accounts; give the moments of the answers.

        The calls are logged as finished by whoever settles the budgets.
        """
        speakers = [speaker for speaker in self._speakers.values() if speaker.answers]
        self.marks, self._speakers, self._speaker = None, {}, None
        moments = sorted([answer[1] for speaker in speakers for answer in speaker.answers])
        if not moments:
            return moments
        for meter in self.meters:
            missed: list[float] = []
            for speaker in speakers:
                if speaker.meter is meter:
                    meter.hear_all(speaker.answers, speaker.reset)
                else:
                    missed += [answer[1] for answer in speaker.answers]
            meter.miss_all(sorted(missed))
            if meter.pace is not None:
                meter.pace.speed_up(moments[-1])
        self._refusals = 0
        return moments

    def start(self, key: LimitKey, now: float) -> LocalAdmission:
        """Let one call go, where `free` says so."""
        marks = [meter.start(now) for meter in self.meters]
        return LocalAdmission(key, now, 0.0, self, marks, self.latency.begin())

    def start_scout(self, key: LimitKey, now: float, waited: float) -> LocalAdmission:
        """Let one call go where `wait` is 0.0, to try out what is not certain."""
        marks = [meter.start_scout(now) for meter in self.meters]
        admission = LocalAdmission(key, now, waited, self, marks, self.latency.begin())
        if self._wary:
            self._scout = admission
        return admission

    def take_back(self, admission: LocalAdmission) -> None:
        """Make it as if this call had not been let go."""
        self._settle()
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
            meter.finish_all((now,), trip)
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
        changed = self.own.adopt(own, now)
        if universal:
            changed = self.universal.adopt(universal, now) or changed
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
        """Find the window that an answer's `remaining` and `reset` speak of, and the reset."""
        speaker = None if told is None else self._find_speaker(told.limit)
        if speaker is None or told is None:
            return None, None
        return speaker.meter, speaker.reset(told.reset)

    def _mark(self) -> None:
        """Set down what is noted about the calls that go on credit from now on."""
        self.marks = [(meter, meter.expired, None) for meter in self.meters]
        self.until = min(self.own.until, self.universal.until)

    def _listen(self, limit: int | None) -> Speaker | None:
        """Find the window of so many calls for answers on credit; None for news of one."""
        speaker = self._speakers.get(limit) or self._find_speaker(limit)
        if speaker is None or not speaker.meter.described:
            return None
        meter, budget = speaker.meter, speaker.budget
        speaker.least = speaker.limit - meter.started - budget.granted
        self._speaker = self._speakers[limit] = speaker
        return speaker

    def _find_speaker(self, limit: int | None) -> Speaker | None:
        """Find the window of so many calls, the longest if there are several.

        With equal limits that one has never more calls left than a shorter one.
        """
        found: Speaker | None = None
        for index, meter in enumerate(self.meters):
            if meter.window.limit != limit:
                continue
            budget = self.own if index < len(self.own.meters) else self.universal
            if found is None:
                found = Speaker(meter, index, budget, 0.0)
            elif meter.window.seconds < found.meter.window.seconds:
                found.shorter = max(found.shorter, meter.window.seconds)
            else:
                found = Speaker(meter, index, budget, found.meter.window.seconds)
        return found

    def _ring(self) -> None:
        """Wake the lanes whose calls may go now."""
        for budget in self.budgets:
            for lane in budget.waiting:
                lane.line.ring()
