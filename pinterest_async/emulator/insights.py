"""Estimates for ads that are only planned, and what is known of audiences and of events.

The same question has the same answer. What a plan narrows down, the estimate gets smaller by.
"""

from __future__ import annotations

import datetime as dt
import zlib
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks, targeting
from pinterest_async.emulator.call import Call, Reply, encode_json
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinterest_async.emulator.shelves import Record

_EVERYBODY = 480_000_000
_FLOORS = {"CLICKTHROUGH": 100_000, "IMPRESSION": 2_000_000, "VIDEO_V_50_MRC": 50_000}
"""The least that can be bid, in millionths: for a click, for a thousand views, for a view."""

_COMPONENTS: Mapping[str, str] = {
    "advertiser_external_id": "external_id", "click_id_epik": "click_id", "hashed_email": "em",
    "hashed_maid": "hashed_maids", "ip_address": "client_ip_address",
    "user_agent": "client_user_agent",
}  # fmt: skip
"""What the quality of events is told by, and the member of `user_data` that it is about."""

_PLATFORMS = {
    "web": "WEB", "app_android": "MOBILE_ANDROID", "app_ios": "MOBILE_IOS", "offline": "OFFLINE",
}  # fmt: skip
_OPTIMISED = ("CHECKOUT", "ADD_TO_CART", "SIGNUP", "LEAD")
_SINCE = 1_700_000_000
"""When the events of conversion tags were first seen."""


def _number(*said: object) -> int:
    """A number that always goes with these."""
    return zlib.crc32(encode_json(said))


# Plans


def audience_size(call: Call) -> Reply:
    """How many people an ad group may reach."""
    body = checks.fields(call.body)
    spec = checks.fields(body.get("targeting_spec", {}))
    place = call.path["ad_account_id"]
    audiences = call.account.shelves.shelf("audiences", place)
    products = call.account.shelves.shelf("product_groups")
    named = ("AUDIENCE_INCLUDE", "AUDIENCE_EXCLUDE")
    wanted: list[str] = [one for name in named for one in spec.get(name) or ()]
    groups: list[str] = body.get("product_group_ids") or []
    if any(audiences.get(one) is None for one in wanted) or any(
        products.get(one) is None for one in groups
    ):
        message = "You don't have access to the requested audience list or product group."
        raise Refusal(403, 403, message)
    narrowed = sum(bool(value) for value in spec.values()) + sum(map(bool, (wanted, groups)))
    size = _EVERYBODY // 3**narrowed
    size -= size * (_number(spec, groups) % 10) // 100
    return Reply.json({"audience_size_lower_bound": size, "audience_size_upper_bound": 2 * size})


def bid_floors(call: Call) -> Reply:
    """The least that can be bid, for each specification."""
    specs = checks.fields(call.body)["bid_floor_specs"]
    return Reply.json(
        {"bid_floors": [_FLOORS[one["billable_event"]] for one in specs], "type": "bidfloor"}
    )


def delivery_estimates(call: Call) -> Reply:
    """What a campaign may bring, by budget: twice the money does not bring twice as much."""
    (campaign,) = call.body
    cap = campaign.get("daily_spend_cap") or campaign.get("lifetime_spend_cap") or 50_000_000
    budgets = [cap * step // 4 for step in range(1, 9)]
    strength = 500 + _number(campaign["objective_type"], campaign["ad_groups"]) % 500
    reached = [int(strength * (budget / 1_000_000) ** 0.8) for budget in budgets]
    curves = [
        {
            "estimation_type": kind,
            "points": [
                {
                    "budget": budget,
                    "y": value // part,
                    "double_y": value / part,
                    "min_y": value // part * 9 // 10,
                    "max_y": value // part * 11 // 10,
                }
                for budget, value in zip(budgets, reached, strict=True)
            ],
        }
        for kind, part in (("IMPRESSION", 1), ("CLICK", 50), ("WEEKLY_REACH", 3))
    ]
    value = reached[3]
    figures = {
        "cpm": cap / 1000 / max(value, 1),
        "cpc": cap / 1_000_000 / max(value // 50, 1),
        "weekly_impression": value * 7,
        "weekly_click": value // 50 * 7,
        "weekly_reach": value // 3 * 7,
        "lifetime_impression": value * 30,
        "lifetime_reach": value * 10,
        "weekly_frequency": 3.0,
        "lifetime_frequency": 3.0,
    }
    derived = {
        f"{name}{end}": round(figure * share, 4)
        for name, figure in figures.items()
        for end, share in (("", 1.0), ("_lower", 0.9), ("_upper", 1.1))
    }
    told = {"curves": curves, "derived_metrics": derived, "max_potential_spend": 2 * cap}
    return Reply.json(told)


def keyword_metrics(call: Call) -> Reply:
    """How often keywords are searched for in a country, each month."""
    country = call.query["country_code"]
    return Reply.json(
        {
            "data": [
                {"keyword": word, "metrics": {"keyword_query_volume": _volume(country, word)}}
                for word in checks.query_list(call.query, "keywords")
            ]
        }
    )


def _volume(country: str, word: str) -> str:
    return str(_number(country, word) % 5000 * 1000)


def preview_ad(call: Call) -> Reply:
    """An address that shows what an ad would look like."""
    body = checks.fields(call.body)
    account = call.account
    groups = account.shelves.shelf("product_groups")
    if "pin_id" in body and body["pin_id"] not in account.pins:
        raise Refusal(400, 1, "Invalid request: there is no such Pin")
    if "catalog_product_group_id" in body and groups.get(body["catalog_product_group_id"]) is None:
        raise Refusal(400, 1, "Invalid request: there is no such product group")
    if not str(body.get("image_url", "https://")).startswith(("https://", "http://")):
        raise Refusal(400, 1, "Whoops! It looks like you entered an invalid URL.")
    name = f"{_number(call.path['ad_account_id'], body):08x}"
    return Reply.json({"url": f"https://ads.pinterest.com/ad-preview/{name}/"})


# Audiences


def audience_insights(call: Call) -> Reply:
    """What an audience is interested in, and who it is."""
    kind = call.query["audience_insight_type"]
    place = call.path["ad_account_id"]
    size = _EVERYBODY if kind.startswith("PINTEREST") else 1000 + _number(place, kind) % 10**6

    def shares(name: str, options: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        parts = [(key, label, 1 + _number(place, kind, name, key) % 99) for key, label in options]
        whole = sum(part for _, _, part in parts)
        return [
            {"key": key, "name": label, "ratio": round(part / whole, 4)}
            for key, label, part in parts
        ]

    def interests(keys: Iterable[str]) -> list[dict[str, Any]]:
        named = [(key, targeting.INTERESTS[key][0]) for key in keys]
        return [
            {**one, "id": one["key"], "index": 1 + _number(place, kind, one["key"]) % 300 / 100}
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


def _yesterday(call: Call) -> str:
    today = dt.datetime.fromtimestamp(call.world.clock(), dt.UTC).date()
    return (today - dt.timedelta(1)).isoformat()


def insight_scopes(call: Call) -> Reply:
    """The audiences that there are insights for."""
    kinds = (("partner", "impression"), ("partner", "engagement"), ("pinterest", "all"))
    date = _yesterday(call)
    return Reply.json(
        {"items": [{"date": date, "scope": scope, "type": kind} for scope, kind in kinds]}
    )


# Events


def event_quality(call: Call) -> Reply:
    """How good the events are that have come in by this API, by where they happened."""
    if call.query.get("ingestion_source", "CONVERSIONS_API") != "CONVERSIONS_API":
        return Reply.json([])
    period = call.query["lookback_period"]
    since = call.world.clock() - int(period.removesuffix("d")) * 86_400
    by_platform: dict[str, list[dict[str, Any]]] = {}
    for event in call.account.events.get(call.path["ad_account_id"], ()):
        if event["event_time"] >= since:
            by_platform.setdefault(_PLATFORMS[event["action_source"]], []).append(event)
    wanted = call.query.get("source_platform")
    return Reply.json(
        [
            _quality(platform, events, period)
            for platform, events in by_platform.items()
            if wanted in (None, platform)
        ]
    )


def _quality(platform: str, events: list[dict[str, Any]], period: str) -> dict[str, Any]:
    covered = {
        name: sum(bool(event["user_data"].get(member)) for event in events) / len(events)
        for name, member in _COMPONENTS.items()
    }
    known = max(covered.values())
    grade = "GOOD" if known > 0.8 else "FAIR" if known > 0.4 else "NEEDS_IMPROVEMENT"
    return {
        "ingestion_source": "CONVERSIONS_API",
        "source_platform": platform,
        "lookback_period": period,
        "overall_status": grade,
        "quality_components": {
            name: {"ALL": {"coverage": round(share, 4), "overlap": 0.0, "issues": []}}
            for name, share in covered.items()
        },
    }


def _tags(call: Call) -> list[Record]:
    return list(call.account.shelves.shelf("conversion_tags", call.path["ad_account_id"]))


def page_visit_tags(call: Call) -> Reply:
    """The conversion tags, each with the visits to pages that it counts."""
    found = [_tag_event(call, tag, "PAGE_VISIT") for tag in _tags(call)]
    return call.page(found, newest_first=call.query.get("order") == "DESCENDING")


def optimised_tags(call: Call) -> Reply:
    """The events of each conversion tag that ads can be optimised for."""
    return Reply.json(
        {
            str(tag["id"]): [_tag_event(call, tag, event) for event in _OPTIMISED]
            for tag in _tags(call)
        }
    )


def _tag_event(call: Call, tag: Record, event: str) -> dict[str, Any]:
    return {
        "ad_account_id": call.path["ad_account_id"],
        "conversion_tag_id": tag["id"],
        "conversion_event": event,
        "created_time": _SINCE,
    }


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "ad_groups/audience_sizing": audience_size,
    "ad_groups_bid_floor/get": bid_floors,
    "ad_previews/create": preview_ad,
    "audience_insights/get": audience_insights,
    "audience_insights_scope_and_type/get": insight_scopes,
    "conversion_eqs/list": event_quality,
    "country_keywords_metrics/get": keyword_metrics,
    "get_campaign_delivery_estimates": delivery_estimates,
    "ocpm_eligible_conversion_tags/get": optimised_tags,
    "page_visit_conversion_tags/get": page_visit_tags,
}
"""The handlers of these."""
