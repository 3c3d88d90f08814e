"""Credentials of an app that acts for its own owner."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from pinterest_async.auth._flight import Flight
from pinterest_async.auth.credentials import Credentials
from pinterest_async.auth.refreshing import insist
from pinterest_async.auth.scopes import check_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pinterest_async.auth.app import App
    from pinterest_async.auth.oauth import OAuthApp
    from pinterest_async.auth.scopes import Scope
    from pinterest_async.auth.token import Token

# Before it expires a new token is asked for. Nothing is lost when that fails, so it may be short.
_AHEAD = 300.0
# A new token that is refused at once is not expired, and another one would not help.
_TOO_NEW = 5.0


class ClientCredentials(Credentials):
    """A token that acts for the app's owner, asked for whenever there is none that works.

    Not every operation takes it: `Operation.client_credentials` says which. Use it in one event
    loop.

    Args:
        app: the app.
        scopes: what the token may do.
        account: a name for the app's owner; by default the app's id.
        clock: tells the time, in seconds since 1970, UTC.

    Raises:
        ConfigurationError: a scope is unknown.
    """

    __slots__ = (
        "_clock",
        "_due",
        "_flight",
        "_got_at",
        "_oauth",
        "_token",
        "account",
        "app",
        "scopes",
    )

    def __init__(
        self,
        app: OAuthApp,
        scopes: Iterable[Scope],
        *,
        account: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.app: App | None = app
        self._oauth = app
        self.scopes: tuple[Scope, ...] = check_scopes(scopes)
        self.account: str = account or f"app-{app.id}"
        self._clock = clock
        self._flight: Flight[Token] = Flight()
        self._token: Token | None = None
        self._due = -math.inf
        self._got_at = -math.inf

    async def token(self) -> str:
        """Return an access token that is good for a while.

        Raises:
            APIError: Pinterest refused to give one.
            ConnectionFailed: Pinterest cannot be reached.
        """
        valid = self.valid_token()
        return valid or (await self._flight.join(self._obtain)).access

    def valid_token(self) -> str | None:
        """Return the access token if it is good for a while, else None."""
        token = self._token
        return token.access if token is not None and self._clock() < self._due else None

    async def rejected(self, token: str) -> bool:
        """Get another token in place of the one that Pinterest refused with 401, code 2.

        Returns:
            Whether there is another token now.

        Raises:
            PinterestError: as `token` does.
        """
        if self._token is None or self._token.access != token:
            return True
        if 0 <= self._clock() - self._got_at < _TOO_NEW:
            return False
        return (await self._flight.join(self._obtain)).access != token

    async def aclose(self) -> None:
        """Wait for a request that is under way."""
        await self._flight.settle()

    def __repr__(self) -> str:
        return f"<ClientCredentials of {self.account!r} with {self._oauth!r}>"

    async def _obtain(self) -> Token:
        token = await insist(lambda: self._oauth.client_credentials(self.scopes))
        now = self._clock()
        left = math.inf if token.expires_at is None else token.expires_at - now
        self._token, self._got_at = token, now
        self._due = now + max(left - _AHEAD, left / 2)
        return token
