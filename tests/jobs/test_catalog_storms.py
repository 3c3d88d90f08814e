"""Syncs of a catalog while everything goes wrong: in the end it is what the rows say."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import PinterestError
from pinterest_async.emulator import Answer, Disconnect, Truncate
from pinterest_async.jobs import sync_catalog
from tests.support.catalog_world import PACE, WHERE, batches, held, row, rows, shop, written

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from pinterest_async import Pinterest
    from pinterest_async.emulator import Emulator
    from pinterest_async.jobs import CatalogSync

SEND, LOOK, READ = "items_batch/post", "items_batch/get", "items/post"


def plan_storm(emulator: Emulator, random: Random) -> None:
    """Let several things go wrong, in an order of chance."""
    for _ in range(2):
        if random.random() < 0.5:
            emulator.fail_jobs(SEND)
        for operation in (SEND, LOOK, READ, "feeds/list"):
            fault = random.choice(
                (Answer(500), Answer(503, after_write=True), Disconnect(), Truncate(),
                 Disconnect(after_write=True), Answer(502, "<html></html>"),
                 Answer(400, {"code": 12, "message": "Something went wrong"}))
            )  # fmt: skip
            emulator.fail(operation, fault, times=random.randrange(1, 4), skip=random.randrange(3))


async def to_the_end(client: Pinterest, state: Path, some: list[dict[str, Any]]) -> CatalogSync:
    """Sync again and again, as whoever runs it each night would."""
    for _ in range(12):
        try:
            done = await sync_catalog(
                client, some, **WHERE, state=state, pace=PACE, delete_missing=True, delete_share=1.0
            )
        except PinterestError:
            continue
        if done.complete:
            return done
    pytest.fail("it did not come to its end")


def as_they_should_be(some: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The items that these rows are."""
    return {
        one["id"]: {
            name: [value] if name == "image_link" else value
            for name, value in one.items()
            if name != "id"
        }
        for one in some
    }


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("feed", [False, True])
async def test_the_catalog_is_the_rows_in_a_storm(tmp_path: Path, seed: int, *, feed: bool) -> None:
    """Faults of every kind, over changes and deletions: nothing is lost, nothing made up."""
    random = Random(seed)
    quirks = random.choice(((), ("missing_fields", "undeclared_fields")))
    async with shop(feed=feed, seed=seed + 1, quirks=quirks) as (emulator, client):
        for _ in range(2):
            some = [
                row(number, price=f"{random.randrange(1, 9)}.00 USD")
                for number in random.sample(range(1100), 1050)
            ]
            plan_storm(emulator, random)
            await to_the_end(client, tmp_path / "state.sqlite", some)
            assert held(emulator) == as_they_should_be(some)
            emulator.clear_faults()


@pytest.mark.parametrize("seed", range(3))
async def test_a_cancelled_run_goes_on(tmp_path: Path, seed: int) -> None:
    """Cancelled at a moment of chance, a run gives its file back, and the next one goes on."""
    random = Random(seed)
    state = tmp_path / "state.sqlite"
    out = tmp_path / "verdicts.csv"

    async def source() -> AsyncIterator[Mapping[str, Any]]:
        for one in rows(2100):
            yield one

    async with shop(job_seconds=0.2) as (emulator, client):
        for _ in range(3):
            syncing = asyncio.create_task(
                sync_catalog(client, source(), **WHERE, state=state, pace=PACE, out=out)
            )
            await asyncio.sleep(random.uniform(0.0, 0.8))
            if random.random() < 0.7:
                wanted = batches(emulator) + 1
                while batches(emulator) < wanted:
                    if syncing.done():
                        break
                    await asyncio.sleep(0.001)
            syncing.cancel()
            await asyncio.wait([syncing])
            assert [path.name for path in tmp_path.glob("verdicts*")] in ([], ["verdicts.csv"])
        done = await sync_catalog(client, rows(2100), **WHERE, state=state, pace=PACE, out=out)
        assert done.complete
        assert len(held(emulator)) == 2100
        assert set(written(emulator).values()) == {1}
