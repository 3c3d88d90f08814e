"""Several processes with one store, and processes that die in the middle of a refresh."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.redis_server import BINARY, RedisServer
from pinterest_async.auth import (
    FileTokenStore,
    RedisTokenStore,
    RefreshingCredentials,
    TokenStore,
)
from pinterest_async.errors import ReauthorizationRequired
from tests.support.auth_worker import CALLS, DISK_POINTS, FAULT_POINTS, LOST
from tests.support.auth_world import ACCESS_LIFE, DAY, TokenServer

if TYPE_CHECKING:
    from collections.abc import Generator

PROCESSES = 4
ROUNDS = 100

_WORKER = Path(__file__).parents[1] / "support" / "auth_worker.py"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed POSIX's way")


class Worker:
    """A process that makes its calls when it is told the time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, server: TokenServer, where: str, fault_point: str = "") -> Worker:
        """Start a process with the store that is there."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(_WORKER),
            server.base_url,
            where,
            fault_point,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                "TEST_APP_SECRET": server.app_secret,
                "PYTHONPATH": str(_WORKER.parents[2]),
            },
        )
        return cls(process)

    async def call(self, now: float) -> str:
        """Make the calls at this time, and return what became of them; empty if it has died."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{now}\n".encode())
        return (await stdout.readline()).decode().strip()

    async def end(self) -> int:
        """Let it end, and return how it did."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await self._process.wait()


@pytest.fixture(scope="module")
def redis_url() -> Generator[str]:
    """A Redis server for the tests of this module."""
    if BINARY is None:
        pytest.skip("redis-server is not installed")
    with RedisServer() as server:
        yield server.url


@pytest.fixture(params=["file", "redis"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the store is: a folder, or a Redis server."""
    if request.param == "file":
        return str(tmp_path / "tokens")
    url: str = request.getfixturevalue("redis_url")
    return url


def _store(where: str) -> TokenStore:
    return RedisTokenStore(where) if "://" in where else FileTokenStore(where)


async def _log_in(server: TokenServer, where: str) -> None:
    store = _store(where)
    await store.save("alice", server.log_in())
    if isinstance(store, RedisTokenStore):
        await store.aclose()


async def test_four_processes_come_to_one_refresh_in_each_round(where: str) -> None:
    """Over a hundred rounds of expiry, by the clock or by the server, nobody is logged out."""
    async with TokenServer() as server:
        await _log_in(server, where)
        workers = [await Worker.start(server, where) for _ in range(PROCESSES)]
        for number in range(1, ROUNDS + 1):
            if number % 2:
                server.now += ACCESS_LIFE
            else:
                # Not by the clock, which moves on a little so that the last token is not brand-new.
                server.now += 60
                server.reject_access_tokens()
            said = await asyncio.gather(*(worker.call(server.now) for worker in workers))
            assert said == ["ok"] * PROCESSES, f"round {number}"
            assert server.refreshes == number
        assert [await worker.end() for worker in workers] == [0] * PROCESSES
        assert server.requests == ["refresh_token"] * ROUNDS
        assert server.calls >= ROUNDS * PROCESSES * CALLS


@pytest.mark.parametrize("left", [0.0, DAY / 2], ids=["expired", "ahead"])
@pytest.mark.parametrize(
    ("where", "point"),
    [
        *(("file", point) for point in FAULT_POINTS),
        # Redis writes in one step.
        *(("redis", point) for point in FAULT_POINTS if point not in DISK_POINTS),
    ],
    indirect=["where"],
)
async def test_a_process_is_killed_during_a_refresh(where: str, point: str, left: float) -> None:
    """Its successor works on, or says what to do where the server's answer died with the process.

    Refreshing ahead of time, it works on in any case, unless the server kills the old tokens.
    """
    async with TokenServer() as server:
        server.forgives_reuse = bool(left)
        await _log_in(server, where)
        server.now += ACCESS_LIFE - left
        first = await Worker.start(server, where, point)
        assert await first.call(server.now) == ""
        assert await first.end() == -signal.SIGKILL
        assert server.refreshes == (
            FAULT_POINTS.index(point) > FAULT_POINTS.index("before refresh")
        )
        store = _store(where)
        # What is made anew knows no more than a new process.
        credentials = RefreshingCredentials(server.app(), store, "alice", clock=server.clock)
        async with server.client(credentials) as client:
            if point in LOST and not left:
                with pytest.raises(ReauthorizationRequired, match="`pinterest-async login`"):
                    await client.user_account.get()
                await store.save("alice", server.log_in())
            assert (await client.user_account.get()).username == "alice"
        if isinstance(store, RedisTokenStore):
            await store.aclose()


async def test_a_process_is_killed_while_the_answer_is_on_its_way(where: str) -> None:
    """The server has rotated the token and the answer is lost: the successor says what to do."""
    async with TokenServer() as server:
        await _log_in(server, where)
        server.now += ACCESS_LIFE
        worker = await Worker.start(server, where)

        async def kill() -> None:
            worker._process.kill()
            await worker._process.wait()

        server.after_rotation = kill
        assert await worker.call(server.now) == ""
        server.after_rotation = None
        second = await Worker.start(server, where)
        said = await second.call(server.now)
        assert said.startswith("ReauthorizationRequired")
        assert await second.end() == 0
