"""The shortest round trip, as a lower bound on what the next call needs to arrive.

Only calls among few others count. Those of a burst wait for each other, on our side or on the way,
and the first call after it would be quicker than all of them.
"""

from __future__ import annotations

from bisect import insort
from typing import Final

CALM: Final = 16
"""The most calls that may be on their way when one begins, and when it ends, for it to count."""
SETTLED: Final = 50
"""Calls before the bound is used: the first ones went over connections that were new."""
KEPT: Final = 10
"""How many of the shortest round trips must be alike, or else the shortest was good luck only."""
ALIKE: Final = 1.25
"""The tenth shortest is at most so many times as long as the shortest."""
SHARE: Final = 0.8
"""How much of the shortest round trip is relied on: the ways there and back vary separately."""


class Latency:
    """Keeps the shortest times between letting a call go and having its answer."""

    __slots__ = ("_counted", "_shortest", "floor", "flying")

    def __init__(self) -> None:
        self._counted = 0
        self._shortest = [float("inf")] * KEPT
        self.flying: int = 0
        """Calls on their way."""
        self.floor: float = 0.0
        """Seconds that a round trip takes at the least; 0.0 while too little is known."""

    def begin(self) -> bool:
        """Note that a call goes; say whether it goes among few others."""
        self.flying += 1
        return self.flying <= CALM

    def forget(self) -> None:
        """Note that a call was not sent after all."""
        self.flying -= 1

    def end(self, seconds: float, *, calm: bool) -> None:
        """Note that an answer has come.

        Args:
            seconds: How long it took.
            calm: What `begin` said.
        """
        self.flying -= 1
        if not calm or self.flying >= CALM:
            return
        self._counted += 1
        if seconds < self._shortest[-1]:
            self._shortest.pop()
            insort(self._shortest, seconds)
        elif self._counted != SETTLED:
            return
        if self._counted >= SETTLED:
            alike = self._shortest[-1] <= ALIKE * self._shortest[0]
            self.floor = SHARE * self._shortest[0] if alike else 0.0
