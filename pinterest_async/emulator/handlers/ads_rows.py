"""The rows of ads analytics and of reports: the story of the ads, summed up at a level."""

from __future__ import annotations

import datetime as dt
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import targeting
from pinterest_async.emulator.http.call import ApiCall, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.emulator.state.ads_figures import Share, Windows, column, count, shares
from pinterest_async.operations.report_columns import column_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pinterest_async.emulator.state.store import EntityStores, Record

BACK_MAX = 90
"""Days that the synchronous operations reach back, and that they span."""

HOURLY_BACK_MAX = 8
"""The same for hours."""

ITEMS = 3
"""Product items of each product group."""

SUMMARIES: Mapping[str, str] = {"ACTIVE": "RUNNING"}
"""The status of a campaign or an ad group in the words of reports, where they differ."""
AD_SUMMARIES: Mapping[str, str] = {"ACTIVE": "APPROVED"}
"""The same of an ad."""

_SPLITS: Mapping[str, tuple[str, ...]] = {
    **{kind: tuple(options) for kind, options in targeting.OPTIONS.items()},
    "AGE_BUCKET_AND_GENDER": ("18-24 female", "18-24 male", "25-34 female", "25-34 male"),
    "COUNTRY": tuple(targeting.COUNTRIES),
    "CREATIVE_ENHANCEMENTS": ("NONE", "IMAGE_RESIZING"),
    "FEED_TYPE": ("home", "search"),
    "KEYWORD": ("plum cake", "rye bread", "linen dress"),
    "MEDIA_TYPE": ("IMAGE", "VIDEO"),
    "PINNER_INTEREST": tuple(targeting.INTERESTS)[4:8],
    "PLACEMENT": ("BROWSE", "SEARCH"),
    "REGION": ("US-CA", "US-NY", "US-TX"),
    "TARGETED_INTEREST": tuple(targeting.INTERESTS)[:4],
    "AUDIENCE_INCLUDE": ("INCLUDED", "OTHERS"),
}
"""The values that figures are split by."""

ID_COLUMNS: Mapping[str, str] = {
    "ADVERTISER": "AD_ACCOUNT_ID",
    "CAMPAIGN": "CAMPAIGN_ID",
    "AD_GROUP": "AD_GROUP_ID",
    "PIN_PROMOTION": "AD_ID",
    "PIN": "PIN_ID",
    "PRODUCT_GROUP": "PRODUCT_GROUP_ID",
}
"""The column of the id in the rows of a level; the parameter that chooses is named after it."""

_beyond = partial(Refusal, 400, 400)


@dataclass(frozen=True)
class Subject:
    """What a row is about."""

    id: str
    ad_ids: tuple[str, ...]
    """The ads whose figures it has."""
    words: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The columns that are no figures."""
    share: Share | None = None
    """The part of those figures; None for all."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What rows are asked for."""

    columns: Sequence[str]
    granularity: str
    """`TOTAL`, `DAY`, `HOUR`, `WEEK` or `MONTH`; but for the first, rows are dated."""
    begin: dt.date
    end: dt.date
    today: dt.date
    windows: Windows = Windows()  # noqa: RUF009  # a tuple
    hours: tuple[int, int] = (0, 24)
    """The first hour of the first day, and the one after the last of the last."""


def answer(call: ApiCall, level: str) -> Reply:
    """Rows for the entities of a level that the request names, a day or another period each."""
    question = question_of(call)
    most = HOURLY_BACK_MAX if question.granularity == "HOUR" else BACK_MAX
    check_range(call, question.begin, question.end, back=most, wide=most)
    chosen = chosen_subjects(call, level)
    id_column = ID_COLUMNS[level]
    return Reply.json([row for one in chosen for row in rows(one, id_column, question)])


def question_of(call: ApiCall) -> Question:
    """What the query of ads analytics asks for."""
    begin, end = fields.days(call.query)
    return Question(
        columns=fields.query_list(call.query, "columns"),
        granularity=call.query["granularity"],
        begin=begin,
        end=end,
        today=call.world.today(),
        windows=windows(call.query),
    )


def chosen_subjects(call: ApiCall, level: str) -> list[Subject]:
    """Those of a level that the query names, in its order; all where it names none."""
    wanted = fields.query_list(call.query, f"{ID_COLUMNS[level].lower()}s")
    found = subjects(call.account.stores, call.path["ad_account_id"], level)
    by_id = {one.id: one for one in found}
    return [by_id[one] for one in wanted if one in by_id] if wanted else found


def windows(asked: Mapping[str, Any]) -> Windows:
    """The windows of conversions that a request names."""
    usual = Windows()
    return Windows(
        *(int(asked.get(f"{name}_window_days", getattr(usual, name))) for name in usual._fields)
    )


def check_range(
    call: ApiCall,
    begin: dt.date,
    end: dt.date,
    *,
    back: int,
    wide: int,
    beyond: Callable[[str], Refusal] = _beyond,
) -> None:
    """See whether a range of days is one that may be asked for.

    Args:
        call: of the request.
        begin: the first day.
        end: the last day.
        back: how many days ago the first may be.
        wide: how many days after the first the last may be.
        beyond: makes the refusal of a range that is too wide or too long ago.

    Raises:
        Refusal: that one, or 400 code 400 for days in the wrong order.
    """
    if end < begin:
        raise Refusal(400, 400, "Invalid request: end_date is before start_date")
    if (call.world.today() - begin).days > back:
        raise beyond(f"You can only get data from the last {back} days.")
    if (end - begin).days > wide:
        raise beyond(f"The range of dates is wider than {wide} days.")


# What there is at a level


def subjects(
    stores: EntityStores,
    ad_account_id: str,
    level: str,
    keep: Callable[[Record, Record, Record], bool] | None = None,
) -> list[Subject]:
    """What the rows of a level are about.

    Args:
        stores: of the account.
        ad_account_id: whose.
        level: of a report, without `_TARGETING`; or `PIN`.
        keep: which ads count, by campaign, ad group and ad; None for all.
    """
    groups = {str(one["id"]): one for one in stores.store("ad_groups", ad_account_id)}
    campaigns = {str(one["id"]): one for one in stores.store("campaigns", ad_account_id)}
    account = {"ADVERTISER_ID": ad_account_id, "AD_ACCOUNT_ID": ad_account_id}
    ids: defaultdict[str, list[str]] = defaultdict(list)
    words: dict[str, dict[str, Any]] = {}
    for ad in stores.store("ads", ad_account_id):
        group = groups.get(str(ad.get("ad_group_id")), {})
        campaign = campaigns.get(str(group.get("campaign_id")), {})
        if keep is not None and not keep(campaign, group, ad):
            continue
        one, said = _place(level, ad_account_id, campaign, group, ad)
        ids[one].append(str(ad["id"]))
        words.setdefault(one, {**account, **said})
    if level in _INSIDE:
        return _inside(stores, ad_account_id, level, ids, words)
    return [Subject(one, tuple(ads), words[one]) for one, ads in ids.items()]


def _place(
    level: str, ad_account_id: str, campaign: Record, group: Record, ad: Record
) -> tuple[str, dict[str, Any]]:
    """The row that an ad's figures belong to, and the words of it."""
    if level == "ADVERTISER":
        return ad_account_id, {}
    said = {
        "CAMPAIGN": campaign.get("name"),
        **_words("CAMPAIGN", campaign, SUMMARIES),
        "CAMPAIGN_OBJECTIVE_TYPE": campaign.get("objective_type"),
        "CAMPAIGN_DAILY_SPEND_CAP": campaign.get("daily_spend_cap"),
        "CAMPAIGN_LIFETIME_SPEND_CAP": campaign.get("lifetime_spend_cap"),
        "ORDER_LINE_ID": campaign.get("order_line_id"),
    }
    if level == "CAMPAIGN":
        return str(campaign.get("id")), said
    said |= _words("AD_GROUP", group, SUMMARIES)
    if level not in {"PIN_PROMOTION", "PIN"}:
        return str(group.get("id")), said
    said |= _words("AD", ad, AD_SUMMARIES) | _words("PIN_PROMOTION", ad, AD_SUMMARIES)
    said["PIN_ID"] = ad.get("pin_id")
    return str(ad["id" if level == "PIN_PROMOTION" else "pin_id"]), said


def _words(prefix: str, one: Record, summaries: Mapping[str, str]) -> dict[str, Any]:
    status = str(one.get("status"))
    return {
        f"{prefix}_ID": one.get("id"),
        f"{prefix}_NAME": one.get("name"),
        f"{prefix}_STATUS": summaries.get(status, status),
        f"{prefix}_ENTITY_STATUS": status,
    }


_INSIDE: Mapping[str, tuple[str, str]] = {
    "KEYWORD": ("keywords", "parent_id"),
    "PRODUCT_GROUP": ("product_group_promotions", "ad_group_id"),
    "PRODUCT_ITEM": ("product_group_promotions", "ad_group_id"),
}
"""Levels that share the figures of ad groups out: what among, and the member with the ad group."""


def _inside(
    stores: EntityStores,
    ad_account_id: str,
    level: str,
    ids: Mapping[str, Sequence[str]],
    words: Mapping[str, Mapping[str, Any]],
) -> list[Subject]:
    """Keywords, product groups or items, with a share each of what their ad group has."""
    entity_type, member = _INSIDE[level]
    by_group: defaultdict[str, list[Record]] = defaultdict(list)
    for one in stores.store(entity_type, ad_account_id):
        by_group[str(one[member])].append(one)
    found: list[Subject] = []
    for group, ads in ids.items():
        members = by_group[group]
        for one, share in zip(members, shares(len(members)), strict=True):
            said = {**words[group], **_member_words(level, one)}
            if level == "PRODUCT_ITEM":
                found += _items(one, tuple(ads), said, share)
            else:
                found.append(Subject(str(one["id"]), tuple(ads), said, share))
    return found


def _member_words(level: str, one: Record) -> dict[str, Any]:
    if level == "KEYWORD":
        return {"KEYWORD": one.get("value")}
    return {"PRODUCT_GROUP_ID": one["id"], "PRODUCT_GROUP_STATUS": one.get("status")}


def _items(
    group: Record, ad_ids: tuple[str, ...], said: Mapping[str, Any], share: Share
) -> Iterator[Subject]:
    """The items of a product group; their shares are together that of the group."""
    width = share.high - share.low
    for number in range(ITEMS):
        low = share.low * ITEMS + width * number
        yield Subject(
            str(int(group["id"]) + number + 1),
            ad_ids,
            {**said, "PRODUCT_ITEM_NAME": f"Item {number + 1} of {group['id']}"},
            Share(low, low + width, share.scale * ITEMS),
        )


# Rows


def rows(
    subject: Subject, id_column: str, question: Question, split: Share | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of one subject. What is 0 is left out of a row, and a row of nothing else as well.

    Args:
        subject: what they are about.
        id_column: the column of its id.
        question: what is asked for.
        split: the part of its figures that is meant; None for all.
    """
    figures = [name for name in question.columns if column_type(name) != "text"]
    words = {
        name: said
        for name in question.columns
        if column_type(name) == "text" and (said := _word(subject, name)) is not None
    }
    moments = _moments(question.granularity, question.begin, question.end, question.hours)
    for moment, days, hours in moments:
        row: dict[str, Any] = {id_column: subject.id}
        if moment:
            row["DATE"] = moment
        cuts = [cut for cut in (subject.share, split, hours) if cut is not None]
        values = _values(subject.ad_ids, figures, question, days, cuts)
        if values or not figures:
            yield {**row, **{name: said for name, said in words.items() if name not in row}} | {
                name: value for name, value in values.items() if name not in row
            }


def split_rows(
    subject: Subject, id_column: str, question: Question, kinds: Iterable[str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The rows of one subject by target: the kind, the value, and the part that it has."""
    for kind in kinds:
        values = _SPLITS.get(kind, ("",))
        for value, share in zip(values, shares(len(values)), strict=True):
            for row in rows(subject, id_column, question, share):
                yield kind, value, row


def _word(subject: Subject, name: str) -> Any:
    if name in subject.words:
        said = subject.words[name]
        return str(said) if name.endswith("_ID") and said is not None else said
    return str(zlib.crc32(f"{subject.id} {name}".encode()))


def _values(
    ad_ids: Sequence[str],
    names: Iterable[str],
    question: Question,
    days: Sequence[dt.date],
    cuts: Sequence[Share],
) -> dict[str, float]:
    """The figures of these days that are not 0."""
    known: dict[str, int] = {}

    def part(name: str) -> int:
        if name not in known:
            known[name] = sum(
                _cut(count(ad, day.toordinal(), name, age, question.windows), cuts)
                for day in days
                for age in ((question.today - day).days,)
                for ad in ad_ids
            )
        return known[name]

    values: dict[str, float] = {}
    for name in names:
        made = column(name)
        value: float = sum(part(one) * times for one, times in made.parts)
        if made.by:
            under = sum(part(one) * times for one, times in made.by)
            value = round(value / under * made.factor, 6) if under else 0.0
        elif made.factor:
            value = round(value * made.factor, 6)
        if value:
            values[name] = value
    return values


def _cut(number: int, cuts: Sequence[Share]) -> int:
    for cut in cuts:
        number = cut.of(number)
    return number


@lru_cache(maxsize=64)
def _moments(
    granularity: str, begin: dt.date, end: dt.date, hours: tuple[int, int]
) -> list[tuple[str, list[dt.date], Share | None]]:
    """What rows are dated, with the days and the part of them that each counts."""
    days = [begin + dt.timedelta(number) for number in range((end - begin).days + 1)]
    if granularity == "TOTAL":
        return [("", days, None)]
    if granularity == "HOUR":
        return list(_hours(days, hours))
    periods: list[list[dt.date]] = []
    for day in days:
        if not periods or _begins(granularity, day):
            periods.append([])
        periods[-1].append(day)
    return [(period[0].isoformat(), period, None) for period in periods]


def _begins(granularity: str, day: dt.date) -> bool:
    return {"DAY": True, "WEEK": day.weekday() == 0, "MONTH": day.day == 1}[granularity]


def _hours(
    days: Sequence[dt.date], hours: tuple[int, int]
) -> Iterator[tuple[str, list[dt.date], Share | None]]:
    parts = shares(24)
    for day in days:
        first = hours[0] if day == days[0] else 0
        last = hours[1] if day == days[-1] else 24
        for hour in range(first, last):
            yield f"{day.isoformat()}T{hour:02}:00:00", [day], parts[hour]
