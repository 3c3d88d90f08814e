"""Ad reports while everything goes wrong: the rows are the story's, and no report is wasted."""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import RetryPolicy
from pinterest_async.client import Pinterest
from pinterest_async.emulator import Answer, Disconnect, Truncate
from pinterest_async.errors import PinterestError
from pinterest_async.jobs import ad_report
from tests.support.ads_world import (
    COUNTED,
    PACE,
    ads_emulator,
    as_text,
    days_ago,
    in_order,
    started,
    story,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.emulator import Emulator

ASKED: dict[str, Any] = {
    "level": "CAMPAIGN",
    "columns": COUNTED,
    "start": days_ago(700),
    "end": days_ago(1),
    "pace": PACE,
}
PARTS = 4
CREATE, LOOK = "analytics/create_report", "analytics/get_report"


def plan_storm(emulator: Emulator, random: Random) -> Counter[str]:
    """Let several things go wrong; say how many starts each of them costs."""
    cost: Counter[str] = Counter()
    ending: Any = random.choice(["failed", "cancelled", "expired"])
    emulator.fail_jobs(CREATE, ending=ending)
    cost["ended"] += 1
    emulator.fail_jobs(CREATE, ending="unknown")
    emulator.fail(CREATE, Answer(500), times=random.randrange(1, 3))
    emulator.fail(CREATE, Answer(400, {"code": 12, "message": "Something went wrong"}), skip=2)
    if random.random() < 0.5:
        # The answer is lost, the report is not: nobody can know of it.
        emulator.fail(CREATE, Disconnect(after_write=True), skip=3)
        cost["lost"] += 1
    for fault in (Answer(500), Answer(503), Disconnect(), Truncate()):
        emulator.fail(LOOK, fault, times=random.randrange(1, 3), skip=random.randrange(6))
    gone = Answer(200, {"report_status": "FINISHED", "url": "http://localhost:1/gone"})
    emulator.fail(LOOK, gone, skip=random.randrange(8))
    return cost


@pytest.mark.parametrize("seed", range(14))
async def test_rows_are_the_story_in_a_storm(seed: int) -> None:
    """Faults of every kind, in an order of each seed's own: every row once, no start too many."""
    random = Random(seed)
    async with ads_emulator(seed=seed + 1) as emulator:
        cost = plan_storm(emulator, random)
        retry = RetryPolicy(attempts=2, base=0.001, cap=0.01)
        async with Pinterest(emulator.token, base_url=emulator.base_url, retry=retry) as client:
            report = ad_report(client, emulator.ad_account_id, **ASKED)
            rows = [row async for row in report]
        emulator.clear_faults()
        told = [
            row
            for ago in range(700, 0, -100)
            for row in await story(emulator, days_ago(ago), days_ago(ago - 99))
        ]
        by_hand = 7
        assert started(emulator) - by_hand <= PARTS + cost.total()
    assert report.run.complete
    assert in_order([as_text(row) for row in rows]) == in_order(told)


@pytest.mark.parametrize("seed", range(6))
async def test_a_killed_run_goes_on(tmp_path: Path, seed: int) -> None:
    """Killed at moments of chance, a run ends whole: what was started is not started again."""
    random = Random(seed)
    journal, out = tmp_path / "run.sqlite", tmp_path / "ads.csv"
    async with ads_emulator(seed=seed + 1, job_seconds=0.3) as emulator:
        words = (emulator.base_url, emulator.token, emulator.ad_account_id, str(journal), str(out))
        kills = 0
        while not out.exists():
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.support.ad_report_worker", *words
            )
            if kills < 3:
                kills += 1
                before = started(emulator)
                while started(emulator) == before and process.returncode is None:
                    await asyncio.sleep(0.01)
                    if kills > 1 and out.exists():
                        break
                await asyncio.sleep(random.uniform(0.0, 0.6))
                if process.returncode is None:
                    process.kill()
                await process.wait()
            else:
                assert await process.wait() == 0
        # A kill between the answer to a start and its line in the journal costs that start.
        assert started(emulator) <= 5 + 2 * kills
        told = [
            row
            for ago in range(900, 0, -100)
            for row in await story(emulator, days_ago(ago), days_ago(ago - 99))
        ]
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert in_order([as_text(row) for row in rows]) == in_order(told)
    assert {path.name for path in tmp_path.iterdir()} == {"run.sqlite", "ads.csv"}


async def test_what_is_named_is_asked_for_again(tmp_path: Path) -> None:
    """With a journal, a second run fetches what the first one missed, and nothing else."""
    journal = tmp_path / "run.sqlite"
    async with ads_emulator() as emulator:
        emulator.fail_jobs(CREATE, times=2)
        retry = RetryPolicy(attempts=1)
        async with Pinterest(emulator.token, base_url=emulator.base_url, retry=retry) as client:
            account = emulator.ad_account_id
            asked: dict[str, Any] = {**ASKED, "journal": journal, "concurrency": 1}
            first = ad_report(client, account, **asked)
            some = [row async for row in first]
            before = started(emulator)
            second = ad_report(client, account, **asked)
            rows = [row async for row in second]
    assert len(first.run.failures) == 1
    assert started(emulator) - before == 1
    assert second.run.resumed == PARTS - 1
    assert len(rows) > len(some) > 0
    assert json.dumps(rows[-1], default=str) == json.dumps(some[-1], default=str)


async def test_a_journal_of_another_question_is_refused(tmp_path: Path) -> None:
    """A journal goes with its arguments: with others it is named, not overwritten."""
    journal = tmp_path / "run.sqlite"
    async with ads_emulator() as emulator:
        emulator.fail_jobs(CREATE, times=2)
        async with Pinterest(emulator.token, base_url=emulator.base_url) as client:
            account = emulator.ad_account_id
            asked: dict[str, Any] = {**ASKED, "start": days_ago(9), "journal": journal}
            _ = [row async for row in ad_report(client, account, **asked)]
            other: dict[str, Any] = {**asked, "start": days_ago(8)}
            with pytest.raises(PinterestError, match="journal of another run"):
                await anext(aiter(ad_report(client, account, **other)))
