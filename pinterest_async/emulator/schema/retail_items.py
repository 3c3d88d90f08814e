"""What is wrong with a retail item, attribute by attribute: errors keep it out, warnings do not.

The names of the faults are those that feeds use. 106, for a title that is missing, stands in the
description; the other codes are guesses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.schema import fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Event = dict[str, Any]

_REQUIRED = ("title", "description", "link", "image_link", "price", "availability")
_LONGEST: Mapping[str, int] = {
    "link": 511, "image_link": 2000, "item_group_id": 127, "title": 500, "description": 10_000,
    "product_type": 1000,
}  # fmt: skip
_CUT = frozenset({"title", "description", "product_type"})
"""What is cut, or left out, where it is too long: the item is taken all the same."""
_WORDS: Mapping[str, frozenset[str]] = {
    "availability": frozenset({"in stock", "out of stock", "preorder"}),
    "condition": frozenset({"new", "used", "refurbished"}),
    "gender": frozenset({"male", "female", "unisex"}),
    "age_group": frozenset({"newborn", "infant", "toddler", "kids", "adult"}),
}
_ADDRESS = re.compile(r"https?://[^/\s]+\S*")
_PRICE = re.compile(r"(\d+(?:\.\d+)?) ?([A-Z]{3})?")
_ID_MAX = 127
_IMAGES_MAX = 10

_CODES: Mapping[str, int] = {
    "missing": 106, "invalid": 107, "too long": 108, "too many": 109, "not advised": 110,
}  # fmt: skip


def event(attribute: str, fault: str, message: str) -> Event:
    """An error or a warning."""
    return {"attribute": attribute, "code": _CODES[fault], "message": message}


def bad_id(member: str, key: str) -> Event | None:
    """What is wrong with the id of an item of any kind; None when nothing is."""
    if not key.strip():
        return event(member, "missing", "The id is missing from product metadata.")
    if len(key) > _ID_MAX:
        return event(member, "too long", f"The id has more than {_ID_MAX} characters.")
    return None


def errors(attributes: Mapping[str, Any]) -> Iterator[Event]:
    """What keeps an item out that would have these attributes."""
    for name in _REQUIRED:
        if attributes.get(name) in (None, "", [], [""]):
            yield event(name, "missing", f"{name.capitalize()} is missing from product metadata.")
        else:
            yield from _invalid(name, _text(attributes[name]))


def warnings(attributes: Mapping[str, Any]) -> Iterator[Event]:
    """What an item with these attributes is taken in spite of."""
    for name in _CUT & attributes.keys():
        if len(_text(attributes[name])) > _LONGEST[name]:
            yield event(name, "too long", f"{name} has too many characters.")
    for name in ("condition", "gender", "age_group"):
        word = attributes.get(name)
        if word is not None and word.lower() not in _WORDS[name]:
            yield event(name, "invalid", f"{name} is formatted incorrectly.")
    if len(attributes.get("additional_image_link") or ()) > _IMAGES_MAX:
        yield event("additional_image_link", "too many", "Too many additional images.")
    if _amount(attributes.get("sale_price")) > _amount(attributes.get("price")) > 0:
        yield event("sale_price", "invalid", "The sale price is higher than the price.")
    if not attributes.get("google_product_category"):
        message = "google_product_category is missing, which may limit visibility."
        yield event("google_product_category", "not advised", message)


def _invalid(name: str, text: str) -> Iterator[Event]:
    if name not in _CUT and len(text) > _LONGEST.get(name, len(text)):
        yield event(name, "too long", f"{name} has too many characters.")
    elif name in ("link", "image_link") and not _ADDRESS.fullmatch(text):
        yield event(name, "invalid", f"{name} is formatted incorrectly.")
    elif name == "price" and _amount(text) <= 0:
        yield event(name, "invalid", "The price is formatted incorrectly.")
    elif name == "availability" and text.lower() not in _WORDS[name]:
        yield event(name, "invalid", "The availability is formatted incorrectly.")


def _text(value: Any) -> str:
    """A text; of a list the first."""
    return str(value[0]) if fields.is_list(value) and value else str(value)


def _amount(price: Any) -> float:
    """The figure of a price; 0 where there is none."""
    match = _PRICE.fullmatch(str(price))
    return float(match[1]) if match else 0.0
