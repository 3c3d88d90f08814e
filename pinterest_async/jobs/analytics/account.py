"""Analytics of a whole account: its figures by day, and its best Pins."""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from pinterest_async.errors import APIError, DecodeError, InvalidRequest, MissingScope
from pinterest_async.jobs._days import check_order, plain_day
from pinterest_async.jobs._errors import is_fatal
from pinterest_async.jobs.analytics import days
from pinterest_async.jobs.analytics.report import (
    AccountAnalytics,
    AccountAnalyticsFailure,
    AccountAnalyticsRow,
    TopPinRow,
    finished,
)
from pinterest_async.models import AnalyticsDailyMetrics
from pinterest_async.models.enums import (
    TopPinsAnalyticsResponseSortBy,
    TopVideoPinsAnalyticsResponseSortBy,
    UserAccountGetAnalyticsContentType,
    UserAccountGetAnalyticsMetricType,
    UserAccountGetAnalyticsSplitField,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Sequence

    from pinterest_async.client import Pinterest
    from pinterest_async.models import (
        AnalyticsMetricsResponse,
        TopPin,
        TopPinsAnalyticsResponse,
        TopVideoPin,
        TopVideoPinsAnalyticsResponse,
    )

METRICS: Final[tuple[str, ...]] = get_args(UserAccountGetAnalyticsMetricType)
"""What there is of an account, and of its best Pins."""
VIDEO_METRICS: Final[tuple[str, ...]] = get_args(TopVideoPinsAnalyticsResponseSortBy)
"""What there is of its best videos."""

_TOP_MAX: Final = 50
"""Pinterest: top Pins analytics, `num_of_pins`."""
_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "metrics": METRICS,
    "split": get_args(UserAccountGetAnalyticsSplitField),
    "content_type": get_args(UserAccountGetAnalyticsContentType),
    "top_by": get_args(TopPinsAnalyticsResponseSortBy),
    "top_videos_by": VIDEO_METRICS,
}
"""The words that each argument takes."""
_CHANGING: Final = frozenset({None, "PROCESSING", "ESTIMATE"})
"""What Pinterest says of days whose figures are not final; None of one that it has left out."""
_LEFT_OUT: Final = AnalyticsDailyMetrics()


async def account_analytics(
    client: Pinterest,
    start: dt.date | str,
    end: dt.date | str,
    *,
    metrics: Sequence[str] | None = None,
    split: str = "NO_SPLIT",
    content_type: str = "ALL",
    top: int = 0,
    top_by: str = "IMPRESSION",
    top_videos_by: str = "IMPRESSION",
) -> AccountAnalytics:
    """Get the daily figures of a whole account, and which of its Pins and videos did best.

        report = await account_analytics(pinterest, start, end, split="APP_TYPE", top=10)
        for row in report.rows:
            print(row.part, row.date, row.metric, row.value, row.data_status)

    For every part of the split there is one row for each day and metric. A day that is still
    `PROCESSING` has None for a value, and `ESTIMATE` says that it may change: `final_through` is
    the last day that is sure. The best Pins are those of all the days together.

    It is one call, and two more for the best Pins and the best videos, at the pace of
    `org_analytics` (60 a minute in Standard access). A ranking that Pinterest refuses, as one
    without the scope `pins:read`, is named in the report.

    Pinterest gives the figures of the last 90 days. What lies before is lost, and so a range that
    begins there is refused.

    Args:
        client: a client of the account; `acting_as` chooses an ad account's owner.
        start: the first day, in UTC, no more than 90 days ago; text such as "2026-01-31" is a day,
            too.
        end: the last day, today at most.
        metrics: what to get of the account and its best Pins, all that there is by default; the
            best videos come with all of theirs.
        split: what to split the daily figures by: `NO_SPLIT`, `APP_TYPE`, `OWNED_CONTENT`,
            `SOURCE` or `PIN_FORMAT`.
        content_type: what counts, in the figures and among the best: `ALL`, `ORGANIC` or `PAID`.
        top: how many of the best Pins and of the best videos to get, 0 to 50; 0 asks for none.
        top_by: what the best Pins are the best by: `ENGAGEMENT`, `SAVE`, `IMPRESSION`,
            `OUTBOUND_CLICK` or `PIN_CLICK`.
        top_videos_by: the same of the videos: `IMPRESSION`, `SAVE`, `OUTBOUND_CLICK`, or any of the
            video metrics, such as `VIDEO_START`.

    Raises:
        InvalidRequest: not all days of the range can be had, or a word or number is none that
            Pinterest knows; nothing was sent.
        PinterestError: the figures of the account were refused, or every call would be.
    """
    start, end = plain_day("start", start), plain_day("end", end)
    check_order(start, end)
    days.check_reach(start, end)
    asked = _metrics(metrics)
    _check_word("split", split)
    _check_word("content_type", content_type)
    _check_word("top_by", top_by)
    _check_word("top_videos_by", top_videos_by)
    if not 0 <= top <= _TOP_MAX:
        raise InvalidRequest(f"top must be from 0 to {_TOP_MAX}, not {top}")

    # The words were checked, which no type can tell.
    common: Any = {"start_date": start, "end_date": end, "content_type": content_type}
    daily: Any = {**common, "metric_types": asked, "split_field": split}
    best: Any = {**common, "num_of_pins": top}
    pins: Any = {**best, "metric_types": asked, "sort_by": top_by}
    videos: Any = {**best, "metric_types": VIDEO_METRICS, "sort_by": top_videos_by}
    account = client.user_account

    parts = await account.get_analytics(**daily)
    ranked: list[TopPinRow] = []
    failures: list[AccountAnalyticsFailure] = []
    if top:
        for told, failed in (
            await _ranking("PINS", account.get_top_pins_analytics(**pins), asked),
            await _ranking("VIDEOS", account.get_top_video_pins_analytics(**videos), VIDEO_METRICS),
        ):
            ranked += told
            failures += failed
    dates = [start + dt.timedelta(number) for number in range((end - start).days + 1)]
    rows = [row for part, told in parts.items() for row in _rows(part, told, asked, dates)]
    return AccountAnalytics(
        start=start,
        end=end,
        rows=rows,
        totals={part: told.summary_metrics or {} for part, told in parts.items()},
        final_through=_final_through(rows, dates),
        top=ranked,
        failures=failures,
    )


def _metrics(given: Sequence[str] | None) -> list[str]:
    if isinstance(given, str) or (given is not None and not given):
        raise InvalidRequest("metrics must be a list with at least one name in it")
    asked = list(dict.fromkeys(METRICS if given is None else given))
    for metric in asked:
        _check_word("metrics", metric)
    return asked


def _check_word(argument: str, word: str) -> None:
    """See that an argument knows a word.

    Raises:
        InvalidRequest: it does not; with the nearest that it does, or with all.
    """
    known = _WORDS[argument]
    if word in known:
        return
    near = get_close_matches(str(word).upper(), known, n=1)
    advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    raise InvalidRequest(f"{argument} has no {word!r}: {advice}")


async def _ranking(
    ranking: Literal["PINS", "VIDEOS"],
    call: Awaitable[TopPinsAnalyticsResponse | TopVideoPinsAnalyticsResponse],
    metrics: Sequence[str],
) -> tuple[list[TopPinRow], list[AccountAnalyticsFailure]]:
    """Get one ranking, or say why it was refused."""
    try:
        found = await call
    except (APIError, DecodeError) as error:
        # Where the figures of the account were given, the token is good.
        if is_fatal(error) and not isinstance(error, MissingScope):
            raise
        reason = f"{type(error).__name__}: {error}"
        return [], [AccountAnalyticsFailure(ranking=ranking, reason=reason)]
    pins: Sequence[TopPin | TopVideoPin] = found.pins or ()
    return [
        TopPinRow(
            ranking=ranking,
            rank=rank,
            pin_id=pin.pin_id or "",
            metric=metric,
            value=finished(pin.metrics, status).get(metric),
            data_status=status,
        )
        for rank, pin in enumerate(pins, 1)
        for metric in metrics
        for status in ((pin.data_status or {}).get(metric),)
    ], []


def _rows(
    part: str, told: AnalyticsMetricsResponse, metrics: Sequence[str], dates: Sequence[dt.date]
) -> Iterator[AccountAnalyticsRow]:
    """Make a row for each day that was asked for, and metric."""
    by_date = {day.date: day for day in told.daily_metrics or ()}
    for date in dates:
        day = by_date.get(date.isoformat(), _LEFT_OUT)
        values = finished(day.metrics, day.data_status)
        for metric in metrics:
            yield AccountAnalyticsRow(
                part=part,
                date=date,
                metric=metric,
                value=values.get(metric),
                data_status=day.data_status,
            )


def _final_through(rows: Sequence[AccountAnalyticsRow], dates: Sequence[dt.date]) -> dt.date | None:
    """Return the last day before the first whose figures may still change, or are not there."""
    changing = {row.date for row in rows if row.data_status in _CHANGING}
    final = [*takewhile(lambda date: date not in changing, dates)]
    return final[-1] if rows and final else None
