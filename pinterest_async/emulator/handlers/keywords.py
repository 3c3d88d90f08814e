"""What keywords trend, and how often they are searched for."""

from __future__ import annotations

from typing import Any

from pinterest_async.emulator.handlers import estimates
from pinterest_async.emulator.handlers.trend_figures import best, growth, limit, weekly
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields


def trending_keywords(call: ApiCall) -> Reply:
    """The keywords that trend in a region, the first one most."""
    segment = f"{call.path['region']} {call.path['trend_type']}"
    wanted = [word.casefold() for word in fields.query_list(call.query, "include_keywords")]
    found = [keyword for keyword in best(segment) if not wanted or keyword in wanted]
    return Reply.json(
        {"trends": [_trend(call, segment, keyword) for keyword in found[: limit(call, default=50)]]}
    )


def _trend(call: ApiCall, segment: str, keyword: str) -> dict[str, Any]:
    series = weekly(call, segment, keyword)
    return {
        "keyword": keyword,
        "pct_growth_wow": growth(series, 1),
        "pct_growth_mom": growth(series, 4),
        "pct_growth_yoy": growth(series, 52),
        "time_series": series,
    }


def keyword_metrics(call: ApiCall) -> Reply:
    """How often keywords are searched for in a country, each month."""
    country = call.query["country_code"]
    return Reply.json(
        {
            "data": [
                {"keyword": word, "metrics": {"keyword_query_volume": _volume(country, word)}}
                for word in fields.query_list(call.query, "keywords")
            ]
        }
    )


def _volume(country: str, word: str) -> str:
    return str(estimates.number(country, word) % 5000 * 1000)


HANDLERS: Handlers = {
    "country_keywords_metrics/get": keyword_metrics,
    "trending_keywords/list": trending_keywords,
}
