"""Ad reports: checked, cut, waited for, fetched, read, and written."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sqlite3
from contextlib import aclosing, closing
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pinterest_async import ConfigurationError, InvalidRequest
from pinterest_async.emulator import Answer
from pinterest_async.jobs import AdReportRun, ad_report, money, report_columns
from pinterest_async.jobs._tables import ParquetTable
from pinterest_async.jobs.ads import reading
from pinterest_async.jobs.ads.columns import table_columns
from tests.support.ads_world import (
    COUNTED,
    PACE,
    TODAY,
    ads_emulator,
    as_text,
    days_ago,
    in_order,
    started,
    story,
)
from tests.support.clients import client_of

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.emulator import Emulator

WEEK: dict[str, Any] = {
    "level": "CAMPAIGN",
    "columns": COUNTED,
    "start": days_ago(9),
    "end": days_ago(3),
    "pace": PACE,
}


def changed(asked: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Arguments, some of them otherwise."""
    return {**asked, **changes}


async def rows_of(emulator: Emulator, **asked: Any) -> tuple[list[Any], AdReportRun]:
    """Walk a report of the first ad account to its end."""
    async with client_of(emulator) as client:
        report = ad_report(client, emulator.ad_account_id, **{**WEEK, **asked})
        return [row async for row in report], report.run


async def test_rows_are_those_of_the_story() -> None:
    """Every row of the report comes once, with values of the types that the columns have."""
    async with ads_emulator() as emulator:
        rows, run = await rows_of(emulator)
        told = await story(emulator, days_ago(9), days_ago(3))
    assert in_order([as_text(row) for row in rows]) == in_order(told)
    first = rows[0]
    assert list(first) == run.columns == ["AD_ACCOUNT_ID", "DATE", "CAMPAIGN_ID", *COUNTED]
    assert isinstance(first["DATE"], dt.date)
    assert isinstance(first["CAMPAIGN_ID"], str)
    assert {type(first[name]) for name in COUNTED} == {int}
    assert first["AD_ACCOUNT_ID"] == emulator.ad_account_id
    assert run.key == ["DATE", "CAMPAIGN_ID"]
    assert len({(row["DATE"], row["CAMPAIGN_ID"]) for row in rows}) == len(rows) == run.rows
    assert run.complete
    assert (run.parts, run.parts_done, run.started, run.restarted) == (1, 1, 1, 0)


async def test_days_of_another_library_are_taken() -> None:
    """As those of pendulum, which dlt hands out: they are dates of a class of their own."""

    class Day(dt.date):
        pass

    start, end = (Day.fromordinal(days_ago(n).toordinal()) for n in (4, 3))
    async with ads_emulator() as emulator:
        rows, run = await rows_of(emulator, start=start, end=end)
    assert {row["DATE"] for row in rows} == {days_ago(4), days_ago(3)}
    assert type(run.start) is dt.date


async def test_rows_become_structs() -> None:
    """Rows are of the type that is asked for, with the names that it gives to the columns."""

    class Row(msgspec.Struct, rename=str.upper):
        date: dt.date
        campaign_id: str
        spend_in_micro_dollar: int

    async with ads_emulator() as emulator:
        rows, _ = await rows_of(emulator, row_type=Row)
    assert all(isinstance(row, Row) for row in rows)
    assert isinstance(rows[0].spend_in_micro_dollar, int)
    assert money(rows[0].spend_in_micro_dollar) == Decimal(rows[0].spend_in_micro_dollar) / 10**6
    assert money(None) is None


async def test_hours_are_moments() -> None:
    """By the hour, the day of a row is a moment, and hours can be left out at both ends."""
    async with ads_emulator() as emulator:
        rows, run = await rows_of(
            emulator,
            level="ADVERTISER",
            granularity="HOUR",
            start=days_ago(4),
            end=days_ago(3),
            start_hour=22,
            end_hour=2,
        )
    moments = [row["DATE"] for row in rows]
    first = dt.datetime.combine(days_ago(4), dt.time(22))
    assert moments == [first + dt.timedelta(hours=hour) for hour in range(4)]
    assert run.sync_calls == 0


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"columns": ["SPEND_IN_MICRO_DOLAR"]}, "did you mean SPEND_IN_MICRO_DOLLAR"),
        ({"columns": []}, "columns must be a list"),
        ({"columns": "CTR"}, "columns must be a list|no column is called"),
        ({"columns": ["AD_ID"]}, "CAMPAIGN has no AD_ID: ask at PIN_PROMOTION"),
        ({"columns": ["PRODUCT_ITEM_NAME"]}, "ask at PRODUCT_ITEM"),
        ({"columns": ["AD_ID", "PRODUCT_ITEM_NAME"]}, "no level has all of these"),
        ({"level": "CAMPAIN"}, "did you mean CAMPAIGN"),
        ({"columns": ["SPEND"]}, "did you mean SPEND_IN_"),
        ({"level": "ZEBRA"}, "one of ADVERTISER"),
        ({"granularity": "DAYS"}, "did you mean DAY"),
        ({"granularity": "HOUR", "start": days_ago(7)}, "by the hour"),
        ({"granularity": "HOUR", "start": days_ago(9), "end": days_ago(9)}, "only, not from"),
        (
            {"granularity": "HOUR", "start": days_ago(3), "columns": ["TOTAL_CHECKOUT"]},
            "no conversions by the hour",
        ),
        ({"start": days_ago(915)}, "only, not from"),
        ({"end": days_ago(-1)}, "only, not from"),
        ({"start": days_ago(1)}, "is before start"),
        ({"start": dt.datetime(2026, 1, 1)}, "start must be a day"),  # noqa: DTZ001
        ({"end": "31.12.2026"}, "end must be a day.*not '31.12.2026'"),
        ({"granularity": "TOTAL", "start": days_ago(300)}, "totals cannot be put together"),
        ({"level": "PRODUCT_ITEM", "start": days_ago(93)}, "only, not from"),
        ({"level": "PRODUCT_ITEM", "ad_ids": ["1"]}, "cannot be asked for by ad"),
        ({"targeting_types": ["GENDER"]}, "has no targeting_types.*CAMPAIGN_TARGETING"),
        ({"level": "CAMPAIGN_TARGETING"}, "goes with targeting_types.*CAMPAIGN"),
        ({"level": "CAMPAIGN_TARGETING", "targeting_types": ["GENDR"]}, "did you mean GENDER"),
        (
            {"level": "AD_GROUP_TARGETING", "targeting_types": ["AUDIENCE_MULTIPLIER"]},
            "CAMPAIGN_TARGETING alone",
        ),
        ({"ad_ids": list(map(str, range(501)))}, "would have to be added"),
        ({"campaign_ids": []}, "leave it out for all"),
        ({"click_window_days": 28}, "must be one of 0, 1, 7"),
        ({"start_hour": 3}, "goes with granularity HOUR"),
        ({"granularity": "HOUR", "start": days_ago(4), "end_hour": 24}, "from 0 to 23"),
        ({"reread": -1}, "number of days"),
        ({"reread": "all"}, "number of days"),
        ({"template": "1"}, "a template says"),
    ],
)
async def test_what_cannot_be_had_is_one_error(asked: dict[str, Any], message: str) -> None:
    """Bad input is refused with what is wrong and what would do, and nothing is sent."""
    async with ads_emulator() as emulator, client_of(emulator) as client:
        with pytest.raises(InvalidRequest, match=message):
            ad_report(client, emulator.ad_account_id, **{**WEEK, **asked})
        assert emulator.requests == []


HOURLY: dict[str, Any] = {"granularity": "HOUR", "start": days_ago(4)}
RATES: dict[str, Any] = {**WEEK, "columns": ["CTR"]}
ITEMS: dict[str, Any] = {"level": "PRODUCT_ITEM"}


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        ({"start": days_ago(914)}, {"start": days_ago(915)}),
        ({"end": TODAY}, {"end": days_ago(-1)}),
        ({"start": days_ago(3)}, {"start": days_ago(2)}),
        (
            {"granularity": "TOTAL", "start": days_ago(189)},
            {"granularity": "TOTAL", "start": days_ago(190)},
        ),
        ({**HOURLY, "start": days_ago(6)}, {**HOURLY, "start": days_ago(7)}),
        (
            {**HOURLY, "start": days_ago(8), "end": days_ago(8)},
            {**HOURLY, "start": days_ago(9), "end": days_ago(8)},
        ),
        ({**ITEMS, "start": days_ago(92)}, {**ITEMS, "start": days_ago(93)}),
        (
            {**ITEMS, "granularity": "TOTAL", "start": days_ago(34)},
            {**ITEMS, "granularity": "TOTAL", "start": days_ago(35)},
        ),
        ({"ad_ids": [*map(str, range(500))]}, {"ad_ids": [*map(str, range(501))]}),
        (
            {"ad_statuses": [f"STATUS_{n}" for n in range(6)]},
            {"ad_statuses": [f"STATUS_{n}" for n in range(7)]},
        ),
        *[
            ({f"{kind}_window_days": days}, {f"{kind}_window_days": other})
            for kind in ("click", "engagement", "view")
            for days, other in ((0, -1), (1, 2), (7, 8), (14, 15), (30, 31), (60, 61))
        ],
        *[
            ({**HOURLY, name: hour}, {**HOURLY, name: other})
            for name in ("start_hour", "end_hour")
            for hour, other in ((0, -1), (23, 24))
        ],
        (
            {"level": "CAMPAIGN_TARGETING", "targeting_types": ["AUDIENCE_MULTIPLIER"]},
            {"level": "ADVERTISER_TARGETING", "targeting_types": ["AUDIENCE_MULTIPLIER"]},
        ),
        (
            {"level": "PRODUCT_ITEM_TARGETING", "targeting_types": ["MEDIA_TYPE"]},
            {"level": "CAMPAIGN_TARGETING", "targeting_types": ["MEDIA_TYPE"]},
        ),
        ({**ITEMS, "ad_group_ids": ["1"]}, {**ITEMS, "ad_statuses": ["APPROVED"]}),
    ],
)
async def test_bounds_are_those_of_reports(within: dict[str, Any], beyond: dict[str, Any]) -> None:
    """What lies within a bound is taken, what lies just beyond it is refused; nothing is sent."""
    async with ads_emulator() as emulator, client_of(emulator) as client:
        ad_report(client, emulator.ad_account_id, **{**RATES, **within})
        with pytest.raises(InvalidRequest):
            ad_report(client, emulator.ad_account_id, **{**RATES, **beyond})
        assert emulator.requests == []


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ({"start": days_ago(188)}, 1),
        ({"start": days_ago(189)}, 2),
        ({**ITEMS, "start": days_ago(33)}, 1),
        ({**ITEMS, "start": days_ago(34)}, 2),
        ({"campaign_ids": [*map(str, range(500))]}, 1),
        ({"campaign_ids": [*map(str, range(501))]}, 2),
        ({"campaign_statuses": [f"STATUS_{n}" for n in range(6)]}, 1),
        ({"campaign_statuses": [f"STATUS_{n}" for n in range(7)]}, 2),
    ],
)
async def test_what_one_report_covers(asked: dict[str, Any], parts: int) -> None:
    """Up to each bound there is one report, and a value more makes it two."""
    async with ads_emulator() as emulator, client_of(emulator) as client:
        report = ad_report(client, emulator.ad_account_id, **{**RATES, **asked})
        assert report.run.parts == parts


async def test_arguments_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    """No account, no place, a format that nobody knows, rows and a file: one error each."""
    async with ads_emulator() as emulator, client_of(emulator) as client:
        account = emulator.ad_account_id
        with pytest.raises(InvalidRequest, match="id of an ad account"):
            ad_report(client, [], **WEEK)
        with pytest.raises(ConfigurationError, match="concurrency"):
            ad_report(client, account, **WEEK, concurrency=0)
        with pytest.raises(ConfigurationError, match="format"):
            ad_report(client, account, **WEEK, out=tmp_path / "report.txt")
        with pytest.raises(ConfigurationError, match="say out="):
            await ad_report(client, account, **WEEK)
        with pytest.raises(ConfigurationError, match="await it"):
            async for _ in ad_report(client, account, **WEEK, out=tmp_path / "a.csv"):
                pass
        assert emulator.requests == []


async def test_long_ranges_are_cut_and_put_together() -> None:
    """More days than a report may cover come from several, each day once."""
    async with ads_emulator() as emulator:
        asked: dict[str, Any] = {"level": "ADVERTISER", "start": days_ago(400), "end": days_ago(1)}
        rows, run = await rows_of(emulator, **asked)
    days = [row["DATE"] for row in rows]
    assert days == [days_ago(ago) for ago in range(400, 0, -1)]
    assert (run.parts, run.started) == (3, 3)


@pytest.mark.parametrize("granularity", ["WEEK", "MONTH"])
async def test_weeks_and_months_stay_whole(granularity: str) -> None:
    """A period is not cut where the range is: its sums are those of its days."""
    async with ads_emulator() as emulator:
        asked: dict[str, Any] = {"level": "ADVERTISER", "start": days_ago(400), "end": days_ago(1)}
        daily, _ = await rows_of(emulator, **asked)
        rows, run = await rows_of(emulator, **asked, granularity=granularity)
    assert run.parts > 1
    inner = [row["DATE"] for row in rows[1:]]
    assert all(day.weekday() == 0 if granularity == "WEEK" else day.day == 1 for day in inner)
    ends = [*inner, TODAY]
    for row, following in zip(rows, ends, strict=True):
        within = [one for one in daily if row["DATE"] <= one["DATE"] < following]
        assert row["IMPRESSION_1"] == sum(one["IMPRESSION_1"] for one in within)


async def test_ids_statuses_and_targets_are_cut() -> None:
    """Filters with more values than a report takes go over several, and nothing comes twice."""
    statuses = (
        "RUNNING", "PAUSED", "NOT_STARTED", "COMPLETED", "ADVERTISER_DISABLED", "ARCHIVED", "DRAFT",
    )  # fmt: skip
    kinds = ("GENDER", "PLACEMENT", "APPTYPE", "AGE_BUCKET", "COUNTRY", "REGION")
    async with ads_emulator() as emulator:
        ids = [
            str(one["id"])
            for one in emulator.account.stores.store("campaigns", emulator.ad_account_id)
        ]
        many = [*ids[:15], *(str(10**12 + one) for one in range(600)), *ids[15:]]
        whole, _ = await rows_of(emulator)
        by_id, ids_run = await rows_of(emulator, campaign_ids=many)
        by_status, status_run = await rows_of(emulator, campaign_statuses=statuses)
        split, split_run = await rows_of(
            emulator, level="CAMPAIGN_TARGETING", targeting_types=kinds
        )
    assert (ids_run.started, status_run.started, split_run.started) == (2, 2, 2)
    for rows in (by_id, by_status):
        assert in_order([as_text(row) for row in rows]) == in_order([as_text(row) for row in whole])
    for kind in kinds:
        parts = [row["IMPRESSION_1"] for row in split if row["TARGETING_TYPE"] == kind]
        assert sum(parts) == sum(row["IMPRESSION_1"] for row in whole)


async def test_few_ids_are_asked_for_at_once() -> None:
    """Where one call does it there is no report, and the rows are the same as those of one."""
    async with ads_emulator(quirks=["numeric_ids"]) as emulator:
        account = emulator.ad_account_id
        for level, name, parameter in (
            ("CAMPAIGN", "campaigns", "campaign_ids"),
            ("AD_GROUP", "ad_groups", "ad_group_ids"),
            ("PIN_PROMOTION", "ads", "ad_ids"),
            ("PRODUCT_GROUP", "product_group_promotions", "product_group_ids"),
            ("ADVERTISER", "", ""),
        ):
            store = emulator.account.stores.store(name, account) if name else ()
            ids = {parameter: [str(one["id"]) for one in store][:20]} if name else {}
            asked: dict[str, Any] = {"level": level, **ids}
            at_once, run = await rows_of(emulator, **asked)
            in_time, other = await rows_of(emulator, **asked, sync=False)
            assert (run.started, run.sync_calls) == (0, 1)
            assert (other.started, other.sync_calls) == (1, 0)
            assert at_once
            key = run.key
            assert sorted(at_once, key=lambda row: [row[one] for one in key]) == sorted(
                in_time, key=lambda row: [row[one] for one in key]
            )
            assert all(isinstance(row[run.key[-1]], str) for row in at_once)


@pytest.mark.parametrize(
    ("asked", "at_once"),
    [
        ({"campaign_ids": ["1"] * 1 + [str(one) for one in range(2, 251)]}, True),
        ({"campaign_ids": [str(one) for one in range(1, 252)]}, False),
        ({"campaign_ids": ["1"], "start": days_ago(90)}, True),
        ({"campaign_ids": ["1"], "start": days_ago(91)}, False),
        ({"campaign_ids": ["1"], "campaign_statuses": ["RUNNING"]}, False),
        ({"campaign_ids": ["1"], "columns": ["QUIZ_COMPLETED"]}, True),
        ({"campaign_ids": ["1"], "columns": ["TOTAL_DESTINATION_VIEWS"]}, False),
        ({}, False),
    ],
)
async def test_when_analytics_are_cheaper(asked: dict[str, Any], at_once: object) -> None:
    """Both sides of each bound of the rule."""
    async with ads_emulator() as emulator:
        _, run = await rows_of(emulator, **asked)
    assert bool(run.sync_calls) == at_once
    assert bool(run.started) != at_once


async def test_several_accounts_are_one_table() -> None:
    """Every ad account's rows carry its id; one that is refused is named, the others are there."""
    async with ads_emulator() as emulator, client_of(emulator) as client:
        accounts = [str(one["id"]) for one in emulator.account.stores.store("ad_accounts")]
        report = ad_report(client, [*accounts, "999"], **WEEK)
        rows = [row async for row in report]
    assert {row["AD_ACCOUNT_ID"] for row in rows} == set(accounts)
    assert [one.ad_account_id for one in report.run.failures] == ["999"]
    assert not report.run.complete


@pytest.mark.parametrize("ending", ["failed", "cancelled", "expired"])
async def test_a_failed_report_is_started_once_more(ending: Any) -> None:
    """What comes to nothing is started again, once; what does so twice is named, not raised."""
    async with ads_emulator() as emulator:
        emulator.fail_jobs("analytics/create_report", ending=ending)
        rows, run = await rows_of(emulator)
        assert len(rows) > 0
        assert (run.started, run.restarted, run.complete) == (2, 1, True)
        emulator.fail_jobs("analytics/create_report", times=2, ending=ending)
        rows, run = await rows_of(emulator)
    assert rows == []
    (failure,) = run.failures
    assert (run.started, failure.first, failure.last) == (2, days_ago(9), days_ago(3))
    assert ending.upper() in failure.reason


async def test_a_report_that_is_not_known_at_first_is_waited_for() -> None:
    """DOES_NOT_EXIST right after the start means not yet; long after, it is believed."""
    async with ads_emulator() as emulator:
        emulator.fail_jobs("analytics/create_report", ending="unknown")
        rows, run = await rows_of(emulator)
        assert rows
        assert run.started == 1
        unknown = Answer(200, {"report_status": "DOES_NOT_EXIST", "url": None})
        emulator.fail("analytics/get_report", unknown, times=100)
        impatient = msgspec.structs.replace(PACE, grace=0.05)
        rows, run = await rows_of(emulator, pace=impatient)
    assert "DOES_NOT_EXIST" in run.failures[0].reason


async def test_a_report_that_takes_too_long_is_named() -> None:
    """After the deadline a report is given up, and so is the one that took its place."""
    async with ads_emulator(job_seconds=60) as emulator:
        _, run = await rows_of(emulator, pace=msgspec.structs.replace(PACE, deadline=0.1))
    assert (run.started, len(run.failures)) == (2, 1)
    assert "not done after" in run.failures[0].reason


async def test_a_link_that_has_run_out_is_asked_for_again() -> None:
    """A refused download gets a fresh link; no token goes to the other host."""
    async with ads_emulator() as emulator:
        host = "http://localhost:1/gone"
        emulator.fail(
            "analytics/get_report", Answer(200, {"report_status": "FINISHED", "url": host})
        )
        rows, run = await rows_of(emulator)
        downloads = [one for one in emulator.requests if one.path.startswith("/downloads")]
    assert rows
    assert run.started == 1
    assert all("Authorization" not in one.headers for one in downloads)
    assert downloads


@pytest.mark.parametrize("url", ["http://files.example.com/x", "ftp://localhost/x", "https://a@b/"])
async def test_links_to_odd_places_are_not_followed(url: str) -> None:
    """A link without TLS, of another scheme or with a user's name is not fetched from."""
    async with ads_emulator() as emulator:
        odd = Answer(200, {"report_status": "FINISHED", "url": url})
        emulator.fail("analytics/get_report", odd, times=2)
        _, run = await rows_of(emulator)
    assert "no address that may be fetched from" in run.failures[0].reason


@pytest.mark.parametrize("kind", ["csv", "jsonl", "sqlite", "parquet"])
async def test_files_hold_the_rows(tmp_path: Path, kind: str) -> None:
    """A file of each format has exactly the rows that are handed out, with their types."""
    path = tmp_path / "deep" / f"report.{kind}"
    columns = (*COUNTED, "CTR", "CAMPAIGN_NAME", "TOTAL_CHECKOUT")
    async with ads_emulator() as emulator, client_of(emulator) as client:
        rows, _ = await rows_of(emulator, columns=columns, start=days_ago(200))
        asked: dict[str, Any] = {**WEEK, "columns": columns, "start": days_ago(200), "out": path}
        run = await ad_report(client, emulator.ad_account_id, **asked)
    assert run.files == [str(path)]
    assert run.rows == len(rows)
    assert read(path, kind) == [
        {name: str(value) if name == "DATE" else value for name, value in row.items()}
        for row in rows
    ]
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def read(path: Path, kind: str) -> list[dict[str, Any]]:
    """The rows of a file, days as text."""
    if kind == "jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    if kind == "csv":
        with path.open(newline="") as file:
            return [typed(row) for row in csv.DictReader(file)]
    if kind == "sqlite":
        connection = sqlite3.connect(path)
        try:
            connection.row_factory = sqlite3.Row
            query = "SELECT * FROM ad_report_campaign_day ORDER BY rowid"
            return [dict(row) for row in connection.execute(query)]
        finally:
            connection.close()
    table: Any = import_module("pyarrow.parquet").read_table(path)
    return [{**row, "DATE": str(row["DATE"])} for row in table.to_pylist()]


def typed(row: dict[str, str]) -> dict[str, Any]:
    """A row of text as its columns have it."""
    whole = {*COUNTED, "TOTAL_CHECKOUT"}
    return {
        name: int(value) if name in whole else float(value) if name == "CTR" else value
        for name, value in row.items()
    }


async def test_a_database_takes_days_again(tmp_path: Path) -> None:
    """Days that are read again take the place of those that were there; others stay."""
    path = tmp_path / "ads.sqlite"
    columns = ["IMPRESSION_1", "TOTAL_CHECKOUT"]
    async with ads_emulator() as emulator, client_of(emulator) as client:
        account = emulator.ad_account_id
        asked: dict[str, Any] = {**WEEK, "columns": columns, "out": path}
        first = await ad_report(client, account, **asked)
        connection = sqlite3.connect(path)
        connection.execute("UPDATE ad_report_campaign_day SET TOTAL_CHECKOUT = -1")
        connection.executemany(
            "INSERT INTO ad_report_campaign_day VALUES (?, ?, ?, 1, 1)",
            [(account, str(days_ago(3)), "gone"), (account, str(days_ago(40)), "older")],
        )
        connection.commit()
        second = await ad_report(client, account, **changed(asked, start=days_ago(4), reread=2))
        rows = connection.execute(
            "SELECT DATE, CAMPAIGN_ID, TOTAL_CHECKOUT FROM ad_report_campaign_day"
        ).fetchall()
        connection.close()
    assert second.start == days_ago(6)
    old = {day for day, _, value in rows if value == -1}
    assert old == {str(days_ago(ago)) for ago in (7, 8, 9)}
    assert "gone" not in {campaign for _, campaign, _ in rows}
    assert "older" in {campaign for _, campaign, _ in rows}
    assert len(rows) == first.rows + 1


async def test_days_that_still_change_are_read_again() -> None:
    """`attribution` goes back as far as the longest window, and only where conversions count."""
    async with ads_emulator() as emulator, client_of(emulator) as client:
        account = emulator.ad_account_id
        converting: dict[str, Any] = {
            **WEEK,
            "columns": ["TOTAL_CHECKOUT"],
            "reread": "attribution",
        }
        usual = ad_report(client, account, **converting)
        narrow = ad_report(
            client, account, **converting, click_window_days=7, engagement_window_days=1
        )
        plain = ad_report(client, account, **changed(WEEK, reread="attribution"))
    starts = [one.run.start for one in (usual, narrow, plain)]
    assert starts == [days_ago(39), days_ago(16), days_ago(9)]
    assert usual.run.changing_from == days_ago(30)
    assert plain.run.changing_from is None


async def test_what_is_final_is_told() -> None:
    """Figures are final when Pinterest says so, conversions when their window is over as well."""
    async with ads_emulator() as emulator:
        _, clicks = await rows_of(emulator, level="ADVERTISER", end=TODAY)
        _, both = await rows_of(
            emulator, level="ADVERTISER", columns=["TOTAL_CHECKOUT"], start=days_ago(60), end=TODAY
        )
        forbidden = Answer(403, {"code": 403, "message": "no"})
        emulator.fail("metrics_ready_state/get", forbidden)
        _, unknown = await rows_of(emulator)
    assert (clicks.figures_final_through, clicks.conversions_final_through) == (
        days_ago(1),
        days_ago(2),
    )
    assert [clicks.is_final(days_ago(ago)) for ago in (0, 1, 5)] == [False, True, True]
    assert [both.is_final(days_ago(ago)) for ago in (1, 5, 30, 31)] == [False, False, False, True]
    assert not unknown.is_final(days_ago(5))


async def test_templates_say_what_they_hold() -> None:
    """A template's report is started from it, over any days, and read as its columns say."""
    async with ads_emulator() as emulator, client_of(emulator) as client:
        account = emulator.ad_account_id
        for number, kind in enumerate(("JSON", "CSV")):
            template = list(emulator.account.stores.store("templates", account))[number]
            template |= {"report_level": "CAMPAIGN", "report_format": kind}
            report = ad_report(
                client,
                account,
                template=str(template["id"]),
                start=days_ago(300),
                end=days_ago(290),
                granularity="DAY",
                pace=PACE,
            )
            rows = [row async for row in report]
            told = await story(emulator, days_ago(300), days_ago(290), columns=template["columns"])
            assert in_order([as_text(row) for row in rows]) == in_order(told)
            assert report.run.started == 1
        missing = ad_report(client, account, template="1", start=TODAY, end=TODAY)
        with pytest.raises(InvalidRequest, match="no template"):
            await anext(aiter(missing))


@pytest.mark.parametrize(
    "broken",
    ["DATE,CAMPAIGN_ID,IMPRESSION_1\n2026-01-01,1\n", "DATE,CAMPAIGN_ID\nmonday,1\n", "\xff\xfe"],
)
async def test_a_file_that_is_no_table_is_an_error(tmp_path: Path, broken: str) -> None:
    """Rows that are cut short, days that are none and odd bytes are named, not handed out."""
    path = tmp_path / "report.csv"
    path.write_bytes(broken.encode("latin-1"))
    with pytest.raises(reading.ReportUnreadable):
        list(reading.rows_of(path, table_columns(["IMPRESSION_1"], "CAMPAIGN", "DAY"), "1"))


def test_names_are_read_as_they_stand(tmp_path: Path) -> None:
    """Names like NA and line breaks in names, wherever in a file they lie, are what they are."""
    names = ["NA", "null", "nan", 'two "words",\nof two\r\nlines', "Grün", ""]
    lines = 6000
    path = tmp_path / "report.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["DATE", "CAMPAIGN_ID", "CAMPAIGN_NAME"])
        table.writerows(["2026-01-01", n, names[n % len(names)]] for n in range(lines))
    columns = table_columns(["CAMPAIGN_NAME"], "CAMPAIGN", "DAY")
    expected = [(str(n), names[n % len(names)] or None) for n in range(lines)]

    handed_out = [row for some in reading.rows_of(path, columns, "1") for row in some]
    assert [row[2:] for row in handed_out] == expected
    found = [row for some in reading.dictionaries_of(path, columns, "1") for row in some]
    assert found == [dict(zip([c.name for c in columns], row, strict=True)) for row in handed_out]

    written = ParquetTable(tmp_path / "report.parquet", columns)
    assert reading.copy_to_parquet(path, columns, "1", written) == lines
    written.finish()
    read_back = read(tmp_path / "report.parquet", "parquet")
    assert [(row["CAMPAIGN_ID"], row["CAMPAIGN_NAME"]) for row in read_back] == expected


def test_odd_cells_are_read_alike(tmp_path: Path) -> None:
    """Whole numbers with a point, and days with a time, are in Parquet what they are in rows."""
    path = tmp_path / "report.csv"
    lines = 40_000
    plain = "".join(f"2026-01-01,{n},7\n" for n in range(lines))
    path.write_text(f"DATE,CAMPAIGN_ID,IMPRESSION_1\n{plain}2026-01-02 00:00:00,x,5.0\n,y,\n")
    columns = table_columns(["IMPRESSION_1"], "CAMPAIGN", "DAY")
    written = ParquetTable(tmp_path / "report.parquet", columns)
    assert reading.copy_to_parquet(path, columns, "1", written) == lines + 2
    written.finish()
    table: Any = import_module("pyarrow.parquet").read_table(tmp_path / "report.parquet")
    found = [tuple(row.values()) for row in table.to_pylist()]
    assert found == [row for some in reading.rows_of(path, columns, "1") for row in some]
    assert found[lines - 1 :] == [
        ("1", dt.date(2026, 1, 1), str(lines - 1), 7),
        ("1", dt.date(2026, 1, 2), "x", 5),
        ("1", None, "y", None),
    ]


@pytest.mark.parametrize("figure", ["5.5", "9" * 19, "many"])
def test_figures_that_a_column_cannot_hold_are_refused(tmp_path: Path, figure: str) -> None:
    """In Parquet a column of whole numbers has no other: nothing is cut off or left out."""
    path = tmp_path / "report.csv"
    path.write_text(f"DATE,CAMPAIGN_ID,IMPRESSION_1\n2026-01-01,1,{figure}\n")
    columns = table_columns(["IMPRESSION_1"], "CAMPAIGN", "DAY")
    with (
        closing(ParquetTable(tmp_path / "report.parquet", columns)) as table,
        pytest.raises(reading.ReportUnreadable),
    ):
        reading.copy_to_parquet(path, columns, "1", table)
    assert [one.name for one in tmp_path.iterdir()] == ["report.csv"]


async def test_empty_reports_have_no_rows(tmp_path: Path) -> None:
    """A report without rows is no error, and its file has none."""
    path = tmp_path / "none.csv"
    async with ads_emulator() as emulator, client_of(emulator) as client:
        asked: dict[str, Any] = {**WEEK, "campaign_ids": ["1"], "sync": False}
        rows, run = await rows_of(emulator, **asked)
        written = await ad_report(client, emulator.ad_account_id, **changed(asked, out=path))
    assert (rows, run.complete, written.rows) == ([], True, 0)
    assert path.read_text().startswith("AD_ACCOUNT_ID,DATE,CAMPAIGN_ID")


async def test_a_walk_that_is_left_early_leaves_nothing(tmp_path: Path) -> None:
    """Closing a walk ends what is under way, and the journal can be had at once."""
    journal = tmp_path / "run.sqlite"
    async with ads_emulator() as emulator, client_of(emulator) as client:
        asked: dict[str, Any] = {**WEEK, "start": days_ago(400), "journal": journal}
        for _ in range(2):
            report = ad_report(client, emulator.ad_account_id, **asked)
            async with aclosing(report):
                async for _row in report:
                    break
        rows = [row async for row in ad_report(client, emulator.ad_account_id, **asked)]
        assert rows
        assert started(emulator) <= 3
    assert [one.name for one in tmp_path.iterdir()] == ["run.sqlite"]


def test_columns_can_be_looked_up() -> None:
    """A part of a name finds the columns that have it, with their levels."""
    found = report_columns("pin_promotion_")
    assert [one.name for one in found] == [
        "PIN_PROMOTION_STATUS", "PIN_PROMOTION_ID", "PIN_PROMOTION_NAME"
    ]  # fmt: skip
    assert "CAMPAIGN" not in found[0].levels
    assert "PIN_PROMOTION" in found[0].levels
    assert len(report_columns()) == 626
