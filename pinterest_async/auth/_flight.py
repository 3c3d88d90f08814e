"""One piece of work for any number of tasks that wait for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pinterest_async.errors import PinterestError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

# The event loop holds its tasks weakly, and whoever began the work may be gone before it ends.
_UNDER_WAY: set[asyncio.Task[Any]] = set()


class Flight(Generic[T]):
    """Runs work in a task of its own, once at a time, for all who ask meanwhile.

    It goes on when those who wait are cancelled, be they all of them: work that has changed
    something elsewhere must come to its end.
    """

    __slots__ = ("_task",)

    def __init__(self) -> None:
        self._task: asyncio.Task[T] | None = None

    async def join(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Wait for the work under way, or begin it, and return its outcome."""
        while True:
            task = self._task
            if task is None:
                task = self._task = asyncio.create_task(work())
                _UNDER_WAY.add(task)
                task.add_done_callback(self._landed)
            await asyncio.wait((task,))
            if task.cancelled():
                # Somebody cancelled the work but not this task, which still wants it done.
                continue
            error = task.exception()
            if error is None:
                return task.result()
            raise _own_copy(error)

    async def settle(self) -> None:
        """Wait until no work is under way."""
        if self._task is not None:
            await asyncio.wait((self._task,))

    def _landed(self, task: asyncio.Task[T]) -> None:
        self._task = None
        _UNDER_WAY.discard(task)
        if not task.cancelled():
            # Looked at, so that asyncio does not complain where nobody else was left to.
            task.exception()


async def settle_all() -> None:
    """Wait until no such work is under way in this event loop."""
    loop = asyncio.get_running_loop()
    tasks = [task for task in _UNDER_WAY if task.get_loop() is loop]
    if tasks:
        await asyncio.wait(tasks)


def _own_copy(error: BaseException) -> BaseException:
    """Return the error for one of several tasks: each may add to what it is given."""
    if not isinstance(error, PinterestError):
        return error
    copy = type(error).__new__(type(error))
    copy.args = error.args
    copy.__dict__.update(error.__dict__)
    copy.__cause__ = error.__cause__
    return copy.with_traceback(error.__traceback__)
