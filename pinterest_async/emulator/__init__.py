"""A Pinterest on your own machine: a real HTTP server that behaves as the API does.

    async with Emulator() as emulator:
        ...  # a client with emulator.token and emulator.base_url

Beside the API there are a sandbox (`sandbox_base_url`, `sandbox_token`), the page where users log
in (`authorize_url`), a host of files for uploads, downloads and pictures, and at `/` a page for
people. What is to go wrong is planned with `fail`, left to chance with `fail_at_random`, or is a
`Quirk`.

Nothing here knows the client: any program that speaks HTTP can be pointed at it.
"""

from pinterest_async.emulator.http.faults import (
    BAD_GATEWAY,
    PASSING,
    Answer,
    DamagedGzip,
    Delay,
    Disconnect,
    Fault,
    OverQuota,
    SpamBlock,
    Trickle,
    Truncate,
    WrongLength,
)
from pinterest_async.emulator.http.log import SeenRequest
from pinterest_async.emulator.options import LimitOptions, LoginOptions, PagingOptions, Ports
from pinterest_async.emulator.server import Emulator
from pinterest_async.emulator.state.clock import ManualClock
from pinterest_async.emulator.state.quirks import Quirk
from pinterest_async.emulator.thread import in_thread

__all__ = [
    "BAD_GATEWAY",
    "PASSING",
    "Answer",
    "DamagedGzip",
    "Delay",
    "Disconnect",
    "Emulator",
    "Fault",
    "LimitOptions",
    "LoginOptions",
    "ManualClock",
    "OverQuota",
    "PagingOptions",
    "Ports",
    "Quirk",
    "SeenRequest",
    "SpamBlock",
    "Trickle",
    "Truncate",
    "WrongLength",
    "in_thread",
]


def __dir__() -> list[str]:
    return [*__all__]
