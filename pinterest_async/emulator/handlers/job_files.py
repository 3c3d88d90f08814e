"""What the finished files of jobs hold, and what may be asked of them."""

from __future__ import annotations

import csv
import datetime as dt
import io
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from pinterest_async.emulator.handlers import ads_rows, catalog_feeds
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal, bad_parameter
from pinterest_async.emulator.state.files import File
from pinterest_async.emulator.state.leads import KEPT, leads_of
from pinterest_async.operations import report_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pinterest_async.emulator.http.call import ApiCall
    from pinterest_async.emulator.state.leads import Lead
    from pinterest_async.emulator.state.store import EntityStores, Record
    from pinterest_async.emulator.state.work import Job

_BULK_TYPES: Mapping[str, str] = {
    "CAMPAIGN": "campaigns",
    "AD_GROUP": "ad_groups",
    "AD": "ads",
    "KEYWORD": "keywords",
    "PRODUCT_GROUP": "product_group_promotions",
    "LABEL": "labels",
    "SCHEDULE": "schedules",
}
_PARENTS: Mapping[str, str] = {"campaign_id": "campaigns", "ad_group_id": "ad_groups"}
_COLUMNS = frozenset(report_columns.COLUMNS)
_ONLY_AT: Mapping[str, str] = {
    "AUDIENCE_MULTIPLIER": "CAMPAIGN_TARGETING",
    "MEDIA_TYPE": "PRODUCT_ITEM_TARGETING",
}
"""Kinds of target that one level alone is split by."""
_RANGED = frozenset(
    {
        "analytics/create_report", "analytics/create_mmm_report",
        "analytics/create_conversion_product_report",
    }
)  # fmt: skip


def check(call: ApiCall) -> None:
    """See whether a report may be had as it is asked for.

    Raises:
        Refusal: 400 code 400 for days that are too many or too long ago, for columns that the level
            does not have, and filters that do not go with it. Pinterest: the description of the
            report operations.
    """
    if call.operation.id == "leads_export/create":
        _check_leads(call)
    if call.operation.id not in _RANGED:
        return
    body = fields.fields(call.body)
    level, granularity = str(body.get("level", "")), str(body.get("granularity"))
    bounds = report_columns.range_of(level, granularity)
    ads_rows.check_range(call, *_days(body), back=bounds.back, wide=bounds.wide)
    if call.operation.id == "analytics/create_report":
        _check_columns(body["columns"], level, granularity)
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
    return File(_name(job, "json"), msgspec.json.encode(grouped), "application/json")


def _with_zeros(
    job: Job, asked: Mapping[str, Any], level: str, found: Iterable[Mapping[str, Any]]
) -> File:
    """The table of a report: what is 0 stands there, as it does not in JSON."""
    columns: list[str] = list(asked["columns"])
    keys = report_columns.key_of(level, str(asked.get("granularity", "DAY")))
    own = ["KEYWORD"] if level == "KEYWORD" else []
    figures = (one for one in columns if report_columns.column_type(one) != "text")
    zeros = dict.fromkeys(figures, 0)
    return _table(job, [*keys, *own, *columns], ({**zeros, **row} for row in found))


def _asked(call: ApiCall, job: Job) -> Mapping[str, Any]:
    """What a report is to hold, with that of the template that it is started from."""
    template: Mapping[str, Any] = {}
    if job.template_id:
        found = call.account.stores.store("templates", job.ad_account_id).get(job.template_id)
        kept: Mapping[str, Any] = found or {}
        week = _last_week(call)
        template = {
            "level": kept.get("report_level"),
            "columns": kept.get("columns"),
            "granularity": kept.get("granularity"),
            "report_format": kept.get("report_format"),
            "start_date": week[0].isoformat(),
            "end_date": week[1].isoformat(),
        }
    said = {**template, **job.asked}
    return {**said, "columns": said.get("columns") or ("SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1")}


def _report_rows(
    call: ApiCall, job: Job, asked: Mapping[str, Any], level: str, id_column: str
) -> Iterator[dict[str, Any]]:
    begin, end = _days(asked)
    question = ads_rows.Question(
        columns=list(asked["columns"]),
        granularity=str(asked.get("granularity", "DAY")),
        begin=begin,
        end=end,
        today=ads_rows.today(call),
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
    begin, end = _days(job.asked)
    question = ads_rows.Question(
        columns=columns,
        granularity=str(job.asked["granularity"]),
        begin=begin,
        end=end,
        today=ads_rows.today(call),
    )
    found = ads_rows.rows(one, "ADVERTISER_ID", question)
    return _table(job, ["ADVERTISER_ID", "DATE", *columns], found)


def bulk(call: ApiCall, job: Job) -> File:
    """The entities of an ad account, or what became of a bulk write, in JSON or CSV."""
    asked = job.asked
    if job.outcome is not None:
        return File(_name(job, "json"), msgspec.json.encode(job.outcome), "application/json")
    wanted = asked.get("entity_types") or list(_BULK_TYPES)
    found: dict[str, list[Record]] = {
        kind: list(_bulk_records(call, job, _BULK_TYPES[kind]))
        for kind in wanted
        if kind in _BULK_TYPES
    }
    if "ENTITY_HISTORY" in wanted:
        found["ENTITY_HISTORY"] = [
            {"entity_id": one["id"], "entity_type": kind, "updated_time": _changed(one)}
            for kind in ("CAMPAIGN", "AD_GROUP", "AD")
            for one in _bulk_records(call, job, _BULK_TYPES[kind])
        ]
    if asked.get("output_format") == "CSV":
        lines = [{"ENTITY": kind, **one} for kind, several in found.items() for one in several]
        columns = sorted({name for line in lines for name in line} - {"ENTITY"})
        return _table(job, ["ENTITY", *columns], lines)
    return File(_name(job, "json"), msgspec.json.encode(found), "application/json")


def _bulk_records(call: ApiCall, job: Job, entity_type: str) -> Iterator[Record]:
    """The entities that a bulk download is for: those named, with all inside, changed since."""
    stores = call.account.stores
    ids = frozenset(job.asked.get("entity_ids", ()))
    since = int(job.asked.get("updated_since", 0))
    for one in stores.store(entity_type, job.ad_account_id):
        # What carries no time cannot be told to be old.
        is_new = _changed(one) is None or float(_changed(one)) >= since
        if is_new and (not ids or ids.intersection(_family(stores, job.ad_account_id, one))):
            yield one


def _changed(one: Record) -> Any:
    return one.get("updated_time")


def _family(stores: EntityStores, ad_account_id: str, one: Record) -> Iterator[str]:
    """The ids of an entity and of what it is in."""
    yield str(one.get("id", one.get("schedule_id")))
    for member, entity_type in _PARENTS.items():
        parent = stores.store(entity_type, ad_account_id).get(one.get(member))
        if parent is not None:
            yield from _family(stores, ad_account_id, parent)
    if "parent_id" in one:
        yield str(one["parent_id"])


def catalog_report(call: ApiCall, job: Job) -> File:
    """A table of what is wrong with a feed or a catalog, or of all its items."""
    asked = fields.fields(job.asked["report"])
    if asked["report_type"] == "ALL_ITEMS":
        catalog = asked.get("catalog_id")
        items = call.account.catalogs.items.kept.values()
        lines = [
            {"item_id": item.key, "catalog_id": item.catalog_id, **item.attributes}
            for item in items
            if catalog in (None, item.catalog_id)
        ]
        return _table(job, ["item_id", "catalog_id", "title", "price", "availability"], lines)
    columns = ["code", "code_label", "message", "occurrences", "severity"]
    return _table(job, columns, catalog_feeds.stats(call.account, asked))


def leads(call: ApiCall, job: Job) -> File:
    """A table of those who filled in the form of an ad on some days, those of tests among them.

    What the real table's columns are called is not published.
    """
    ad_id = job.asked["ad_id"]
    stores, account_id = call.account.stores, job.ad_account_id
    form_id = str((stores.store("ads", account_id).get(ad_id) or {}).get("lead_form_id"))
    form = stores.store("lead_forms", account_id).get(form_id) or {}
    questions: list[dict[str, Any]] = form.get("questions") or []
    names = [
        str(one.get("custom_question_label") or one["question_type"]).lower() for one in questions
    ]
    lines = [
        {
            "lead_id": one.lead_id,
            "created_time": int(one.created.timestamp()),
            "ad_id": ad_id,
            "lead_form_id": form_id,
            **dict(zip(names, one.answers, strict=False)),
        }
        for one in _leads(call, job, form_id, questions)
    ]
    return _table(job, ["lead_id", "created_time", "ad_id", "lead_form_id", *names], lines)


def _leads(
    call: ApiCall, job: Job, form_id: str, questions: Sequence[Mapping[str, Any]]
) -> Iterator[Lead]:
    """The leads of an ad, from the days that are asked for and not yet too long ago."""
    now = dt.datetime.fromtimestamp(call.world.clock(), dt.UTC)
    begin, end = _days(job.asked)
    day = max(begin, (now - KEPT).date())
    tests = call.account.advertising.test_leads.get((job.ad_account_id, form_id), ())
    while questions and day <= min(end, now.date()):
        came = list(leads_of(job.asked["ad_id"], day, questions))
        came += [one for one in tests if one.created.date() == day]
        yield from (one for one in came if now - KEPT <= one.created <= now)
        day += dt.timedelta(1)


def _check_leads(call: ApiCall) -> None:
    body = fields.fields(call.body)
    begin, end = _days(body)
    if end < begin:
        raise Refusal(400, 400, "end_date is before start_date.")
    if call.account.stores.store("ads", call.path["ad_account_id"]).get(body["ad_id"]) is None:
        raise Refusal(400, 400, "The ad does not belong to this ad account.")


def _table(job: Job, columns: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> File:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(columns)), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(lines)
    return File(_name(job, "csv"), text.getvalue().encode(), "text/csv")


def _name(job: Job, extension: str) -> str:
    return f"{job.name.rpartition('/')[2].rstrip('=')}.{extension}"


def _days(asked: Mapping[str, Any]) -> tuple[dt.date, dt.date]:
    """The first and the last day.

    Raises:
        Refusal: 400 code 1: a text that is no day.
    """
    try:
        begin, end = (dt.date.fromisoformat(asked[name]) for name in ("start_date", "end_date"))
    except ValueError as error:
        raise bad_parameter(f"start_date or end_date: {error}") from None
    return begin, end


def _last_week(call: ApiCall) -> tuple[dt.date, dt.date]:
    today = dt.datetime.fromtimestamp(call.world.clock(), dt.UTC).date()
    return today - dt.timedelta(days=7), today - dt.timedelta(days=1)
