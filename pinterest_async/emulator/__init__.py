"""A Pinterest on your own machine: a real HTTP server that behaves as the API does.

    async with Emulator() as emulator:
        ...  # a client with emulator.token and emulator.base_url

Nothing here knows the client: any program that speaks HTTP can be pointed at it.
"""

from pinterest_async.emulator.clock import ManualClock
from pinterest_async.emulator.faults import (
    Answer,
    Delay,
    Disconnect,
    Fault,
    OverQuota,
    SpamBlock,
    Truncate,
)
from pinterest_async.emulator.log import SeenRequest
from pinterest_async.emulator.server import Emulator
from pinterest_async.emulator.thread import in_thread

__all__ = [
    "Answer",
    "Delay",
    "Disconnect",
    "Emulator",
    "Fault",
    "ManualClock",
    "OverQuota",
    "SeenRequest",
    "SpamBlock",
    "Truncate",
    "in_thread",
]
