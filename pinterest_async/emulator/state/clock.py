"""The time that the emulator lives in: the machine's, or one that a test drives."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

Clock: TypeAlias = Callable[[], float]
"""Returns the present as seconds since 1970, UTC."""

machine_time: Clock = time.time


class ManualClock:
    """A clock that stands still until it is told to move.

    Args:
        now: where it starts, in seconds since 1970, UTC.
    """

    def __init__(self, now: float = 1_767_225_600.0) -> None:
        self.now: float = now

    def __call__(self) -> float:
        """The present."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds.

        Raises:
            ValueError: `seconds` is negative; windows and tokens cannot run backwards.
        """
        if seconds < 0:
            raise ValueError("a clock moves forwards: seconds must not be negative")
        self.now += seconds


def wire_time(moment: float) -> str:
    """The moment as Pinterest writes it on boards and Pins: ISO 8601, UTC, with no zone.

    Measured: every captured response of the real API leaves the zone out, although the description
    asks for RFC 3339.
    """
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
