"""A web backend with FastAPI: its users log in with Pinterest and see their boards.

    PINTEREST_APP_ID=… PINTEREST_APP_SECRET=… python examples/web_fastapi.py

Register http://localhost:8080/callback with the app. With the lines that `pinterest-async emulator`
prints it uses that instead, where nothing has to be registered. PORT is another port than 8080.
"""

from __future__ import annotations

import html
import os
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from pinterest_async import LoginFailed, Pinterest, ReauthorizationRequired, StaticToken
from pinterest_async.auth import (
    ClientCredentials,
    FileTokenStore,
    OAuthApp,
    RefreshingCredentials,
    Scope,
    TokenStore,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PORT: Final = int(os.environ.get("PORT", "8080"))
SCOPES: Final[tuple[Scope, ...]] = ("boards:read", "user_accounts:read")


class Backend:
    """What the requests share."""

    def __init__(self, oauth: OAuthApp, store: TokenStore) -> None:
        self.oauth = oauth
        self.store = store
        # The app's own account: what every user's copy of the client is made from.
        self.pinterest = Pinterest(ClientCredentials(oauth, SCOPES), base_url=oauth.base_url)
        # Who is behind a session's cookie. A real backend keeps this where processes can share it.
        self.sessions: dict[str, str] = {}

    async def boards(self, request: Request) -> Response:
        """List the boards of whoever is logged in."""
        account = self.sessions.get(request.cookies.get("session", ""))
        if account is None:
            return HTMLResponse('<a href="/login">Log in</a>')
        credentials = RefreshingCredentials(self.oauth, self.store, account)
        pinterest = self.pinterest.for_account(credentials)
        try:
            names = [board.name or "" async for board in pinterest.boards.list()]
        except ReauthorizationRequired:
            return RedirectResponse("/login")
        items = "".join(f"<li>{html.escape(name)}</li>" for name in names)
        return HTMLResponse(f"<ul>{items}</ul>")

    async def login(self, request: Request) -> Response:
        """Send the user to Pinterest, and keep the state with their browser."""
        url = self.oauth.authorize_url(SCOPES)
        response = RedirectResponse(url, 302)
        _set_cookie(request, response, "state", url.state)
        return response

    async def callback(self, request: Request) -> Response:
        """Take the user back, and store the token under their id."""
        state = request.cookies.get("state", "")
        try:
            code = self.oauth.read_redirect(str(request.url), state=state)
        except LoginFailed as error:
            return PlainTextResponse(str(error), 400)
        token = await self.oauth.exchange(code)
        user = await self.pinterest.for_account(StaticToken(token.access)).user_account.get()
        account = user.id or ""
        await self.store.save(account, token)
        session = secrets.token_urlsafe(32)
        self.sessions[session] = account
        response = RedirectResponse("/", 302)
        response.delete_cookie("state")
        _set_cookie(request, response, "session", session)
        return response


def _set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    # "Lax" and not "Strict": the browser has to send it when Pinterest sends the user back.
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, httponly=True, samesite="lax", secure=secure)


def make_app(oauth: OAuthApp, store: TokenStore) -> FastAPI:
    """Make the backend; its client lives as long as it does."""
    backend = Backend(oauth, store)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with backend.pinterest:
            yield

    app = FastAPI(lifespan=lifespan)
    app.get("/")(backend.boards)
    app.get("/login")(backend.login)
    app.get("/callback")(backend.callback)
    return app


if __name__ == "__main__":
    uvicorn.run(
        make_app(
            OAuthApp(
                os.environ["PINTEREST_APP_ID"],
                os.environ["PINTEREST_APP_SECRET"],
                f"http://localhost:{PORT}/callback",
                base_url=os.environ.get("PINTEREST_BASE_URL"),
            ),
            FileTokenStore("tokens"),
        ),
        host="127.0.0.1",
        port=PORT,
    )
