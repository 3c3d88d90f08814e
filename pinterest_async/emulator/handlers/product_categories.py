"""What trends: topics by interest, and categories of products with those they interest."""

from __future__ import annotations

from typing import Any

from pinterest_async.emulator.handlers.trend_figures import MONTH, best, growth, number, weekly
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields, pictures
from pinterest_async.emulator.schema.types import values

_TOPICS = 5
"""Topics of each interest. Pinterest: featured topics."""

_RANKED = 20
_VERTICALS = ("FASHION", "HOME_DECOR", "BEAUTY")
_AGES = ("18-24", "25-34", "35-44", "45-49", "50-54", "55-64", "65+")
_AHEAD = 8
"""Weeks that a prediction looks ahead."""


def featured_topics(call: ApiCall) -> Reply:
    """The topics that trend in a region, by interest."""
    region = call.query["region"]
    asked = call.query.get("interest", "ALL")
    interests = values("InterestsEnum")[1:] if asked == "ALL" else (asked,)
    return Reply.json(
        [
            {
                "interest": interest,
                "market": region,
                "trends": [
                    _topic(call, region, interest, keyword)
                    for keyword in best(region, interest)[:_TOPICS]
                ],
            }
            for interest in interests
        ]
    )


def _topic(call: ApiCall, region: str, interest: str, keyword: str) -> dict[str, Any]:
    series = weekly(call, f"{region} {interest}", keyword)
    picture = pictures.sizes(f"{region} {keyword}", 600, 900)["600x"]
    key = str(number(region, interest, keyword))
    return {
        "id": key,
        "title": keyword.capitalize(),
        "description": f"People look for {keyword}.",
        "percent_growth_mom": growth(series, MONTH),
        "related_interests": [interest],
        "related_searches": [f"{keyword} ideas", f"{keyword} at home"],
        "time_series": series,
        "pins": [
            {
                "id": f"{key}0",
                "src": picture["url"],
                "width": picture["width"],
                "height": picture["height"],
                "color": "#6E7B5A",
                "vertical_offset": 0.0,
            }
        ],
    }


def trending_categories(call: ApiCall) -> Reply:
    """The categories that grow in a region, the one that grows most first."""
    query = call.query
    engagement = query.get("engagement_type", "ENGAGEMENT")
    wanted = fields.query_list(query, "verticals")
    people = sorted(fields.query_list(query, "ages") + fields.query_list(query, "genders"))
    segment = " ".join((query["region"], engagement, *people))
    found: list[dict[str, Any]] = [
        {
            "product_category": category,
            "pinterest_product_category_id": number(category) % 10_000,
            "verticals": [_VERTICALS[number(category) % len(_VERTICALS)]],
            "engagement_type": engagement,
            "pct_change_mom": number(segment, category) % 400,
            "percent_relative_volume": number(category, segment) % 101,
        }
        for category in values("ProductCategoryEnum")
    ]
    chosen = [one for one in found if not wanted or one["verticals"][0] in wanted]
    chosen.sort(key=lambda one: -int(str(one["pct_change_mom"])))
    return Reply.json(chosen[:_RANKED])


def category_details(call: ApiCall) -> Reply:
    """Who is interested in categories of products, and since when."""
    query = call.query
    segment = f"{query['region']} {query.get('engagement_type', 'ENGAGEMENT')}"
    weeks = max(2 * MONTH, int(query.get("lookback_window", "365")) // 7)
    return Reply.json(
        [
            _category(call, segment, category, weeks)
            for category in fields.query_list(query, "product_categories")
        ]
    )


def _category(call: ApiCall, segment: str, category: str, weeks: int) -> dict[str, Any]:
    series = weekly(call, segment, category, weeks)
    recent = list(series.items())[-_AHEAD:]
    female = number(segment, category, "female") % 60
    ages = {age: 5 + number(segment, category, age) % 20 for age in _AGES}
    change = {"pct_change_mom": float(growth(series, MONTH))}
    words = category.replace("_", " ").lower()
    return {
        "product_category": category,
        "time_series": series,
        "has_prediction": True,
        "predicted_time_series": {day: (value + 50) / 2 for day, value in recent},
        "related_searches": [f"{words} ideas", f"{words} on a budget"],
        "metrics_highlights": dict.fromkeys(("engagement", "outbound_clicks", "pin_saves"), change),
        "demographics": {
            "age": {age: round(part / sum(ages.values()), 4) for age, part in ages.items()},
            "gender": {
                "female": (30 + female) / 100, "male": (60 - female) / 100, "unspecified": 0.1,
            },
        },
    }  # fmt: skip


HANDLERS: Handlers = {
    "trends_featured_topics/list": featured_topics,
    "trends_product_categories_details/list": category_details,
    "trends_product_categories_trending/list": trending_categories,
}
