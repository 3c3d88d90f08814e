"""A token, with all that is known of it."""

from __future__ import annotations

import math
import re
import time
from typing import Any, Final, Literal, NoReturn, Self, TypeAlias

import msgspec

from pinterest_async._secret import SecretBytes, hidden
from pinterest_async.auth.credentials import check_access_token

Environment: TypeAlias = Literal["production", "sandbox"]
"""Where a token is good. The tokens of one host are refused by the other."""


LONGEST_LIFE: Final = 10 * 365 * 86400.0
"""Seconds after which a token counts as expired, whatever longer life Pinterest gives it."""


# Members that are text or numbers, in a body that is no sound JSON.
_MEMBER = re.compile(
    rb'"(access_token|refresh_token|expires_in|refresh_token_expires_in|refresh_token_expires_at|scope)"'
    rb'\s*:\s*("[^"\\]*"|[0-9.eE+-]+(?=[\s,}]))'
)


class TokenResponse(msgspec.Struct):
    """A response that brings tokens, which nothing that stands beside them can spoil."""

    access_token: str | None = None
    refresh_token: str | None = None
    expires_in: msgspec.Raw = msgspec.Raw(b"null")
    refresh_token_expires_in: msgspec.Raw = msgspec.Raw(b"null")
    refresh_token_expires_at: msgspec.Raw = msgspec.Raw(b"null")
    scope: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def scope_text(self) -> str | None:
        """The scopes as they came, None where they are no text."""
        try:
            return msgspec.json.decode(self.scope, type=str)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def access_expiry(self, now: float) -> float | None:
        """Return when the access token expires, in seconds since 1970; None if unknown."""
        return _expiry(now, _number(self.expires_in))

    def refresh_expiry(self, now: float) -> float | None:
        """Return when the refresh token expires, in seconds since 1970; None if unknown."""
        left = _number(self.refresh_token_expires_in)
        if left is None:
            moment = _number(self.refresh_token_expires_at)
            left = None if moment is None else moment - now
        return _expiry(now, left)

    def __repr__(self) -> str:
        return "<TokenResponse>"


class _Stored(msgspec.Struct, kw_only=True):
    """A token as the stores keep it. Members that a later version adds are passed over."""

    access: str
    refresh: str | None = None
    expires_at: float | None = None
    refresh_expires_at: float | None = None
    scopes: tuple[str, ...] = ()
    environment: Environment = "production"
    refresh_refused_to: str | None = None

    def __repr__(self) -> str:
        return "<stored token>"


class Token:
    """An access token, the refresh token that renews it, and what is known of both.

    It cannot be changed. Its `repr` shows no secret, and it refuses to be pickled: `to_json` is the
    one way to write it down.

    Args:
        access: the access token.
        refresh: the refresh token, if there is one.
        expires_at: when the access token expires, in seconds since 1970, UTC; None if unknown.
        refresh_expires_at: the same for the refresh token.
        scopes: what its owner has allowed.
        environment: where it is good.
        refresh_refused_to: a hash of the id and secret of the app to which Pinterest refused the
            refresh token; None while it was not refused. `RefreshingCredentials` set it, so that
            one refusal is enough for all that share a store.

    Raises:
        ConfigurationError: the access token cannot be sent in a header.
    """

    __slots__ = (
        "access",
        "environment",
        "expires_at",
        "refresh",
        "refresh_expires_at",
        "refresh_refused_to",
        "scopes",
    )

    access: Final[str]
    refresh: Final[str | None]
    expires_at: Final[float | None]
    refresh_expires_at: Final[float | None]
    scopes: Final[tuple[str, ...]]
    environment: Final[Environment]
    refresh_refused_to: Final[str | None]

    def __init__(
        self,
        access: str,
        *,
        refresh: str | None = None,
        expires_at: float | None = None,
        refresh_expires_at: float | None = None,
        scopes: tuple[str, ...] = (),
        environment: Environment = "production",
        refresh_refused_to: str | None = None,
    ) -> None:
        access = hidden(access)
        refresh = None if refresh is None else hidden(refresh)
        self.access = str(check_access_token(access))
        self.refresh = str(refresh) if refresh else None
        self.expires_at = expires_at
        self.refresh_expires_at = refresh_expires_at
        self.scopes = scopes
        self.environment = environment
        self.refresh_refused_to = refresh_refused_to

    @property
    def expires_in(self) -> float | None:
        """Seconds until the access token expires, 0.0 once it has; None if unknown."""
        return _left(self.expires_at)

    @property
    def refresh_expires_in(self) -> float | None:
        """Seconds until the refresh token expires, 0.0 once it has; None if unknown."""
        return _left(self.refresh_expires_at)

    def to_json(self) -> bytes:
        """Write the token down with its secrets in plain text, for `from_json` to read."""
        return msgspec.json.encode({name: getattr(self, name) for name in self.__slots__})

    def with_refresh_refused_to(self, app: str) -> Token:
        """Return this token with a note that its refresh token was refused to `app`."""
        members: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        members["refresh_refused_to"] = app
        return Token(**members)

    @classmethod
    def from_json(cls, text: bytes | str) -> Self:
        """Read what `to_json` has written.

        Raises:
            ValueError: it is something else.
        """
        try:
            text = SecretBytes(text.encode() if isinstance(text, str) else text)
            stored = msgspec.json.decode(text, type=_Stored)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            # The words of the decoder may quote a value.
            raise ValueError("this is not a token that was written with to_json") from None
        return cls(**msgspec.structs.asdict(stored))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Token):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self) -> int:
        return hash(self.access)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Token is not pickled, to keep its secrets in; write down its to_json()")

    def __repr__(self) -> str:
        return (
            f"Token(<access>, refresh={'<refresh>' if self.refresh else None}, "
            f"expires_at={self.expires_at}, refresh_expires_at={self.refresh_expires_at}, "
            f"scopes={self.scopes}, environment={self.environment!r})"
        )


def read_token_response(raw: bytes) -> TokenResponse | None:
    """Read a response. A body that cannot be decoded still gives the tokens that stand in it.

    The refresh token that was sent for them may be spent, so they must not be lost.

    Returns:
        What was read, None where there is no access token in it.
    """
    try:
        response = msgspec.json.decode(raw, type=TokenResponse)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        members: dict[str, Any] = {}
        for name, value in _MEMBER.findall(raw):
            members.setdefault(name.decode(), value)
        for name in ("access_token", "refresh_token"):
            if name in members:
                members[name] = members[name].strip(b'"').decode("ascii", "replace")
        for name in members.keys() - {"access_token", "refresh_token"}:
            members[name] = msgspec.Raw(members[name])
        response = TokenResponse(**members)
    return response if response.access_token else None


def _number(raw: msgspec.Raw) -> float | None:
    """Read a number, also one that came as text, or that is out of range."""
    try:
        number = float(bytes(raw).strip(b'"'))
    except ValueError:
        return None
    return None if math.isnan(number) else number


def _expiry(now: float, left: float | None) -> float | None:
    return None if left is None else now + min(max(left, 0.0), LONGEST_LIFE)


def _left(moment: float | None) -> float | None:
    return None if moment is None else max(0.0, moment - time.time())
