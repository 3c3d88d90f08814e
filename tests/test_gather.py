"""`gather`: never more calls than allowed, every outcome once, nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections import deque
from contextlib import aclosing
from functools import partial
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

import pinterest_async
from pinterest_async import ConfigurationError, NotFound, Outcome, Pinterest, RetryPolicy, gather
from pinterest_async.emulator import Answer, Disconnect, Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from pinterest_async._gather import Call


class Workshop:
    """Makes calls that end when they are told to, and counts them."""

    def __init__(self) -> None:
        self.given = 0
        self.under_way = 0
        self.most = 0
        self.ended = 0
        self.turns: deque[asyncio.Future[None]] = deque()

    async def call(self, value: int) -> int:
        """Return `value` a few turns of the event loop later; 13 and its multiples fail."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for _ in range(value * 7 % 5):
                await asyncio.sleep(0)
        finally:
            self.under_way -= 1
            self.ended += 1
        if value and value % 13 == 0:
            raise ValueError(value)
        return value

    async def for_ever(self) -> int:
        """Wait until cancelled."""
        self.under_way += 1
        try:
            await asyncio.get_running_loop().create_future()
            return 0
        finally:
            self.under_way -= 1
            self.ended += 1

    def calls(self, numbers: Iterator[int] | range) -> Iterator[Callable[[], Awaitable[int]]]:
        """Functions that call."""
        for number in numbers:
            self.given += 1
            yield partial(self.call, number)

    async def async_calls(
        self, numbers: Iterator[int] | range
    ) -> AsyncIterator[Callable[[], Awaitable[int]]]:
        """The same, asynchronously."""
        for call in self.calls(numbers):
            await asyncio.sleep(0)
            yield call


def result(outcome: Outcome[int]) -> int | str:
    """The value, or the name of the error."""
    return outcome.value if outcome.error is None else type(outcome.error).__name__


EXPECTED = {number: "ValueError" if number and number % 13 == 0 else number for number in range(60)}


@pytest.mark.parametrize("in_order", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 7, 100])
@pytest.mark.parametrize("source", ["calls", "async_calls"])
async def test_every_call_has_one_outcome(source: str, limit: int, *, in_order: bool) -> None:
    """Values and errors come once each under their index, with at most `limit` under way."""
    workshop = Workshop()
    calls: Any = getattr(workshop, source)(range(60))
    seen = [outcome async for outcome in gather(calls, limit=limit, in_order=in_order)]

    assert {outcome.index: result(outcome) for outcome in seen} == EXPECTED
    assert len(seen) == workshop.ended == 60
    assert workshop.most <= limit
    assert workshop.most > 1 or limit == 1
    if in_order:
        assert [outcome.index for outcome in seen] == list(range(60))


async def test_what_is_done_first_comes_first_unless_in_order() -> None:
    """A slow call holds up the others only where the order is asked for."""
    slow: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def quick() -> str:
        return "quick"

    async def first_is_slow(*, in_order: bool) -> list[str]:
        came: list[str] = []
        async with aclosing(gather([slow, quick()], limit=2, in_order=in_order)) as outcomes:
            async for outcome in outcomes:
                came.append(outcome.value)
                if not slow.done():
                    slow.set_result("slow")
        return came

    assert await first_is_slow(in_order=False) == ["quick", "slow"]
    slow = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(slow.set_result, "slow")
    assert await first_is_slow(in_order=True) == ["slow", "quick"]


async def test_awaitables_of_every_kind() -> None:
    """Coroutines, tasks, futures and functions can be given side by side."""
    workshop = Workshop()
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    future.set_result(3)
    calls: list[Call[int]] = [
        workshop.call(1),
        asyncio.create_task(workshop.call(2)),
        future,
        lambda: future,
    ]
    outcomes = gather(calls, in_order=True)
    assert [outcome.value async for outcome in outcomes] == [1, 2, 3, 3]


async def test_an_endless_source_is_read_as_places_get_free() -> None:
    """Of endless calls no more are taken than fit, however slowly the outcomes are read."""
    workshop = Workshop()
    handed_out = 0
    async with aclosing(gather(workshop.calls(count(1)), limit=5)) as outcomes:
        async for _ in outcomes:
            handed_out += 1
            for _ in range(handed_out % 4 * 3):
                await asyncio.sleep(0)
            assert workshop.given <= handed_out + 5
            if handed_out == 2000:
                break
    assert workshop.under_way == 0


@pytest.mark.parametrize("in_order", [False, True])
@pytest.mark.parametrize("source", ["calls", "async_calls"])
async def test_an_endless_source_takes_no_memory(source: str, *, in_order: bool) -> None:
    """After ten times as many calls, no more memory is held."""
    workshop = Workshop()
    endless: Any = getattr(workshop, source)(count(1))
    held: list[int] = []
    # It keeps a traceback with each task, which takes its time.
    asyncio.get_running_loop().set_debug(False)
    tracemalloc.start()
    try:
        async with aclosing(gather(endless, limit=5, in_order=in_order)) as outcomes:
            async for outcome in outcomes:
                if outcome.index in (200, 2000):
                    gc.collect()
                    held.append(tracemalloc.get_traced_memory()[0])
                if outcome.index > 2100:
                    break
    finally:
        tracemalloc.stop()
    first, second = held
    assert second < first + 20_000


async def test_leaving_the_loop_closes_the_source() -> None:
    """A generator that calls come from is closed with the walk, at once, and before its end."""
    workshop = Workshop()
    closed = False

    async def calls() -> AsyncIterator[Callable[[], Awaitable[int]]]:
        nonlocal closed
        try:
            for number in count(1):
                yield partial(workshop.call, number)
        finally:
            await asyncio.sleep(0)
            closed = True

    source = calls()
    async with aclosing(gather(source, limit=3)) as outcomes:
        async for _ in outcomes:
            break
    assert closed
    assert workshop.under_way == 0


@pytest.mark.parametrize("in_order", [False, True])
async def test_leaving_the_loop_cancels_the_rest(*, in_order: bool) -> None:
    """After a `break` nothing is under way, and nothing else is asked for."""
    workshop = Workshop()

    def calls() -> Iterator[Callable[[], Awaitable[int]]]:
        yield partial(workshop.call, 1)
        for _ in range(50):
            yield workshop.for_ever

    outcomes = gather(calls(), limit=4, in_order=in_order)
    async with aclosing(outcomes):
        async for outcome in outcomes:
            assert outcome.value == 1
            await asyncio.sleep(0)
            break
    assert workshop.under_way == 0
    assert workshop.ended <= 5
    assert len(asyncio.all_tasks()) == 1


async def test_a_break_without_aclosing_ends_it_as_well() -> None:
    """The event loop closes what was left, with everything that was under way."""
    workshop = Workshop()
    async for _ in gather([workshop.call(1), workshop.for_ever(), workshop.for_ever()], limit=3):
        break
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1
    assert workshop.under_way == 0


@pytest.mark.parametrize("seed", range(20))
async def test_cancelling_the_reader_cancels_the_calls(seed: int) -> None:
    """Whenever it comes, the cancellation goes through, and every call is ended."""
    workshop = Workshop()
    random = Random(seed)

    def calls() -> Iterator[Callable[[], Awaitable[int]]]:
        for number in count():
            yield workshop.for_ever if random.random() < 0.1 else partial(workshop.call, number)

    async def read() -> None:
        async with aclosing(gather(calls(), limit=5, in_order=seed % 2 == 0)) as outcomes:
            async for _ in outcomes:
                await asyncio.sleep(0)

    task = asyncio.create_task(read())
    for _ in range(random.randrange(1, 60)):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert workshop.under_way == 0
    assert len(asyncio.all_tasks()) == 1


async def test_a_call_that_is_cancelled_by_others_is_an_outcome() -> None:
    """The cancellation of one call is not taken for that of the reader."""
    workshop = Workshop()
    doomed = asyncio.create_task(workshop.for_ever())
    asyncio.get_running_loop().call_soon(doomed.cancel)
    cancelled, other = [
        outcome async for outcome in gather([doomed, workshop.call(1)], in_order=True)
    ]
    assert isinstance(cancelled.error, asyncio.CancelledError)
    assert other.value == 1


async def test_an_error_of_the_source_comes_after_its_calls() -> None:
    """What was begun is finished and handed out before the source's error is raised."""
    workshop = Workshop()

    def calls() -> Iterator[Callable[[], Awaitable[int]]]:
        yield from workshop.calls(range(1, 4))
        raise LookupError("no more")

    seen: list[int] = []

    async def read() -> None:
        async for outcome in gather(calls(), in_order=True):
            seen.append(outcome.value)  # noqa: PERF401  # what came before the error counts

    with pytest.raises(LookupError, match="no more"):
        await read()
    assert seen == [1, 2, 3]


async def test_errors_that_nobody_looks_at_are_not_reported() -> None:
    """A reader that passes over an error gets no complaint from asyncio about it."""
    complaints: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    async for _ in gather(Workshop().calls(range(13, 27, 13))):
        pass
    gc.collect()
    assert complaints == []


async def test_a_function_that_fails_at_once_is_an_outcome() -> None:
    """An error before there is anything to await belongs to that call alone."""

    def broken() -> Awaitable[int]:
        raise LookupError("broken")

    outcomes = gather([broken])
    (outcome,) = [outcome async for outcome in outcomes]
    assert isinstance(outcome.error, LookupError)
    with pytest.raises(LookupError):
        _ = outcome.value
    assert repr(outcome) == "<Outcome 0: LookupError>"


async def test_nothing_to_call() -> None:
    """No calls, no outcomes."""
    no_calls: list[Call[int]] = []
    assert [outcome async for outcome in gather(no_calls)] == []


@pytest.mark.parametrize("limit", [0, -1, True, 1.5])
def test_the_limit_is_checked_at_once(limit: Any) -> None:
    """A limit that is no number of calls is refused before anything is read."""
    with pytest.raises(ConfigurationError, match="limit"):
        gather([], limit=limit)


def test_the_name_is_the_function() -> None:
    """The package offers the function, whichever modules have been imported."""
    assert pinterest_async.gather is gather
    assert callable(gather)


async def test_calls_of_a_client_with_faults() -> None:
    """Every Pin comes once; those that are gone are errors of their own."""
    async with (
        Emulator(boards=2, pins=120) as emulator,
        Pinterest(
            emulator.token, base_url=emulator.base_url, retry=RetryPolicy(attempts=6, base=0.001)
        ) as client,
    ):
        emulator.fail("pins/get", Answer(502, "<html>bad gateway</html>"), times=10)
        emulator.fail("pins/get", Disconnect(), times=3)
        pin_ids = [*emulator.account.saved.pins, "1", "2"]
        calls = (partial(client.pins.get, pin_id) for pin_id in pin_ids)
        outcomes = [outcome async for outcome in gather(calls, limit=20)]

    found = {pin_ids[outcome.index]: outcome.error or outcome.value.id for outcome in outcomes}
    assert len(outcomes) == len(found) == 122
    gone = {pin_id: error for pin_id, error in found.items() if error != pin_id}
    assert set(gone) == {"1", "2"}
    assert all(isinstance(error, NotFound) for error in gone.values())
