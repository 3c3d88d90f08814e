"""Rows for a job, some at a time, from wherever they come."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.errors import ConfigurationError
from pinterest_async.jobs._rows import portions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator
    from pathlib import Path


async def all_of(rows: Any) -> list[list[tuple[int, Any]]]:
    """Rows, two at a time."""
    return [some async for some in portions(rows, 2)]


async def in_time(count: int) -> AsyncIterator[int]:
    """Numbers, asynchronously."""
    for number in range(count):
        yield number


async def test_rows_come_from_anywhere(tmp_path: Path) -> None:
    """Those of a file have their lines, all others their numbers; the last portion is shorter."""
    table = tmp_path / "rows.csv"
    table.write_text("name\na\n\nb\nc\n", "utf-8")
    numbered = [[(1, 0), (2, 1)], [(3, 2)]]
    assert await all_of(table) == [[(2, {"name": "a"}), (4, {"name": "b"})], [(5, {"name": "c"})]]
    assert await all_of(str(table)) == await all_of(table)
    assert await all_of(range(3)) == numbered
    assert await all_of(in_time(3)) == numbered
    assert await all_of([]) == await all_of(in_time(0)) == []
    with pytest.raises(ConfigurationError, match="must be called"):
        await all_of(tmp_path / "rows.xls")


async def test_a_generator_of_the_caller_is_closed() -> None:
    """Whoever stops in the middle leaves none of it open."""
    closed: list[bool] = []

    async def rows() -> AsyncIterator[int]:
        try:
            async for number in in_time(9):
                yield number
        finally:
            closed.append(True)

    async with aclosing(portions(rows(), 2)) as some:
        async for _ in some:
            break
    assert closed == [True]


async def test_a_file_is_not_closed_under_the_thread_that_reads_it(tmp_path: Path) -> None:
    """A cancelled task ends as cancelled, once the thread is done with the file."""
    reading, go_on = threading.Event(), threading.Event()
    closed: list[bool] = []

    def slow(_path: Path) -> Generator[tuple[int, Any]]:
        try:
            reading.set()
            go_on.wait()
            yield 1, "row"
        finally:
            closed.append(True)

    async def walk() -> None:
        async with aclosing(portions(tmp_path, 2, read=slow)) as some:
            async for _ in some:
                pass

    walking = asyncio.create_task(walk())
    await asyncio.to_thread(reading.wait)
    walking.cancel()
    await asyncio.sleep(0)
    assert not closed
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await walking
    assert closed == [True]
