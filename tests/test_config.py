"""Options, checked when they are made."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pinterest_async._call.settings import Settings
from pinterest_async.client import Pinterest
from pinterest_async.config import RequestOptions, RetryPolicy, Timeouts, check_base_url
from pinterest_async.errors import ConfigurationError


def test_defaults_are_as_documented() -> None:
    """A request may take 30 s, a connection 10 s, and three requests are made at most."""
    assert (Timeouts().total, Timeouts().connect) == (30.0, 10.0)
    assert RetryPolicy().attempts == 3


@pytest.mark.parametrize("value", [0, -1, math.nan, "5", None, True])
def test_timeouts_must_be_above_zero(value: Any) -> None:
    """A timeout that is no positive number is refused when it is made."""
    with pytest.raises(ConfigurationError, match=r"Timeouts\.total"):
        Timeouts(total=value)
    with pytest.raises(ConfigurationError, match=r"Timeouts\.connect"):
        Timeouts(connect=value)


@pytest.mark.parametrize("attempts", [0, -1, 1.5, True, None])
def test_a_policy_makes_at_least_one_request(attempts: Any) -> None:
    """`attempts` counts requests, so it is a whole number from 1."""
    with pytest.raises(ConfigurationError, match="attempts"):
        RetryPolicy(attempts=attempts)


@pytest.mark.parametrize(
    "fields",
    [
        {"timeout": 0},
        {"timeout": "soon"},
        {"retry": -3},
        {"deadline": -1},
        {"max_wait": -0.1},
        {"on_limit": "explode"},
        {"prefetch": "sometimes"},
        {"strict": "yes"},
        {"after_response": "print"},
        {"headers": {"X-A": 1}},
        {"headers": {"X A": "1"}},
        {"headers": {"X-A": "1\r\nX-B: 2"}},
    ],
    ids=str,
)
def test_options_are_checked_when_they_are_made(fields: dict[str, Any]) -> None:
    """Every option out of its bounds raises at once, and not at the first call."""
    with pytest.raises(ConfigurationError):
        RequestOptions(**fields)


def test_a_refused_header_value_is_not_shown() -> None:
    """The value of a header may be a secret and stays out of the message."""
    with pytest.raises(ConfigurationError) as caught:
        RequestOptions(headers={"Authorization": "secret\n"})
    assert "secret" not in str(caught.value)


def test_repr_names_headers_without_values() -> None:
    """The repr of options shows which headers are set, not what they say."""
    shown = repr(RequestOptions(headers={"Authorization": "secret"}, deadline=5))
    assert "Authorization" in shown
    assert "secret" not in shown
    assert "deadline=5" in shown


def test_options_fall_back_one_by_one() -> None:
    """What one set of options leaves out comes from the other, and headers are joined."""
    base = RequestOptions(timeout=5, strict=True, headers={"A": "1", "B": "1"})
    over = RequestOptions(deadline=9, strict=False, headers={"B": "2"})
    assert over.over(base) == RequestOptions(
        timeout=5, strict=False, deadline=9, headers={"A": "1", "B": "2"}
    )


@pytest.mark.parametrize(
    "url", ["https://api.pinterest.com/v5", "http://127.0.0.1:80/v5", "http://h"]
)
def test_base_urls_lose_only_their_last_slash(url: str) -> None:
    """A base URL may carry a port and a path; a slash at its end changes nothing."""
    assert check_base_url(url) == url
    assert check_base_url(f"{url}/") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.pinterest.com",
        "ftp://h/v5",
        "https://",
        "https://user:secret@h/v5",
        "https://h/v5?a=1",
        "https://h/v5#x",
        "https://h:99999/v5",
        "https://h/ v5",
        None,
    ],
)
def test_other_base_urls_are_refused(url: Any) -> None:
    """What is not scheme, host and path is refused, and no password in it is shown."""
    with pytest.raises(ConfigurationError) as caught:
        check_base_url(url)
    assert "secret" not in str(caught.value)


def test_a_number_stands_for_a_retry_policy() -> None:
    """`retry=3` is three retries, four requests in all; a policy takes its requests by place."""
    assert Settings.of(RequestOptions(retry=3)).retry == RetryPolicy(4)
    assert Settings.of(RequestOptions(retry=0)).retry.attempts == 1
    for wrong in (-1, True, "3"):
        with pytest.raises(ConfigurationError, match="number of retries"):
            RequestOptions(retry=wrong)  # type: ignore[arg-type]


def test_no_credentials_are_a_mistake_in_the_configuration() -> None:
    """None, or anything that is neither token nor credentials, is refused when it is given."""
    with pytest.raises(ConfigurationError, match="from_env"):
        Pinterest(None)  # type: ignore[arg-type]
