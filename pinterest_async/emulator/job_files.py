"""What the finished files of jobs hold, and what may be asked of them."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING, Any

import msgspec

from pinterest_async.emulator import ads_rows, checks, feeds
from pinterest_async.emulator.downloads import File
from pinterest_async.emulator.refusals import bad_parameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinterest_async.emulator.call import Call
    from pinterest_async.emulator.jobs import Job
    from pinterest_async.emulator.shelves import Record

_LEVELS: Mapping[str, tuple[str, str]] = {
    "ADVERTISER": ("", "ADVERTISER_ID"),
    "CAMPAIGN": ("campaigns", "CAMPAIGN_ID"),
    "AD_GROUP": ("ad_groups", "AD_GROUP_ID"),
    "PIN_PROMOTION": ("ads", "PIN_PROMOTION_ID"),
    "PRODUCT_GROUP": ("product_group_promotions", "PRODUCT_GROUP_ID"),
}
"""The level of a report to the family it counts and the column of the id."""

_WANTED = (
    ("campaign_ids", "campaigns"),
    ("ad_group_ids", "ad_groups"),
    ("ad_ids", "ads"),
    ("product_group_ids", "product_group_promotions"),
)
_BULK_FAMILIES: Mapping[str, str] = {
    "CAMPAIGN": "campaigns",
    "AD_GROUP": "ad_groups",
    "AD": "ads",
    "KEYWORD": "keywords",
    "PRODUCT_GROUP": "product_group_promotions",
    "LABEL": "labels",
    "SCHEDULE": "schedules",
}
_RANGED = frozenset(
    {
        "analytics/create_report", "analytics/create_mmm_report",
        "analytics/create_conversion_product_report",
    }
)  # fmt: skip


def check(call: Call) -> None:
    """See whether a report may be had for the days that are asked for.

    Raises:
        Refusal: 400 code 400. Pinterest: the description of the report operations.
    """
    if call.operation.id not in _RANGED:
        return
    body = checks.fields(call.body)
    back, wide = 914, 186
    if body.get("granularity") == "HOUR":
        back, wide = 8, 3
    elif body.get("level") == "PRODUCT_ITEM":
        back, wide = 92, 31
    ads_rows.check_range(call, *_days(body), back=back, wide=wide)


def ads_report(call: Call, job: Job) -> File:
    """Rows by entity: an object of lists in JSON, or a table in CSV."""
    asked = job.asked
    family, column = _LEVELS.get(
        str(asked.get("level")).removesuffix("_TARGETING"), ("", "ADVERTISER_ID")
    )
    ids = [job.place]
    if family:
        wanted = (asked.get(name, ()) for name, other in _WANTED if other == family)
        chosen = next(wanted, ())
        shelf = call.account.shelves.shelf(family, job.place)
        ids = [str(one["id"]) for one in shelf if not chosen or one["id"] in chosen]
    columns: list[str] = list(asked.get("columns", ("SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1")))
    days = _days(asked) if "start_date" in asked else _last_week(call)
    granularity = str(asked.get("granularity", "DAY"))
    found = ads_rows.rows(ids, column, columns, granularity, *days)
    if asked.get("report_format") == "CSV":
        return _table(job, [column, "DATE", *columns], found)
    by_entity: dict[str, list[Any]] = {one: [] for one in ids}
    for row in found:
        by_entity[row[column]].append(row)
    return File(_name(job, "json"), msgspec.json.encode(by_entity), "application/json")


def mmm_report(_call: Call, job: Job) -> File:
    """A table: one line a day (or week) and targeting type."""
    columns = list(job.asked["columns"])
    granularity = str(job.asked["granularity"])
    found = ads_rows.rows([job.place], "ADVERTISER_ID", columns, granularity, *_days(job.asked))
    return _table(job, ["ADVERTISER_ID", "DATE", *columns], found)


def bulk(call: Call, job: Job) -> File:
    """The entities of an ad account, or what became of a bulk write, in JSON or CSV."""
    asked = job.asked
    if job.outcome is not None:
        return File(_name(job, "json"), msgspec.json.encode(job.outcome), "application/json")
    wanted = asked.get("entity_types") or list(_BULK_FAMILIES)
    ids = frozenset(asked.get("entity_ids", ()))
    found: dict[str, list[Record]] = {
        kind: [
            one
            for one in call.account.shelves.shelf(_BULK_FAMILIES[kind], job.place)
            if not ids or one["id"] in ids
        ]
        for kind in wanted
        if kind in _BULK_FAMILIES
    }
    if asked.get("output_format") == "CSV":
        lines = [{"ENTITY": kind, **one} for kind, several in found.items() for one in several]
        columns = sorted({name for line in lines for name in line} - {"ENTITY"})
        return _table(job, ["ENTITY", *columns], lines)
    return File(_name(job, "json"), msgspec.json.encode(found), "application/json")


def catalog_report(call: Call, job: Job) -> File:
    """A table of what is wrong with a feed or a catalog, or of all its items."""
    asked = checks.fields(job.asked["report"])
    if asked["report_type"] == "ALL_ITEMS":
        catalog = asked.get("catalog_id")
        items = call.account.items.kept.values()
        lines = [
            {"item_id": item.key, "catalog_id": item.catalog_id, **item.attributes}
            for item in items
            if catalog in (None, item.catalog_id)
        ]
        return _table(job, ["item_id", "catalog_id", "title", "price", "availability"], lines)
    columns = ["code", "code_label", "message", "occurrences", "severity"]
    return _table(job, columns, feeds.stats(call.account, asked))


def leads(call: Call, job: Job) -> File:
    """A table of those who filled in a form, with the answers of tests where the ad has a form."""
    ad_id = job.asked["ad_id"]
    lines: list[dict[str, Any]] = [
        {"lead_id": 10**6 + one, "ad_id": ad_id, "email": f"lead{one}@example.com"}
        for one in range(5)
    ]
    ad = call.account.shelves.shelf("ads", job.place).get(ad_id) or {}
    tests = call.account.test_leads.get((job.place, str(ad.get("lead_form_id"))), ())
    lines += [
        {"lead_id": 2 * 10**6 + number, "ad_id": ad_id, "answers": " | ".join(answers)}
        for number, answers in enumerate(tests)
    ]
    return _table(job, ["lead_id", "ad_id", "email", "answers"], lines)


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


def _last_week(call: Call) -> tuple[dt.date, dt.date]:
    today = dt.datetime.fromtimestamp(call.world.clock(), dt.UTC).date()
    return today - dt.timedelta(days=7), today - dt.timedelta(days=1)
