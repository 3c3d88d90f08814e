"""What a compressed page costs: 250 Pins as a call of ours, plain and with gzip.

The same call is made for the page as it is, compressed and inflated by isal (extra `fast`), and
compressed and inflated by zlib.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import Any, Final

from isal import isal_zlib

from benchmarks.rig import Row, cpu_of_calls, row, settle, use_core
from benchmarks.server import serving
from pinterest_async import Pinterest
from pinterest_async._call import compression

LIBRARIES: Final[dict[str, Any]] = {"isal": isal_zlib, "zlib": zlib}
TASKS: Final = 8


async def _measure(address: str, rounds: int) -> list[Row]:
    async with (
        Pinterest("pina_benchmark", base_url=f"{address}/v5") as plain,
        Pinterest("pina_benchmark", base_url=f"{address}/gzip/v5") as compressed,
    ):

        async def as_it_is() -> None:
            await plain.boards.list_pins("1")

        def inflated_by(library: str) -> Any:
            async def call() -> None:
                setattr(compression, "zlib", LIBRARIES[library])  # noqa: B010 - behind its types
                await compressed.boards.list_pins("1")

            return call

        calls = {"plain": as_it_is, "isal": inflated_by("isal"), "zlib": inflated_by("zlib")}
        await cpu_of_calls(calls, rounds=2, count=2 * TASKS, tasks=TASKS)
        settle()
        rows: list[Row] = []
        for tasks, how in ((1, "one after the other"), (TASKS, "8 in flight")):
            times = await cpu_of_calls(calls, rounds=rounds, count=3 * TASKS, tasks=tasks)
            rows += [
                row(times, "plain", what=f"{how}: plain"),
                row(times, "isal", what=f"{how}: gzip, isal", against="plain", bar=1.15),
                row(times, "zlib", what=f"{how}: gzip, zlib", against="plain"),
            ]
    return rows


def measure(*, rounds: int = 40) -> list[Row]:
    """Measure compressed pages."""
    with serving(core=use_core(0)) as address:
        return asyncio.run(_measure(address, rounds))
