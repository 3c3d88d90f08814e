"""What ads have brought: one story, told by ad and day, of which every report is a sum.

An ad's impressions of a day follow from its id and the day; whatever else is counted is a share of
those, so that there are never more clicks than impressions. Rates are made of sums. Conversions
keep coming in for as long as their window lasts: the younger a day, the fewer of them are there.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

Parts: TypeAlias = "tuple[tuple[str, int], ...]"
"""What is counted, and how many times each."""

_CONVERSIONS = (
    "PAGE_VISIT", "SIGNUP", "CHECKOUT", "CUSTOM", "ADD_TO_CART", "LEAD", "SEARCH", "WATCH_VIDEO",
    "VIEW_CATEGORY", "APP_INSTALL", "UNKNOWN",
)  # fmt: skip
_KINDS = "|".join(_CONVERSIONS)
_ACTIONS = ("CLICK", "VIEW", "ENGAGEMENT")
_PLATFORMS = ("WEB", "INAPP", "OFFLINE")

_CONVERSION = re.compile(
    rf"TOTAL_(?:(?P<platform>{'|'.join(_PLATFORMS)})_)?(?:(?P<action>{'|'.join(_ACTIONS)})_)?"
    rf"(?P<kind>{_KINDS}|CONVERSIONS)"
)
_RATIO = re.compile(r"CTR|_RATE|ROAS|COST_PER|^E?CP|FREQUENCY|_AVG_|AVERAGE")
_VALUE = "_VALUE_IN_MICRO_DOLLAR"
_QUANTITY = "_QUANTITY"

_SAME: dict[str, str] = {
    "PAID_IMPRESSION": "IMPRESSION_1",
    "IMPRESSION_1_GROSS": "IMPRESSION_1",
    "CLICKTHROUGH_1_GROSS": "CLICKTHROUGH_1",
    "LEADS": "TOTAL_LEAD",
}
_SPEND: Parts = (("CLICKTHROUGH_1", 400_000), ("IMPRESSION_1", 1_500))
_DIVISORS: dict[str, tuple[str, str, float]] = {
    "CTR": ("CLICKTHROUGH_1", "IMPRESSION_1", 1),
    "ECTR": ("TOTAL_CLICKTHROUGH", "TOTAL_IMPRESSION", 1),
    "CTR_2": ("CLICKTHROUGH_2", "IMPRESSION_2", 1),
    "OUTBOUND_CTR_1": ("OUTBOUND_CLICK_1", "IMPRESSION_1", 1),
    "ENGAGEMENT_RATE": ("ENGAGEMENT_1", "IMPRESSION_1", 1),
    "REPIN_RATE": ("REPIN_1", "IMPRESSION_1", 1),
    "CPC_IN_MICRO_DOLLAR": ("SPEND_IN_MICRO_DOLLAR", "CLICKTHROUGH_1", 1),
    "ECPC_IN_MICRO_DOLLAR": ("SPEND_IN_MICRO_DOLLAR", "TOTAL_CLICKTHROUGH", 1),
    "ECPC_IN_DOLLAR": ("SPEND_IN_MICRO_DOLLAR", "TOTAL_CLICKTHROUGH", 1e-6),
    "CPM_IN_MICRO_DOLLAR": ("SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1", 1000),
    "CPM_IN_DOLLAR": ("SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1", 1e-3),
}
"""Rates by what they are of, and by what that is divided."""

_ARRIVED_AT_ONCE = 60
"""Percent of the conversions of a day that are there at its end; the others come evenly."""
_RARE = 500
"""Of a thousand days, those without a conversion of a kind."""
_BY_WINDOW = {0: 40, 1: 55, 7: 75, 14: 85, 30: 100, 60: 110}
"""Conversions that a window of so many days finds, in percent of those of 30 days."""


class Windows(NamedTuple):
    """How many days after an action a conversion still counts, as Pinterest has it by default."""

    click: int = 30
    engagement: int = 30
    view: int = 1


class Share(NamedTuple):
    """A part of a whole number: from one mark of a scale to another. The parts are the whole."""

    low: int
    high: int
    scale: int

    def of(self, number: int) -> int:
        """The part of this number."""
        return number * self.high // self.scale - number * self.low // self.scale


def shares(count: int) -> list[Share]:
    """A whole in so many parts, the later ones larger."""
    marks = [number * (number + 1) // 2 for number in range(count + 1)]
    return [Share(marks[one], marks[one + 1], marks[-1]) for one in range(count)]


@dataclass(frozen=True, slots=True)
class Column:
    """How a column is made: a sum, or one sum by another."""

    parts: Parts
    by: Parts = ()
    factor: float = 0.0
    """0 for a whole number, else what the sum, or the ratio, is multiplied with."""


@lru_cache(maxsize=4096)
def column(name: str) -> Column:
    """How the column of this name is made."""
    if name.endswith("SPEND_IN_DOLLAR"):
        return Column(_sum("SPEND_IN_MICRO_DOLLAR"), factor=1e-6)
    if _RATIO.search(name):
        over, under, factor = _ratio(name)
        return Column(_sum(over), _sum(under), factor)
    return Column(_sum(name))


def _ratio(name: str) -> tuple[str, str, float]:
    if name in _DIVISORS:
        return _DIVISORS[name]
    for ending in ("_ROAS", "_COST_PER_ACTION"):
        subject = f"TOTAL_{name.removesuffix(ending)}"
        if name.endswith(ending) and _CONVERSION.fullmatch(subject):
            if ending == "_ROAS":
                return f"{subject}{_VALUE}", "SPEND_IN_MICRO_DOLLAR", 1
            return "SPEND_IN_MICRO_DOLLAR", subject, 1e-6
    return f"OF {name}", "IMPRESSION_1", 1


def _sum(name: str) -> Parts:
    """What a column that is no rate is the sum of."""
    name = _SAME.get(name, name)
    if name == "SPEND_IN_MICRO_DOLLAR":
        return _SPEND
    factor = 1
    counted = name
    if name.endswith(_VALUE):
        counted, factor = name.removesuffix(_VALUE), 1_250_000
    elif name.endswith(_QUANTITY):
        counted, factor = name.removesuffix(_QUANTITY), 2
    found = _CONVERSION.fullmatch(counted)
    if found is not None:
        kinds = _CONVERSIONS if found["kind"] == "CONVERSIONS" else (found["kind"],)
        platforms = (found["platform"],) if found["platform"] else _PLATFORMS
        actions = (found["action"],) if found["action"] else _ACTIONS
        return tuple(
            (f"{action} {platform} {kind}", factor)
            for kind in kinds
            for platform in platforms
            for action in actions
        )
    if name.startswith("TOTAL_") and not name.endswith(("_USER", "_CONVERSION")):
        stem = name.removeprefix("TOTAL_")
        return ((f"{stem}_1", 1), (f"{stem}_2", 1))
    return ((name, 1),)


def count(ad_id: str, day: int, part: str, age: int, windows: Windows) -> int:
    """What an ad had of something on a day.

    Args:
        ad_id: the ad.
        day: as `date.toordinal` numbers them.
        part: what is counted, as `column` names it.
        age: days from then to today.
        windows: of the conversions.
    """
    lot = zlib.crc32(f"{ad_id} {day}".encode())
    if lot % 9 == 0:  # the ad was not shown
        return 0
    shown = 2_000 + lot % 3_000
    own = zlib.crc32(part.encode(), lot) % 1000
    action = part.partition(" ")[0]
    if action in _ACTIONS:
        return _conversions(shown, own, action, age, windows)
    return _shown(part, lot, own, shown // 10 if part.endswith("_2") else shown)


def _shown(part: str, lot: int, own: int, shown: int) -> int:
    """Impressions, and what comes of them at once."""
    if part.startswith("IMPRESSION"):
        return shown
    clicks = shown * (zlib.crc32(b"CLICKTHROUGH", lot) % 1000) // 20_000
    if part.startswith("CLICKTHROUGH"):
        return clicks
    if part.startswith("OUTBOUND_CLICK"):
        return clicks * own // 1000
    return shown * own // (1_000 if part.startswith(("VIDEO", "TOTAL_IMPRESSION")) else 25_000)


def _conversions(shown: int, own: int, action: str, age: int, windows: Windows) -> int:
    window = getattr(windows, action.lower())
    if own < _RARE:
        return 0
    all_there = shown * own * _BY_WINDOW[window] // 10_000_000
    waited = min(1.0, max(age, 0) / window) if window else 1.0
    return int(all_there * (_ARRIVED_AT_ONCE + (100 - _ARRIVED_AT_ONCE) * waited) // 100)
