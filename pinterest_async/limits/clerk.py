"""What one budget's clerk says to Redis, hears from it, and keeps until the next exchange."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async.limits.learning import told_windows
from pinterest_async.limits.line import Line
from pinterest_async.limits.policy import Admission
from pinterest_async.rate_limit import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from pinterest_async.limits.latency import Latency
    from pinterest_async.limits.policy import LimitKey
    from pinterest_async.rate_limit import RateLimit

LEASE: Final = 200
"""The most places that one question asks for."""

WindowParts = tuple[int, float, str]


class Report(msgspec.Struct, omit_defaults=True):
    """What became of a call."""

    finished: float
    number: int = 0
    """Its place among those of its clerk, so that none is entered twice when a reply gets lost."""
    age: float = 0.0
    marks: dict[str, dict[str, int]] | None = None
    admitted: float = 0.0
    scout: bool = False
    first: bool = False
    given_back: bool = False
    listed: bool = False
    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None
    refused: bool = False
    retry_after: float | None = None


class Learn(msgspec.Struct):
    """The windows that an answer has listed."""

    own: list[WindowParts]
    universal: list[WindowParts]


class Ask(msgspec.Struct):
    """What the script is asked; see `script.py` for the fields."""

    process: str
    in_flight: int
    want: int
    trip: float
    jitter: float
    own: list[WindowParts]
    universal: list[WindowParts]
    reports: list[Report]
    learn: Learn | None


class Meter(msgspec.Struct, array_like=True):
    """A window as Redis knows it."""

    id: int
    expired: int
    limit: int
    seconds: float
    name: str
    used: int
    room: int
    learned: bool

    @property
    def window(self) -> Window:
        """Its figures."""
        return Window(self.limit, self.seconds, self.name)


class Reply(msgspec.Struct):
    """What the script replies; see `script.py` for the fields."""

    granted: int
    wait: float
    now: float
    scout: bool
    first: bool
    processes: int
    own: list[Meter]
    universal: list[Meter]


class SharedAdmission(Admission, eq=False):
    """An admission that Redis gave, or that the process gave itself while Redis was away."""

    clerk: Clerk | None
    calm: bool
    """Whether it goes among few others."""
    reply: Reply | None = None
    local: Admission | None = None

    def release(self) -> None:
        """Give the place back; see `Admission.release`."""
        clerk, self.clerk = self.clerk, None
        if clerk is None:
            return
        clerk.latency.forget()
        if self.local is not None:
            self.local.release()
        else:
            clerk.report(report_on(self, given_back=True))
            clerk.work()


def report_on(admission: SharedAdmission, *, given_back: bool = False) -> Report:
    """Begin the report on a call that has finished, or was never sent."""
    report = Report(asyncio.get_running_loop().time(), given_back=given_back)
    reply = admission.reply
    if reply is not None:
        report.admitted = reply.now
        report.scout = reply.scout
        report.first = reply.first
        report.marks = {
            "own": {str(meter.id): meter.expired for meter in reply.own},
            "universal": {str(meter.id): meter.expired for meter in reply.universal},
        }
    return report


class Clerk:
    """Asks Redis for one key's places, gives them out, and reports."""

    def __init__(
        self,
        key: LimitKey,
        name: str,
        names: list[str],
        own: Sequence[Window],
        universal: Sequence[Window],
        latency: Latency,
        serve: Callable[[Clerk], Coroutine[None, None, None]],
    ) -> None:
        self.key: LimitKey = key
        self.name: str = name
        self.latency: Latency = latency
        self._serve = serve
        self.names = names
        self.own: tuple[Window, ...] = tuple(own)
        self.universal: tuple[Window, ...] = tuple(universal)
        self.line: Line = Line()
        self.reports: list[Report] = []
        self._reported = 0
        self.learn: Learn | None = None
        self.listed: tuple[Window, ...] = ()
        self.task: asyncio.Task[None] | None = None
        self.last: Reply | None = None
        self.in_flight: int = 0
        """Calls that Redis let go and that are not reported on yet."""
        self.used_at: float = 0.0

    def work(self) -> None:
        """Set the task going that serves the line and sends the reports, or wake it."""
        if self.task is None:
            self.task = asyncio.create_task(self._serve(self))
        elif self.line:
            self.line.ring()

    def admit(self, key: LimitKey, now: float, since: float) -> SharedAdmission:
        """Let a call go that has waited since a moment."""
        return SharedAdmission(key, now, now - since, self, self.latency.begin())

    def report(self, report: Report) -> None:
        """Keep a report for the next exchange; more than the windows hold are of no use."""
        if report.marks is not None:
            self.in_flight -= 1
        self._reported += 1
        report.number = self._reported
        self.reports.append(report)
        most = max((window.limit for window in self.own + self.universal), default=LEASE)
        if len(self.reports) > 2 * most:
            del self.reports[:-most]

    def owes(self, now: float) -> bool:
        """Whether there is a report that still matters: a window holds its call."""
        longest = max((window.seconds for window in self.own + self.universal), default=0.0)
        return bool(self.reports) and now < self.reports[-1].finished + longest

    def take_notes(self) -> tuple[list[Report], Learn | None]:
        """Take what is to be told, for an exchange."""
        reports, learn = self.reports, self.learn
        self.reports, self.learn = [], None
        return reports, learn

    def put_back(self, reports: list[Report], learn: Learn | None) -> None:
        """Keep what could not be told."""
        self.reports = reports + self.reports
        self.learn = self.learn or learn

    def hear(self, told: RateLimit) -> None:
        """Note windows that are not known yet."""
        if told.windows and told.windows is self.listed:
            return
        self.listed = told.windows
        windows = told_windows(told, self.own, self.universal)
        learned = self.last is not None and all(
            meter.learned for meter in self.last.own + self.last.universal
        )
        if windows is not None and not (learned and windows == (self.own, self.universal)):
            self.own, self.universal = windows
            self.learn = Learn(parts(self.own), parts(self.universal))

    def take_in(self, reply: Reply) -> None:
        """Note how the budget stands."""
        self.last = reply
        self.in_flight += reply.granted
        self.own = tuple(meter.window for meter in reply.own)
        self.universal = tuple(meter.window for meter in reply.universal)


def parts(windows: Sequence[Window]) -> list[WindowParts]:
    """Write windows as the script reads them."""
    return [(window.limit, window.seconds, window.name) for window in windows]
