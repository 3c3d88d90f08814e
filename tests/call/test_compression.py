"""Bodies that come compressed."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from pinterest_async._call.compression import ENCODINGS, inflate
from pinterest_async.errors import ConnectionFailed
from tests.support.scripted import call, connect

if TYPE_CHECKING:
    from tests.support.scripted import OpenLimiter, Scripted

TEXT = b'{"id": "1", "name": "plum cake"}' * 200
GZIPPED = gzip.compress(TEXT)


def bare(body: bytes) -> bytes:
    """Deflate without the header that the standard asks for."""
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (GZIPPED, "gzip"),
        (GZIPPED, " GZIP "),
        (GZIPPED, "x-gzip"),
        (zlib.compress(TEXT), "deflate"),
        (bare(TEXT), "deflate"),
        (TEXT, "identity"),
        (TEXT, ""),
    ],
    ids=["gzip", "loud gzip", "old gzip", "deflate", "bare deflate", "identity", "nothing"],
)
def test_what_is_asked_for_is_inflated(body: bytes, encoding: str) -> None:
    """Every way of compressing that a server may choose gives the body back."""
    assert inflate(body, encoding, len(TEXT)) == TEXT


def test_nothing_stays_nothing() -> None:
    """An empty body is empty, whatever its header says."""
    assert inflate(b"", "gzip", 10) == b""


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (GZIPPED[:-9], "gzip"),
        (b"\x00" + GZIPPED[1:], "gzip"),
        (GZIPPED[:40] + b"\xff" * 40, "gzip"),
        (zlib.compress(TEXT)[:-5], "deflate"),
        (TEXT, "br"),
    ],
    ids=["cut gzip", "no gzip", "damaged gzip", "cut deflate", "another way"],
)
def test_what_cannot_be_inflated_is_an_error(body: bytes, encoding: str) -> None:
    """A body that is damaged, not whole or compressed otherwise is never passed on."""
    with pytest.raises(aiohttp.ClientPayloadError):
        inflate(body, encoding, 1_000_000)


def _answer(body: bytes) -> web.Response:
    return web.Response(
        body=body, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}
    )


async def test_a_call_asks_for_it_and_reads_it(server: Scripted, limiter: OpenLimiter) -> None:
    """A compressed answer is the same as any other."""

    async def handler(request: web.Request) -> web.Response:
        return _answer(gzip.compress(b'{"id": "7"}'))

    server.handle(handler)
    async with connect(server, limiter) as client:
        assert await call(client) == {"id": "7"}
    assert server.requests[0].headers["accept-encoding"] == ENCODINGS


async def test_a_damaged_answer_is_asked_for_again(server: Scripted, limiter: OpenLimiter) -> None:
    """Damage on the way is a lost answer: what only reads is sent again, and told at last."""

    async def damaged(request: web.Request) -> web.Response:
        return _answer(gzip.compress(b'{"id": "7"}')[:-6])

    for _ in range(4):
        server.handle(damaged)
    async with connect(server, limiter) as client:
        with pytest.raises(ConnectionFailed, match="ClientPayloadError"):
            await call(client)
    assert len(server.requests) == 3
    assert limiter.open == 0
