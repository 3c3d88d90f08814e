"""The web examples, used by a real HTTP client against the emulator."""

from __future__ import annotations

import asyncio
import contextlib
import html
import re
import socket
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import uvicorn
from aiohttp import web

from examples import web_aiohttp, web_fastapi
from pinterest_async import Pinterest
from pinterest_async.auth import MemoryTokenStore, OAuthApp
from pinterest_async.emulator import Emulator, LoginOptions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Site:
    """A backend, its emulator and its store."""

    def __init__(self, url: str, emulator: Emulator, store: MemoryTokenStore) -> None:
        self.url = url
        self.emulator = emulator
        self.store = store


@contextlib.asynccontextmanager
async def _with_aiohttp(
    oauth: OAuthApp, store: MemoryTokenStore, port: int
) -> AsyncGenerator[None]:
    runner = web.AppRunner(web_aiohttp.make_app(oauth, store), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield
    await runner.cleanup()


@contextlib.asynccontextmanager
async def _with_fastapi(
    oauth: OAuthApp, store: MemoryTokenStore, port: int
) -> AsyncGenerator[None]:
    app = web_fastapi.make_app(oauth, store)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, ws="none", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done()
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await serving


@pytest.fixture(params=[_with_aiohttp, _with_fastapi], ids=["aiohttp", "fastapi"])
async def site(request: pytest.FixtureRequest) -> AsyncGenerator[Site]:
    """Each of the two backends, with an emulator whose users say yes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    store = MemoryTokenStore()
    emulator = Emulator(
        boards=30, pins=0, login=LoginOptions(auto_approve=True, redirect_uris=[f"{url}/callback"])
    )
    async with emulator:
        oauth = OAuthApp(
            emulator.app_id, emulator.app_secret, f"{url}/callback", base_url=emulator.base_url
        )
        async with request.param(oauth, store, port):
            yield Site(url, emulator, store)


def _browser() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def _get(browser: aiohttp.ClientSession, url: str, **options: Any) -> tuple[int, str]:
    async with browser.get(url, **options) as response:
        return response.status, await response.text()


async def test_a_user_logs_in_and_sees_their_boards(site: Site) -> None:
    """From the link to the list, by way of the authorize page."""
    async with _browser() as browser:
        assert await _get(browser, site.url) == (200, '<a href="/login">Log in</a>')
        status, page = await _get(browser, f"{site.url}/login")
        assert status == 200
        async with Pinterest(site.emulator.token, base_url=site.emulator.base_url) as pinterest:
            boards = await pinterest.boards.list().collect()
        # It has not asked for the scope that secret boards need.
        names = [board.name for board in boards if board.privacy != "SECRET"]
        assert 0 < len(names) < 30
        assert [html.unescape(item) for item in re.findall("<li>(.+?)</li>", page)] == names
        assert (await _get(browser, site.url))[1] == page
    assert [seen.operation_id for seen in site.emulator.requests].count("oauth/token") == 1


async def test_two_users_do_not_see_each_others_boards(site: Site) -> None:
    """A browser without the session's cookie is nobody."""
    async with _browser() as first, _browser() as second:
        await _get(first, f"{site.url}/login")
        assert "Log in" in (await _get(second, site.url))[1]


async def test_a_forged_answer_is_refused(site: Site) -> None:
    """Another state, a missing cookie, or both: no code is exchanged."""
    async with _browser() as browser:
        address = f"{site.url}/callback?code=x&state=y"
        assert (await _get(browser, address))[0] == 400
        await _get(browser, f"{site.url}/login", allow_redirects=False)
        status, text = await _get(browser, address)
        assert (status, "forged" in text) == (400, True)
    assert site.emulator.requests == []


async def test_a_dead_login_leads_to_a_new_one(site: Site) -> None:
    """Where the tokens were revoked, the user is sent to log in again, and sees their boards."""
    async with _browser() as browser:
        _, page = await _get(browser, f"{site.url}/login")
        (account,) = site.store._tokens
        token = await site.store.load(account)
        assert token is not None
        site.emulator.revoke_token(token.access)
        status, again = await _get(browser, site.url, allow_redirects=False)
        assert status in (302, 307)
        assert again != page
        assert (await _get(browser, site.url)) == (200, page)
    assert await site.store.load(account) != token
