"""A good request for every operation, made from the official description and what is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.schema.fields import is_list, is_object
from pinterest_async.emulator.state.entity_types import BY_OPERATION, ENTITY_TYPES
from pinterest_async.operations import OPERATIONS
from tests.contract.sampling import Document
from tests.support.descriptions import GENERATED_FROM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator import Emulator
    from pinterest_async.operations import Operation
    from tests.support.emulator_api import Answer, Api

NOW = 1_769_904_000.0
"""2026-02-01: the day after the one that samples have for a date."""

_WORDS = {
    "dominant_color": "#6E7B5A",
    "image_url": "https://example.com/a.jpg",
    "link": "https://example.com/a",
    "region": "US",
    "targeting_type": "GENDER",
    "trend_type": "growing",
    "username": "bo",
    "interest_id": "925056443165",
}
_QUERIES = {
    ("reports/get", "token"): "token",
    ("catalogs_product_groups/delete_many", "id"): "another product group",
    ("advertiser_defined_events/delete", "event_names"): "advertiser_defined_events",
    ("catalogs_local_stores/delete", "ids"): "local_stores",
    ("multi_pins/analytics", "pin_ids"): "pin_id",
}
"""Query parameters that must name something that is there."""

_ALIASES = {
    "asset_id": "ad_account_id",
    "asset_group_id": "asset_groups",
    "catalog_product_group_id": "product_groups",
    "entity_id": "campaign_id",
    "invite_id": "invites",
    "parent_id": "campaign_id",
}
"""Members by what they may name."""

_OWN = {
    "keywords/create": {"parent_id": "ad_group_id"},
    "cancel_invites_or_requests": {"invite_id": "another invite"},
    "feeds/delete": {"feed_id": "free feed"},
    "ad_groups_dynamic_titles/process_csv": {"request_id": "titles upload"},
    "catalogs_supplemental_items_batch/get": {"batch_id": "inventory batch"},
}
"""Names that stand for something else in one operation."""

_FEED = {
    "format": "CSV",
    "location": "https://example.com/f.csv",
    "default_country": "US",
    "default_locale": "en-US",
}

_CALLED = {
    "AUDIENCE_EXCLUDE": "audience_id",
    "AUDIENCE_INCLUDE": "audience_id",
    "assets_to_add": "asset_id",
    "asset_groups_to_delete": "asset_group_id",
    "recipient_account_ids": "ad_account_id",
    "recipient_business_ids": "business_id",
    "seed_id": "audience_id",
}
"""Lists of ids by another name."""

_BODIES: dict[str, Any] = {
    # Its members go together in ways that a schema does not say: a level and its columns, days.
    "analytics/create_report": {
        "start_date": "2026-01-25",
        "end_date": "2026-01-31",
        "granularity": "DAY",
        "level": "CAMPAIGN",
        "columns": ["IMPRESSION_1", "SPEND_IN_MICRO_DOLLAR"],
    },
    "ads_credit/redeem": {"offerCodeHash": "abc", "validateOnly": False},
    "catalogs_product_groups/create_many": [
        {"feed_id": "1", "name": "Many", "filters": {"any_of": [{"ITEM_ID": {"values": ["m"]}}]}}
    ],
    "feeds/update": {**_FEED, "name": "Another name"},
    # An item of made-up words is refused when its batch is done.
    "items_batch/post": {
        "catalog_type": "RETAIL",
        "country": "US",
        "language": "en-US",
        "items": [
            {
                "operation": "CREATE",
                "item_id": "some text",  # which made-up requests ask for
                "attributes": {
                    "title": "Plum cake",
                    "description": "Made by hand.",
                    "link": "https://example.com/p/a",
                    "image_link": ["https://example.com/a.jpg"],
                    "price": "12.50 USD",
                    "availability": "in stock",
                },
            }
        ],
    },
    "events/create": {
        "data": [
            {
                "event_name": "checkout",
                "action_source": "web",
                "event_time": int(NOW) - 60,
                "event_id": "e1",
                "user_data": {"em": ["0" * 64]},
            }
        ]
    },
}


@dataclass
class Wanted:
    """A request."""

    operation: Operation
    path: str
    query: list[tuple[str, str]]
    body: Any


def places(emulator: Emulator) -> dict[str, str]:
    """An id for every collection, by its name and by its path parameter; all in one ad account."""
    stores = emulator.account.stores
    found = dict(_WORDS)
    for one in ENTITY_TYPES:
        parent_id = found.get(one.within, "1") if one.within else ""
        record = next(iter(stores.store(one.name, parent_id)), None)
        if record is not None:
            found[one.name] = found[one.parameter] = str(record[one.key])
    for alias, name in _ALIASES.items():
        if name in found:
            found[alias] = found[name]
    for invite in stores.store("invites", found["business_id"]):
        found["another invite"] = str(invite["id"])
    for store in stores.store("local_stores", found["catalog_id"]):
        found["store_code"] = str(store["store_code"])
    for order in stores.store("insertion_orders", found["ad_account_id"]):
        found["salesforce_order_line_id"] = str(order["salesforce_order_line_id"])
    free, another = list(stores.store("product_groups"))[-2:]  # nothing promotes these
    found["product_groups"] = found["product_group_id"] = str(free["id"])
    found["another product group"] = str(another["id"])
    return found


async def with_organic(client: Api, ids: dict[str, str]) -> dict[str, str]:
    """The same with a board, a section, a Pin, and jobs that were started."""
    board = await client.new_board(privacy="SECRET", description="x")
    pin = await client.new_pin(board["id"])
    section = (await client.post(f"/boards/{board['id']}/sections", {"name": "s"})).body
    media = (await client.post("/media", {"media_type": "video"})).body
    ids |= {
        "board_id": board["id"],
        "media_id": media["media_id"],
        "pin_id": pin["id"],
        "section_id": section["id"],
        "username": client.emulator.account.profile.followers[0],
    }
    ids["board_section_id"] = section["id"]
    for operation_id, member, parameter in (
        ("reports/create", "token", "token"),
        ("bulk_download/create", "request_id", "bulk_request_id"),
        ("leads_export/create", "leads_export_id", "leads_export_id"),
        ("items_batch/post", "batch_id", "batch_id"),
    ):
        answer = await send(client, wanted(operation_id, {**ids, "item_id": "an early item"}))
        assert answer.status == 200, (operation_id, answer)
        ids[parameter] = answer.body[member]
    feed = {**_FEED, "name": "Nothing is promoted from it"}
    ids["free feed"] = (await client.post("/catalogs/feeds", feed)).body["id"]
    ids["titles upload"] = await _titles_upload(client, ids)
    early = {**ids, "item_id": "an early item"}
    inventory = await send(client, wanted("catalogs_local_inventory_items_batch/operate", early))
    ids["inventory batch"] = inventory.body["batch_id"]
    upload = await send(client, wanted("customer_list_uploads/create", ids))
    ids["customer_list_upload_id"] = upload.body["customer_list_upload"]["id"]
    for part in upload.body["s3_multipart_upload_data"]["file_parts"]:
        async with client.session.put(part["presigned_url"], data=b"a@example.com") as response:
            assert response.status == 200
    return ids


async def _titles_upload(client: Api, ids: dict[str, str]) -> str:
    """An uploaded file of titles."""
    upload = (await send(client, wanted("ad_groups_dynamic_titles/get_upload_url", ids))).body
    item = next(iter(client.emulator.account.catalogs.items.kept.values()))
    file = f"item_id,title\n{item.key},A better title\n".encode()
    async with client.session.put(upload["upload_url"], data=file) as response:
        assert response.status == 200
    return str(upload["request_id"])


def wanted(operation_id: str, ids: Mapping[str, str], variant: int = 0) -> Wanted:
    """A good request for an operation."""
    document = _document()
    operation = OPERATIONS[operation_id]
    ids = {**ids, **{name: ids.get(key, "") for name, key in _OWN.get(operation_id, {}).items()}}
    node = next(one for _, _, one in document.operations() if one["operationId"] == operation_id)
    path = re.sub(r"\{(\w+)\}", lambda name: ids.get(name[1], "1234567"), operation.path)
    query: list[tuple[str, str]] = []
    for parameter in document.parameters(node):
        if parameter["in"] == "query" and parameter.get("required"):
            name: str = parameter["name"]
            value = _QUERIES.get((operation_id, name))
            if value:
                value = ids[value]
            else:
                value = document.sample(parameter["schema"], "full", variant)
                value = placed({name: value}, ids)[name]
            if is_object(value):
                query += _deep(name, value)
            else:
                query += [(name, str(one)) for one in (value if is_list(value) else [value])]
    schema, _ = document.body(node)
    body = _BODIES.get(operation_id)
    if schema is not None and body is None:
        body = document.sample(schema, "full", variant, request=True)
        own = BY_OPERATION.get(operation_id)
        if own is not None and own.name in ids:
            ids = {**ids, own.key: ids[own.name]}
    body = affordable(placed(body, ids))
    return Wanted(operation, path, query, body)


def affordable(body: Any) -> Any:
    """The body with budgets that a schema does not tell of: of one kind, and a unit at least."""
    for row in body if is_list(body) else ():
        if is_object(row):
            row.pop("lifetime_spend_cap", None)
            row.update(
                {
                    name: 5_000_000
                    for name in ("budget_in_micro_currency", "daily_spend_cap")
                    if name in row
                }
            )
    return body


async def send(client: Api, request: Wanted, headers: Mapping[str, str] | None = None) -> Answer:
    """Send it."""
    path = request.path
    if request.query:
        path += "?" + "&".join(f"{name}={value}" for name, value in request.query)
    method = request.operation.http_method
    return await client.call(method, path, body=request.body, headers=headers)


def _document() -> Document:
    if not _read:
        _read.append(Document.read(GENERATED_FROM))
    return _read[0]


_read: list[Document] = []


def _deep(name: str, value: dict[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, inner in value.items():
        own = f"{name}[{key}]"
        pairs += _deep(own, inner) if is_object(inner) else [(own, str(inner))]
    return pairs


def placed(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with ids of what is there where it names something."""
    if is_list(value):
        return [placed(item, ids) for item in value]
    if not is_object(value):
        return value
    return {name: _placed_member(name, item, ids) for name, item in value.items()}


def _placed_member(name: str, item: Any, ids: Mapping[str, str]) -> Any:
    one = _CALLED.get(name, name.removesuffix("s"))
    if name == "asset_id_to_permissions":
        return {ids["asset_id"]: next(iter(item.values()))}
    if name in ids and isinstance(item, str):
        return ids[name]
    if one in ids and is_list(item) and all(isinstance(each, str) for each in item):
        return [ids[one] for _ in item]
    return placed(item, ids)
