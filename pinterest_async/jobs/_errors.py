"""Errors that every further call would meet, told from those of a single board or Pin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinterest_async.errors import (
    AuthenticationFailed,
    DataAccessDenied,
    RateLimited,
    SpamBlocked,
    TrialAccessError,
)

if TYPE_CHECKING:
    from pinterest_async.errors import PinterestError

_OF_ALL: Final = (
    AuthenticationFailed, DataAccessDenied, RateLimited, SpamBlocked, TrialAccessError,
)  # fmt: skip
# Pinterest says 401 as well where the token is good and this board or Pin is not the user's.
_NOT_THIS_ONE: Final = frozenset({7, 29})


def is_fatal(error: PinterestError) -> bool:
    """Whether an error is that of the token, the app or the limits, not of one board or Pin."""
    if is_contended(error):
        return False
    if isinstance(error, AuthenticationFailed):
        return error.code not in _NOT_THIS_ONE
    return isinstance(error, _OF_ALL)


def is_contended(error: PinterestError) -> bool:
    """Whether a 429 is about what the call touches, for the quota itself is not used up."""
    limit = error.rate_limit if isinstance(error, RateLimited) else None
    return limit is not None and bool(limit.remaining)
