"""A sync that is killed goes on: each item is written once, whatever the moment."""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.catalog_worker import STATUS
from tests.support.catalog_world import batches, counted, held, row, shop, written

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.emulator import Emulator

COUNT = 4_000
CHANGED = 500


def write_rows(path: Path, count: int, changed: int = 0) -> None:
    """Write a file of items, the first of which cost less."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row(0)))
        writer.writeheader()
        for number in range(count):
            writer.writerow(row(number, **({"price": "1.00 USD"} if number < changed else {})))


async def start(emulator: Emulator, path: Path, state: Path) -> asyncio.subprocess.Process:
    """Start a sync in a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.catalog_worker",
        emulator.base_url, emulator.token, str(path), str(state),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def finish(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """Wait for its end, and read what it says."""
    out, _ = await process.communicate()
    assert process.returncode == 0
    told: dict[str, Any] = json.loads(out)
    return told


async def kill_after(
    process: asyncio.subprocess.Process, emulator: Emulator, more: int, pause: float
) -> None:
    """Kill it so many seconds after so many batches more."""
    wanted = batches(emulator) + more
    while batches(emulator) < wanted:
        if process.returncode is not None:
            break
        await asyncio.sleep(0.005)
    await asyncio.sleep(pause)
    if process.returncode is None:
        process.kill()
    await process.communicate()


@pytest.mark.parametrize("seed", range(2))
async def test_each_item_is_written_once(tmp_path: Path, seed: int) -> None:
    """Three kills at moments of chance, then to the end; then 500 changes, and another kill."""
    random = Random(seed)
    path, state = tmp_path / "items.csv", tmp_path / "catalog.sqlite"
    write_rows(path, COUNT)
    async with shop(job_seconds=random.choice((0.02, 0.3))) as (emulator, _):
        for _ in range(3):
            process = await start(emulator, path, state)
            await kill_after(process, emulator, 1, random.uniform(0.0, 0.3))
        told = await finish(await start(emulator, path, state))
        assert (told["failures"], told["bad"]) == ([], [])
        assert len(held(emulator)) == COUNT
        assert set(written(emulator).values()) == {1}

        write_rows(path, COUNT - 20, changed=CHANGED)
        sent = counted(emulator)
        process = await start(emulator, path, state)
        await kill_after(process, emulator, 1, random.uniform(0.0, 0.1))
        told = await finish(await start(emulator, path, state))
        assert counted(emulator) - sent == {"UPDATE": CHANGED, "DELETE": 20}
        assert sum(one["price"] == "1.00 USD" for one in held(emulator).values()) == CHANGED
        assert len(held(emulator)) == COUNT - 20
        assert set(written(emulator).values()) == {1, 2}
        assert sum(one == 2 for one in written(emulator).values()) == CHANGED + 20


@pytest.mark.skipif(not STATUS.exists(), reason="this system does not tell what a process holds")
async def test_memory_does_not_grow_with_the_catalog(tmp_path: Path) -> None:
    """Six times as many items take hardly more memory."""
    used: dict[int, int] = {}
    for count in (2_000, 12_000):
        path = tmp_path / f"{count}.csv"
        write_rows(path, count)
        async with shop() as (emulator, _):
            process = await start(emulator, path, tmp_path / f"{count}.sqlite")
            used[count] = (await finish(process))["kilobytes"]
            assert len(held(emulator)) == count
    assert used[12_000] < used[2_000] * 1.1
