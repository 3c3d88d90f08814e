"""No local variable that an error passes on its way shows a secret."""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from pinterest_async.auth import App, OAuthApp, StaticToken
from pinterest_async.config import RequestOptions, RetryPolicy
from pinterest_async.errors import PinterestError
from pinterest_async.hooks import Hooks
from pinterest_async.models import OauthAccessTokenRequestCode, OauthAccessTokenRequestRefresh
from tests.support.frames import local_variables
from tests.support.scripted import OpenLimiter, Scripted, connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pinterest_async import Pinterest

TOKEN = "pina_CANARY-of-the-token"
SECRET = "CANARY-of-the-app"
CODE = "CANARY-of-the-code"
CREDENTIALS = StaticToken(TOKEN, app=App("1477", SECRET))
CANARIES = ("CANARY", base64.b64encode(f"1477:{SECRET}".encode()).decode())


def assert_hidden(error: BaseException) -> None:
    """Check that neither the error nor a frame that it went through shows a canary."""
    shown = [repr(error), str(error), *local_variables(error)]
    assert len(shown) > 2
    for text in shown:
        for canary in CANARIES:
            where = text.find(canary)
            assert where < 0, text[max(0, where - 200) : where + 40]


def stumble(_event: object) -> None:
    """Fail, as a listener of a user's may."""
    raise RuntimeError("a listener failed")


def _cut(server: Scripted) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "900"})
        await response.prepare(request)
        await response.write(b'{"id": "')
        assert request.transport is not None
        request.transport.close()
        return response

    server.handle(handler)


TROUBLES: dict[str, Callable[[Scripted], None]] = {
    "refused": lambda server: server.refuse(401, 2),
    "broken": lambda server: server.refuse(500),
    "hung up": lambda server: server.hang_up(),
    "silent": lambda server: server.stall(),
    "cut": _cut,
    "html": lambda server: server.answer(b"<html>", content_type="text/html"),
    "no object": lambda server: server.answer(["1"]),
    "quoted": lambda server: server.refuse(400, 1, f"bad {TOKEN}", headers={"X-Sent": TOKEN}),
    "too large": lambda server: server.answer({"id": "1" * 9000}),
    "no gzip": lambda server: server.answer(
        gzip.compress(b"{}" * 900)[:20], headers={"Content-Encoding": "gzip"}
    ),
    "elsewhere": lambda server: server.answer(status=302, headers={"Location": f"/?t={TOKEN}"}),
}
CALLS: dict[str, Callable[[Pinterest], Awaitable[object]]] = {
    "get": lambda client: client.boards.get("12"),
    "list": lambda client: client.boards.list().collect(),
    "create": lambda client: client.boards.create(name="x"),
    "exchange": lambda client: client.oauth.create_token(
        OauthAccessTokenRequestCode(code=CODE, redirect_uri="https://example.org/")
    ),
    "renew": lambda client: client.oauth.create_token(
        OauthAccessTokenRequestRefresh(refresh_token=CODE)
    ),
    "revoke": lambda client: client.oauth.revoke_token(token=CODE),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", CALLS)
async def test_no_frame_of_a_failed_call_shows_a_secret(
    server: Scripted, limiter: OpenLimiter, name: str, trouble: str
) -> None:
    """F16: whatever goes wrong, with whatever call."""
    TROUBLES[trouble](server)
    async with connect(
        server, limiter, credentials=CREDENTIALS, retry=RetryPolicy(attempts=1)
    ) as connected:
        client = connected.with_options(timeout=0.3, max_response_bytes=4000)
        try:
            await CALLS[name](client)
        except PinterestError as error:
            assert_hidden(error)
        else:
            # A page of another form, and a revocation whatever its body says, are no failures.
            assert (name, trouble) in ACCEPTED


ACCEPTED = {("revoke", "html"), ("revoke", "no object"), ("revoke", "no gzip")}


@pytest.mark.parametrize(
    "hooks", [Hooks(before_request=stumble), Hooks(after_response=stumble)], ids=["before", "after"]
)
async def test_no_frame_shows_a_secret_where_a_listener_fails(
    server: Scripted, limiter: OpenLimiter, hooks: Hooks
) -> None:
    """F16: what is not ours goes through our frames as well."""
    async with connect(server, limiter, credentials=CREDENTIALS, hooks=hooks) as client:
        with pytest.raises(RuntimeError) as caught:
            await client.oauth.create_token(OauthAccessTokenRequestRefresh(refresh_token=CODE))
    assert_hidden(caught.value)


@pytest.mark.parametrize("headers", [{"Authorization": f"Bearer {TOKEN}"}])
async def test_headers_of_one_call_are_hidden_too(
    server: Scripted, limiter: OpenLimiter, headers: dict[str, str]
) -> None:
    """F16: a token that stands in the headers of one call."""
    server.refuse(500)
    async with connect(server, limiter, retry=RetryPolicy(attempts=1)) as client:
        with pytest.raises(PinterestError) as caught:
            await client.boards.get("12", options=RequestOptions(headers=headers))
    assert_hidden(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: StaticToken(f"{TOKEN}\n"),
        lambda: OAuthApp("1477", SECRET).read_redirect(f"?code={CODE}&state=a", state=CODE),
        lambda: OAuthApp("1477", SECRET, "ftp://example.org"),
    ],
    ids=["token", "state", "app"],
)
def test_no_frame_of_what_is_refused_at_once_shows_a_secret(make: Callable[[], Any]) -> None:
    """F16: arguments are secret before they are checked."""
    with pytest.raises(PinterestError) as caught:
        make()
    assert_hidden(caught.value)
