"""Exports in storms, and exports that are killed at any moment: nothing lost, nothing doubled."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pinterest_async import PinterestError
from pinterest_async.emulator import (
    Answer,
    Disconnect,
    Emulator,
    Fault,
    OverQuota,
    PagingOptions,
    Truncate,
    in_thread,
)
from pinterest_async.jobs import export_account
from tests.support.clients import client_of
from tests.support.commands import COMMAND, environment
from tests.support.exported import WIDE, assert_holds, known_pages, manifest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

# Kills itself at a moment of its last steps: the argument says before which file gets its name.
SUICIDE = """
import asyncio, os, pathlib, signal, sys
from pinterest_async import Pinterest
from pinterest_async.jobs import export_account

replace = pathlib.Path.replace

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def replace_or_die(path, target):
    return die() if path.name == sys.argv[2] + ".partial" else replace(path, target)

async def main():
    async with Pinterest.from_env() as client:
        pathlib.Path.replace = replace_or_die
        await export_account(
            client, sys.argv[1], update=True,
            progress=lambda told: sys.argv[2] == told.stage and die(),
        )

asyncio.run(main())
"""


@pytest.mark.parametrize("seed", range(50))
async def test_storms_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    """Whatever goes wrong in passing, and however often a run gives up, the end is exact."""
    chance = random.Random(seed)
    # A 429 holds the limiter up for a second, so that there are not many of them.
    often: list[Fault] = [Disconnect(), Answer(500), Answer(503, "<html>"), Truncate()]
    faults = [*often, *often, *often, OverQuota(reset=0)]
    async with (
        Emulator(
            boards=4,
            pins=30,
            seed=seed,
            limits=WIDE,
            paging=PagingOptions(empty_pages=seed % 2 == 0),
        ) as emulator,
        client_of(emulator, attempts=2) as client,
    ):
        emulator.fail_at_random(0.35, faults=faults)
        report = None
        for attempt in range(200):
            if attempt == 60:
                emulator.clear_faults()
            try:
                report = await export_account(client, tmp_path, concurrency=chance.randint(1, 4))
            except PinterestError:
                continue
            break
        emulator.clear_faults()
        assert report is not None
        # A board that was given up is what an update makes good.
        if not report.complete:
            report = await export_account(client, tmp_path, update=True)
        account = emulator.account

    assert report.complete
    assert_holds(tmp_path, account)
    assert manifest(tmp_path)["pins"] == 30


@contextmanager
def program(folder: Path, emulator: Emulator, *words: str) -> Generator[subprocess.Popen[bytes]]:
    """Run the export of the command line."""
    command = [*COMMAND, "export", str(folder), *words]
    with subprocess.Popen(
        command, env=environment(emulator), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("seed", range(3))
def test_kills_at_any_moment_fetch_and_write_nothing_twice(tmp_path: Path, seed: int) -> None:
    """After kill -9 again and again no page that was written down is asked for once more."""
    chance = random.Random(seed)
    written_as = ["jsonl", "parquet", "sqlite"][seed]
    out = tmp_path / "out"
    with in_thread(
        Emulator(boards=12, pins=1500, seed=seed, latency=0.02, limits=WIDE)
    ) as emulator:
        known = 0
        for _ in range(3):
            emulator.requests.clear()
            wanted = chance.randint(2, 9)
            with program(out, emulator, "--format", written_as) as process:
                deadline = time.monotonic() + 30
                while len(emulator.requests) < wanted:
                    assert time.monotonic() < deadline
                    assert process.poll() is None
                    time.sleep(0.001)
                time.sleep(chance.uniform(0, 0.03))
                process.send_signal(signal.SIGKILL)
                assert process.wait() == -signal.SIGKILL
            assert not (out / "manifest.json").exists()
            assert known_pages(out) >= known
            known = known_pages(out)
        emulator.requests.clear()
        with program(out, emulator, "--format", written_as) as process:
            assert process.wait(30) == 0
        assert_holds(out, emulator.account, written_as)
        report = manifest(out)
        asked = len(emulator.requests)

    assert report["complete"]
    assert report["pages_resumed"] == known
    assert asked == report["calls"] == 1 + report["pages"] - known
    assert not list(out.glob("*.partial"))


@pytest.mark.parametrize("moment", ["writing", "boards.jsonl", "pins.jsonl", "manifest.json"])
def test_a_kill_among_the_last_steps_costs_nothing(tmp_path: Path, moment: str) -> None:
    """Killed while files are written or named, an update is finished without a list being read."""
    out = tmp_path / "out"
    with in_thread(Emulator(boards=3, pins=40)) as emulator:
        with program(out, emulator) as process:
            assert process.wait(30) == 0
        gone = next(iter(emulator.account.saved.pins))
        emulator.account.saved.remove_pin(gone)
        command = [sys.executable, "-c", SUICIDE, str(out), moment]
        ended = subprocess.run(command, env=environment(emulator), check=False)
        assert ended.returncode == -signal.SIGKILL
        emulator.requests.clear()
        with program(out, emulator, "--update") as process:
            assert process.wait(30) == 0
        assert [request.operation_id for request in emulator.requests] == ["user_account/get"]
        assert_holds(out, emulator.account)

    assert manifest(out)["changes"]["pin"] == {"new": 0, "changed": 0, "gone": 1}
    assert not list(out.glob("*.partial"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    """Where files may not grow the export ends with 1 and goes on when they may."""
    out = tmp_path / "out"
    with in_thread(Emulator(boards=4, pins=600, limits=WIDE)) as emulator:
        limited = (
            "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000));"
            "from pinterest_async.cli import main; sys.argv = ['x', 'export', sys.argv[1]]; main()"
        )
        ended = subprocess.run(
            [sys.executable, "-c", limited, str(out)],
            env=environment(emulator),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 1
        assert len(ended.stderr.splitlines()) == 1
        assert "Traceback" not in ended.stderr
        assert not (out / "manifest.json").exists()
        with program(out, emulator) as process:
            assert process.wait(30) == 0
        assert_holds(out, emulator.account)
