"""Which windows an answer says there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinterest_async.rate_limit import Window

if TYPE_CHECKING:
    from pinterest_async.rate_limit import RateLimit

UNITS: Final = (1.0, 60.0, 3600.0, 86_400.0)
"""Lengths, in seconds, that a window of unknown length may have."""

Windows = tuple[Window, ...]


def told_windows(
    told: RateLimit, own: Windows, universal: Windows
) -> tuple[Windows, Windows] | None:
    """Sort the windows of an answer into those of its category and those of all categories.

    Args:
        told: What the answer said.
        own: The windows of the category, as far as known.
        universal: The windows of all categories, as far as known.

    Returns:
        Both as they are now known; None where the answer says nothing new.
    """
    if not told.windows:
        return _from_figure(told, own, universal)
    common = _universal(told.windows, universal)
    return tuple([window for window in told.windows if window is not common]), (
        () if common is None else (common,)
    )


def _universal(listed: Windows, known: Windows) -> Window | None:
    """Tell the window of all categories from those of one.

    Pinterest calls it `safety_net_…`. Without names it is the first that is as long as the known
    one, unless it stands alone.
    """
    for window in listed:
        if window.name.startswith("safety_net"):
            return window
    if len(listed) > 1 and not any(window.name for window in listed):
        lengths = {window.seconds for window in known}
        return next((window for window in listed if window.seconds in lengths), None)
    return None


def _from_figure(
    told: RateLimit, own: Windows, universal: Windows
) -> tuple[Windows, Windows] | None:
    """Learn from the oldest form of the header, a single figure without a length.

    It is taken for the shortest window of the category that the reset fits in.
    """
    figure = told.limit
    if figure is None or not own or any(window.limit == figure for window in own + universal):
        return None
    reset = told.reset or 0.0
    fitting = [window for window in own if window.seconds >= reset]
    if not fitting:
        length = next((unit for unit in UNITS if unit >= reset), reset)
        return (*own, Window(figure, length)), universal
    wrong = min(fitting, key=lambda window: window.seconds)
    right = Window(figure, wrong.seconds, wrong.name)
    return tuple([right if window is wrong else window for window in own]), universal
