"""Whole ad accounts in files: nothing hidden, what has changed, and what the role may not see."""

from __future__ import annotations

import asyncio
import csv
import json
import sqlite3
from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import ConfigurationError, ConnectionFailed, InvalidRequest
from pinterest_async.emulator import Answer, Disconnect
from pinterest_async.jobs import JournalError, ad_report, export_ads
from tests.support.ads_world import COUNTED, PACE, ads_emulator, days_ago
from tests.support.clients import client_of

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.emulator import Emulator

STORES = (
    "campaigns", "ad_groups", "ads", "keywords", "product_group_promotions", "labels", "audiences",
    "customer_lists", "conversion_tags", "lead_forms", "templates", "order_lines", "schedules",
)  # fmt: skip


def store(emulator: Emulator, name: str) -> list[dict[str, Any]]:
    """What the emulator has of a kind, in the first ad account."""
    return list(emulator.account.stores.store(name, emulator.ad_account_id))


def lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON Lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]


async def export(emulator: Emulator, folder: Path, **options: Any) -> Any:
    """Export the first ad account."""
    async with client_of(emulator) as client:
        return await export_ads(client, emulator.ad_account_id, folder, pace=PACE, **options)


async def test_nothing_is_hidden(tmp_path: Path) -> None:
    """Every entity of every kind is there, archived ones and keywords of ad groups too."""
    async with ads_emulator() as emulator:
        report = await export(emulator, tmp_path)
        for name in STORES:
            key = "schedule_id" if name == "schedules" else "id"
            ids = {str(one[key]) for one in store(emulator, name)}
            rows = lines(tmp_path / f"{name}.jsonl")
            assert {row[key] for row in rows} == ids, name
            assert report.counts[name] == len(ids) == len(rows)
    statuses = Counter(row["status"] for row in lines(tmp_path / "ads.jsonl"))
    assert statuses.keys() == {"ACTIVE", "PAUSED", "ARCHIVED"}
    assert report.complete
    assert report.changes == {}
    raw = json.loads(lines(tmp_path / "campaigns.jsonl")[0]["raw"])
    assert "tracking_urls" in raw


async def test_some_states_alone(tmp_path: Path) -> None:
    """With `statuses` the others are left out."""
    async with ads_emulator() as emulator:
        await export(emulator, tmp_path, statuses=["PAUSED"])
    assert {row["status"] for row in lines(tmp_path / "ads.jsonl")} == {"PAUSED"}


@pytest.mark.parametrize("kind", ["csv", "parquet", "sqlite"])
async def test_formats_agree(tmp_path: Path, kind: Any) -> None:
    """Each format has the rows of JSON Lines."""
    async with ads_emulator() as emulator:
        await export(emulator, tmp_path / "lines")
        report = await export(emulator, tmp_path / kind, format=kind)
    expected = {row["id"]: row["campaign_id"] for row in lines(tmp_path / "lines" / "ads.jsonl")}
    found: list[dict[str, Any]]
    if kind == "csv":
        with (tmp_path / kind / "ads.csv").open(newline="") as file:
            found = list(csv.DictReader(file))
    elif kind == "parquet":
        table: Any = import_module("pyarrow.parquet").read_table(tmp_path / kind / "ads.parquet")
        found = table.to_pylist()
    else:
        assert report.files == [str(tmp_path / kind / "ads.sqlite")]
        connection = sqlite3.connect(report.files[0])
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute("SELECT * FROM ads")]
        connection.close()
    assert {row["id"]: row["campaign_id"] for row in found} == expected


async def test_an_update_tells_what_has_changed(tmp_path: Path) -> None:
    """Changes of bulk kinds come by one download, others by comparison; removals are told."""
    async with ads_emulator() as emulator:
        await export(emulator, tmp_path)
        campaigns, audiences = store(emulator, "campaigns"), store(emulator, "audiences")
        campaigns[0] |= {"name": "Renamed", "updated_time": 4_000_000_000}
        archived = next(one for one in campaigns[1:] if one["status"] == "ACTIVE")
        archived |= {"status": "ARCHIVED"}
        emulator.account.stores.store("audiences", emulator.ad_account_id).remove(
            str(audiences[0]["id"])
        )
        emulator.requests.clear()
        report = await export(emulator, tmp_path, update=True)
        listed = [one for one in emulator.requests if one.operation_id == "campaigns/list"]
        assert report.bulk_downloads == 1
        assert [one.query["entity_statuses"] for one in listed] == [
            ["ARCHIVED", "DRAFT", "DELETED_DRAFT"]
        ]
        again = await export(emulator, tmp_path, update=True)
    assert report.changes == {"added": 0, "changed": 2, "removed": 1}
    assert lines(tmp_path / "changes.jsonl") == []  # of the last update alone
    assert again.changes == {"added": 0, "changed": 0, "removed": 0}
    names = {row["id"]: row["name"] for row in lines(tmp_path / "campaigns.jsonl")}
    assert names[campaigns[0]["id"]] == "Renamed"
    assert len(names) == len(campaigns)


async def test_changes_are_lines(tmp_path: Path) -> None:
    """The file of changes names each with its table, its id and what it is now."""
    async with ads_emulator() as emulator:
        await export(emulator, tmp_path)
        first, second = store(emulator, "campaigns")[0], store(emulator, "audiences")[0]
        first["name"] = "Renamed"
        emulator.account.stores.store("audiences", emulator.ad_account_id).remove(second["id"])
        await export(emulator, tmp_path)
    told = {
        (one["change"], one["table"], one["id"]): one for one in lines(tmp_path / "changes.jsonl")
    }
    assert told.keys() == {
        ("changed", "campaigns", first["id"]),
        ("removed", "audiences", second["id"]),
    }
    assert told["changed", "campaigns", first["id"]]["item"]["name"] == "Renamed"


async def test_a_bulk_download_that_fails_is_a_walk(tmp_path: Path) -> None:
    """After two failed downloads everything is listed, and nothing is missing."""
    async with ads_emulator() as emulator:
        await export(emulator, tmp_path)
        emulator.fail_jobs("bulk_download/create", times=2)
        report = await export(emulator, tmp_path, update=True)
    assert (report.bulk_downloads, report.complete) == (0, True)
    assert report.counts["campaigns"] == 30


async def test_what_may_not_be_seen_is_named(tmp_path: Path) -> None:
    """A refused kind, and an account of others, are named; everything else is there."""
    forbidden = Answer(403, {"code": 403, "message": "not for this role"})
    async with ads_emulator() as emulator, client_of(emulator) as client:
        emulator.fail("billing_profiles/get", forbidden)
        emulator.fail("keywords/get", forbidden)
        accounts = [emulator.ad_account_id, "999"]
        report = await export_ads(client, accounts, tmp_path, pace=PACE)
    named = {(one.ad_account_id, one.kind) for one in report.failures}
    assert (emulator.ad_account_id, "billing_profiles") in named
    assert ("999", "campaigns") in named
    assert report.counts["campaigns"] == 30
    assert report.counts["keywords"] == 40  # asked for ad group by ad group
    assert not report.complete


@pytest.mark.parametrize("skip", [0, 2, 5, 9])
async def test_a_broken_export_goes_on(tmp_path: Path, skip: int) -> None:
    """Cut off at some page, the next run lists what is left, and ends whole."""
    async with ads_emulator() as emulator:
        emulator.fail("*", Disconnect(), skip=skip)
        with pytest.raises(ConnectionFailed):
            await export(emulator, tmp_path, concurrency=1)
        before = len(emulator.requests)
        report = await export(emulator, tmp_path, concurrency=1)
        again = len(emulator.requests) - before
        await export(emulator, tmp_path / "other", concurrency=1)
        whole = len(emulator.requests) - before - again
    assert report.resumed
    assert report.complete
    assert again <= whole - max(0, skip - 2)
    assert report.counts["ads"] == 120


async def test_a_cancelled_export_leaves_no_lock(tmp_path: Path) -> None:
    """Cancelled, it lets go of its folder; two at a time are refused."""
    async with ads_emulator(latency=0.05) as emulator:
        running = asyncio.ensure_future(export(emulator, tmp_path))
        await asyncio.sleep(0.2)
        with pytest.raises(JournalError, match="another run"):
            await export(emulator, tmp_path)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        emulator.latency = 0
        assert (await export(emulator, tmp_path)).complete


async def test_fivetran_names(tmp_path: Path) -> None:
    """The tables and columns are those that dbt packages for that connector read."""
    async with ads_emulator() as emulator:
        report = await export(emulator, tmp_path, names="fivetran")
    assert report.counts.keys() == {
        "advertiser_history", "campaign_history", "ad_group_history", "pin_promotion_history",
        "keyword_history", "customer_list_history",
    }  # fmt: skip
    campaign = lines(tmp_path / "campaign_history.jsonl")[0]
    assert campaign["advertiser_id"] == emulator.ad_account_id
    assert {"id", "name", "status", "budget_spend_cap", "_fivetran_synced"} <= campaign.keys()
    assert "raw" not in campaign


async def test_bad_input_is_refused(tmp_path: Path) -> None:
    """No account, an unknown state, format or names: one error, and nothing is sent."""
    async with ads_emulator() as emulator, client_of(emulator) as client:
        account = emulator.ad_account_id
        cases: list[tuple[dict[str, Any], type[Exception]]] = [
            ({"statuses": ["GONE"]}, InvalidRequest),
            ({"statuses": []}, InvalidRequest),
            ({"names": "airbyte"}, ConfigurationError),
            ({"format": "xml"}, ConfigurationError),
            ({"concurrency": 0}, ConfigurationError),
        ]
        for bad, error in cases:
            with pytest.raises(error):
                await export_ads(client, account, tmp_path, **bad)
        with pytest.raises(InvalidRequest):
            await export_ads(client, [], tmp_path)
        assert emulator.requests == []


async def test_sums_over_an_export_and_over_reports_agree(tmp_path: Path) -> None:
    """Figures by ad, put together by campaign as exported, are those of a report by campaign."""
    async with ads_emulator() as emulator, client_of(emulator) as client:
        account = emulator.ad_account_id
        await export_ads(client, account, tmp_path, pace=PACE)
        campaign_of = {row["id"]: row["campaign_id"] for row in lines(tmp_path / "ads.jsonl")}
        sums: dict[str, Counter[str]] = {}
        for level, key in (
            ("PIN_PROMOTION", "PIN_PROMOTION_ID"), ("CAMPAIGN", "CAMPAIGN_ID"),
            ("ADVERTISER", "ADVERTISER_ID"),
        ):  # fmt: skip
            total = sums[level] = Counter()
            async for row in ad_report(
                client, account, level=level, columns=COUNTED, start=days_ago(20),
                end=days_ago(1), pace=PACE,
            ):  # fmt: skip
                total[campaign_of.get(row[key], row[key])] += row["SPEND_IN_MICRO_DOLLAR"]
    assert sums["PIN_PROMOTION"] == sums["CAMPAIGN"]
    assert sums["ADVERTISER"].total() == sums["CAMPAIGN"].total() > 0
