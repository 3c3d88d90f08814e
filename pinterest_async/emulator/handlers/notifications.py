"""Notifications that partners send, and that are only taken in."""

from __future__ import annotations

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import bad_parameter

_MOST = 100


def notify(call: ApiCall) -> Reply:
    """Take in one notification or several. No operation shows them again."""
    if fields.is_list(call.body) and not 1 <= len(call.body) <= _MOST:
        raise bad_parameter(f"the body, constraint: minItems=1, maxItems={_MOST}")
    return Reply.json({"success": True, "received_at": int(call.world.clock())})


HANDLERS: Handlers = {
    "notification/post": notify,
}
