"""The windows to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinterest_async.auth.credentials import fingerprint
from pinterest_async.errors import ConfigurationError
from pinterest_async.limits import LimitKey
from pinterest_async.limits.defaults import (
    STANDARD,
    TRIAL,
    UNKNOWN,
    owner,
    starting_window,
    universal_window,
)
from pinterest_async.limits.headers import Window
from pinterest_async.limits.policy import LimitPolicy
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from pinterest_async.config import Tier


def test_every_category_has_a_figure_for_both_tiers() -> None:
    """No operation falls back on the figure for unknown categories."""
    categories = {operation.category for operation in OPERATIONS.values()}
    assert categories <= set(STANDARD)
    assert set(STANDARD) == set(TRIAL)


@pytest.mark.parametrize(
    ("category", "tier", "window"),
    [
        ("org_read", "standard", Window(1000, 60.0, "org_read")),
        ("org_write", "standard", Window(100, 60.0, "org_write")),
        ("ads_conversions", "standard", Window(120_000, 60.0, "ads_conversions")),
        ("org_write", "trial", Window(300, 86_400.0, "org_write")),
        ("of_tomorrow", "standard", Window(UNKNOWN, 60.0, "of_tomorrow")),
    ],
)
def test_a_category_begins_with_its_window(category: str, tier: Tier, window: Window) -> None:
    """Standard access is counted by the minute, Trial access by the day."""
    assert starting_window(category, tier) == window


def test_all_categories_share_one_more_window() -> None:
    """It is 100 calls a second, or 1000 a day for a Trial app."""
    assert universal_window("standard") == Window(100, 1.0, "universal")
    assert universal_window("trial") == Window(1000, 86_400.0, "universal")


@pytest.mark.parametrize(
    ("category", "ad_account_id", "tier", "expected"),
    [
        ("org_read", None, "standard", "me"),
        ("org_read", "123", "standard", "me"),
        ("ads_conversions", "123", "standard", "123"),
        ("ads_conversions", "123", "trial", "123"),
        ("org_read", None, "trial", ""),
    ],
)
def test_a_budget_belongs_to_somebody(
    category: str, ad_account_id: str | None, tier: Tier, expected: str
) -> None:
    """To the account as a rule, to the ad account for conversions, to the app with Trial access."""
    assert owner(LimitKey("app", "me", category, ad_account_id), tier) == expected


def test_a_fingerprint_hides_the_token() -> None:
    """It is the same for the same token, differs for others, and shows nothing of it."""
    token = "pina_a_long_and_secret_token"
    assert fingerprint(token) == fingerprint(token) != fingerprint(token + "x")
    assert "pina" not in fingerprint(token)
    assert len(fingerprint(token)) == 16


@pytest.mark.parametrize(
    "policy", [{"max_wait": -1.0}, {"max_wait": float("nan")}, {"on_limit": "x"}]
)
def test_a_policy_is_checked_when_it_is_made(policy: dict[str, object]) -> None:
    """A negative wait, or an unknown manner of waiting, is refused at once."""
    with pytest.raises(ConfigurationError):
        LimitPolicy(**policy)  # type: ignore[arg-type]
