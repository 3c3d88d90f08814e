"""Terms that belong to others."""

from __future__ import annotations

from pinterest_async.emulator.handlers.trend_figures import KEYWORDS, limit, number
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields

_MANNERS = (
    "ideas", "diy", "aesthetic", "at home", "for beginners", "on a budget", "recipes", "outfit",
    "decor", "inspiration",
)  # fmt: skip


def suggested_terms(call: ApiCall) -> Reply:
    """Terms that begin with, or hold, the one that is asked about."""
    term = call.query["term"]
    return Reply.json([f"{term} {manner}" for manner in _MANNERS[: limit(call, default=4)]])


def related_terms(call: ApiCall) -> Reply:
    """Terms that are searched for along with these."""
    terms = fields.query_list(call.query, "terms")
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


HANDLERS: Handlers = {
    "terms_related/list": related_terms,
    "terms_suggested/list": suggested_terms,
}
