"""Work that takes its time: through its states on a driven clock, to a file on another host."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from pinterest_async.emulator import ManualClock
from tests.support.emulator_api import Api, small

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_769_904_000.0  # 2026-02-01
DAYS = {"start_date": "2026-01-25", "end_date": "2026-01-31"}
REPORT: dict[str, Any] = {
    **DAYS,
    "granularity": "DAY",
    "columns": ["IMPRESSION_1", "CTR"],
    "level": "CAMPAIGN",
}
MMM: dict[str, Any] = {
    **DAYS,
    "granularity": "DAY",
    "level": "CAMPAIGN_TARGETING",
    "report_name": "x",
    "columns": ["SPEND_IN_DOLLAR"],
    "targeting_types": ["APPTYPE"],
}


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
def ads(client: Api) -> str:
    """The path of an ad account."""
    return f"/ad_accounts/{client.emulator.ad_account_id}"


async def download(client: Api, url: str, **headers: str) -> tuple[int, bytes]:
    """Fetch a file without the token."""
    async with client.session.get(url, headers=headers) as response:
        return response.status, await response.read()


async def finished(client: Api, clock: ManualClock, path: str, body: Any, **query: str) -> Any:
    """Start a report, let the time pass, look."""
    started = await client.post(path, body)
    assert started.status == 200, started
    clock.advance(10)
    return (await client.get(path, token=started.body["token"], **query)).body


async def test_report_goes_through_its_states(client: Api, clock: ManualClock, ads: str) -> None:
    """In progress, finished with a link, expired after an hour; an unknown one does not exist."""
    started = await client.post(f"{ads}/reports", REPORT)
    token = started.body["token"]
    states: list[tuple[str, bool]] = []
    for wait in (0, 9.9, 0.1, 3599, 1):
        clock.advance(wait)
        told = (await client.get(f"{ads}/reports", token=token)).body
        states.append((told["report_status"], bool(told["url"])))
    other = await client.get(f"{ads}/reports", token="unheard")
    assert started.body["report_status"] == "IN_PROGRESS"
    assert states == [
        ("IN_PROGRESS", False),
        ("IN_PROGRESS", False),
        ("FINISHED", True),
        ("FINISHED", True),
        ("EXPIRED", False),
    ]
    assert (other.status, other.body["report_status"]) == (200, "DOES_NOT_EXIST")


async def test_downloads_lie_elsewhere_and_expire(
    client: Api, clock: ManualClock, ads: str
) -> None:
    """Another host and port; five minutes; no bearer, no changed signature."""
    url: str = (await finished(client, clock, f"{ads}/reports", REPORT))["url"]
    api, files = urlsplit(client.emulator.base_url), urlsplit(url)
    assert (api.hostname, api.port) != (files.hostname, files.port)
    assert api.hostname != files.hostname
    assert (await download(client, url))[0] == 200
    assert (await download(client, url, Authorization=f"Bearer {client.emulator.token}"))[0] == 400
    assert (await download(client, url + "0"))[0] == 403
    clock.advance(299)
    assert (await download(client, url))[0] == 200
    clock.advance(1)
    status, body = await download(client, url)
    assert (status, b"expired" in body) == (403, True)


async def test_report_file_holds_what_was_asked(client: Api, clock: ManualClock, ads: str) -> None:
    """JSON is an object of rows by entity, CSV a table; both count the same."""
    ids = [one["id"] for one in (await client.get(f"{ads}/campaigns")).body["items"]][:2]
    asked = {**REPORT, "campaign_ids": ids}
    told = await finished(client, clock, f"{ads}/reports", asked)
    raw = (await download(client, told["url"]))[1]
    rows = json.loads(raw)
    told_csv = await finished(client, clock, f"{ads}/reports", {**asked, "report_format": "CSV"})
    table = list(csv.DictReader(io.StringIO((await download(client, told_csv["url"]))[1].decode())))
    assert told["size"] == len(raw)
    assert sorted(rows) == sorted(ids)
    assert [row["DATE"] for row in rows[ids[0]]] == [f"2026-01-{day}" for day in range(25, 32)]
    assert len(table) == 14
    assert [row.get("IMPRESSION_1", "") for row in rows[ids[0]]] == [
        int(row["IMPRESSION_1"]) if row["IMPRESSION_1"] else "" for row in table[:7]
    ]


async def test_report_and_analytics_agree(client: Api, clock: ManualClock, ads: str) -> None:
    """The synchronous operation gives the rows that a report gives."""
    one = (await client.get(f"{ads}/campaigns")).body["items"][0]["id"]
    told = await finished(client, clock, f"{ads}/reports", {**REPORT, "campaign_ids": [one]})
    rows = json.loads((await download(client, told["url"]))[1])[one]
    query = {**DAYS, "granularity": "DAY", "columns": "IMPRESSION_1,CTR", "campaign_ids": one}
    assert (await client.get(f"{ads}/campaigns/analytics", **query)).body == rows


@pytest.mark.parametrize(
    "change",
    [
        {"start_date": "2023-01-01", "end_date": "2023-01-02"},
        {"start_date": "2025-06-01"},
        {"granularity": "HOUR"},
        {"start_date": "2026-02-31"},
        {"end_date": "2026-01-01"},
        {"level": "SIDEWAYS"},
        {"columns": None},
    ],
)
async def test_reports_have_bounds(client: Api, ads: str, change: dict[str, Any]) -> None:
    """Too long ago, too wide, no day, backwards, or of an unknown level: 400 code 400."""
    refused = await client.post(f"{ads}/reports", {**REPORT, **change})
    assert (refused.status, refused.body["code"]) == (400, 400)


async def test_jobs_fail_on_demand(client: Api, clock: ManualClock, ads: str) -> None:
    """A job that is told to fail does so when its time is over, and the next one does not."""
    client.emulator.fail_jobs("analytics/create_report")
    first = await finished(client, clock, f"{ads}/reports", REPORT)
    second = await finished(client, clock, f"{ads}/reports", REPORT)
    assert (first["report_status"], first["url"]) == ("FAILED", None)
    assert second["report_status"] == "FINISHED"


async def test_mmm_report_has_both_forms(client: Api, clock: ManualClock, ads: str) -> None:
    """The older form of the answer is around the newer one."""
    told = await finished(client, clock, f"{ads}/mmm_reports", MMM)
    assert told["url"] == told["data"]["url"]
    assert told["data"]["report_status"] == told["report_status"] == "FINISHED"
    assert (await download(client, told["url"]))[1].startswith(
        b"ADVERTISER_ID,DATE,SPEND_IN_DOLLAR"
    )


async def test_bulk_download_holds_the_entities(client: Api, clock: ManualClock, ads: str) -> None:
    """The file of a bulk download has every campaign that the list has."""
    body = {"entity_types": ["CAMPAIGN", "AD_GROUP"]}
    name = (await client.post(f"{ads}/bulk/download", body)).body["request_id"]
    running = await client.get(f"{ads}/bulk/{name}")
    clock.advance(10)
    done = await client.get(f"{ads}/bulk/{name}")
    held = json.loads((await download(client, done.body["result_url"]))[1])
    statuses = {"entity_statuses": "ACTIVE,PAUSED,ARCHIVED"}
    assert (running.body, done.body["status"]) == ({"status": "RUNNING"}, "SUCCEEDED")
    assert held["CAMPAIGN"] == await client.walk(f"{ads}/campaigns", **statuses)
    assert (await client.get(f"{ads}/bulk/1")).status == 404


async def test_template_report_is_polled_like_others(
    client: Api, clock: ManualClock, ads: str
) -> None:
    """A report by a template is found where every report is."""
    template = (await client.get(f"{ads}/templates")).body["items"][0]["id"]
    started = await client.call("POST", f"{ads}/templates/{template}/reports")
    clock.advance(10)
    told = await client.get(f"{ads}/reports", token=started.body["token"])
    assert started.body["template_id"] == template
    assert told.body["report_status"] == "FINISHED"
    assert (await client.call("POST", f"{ads}/templates/1/reports")).status == 404


async def test_catalog_report_and_leads_export(client: Api, clock: ManualClock, ads: str) -> None:
    """Both finish with a link; a token that was never given is 400 code 1104."""
    feed = (await client.get("/catalogs/feeds")).body["items"][0]["id"]
    body = {
        "catalog_type": "RETAIL",
        "report": {"report_type": "FEED_INGESTION_ISSUES", "feed_id": feed},
    }
    told = await finished(client, clock, "/catalogs/reports", body)
    wrong = await client.get("/catalogs/reports", token="unheard")
    ad = (await client.get(f"{ads}/ads")).body["items"][0]["id"]
    export = {**DAYS, "ad_id": ad}
    name = (await client.post(f"{ads}/leads_export", export)).body["leads_export_id"]
    running = (await client.get(f"{ads}/leads_export/{name}")).body
    clock.advance(10)
    leads = (await client.get(f"{ads}/leads_export/{name}")).body
    assert told["report_status"] == "FINISHED"
    assert (wrong.status, wrong.body["code"]) == (400, 1104)
    assert running == {"export_status": "IN_PROGRESS"}
    assert (await download(client, leads["download_url"]))[1].startswith(b"lead_id,created_time")


async def test_item_batches_are_not_all_or_nothing(client: Api, clock: ManualClock) -> None:
    """A completed batch has items that went well and items that did not; items can be read then."""
    items = [
        {"operation": "CREATE", "item_id": "a", "attributes": attributes("Plum cake")},
        {"operation": "UPDATE", "item_id": "b", "attributes": {"title": "Rye"}},
        {"operation": "CREATE", "item_id": "", "attributes": attributes("Nobody")},
    ]
    body = {"catalog_type": "RETAIL", "country": "US", "language": "en-US", "items": items}
    started = await client.post("/catalogs/items/batch", body)
    asked = {
        "country": "US",
        "language": "en-US",
        "filters": {"catalog_type": "RETAIL", "item_ids": ["a", "b"]},
    }
    early = (await client.post("/catalogs/items", asked)).body["items"]
    clock.advance(10)
    done = (await client.get(f"/catalogs/items/batch/{started.body['batch_id']}")).body
    late = (await client.post("/catalogs/items", asked)).body["items"]
    unknown = await client.get("/catalogs/items/batch/123")
    assert started.body["status"] == "PROCESSING"
    assert [one["status"] for one in started.body["items"]] == ["PROCESSING"] * 3
    assert done["status"] == "COMPLETED"
    assert [one["status"] for one in done["items"]] == ["SUCCESS", "FAILURE", "FAILURE"]
    assert done["items"][2]["errors"][0]["attribute"] == "item_id"
    assert ["errors" in one for one in early] == [True, True]
    assert late[0]["attributes"]["title"] == "Plum cake"
    assert "errors" in late[1]
    assert (unknown.status, unknown.body["code"]) == (404, 4331)


async def test_events_of_attribution_are_taken_without_a_word(client: Api) -> None:
    """A2: 200 and no body at all, not even an empty object."""
    account = client.emulator.ad_account_id
    event = {
        "ad_group_id": "1",
        "attribution_scope": "click",
        "event_id": "a",
        "event_name": "checkout",
        "event_timestamp": 1_700_000_000,
    }
    taken = await client.post(f"/ad_accounts/{account}/msot/events", event)
    assert (taken.status, taken.raw) == (200, b"")


def attributes(title: str) -> dict[str, Any]:
    """What a retail item must have."""
    return {
        "title": title,
        "description": "x",
        "link": "https://example.com/a",
        "image_link": ["https://example.com/a.jpg"],
        "price": "3 USD",
        "availability": "in stock",
    }


async def test_customer_records_are_uploaded_in_parts(
    client: Api, clock: ManualClock, ads: str
) -> None:
    """Not started, running, succeeded: but only when every part has come, without a token."""
    customers = (await client.get(f"{ads}/customer_lists")).body["items"][0]
    path = f"{ads}/customer_lists/{customers['id']}/uploads"
    started = (await client.post(path, {"operation": "ADD", "total_parts": 2})).body
    one = f"{path}/{started['customer_list_upload']['id']}"
    early = await client.call("POST", f"{one}/run")
    contents = (b"ann@example.com\n" * (5 * 2**16), b"bo@example.com\ncy@example.com")
    for part, content in zip(
        started["s3_multipart_upload_data"]["file_parts"], contents, strict=True
    ):
        url = part["presigned_url"]
        bearer = {"Authorization": "Bearer x"}
        async with client.session.put(url, data=b"a", headers=bearer) as response:
            assert response.status == 400
        async with client.session.put(url, data=io.BytesIO(content)) as response:
            assert response.status == 200
    states = [(await client.get(one)).body["state"]]
    states.append((await client.call("POST", f"{one}/run")).body["state"])
    clock.advance(10)
    done = (await client.get(one)).body
    after = (await client.get(f"{ads}/customer_lists/{customers['id']}")).body
    lines = 5 * 2**16 + 2
    assert early.status == 400
    assert [*states, done["state"]] == ["NOT_STARTED", "RUNNING", "SUCCEEDED"]
    assert done["record_counts"] == {"processed": lines, "valid": lines, "invalid": 0}
    added = after["num_uploaded_user_records"] - customers["num_uploaded_user_records"]
    assert (after["status"], added) == ("READY", lines)


async def test_bulk_upsert_writes_entities(client: Api, clock: ManualClock, ads: str) -> None:
    """Nothing while it runs; then each entity is there, or the file says why it is not."""
    account = client.emulator.ad_account_id
    old = (await client.get(f"{ads}/campaigns")).body["items"][0]
    group = (await client.get(f"{ads}/ad_groups")).body["items"][0]["id"]
    campaign = {"ad_account_id": account, "name": "Bulk", "objective_type": "AWARENESS"}
    lonely = {"campaign_id": "1", "name": "Lost", "billable_event": "IMPRESSION"}
    body = {
        "create": {
            "campaigns": [campaign],
            "ad_groups": [{**lonely, "campaign_id": old["id"], "name": "Found"}, lonely],
            "keywords": [
                {"parent_id": group, "keywords": [{"match_type": "EXACT", "value": "bulk rye"}]}
            ],
            "labels": [
                {"parent_id": old["id"], "labels": [{"label_type": "CUSTOM", "value": "bulk"}]}
            ],
        },
        "update": {"campaigns": [{"id": old["id"], "ad_account_id": account, "name": "Renamed"}]},
    }
    started = (await client.post(f"{ads}/bulk/upsert", body)).body["request_id"]
    early = {one["name"] for one in await client.walk(f"{ads}/campaigns")}
    clock.advance(10)
    names = {one["name"] for one in await client.walk(f"{ads}/campaigns")}
    groups = await client.walk(f"{ads}/ad_groups", campaign_ids=old["id"])
    words = {one["value"] for one in await client.walk(f"{ads}/keywords", ad_group_id=group)}
    done = (await client.get(f"{ads}/bulk/{started}")).body
    told = json.loads((await download(client, done["result_url"]))[1])
    assert early.isdisjoint({"Bulk", "Renamed"})
    assert names >= {"Bulk", "Renamed"}
    assert "Found" in {one["name"] for one in groups}
    assert "bulk rye" in words
    assert done["status"] == "SUCCEEDED"
    assert [bool(one["exceptions"]) for one in told["create"]["ad_groups"]] == [False, True]
    assert told["create"]["ad_groups"][1]["exceptions"][0]["code"] == 404
    assert told["update"]["campaigns"][0]["data"]["name"] == "Renamed"
    wanted = {"entity_types": ["CAMPAIGN", "LABEL"]}
    name = (await client.post(f"{ads}/bulk/download", wanted)).body["request_id"]
    clock.advance(10)
    url = (await client.get(f"{ads}/bulk/{name}")).body["result_url"]
    held = json.loads((await download(client, url))[1])
    assert "Bulk" in {one["name"] for one in held["CAMPAIGN"]}
    assert "bulk" in {one["value"] for one in held["LABEL"]}


async def test_bulk_upsert_knows_parents_that_it_creates(
    client: Api, clock: ManualClock, ads: str
) -> None:
    """C2 is the second campaign of the request; what is in one that failed fails with it."""
    account = client.emulator.ad_account_id
    campaign = {"ad_account_id": account, "name": "One", "objective_type": "AWARENESS"}
    group = {"name": "G", "billable_event": "IMPRESSION"}
    word = {"match_type": "EXACT", "value": "rye"}
    body = {
        "create": {
            "campaigns": [{**campaign, "daily_spend_cap": 20}, {**campaign, "name": "Two"}],
            "ad_groups": [{**group, "campaign_id": "C1"}, {**group, "campaign_id": "C2"}],
            "keywords": [
                {"parent_id": "AG2", "keywords": [word]},
                {"parent_id": "AG1", "keywords": [word, {**word, "value": "oat"}]},
            ],
        }
    }
    started = (await client.post(f"{ads}/bulk/upsert", body)).body["request_id"]
    clock.advance(10)
    done = (await client.get(f"{ads}/bulk/{started}")).body
    told = json.loads((await download(client, done["result_url"]))[1])["create"]
    campaigns, groups, keywords = told["campaigns"], told["ad_groups"], told["keywords"]
    assert [bool(one["exceptions"]) for one in campaigns] == [True, False]
    assert groups[0]["exceptions"] == [{"code": 404, "message": "C1 was not created."}]
    assert groups[1]["data"]["campaign_id"] == campaigns[1]["data"]["id"]
    assert [bool(one["exceptions"]) for one in keywords] == [False, True, True]
    assert keywords[0]["data"]["parent_id"] == groups[1]["data"]["id"]
    assert keywords[2]["data"] == {"parent_id": "AG1", "match_type": "EXACT", "value": "oat"}
    listed = await client.walk(f"{ads}/keywords", ad_group_id=groups[1]["data"]["id"])
    assert [one["value"] for one in listed] == ["rye"]


async def test_bulk_upsert_can_fail(client: Api, clock: ManualClock, ads: str) -> None:
    """One that is told to fail writes nothing."""
    client.emulator.fail_jobs("bulk_upsert/create")
    account = client.emulator.ad_account_id
    campaign = {"ad_account_id": account, "name": "Bulk", "objective_type": "AWARENESS"}
    body = {"create": {"campaigns": [campaign]}}
    started = (await client.post(f"{ads}/bulk/upsert", body)).body["request_id"]
    clock.advance(10)
    assert (await client.get(f"{ads}/bulk/{started}")).body == {"status": "FAILED"}
    assert "Bulk" not in {one["name"] for one in await client.walk(f"{ads}/campaigns")}


async def test_leads_are_of_an_ad_and_of_days(client: Api, clock: ManualClock, ads: str) -> None:
    """An export has what came in on its days, and nothing older than 30 days, tests included."""
    form = (await client.get(f"{ads}/lead_forms")).body["items"][0]
    listed = await client.walk(f"{ads}/ads", page_size=250)
    ad = next(one["id"] for one in listed if one.get("lead_form_id") == form["id"])
    answers = ["Ann", "ann@example.com", "Rye 5"]
    tested = await client.post(f"{ads}/lead_forms/{form['id']}/test", {"answers": answers})

    async def export(first: str, last: str) -> list[dict[str, str]]:
        asked = {"ad_id": ad, "start_date": first, "end_date": last}
        name = (await client.post(f"{ads}/leads_export", asked)).body["leads_export_id"]
        clock.advance(10)
        url = (await client.get(f"{ads}/leads_export/{name}")).body["download_url"]
        text = (await download(client, url))[1].decode()
        return list(csv.DictReader(io.StringIO(text)))

    week, everything = (
        await export("2026-01-26", "2026-02-01"),
        await export("2025-11-01", "2026-02-01"),
    )
    times = [float(one["created_time"]) for one in everything]
    assert tested.status == 200
    assert [one for one in week if one["which cake?"] == "Rye 5"] == week[-1:]
    assert {one["lead_id"] for one in week} < {one["lead_id"] for one in everything}
    assert min(times) >= NOW - 30 * 86_400
    assert {(one["ad_id"], one["lead_form_id"]) for one in everything} == {(ad, form["id"])}


@pytest.mark.parametrize(
    "change",
    [{"ad_id": "1"}, {"start_date": "2026-02-01"}, {"start_date": "2026-02-31"}],
    ids=["no such ad", "backwards", "no day"],
)
async def test_leads_of_nothing_are_refused(client: Api, ads: str, change: dict[str, str]) -> None:
    """An ad of somebody else, and days that are none, are 400."""
    ad = (await client.get(f"{ads}/ads")).body["items"][0]["id"]
    answer = await client.post(f"{ads}/leads_export", {**DAYS, "ad_id": ad, **change})
    assert (answer.status, answer.body["code"]) == (400, 400)
