"""What programs of partners send, and is only taken in: notifications, and their own logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def notify(call: Call) -> Reply:
    """Take in one notification or several. No operation shows them again."""
    if checks.is_list(call.body):
        checks.items({"notifications": call.body}, "notifications", fewest=1, most=100)
    return Reply.json({"success": True, "received_at": int(call.world.clock())})


def log(call: Call) -> Reply:
    """Take in lines of a log. No operation shows them again."""
    count = len(checks.fields(call.body)["logs"])
    return Reply.json({"message": f"{count} logs received"})


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "integrations_logs/post": log,
    "notification/post": notify,
}
"""The handlers of these."""
