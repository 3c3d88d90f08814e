"""What ads can be aimed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERESTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "925056443165": ("Animals", ("919812032692", "942563361246")),
    "918530398158": ("Food and drinks", ("906024290402", "941870572865")),
    "935249274030": ("Home decor", ("901179409185", "927916882711")),
    "948967005229": ("Women's fashion", ("945391946569", "924581335376")),
    "919812032692": ("Cats", ()),
    "942563361246": ("Dogs", ()),
    "906024290402": ("Baking", ()),
    "941870572865": ("Tea", ()),
    "901179409185": ("Living rooms", ()),
    "927916882711": ("Small kitchens", ()),
    "945391946569": ("Dresses", ()),
    "924581335376": ("Knitwear", ()),
}
"""Interests by id: their name and those that belong to them."""

PARENTS = tuple(key for key, (_, children) in INTERESTS.items() if children)

COUNTRIES = {
    "US": "United States", "GB": "United Kingdom", "DE": "Germany", "FR": "France", "CA": "Canada",
}  # fmt: skip

METROS = {
    "501": "U.S.: New York", "803": "U.S.: Los Angeles", "807": "U.S.: San Francisco",
    "36101": "Australia: Capital Region", "554015": "New Zealand: Gisborne",
}  # fmt: skip

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "AGE_BUCKET": {
        one: one for one in ("18-24", "25-34", "35-44", "45-49", "50-54", "55-64", "65+")
    },
    "APPTYPE": {
        "android_mobile": "Android Mobile", "android_tablet": "Android Tablet", "ipad": "iPad",
        "iphone": "iPhone", "web": "Web", "web_mobile": "Web Mobile",
    },
    "GENDER": {"unknown": "Unspecified", "male": "Male", "female": "Female"},
    "GEO": {**COUNTRIES, "US-CA": "California", "US:94107": "94107, San Francisco"},
    "INTEREST": {key: name for key, (name, _) in INTERESTS.items()},
    "LOCALE": {"en": "English", "de": "German", "fr": "French", "es": "Spanish"},
    "LOCATION": {**COUNTRIES, **METROS},
}  # fmt: skip
"""What can be aimed at, by kind. There is no list of keywords: any word is one."""
