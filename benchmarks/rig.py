"""How the benchmarks measure: alternatives in turns, CPU and not the clock, ratios of one round.

What else a machine does hits alternatives alike that are measured within the same second. Each
round runs every alternative once, in an order that shifts from round to round, and yields one ratio
for each; a row shows the median of these.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

Call: TypeAlias = "Callable[[], Awaitable[object]]"
Work: TypeAlias = "Callable[[], object]"


class Row(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One figure."""

    what: str
    """What was measured."""
    value: float
    """The median."""
    unit: str
    """Its unit, such as `µs CPU`."""
    against: str = ""
    """What it is compared with."""
    ratio: float | None = None
    """How many times the value of that; the median over the rounds."""
    bar: float | None = None
    """What the ratio may be at most."""
    least: float | None = None
    """What the ratio must be at least."""
    most: float | None = None
    """What the value may be at most."""

    @property
    def met(self) -> bool:
        """Whether ratio and value are on the right side of their bars; true where there is none."""
        if self.most is not None and self.value > self.most:
            return False
        if self.ratio is None:
            return True
        return (self.bar is None or self.ratio <= self.bar) and (
            self.least is None or self.ratio >= self.least
        )


def use_core(number: int) -> int | None:
    """Keep this process on one core; return another one for the server, None without one."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None
    os.sched_setaffinity(0, {cores[number]})
    return cores[1 - number]


def settle() -> None:
    """Keep what is there out of the collector's way, so that it costs all alternatives the same."""
    gc.collect()
    gc.freeze()


async def one_after_the_other(call: Call, count: int) -> None:
    """Make calls one after the other."""
    for _ in range(count):
        await call()


async def in_flight(call: Call, count: int, tasks: int) -> None:
    """Make calls in so many tasks."""
    await asyncio.gather(*[one_after_the_other(call, count // tasks) for _ in range(tasks)])


async def cpu_of_calls(
    calls: Mapping[str, Call], *, rounds: int, count: int, tasks: int = 1
) -> dict[str, list[float]]:
    """Measure µs of CPU for one call, in every round for each alternative."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds):
        for name in _shifted(list(calls), number):
            began = time.process_time()
            await in_flight(calls[name], count, tasks)
            times[name].append((time.process_time() - began) / count * 1e6)
    return times


def cpu_of_work(works: Mapping[str, Work], *, rounds: int, count: int) -> dict[str, list[float]]:
    """Measure µs of CPU for one piece of work, in every round for each alternative."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        for name in _shifted(list(works), number):
            work = works[name]
            began = time.process_time()
            for _ in range(count):
                work()
            times[name].append((time.process_time() - began) / count * 1e6)
    return times


def cpu_of_programs(
    programs: Mapping[str, str], *, rounds: int, python: Mapping[str, str] | None = None
) -> dict[str, list[float]]:
    """Measure ms of CPU that an interpreter takes for a program, from its start to its end.

    Args:
        programs: what each one runs.
        rounds: how often.
        python: the interpreter of those that do not use this one.
    """
    times: dict[str, list[float]] = {name: [] for name in programs}
    # Every program finds its modules compiled, from the second round on.
    compiled = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    for number in range(rounds):
        for name in _shifted(list(programs), number):
            command = [(python or {}).get(name, sys.executable), "-c", programs[name]]
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, check=True, env=compiled)  # noqa: S603 - our own
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            times[name].append(spent * 1e3)
    return times


def ratio(times: Mapping[str, Sequence[float]], name: str, against: str) -> float:
    """The median over the rounds of how many times as long one took as another."""
    return median(own / other for own, other in zip(times[name], times[against], strict=True))


def row(
    times: Mapping[str, Sequence[float]],
    name: str,
    *,
    what: str = "",
    against: str = "",
    unit: str = "µs CPU",
    bar: float | None = None,
    least: float | None = None,
) -> Row:
    """Make a row of what was measured for an alternative."""
    return Row(
        what=what or name,
        value=median(times[name]),
        unit=unit,
        against=against,
        ratio=ratio(times, name, against) if against else None,
        bar=bar,
        least=least,
    )


def _shifted(names: list[str], number: int) -> list[str]:
    cut = number % len(names)
    return names[cut:] + names[:cut]
