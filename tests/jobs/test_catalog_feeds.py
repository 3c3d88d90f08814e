"""Feeds: made or changed by their address, fetched soon, and what came of it in words."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, get_args

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from pinterest_async import (
    AuthenticationFailed,
    ConfigurationError,
    InvalidRequest,
    UnprocessableRequest,
)
from pinterest_async.emulator import Answer, Disconnect, Emulator, ManualClock
from pinterest_async.jobs import (
    CatalogIssues,
    FeedResult,
    FeedSync,
    Pace,
    catalog_issues,
    sync_feed,
)
from pinterest_async.jobs.catalogs.words import words_of
from pinterest_async.models import CatalogsRetailFeedsUpdateRequest, enums
from tests.support.catalog_world import WHERE, shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pinterest_async import Pinterest

FEED = "https://shop.example.org/feed.csv"
QUICK = Pace(first=0.01, longest=0.01, gap=0.001, deadline=30.0)


class Shop:
    """An emulator whose time a test drives."""

    def __init__(self, emulator: Emulator, client: Pinterest, clock: ManualClock) -> None:
        self.emulator = emulator
        self.client = client
        self.clock = clock

    async def sync(self, location: str = FEED, **others: Any) -> FeedSync:
        """Sync a feed."""
        asked: dict[str, Any] = {**WHERE, "pace": QUICK, **others}
        return await sync_feed(self.client, location, **asked)

    async def fetched(self, location: str = FEED, **others: Any) -> FeedSync:
        """Sync a feed, and let the time pass in which it is fetched."""
        syncing = asyncio.create_task(self.sync(location, wait=True, **others))
        while not syncing.done():
            await asyncio.sleep(0.02)
            self.clock.advance(600.0)
        return syncing.result()

    def feeds(self, location: str = FEED) -> list[dict[str, Any]]:
        """The feeds at an address."""
        store = self.emulator.account.stores.store("feeds")
        return [one for one in store if one["location"] == location]


@pytest.fixture
async def it() -> AsyncIterator[Shop]:
    """A shop in the present, where work takes ten seconds."""
    clock = ManualClock(float(int(time.time())))
    async with shop(clock=clock, job_seconds=10.0) as (emulator, client):
        yield Shop(emulator, client, clock)


async def test_a_feed_is_made_once(it: Shop) -> None:
    """A new address becomes a feed with a name of its own; the same again finds it."""
    made = await it.sync(currency="usd")
    again = await it.sync(currency="USD")
    (feed,) = it.feeds()
    assert (made.created, made.name) == (True, "shop.example.org/feed.csv US en-US")
    assert (again.created, again.changed, again.feed_id) == (False, [], made.feed_id)
    assert (feed["format"], feed["default_country"], feed["status"]) == ("CSV", "US", "ACTIVE")
    assert feed["default_currency"] == "USD"
    assert made.complete


async def test_what_differs_is_changed(it: Shop) -> None:
    """What is said and differs is sent; a feed that was off is switched on; the rest stays."""
    made = await it.sync(name="Autumn", currency="USD", fetch_soon=False)
    await it.client.catalog_feeds.update(
        made.feed_id,
        CatalogsRetailFeedsUpdateRequest(status="INACTIVE", default_availability="IN_STOCK"),
    )
    done = await it.sync(currency="EUR", credentials=("reader", "secret"), fetch_soon=False)
    (feed,) = it.feeds()
    assert done.changed == ["credentials", "default_currency", "status"]
    assert (feed["status"], feed["default_currency"], feed["name"]) == ("ACTIVE", "EUR", "Autumn")
    assert feed["default_availability"] == "IN_STOCK"
    assert "secret" not in repr(done)
    before = len(it.emulator.requests)
    same = await it.sync(currency="EUR", fetch_soon=False)
    assert (same.changed, same.fetch_at) == ([], None)
    assert {one.method for one in it.emulator.requests[before:]} == {"GET"}


async def test_another_country_is_another_feed(it: Shop) -> None:
    """Country and language of a feed cannot be changed: the same address makes a second one."""
    one = await it.sync()
    other = await it.sync(country="GB", language="en-GB")
    assert one.feed_id != other.feed_id
    assert {feed["default_country"] for feed in it.feeds()} == {"US", "GB"}


async def test_a_name_that_is_taken(it: Shop) -> None:
    """A made-up name gets a number, one that was given is refused."""
    await it.sync("https://other.example.org/a.csv", name="shop.example.org/feed.csv US en-US")
    assert (await it.sync()).name == "shop.example.org/feed.csv US en-US 2"
    with pytest.raises(UnprocessableRequest) as refused:
        await it.sync("https://other.example.org/b.xml", name="shop.example.org/feed.csv US en-US")
    assert refused.value.code == 4170


async def test_a_lost_answer_makes_no_second_feed(it: Shop) -> None:
    """A feed that was made although the answer was lost is found by its address."""
    it.emulator.fail("feeds/create", Disconnect(after_write=True))
    done = await it.sync()
    assert done.created
    assert len(it.feeds()) == 1
    it.emulator.fail("feeds/update", Disconnect(after_write=True))
    assert (await it.sync(currency="EUR")).changed == ["default_currency"]


async def test_a_feed_is_fetched_soon(it: Shop) -> None:
    """The schedule is set five minutes ahead, in UTC; then the newest result is waited for."""
    before = dt.datetime.now(dt.UTC)
    done = await it.fetched()
    (feed,) = it.feeds()
    assert done.fetch_at is not None
    ahead = (done.fetch_at - before).total_seconds()
    assert 290 <= ahead <= 370
    assert feed["preferred_processing_schedule"] == {
        "time": f"{done.fetch_at:%H:%M}",
        "timezone": "Etc/UTC",
    }
    assert done.result is not None
    assert (done.result.status, done.result.items, done.result.ingested) == ("COMPLETED", 6, 5)
    first, second = done.result.issues
    assert (first.code, first.severity, first.items) == ("IMAGE_LINK_MISSING", "error", 1)
    assert first.meaning == "image_link is missing"
    assert (second.code, second.severity) == ("AVAILABILITY_DATE_INVALID", "warning")
    assert not done.complete
    # What came before is no result of what is asked for now.
    again = await it.fetched()
    assert again.result is not None
    assert again.result.id != done.result.id


async def test_a_feed_that_cannot_be_fetched_is_explained(it: Shop) -> None:
    """A failure names its reason, in words that say what helps."""
    it.emulator.fail_jobs("feeds/ingest")
    done = await it.fetched()
    assert done.result is not None
    assert (done.result.status, done.result.ok, done.complete) == ("FAILED", False, False)
    (issue,) = done.result.issues
    assert (issue.code, issue.whole_feed) == ("FETCH_ERROR", True)
    assert "address public" in issue.meaning


async def test_a_time_of_day_is_kept(it: Shop) -> None:
    """`daily_at` takes the place of the time in five minutes."""
    done = await it.sync(daily_at="04:30")
    (feed,) = it.feeds()
    assert feed["preferred_processing_schedule"]["time"] == "04:30"
    assert done.fetch_at is not None
    assert f"{done.fetch_at:%H:%M}" == "04:30"
    assert dt.timedelta(0) < done.fetch_at - dt.datetime.now(dt.UTC) <= dt.timedelta(days=1)


async def test_waiting_ends(it: Shop) -> None:
    """Where nothing comes, the wait ends, and what was done is told."""
    done = await it.sync(wait=True, pace=Pace(first=0.01, longest=0.01, deadline=0.1))
    assert (done.created, done.waited, done.result, done.complete) == (True, True, None, False)


@pytest.mark.parametrize(
    ("location", "asked", "message"),
    [
        ("shop.example.org/feed.csv", {}, "is no address"),
        ("file:///etc/passwd", {}, "is no address"),
        ("https://me:pass@shop.example.org/feed.csv", {}, "pass it as credentials"),
        ("https://shop.example.org/feed", {}, "does not tell the format"),
        (FEED, {"daily_at": "25:00"}, "daily_at must look like 04:30"),
        (FEED, {"country": "Germany"}, "no country 'Germany'"),
        (FEED, {"language": "EN"}, "no language 'EN'"),
        (FEED, {"currency": "euro"}, "no currency 'euro'"),
        (FEED, {"catalog": "Nowhere"}, "no retail catalog is called 'Nowhere'"),
    ],
)
async def test_bad_arguments_are_refused(
    it: Shop, location: str, asked: dict[str, Any], message: str
) -> None:
    """What Pinterest would refuse is refused before a feed is made; no password is repeated."""
    with pytest.raises(InvalidRequest, match=message) as refused:
        await it.sync(location, **asked)
    assert "pass@" not in str(refused.value)
    assert all(one.method == "GET" for one in it.emulator.requests)


@pytest.mark.parametrize(
    ("location", "format"),
    [("https://x.example/a.tsv", "TSV"), ("ftp://x.example/a.xml.gz", "XML"),
     ("https://x.example/a.txt?x=a.csv", "TSV")],
)  # fmt: skip
async def test_the_format_is_told_by_the_address(it: Shop, location: str, format: str) -> None:
    """The ending counts, that of packing and what is asked for aside."""
    await it.sync(location)
    assert it.feeds(location)[0]["format"] == format


# Issues


async def test_issues_come_with_examples(it: Shop) -> None:
    """Each feed has its newest result, each issue its items; the catalog has its own."""
    await it.fetched()
    done = await catalog_issues(it.client)
    (feed,) = [one for one in done.feeds if one.location == FEED]
    others = [one for one in done.feeds if one.location != FEED]
    assert [one.active for one in others] == [False, False, False]
    assert feed.result is not None
    assert [issue.code for issue in feed.result.issues] == [
        "IMAGE_LINK_MISSING",
        "AVAILABILITY_DATE_INVALID",
    ]
    assert feed.result.issues[0].examples == [f"{feed.feed_id}-5"]
    assert feed.result.issues[1].examples == [f"{feed.feed_id}-0"]
    (missing, _) = sorted(done.distribution, key=lambda one: not one.not_in_ads)
    assert (missing.code, missing.not_in_ads) == ("IMAGE_LINK_MISSING", True)
    assert missing.items == 4
    assert (done.not_told, done.complete) == (None, False)


async def test_the_newest_result_counts(it: Shop) -> None:
    """However many results there are, in whatever order, the last one is looked at."""
    made = await it.fetched()
    it.emulator.fail_jobs("feeds/ingest")
    await it.client.catalog_feeds.ingest(made.feed_id)
    it.clock.advance(60)
    done = await catalog_issues(it.client, feed=FEED)
    assert [one.feed_id for one in done.feeds] == [made.feed_id]
    assert done.feeds[0].result is not None
    assert done.feeds[0].result.status == "FAILED"
    assert done.distribution == []
    with pytest.raises(InvalidRequest, match="there is no feed"):
        await catalog_issues(it.client, feed="https://nowhere.example.org/")
    with pytest.raises(InvalidRequest, match="examples must be from 0 to 20"):
        await catalog_issues(it.client, examples=21)


async def test_what_is_not_told_is_said(it: Shop) -> None:
    """Statistics that an account may not see do not end the job; nor does a missing catalog."""
    refusal = {"code": 29, "message": "You are not permitted to access that resource."}
    it.emulator.fail("reports/stats", Answer(403, refusal))
    it.emulator.fail("items_issues/list", Answer(404, {"code": 4184, "message": "Gone."}), times=9)
    done = await catalog_issues(it.client)
    assert done.not_told is not None
    assert "PermissionDenied" in done.not_told
    assert len(done.feeds) == 3
    it.emulator.fail("feeds/list", Answer(409, {"code": 4182, "message": "No catalog yet."}))
    assert (await catalog_issues(it.client)).feeds == []


async def listed(it: Shop, out: Path, **others: Any) -> CatalogIssues:
    """Write all items with an issue, and let the time pass in which reports are made."""
    asking = asyncio.create_task(catalog_issues(it.client, out=out, pace=QUICK, **others))
    while not asking.done():
        await asyncio.sleep(0.02)
        it.clock.advance(5.0)
    return asking.result()


async def test_every_item_with_an_issue_is_written(it: Shop, tmp_path: Path) -> None:
    """A row for each item and issue of each report, with Pinterest's columns."""
    made = await it.fetched()
    out = tmp_path / "issues.csv"
    out.write_text("of yesterday")
    done = await listed(it, out)
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    feeds = [one for one in done.feeds if one.result is not None and one.result.issues]
    assert [(one.name, one.rows, one.reason) for one in done.reports] == [
        *((f"feed {one.feed_id}", 2, None) for one in feeds),
        ("distribution", 8, None),
    ]
    assert [row["report"] for row in rows] == [
        one.name for one in done.reports for _ in range(one.rows)
    ]
    assert [
        (row["item_id"], row["code_label"], row["severity"])
        for row in rows
        if row["report"] == f"feed {made.feed_id}"
    ] == [
        (f"{made.feed_id}-0", "AVAILABILITY_DATE_INVALID", "WARN"),
        (f"{made.feed_id}-5", "IMAGE_LINK_MISSING", "ERROR"),
    ]
    assert (done.files, done.complete) == ([str(out)], False)
    assert [path.name for path in tmp_path.iterdir()] == ["issues.csv"]


async def test_one_feed_is_one_report(it: Shop, tmp_path: Path) -> None:
    """In a database the rows of the run before give way; without an issue there are no rows."""
    made = await it.fetched()
    out = tmp_path / "issues.sqlite"
    for _ in range(2):
        done = await listed(it, out, feed=made.feed_id)
        with closing(sqlite3.connect(out)) as database:
            assert list(database.execute("SELECT count(*), min(report) FROM issues")) == [
                (2, f"feed {made.feed_id}")
            ]
    for result in it.emulator.account.stores.store("processing_results", made.feed_id):
        result["validation_details"] = {"errors": {}, "warnings": {}}
    done = await listed(it, tmp_path / "none.jsonl", feed=made.feed_id)
    assert (done.reports, done.complete) == ([], True)
    assert (tmp_path / "none.jsonl").read_text() == ""


async def test_a_report_that_does_not_come_is_named(it: Shop, tmp_path: Path) -> None:
    """A refused report, one that is never made and one that is no table leave the others whole."""
    made = await it.fetched()
    out = tmp_path / "issues.jsonl"
    refusal = {"code": 29, "message": "You are not permitted to access that resource."}
    it.emulator.fail("reports/create", Answer(403, refusal))
    done = await listed(it, out)
    (refused,) = [one for one in done.reports if one.reason is not None]
    assert "PermissionDenied (code 29)" in str(refused.reason)
    assert refused.rows == 0
    assert len(out.read_text().splitlines()) == sum(one.rows for one in done.reports) > 0
    it.emulator.fail_jobs("reports/create")
    hasty = Pace(first=0.01, longest=0.01, gap=0.001, deadline=0.3)
    done = await catalog_issues(it.client, feed=made.feed_id, out=out, pace=hasty)
    assert ["not done after" in str(one.reason) for one in done.reports] == [True]
    assert not done.complete
    assert out.read_text() == ""


async def test_what_is_wrong_for_all_reports_ends_the_job(it: Shop, tmp_path: Path) -> None:
    """A token that is no good, a name that tells no format: the file stays as it was."""
    await it.fetched()
    out = tmp_path / "issues.csv"
    out.write_text("of yesterday")
    it.emulator.fail("reports/create", Answer(401, {"code": 2, "message": "No."}), times=9)
    with pytest.raises(AuthenticationFailed):
        await listed(it, out)
    with pytest.raises(ConfigurationError, match="format"):
        await catalog_issues(it.client, out=tmp_path / "issues.txt")
    assert out.read_text() == "of yesterday"


@pytest.mark.parametrize(
    ("content", "rows", "columns", "reason"),
    [
        (b"", 0, [], ""),
        (b"\xef\xbb\xbfItem ID,item id,report,\n1,2,3,4\n", 1,
         ["Item ID", "item id_", "report_", "column"], ""),
        (b"item_id,code\n1,2\n3\n", 0, [], "rows that are not 2 cells wide"),
        (b"\x1f\x8b\x08\x00\xff", 0, [], "cannot be read"),
    ],
)  # fmt: skip
async def test_a_report_is_taken_as_it_comes(
    it: Shop, tmp_path: Path, content: bytes, rows: int, columns: list[str], reason: str
) -> None:
    """Columns of any name are kept apart; what is no table leaves no part of itself."""
    made = await it.fetched()
    out = tmp_path / "issues.csv"

    async def serve(_: web.BaseRequest) -> web.Response:
        return web.Response(body=content)

    async with RawTestServer(serve) as host:
        told = {"report_status": "FINISHED", "url": str(host.make_url("/issues"))}
        it.emulator.fail("reports/get", Answer(200, told), times=2)
        done = await listed(it, out, feed=made.feed_id)
    (report,) = done.reports
    assert report.rows == rows
    assert reason in (report.reason or "")
    with out.open(newline="") as file:
        head, *lines = csv.reader(file)
    assert head == ["report", *columns]
    assert lines == [[report.name, "1", "2", "3", "4"]][:rows]


def test_every_code_has_words() -> None:
    """Each code of an item that Pinterest documents is explained."""
    codes = get_args(enums.CatalogsItemValidationIssue)
    assert len(codes) > 200
    assert [code for code in codes if words_of(code) == code.replace("_", " ").lower()] == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("LINK_LENGTH_TOO_LONG", "link is too long"),
        ("OPTIONAL_CONDITION_MISSING", "condition is missing"),
        ("AD_IMAGE_DOWNLOAD_HTTP_STATUS_404", "ad_image: its host answered 404"),
        ("AD_IMAGE_DOWNLOAD_SSL_ERROR", "ad_image could not be fetched"),
        ("AD_VIDEO_DOWNLOAD_INTERNAL_ERROR",
         "ad_video could not be fetched, by a fault of Pinterest's"),
        ("IMAGE_FILE_NOT_FOUND", "image could not be fetched"),
        ("INTERNAL_SERVICE_ERROR", "a fault of Pinterest's: it tries again within a day"),
        ("SOMETHING_OF_TOMORROW", "something of tomorrow"),
    ],
)  # fmt: skip
def test_codes_are_said_in_words(code: str, words: str) -> None:
    """A code becomes a sentence that says what is wrong, and where it can what helps."""
    assert words_of(code) == words


def test_a_result_is_good_without_errors() -> None:
    """Warnings do not make a result bad; errors, and what is not completed, do."""
    told: dict[str, Any] = {"id": "1", "created_at": None, "items": 1, "ingested": 1, "issues": []}
    assert FeedResult(status="COMPLETED", **told).ok
    assert not FeedResult(status="PROCESSING", **told).ok
