"""The quality of the conversion events that came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping


_COMPONENTS: Mapping[str, str] = {
    "advertiser_external_id": "external_id", "click_id_epik": "click_id", "hashed_email": "em",
    "hashed_maid": "hashed_maids", "ip_address": "client_ip_address",
    "user_agent": "client_user_agent",
}  # fmt: skip
"""What the quality of events is told by, and the member of `user_data` that it is about."""

_PLATFORMS = {
    "web": "WEB", "app_android": "MOBILE_ANDROID", "app_ios": "MOBILE_IOS", "offline": "OFFLINE",
}  # fmt: skip


def event_quality(call: ApiCall) -> Reply:
    """How good the events are that have come in by this API, by where they happened."""
    if call.query.get("ingestion_source", "CONVERSIONS_API") != "CONVERSIONS_API":
        return Reply.json([])
    period = call.query["lookback_period"]
    since = call.world.clock() - int(period.removesuffix("d")) * 86_400
    by_platform: dict[str, list[dict[str, Any]]] = {}
    for event in call.account.advertising.events.get(call.path["ad_account_id"], ()):
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


HANDLERS: Handlers = {
    "conversion_eqs/list": event_quality,
}
