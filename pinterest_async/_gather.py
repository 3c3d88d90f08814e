"""Many calls at a time, but never more than so many: what each came to, one after the other.

The module is not called `gather`, because importing it would then hide the function of that name in
the package.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

from pinterest_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

T = TypeVar("T")

Call: TypeAlias = Awaitable[T] | Callable[[], Awaitable[T]]
"""What `gather` takes: an awaitable, or a function without arguments that makes one."""


class Outcome(Generic[T]):
    """What one call came to: its value, or the error that it ended with."""

    __slots__ = ("_done", "index")

    def __init__(self, index: int, done: asyncio.Future[T]) -> None:
        self.index: int = index
        """The place of the call among those that were given, from 0."""
        self._done = done

    @property
    def error(self) -> BaseException | None:
        """The error, or None. A call that was cancelled by others has a `CancelledError`."""
        return asyncio.CancelledError() if self._done.cancelled() else self._done.exception()

    @property
    def value(self) -> T:
        """What the call returned.

        Raises:
            BaseException: the error, where the call ended with one.
        """
        return self._done.result()

    def __repr__(self) -> str:
        error = self.error
        ended = "a value" if error is None else type(error).__name__
        return f"<Outcome {self.index}: {ended}>"


@overload
def gather(
    calls: Iterable[Callable[[], Awaitable[T]]] | AsyncIterable[Callable[[], Awaitable[T]]],
    *,
    limit: int = 50,
    in_order: bool = False,
) -> AsyncGenerator[Outcome[T], None]: ...


@overload
def gather(
    calls: Iterable[Awaitable[T]] | AsyncIterable[Awaitable[T]],
    *,
    limit: int = 50,
    in_order: bool = False,
) -> AsyncGenerator[Outcome[T], None]: ...


@overload
def gather(
    calls: Iterable[Call[T]] | AsyncIterable[Call[T]], *, limit: int = 50, in_order: bool = False
) -> AsyncGenerator[Outcome[T], None]: ...


def gather(
    calls: Iterable[Call[T]] | AsyncIterable[Call[T]], *, limit: int = 50, in_order: bool = False
) -> AsyncGenerator[Outcome[T], None]:
    """Make many calls, `limit` of them at a time, and hand out what each came to.

        calls = (partial(pinterest.pins.get, pin_id) for pin_id in pin_ids)
        async for outcome in gather(calls, limit=20):
            if outcome.error is None:
                print(outcome.value.title)

    An error ends its own call alone. `calls` may be endless: it is read only as places get free,
    and a call keeps its place from its start until its outcome is handed out, so that a slow reader
    holds the calls back. Functions are better than coroutines, which Python complains about when
    they are never awaited. An error of `calls` itself is raised after all calls that it gave.

    Leaving the loop ends what is under way: it is cancelled, and waited for, and where `calls` is a
    generator it is closed. After a `break` that happens as soon as the event loop runs;
    `contextlib.aclosing` makes it happen at once.

    Args:
        calls: awaitables or functions without arguments that return one; sync or async iterable.
        limit: how many calls are under way, or done and not handed out, at most; 1 or more.
        in_order: whether to hand them out in the order of `calls`, not as they come.

    Raises:
        ConfigurationError: `limit` is below 1.
    """
    # bool is an int, and `limit=True` is surely a mistake.
    if type(limit) is not int or limit < 1:
        raise ConfigurationError(f"limit counts calls and must be 1 or more, not {limit!r}")
    return _outcomes(each(calls), limit, in_order=in_order)


async def _outcomes(
    calls: AsyncGenerator[Call[T], None], limit: int, *, in_order: bool
) -> AsyncGenerator[Outcome[T], None]:
    places = asyncio.Semaphore(limit)
    under_way: set[asyncio.Future[T]] = set()
    # None says that there are no further calls.
    ready: asyncio.Queue[Outcome[T] | None] = asyncio.Queue()

    async def start_calls() -> None:
        index = 0
        while True:
            await places.acquire()
            try:
                call = await anext(calls)
            except StopAsyncIteration:
                return
            done = _started(call)
            under_way.add(done)
            outcome = Outcome(index, done)
            if in_order:
                ready.put_nowait(outcome)
            else:
                done.add_done_callback(partial(_hand_in, ready, outcome))
            index += 1

    starting = asyncio.create_task(start_calls())
    starting.add_done_callback(lambda _: ready.put_nowait(None))
    try:
        while under_way or not starting.done() or not ready.empty():
            outcome = await ready.get()
            if outcome is None:
                continue
            done = outcome._done  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            if not done.done():
                await asyncio.wait([done])
            under_way.discard(done)
            places.release()
            if not done.cancelled():
                # Looked at, so that asyncio does not report as lost what the reader passes over.
                done.exception()
            yield outcome
        starting.result()
    finally:
        await _end([starting, *under_way])
        await calls.aclose()


def _hand_in(
    ready: asyncio.Queue[Outcome[T] | None], outcome: Outcome[T], _: asyncio.Future[T]
) -> None:
    ready.put_nowait(outcome)


def _started(call: Call[T]) -> asyncio.Future[T]:
    if callable(call):
        return asyncio.create_task(_called(call))
    return asyncio.ensure_future(call)


async def _called(call: Callable[[], Awaitable[T]]) -> T:
    return await call()


async def each(items: Iterable[T] | AsyncIterable[T]) -> AsyncGenerator[T, None]:
    """Walk what may be asynchronous or not; when it is closed, a generator behind it is as well."""
    if isinstance(items, AsyncIterable):
        walk = aiter(items)
        try:
            async for item in walk:
                yield item
        finally:
            if isinstance(walk, AsyncGenerator):
                await walk.aclose()
    else:
        for item in items:
            yield item


async def _end(futures: Sequence[asyncio.Future[Any]]) -> None:
    """Cancel what is not done, wait for it, and look at its error: nobody else will."""
    for future in futures:
        future.cancel()
    await asyncio.wait(futures)
    for future in futures:
        if not future.cancelled():
            future.exception()
