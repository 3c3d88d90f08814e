"""What a process says to Redis of one key's budget, what it hears, and what it keeps in between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async.limits.budget import LONGEST_ASKED
from pinterest_async.limits.defaults import told_windows
from pinterest_async.limits.headers import Window
from pinterest_async.limits.policy import Admission, LimitKey, Reason
from pinterest_async.limits.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from pinterest_async.limits.headers import RateLimit
    from pinterest_async.limits.queue import Waiter

LEASE: Final = 200
"""The most places that one question asks for, and the least reports that are kept."""

Figures = tuple[int, float, str]


class Report(msgspec.Struct, omit_defaults=True):
    """What became of a call; see `redis_budget.lua` for the fields of all these."""

    finished: float
    number: int = 0
    """Its place among those of its session, so that none is entered twice after a lost reply."""
    age: float = 0.0
    admitted: float | None = None
    """When Redis let it go, by its clock; None where it went without Redis."""
    own_probe: bool = False
    universal_probe: bool = False
    given_back: bool = False
    listed: bool = False
    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None
    refused: bool = False
    retry_after: float | None = None


class Learn(msgspec.Struct):
    """The windows that a response has listed."""

    own: list[Figures]
    universal: list[Figures]
    guessed: bool


class Ask(msgspec.Struct):
    """What the script is asked."""

    process: str
    in_flight: int
    want: int
    patience: float
    jitter: float
    own: list[Figures]
    universal: list[Figures]
    reports: list[Report]
    learn: Learn | None


class Meter(msgspec.Struct, array_like=True):
    """A window as Redis knows it."""

    limit: int
    seconds: float
    name: str
    used: int
    room: int
    confirmed: bool

    @property
    def window(self) -> Window:
        """Its figures."""
        return Window(self.limit, self.seconds, self.name)


class Reply(msgspec.Struct):
    """What the script replies."""

    granted: int
    now: float
    own_probe: bool
    universal_probe: bool
    wait: float
    reason: Reason
    processes: int
    own: list[Meter]
    universal: list[Meter]
    window: Figures | None = None


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


class Notes:
    """What one session has not told Redis yet."""

    __slots__ = ("beat", "learn", "listed", "reported", "reports")

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.reported: int = 0
        """How many reports there were so far."""
        self.learn: Learn | None = None
        self.listed: tuple[Window, ...] = ()
        """The windows that the last response listed."""
        self.beat: bool = False
        """Whether a sign of life is due."""

    def __bool__(self) -> bool:
        return bool(self.reports) or self.beat

    def take(self) -> tuple[list[Report], Learn | None]:
        """Take what is to be told, for an exchange."""
        reports, learn = self.reports, self.learn
        self.reports, self.learn = [], None
        return reports, learn

    def put_back(self, reports: list[Report], learn: Learn | None) -> None:
        """Keep what could not be told."""
        self.reports = reports + self.reports
        self.learn = self.learn or learn


class Session:
    """One key's line, its windows as they were last known, and what Redis is to be told.

    Args:
        key: Whose budget it spends.
        name: The process, a colon, and a number.
        names: The keys in Redis.
        own: The windows of the category to begin with.
        universal: Those of all categories.
        serve: Serves the line and sends the reports until there is neither.
    """

    __slots__ = (
        "_serve",
        "in_flight",
        "key",
        "last",
        "name",
        "names",
        "notes",
        "own",
        "queue",
        "task",
        "universal",
        "used_at",
    )

    def __init__(
        self,
        key: LimitKey,
        name: str,
        names: list[str],
        own: Sequence[Window],
        universal: Sequence[Window],
        serve: Callable[[Session], Coroutine[None, None, None]],
    ) -> None:
        self.key: LimitKey = key
        self.name: str = name
        self.names: list[str] = names
        self.own: tuple[Window, ...] = tuple(own)
        self.universal: tuple[Window, ...] = tuple(universal)
        self._serve = serve
        self.queue: Queue = Queue()
        self.notes: Notes = Notes()
        self.task: asyncio.Task[None] | None = None
        self.last: Reply | None = None
        self.in_flight: int = 0
        """Calls that Redis let go and that are not reported on yet."""
        self.used_at: float = 0.0

    def work(self) -> None:
        """Set the task going that serves the line and sends the reports, or wake it."""
        if self.task is None:
            self.task = asyncio.create_task(self._serve(self))
        elif self.queue:
            self.queue.wake()

    def admit(self, key: LimitKey, now: float, waiter: Waiter | None) -> SharedAdmission:
        """Let a call go, as a rule one that has waited."""
        admission = SharedAdmission(key, now, 0.0, self)
        if waiter is not None:
            admission.waited = now - waiter.since
            admission.reason, admission.window = waiter.reason, waiter.window
        return admission

    def report(self, report: Report) -> None:
        """Keep a report for the next exchange; more than the windows hold are of no use."""
        notes = self.notes
        if report.admitted is not None:
            self.in_flight -= 1
        notes.reported += 1
        report.number = notes.reported
        notes.reports.append(report)
        most = max((window.limit for window in self.own + self.universal), default=LEASE)
        if len(notes.reports) > 2 * most:
            del notes.reports[:-most]

    def owes(self, now: float) -> bool:
        """Whether there is a report that still matters: a window holds its call."""
        reports = self.notes.reports
        longest = max((window.seconds for window in self.own + self.universal), default=0.0)
        return bool(reports) and now < reports[-1].finished + longest

    def ask(self, reports: list[Report], learn: Learn | None, now: float, chance: float) -> Ask:
        """Put the next question, and tell what is noted."""
        for report in reports:
            report.age = now - report.finished
        want, patience = self.queue.front(LEASE)
        return Ask(
            process=self.name,
            in_flight=self.in_flight + sum(report.admitted is not None for report in reports),
            want=want,
            patience=patience,
            jitter=chance,
            own=figures(self.own),
            universal=figures(self.universal),
            reports=reports,
            learn=learn,
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
            notes.learn = Learn(figures(self.own), figures(self.universal), not told.windows)

    def take_in(self, reply: Reply) -> None:
        """Note how the budget stands."""
        self.last = reply
        self.in_flight += reply.granted
        self.own = tuple([meter.window for meter in reply.own])
        self.universal = tuple([meter.window for meter in reply.universal])
        if not self._confirmed():
            self.notes.listed = ()  # Redis knows less than the next response will list

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
    reply = admission.reply
    if reply is not None:
        report.admitted = reply.now
        report.own_probe = reply.own_probe
        report.universal_probe = reply.universal_probe
    if told is not None:
        report.listed = bool(told.windows)
        report.limit = told.limit
        report.remaining = told.remaining
        report.reset = told.reset
    return report


def figures(windows: Sequence[Window]) -> list[Figures]:
    """Write windows as the script reads them."""
    return [(window.limit, window.seconds, window.name) for window in windows]
