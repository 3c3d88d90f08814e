"""Trends as Pinterest writes about them."""

from __future__ import annotations

from typing import Any

from pinterest_async.emulator.handlers.trend_figures import MONTH, best, growth, number, weekly
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema.types import values

_ARTICLES = 4


def editorial_articles(call: ApiCall) -> Reply:
    """What Pinterest writes about the trends of a region."""
    region = call.query["region"]
    return Reply.json([_article(call, region, one) for one in best(region)[:_ARTICLES]])


def _article(call: ApiCall, region: str, keyword: str) -> dict[str, Any]:
    related = [keyword, *(one for one in best(region, keyword)[:3] if one != keyword)]
    return {
        "title": f"Everybody wants {keyword}",
        "description": f"Why {keyword} is what people pin.",
        "board_url": f"https://www.pinterest.com/pinterest/{keyword.replace(' ', '-')}/",
        "pins_url": [f"https://www.pinterest.com/pin/{number(region, one)}/" for one in related],
        "interests": [values("InterestsEnum")[1 + number(keyword) % 15]],
        "related_keywords": [
            {"name": one, "pct_growth_mom": growth(weekly(call, region, one), MONTH)}
            for one in related
        ],
    }


HANDLERS: Handlers = {
    "trends_editorial_articles/list": editorial_articles,
}
