"""How much the emulator serves, measured against a bare `aiohttp.web` handler with the same body.

    python benchmarks/emulator.py [--seconds 2] [--rounds 5]

Both servers run at once, each in a process of its own, and are asked in turns by the same bare
sockets, so that what else the machine does hits both alike. Printed are the medians of the rounds
and their ratio; the exit code is 1 when the emulator serves less than a third.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, NamedTuple
from urllib.request import Request, urlopen

from aiohttp import web

from pinterest_async.emulator import Emulator

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

CONNECTIONS = 16
LEAST = 1 / 3


class Target(NamedTuple):
    """What to ask of whom."""

    name: str
    port: int
    request: bytes


def serve_emulator(pipe: Connection) -> None:
    """Run an emulator; tell its token, its port and the id of a board."""

    async def main() -> None:
        async with Emulator(boards=40, pins=1000, enforce_limits=False) as emulator:
            pipe.send((emulator.token, emulator.base_url, next(iter(emulator.account.boards))))
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


def measure(seconds: float, rounds: int) -> float:
    """Print a line for each kind of request; the smallest ratio of them."""
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
        with urlopen(asked) as answer:  # noqa: S310 - our own
            bodies[path] = answer.read()
    servers.append(spawn.Process(target=serve_bare, args=(pipe, bodies), daemon=True))
    servers[1].start()
    ports = {"emulator": int(origin.rpartition(":")[2]), "bare": told.recv()}
    least = float("inf")
    for name, path in paths.items():
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        rates: dict[str, list[float]] = {"emulator": [], "bare": []}
        for _ in range(rounds):
            for who, port in ports.items():
                rates[who].append(asyncio.run(rate(Target(who, port, head), seconds)))
        served, bare = median(rates["emulator"]), median(rates["bare"])
        size = len(bodies[path])
        print(f"{name} ({size} bytes): emulator {served:.0f}/s, bare {bare:.0f}/s, ", end="")
        print(f"ratio {served / bare:.2f}")
        least = min(least, served / bare)
    for server in servers:
        server.terminate()
        server.join()
    return least


def main() -> int:
    """Measure; 1 when the emulator serves too little."""
    parser = argparse.ArgumentParser(description="The emulator against a bare handler.")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round")
    parser.add_argument("--rounds", type=int, default=5, help="rounds for each server and request")
    arguments = parser.parse_args()
    return int(measure(arguments.seconds, arguments.rounds) < LEAST)


if __name__ == "__main__":
    sys.exit(main())
