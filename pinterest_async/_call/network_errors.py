"""What it means that a request got no response."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp

from pinterest_async.errors import (
    ClientClosed,
    ConnectionFailed,
    DeadlineExceeded,
    PinterestError,
    RequestTimeout,
)

if TYPE_CHECKING:
    from pinterest_async._call.connections import Call, Interruption
    from pinterest_async._call.settings import Settings
    from pinterest_async.operations import Operation


def not_sent(
    error: BaseException, operation: Operation, settings: Settings
) -> PinterestError | None:
    """Return what `error` of aiohttp stands for if nothing has left; None if something may have."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return ConnectionFailed(
            f"{operation.id}: {error}; nothing was sent", operation=operation.id
        )
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return RequestTimeout(
            f"{operation.id}: no connection within {settings.timeout.sock_connect} s; "
            "nothing was sent",
            operation=operation.id,
        )
    return None


def lost(
    error: BaseException,
    operation: Operation,
    settings: Settings,
    call: Call,
    *,
    may_have_applied: bool,
) -> PinterestError | None:
    """Return what `error` stands for where the request may have left; None if it says that."""
    if isinstance(error, asyncio.CancelledError):
        return interrupted(call, operation, settings, may_have_applied=may_have_applied)
    if isinstance(error, (aiohttp.ClientError, OSError)):
        # The words of aiohttp may hold the query, so only the kind of error is shown.
        kind = type(error.__cause__ or error).__name__
        return ConnectionFailed(
            f"{operation.id}: the connection broke before the whole response came ({kind})",
            operation=operation.id,
            may_have_applied=may_have_applied,
        )
    return None


def interrupted(
    call: Call, operation: Operation, settings: Settings, *, may_have_applied: bool
) -> PinterestError | None:
    """Return why `call` was cancelled; None where it was somebody else who did it."""
    interruption: Interruption | None = call.interrupted()
    if interruption is None:
        return None
    if interruption == "timeout":
        return RequestTimeout(
            f"{operation.id}: no response within {settings.total} s",
            operation=operation.id,
            may_have_applied=may_have_applied,
        )
    if interruption == "deadline":
        return DeadlineExceeded(
            f"{operation.id}: not done within its deadline of {settings.deadline} s",
            operation=operation.id,
            may_have_applied=may_have_applied,
        )
    closed = ClientClosed(f"{operation.id}: the client was closed while the call was under way")
    closed.may_have_applied = may_have_applied
    return closed
