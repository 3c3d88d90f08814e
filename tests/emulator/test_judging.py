"""Requests are judged by the types of their operation: what does not fit is refused and said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator.schema import types, validation
from pinterest_async.operations import OPERATIONS
from pinterest_async.operations._parameters import PARAMETERS
from tests.support.emulator_api import Api, small

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def client() -> AsyncIterator[Api]:
    """An emulator without limits."""
    async with small(enforce_limits=False) as one:
        yield one


CAMPAIGN: dict[str, Any] = {"ad_account_id": "1", "name": "x", "objective_type": "AWARENESS"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None}, "[0].name None is not of type string"),
        ({"name": 3}, "[0].name 3 is not of type string"),
        ({"objective_type": "LUCK"}, "[0].objective_type 'LUCK' is not one of ["),
        ({"daily_spend_cap": "9"}, "[0].daily_spend_cap '9' is not of type integer"),
        ({"daily_spend_cap": True}, "[0].daily_spend_cap True is not of type integer"),
        ({"daily_spend_cap": 1.5}, "[0].daily_spend_cap 1.5 is not of type integer"),
        (
            {"daily_spend_cap": 2**63},
            "[0].daily_spend_cap 9223372036854775808, constraint: format=",
        ),
        ({"order_line_id": "x1"}, r"[0].order_line_id 'x1', constraint: pattern=^\d+$"),
        ({"tracking_urls": []}, "[0].tracking_urls [] is not of type object"),
        ({"tracking_urls": {"click": "x"}}, "[0].tracking_urls.click 'x' is not of type array"),
    ],
)
async def test_fields_are_judged(client: Api, change: dict[str, Any], message: str) -> None:
    """Type, enumeration and pattern: the message names the place and what is wrong."""
    path = f"/ad_accounts/{client.emulator.ad_account_id}/campaigns"
    refused = await client.post(path, [{**CAMPAIGN, **change}])
    assert (refused.status, refused.body["code"]) == (400, 1)
    assert refused.body["message"].startswith(f"Invalid request: {message}")


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({}, r"asset_id_to_permissions \{\}, constraint: minProperties=1"),
        ({"5": []}, r"asset_id_to_permissions.5 \[\], constraint: minItems=1"),
    ],
)
def test_members_are_counted(said: dict[str, Any], fault: str) -> None:
    """An object with free keys has to have as many members as is declared."""
    kind = types.named(OPERATIONS["respond_business_access_invites"].body)
    action = {"accept_invite": True, "asset_id_to_permissions": said}
    with pytest.raises(validation.Misfit, match=fault):
        validation.check(kind, {"invites": [{"invite_id": "1", "action": action}]}, "")


BODIES: list[tuple[Any, str]] = [
    ({}, "the body {} is not of type array"),
    ([], "constraint: minItems=1"),
    ([CAMPAIGN] * 31, "constraint: maxItems=30"),
    ([{}], "[0].ad_account_id is a required property"),
    (None, "the body None is not of type array"),
]


@pytest.mark.parametrize(("body", "message"), BODIES)
async def test_bodies_are_judged(client: Api, body: Any, message: str) -> None:
    """A body of another type, too few or too many items, or a missing field."""
    path = f"/ad_accounts/{client.emulator.ad_account_id}/campaigns"
    refused = await client.call("POST", path, body=body)
    assert (refused.status, refused.body["code"]) == (400, 1)
    assert message in refused.body["message"]


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        ("campaigns", {"order": "SIDEWAYS"}, "order 'SIDEWAYS' is not one of"),
        ("campaigns", {"campaign_ids": "1,x"}, "campaign_ids[1] 'x', constraint: pattern"),
        ("campaigns", {"entity_statuses": "LOST"}, "entity_statuses[0] 'LOST' is not one of"),
        ("campaigns", {"page_size": "251"}, "page_size 251, constraint"),
        ("campaigns", {"page_size": "many"}, "not numeric"),
        ("campaigns/analytics", {}, "start_date is a required property"),
        ("audiences", {"ownership_type": "STOLEN"}, "ownership_type 'STOLEN' is not one of"),
        ("reports", {}, "token is a required property"),
    ],
)
async def test_parameters_are_judged(
    client: Api, path: str, query: dict[str, str], message: str
) -> None:
    """Query parameters have types, bounds and patterns, and some must be there."""
    refused = await client.get(f"/ad_accounts/{client.emulator.ad_account_id}/{path}", **query)
    assert refused.status == 400
    assert message in refused.body["message"]


async def test_nested_parameters_are_understood(client: Api) -> None:
    """An object in a query is put together from its parts, and judged as one."""
    feed = next(iter(client.emulator.account.stores.store("feeds")))
    good = {
        "parameters[catalog_type]": "RETAIL",
        "parameters[report][report_type]": "FEED_INGESTION_ISSUES",
        "parameters[report][feed_id]": str(feed["id"]),
    }
    bad = {**good, "parameters[report][feed_id]": "x"}
    assert (await client.get("/catalogs/reports/stats", **good)).status == 200
    refused = await client.get("/catalogs/reports/stats", **bad)
    assert (refused.status, "feed_id" in refused.body["message"]) == (400, True)


async def test_codes_are_the_documented_ones(client: Api) -> None:
    """Where the description shows another code for a 400 than 1, it is that one."""
    path = f"/ad_accounts/{client.emulator.ad_account_id}"
    listed = await client.get(f"{path}/campaigns", order="x")
    one = await client.get(f"{path}/campaigns/x")
    notification = await client.post("/notifications", "x")
    assert [listed.body["code"], one.body["code"]] == [400, 1]
    assert (notification.status, notification.body["code"]) == (400, 6126)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"catalog_type": "RETAIL"}, "catalog_id is a required property"),
        ({"catalog_type": "SHOES"}, "is a required property"),
        ({"catalog_type": "HOTEL", "catalog_id": "1", "name": "x"}, "filters is a required"),
    ],
)
def test_unions_are_judged_by_their_tag(said: dict[str, Any], fault: str) -> None:
    """The tag chooses the member that the rest is held against."""
    kind = types.named(OPERATIONS["catalogs_product_groups/create"].body)
    with pytest.raises(validation.Misfit, match=fault):
        validation.check(kind, said, "")


def test_one_of_several_members_must_be_set() -> None:
    """Where exactly one member is to be set, none, two and a strange one are all refused."""
    kind = types.named("CatalogsProductGroupFiltersInput")
    one = {"ITEM_ID": {"values": ["1"]}}
    assert validation.fits(kind, {"any_of": [one]})
    assert not validation.fits(kind, {})
    assert not validation.fits(kind, {"any_of": [one], "all_of": [one]})
    assert not validation.fits(kind, {"any_of": [{**one, "BRAND": {"values": ["1"]}}]})
    assert not validation.fits(kind, {"any_of": [{"SIZE": {}}]})


def test_every_type_of_the_tables_is_understood() -> None:
    """Each body, answer and parameter has a type that can be resolved."""
    for operation in OPERATIONS.values():
        types.named(operation.response)
        if operation.body:
            types.named(operation.body)
    for rows in PARAMETERS.values():
        for row in rows:
            assert types.named(str(row["type"])) is not None


LOG = {"client_timestamp": 1_700_000_000, "event_type": "APP", "log_level": "INFO"}
CLOSED: list[tuple[str, dict[str, Any], str]] = [
    ("catalogs", {"catalog_type": "HOTEL", "name": "x", "colour": "red"}, "colour"),
    ("integrations/logs", {"logs": [LOG], "colour": "red"}, "colour"),
    ("integrations/logs", {"logs": [{**LOG, "tint": 1}]}, "tint"),
]


@pytest.mark.parametrize(("path", "body", "unknown"), CLOSED)
async def test_closed_bodies_refuse_what_is_not_declared(
    client: Api, path: str, body: dict[str, Any], unknown: str
) -> None:
    """A body whose description forbids further members is refused when it has one."""
    refused = await client.post(f"/{path}", body)
    assert refused.status == 400
    assert f"Additional properties are not allowed: {unknown}" in refused.body["message"]


def test_only_closed_places_refuse_what_is_not_declared() -> None:
    """Strictness holds where it is declared: an object in a closed body may still be open."""
    kind = types.named(OPERATIONS["events/create"].body)
    event = {
        "action_source": "web",
        "event_id": "e",
        "event_name": "checkout",
        "event_time": 1_700_000_000,
        "user_data": {"em": ["a" * 64], "colour": "red"},
    }
    strict = OPERATIONS["events/create"].strict
    validation.check(kind, {"data": [event]}, "", strict=strict)
    for closed in ({**event, "colour": "red"}, {**event, "custom_data": {"colour": "red"}}):
        with pytest.raises(validation.Misfit, match="not allowed: colour"):
            validation.check(kind, {"data": [event, closed]}, "", strict=strict)


def test_codes_and_bounds_come_from_the_tables() -> None:
    """A 400 carries the code that its operation shows, and a list in a body the bounds declared."""
    assert OPERATIONS["boards/create"].bad_request_code == 1
    assert OPERATIONS["events/create"].bad_request_code == 4196
    assert OPERATIONS["reports/get"].bad_request_code == 1104
    assert (OPERATIONS["ads/create"].items_min, OPERATIONS["ads/create"].items_max) == (1, 30)


async def test_a_text_may_be_another_than_those_listed(client: Api) -> None:
    """Where the description takes any text beside the values that it lists, any text goes."""
    feed = {
        "name": "Herbst",
        "format": "CSV",
        "location": "https://shop.example.org/feed.csv",
        "default_country": "US",
    }
    taken = await client.post("/catalogs/feeds", {**feed, "default_locale": "en_XX"})
    refused = await client.post("/catalogs/feeds", {**feed, "default_locale": 3})
    assert (taken.status, taken.body["default_locale"]) == (201, "en_XX")
    assert refused.status == 400


REPORT = {
    "report_name": "Plums",
    "start_date": "2026-01-01",
    "end_date": "2026-01-02",
    "granularity": "DAY",
    "level": "CAMPAIGN_TARGETING",
    "targeting_types": ["GENDER"],
}


@pytest.mark.parametrize("name", ["reports/brand_category_sku", "mmm_reports"])
async def test_columns_of_reports_are_judged(client: Api, name: str) -> None:
    """The columns of the reports whose list fits a type are judged by it."""
    path = f"/ad_accounts/{client.emulator.ad_account_id}/{name}"
    refused = await client.post(path, {**REPORT, "columns": ["LUCK"]})
    assert refused.status == 400
    assert refused.body["message"].startswith("Invalid request: columns[0] 'LUCK' is not one of [")
