"""Analytics of many Pins, as rows of a table."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from contextlib import aclosing
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pinterest_async._gather import each, gather
from pinterest_async.errors import (
    APIError,
    AppNotApproved,
    AuthenticationFailed,
    BadRequest,
    DecodeError,
    InvalidRequest,
    MissingScope,
    NotFound,
    PermissionDenied,
    ServerError,
    UnprocessableRequest,
)
from pinterest_async.jobs._days import check_order, plain_day
from pinterest_async.jobs._errors import is_fatal
from pinterest_async.jobs.analytics import days
from pinterest_async.jobs.analytics.checkpoint import Checkpoint, MediaKind, PinFigures
from pinterest_async.jobs.analytics.report import (
    AnalyticsFailure,
    AnalyticsGap,
    AnalyticsReport,
    AnalyticsRow,
    finished,
)

if TYPE_CHECKING:
    import os
    from collections.abc import (
        AsyncGenerator,
        AsyncIterable,
        AsyncIterator,
        Awaitable,
        Callable,
        Iterable,
        Iterator,
        Sequence,
    )

    from pinterest_async._gather import Outcome
    from pinterest_async.client import Pinterest
    from pinterest_async.errors import PinterestError
    from pinterest_async.models import Pin, PinAnalyticsMetricsResponse

_COMMON: Final = (
    "IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE", "SAVE_RATE", "TOTAL_COMMENTS",
    "TOTAL_REACTIONS",
)  # fmt: skip
_PICTURES_ONLY: Final = ("USER_FOLLOW", "PROFILE_VISIT")
_VIDEOS_ONLY: Final = (
    "VIDEO_MRC_VIEW", "VIDEO_10S_VIEW", "QUARTILE_95_PERCENT_VIEW", "VIDEO_V50_WATCH_TIME",
    "VIDEO_START", "VIDEO_AVG_WATCH_TIME",
)  # fmt: skip
_DEFAULT: Final = (*_COMMON, *_PICTURES_ONLY, *_VIDEOS_ONLY)
_NOT_FOR: Final[dict[MediaKind, frozenset[str]]] = {
    "picture": frozenset(_VIDEOS_ONLY),
    "video": frozenset(_PICTURES_ONLY),
    "unknown": frozenset((*_PICTURES_ONLY, *_VIDEOS_ONLY)),
}

_BATCH: Final = 100
"""Pinterest: multi-Pin analytics."""
_REFUSED_AT_FIRST: Final = 20
"""After so many Pins refused, and none had figures, it is not the Pins' fault."""
_REFUSALS: Final = (AuthenticationFailed, BadRequest, PermissionDenied)
_NEARLY: Final = 0.85
"""How alike two names are of which one is a mistake, as for the names of conversion events."""


def _check_metrics(metrics: Sequence[str] | None) -> None:
    """See that there are names, and none that is nearly a metric: each Pin would be refused.

    Raises:
        InvalidRequest: it is otherwise.
    """
    if isinstance(metrics, str) or (metrics is not None and not metrics):
        raise InvalidRequest("metrics must be a list with at least one name in it")
    for metric in metrics or ():
        near = get_close_matches(str(metric).upper(), _DEFAULT, 1, _NEARLY)
        if near and metric not in _DEFAULT:
            raise InvalidRequest(f"there is no metric {metric!r} of Pins: did you mean {near[0]}?")


def pin_analytics(
    client: Pinterest,
    pins: Iterable[str | Pin] | AsyncIterable[str | Pin] | None,
    start: dt.date | str,
    end: dt.date | str,
    *,
    metrics: Sequence[str] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    allow_gap: bool = False,
    concurrency: int = 4,
) -> PinAnalytics:
    """Get the daily figures of many Pins as rows: Pin, date, metric, value, status of the data.

        rows = pin_analytics(pinterest, None, start, end, checkpoint="run.sqlite")
        async for row in rows:
            print(row.pin_id, row.date, row.metric, row.value, row.data_status)
        print(rows.report.failures)

    For every Pin there is one row for each day and metric, and one with the date None for each
    metric that Pinterest gives for the Pin's whole life. A metric that it gives for that alone has
    no rows of days, and a day that is still `PROCESSING` has None for a value. Metrics that do not
    exist for a Pin's media are not asked for: those of videos would fail the call for a picture.
    Where Pins are given by their ids and that matters, each is looked up first.

    Pinterest gives the figures of the last 90 days, and no single question may span more than 90:
    one question reaches all that there is. What lies before is lost, and so a range that begins
    there is refused rather than cut short in silence, unless `allow_gap` says otherwise.

    A hundred Pins are asked for at once. That operation is a beta which Pinterest refuses to most
    apps; each Pin is then a call of its own, at the pace of `org_analytics` (60 a minute in
    Standard access). A Pin that is refused is named in the report, and the others go on.

    With a checkpoint, all figures are kept in that file, and a run that was killed goes on where it
    was: started again with the same arguments it asks for nothing twice, and hands out the rows of
    before as well. Remove the file when you have your table: figures of the last days still change,
    and it would go on giving the old ones. One run at a time can have the file.

    Args:
        client: a client of the account; `acting_as` chooses an ad account's owner.
        pins: Pins or their ids; None for all Pins of the account.
        start: the first day, in UTC, no more than 90 days ago; text such as "2026-01-31" is a day,
            too.
        end: the last day, today at most.
        metrics: what to get; by default all that there is for the media. A name that is nearly one
            of Pinterest's is refused; another one is asked for, as Pinterest may have new ones.
        checkpoint: the file to keep the figures in.
        allow_gap: whether days that cannot be had are left out and reported, not refused.
        concurrency: how many calls to make at the same time, 1 or more.

    Raises:
        InvalidRequest: no day of the range, or not all of them, can be had; no metrics, or one
            that is misspelt.
        ConfigurationError: `concurrency` is below 1; while walking, the file is no checkpoint, that
            of a run with other arguments, in use, or cannot be written.
        PinterestError: while walking, an error that would meet every Pin: the token, the limits,
            the connection; or each of the first 20 Pins was refused.
    """
    return PinAnalytics(
        client,
        pins,
        plain_day("start", start),
        plain_day("end", end),
        metrics=metrics,
        checkpoint=checkpoint,
        allow_gap=allow_gap,
        concurrency=concurrency,
    )


class PinAnalytics:
    """The rows of `pin_analytics`: an iterator, which fetches them as it is walked.

    Leaving the walk early, close it: `async with contextlib.aclosing(rows): ...`
    """

    def __init__(
        self,
        client: Pinterest,
        pins: Iterable[str | Pin] | AsyncIterable[str | Pin] | None,
        start: dt.date,
        end: dt.date,
        *,
        metrics: Sequence[str] | None,
        checkpoint: str | os.PathLike[str] | None,
        allow_gap: bool,
        concurrency: int,
    ) -> None:
        _check_metrics(metrics)
        self.report: AnalyticsReport = AnalyticsReport()
        """What was found up to now, and what was not."""
        self._client = client
        self._pins = pins
        self._start = start
        self._end = end
        self._metrics = tuple(metrics or _DEFAULT)
        # Whether it matters what a Pin shows.
        self._by_media = not set(self._metrics).isdisjoint(_NOT_FOR["unknown"])
        question = f"{start} to {end}: {','.join(self._metrics)}"
        self._checkpoint = None if checkpoint is None else Checkpoint(Path(checkpoint), question)
        self._batches: bool | None = None
        self._responded = False
        self._refused = 0
        self._find_gaps(start, end, allow_gap=allow_gap)
        self._walk = self._rows(gather(self._calls(), limit=concurrency))

    def __aiter__(self) -> AsyncIterator[AnalyticsRow]:
        return self._walk

    async def aclose(self) -> None:
        """End the walk before its end: calls under way are cancelled, the file is closed."""
        await self._walk.aclose()

    async def _rows(
        self, figures: AsyncGenerator[Outcome[list[PinFigures]], None]
    ) -> AsyncGenerator[AnalyticsRow, None]:
        try:
            if self._checkpoint is not None:
                await self._checkpoint.open()
            async with aclosing(figures) as outcomes:
                async for outcome in outcomes:
                    for one in outcome.value:
                        self.report.pins += 1
                        if one.analytics is None or not one.analytics.daily_metrics:
                            self.report.without_data += 1
                        for row in _rows_of(one):
                            self.report.rows += 1
                            yield row
        finally:
            if self._checkpoint is not None:
                await self._checkpoint.close()

    # Which days

    def _find_gaps(self, start: dt.date, end: dt.date, *, allow_gap: bool) -> None:
        """Note the days that cannot be had.

        Raises:
            InvalidRequest: there are some, and there may not be any; or there are no others.
        """
        check_order(start, end)
        today = days.today()
        if end < days.earliest() or start > today:
            raise InvalidRequest(f"Pinterest gives figures from {days.earliest()} to {today} only")
        if not allow_gap:
            days.check_reach(start, end, way_out=", or pass allow_gap=True (--allow-gap)")
        if end > today:
            self._add_gap(today + dt.timedelta(1), end, "days to come")
            self._end = today
        self._range()

    def _range(self) -> tuple[dt.date, dt.date]:
        """Return the days that can be had at this moment: at midnight, the first one may go."""
        earliest = days.earliest()
        if self._start < earliest:
            self._add_gap(self._start, earliest - dt.timedelta(1), "more than 90 days back")
        return max(self._start, earliest), self._end

    def _add_gap(self, first: dt.date, last: dt.date, reason: str) -> None:
        gap = AnalyticsGap(first=first, last=last, reason=reason)
        if gap not in self.report.gaps:
            self.report.gaps.append(gap)

    # Which Pins

    async def _calls(self) -> AsyncGenerator[Callable[[], Awaitable[list[PinFigures]]], None]:
        """Sort the Pins into hundreds that can be asked for together."""
        seen: set[str] = set()
        heaps: defaultdict[Callable[[list[str]], Awaitable[list[PinFigures]]], list[str]]
        heaps = defaultdict(list)
        pins = self._pins
        if pins is None:
            pins = self._client.pins.list(include_protected_pins=True)
        by_kind = {kind: partial(self._fetched, kind) for kind in _NOT_FOR}
        kept = self._checkpoint
        known: set[str] = set() if kept is None else set(kept.known)
        kinds: dict[str, MediaKind] = {} if kept is None else kept.kinds
        async with aclosing(each(pins)) as walk:
            async for pin in walk:
                pin_id = pin if isinstance(pin, str) else pin.id
                if pin_id in seen:
                    continue
                seen.add(pin_id)
                ask: Callable[[list[str]], Awaitable[list[PinFigures]]]
                if pin_id in known:
                    ask = self._remembered
                elif not isinstance(pin, str):
                    ask = by_kind[_kind(pin)]
                elif not self._by_media:
                    ask = by_kind["unknown"]
                else:
                    ask = by_kind[kinds[pin]] if pin in kinds else self._looked_up
                heap = heaps[ask]
                heap.append(pin_id)
                if len(heap) == _BATCH:
                    yield partial(ask, heaps.pop(ask))
        for ask, heap in heaps.items():
            yield partial(ask, heap)

    async def _remembered(self, pin_ids: list[str]) -> list[PinFigures]:
        """Take figures from the checkpoint."""
        if self._checkpoint is None:
            return []
        self.report.resumed += len(pin_ids)
        return await self._checkpoint.get(pin_ids)

    async def _looked_up(self, pin_ids: list[str]) -> list[PinFigures]:
        """Find out what Pins show, and get their figures."""
        kinds: defaultdict[MediaKind, list[str]] = defaultdict(list)
        for pin_id in pin_ids:
            self.report.calls += 1
            try:
                pin = await self._client.pins.get(pin_id)
            except (APIError, DecodeError, InvalidRequest) as error:
                if is_fatal(error):
                    raise
                self._fail(pin_id, error)
            else:
                kind = _kind(pin)
                if self._checkpoint is not None:
                    await self._checkpoint.put_kind(pin_id, kind)
                kinds[kind].append(pin_id)
        return [one for kind, ids in kinds.items() for one in await self._fetched(kind, ids)]

    async def _fetched(self, kind: MediaKind, pin_ids: list[str]) -> list[PinFigures]:
        """Get the figures of Pins that show the same kind of thing."""
        metrics: list[Any] = [metric for metric in self._metrics if metric not in _NOT_FOR[kind]]
        if not metrics:
            self.report.without_metrics += len(pin_ids)
            return []
        return await self._any(pin_ids, metrics)

    # One call

    async def _any(self, pin_ids: list[str], metrics: list[Any]) -> list[PinFigures]:
        if len(pin_ids) > 1 and self._batches is not False:
            return await self._many(pin_ids, metrics)
        return [one for pin_id in pin_ids for one in await self._one(pin_id, metrics)]

    async def _many(self, pin_ids: list[str], metrics: list[Any]) -> list[PinFigures]:
        """Ask for many Pins at once; where one spoils it for the others, find out which."""
        first, last = self._range()
        self.report.calls += 1
        try:
            found = await self._client.pins.get_multi_analytics(
                pin_ids=pin_ids, start_date=first, end_date=last, metric_types=metrics
            )
        except (AppNotApproved, MissingScope, PermissionDenied):
            if not self._batches:
                self._batches = False
                self.report.one_by_one = True
                return await self._any(pin_ids, metrics)
        except (AuthenticationFailed, BadRequest, NotFound, UnprocessableRequest) as error:
            if is_fatal(error):
                raise
        except (ServerError, DecodeError) as error:
            for pin_id in pin_ids:
                self._fail(pin_id, error)
            return []
        else:
            self._batches = True
            figures = [_figures_of(pin_id, metrics, found.get(pin_id)) for pin_id in pin_ids]
            return await self._kept(figures)
        middle = len(pin_ids) // 2
        halves = pin_ids[:middle], pin_ids[middle:]
        return [one for half in halves for one in await self._any(half, metrics)]

    async def _one(self, pin_id: str, metrics: list[Any]) -> list[PinFigures]:
        """Ask for one Pin; nothing comes back of one that is refused."""
        first, last = self._range()
        self.report.calls += 1
        try:
            found = await self._client.pins.get_analytics(
                pin_id, start_date=first, end_date=last, metric_types=metrics
            )
        except (APIError, DecodeError, InvalidRequest) as error:
            if is_fatal(error):
                raise
            if isinstance(error, _REFUSALS) and not self._responded:
                self._refused += 1
                if self._refused == _REFUSED_AT_FIRST:
                    raise
            self._fail(pin_id, error)
            return []
        return await self._kept([_figures_of(pin_id, metrics, found)])

    def _fail(self, pin_id: str, error: PinterestError) -> None:
        reason = f"{type(error).__name__}: {error}"
        self.report.failures.append(AnalyticsFailure(pin_id=pin_id, reason=reason))

    async def _kept(self, figures: list[PinFigures]) -> list[PinFigures]:
        self._responded = True
        if self._checkpoint is not None:
            await self._checkpoint.put(figures)
        return figures


def _kind(pin: Pin) -> MediaKind:
    media_type = None if pin.media is None else pin.media.media_type
    if media_type is None:
        return "unknown"
    return "video" if media_type == "video" else "picture"


def _figures_of(
    pin_id: str, metrics: list[str], found: dict[str, PinAnalyticsMetricsResponse] | None
) -> PinFigures:
    """Keep what is not split, under whatever name it comes."""
    analytics = None if not found else found.get("all") or next(iter(found.values()))
    return PinFigures(pin_id=pin_id, metrics=metrics, analytics=analytics)


_OF_LIFE: Final = frozenset({"TOTAL_COMMENTS", "TOTAL_REACTIONS"})
"""What is told of a Pin's whole life and of no day, as measured."""


def _rows_of(one: PinFigures) -> Iterator[AnalyticsRow]:
    if one.analytics is None:
        return
    dailies = one.analytics.daily_metrics or []
    told = {metric for day in dailies for metric in day.metrics or ()}
    daily = [metric for metric in one.metrics if metric in told or metric not in _OF_LIFE]
    for day in dailies:
        values = finished(day.metrics, day.data_status)
        for metric in daily:
            yield AnalyticsRow(
                pin_id=one.pin_id,
                date=day.date,
                metric=metric,
                value=values.get(metric),
                data_status=day.data_status,
            )
    for metric, value in (one.analytics.lifetime_metrics or {}).items():
        yield AnalyticsRow(
            pin_id=one.pin_id, date=None, metric=metric, value=value, data_status=None
        )
