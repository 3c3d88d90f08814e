"""Windows, and the headers that tell of them."""

from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from pinterest_async.errors import ConfigurationError
from pinterest_async.limits import LocalLimits
from pinterest_async.limits.headers import LONGEST_RESET, RateLimit, Window, read_rate_limit

NOW = 1_780_000_000.0
NAMED = '60, 100;w=1;name="safety_net_app_id_user_id", 60;w=60;name="org_analytics_app_id_user_id"'


def read(limit: str = "", remaining: str = "", reset: str = "") -> RateLimit | None:
    """Read the headers that are given."""
    headers = {"limit": limit, "remaining": remaining, "reset": reset}
    return read_rate_limit(
        {f"x-ratelimit-{name}": value for name, value in headers.items() if value}, NOW
    )


@pytest.mark.parametrize("limit", [0, -1])
def test_a_window_holds_at_least_one_call(limit: int) -> None:
    """A window without room for a call is refused by a limiter."""
    with pytest.raises(ConfigurationError, match="at least one call"):
        LocalLimits(limits={"org_read": [Window(limit, 60.0)]})


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf])
def test_a_window_has_a_length(seconds: float) -> None:
    """A window without a finite, positive length is refused by a limiter."""
    with pytest.raises(ConfigurationError, match="lasts for some time"):
        LocalLimits(limits={"org_read": [Window(60, seconds)]})


def test_the_named_form_lists_windows_with_their_names() -> None:
    """The form of 2026 gives the closest limit, and every window with length and name."""
    assert read(NAMED, "57", "41") == RateLimit(
        windows=(
            Window(100, 1.0, "safety_net_app_id_user_id"),
            Window(60, 60.0, "org_analytics_app_id_user_id"),
        ),
        limit=60,
        remaining=57,
        reset=41.0,
    )


def test_the_form_without_names_lists_windows() -> None:
    """The form that was captured in 2024 gives the windows without names."""
    assert read("100, 100;w=1, 1000;w=60", "99", "1") == RateLimit(
        windows=(Window(100, 1.0), Window(1000, 60.0)), limit=100, remaining=99, reset=1.0
    )


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("1000", (1000, ())),
        (" 1000 ", (1000, ())),
        ("100;w=60", (100, (Window(100, 60.0),))),
        ("100; w=60; name=plain", (100, (Window(100, 60.0, "plain"),))),
        ('5;name="a, b;c";w=60', (5, (Window(5, 60.0, "a, b;c"),))),
        ("5, 5;w=0.5", (5, (Window(5, 0.5),))),
        ("5, 5;w=0, 0;w=60, 7;burst=3", (5, ())),
        ("99999999999999999999;w=1", (None, ())),
        ("0", (None, ())),
        ("none", (None, ())),
        ("-5", (None, ())),
        ("1.5", (None, ())),
    ],
)
def test_other_forms_of_the_limit(
    limit: str, expected: tuple[int | None, tuple[Window, ...]]
) -> None:
    """Older, partial and broken forms give what can be told from them."""
    found = read(limit, "1")
    assert found is not None
    assert (found.limit, found.windows) == expected


@pytest.mark.parametrize(
    ("remaining", "expected"),
    [("7", 7), ("99, 99;w=1, 999;w=60", 99), ("0", 0), ("", None), ("-1", None), ("many", None)],
)
def test_remaining_is_the_first_number(remaining: str, expected: int | None) -> None:
    """A list in `remaining` speaks of the same window with its first number."""
    found = read("100", remaining)
    assert found is not None
    assert found.remaining == expected


@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        ("41", 41.0),
        ("0.25", 0.25),
        ("60, 3600;w=60", 60.0),
        ("67150", 67150.0),
        (f"{NOW + 30:.0f}", 30.0),
        (f"{(NOW + 30) * 1000:.0f}", 30.0),
        (f"{NOW - 30:.0f}", 0.0),
        ("99999999", None),
        ("soon", None),
        ("1e9", None),
    ],
)
def test_a_reset_is_seconds_or_a_moment(reset: str, expected: float | None) -> None:
    """Large numbers are Unix time, small ones seconds, and what is neither is left out."""
    found = read("100", "1", reset)
    assert found is not None
    assert found.reset == expected


@pytest.mark.parametrize("headers", [{}, {"x-ratelimit-limit": "?"}, {"date": "today"}])
def test_an_answer_without_the_headers_says_nothing(headers: dict[str, str]) -> None:
    """Without anything readable the result is None."""
    assert read_rate_limit(headers, NOW) is None


@pytest.mark.parametrize("mapping", [dict, CIMultiDict])
def test_the_case_of_names_does_not_matter(mapping: type[dict[str, str]]) -> None:
    """Names in any case are found, also in a mapping that minds it."""
    headers = mapping({"X-RateLimit-Limit": "60", "X-RATELIMIT-REMAINING": "5"})
    assert read_rate_limit(headers, NOW) == RateLimit(limit=60, remaining=5)


def test_what_was_read_can_be_pickled() -> None:
    """Errors that carry it cross process boundaries."""
    told = read(NAMED, "1", "2")
    assert pickle.loads(pickle.dumps(told)) == told  # noqa: S301 - our own


pieces = st.sampled_from(
    [
        "1000",
        "0",
        "-1",
        "w=60",
        ";",
        ",",
        ";w=",
        'name="a"',
        '"',
        "=",
        " ",
        "1e9",
        "\x00",
        "٣",
        "9" * 40,
    ]
)
nonsense = st.one_of(st.text(), st.lists(pieces, max_size=40).map("".join))


@given(limit=nonsense, remaining=nonsense, reset=nonsense, now=st.floats(0, 4e9))
def test_no_header_can_break_the_reader(limit: str, remaining: str, reset: str, now: float) -> None:
    """Whatever the headers hold, the result is None or makes sense."""
    found = read_rate_limit(
        {
            "x-ratelimit-limit": limit,
            "x-ratelimit-remaining": remaining,
            "x-ratelimit-reset": reset,
        },
        now,
    )
    if found is not None:
        assert found.limit is None or found.limit >= 1
        assert found.remaining is None or found.remaining >= 0
        assert found.reset is None or 0 <= found.reset <= LONGEST_RESET


windows = st.builds(
    Window,
    st.integers(1, 10**9),
    st.integers(1, 10**6).map(float),
    st.text("abcdefghijklmnopqrstuvwxyz_0123456789", max_size=30),
)


@given(
    listed=st.lists(windows, max_size=5),
    limit=st.integers(1, 10**9),
    remaining=st.integers(0, 10**9),
    reset=st.integers(0, 10**6),
    space=st.sampled_from(["", " "]),
)
def test_what_is_written_is_read(
    listed: list[Window], limit: int, remaining: int, reset: int, space: str
) -> None:
    """Every header in the structured form gives back what it was written from."""
    policies = [
        f'{each.limit};{space}w={each.seconds:.0f};{space}name="{each.name}"' for each in listed
    ]
    found = read(f",{space}".join([str(limit), *policies]), str(remaining), str(reset))
    assert found == RateLimit(tuple(listed), limit, remaining, float(reset))
