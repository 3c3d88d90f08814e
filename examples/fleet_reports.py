"""Reports of many ad accounts by several workers, into one dataset; a worker may die at any time.

    pip install taskiq-redis 'pinterest-async[parquet,redis]'
    pinterest-async emulator                  # in another terminal; set the two variables it prints
    export REDIS_URL=redis://localhost:6379/0
    taskiq worker examples.fleet_reports:broker --workers 2 --max-async-tasks 2 --max-prefetch 0
    python examples/fleet_reports.py DIR [ACCOUNT …]

Reads PINTEREST_ACCESS_TOKEN; all workers see DIR. Nothing is lost: a task is acknowledged when
it is done, and goes to another worker when its own falls silent. Nothing is doubled, since an
ad account has one file, which gets its name when it is whole; and reports that were started are
gone on with, since an ad account has a journal.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from pathlib import Path
from typing import Final

from taskiq import SmartRetryMiddleware, TaskiqEvents, TaskiqState
from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

from pinterest_async import Pinterest
from pinterest_async.jobs import JournalError, ad_report
from pinterest_async.limits import RedisLimits

REDIS: Final = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
SILENCE: Final = float(os.environ.get("SILENCE", "600"))
"""Seconds after which a task is taken to be given up: more than any ad account takes."""
COLUMNS: Final = ("IMPRESSION_1", "CLICKTHROUGH_1", "SPEND_IN_MICRO_DOLLAR")
DAYS: Final = 90

broker = (
    RedisStreamBroker(
        REDIS,
        idle_timeout=int(SILENCE * 1000),
        xread_count=1,  # or one worker would take all that there is
        unacknowledged_lock_timeout=5,
    )
    .with_result_backend(RedisAsyncResultBackend[int](REDIS, result_ex_time=86_400))
    .with_middlewares(
        # A worker that was slow, and not dead, has the journal still: it is tried again.
        SmartRetryMiddleware(
            default_retry_count=10, default_delay=SILENCE / 4, types_of_exceptions=[JournalError]
        )
    )
)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def start(state: TaskiqState) -> None:
    """Make one client for all that this worker does."""
    state.limits = RedisLimits(REDIS)
    state.pinterest = Pinterest.from_env(limits=state.limits)


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def stop(state: TaskiqState) -> None:
    """Close what `start` has opened."""
    await state.pinterest.aclose()
    await state.limits.aclose()


@broker.task(retry_on_error=True)
async def fetch(account: str, folder: str, first: str, last: str) -> int:
    """Write the figures of an ad account by campaign and day; return how many rows there are."""
    pinterest: Pinterest = broker.state.pinterest
    run = await ad_report(
        pinterest,
        account,
        level="CAMPAIGN",
        columns=COLUMNS,
        start=dt.date.fromisoformat(first),
        end=dt.date.fromisoformat(last),
        out=Path(folder, "campaign_days", f"account={account}", f"{first}_{last}.parquet"),
        journal=Path(folder, "journals", f"{account}_{first}_{last}.sqlite"),
    )
    if not run.complete:
        raise RuntimeError(run.failures[0].reason)
    return run.rows


@broker.task
async def look_round() -> None:
    """Do nothing: a worker looks for given-up tasks only when a new one has come."""


async def main(folder: str, accounts: list[str]) -> None:
    """Hand out the work, and show what comes of it."""
    if not accounts:
        async with Pinterest.from_env() as pinterest:
            accounts = [one.id async for one in pinterest.ad_accounts.list() if one.id]
    last = dt.datetime.now(dt.UTC).date() - dt.timedelta(1)
    first = last - dt.timedelta(DAYS - 1)
    await broker.startup()
    left = {one: await fetch.kiq(one, folder, f"{first}", f"{last}") for one in accounts}
    while left:
        await asyncio.sleep(min(SILENCE / 4, 5))
        await look_round.kiq()
        for account, task in list(left.items()):
            if await task.is_ready():
                result = await left.pop(account).get_result()
                print(account, result.error or result.return_value, flush=True)
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
