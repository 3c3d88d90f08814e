"""Conversion events: taken in one by one, so that some may fail and the others count."""

from __future__ import annotations

import math
import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinterest_async.emulator.state.events import Events

OLDEST = 7 * 86_400
"""Seconds that an event may lie back."""

TESTED = 20
"""How many events of a test are looked at; the others are dropped without a word."""

_SOURCES = ("app_android", "app_ios", "web", "offline")
_NAMES = frozenset(
    (
        "add_payment_info", "add_to_cart", "add_to_wishlist", "app_install", "app_open", "checkout",
        "contact", "custom", "customize_product", "find_location", "initiate_checkout", "lead",
        "page_visit", "schedule", "search", "signup", "start_trial", "submit_application",
        "subscribe", "view_category", "view_content", "watch_video",
    )
)  # fmt: skip
_HASHED = (
    "em", "ph", "fn", "ln", "ct", "st", "zp", "country", "ge", "db", "external_id", "hashed_maids",
)  # fmt: skip
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBERS = ("value", "predicted_ltv")
_NO_BROWSERS = ("Other", "other")


def receive(call: ApiCall) -> Reply:
    """Take in events; 422 when not one of them could be processed."""
    events: Sequence[dict[str, Any]] = fields.fields(call.body)["data"]
    test = fields.query_flag(call.query, "test")
    looked_at = events[:TESTED] if test else events
    known = call.account.advertising.events_of(call.path["ad_account_id"])
    told = [_take(call, event, None if test else known) for event in looked_at]
    good = sum(one["status"] == "processed" for one in told)
    counted = {
        "num_events_received": len(events),
        "num_events_processed": good,
        "events": told,
    }
    if told and not good:
        raise Refusal(422, 953, "Not all events were processed.", details=counted)
    return Reply.json(counted)


def _take(call: ApiCall, event: dict[str, Any], into: Events | None) -> dict[str, Any]:
    now = call.world.clock()
    fault = _fault(event, now)
    if not fault and "passing_event_failures" in call.world.quirks and into is not None:
        fault = into.stumble(event)
    if fault:
        return {"status": "failed", "error_message": fault, "warning_message": ""}
    if into is not None:
        into.add(event, now)
    return {"status": "processed", "error_message": "", "warning_message": _warning(event)}


def _warning(event: Mapping[str, Any]) -> str:
    """What would help; no failure."""
    said = [f"{name} is missing" for name in ("external_id", "click_id")
            if not event["user_data"].get(name)]  # fmt: skip
    if event["event_name"] not in _NAMES:
        said.append("event_name is not known and shown as Unknown")
    return "; ".join(said)


def _fault(event: Mapping[str, Any], now: float) -> str:
    """What is wrong with an event; empty when nothing is."""
    user = event["user_data"]
    by_address = user.get("client_ip_address") and user.get("client_user_agent")
    if not (user.get("em") or user.get("hashed_maids") or by_address):
        return "user_data needs em, hashed_maids, or client_ip_address and client_user_agent"
    if event["action_source"] not in _SOURCES:
        return f"action_source {event['action_source']!r} is not one of {list(_SOURCES)}"
    if not now - OLDEST <= event["event_time"] <= now + 3600:
        return "event_time is in the future or more than 7 days ago; it is in seconds"
    return _unhashed(user) or _unlikely(user) or _no_numbers(event.get("custom_data") or {})


def _unhashed(user: Mapping[str, Any]) -> str:
    for name in _HASHED:
        values = user.get(name) or ()
        # Not said again: what is not hashed is somebody's.
        if not all(_SHA256.fullmatch(value) for value in values):
            return f"user_data.{name} must be hashed with SHA-256"
    return ""


def _unlikely(user: Mapping[str, Any]) -> str:
    """What stands as it is, and cannot be anybody's."""
    address = user.get("client_ip_address")
    if address and not _is_address(address):
        return "client_ip_address is no address"
    if user.get("client_user_agent") in _NO_BROWSERS:
        return "client_user_agent is no browser's"
    if user.get("customer_type") not in (None, "new", "returning"):
        return "customer_type is not one of new, returning"
    return ""


def _is_address(text: str) -> bool:
    try:
        return not ip_address(text).is_unspecified
    except ValueError:
        return False


def _no_numbers(custom: Mapping[str, Any]) -> str:
    told = [(name, custom.get(name)) for name in _NUMBERS]
    told += [("contents.item_price", one.get("item_price")) for one in custom.get("contents") or ()]
    for name, text in told:
        try:
            finite = math.isfinite(float(text or 0))
        except ValueError:
            finite = False
        if not finite:
            return f"custom_data.{name} is no number"
    return ""


HANDLERS: Handlers = {
    "events/create": receive,
}
