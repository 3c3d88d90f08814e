"""A server of tokens as strict as can be, for the tests of credentials.

A refresh token is good once. Whoever sends a used one again kills everything that came of the same
login, as the strictest servers do: a client that loses a token, or refreshes twice, is logged out.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from pinterest_async import Pinterest
from pinterest_async.auth import (
    App,
    Credentials,
    MemoryTokenStore,
    OAuthApp,
    RefreshingCredentials,
    Token,
)
from pinterest_async.errors import PinterestError
from tests.support.scripted import OpenLimiter

if TYPE_CHECKING:
    from pinterest_async.auth import AuthorizeURL
    from pinterest_async.hooks import ReauthorizationNeeded

DAY = 86400.0
ACCESS_LIFE = 30 * DAY
REFRESH_LIFE = 60 * DAY
APP_ID = "1477000"
REDIRECT = "http://127.0.0.1:8085/callback"

Step: TypeAlias = Callable[[], Awaitable[None]]


class Login:
    """What came of one login: a family of tokens that dies together."""

    def __init__(self, username: str, scopes: str) -> None:
        self.username = username
        self.scopes = scopes
        self.dead = False


class TokenServer:
    """Hands out tokens, and answers every other call of a living one with its owner's name."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.app_secret = secrets.token_hex(20)
        self.refreshes = 0
        self.requests: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.calls = 0
        self.codes: dict[str, Login] = {}
        self.continuous = True
        self.forgives_reuse = False
        """Whether a used refresh token is refused and no more comes of it."""
        self.responses: list[web.Response] = []
        """Sent in place of the next responses of the token endpoint."""
        self.before_rotation: Step | None = None
        self.after_rotation: Step | None = None
        self.said: list[str] = []
        """What was logged, by anybody."""
        self._secrets: set[str] = {self.app_secret}
        self._access: dict[str, tuple[Login, float]] = {}
        self._refresh: dict[str, tuple[Login, float]] = {}
        self._used: dict[str, Login] = {}
        app = web.Application()
        app.router.add_post("/v5/oauth/token", self._token)
        app.router.add_post("/v5/oauth/token/revoke", self._revoke)
        app.router.add_post("/v5/oauth/conversion_token", self._conversion_token)
        app.router.add_route("*", "/v5/{path:.*}", self._call)
        self._server = TestServer(app)
        self._listener = _Listener(self.said)

    # For tests

    @property
    def base_url(self) -> str:
        """Where a client finds it."""
        return str(self._server.make_url("/v5"))

    def clock(self) -> float:
        """The time that server and client live in."""
        return self.now

    def app(self, **more: Any) -> OAuthApp:
        """The app, pointed at this server."""
        options: dict[str, Any] = {"base_url": self.base_url, "clock": self.clock, **more}
        return OAuthApp(APP_ID, self.app_secret, REDIRECT, **options)

    def client(self, credentials: Credentials, **more: Any) -> Pinterest:
        """A client of this server that no limit slows down."""
        return Pinterest(credentials, base_url=self.base_url, limits=OpenLimiter(), **more)

    def log_in(self, username: str = "alice", **more: Any) -> Token:
        """Log somebody in without the detours."""
        login = Login(username, "boards:read,user_accounts:read")
        response = self._issue(login)
        return Token(
            response["access_token"],
            refresh=response.get("refresh_token"),
            expires_at=self.now + ACCESS_LIFE,
            refresh_expires_at=self.now + REFRESH_LIFE,
            scopes=("boards:read", "user_accounts:read"),
            **more,
        )

    def code_for(self, username: str = "alice") -> str:
        """A code as the authorize page gives it."""
        code = self._secret("")
        self.codes[code] = Login(username, "boards:read user_accounts:read")
        return code

    def reject_access_tokens(self) -> None:
        """Have every access token refused from now on, before its time."""
        self._access.clear()

    def reject_refresh_tokens(self) -> None:
        """Have every refresh token refused from now on."""
        self._refresh.clear()

    def is_alive(self, token: Token) -> bool:
        """Whether an access token is accepted."""
        login, expires_at = self._access.get(token.access, (None, 0.0))
        return login is not None and not login.dead and self.now < expires_at

    def assert_no_secret_in(self, *texts: str) -> None:
        """Check that no secret of this server stands in any of the texts."""
        hidden = {*self._secrets, *(base64.b64encode(s.encode()).decode() for s in self._secrets)}
        for text in texts:
            for secret in hidden:
                before, found, _ = text.partition(secret)
                assert not found, f"a secret is shown after {before[-200:]!r}"

    async def __aenter__(self) -> Self:
        logging.getLogger().addHandler(self._listener)
        await self._server.start_server(access_log=None)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._server.close()
        logging.getLogger().removeHandler(self._listener)
        self.assert_no_secret_in(*self.said)

    # Responses

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        self.requests.append(form["grant_type"])
        if self.responses:
            return self.responses.pop(0)
        if request.headers.get("Authorization") != App(APP_ID, self.app_secret).basic:
            return _refuse(401, 2, "Authentication failed.")
        if form["grant_type"] == "client_credentials":
            login = Login("owner", form["scope"])
            return web.json_response(self._issue(login, refresh=False))
        if form["grant_type"] == "authorization_code":
            found = self.codes.pop(form["code"], None)
            if found is None or form["redirect_uri"] != REDIRECT:
                return _refuse(401, 283, "The authorization grant is invalid")
            return web.json_response(self._issue(found), status=201)
        return await self._rotate(form["refresh_token"])

    async def _rotate(self, refresh: str) -> web.Response:
        if self.before_rotation is not None:
            await self.before_rotation()
        login, expires_at = self._refresh.pop(refresh, (None, 0.0))
        if login is None or login.dead or self.now >= expires_at:
            if refresh in self._used and not self.forgives_reuse:
                self._used[refresh].dead = True
            return _refuse(401, 283, "The authorization grant is invalid")
        self.refreshes += 1
        self._used[refresh] = login
        response = self._issue(login, refresh=self.continuous)
        if not self.continuous:
            self._refresh[refresh] = login, expires_at
        if self.after_rotation is not None:
            await self.after_rotation()
        return web.json_response(response)

    async def _revoke(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        if self._access.pop(form["token"], None) is None:
            return _refuse(401, 2, f"Authentication failed for {form['token']}.")
        return web.Response()

    async def _conversion_token(self, request: web.Request) -> web.Response:
        if self._bearer(request) is None:
            return _refuse(401, 2, "Authentication failed.")
        return web.json_response({"access_token": self._secret("pinc_"), "token_type": "bearer"})

    async def _call(self, request: web.Request) -> web.Response:
        self.calls += 1
        if request.match_info["path"] == "forbidden":
            return _refuse(403, 29, "You are not permitted to access that resource.")
        login = self._bearer(request)
        if login is None:
            return _refuse(401, 2, "Authentication failed.")
        if request.match_info["path"] == "narrow":
            return _refuse(401, 3, "Your token lacks scopes.")
        return web.json_response({"id": "1", "username": login.username})

    def _bearer(self, request: web.Request) -> Login | None:
        access = request.headers.get("Authorization", "").removeprefix("Bearer ")
        login, expires_at = self._access.get(access, (None, 0.0))
        if login is None or login.dead or self.now >= expires_at:
            return None
        return login

    def _issue(self, login: Login, *, refresh: bool = True) -> dict[str, Any]:
        access = self._secret("pina_")
        self._access[access] = login, self.now + ACCESS_LIFE
        response: dict[str, Any] = {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": int(ACCESS_LIFE),
            "scope": login.scopes,
        }
        if refresh:
            # Characters that a form must escape.
            token = self._secret("pinr_") + "+/=&%"
            self._refresh[token] = login, self.now + REFRESH_LIFE
            response["refresh_token"] = token
            response["refresh_token_expires_in"] = int(REFRESH_LIFE)
        return response

    def _secret(self, prefix: str) -> str:
        body = secrets.token_hex(24)
        self._secrets.add(body)
        return f"{prefix}{body}"


def _refuse(status: int, code: int, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=status)


class _Listener(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(logging.Formatter().format(record))


async def outcome_of(awaitable: Awaitable[object]) -> PinterestError:
    """The error that something ends with."""
    try:
        await awaitable
    except PinterestError as error:
        return error
    raise AssertionError("it did not fail")


async def turns(count: int = 20) -> None:
    """Let the other tasks go on."""
    for _ in range(count):
        await asyncio.sleep(0)


class World:
    """A server, a store with one account that has logged in, and credentials for it."""

    def __init__(self, server: TokenServer, store: MemoryTokenStore) -> None:
        self.server = server
        self.store = store
        self.told: list[ReauthorizationNeeded] = []

    def credentials(self, account: str = "alice", **more: Any) -> RefreshingCredentials:
        """The credentials of an account, made anew."""
        return RefreshingCredentials(
            more.pop("app", None) or self.server.app(),
            more.pop("store", self.store),
            account,
            clock=self.server.clock,
            reauthorize=self.told.append,
            **more,
        )

    def hold_refreshes(self) -> tuple[asyncio.Event, asyncio.Event]:
        """Keep back the response to a refresh; what is set when one is held, and what frees it."""
        reached, go_on = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            reached.set()
            await go_on.wait()

        self.server.after_rotation = hold
        return reached, go_on

    async def stored(self) -> Token:
        """What the store has of `alice`."""
        token = await self.store.load("alice")
        assert token is not None
        return token


@asynccontextmanager
async def logged_in() -> AsyncGenerator[World, None]:
    """A world in which `alice` has logged in."""
    async with TokenServer() as server:
        store = MemoryTokenStore()
        await store.save("alice", server.log_in())
        yield World(server, store)


async def approve(app: OAuthApp, page: AuthorizeURL) -> str:
    """Open the page whose owner says yes at once, and return the code that it sends back."""
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(page, allow_redirects=False) as response,
    ):
        return app.read_redirect(response.headers["Location"], state=page.state)
