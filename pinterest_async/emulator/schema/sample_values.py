"""Plausible values for made-up responses: what a type alone does not tell.

The tables hold the places where a value has to have a certain form that the types do not carry.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.schema import pictures
from pinterest_async.emulator.state.clock import wire_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

NOW = 1_764_547_200
"""2025-12-01, in seconds since 1970: nothing made up is younger."""

_DAY = 86_400
_SPAN = 300 * _DAY
_ID = re.compile(r"(^|_)ids?$|micro|^audience_(in|ex)clude$|^deleted_|^invites$|^$")
_MOMENT = re.compile(r"(_time|_at|timestamp)$")
_DATE = re.compile(r"(^|_)date$")
_ADDRESS = re.compile(r"(url|uri|link|location|website)$")
_WORDS = ("Plum", "Rye", "Linen", "Fern", "Slate", "Oat")

MEMBERS: Mapping[str, Any] = {
    "MAXIMUM_AGE": "65+",
    "MINIMUM_AGE": "18",
    "accepted_terms_time": "2025-10-06T13:07:04.000Z",
    "carting_platform_type": 1,
    "catalog_type": "RETAIL",
    "columns": ["SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1"],
    "last_modified_date_time": "2025-10-06T13:07:04.000Z",
    "negated": False,
    "parent_type": "CAMPAIGN",
    "time": "09:30",
}
"""Members that hold this wherever they are."""

LEFT_OUT = frozenset({"all_of", "exceptions"})
"""Members that say what went wrong, or that exclude another."""

NONE_OF = frozenset({"errors"})
"""Lists that are empty when all went well."""

ONE_MEMBER = "FilterKeys"
"""The end of the names of those structs of which exactly one member is set."""

FEED_OUTCOME: Mapping[str, Any] = {
    "product_counts": {"original": 6, "ingested": 5},
    "ingestion_details": {
        "errors": {},
        "info": {"IN_STOCK": 3, "OUT_OF_STOCK": 1, "PREORDER": 1},
        "warnings": {},
    },
    "validation_details": {
        "errors": {"IMAGE_LINK_MISSING": 1},
        "warnings": {"AVAILABILITY_DATE_INVALID": 1},
    },
}
"""What is said of a feed that has been processed; `feeds` has the items to go with it."""

OBJECTS: Mapping[str, Callable[[Random], Any]] = {
    "PinMedia": lambda random: pictures.image(str(random.random())),
}
"""Structs that have a form of their own."""


def text(name: str, random: Random) -> str:
    """A string: an id, an address, a moment, a day or a few words, as the name has it."""
    name = name.lower()
    if name == "cryptographic_key":
        return b64encode(random.randbytes(32)).decode()
    if _ID.search(name):
        return str(random.randrange(10**11, 10**12))
    if _ADDRESS.search(name):
        return f"https://www.example.com/{random.randrange(10**6)}"
    if _MOMENT.search(name):
        return moment(name, random)
    if _DATE.search(name):
        return day(name, random)
    return f"{random.choice(_WORDS)} {random.randrange(100)}"


def number(name: str, random: Random) -> int:
    """A small number, or a moment in seconds."""
    if _MOMENT.search(name):
        return NOW - random.randrange(_SPAN)
    return random.randrange(2, 20)


def moment(_name: str, random: Random) -> str:
    """A moment without its zone, as every captured response has it."""
    return wire_time(NOW - random.randrange(_SPAN))


def day(_name: str, random: Random) -> str:
    """A day of the year before `NOW`."""
    return moment("", random)[:10]


def fraction(_name: str, random: Random) -> float:
    """A number with a fraction."""
    return round(random.uniform(0, 10), 2)


def truth(_name: str, random: Random) -> bool:
    """Yes or no."""
    return random.random() < 0.5
