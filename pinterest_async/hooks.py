"""Callbacks that see what a client does, and what they are told.

No event holds a token, a query, a request body or the contents of an answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

import msgspec

from pinterest_async.errors import PinterestError
from pinterest_async.rate_limit import RateLimit

EventT = TypeVar("EventT")

Hook: TypeAlias = Callable[[EventT], Awaitable[None] | None]
"""A plain function, or one that returns an awaitable, which is then awaited."""


class RequestStarting(msgspec.Struct, frozen=True, kw_only=True):
    """A request is admitted and about to be sent."""

    operation: str
    """The operation's id, for example `boards/list`."""
    http_method: str
    """The verb."""
    category: str
    """The rate-limit category that it spends."""
    attempt: int
    """1 for the first request of a call, 2 for its first retry, and so on."""


class AnswerReceived(msgspec.Struct, frozen=True, kw_only=True):
    """An answer has arrived in full, a refusal included."""

    operation: str
    """The operation's id."""
    status: int
    """The HTTP status."""
    seconds: float
    """From sending the request to the last byte of the answer."""
    attempt: int
    """Which request of the call was answered, counted from 1."""
    request_id: str | None
    """Pinterest's id of the request."""
    rate_limit: RateLimit | None
    """What the answer said about the rate limit."""


class LimitWaited(msgspec.Struct, frozen=True, kw_only=True):
    """A call had to wait for its rate limit, and now goes on."""

    operation: str
    """The operation's id."""
    category: str
    """The rate-limit category whose budget was short."""
    seconds: float
    """How long it waited."""


class Retrying(msgspec.Struct, frozen=True, kw_only=True):
    """A request has failed and will be sent again after a pause."""

    operation: str
    """The operation's id."""
    attempt: int
    """Which request of the call has failed, counted from 1."""
    wait: float
    """The pause, in seconds."""
    error: PinterestError
    """What went wrong."""


class Repair(msgspec.Struct, frozen=True, gc=False):
    """One value of an answer that did not fit its type."""

    path: str
    """Where it is, for example `$.items[3].media.media_type`."""
    dropped: bool
    """True when it was left out, false when it was turned into the type that was expected."""
    reason: str
    """What was expected and what was found, without the value."""


class AnswerRepaired(msgspec.Struct, frozen=True, kw_only=True):
    """An answer did not fit its type and was mended, or lost items that could not be."""

    operation: str
    """The operation's id."""
    request_id: str | None
    """Pinterest's id of the request."""
    repairs: tuple[Repair, ...]
    """The values that were turned or left out."""
    rejected: int = 0
    """How many items of a page could not be read; they are in `Page.rejected`."""


class TokenRefreshed(msgspec.Struct, frozen=True, kw_only=True):
    """The credentials gave another access token than for the call before."""

    account: str
    """The account's key, as the credentials name it."""


class ReauthorizationNeeded(msgspec.Struct, frozen=True, kw_only=True):
    """The owner of an account has to log in again, now or soon."""

    account: str
    """The account, as its credentials name it."""
    dead: bool
    """True when its refresh token no longer works, false while it merely runs out."""
    expires_at: float | None
    """When the refresh token runs out, in seconds since 1970, UTC; None if unknown."""


class Hooks(msgspec.Struct, frozen=True, kw_only=True):
    """Callbacks, each a plain or an async function of one event.

    They run inside the call: what they raise leaves the call, and a slow one slows it down.
    """

    before_request: Hook[RequestStarting] | None = None
    """Before each request, retries included."""
    after_answer: Hook[AnswerReceived] | None = None
    """After each answer, refusals included; not where none came."""
    limit_wait: Hook[LimitWaited] | None = None
    """After a wait for a rate limit."""
    retry: Hook[Retrying] | None = None
    """Before the pause that precedes a retry."""
    repair: Hook[AnswerRepaired] | None = None
    """After an answer has been mended."""
    token_refresh: Hook[TokenRefreshed] | None = None
    """When a new access token is used for the first time."""


async def tell(hook: Hook[EventT], event: EventT) -> None:
    """Call `hook` with `event`, and await what it returns if it is awaitable."""
    pending = hook(event)
    if isinstance(pending, Awaitable):
        await pending
