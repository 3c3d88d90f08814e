"""What a call's options come to once every one of them is decided."""

from __future__ import annotations

import math
from collections.abc import Mapping

import aiohttp
import msgspec

from pinterest_async._call.compression import plain_digits
from pinterest_async._secret import Secret
from pinterest_async.config import (
    MAX_RESPONSE_BYTES,
    RequestOptions,
    RetryPolicy,
    Timeouts,
)
from pinterest_async.hooks import Listeners, ResponseReceived
from pinterest_async.limits import MAX_WAIT, LimitPolicy


class Settings(msgspec.Struct, frozen=True):
    """What options come to once every one of them is decided."""

    options: RequestOptions
    headers: Mapping[str, str] | None
    deadline: float | None
    total: float
    timeout: aiohttp.ClientTimeout
    retry: RetryPolicy
    limit: LimitPolicy
    after_response: Listeners[ResponseReceived] | None
    max_response_bytes: int
    check_body: bool
    plain_digits: int
    """Digits of a length that is surely within that."""
    members: bool
    """Whether members that no model knows are looked for."""

    def __repr__(self) -> str:
        # The headers may hold a token.
        return f"<Settings of {self.options!r}>"

    @classmethod
    def of(cls, options: RequestOptions, *, members: bool = False) -> Settings:
        """Work out what `options` come to; what they leave out gets its default.

        Args:
            options: the options.
            members: whether somebody listens for members that no model knows.
        """
        timeout = Timeouts() if options.timeout is None else options.timeout
        timeouts = timeout if isinstance(timeout, Timeouts) else Timeouts(total=timeout)
        connect = timeouts.connect if timeouts.connect < math.inf else None
        bound = options.max_response_bytes or MAX_RESPONSE_BYTES
        return cls(
            options=options,
            headers=_hidden(options.headers),
            deadline=options.deadline,
            total=timeouts.total,
            # The bound on the whole is kept by the pool, for less than aiohttp's costs.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect),
            retry=_retry_policy(options.retry),
            limit=LimitPolicy(
                max_wait=MAX_WAIT if options.max_wait is None else options.max_wait,
                on_limit=options.on_limit or "wait",
            ),
            after_response=options.after_response,
            max_response_bytes=bound,
            check_body=options.check_body is not False,
            plain_digits=plain_digits(bound),
            members=members or bool(options.strict),
        )


def _hidden(headers: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Hide what authorises a request."""
    if headers is None:
        return None
    return {
        name: Secret(value) if name.lower() == "authorization" else value
        for name, value in headers.items()
    }


def _retry_policy(given: RetryPolicy | int | None) -> RetryPolicy:
    if given is None:
        return RetryPolicy()
    return RetryPolicy(given + 1) if isinstance(given, int) else given
