"""`OAuthApp`: what it sends, and what it makes of the answers."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web

from pinterest_async.auth import ConversionToken, OAuthApp, Token
from pinterest_async.auth.token import LONGEST_LIFE
from pinterest_async.config import PRODUCTION_URL, SANDBOX_URL
from pinterest_async.errors import (
    APIError,
    AuthenticationFailed,
    ConfigurationError,
    ConnectionFailed,
    DecodeError,
    InvalidGrant,
    LoginFailed,
    PinterestError,
    RequestTimeout,
    ServerError,
)
from tests.support.auth_world import (
    ACCESS_LIFE,
    APP_ID,
    REDIRECT,
    REFRESH_LIFE,
    TokenServer,
    outcome_of,
)


def _app(**more: Any) -> OAuthApp:
    return OAuthApp(APP_ID, "s3cr3t", REDIRECT, **more)


def test_the_authorize_url_holds_what_pinterest_asks_for() -> None:
    """Scopes are joined with commas, and all is escaped."""
    url = _app().authorize_url(["boards:read", "pins:read"], "a state&more")
    assert url.startswith("https://www.pinterest.com/oauth/?")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": [APP_ID],
        "redirect_uri": [REDIRECT],
        "response_type": ["code"],
        "scope": ["boards:read,pins:read"],
        "state": ["a state&more"],
    }
    assert url.state == "a state&more"


def test_a_state_is_made_where_none_is_given() -> None:
    """It is long, different each time, and part of the address."""
    first, second = (_app().authorize_url(["boards:read"]) for _ in range(2))
    assert first.state != second.state
    assert len(first.state) >= 43
    assert parse_qs(urlsplit(first).query)["state"] == [first.state]


@pytest.mark.parametrize(
    ("more", "base_url", "page"),
    [
        ({}, PRODUCTION_URL, "https://www.pinterest.com/oauth/"),
        ({"sandbox": True}, SANDBOX_URL, "https://www.pinterest.com/oauth/"),
        (
            {"base_url": "http://127.0.0.1:1/v5/"},
            "http://127.0.0.1:1/v5",
            "http://127.0.0.1:1/oauth/",
        ),
        ({"authorize_url": "http://x/"}, PRODUCTION_URL, "http://x/"),
    ],
)
def test_where_the_app_asks(more: dict[str, Any], base_url: str, page: str) -> None:
    """Production, sandbox and another host each have their addresses."""
    app = _app(**more)
    assert app.base_url == base_url
    assert app.authorize_page == page
    assert app.environment == ("sandbox" if more.get("sandbox") else "production")


@pytest.mark.parametrize(
    "make",
    [
        lambda: OAuthApp("", "s3cr3t"),
        lambda: OAuthApp("1", ""),
        lambda: OAuthApp("1", "s3cr3t", "example.com/callback"),
        lambda: _app(timeout=0.0),
        lambda: _app(base_url="ftp://x"),
        lambda: _app().authorize_url(["boards:read"], ""),
        lambda: OAuthApp("1", "s3cr3t").authorize_url(["boards:read"]),
    ],
)
def test_wrong_setups_are_refused(make: Any) -> None:
    """What cannot work is refused at once, without showing the secret."""
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("address", ["{}?code=abc&state=right", "code=abc&state=right"])
def test_the_code_is_read_from_the_address(address: str) -> None:
    """A whole address will do, and its query alone."""
    assert _app().read_redirect(address.format(REDIRECT), state="right") == "abc"


@pytest.mark.parametrize(
    ("query", "words", "forged"),
    [
        ("code=abc&state=wrong", "forged", True),
        ("code=abc", "forged", True),
        ("code=abc&state=", "forged", True),
        ("code=abc&state=right&state=wrong", "forged", True),
        ("error=access_denied&state=wrong", "forged", True),
        ("error=access_denied&state=right", "refused: access_denied", False),
        ("error=a%1b%5B2J&state=right", r"refused: a\[2J$", False),
        ("state=right", "no code", False),
        ("code=&state=right", "no code", False),
        ("code=a&code=b&state=right", "no code", False),
        ("&".join(f"a{i}=1" for i in range(50)), "cannot be read", False),
    ],
)
def test_answers_to_a_login_are_judged(query: str, words: str, forged: bool) -> None:  # noqa: FBT001
    """Another state is refused before anything else is believed; a refusal is told as one."""
    with pytest.raises(LoginFailed, match=words) as caught:
        _app().read_redirect(f"{REDIRECT}?{query}", state="right")
    assert caught.value.forged is forged


@pytest.mark.parametrize("query", ["code=abc", "code=abc&state=", "code=abc&state=x"])
def test_without_a_login_under_way_every_answer_is_forged(query: str) -> None:
    """A browser that has lost its cookie brings no state to compare with."""
    with pytest.raises(LoginFailed, match="forged"):
        _app().read_redirect(query, state="")


async def test_a_code_is_exchanged_once() -> None:
    """The first exchange gives the tokens, the second is refused with what to think of it."""
    async with TokenServer() as server:
        app, code = server.app(), server.code_for()
        token = await app.exchange(code)
        assert server.is_alive(token)
        assert token.scopes == ("boards:read", "user_accounts:read")
        assert token.expires_at == server.now + ACCESS_LIFE
        assert token.refresh_expires_at == server.now + REFRESH_LIFE
        assert token.environment == "production"
        assert server.forms == [
            {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        ]
        with pytest.raises(InvalidGrant, match="used up, expired or revoked") as caught:
            await app.exchange(code)
        assert (caught.value.status, caught.value.code) == (401, 283)


async def test_a_refresh_token_arrives_as_it_is() -> None:
    """Characters that mean something in a form are escaped."""
    async with TokenServer() as server:
        old = server.log_in()
        new = await server.app().refresh(old)
        assert server.forms[0] == {"grant_type": "refresh_token", "refresh_token": old.refresh}
        assert new.refresh != old.refresh
        assert server.is_alive(new)
        assert new.scopes == old.scopes


async def test_old_apps_ask_for_continuous_refresh() -> None:
    """The switch adds its parameter to exchange and refresh."""
    async with TokenServer() as server:
        app = server.app(continuous_refresh=True)
        await app.refresh(await app.exchange(server.code_for()))
        await app.client_credentials(["boards:read"])
        assert [form.get("continuous_refresh") for form in server.forms] == ["true", "true", None]


async def test_a_refresh_token_that_is_not_replaced_is_kept() -> None:
    """An answer without a refresh token leaves the old one, and its end, as they are."""
    async with TokenServer() as server:
        server.continuous = False
        old = server.log_in()
        server.now += 100
        new = await server.app().refresh(old)
        assert (new.refresh, new.refresh_expires_at) == (old.refresh, old.refresh_expires_at)
        assert new.expires_at == server.now + ACCESS_LIFE


async def test_numbers_may_come_as_text_and_scopes_not_at_all() -> None:
    """What is missing is taken from before, and a moment will do for a span."""
    async with TokenServer() as server:
        old = server.log_in()
        server.responses.append(
            web.json_response(
                {"access_token": "pina_x", "expires_in": "60", "refresh_token": "pinr_x",
                 "refresh_token_expires_at": 1_900_000_000}
            )
        )  # fmt: skip
        new = await server.app().refresh(old)
        assert new.expires_at == server.now + 60
        assert new.refresh_expires_at == 1_900_000_000
        assert new.scopes == old.scopes


async def test_client_credentials_have_no_refresh_token() -> None:
    """The app gets a token for its owner."""
    async with TokenServer() as server:
        token = await server.app().client_credentials(["boards:read", "pins:read"])
        assert token.refresh is None
        assert token.scopes == ("boards:read", "pins:read")
        assert server.forms == [
            {"grant_type": "client_credentials", "scope": "boards:read,pins:read"}
        ]


async def test_a_token_is_revoked() -> None:
    """A revoked token is dead; revoking it again is refused without showing it."""
    async with TokenServer() as server:
        app, token = server.app(), server.log_in()
        await app.revoke(token.access, hint="access_token")
        assert not server.is_alive(token)
        error = await outcome_of(app.revoke(token.access))
        assert isinstance(error, AuthenticationFailed)
        server.assert_no_secret_in(str(error), repr(error.__dict__))


async def test_a_conversion_token_is_made() -> None:
    """It is what `ConversionToken` takes."""
    async with TokenServer() as server:
        token = await server.app().conversion_token(server.log_in())
        assert token.expires_at is None
        assert await ConversionToken(token.access).token() == token.access


async def test_tokens_of_the_other_environment_are_refused() -> None:
    """A sandbox token is not sent to production."""
    async with TokenServer() as server:
        token = server.log_in(environment="sandbox")
        for request in (server.app().refresh, server.app().conversion_token):
            with pytest.raises(ConfigurationError, match="sandbox"):
                await request(token)
        assert server.requests == []


async def test_a_token_without_refresh_token_cannot_be_refreshed() -> None:
    """Nothing is sent."""
    with pytest.raises(ConfigurationError, match="no refresh token"):
        await _app().refresh(Token("pina_1"))


async def test_a_wrong_secret_is_told_as_one() -> None:
    """401 to the app's secret is not taken for a dead token."""
    async with TokenServer() as server:
        app = OAuthApp(APP_ID, "wrong", base_url=server.base_url)
        error = await outcome_of(app.refresh(server.log_in()))
        assert type(error) is AuthenticationFailed
        assert "check the app's id and secret" in str(error)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 502, "text": "<html>bad gateway"}, ServerError),
        ({"status": 400, "text": '{"code":1,"message":"scope"}'}, APIError),
        ({"status": 400, "text": '{"error":"invalid_grant","code":1}'}, InvalidGrant),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, APIError),
        ({"status": 200, "text": "<html>"}, DecodeError),
        ({"status": 200, "text": "{}"}, DecodeError),
        ({"status": 200, "text": '{"access_token":"a b"}'}, DecodeError),
    ],
)
async def test_strange_answers_are_errors_of_this_package(
    answer: dict[str, Any], kind: type[PinterestError]
) -> None:
    """Whatever the server says, the error is typed and holds no body."""
    async with TokenServer() as server:
        server.responses.append(web.Response(**answer))
        error = await outcome_of(server.app().refresh(server.log_in()))
        assert isinstance(error, kind)
        assert getattr(error, "body", b"") == b""


async def test_an_answer_that_quotes_a_secret_is_masked() -> None:
    """However the server spells what it was sent, the error does not show it."""
    async with TokenServer() as server:
        token = server.log_in()
        assert token.refresh is not None
        escaped = token.refresh.replace("/", "\\/")
        body = f'{{"code":1,"message":"bad {escaped}, {token.refresh}"}}'
        server.responses.append(web.Response(status=400, text=body))
        error = await outcome_of(server.app().refresh(token))
        assert "bad <secret>, <secret>" in str(error)
        server.assert_no_secret_in("".join(traceback.format_exception(error)))


async def test_no_connection_is_told_as_one() -> None:
    """Nothing was sent, and the error says so."""
    app = _app(base_url="http://127.0.0.1:9/v5")
    error = await outcome_of(app.refresh(Token("pina_1", refresh="pinr_1")))
    assert isinstance(error, ConnectionFailed)
    assert not error.may_have_applied
    assert "nothing was sent" in str(error)


async def test_a_lost_answer_may_have_applied() -> None:
    """A timeout after sending says that the old refresh token may be dead."""
    async with TokenServer() as server:
        asked = asyncio.Event()

        async def stall() -> None:
            asked.set()
            await asyncio.sleep(60)

        server.before_rotation = stall
        error = await outcome_of(server.app(timeout=0.2).refresh(server.log_in()))
        assert asked.is_set()
        assert isinstance(error, RequestTimeout)
        assert error.may_have_applied


async def test_a_given_session_is_used_and_stays_open() -> None:
    """Whoever opened a session closes it."""
    async with TokenServer() as server, aiohttp.ClientSession() as session:
        app = server.app(session=session)
        await app.refresh(await app.exchange(server.code_for()))
        assert not session.closed


_DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "beside",
    [
        b'"expires_in":' + b"9" * 400,
        b'"expires_in":1e999,"refresh_token_expires_in":"' + b"9" * 400 + b'"',
        b'"expires_in":-5',
        b'"expires_in":"soon","scope":7',
        b'"expires_in":{},"refresh_token_expires_at":1e999',
        b'"scope":' + _DEEP,
        b'"more":' + _DEEP,
        b'"more":"caf\xff"',
        b'"scope":"caf\xff"',
        b'"more":"\\ud83d"',
        b'"more":"cut',
    ],
)
async def test_f8_a_token_that_came_is_kept(beside: bytes) -> None:
    """F8: whatever stands beside it, a token is not lost, and its life is bounded."""
    async with TokenServer() as server:
        token = server.log_in()
        body = b'{"access_token":"pina_new","refresh_token":"pinr_new",' + beside + b"}"
        server.responses.append(web.Response(body=body, content_type="application/json"))
        new = await server.app().refresh(token)
        assert (new.access, new.refresh) == ("pina_new", "pinr_new")
        for moment in (new.expires_at, new.refresh_expires_at):
            assert moment is None or server.now <= moment <= server.now + LONGEST_LIFE


async def test_f8_nesting_without_a_token_is_our_error() -> None:
    """F8: a response nested too deep is a `DecodeError`."""
    async with TokenServer() as server:
        server.responses.append(web.Response(body=_DEEP, content_type="application/json"))
        assert isinstance(await outcome_of(server.app().refresh(server.log_in())), DecodeError)


async def test_f11_a_refusal_that_quotes_the_request_shows_no_secret() -> None:
    """F11: the header that carries the app's secret is left out of a refusal's words."""
    async with TokenServer() as server:
        app = server.app()
        body = {"code": 1, "message": f"bad header Authorization: {app.basic} or {app.basic[6:]}"}
        server.responses.append(web.json_response(body, status=400))
        error = await outcome_of(app.refresh(server.log_in()))
        assert isinstance(error, APIError)
        assert "bad header" in str(error)
        assert "Basic" not in str(error)
        server.assert_no_secret_in(str(error), repr(error))
        assert app.basic[6:] not in str(error)


@pytest.mark.parametrize("address", ["https://[::1", "http://localhost:99999/", "ftp://x/", ""])
def test_f15_a_redirect_address_that_is_none(address: str) -> None:
    """F15: it is refused as a setting."""
    with pytest.raises(ConfigurationError, match="redirect_uri"):
        OAuthApp(APP_ID, "s3cr3t", address)


@pytest.mark.parametrize("host", ["a..b", "[::1", "a" * 64, ".a"])
def test_f15_a_base_url_whose_host_is_none(host: str) -> None:
    """F15: it is refused as a setting, before any request."""
    with pytest.raises(ConfigurationError, match="base_url"):
        _app(base_url=f"http://{host}")
