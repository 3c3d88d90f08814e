"""Events of multi-touch attribution, which are only taken in."""

from __future__ import annotations

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply


def receive_msot(_call: ApiCall) -> Reply:
    """Take in an event of a multi-touch attribution: 200, and nothing is said."""
    return Reply(200)


HANDLERS: Handlers = {
    "msot_events/create": receive_msot,
}
