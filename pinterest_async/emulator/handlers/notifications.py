"""Notifications that partners send, and that are only taken in."""

from __future__ import annotations

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields


def notify(call: ApiCall) -> Reply:
    """Take in one notification or several. No operation shows them again."""
    if fields.is_list(call.body):
        fields.items({"notifications": call.body}, "notifications", fewest=1, most=100)
    return Reply.json({"success": True, "received_at": int(call.world.clock())})


HANDLERS: Handlers = {
    "notification/post": notify,
}
