"""The items that a product group holds: those that its filters let through."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.schema import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.http.call import ApiCall
    from pinterest_async.emulator.state.catalog_items import Item

_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUALS": operator.ge,
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUALS": operator.le,
}
_PRICES: Mapping[str, Callable[[float, float], bool]] = {
    "MIN_PRICE": operator.ge,
    "MAX_PRICE": operator.le,
}
_OWN_ID = frozenset({"ITEM_ID", "HOTEL_ID", "CREATIVE_ASSETS_ID"})
_STEP = re.compile(r"(PRODUCT_TYPE|GOOGLE_PRODUCT_CATEGORY)_(\d)")


def items_of(call: ApiCall, group: Mapping[str, Any]) -> list[Item]:
    """The items that a product group holds."""
    feed, catalog = group.get("feed_id"), group.get("catalog_id")
    kind = str(group.get("catalog_type", "RETAIL"))
    feeds = call.account.stores.store("feeds")
    return [
        item
        for item in call.account.catalogs.items.kept.values()
        if item.kind == kind
        and (feed is None or item.feed_id == feed)
        and (item.feed_id is None or feeds.get(item.feed_id) is not None)
        and (catalog is None or item.catalog_id == catalog)
        and _lets_through(group.get("filters") or {}, item)
    ]


def _lets_through(filters: Mapping[str, Any], item: Item) -> bool:
    """Whether an item has any, or all, of what filters ask for."""
    any_of, all_of = filters.get("any_of"), filters.get("all_of")
    if any_of:
        return any(_meets(one, item) for one in any_of)
    return all(_meets(one, item) for one in all_of or ())


def _meets(keys: Mapping[str, Any], item: Item) -> bool:
    return all(
        _fits(name, criterion, item) != bool(criterion.get("negated"))
        for name, criterion in keys.items()
        if fields.is_object(criterion)
    )


def number(item: Item, name: str) -> float | None:
    """The amount of a price such as `12.50 USD`."""
    found = re.match(r"\d+(\.\d+)?", str(item.attributes.get(name) or ""))
    return None if found is None else float(found[0])


def word(item: Item, name: str) -> str | None:
    """An attribute with few values, as the rest of the API spells it: `in stock` is `IN_STOCK`."""
    value = item.attributes.get(name)
    return None if value is None else str(value).upper().replace(" ", "_")


def _fits(name: str, criterion: Mapping[str, Any], item: Item) -> bool:
    """Whether an item fits one criterion. Pinterest's own categories nobody here can know."""
    values: Any = criterion.get("values", ())
    if "operator" in criterion:  # a price, or a number of the merchant's own
        amount = number(item, "base_price" if name == "PRICE" else name.lower())
        compare = _COMPARED[criterion["operator"]]
        return amount is not None and compare(amount, criterion["value"])
    if name in _PRICES:
        price = number(item, "price")
        return price is not None and _PRICES[name](price, values)
    if name == "CURRENCY":
        return str(item.attributes.get("price") or "").endswith(f" {values}")
    own = _own(name, item)
    wanted = [_spelled(one) for one in values]
    if name == "TITLE_KEYWORDS" or criterion.get("filter_operator_type") == "CONTAINS":
        return any(str(one) in str(own) for one in wanted)
    return own in wanted


def _own(name: str, item: Item) -> object:
    """What an item has in the place that a criterion is about, as `_spelled` has it."""
    said = item.attributes
    step = _STEP.fullmatch(name)
    if step is not None:
        path = str(said.get(step[1].lower()) or "").split(" > ")
        return _spelled(path[: int(step[2]) + 1])
    if name == "MEDIA_TYPE":
        return "video" if said.get("video_link") else "image"
    if name == "COUNTRY":
        return _spelled(fields.fields(said.get("address", {})).get("country"))
    if name == "TITLE_KEYWORDS":
        return _spelled(said.get("title") or said.get("name"))
    return _spelled(item.key if name in _OWN_ID else said.get(name.lower()))


def _spelled(value: object) -> object:
    """A value as it is compared: `in stock` and `IN_STOCK` are the same."""
    if fields.is_list(value):
        return [_spelled(one) for one in value]
    return None if value is None else str(value).casefold().replace("_", " ")
