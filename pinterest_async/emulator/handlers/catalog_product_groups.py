"""Product groups seen from inside: the items that their filters let through, with their Pins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pinterest_async.emulator.handlers.pins import metrics
from pinterest_async.emulator.handlers.product_filters import items_of, number, word
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields, pictures
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.emulator.state.catalog_items import IDS
from pinterest_async.emulator.state.saved import Pin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinterest_async.emulator.state.catalog_items import Item


def _group(call: ApiCall) -> Mapping[str, Any]:
    found = call.account.stores.store("product_groups").get(call.path["product_group_id"])
    return found or {}  # `check_path` has seen that it is there


def list_group(call: ApiCall) -> Reply:
    """The items of a product group."""
    return _page(call, items_of(call, _group(call)))


def list_filtered(call: ApiCall) -> Reply:
    """The items that filters would let through."""
    body = fields.fields(call.body)
    stores = call.account.stores
    for member, name in (("feed_id", "feeds"), ("catalog_id", "catalogs")):
        if member in body and stores.store(name).get(body[member]) is None:
            raise Refusal(404, 404, f"{member} {body[member]} not found.")
    return _page(call, items_of(call, body))


def _page(call: ApiCall, items: Iterable[Item]) -> Reply:
    with_metrics = fields.query_flag(call.query, "pin_metrics")
    return call.page([_product(call, item, with_metrics=with_metrics) for item in items])


def _product(call: ApiCall, item: Item, *, with_metrics: bool) -> dict[str, Any]:
    member, _ = IDS[item.kind]
    metadata: dict[str, Any] = {member: item.key}
    said = item.attributes
    if item.kind == "RETAIL":
        price, currency = number(item, "price"), str(said.get("price") or "").rpartition(" ")[2]
        metadata |= {
            "availability": word(item, "availability"),
            "currency": currency or None,
            "item_group_id": said.get("item_group_id"),
            "price": price,
            "sale_price": number(item, "sale_price"),
        }
    elif item.kind == "CREATIVE_ASSETS":
        metadata["visibility"] = word(item, "visibility") or "VISIBLE"
    pin = Pin(
        id=item.pin_id,
        title=said.get("title") or said.get("name"),
        description=said.get("description"),
        link=said.get("link"),
        board_owner=call.account.owner,
        created_at=call.account.now(),
        creative_type="SHOPPING",
        media=pictures.image(item.pin_id, 1000, 1000),
        pin_metrics=metrics(int(item.pin_id)) if with_metrics else None,
    )
    return {"catalog_type": item.kind, "metadata": metadata, "pin": msgspec.to_builtins(pin)}


def count(call: ApiCall) -> Reply:
    """How many items a product group has, in stock and not."""
    group = _group(call)
    items = items_of(call, group)
    kind = str(group.get("catalog_type", "RETAIL"))
    told: dict[str, Any] = {"catalog_type": kind, "total": len(items)}
    videos = sum(bool(item.attributes.get("video_link")) for item in items)
    if kind == "RETAIL":
        stock = [word(item, "availability") for item in items]
        states = ("IN_STOCK", "OUT_OF_STOCK", "PREORDER")
        told |= {state.lower(): stock.count(state) for state in states}
        told["videos"] = videos
    elif kind == "CREATIVE_ASSETS":
        links = sum("ios_deep_link" in item.attributes for item in items)
        told |= {"videos": videos, "images": len(items) - videos, "app_links": links}
    return Reply.json(told)


HANDLERS: Handlers = {
    "catalogs_product_group_pins/list": list_group,
    "catalogs_product_groups/product_counts_get": count,
    "products_by_product_group_filter/list": list_filtered,
}
