"""Windows as a server counts them."""

from __future__ import annotations

import math
from collections import deque


class CountedWindow:
    """Refuses what is too much, in fixed or in sliding windows.

    Args:
        limit: calls in the window.
        seconds: its length.
        name: what the header calls it; "" for a header without names.
        sliding: whether it slides, or starts anew at fixed times.
    """

    def __init__(
        self, limit: int, seconds: float, name: str = "", *, sliding: bool = False
    ) -> None:
        self.limit = limit
        self.seconds = seconds
        self.sliding = sliding
        self.counted: deque[float] = deque()
        named = f';name="{name}"' if name else ""
        self.described = f"{limit};w={seconds:g}{named}"

    def room(self, now: float) -> int:
        """How many more calls it takes."""
        began = now - self.seconds
        if not self.sliding:
            began = math.floor(now / self.seconds) * self.seconds
        # A call at the very moment counts for a window that begins with it, not for a sliding one.
        while self.counted and (
            self.counted[0] < began or (self.sliding and self.counted[0] == began)
        ):
            self.counted.popleft()
        return self.limit - len(self.counted)

    def reset(self, now: float) -> int:
        """In how many whole seconds it has room again, or starts anew."""
        oldest = self.counted[0] if self.sliding and self.counted else now
        ends = oldest if self.sliding else math.floor(now / self.seconds) * self.seconds
        return max(math.ceil(ends + self.seconds - now - 1e-6), 0)

    @staticmethod
    def count(windows: list[CountedWindow], now: float) -> tuple[bool, bytes]:
        """Count a call in all windows, or refuse it; give the headers that tell of it."""
        refused = any(window.room(now) <= 0 for window in windows)
        if not refused:
            for window in windows:
                window.counted.append(now)
        tightest = min(windows, key=lambda window: window.room(now))
        listed = ", ".join(window.described for window in windows)
        return refused, (
            f"x-ratelimit-limit: {tightest.limit}, {listed}\r\n"
            f"x-ratelimit-remaining: {tightest.limit - len(tightest.counted)}\r\n"
            f"x-ratelimit-reset: {tightest.reset(now)}\r\n"
        ).encode()
