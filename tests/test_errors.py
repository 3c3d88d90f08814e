"""The error tree."""

from __future__ import annotations

import copy
import inspect
import pickle
from datetime import UTC, datetime, timedelta

import pytest

from pinterest_async import errors
from pinterest_async.errors import (
    APIError,
    ConfigurationError,
    DeadlineExceeded,
    InvalidRequest,
    MissingScope,
    PinterestError,
    RateLimitTooLong,
    RequestTimeout,
)
from pinterest_async.limits.headers import RateLimit

ALL = [
    cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, PinterestError)
]


def _example(cls: type[PinterestError]) -> PinterestError:
    if issubclass(cls, APIError):
        error: PinterestError = cls(
            "Board not found.",
            status=404,
            code=40,
            operation="boards/get",
            request_id="1337919202421304",
            rate_limit=RateLimit(remaining=3, reset=1.5),
            retry_after=2.5,
            may_have_applied=True,
            body=b'{"code":40}',
            hint="look again",
        )
    elif cls is RateLimitTooLong:
        error = RateLimitTooLong("later", retry_at=datetime(2026, 1, 1, tzinfo=UTC), category="x")
    else:
        error = cls("what happened")
    if isinstance(error, MissingScope):
        error.required_scopes = ("boards:read",)
    error.may_have_applied = True
    return error


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_every_error_survives_pickling(cls: type[PinterestError]) -> None:
    """A pickled error comes back with its type, its text and all its attributes."""
    error = _example(cls)
    revived = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert type(revived) is cls
    assert str(revived) == str(error)
    assert revived.__dict__ == error.__dict__
    assert revived.__dict__["may_have_applied"] is True


def test_errors_can_be_copied() -> None:
    """`copy.copy` works as pickling does."""
    error = _example(APIError)
    assert copy.copy(error).__dict__ == error.__dict__


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_the_tree_is_drawn_completely(cls: type[PinterestError]) -> None:
    """The drawing at the top of the module names every error."""
    assert errors.__doc__ is not None
    assert cls.__name__ in errors.__doc__


def test_errors_are_also_what_python_calls_them() -> None:
    """Wrong values are ValueErrors, and what took too long is a TimeoutError."""
    assert issubclass(ConfigurationError, ValueError)
    assert issubclass(InvalidRequest, ValueError)
    assert issubclass(RequestTimeout, TimeoutError)
    assert issubclass(DeadlineExceeded, TimeoutError)


def test_the_text_says_where_what_and_which_request() -> None:
    """An API error shows operation, status, code, message, hint and request id, and no body."""
    error = _example(APIError)
    text = str(error)
    for part in ("boards/get", "404", "40", "Board not found.", "look again", "1337919202421304"):
        assert part in text
    assert '{"code"' not in text
    assert '{"code"' not in repr(error)


def test_nothing_may_have_applied_unless_said() -> None:
    """By default an error says that no write took effect."""
    assert not PinterestError("x").may_have_applied
    assert not errors.ConnectionFailed("x").may_have_applied


def test_what_says_when_to_come_back_says_it_both_ways() -> None:
    """An error that knows a wait has it in seconds and as a moment; an unthinkable one has none."""
    before = datetime.now(UTC)
    refused = APIError("later", status=429, retry_after=60.0)
    assert refused.retry_at is not None
    assert refused.retry_at >= before + timedelta(seconds=60)
    assert APIError("no", status=400).retry_at is None
    assert APIError("later", status=429, retry_after=1e300).retry_at is None
    late = RateLimitTooLong("later", retry_at=before + timedelta(hours=1), category="x")
    assert 0 < late.retry_after <= 3600
    past = RateLimitTooLong("later", retry_at=before - timedelta(hours=1), category="x")
    assert past.retry_after == 0.0
