"""Tokens that are obtained when they are wanted, and used until they are due."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING

from pinterest_async.auth._flight import Flight
from pinterest_async.auth.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinterest_async.auth.token import Token

# A new token that is refused at once is not expired, and another one would not help.
_TOO_NEW = 5.0


class ObtainedToken(Credentials):
    """What credentials have in common that obtain their token: one at a time, for all who wait.

    Args:
        clock: tells the time, in seconds since 1970, UTC.
    """

    __slots__ = ("_clock", "_due", "_flight", "_obtained_at", "_token")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._flight: Flight[Token] = Flight()
        self._token: Token | None = None
        self._due = -math.inf
        """When the token is not to be used any more without asking for another."""
        self._obtained_at = -math.inf

    def valid_token(self) -> str | None:
        """Return the access token if it is good for a while, else None."""
        token = self._token
        return token.access if token is not None and self._clock() < self._due else None

    async def _current(self) -> str:
        """Return the access token, another one where that is due."""
        valid = self.valid_token()
        return valid or (await self._flight.join(self._obtain)).access

    def _is_replaced(self, refused: str) -> bool | None:
        """Whether there is another token than the one refused; None where it is to be obtained."""
        if self._token is None or self._token.access != refused:
            return True
        if 0 <= self._clock() - self._obtained_at < _TOO_NEW:
            return False
        return None

    @abstractmethod
    async def _obtain(self) -> Token:
        """Get a token, and keep it as `_token` until `_due`."""
