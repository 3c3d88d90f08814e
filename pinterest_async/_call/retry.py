"""May a failed request be sent again, and after which pause: a pure decision.

Reads, deletions and the few writes that do no harm twice (`operation.repeatable`) are sent again
after anything that may pass: no response, a timeout, a 5xx, a used-up quota, a 400 with code 12 or
with a wait in its message. Other writes only when they surely did not take effect: the connection
was never made, or the quota was used up. Spam blocks and unreadable responses are final.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async.errors import (
    BadRequest,
    ConnectionFailed,
    RateLimited,
    ServerError,
)

if TYPE_CHECKING:
    from pinterest_async.config import RetryPolicy
    from pinterest_async.errors import PinterestError
    from pinterest_async.operations import Operation

# Analytics refuse rapid calls with these words although the dates are right; a second later the
# same call succeeds. Where the dates are really too old, the second refusal is final.
_FALSE_DATE_REFUSAL = "last 90 days"


def pause_before_retry(
    error: PinterestError,
    operation: Operation,
    *,
    attempt: int,
    policy: RetryPolicy,
    jitter: float,
    max_wait: float,
    remaining: float | None = None,
) -> float | None:
    """Return the seconds to wait before sending again, or None when `error` is final.

    Without word from the server the pause is drawn from 0 to `base * 2 ** (attempt - 1)`, at most
    `cap` ("full jitter"). A wait that the server asks for is kept in full, and the drawn pause is
    added on top, so that callers told the same moment do not all come back at it.

    Args:
        error: what went wrong.
        operation: what was asked for.
        attempt: how many requests have been sent for this call so far.
        policy: how many there may be, and the pace.
        jitter: a random number from 0 to 1.
        max_wait: the longest wait, in seconds, that the server may impose; with 0 a used-up quota
            is final.
        remaining: seconds until the call's deadline, None without one.
    """
    if attempt >= policy.attempts or not _may_pass(error, operation, attempt):
        return None
    if max_wait <= 0 and isinstance(error, RateLimited):
        return None
    # An exponent past 60 could overflow, and the cap has won long before.
    drawn = jitter * min(policy.cap, policy.base * 2.0 ** min(attempt - 1, 60))
    asked = getattr(error, "retry_after", None)
    if asked is not None and asked > max_wait:
        return None
    if _is_false_date_refusal(error, operation):
        asked = 1.0
    pause: float = drawn + (asked or 0.0)
    if remaining is not None and pause >= remaining:
        return None
    return pause


def _may_pass(error: PinterestError, operation: Operation, attempt: int) -> bool:
    if isinstance(error, RateLimited):
        return True
    if isinstance(error, ConnectionFailed):
        return operation.repeatable or not error.may_have_applied
    if not operation.repeatable:
        return False
    if isinstance(error, ServerError):
        # 501: the operation does not exist for these arguments, now or later.
        return error.status != 501
    if isinstance(error, BadRequest):
        return (
            error.code == 12
            or error.retry_after is not None
            or (attempt == 1 and _is_false_date_refusal(error, operation))
        )
    return False


def _is_false_date_refusal(error: PinterestError, operation: Operation) -> bool:
    return (
        isinstance(error, BadRequest)
        and operation.category.endswith("_analytics")
        and _FALSE_DATE_REFUSAL in error.message
    )
