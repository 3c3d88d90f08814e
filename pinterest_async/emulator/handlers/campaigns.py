"""What a campaign may bring, and what it brought."""

from __future__ import annotations

from functools import partial

from pinterest_async.emulator.handlers import ads_rows, estimates, targeting_analytics
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply


def delivery_estimates(call: ApiCall) -> Reply:
    """What a campaign may bring, by budget: twice the money does not bring twice as much."""
    (campaign,) = call.body
    cap = campaign.get("daily_spend_cap") or campaign.get("lifetime_spend_cap") or 50_000_000
    budgets = [cap * step // 4 for step in range(1, 9)]
    strength = 500 + estimates.number(campaign["objective_type"], campaign["ad_groups"]) % 500
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


HANDLERS: Handlers = {
    "ad_pins/analytics": partial(ads_rows.answer, level="PIN"),
    "campaign_targeting_analytics/get": partial(targeting_analytics.figures, level="CAMPAIGN"),
    "campaigns/analytics": partial(ads_rows.answer, level="CAMPAIGN"),
    "get_campaign_delivery_estimates": delivery_estimates,
}
