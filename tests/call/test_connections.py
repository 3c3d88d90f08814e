"""Timeouts, deadlines, cancellation and closing, and the connections beneath."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest
from aiohttp import web

from pinterest_async import errors
from pinterest_async._call.connections import Gate
from pinterest_async.config import RequestOptions, RetryPolicy, Timeouts
from tests.support.scripted import (
    POST,
    OpenLimiter,
    Scripted,
    call,
    connect,
    until,
)


@pytest.mark.parametrize("attempts", [1, 3])
async def test_aiohttp_sends_nothing_on_its_own(
    server: Scripted, limiter: OpenLimiter, attempts: int
) -> None:
    """On a connection that breaks, aiohttp's own second try for GET does not happen."""
    server.answer({})
    for _ in range(6):
        server.hang_up()
    policy = RetryPolicy(attempts=attempts, base=0.0)
    async with connect(server, limiter, retry=policy) as client:
        await call(client)
        with pytest.raises(errors.ConnectionFailed, match="ServerDisconnectedError") as caught:
            await call(client)
    assert len(server.requests) == 1 + attempts
    assert len(limiter.admitted) == 1 + attempts
    assert not caught.value.may_have_applied


async def test_nor_does_an_injected_session_and_its_middlewares_run(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """The same holds with a session of the user's own, whose middlewares still run."""
    seen: list[str] = []

    async def middleware(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        seen.append(request.method)
        return await handler(request)

    server.hang_up()
    server.hang_up()
    async with aiohttp.ClientSession(middlewares=[middleware], raise_for_status=True) as session:
        policy = RetryPolicy(attempts=1)
        async with connect(server, limiter, retry=policy, session=session) as client:
            with pytest.raises(errors.ConnectionFailed):
                await call(client)
        assert not session.closed
    assert len(server.requests) == 1
    assert seen == ["GET"]


async def test_a_timeout_ends_the_request(server: Scripted, limiter: OpenLimiter) -> None:
    """A request without an answer ends; a write may have taken effect, a read is repeated."""
    for _ in range(3):
        server.stall()
    options = RequestOptions(timeout=0.05, retry=RetryPolicy(attempts=2, base=0.0))
    async with connect(server, limiter) as client:
        with pytest.raises(errors.RequestTimeout, match=r"0\.05 s") as caught:
            await call(client, POST, body={}, options=options)
        assert caught.value.may_have_applied
        assert len(server.requests) == 1
        with pytest.raises(errors.RequestTimeout) as caught:
            await call(client, options=options)
        assert not caught.value.may_have_applied
        assert len(server.requests) == 3
        # The client is as good as before.
        assert await call(client, options=options) == {"id": "1"}


async def test_a_slow_body_counts_towards_the_timeout(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """The timeout runs until the last byte of the answer."""

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"{")
        await asyncio.sleep(60)
        return response

    server.handle(drip)
    options = RequestOptions(timeout=Timeouts(total=0.05), retry=RetryPolicy(attempts=1))
    async with connect(server, limiter) as client:
        with pytest.raises(errors.RequestTimeout):
            await call(client, options=options)


async def test_timeouts_of_different_lengths_do_not_disturb_each_other(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """A short timeout ends its own request alone, also when a longer one came first."""

    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.15)
        return web.json_response({"id": "1"})

    server.handle(slow)
    server.handle(slow)
    once = RetryPolicy(attempts=1)
    async with connect(server, limiter) as client:
        long = asyncio.create_task(call(client, options=RequestOptions(timeout=20, retry=once)))
        await asyncio.sleep(0)
        with pytest.raises(errors.RequestTimeout):
            await call(client, options=RequestOptions(timeout=0.03, retry=once))
        assert await long == {"id": "1"}


async def test_waiting_for_the_limiter_costs_no_timeout(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """The timeout begins when the request is sent."""
    limiter.block = asyncio.Event()
    async with connect(server, limiter, timeout=0.5) as client:
        asyncio.get_running_loop().call_later(0.8, limiter.block.set)
        assert await call(client) == {"id": "1"}


async def test_waiting_for_a_connection_costs_no_timeout(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """With all connections in use a call waits for one, and its timeout begins after that."""

    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.3)
        return web.json_response({})

    for _ in range(3):
        server.handle(slow)
    connector = aiohttp.TCPConnector(limit=1)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        connect(server, limiter, session=session, timeout=0.75) as client,
    ):
        policy = RequestOptions(retry=RetryPolicy(attempts=1))
        await asyncio.gather(*(call(client, options=policy) for _ in range(3)))
    assert len(server.requests) == 3


async def test_a_deadline_covers_the_waits(server: Scripted, limiter: OpenLimiter) -> None:
    """A call that waits too long for the limiter ends at its deadline; nothing was sent."""
    limiter.block = asyncio.Event()
    async with connect(server, limiter) as client:
        with pytest.raises(errors.DeadlineExceeded, match=r"0\.05 s") as caught:
            await call(client, POST, options=RequestOptions(deadline=0.05))
    assert not caught.value.may_have_applied
    assert server.requests == []


async def test_a_deadline_covers_the_request(server: Scripted, limiter: OpenLimiter) -> None:
    """A write that its deadline ends on the way may have taken effect."""
    server.stall()
    async with connect(server, limiter) as client:
        with pytest.raises(errors.DeadlineExceeded) as caught:
            await call(client, POST, body={}, options=RequestOptions(deadline=0.05))
    assert caught.value.may_have_applied


async def test_no_retry_goes_past_the_deadline(server: Scripted, limiter: OpenLimiter) -> None:
    """When the pause would outlast the deadline, the error itself is raised, and at once."""
    server.refuse(429, 8, headers={"retry-after": "20"})
    async with connect(server, limiter) as client:
        before = time.monotonic()
        with pytest.raises(errors.RateLimited):
            await call(client, options=RequestOptions(deadline=10))
    assert time.monotonic() - before < 9


async def test_cancellation_propagates_and_gives_back(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """A cancelled call ends with CancelledError wherever it was; what it held is free again."""
    server.stall()
    connector = aiohttp.TCPConnector(limit=1)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        connect(server, limiter, session=session) as client,
    ):
        sending = asyncio.create_task(call(client))
        await until(lambda: server.requests)
        queueing = asyncio.create_task(call(client))
        await until(lambda: len(limiter.admitted) == 2)
        for task in (queueing, sending):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert task.cancelled()
        # One was sent, and one was given back without having been.
        assert (len(limiter.observed), limiter.released) == (1, 1)
        assert await call(client) == {"id": "1"}


async def test_a_cancellation_wins_over_a_timeout_around_it(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """`asyncio.timeout` around a call works as around anything else."""
    server.stall()
    async with connect(server, limiter) as client:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.05):
                await call(client)
    assert not isinstance(caught.value, errors.PinterestError)


async def test_closing_ends_calls_under_way(server: Scripted, limiter: OpenLimiter) -> None:
    """Calls that wait, queue or pause when the client is closed end with ClientClosed."""
    server.stall()
    server.refuse(503, headers={"retry-after": "60"})
    client = connect(server, limiter)
    sending = asyncio.create_task(call(client, POST, body={}))
    await until(lambda: server.requests)
    pausing = asyncio.create_task(call(client))
    await until(lambda: limiter.observed)
    limiter.block = asyncio.Event()
    waiting = asyncio.create_task(call(client, POST))
    await asyncio.sleep(0)
    await client.aclose()
    results = await asyncio.gather(sending, pausing, waiting, return_exceptions=True)
    assert [type(result) for result in results] == [errors.ClientClosed] * 3
    doubts = [getattr(result, "may_have_applied", None) for result in results]
    assert doubts == [True, False, False]
    assert all(task.cancelling() == 0 for task in (sending, pausing, waiting))


async def test_many_calls_at_once_leave_nothing_behind(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """After many concurrent calls no call and no admission is left open."""
    async with connect(server, limiter) as client:
        await asyncio.gather(*(call(client) for _ in range(150)))
        assert client._transport.pool._calls == set()
    assert len(server.requests) == 150


async def test_the_gate_keeps_order_and_loses_no_place() -> None:
    """Whoever waits longest comes next, and a cancelled waiter is passed over."""
    gate = Gate(1)
    order: list[int] = []

    async def wait(number: int) -> None:
        await gate.enter()
        order.append(number)

    await gate.enter()
    tasks = [asyncio.create_task(wait(number)) for number in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    for _ in range(3):
        gate.leave()
        await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [0, 2, 3]
    assert not gate.free
    gate.leave()
    await gate.enter()


async def test_a_place_that_comes_with_a_cancellation_is_passed_on() -> None:
    """A waiter that is cancelled after its turn has come leaves the place to the next."""
    gate = Gate(1)
    await gate.enter()
    waiter = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    gate.leave()
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await gate.enter()
