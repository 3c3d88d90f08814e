"""Callbacks that see what a client does, and what they are told.

No event holds a token, a query or a request body, and none shows the contents of a response.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import msgspec

from pinterest_async.errors import PinterestError
from pinterest_async.limits.headers import RateLimit, Window

__all__ = [
    "CallEnded",
    "Hook",
    "Hooks",
    "LimitWaited",
    "Listeners",
    "ReauthorizationNeeded",
    "Repair",
    "RequestFailed",
    "RequestStarting",
    "ResponseReceived",
    "ResponseRepaired",
    "Retrying",
    "TokenRefreshed",
    "UnknownMembers",
]

EventT = TypeVar("EventT")

Hook: TypeAlias = Callable[[EventT], Awaitable[None] | None]
"""A plain function, or one that returns an awaitable, which is then awaited."""

Listeners: TypeAlias = Hook[EventT] | Sequence[Hook[EventT]]
"""One listener to an event, or several, which are called in their order."""


class CallStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A call begins; a `CallEnded` follows it in the same task, whatever happens."""

    operation: str
    """The operation's id, for example `boards/list`; of `Pinterest.request`, verb and path."""
    http_method: str
    """The verb."""
    category: str
    """The rate-limit category that it spends."""
    path: str
    """The operation's path with `{name}` for each parameter; of `Pinterest.request`, as given."""
    host: str
    """The host that is called."""
    port: int
    """Its port."""


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


class ResponseReceived(msgspec.Struct, frozen=True, kw_only=True):
    """A response has arrived in full, a refusal included."""

    operation: str
    """The operation's id."""
    status: int
    """The HTTP status."""
    seconds: float
    """From sending the request to the last byte of the response."""
    attempt: int
    """Which request of the call was answered, counted from 1."""
    request_id: str | None
    """Pinterest's id of the request."""
    rate_limit: RateLimit | None
    """What the response said about the rate limit."""
    headers: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    """The headers as they came; not in the repr."""
    body: bytes = b""
    """The body, inflated; not in the repr. It may hold what is private to an account."""

    def __repr__(self) -> str:
        """Show neither headers nor body."""
        return (
            f"ResponseReceived(operation={self.operation!r}, status={self.status}, "
            f"seconds={self.seconds}, attempt={self.attempt}, request_id={self.request_id!r}, "
            f"rate_limit={self.rate_limit!r})"
        )


class RequestFailed(msgspec.Struct, frozen=True, kw_only=True):
    """A request was begun, and no response to it came."""

    operation: str
    """The operation's id."""
    seconds: float
    """From the beginning of the request to its failure."""
    attempt: int
    """Which request of the call has failed, counted from 1."""
    error: BaseException
    """What went wrong; `asyncio.CancelledError` where the caller gave up."""


class CallEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A call is over, with all its requests and waits; every call ends in exactly one of these."""

    operation: str
    """The operation's id."""
    seconds: float
    """From the beginning of the call to its end."""
    attempts: int
    """How many requests were begun, or tried to begin."""
    waited: float
    """Seconds that were spent waiting for a rate limit."""
    error: BaseException | None
    """What the call raised; None where it succeeded."""


class LimitWaited(msgspec.Struct, frozen=True, kw_only=True):
    """A call had to wait for its rate limit, and now goes on."""

    operation: str
    """The operation's id."""
    category: str
    """The rate-limit category whose budget was short."""
    seconds: float
    """How long it waited."""
    reason: str = "window"
    """Why: `window` (used up), `pause` (Pinterest asked for it), `probe` (the response to a call
    that was sent ahead), `pace` (figures are uncertain), `others` (somebody else spends the same
    quota) or `queue` (calls in front)."""
    window: Window | None = None
    """The window that was short, where it was one."""


class Retrying(msgspec.Struct, frozen=True, kw_only=True):
    """A request has failed and will be sent again after a pause."""

    operation: str
    """The operation's id."""
    attempt: int
    """Which request of the call has failed, counted from 1."""
    retry_after: float
    """The pause, in seconds."""
    retry_at: datetime
    """When it is over; an aware datetime."""
    error: PinterestError
    """What went wrong."""


class Repair(msgspec.Struct, frozen=True, gc=False):
    """One value of a response that did not fit its type."""

    path: str
    """Where it is, for example `$.items[3].media.media_type`."""
    dropped: bool
    """True when it was left out, false when it was turned into the type that was expected."""
    reason: str
    """What was expected and what was found, without the value."""


class ResponseRepaired(msgspec.Struct, frozen=True, kw_only=True):
    """A response did not fit its type and was repaired, or lost items that could not be."""

    operation: str
    """The operation's id."""
    request_id: str | None
    """Pinterest's id of the request."""
    repairs: tuple[Repair, ...]
    """The values that were turned or left out."""
    rejected: int = 0
    """How many items of a page could not be read; they are in `Page.rejected`."""


class UnknownMembers(msgspec.Struct, frozen=True, kw_only=True):
    """A response held members that no model knows: Pinterest says more than its description did."""

    operation: str
    """The operation's id."""
    request_id: str | None
    """Pinterest's id of the request."""
    members: Mapping[str, int]
    """How often each came, by its place, for example `{"$.items[].note": 25}`. `[]` stands for
    every place of a list and `{}` for every key of an object without a model. No values."""


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
    """Listeners, each a plain or an async function of one event, or a sequence of such.

    They run inside the call: what they raise leaves the call, and a slow one slows it down.
    """

    call_started: Listeners[CallStarted] | None = None
    """Before anything of a call is done, once its arguments are found to be sound."""
    before_request: Listeners[RequestStarting] | None = None
    """Before each request, retries included."""
    after_response: Listeners[ResponseReceived] | None = None
    """After each response, refusals included; not where none came."""
    request_failed: Listeners[RequestFailed] | None = None
    """After each request that was begun and got no response."""
    call_ended: Listeners[CallEnded] | None = None
    """After each call, whatever it came to."""
    limit_wait: Listeners[LimitWaited] | None = None
    """After a wait for a rate limit."""
    retry: Listeners[Retrying] | None = None
    """Before the pause that precedes a retry."""
    repair: Listeners[ResponseRepaired] | None = None
    """After a response has been repaired."""
    unknown_members: Listeners[UnknownMembers] | None = None
    """After a response that held members which no model knows. Looking for them takes about as long
    as reading the response did, and is left alone where nobody listens."""
    token_refresh: Listeners[TokenRefreshed] | None = None
    """When a new access token is used for the first time."""

    def __add__(self, other: Hooks) -> Hooks:
        """Return the listeners of both; of each event, those on the left are told first."""
        joined: dict[str, Any] = {}
        for kind in self.__struct_fields__:
            joined[kind] = (*_each(getattr(self, kind)), *_each(getattr(other, kind))) or None
        return Hooks(**joined)


def _each(listeners: Listeners[EventT] | None) -> Sequence[Hook[EventT]]:
    if listeners is None:
        return ()
    return (listeners,) if callable(listeners) else listeners


async def tell(listeners: Listeners[EventT], event: EventT) -> None:
    """Call each listener with `event`, and await what it returns if it is awaitable."""
    for listener in _each(listeners):
        pending = listener(event)
        if isinstance(pending, Awaitable):
            await pending


def __dir__() -> list[str]:
    return [*__all__]
