"""What the page on frameworks has, in those frameworks; the worker of the page on fleets."""

from __future__ import annotations

import asyncio
import importlib
import re
import sys
import types
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest
import uvicorn
from aiohttp import web

from benchmarks.redis_server import RedisServer
from pinterest_async import ClientClosed, Pinterest
from pinterest_async.auth import OAuthApp, RedisTokenStore
from pinterest_async.emulator import Emulator, LoginOptions, in_thread
from tests.support import pages
from tests.support.auth_world import approve
from tests.support.commands import point_at
from tests.support.redis_server import needs_redis

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

PAGE = "docs/frameworks.md"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An account in a thread of its own, that the environment points at."""
    login = LoginOptions(auto_approve=True)
    with in_thread(Emulator(boards=3, pins=12, login=login)) as running:
        point_at(running, monkeypatch)
        yield running


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """A Redis that the environment points at."""
    with RedisServer() as server:
        monkeypatch.setenv("REDIS_URL", server.url)
        yield server


def names_of(title: str) -> dict[str, Any]:
    """Run the block under a heading, as a module; return its names."""
    headings = [
        (found.start(), found[1])
        for found in re.finditer(r"^## (.+)$", pages.text_of(PAGE), re.MULTILINE)
    ]
    lines = pages.text_of(PAGE)
    for block in pages.blocks(PAGE):
        at = lines.index(block.code)
        if [name for start, name in headings if start < at][-1] == title:
            module = types.ModuleType(f"page_{re.sub(r'[^a-z]', '_', title.lower())}")
            sys.modules[module.__name__] = module
            exec(compile(block.code, str(block), "exec"), module.__dict__)  # noqa: S102  # our own
            return module.__dict__
    raise AssertionError(title)


@asynccontextmanager
async def served(app: Any) -> AsyncGenerator[str]:
    """Serve an ASGI application; its end has to go well, too."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="on", log_level="warning"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), "it did not start"
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task
    assert not server.lifespan.shutdown_failed  # type: ignore[attr-defined,unused-ignore]


async def asked(address: str, emulator: Emulator) -> None:
    """Ask a back end for a board, and for one that does not exist."""
    board = next(iter(emulator.account.saved.boards.values()))
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{address}/boards/{board.id}") as response:
            assert response.status == 200
            assert (await response.json())["name"] == board.name
        async with session.get(f"{address}/boards/1234567") as response:
            assert response.status == 404
            assert "boards/get" in await response.text()


async def test_fastapi(emulator: Emulator) -> None:
    """FastAPI returns a board, and describes it."""
    app = names_of("FastAPI")["app"]
    async with served(app) as address:
        await asked(address, emulator)
    described = app.openapi()["paths"]["/boards/{board_id}"]["get"]["responses"]["200"]
    assert "pin_count" in str(described)


async def test_litestar(emulator: Emulator) -> None:
    """Litestar returns a board."""
    async with served(names_of("Litestar")["app"]) as address:
        await asked(address, emulator)


async def test_aiohttp(emulator: Emulator) -> None:
    """An aiohttp application returns a board."""
    runner = web.AppRunner(names_of("aiohttp.web")["app"])
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    await asked(f"http://127.0.0.1:{runner.addresses[0][1]}", emulator)
    await runner.cleanup()


def django(name: str) -> Any:
    """Return a module of Django, which has no types."""
    return importlib.import_module(f"django.{name}")


def configure_django(title: str) -> dict[str, Any]:
    """Run a block on Django, with its view at the path of a board; return its names."""
    settings = django("conf").settings
    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="none", USE_TZ=True)
        django("apps").apps.populate(())
    names = names_of(title)
    names["urlpatterns"] = [django("urls").path("boards/<str:board_id>", names["board"])]
    settings.ROOT_URLCONF = names["__name__"]
    return names


async def test_django_asgi(emulator: Emulator) -> None:
    """Django serves a view that is a coroutine, and closes the client at its end."""
    names = configure_django("Django under ASGI")
    async with served(names["application"]) as address:
        await asked(address, emulator)
    with pytest.raises(ClientClosed):
        await names["pinterest"].user_account.get()


@needs_redis
def test_django_wsgi(emulator: Emulator, redis: RedisServer) -> None:
    """A plain view runs a loop of its own, with limits in Redis."""
    configure_django("Django under WSGI")
    board = next(iter(emulator.account.saved.boards.values()))
    answer = django("test").Client().get(f"/boards/{board.id}")
    assert answer.status_code == 200
    assert msgspec.json.decode(answer.content)["name"] == board.name


@needs_redis
async def test_taskiq(emulator: Emulator, redis: RedisServer) -> None:
    """A worker's task has the client of the worker."""
    pytest.importorskip("taskiq_redis", reason="group `fleet`")
    names = names_of("Taskiq")
    broker = names["broker"]
    broker.is_worker_process = True
    # redis-py ends a wait of more than five seconds otherwise, and with it the worker.
    assert broker.connection_pool.connection_kwargs["socket_timeout"] is None
    await broker.startup()
    assert await names["count_boards"]() == 3
    await broker.shutdown()


@needs_redis
def test_celery(emulator: Emulator, redis: RedisServer) -> None:
    """A task of Celery runs a loop of its own."""
    assert names_of("Celery")["count_boards"].apply().get() == 3


@needs_redis
async def test_a_worker_of_a_fleet(
    emulator: Emulator, redis: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worker counts the boards of every account, with tokens and limits in Redis."""
    oauth = OAuthApp(
        emulator.app_id, emulator.app_secret, "http://127.0.0.1:8085/", base_url=emulator.base_url
    )
    async with RedisTokenStore(redis.url) as store:
        for account in ("alice", "bob"):
            page = oauth.authorize_url(["boards:read", "user_accounts:read"])
            await store.save(account, await oauth.exchange(await approve(oauth, page)))
    (block,) = pages.blocks("docs/fleets.md")
    names: dict[str, Any] = {"Pinterest": Pinterest}
    exec(compile(block.code, str(block), "exec"), names)  # noqa: S102  # it is our own text
    await names["worker"](oauth, redis.url, ["alice", "bob"])
    assert capsys.readouterr().out == "alice 3\nbob 3\n"
