"""What a report is asked for in: checked before anything is sent, and cut to what one may cover.

- Days: at most 186 (3 by the hour, 31 of product items) in one report. Weeks and months stay whole;
  totals cannot be cut.
- Ids: 500 of a filter in one report; statuses: 6; kinds of target: 5. Ids and statuses are cut only
  where the rows of the parts cannot be of the same entity, as their figures would need to be added.
- Synchronous analytics are asked instead where one call does it: a list of up to 250 ids of the
  level itself (or the account as a whole), no further back than 90 days, not by the hour, not by
  target, no other filter, and columns that they have. A report takes three calls at least.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from itertools import product
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec

from pinterest_async.errors import InvalidRequest
from pinterest_async.jobs._days import check_order
from pinterest_async.jobs.ads.columns import asked_columns, check_columns, suggestion
from pinterest_async.models import enums
from pinterest_async.operations.report_columns import (
    GRANULARITIES,
    LEVELS,
    TARGETING,
    range_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WINDOWS: Final = (0, 1, 7, 14, 30, 60)
USUAL_WINDOWS: Final = {
    "click_window_days": 30,
    "engagement_window_days": 30,
    "view_window_days": 1,
}

_IDS: Final = 500
_STATUSES: Final = 6
_TARGETS: Final = 5
_SYNC_IDS: Final = 250
_SYNC_DAYS: Final = 90

_ONLY_AT: Final = {
    "AUDIENCE_MULTIPLIER": "CAMPAIGN_TARGETING",
    "MEDIA_TYPE": "PRODUCT_ITEM_TARGETING",
}
_RANK: Final = {
    "ADVERTISER": {""},
    "CAMPAIGN": {"campaign"},
    "AD_GROUP": {"campaign", "ad_group"},
    "PIN_PROMOTION": {"campaign", "ad_group", "ad"},
    "KEYWORD": {"campaign", "ad_group"},
    "PRODUCT_GROUP": {"campaign", "ad_group", "product_group"},
    "PRODUCT_ITEM": {"campaign", "ad_group", "product_group", "product_item"},
}
"""What a row of a level lies in as a whole, so that a filter on it can be cut."""
_OWN_IDS: Final = {
    "ADVERTISER": "",
    "CAMPAIGN": "campaign_ids",
    "AD_GROUP": "ad_group_ids",
    "PIN_PROMOTION": "ad_ids",
    "PRODUCT_GROUP": "product_group_ids",
}
"""Levels that synchronous analytics have, and the filter that names their rows."""


def _words(alias: object) -> Iterator[str]:
    for one in get_args(alias):
        if isinstance(one, str):
            yield one
        else:
            yield from _words(one)


_SYNC_COLUMNS: Final = frozenset(_words(enums.AdGroupGetAnalyticsColumn))
_TARGET_KINDS: Final = tuple(_words(enums.AdsAnalyticsCreateAsyncRequestTargetingType))


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, of each ad account."""

    level: str
    columns: tuple[str, ...]
    start: dt.date
    end: dt.date
    granularity: str
    filters: dict[str, tuple[str, ...]]
    """By the parameter: ids, statuses, objectives."""
    targeting_types: tuple[str, ...]
    options: dict[str, Any]
    """Other members of the request, as they are sent."""

    @property
    def windows(self) -> list[int]:
        """Days after an action in which a conversion counts, for each kind of action."""
        return [int(self.options.get(name, usual)) for name, usual in USUAL_WINDOWS.items()]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One report, or one call of synchronous analytics."""

    ad_account_id: str
    first: dt.date
    last: dt.date
    body: dict[str, Any]
    """The arguments of the method."""
    template_id: str = ""
    sync: bool = False

    @property
    def key(self) -> str:
        """What tells it from every other part, in this process and in the next."""
        packed = msgspec.json.encode(self, order="deterministic")
        return hashlib.sha256(packed).hexdigest()[:32]


def check(question: Question, today: dt.date) -> None:
    """See whether Pinterest will have this.

    Raises:
        InvalidRequest: it will not; the message says what would do.
    """
    _check_words(question)
    check_columns(question.columns, question.level, question.granularity)
    _check_targets(question)
    _check_filters(question)
    _check_options(question)
    _check_days(question, today)


def _check_words(question: Question) -> None:
    for name, word, known in (
        ("level", question.level, LEVELS),
        ("granularity", question.granularity, GRANULARITIES),
    ):
        if word not in known:
            said = suggestion(word, known) or f": one of {', '.join(known)}"
            raise InvalidRequest(f"there is no {name} {word!r}{said}")


def _check_targets(question: Question) -> None:
    kinds, level = question.targeting_types, question.level
    if bool(kinds) != level.endswith(TARGETING):
        other = level.removesuffix(TARGETING) if not kinds else f"{level}{TARGETING}"
        known = f"; ask at {other}" if other in LEVELS else ""
        needs = "goes with targeting_types" if not kinds else "has no targeting_types"
        raise InvalidRequest(f"level {level} {needs}{known}")
    for kind in kinds:
        if kind not in _TARGET_KINDS:
            raise InvalidRequest(
                f"there is no targeting type {kind!r}{suggestion(kind, _TARGET_KINDS)}"
            )
        if _ONLY_AT.get(kind, level) != level:
            raise InvalidRequest(f"targeting type {kind} is for level {_ONLY_AT[kind]} alone")
    if question.options.get("combine_targeting_types") and len(kinds) > _TARGETS:
        raise InvalidRequest(f"at most {_TARGETS} targeting types can be combined")


def _check_filters(question: Question) -> None:
    if question.level.startswith("PRODUCT_ITEM"):
        wrong = [
            name for name in question.filters if name.startswith("ad_") and "group" not in name
        ]
        if wrong:
            raise InvalidRequest(
                f"{' and '.join(wrong)}: reports of product items cannot be asked for by ad"
            )
    ranks = _RANK[question.level.removesuffix(TARGETING)]
    for name, values in question.filters.items():
        most = _most(name)
        if not values:
            raise InvalidRequest(f"{name} is empty: leave it out for all")
        if len(values) > most and _entity(name) not in ranks:
            raise InvalidRequest(
                f"{name} has {len(values)} values and a report takes {most}: at level "
                f"{question.level} the figures of several reports would have to be added; ask at "
                "the level that the filter is about"
            )


def _check_options(question: Question) -> None:
    for name in USUAL_WINDOWS:
        days = question.options.get(name, 0)
        if days not in WINDOWS:
            listed = ", ".join(map(str, WINDOWS))
            raise InvalidRequest(f"{name} must be one of {listed}, not {days!r}")
    for name in ("start_hour", "end_hour"):
        hour = question.options.get(name)
        if hour is not None and question.granularity != "HOUR":
            raise InvalidRequest(f"{name} goes with granularity HOUR alone")
        if hour is not None and not 0 <= hour <= 23:
            raise InvalidRequest(f"{name} must be from 0 to 23, not {hour}")


def _check_days(question: Question, today: dt.date) -> None:
    start, end, granularity = question.start, question.end, question.granularity
    check_order(start, end)
    bounds = range_of(question.level, granularity)
    earliest = today - dt.timedelta(bounds.back)
    what = f"{granularity} at level {question.level}"
    if start < earliest or end > today:
        raise InvalidRequest(
            f"Pinterest has {what} from {earliest} to {today} only, not from {start} to {end}"
        )
    days = (end - start).days + 1
    if granularity == "HOUR" and days > bounds.wide + 1:
        raise InvalidRequest(
            f"{days} days by the hour: a report has {bounds.wide + 1} at most; ask for fewer, or "
            "for DAY"
        )
    if granularity == "TOTAL" and days > bounds.wide + 1:
        raise InvalidRequest(
            f"a TOTAL over {days} days: a report has {bounds.wide + 1} at most and totals cannot "
            "be put together; ask for MONTH or DAY"
        )


def plan(
    question: Question, ad_account_ids: Sequence[str], today: dt.date, *, use_sync: bool
) -> list[Part]:
    """Cut a question that was checked into what Pinterest answers at once.

    Args:
        question: what is asked of each ad account.
        ad_account_ids: which.
        today: the present day, in UTC.
        use_sync: whether synchronous analytics may be asked where they are cheaper.
    """
    sync = use_sync and _is_cheaper_at_once(question, today)
    # The synchronous operations give the id of what they are about without being asked.
    columns = list(question.columns)
    if not sync:
        columns = asked_columns(columns, question.level, question.granularity)
    common: dict[str, Any] = {
        "level": question.level,
        "granularity": question.granularity,
        "columns": columns,
        **question.options,
    }
    kinds = list(_chunks(question.targeting_types, _TARGETS)) or [()]
    filters = list(_filters(question.filters))
    return [
        Part(
            ad_account_id=account,
            first=first,
            last=last,
            sync=sync,
            body={
                **common,
                "start_date": first.isoformat(),
                "end_date": last.isoformat(),
                **({"targeting_types": list(some)} if some else {}),
                **chosen,
            },
        )
        for account in ad_account_ids
        for first, last in _ranges(question)
        for some in kinds
        for chosen in filters
    ]


def _most(name: str) -> int:
    if name.endswith("_ids"):
        return _IDS
    return _STATUSES if name.endswith("_statuses") else 7


def _entity(name: str) -> str:
    """What a filter is about."""
    for ending in ("_ids", "_statuses", "_objective_types"):
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name


def _chunks(values: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    for begin in range(0, len(values), most):
        yield values[begin : begin + most]


def _filters(filters: Mapping[str, Sequence[str]]) -> Iterator[dict[str, list[str]]]:
    """Every combination of what each filter is cut into; one without filters for none."""
    cut = [list(_chunks(values, _most(name))) for name, values in filters.items()]
    for chosen in product(*cut):
        yield {name: list(some) for name, some in zip(filters, chosen, strict=True)}


def _ranges(question: Question) -> Iterator[tuple[dt.date, dt.date]]:
    """The days of each report; weeks and months are not cut through."""
    wide = range_of(question.level, question.granularity).wide
    # One day less than may be, as the ranges of others' programs have it: what counts as the range
    # of both days is not written down.
    step = wide if question.granularity in {"DAY", "WEEK", "MONTH"} else wide + 1
    first = question.start
    while first <= question.end:
        last = min(question.end, first + dt.timedelta(step - 1))
        if last < question.end:
            last = _period_end(question.granularity, first, last)
        yield first, last
        first = last + dt.timedelta(1)


def _period_end(granularity: str, first: dt.date, last: dt.date) -> dt.date:
    """The last day up to this one that a period ends with; that one where none does."""
    following = last + dt.timedelta(1)
    if granularity == "WEEK":
        following -= dt.timedelta(following.weekday())
    elif granularity == "MONTH":
        following = following.replace(day=1)
    return following - dt.timedelta(1) if following > first else last


def _is_cheaper_at_once(question: Question, today: dt.date) -> bool:
    own = _OWN_IDS.get(question.level)
    names = set(question.filters)
    ids = question.filters.get(own or "", ())
    return (
        own is not None
        and names == ({own} if own else set())
        and len(ids) <= _SYNC_IDS
        and question.granularity != "HOUR"
        and (today - question.start).days <= _SYNC_DAYS
        and _SYNC_COLUMNS.issuperset(question.columns)
        and set(question.options) <= {*USUAL_WINDOWS, "conversion_report_time"}
    )
