"""What a token store does, and the one that lives in memory."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractAsyncContextManager

    from pinterest_async.auth.token import Token


class TokenStore(Protocol):
    """Keeps one token for each account.

    Raises:
        TokenStoreError: by any of its methods, where the store cannot be read or written.
    """

    async def load(self, account: str) -> Token | None:
        """Return the account's token, None where there is none."""
        ...

    async def save(self, account: str, token: Token) -> None:
        """Keep `token`, whatever was kept before. What it returns from survives a crash."""
        ...

    async def swap(self, account: str, old: Token | None, new: Token) -> bool:
        """Keep `new` if the access token that is kept is still the one of `old`.

        Args:
            account: the account.
            old: the token that `new` replaces; None where there must be none yet.
            new: the token to keep.

        Returns:
            Whether it was kept. If not, somebody else has saved or deleted the token meanwhile.
        """
        ...

    async def delete(self, account: str) -> None:
        """Forget the account's token, if there is one."""
        ...

    def lock(self, account: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else holds the account's lock, and hold it meanwhile.

        It is held while a token is refreshed, in all processes that share the store. `save`, `swap`
        and `delete` do not ask for it.
        """
        ...


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


class TaskLocks:
    """A lock between tasks for each account, forgotten as soon as nobody wants it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[asyncio.AbstractEventLoop, str], asyncio.Lock] = (
            WeakValueDictionary()
        )

    @asynccontextmanager
    async def hold(self, account: str) -> AsyncGenerator[None]:
        """Wait for the account's lock, and hold it meanwhile."""
        key = asyncio.get_running_loop(), account
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock:
            yield


def same(kept: Token | None, expected: Token | None) -> bool:
    """Whether a store holds what is expected: the same access token, or none."""
    if kept is None or expected is None:
        return kept is expected
    return kept.access == expected.access
