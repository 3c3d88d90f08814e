"""How much the emulator serves, against a bare `aiohttp.web` handler with the same body.

Both servers run at once, each in a process of its own, and are asked in turns by the same bare
sockets, so that what else the machine does hits both alike. The bar is a third of what the bare
handler serves.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.request import Request, urlopen

from aiohttp import web

from benchmarks.rig import Row, row
from pinterest_async.emulator import Emulator

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

CONNECTIONS = 16
LEAST = 1 / 3
SECONDS = 1.5
"""How long each round lasts."""


class Target(NamedTuple):
    """What to ask of whom."""

    name: str
    port: int
    request: bytes


def serve_emulator(pipe: Connection) -> None:
    """Run an emulator; tell its token, its port and the id of a board."""

    async def main() -> None:
        async with Emulator(boards=40, pins=1000, enforce_limits=False) as emulator:
            pipe.send(
                (emulator.token, emulator.base_url, next(iter(emulator.account.saved.boards)))
            )
            while True:
                await asyncio.sleep(0.5)
                emulator.requests.clear()  # a log of minutes under load is no use to anyone

    asyncio.run(main())


def serve_bare(pipe: Connection, bodies: dict[str, bytes]) -> None:
    """Run a handler for each path that answers with the same bytes; tell its port."""

    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=bodies[request.path], content_type="application/json")

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/{tail:.*}", handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(main())


async def ask(target: Target, until: float) -> int:
    """Send one request after the other on one connection; how many were answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    count = 0
    while time.perf_counter() < until:
        writer.write(target.request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        await reader.readexactly(length)
        count += 1
    writer.close()
    return count


async def rate(target: Target, seconds: float) -> float:
    """Requests per second over several connections."""
    until = time.perf_counter() + seconds
    counts = await asyncio.gather(*(ask(target, until) for _ in range(CONNECTIONS)))
    return sum(counts) / seconds


def measure(*, rounds: int = 5) -> list[Row]:
    """Measure both kinds of responses."""
    spawn = multiprocessing.get_context("spawn")
    told, pipe = spawn.Pipe()
    servers = [spawn.Process(target=serve_emulator, args=(pipe,), daemon=True)]
    servers[0].start()
    token, base_url, board = told.recv()
    paths = {"one board": f"/v5/boards/{board}", "a page of 25 Pins": "/v5/pins"}
    origin = base_url.removesuffix("/v5")
    bodies: dict[str, bytes] = {}
    for path in paths.values():
        asked = Request(origin + path, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - our own
        with urlopen(asked) as response:  # noqa: S310 - our own
            bodies[path] = response.read()
    servers.append(spawn.Process(target=serve_bare, args=(pipe, bodies), daemon=True))
    servers[1].start()
    ports = {"emulator": int(origin.rpartition(":")[2]), "bare": told.recv()}
    rows: list[Row] = []
    for name, path in paths.items():
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        rates: dict[str, list[float]] = {"emulator": [], "bare": []}
        for _ in range(rounds):
            for who, port in ports.items():
                rates[who].append(asyncio.run(rate(Target(who, port, head), SECONDS)))
        what = f"{name}, {len(bodies[path])} bytes"
        rows.append(row(rates, "bare", what=f"{what}: bare", unit="a second"))
        rows.append(
            row(
                rates,
                "emulator",
                what=f"{what}: emulator",
                unit="a second",
                against="bare",
                least=LEAST,
            )
        )
    for server in servers:
        server.terminate()
        server.join()
    return rows
