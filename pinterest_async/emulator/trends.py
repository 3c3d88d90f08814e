"""What people search for: trending keywords, and terms that belong to others."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply

_KEYWORDS = (
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
    ranked = sorted(_KEYWORDS, key=lambda keyword: _number(place, keyword))
    found = [keyword for keyword in ranked if not wanted or keyword in wanted]
    return Reply.json(
        {"trends": [_trend(call, place, keyword) for keyword in found[: _limit(call, default=50)]]}
    )


def _trend(call: Call, place: str, keyword: str) -> dict[str, Any]:
    today = dt.datetime.fromtimestamp(call.world.clock(), dt.UTC).date()
    last = today - dt.timedelta(today.weekday() + 1)  # the Sunday before
    weeks = [last - dt.timedelta(weeks=ago) for ago in range(_WEEKS)][::-1]
    series = [_number(place, keyword, week.isoformat()) % 101 for week in weeks]
    series[_number(place, keyword) % _WEEKS] = 100  # the peak, which the others are measured by
    return {
        "keyword": keyword,
        "pct_growth_wow": _growth(series, 1),
        "pct_growth_mom": _growth(series, 4),
        "pct_growth_yoy": _growth(series, 52),
        "time_series": {week.isoformat(): value for week, value in zip(weeks, series, strict=True)},
    }


def _growth(series: list[int], weeks: int) -> int:
    before, now = series[-1 - weeks], series[-1]
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
        {"term": term, "related_terms": [_neighbour(term, number) for number in range(5)]}
        for term in terms
    ]
    return Reply.json(
        {
            "id": terms[0] if terms else "",
            "related_term_count": 5 * len(terms),
            "related_terms_list": related,
        }
    )


def _neighbour(term: str, number: int) -> str:
    start = _number("related", term)
    return _KEYWORDS[(start + number) % len(_KEYWORDS)]


def _limit(call: Call, *, default: int) -> int:
    return int(call.query.get("limit", default))


def _number(*names: str) -> int:
    """A number that these names always have."""
    return zlib.crc32(" ".join(names).encode())
