"""What feeds hold, and how it comes into a catalog.

Nothing is fetched from the address of a feed. What it holds is made up from its id: always the same
few items, the last of which has no picture and is left out.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.state.catalog_items import Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.store import Record

LINES = 6
"""Items of a feed, one of which is no good."""

_NAMES = ("Plum cake tin", "Rye bread box", "Linen apron", "Fern pot", "Slate board", "Oat jar")
_STOCK = ("in stock", "in stock", "out of stock", "preorder")


def put(
    account: Account,
    kind: str,
    key: str,
    attributes: dict[str, Any],
    *,
    catalog_id: str,
    feed_id: str | None = None,
) -> None:
    """Write an item, in place of one with the same id. Its Pin stays the same one."""
    known = account.catalogs.items.kept.get((kind, key))
    pin_id = account.new_id() if known is None else known.pin_id
    account.catalogs.items.kept[kind, key] = Item(
        key, kind, attributes, catalog_id, pin_id, feed_id
    )


def catalog_of(account: Account, kind: str) -> str:
    """The first catalog of a kind, where what names none belongs; empty when there is none."""
    store = account.stores.store("catalogs")
    return next((str(one["id"]) for one in store if one["catalog_type"] == kind), "")


def items_of(feed: Record) -> Iterator[tuple[str, dict[str, Any]]]:
    """The lines of a feed: the id of an item, and its attributes."""
    random = Random(feed["id"])
    for line in range(LINES):
        name = _NAMES[(line + random.randrange(len(_NAMES))) % len(_NAMES)]
        yield (
            f"{feed['id']}-{line}",
            {
                "title": name,
                "name": name,
                "description": f"{name}, made by hand.",
                "link": f"https://shop.example.org/p/{line}",
                "image_link": ["https://shop.example.org/p.jpg"] if line < LINES - 1 else [],
                "price": f"{5 + random.randrange(60)}.00 USD",
                "availability": _STOCK[line % len(_STOCK)],
                "brand": random.choice(("Plum and Rye", "Oatfield")),
                "condition": "new",
                "product_type": "Home > Kitchen",
            },
        )


def fill(account: Account, feed: Record) -> None:
    """Write what a feed holds into its catalog."""
    kind = str(feed.get("catalog_type", "RETAIL"))
    catalog_id = str(feed.get("catalog_id") or catalog_of(account, kind))
    for key, attributes in items_of(feed):
        if attributes["image_link"]:
            put(account, kind, key, attributes, catalog_id=catalog_id, feed_id=feed["id"])
