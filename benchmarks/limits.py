"""Does the limiter use the whole allowance, and is it never refused?

Every row is one budget of 250 calls in 2.5 seconds on a server in a process of its own, with fixed
or sliding windows, that tells of them in headers or not. Calls go through aiohttp, from one process
with `LocalLimits` or from four that share `RedisLimits` on a real redis-server.

    steady    more calls than allowed, for four windows
    bursts    three times one window's worth of calls at once, with idle times between
    at once   a thousand tasks that start together

`share` is the part of the allowance that was used: of three whole windows, or, for bursts, of the
window that begins with each burst. The bar is no refusal in any row, and a share of 0.99 with
headers and 0.95 without.

Some servers lie in their headers, or refuse calls although some are left (`limits_server.py`).
There at most 3 % of the calls may be refused, at a share of 0.80, or 0.95 where the headers are
true.
"""

from __future__ import annotations

import asyncio
import json
import math
import multiprocessing
import shutil
import socket
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import aiohttp
import msgspec

from benchmarks import limits_server
from benchmarks.rig import Row
from pinterest_async.limits import LimitKey, LimitPolicy, LocalLimits, RedisLimits
from pinterest_async.limits.headers import Window, read_rate_limit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Sequence
    from multiprocessing.connection import Connection


WINDOW = Window(250, 2.5)
CALLS_AT_ONCE = 1000
BURSTS = 3
PARALLEL = 4
"""Rows that are measured side by side; each has a budget of its own."""
KEY = LimitKey("app", "account", "org_read")
POLICY = LimitPolicy(max_wait=3600.0)
BAR = {"headers": 0.99, "silent": 0.95, "contended": 0.95}
LIES: Sequence[Literal["stuck", "late", "high", "jumping", "early", "contended"]] = (
    "stuck",
    "late",
    "high",
    "jumping",
    "early",
    "contended",
)
LYING_BAR = 0.8
MOST_REFUSED = {"headers": 0.0, "silent": 0.0}
"""Which part of the calls may be refused; of those to a server that lies, 3 %."""


class Case(msgspec.Struct, frozen=True):
    """One row."""

    server: Literal["fixed", "sliding"]
    headers: Literal["headers", "silent", "stuck", "late", "high", "jumping", "early", "contended"]
    processes: int
    load: Literal["steady", "bursts", "at once"]

    @property
    def path(self) -> str:
        """The path on the server."""
        return (
            f"/{self.server}/{self.headers}/{WINDOW.limit}/{WINDOW.seconds:g}"
            f"/{self.processes}-{self.load.replace(' ', '-')}"
        )


class Orders(msgspec.Struct, frozen=True):
    """What a process is to do for a row."""

    case: Case
    base_url: str
    redis_url: str
    start: float


class Outcome(msgspec.Struct, frozen=True):
    """What came of a row."""

    server: str
    headers: str
    processes: int
    load: str
    admitted: int
    refused: int
    share: float


async def work(orders: Orders) -> list[float]:
    """Make one process's part of the calls; give the moments when its bursts began."""
    case = orders.case
    limits = {KEY.category: [WINDOW]}
    limiter: LocalLimits | RedisLimits = (
        LocalLimits(limits=limits)
        if case.processes == 1
        else RedisLimits(orders.redis_url, limits=limits, prefix=case.path)
    )
    connector = aiohttp.TCPConnector(limit=100)
    async with aiohttp.ClientSession(orders.base_url, connector=connector) as session:

        async def call() -> None:
            now = asyncio.get_running_loop().time()
            admission = limiter.admit_at_once(KEY, now) or await limiter.admit(KEY, POLICY)
            async with session.get(case.path) as response:
                await response.read()
                told = read_rate_limit(response.headers, time.time())
                limiter.observe(admission, told, refused=response.status == 429)

        await asyncio.sleep(orders.start - time.time())
        began: list[float] = []
        if case.load == "steady":
            await _keep_calling(call, 64 // case.processes, orders.start + 4 * WINDOW.seconds)
        elif case.load == "at once":
            await asyncio.gather(*(call() for _ in range(CALLS_AT_ONCE // case.processes)))
        else:
            for number in range(BURSTS):
                began.append(orders.start + number * 2.1 * WINDOW.seconds)
                await asyncio.sleep(began[-1] - time.time())
                calls = _part(WINDOW.limit, case.processes)
                await asyncio.gather(*(call() for _ in range(calls)))
        await limiter.aclose()
    return began


def _part(calls: int, processes: int) -> int:
    return math.ceil(calls / processes)


async def _keep_calling(call: Callable[[], Awaitable[None]], tasks: int, until: float) -> None:
    async def repeat() -> None:
        while time.time() < until:
            await call()

    running = [asyncio.create_task(repeat()) for _ in range(tasks)]
    await asyncio.sleep(until - time.time())
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def process(connection: Connection[Any, Any]) -> None:
    """Carry out orders, several at a time, until there are none."""

    async def together(orders: list[Orders]) -> list[list[float]]:
        return await asyncio.gather(*(work(order) for order in orders))

    connection.send("ready")
    while (orders := connection.recv()) is not None:
        connection.send(asyncio.run(together(orders)))


def share_of(case: Case, admitted: Sequence[float], start: float, began: Sequence[float]) -> float:
    """Which part of the allowance was used."""
    if case.load == "bursts":
        whole = _part(WINDOW.limit, case.processes) * case.processes
        allowed = min(whole, WINDOW.limit)
        used = [
            sum(1 for stamp in admitted if moment <= stamp < moment + WINDOW.seconds)
            for moment in began
        ]
        return statistics.mean(min(calls, allowed) / allowed for calls in used)
    if case.server == "fixed":
        start = math.ceil(start / WINDOW.seconds) * WINDOW.seconds
    used_in_three = sum(1 for stamp in admitted if start <= stamp < start + 3 * WINDOW.seconds)
    return used_in_three / (3 * WINDOW.limit)


def serve(cases: Sequence[Case], base_url: str, redis_url: str) -> list[Outcome]:
    """Measure all rows, a few side by side."""
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection[Any, Any]] = []
    processes: list[Any] = []
    for _ in range(4):
        ours, theirs = context.Pipe()
        processes.append(context.Process(target=process, args=(theirs,), daemon=True))
        processes[-1].start()
        pipes.append(ours)
    for pipe in pipes:
        pipe.recv()
    rows: list[Outcome] = []
    for first in range(0, len(cases), PARALLEL):
        rows += _measure_together(cases[first : first + PARALLEL], pipes, base_url, redis_url)
    for pipe in pipes:
        pipe.send(None)
    for running in processes:
        running.join()
    return rows


def _measure_together(
    cases: Sequence[Case], pipes: Sequence[Connection[Any, Any]], base_url: str, redis_url: str
) -> list[Outcome]:
    # The windows of a fixed server begin at even seconds; these calls begin in the middle of one.
    start = math.ceil((time.time() + 1.0) / WINDOW.seconds) * WINDOW.seconds + 0.4 * WINDOW.seconds
    work_of: list[list[Case]] = [[] for _ in pipes]
    for number, case in enumerate(cases):
        for index in range(case.processes):
            work_of[(number + index) % len(pipes)].append(case)
    for pipe, mine in zip(pipes, work_of, strict=True):
        pipe.send([Orders(case, base_url, redis_url, start) for case in mine])
    began_of: dict[Case, list[float]] = {}
    for pipe, mine in zip(pipes, work_of, strict=True):
        began_of.update(zip(mine, pipe.recv(), strict=True))
    return [_outcome(case, base_url, start, began_of[case]) for case in cases]


def _outcome(case: Case, base_url: str, start: float, began: Sequence[float]) -> Outcome:
    async def report() -> Any:
        async with (
            aiohttp.ClientSession(base_url) as session,
            session.get(f"{case.path}/report") as response,
        ):
            return json.loads(await response.read())

    counted = asyncio.run(report())
    share = share_of(case, counted["admitted"], start, began)
    return Outcome(
        case.server,
        case.headers,
        case.processes,
        case.load,
        len(counted["admitted"]),
        len(counted["refused"]),
        round(share, 4),
    )


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running_server() -> Generator[str]:
    """Run the server that counts, in a process of its own."""
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(
        target=limits_server.run, args=(port,), daemon=True
    )
    server.start()
    _wait_for(port)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.join()


@contextmanager
def running_redis(binary: str) -> Generator[str]:
    """Run a redis-server that keeps nothing."""
    port = free_port()
    command = [binary, "--port", f"{port}", "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:  # noqa: S603 - found on PATH
        _wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")


def allowance() -> list[Outcome]:
    """Measure how much of the allowance is used."""
    binary = shutil.which("redis-server")
    if binary is None:
        print("no redis-server here: rows with four processes are left out", file=sys.stderr)
    loads: list[Literal["steady", "bursts", "at once"]] = ["steady", "bursts", "at once"]
    kinds: list[Literal["fixed", "sliding"]] = ["fixed", "sliding"]
    told: list[Literal["headers", "silent"]] = ["headers", "silent"]
    cases = [
        Case(kind, headers, processes, load)
        for load in loads
        for processes in ((1, 4) if binary else (1,))
        for kind in kinds
        for headers in told
    ]
    cases += [Case(kind, lie, 1, "steady") for lie in LIES for kind in kinds]
    with running_server() as base_url:
        if binary is None:
            return serve(cases, base_url, "")
        with running_redis(binary) as redis_url:
            return serve(cases, base_url, redis_url)


def _are_few(outcome: Outcome) -> bool:
    most = MOST_REFUSED.get(outcome.headers, 0.03)
    return outcome.refused <= most * (outcome.admitted + outcome.refused)


def measure(*, rounds: int = 1) -> list[Row]:
    """Measure the allowance, so many times over.

    Every row has its refusals as its value, and as its ratio the share of the allowance; a refusal
    makes that 0.
    """
    return [
        Row(
            what=", ".join(
                [outcome.server, outcome.headers, outcome.load, f"{outcome.processes} at work"]
            ),
            value=outcome.refused,
            unit="refused",
            against="the allowance",
            ratio=outcome.share if _are_few(outcome) else 0.0,
            least=BAR.get(outcome.headers, LYING_BAR),
        )
        for _ in range(rounds)
        for outcome in allowance()
    ]
