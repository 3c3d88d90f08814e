"""No secret shows, wherever one looks."""

from __future__ import annotations

import asyncio
import gc
import logging
import pickle
import traceback
import warnings
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pinterest_async.auth import (
    ClientCredentials,
    ConversionToken,
    FileTokenStore,
    MemoryTokenStore,
    OAuthApp,
    RefreshingCredentials,
    StaticToken,
    Token,
)
from pinterest_async.auth.login import finish_login
from tests.support.auth_world import ACCESS_LIFE, REDIRECT, TokenServer, outcome_of
from tests.support.frames import local_variables

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import pytest

    from pinterest_async.errors import PinterestError


class Quoting(MemoryTokenStore):
    """A store whose errors quote all they were given."""

    async def save(self, account: str, token: Token) -> None:
        """Fail, and say too much."""
        raise RuntimeError(f"INSERT {account}: {token.to_json()!r}")

    async def swap(self, account: str, old: Token | None, new: Token) -> bool:
        """Fail, and say too much."""
        raise RuntimeError(f"UPDATE {account}: {old} {new.to_json()!r}")


def _shown(thing: object) -> list[str]:
    """All that a thing shows of itself."""
    texts = [repr(thing), str(thing), f"{thing}"]
    if isinstance(thing, BaseException):
        texts += traceback.format_exception(thing)
        texts += local_variables(thing)
        texts.append(repr(thing.__dict__))
        texts.append(pickle.dumps(thing).decode("latin-1"))
    return texts


async def test_nothing_that_goes_wrong_shows_a_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not errors with their tracebacks and attributes, objects, warnings, nor the whole log."""
    monkeypatch.setattr("pinterest_async.auth.refreshing.random.random", lambda: 0.0)
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        async with TokenServer() as server:
            for thing in await _everything_that_goes_wrong(server, tmp_path):
                shown += _shown(thing)
            gc.collect()
            await asyncio.sleep(0)
            shown += [str(warning.message) for warning in warned]
            server.assert_no_secret_in(*shown, caplog.text, *server.said)
            assert len(shown) > 100
            assert server.said


async def _everything_that_goes_wrong(server: TokenServer, tmp_path: Path) -> list[object]:
    app, wrong_app = server.app(), OAuthApp("1", server.app_secret, base_url=server.base_url)
    token = server.log_in()
    things: list[object] = [app, wrong_app, token, app.authorize_url(["boards:read"])]
    things += [StaticToken(token.access), ConversionToken(token.access)]
    for make in _requests(app, wrong_app, server):
        things.append(await outcome_of(make()))
    things += await _refreshes(server, tmp_path)
    return things


def _requests(
    app: OAuthApp, wrong_app: OAuthApp, server: TokenServer
) -> list[Callable[[], Awaitable[object]]]:
    """Requests of the app, none of which succeeds."""
    used, token = server.code_for(), server.log_in()
    del server.codes[used]
    sandbox = server.log_in(environment="sandbox")
    nowhere = OAuthApp("1", server.app_secret, REDIRECT, base_url="http://127.0.0.1:9/v5")
    store = Quoting()

    def answered(make: Callable[[], Awaitable[object]], **answer: Any) -> Any:
        async def request() -> object:
            server.responses.append(web.Response(**answer))
            return await make()

        return request

    return [
        lambda: app.exchange(used),
        lambda: app.refresh(sandbox),
        lambda: wrong_app.refresh(token),
        lambda: wrong_app.client_credentials(["boards:read"]),
        lambda: app.revoke("pinr_unknown"),
        lambda: nowhere.refresh(token),
        lambda: nowhere.exchange(used),
        answered(lambda: app.refresh(token), status=200, text=f'{{"access_token":"{used} x"}}'),
        answered(lambda: app.refresh(token), status=200, text=f"<html>{token.refresh}"),
        answered(lambda: app.exchange(used), status=400, text=f'{{"message":"bad {used}"}}'),
        answered(lambda: app.refresh(token), status=500, text=f"{token.refresh}"),
        answered(
            lambda: app.exchange(used), status=302, headers={"Location": f"http://x/?code={used}"}
        ),
        lambda: finish_login(
            app, f"{REDIRECT}?code={used}&state=a", state=used, store=store, account="me"
        ),
        lambda: finish_login(
            app,
            f"{REDIRECT}?code={server.code_for()}&state=a",
            state="a",
            store=store,
            account="me",
        ),
    ]


async def _refreshes(server: TokenServer, tmp_path: Path) -> list[object]:
    """Credentials, and what they end with in each kind of trouble."""
    things: list[object] = []

    async def collect(credentials: Any) -> PinterestError:
        async with server.client(credentials) as client:
            error = await outcome_of(client.user_account.get())
            things.extend((credentials, client, error))
        return error

    quoting, dead, absent = Quoting(), MemoryTokenStore(), MemoryTokenStore()
    files = FileTokenStore(tmp_path / "tokens")
    quoting._tokens["me"] = server.log_in()
    await dead.save("me", server.log_in())
    await files.save("me", server.log_in())
    files.path("me").chmod(0o644)
    server.now += ACCESS_LIFE
    for store in (quoting, absent, files):
        await collect(RefreshingCredentials(server.app(), store, "me", clock=server.clock))
    server.responses += [web.Response(status=500, text="no") for _ in range(3)]
    await collect(RefreshingCredentials(server.app(), dead, "me", clock=server.clock))
    server.reject_refresh_tokens()
    await collect(RefreshingCredentials(server.app(), dead, "me", clock=server.clock))
    server.responses.append(web.Response(status=400, text="no"))
    await collect(ClientCredentials(server.app(), ["boards:read"], clock=server.clock))
    expired = server.log_in()
    server.reject_access_tokens()
    await collect(StaticToken(expired.access))
    return [*things, quoting, dead, absent, files]
