"""The rows of analytics, and what a run says of itself."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


def finished(metrics: Mapping[str, float] | None, data_status: str | None) -> Mapping[str, float]:
    """Return the figures that are any: what is still worked on has 0.0 for everything.

    Args:
        metrics: the figures, as Pinterest gave them.
        data_status: what it says of them.
    """
    return {} if metrics is None or data_status == "PROCESSING" else metrics


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


class AccountAnalyticsRow(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One figure of a whole account: a line of a table in the long form."""

    part: str
    """The part of the split, for example `MOBILE`; `all` where nothing is split."""
    date: dt.date
    """The day, in UTC."""
    metric: str
    """What is counted, for example `IMPRESSION`."""
    value: float | None
    """The figure, a rate from 0 to 1; None where Pinterest gave none, as of a day that is still
    `PROCESSING`."""
    data_status: str | None
    """How final the day's figures are: `READY`, `ESTIMATE`, `PROCESSING` and more; None where
    Pinterest left the day out."""


class TopPinRow(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One figure of one of an account's best Pins, over all the days together."""

    ranking: Literal["PINS", "VIDEOS"]
    """Whether it is among the best of all Pins, or of the videos; a video may be in both."""
    rank: int
    """Its place there, from 1."""
    pin_id: str
    """The Pin."""
    metric: str
    """What is counted, for example `IMPRESSION`."""
    value: float | None
    """The figure; None where Pinterest gave none."""
    data_status: str | None
    """How final the figure is."""


class AccountAnalyticsFailure(msgspec.Struct, kw_only=True, frozen=True):
    """A ranking of Pins that was not given."""

    ranking: Literal["PINS", "VIDEOS"]
    """Which."""
    reason: str
    """What happened, in one line."""


class AccountAnalytics(msgspec.Struct, kw_only=True, frozen=True):
    """The figures of a whole account, and its best Pins."""

    start: dt.date
    """The first day, in UTC."""
    end: dt.date
    """The last day."""
    rows: list[AccountAnalyticsRow]
    """One for each part of the split, day and metric, in this order."""
    totals: dict[str, dict[str, float]]
    """For each part of the split, the metrics over all the days that have figures, as Pinterest
    gives them: rates cannot be summed."""
    final_through: dt.date | None
    """The last day up to which all figures are final; None where the first still changes."""
    top: list[TopPinRow]
    """The best Pins and the best videos, in their order, one row for each metric."""
    failures: list[AccountAnalyticsFailure]
    """Rankings that were not given."""

    @property
    def complete(self) -> bool:
        """Whether nothing that was asked for is missing, but for days that are not finished."""
        return not self.failures
