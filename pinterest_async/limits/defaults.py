"""The windows to begin with, by tier and category, and those that Pinterest's responses list.

Pinterest publishes these figures as subject to change, so they are starting values only. Where the
sources disagree the smaller figure stands here, since one response is enough to learn the larger;
but a header that was seen decides.

Sources:
    [P]  Pinterest: Rate limits (https://developers.pinterest.com/docs/reference/rate-limits/)
    [T]  two independent transcriptions of that page, of 2026
    [H]  a header seen on a real response
    [D]  Pinterest's OpenAPI description 5.28.0
    [-]  no source: a cautious guess
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinterest_async.limits.headers import Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.config import Tier
    from pinterest_async.limits.headers import RateLimit
    from pinterest_async.limits.policy import LimitKey

Windows = tuple[Window, ...]

MINUTE: Final = 60.0
DAY: Final = 86_400.0

UNITS: Final = (1.0, 60.0, 3600.0, 86_400.0)
"""Lengths, in seconds, that a window of unknown length may have."""


UNIVERSAL: Final = Window(100, 1.0, "universal")
"""All calls of one user of an app together [P], [H]."""
UNIVERSAL_TRIAL: Final = Window(1000, DAY, "universal")
"""All calls of a Trial app together, whoever its users are [P]."""

STANDARD: Final[Mapping[str, int]] = {
    "ads_analytics": 300,  # [P] [T]
    "ads_conversions": 120_000,  # [P] [T] [H], per ad account; [D] says 5000
    "ads_estimates_read": 60,  # [-] new in 5.28.0; as the smallest of the other read categories
    "ads_read": 1000,  # [P]; one transcription says 120,000, the figure of the row above it
    "ads_write": 400,  # [T]
    "advanced_auction_read": 50,  # [T]
    "advanced_auction_write": 25,  # [T]
    "catalogs_read": 100,  # [T] [H]; another reader of the page has 1000
    "catalogs_write": 100,  # [T] [H]
    "msot_write": 5000,  # [-] sends events as ads_conversions does, and no header was seen
    "org_analytics": 60,  # [T] [H]; its call for many pins has a window of its own, 100 a second
    "org_read": 1000,  # [T] [H]
    "org_write": 100,  # [T]; older comments in public code say 400
    "trends_read": 60,  # [T]
}
"""Standard access: calls in a minute, for one user of the app."""

TRIAL: Final[Mapping[str, int]] = {
    "ads_analytics": 1000,  # [P] [T]
    "ads_conversions": 1000,  # [P], per ad account
    "ads_estimates_read": 300,  # [-]
    "ads_read": 1000,  # [P] [T]
    "ads_write": 300,  # [T]
    "advanced_auction_read": 1000,  # [T]
    "advanced_auction_write": 1000,  # [T]
    "catalogs_read": 1000,  # [T]
    "catalogs_write": 1000,  # [T]
    "msot_write": 1000,  # [-] as ads_conversions
    "org_analytics": 1000,  # [T]
    "org_read": 1000,  # [T]
    "org_write": 300,  # [T]; older comments in public code say 1000
    "trends_read": 1000,  # [T]
}
"""Trial access: calls in a day, for the app with all its users."""

UNKNOWN: Final = 60
"""Calls in a minute for a category that this table does not know."""
UNKNOWN_TRIAL: Final = 300
"""The same for a day of Trial access."""

PER_AD_ACCOUNT: Final = frozenset({"ads_conversions", "msot_write"})
"""Categories whose budget belongs to the app and an ad account [P]."""


def starting_window(category: str, tier: Tier) -> Window:
    """The window of a category to begin with; an unknown category gets a cautious one."""
    if tier == "trial":
        return Window(TRIAL.get(category, UNKNOWN_TRIAL), DAY, category)
    return Window(STANDARD.get(category, UNKNOWN), MINUTE, category)


def universal_window(tier: Tier) -> Window:
    """The window that all categories share."""
    return UNIVERSAL_TRIAL if tier == "trial" else UNIVERSAL


def owner(key: LimitKey, tier: Tier) -> str:
    """Whose budget of its category a call spends: the account's, an ad account's, or all users'."""
    if key.ad_account_id is not None and key.category in PER_AD_ACCOUNT:
        return key.ad_account_id
    return "" if tier == "trial" else key.account


def starting_windows(
    category: str, tier: Tier, given: Mapping[str, tuple[Window, ...]]
) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
    """The windows of a category, and those of all categories, as given or from the table."""
    windows = given.get(category)
    if windows is None:
        return (starting_window(category, tier),), (universal_window(tier),)
    return (
        tuple(window for window in windows if window.name != "universal"),
        tuple(window for window in windows if window.name == "universal"),
    )


def told_windows(
    told: RateLimit, own: Windows, universal: Windows
) -> tuple[Windows, Windows] | None:
    """Sort the windows of a response into those of its category and those of all categories.

    Args:
        told: What the response said.
        own: The windows of the category, as far as known.
        universal: The windows of all categories, as far as known.

    Returns:
        Both as they are now known; None where the response says nothing new.
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
