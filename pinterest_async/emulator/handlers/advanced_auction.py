"""Bids for single items of a catalog, and for the places in which they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

_MASKED = {
    "BID": "bid_in_micro_currency",
    "APP_TYPE_BID_MULTIPLIER_SET": "app_type_multipliers",
    "PLACEMENT_BID_MULTIPLIER_SET": "placement_multipliers",
}
"""What an update's mask calls the members that it changes."""

_PARTIAL = 206


def _bids(call: ApiCall) -> dict[tuple[str, ...], dict[str, Any]]:
    catalog = fields.fields(call.body)["catalog_id"]
    if call.account.stores.store("catalogs").get(catalog) is None:
        raise Refusal(400, 1, "Invalid request: there is no such catalog")
    return call.account.advertising.bids.setdefault(catalog, {})


def _key(item: Mapping[str, Any]) -> tuple[str, ...]:
    return item["item_id"], item["country"], item["language"]


def submit(call: ApiCall) -> Reply:
    """Set bids and take them back; 206 when not everything could be done."""
    bids = _bids(call)
    told: list[dict[str, Any]] = []
    for item in call.body["items"]:
        errors: list[dict[str, Any]] = []
        if item["operation"] == "UPSERT":
            bid = bids.setdefault(_key(item), {})
            changed = [_MASKED[one] for one in item["update_mask"] or _MASKED]
            bid.update({name: item["bid_options"].get(name) for name in changed})
        elif bids.pop(_key(item), None) is None:
            errors = [{"code": 404, "message": "There is no bid for this item."}]
        told.append({**item, "errors": errors})
    status = _PARTIAL if any(one["errors"] for one in told) else 200
    return Reply.json({"catalog_id": call.body["catalog_id"], "items": told}, status)


def get(call: ApiCall) -> Reply:
    """The bids for items; those without any are left out."""
    bids = _bids(call)
    found = [
        {**{name: item[name] for name in ("item_id", "country", "language")}, "bid_options": bid}
        for item in call.body["items"]
        if (bid := bids.get(_key(item))) is not None
    ]
    return Reply.json({"catalog_id": call.body["catalog_id"], "items": found})


HANDLERS: Handlers = {
    "advanced_auction_items_get/post": get,
    "advanced_auction_items_submit/post": submit,
}
