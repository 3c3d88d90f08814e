"""What the columns of reports are about: more than a person reads, in groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MANY: Final = 60
"""Enumerations of so many columns and more are told in groups."""

_GROUPS: Final = (
    (
        "what a row is of",
        r"^PRODUCT_ITEM_|_(ID|NAME|STATUS|TYPE|LABEL|LABELS|TAG|URL)$|^(IS|HAS)_|_DATE$|^DATE$",
    ),
    ("budgets and bids", r"BUDGET|BID|SPEND_CAP"),
    ("return on what is spent", r"ROAS|RETURN"),
    ("cost of each result", r"^(E?CP[A-Z]*|COST)_|_(CPA|COST_PER|COST)_|_CPA$|COST_PER"),
    ("money spent", r"SPEND"),
    ("rates and shares", r"RATE|CTR|PERCENT|FREQUENCY"),
    ("conversions on the web", r"WEB"),
    ("conversions in apps", r"INAPP|APP_INSTALL|MOBILE|IN_APP"),
    ("conversions offline", r"OFFLINE"),
    (
        "conversions and their value",
        r"CONVERSION|CHECKOUT|SIGNUP|LEAD|PAGE_VISIT|CART|ORDER_VALUE|_VALUE_IN|_WISHLIST",
    ),
    ("views of videos", r"VIDEO|QUARTILE|WATCH"),
    (
        "what was seen and done",
        r"IMPRESSION|CLICK|ENGAGEMENT|REPIN|SAVE|REACH|FOLLOW|SWIPE|VIEW|CLOSEUP|_VISIT|_PAGE_|QUIZ",
    ),
)


def grouped(values: Iterable[object]) -> list[str]:
    """A line for each group of columns: what it is about, how many there are, and two of them."""
    found: dict[str, list[str]] = {}
    for value in map(str, values):
        title = next((t for t, pattern in _GROUPS if re.search(pattern, value)), "others")
        found.setdefault(title, []).append(value)
    order = [title for title, _ in _GROUPS if title in found] + ["others"] * ("others" in found)
    return [
        f"- {title} ({len(found[title])}): {', '.join(f'`{one}`' for one in found[title][:2])}"
        for title in order
    ]
