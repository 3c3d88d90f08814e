"""How much of a response is read: F3, F5 and F14 of the search for faults."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from pinterest_async import (
    APIError,
    ConfigurationError,
    NotFound,
    Pinterest,
    RateLimited,
    RequestOptions,
    ResponseTooLarge,
)
from pinterest_async._call.compression import inflate
from pinterest_async.testing import FakeTransport
from tests.support.scripted import Scripted, connect

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.support.scripted import OpenLimiter

MIB = 1024 * 1024


@pytest.fixture
async def server() -> AsyncGenerator[Scripted, None]:
    """A server that answers as it is told."""
    async with Scripted() as scripted:
        yield scripted


def bomb(size: int) -> bytes:
    """Return a gzip of so many bytes of blanks, made without holding them."""
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [stream.compress(b" " * MIB) for _ in range(size // MIB)]
    return b"".join([*pieces, stream.flush()])


def client_of(server: Scripted) -> Pinterest:
    """Return a client that sends each request once."""
    return Pinterest("pina_x", base_url=server.base_url, retry=0)


async def test_f5_a_gigabyte_in_a_megabyte_is_refused_in_little_memory(server: Scripted) -> None:
    """The body is inflated in steps and no further than to the bound."""
    body = bomb(1024 * MIB)
    assert len(body) < 1.1 * MIB
    server.answer(body, headers={"Content-Encoding": "gzip", "x-pinterest-rid": "77"})
    async with client_of(server) as client:
        tracemalloc.start()
        try:
            with pytest.raises(ResponseTooLarge, match="max_response_bytes") as caught:
                await client.boards.get("1")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 100 * MIB
    assert caught.value.request_id == "77"
    assert caught.value.operation == "boards/get"
    assert not caught.value.may_have_applied


@pytest.mark.parametrize("chunked", [True, False])
async def test_f5_the_bound_can_be_raised_for_one_call(server: Scripted, *, chunked: bool) -> None:
    """A larger body is read where one call allows it, with and without a length."""
    body = b'{"id":"1","description":"' + b"x" * 5000 + b'"}'

    async def handler(request: web.Request) -> web.StreamResponse:
        if not chunked:
            return web.Response(body=body, content_type="application/json")
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(body)
        return response

    for _ in range(3):
        server.handle(handler)
    async with client_of(server) as client:
        small = client.with_options(max_response_bytes=5000)
        with pytest.raises(ResponseTooLarge):
            await small.boards.get("1")
        board = await small.boards.get("1", options=RequestOptions(max_response_bytes=6000))
        assert len(board.description or "") == 5000
        with pytest.raises(ResponseTooLarge) as caught:
            await small.boards.create(name="plums")
        assert caught.value.may_have_applied


async def test_f5_the_bound_holds_for_other_sessions() -> None:
    """A session that is none of aiohttp's is held to the bound as well."""
    transport = FakeTransport()
    transport.respond("boards/get", b'{"id":"1"}' + b" " * 100)
    async with transport.client(max_response_bytes=100) as client:
        with pytest.raises(ResponseTooLarge):
            await client.boards.get("1")


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "1"])
def test_f5_a_bound_is_a_number_of_bytes(value: int) -> None:
    """Anything else is refused when the options are made."""
    with pytest.raises(ConfigurationError, match="max_response_bytes"):
        RequestOptions(max_response_bytes=value)


async def test_f5_a_refusal_keeps_the_first_of_its_body(server: Scripted) -> None:
    """Its words are read from all of it, up to a megabyte, and the error holds 64 KiB."""
    long = b'{"pad":"' + b"x" * 200_000 + b'","code":50,"message":"no such board"}'
    server.answer(long, status=404)
    server.answer(bomb(64 * MIB), status=404, headers={"Content-Encoding": "gzip"})
    server.answer(b"x" * 5 * MIB, status=404)
    server.answer({"id": "1"})
    async with client_of(server) as client:
        with pytest.raises(NotFound, match="no such board") as caught:
            await client.boards.get("1")
        assert caught.value.body == long[: 64 * 1024]
        for _ in range(2):
            with pytest.raises(NotFound) as caught:
                await client.boards.get("1")
            assert len(caught.value.body) == 64 * 1024
        assert (await client.boards.get("1")).id == "1"


def test_f14_all_members_of_a_gzip_are_read() -> None:
    """Several gzips in a row are one body; what follows them and is none is padding."""
    body = gzip.compress(b"plum ") + gzip.compress(b"cake") + b"\0" * 20
    assert inflate(body, "gzip", 100) == b"plum cake"
    large = [bytes([number]) * 700_000 for number in range(5)]
    assert inflate(b"".join(map(gzip.compress, large)), "gzip", 10 * MIB) == b"".join(large)


async def test_f14_a_switch_of_protocols_is_an_error_that_leaves_nothing(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """Status 101 ends its connection, and the client goes on with another."""

    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nzzz"
        )
        request.transport.close()
        return web.Response()

    server.handle(handler)
    async with connect(server, limiter) as client:
        with pytest.raises(APIError) as caught:
            await client.boards.get("1")
        assert caught.value.status == 101
        assert (await client.boards.get("1")).id == "1"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("7", 7.0),
        ("{soon}", 5.0),
        ("{soon}000", 5.0),
        ("1e15", None),
        ("1e300", None),
        ("99999999", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
    ],
)
async def test_f3_a_pause_is_read_as_a_moment_or_not_believed(
    told: str, expected: float | None
) -> None:
    """`Retry-After` may be seconds, Unix time or milliseconds; nonsense stands for nothing."""
    transport = FakeTransport()
    told = told.format(soon=int(time.time()) + 5)
    transport.respond("boards/get", {"code": 8}, status=429, headers={"retry-after": told})
    transport.respond("boards/get", {"id": "1"})
    async with transport.client(max_wait=60) as client:
        with pytest.raises(RateLimited) as caught:
            await client.boards.get("1")
        assert client.rate_limits
    found = caught.value.retry_after
    assert found == pytest.approx(expected, abs=1.5) if expected is not None else found is None


async def test_f3_words_are_believed_no_more_than_headers() -> None:
    """`Retry after N` in a message is held to the same bound."""
    transport = FakeTransport()
    message = f"retry after {'9' * 400} seconds"
    transport.refuse("boards/get", 429, 8, message)
    async with transport.client() as client:
        with pytest.raises(RateLimited) as caught:
            await client.boards.get("1")
    assert caught.value.retry_after is None
