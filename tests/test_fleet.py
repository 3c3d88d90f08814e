"""Several workers of a task queue act for several accounts, with everything shared in Redis."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from benchmarks.redis_server import RedisServer
from pinterest_async.auth import OAuthApp, RedisTokenStore, Token
from pinterest_async.emulator import Emulator, LoginOptions, in_thread
from tests.support.auth_world import approve
from tests.support.redis_server import needs_redis

if TYPE_CHECKING:
    from collections.abc import Generator

pytest.importorskip("taskiq_redis", reason="extra `fleet`")

SCOPES: Final = ("boards:read", "pins:read", "user_accounts:read")
ROOT: Final = Path(__file__).parent.parent
ACCOUNTS: Final = ("alice", "bob", "carol")
EACH: Final = 6
"""Tasks for each account."""


@pytest.fixture
def redis() -> Generator[RedisServer]:
    """A Redis server of its own."""
    with RedisServer() as server:
        yield server


async def log_in(emulator: Emulator, url: str) -> None:
    """Put a token of each account into the store, as a backend does; all have run out."""
    app = OAuthApp(
        emulator.app_id, emulator.app_secret, "http://127.0.0.1:8085/", base_url=emulator.base_url
    )
    async with RedisTokenStore(url) as store:
        for account in ACCOUNTS:
            token = await app.exchange(await approve(app, app.authorize_url(SCOPES)))
            await store.save(account, Token(token.access, refresh=token.refresh, expires_at=0.0))


@needs_redis
def test_workers_share_limits_and_logins(redis: RedisServer, tmp_path: Path) -> None:
    """All tasks come to their end, nothing is refused, and each token is refreshed once.

    Then the workers export all accounts into one dataset.
    """
    with in_thread(Emulator(boards=3, pins=30, login=LoginOptions(auto_approve=True))) as emulator:
        asyncio.run(log_in(emulator, redis.url))
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": redis.url,
            "PINTEREST_BASE_URL": emulator.base_url,
            "PINTEREST_APP_ID": emulator.app_id,
            "PINTEREST_APP_SECRET": emulator.app_secret,
        }
        command = [sys.executable, "-m", "taskiq", "worker", "examples.fleet:broker"]
        with subprocess.Popen(
            [*command, "--workers", "2"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as workers:
            try:
                done = subprocess.run(
                    [sys.executable, "examples/fleet.py", *ACCOUNTS * EACH],
                    cwd=ROOT,
                    env=environment,
                    check=False,
                    capture_output=True,
                    text=True,
                    timeout=90,
                )
                exported = subprocess.run(
                    [sys.executable, "examples/fleet.py", "--export", str(tmp_path), *ACCOUNTS],
                    cwd=ROOT,
                    env=environment,
                    check=False,
                    capture_output=True,
                    text=True,
                    timeout=90,
                )
            finally:
                workers.terminate()
                said, _ = workers.communicate(timeout=30)
        refreshed = Counter(
            seen.body["grant_type"]
            for seen in emulator.requests
            if seen.operation_id == "oauth/token"
        )
        statuses = {seen.status for seen in emulator.requests}
    assert done.returncode == 0, done.stderr + said
    assert Counter(done.stdout.splitlines()) == {f"{account} 30": EACH for account in ACCOUNTS}
    assert exported.returncode == 0, exported.stderr + said
    assert set(exported.stdout.splitlines()) == {f"{account} 30" for account in ACCOUNTS}
    parts = sorted((tmp_path / "pins").glob("account=*/pins.jsonl"))
    assert len(parts) == len(ACCOUNTS)
    assert sum(len(part.read_text().splitlines()) for part in parts) == 30 * len(ACCOUNTS)
    assert refreshed["refresh_token"] == len(ACCOUNTS)
    assert 429 not in statuses
    assert emulator.app_secret not in said + done.stdout + done.stderr
