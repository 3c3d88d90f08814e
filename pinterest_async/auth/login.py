"""Logging in from a program on the user's own machine.

The browser goes to Pinterest's page and comes back to a page that this process serves, on the
loopback address and on the port of the app's redirect address. Where there is no browser,
`finish_login` takes the address that one elsewhere was sent back to.
"""

from __future__ import annotations

import asyncio
import errno
import html
import logging
import time
import webbrowser
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pinterest_async._secret import Secret, hidden
from pinterest_async.auth._flight import Flight
from pinterest_async.auth.stores import TokenStoreError
from pinterest_async.auth.token import Token
from pinterest_async.errors import (
    ConfigurationError,
    LoginFailed,
    PinterestError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiohttp import web

    from pinterest_async.auth.oauth import AuthorizeURL, OAuthApp
    from pinterest_async.auth.scopes import Scope
    from pinterest_async.auth.stores import TokenStore

logger: logging.Logger = logging.getLogger("pinterest_async")

SANDBOX_TOKEN_LIFE: Final = 86400.0
"""Seconds that a token from the app's page lives. Pinterest: the "Configure" tab of the app."""

_IPV6: Final = "::1"
# Where the browser may look for each host. `localhost` is both, and Windows tries the second first:
# a program of somebody else's that listens there would get the code.
_LOOPBACK: Final[Mapping[str, tuple[str, ...]]] = {
    "127.0.0.1": ("127.0.0.1",),
    "localhost": ("127.0.0.1", _IPV6),
}
# What a machine without that address says of it; asyncio, which tries several, says nothing.
_NOT_THERE: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, None)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<h1>{title}</h1>
<p>{text}</p>
</html>
"""
# The page's address holds the code: nothing may keep it or pass it on.
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def log_in(
    app: OAuthApp,
    scopes: Iterable[Scope],
    *,
    store: TokenStore,
    account: str,
    open_browser: Callable[[str], object] = webbrowser.open,
    timeout: float = 300.0,
) -> Token:
    """Have the user log in with their browser, and store the token.

    Args:
        app: the app; its `redirect_uri` is `http://127.0.0.1:PORT/...` or `http://localhost:PORT/...`,
            as registered.
        scopes: what to ask for.
        store: where the token is kept.
        account: the account's name in the store.
        open_browser: opens an address.
        timeout: seconds that the user has.

    Raises:
        LoginFailed: the user refused, or did not answer in time.
        APIError: Pinterest refused the code.
        ConnectionFailed: Pinterest did not answer.
        TokenStoreError: the token could not be stored; it is in the error.
        ConfigurationError: `redirect_uri` is of another kind, or its port is taken.
    """
    from aiohttp import web

    url = app.authorize_url(scopes)
    desk = _Desk(app, url, store, account)
    # The request line holds the code. Only the server itself heeds this; its runner does not.
    server = web.Server(desk.receive, access_log=None)
    runner = web.ServerRunner(server)
    starting: Flight[None] = Flight()
    try:
        await runner.setup()
        for address in desk.addresses:
            try:
                await starting.join(web.TCPSite(runner, address, desk.port).start)
            except OSError as error:
                if address == _IPV6 and error.errno in _NOT_THERE:
                    continue
                raise ConfigurationError(
                    f"port {desk.port} of the redirect address cannot be used: {error.strerror}"
                ) from error
        await asyncio.to_thread(open_browser, url)
        await asyncio.wait((desk.outcome,), timeout=timeout)
        if desk.busy or desk.outcome.done():
            return await desk.outcome
        forged = f"; {desk.refused} answers were refused as forged" if desk.refused else ""
        raise LoginFailed(f"nobody has logged in within {timeout:g} s{forged}")
    finally:
        # A listener that is cancelled while it starts is not known to its runner.
        await starting.settle()
        # The page is sent before the server goes: this waits for it.
        await runner.cleanup()


async def finish_login(
    app: OAuthApp, address: str, *, state: str, store: TokenStore, account: str
) -> Token:
    """Store the token for the address that the user's browser was sent back to.

    Args:
        app: the app.
        address: the whole address, as the browser shows it.
        state: the state that the login was begun with.
        store: where the token is kept.
        account: the account's name in the store.

    Raises:
        LoginFailed: the address belongs to another login, or the user refused.
        APIError: Pinterest refused the code.
        ConnectionFailed: Pinterest did not answer.
        TokenStoreError: the token could not be stored; it is in the error.
    """
    address, state = hidden(address), hidden(state)
    code = app.read_redirect(address, state=state)
    return await _keep(await app.exchange(code), store, account)


async def keep_sandbox_token(
    access: str,
    *,
    store: TokenStore,
    account: str,
    clock: Callable[[], float] = time.time,
) -> Token:
    """Store a sandbox token from the app's page. It lives for a day and cannot be renewed.

    Raises:
        ConfigurationError: it cannot be a token.
        TokenStoreError: it could not be stored.
    """
    access = Secret(access.strip())
    token = Token(access, expires_at=clock() + SANDBOX_TOKEN_LIFE, environment="sandbox")
    return await _keep(token, store, account)


async def _keep(token: Token, store: TokenStore, account: str) -> Token:
    try:
        # A refresh that is under way must not come in between.
        async with store.lock(account):
            await store.save(account, token)
    except Exception as error:  # noqa: BLE001  # raised again, as what it means
        # The words of somebody else's store may quote what it was to keep.
        words = str(error) if isinstance(error, TokenStoreError) else type(error).__name__
        raise TokenStoreError(
            f"the token of {account} could not be stored ({words}); it is in this error's `token`",
            account=account,
            token=token,
        ) from None
    return token


class _Desk:
    """Receives the browser when it comes back."""

    def __init__(self, app: OAuthApp, url: AuthorizeURL, store: TokenStore, account: str) -> None:
        target = urlsplit(app.redirect_uri or "")
        self.addresses = _LOOPBACK.get(target.hostname or "", ())
        if target.scheme != "http" or not self.addresses or not target.port:
            raise ConfigurationError(
                "to log in here, redirect_uri must be http://127.0.0.1:PORT/ or "
                "http://localhost:PORT/ with any path, as registered with the app"
            )
        self.port = target.port
        self.refused = 0
        self.outcome: asyncio.Future[Token] = asyncio.get_running_loop().create_future()
        self._app = app
        self._state = Secret(url.state)
        self._store = store
        self._account = account
        self._host = target.netloc
        self._path = target.path or "/"
        self.busy = False

    async def receive(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; the one that carries the right state ends the login."""
        if request.host != self._host:
            # Another name for this machine: a page of somebody else's may be behind it.
            self._refuse("another Host header")
            return _page(421, "Wrong address", "This page answers to its own address only.")
        if request.method != "GET" or request.path != self._path:
            return _page(404, "Not found", "There is nothing here.")
        try:
            code = self._app.read_redirect(request.query_string, state=self._state)
        except LoginFailed as error:
            if error.forged:
                self._refuse("another state")
            else:
                self._end(error)
            return _page(400, "Not logged in", str(error))
        if self.busy:
            return _page(409, "Once is enough", "This answer has been received before.")
        self.busy = True
        try:
            token = await _keep(await self._app.exchange(code), self._store, self._account)
        except PinterestError as error:
            self._end(error)
            return _page(502, "Not logged in", str(error))
        self.outcome.set_result(token)
        return _page(200, "Logged in", "It worked. You can close this page.")

    def _refuse(self, reason: str) -> None:
        self.refused += 1
        logger.warning("an answer to the login was refused: it has %s", reason)

    def _end(self, error: PinterestError) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)


def _page(status: int, title: str, text: str) -> web.Response:
    from aiohttp import web

    page = _PAGE.format(title=html.escape(title), text=html.escape(text))
    return web.Response(status=status, text=page, content_type="text/html", headers=_HEADERS)
