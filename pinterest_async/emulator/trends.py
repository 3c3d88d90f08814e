"""What people search for: trending keywords, and terms that belong to others."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYWORDS: tuple[str, ...] = (
    "plum cake", "rye bread", "linen dress", "mountain hut", "paper lantern", "fern wall",
    "book nook", "felt toys", "herb garden", "tiled stove", "sea swimming", "pottery glaze",
    "night train", "window seat", "wild flowers", "knitted socks", "small kitchen", "bike basket",
    "autumn wreath", "slow cooker stew", "wool rug", "oat biscuits", "slate roof", "tea corner",
)  # fmt: skip
_MANNERS = (
    "ideas", "diy", "aesthetic", "at home", "for beginners", "on a budget", "recipes", "outfit",
    "decor", "inspiration",
)  # fmt: skip
_WEEKS = 53
_TOO_MUCH = 10_001
"""Stands for growth of more than 10,000 %. Pinterest: trending keywords."""


def trending_keywords(call: Call) -> Reply:
    """The keywords that trend in a region, the first one most."""
    place = f"{call.path['region']} {call.path['trend_type']}"
    wanted = [word.casefold() for word in checks.query_list(call.query, "include_keywords")]
    ranked = sorted(KEYWORDS, key=lambda keyword: number(place, keyword))
    found = [keyword for keyword in ranked if not wanted or keyword in wanted]
    return Reply.json(
        {"trends": [_trend(call, place, keyword) for keyword in found[: _limit(call, default=50)]]}
    )


def _trend(call: Call, place: str, keyword: str) -> dict[str, Any]:
    series = weekly(call, place, keyword)
    return {
        "keyword": keyword,
        "pct_growth_wow": growth(series, 1),
        "pct_growth_mom": growth(series, 4),
        "pct_growth_yoy": growth(series, 52),
        "time_series": series,
    }


def weekly(call: Call, place: str, subject: str, weeks: int = _WEEKS) -> dict[str, int]:
    """How much a subject is looked for, week by week, in hundredths of its best week."""
    today = dt.datetime.fromtimestamp(call.world.clock(), dt.UTC).date()
    last = today - dt.timedelta(today.weekday() + 1)  # the Sunday before
    days = [(last - dt.timedelta(weeks=ago)).isoformat() for ago in range(weeks)][::-1]
    series = {day: number(place, subject, day) % 101 for day in days}
    series[days[number(place, subject) % weeks]] = 100
    return series


def growth(series: Mapping[str, int], weeks: int) -> int:
    """By how many percent the last week is above the one so many weeks before it."""
    figures = list(series.values())
    before, now = figures[-1 - weeks], figures[-1]
    if not before:
        return _TOO_MUCH if now else 0
    return round(100 * (now - before) / before)


def suggested_terms(call: Call) -> Reply:
    """Terms that begin with, or hold, the one that is asked about."""
    term = call.query["term"]
    return Reply.json([f"{term} {manner}" for manner in _MANNERS[: _limit(call, default=4)]])


def related_terms(call: Call) -> Reply:
    """Terms that are searched for along with these."""
    terms = checks.query_list(call.query, "terms")
    related = [
        {"term": term, "related_terms": [_neighbour(term, step) for step in range(5)]}
        for term in terms
    ]
    return Reply.json(
        {
            "id": terms[0] if terms else "",
            "related_term_count": 5 * len(terms),
            "related_terms_list": related,
        }
    )


def _neighbour(term: str, step: int) -> str:
    return KEYWORDS[(number("related", term) + step) % len(KEYWORDS)]


def _limit(call: Call, *, default: int) -> int:
    return int(call.query.get("limit", default))


def number(*names: str) -> int:
    """A number that these names always have."""
    return zlib.crc32(" ".join(names).encode())
