"""What people search for, and how much: figures that stay the same."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.http.call import ApiCall

KEYWORDS: tuple[str, ...] = (
    "plum cake", "rye bread", "linen dress", "mountain hut", "paper lantern", "fern wall",
    "book nook", "felt toys", "herb garden", "tiled stove", "sea swimming", "pottery glaze",
    "night train", "window seat", "wild flowers", "knitted socks", "small kitchen", "bike basket",
    "autumn wreath", "slow cooker stew", "wool rug", "oat biscuits", "slate roof", "tea corner",
)  # fmt: skip

MONTH = 4
"""Weeks of one."""
_WEEKS = 53

_TOO_MUCH = 10_001
"""Stands for growth of more than 10,000 %. Pinterest: trending keywords."""


def weekly(call: ApiCall, segment: str, subject: str, weeks: int = _WEEKS) -> dict[str, int]:
    """How much a subject is looked for, week by week, in hundredths of its best week."""
    today = call.world.today()
    last = today - dt.timedelta(today.weekday() + 1)  # the Sunday before
    days = [(last - dt.timedelta(weeks=ago)).isoformat() for ago in range(weeks)][::-1]
    series = {day: number(segment, subject, day) % 101 for day in days}
    series[days[number(segment, subject) % weeks]] = 100
    return series


def growth(series: Mapping[str, int], weeks: int) -> int:
    """By how many percent the last week is above the one so many weeks before it."""
    figures = list(series.values())
    before, now = figures[-1 - weeks], figures[-1]
    if not before:
        return _TOO_MUCH if now else 0
    return round(100 * (now - before) / before)


def best(*segment: str) -> list[str]:
    """The keywords, the one that does best in a place first."""
    return sorted(KEYWORDS, key=lambda keyword: number(*segment, keyword))


def limit(call: ApiCall, *, default: int) -> int:
    """How many a request wants."""
    return int(call.query.get("limit", default))


def number(*names: str) -> int:
    """A number that these names always have."""
    return zlib.crc32(" ".join(names).encode())
