"""The values that a client and a single call are set up with, checked when they are made."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, cast
from urllib.parse import urlsplit

import msgspec

from pinterest_async.errors import ConfigurationError
from pinterest_async.hooks import Listeners, ResponseReceived

__all__ = [
    "MAX_RESPONSE_BYTES",
    "PRODUCTION_URL",
    "SANDBOX_URL",
    "OnLimit",
    "Prefetch",
    "RequestOptions",
    "RetryPolicy",
    "SendPictures",
    "Tier",
    "Timeouts",
]

PRODUCTION_URL: Final = "https://api.pinterest.com/v5"
SANDBOX_URL: Final = "https://api-sandbox.pinterest.com/v5"

MAX_RESPONSE_BYTES: Final = 64 * 1024 * 1024
"""How large a response may be where nothing else was said."""

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"", "0", "false", "no", "off"})

Tier: TypeAlias = Literal["standard", "trial"]
"""The access that Pinterest has given to the app; it decides the starting limits."""

OnLimit: TypeAlias = Literal["wait", "raise"]
"""What a call does when its budget is used up."""

Prefetch: TypeAlias = Literal["auto", "always", "never"]
"""Whether the next page is fetched while this one is worked on; "auto": from the second page on."""

SendPictures: TypeAlias = Literal["never", "fallback"]
"""Whether a picture that Pinterest could not fetch from its address is sent along."""


class Timeouts(msgspec.Struct, frozen=True):
    """How long one request may take, in seconds.

    Waiting for a rate limit, for a free connection and between retries does not count; see
    `RequestOptions.deadline` for a bound on everything.

    Raises:
        ConfigurationError: a value is not above zero. `math.inf` stands for no timeout.
    """

    total: float = 30.0
    """From sending the request to the last byte of the response."""
    connect: float = 10.0
    """For opening a new connection, TLS included."""

    def __post_init__(self) -> None:
        _check_seconds("Timeouts.total", self.total, above_zero=True)
        _check_seconds("Timeouts.connect", self.connect, above_zero=True)


class RetryPolicy(msgspec.Struct, frozen=True):
    """How often, and at what pace, a failed request is sent again.

    Which failures qualify is not a matter of policy: reads and deletions after anything that may
    pass, other writes only when they surely did not take effect.

    Raises:
        ConfigurationError: a value is out of its bounds.
    """

    attempts: int = 3
    """Requests in all, 1 or more: 1 means that nothing is ever sent twice."""
    base: float = 0.5
    """Seconds; the n-th pause is drawn between 0 and `base * 2 ** (n - 1)`."""
    cap: float = 30.0
    """Seconds; no drawn pause is longer. A wait that the server asks for is kept in full."""

    def __post_init__(self) -> None:
        # bool is an int, and `attempts=True` is surely a mistake.
        if type(self.attempts) is not int or self.attempts < 1:
            raise ConfigurationError(
                f"RetryPolicy.attempts counts requests and must be 1 or more, not {self.attempts!r}"
            )
        _check_seconds("RetryPolicy.base", self.base)
        _check_seconds("RetryPolicy.cap", self.cap)


class RequestOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Settings for one call, or the defaults of a client. What is left None falls to the client's.

    Raises:
        ConfigurationError: a value is out of its bounds.
    """

    timeout: Timeouts | float | None = None
    """Bounds on one request; a number of seconds stands for `Timeouts(total=...)`."""
    retry: RetryPolicy | int | None = None
    """How often and at what pace to send again; a number of retries, 0 for none, stands for
    `RetryPolicy(number + 1)`."""
    headers: Mapping[str, str] | None = None
    """Headers to add to the request, or to send in place of the client's."""
    deadline: float | None = None
    """Seconds for the whole call: limits, retries and all. Each page of a listing has its own."""
    max_wait: float | None = None
    """The longest wait for a place in the rate limits, in seconds, once no other call stands in
    front in our own queue; a longer one raises `RateLimitTooLong`."""
    on_limit: OnLimit | None = None
    """`"raise"` never waits for a rate limit."""
    prefetch: Prefetch | None = None
    """Whether a listing fetches its next page ahead."""
    strict: bool | None = None
    """Whether a response that does not fit its type raises `DecodeError`; else it is repaired.
    A member that no model knows does not fit, either: else it is left out, and told to
    `Hooks.unknown_members` alone. Nor does one that stands twice in one object: else the last one
    is read. Looking for them takes several times as long as reading the response."""
    max_response_bytes: int | None = None
    """How large a response may be, in bytes, as it comes and inflated: 1 or more, by default
    64 MiB. A larger one raises `ResponseTooLarge`."""
    check_body: bool | None = None
    """Whether a body is held to Pinterest's description before it is sent, as it is by default:
    False lets members go that are newer than this package."""
    after_response: Listeners[ResponseReceived] | None = None
    """Called with what is known of each response: the rate limit, Pinterest's id of the request,
    the time. The client's hook of that name is called before it."""

    def __post_init__(self) -> None:
        if self.timeout is not None and not isinstance(self.timeout, Timeouts):
            _check_seconds("timeout", self.timeout, above_zero=True)
        _check_retry(self.retry)
        if self.deadline is not None:
            _check_seconds("deadline", self.deadline, above_zero=True)
        if self.max_wait is not None:
            _check_seconds("max_wait", self.max_wait)
        _check_choice("on_limit", self.on_limit, ("wait", "raise"))
        _check_choice("prefetch", self.prefetch, ("auto", "always", "never"))
        _check_instance("strict", self.strict, bool)
        _check_instance("check_body", self.check_body, bool)
        _check_response_bytes(self.max_response_bytes)
        heard = self.after_response
        listeners = () if heard is None else (heard,) if callable(heard) else heard
        if not all(map(callable, listeners)):
            raise ConfigurationError(
                f"after_response must be a function, not {self.after_response!r}"
            )
        _check_headers(self.headers)

    def over(self, base: RequestOptions) -> RequestOptions:
        """Return these options with what they leave out taken from `base`; headers are joined."""
        fields = {
            name: getattr(base, name) if getattr(self, name) is None else getattr(self, name)
            for name in self.__struct_fields__
        }
        if self.headers and base.headers:
            fields["headers"] = {**base.headers, **self.headers}
        return RequestOptions(**fields)

    def __repr__(self) -> str:
        """Show what is set, but only the names of headers: their values may be secret."""
        shown = [
            f"{name}={value!r}"
            for name in self.__struct_fields__
            if name != "headers" and (value := getattr(self, name)) is not None
        ]
        if self.headers:
            shown.append(f"headers=<{', '.join(self.headers)}>")
        return f"RequestOptions({', '.join(shown)})"


def check_base_url(url: str) -> str:
    """Return `url` without a trailing slash.

    Raises:
        ConfigurationError: it is not an http or https address, or holds more than host and path.
    """
    if not isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(f"base_url must be a string, not {type(url).__name__}")
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        host = parts.hostname or ""
        if not host.isascii() or any(not 0 < len(label) < 64 for label in host.split(".")):
            # What is refused here would fail every request, with a `UnicodeError`. Plain names are
            # spared the codec, whose tables take long to load.
            host.encode("idna")
    except ValueError:
        parts, sound = urlsplit(""), False
    if not sound:
        raise ConfigurationError(
            f"base_url must look like {PRODUCTION_URL!r}: a scheme, a host and a path"
        )
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigurationError("base_url must not hold a user, a query or a fragment")
    if not url.isascii() or any(character.isspace() for character in url):
        raise ConfigurationError("base_url must be plain ASCII without blanks")
    return url.rstrip("/")


def check_proxy(proxy: str | None, *, trust_env: bool, session: object) -> None:
    """See that requests can go through a proxy; an own session has one, or has none, already.

    Raises:
        ConfigurationError: they cannot; without the address, which may hold a password.
    """
    if session is not None and (proxy is not None or trust_env):
        raise ConfigurationError("proxy and trust_env: give them to the session that you pass")
    if proxy is None:
        return
    try:
        parts = urlsplit(proxy)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except (AttributeError, ValueError):
        sound = False
    if not sound:
        raise ConfigurationError(
            "proxy must be an address such as 'http://proxy.example:3128'; for SOCKS, pass a "
            "session of your own"
        )


def sandbox_in_environment() -> bool:
    """Whether PINTEREST_SANDBOX asks for the sandbox.

    Raises:
        ConfigurationError: it says neither yes nor no.
    """
    flag = os.environ.get("PINTEREST_SANDBOX", "").strip().lower()
    if flag not in _TRUE | _FALSE:
        raise ConfigurationError(f"PINTEREST_SANDBOX must be 1 or 0, not {flag!r}")
    return flag in _TRUE


def check_tier(tier: str) -> None:
    """Raise `ConfigurationError` unless `tier` is one that Pinterest gives."""
    if tier not in ("standard", "trial"):
        raise ConfigurationError(f"tier must be 'standard' or 'trial', not {tier!r}")


def _check_seconds(name: str, value: object, *, above_zero: bool = False) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or math.isnan(value) or value < 0 or (above_zero and value == 0):  # type: ignore[arg-type,operator]
        bound = "above zero" if above_zero else "zero or more"
        raise ConfigurationError(f"{name} is in seconds and must be {bound}, not {value!r}")


def _check_response_bytes(value: object) -> None:
    if value is not None and (type(value) is not int or value < 1):
        raise ConfigurationError(
            f"max_response_bytes must be a whole number of bytes, 1 or more, not {value!r}"
        )


def _check_choice(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        listed = " or ".join(repr(choice) for choice in choices)
        raise ConfigurationError(f"{name} must be {listed}, not {value!r}")


def _check_retry(value: object) -> None:
    # bool is an int, and `retry=True` does not say how often.
    if type(value) is int and value >= 0:
        return
    if value is not None and not isinstance(value, RetryPolicy):
        raise ConfigurationError(
            f"retry must be a RetryPolicy or a number of retries, zero or more, not {value!r}"
        )


def _check_instance(name: str, value: object, wanted: type) -> None:
    if value is not None and not isinstance(value, wanted):
        raise ConfigurationError(f"{name} must be a {wanted.__name__}, not {value!r}")


def _check_headers(headers: Mapping[str, str] | None) -> None:
    if headers is not None and not isinstance(headers, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        # Not named: they may hold a secret.
        raise ConfigurationError("headers must map strings to strings")
    for name, value in cast("Mapping[Any, Any]", headers or {}).items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConfigurationError("headers must map strings to strings")
        if not name or not name.isascii() or any(c <= " " or c in ":\x7f" for c in name):
            raise ConfigurationError(f"headers: {name!r} is not a header name")
        if any(c in "\r\n\0" for c in value):
            # The value stays out of the message: it may be a secret.
            raise ConfigurationError(f"headers: the value of {name!r} holds a line break")


def __dir__() -> list[str]:
    return [*__all__]
