"""What it costs to start: CPU of an interpreter until it has done one thing, and ends.

A client that is made, ready for its first call, is held against an interpreter that imports the
three libraries that it stands on. What clients of others take is measured by `peers`.
"""

from __future__ import annotations

from typing import Final

from benchmarks.rig import Row, cpu_of_programs, row, use_core

PROGRAMS: Final = {
    "an empty program": "pass",
    "the three libraries": "import aiohttp, msgspec, aiolimiter",
    "import pinterest_async": "import pinterest_async",
    "a client": "from pinterest_async import Pinterest; Pinterest('pina_benchmark')",
}


def measure(*, rounds: int = 40) -> list[Row]:
    """Measure starts."""
    use_core(0)
    cpu_of_programs(PROGRAMS, rounds=2)
    times = cpu_of_programs(PROGRAMS, rounds=rounds)
    three = "the three libraries"
    return [
        row(times, "an empty program", unit="ms CPU"),
        row(times, three, unit="ms CPU"),
        row(times, "import pinterest_async", unit="ms CPU", against=three),
        row(times, "a client", unit="ms CPU", against=three, bar=1.1),
    ]
