"""The shortest round trip, as a lower bound on what the next call needs to arrive."""

from __future__ import annotations

from typing import Final

SETTLED: Final = 200
"""Answers before the bound is used: the first ones came over connections that were new."""
SHARE: Final = 0.8
"""How much of the shortest round trip is relied on: the ways there and back vary separately."""


class Latency:
    """Keeps the shortest time between letting a call go and having its answer."""

    __slots__ = ("_answers", "_shortest", "floor")

    def __init__(self) -> None:
        self._answers = 0
        self._shortest = float("inf")
        self.floor = 0.0
        """Seconds that a round trip takes at the least; 0.0 while too little is known."""

    def note(self, seconds: float) -> None:
        """Note one round trip."""
        self._answers += 1
        if seconds < self._shortest:
            self._shortest = seconds
        elif self._answers != SETTLED:
            return
        if self._answers >= SETTLED:
            self.floor = SHARE * self._shortest
