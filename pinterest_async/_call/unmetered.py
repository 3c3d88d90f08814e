"""What stands in for an account and its budget where a request has neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async._call.exchange import Authority
from pinterest_async.limits import Admission, Limiter, LimitKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multidict import CIMultiDict

    from pinterest_async.errors import AuthenticationFailed
    from pinterest_async.limits import CategoryLimit, LimitPolicy
    from pinterest_async.limits.headers import RateLimit
    from pinterest_async.operations import Operation

_KEY = LimitKey(app="", account="", category="")


class FixedHeaders(Authority):
    """Sends the same headers with every request.

    Args:
        headers: all of them, whatever authorises the request among them.
    """

    def __init__(self, headers: CIMultiDict[str]) -> None:
        self._headers = headers
        self.limit_keys: dict[str, LimitKey] = {}

    def ready(
        self,
        operation: Operation,  # noqa: ARG002  # the same for all
        content_type: str | None,  # noqa: ARG002
        extra: Mapping[str, str] | None,  # noqa: ARG002
    ) -> CIMultiDict[str]:
        """Return the headers."""
        return self._headers

    async def token(
        self,
        operation: Operation,  # noqa: ARG002  # none for any
        extra: Mapping[str, str] | None,  # noqa: ARG002
    ) -> str | None:
        """Return None: what authorises the request is among the headers."""
        return None

    def headers(
        self,
        operation: Operation,  # noqa: ARG002  # the same for all
        token: str | None,  # noqa: ARG002
        content_type: str | None,  # noqa: ARG002
        extra: Mapping[str, str] | None,  # noqa: ARG002
    ) -> CIMultiDict[str]:
        """Return the headers."""
        return self._headers

    async def renewed(
        self,
        error: AuthenticationFailed,  # noqa: ARG002  # there is nothing else to try
        headers: CIMultiDict[str],  # noqa: ARG002
        extra: Mapping[str, str] | None,  # noqa: ARG002
    ) -> bool:
        """Return False: there is nothing else to try."""
        return False

    def limit_key(self, category: str, path: str) -> LimitKey:  # noqa: ARG002  # one for all
        """Return the one key that stands for no budget."""
        return _KEY


class _Free(Admission):
    def release(self) -> None:
        """Do nothing: no place was taken."""


class Unlimited(Limiter):
    """Lets every request go at once."""

    def admit_at_once(self, key: LimitKey, now: float) -> Admission:
        """Let it go."""
        return _Free(key, now, 0.0)

    async def admit(
        self,
        key: LimitKey,
        policy: LimitPolicy,  # noqa: ARG002  # never asked for a wait
        deadline: float | None = None,
    ) -> Admission:
        """Let it go."""
        return _Free(key, deadline or 0.0, 0.0)

    def observe(
        self,
        admission: Admission,
        rate_limit: RateLimit | None,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> None:
        """Do nothing."""

    def snapshot(self) -> list[CategoryLimit]:
        """Return nothing: there are no budgets."""
        return []

    async def aclose(self) -> None:
        """Do nothing."""
