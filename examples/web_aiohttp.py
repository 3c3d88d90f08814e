"""A web backend with aiohttp: its users log in with Pinterest and see their boards.

    PINTEREST_APP_ID=… PINTEREST_APP_SECRET=… python examples/web_aiohttp.py

Register http://localhost:8080/callback with the app. With the lines that `pinterest-async emulator`
prints it uses that instead, where nothing has to be registered. PORT is another port than 8080.
"""

from __future__ import annotations

import html
import os
import secrets
from typing import TYPE_CHECKING, Final

from aiohttp import web

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

OAUTH = web.AppKey("oauth", OAuthApp)
STORE = web.AppKey("store", TokenStore)
PINTEREST = web.AppKey("pinterest", Pinterest)
# Who is behind a session's cookie. A real backend keeps this where its processes can share it.
SESSIONS = web.AppKey("sessions", dict[str, str])

routes = web.RouteTableDef()


@routes.get("/")
async def boards(request: web.Request) -> web.Response:
    """List the boards of whoever is logged in."""
    account = request.app[SESSIONS].get(request.cookies.get("session", ""))
    if account is None:
        return web.Response(text='<a href="/login">Log in</a>', content_type="text/html")
    credentials = RefreshingCredentials(request.app[OAUTH], request.app[STORE], account)
    pinterest = request.app[PINTEREST].for_account(credentials)
    try:
        names = [board.name or "" async for board in pinterest.boards.list()]
    except ReauthorizationRequired:
        raise web.HTTPFound("/login") from None
    items = "".join(f"<li>{html.escape(name)}</li>" for name in names)
    return web.Response(text=f"<ul>{items}</ul>", content_type="text/html")


@routes.get("/login")
async def login(request: web.Request) -> web.Response:
    """Send the user to Pinterest, and keep the state with their browser."""
    url = request.app[OAUTH].authorize_url(SCOPES)
    response = web.Response(status=302, headers={"Location": url})
    _set_cookie(request, response, "state", url.state)
    return response


@routes.get("/callback")
async def callback(request: web.Request) -> web.Response:
    """Take the user back, and store the token under their id."""
    oauth, pinterest = request.app[OAUTH], request.app[PINTEREST]
    try:
        code = oauth.read_redirect(str(request.url), state=request.cookies.get("state", ""))
    except LoginFailed as error:
        return web.Response(status=400, text=str(error))
    token = await oauth.exchange(code)
    user = await pinterest.for_account(StaticToken(token.access)).user_account.get()
    account = user.id or ""
    await request.app[STORE].save(account, token)
    session = secrets.token_urlsafe(32)
    request.app[SESSIONS][session] = account
    response = web.Response(status=302, headers={"Location": "/"})
    response.del_cookie("state")
    _set_cookie(request, response, "session", session)
    return response


def _set_cookie(request: web.Request, response: web.Response, name: str, value: str) -> None:
    # "Lax" and not "Strict": the browser has to send it when Pinterest sends the user back.
    response.set_cookie(name, value, httponly=True, samesite="Lax", secure=request.secure)


def make_app(oauth: OAuthApp, store: TokenStore) -> web.Application:
    """Make the backend; its client lives as long as it does."""

    async def client(app: web.Application) -> AsyncGenerator[None]:
        # The app's own account: what every user's copy of the client is made from.
        own = ClientCredentials(oauth, SCOPES)
        async with Pinterest(own, base_url=oauth.base_url) as pinterest:
            app[PINTEREST] = pinterest
            yield

    app = web.Application()
    app[OAUTH], app[STORE], app[SESSIONS] = oauth, store, {}
    app.cleanup_ctx.append(client)
    app.add_routes(routes)
    return app


if __name__ == "__main__":
    web.run_app(
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
