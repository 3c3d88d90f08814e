"""What a call says to the limiter, and what the limiter says to the call.

One request goes like this:

    admission = limiter.admit_at_once(key, now) or await limiter.admit(key, policy, deadline)
    # then exactly one of
    admission.release()                            # it was never sent: the place is free again
    limiter.observe(admission, rate_limit)         # it was sent: a response came, or was lost
    limiter.observe(admission, rate_limit, refused=True, retry_after=30.0)    # 429, quota

A request that may have left, whatever became of it, is observed: Pinterest may have counted it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import msgspec

from pinterest_async.config import OnLimit
from pinterest_async.errors import ConfigurationError
from pinterest_async.limits.headers import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinterest_async.limits.headers import RateLimit

MAX_WAIT: Final = 120.0
"""The longest wait for a window, in seconds, unless the policy says otherwise."""


Reason: TypeAlias = Literal["window", "pause", "probe", "pace", "others", "queue"]
"""Why a call waits: the window is full; a pause after a 429; the response to a probe is awaited; an
even pace while figures are uncertain; others spend the same quota; calls in front in our queue."""


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
    """The longest time, in seconds, that a call waits for a place in the windows once no other call
    stands in front of it in our own queue: a bulk walk waits its turn. An even pace, which is our
    own caution, delays calls and never raises."""
    on_limit: OnLimit = "wait"
    """`raise` never waits: without a free place at once, `RateLimitTooLong` is raised."""

    def __post_init__(self) -> None:
        if not self.max_wait >= 0:
            raise ConfigurationError(f"max_wait must be at least 0 s, not {self.max_wait}")
        if self.on_limit not in ("wait", "raise"):
            raise ConfigurationError(f"on_limit is 'wait' or 'raise', not {self.on_limit!r}")


class Wait(msgspec.Struct, eq=False, kw_only=True):
    """Why a call waited."""

    reason: Reason | None = None
    """Why it waited; None where it did not."""
    window: Window | None = None
    """The window that it waited for, where it was one."""


class Admission(Wait, eq=False):
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
    retry_at: datetime | None
    """When the next call is possible, an aware datetime; None for now."""
    retry_after: float | None
    """The same in seconds from now."""
    waiting: int
    """Calls that wait in the queue."""
    reason: Reason | None = None
    """Why no call is possible now; None where one is."""


class Limiter(ABC):
    """Lets calls go at the rate that Pinterest allows: what limiters are derived from."""

    __slots__ = ()

    def admit_at_once(self, key: LimitKey, now: float) -> Admission | None:  # noqa: ARG002
        """Let the call go if that takes no waiting and no thought; None to have `admit` asked.

        Args:
            key: Whose budget it spends.
            now: The present moment, in the time of the event loop.
        """
        return None

    @abstractmethod
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

    @abstractmethod
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
            rate_limit: What the response's headers said, or None.
            refused: Whether it was a 429 over the quota (not one over spam).
            retry_after: For how many seconds the response asked to wait, where it did.
        """

    @abstractmethod
    def snapshot(self) -> list[CategoryLimit]:
        """How all budgets in use stand, without anything secret."""

    @abstractmethod
    async def aclose(self) -> None:
        """Let go of whatever the limiter holds. Calls that still wait raise `ClientClosed`."""


def checked_windows(
    limits: Mapping[str, Sequence[Window]] | None,
) -> dict[str, tuple[Window, ...]]:
    """Return the windows that somebody has set, by category.

    Raises:
        ConfigurationError: a limit is below 1, or a length is not a positive number.
    """
    for window in (window for windows in (limits or {}).values() for window in windows):
        if window.limit < 1:
            raise ConfigurationError(f"a window holds at least one call, not {window.limit}")
        if not (isfinite(window.seconds) and window.seconds > 0):
            raise ConfigurationError(f"a window lasts for some time, not {window.seconds} s")
    return {category: tuple(windows) for category, windows in (limits or {}).items()}
