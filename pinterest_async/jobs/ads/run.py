"""What a run of ad reports says of itself."""

from __future__ import annotations

import datetime as dt

import msgspec


class AdReportFailure(msgspec.Struct, kw_only=True, frozen=True):
    """A part of a report that is missing."""

    ad_account_id: str
    """The ad account."""
    first: dt.date
    """The first of its days."""
    last: dt.date
    """The last of its days."""
    reason: str
    """What happened, in one line."""


class AdReportRun(msgspec.Struct, kw_only=True):
    """The figures of a run; they grow while it goes on."""

    key: list[str] = msgspec.field(default_factory=list[str])
    """The columns that no two rows have all in common, as a warehouse wants them."""
    columns: list[str] = msgspec.field(default_factory=list[str])
    """The columns of the rows, in order."""
    start: dt.date | None = None
    """The first day that is asked for, that of days read again included."""
    parts: int = 0
    """Reports, or synchronous calls, that the question was cut to."""
    parts_done: int = 0
    """Those of them whose rows are here."""
    resumed: int = 0
    """Those of them that a run before has started or fetched."""
    started: int = 0
    """Reports that were started."""
    restarted: int = 0
    """Those of them that took the place of one that came to nothing."""
    polls: int = 0
    """Looks at reports that are not done, or just are."""
    sync_calls: int = 0
    """Calls of synchronous analytics."""
    calls: int = 0
    """Calls in all; one that had to be sent again counts once."""
    bytes: int = 0
    """Bytes of the files that were fetched."""
    rows: int = 0
    """Rows that were handed out or written."""
    figures_final_through: dt.date | None = None
    """The last day whose figures but conversions are final; None where it is not known."""
    conversions_final_through: dt.date | None = None
    """The same of conversions, but for those that still come in within their window."""
    changing_from: dt.date | None = None
    """The first day whose conversions may still change; None where none were asked for."""
    failures: list[AdReportFailure] = msgspec.field(default_factory=list[AdReportFailure])
    """Parts that are missing. The same call with the same journal asks for these again."""
    files: list[str] = msgspec.field(default_factory=list[str])
    """The files that were written."""
    seconds: float = 0.0
    """How long it took."""

    @property
    def complete(self) -> bool:
        """Whether nothing that was asked for is missing."""
        return not self.failures

    def is_final(self, day: dt.date) -> bool:
        """Whether the figures of a day, as they were fetched, will stay.

        Args:
            day: one of the report's.
        """
        ready = self.figures_final_through
        if ready is None or day > ready:
            return False
        if self.changing_from is None:
            return True
        counted = self.conversions_final_through
        return counted is not None and day <= counted and day < self.changing_from
