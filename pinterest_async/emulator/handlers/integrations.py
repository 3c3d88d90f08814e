"""Logs that partners send, and that are only taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async.emulator.http.call import ApiCall, Reply
from pinterest_async.emulator.schema import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def log(call: ApiCall) -> Reply:
    """Take in lines of a log. No operation shows them again."""
    count = len(fields.fields(call.body)["logs"])
    return Reply.json({"message": f"{count} logs received"})


HANDLERS: Mapping[str, Callable[[ApiCall], Reply]] = {
    "integrations_logs/post": log,
}
