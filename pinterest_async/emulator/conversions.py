"""Conversion events: taken in one by one, so that some may fail and the others count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OLDEST = 7 * 86_400
"""Seconds that an event may lie back."""

_SOURCES = ("app_android", "app_ios", "web", "offline")


def receive(call: Call) -> Reply:
    """Take in events; 422 when not every one of them could be processed."""
    events = checks.fields(call.body)["data"]
    told = [_told(call, event) for event in events]
    good = sum(one["status"] == "processed" for one in told)
    counted = {
        "num_events_received": len(events),
        "num_events_processed": good,
        "events": told,
    }
    if good < len(events):
        raise Refusal(422, 422, "Not all events were processed.", details=counted)
    if not checks.query_flag(call.query, "test"):
        place = call.path["ad_account_id"]
        call.account.events.setdefault(place, []).extend(events)
    return Reply.json(counted)


def _told(call: Call, event: Mapping[str, Any]) -> dict[str, Any]:
    message = _fault(call, event)
    status = "failed" if message else "processed"
    return {"status": status, "error_message": message, "warning_message": ""}


def _fault(call: Call, event: Mapping[str, Any]) -> str:
    """What is wrong with an event; empty when nothing is."""
    user = event["user_data"]
    by_address = user.get("client_ip_address") and user.get("client_user_agent")
    if not (user.get("em") or user.get("hashed_maids") or by_address):
        return "user_data needs em, hashed_maids, or client_ip_address and client_user_agent"
    if event["action_source"] not in _SOURCES:
        return f"action_source {event['action_source']!r} is not one of {list(_SOURCES)}"
    now = call.world.clock()
    if not now - OLDEST <= event["event_time"] <= now + 3600:
        return "event_time is in the future or more than 7 days ago; it is in seconds"
    return ""


def receive_msot(_call: Call) -> Reply:
    """Take in an event of a multi-touch attribution."""
    return Reply.json({})


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "events/create": receive,
    "msot_events/create": receive_msot,
}
"""The handlers of these."""
