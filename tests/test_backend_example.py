"""The example of a back end: its store, its users, its errors, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest
import uvicorn

from examples import backend
from examples.sql_store import SQLTokenStore
from pinterest_async.auth import OAuthApp, Token
from pinterest_async.emulator import Emulator, SpamBlock
from pinterest_async.testing.conformance import TokenStoreConformance
from tests.support.postgres_server import INITDB, PostgresServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path


class TestSQLiteStore(TokenStoreConformance):
    """The store on SQLite does what every token store does."""

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncGenerator[SQLTokenStore]:
        """An empty one."""
        async with SQLTokenStore(f"sqlite+aiosqlite:///{tmp_path / 'tokens.db'}") as store:
            yield store


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A server for the tests of this module."""
    if INITDB is None:
        pytest.skip("postgresql is not installed")
    with PostgresServer() as server:
        yield server


class TestPostgresStore(TokenStoreConformance):
    """The store on PostgreSQL does what every token store does."""

    @pytest.fixture
    async def store(self, postgres: PostgresServer) -> AsyncGenerator[SQLTokenStore]:
        """An empty one."""
        async with SQLTokenStore(postgres.url) as store:
            for account in ("alice", "bob"):
                await store.delete(account)
            yield store


async def test_two_processes_take_turns_at_a_lock(tmp_path: Path) -> None:
    """Stores that share nothing but the database let one in at a time."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'tokens.db'}"
    async with SQLTokenStore(url) as one, SQLTokenStore(url) as other:
        async with one.lock("alice"):
            waiting = asyncio.create_task(other.lock("alice").__aenter__())
            await asyncio.sleep(0.2)
            assert not waiting.done()
        async with asyncio.timeout(5):
            await waiting


@contextlib.asynccontextmanager
async def serving(emulator: Emulator, url: str) -> AsyncGenerator[tuple[uvicorn.Server, str]]:
    """The back end on a free port, until it is told to end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    oauth = OAuthApp(emulator.app_id, emulator.app_secret, base_url=emulator.base_url)
    app = backend.make_app(oauth, url)
    server = uvicorn.Server(uvicorn.Config(app, port=port, ws="none", log_config=None))
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done()
        await asyncio.sleep(0.01)
    try:
        yield server, f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def test_a_back_end_serves_its_users(tmp_path: Path) -> None:
    """Each sees their own boards, errors are answers by the table, and health asks for nothing."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'tokens.db'}"
    async with Emulator(boards=1, pins=1) as emulator, SQLTokenStore(url) as store:
        for user, boards in (("alice", 2), ("bob", 5)):
            token = emulator.add_account(user, boards=boards)
            await store.save(user, Token(token))
        async with serving(emulator, url) as (_, address), aiohttp.ClientSession(address) as web:

            async def get(path: str, user: str = "alice") -> tuple[int, aiohttp.ClientResponse]:
                async with web.get(path, headers={"X-User": user}) as response:
                    await response.read()
                    return response.status, response

            for user, boards in (("alice", 2), ("bob", 5)):
                status, response = await get("/boards", user)
                assert (status, len(await response.json())) == (200, boards)
                board_id = (await response.json())[0]["id"]
                assert (await get(f"/boards/{board_id}", user))[0] == 200
            seen = len(emulator.requests)
            assert (await get("/health"))[0] == 200
            assert len(emulator.requests) == seen

            status, response = await get("/boards", "nobody")
            assert (status, (await response.json())["error"]) == (401, "ReauthorizationRequired")
            assert (await get("/boards/404404"))[0] == 404
            emulator.fail("boards/list", SpamBlock(), times=9)
            status, response = await get("/boards")
            assert status == 503
            assert "pina_" not in str(await response.json())


async def test_a_back_end_ends_in_order(tmp_path: Path) -> None:
    """What is under way when it is told to end is answered, and nothing is left open."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'tokens.db'}"
    async with Emulator(boards=1, pins=1, latency=0.5) as emulator, SQLTokenStore(url) as store:
        await store.save("alice", Token(emulator.token))
        async with (
            serving(emulator, url) as (server, address),
            aiohttp.ClientSession(address) as web,
        ):
            asked = asyncio.create_task(web.get("/boards", headers={"X-User": "alice"}))
            while not emulator.requests:  # noqa: ASYNC110 - the emulator has no event of it
                await asyncio.sleep(0.01)
            server.should_exit = True
            async with await asked as response:
                assert response.status == 200
                assert len(await response.json()) == 1
