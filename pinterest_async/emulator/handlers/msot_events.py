"""Events of multi-touch attribution, which are only taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async.emulator.http.call import ApiCall, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def receive_msot(_call: ApiCall) -> Reply:
    """Take in an event of a multi-touch attribution: 200, and nothing is said."""
    return Reply(200)


HANDLERS: Mapping[str, Callable[[ApiCall], Reply]] = {
    "msot_events/create": receive_msot,
}
