"""Logs that partners send, and that are only taken in."""

from __future__ import annotations

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields


def log(call: ApiCall) -> Reply:
    """Take in lines of a log. No operation shows them again."""
    count = len(fields.fields(call.body)["logs"])
    return Reply.json({"message": f"{count} logs received"})


HANDLERS: Handlers = {
    "integrations_logs/post": log,
}
