"""The login in a real browser, from the button to the stored token."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from pinterest_async import LoginFailed, Pinterest
from pinterest_async.auth import FileTokenStore, OAuthApp, RefreshingCredentials, log_in
from pinterest_async.emulator import Emulator, LoginOptions
from tests.support.browser import CHROMIUM, Tab, open_tab

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncGenerator[Tab]:
    """An empty page of a fresh browser."""
    async with open_tab(tmp_path / "profile") as tab:
        yield tab


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

    async with Emulator(boards=1, pins=0, login=LoginOptions(redirect_uris=[redirect])) as emulator:
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
