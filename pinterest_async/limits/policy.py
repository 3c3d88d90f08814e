"""What a call says to the limiter, and what the limiter says to the call.

One request goes like this:

    admission = limiter.admit_at_once(key, now) or await limiter.admit(key, policy, deadline)
    # then exactly one of
    admission.release()                            # it was never sent: the place is free again
    limiter.observe(admission, rate_limit)         # it was sent: an answer came, or was lost
    limiter.observe(admission, rate_limit, refused=True, retry_after=30.0)    # 429, quota

A request that may have left, whatever became of it, is observed: Pinterest may have counted it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from pinterest_async.config import OnLimit
from pinterest_async.errors import ConfigurationError
from pinterest_async.rate_limit import Window

if TYPE_CHECKING:
    from pinterest_async.rate_limit import RateLimit

MAX_WAIT: Final = 120.0
"""The longest wait for a window, in seconds, unless the policy says otherwise."""


class LimitKey(NamedTuple):
    """Whose budget a call spends. Budgets of different keys never stand in each other's way."""

    app: str
    """The app, by any name that tells it from others; "" where there is only one."""
    account: str
    """The account, as `fingerprint` gives it: this shows in snapshots and in Redis."""
    category: str
    """The rate-limit category, for example `org_read`."""
    ad_account_id: str | None = None
    """The ad account, for the categories whose budget belongs to it (`ads_conversions`)."""
    unlimited: bool = False
    """Whether the token is a conversion token, to which no known limit applies."""


class LimitPolicy(msgspec.Struct, frozen=True, gc=False):
    """How long a call is prepared to wait.

    Raises:
        ConfigurationError: `max_wait` is negative, or `on_limit` is unknown.
    """

    max_wait: float = MAX_WAIT
    """The longest time, in seconds, until the next free place in the windows. The calls that stand
    in front in our own queue do not count: a bulk walk waits its turn."""
    on_limit: OnLimit = "wait"
    """`raise` never waits: without a free place at once, `RateLimitTooLong` is raised."""

    def __post_init__(self) -> None:
        if not self.max_wait >= 0:
            raise ConfigurationError(f"max_wait must be at least 0 s, not {self.max_wait}")
        if self.on_limit not in ("wait", "raise"):
            raise ConfigurationError(f"on_limit is 'wait' or 'raise', not {self.on_limit!r}")


class Admission(msgspec.Struct, eq=False):
    """One call that may be sent now. Give it back, or have it observed, exactly once."""

    key: LimitKey
    """The key it was asked for with."""
    admitted_at: float
    """When, in the time of the event loop."""
    waited: float
    """How long the call waited, in seconds; 0.0 where it did not."""

    def release(self) -> None:
        """Give the place back: the call was never sent. Does nothing once it is closed."""
        raise NotImplementedError


class CategoryLimit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How one budget stands."""

    account: str
    """The account's fingerprint, or the ad account's id where the budget belongs to that."""
    category: str
    """The rate-limit category."""
    windows: tuple[Window, ...]
    """The windows that apply, as far as they are known."""
    used: int
    """Calls spent in the window that is closest to its limit."""
    remaining: int | None
    """Calls left in that window; None where no window applies."""
    resets_at: datetime | None
    """When the next place comes free there; None while there is one."""
    waiting: int
    """Calls that wait in the queue."""


class Limiter(Protocol):
    """Lets calls go at the rate that Pinterest allows."""

    def admit_at_once(self, key: LimitKey, now: float) -> Admission | None:
        """Let the call go if that takes no waiting and no thought; None to have `admit` asked.

        Args:
            key: Whose budget it spends.
            now: The present moment, in the time of the event loop.
        """
        ...

    async def admit(
        self, key: LimitKey, policy: LimitPolicy, deadline: float | None = None
    ) -> Admission:
        """Wait until the call may be sent.

        Args:
            key: Whose budget it spends.
            policy: How long it may wait.
            deadline: The latest moment, in the time of the event loop.

        Raises:
            RateLimitTooLong: the next free place is further away than `policy.max_wait`.
            DeadlineExceeded: there is no free place before `deadline`.
            ClientClosed: the limiter was closed while the call waited.
        """
        ...

    def observe(
        self,
        admission: Admission,
        rate_limit: RateLimit | None,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> None:
        """Close an admission whose call was sent. Never raises; does nothing the second time.

        Args:
            admission: The call.
            rate_limit: What the answer's headers said, or None.
            refused: Whether it was a 429 over the quota (not one over spam).
            retry_after: For how many seconds the answer asked to wait, where it did.
        """
        ...

    def snapshot(self) -> list[CategoryLimit]:
        """How all budgets in use stand, without anything secret."""
        ...

    async def aclose(self) -> None:
        """Let go of whatever the limiter holds. Calls that still wait raise `ClientClosed`."""
        ...


def fingerprint(secret: str) -> str:
    """Turn a token, or any long random text, into an account key that does not give it away."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
