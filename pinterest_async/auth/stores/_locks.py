"""Locks between tasks, and between processes: files that the operating system unlocks on death."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from pinterest_async.auth.stores import TokenStoreError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

POLL: Final = 0.02
"""Seconds between two looks at a lock that another process holds."""
PATIENCE: Final = 120.0
"""Seconds until a lock that another process holds is an error: longer than any refresh takes."""

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        # The system's own waiting looks once a second, and gives up after ten.
        given_up_at = time.monotonic() + PATIENCE
        while not _try_lock(descriptor):
            if time.monotonic() >= given_up_at:
                raise OSError(errno.EDEADLK, "another process does not let go of it")
            time.sleep(POLL)

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the lock that a file stands for. It blocks: for threads, and for moments only."""
    descriptor = _open(path)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


class FileLocks:
    """A lock for each account, between the tasks of a process first and then between processes."""

    def __init__(self) -> None:
        self._tasks = TaskLocks()

    @asynccontextmanager
    async def hold(self, account: str, path: Path) -> AsyncGenerator[None]:
        """Wait for the account's lock, and hold it meanwhile.

        Raises:
            TokenStoreError: another process has not let go of it for too long, or the file cannot
                be opened.
        """
        async with self._tasks.hold(account):
            # Not in a thread: this takes microseconds, and when the task is cancelled while a
            # thread opens the file, nobody would be left to close it.
            try:
                descriptor = _open(path)
            except OSError as error:
                raise TokenStoreError(
                    f"the lock {path} cannot be opened: {error.strerror}", account=account
                ) from error
            try:
                await self._acquire(descriptor, account, path)
                yield
            finally:
                os.close(descriptor)

    async def _acquire(self, descriptor: int, account: str, path: Path) -> None:
        loop = asyncio.get_running_loop()
        given_up_at = loop.time() + PATIENCE
        while not _try_lock(descriptor):
            if loop.time() >= given_up_at:
                raise TokenStoreError(
                    f"another process has held the lock {path} for {PATIENCE:g} s: look what "
                    "it is doing, or end it",
                    account=account,
                )
            await asyncio.sleep(POLL)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)


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
