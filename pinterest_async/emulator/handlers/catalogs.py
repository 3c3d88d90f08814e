"""Catalogs: what their items have in the places of filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async.emulator.handlers.product_filters import items_of, word
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinterest_async.emulator.state.catalog_items import Item

_SAMPLE = 1000
"""Items that the values of filters are taken from. Pinterest: available filter values."""

_LISTED: Mapping[str, tuple[str, ...]] = {
    "RETAIL": (
        "brand", "condition", "availability", "gender", *(f"custom_label_{n}" for n in range(5)),
    ),
    "HOTEL": ("brand", *(f"custom_label_{n}" for n in range(5))),
    "CREATIVE_ASSETS": tuple(f"custom_label_{n}" for n in range(5)),
}  # fmt: skip
"""The attributes whose values are told, by kind of catalog."""

_PATHS = {"product_type": 5, "google_product_category": 7}
"""Attributes that are paths, and how many steps of them are told."""


def filter_values(call: ApiCall) -> Reply:
    """What the items of a catalog, or of one of its feeds, have in the places of filters."""
    catalog = call.account.stores.store("catalogs").get(call.query["catalog_id"])
    feed = call.query.get("feed_id")
    if catalog is None:
        raise Refusal(404, 678, "Sorry! We could not find your catalog.")
    if feed is not None and call.account.stores.store("feeds").get(feed) is None:
        raise Refusal(404, 4161, "Sorry! We could not find your catalogs feed.")
    kind = str(catalog["catalog_type"])
    wanted = {"catalog_type": kind, "catalog_id": catalog["id"], "feed_id": feed}
    items = items_of(call, wanted)[:_SAMPLE]
    found: dict[str, list[str]] = {}
    for name in _LISTED[kind]:
        spelled = word if name in ("condition", "availability", "gender") else _plain
        found[name] = sorted({value for item in items if (value := spelled(item, name))})
    if kind == "RETAIL":
        for name, depth in _PATHS.items():
            for step in range(depth):
                found[f"{name}_{step}"] = sorted(_heads(items, name, step + 1))
    if kind != "HOTEL":
        found["media_type"] = sorted(
            {"VIDEO" if item.attributes.get("video_link") else "IMAGE" for item in items}
        )
    return Reply.json({"catalog_type": kind, "filter_values": found})


def _plain(item: Item, name: str) -> str:
    return str(item.attributes.get(name) or "")


def _heads(items: Iterable[Item], name: str, steps: int) -> set[str]:
    paths = ((_plain(item, name)).split(" > ") for item in items)
    return {" > ".join(path[:steps]) for path in paths if len(path) >= steps and path[0]}


HANDLERS: Handlers = {
    "catalogs/available_filter_values": filter_values,
}
