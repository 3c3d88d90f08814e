"""What a client needs of an account's credentials, and tokens that stay as they are."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from pinterest_async._secret import hidden
from pinterest_async.errors import ConfigurationError

if TYPE_CHECKING:
    from pinterest_async.auth.app import App


class Credentials(ABC):
    """What a client needs of an account's credentials: what credentials are derived from."""

    __slots__ = ()

    account: str
    """A key that names the account without giving away a secret; its limits are kept by it."""
    app: App | None = None
    """The app that the account has authorised, where its id and secret are known."""
    conversion: bool = False
    """Whether its tokens are conversion tokens, to which no known limit applies."""

    def valid_token(self) -> str | None:
        """Return the token if nothing has to be waited for; it spares every call a coroutine."""
        return None

    @abstractmethod
    async def token(self) -> str:
        """Return an access token that is valid for long enough to send a request with it."""

    async def rejected(self, token: str) -> bool:  # noqa: ARG002  # for those who have another
        """Hear that Pinterest refused `token` with 401, code 2.

        Returns:
            Whether `token()` now gives another one, so that it is worth sending the request again.
        """
        return False


class StaticToken(Credentials):
    """An access token that stays as it is until it expires.

    Args:
        token: the access token, which begins with `pina_`.
        account: a name for the account; by default made from a hash of the token.
        app: the app's id and secret, needed only for the operations that ask for them.
        conversion: whether it is a conversion token; see `ConversionToken`.

    Raises:
        ConfigurationError: the token is empty or holds blanks.
    """

    __slots__ = ("_token", "account", "app", "conversion")

    def __init__(
        self,
        token: str,
        *,
        account: str | None = None,
        app: App | None = None,
        conversion: bool = False,
    ) -> None:
        token = hidden(token)
        self.account: str = account or ""
        self._token = str(check_access_token(token))
        self.account = account or fingerprint(token)
        self.app: App | None = app
        self.conversion: bool = conversion

    async def token(self) -> str:
        """Return the token."""
        return self._token

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<token>, account={self.account!r})"


class ConversionToken(StaticToken):
    """A token that can only send conversion events, and to which Pinterest applies no limit.

    It comes from Ads Manager, or from `OAuthApp.conversion_token`. It does not expire.

    Args:
        token: the token.
        account: a name for the account; by default made from a hash of the token.

    Raises:
        ConfigurationError: the token is empty or holds blanks.

    Pinterest: https://developers.pinterest.com/docs/reference/rate-limits/
    """

    __slots__ = ()

    def __init__(self, token: str, *, account: str | None = None) -> None:
        super().__init__(token, account=account, conversion=True)


def check_access_token(token: str) -> str:
    """Return `token`.

    Raises:
        ConfigurationError: it cannot be sent in a header.
    """
    if not isinstance(token, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(f"an access token is a string, not {type(token).__name__}")
    if not token.strip():
        raise ConfigurationError(
            "the access token is empty: pass one, or set PINTEREST_ACCESS_TOKEN and use "
            "Pinterest.from_env()"
        )
    if not token.isascii() or not token.isprintable() or not set(token).isdisjoint(" \"'"):
        raise ConfigurationError(
            "the access token holds blanks, quotes or line breaks: pass the token alone, without "
            "'Bearer'"
        )
    return token


def fingerprint(secret: str) -> str:
    """Turn a token, or any long random text, into an account key that does not give it away."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
