"""Catalogs: feeds that are processed, items in product groups, and what local stores have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import ManualClock
from tests.support.emulator_api import Api, small

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FEED = {
    "name": "Autumn",
    "format": "CSV",
    "location": "https://shop.example.org/feed.csv",
    "default_country": "US",
    "default_locale": "en-US",
}
WHERE = {"country": "US", "language": "en-US"}


@pytest.fixture
def clock() -> ManualClock:
    """The time."""
    return ManualClock(1_769_904_000.0)


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[Api]:
    """An emulator whose work takes ten seconds."""
    async with small(enforce_limits=False, clock=clock, job_seconds=10) as one:
        yield one


def group(catalog: str, **values: Any) -> dict[str, Any]:
    """A new product group of a catalog, with one filter."""
    filters = {"any_of": [{name: criterion} for name, criterion in values.items()]}
    return {"catalog_type": "RETAIL", "catalog_id": catalog, "name": "One", "filters": filters}


async def first(client: Api, path: str) -> str:
    """The id of the first of a list."""
    return str((await client.get(path)).body["items"][0]["id"])


async def write(client: Api, clock: ManualClock, *items: dict[str, Any]) -> None:
    """Write retail items and let the time pass."""
    body = {"catalog_type": "RETAIL", **WHERE, "items": list(items)}
    assert (await client.post("/catalogs/items/batch", body)).status == 200
    clock.advance(10)


def item(key: str, operation: str = "CREATE", **attributes: Any) -> dict[str, Any]:
    """One item of a batch."""
    usual: dict[str, Any] = {
        "title": "Plum cake",
        "description": "Made by hand.",
        "link": f"https://shop.example.org/p/{key}",
        "image_link": ["https://shop.example.org/p.jpg"],
        "price": "12.50 USD",
        "availability": "in stock",
    }
    return {"operation": operation, "item_id": key, "attributes": {**usual, **attributes}}


async def test_feed_brings_items_when_it_has_been_processed(
    client: Api, clock: ManualClock
) -> None:
    """Processing, completed: then the items that are good can be read, and the others are told."""
    feed = (await client.post("/catalogs/feeds", FEED)).body["id"]
    results = f"/catalogs/feeds/{feed}/processing_results"
    before = await client.walk(results)
    started = (await client.call("POST", f"/catalogs/feeds/{feed}/ingest")).body
    running = await client.walk(results)
    products: dict[str, Any] = {"feed_id": feed, "filters": {"any_of": []}}
    early = await client.post("/catalogs/products/get_by_product_group_filters", products)
    clock.advance(10)
    (done,) = await client.walk(results)
    late = await client.post("/catalogs/products/get_by_product_group_filters", products)
    issues = await client.walk(f"/catalogs/processing_results/{started['id']}/item_issues")
    assert (before, early.body["items"]) == ([], [])
    assert [one["status"] for one in running] == ["PROCESSING"]
    assert (done["id"], done["status"]) == (started["id"], "COMPLETED")
    assert done["product_counts"] == {"original": 6, "ingested": 5}
    assert len(late.body["items"]) == 5
    assert [one["item_number"] for one in issues] == [0, 5]
    assert issues[1]["errors"].keys() == done["validation_details"]["errors"].keys()
    bad = await client.post("/catalogs/items", _asked(issues[1]["item_id"]))
    good = await client.post("/catalogs/items", _asked(issues[0]["item_id"]))
    assert ["errors" in one.body["items"][0] for one in (bad, good)] == [True, False]


def _asked(key: str) -> dict[str, Any]:
    return {**WHERE, "filters": {"catalog_type": "RETAIL", "item_ids": [key]}}


async def test_feed_can_fail(client: Api, clock: ManualClock) -> None:
    """A feed that is told to fail says so in the end, and brings nothing."""
    feed = (await client.post("/catalogs/feeds", FEED)).body["id"]
    client.emulator.fail_jobs("feeds/ingest")
    await client.call("POST", f"/catalogs/feeds/{feed}/ingest")
    clock.advance(10)
    (result,) = await client.walk(f"/catalogs/feeds/{feed}/processing_results")
    assert (result["status"], result["product_counts"]["ingested"]) == ("FAILED", 0)


async def test_product_group_holds_what_its_filters_let_through(
    client: Api, clock: ManualClock
) -> None:
    """Items come into a group, are counted, change and go, as its filters say."""
    catalog = (await client.post("/catalogs", {"catalog_type": "RETAIL", "name": "New"})).body["id"]
    body = {"catalog_type": "RETAIL", "catalog_id": catalog, **WHERE}
    items = [
        item("a", brand="Rye", price="5.00 USD"),
        item("b", brand="Rye", availability="out of stock"),
        item("c", brand="Oat", product_type="Home > Kitchen > Tins"),
    ]
    await client.post("/catalogs/items/batch", {**body, "items": items})
    clock.advance(10)
    wanted: dict[str, Any] = {
        "BRAND": {"values": ["RYE"]},
        "MIN_PRICE": {"values": 10.0},
        "AVAILABILITY": {"values": ["OUT_OF_STOCK"]},
        "PRODUCT_TYPE_1": {"values": [["Home", "Kitchen"]]},
        "ITEM_ID": {"values": ["a"], "negated": True},
    }
    found: dict[str, str] = {}
    for name, criterion in wanted.items():
        said = {**group(catalog, **{name: criterion}), "name": name}
        made = await client.post("/catalogs/product_groups", said)
        path = f"/catalogs/product_groups/{made.body['id']}"
        products = await client.walk(f"{path}/products", page_size=1)
        counts = (await client.get(f"{path}/product_counts")).body
        assert counts["total"] == len(products)
        found[name] = "".join(one["metadata"]["item_id"] for one in products)
    assert found == {
        "BRAND": "ab",
        "MIN_PRICE": "bc",
        "AVAILABILITY": "b",
        "PRODUCT_TYPE_1": "c",
        "ITEM_ID": "bc",
    }
    values = await client.get("/catalogs/available_filter_values", catalog_id=catalog)
    assert values.body["filter_values"]["brand"] == ["Oat", "Rye"]
    assert values.body["filter_values"]["product_type_2"] == ["Home > Kitchen > Tins"]


async def test_feeds_need_what_the_description_says(client: Api) -> None:
    """A name of its own, defaults and a verified website: 422, 501 and 409 say what is missing."""
    assert (await client.post("/catalogs/feeds", FEED)).status == 201
    same = await client.post("/catalogs/feeds", FEED)
    bare = {name: value for name, value in FEED.items() if not name.startswith("default")}
    without = await client.post("/catalogs/feeds", bare)
    for site in await client.walk("/user_account/websites"):
        await client.delete("/user_account/websites", website=site["website"])
    homeless = await client.post("/catalogs/feeds", {**FEED, "name": "Another"})
    told = [(one.status, one.body["code"]) for one in (same, without, homeless)]
    assert told == [(422, 4170), (501, 4181), (409, 4168)]


async def test_product_groups_stand_in_each_others_way(client: Api) -> None:
    """Same name, same filters, active promotions, and groups that Pinterest made: 409 for each."""
    catalog = await first(client, "/catalogs")
    path = "/catalogs/product_groups"
    one = group(catalog, ITEM_ID={"values": ["a"]})
    other = {**group(catalog, ITEM_ID={"values": ["b"]}), "name": "Two"}
    assert (await client.post(path, one)).status == 201
    second = (await client.post(path, other)).body["id"]
    promoted = await first(client, path)
    generated = next(one["id"] for one in await client.walk(path) if one["type"] == "ALL_PRODUCTS")
    answers = [
        await client.post(path, {**other, "name": "One"}),
        await client.post(path, {**one, "name": "Three"}),
        await client.patch(f"{path}/{second}", {"catalog_type": "RETAIL", "name": "One"}),
        await client.delete(f"{path}/{promoted}"),
        await client.delete(f"{path}/{generated}"),
    ]
    codes = [(answer.status, answer.body["code"]) for answer in answers]
    assert codes == [(409, 4178), (409, 4178), (409, 4179), (409, 4176), (409, 4177)]
    unchanged = (await client.get(f"{path}/{second}")).body
    assert unchanged["name"] == "Two"


async def test_stores_have_items(client: Api, clock: ManualClock) -> None:
    """Inventory is written for the stores that there are, pair by pair, and found by pair."""
    catalog = await first(client, "/catalogs")
    path = f"/catalogs/{catalog}/local_inventory_items"
    store = {"name": "Berlin", "country": "DE", "store_code": "b1"}
    await client.post(f"/catalogs/{catalog}/local_stores", [store])
    said = {"item_id": "a", "attributes": {"availability": "in stock", "price": "3 USD"}}
    operations = [
        {**said, "operation": "CREATE", "store_code": "b1"},
        {**said, "operation": "CREATE", "store_code": "nowhere"},
        {"operation": "DELETE", "item_id": "z", "store_code": "b1"},
    ]
    started = (await client.post(f"{path}/batch", {"operations": operations})).body
    asked = {"item_filters": [{"item_id": "a", "store_code": "b1"}]}
    early = (await client.post(f"{path}/query", asked)).body["items"]
    clock.advance(10)
    batch = f"/catalogs/{catalog}/supplemental_items/batch/{started['batch_id']}"
    done = (await client.get(batch)).body
    (late,) = (await client.post(f"{path}/query", asked)).body["items"]
    assert (started["status"], early, done["status"]) == ("PROCESSING", [], "COMPLETED")
    statuses = [one["status"] for one in done["operation_results"]]
    assert statuses == ["SUCCESS", "FAILURE", "FAILURE"]
    assert (late["price"], late["store_metadata"]["store_name"]) == ("3 USD", "Berlin")


async def test_bids_are_kept_item_by_item(client: Api) -> None:
    """A bid is set, found, and taken back; what cannot be taken back makes the answer a 206."""
    key = {"item_id": "a", "country": "US", "language": "EN"}
    bid = {"bid_options": {"bid_in_micro_currency": 7}, "update_mask": ["BID"]}
    catalog = await first(client, "/catalogs")

    async def submit(*items: dict[str, Any]) -> int:
        said = {"catalog_id": catalog, "items": list(items)}
        return (await client.post("/advanced_auction/items/submit", said)).status

    asked = {"catalog_id": catalog, "items": [key, {**key, "item_id": "z"}]}
    statuses = [await submit({**key, **bid, "operation": "UPSERT"})]
    found = (await client.post("/advanced_auction/items/get", asked)).body["items"]
    statuses += [await submit({**key, "operation": "DELETE"}) for _ in range(2)]
    assert statuses == [200, 200, 206]
    assert [one["bid_options"]["bid_in_micro_currency"] for one in found] == [7]


async def test_titles_are_taken_away_and_brought_back(client: Api, clock: ManualClock) -> None:
    """The file of titles goes out, comes back changed, and is read line by line."""
    await write(client, clock, item("a"))
    place = f"/ad_accounts/{client.emulator.ad_account_id}"
    path = f"{place}/ad_groups/{await first(client, f'{place}/ad_groups')}/dynamic_titles"
    upload = (await client.get(f"{path}/uploads")).body
    early = await client.post(path, {"request_id": upload["request_id"]})
    file = b"item_id,title\na,Better cake\nunheard,x\n"
    async with client.session.put(upload["upload_url"], data=file) as response:
        assert response.status == 200
    told = (await client.post(path, {"request_id": upload["request_id"]})).body
    running = (await client.get(f"{path}/status")).body
    clock.advance(10)
    done = (await client.get(f"{path}/status")).body
    url = (await client.get(f"{path}/csv")).body["download_url"]
    async with client.session.get(url) as response:
        text = await response.text()
    assert early.status == 400
    assert told["errors"] == [{"row_number": 2, "error_type": "UNKNOWN_ITEM"}]
    assert [running["is_ready"], done["is_ready"]] == [False, True]
    assert [running["reviewed_count"], done["reviewed_count"]] == [0, 1]
    assert "a,Better cake" in text


async def test_reports_agree_with_feeds(client: Api, clock: ManualClock) -> None:
    """The statistics of a feed count what its processing result counts."""
    feed = await first(client, "/catalogs/feeds")
    (result,) = await client.walk(f"/catalogs/feeds/{feed}/processing_results")
    query = {
        "parameters[catalog_type]": "RETAIL",
        "parameters[report][report_type]": "FEED_INGESTION_ISSUES",
        "parameters[report][feed_id]": feed,
    }
    stats = (await client.get("/catalogs/reports/stats", **query)).body["items"]
    details = result["validation_details"]
    assert {one["code_label"] for one in stats} == {*details["errors"], *details["warnings"]}
    lines = await reported(client, clock, report_type="ALL_ITEMS")
    assert len(lines) == 1 + len(client.emulator.account.catalogs.items.kept)
    assert json.dumps(feed)[1:-1] in lines[1]


async def test_a_report_lists_every_item_with_an_issue(client: Api, clock: ManualClock) -> None:
    """A row for each thing that is wrong with an item, as the counts have it."""
    feed = await first(client, "/catalogs/feeds")
    lines = await reported(client, clock, report_type="FEED_INGESTION_ISSUES", feed_id=feed)
    assert lines[1:] == [
        f"{feed}-0,0,AVAILABILITY_DATE_INVALID,WARN,AVAILABILITY_DATE,soon",
        f"{feed}-5,5,IMAGE_LINK_MISSING,ERROR,IMAGE_LINK,",
    ]


async def reported(client: Api, clock: ManualClock, **report: str) -> list[str]:
    """The lines of a report on a retail catalog."""
    token = await client.post("/catalogs/reports", {"catalog_type": "RETAIL", "report": report})
    clock.advance(10)
    told = await client.get("/catalogs/reports", token=token.body["token"])
    async with client.session.get(told.body["url"]) as response:
        return (await response.text()).splitlines()
