"""The rows of analytics, and what a run says of itself."""

from __future__ import annotations

import datetime as dt

import msgspec


class AnalyticsRow(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One figure: a line of a table in the long form."""

    pin_id: str
    """The Pin."""
    date: str | None
    """The day in UTC, `YYYY-MM-DD`; None for a figure of the Pin's whole life."""
    metric: str
    """What is counted, for example `IMPRESSION`."""
    value: float | None
    """The figure; None where Pinterest gave none, for which `data_status` may have the reason."""
    data_status: str | None
    """How final the day's figures are: `READY`, `ESTIMATE`, `PROCESSING` and more; None for those
    of the whole life."""


class AnalyticsGap(msgspec.Struct, kw_only=True, frozen=True):
    """Days that were asked for and cannot be had."""

    first: dt.date
    """The first of them."""
    last: dt.date
    """The last of them."""
    reason: str
    """Why, in a few words."""


class AnalyticsFailure(msgspec.Struct, kw_only=True, frozen=True):
    """A Pin whose figures were not given."""

    pin_id: str
    """The Pin."""
    reason: str
    """What happened, in one line."""


class AnalyticsReport(msgspec.Struct, kw_only=True):
    """The figures of a run; they grow while it goes on."""

    pins: int = 0
    """Pins that were told of, now or in a run before."""
    resumed: int = 0
    """Those of them whose figures were in the checkpoint, and not asked for again."""
    without_data: int = 0
    """Those of them that Pinterest has no figures of for these days; they have no rows."""
    without_metrics: int = 0
    """Pins to which none of the metrics applies, as those of videos to pictures; not asked for."""
    rows: int = 0
    """Rows that were handed out."""
    calls: int = 0
    """Calls for figures, and to look up Pins; one that had to be sent again counts once."""
    one_by_one: bool = False
    """Whether many Pins at once were refused, so that each was a call of its own."""
    gaps: list[AnalyticsGap] = msgspec.field(default_factory=list[AnalyticsGap])
    """Days that cannot be had, for any Pin or for those that came after midnight."""
    failures: list[AnalyticsFailure] = msgspec.field(default_factory=list[AnalyticsFailure])
    """Pins whose figures were not given; a later run with the same checkpoint asks again."""

    @property
    def complete(self) -> bool:
        """Whether nothing that was asked for is missing."""
        return not self.gaps and not self.failures
