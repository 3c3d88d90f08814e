"""Credentials of an app that acts for its own owner."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from pinterest_async.auth._obtained import ObtainedToken
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


class ClientCredentials(ObtainedToken):
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
        "_oauth",
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
        super().__init__(clock)
        self.app: App | None = app
        self._oauth = app
        self.scopes: tuple[Scope, ...] = check_scopes(scopes)
        self.account: str = account or f"app-{app.id}"

    async def token(self) -> str:
        """Return an access token that is good for a while.

        Raises:
            APIError: Pinterest refused to give one.
            ConnectionFailed: Pinterest cannot be reached.
        """
        return await self._current()

    async def rejected(self, token: str) -> bool:
        """Get another token in place of the one that Pinterest refused with 401, code 2.

        Returns:
            Whether there is another token now.

        Raises:
            PinterestError: as `token` does.
        """
        replaced = self._is_replaced(token)
        if replaced is not None:
            return replaced
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
        self._token, self._obtained_at = token, now
        self._due = now + max(left - _AHEAD, left / 2)
        return token
