"""Computed answers, and what is the same for everybody, follow from the request."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import ManualClock
from tests.support.emulator_api import Api, checkout, small

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_769_904_000.0  # 2026-02-01
DAYS = {"start_date": "2026-01-25", "end_date": "2026-01-31"}


@pytest.fixture
async def client() -> AsyncIterator[Api]:
    """An emulator whose time stands still."""
    async with small(boards=2, pins=5, enforce_limits=False, clock=ManualClock(NOW)) as one:
        yield one


@pytest.fixture
def ads(client: Api) -> str:
    """The path of an ad account."""
    return f"/ad_accounts/{client.emulator.ad_account_id}"


async def test_figures_by_target_are_together_the_whole(client: Api, ads: str) -> None:
    """The parts of every kind of target add up to what the entity has without a split."""
    one = (await client.get(f"{ads}/campaigns")).body["items"][0]["id"]
    query = {**DAYS, "granularity": "DAY", "columns": "IMPRESSION_1", "campaign_ids": one}
    whole = (await client.get(f"{ads}/campaigns/analytics", **query)).body
    split = await client.get(
        f"{ads}/campaigns/targeting_analytics", **query, targeting_types="GENDER,APPTYPE"
    )
    for kind, parts in (("GENDER", 3), ("APPTYPE", 6)):
        rows = [row for row in split.body["data"] if row["targeting_type"] == kind]
        assert len({row["targeting_value"] for row in rows}) == parts
        sums = [
            sum(
                row["metrics"].get("IMPRESSION_1", 0) for row in rows if row["metrics"]["DATE"] == d
            )
            for d in (row["DATE"] for row in whole)
        ]
        assert sums == [row.get("IMPRESSION_1", 0) for row in whole]
    hourly = {**query, "granularity": "HOUR", "targeting_types": "GENDER"}
    refused = await client.get(f"{ads}/campaigns/targeting_analytics", **hourly)
    assert refused.status == 400


async def test_narrower_audiences_are_smaller(client: Api, ads: str) -> None:
    """Each restriction makes the estimate smaller; an audience of somebody else is 403."""

    async def size(**spec: Any) -> int:
        answer = await client.post(f"{ads}/ad_groups/audience_sizing", {"targeting_spec": spec})
        return int(answer.body["audience_size_upper_bound"])

    everybody = await size()
    some = await size(GENDER=["female"])
    few = await size(GENDER=["female"], LOCALE=["de"])
    spec = {"AUDIENCE_INCLUDE": ["7"]}
    refused = await client.post(f"{ads}/ad_groups/audience_sizing", {"targeting_spec": spec})
    assert everybody > some > few > 0
    assert (refused.status, refused.body["code"]) == (403, 403)


async def test_events_have_a_quality(client: Api, ads: str) -> None:
    """The score of a platform says which of its events brought what they are matched by."""
    event = checkout(NOW - 5)
    by_address = {"client_ip_address": "1.2.3.4", "client_user_agent": "x"}
    before = await client.get(f"{ads}/conversion_eqs", lookback_period="1d")
    events = [event, {**event, "event_id": "2", "user_data": by_address}]
    assert (await client.post(f"{ads}/events", {"data": events})).status == 200
    (score,) = (await client.get(f"{ads}/conversion_eqs", lookback_period="1d")).body
    offline = await client.get(
        f"{ads}/conversion_eqs", lookback_period="1d", source_platform="OFFLINE"
    )
    assert (before.body, offline.body) == ([], [])
    assert score["source_platform"] == "WEB"
    assert score["quality_components"]["hashed_email"]["ALL"]["coverage"] == 0.5


async def test_offer_codes_work_once(client: Api, ads: str) -> None:
    """A code that is only tried changes nothing; redeemed, it is a discount; then it is used up."""
    path = f"{ads}/ads_credit"
    count = len(await client.walk(f"{path}/discounts"))
    codes: list[int] = []
    for only_tried in (True, False, False):
        body = {"offerCodeHash": "abc", "validateOnly": only_tried}
        answer = await client.post(f"{path}/redeem", body)
        codes.append(answer.body.get("code", answer.status))
    assert codes == [200, 200, 15]
    assert len(await client.walk(f"{path}/discounts")) == count + 1


async def test_insertion_orders_have_lines(client: Api, ads: str) -> None:
    """What an order was made with is on its line, and changes with it."""
    words = (
        "billing_contact_email", "billing_contact_firstname", "billing_contact_lastname",
        "media_contact_email", "media_contact_firstname", "media_contact_lastname", "po_number",
        "accepted_terms_id", "billto_billing_address_id", "billto_business_address_id",
        "billto_company_id", "order_name", "pmp_id",
    )  # fmt: skip
    body = {
        **dict.fromkeys(words, "x"),
        "start_date": "2026-02-03",
        "currency_info": "USD",
        "order_line_type": "BUDGET",
    }
    order = (await client.post(f"{ads}/ssio/insertion_orders", body)).body["pin_order_id"]
    lines = f"{ads}/ssio/order_lines"
    (line,) = await client.walk(lines, pin_order_id=order)
    change = {"salesforce_order_line_id": line["salesforce_order_line_id"], "po_number": "y"}
    edited = await client.patch(f"{ads}/ssio/insertion_orders", change)
    (after,) = await client.walk(lines, pin_order_id=order)
    unknown = {**change, "salesforce_order_line_id": "z"}
    refused = await client.patch(f"{ads}/ssio/insertion_orders", unknown)
    assert edited.body == {"pin_order_id": order}
    assert (line["po_number"], after["po_number"]) == ("x", "y")
    assert (refused.status, refused.body["code"]) == (400, 400)


async def test_days_become_final(client: Api) -> None:
    """Yesterday's figures are final but for conversions; those take another day."""
    told: list[list[bool]] = []
    for ago in range(3):
        day = (dt.date(2026, 2, 1) - dt.timedelta(ago)).isoformat()
        body = (await client.get("/resources/metrics_ready_state", date=day)).body
        told.append([body["non_conversion_metrics_ready"], body["conversion_metrics_ready"]])
    assert told == [[False, False], [True, False], [True, True]]


async def test_reference_data_respect_their_parameters(client: Api, ads: str) -> None:
    """Metrics by report, options by kind, interests by id, audiences of the ad account."""
    metrics = {
        kind: {one["name"] for one in (await client.get(path)).body["items"]}
        for kind, path in (
            ("all", "/resources/delivery_metrics"),
            ("sync", "/resources/delivery_metrics?report_type=SYNC"),
            ("async", "/resources/delivery_metrics?report_type=ASYNC"),
        )
    }
    (interests,) = (await client.get("/resources/targeting/INTEREST")).body
    key = next(iter(interests))
    one = (await client.get(f"/resources/targeting/interests/{key}")).body
    unknown = await client.get("/resources/targeting/interests/7")
    own = await client.get(
        "/resources/targeting/AUDIENCE_INCLUDE", ad_account_id=client.emulator.ad_account_id
    )
    audiences = await client.walk(f"{ads}/audiences")
    assert metrics["all"] == metrics["sync"] | metrics["async"]
    assert metrics["sync"] != metrics["async"]
    assert (one["id"], one["name"]) == (key, interests[key])
    assert unknown.status == 404
    assert own.body[0].keys() == {audience["id"] for audience in audiences}


async def test_trends_respect_their_parameters(client: Api) -> None:
    """Another region, interest, vertical or window makes another answer; the same one the same."""
    topics = "/trends/topics/featured"
    one = await client.get(topics, region="US", interest="ART")
    again = await client.get(topics, region="US", interest="ART")
    other = await client.get(topics, region="CA", interest="ART")
    every = await client.get(topics, region="US")
    trending = "/trends/product_categories/trending"
    fashion = await client.get(trending, region="US", verticals="FASHION")
    asked = {"region": "US", "product_categories": fashion.body[0]["product_category"]}
    details = [
        (await client.get("/trends/product_categories/details", **asked, lookback_window=days)).body
        for days in (90, 365)
    ]
    assert one.raw == again.raw != other.raw
    assert [entry["interest"] for entry in one.body] == ["ART"]
    assert len(one.body[0]["trends"]) == 5
    assert len(every.body) == 15
    assert {tuple(entry["verticals"]) for entry in fashion.body} == {("FASHION",)}
    changes = [entry["pct_change_mom"] for entry in fashion.body]
    assert changes == sorted(changes, reverse=True)
    assert [len(entry[0]["time_series"]) for entry in details] == [12, 52]
