"""Every error that this package raises.

    PinterestError
    ├── ConfigurationError (ValueError)   the client, or its options, were put together wrongly
    ├── InvalidRequest (ValueError)       an argument that cannot be sent; nothing was sent
    ├── ClientClosed                      used after it was closed, or from another event loop
    ├── ConnectionFailed                  no response came back
    │   └── RequestTimeout (TimeoutError)
    ├── DeadlineExceeded (TimeoutError)   `options.deadline` passed before the call was done
    ├── DecodeError                       a response that cannot be read
    │   └── ResponseTooLarge              one beyond `max_response_bytes`
    ├── ItemsFailed                       some things of a write of several failed
    ├── PagingError                       a listing that does not come to an end
    ├── RateLimitTooLong                  the wait for the limit is longer than allowed
    ├── LoginFailed                       a login that was refused, forged or never finished
    ├── ReauthorizationRequired           the account's owner has to log in again
    ├── TokenStoreError                   a token could not be read from its store, or written
    └── APIError                          Pinterest answered, and refused
        ├── BadRequest                    400
        ├── InvalidGrant                  code 283: a code or refresh token that is used up or dead
        ├── AuthenticationFailed          401
        │   ├── MissingScope              401, code 3: the token lacks a scope
        │   └── AppNotApproved            401, code 3: the app is not approved for the feature
        ├── PermissionDenied              403
        │   ├── TrialAccessError          403, code 29: the app has Trial access only
        │   └── DataAccessDenied          403, PINNER_DATA_ACCESS_DENIED
        ├── NotFound                      404
        ├── Conflict                      409
        ├── UnprocessableRequest          422
        ├── RateLimited                   429, the quota is used up
        ├── SpamBlocked                   429, taken for spam: never sent again
        │   └── LinkBlocked               429, one link is blocked; the account is not
        └── ServerError                   5xx

All of them hold plain data and survive pickling with all their attributes. None shows a token, a
query, a request body or a response's body in its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinterest_async.limits.headers import RateLimit, Window

__all__ = [
    "APIError",
    "AppNotApproved",
    "AuthenticationFailed",
    "BadRequest",
    "ClientClosed",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "DataAccessDenied",
    "DeadlineExceeded",
    "DecodeError",
    "Failure",
    "IneligibleProductTag",
    "IneligibleProductTags",
    "InvalidGrant",
    "InvalidRequest",
    "ItemsFailed",
    "LinkBlocked",
    "LoginFailed",
    "MissingScope",
    "NotFound",
    "PagingError",
    "PermissionDenied",
    "PinterestError",
    "RateLimitTooLong",
    "RateLimited",
    "ReauthorizationRequired",
    "RequestTimeout",
    "ResponseTooLarge",
    "ServerError",
    "SpamBlocked",
    "TrialAccessError",
    "UnprocessableRequest",
]


T = TypeVar("T")

KEPT_BODY: Final = 64 * 1024
"""Bytes of a refusal's body that its error keeps."""


_NAMED: Final = 3
"""Failures that the text of an error names."""


def _revive(
    cls: type[PinterestError], args: tuple[Any, ...], state: dict[str, Any]
) -> PinterestError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


def _moment_in(seconds: float) -> datetime | None:
    """Return the moment in so many seconds; None where the calendar has none for it."""
    try:
        return datetime.now(UTC) + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


class PinterestError(Exception):
    """The base of every error of this package."""

    may_have_applied: bool = False
    """Whether Pinterest may have carried out the write although the call failed.

    Always false for calls that only read. Where it is true, look before sending the call again.
    """

    def __reduce__(self) -> tuple[Callable[..., PinterestError], tuple[Any, ...]]:
        return _revive, (type(self), self.args, dict(self.__dict__))


class ConfigurationError(PinterestError, ValueError):
    """The client, or one of its options, was put together wrongly."""


class InvalidRequest(PinterestError, ValueError):
    """An argument cannot be sent, for example an empty id or `page_size=300`. Nothing was sent."""


class ClientClosed(PinterestError):
    """The client was used after it was closed, or from another event loop than the first call."""


class ConnectionFailed(PinterestError):
    """No response came back. `may_have_applied` says whether the request may have arrived."""

    def __init__(
        self, message: str, *, operation: str = "", may_have_applied: bool = False
    ) -> None:
        super().__init__(message)
        self.operation = operation
        """The id of the operation, for example `pins/create`."""
        self.may_have_applied = may_have_applied


class RequestTimeout(ConnectionFailed, TimeoutError):
    """The response did not come within the timeout of one request."""


class DeadlineExceeded(PinterestError, TimeoutError):
    """`options.deadline` passed before the call, with its waits and retries, was done."""

    def __init__(
        self, message: str, *, operation: str = "", may_have_applied: bool = False
    ) -> None:
        super().__init__(message)
        self.operation = operation
        """The id of the operation."""
        self.may_have_applied = may_have_applied


class DecodeError(PinterestError):
    """A response arrived that cannot be read as the type that the operation answers with."""

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        path: str = "$",
        body: bytes = b"",
        request_id: str | None = None,
        may_have_applied: bool = False,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        """The id of the operation."""
        self.path = path
        """Where in the response it does not fit, for example `$.items[3].media`."""
        self.body = body
        """The response as it came. Empty for responses that carry tokens or upload parameters."""
        self.request_id = request_id
        """Pinterest's id of the request, from `x-pinterest-rid`."""
        self.may_have_applied = may_have_applied


class ResponseTooLarge(DecodeError):
    """A response is larger than `max_response_bytes`, as it came or inflated. It was not kept."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing of a write of several that Pinterest did not do."""

    index: int | None
    """Its place among the things that were sent, from 0; None where the response does not say."""
    code: int | None
    """Pinterest's code for what went wrong, where it gives one."""
    message: str
    """What went wrong, in Pinterest's words."""
    item: Any
    """What the response says of it."""


@dataclass(frozen=True, slots=True)
class IneligibleProductTag:
    """A product Pin that another Pin cannot be tagged with."""

    pin_id: str
    """The id of the product Pin."""
    error_message: str
    """Why. The description of 5.28.0 has `PIN_MISSING`, `PIN_IS_PRIVATE`,
    `PRODUCT_METADATA_MISSING`, `PIN_NOT_FROM_VERIFIED_DOMAIN` and
    `PIN_NOT_FROM_SAME_USER_AS_HERO_PIN`."""


@dataclass(frozen=True, slots=True)
class IneligibleProductTags:
    """What `details` hold where `product_tags.bulk_add` is refused with 400.

    The form is the one that the description of 5.28.0 declares.
    """

    product_tags: tuple[IneligibleProductTag, ...]
    """The product Pins that cannot be tagged."""


class ItemsFailed(PinterestError):
    """Of a write of several things some failed, or all; the others are done.

    Raised by `raise_for_failures()` of the response, never by the call itself.
    """

    def __init__(self, message: str, *, failures: tuple[Failure, ...] = ()) -> None:
        super().__init__(message)
        self.failures = failures
        """What failed, in the order of the response."""
        self.may_have_applied = True

    @classmethod
    def of(cls, failures: tuple[Failure, ...]) -> ItemsFailed:
        """Return the error about what failed, which names the first few."""
        shown = [
            ("" if one.index is None else f"[{one.index}] ")
            + ("" if one.code is None else f"{one.code} ")
            + one.message
            for one in failures[:_NAMED]
        ]
        if len(failures) > _NAMED:
            shown.append(f"and {len(failures) - _NAMED} more")
        return cls(f"{len(failures)} failed: {'; '.join(shown)}", failures=failures)


class PagingError(PinterestError):
    """A listing does not come to an end: page after page is empty and names a next one."""


class RateLimitTooLong(PinterestError):
    """The wait for a rate limit is longer than `max_wait`, or waiting is off. Nothing was sent."""

    def __init__(
        self,
        message: str,
        *,
        retry_at: datetime,
        category: str,
        retry_after: float | None = None,
        reason: str = "window",
        window: Window | None = None,
    ) -> None:
        super().__init__(message)
        self.retry_at = retry_at
        """When the call is possible again; an aware datetime."""
        if retry_after is None:
            retry_after = max(0.0, (retry_at - datetime.now(UTC)).total_seconds())
        self.retry_after: float = retry_after
        """The same in seconds from when the error was raised."""
        self.category = category
        """The rate-limit category whose budget is used up, for example `org_read`."""
        self.reason = reason
        """Why: `window`, `pause`, `probe`, `pace`, `others` or `queue`."""
        self.window = window
        """The window that is used up, where it is one."""


class LoginFailed(PinterestError):
    """A login was refused by the user, was not the one that was begun, or was never finished."""

    def __init__(self, message: str, *, forged: bool = False) -> None:
        super().__init__(message)
        self.forged = forged
        """Whether the answer had another state than the login: somebody else may have made it."""


class ReauthorizationRequired(PinterestError):
    """The account's tokens are dead or gone: its owner has to log in again. Nothing else helps."""

    def __init__(self, message: str, *, account: str = "") -> None:
        super().__init__(message)
        self.account = account
        """The account, as its credentials name it."""


class APIError(PinterestError):
    """Pinterest answered, and refused. Statuses without a class of their own raise this one."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: int | None = None,
        operation: str = "",
        request_id: str | None = None,
        rate_limit: RateLimit | None = None,
        retry_after: float | None = None,
        may_have_applied: bool = False,
        body: bytes = b"",
        hint: str = "",
        details: Any = None,
    ) -> None:
        head = f"{operation}: " if operation else ""
        code_part = "" if code is None else f", code {code}"
        tail = f" ({hint})" if hint else ""
        request = f" [request {request_id}]" if request_id else ""
        super().__init__(f"{head}{status}{code_part}: {message}{tail}{request}")
        self.status = status
        """The HTTP status."""
        self.code = code
        """Pinterest's own number for the error. The same number means different things under
        different statuses."""
        self.message = message
        """Pinterest's words."""
        self.operation = operation
        """The id of the operation, for example `boards/get`."""
        self.request_id = request_id
        """Pinterest's id of the request, from `x-pinterest-rid`: quote it to their support."""
        self.rate_limit = rate_limit
        """What the response said about the rate limit."""
        self.retry_after = retry_after
        """Seconds to wait before the next try, where the response says so."""
        self.retry_at: datetime | None = None if retry_after is None else _moment_in(retry_after)
        """When they are over, an aware datetime; None where no moment is known."""
        self.may_have_applied = may_have_applied
        self.body: bytes = body[:KEPT_BODY]
        """The first 64 KiB of the response's body as it came, whether or not it is JSON."""
        self.hint = hint
        """What to do about it, where that is known."""
        self.details: Any = details
        """What Pinterest said beyond code and message, as JSON: for example which of several events
        were taken. None where it said no more."""

    def details_as(self, kind: type[T]) -> T | None:
        """Return `details` as a type; None where they have another form, or there are none.

        Two operations declare the form: `conversion_events.create` that of its response,
        `ConversionApiResponse`, with 422; `product_tags.bulk_add` that of `IneligibleProductTags`,
        with 400.

        Args:
            kind: a model, a dataclass, or any other type that msgspec reads.
        """
        # Commands that make no call raise errors, too, and start faster without it.
        import msgspec

        try:
            return msgspec.convert(self.details, kind, strict=False)
        except (msgspec.ValidationError, RecursionError):
            return None


class BadRequest(APIError):
    """400: a parameter is wrong. Code 12 is a passing fault of the server."""


class InvalidGrant(APIError):
    """Code 283: an authorization code or a refresh token that is used up, expired or revoked."""


class AuthenticationFailed(APIError):
    """401: the token is missing, expired, revoked, or made for the other host (code 2)."""


class MissingScope(AuthenticationFailed):
    """401, code 3: the token lacks a scope that the operation needs."""

    required_scopes: tuple[str, ...] = ()
    """The scopes that the operation needs, for example `("boards:read", "pins:read")`."""


class AppNotApproved(AuthenticationFailed):
    """401, code 3: the app itself is not approved for the feature. A new token does not help."""


class PermissionDenied(APIError):
    """403: the token is good, but its owner may not do this. A new token does not help."""


class TrialAccessError(PermissionDenied):
    """403, code 29: apps with Trial access may not do this outside the sandbox."""


class DataAccessDenied(PermissionDenied):
    """403, PINNER_DATA_ACCESS_DENIED: the app may not read the data of this kind of account."""


class NotFound(APIError):
    """404: there is no such thing, or the token may not see it."""


class Conflict(APIError):
    """409: it clashes with the present state, for example a section that another call holds."""


class UnprocessableRequest(APIError):
    """422: understood, but not, or not wholly, carried out."""


class RateLimited(APIError):
    """429: the quota of the category is used up. `retry_after` has the seconds, where known."""


class SpamBlocked(APIError):
    """429: Pinterest takes the calls for spam. Sending it again makes things worse."""


class LinkBlocked(SpamBlocked):
    """429: Pinterest has blocked the link of this Pin. Other Pins are not concerned."""


class ServerError(APIError):
    """5xx: a fault on Pinterest's side."""


def __dir__() -> list[str]:
    return [*__all__]
