"""Reports of ads: what their files hold, and what may be asked of them."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import ads_rows, work
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.operations import report_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pinterest_async.emulator.http.call import ApiCall
    from pinterest_async.emulator.state.files import File
    from pinterest_async.emulator.state.store import Record
    from pinterest_async.emulator.state.work import Job

_COLUMNS = frozenset(report_columns.COLUMNS)
_ONLY_AT: Mapping[str, str] = {
    "AUDIENCE_MULTIPLIER": "CAMPAIGN_TARGETING",
    "MEDIA_TYPE": "PRODUCT_ITEM_TARGETING",
}
"""Kinds of target that one level alone is split by."""

_TEMPLATE_DAYS = report_columns.range_of("ADVERTISER", "DAY").back
"""How far back a template's report may begin, and how many days it may span beyond its first.

Pinterest: two years and a half, for both; that these are 914 days it says of other reports.
"""


def check_range(call: ApiCall) -> None:
    """See whether a report reaches no further than it may.

    Raises:
        Refusal: 400 code 400 for days that are too many or too long ago.
    """
    body = fields.fields(call.body)
    bounds = report_columns.range_of(str(body.get("level", "")), str(body.get("granularity")))
    ads_rows.check_range(call, *fields.days(body), back=bounds.back, wide=bounds.wide)


def check(call: ApiCall) -> None:
    """See whether a report may be had as it is asked for.

    Raises:
        Refusal: 400 code 400, beside that of `check_range`, for columns that the level does not
            have, and filters that do not go with it. Pinterest: the report operations.
    """
    if (
        "template_id" in call.path
    ):  # which says all but the days, and was looked at when it was made
        days = fields.days({**_last_week(call), **call.query})
        ads_rows.check_range(call, *days, back=_TEMPLATE_DAYS, wide=_TEMPLATE_DAYS)
        return
    check_range(call)
    body = fields.fields(call.body)
    level = str(body.get("level", ""))
    _check_columns(body["columns"], level, str(body.get("granularity")))
    _check_filters(body, level)


def _check_columns(columns: Sequence[str], level: str, granularity: str) -> None:
    unknown = [one for one in columns if one not in _COLUMNS]
    known = [one for one in columns if one in _COLUMNS]
    wrong = [*unknown, *report_columns.lacking(known, level, granularity)]
    if wrong:
        raise Refusal(400, 400, f"Columns {', '.join(wrong)} are not available.")


def _check_filters(body: Mapping[str, Any], level: str) -> None:
    kinds = set(body.get("targeting_types", ()))
    split = level.endswith(report_columns.TARGETING)
    if bool(kinds) != split:
        raise Refusal(400, 400, "targeting_types are for the levels that end in _TARGETING.")
    for kind, only in _ONLY_AT.items():
        if kind in kinds and level != only:
            raise Refusal(400, 400, f"targeting_types: {kind} is for {only} alone.")
    if level.startswith("PRODUCT_ITEM") and ("ad_ids" in body or "ad_statuses" in body):
        raise Refusal(400, 400, "ad_ids and ad_statuses are not allowed with PRODUCT_ITEM.")
    if body.get("granularity") != "HOUR" and ("start_hour" in body or "end_hour" in body):
        raise Refusal(400, 400, "start_hour and end_hour are for hourly reports.")


def ads_report(call: ApiCall, job: Job) -> File:
    """Rows of a level: an object of lists, by id or by date, or a table with zeros."""
    asked = _asked(call, job)
    level = str(asked.get("level", "ADVERTISER"))
    id_column = report_columns.key_of(level.removesuffix(report_columns.TARGETING), "TOTAL")[0]
    found = list(_report_rows(call, job, asked, level, id_column))
    if asked.get("primary_sort") == "BY_DATE":
        found.sort(key=lambda row: str(row.get("DATE", "")))
    if asked.get("report_format") == "CSV":
        return _with_zeros(job, asked, level, found)
    outer = "DATE" if asked.get("primary_sort") == "BY_DATE" else id_column
    grouped: dict[str, list[Any]] = {}
    for row in found:
        grouped.setdefault(str(row.get(outer, "")), []).append(row)
    return work.json_file(job, grouped)


def _with_zeros(
    job: Job, asked: Mapping[str, Any], level: str, found: Iterable[Mapping[str, Any]]
) -> File:
    """The table of a report: what is 0 stands there, as it does not in JSON."""
    columns: list[str] = list(asked["columns"])
    keys = report_columns.key_of(level, str(asked.get("granularity", "DAY")))
    own = ["KEYWORD"] if level == "KEYWORD" else []
    figures = (one for one in columns if report_columns.column_type(one) != "text")
    zeros = dict.fromkeys(figures, 0)
    return work.table(job, [*keys, *own, *columns], ({**zeros, **row} for row in found))


def _asked(call: ApiCall, job: Job) -> Mapping[str, Any]:
    """What a report is to hold, with that of the template that it is started from."""
    template: Mapping[str, Any] = {}
    if job.template_id:
        found = call.account.stores.store("templates", job.ad_account_id).get(job.template_id)
        kept: Mapping[str, Any] = found or {}
        template = {
            "level": kept.get("report_level"),
            "columns": kept.get("columns"),
            "granularity": kept.get("granularity"),
            "report_format": kept.get("report_format"),
            **_last_week(call),
        }
    said = {**template, **job.asked}
    return {**said, "columns": said.get("columns") or ("SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1")}


def _last_week(call: ApiCall) -> dict[str, str]:
    """The days of a template's report for which none are named."""
    today = call.world.today()
    return {
        "start_date": (today - dt.timedelta(days=7)).isoformat(),
        "end_date": (today - dt.timedelta(days=1)).isoformat(),
    }


def _report_rows(
    call: ApiCall, job: Job, asked: Mapping[str, Any], level: str, id_column: str
) -> Iterator[dict[str, Any]]:
    begin, end = fields.days(asked)
    question = ads_rows.Question(
        columns=list(asked["columns"]),
        granularity=str(asked.get("granularity", "DAY")),
        begin=begin,
        end=end,
        today=call.world.today(),
        windows=ads_rows.windows(asked),
        hours=(int(asked.get("start_hour", 0)), int(asked.get("end_hour", 24))),
    )
    bare = level.removesuffix(report_columns.TARGETING)
    keep = partial(_is_wanted, asked)
    for one in ads_rows.subjects(call.account.stores, job.ad_account_id, bare, keep):
        if not _is_chosen(asked, one, bare):
            continue
        beside = {"KEYWORD": one.words["KEYWORD"]} if bare == "KEYWORD" else {}
        if level == bare:
            made = (row | beside for row in ads_rows.rows(one, id_column, question))
        else:
            made = (
                {**row, "TARGETING_TYPE": kind, "TARGETING_VALUE": value}
                for kind, value, row in ads_rows.split_rows(
                    one, id_column, question, asked.get("targeting_types", ("GENDER",))
                )
            )
        yield from (row for row in made if _passes(asked.get("metrics_filters", ()), row))


def _is_wanted(asked: Mapping[str, Any], campaign: Record, group: Record, ad: Record) -> bool:
    """Whether the filters of a report leave an ad in it."""
    for name, one, summaries in (
        ("campaign", campaign, ads_rows.SUMMARIES),
        ("ad_group", group, ads_rows.SUMMARIES),
        ("ad", ad, ads_rows.AD_SUMMARIES),
    ):
        ids, statuses = asked.get(f"{name}_ids"), asked.get(f"{name}_statuses")
        status = str(one.get("status"))
        if ids and one.get("id") not in ids:
            return False
        if statuses and summaries.get(status, status) not in statuses:
            return False
    objectives = asked.get("campaign_objective_types")
    return not objectives or campaign.get("objective_type") in objectives


def _is_chosen(asked: Mapping[str, Any], one: ads_rows.Subject, level: str) -> bool:
    if level == "PRODUCT_ITEM" and asked.get("product_item_ids"):
        return one.id in asked["product_item_ids"]
    group = one.words.get("PRODUCT_GROUP_ID")
    status = str(one.words.get("PRODUCT_GROUP_STATUS"))
    ids, statuses = asked.get("product_group_ids"), asked.get("product_group_statuses")
    return (not ids or group in ids) and (
        not statuses or ads_rows.SUMMARIES.get(status, status) in statuses
    )


def _passes(filters: Iterable[Mapping[str, Any]], row: Mapping[str, Any]) -> bool:
    for one in filters:
        value, bound = float(row.get(one["field"], 0)), float(one["values"][0])
        if not (value < bound if one["operator"] == "LESS_THAN" else value > bound):
            return False
    return True


def mmm_report(call: ApiCall, job: Job) -> File:
    """A table: one line a day (or week) and targeting type."""
    columns = list(job.asked["columns"])
    (one,) = ads_rows.subjects(call.account.stores, job.ad_account_id, "ADVERTISER")
    begin, end = fields.days(job.asked)
    question = ads_rows.Question(
        columns=columns,
        granularity=str(job.asked["granularity"]),
        begin=begin,
        end=end,
        today=call.world.today(),
    )
    found = ads_rows.rows(one, "ADVERTISER_ID", question)
    return work.table(job, ["ADVERTISER_ID", "DATE", *columns], found)
