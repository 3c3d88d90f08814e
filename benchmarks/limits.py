"""Does the limiter use the whole allowance, and is it never refused, whatever happens?

    python -m benchmarks.limits [WORD …] [--minutes]

measures the rows whose names have all the words, one by one, and prints each when it is done.
`--minutes` measures the real windows instead, which takes some twenty minutes.

Every row is one budget on a server in a process of its own (`limits_server.py`), as a rule 250
calls in 2.5 seconds, with fixed or sliding windows, that tells of them in headers or not. Calls go
through aiohttp, from one process with `LocalLimits` or from four that share `RedisLimits` on a
redis-server of the row's own (`limits_work.py`). Strangers, and processes whose Redis fails or one
of which is killed, have 500 in 5 seconds: the 64 calls that are on their way are less of it.

    steady               more calls than allowed, for four windows or more
    bursts               three times one window's worth of calls at once, with idle times between
    at once              a thousand tasks that start together
    at the last moment   two windows' worth of calls at once, just before a fixed window ends
    commands             fourteen commands of the command line, one after the other

`share` is the part of the allowance that was used: of whole windows, at least three; for bursts, of
the window that begins with each burst; at the last moment, of the window that begins then, within
its first 1.5 seconds. Of commands it is the part that ended well.

Honest servers refuse nothing, at a share of 0.99 with headers and 0.95 without, and of 0.94 where
the answers take a tenth of the window. Of servers that lie, or change their limits, at most 3 % of
the calls may be refused, at a share of 0.80, and 0.95 where they tell the truth and refuse calls
for other reasons. The same 3 % are allowed to two programs that know nothing of each other, and to
four processes whose Redis fails (`limits_faults.py`): 0.80. When one of four processes is killed,
the others use 0.9 of the allowance from five seconds later on. Commands are not refused; where a
server says nothing of its limits, only its refusals can tell, and no command may fail of them. With
a wrong password every process says so, and makes no call: there the share is that of the processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import multiprocessing
import statistics
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from benchmarks import limits_server, report
from benchmarks.limits_faults import DEATH, FAULTS, Scene, lock
from benchmarks.limits_work import (
    BEFORE,
    BURSTS,
    COMMANDS,
    LAST_MOMENTS,
    MINUTES,
    WINDOW,
    Case,
    Orders,
    part_of_a_burst,
    work,
)
from benchmarks.redis_server import BINARY, RedisServer, free_port, wait_for
from benchmarks.rig import Row
from pinterest_async.limits.headers import Window

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from benchmarks.limits_work import Fault, Headers, Kind, Load

KINDS: Final[Sequence[Kind]] = ("fixed", "sliding")
SHARED: Final = (False, True)
LOADS: Final[Sequence[Load]] = ("steady", "bursts", "at once")
LIES: Final[Sequence[Headers]] = ("stuck", "late", "high", "jumping", "early", "nodes", "changed")
OUTAGES: Final[Sequence[Fault]] = ("stopped", "away", "flushed", "full", "slow", "stalled")
FEW: Final = 0.03
"""Which part of the calls to a server that lies may be refused."""
LAST: Final = Window(250, 4.0)
LONGER: Final = Window(500, 5.0)
FIRST_MOMENTS: Final = 1.5
"""Seconds in which a window is spent whose predecessor was spent at the last moment."""
GRACE: Final = 5.0
"""Seconds from the death of a process on in which its places may be missing."""


def honest() -> Iterator[Case]:
    """Servers that tell the truth, or nothing."""
    for load in LOADS:
        for shared in SHARED:
            for kind in KINDS:
                several = 4 if shared else 1
                yield Case(server=kind, load=load, processes=several, shared=shared, least=0.99)
                yield Case(
                    server=kind,
                    headers="silent",
                    load=load,
                    processes=several,
                    shared=shared,
                    least=0.95,
                )
    for shared in SHARED:
        for kind in KINDS:
            yield Case(
                server=kind,
                processes=4 if shared else 1,
                shared=shared,
                windows=(Window(100, 1.0),),
                latency=0.1,
                length=31,
                least=0.94,
            )
        yield Case(
            server="fixed",
            load="at the last moment",
            processes=4 if shared else 1,
            shared=shared,
            windows=(LAST,),
            least=0.99,
        )


def hostile() -> Iterator[Case]:
    """Servers that lie, refuse for other reasons, or serve others as well."""
    for kind in KINDS:
        for lie in LIES:
            length = 5 if lie == "changed" else 4  # its limits come back after four windows
            yield Case(server=kind, headers=lie, length=length, least=0.8, refused=FEW)
        yield Case(server=kind, headers="contended", least=0.95, refused=FEW)
        yield Case(server=kind, processes=2, windows=(LONGER,), length=5, least=0.8, refused=FEW)


def broken() -> Iterator[Case]:
    """Four processes whose Redis fails, or one of which is killed."""
    for kind in KINDS:
        for fault in OUTAGES:
            yield Case(
                server=kind,
                processes=4,
                shared=True,
                fault=fault,
                windows=(LONGER,),
                length=5,
                least=0.8,
                refused=FEW,
            )
        yield Case(
            server=kind,
            processes=4,
            shared=True,
            fault="killed",
            windows=(LONGER,),
            latency=0.2,
            length=7,
            least=0.9,
        )
    yield Case(
        server="fixed", processes=4, shared=True, fault="wrong password", length=1, least=1.0
    )


def commands() -> Iterator[Case]:
    """Commands of the command line, one after the other."""
    windows = (Window(3, 10.0),)
    yield Case(server="sliding", load="commands", windows=windows, least=1.0)
    yield Case(
        server="sliding", headers="silent", load="commands", windows=windows, least=1.0, refused=1.0
    )


def minutes() -> Iterator[Case]:
    """The real windows."""
    for shared in SHARED:
        for kind in KINDS:
            yield Case(
                server=kind,
                processes=4 if shared else 1,
                shared=shared,
                windows=MINUTES,
                least=0.99,
            )


@contextmanager
def running_server() -> Generator[str]:
    """Run the server that counts, in a process of its own."""
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(
        target=limits_server.run, args=(port,), daemon=True
    )
    server.start()
    wait_for(port)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.join()


def measure_case(case: Case) -> Row:
    """Measure one row."""
    with ExitStack() as stack:
        base_url = stack.enter_context(running_server())
        redis = RedisServer()
        if case.shared:
            stack.enter_context(redis)
        if case.fault == "wrong password":
            lock(redis)
        start, raised = _work_together(case, base_url, redis)
        counted = asyncio.run(_counted(base_url, case))
    admitted, refused = counted["admitted"], counted["refused"]
    total = len(admitted) + len(refused)
    return Row(
        what=case.name,
        value=len(refused),
        unit=f"refused of {total:,}",
        most=math.floor(case.refused * total),
        against="the allowance",
        ratio=round(share_of(case, admitted, start, raised), 4),
        least=case.least,
    )


def _work_together(
    case: Case, base_url: str, redis: RedisServer
) -> tuple[float, list[Mapping[str, int]]]:
    """Have the processes make their calls; give when they began, and what each of them raised."""
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection[Any, Any]] = []
    processes: list[SpawnProcess] = []
    for _ in range(case.processes):
        ours, theirs = context.Pipe()
        orders = Orders(case, base_url, redis.url)
        processes.append(context.Process(target=work, args=(theirs, orders)))
        processes[-1].start()
        theirs.close()
        pipes.append(ours)
    for pipe in pipes:
        pipe.recv()
    start = _start(case, time.time() + 1.0)
    for pipe in pipes:
        pipe.send(start)
    if case.fault in FAULTS:
        end = start + case.length * case.window.seconds
        FAULTS[case.fault](Scene(redis, processes, start, end, case.window.seconds))
    raised: list[Mapping[str, int]] = []
    for pipe in pipes:
        try:
            raised.append(pipe.recv())
        except EOFError:
            raised.append({"killed": 1})
    for process in processes:
        process.join()
    _tell(case, raised)
    return start, raised


def _start(case: Case, soon: float) -> float:
    """When the calls begin; the windows of a fixed server begin at even multiples of theirs."""
    seconds = case.window.seconds
    if case.load == "at the last moment":
        return math.ceil((soon + BEFORE + LAST_MOMENTS) / seconds) * seconds - LAST_MOMENTS
    return math.ceil(soon / WINDOW.seconds) * WINDOW.seconds + 0.4 * WINDOW.seconds


def _tell(case: Case, raised: Sequence[Mapping[str, int]]) -> None:
    for number, errors in enumerate(raised):
        for words, times in errors.items():
            print(f"{case.name}: process {number}: {words}, {times} times", file=sys.stderr)


async def _counted(base_url: str, case: Case) -> Mapping[str, list[float]]:
    async with (
        aiohttp.ClientSession(base_url) as session,
        session.get(f"{case.path}/report") as response,
    ):
        counted: Mapping[str, list[float]] = json.loads(await response.read())
    return counted


def share_of(
    case: Case, admitted: Sequence[float], start: float, raised: Sequence[Mapping[str, int]]
) -> float:
    """Which part of the allowance was used, as the top of this file says."""
    if case.fault == "wrong password":
        said = sum("ConfigurationError" in errors for errors in raised)
        return 0.0 if admitted else said / case.processes
    if case.load == "commands":
        return 1.0 - sum(raised[0].values()) / COMMANDS
    if case.load in ("bursts", "at the last moment"):
        return _share_of_bursts(case, admitted, start)
    seconds, windows = case.window.seconds, case.length - 1
    if case.fault == "killed":
        start += DEATH + GRACE
        windows = 4
    if case.server == "fixed":
        start = math.ceil(start / seconds) * seconds
    if case.load == "at once":
        windows = 3
    return _between(admitted, start, windows * seconds) / (windows * _allowed(case))


def _share_of_bursts(case: Case, admitted: Sequence[float], start: float) -> float:
    seconds = case.window.seconds
    if case.load == "at the last moment":
        start, seconds = start + LAST_MOMENTS, FIRST_MOMENTS
    allowed = min(part_of_a_burst(case) * case.processes, case.window.limit)
    return statistics.mean(
        min(_between(admitted, start + number * case.bursts, seconds), allowed) / allowed
        for number in range(BURSTS)
    )


def _allowed(case: Case) -> float:
    """How many calls a window takes, as a rule or on average."""
    changed = limits_server.CHANGED if case.headers == "changed" else 1.0
    return case.window.limit * (1.0 + changed) / 2


def _between(stamps: Sequence[float], start: float, seconds: float) -> int:
    return sum(1 for stamp in stamps if start <= stamp < start + seconds)


def cases() -> list[Case]:
    """All rows but the real minutes, without those that take a Redis where there is none."""
    every = [*honest(), *hostile(), *broken(), *commands()]
    if BINARY is None:
        print("no redis-server here: rows with four processes are left out", file=sys.stderr)
        return [case for case in every if not case.shared]
    return every


def measure(*, rounds: int = 1) -> list[Row]:
    """Measure all rows but the real minutes, so many times over.

    Every row has its refusals as its value, and as its ratio the share of the allowance.
    """
    return [measure_case(case) for _ in range(rounds) for case in cases()]


def main() -> int:
    """Measure the rows that the command line names; give 1 where one misses its bar."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.limits", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("words", nargs="*", metavar="WORD", help="a part of the rows' names")
    parser.add_argument("--minutes", action="store_true", help="the real windows")
    options = parser.parse_args()
    met = True
    print("\n".join(report.HEADING), flush=True)
    for case in minutes() if options.minutes else cases():
        if all(word in case.name for word in options.words):
            row = measure_case(case)
            print(report.line(row), flush=True)
            met = met and row.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
