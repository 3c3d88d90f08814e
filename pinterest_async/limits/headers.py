"""What a rate limit is, and how Pinterest's responses tell of one.

Three headers may stand on any response, refusals included:

    x-ratelimit-limit      60, 100;w=1;name="safety_net_app_id_user_id", 60;w=60;name="org_…"
    x-ratelimit-remaining  57
    x-ratelimit-reset      41

The first number of the limit is that of the window closest to being spent, and the other two
headers speak of that window: how many calls are left in it, and in how many seconds it starts anew.
The windows follow, each with its length in seconds (`w`) and, since 2026, its name. Older responses
leave the names out, still older ones the windows as well (`1000`), and some responses, 401 above
all, have no such header. Sources: captures in Pinterest's issue trackers; Pinterest: Rate limits.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST_RESET: Final = 31 * 86_400.0
"""A reset further away than this many seconds is taken for nonsense."""
_EPOCH: Final = 1e9
"""A reset above this is a moment (Unix time), not a number of seconds."""
_EPOCH_IN_MILLISECONDS: Final = 1e12

_COUNT = re.compile(r"\s*([0-9]{1,15})(?![\w.])")
_SECONDS = re.compile(r"\s*([0-9]{1,15}(?:\.[0-9]{1,9})?)(?![\w.])")
_POLICY = re.compile(r'(?<![0-9.])([0-9]{1,15})\s*((?:;[^;,"]*(?:"[^"]*"[^;,"]*)?)+)(?:,|$)')
_LENGTH = re.compile(r";\s*w\s*=\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(?:;|$)")
_NAME = re.compile(r';\s*name\s*=\s*(?:"([^"]*)"|([^";]*))')


class Window(msgspec.Struct, frozen=True, gc=False):
    """So many calls in so many seconds. A limiter refuses one that can hold no call."""

    limit: int
    """How many calls the window holds, at least 1."""
    seconds: float
    """How long it is, in seconds, more than 0."""
    name: str = ""
    """Pinterest's name for it, where it is known."""


class RateLimit(msgspec.Struct, frozen=True, gc=False):
    """What one response said about the rate limit."""

    windows: tuple[Window, ...] = ()
    """All windows that the response listed; empty in the older forms of the header."""
    limit: int | None = None
    """How many calls the window closest to being spent holds."""
    remaining: int | None = None
    """How many calls are left in that window."""
    reset: float | None = None
    """In how many seconds that window starts anew."""


def read_rate_limit(headers: Mapping[str, str], now: float) -> RateLimit | None:
    """Read the rate-limit headers of a response. Never raises: what cannot be read is left out.

    Args:
        headers: The response's headers.
        now: The present moment as Unix time, for a reset that is given as a moment.

    Returns:
        What was said, or None where nothing was.
    """
    limit = headers.get("x-ratelimit-limit")
    remaining = headers.get("x-ratelimit-remaining")
    reset = headers.get("x-ratelimit-reset")
    if limit is None and remaining is None and reset is None:
        found = dict(_in_lower_case(headers))
        limit = found.get("limit")
        remaining = found.get("remaining")
        reset = found.get("reset")
    first, windows = _read_policies(limit) if limit else (None, ())
    left = _read_count(remaining) if remaining else None
    wait = _read_seconds(reset) if reset else None
    if wait is not None and wait > _EPOCH:
        wait = _seconds_until(wait, now)
    if first is None and left is None and wait is None:
        return None
    return RateLimit(windows, first, left, wait)


def _in_lower_case(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Find the headers in a mapping that minds upper and lower case."""
    for name, value in headers.items():
        _, found, word = name.lower().partition("x-ratelimit-")
        if found:
            yield word, value


@lru_cache(maxsize=256)
def _read_policies(text: str) -> tuple[int | None, tuple[Window, ...]]:
    windows: list[Window] = []
    for policy in _POLICY.finditer(text):
        limit = int(policy[1])
        length = _LENGTH.search(policy[2])
        if length is None or limit < 1 or float(length[1]) <= 0:
            continue
        name = _NAME.search(policy[2])
        windows.append(Window(limit, float(length[1]), (name[1] or name[2] or "") if name else ""))
    count = _COUNT.match(text)
    first = int(count[1]) if count else None
    return first or None, tuple(windows)


# The same few figures come again and again.
@lru_cache(maxsize=4096)
def _read_count(text: str) -> int | None:
    count = _COUNT.match(text)
    return int(count[1]) if count else None


@lru_cache(maxsize=1024)
def _read_seconds(text: str) -> float | None:
    found = _SECONDS.match(text)
    if found is None:
        return None
    seconds = float(found[1])
    return None if LONGEST_RESET < seconds <= _EPOCH else seconds


def seconds_told(number: float, now: float) -> float | None:
    """Read a wait that came as seconds or as a moment; None for nonsense, as with a reset.

    Args:
        number: seconds, or Unix time in seconds or milliseconds.
        now: the present moment as Unix time.
    """
    if number > _EPOCH:
        return _seconds_until(number, now)
    return max(number, 0.0) if number <= LONGEST_RESET else None


def _seconds_until(moment: float, now: float) -> float | None:
    """Turn a moment, as Unix time in seconds or in milliseconds, into seconds from now."""
    if moment > _EPOCH_IN_MILLISECONDS:
        moment /= 1000
    seconds = max(moment - now, 0.0)
    return seconds if seconds <= LONGEST_RESET else None
