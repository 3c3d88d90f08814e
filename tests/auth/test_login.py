"""Logging in on the user's own machine."""

from __future__ import annotations

import asyncio
import socket
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest

from pinterest_async.auth import MemoryTokenStore, OAuthApp, Token
from pinterest_async.auth.login import finish_login, keep_sandbox_token, log_in
from pinterest_async.auth.stores import TokenStoreError
from pinterest_async.errors import (
    ConfigurationError,
    InvalidGrant,
    LoginFailed,
    RequestTimeout,
)
from tests.support import auth_world
from tests.support.auth_world import APP_ID, TokenServer, outcome_of


class Browser:
    """Takes the address that it is to open, and goes back with whatever the test says."""

    def __init__(self) -> None:
        self.opened: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def open(self, url: str) -> None:
        """Be opened, from a thread as `webbrowser` is."""
        self._loop.call_soon_threadsafe(self.opened.put_nowait, url)

    async def state(self) -> str:
        """The state of the address that was opened."""
        return parse_qs(urlsplit(await self.opened.get()).query)["state"][0]


async def _go(
    redirect: str, *, host: str | None = None, method: str = "GET", **query: str
) -> tuple[int, str]:
    headers = {} if host is None else {"Host": host}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{redirect}?{urlencode(query)}", headers=headers) as response,
    ):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        return response.status, await response.text()


def _free_redirect() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/callback"


class Desk:
    """A login under way."""

    def __init__(self, server: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.redirect = _free_redirect()
        # The server knows one redirect address, as the real one does.
        monkeypatch.setattr(auth_world, "REDIRECT", self.redirect)
        self.server = server
        self.browser = Browser()
        self.store = MemoryTokenStore()

    def begin(self, **more: Any) -> asyncio.Task[Token]:
        """Begin the login."""
        app = OAuthApp(APP_ID, self.server.app_secret, self.redirect, base_url=self.server.base_url)
        options: dict[str, Any] = {"store": self.store, "open_browser": self.browser.open, **more}
        return asyncio.create_task(log_in(app, ["boards:read"], account="me", **options))


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server, a browser, and a port for the answer."""
    async with TokenServer() as server:
        yield Desk(server, monkeypatch)


async def test_a_login_stores_the_token(desk: Desk) -> None:
    """The browser sees that it worked, after the token is in the store."""
    task = desk.begin()
    state = await desk.browser.state()
    status, page = await _go(desk.redirect, code=desk.server.code_for(), state=state)
    assert (status, "It worked" in page) == (200, True)
    token = await task
    assert desk.server.is_alive(token)
    assert await desk.store.load("me") == token


async def test_a_forged_state_is_refused_and_the_login_goes_on(desk: Desk) -> None:
    """Another page cannot end the login, let alone have its own code taken."""
    task = desk.begin()
    state = await desk.browser.state()
    for forged in ("", "guess", f"{state}x", "ü"):
        status, page = await _go(desk.redirect, code=desk.server.code_for("eve"), state=forged)
        assert (status, "forged" in page) == (400, True)
    assert desk.server.requests == []
    await _go(desk.redirect, code=desk.server.code_for(), state=state)
    await task


async def test_an_answer_under_another_host_is_refused(desk: Desk) -> None:
    """A name that somebody has pointed at this machine is not ours."""
    task = desk.begin()
    state = await desk.browser.state()
    port = urlsplit(desk.redirect).port
    for host in ("evil.example", f"evil.example:{port}", f"localhost:{port}", "127.0.0.1"):
        code = desk.server.code_for()
        status, page = await _go(desk.redirect, host=host, code=code, state=state)
        assert (status, "its own address only" in page) == (421, True)
    assert desk.server.requests == []
    await _go(desk.redirect, code=desk.server.code_for(), state=state)
    await task


async def test_other_pages_are_not_there(desk: Desk) -> None:
    """Only a GET of the registered path is an answer."""
    task = desk.begin()
    state = await desk.browser.state()
    query = {"code": desk.server.code_for(), "state": state}
    assert (await _go(desk.redirect + "/more", **query))[0] == 404
    assert (await _go(desk.redirect, method="POST", **query))[0] == 404
    await _go(desk.redirect, **query)
    await task


async def test_a_user_who_refuses_ends_the_login(desk: Desk) -> None:
    """The program is told what Pinterest said, without markup getting into the page."""
    task = desk.begin()
    state = await desk.browser.state()
    status, page = await _go(desk.redirect, error="<b>access_denied</b>", state=state)
    assert (status, "&lt;b&gt;access_denied" in page) == (400, True)
    with pytest.raises(LoginFailed, match="refused: <b>access_denied"):
        await task


async def test_a_used_code_ends_the_login(desk: Desk) -> None:
    """A code that was used before is refused, in the page and in the program."""
    task = desk.begin()
    state = await desk.browser.state()
    code = desk.server.code_for()
    del desk.server.codes[code]
    status, page = await _go(desk.redirect, code=code, state=state)
    assert (status, "used up" in page) == (502, True)
    assert code not in page
    with pytest.raises(InvalidGrant):
        await task


async def test_an_answer_that_comes_twice_counts_once(desk: Desk) -> None:
    """A browser that reloads the page does no harm."""
    task = desk.begin()
    state, code = await desk.browser.state(), desk.server.code_for()
    answers = await asyncio.gather(*(_go(desk.redirect, code=code, state=state) for _ in range(3)))
    assert sorted(status for status, _ in answers) == [200, 409, 409]
    await task
    assert desk.server.requests == ["authorization_code"]


async def test_a_login_that_nobody_finishes_ends(desk: Desk) -> None:
    """The error tells how long it waited, and of forged answers."""
    task = desk.begin(timeout=0.3)
    await desk.browser.state()
    await _go(desk.redirect, code="x", state="guess")
    with pytest.raises(LoginFailed, match=r"within 0\.3 s; 1 answers were refused as forged"):
        await task


async def test_a_timeout_of_the_exchange_is_not_taken_for_the_users(desk: Desk) -> None:
    """What failed is what the error says."""

    class Slow(OAuthApp):
        async def exchange(self, code: str) -> Token:
            assert code
            raise RequestTimeout("oauth/token: no answer within 30 s")

    app = Slow(APP_ID, "s", desk.redirect, base_url=desk.server.base_url)
    task = asyncio.create_task(
        log_in(app, ["boards:read"], account="me", store=desk.store, open_browser=desk.browser.open)
    )
    await _go(desk.redirect, code="x", state=await desk.browser.state())
    with pytest.raises(RequestTimeout):
        await task


async def test_a_token_that_cannot_be_stored_is_in_the_error(desk: Desk) -> None:
    """A login is not lost to a full disk."""

    class Full(MemoryTokenStore):
        async def save(self, account: str, token: Token) -> None:
            raise OSError(f"no space for {account} and {token.access}")

    task = desk.begin(store=Full())
    state = await desk.browser.state()
    _, page = await _go(desk.redirect, code=desk.server.code_for(), state=state)
    assert "could not be stored" in page
    error = await outcome_of(task)
    assert isinstance(error, TokenStoreError)
    assert error.token is not None
    assert desk.server.is_alive(error.token)
    desk.server.assert_no_secret_in(str(error), page)


async def test_a_port_that_is_taken_is_told_as_one(desk: Desk) -> None:
    """The error names the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", urlsplit(desk.redirect).port or 0))
        taken.listen()
        with pytest.raises(ConfigurationError, match=r"port .* cannot be used"):
            await desk.begin()


@pytest.mark.parametrize(
    "redirect",
    [
        "https://127.0.0.1:8085/",
        "http://example.com:8085/",
        "http://127.0.0.1/",
        "http://[::1]:80/",
    ],
)
async def test_only_the_loopback_address_is_served(redirect: str) -> None:
    """A redirect address elsewhere cannot be answered from here."""
    app = OAuthApp(APP_ID, "s", redirect)
    with pytest.raises(ConfigurationError, match=r"http://127\.0\.0\.1:PORT/"):
        await log_in(app, ["boards:read"], store=MemoryTokenStore(), account="me")


async def test_a_pasted_address_finishes_a_login() -> None:
    """Where there is no browser, the address of one elsewhere will do."""
    async with TokenServer() as server:
        app, store = server.app(), MemoryTokenStore()
        state = app.authorize_url(["boards:read"]).state
        address = f" {auth_world.REDIRECT}?code={server.code_for()}&state={state}\n"
        with pytest.raises(LoginFailed, match="forged"):
            await finish_login(app, address, state="other", store=store, account="me")
        token = await finish_login(app, address, state=state, store=store, account="me")
        assert await store.load("me") == token


async def test_a_sandbox_token_is_kept_as_one() -> None:
    """It lives for a day, and is known for what it is."""
    store = MemoryTokenStore()
    token = await keep_sandbox_token(" pina_x\n", store=store, account="me", clock=lambda: 5.0)
    assert token == Token("pina_x", expires_at=86405.0, environment="sandbox")
    assert await store.load("me") == token
    with pytest.raises(ConfigurationError):
        await keep_sandbox_token("two words", store=store, account="me")


@pytest.mark.parametrize("steps", range(9))
async def test_f9_a_login_that_is_cancelled_early_leaves_no_server(desk: Desk, steps: int) -> None:
    """F9: whenever a login is cancelled, its port is free afterwards."""

    def open_nothing(url: str) -> None:
        pass

    task = desk.begin(open_browser=open_nothing)
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", urlsplit(desk.redirect).port)
