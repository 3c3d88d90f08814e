"""A process of its own that calls the API with credentials from a shared store.

    python auth_worker.py BASE_URL STORE [FAULT_POINT]

The app's secret comes in the environment. For every line on stdin, which is the present time, it
makes some calls and answers with a line: `ok`, or the error. With a fault point it kills itself as
soon as it gets there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from unittest.mock import patch

from pinterest_async import Pinterest, PinterestError
from pinterest_async.auth import (
    FileTokenStore,
    OAuthApp,
    RedisTokenStore,
    RefreshingCredentials,
    Token,
    TokenStore,
)
from pinterest_async.auth.stores import redis
from tests.support.scripted import OpenLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

CALLS = 5

FAULT_POINTS = (
    "before load",
    "after load",
    "before lock",
    "after lock",
    "before refresh",
    "after refresh",
    "before swap",
    "before write",
    "before replace",
    "after replace",
    "after swap",
    "before release",
    "after release",
)
"""The steps of a refresh, in the order in which they are reached."""

DISK_POINTS = frozenset({"before write", "before replace", "after replace"})
"""The steps of writing a file."""

LOST = frozenset({"after refresh", "before swap", "before write", "before replace"})
"""Where the server has rotated the token, and nothing has kept the new one."""

_fault_point = sys.argv[3] if len(sys.argv) > 3 else ""


def reach(point: str) -> None:
    """Die here, if this is the place: no handler runs, nothing is closed."""
    if point == _fault_point:
        os.kill(os.getpid(), signal.SIGKILL)


class MortalApp(OAuthApp):
    """An app whose process may die around a refresh."""

    async def refresh(self, token: Token) -> Token:
        """Refresh, unless death comes first."""
        reach("before refresh")
        renewed = await super().refresh(token)
        reach("after refresh")
        return renewed


class MortalStore:
    """A store whose process may die around each of its steps."""

    def __init__(self, store: TokenStore) -> None:
        self._store = store

    async def load(self, account: str) -> Token | None:
        """Load, unless death comes first."""
        reach("before load")
        token = await self._store.load(account)
        reach("after load")
        return token

    async def save(self, account: str, token: Token) -> None:
        """Save."""
        await self._store.save(account, token)

    async def swap(self, account: str, old: Token | None, new: Token) -> bool:
        """Swap, unless death comes first."""
        reach("before swap")
        swapped = await self._store.swap(account, old, new)
        reach("after swap")
        return swapped

    async def delete(self, account: str) -> None:
        """Delete."""
        await self._store.delete(account)

    @contextlib.asynccontextmanager
    async def lock(self, account: str) -> AsyncGenerator[None]:
        """Hold the lock, unless death comes first."""
        reach("before lock")
        async with self._store.lock(account):
            reach("after lock")
            yield
            reach("before release")
        reach("after release")


@contextlib.contextmanager
def mortal_disk() -> Generator[None]:
    """Let death come between the steps of writing a file."""
    sync, replace = os.fsync, Path.replace

    def mortal_sync(descriptor: int) -> None:
        reach("before write")
        sync(descriptor)

    def mortal_replace(self: Path, target: Path) -> Path:
        reach("before replace")
        replaced = replace(self, target)
        reach("after replace")
        return replaced

    with patch("os.fsync", mortal_sync), patch.object(Path, "replace", mortal_replace):
        yield


async def work(base_url: str, where: str) -> NoReturn:
    """Do as the lines on stdin say."""
    now = 0.0
    store: TokenStore = RedisTokenStore(where) if "://" in where else FileTokenStore(where)
    app = MortalApp(
        "1477000",
        os.environ["TEST_APP_SECRET"],
        base_url=base_url,
        clock=lambda: now,
    )
    credentials = RefreshingCredentials(app, MortalStore(store), "alice", clock=lambda: now)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    async with Pinterest(credentials, base_url=base_url, limits=OpenLimiter()) as client:
        while line := await reader.readline():
            now = float(line)
            try:
                users = await asyncio.gather(*(client.user_account.get() for _ in range(CALLS)))
            except PinterestError as error:
                sys.stdout.write(f"{type(error).__name__}: {error}\n")
            else:
                names = {user.username for user in users}
                sys.stdout.write("ok\n" if names == {"alice"} else f"{names}\n")
            sys.stdout.flush()
    sys.exit(0)


if __name__ == "__main__":
    # A lock of the dead keeps nobody waiting for long in a test.
    with patch.object(redis, "LOCK_SECONDS", 1.0), mortal_disk():
        asyncio.run(work(sys.argv[1], sys.argv[2]))
