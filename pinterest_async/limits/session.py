"""What a process says to Redis of one key's budget, what it hears, and what it keeps in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async.limits.budget import LONGEST_ASKED, Delay, Meter, stand
from pinterest_async.limits.defaults import told_windows
from pinterest_async.limits.headers import RateLimit, Window
from pinterest_async.limits.policy import Admission, LimitKey
from pinterest_async.limits.queue import Queue

if TYPE_CHECKING:
    from pinterest_async.config import Tier
    from pinterest_async.limits.policy import CategoryLimit

LEASE: Final = 200
"""The most places that one question asks for, and the least reports that are kept."""


class Report(msgspec.Struct, omit_defaults=True):
    """What became of a call; see `redis_budget.lua` for the fields of all these."""

    finished: float
    """When, in the time of the event loop."""
    admitted: float | None = None
    """When Redis let it go, by its clock; None where it went without Redis."""
    own_probe: bool = False
    universal_probe: bool = False
    given_back: bool = False
    refused: bool = False
    retry_after: float | None = None
    told: RateLimit | None = None
    """What the response said, the windows apart."""
    listed: bool = False
    """Whether it listed windows."""


class Ask(msgspec.Struct):
    """What the script is asked."""

    process: str
    now: float = 0.0
    in_flight: int = 0
    want: int = 0
    patience: float = 0.0
    jitter: float = 0.0
    own: tuple[Window, ...] = ()
    universal: tuple[Window, ...] = ()
    learned: bool = False
    guessed: bool = False
    reports: list[Report] = msgspec.field(default_factory=list[Report])
    reported: int = 0


class Reply(msgspec.Struct):
    """What the script replies."""

    granted: int
    now: float
    own_probe: bool
    universal_probe: bool
    processes: int
    own: list[Meter]
    universal: list[Meter]
    delay: Delay | None = None


class SharedAdmission(Admission, eq=False):
    """An admission that Redis gave, or that the process gave itself while Redis was away."""

    session: Session | None
    reply: Reply | None = None
    local: Admission | None = None

    def release(self) -> None:
        """Give the place back; see `Admission.release`."""
        session, self.session = self.session, None
        if session is None:
            return
        if self.local is not None:
            self.local.release()
        else:
            session.report(report_on(self, given_back=True))
            session.work()


class Notes(msgspec.Struct, eq=False):
    """What one session has not told Redis yet."""

    reports: list[Report] = msgspec.field(default_factory=list[Report])
    reported: int = 0
    """How many reports there were so far: by their numbers none is entered twice."""
    listed: tuple[Window, ...] = ()
    """The windows that the last response listed."""
    learned: bool = False
    """Whether Redis is to take over the windows of the session."""
    guessed: bool = False
    """Whether the length of one of them is a guess."""
    beat: bool = False
    """Whether a sign of life is due."""

    def __bool__(self) -> bool:
        return bool(self.reports) or self.beat


class Session(msgspec.Struct, eq=False):
    """One key's line, its windows as they were last known, and what Redis is to be told."""

    key: LimitKey
    """Whose budget it spends."""
    name: str
    """The process, a colon, and a number."""
    names: list[str]
    """The keys in Redis."""
    own: tuple[Window, ...]
    """The windows of the category."""
    universal: tuple[Window, ...]
    """Those of all categories."""
    serve: Callable[[Session], Coroutine[None, None, None]]
    """Serves the line and sends the reports until there is neither."""
    queue: Queue = msgspec.field(default_factory=Queue)
    notes: Notes = msgspec.field(default_factory=Notes)
    task: asyncio.Task[None] | None = None
    last: Reply | None = None
    in_flight: int = 0
    """Calls that Redis let go and that are not reported on yet."""
    used_at: float = 0.0

    def work(self) -> None:
        """Set the task going that serves the line and sends the reports, or wake it."""
        if self.task is None:
            self.task = asyncio.create_task(self.serve(self))
        elif self.queue:
            self.queue.wake()

    def report(self, report: Report) -> None:
        """Keep a report for the next exchange; more than the windows hold are of no use."""
        notes = self.notes
        if report.admitted is not None:
            self.in_flight -= 1
        notes.reported += 1
        notes.reports.append(report)
        most = max((window.limit for window in self.own + self.universal), default=LEASE)
        if len(notes.reports) > 2 * most:
            del notes.reports[:-most]

    def owes(self, now: float) -> bool:
        """Whether there is a report that still matters: a window holds its call."""
        reports = self.notes.reports
        longest = max((window.seconds for window in self.own + self.universal), default=0.0)
        return bool(reports) and now < reports[-1].finished + longest

    def ask(self, now: float, chance: float) -> Ask:
        """Put the next question, and tell what is noted."""
        notes = self.notes
        want, patience = self.queue.front(LEASE)
        return Ask(
            process=self.name,
            now=now,
            in_flight=self.in_flight + sum(one.admitted is not None for one in notes.reports),
            want=want,
            patience=patience,
            jitter=chance,
            own=self.own,
            universal=self.universal,
            learned=notes.learned,
            guessed=notes.guessed,
            reports=notes.reports,
            reported=notes.reported,
        )

    def hear(self, told: RateLimit) -> None:
        """Note windows that are not known yet."""
        notes = self.notes
        if told.windows and told.windows is notes.listed:
            return
        notes.listed = told.windows
        windows = told_windows(told, self.own, self.universal)
        if windows is not None and not (
            self._confirmed() and windows == (self.own, self.universal)
        ):
            self.own, self.universal = windows
            notes.learned, notes.guessed = True, not told.windows

    def take_in(self, ask: Ask, reply: Reply) -> None:
        """Note how the budget stands, and what needs not be told again."""
        notes = self.notes
        self.last = reply
        self.in_flight += reply.granted
        told = len(notes.reports) - (notes.reported - ask.reported)
        notes.reports = notes.reports[max(told, 0) :]
        notes.beat = False
        if self.own is ask.own and self.universal is ask.universal:
            notes.learned = False
            self.own = tuple([meter.window for meter in reply.own])
            self.universal = tuple([meter.window for meter in reply.universal])
        if not self._confirmed():
            notes.listed = ()  # Redis knows less than the next response will list

    def stand(self, tier: Tier) -> CategoryLimit:
        """Say how the budget stood when Redis was last asked."""
        delay = None if self.last is None else self.last.delay
        if self.last is None:
            meters = [
                Meter(window, used=0, room=window.limit, confirmed=False)
                for window in self.own + self.universal
            ]
        else:
            meters = self.last.own + self.last.universal
        return stand(self.key, tier, meters, delay, len(self.queue))

    def _confirmed(self) -> bool:
        last = self.last
        return last is not None and all(meter.confirmed for meter in last.own + last.universal)


def report_on(
    admission: SharedAdmission,
    told: RateLimit | None = None,
    *,
    refused: bool = False,
    retry_after: float | None = None,
    given_back: bool = False,
) -> Report:
    """Write the report on a call that has finished, or was never sent."""
    report = Report(
        asyncio.get_running_loop().time(),
        given_back=given_back,
        refused=refused,
        # What one response asks for is bounded before all processes go by it.
        retry_after=None if retry_after is None else min(retry_after, LONGEST_ASKED),
    )
    if told is not None:
        report.listed = bool(told.windows)
        report.told = RateLimit((), told.limit, told.remaining, told.reset)
    if admission.reply is not None:
        report.admitted = admission.reply.now
        report.own_probe = admission.reply.own_probe
        report.universal_probe = admission.reply.universal_probe
    return report
