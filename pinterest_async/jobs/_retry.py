"""Requests that go past the client, to storages and hosts of pictures: sent again by its rule."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, TypeVar

from pinterest_async._call.retry import pause_before_retry
from pinterest_async.errors import PinterestError
from pinterest_async.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pinterest_async.config import RetryPolicy

T = TypeVar("T")

_HARMLESS = Operation(
    id="",
    http_method="GET",
    path="",
    category="",
    scopes=(),
    resource="",
    method="",
    effect="reads",
    repeatable=True,
)


async def retried(send: Callable[[], Awaitable[T]], policy: RetryPolicy) -> T:
    """Send something that does no harm twice, until it works or the error is final.

    Not for calls of a client, which does this itself.

    Args:
        send: sends it once; what may pass, it raises as `ConnectionFailed` or `ServerError`.
        policy: how often, and at what pace.

    Raises:
        PinterestError: what the last request failed with.
    """
    attempt = 0
    while True:
        attempt += 1
        try:
            return await send()
        except PinterestError as error:
            pause = pause_before_retry(
                error,
                _HARMLESS,
                attempt=attempt,
                policy=policy,
                jitter=random.random(),  # noqa: S311  # hides nothing
                max_wait=policy.cap,
            )
            if pause is None:
                raise
        await asyncio.sleep(pause)
