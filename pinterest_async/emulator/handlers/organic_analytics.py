"""Figures of the organic side: of the account, of Pins, and which Pins did best.

The same Pin and day give the same figure whoever asks and however, so that the best Pins are those
whose own analytics say so, and what the account has is the sum of what its Pins have. A Pin that is
deleted takes its figures with it.
"""

from __future__ import annotations

import datetime as dt
import zlib
from bisect import bisect_right
from collections import Counter
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers.ads_rows import check_range
from pinterest_async.emulator.http.call import ApiCall, MeasuredRefusal, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinterest_async.emulator.state.saved import Pin

_BACK_MAX = 90
_LATE = 2
"""Days until the figures of a day are there; those of the last one are estimates."""

_DAILY: Mapping[str, int] = {
    "IMPRESSION": 400, "OUTBOUND_CLICK": 20, "PIN_CLICK": 40, "SAVE": 25, "TOTAL_COMMENTS": 3,
    "TOTAL_REACTIONS": 8, "USER_FOLLOW": 2, "PROFILE_VISIT": 6, "VIDEO_START": 150,
    "VIDEO_MRC_VIEW": 100, "VIDEO_10S_VIEW": 40, "QUARTILE_95_PERCENT_VIEW": 20,
    "VIDEO_V50_WATCH_TIME": 200_000,
}  # fmt: skip
"""What is counted, and the most that a Pin gets on an ordinary day."""

_SUMS: Mapping[str, tuple[str, ...]] = {"ENGAGEMENT": ("OUTBOUND_CLICK", "PIN_CLICK", "SAVE")}
_RATIOS: Mapping[str, tuple[str, str]] = {
    "ENGAGEMENT_RATE": ("ENGAGEMENT", "IMPRESSION"),
    "OUTBOUND_CLICK_RATE": ("OUTBOUND_CLICK", "IMPRESSION"),
    "PIN_CLICK_RATE": ("PIN_CLICK", "IMPRESSION"),
    "SAVE_RATE": ("SAVE", "IMPRESSION"),
    "VIDEO_AVG_WATCH_TIME": ("VIDEO_V50_WATCH_TIME", "VIDEO_START"),
}
_LIFETIME = ("TOTAL_COMMENTS", "TOTAL_REACTIONS")
_LIFETIME_SINCE = "2023-03-20"
"""Older Pins have no lifetime metrics unless they are videos. Pinterest: Pin analytics."""

_ACCOUNT = (
    "ENGAGEMENT", "ENGAGEMENT_RATE", "IMPRESSION", "OUTBOUND_CLICK", "OUTBOUND_CLICK_RATE",
    "PIN_CLICK", "PIN_CLICK_RATE", "SAVE", "SAVE_RATE",
)  # fmt: skip
_TOP_VIDEO = (
    "IMPRESSION", "SAVE", "OUTBOUND_CLICK", "VIDEO_MRC_VIEW", "VIDEO_AVG_WATCH_TIME",
    "VIDEO_V50_WATCH_TIME", "QUARTILE_95_PERCENT_VIEW", "VIDEO_10S_VIEW", "VIDEO_START",
)  # fmt: skip
_OF_ALL = frozenset(
    {
        "IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE", "SAVE_RATE", "TOTAL_COMMENTS",
        "TOTAL_REACTIONS",
    }
)  # fmt: skip
_OF_IMAGES = _OF_ALL | {"USER_FOLLOW", "PROFILE_VISIT"}
_OF_VIDEOS = _OF_ALL.union(_TOP_VIDEO)

_WEEK = (100, 90, 95, 105, 110, 140, 150)
"""The course of a week, Monday first, in hundredths."""

_SHARES: Mapping[str, Mapping[str, int]] = {
    "APP_TYPE": {"MOBILE": 70, "TABLET": 10, "WEB": 20},
    "OWNED_CONTENT": {"CLAIMED": 35, "OTHER": 65},
    "SOURCE": {"YOUR_PINS": 60, "OTHER_PINS": 40},
    "PIN_FORMAT": {
        "ORGANIC_IMAGE": 50, "ORGANIC_PRODUCT": 10, "ORGANIC_VIDEO": 20, "ADS_STANDARD": 10,
        "ADS_PRODUCT": 4, "ADS_VIDEO": 4, "ADS_IDEA": 2,
    },
    "CONTENT_TYPE": {"ORGANIC": 80, "PAID": 20},
}  # fmt: skip
"""How each split divides the whole, in hundredths."""

_FILTERS: Mapping[str, str] = {
    "app_types": "APP_TYPE", "from_claimed_content": "OWNED_CONTENT", "source": "SOURCE",
    "pin_format": "PIN_FORMAT", "content_type": "CONTENT_TYPE",
}  # fmt: skip
"""Query parameters that leave one part of a split."""


class _Figures:
    """What is counted for one thing.

    Args:
        name: decides the figures.
        share: the part of it that is looked at, from 0 to 1.
    """

    def __init__(self, name: str, *, share: float = 1.0) -> None:
        self._name = name
        self._share = share

    def over(self, metrics: Iterable[str], weekdays: Mapping[int, int]) -> dict[str, float]:
        """The metrics over so many Mondays, Tuesdays and so on."""
        return _put_together(
            metrics,
            lambda metric: sum(
                int(_usual(self._name, metric) * self._share * _WEEK[day] / 100) * times
                for day, times in weekdays.items()
            ),
        )


class _Total:
    """What is counted for many Pins together.

    Args:
        pins: all of them.
    """

    def __init__(self, pins: Iterable[Pin]) -> None:
        self._pins = sorted((pin.created_at[:10], pin.id) for pin in pins)
        self._births = [born for born, _ in self._pins]
        self._usual: dict[str, list[int]] = {}
        self._so_far: dict[tuple[float, str, int], list[int]] = {}

    def over(
        self, share: float, metrics: Iterable[str], days: Sequence[dt.date]
    ) -> dict[str, float]:
        """The metrics over these days; a Pin counts from the day on that it was made.

        Args:
            share: the part that is looked at, from 0 to 1.
            metrics: which.
            days: which.
        """
        counts = [(day.weekday(), bisect_right(self._births, day.isoformat())) for day in days]
        return _put_together(
            metrics,
            lambda metric: sum(self._sums(share, metric, day)[count] for day, count in counts),
        )

    def _sums(self, share: float, metric: str, weekday: int) -> list[int]:
        """What the first Pin, the first two and so on have on such a day."""
        known = self._so_far.get((share, metric, weekday))
        if known is None:
            usual = self._usual.get(metric)
            if usual is None:
                usual = self._usual[metric] = [_usual(pin_id, metric) for _, pin_id in self._pins]
            course = _WEEK[weekday]
            each = [int(one * share * course / 100) for one in usual]
            known = self._so_far[share, metric, weekday] = list(accumulate(each, initial=0))
        return known


def _put_together(metrics: Iterable[str], counted: Callable[[str], float]) -> dict[str, float]:
    """The metrics, out of those that are counted."""

    def value(metric: str) -> float:
        if metric in _RATIOS:
            part, whole = (value(one) for one in _RATIOS[metric])
            return round(part / whole, 4) if whole else 0.0
        return sum(counted(one) for one in _SUMS.get(metric, (metric,)))

    return {metric: value(metric) for metric in metrics}


def _usual(name: str, metric: str) -> int:
    """What a Pin gets on an ordinary day; there is no click without an impression."""
    least = 100 if metric == "IMPRESSION" else 0
    return least + zlib.crc32(f"{name} {metric}".encode()) % (_DAILY[metric] + 1)


def of_account(call: ApiCall) -> Reply:
    """The account's figures by day and in sum, whole or split."""
    days = days_of(call)
    metrics = fields.query_list(call.query, "metric_types") or _ACCOUNT
    total = _Total(call.account.saved.pins.values())
    born = min(
        (board.created_at[:10] for board in call.account.saved.boards.values()), default="9999"
    )
    return Reply.json(
        {
            group: _told(
                call,
                days,
                metrics,
                partial(total.over, share),
                born=born,
                before="BEFORE_BUSINESS_CREATED",
            )
            for group, share in _groups(call).items()
        }
    )


def of_pin(call: ApiCall, pin: Pin, days: Sequence[dt.date]) -> dict[str, Any]:
    """One Pin's figures, by day, in sum and for its whole life."""
    metrics = fields.query_list(call.query, "metric_types")
    is_video = pin.media["media_type"] == "video"
    if unknown := set(metrics) - (_OF_VIDEOS if is_video else _OF_IMAGES):
        kind = "a video" if is_video else "no video"
        raise Refusal(
            400, 400, f"metric_types {', '.join(sorted(unknown))}: Pin {pin.id} is {kind}"
        )
    # Measured: what is counted over a Pin's life stands there alone.
    by_day = [metric for metric in metrics if metric not in _LIFETIME]
    born = pin.created_at[:10]
    lifetime: dict[str, float] = {}
    if is_video or born >= _LIFETIME_SINCE:
        age = max(1, (call.world.today() - dt.date.fromisoformat(born)).days)
        asked = [metric for metric in _LIFETIME if metric in metrics]
        lifetime = _Figures(pin.id).over(asked, {0: age})
    return {
        group: {
            **_told(
                call,
                days,
                by_day,
                partial(_of_days, _Figures(pin.id, share=share)),
                born=born,
                before="BEFORE_PIN_CREATED",
            ),
            "lifetime_metrics": lifetime,
        }
        for group, share in _groups(call).items()
    }


def top_pins(call: ApiCall) -> Reply:
    """The Pins that did best in these days."""
    return _top(call, _ACCOUNT, list(call.account.saved.pins.values()))


def top_video_pins(call: ApiCall) -> Reply:
    """The videos that did best in these days."""
    found = call.account.saved.pins.values()
    return _top(call, _TOP_VIDEO, [pin for pin in found if pin.media["media_type"] == "video"])


def _top(call: ApiCall, known: Sequence[str], found: Sequence[Pin]) -> Reply:
    days = days_of(call)
    metrics = fields.query_list(call.query, "metric_types") or known
    sort_by = call.query["sort_by"]
    today = call.world.today()
    last_n_days = call.query.get("created_in_last_n_days")
    since = (today - dt.timedelta(int(last_n_days))).isoformat() if last_n_days else ""
    share = _share(call)
    ready = [day for day in days if _status(call, day, "", "") != "PROCESSING"]
    by_birth: dict[str, Mapping[int, int]] = {}
    ranked: list[tuple[float, str, dict[str, float]]] = []
    for pin in found:
        born = pin.created_at[:10]
        if born < since or not ready or born > ready[-1].isoformat():
            continue
        born = max(born, ready[0].isoformat())
        if born not in by_birth:
            by_birth[born] = _weekdays(day for day in ready if day.isoformat() >= born)
        figures = _Figures(pin.id, share=share)
        weekdays = by_birth[born]
        score = figures.over((sort_by,), weekdays)[sort_by]
        ranked.append((score, pin.id, figures.over(metrics, weekdays)))
    ranked.sort(key=lambda one: one[:2], reverse=True)
    available = dt.datetime.combine(today - dt.timedelta(_LATE - 1), dt.time(), dt.UTC)
    return Reply.json(
        {
            "date_availability": {
                "latest_available_timestamp": int(available.timestamp()) * 1000,
                "is_realtime": False,
            },
            "pins": [
                {
                    "pin_id": pin_id,
                    "metrics": counted,
                    "data_status": dict.fromkeys(counted, "READY"),
                }
                for _, pin_id, counted in ranked[: int(call.query.get("num_of_pins", "10"))]
            ],
            "sort_by": sort_by,
        }
    )


def _told(
    call: ApiCall,
    days: Sequence[dt.date],
    metrics: Sequence[str],
    over: Callable[[Sequence[str], Sequence[dt.date]], dict[str, float]],
    *,
    born: str,
    before: str,
) -> dict[str, Any]:
    """The figures of each day, and in sum.

    Captured: a day that is still worked on has 0.0 for each metric, one before there was anything
    has no metric at all.
    """
    daily: list[dict[str, Any]] = []
    counted: list[dt.date] = []
    for day in days:
        status = _status(call, day, born, before)
        here: dict[str, float] = {}
        if status == "PROCESSING":
            here = dict.fromkeys(metrics, 0.0)
        elif status in {"READY", "ESTIMATE"}:
            counted.append(day)
            here = over(metrics, [day])
        daily.append({"date": day.isoformat(), "data_status": status, "metrics": here})
    return {
        "daily_metrics": daily,
        "summary_metrics": over(metrics, counted),
    }


def _of_days(
    figures: _Figures, metrics: Sequence[str], days: Sequence[dt.date]
) -> dict[str, float]:
    return figures.over(metrics, _weekdays(days))


def _status(call: ApiCall, day: dt.date, born: str, before: str) -> str:
    if day.isoformat() < born:
        return before
    age = (call.world.today() - day).days
    return "PROCESSING" if age < _LATE else "ESTIMATE" if age == _LATE else "READY"


def days_of(call: ApiCall) -> list[dt.date]:
    """The days that are asked for.

    Raises:
        Refusal: 400 code 1, as measured, for more than 90 of them, or for days further back.
    """
    begin, end = fields.days(call.query)
    beyond = partial(MeasuredRefusal, 400, 1)
    check_range(call, begin, end, back=_BACK_MAX, wide=_BACK_MAX, beyond=beyond)
    return [begin + dt.timedelta(number) for number in range((end - begin).days + 1)]


def _weekdays(days: Iterable[dt.date]) -> Mapping[int, int]:
    return Counter(day.weekday() for day in days)


def _groups(call: ApiCall) -> dict[str, float]:
    """The names of the groups that the response is split into, and the share of each."""
    whole = _share(call)
    parts = _SHARES.get(call.query.get("split_field", ""))
    if parts is None:
        return {"all": whole}
    return {name: whole * part / 100 for name, part in parts.items()}


def _share(call: ApiCall) -> float:
    """What the filters leave of the whole."""
    share = 1.0
    for name, split in _FILTERS.items():
        share *= _SHARES[split].get(call.query.get(name, ""), 100) / 100
    return share
