"""What audiences are interested in, and who they are."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import targeting
from pinterest_async.emulator.handlers.estimates import EVERYBODY, number
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable


def audience_insights(call: ApiCall) -> Reply:
    """What an audience is interested in, and who it is."""
    kind = call.query["audience_insight_type"]
    ad_account_id = call.path["ad_account_id"]
    size = EVERYBODY if kind.startswith("PINTEREST") else 1000 + number(ad_account_id, kind) % 10**6

    def shares(name: str, options: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        parts = [
            (key, label, 1 + number(ad_account_id, kind, name, key) % 99) for key, label in options
        ]
        whole = sum(part for _, _, part in parts)
        return [
            {"key": key, "name": label, "ratio": round(part / whole, 4)}
            for key, label, part in parts
        ]

    def interests(keys: Iterable[str]) -> list[dict[str, Any]]:
        named = [(key, targeting.INTERESTS[key][0]) for key in keys]
        return [
            {
                **one,
                "id": one["key"],
                "index": 1 + number(ad_account_id, kind, one["key"]) % 300 / 100,
            }
            for one in shares("interest", named)
        ]

    options = targeting.OPTIONS
    return Reply.json(
        {
            "type": kind,
            "date": _yesterday(call),
            "size": size,
            "size_is_upper_bound": False,
            "categories": [
                {**one, "subcategories": interests(targeting.INTERESTS[one["key"]][1])}
                for one in interests(targeting.PARENTS)
            ],
            "demographics": {
                "ages": shares("age", options["AGE_BUCKET"].items()),
                "genders": shares("gender", options["GENDER"].items()),
                "devices": shares("device", options["APPTYPE"].items()),
                "countries": shares("country", targeting.COUNTRIES.items()),
                "metros": shares("metro", targeting.METROS.items()),
            },
        }
    )


def _yesterday(call: ApiCall) -> str:
    today = call.world.today()
    return (today - dt.timedelta(1)).isoformat()


def insight_scopes(call: ApiCall) -> Reply:
    """The audiences that there are insights for."""
    kinds = (("partner", "impression"), ("partner", "engagement"), ("pinterest", "all"))
    date = _yesterday(call)
    return Reply.json(
        {"items": [{"date": date, "scope": scope, "type": kind} for scope, kind in kinds]}
    )


HANDLERS: Handlers = {
    "audience_insights/get": audience_insights,
    "audience_insights_scope_and_type/get": insight_scopes,
}
