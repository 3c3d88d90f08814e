"""Tokens in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async.auth.stores import same
from pinterest_async.auth.stores._locks import TaskLocks

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from pinterest_async.auth.token import Token


class MemoryTokenStore:
    """Keeps tokens until the process ends, for the tasks of one event loop."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._locks = TaskLocks()

    async def load(self, account: str) -> Token | None:
        """Return the account's token, None where there is none."""
        return self._tokens.get(account)

    async def save(self, account: str, token: Token) -> None:
        """Keep `token`, whatever was kept before."""
        self._tokens[account] = token

    async def swap(self, account: str, old: Token | None, new: Token) -> bool:
        """Keep `new` if the access token that is kept is still the one of `old`."""
        if not same(self._tokens.get(account), old):
            return False
        self._tokens[account] = new
        return True

    async def delete(self, account: str) -> None:
        """Forget the account's token, if there is one."""
        self._tokens.pop(account, None)

    def lock(self, account: str) -> AbstractAsyncContextManager[None]:
        """Hold the account's lock."""
        return self._locks.hold(account)

    def __repr__(self) -> str:
        return f"<MemoryTokenStore of {len(self._tokens)} tokens>"
