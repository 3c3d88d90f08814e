"""What a client holds: memory of idle accounts and of Pins, and that nothing grows.

Memory is that of the process as the system counts it (RSS). Growth is told by the ratio of what the
process held after 100,000 calls, or during an export of four times as much, to what it held early.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import shutil
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.rig import Row, in_flight, use_core
from benchmarks.server import serving
from pinterest_async import Pinterest
from pinterest_async.jobs import export_account
from pinterest_async.models import Pin  # noqa: TC001 - of an annotation that is evaluated

ACCOUNTS: Final = 10_000
CALLS: Final = 100_000
EARLY: Final = 10_000
"""Calls before the first look."""
HELD: Final = 25_000
"""Pins that are held."""
FLAT: Final = 1.05


def resident() -> int:
    """Bytes that this process holds."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def _idle_accounts(address: str) -> Row:
    async with Pinterest("pina_benchmark", base_url=f"{address}/v5") as client:
        await client.pins.get("1")
        before = resident()
        accounts = [client.for_account(f"pina_benchmark_{number}") for number in range(ACCOUNTS)]
        held = resident() - before
    return Row(what="an account that is idle", value=held / len(accounts), unit="bytes")


async def _held_pins(address: str) -> Row:
    async with Pinterest("pina_benchmark", base_url=f"{address}/v5") as client:
        held: list[Pin] = []
        before = 0
        while len(held) < HELD + 1000:
            held += await client.boards.list_pins("1").collect(max_items=500)
            if len(held) == 1000:
                before = resident()
        grown = resident() - before
    return Row(what="100,000 Pins", value=grown / (len(held) - 1000) * 0.1, unit="MB")


async def _many_calls(address: str) -> list[Row]:
    async with Pinterest("pina_benchmark", base_url=f"{address}/v5") as client:

        async def call() -> None:
            await client.pins.get("813744226420795000")

        await in_flight(call, EARLY, 50)
        early, files = resident(), _open_files()
        await in_flight(call, CALLS - EARLY, 50)
        late, files_late = resident(), _open_files()
    against = f"after {EARLY} calls"
    return [
        Row(
            what=f"after {CALLS} calls",
            value=late / 1e6,
            unit="MB",
            against=against,
            ratio=late / early,
            bar=FLAT,
        ),
        Row(
            what=f"open files after {CALLS} calls",
            value=files_late,
            unit="files",
            against=against,
            ratio=files_late / files,
            bar=1.0,
        ),
    ]


async def _export(address: str) -> float:
    folder = tempfile.mkdtemp()
    peak = 0
    try:
        async with Pinterest("pina_benchmark", base_url=f"{address}/v5") as client:
            work = asyncio.create_task(export_account(client, folder))
            while not work.done():
                await asyncio.wait([work], timeout=0.05)
                peak = max(peak, resident())
            await work
    finally:
        shutil.rmtree(folder)
    return peak


def _exports(core: int | None) -> Row:
    peaks: list[float] = []
    for pins in (25, 250, 1000):
        with serving(core=core, pins=pins) as address:
            peaks.append(asyncio.run(_export(address)))
    return Row(
        what="the peak of an export of 200,000 Pins",
        value=peaks[2] / 1e6,
        unit="MB",
        against="of 50,000 Pins",
        ratio=peaks[2] / peaks[1],
        bar=FLAT,
    )


def measure(*, rounds: int = 1) -> list[Row]:
    """Measure memory."""
    del rounds  # what grows does so every time
    core = use_core(0)
    with serving(core=core) as address:
        rows = [asyncio.run(_idle_accounts(address)), asyncio.run(_held_pins(address))]
        rows += asyncio.run(_many_calls(address))
    return [*rows, _exports(core)]
