"""A token store on SQLAlchemy: SQLite through aiosqlite, PostgreSQL through asyncpg, and others.

    async with SQLTokenStore("sqlite+aiosqlite:///tokens.db") as store:
        credentials = RefreshingCredentials(oauth, store, "alice")

`pinterest_async.testing.conformance` holds it to what credentials rely on; so it should a store of
your own. Encrypt the column `token` where others can read the database.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Self, cast

from sqlalchemy import (
    Column,
    Executable,
    Float,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from pinterest_async import TokenStoreError
from pinterest_async.auth import Token

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from types import TracebackType

    from sqlalchemy import CursorResult

LEASE: Final = 120.0
"""Seconds after which the lock of a process that died is free again."""
PAUSE: Final = 0.05
"""Seconds between two looks at a lock that another process holds."""

metadata = MetaData()
tokens = Table(
    "pinterest_tokens",
    metadata,
    Column("account", String(255), primary_key=True),
    # What a swap is decided by.
    Column("access", String(1024), nullable=False),
    Column("token", LargeBinary, nullable=False),
)
locks = Table(
    "pinterest_token_locks",
    metadata,
    Column("account", String(255), primary_key=True),
    Column("holder", String(32), nullable=False),
    Column("until", Float, nullable=False),
)


class SQLTokenStore:
    """Keeps a token for each account in a table, and who refreshes it in another."""

    def __init__(self, url: str) -> None:
        # Neither errors nor logs show what is kept; aiosqlite would, at DEBUG.
        self._engine = create_async_engine(url, hide_parameters=True)
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
        # Tasks of this process wait here, and ask the database one at a time.
        self._here: dict[str, asyncio.Lock] = {}

    async def __aenter__(self) -> Self:
        async with self._engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._engine.dispose()

    async def check(self) -> None:
        """Raise `TokenStoreError` unless the database answers, for a health check."""
        await self._run("", select(1))

    async def load(self, account: str) -> Token | None:
        """Return the account's token."""
        rows = await self._run(account, select(tokens.c.token).where(tokens.c.account == account))
        row = rows.first()
        return None if row is None else Token.from_json(cast("bytes", row[0]))

    async def save(self, account: str, token: Token) -> None:
        """Keep a token, whatever was kept before."""
        while True:
            change = update(tokens).where(tokens.c.account == account).values(_values(token))
            if (await self._run(account, change)).rowcount or await self._add(account, token):
                return

    async def swap(self, account: str, old: Token | None, new: Token) -> bool:
        """Keep `new` if the token that is kept is still `old`."""
        if old is None:
            return await self._add(account, new)
        change = (
            update(tokens)
            .where(tokens.c.account == account, tokens.c.access == old.access)
            .values(_values(new))
        )
        return (await self._run(account, change)).rowcount == 1

    async def delete(self, account: str) -> None:
        """Forget the account's token."""
        await self._run(account, delete(tokens).where(tokens.c.account == account))

    @asynccontextmanager
    async def lock(self, account: str) -> AsyncGenerator[None]:
        """Hold the account's lock, among all processes that use the database."""
        holder = uuid.uuid4().hex
        async with self._here.setdefault(account, asyncio.Lock()):
            try:
                while not await self._take(account, holder):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(PAUSE)
                yield
            finally:
                mine = delete(locks).where(locks.c.account == account, locks.c.holder == holder)
                # Whoever is cancelled meanwhile lets go of it, too.
                await asyncio.shield(self._run(account, mine))

    async def _add(self, account: str, token: Token) -> bool:
        try:
            await self._run(account, insert(tokens).values(account=account, **_values(token)))
        except TokenStoreError as error:
            if isinstance(error.__cause__, IntegrityError):
                return False
            raise
        return True

    async def _take(self, account: str, holder: str) -> bool:
        """Take the lock if nobody has it, or if its holder has been silent for too long."""
        now = time.time()
        values = {"holder": holder, "until": now + LEASE}
        late = update(locks).where(locks.c.account == account, locks.c.until < now).values(values)
        if (await self._run(account, late)).rowcount:
            return True
        try:
            await self._run(account, insert(locks).values(account=account, **values))
        except TokenStoreError as error:
            if isinstance(error.__cause__, IntegrityError):
                return False
            raise
        return True

    async def _run(self, account: str, statement: Executable) -> CursorResult[Any]:
        try:
            async with self._engine.begin() as connection:
                return cast("CursorResult[Any]", await connection.execute(statement))
        except SQLAlchemyError as error:
            # Its words may quote what was to be kept.
            raise TokenStoreError(
                f"the database failed: {type(error).__name__}", account=account
            ) from error


def _values(token: Token) -> dict[str, Any]:
    return {"access": token.access, "token": token.to_json()}
