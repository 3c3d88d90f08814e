"""Workers write reports of many ad accounts into one dataset, and one of them is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from benchmarks.redis_server import RedisServer
from pinterest_async import Pinterest
from pinterest_async.emulator import Emulator, in_thread
from tests.support.ads_world import days_ago, started, story
from tests.support.commands import environment
from tests.support.redis_server import ask, needs_redis

if TYPE_CHECKING:
    from collections.abc import Generator

pytest.importorskip("taskiq_redis", reason="group `fleet`")
parquet = pytest.importorskip("pyarrow.parquet", reason="extra `parquet`")

ROOT: Final = Path(__file__).parent.parent
ACCOUNTS: Final = 20
COLUMNS: Final = ("DATE", "CAMPAIGN_ID", "IMPRESSION_1", "CLICKTHROUGH_1", "SPEND_IN_MICRO_DOLLAR")
AT_A_TIME: Final = 4
"""Tasks that a worker has under way."""
LOOK_ROUND: Final = """
import asyncio
from examples.fleet_reports import broker, look_round

async def main():
    await broker.startup()
    await look_round.kiq()
    await broker.shutdown()

asyncio.run(main())
"""


@pytest.fixture
def redis() -> Generator[RedisServer]:
    """A Redis server of its own."""
    with RedisServer() as server:
        yield server


async def open_accounts(emulator: Emulator) -> list[str]:
    """Open ad accounts until there are enough; one that is opened here has campaigns."""
    async with Pinterest(emulator.token, base_url=emulator.base_url) as client:
        ids = [str(one.id) async for one in client.ad_accounts.list()]
        while len(ids) < ACCOUNTS:
            made = await client.ad_accounts.create(
                name=f"Account {len(ids)}", country="US", owner_user_id="1"
            )
            ids.append(str(made.id))
    emulator.account.stores._new.clear()
    return ids


def worker(variables: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a worker, the head of a group of processes."""
    command = [sys.executable, "-m", "taskiq", "worker", "examples.fleet_reports:broker"]
    options = ["--workers", "1", "--max-async-tasks", f"{AT_A_TIME}", "--max-prefetch", "0"]
    with log.open("wb") as file:
        return subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=variables,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a worker with all that it has started, if it is there."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def end(process: subprocess.Popen[bytes]) -> None:
    """Let a worker finish what it is at: on a slow machine a task may be tried once more."""
    process.terminate()
    process.wait(120)


def at_work(url: str) -> dict[str, int]:
    """How many tasks each worker has and has not acknowledged."""
    summary: dict[str, Any] = asyncio.run(ask(url, "XPENDING", "taskiq", "taskiq"))
    return {one["name"]: int(one["pending"]) for one in summary["consumers"]}


def wait_until_both_work(url: str, files: Path) -> None:
    """Wait until some files are there and both workers have tasks."""
    until = time.monotonic() + 120
    while len(list(files.rglob("*.parquet"))) < 4 or len(at_work(url)) < 2:
        assert time.monotonic() < until, "the workers do not work"
        time.sleep(0.02)


def left_at_work(variables: dict[str, str]) -> dict[str, int]:
    """What is not acknowledged in the end; a task's result is told before that.

    A worker that was killed in between leaves its task to the next round.
    """
    until = time.monotonic() + 60
    while (left := at_work(variables["REDIS_URL"])) and time.monotonic() < until:
        subprocess.run([sys.executable, "-c", LOOK_ROUND], cwd=ROOT, env=variables, check=True)
    return left


async def told_by(emulator: Emulator, accounts: list[str]) -> Counter[tuple[str, ...]]:
    """The rows of all ad accounts, as the emulator tells them."""
    (api, _) = emulator._apis
    api._enforce_limits, api.world.jobs.seconds = False, 0.0
    told: Counter[tuple[str, ...]] = Counter()
    for account in accounts:
        rows = await story(emulator, days_ago(90), days_ago(1), ad_account_id=account)
        told.update((account, *(row[name] for name in COLUMNS)) for row in rows)
    return told


@needs_redis
@pytest.mark.skipif(sys.platform == "win32", reason="there are no groups of processes to kill")
def test_nothing_is_lost_or_doubled_when_a_worker_is_killed(
    redis: RedisServer, tmp_path: Path
) -> None:
    """The other one does what the dead one had begun; no report is started for what was started."""
    files = tmp_path / "dataset"
    with ExitStack() as stack:
        emulator = stack.enter_context(in_thread(Emulator(boards=0, pins=0, job_seconds=0.2)))
        accounts = asyncio.run(open_accounts(emulator))
        variables = {
            **environment(emulator),
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": redis.url,
            "SILENCE": "8",
        }
        asked = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "examples/fleet_reports.py", str(files)],
                cwd=ROOT,
                env=variables,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(asked.kill)
        workers = [worker(variables, tmp_path / f"{number}.log") for number in range(2)]
        for one in workers:
            stack.callback(kill, one)
        wait_until_both_work(redis.url, files)
        kill(workers[0])
        begun = at_work(redis.url)
        said, complaints = asked.communicate(timeout=240)
        count = started(emulator)
        pending = left_at_work(variables)
        end(workers[1])
        refused = sum(emulator.refused.values())
        told = asyncio.run(told_by(emulator, accounts))

    logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert len(begun) == 2, "the killed worker had nothing to do"
    assert asked.returncode == 0, complaints + logs
    rows = dict(line.split() for line in said.splitlines())
    assert rows.keys() == set(accounts)
    table = parquet.ParquetDataset(files / "campaign_days").read().to_pylist()
    found = Counter((row["AD_ACCOUNT_ID"], *(str(row[name]) for name in COLUMNS)) for row in table)
    assert found == told
    assert {account: str(n) for account, n in Counter(one[0] for one in found).items()} == rows
    assert not list(files.rglob("*.partial"))
    # At most what the dead worker had under way is started a second time.
    assert ACCOUNTS <= count <= ACCOUNTS + AT_A_TIME
    assert refused == 0
    assert emulator.token not in logs + said + complaints
    assert pending == {}
