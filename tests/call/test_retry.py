"""The decision to send again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinterest_async import errors
from pinterest_async._call.retry import pause_before_retry
from pinterest_async.config import RetryPolicy
from tests.support.scripted import operation

if TYPE_CHECKING:
    from pinterest_async.errors import PinterestError

GET = operation("GET")
DELETE = operation("DELETE")
POST = operation("POST")
PATCH = operation("PATCH")
SEARCH = operation("POST", repeatable=True)
ANALYTICS = operation("GET", category="org_analytics")

REFUSED = errors.ConnectionFailed("refused", may_have_applied=False)
LOST = errors.ConnectionFailed("lost", may_have_applied=True)
LATE = errors.RequestTimeout("late", may_have_applied=True)


def api(cls: type[errors.APIError], status: int, **more: Any) -> errors.APIError:
    """An error that Pinterest answered with."""
    return cls(more.pop("message", "no"), status=status, **more)


QUOTA = api(errors.RateLimited, 429)
BROKEN = api(errors.ServerError, 500)


def pause(error: PinterestError, op: Any = GET, **more: Any) -> float | None:
    """Decide with defaults that do not matter to the case."""
    arguments: dict[str, Any] = {
        "attempt": 1,
        "policy": RetryPolicy(),
        "jitter": 1.0,
        "max_wait": 120.0,
    }
    return pause_before_retry(error, op, **{**arguments, **more})


@pytest.mark.parametrize("op", [GET, DELETE, SEARCH], ids=lambda op: op.http_method)
@pytest.mark.parametrize(
    "error",
    [
        REFUSED,
        LOST,
        LATE,
        QUOTA,
        BROKEN,
        api(errors.BadRequest, 400, code=12),
        api(errors.BadRequest, 400, retry_after=2.0),
    ],
    ids=str,
)
def test_what_does_no_harm_is_sent_again(op: Any, error: PinterestError) -> None:
    """Reads, deletions and read-like POSTs are repeated after anything that may pass."""
    assert pause(error, op) is not None


@pytest.mark.parametrize("op", [POST, PATCH], ids=lambda op: op.http_method)
@pytest.mark.parametrize(
    ("error", "again"),
    [
        (REFUSED, True),
        (QUOTA, True),
        (LOST, False),
        (LATE, False),
        (BROKEN, False),
        (api(errors.BadRequest, 400, code=12), False),
        (api(errors.BadRequest, 400, retry_after=2.0), False),
    ],
    ids=str,
)
def test_writes_are_sent_again_only_when_they_did_not_arrive(
    *,
    op: Any,
    error: PinterestError,
    again: bool,
) -> None:
    """POST and PATCH are repeated after a refused connection and a used-up quota alone."""
    assert (pause(error, op) is not None) is again


@pytest.mark.parametrize(
    "error",
    [
        api(errors.SpamBlocked, 429),
        api(errors.BadRequest, 400, code=1),
        api(errors.AuthenticationFailed, 401, code=2),
        api(errors.PermissionDenied, 403),
        api(errors.NotFound, 404),
        api(errors.Conflict, 409),
        api(errors.ServerError, 501),
        errors.DecodeError("odd"),
        errors.InvalidRequest("odd"),
        errors.ClientClosed("closed"),
        errors.DeadlineExceeded("late"),
    ],
    ids=lambda error: type(error).__name__ + str(getattr(error, "status", "")),
)
def test_what_will_not_pass_is_final(error: PinterestError) -> None:
    """Refusals that would come again, spam blocks and faults of our own are raised at once."""
    assert pause(error) is None


@given(st.integers(1, 50), st.integers(1, 50))
def test_the_count_means_requests(attempts: int, attempt: int) -> None:
    """With `attempts=n` there are n requests in all, and with 1 nothing is repeated."""
    again = pause(BROKEN, policy=RetryPolicy(attempts=attempts), attempt=attempt)
    assert (again is not None) is (attempt < attempts)


@given(st.integers(1, 2000), st.floats(0, 1))
def test_the_pause_is_drawn_below_an_exponential_cap(attempt: int, jitter: float) -> None:
    """Full jitter: from 0 to base doubled each time, and never above the cap."""
    policy = RetryPolicy(attempts=5000, base=0.5, cap=30.0)
    drawn = pause(BROKEN, policy=policy, attempt=attempt, jitter=jitter)
    assert drawn == pytest.approx(jitter * min(30.0, 0.5 * 2.0 ** min(attempt - 1, 100)))


@given(st.floats(0, 120), st.floats(0, 1))
def test_the_servers_wait_is_kept_and_jitter_comes_on_top(asked: float, jitter: float) -> None:
    """Nobody comes back before the moment that was named, nor all at that moment."""
    wait = pause(api(errors.RateLimited, 429, retry_after=asked), jitter=jitter)
    assert wait is not None
    assert wait >= asked
    assert wait == pytest.approx(asked + jitter * 0.5)


def test_a_wait_beyond_the_longest_is_final() -> None:
    """A server that asks for hours gets an error raised, not a call that sleeps."""
    assert pause(api(errors.RateLimited, 429, retry_after=121.0)) is None
    assert pause(api(errors.ServerError, 503, retry_after=121.0)) is None


def test_a_call_that_does_not_wait_for_limits_does_not_wait_after_a_429() -> None:
    """With no wait allowed, a used-up quota is final, and other faults are not."""
    assert pause(QUOTA, max_wait=0.0) is None
    assert pause(BROKEN, max_wait=0.0) is not None


def test_no_pause_goes_past_the_deadline() -> None:
    """When the deadline would pass during the pause, the error is raised instead."""
    assert pause(BROKEN, remaining=0.4) is None
    assert pause(BROKEN, remaining=0.6) is not None


def test_the_false_refusal_of_analytics_dates_is_tried_once_more() -> None:
    """Analytics refuse rapid calls over dates that are right; one more try a second later."""
    error = api(
        errors.BadRequest, 400, code=1, message="You can only get data from the last 90 days"
    )
    assert pause(error, ANALYTICS, jitter=0.0) == 1.0
    assert pause(error, ANALYTICS, attempt=2) is None
    assert pause(error, GET) is None
