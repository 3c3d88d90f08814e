"""A token, with all that is known of it."""

from __future__ import annotations

import time
from typing import Any, Final, Literal, NoReturn, Self, TypeAlias

import msgspec

from pinterest_async.auth.credentials import check_access_token

Environment: TypeAlias = Literal["production", "sandbox"]
"""Where a token is good. The tokens of one host are refused by the other."""


class _Stored(msgspec.Struct, kw_only=True):
    """A token as the stores keep it. Members that a later version adds are passed over."""

    access: str
    refresh: str | None = None
    expires_at: float | None = None
    refresh_expires_at: float | None = None
    scopes: tuple[str, ...] = ()
    environment: Environment = "production"


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

    Raises:
        ConfigurationError: the access token cannot be sent in a header.
    """

    __slots__ = (
        "access",
        "environment",
        "expires_at",
        "refresh",
        "refresh_expires_at",
        "scopes",
    )

    access: Final[str]
    refresh: Final[str | None]
    expires_at: Final[float | None]
    refresh_expires_at: Final[float | None]
    scopes: Final[tuple[str, ...]]
    environment: Final[Environment]

    def __init__(
        self,
        access: str,
        *,
        refresh: str | None = None,
        expires_at: float | None = None,
        refresh_expires_at: float | None = None,
        scopes: tuple[str, ...] = (),
        environment: Environment = "production",
    ) -> None:
        self.access = check_access_token(access)
        self.refresh = refresh or None
        self.expires_at = expires_at
        self.refresh_expires_at = refresh_expires_at
        self.scopes = scopes
        self.environment = environment

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

    @classmethod
    def from_json(cls, text: bytes | str) -> Self:
        """Read what `to_json` has written.

        Raises:
            ValueError: it is something else.
        """
        try:
            stored = msgspec.json.decode(text, type=_Stored)
        except (msgspec.DecodeError, UnicodeDecodeError):
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


def _left(moment: float | None) -> float | None:
    return None if moment is None else max(0.0, moment - time.time())
