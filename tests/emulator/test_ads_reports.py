"""Ad reports: one story of the ads, told at every level, and what may be asked of it."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import ManualClock
from pinterest_async.operations.report_columns import COLUMNS, LEVELS, column_type, lacking
from tests.support.emulator_api import Api, small

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_769_904_000.0  # 2026-02-01
DAYS = {"start_date": "2026-01-25", "end_date": "2026-01-31"}
COUNTED = ["IMPRESSION_1", "CLICKTHROUGH_1", "SPEND_IN_MICRO_DOLLAR", "TOTAL_CHECKOUT"]
REPORT: dict[str, Any] = {**DAYS, "granularity": "DAY", "level": "CAMPAIGN", "columns": COUNTED}


@pytest.fixture
def clock() -> ManualClock:
    """The time."""
    return ManualClock(NOW)


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[Api]:
    """An emulator whose jobs take ten seconds."""
    async with small(enforce_limits=False, clock=clock, job_seconds=10) as one:
        yield one


@pytest.fixture
def reports(client: Api) -> str:
    """The path of the reports of an ad account."""
    return f"/ad_accounts/{client.emulator.ad_account_id}/reports"


async def rows_of(client: Api, clock: ManualClock, path: str, **asked: Any) -> list[dict[str, str]]:
    """The rows of a report in CSV."""
    started = await client.post(path, {**REPORT, "report_format": "CSV", **asked})
    assert started.status == 200, started.raw
    clock.advance(10)
    told = (await client.get(path, token=started.body["token"])).body
    async with client.session.get(told["url"]) as response:
        return list(csv.DictReader(io.StringIO(await response.text())))


def sums(rows: list[dict[str, str]]) -> Counter[str]:
    """What is counted over all rows."""
    total: Counter[str] = Counter()
    for row in rows:
        total.update({name: int(row[name]) for name in COUNTED if name in row})
    return total


def test_columns_are_those_of_the_description() -> None:
    """There are 626 names, none twice, of a type each; ids are text and money is whole."""
    assert len(COLUMNS) == len(set(COLUMNS)) == 626
    types = {name: column_type(name) for name in COLUMNS}
    assert {kind for name, kind in types.items() if name.endswith("_ID")} == {"text"}
    whole = ("SPEND_IN_MICRO_DOLLAR", "TOTAL_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "IMPRESSION_1")
    assert {types[name] for name in whole} == {"integer"}
    rates = ("CTR", "CPC_IN_MICRO_DOLLAR", "SPEND_IN_DOLLAR", "CHECKOUT_ROAS", "REPIN_RATE")
    assert {types[name] for name in rates} == {"number"}


@pytest.mark.parametrize("granularity", ["TOTAL", "WEEK", "MONTH", "HOUR"])
async def test_levels_agree(
    client: Api, clock: ManualClock, reports: str, granularity: str
) -> None:
    """The sums over account, campaigns, ad groups and ads are the same, whatever the period."""
    asked: dict[str, Any] = {"granularity": granularity}
    if granularity == "HOUR":
        asked |= {"start_date": "2026-01-29", "columns": COUNTED[:3]}
    daily = {**asked, "granularity": "DAY"}
    whole = sums(await rows_of(client, clock, reports, **daily, level="ADVERTISER"))
    for level in ("ADVERTISER", "CAMPAIGN", "AD_GROUP", "PIN_PROMOTION"):
        rows = await rows_of(client, clock, reports, **asked, level=level)
        assert sums(rows) == whole
        assert all(int(row["CLICKTHROUGH_1"]) <= int(row["IMPRESSION_1"]) for row in rows)
    assert whole["CLICKTHROUGH_1"] > 0


async def test_products_have_a_share_each(client: Api, clock: ManualClock, reports: str) -> None:
    """Items are together their groups; keywords and groups have a part of the account's figures."""
    days = {"start_date": "2026-01-25", "columns": COUNTED[:3]}
    whole = sums(await rows_of(client, clock, reports, **days, level="ADVERTISER"))
    groups = sums(await rows_of(client, clock, reports, **days, level="PRODUCT_GROUP"))
    items = sums(await rows_of(client, clock, reports, **days, level="PRODUCT_ITEM"))
    keywords = await rows_of(client, clock, reports, **days, level="KEYWORD")
    assert items == groups
    assert 0 < groups["IMPRESSION_1"] < whole["IMPRESSION_1"]
    assert 0 < sums(keywords)["IMPRESSION_1"] < whole["IMPRESSION_1"]
    assert all(row["KEYWORD_ID"] and row["KEYWORD"] for row in keywords)


@pytest.mark.parametrize("level", [one for one in LEVELS if one.endswith("_TARGETING")])
async def test_targets_are_together_the_whole(
    client: Api, clock: ManualClock, reports: str, level: str
) -> None:
    """The values of one kind of target add up to what the level has without a split."""
    plain = await rows_of(client, clock, reports, level=level.removesuffix("_TARGETING"))
    split = await rows_of(
        client, clock, reports, level=level, targeting_types=["GENDER", "PLACEMENT"]
    )
    for kind in ("GENDER", "PLACEMENT"):
        assert sums([row for row in split if row["TARGETING_TYPE"] == kind]) == sums(plain)
    assert all(row["TARGETING_VALUE"] for row in split)


async def test_json_comes_by_id_or_by_date(client: Api, clock: ManualClock, reports: str) -> None:
    """The outer key is the id or the date; what is 0 is left out, as rows of zeros alone are."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for sort in ("BY_ID", "BY_DATE"):
        asked = {**REPORT, "level": "PIN_PROMOTION", "primary_sort": sort}
        started = await client.post(reports, asked)
        clock.advance(10)
        told = (await client.get(reports, token=started.body["token"])).body
        async with client.session.get(told["url"]) as response:
            found[sort] = json.loads(await response.read())
    rows = [row for several in found["BY_ID"].values() for row in several]
    columns = [*COUNTED, "TOTAL_OFFLINE_CLICK_CHECKOUT"]
    table = await rows_of(client, clock, reports, level="PIN_PROMOTION", columns=columns)
    assert {row["PIN_PROMOTION_ID"] for row in rows} == found["BY_ID"].keys()
    assert found["BY_DATE"].keys() == {f"2026-01-{day}" for day in range(25, 32)}
    assert len(rows) == len(table) == sum(map(len, found["BY_DATE"].values())) < 120 * 7
    assert any("CLICKTHROUGH_1" not in row or "TOTAL_CHECKOUT" not in row for row in rows)
    assert all(row[name] != "" for row in table for name in columns)
    assert any(row["TOTAL_OFFLINE_CLICK_CHECKOUT"] == "0" for row in table)


async def test_conversions_keep_coming_in(client: Api, clock: ManualClock, reports: str) -> None:
    """A day's conversions grow for as long as the window lasts, and then no more; clicks do not."""
    day = {"start_date": "2026-01-31", "end_date": "2026-01-31", "level": "ADVERTISER"}
    week = {**day, "click_window_days": 7}
    columns = [*COUNTED, "TOTAL_CLICK_CHECKOUT"]
    told: list[tuple[int, int]] = []
    for wait in (0, 3, 4, 10):
        clock.advance(wait * 86_400)
        (row,) = await rows_of(client, clock, reports, **week, columns=columns)
        told.append((int(row["TOTAL_CLICK_CHECKOUT"]), int(row["CLICKTHROUGH_1"])))
    (narrow,) = await rows_of(client, clock, reports, **day, columns=columns, click_window_days=1)
    counted = [one for one, _ in told]
    assert counted[0] < counted[1] < counted[2] == counted[3]
    assert len({clicks for _, clicks in told}) == 1
    assert int(narrow["TOTAL_CLICK_CHECKOUT"]) < counted[3]


HOURLY: dict[str, Any] = {"granularity": "HOUR", "start_date": "2026-01-30", "columns": ["CTR"]}
ENTITIES = {
    "campaign": ("CAMPAIGN", "RUNNING"),
    "ad_group": ("AD_GROUP", "RUNNING"),
    "ad": ("PIN_PROMOTION", "APPROVED"),
    "product_group": ("PRODUCT_GROUP", "RUNNING"),
}
"""What a filter is about, the level of it, and a status that it may have."""
BESIDE_WINDOWS = {0: (-1,), 1: (2,), 7: (6, 8), 14: (13, 15), 30: (29, 31), 60: (59, 61)}
"""The days that a window may last, and those next to them."""


def both_sides_of_every_list() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Filters with as many values as there may be, and with one more or with none."""
    found: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for what, (level, status) in ENTITIES.items():
        ids, statuses = f"{what}_ids", f"{what}_statuses"
        for name, value, most in ((ids, "1", 500), (statuses, status, 6)):
            full = {"level": level, name: [value] * most}
            found += [(full, {**full, name: [value] * (most + 1)}), (full, {**full, name: []})]
    items = {"level": "PRODUCT_ITEM", "product_item_ids": ["1"] * 500}
    return [*found, (items, {**items, "product_item_ids": ["1"] * 501})]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        *both_sides_of_every_list(),
        *[
            ({f"{kind}_window_days": days}, {f"{kind}_window_days": other})
            for kind in ("click", "engagement", "view")
            for days, others in BESIDE_WINDOWS.items()
            for other in others
        ],
        *[
            ({**HOURLY, name: good}, {**HOURLY, name: bad})
            for name in ("start_hour", "end_hour")
            for good, bad in ((0, -1), (23, 24))
        ],
        *[({}, {name: None}) for name in REPORT],
        *[
            ({"granularity": granularity, "start_date": "2025-07-29"},
             {"granularity": granularity, "start_date": "2025-07-28"})
            for granularity in ("TOTAL", "WEEK", "MONTH")
        ],
        *[
            ({"metrics_filters": [{"field": field, "operator": "LESS_THAN", "values": [1]}]},
             {"metrics_filters": [{"field": "CTR", "operator": "LESS_THAN", "values": [1]}]})
            for field in ("SPEND_IN_DOLLAR", "TOTAL_IMPRESSION")
        ],
        ({"conversion_report_time": "TIME_OF_CONVERSION"}, {"conversion_report_time": "NOW"}),
        ({"attribution_types": ["INDIVIDUAL", "HOUSEHOLD"]}, {"attribution_types": ["STREET"]}),
        ({"primary_sort": "BY_DATE"}, {"primary_sort": "BY_NAME"}),
        ({"report_format": "CSV"}, {"report_format": "XML"}),
        ({"granularity": "MONTH"}, {"granularity": "YEAR"}),
        ({"start_date": "2026-01-31"}, {"start_date": "2026-02-01"}),
        (
            {"level": "PIN_PROMOTION", "ad_statuses": ["APPROVED"]},
            {"level": "PRODUCT_ITEM", "ad_statuses": ["APPROVED"]},
        ),
        ({"start_date": "2025-07-29"}, {"start_date": "2025-07-28"}),
        (
            {"start_date": "2023-08-02", "end_date": "2023-08-02"},
            {"start_date": "2023-08-01", "end_date": "2023-08-02"},
        ),
        (
            {"granularity": "HOUR", "start_date": "2026-01-28", "columns": ["CTR"]},
            {"granularity": "HOUR", "start_date": "2026-01-27", "columns": ["CTR"]},
        ),
        (
            {"granularity": "HOUR", "start_date": "2026-01-24", "end_date": "2026-01-24",
             "columns": ["CTR"]},
            {"granularity": "HOUR", "start_date": "2026-01-23", "end_date": "2026-01-24",
             "columns": ["CTR"]},
        ),
        (
            {"level": "PRODUCT_ITEM", "start_date": "2025-12-31"},
            {"level": "PRODUCT_ITEM", "start_date": "2025-12-30"},
        ),
        (
            {"level": "PRODUCT_ITEM", "start_date": "2025-11-01", "end_date": "2025-11-01"},
            {"level": "PRODUCT_ITEM", "start_date": "2025-10-31", "end_date": "2025-11-01"},
        ),
        ({"campaign_ids": ["1"] * 500}, {"campaign_ids": ["1"] * 501}),
        (
            {"campaign_statuses": ["RUNNING"] * 6},
            {"campaign_statuses": ["RUNNING"] * 7},
        ),
        (
            {"level": "CAMPAIGN_TARGETING", "targeting_types": ["GENDER"] * 5},
            {"level": "CAMPAIGN_TARGETING", "targeting_types": ["GENDER"] * 6},
        ),
        (
            {"level": "CAMPAIGN_TARGETING", "targeting_types": ["AUDIENCE_MULTIPLIER"]},
            {"level": "AD_GROUP_TARGETING", "targeting_types": ["AUDIENCE_MULTIPLIER"]},
        ),
        (
            {"level": "PRODUCT_ITEM_TARGETING", "targeting_types": ["MEDIA_TYPE"]},
            {"level": "CAMPAIGN_TARGETING", "targeting_types": ["MEDIA_TYPE"]},
        ),
        ({"level": "CAMPAIGN"}, {"level": "CAMPAIGN", "targeting_types": ["GENDER"]}),
        (
            {"level": "PIN_PROMOTION", "ad_ids": ["1"]},
            {"level": "PRODUCT_ITEM", "ad_ids": ["1"]},
        ),
        (
            {"granularity": "HOUR", "start_date": "2026-01-28", "columns": ["CTR"],
             "start_hour": 3},
            {"start_hour": 3},
        ),
        ({"click_window_days": 60}, {"click_window_days": 31}),
    ],
)  # fmt: skip
async def test_reports_have_bounds_on_both_sides(
    client: Api, reports: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    """What lies within a bound is taken, what lies just beyond it is refused with 400."""
    for asked, status in ((good, 200), (bad, 400)):
        body = {name: value for name, value in {**REPORT, **asked}.items() if value is not None}
        assert (await client.post(reports, body)).status == status


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        *[
            (f"{path}/analytics", {name: "1," * 249 + "1"}, {name: "1," * 250 + "1"})
            for path, name in (
                ("campaigns", "campaign_ids"), ("ad_groups", "ad_group_ids"), ("ads", "ad_ids"),
                ("product_groups", "product_group_ids"),
            )
        ],
        (
            "ads/analytics",
            {"campaign_ids": "1", "pin_ids": "1," * 99 + "1"},
            {"campaign_ids": "1", "pin_ids": "1," * 100 + "1"},
        ),
        ("analytics", {"start_date": "2025-11-03"}, {"start_date": "2025-11-02"}),
        (
            "analytics",
            {"start_date": "2025-11-03", "end_date": "2025-11-03"},
            {"start_date": "2025-11-02", "end_date": "2025-11-03"},
        ),
        (
            "targeting_analytics",
            {"targeting_types": "GENDER," * 14 + "GENDER"},
            {"targeting_types": "GENDER," * 15 + "GENDER"},
        ),
        *[
            (
                f"{path}/targeting_analytics",
                {name: "1", "targeting_types": "GENDER," * 13 + "GENDER"},
                {name: "1", "targeting_types": "GENDER," * 14 + "GENDER"},
            )
            for path, name in (
                ("campaigns", "campaign_ids"), ("ad_groups", "ad_group_ids"), ("ads", "ad_ids"),
            )
        ],
    ],
)  # fmt: skip
async def test_analytics_have_bounds_on_both_sides(
    client: Api, path: str, good: dict[str, str], bad: dict[str, str]
) -> None:
    """What is had at once has bounds of its own: 90 days, 250 ids, 100 Pins, 14 kinds of target."""
    whole = f"/ad_accounts/{client.emulator.ad_account_id}/{path}"
    common = {**DAYS, "granularity": "DAY", "columns": "IMPRESSION_1"}
    assert (await client.get(whole, **{**common, **good})).status == 200
    assert (await client.get(whole, **{**common, **bad})).status == 400


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"start_date": "2023-08-02"}, {"start_date": "2023-08-01"}),
        (
            {"start_date": "2023-08-02", "end_date": "2023-08-02"},
            {"start_date": "2023-08-01", "end_date": "2023-08-02"},
        ),
        ({"start_date": "2026-01-31"}, {"start_date": "2026-02-01"}),
    ],
)
async def test_reports_of_templates_reach_further(
    client: Api, reports: str, good: dict[str, str], bad: dict[str, str]
) -> None:
    """All of two years and a half in one report, and not a day before them."""
    templates = reports.replace("reports", "templates")
    (template, *_) = (await client.get(templates)).body["items"]
    path = f"{templates}/{template['id']}/reports"
    for asked, status in ((good, 200), (bad, 400)):
        query = {**DAYS, "granularity": "DAY", **asked}
        assert (await client.call("POST", path, query=query)).status == status


async def test_the_last_hour_is_not_in_a_report(
    client: Api, clock: ManualClock, reports: str
) -> None:
    """Hours begin with `start_hour` of the first day and end before `end_hour` of the last."""
    day = {**HOURLY, "end_date": "2026-01-30", "level": "ADVERTISER", "columns": ["IMPRESSION_1"]}
    rows = await rows_of(client, clock, reports, **day, start_hour=13, end_hour=15)
    assert [row["DATE"][11:13] for row in rows] == ["13", "14"]


@pytest.mark.parametrize(
    ("level", "granularity", "column"),
    [
        ("CAMPAIGN", "DAY", "AD_ID"),
        ("ADVERTISER", "DAY", "CAMPAIGN_NAME"),
        ("PRODUCT_ITEM", "DAY", "PIN_PROMOTION_NAME"),
        ("PIN_PROMOTION", "DAY", "PRODUCT_ITEM_NAME"),
        ("CAMPAIGN", "HOUR", "TOTAL_CHECKOUT"),
        ("CAMPAIGN", "DAY", "IMPRESSION_9"),
    ],
)
async def test_columns_that_are_not_available(
    client: Api, reports: str, level: str, granularity: str, column: str
) -> None:
    """A column that a level lacks, or that there is not, is named in the refusal."""
    asked = {**REPORT, "level": level, "granularity": granularity, "start_date": "2026-01-30"}
    refused = await client.post(reports, {**asked, "columns": ["IMPRESSION_1", column]})
    assert refused.status == 400
    assert refused.body["message"] == f"Columns {column} are not available."
    assert (await client.post(reports, {**asked, "columns": ["IMPRESSION_1"]})).status == 200
    assert column not in COLUMNS or lacking([column], level, granularity) == [column]


@pytest.mark.parametrize(
    ("ending", "states"),
    [
        ("failed", ["IN_PROGRESS", "FAILED"]),
        ("cancelled", ["IN_PROGRESS", "CANCELLED"]),
        ("expired", ["IN_PROGRESS", "EXPIRED"]),
        ("unknown", ["DOES_NOT_EXIST", "FINISHED"]),
    ],
)
async def test_reports_end_as_planned(
    client: Api, clock: ManualClock, reports: str, ending: Any, states: list[str]
) -> None:
    """Each ending can be had; one is a report that nothing is known of at first."""
    client.emulator.fail_jobs("analytics/create_report", ending=ending)
    token = (await client.post(reports, REPORT)).body["token"]
    seen: list[str] = []
    for wait in (0, 10):
        clock.advance(wait)
        seen.append((await client.get(reports, token=token)).body["report_status"])
    assert seen == states


async def test_filters_leave_what_they_name(client: Api, clock: ManualClock, reports: str) -> None:
    """Statuses, ids and metrics each leave a part; without them archived entities count too."""
    every = await rows_of(client, clock, reports)
    archived = await rows_of(client, clock, reports, campaign_statuses=["ARCHIVED"])
    others = await rows_of(client, clock, reports, campaign_statuses=["RUNNING", "PAUSED"])
    assert archived
    assert sums(archived) + sums(others) == sums(every)
    bound = sorted(int(row["SPEND_IN_MICRO_DOLLAR"]) for row in every)[3] / 1e6
    few = await rows_of(
        client,
        clock,
        reports,
        columns=[*COUNTED, "SPEND_IN_DOLLAR"],
        metrics_filters=[{"field": "SPEND_IN_DOLLAR", "operator": "LESS_THAN", "values": [bound]}],
    )
    assert len(few) == 3


async def test_keywords_hang_on_ad_groups(client: Api, reports: str) -> None:
    """Without a filter there are those of the account alone, with ad groups those of the groups."""
    path = reports.replace("reports", "keywords")
    groups = await client.walk(reports.replace("reports", "ad_groups"))
    ids = [one["id"] for one in groups]
    of_account = await client.walk(path)
    one_by_one = [word for one in ids for word in await client.walk(path, ad_group_id=one)]
    together = await client.walk(path, ad_group_ids=",".join(ids))
    assert of_account == []
    assert {one["id"] for one in one_by_one} == {one["id"] for one in together}
    assert len(together) > 10


async def test_bulk_download_of_what_changed(client: Api, clock: ManualClock, reports: str) -> None:
    """With `updated_since` there is only what changed since then, and the history says when."""
    path = reports.replace("reports", "campaigns")
    (first, *_) = await client.walk(path)
    changed = await client.patch(
        path, [{**{name: first[name] for name in ("id", "ad_account_id")}, "name": "X"}]
    )
    assert changed.status == 200, changed.raw
    body = {"entity_types": ["CAMPAIGN", "ENTITY_HISTORY"], "updated_since": str(int(NOW) - 1)}
    bulk = reports.replace("reports", "bulk")
    name = (await client.post(f"{bulk}/download", body)).body["request_id"]
    clock.advance(10)
    done = (await client.get(f"{bulk}/{name}")).body
    async with client.session.get(done["result_url"]) as response:
        held = json.loads(await response.read())
    assert [one["id"] for one in held["CAMPAIGN"]] == [first["id"]]
    assert [one["entity_id"] for one in held["ENTITY_HISTORY"]] == [first["id"]]
