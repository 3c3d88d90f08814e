"""Rate-limit windows as the server keeps them: counted per category, per account or app.

The figures are those of Pinterest's page "rate-limits", and where that page is silent those that
were read from live headers; they are written down apart from the client's own table on purpose, so
that a mistake there shows up against the emulator.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinterest_async.emulator.state.clock import Clock

Tier: TypeAlias = Literal["standard", "trial"]
WindowKind: TypeAlias = Literal["fixed", "sliding"]
HeaderForm: TypeAlias = Literal["named", "unnamed", "integer", "absent"]

UNIVERSAL = "universal"
"""The name, among the categories, of the limit over all calls."""

_MINUTE = 60.0
_DAY = 86_400.0

STANDARD: Mapping[str, tuple[tuple[int, float], ...]] = {
    UNIVERSAL: ((100, 1.0),),
    "ads_analytics": ((300, _MINUTE),),
    "ads_conversions": ((120_000, _MINUTE),),
    "ads_estimates_read": ((1000, _MINUTE),),
    "ads_read": ((1000, _MINUTE),),
    "ads_write": ((400, _MINUTE),),
    "advanced_auction_read": ((50, _MINUTE),),
    "advanced_auction_write": ((25, _MINUTE),),
    "catalogs_read": ((100, _MINUTE),),
    "catalogs_write": ((100, _MINUTE),),
    "msot_write": ((120_000, _MINUTE),),
    "org_analytics": ((60, _MINUTE),),
    "org_read": ((1000, _MINUTE),),
    "org_write": ((100, _MINUTE),),
    "trends_read": ((60, _MINUTE),),
}
"""Calls and seconds of each window, per account.

Those of `msot_write` and `ads_estimates_read` are guesses: they are published nowhere.
"""

_SCARCE_IN_TRIAL = {"ads_write": 300, "org_write": 300}

TRIAL: Mapping[str, tuple[tuple[int, float], ...]] = {
    category: ((_SCARCE_IN_TRIAL.get(category, 1000), _DAY),) for category in STANDARD
}
"""The same for an app with Trial access: a day's budget, for the app as a whole."""

_PER_AD_ACCOUNT = frozenset({"ads_conversions", "msot_write"})


class FixedWindow:
    """Counts calls in periods aligned to the clock: all of it comes back at once."""

    def __init__(self, name: str, limit: int, seconds: float) -> None:
        self.name = name
        self.limit = limit
        self.seconds = seconds
        self._period = -1.0
        self._used = 0

    def remaining(self, now: float) -> int:
        """Calls that are left in the present period."""
        period = now // self.seconds
        if period != self._period:
            self._period = period
            self._used = 0
        return self.limit - self._used

    def spend(self, now: float) -> None:
        """Count a call."""
        self.remaining(now)  # begins a new period where it is time for one
        self._used += 1

    def reset(self, now: float) -> float:
        """Seconds until the next period begins."""
        return self.seconds - now % self.seconds


class SlidingWindow:
    """Counts the calls of the last so many seconds: each comes back when it has grown old."""

    def __init__(self, name: str, limit: int, seconds: float) -> None:
        self.name = name
        self.limit = limit
        self.seconds = seconds
        self._calls: deque[float] = deque()

    def remaining(self, now: float) -> int:
        """Calls that are left at present."""
        calls = self._calls
        while calls and calls[0] <= now - self.seconds:
            calls.popleft()
        return self.limit - len(calls)

    def spend(self, now: float) -> None:
        """Count a call."""
        self._calls.append(now)

    def reset(self, now: float) -> float:
        """Seconds until the oldest call leaves the window."""
        return self._calls[0] + self.seconds - now if self._calls else self.seconds


Window: TypeAlias = FixedWindow | SlidingWindow

_KINDS: Mapping[WindowKind, Callable[[str, int, float], Window]] = {
    "fixed": FixedWindow,
    "sliding": SlidingWindow,
}


@dataclass(frozen=True, slots=True)
class WindowState:
    """How full a window is."""

    category: str
    holder: str
    """The account, app or ad account that it counts for."""
    limit: int
    seconds: float
    used: int
    reset: float
    """Seconds until it resets."""


class RateLimits:
    """Every window of every account, and how many calls were refused.

    Args:
        tier: which table of figures applies, and whether the account or the app pays.
        windows: whether periods are aligned to the clock or slide.
        overrides: category (or `universal`) to `(calls, seconds)` pairs that replace the table's.
        headers: the form in which the windows are told to the client.
        clock: the time.

    Raises:
        ValueError: a category of `overrides` that does not exist.
    """

    def __init__(
        self,
        *,
        tier: Tier,
        windows: WindowKind,
        overrides: Mapping[str, Sequence[tuple[int, float]]],
        headers: HeaderForm,
        clock: Clock,
    ) -> None:
        if unknown := overrides.keys() - STANDARD.keys():
            raise ValueError(f"no such rate-limit category: {', '.join(sorted(unknown))}")
        self._tier: Tier = tier
        self._new_window = _KINDS[windows]
        self._figures = {**(TRIAL if tier == "trial" else STANDARD), **overrides}
        self._form: HeaderForm = headers
        self._clock = clock
        self._windows: dict[tuple[str, str], list[Window]] = {}
        self.refused: Counter[str] = Counter()

    def windows(self, category: str, account: str, ad_account_id: str | None) -> list[Window]:
        """The windows that bind a call, the universal one first."""
        trial = self._tier == "trial"
        universal = self._of(UNIVERSAL, "app" if trial else account, "safety_net")
        if category in _PER_AD_ACCOUNT and ad_account_id:
            return universal + self._of(category, f"ad_account {ad_account_id}", category)
        return universal + self._of(category, "app" if trial else account, category)

    def _of(self, category: str, holder: str, name: str) -> list[Window]:
        windows = self._windows.get((category, holder))
        if windows is None:
            keyed_by = "app_id" if holder == "app" else "app_id_user_id"
            if holder.startswith("ad_account "):
                keyed_by = "app_id_ad_account_id"
            windows = self._windows[category, holder] = [
                self._new_window(f"{name}_{keyed_by}", limit, seconds)
                for limit, seconds in self._figures[category]
            ]
        return windows

    def admit(self, windows: Sequence[Window]) -> bool:
        """Spend one call in each window, or none at all when one of them is used up."""
        now = self._clock()
        for window in windows:
            if window.remaining(now) <= 0:
                return False
        for window in windows:
            window.spend(now)
        return True

    def states(self) -> list[WindowState]:
        """How full every window is that a call has opened."""
        now = self._clock()
        return [
            WindowState(
                category,
                holder,
                window.limit,
                window.seconds,
                min(window.limit, window.limit - window.remaining(now)),
                window.reset(now),
            )
            for (category, holder), windows in sorted(self._windows.items())
            for window in windows
        ]

    def used_up(self, windows: Sequence[Window], reset: float) -> dict[str, str]:
        """The headers of a call that finds a window empty, whatever is left in truth.

        It is the shortest one that can take so many seconds to reset.
        """
        if not windows:
            return {}
        empty = next((window for window in windows if window.seconds >= reset), windows[-1])
        return self.written(windows, empty.limit, 0, reset)

    def headers(self, windows: Sequence[Window]) -> dict[str, str]:
        """The three headers. What remains and the reset are those of the scarcest window."""
        if self._form == "absent":
            return {}
        now = self._clock()
        scarcest = min(windows, key=lambda window: window.remaining(now))
        remaining = max(0, scarcest.remaining(now))
        return self.written(windows, scarcest.limit, remaining, scarcest.reset(now))

    def written(
        self, windows: Sequence[Window], limit: int, remaining: int, reset: float
    ) -> dict[str, str]:
        """These figures in the form that was asked for."""
        if self._form == "absent":
            return {}
        policies = _policies(self._form, tuple(windows))
        return {
            "x-ratelimit-limit": f"{limit}{policies}",
            "x-ratelimit-remaining": str(remaining),
            "x-ratelimit-reset": str(max(1, math.ceil(reset))),
        }


@lru_cache(maxsize=1024)
def _policies(form: HeaderForm, windows: tuple[Window, ...]) -> str:
    """What a header says of every window, whatever is left of it."""
    if form == "integer":
        return ""
    named = form == "named"
    return "".join(
        f", {window.limit};w={window.seconds:g}" + (f';name="{window.name}"' * named)
        for window in windows
    )
