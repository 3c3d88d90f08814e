"""Work for many accounts on several workers, which share rate limits and logins through Redis.

    export REDIS_URL=redis://localhost:6379/0 PINTEREST_APP_ID=… PINTEREST_APP_SECRET=…
    taskiq worker examples.fleet:broker
    python examples/fleet.py ACCOUNT …                  # counts the Pins of accounts
    python examples/fleet.py --export DIR ACCOUNT …     # exports them into one dataset

Taskiq hands the work out: any worker may act for any account. What an account may spend is counted
in Redis, and a token that has run out is refreshed by one worker for all. The accounts are those
whose tokens the backend's login has put into the store; see `web_fastapi.py`.
"""

from __future__ import annotations

import asyncio
import os
import sys

from taskiq import TaskiqEvents, TaskiqState
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend

from pinterest_async import Pinterest
from pinterest_async.auth import (
    ClientCredentials,
    OAuthApp,
    RedisTokenStore,
    RefreshingCredentials,
)
from pinterest_async.jobs import export_accounts
from pinterest_async.limits import RedisLimits

REDIS = os.environ.get("REDIS_URL", "redis://localhost:6379/0")

# A worker waits for tasks as long as it takes; redis-py from 8 on would give up after five seconds.
broker = ListQueueBroker(REDIS, socket_timeout=None).with_result_backend(
    RedisAsyncResultBackend[int](REDIS)
)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def start(state: TaskiqState) -> None:
    """Make one client for all that this worker does."""
    state.oauth = OAuthApp(
        os.environ["PINTEREST_APP_ID"],
        os.environ["PINTEREST_APP_SECRET"],
        base_url=os.environ.get("PINTEREST_BASE_URL"),
    )
    state.store = RedisTokenStore(REDIS)
    state.limits = RedisLimits(REDIS)
    state.pinterest = Pinterest(
        ClientCredentials(state.oauth, ["boards:read"]),
        base_url=os.environ.get("PINTEREST_BASE_URL"),
        limits=state.limits,
    )


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def stop(state: TaskiqState) -> None:
    """Close what `start` has opened."""
    await state.pinterest.aclose()
    await state.limits.aclose()
    await state.store.aclose()


@broker.task
async def count_pins(account: str) -> int:
    """Count the Pins on the boards of an account."""
    shared = broker.state
    credentials = RefreshingCredentials(shared.oauth, shared.store, account)
    pinterest: Pinterest = shared.pinterest.for_account(credentials)
    return sum([board.pin_count or 0 async for board in pinterest.boards.list()])


@broker.task
async def export_pins(account: str, folder: str) -> int:
    """Export an account into the dataset that all workers write to; return its Pins.

    A worker that is killed loses nothing: the next one goes on with the account.
    """
    shared = broker.state
    credentials = RefreshingCredentials(shared.oauth, shared.store, account)
    report = await export_accounts(shared.pinterest, [credentials], folder, format="jsonl")
    if report.failures:
        raise RuntimeError(report.failures[0].error)
    return report.pins


async def main(accounts: list[str], folder: str | None = None) -> None:
    """Hand out the work, and show what comes of it."""
    await broker.startup()
    if folder is None:
        tasks = [await count_pins.kiq(account) for account in accounts]
    else:
        tasks = [await export_pins.kiq(account, folder) for account in accounts]
    for account, task in zip(accounts, tasks, strict=True):
        result = await task.wait_result(timeout=60)
        print(account, result.error or result.return_value)
    await broker.shutdown()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--export"]:
        asyncio.run(main(sys.argv[3:], sys.argv[2]))
    else:
        asyncio.run(main(sys.argv[1:]))
