"""Analytics that were interrupted: they go on from their checkpoint, and end whole."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
import sqlite3
import subprocess
from contextlib import aclosing
from random import Random
from typing import TYPE_CHECKING

import pytest

from pinterest_async import (
    ConfigurationError,
    ConnectionFailed,
)
from pinterest_async.emulator import Disconnect, in_thread
from pinterest_async.jobs import AnalyticsRow, JournalError, pin_analytics
from tests.support.analytics_world import (
    REFUSED,
    TODAY,
    asked,
    check_rows,
    collect,
    days_ago,
    emulator_with,
)
from tests.support.clients import client_of
from tests.support.commands import COMMAND, environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("seed", range(4))
async def test_a_broken_run_goes_on_from_its_checkpoint(tmp_path: Path, seed: int) -> None:
    """Broken at random points, again and again, the run asks for nothing twice and is whole."""
    random = Random(seed)
    quirks = REFUSED if seed % 2 else ()
    file = tmp_path / "run.sqlite"
    broken = 0
    rows: list[AnalyticsRow] = []
    async with emulator_with(150, quirks=quirks, seed=seed) as emulator:
        while True:
            async with client_of(emulator) as client:
                walk = pin_analytics(client, None, days_ago(1), TODAY, checkpoint=file)
                if broken < 4:
                    operation = "pins/analytics" if quirks else "multi_pins/analytics"
                    skip = random.randrange(30) if quirks else 0
                    emulator.fail(operation, Disconnect(), skip=skip)
                try:
                    rows = await collect(walk)
                    break
                except ConnectionFailed:
                    broken += 1
                emulator.clear_faults()
    assert broken >= 1
    check_rows(emulator, rows, days=2)
    assert walk.report.complete
    assert 0 <= walk.report.resumed <= walk.report.pins == 150
    # What was under way when the run broke was answered perhaps, and never seen.
    twice = [pin_id for pin_id, times in asked(emulator).items() if times > 1]
    assert len(twice) <= broken * 3 * (1 if quirks else 100)
    if quirks:
        assert sum(asked(emulator).values()) <= 150 + broken * 3


async def test_a_finished_checkpoint_answers_without_pinterest(tmp_path: Path) -> None:
    """A second walk gives the same rows, and asks for no figures."""
    file = tmp_path / "run.sqlite"
    async with emulator_with(120) as emulator, client_of(emulator) as client:
        pin_ids = [*emulator.account.saved.pins, "1"]
        first = pin_analytics(client, pin_ids, TODAY, TODAY, checkpoint=file)
        rows = await collect(first)
        emulator.requests.clear()
        second = pin_analytics(client, pin_ids, TODAY, TODAY, checkpoint=file)
        again = await collect(second)

    assert set(again) == set(rows)
    assert len(again) == len(rows)
    assert (second.report.resumed, second.report.pins) == (120, 120)
    # The one that failed is tried again.
    assert [one.path for one in emulator.requests] == ["/v5/pins/1"]
    assert len(second.report.failures) == 1


async def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    """Other days, other metrics, another database and other files are not mixed up."""
    file = tmp_path / "run.sqlite"
    async with emulator_with(2) as emulator, client_of(emulator) as client:
        await collect(pin_analytics(client, None, TODAY, TODAY, checkpoint=file))
        with pytest.raises(ConfigurationError, match="another run"):
            await collect(pin_analytics(client, None, days_ago(1), TODAY, checkpoint=file))
        with pytest.raises(ConfigurationError, match="another run"):
            await collect(
                pin_analytics(client, None, TODAY, TODAY, metrics=["SAVE"], checkpoint=file)
            )
        other = tmp_path / "other.sqlite"
        connection = sqlite3.connect(other)
        connection.execute("CREATE TABLE mine (a)")
        connection.close()
        text = tmp_path / "notes.txt"
        text.write_text("not a database, but longer than the head of one would be" * 10)
        for path in (other, text):
            before = path.read_bytes()
            with pytest.raises(JournalError):
                await collect(pin_analytics(client, None, TODAY, TODAY, checkpoint=path))
            assert path.read_bytes() == before


async def test_a_checkpoint_serves_one_run_at_a_time(tmp_path: Path) -> None:
    """A second run is refused while the first has the file, which may be in a new folder."""
    file = tmp_path / "new" / "run.sqlite"
    async with emulator_with(5) as emulator, client_of(emulator) as client:
        walk = pin_analytics(client, None, TODAY, TODAY, checkpoint=file)
        async with aclosing(walk):
            async for _ in walk:
                with pytest.raises(JournalError, match="another run is using it"):
                    await collect(pin_analytics(client, None, TODAY, TODAY, checkpoint=file))
                break
        assert await collect(pin_analytics(client, None, TODAY, TODAY, checkpoint=file))


async def test_what_was_looked_up_is_not_looked_up_again(tmp_path: Path) -> None:
    """A run that broke after the Pins were looked up begins with their figures."""
    file = tmp_path / "run.sqlite"
    async with emulator_with(6) as emulator, client_of(emulator) as client:
        pin_ids = list(emulator.account.saved.pins)
        emulator.fail("multi_pins/analytics", Disconnect(), times=9)
        emulator.fail("pins/analytics", Disconnect(), times=9)
        with pytest.raises(ConnectionFailed):
            await collect(pin_analytics(client, pin_ids, TODAY, TODAY, checkpoint=file))
        emulator.clear_faults()
        emulator.requests.clear()
        rows = await collect(pin_analytics(client, pin_ids, TODAY, TODAY, checkpoint=file))
        check_rows(emulator, rows, days=1)
    assert "pins/get" not in {request.operation_id for request in emulator.requests}


async def test_leaving_early_ends_the_calls(tmp_path: Path) -> None:
    """Closing the rows cancels what is under way and closes the file; cancelling does as well."""
    file = tmp_path / "run.sqlite"
    async with (
        emulator_with(300, quirks=REFUSED, latency=0.005) as emulator,
        client_of(emulator) as client,
    ):
        walk = pin_analytics(client, None, TODAY, TODAY, checkpoint=file)
        async with aclosing(walk):
            async for _ in walk:
                break
        assert not [task for task in asyncio.all_tasks() if "pinterest_async" in repr(task)]
        task = asyncio.create_task(
            collect(pin_analytics(client, None, TODAY, TODAY, checkpoint=file))
        )
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        whole = pin_analytics(client, None, TODAY, TODAY, checkpoint=file)
        check_rows(emulator, await collect(whole), days=1)
    assert whole.report.resumed > 0


def test_the_command_survives_kills(tmp_path: Path) -> None:
    """Killed at random points, the command goes on, asks for nothing twice and ends whole."""
    out, file = tmp_path / "rows.csv", tmp_path / "run.sqlite"
    random = Random(8)
    emulator = emulator_with(80, quirks=REFUSED, latency=0.004)
    with in_thread(emulator):
        command = [*COMMAND, "analytics", "--last", "3"]
        command += ["--out", str(out), "--checkpoint", str(file)]
        kills = 0
        for wanted in sorted(random.sample(range(10, 70), 2)):
            process = subprocess.Popen(command, env=environment(emulator), stderr=subprocess.PIPE)
            while sum(asked(emulator).values()) < wanted:
                assert process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert process.returncode == -signal.SIGKILL
            assert not out.exists()
            kills += 1
        ended = subprocess.run(
            command, env=environment(emulator), check=True, capture_output=True, text=True
        )
    with out.open(encoding="utf-8") as lines:
        table = list(csv.DictReader(lines))
    rows = [
        AnalyticsRow(
            pin_id=row["pin_id"],
            date=row["date"] or None,
            metric=row["metric"],
            value=float(row["value"]) if row["value"] else None,
            data_status=row["data_status"] or None,
        )
        for row in table
    ]
    check_rows(emulator, rows, days=3)
    assert "were in the checkpoint" in ended.stderr
    assert sum(asked(emulator).values()) <= 80 + kills * 4
    assert {path.name for path in tmp_path.iterdir()} == {"rows.csv", "run.sqlite"}


def test_the_command_writes_lines_of_json() -> None:
    """`--json` gives one object a row, and a Pin that is missing the exit code 3."""
    with in_thread(emulator_with(3)) as emulator:
        (pin_id, *_) = emulator.account.saved.pins
        ended = subprocess.run(
            [
                *(*COMMAND, "analytics", pin_id, "1"),
                *("--last", "1", "--metric", "SAVE", "--json"),
            ],
            env=environment(emulator),
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 3
    (row,) = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (row["pin_id"], row["metric"], row["date"]) == (pin_id, "SAVE", TODAY.isoformat())
    (failure,) = json.loads(ended.stderr)["report"]["failures"]
    assert failure["pin_id"] == "1"
