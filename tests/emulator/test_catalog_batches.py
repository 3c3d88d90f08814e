"""Batches of catalog items, and fetches of feeds, with all that Pinterest says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import ManualClock
from tests.support.emulator_api import Api, small

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WHERE = {"country": "US", "language": "en-US"}
NOON = 1_769_904_000.0 + 43_200 - 1_769_904_000.0 % 86_400
"""A day's 12:00, in UTC."""


@pytest.fixture
def clock() -> ManualClock:
    """The time."""
    return ManualClock(NOON)


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[Api]:
    """An emulator whose work takes ten seconds."""
    async with small(enforce_limits=False, clock=clock, job_seconds=10) as one:
        yield one


def attributes(**others: Any) -> dict[str, Any]:
    """All that an item should have, and nothing to warn of, unless told otherwise."""
    return {
        "title": "Plum cake",
        "description": "Made by hand.",
        "link": "https://shop.example.org/p/1",
        "image_link": ["https://shop.example.org/p.jpg"],
        "price": "12.50 USD",
        "availability": "in stock",
        "google_product_category": "Food, Beverages & Tobacco > Food Items > Bakery",
        **others,
    }


def item(key: str, operation: str = "CREATE", **others: Any) -> dict[str, Any]:
    """One operation of a batch."""
    return {"operation": operation, "item_id": key, "attributes": attributes(**others)}


async def run(client: Api, clock: ManualClock, *items: dict[str, Any]) -> dict[str, Any]:
    """Send a batch, let the time pass, and get what came of each item, by id."""
    body = {"catalog_type": "RETAIL", **WHERE, "items": list(items)}
    started = await client.post("/catalogs/items/batch", body)
    assert started.status == 200, started.raw
    clock.advance(10)
    done = (await client.get(f"/catalogs/items/batch/{started.body['batch_id']}")).body
    assert done["status"] == "COMPLETED"
    return {one["item_id"]: one for one in done["items"]}


async def read(client: Api, key: str) -> dict[str, Any]:
    """The attributes of an item."""
    asked = {**WHERE, "filters": {"catalog_type": "RETAIL", "item_ids": [key]}}
    found: dict[str, Any] = (await client.post("/catalogs/items", asked)).body["items"][0]
    return dict(found.get("attributes") or {})


async def without_feeds(client: Api) -> None:
    """Switch off what feeds there are."""
    for feed in await client.walk("/catalogs/feeds"):
        said = {"catalog_type": "RETAIL", "status": "INACTIVE"}
        assert (await client.patch(f"/catalogs/feeds/{feed['id']}", said)).status == 200


@pytest.mark.parametrize(
    ("wrong", "attribute"),
    [
        ({"title": ""}, "title"),
        ({"description": None}, "description"),
        ({"link": "shop.example.org"}, "link"),
        ({"link": f"https://shop.example.org/{'p' * 511}"}, "link"),
        ({"image_link": ["ftp://shop.example.org/p.jpg"]}, "image_link"),
        ({"price": "a lot"}, "price"),
        ({"price": "0 USD"}, "price"),
        ({"availability": "soon"}, "availability"),
    ],
)
async def test_wrong_items_fail(
    client: Api, clock: ManualClock, wrong: dict[str, Any], attribute: str
) -> None:
    """A batch that is completed has an item that failed, with the attribute that it failed for."""
    bad = item("bad", **wrong)
    bad["attributes"] = {
        name: value for name, value in bad["attributes"].items() if value is not None
    }
    told = await run(client, clock, bad, item("good"))
    assert (told["good"]["status"], told["good"]["errors"]) == ("SUCCESS", [])
    assert told["bad"]["status"] == "FAILURE"
    (error,) = told["bad"]["errors"]
    assert error["attribute"] == attribute
    assert isinstance(error["code"], int)
    assert await read(client, "bad") == {}
    assert await read(client, "good") == attributes()


@pytest.mark.parametrize("operation", ["CREATE", "UPDATE", "DELETE"])
async def test_empty_ids_are_refused(client: Api, clock: ManualClock, operation: str) -> None:
    """No operation takes an item without an id."""
    told = await run(client, clock, item("", operation), item(" ", operation))
    assert [one["status"] for one in told.values()] == ["FAILURE", "FAILURE"]
    assert told[""]["errors"][0]["attribute"] == "item_id"


@pytest.mark.parametrize(
    ("odd", "attribute"),
    [
        ({"condition": "dented"}, "condition"),
        ({"title": "x" * 501}, "title"),
        ({"sale_price": "99 USD"}, "sale_price"),
        ({"additional_image_link": ["https://shop.example.org/q.jpg"] * 11},
         "additional_image_link"),
        ({"google_product_category": ""}, "google_product_category"),
    ],
)  # fmt: skip
async def test_warnings_are_no_failures(
    client: Api, clock: ManualClock, odd: dict[str, Any], attribute: str
) -> None:
    """What is odd about an item is said, and the item is taken."""
    told = await run(client, clock, item("odd", **odd))
    assert (told["odd"]["status"], told["odd"]["errors"]) == ("SUCCESS", [])
    assert [one["attribute"] for one in told["odd"]["warnings"]] == [attribute]
    assert await read(client, "odd") != {}


async def test_what_was_just_sent_is_skipped(client: Api, clock: ManualClock) -> None:
    """The same batch again has no time of creation, says nothing of its items and does nothing."""
    body = {"catalog_type": "RETAIL", **WHERE, "items": [item("a"), item("b")]}
    first = (await client.post("/catalogs/items/batch", body)).body
    again = (await client.post("/catalogs/items/batch", body)).body
    other = (await client.post("/catalogs/items/batch", {**body, "items": [item("a")]})).body
    clock.advance(10)
    looked = (await client.get(f"/catalogs/items/batch/{again['batch_id']}")).body
    assert first["created_time"] is not None
    assert other["created_time"] is not None
    assert again["batch_id"] != first["batch_id"]
    assert (again["created_time"], again["items"], again["status"]) == (None, [], "COMPLETED")
    assert (looked["created_time"], looked["items"]) == (None, [])
    assert client.emulator.account.catalogs.items.written == {"a": 2, "b": 1}
    clock.advance(3600)
    later = (await client.post("/catalogs/items/batch", body)).body
    assert later["created_time"] is not None


async def test_a_batch_that_failed_is_no_duplicate(client: Api, clock: ManualClock) -> None:
    """A failed batch has done nothing, and can be sent again."""
    body = {"catalog_type": "RETAIL", **WHERE, "items": [item("a")]}
    client.emulator.fail_jobs("items_batch/post")
    failed = (await client.post("/catalogs/items/batch", body)).body
    clock.advance(10)
    looked = (await client.get(f"/catalogs/items/batch/{failed['batch_id']}")).body
    again = (await client.post("/catalogs/items/batch", body)).body
    assert (looked["status"], looked["items"][0]["status"]) == ("FAILED", "PROCESSING")
    assert again["created_time"] is not None


async def test_upsert_is_refused_beside_a_feed(client: Api, clock: ManualClock) -> None:
    """With an active feed a batch that has an UPSERT is refused whole, without one it is not."""
    upsert = item("a", "UPSERT")
    body = {"catalog_type": "RETAIL", **WHERE, "items": [item("b"), upsert]}
    refused = await client.post("/catalogs/items/batch", body)
    await without_feeds(client)
    told = await run(client, clock, upsert)
    assert (refused.status, refused.body["code"]) == (400, 1)
    assert told["a"]["status"] == "SUCCESS"
    assert await read(client, "b") == {}


async def test_a_mask_says_what_changes_and_what_goes(client: Api, clock: ManualClock) -> None:
    """What a mask names is taken or goes; what it does not name stays, pictures always do."""
    await run(client, clock, item("a", brand="Oatfield", color="red"))
    changes = {"price": "13 USD", "color": "blue", "image_link": ["https://other.example.org/"]}
    update: dict[str, Any] = {"operation": "UPDATE", "item_id": "a", "attributes": changes}
    await run(client, clock, {**update, "update_mask": ["price", "brand"]})
    masked = await read(client, "a")
    assert masked == attributes(price="13 USD", color="red")
    await run(client, clock, update)
    assert await read(client, "a") == attributes(price="13 USD", color="blue")
    bad = await run(client, clock, {**update, "update_mask": ["title"]})
    assert bad["a"]["errors"][0]["attribute"] == "title"
    refused = {**update, "update_mask": ["image_link"]}
    body = {"catalog_type": "RETAIL", **WHERE, "items": [refused]}
    assert (await client.post("/catalogs/items/batch", body)).status == 400


async def test_discontinued_items_are_out_of_stock(client: Api, clock: ManualClock) -> None:
    """The older form's word for it does not remove the item."""
    await run(client, clock, item("a"))
    body = {**WHERE, "operation": "DELETE_DISCONTINUED", "items": [{"item_id": "a"}]}
    assert (await client.post("/catalogs/items/batch", body)).status == 200
    clock.advance(10)
    assert await read(client, "a") == attributes(availability="out of stock")


# Feeds


async def new_feed(client: Api, **others: Any) -> str:
    """A new feed."""
    said = {
        "catalog_type": "RETAIL",
        "name": "Autumn",
        "format": "CSV",
        "location": "https://shop.example.org/feed.csv",
        "default_country": "US",
        "default_locale": "en-US",
        **others,
    }
    made = await client.post("/catalogs/feeds", said)
    assert made.status == 201, made.raw
    return str(made.body["id"])


async def test_a_schedule_has_a_feed_fetched(client: Api, clock: ManualClock) -> None:
    """A feed is fetched when its schedule says so next, and a day later again."""
    feed = await new_feed(client)
    results = f"/catalogs/feeds/{feed}/processing_results"
    schedule = {"time": "13:05", "timezone": "Europe/Berlin"}  # 12:05 in UTC, in winter
    said = {"catalog_type": "RETAIL", "preferred_processing_schedule": schedule}
    assert (await client.patch(f"/catalogs/feeds/{feed}", said)).status == 200
    clock.advance(299)
    early = await client.walk(results)
    clock.advance(1)
    (running,) = await client.walk(results)
    clock.advance(10)
    (done,) = await client.walk(results)
    clock.advance(86_400)
    newest, oldest = await client.walk(results)
    assert early == []
    assert running["status"] == "PROCESSING"
    assert (done["status"], done["product_counts"]["ingested"]) == ("COMPLETED", 5)
    assert (oldest["id"], newest["created_at"] > oldest["created_at"]) == (done["id"], True)


async def test_another_schedule_takes_the_place_of_one(client: Api, clock: ManualClock) -> None:
    """Only the last schedule counts, none at all with null, and none of a feed that is off."""
    feed = await new_feed(
        client, preferred_processing_schedule={"time": "12:05", "timezone": "Etc/UTC"}
    )
    path = f"/catalogs/feeds/{feed}"
    later = {"time": "12:10", "timezone": "Etc/UTC"}
    for schedule in (later, None, later):
        said = {"catalog_type": "RETAIL", "preferred_processing_schedule": schedule}
        await client.patch(path, said)
    clock.advance(420)
    early = await client.walk(f"{path}/processing_results")
    await client.patch(path, {"catalog_type": "RETAIL", "status": "INACTIVE"})
    clock.advance(600)
    late = await client.walk(f"{path}/processing_results")
    assert (early, late) == ([], [])


async def test_a_feed_that_cannot_be_fetched_says_so(client: Api, clock: ManualClock) -> None:
    """A result that failed names its reason, and counts nothing."""
    feed = await new_feed(client)
    client.emulator.fail_jobs("feeds/ingest")
    await client.call("POST", f"/catalogs/feeds/{feed}/ingest")
    clock.advance(10)
    (result,) = await client.walk(f"/catalogs/feeds/{feed}/processing_results")
    assert result["status"] == "FAILED"
    assert result["validation_details"]["errors"] == {"FETCH_ERROR": 1}
    assert result["product_counts"] == {"original": 0, "ingested": 0}


async def test_results_have_one_page(client: Api, clock: ManualClock) -> None:
    """The newest come first, and no bookmark leads to the others."""
    feed = await new_feed(client)
    for _ in range(3):
        await client.call("POST", f"/catalogs/feeds/{feed}/ingest")
        clock.advance(60)
    path = f"/catalogs/feeds/{feed}/processing_results"
    page = (await client.get(path, page_size=2)).body
    times = [one["created_at"] for one in page["items"]]
    assert len(times) == 2
    assert times == sorted(times, reverse=True)
    assert page.get("bookmark") is None
