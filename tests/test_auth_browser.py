"""The login in a real browser, from the button to the stored token."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from pinterest_async import LoginFailed, Pinterest
from pinterest_async.auth import FileTokenStore, OAuthApp, RefreshingCredentials, log_in
from pinterest_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


class Tab:
    """A page of a browser, driven over its debugging protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._count = 0

    async def go(self, url: str) -> None:
        """Open an address."""
        await self._send("Page.navigate", url=url)

    async def wait_for(self, expression: str) -> Any:
        """Wait until an expression of JavaScript is true of the page, and return its value."""
        async with asyncio.timeout(60):
            while True:
                answer = await self._send("Runtime.evaluate", expression=expression)
                if value := answer.get("result", {}).get("value"):
                    return value
                await asyncio.sleep(0.05)

    async def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        number = self._count
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            answer: dict[str, Any] = await self._socket.receive_json()
            if answer.get("id") == number:
                result: dict[str, Any] = answer.get("result", {})
                return result


@contextlib.asynccontextmanager
async def _running(profile: Path) -> AsyncGenerator[str]:
    """The address of a browser with a profile of its own."""
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        told = profile / "DevToolsActivePort"
        async with asyncio.timeout(60):
            while not told.exists() or not told.read_text():
                assert process.returncode is None, "chromium did not start"
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{told.read_text().splitlines()[0]}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncGenerator[Tab]:
    """An empty page of a fresh browser."""
    async with _running(tmp_path / "profile") as address, aiohttp.ClientSession() as session:
        async with session.get(f"{address}/json/list") as response:
            pages = await response.json()
        (page,) = [page for page in pages if page["type"] == "page"]
        async with session.ws_connect(page["webSocketDebuggerUrl"]) as connection:
            yield Tab(connection)


@pytest.mark.parametrize("button", ["allow", "deny"])
async def test_a_user_presses_a_button(tab: Tab, tmp_path: Path, button: str) -> None:
    """After "Give access" the page says that it worked and the token is stored; else it says no."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        redirect = f"http://127.0.0.1:{free.getsockname()[1]}/callback"
    store = FileTokenStore(tmp_path / "tokens")
    loop, opened = asyncio.get_running_loop(), asyncio.Queue[str]()

    def open_browser(url: str) -> None:
        loop.call_soon_threadsafe(opened.put_nowait, url)

    async with Emulator(boards=1, pins=0, redirect_uris=[redirect]) as emulator:
        app = OAuthApp(emulator.app_id, emulator.app_secret, redirect, base_url=emulator.base_url)
        login = asyncio.create_task(
            log_in(
                app,
                ["user_accounts:read"],
                store=store,
                account="me",
                open_browser=open_browser,
                timeout=120,
            )
        )
        await tab.go(await opened.get())
        press = f"document.querySelector('button[value={button}]')"
        await tab.wait_for(f"{press} && ({press}.click(), true)")
        title = await tab.wait_for(
            "['Logged in', 'Not logged in'].includes(document.title) && document.title"
        )
        words = await tab.wait_for("document.body && document.body.innerText")
        if button == "deny":
            assert title == "Not logged in"
            assert "access_denied" in words
            with pytest.raises(LoginFailed, match="access_denied"):
                await login
            assert await store.load("me") is None
            return
        assert title == "Logged in"
        assert "It worked" in words
        assert await store.load("me") == await login
        credentials = RefreshingCredentials(app, store, "me")
        async with Pinterest(credentials, base_url=emulator.base_url) as client:
            assert (await client.user_account.get()).username == emulator.account.username
