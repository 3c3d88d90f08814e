"""What the stores share whose medium blocks the thread that reads or writes it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinterest_async.auth.token import Token


class BlockingTokenStore(ABC):
    """Offers the methods of a store, each of which does its work in a thread."""

    async def load(self, account: str) -> Token | None:
        """Return the account's token, None where there is none."""
        return await asyncio.to_thread(self._load, account)

    async def save(self, account: str, token: Token) -> None:
        """Keep `token`, whatever was kept before. When it returns, the medium has it."""
        await asyncio.to_thread(self._save, account, token)

    async def swap(self, account: str, old: Token | None, new: Token) -> bool:
        """Keep `new` if the access token that is kept is still the one of `old`."""
        return await asyncio.to_thread(self._swap, account, old, new)

    async def delete(self, account: str) -> None:
        """Forget the account's token, if there is one."""
        await asyncio.to_thread(self._delete, account)

    @abstractmethod
    def _load(self, account: str) -> Token | None: ...

    @abstractmethod
    def _save(self, account: str, token: Token) -> None: ...

    @abstractmethod
    def _swap(self, account: str, old: Token | None, new: Token) -> bool: ...

    @abstractmethod
    def _delete(self, account: str) -> None: ...
