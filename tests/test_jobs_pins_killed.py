"""Runs that are killed at any moment: the next one goes on, and no Pin is lost or doubled."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Answer, Disconnect, Emulator, in_thread

if TYPE_CHECKING:
    from pathlib import Path

# With the exit code of a run that has made everything, 0.
PROGRAM = """
import asyncio, sys
from pinterest_async import Pinterest, RetryPolicy
from pinterest_async.jobs import create_pins

async def main():
    async with Pinterest.from_env(retry=RetryPolicy(attempts=2, base=0.01)) as client:
        report = await create_pins(
            client, sys.argv[1], journal=sys.argv[2], settle=0.02, concurrency=3
        )
        return 0 if report.complete else 3

sys.exit(asyncio.run(main()))
"""
ROWS = 30


@pytest.mark.parametrize("seed", range(6))
def test_kills_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    """After kill -9 at random moments, with answers lost on top, each row is one Pin."""
    chance = random.Random(seed)
    rows, journal = tmp_path / "rows.jsonl", tmp_path / "j.sqlite"
    wide = {"org_write": [(1000, 1.0)], "org_read": [(1000, 1.0)]}
    with in_thread(Emulator(boards=2, pins=0, seed=seed, latency=0.01, limits=wide)) as emulator:
        boards = list(emulator.account.boards)
        wanted = [(boards[n % 2], f"Pin {n // 6}") for n in range(ROWS)]
        rows.write_text(
            "".join(
                json.dumps({"board": board, "title": title, "image": "https://x.test/a.jpg"}) + "\n"
                for board, title in wanted
            )
        )
        emulator.fail_at_random(
            0.2,
            operation_id="pins/create",
            faults=[Disconnect(after_write=True), Disconnect(), Answer(500, after_write=True)],
        )
        environment = {
            **os.environ,
            "PINTEREST_ACCESS_TOKEN": emulator.token,
            "PINTEREST_BASE_URL": emulator.base_url,
        }
        kills = 0
        for _ in range(30):
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(rows), str(journal)], env=environment
            )
            before = len(emulator.account.pins)
            more = chance.randrange(1, 9)
            while process.poll() is None and kills < 4:
                if len(emulator.account.pins) >= before + more:
                    time.sleep(chance.uniform(0, 0.02))
                    process.send_signal(signal.SIGKILL)
                    kills += 1
                    break
                time.sleep(0.001)
            if process.wait() == 0:
                break
        else:
            pytest.fail("it never ended")
        made = Counter((pin.board_id, pin.title) for pin in emulator.account.pins.values())
        pins = sorted(emulator.account.pins)

    assert kills >= 3
    assert made == Counter(wanted)
    connection = sqlite3.connect(journal)
    written = connection.execute("SELECT state, pin_id FROM pins").fetchall()
    connection.close()
    assert {state for state, _ in written} == {"created"}
    assert sorted(pin_id for _, pin_id in written) == pins
