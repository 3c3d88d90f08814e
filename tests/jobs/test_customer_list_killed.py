"""A sync of a customer list, killed with -9 while its table changes: the list is the table.

`PIN_KILLS=50 python -m pytest tests/jobs/test_customer_list_killed.py` tries fifty seeds.
"""

from __future__ import annotations

import json
import os
from random import Random
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Answer, Disconnect, Emulator, in_thread
from tests.support.audience_world import address, lists_called, people_on, sha256
from tests.support.restarts import Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEEDS = range(int(os.environ.get("PIN_KILLS", "6")))
KILLS = 8
LOST = (Disconnect(after_write=True), Disconnect(), Answer(500, after_write=True), Answer(500))
# Each start reads the next of the tables, and the last one again and again.
PROGRAM = """
import functools, pathlib
from pinterest_async import Pinterest, RetryPolicy
from pinterest_async.jobs import Pace, sync_customer_list
from pinterest_async.jobs.audiences import sync

sync._SINGLES, sync._ROWS = 23, 11
sync.patiently = functools.partial(sync.patiently, pause=0.001)

async def main(base_url, token, account, folder):
    folder = pathlib.Path(folder)
    started = folder / "started"
    number = len(started.read_text()) if started.exists() else 0
    started.write_text("x" * (number + 1))
    tables = sorted(folder.glob("*.jsonl"))
    table = tables[min(number, len(tables) - 1)]
    retry = RetryPolicy(attempts=2, base=0.002)
    async with Pinterest(token, base_url=base_url, retry=retry) as client:
        await sync_customer_list(
            client, account, table, name="Customers", state=folder / "state", audience="Known",
            remove_share=1.0, pace=Pace(first=0.0, longest=0.01, gap=0.0),
        )
    return 0 if table == tables[-1] else 3
"""


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    """The job."""
    with Program(PROGRAM) as program:
        yield program


def family(number: int) -> dict[str, str]:
    """A person; three in four share a telephone with one other."""
    person = {"email": address(number)}
    return person if number % 4 == 3 else {**person, "phone": f"+4930{number // 2:06}"}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_list_is_the_last_table(program: Program, tmp_path: Path, seed: int) -> None:
    """Nobody is missing, nobody is left over, and there is one list with one audience."""
    chance = Random(seed)
    people: list[dict[str, str]] = []
    for number in range(KILLS):
        people = [family(one) for one in range(240) if chance.random() < 0.7]
        lines = "".join(f"{json.dumps(one)}\n" for one in people)
        (tmp_path / f"{number}.jsonl").write_text(lines, "utf-8")
    with in_thread(
        Emulator(
            boards=0,
            pins=0,
            seed=seed,
            latency=0.003,
            job_seconds=0.0,
            enforce_limits=False,
        )
    ) as emulator:
        for operation in ("customer_lists/create", "customer_lists/update", "audiences/create"):
            emulator.fail_at_random(0.2, operation_id=operation, faults=LOST)
        kills = program.finish(
            [emulator.base_url, emulator.token, emulator.ad_account_id, str(tmp_path)],
            lambda: len(emulator.requests),
            chance,
            kills=KILLS,
            within=14,
        )
        (made,) = lists_called(emulator, "Customers")
        on_list = people_on(emulator, made["id"]).ids
        audiences = emulator.account.stores.store("audiences", emulator.ad_account_id)
        assert len([one for one in audiences if one["name"] == "Known"]) == 1

    wanted = {sha256(one["email"]) for one in people}
    wanted |= {sha256(one["phone"].removeprefix("+")) for one in people if "phone" in one}
    assert kills >= 1
    assert on_list == wanted
