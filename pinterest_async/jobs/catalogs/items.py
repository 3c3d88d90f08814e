"""Rows that describe retail items: names and values as Pinterest takes them, checked one by one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias, cast, get_args

import msgspec

from pinterest_async.jobs._rows import Unreadable
from pinterest_async.models import enums
from pinterest_async.models.catalog_items import ItemAttributesRequest

Attributes: TypeAlias = dict[str, Any]

ATTRIBUTES: Final = frozenset(ItemAttributesRequest.__struct_fields__) - {"id"}
"""What an item can have, beside its id."""

MASKED: Final[frozenset[str]] = frozenset(get_args(enums.UpdateMaskFieldType))
"""What an UPDATE can change; pictures, for example, are not among them."""

REQUIRED: Final = ("title", "description", "link", "image_link", "price", "availability")
"""Without these Pinterest does not publish an item (the faults of feeds that end in MISSING)."""

ALIASES: Final[Mapping[str, str]] = {
    "id": "item_id",
    "offer_id": "item_id",
    "ads_redirect": "ad_link",
    "adwords_redirect": "ad_link",
    "additional_image_links": "additional_image_link",
    "installment": "installment_price",
    "product_types": "product_type",
    "promotion_ids": "promotion_id",
    "sizes": "size",
    **{f"custom_label{number}": f"custom_label_{number}" for number in range(5)},
}
"""What Google Merchant calls differently, in files and in its Content API."""

PASSED_OVER: Final = frozenset(
    (
        "auto_pricing_min_price", "availability_date", "canonical_link", "certification", "channel",
        "cloud_export_additional_properties", "content_language", "cost_of_goods_sold",
        "destinations", "disclosure_date", "display_ads_id", "display_ads_link",
        "display_ads_similar_ids", "display_ads_title", "display_ads_value",
        "energy_efficiency_class", "excluded_destination", "excluded_destinations",
        "expiration_date", "external_seller_id", "feed_label", "identifier_exists",
        "included_destination", "included_destinations", "is_bundle", "kind",
        "lifestyle_image_link", "lifestyle_image_links", "link_template", "loyalty_points",
        "loyalty_program", "loyalty_programs", "max_energy_efficiency_class", "max_handling_time",
        "maximum_retail_price", "min_energy_efficiency_class", "min_handling_time",
        "mobile_link_template", "multipack", "pause", "pickup_method", "pickup_sla",
        "product_detail", "product_details", "product_height", "product_highlight",
        "product_highlights", "product_length", "product_weight", "product_width",
        "return_policy_label", "sell_on_google_quantity", "shipping_label", "shipping_length",
        "ships_from_country", "shopping_ads_excluded_country", "short_title", "source",
        "store_code", "structured_description", "structured_title", "subscription_cost",
        "target_country", "tax_category", "transit_time_label", "virtual_model_link",
    )
)  # fmt: skip
"""What Google Merchant has and Pinterest has not."""

_LONGEST: Final[Mapping[str, int]] = {
    "item_id": 127, "item_group_id": 127, "link": 511, "image_link": 2000,
    **{f"custom_label_{number}": 511 for number in range(5)},
}  # fmt: skip
"""Most characters, where more keep an item out; a title that is too long is cut."""

_AVAILABLE: Final = ("in stock", "out of stock", "preorder")
_BOOLEANS: Final = frozenset(
    {"adult", "checkout_enabled", "free_shipping_label", "save_pin_disabled"}
)
_WHOLE: Final = frozenset(
    {"last_updated_time", "number_of_ratings", "number_of_reviews"}
    | {f"custom_number_{number}" for number in range(5)}
)
_LISTS: Final = frozenset({"additional_image_link", "variant_names", "variant_values"})
_PRICES: Final = frozenset({"price", "sale_price", "min_ad_price", "free_shipping_limit"})
_ADDRESSES: Final = frozenset({"link", "image_link"})
_YES_NO: Final[Mapping[str, bool]] = {
    "true": True, "yes": True, "y": True, "1": True,
    "false": False, "no": False, "n": False, "0": False,
}  # fmt: skip

_ADDRESS: Final = re.compile(r"https?://[^/\s]+\S*")
_PRICE: Final = re.compile(r"(?P<before>[A-Za-z]{3})?\s*(?P<figure>\d+(?:\.\d+)?)\s*"
                           r"(?P<after>[A-Za-z]{3})?")  # fmt: skip
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN_ADDRESSES: Final = re.compile(r"\s*[,|]\s*(?=https?://)")


class ItemRow(msgspec.Struct, kw_only=True):
    """A row as it was read: good, unless it has problems."""

    line: int
    item_id: str = ""
    attributes: Attributes = {}
    missing: list[str] = []
    """Attributes that it lacks, which an item has to have."""
    problems: list[str] = []


class _BadValue(Exception):
    """A value cannot be sent; the message goes on from the name of its attribute."""


class RowReader:
    """Reads rows, and remembers which of their columns it has passed over.

    Args:
        currency: that of prices that do not name one; None where they have to.
        ignore_unknown: whether to pass over columns that are not known at all.
    """

    def __init__(self, *, currency: str | None, ignore_unknown: bool) -> None:
        self.passed_over: set[str] = set()
        """Columns that Pinterest has nothing for, as the rows name them."""
        self._currency = currency
        self._ignore_unknown = ignore_unknown
        self._columns: dict[object, str | None] = {}

    def read(self, line: int, given: Any) -> ItemRow:
        """Read a row.

        Args:
            line: where it begins in its file, or which of the mappings it is, from 1.
            given: a mapping, or `Unreadable`.
        """
        row = ItemRow(line=line)
        if isinstance(given, Unreadable):
            row.problems.append(given.problem)
        elif not isinstance(given, Mapping):
            row.problems.append("it is no mapping of names to values")
        else:
            self._fill(row, cast("Mapping[object, Any]", given))
        return row

    def read_all(self, rows: Iterable[tuple[int, Any]]) -> list[ItemRow]:
        """Read rows, each with its line."""
        return [self.read(line, given) for line, given in rows]

    def _fill(self, row: ItemRow, given: Mapping[object, Any]) -> None:
        values: dict[str, Any] = {}
        for name, value in given.items():
            if value is None or value in ("", []):
                continue
            column = self._column(name, row.problems)
            if column is None:
                continue
            if column in values:
                row.problems.append(f"{column} is given twice")
            values[column] = value
        for column, value in values.items():
            try:
                made = self._value(column, value)
                _check_length(column, made)
            except _BadValue as error:
                row.problems.append(f"{column} {error}")
                continue
            if column == "item_id":
                row.item_id = made
            else:
                row.attributes[column] = made
        if not row.item_id and "item_id" not in values:
            row.problems.append("item_id is missing")
        row.missing = [name for name in REQUIRED if name not in values]
        self._check_as_a_whole(row)

    def _column(self, name: object, problems: list[str]) -> str | None:
        """The attribute that a column is for; None where there is none."""
        if name not in self._columns:
            column = _plain(name)
            column = ALIASES.get(column, column)
            known = column in ATTRIBUTES or column == "item_id"
            if not known and (column in PASSED_OVER or self._ignore_unknown):
                self.passed_over.add(str(name))
                self._columns[name] = None
            elif known:
                self._columns[name] = column
            else:
                problems.append(_unknown(name, column))
                return None
        return self._columns[name]

    def _value(self, column: str, value: Any) -> Any:
        if column in _PRICES:
            return self._price(value)
        for names, read in _READERS:
            if column in names:
                return read(value)
        return _one_text(value)

    def _price(self, value: Any) -> str:
        """A price as `12.50 EUR`.

        Raises:
            _BadValue: it is none, or its currency is not known.
        """
        if isinstance(value, Mapping):  # Google's Content API
            parts = cast("Mapping[str, Any]", value)
            value = f"{parts.get('value', '')} {parts.get('currency', '')}"
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            raise _BadValue("is no price")
        text = str(value).strip()
        match = _PRICE.fullmatch(text)
        if match is None or (match["before"] and match["after"]):
            raise _BadValue(f"{text!r} has to look like 12.50 EUR")
        currency = match["before"] or match["after"] or self._currency
        if currency is None:
            raise _BadValue(
                f"{text!r} names no currency, and Pinterest would take it for US dollars: write "
                f"{text} EUR, or pass currency (--currency)"
            )
        return f"{match['figure']} {currency.upper()}"

    def _check_as_a_whole(self, row: ItemRow) -> None:
        price = row.attributes.get("price")
        if price is not None and Decimal(price.partition(" ")[0]) <= 0:
            row.problems.append("price must be more than 0")
        try:
            msgspec.convert(row.attributes, ItemAttributesRequest)
        except msgspec.ValidationError as error:
            row.problems.append(str(error))


def changed(before: Attributes, after: Attributes) -> set[str]:
    """The attributes that are new, different or gone."""
    names = before.keys() | after.keys()
    return {name for name in names if before.get(name) != after.get(name)}


def _plain(name: object) -> str:
    """A name in Pinterest's manner: of `g:image_link`, `Image Link` and `imageLink` one."""
    text = _HUMP.sub("_", str(name).strip().removeprefix("g:"))
    return re.sub(r"[\s_-]+", "_", text.lower())


def _unknown(name: object, column: str) -> str:
    near = difflib.get_close_matches(column, [*ATTRIBUTES, "item_id", *ALIASES], n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return (
        f"{name!r} is no attribute of an item{hint}: rename it, or pass ignore_unknown=True "
        "(--ignore-unknown)"
    )


def _check_length(column: str, value: Any) -> None:
    text = value[0] if column == "image_link" else value
    longest = _LONGEST.get(column)
    if longest is not None and len(text) > longest:
        raise _BadValue(f"has {len(text)} characters, at most {longest} are allowed")
    if column in _ADDRESSES and not _ADDRESS.fullmatch(text):
        raise _BadValue("must be an address that begins with http:// or https://")


def _one_text(value: Any) -> str:
    """A text; of a list of one, that one."""
    if isinstance(value, list) and value:
        value = cast("list[object]", value)[0]
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise _BadValue("is no text")
    text = str(value).strip()
    if not text:
        raise _BadValue("is blank")
    return text


def _picture(value: Any) -> list[str]:
    return [_one_text(value)]


def _availability(value: Any) -> str:
    text = _one_text(value).lower().replace("_", " ")
    if text not in _AVAILABLE:
        raise _BadValue(f"{text!r} is none of {', '.join(_AVAILABLE)}")
    return text


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = _YES_NO.get(str(value).strip().lower())
    if found is None:
        raise _BadValue(f"{value!r} is neither yes nor no")
    return found


def _whole_number(value: Any) -> int:
    try:
        number = Decimal(str(value).strip())
    except ArithmeticError:
        raise _BadValue(f"{value!r} is no whole number") from None
    if isinstance(value, bool) or not number.is_finite() or number != int(number):
        raise _BadValue(f"{value!r} is no whole number")
    return int(number)


def _fraction(value: Any) -> float:
    try:
        number = Decimal(str(value).strip())
    except ArithmeticError:
        raise _BadValue(f"{value!r} is no number") from None
    if isinstance(value, bool) or not number.is_finite():
        raise _BadValue(f"{value!r} is no number")
    return float(number)


def _several(value: Any) -> list[str]:
    """A list; of a text what has commas or bars between, those inside of addresses aside."""
    if isinstance(value, str):
        if "://" in value:
            value = _BETWEEN_ADDRESSES.split(value.strip())
        else:
            value = value.split("|" if "|" in value else ",")
    if not isinstance(value, list | tuple):
        raise _BadValue("is no list")
    return [_one_text(one) for one in cast("list[object]", value)]


def _as_it_is(value: Any) -> Any:
    return value


_READERS: Final[tuple[tuple[frozenset[str], Callable[[Any], Any]], ...]] = (
    (frozenset({"image_link"}), _picture),
    (frozenset({"availability"}), _availability),
    (frozenset({"average_review_rating"}), _fraction),
    (frozenset({"ai_disclosures"}), _as_it_is),
    (_BOOLEANS, _boolean),
    (_WHOLE, _whole_number),
    (_LISTS, _several),
)
