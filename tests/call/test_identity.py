"""Tokens, headers and budgets of the account that a call acts for."""

from __future__ import annotations

from typing import Any

import pytest

from pinterest_async import errors
from pinterest_async._call.endpoint import Endpoint
from pinterest_async.auth import App, Credentials, StaticToken
from pinterest_async.config import RequestOptions, RetryPolicy
from pinterest_async.hooks import (
    Hooks,
    TokenRefreshed,
)
from tests.support.scripted import (
    POST,
    TOKEN,
    OpenLimiter,
    Scripted,
    call,
    connect,
    operation,
)


class Rotating(Credentials):
    """Credentials that have a new token each time one is refused."""

    account = "me"

    def __init__(self, *, renewable: bool = True) -> None:
        self.number = 1
        self.refused: list[str] = []
        self.renewable = renewable

    async def token(self) -> str:
        """Return the token of the day."""
        return f"pina_{self.number}"

    async def rejected(self, token: str) -> bool:
        """Take the next one."""
        self.refused.append(token)
        self.number += self.renewable
        return self.renewable


async def test_the_budget_is_the_accounts_or_the_ad_accounts(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """Calls spend from their category and account; conversions from the ad account in the path."""
    credentials = StaticToken(TOKEN, account="me", app=App("17", "s"))
    path = "/ad_accounts/{ad_account_id}/events"
    endpoint = Endpoint[Any](operation("POST", path, category="ads_conversions"), Any)
    async with connect(server, limiter, credentials=credentials) as client:
        await call(client)
        await client._transport.call(endpoint, path=("549",), body={})
    assert [tuple(key) for key in limiter.admitted] == [
        ("17", "me", "org_read", None, False),
        ("17", "me", "ads_conversions", "549", False),
    ]


async def test_a_form_is_sent_with_the_apps_secret(server: Scripted, limiter: OpenLimiter) -> None:
    """An operation of the app itself sends a form, and id and secret instead of the token."""
    credentials = StaticToken(TOKEN, app=App("17", "s3cret"))
    op = operation("POST", form=True, basic=True)
    async with connect(server, limiter, credentials=credentials) as client:
        await call(client, op, body={"code": "a b"})
    [request] = server.requests
    assert request.headers["authorization"] == "Basic MTc6czNjcmV0"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.body == b"code=a%20b"


async def test_the_apps_secret_is_asked_for(server: Scripted, limiter: OpenLimiter) -> None:
    """Without id and secret such an operation sends nothing, unless a header is given."""
    op = operation("POST", basic=True)
    async with connect(server, limiter) as client:
        with pytest.raises(errors.ConfigurationError, match="StaticToken"):
            await call(client, op)
        await call(client, op, options=RequestOptions(headers={"authorization": "Basic x"}))
    [request] = server.requests
    assert request.headers["authorization"] == "Basic x"


async def test_headers_of_a_call_replace_those_of_the_client(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """Headers from options are joined, whatever their case, and end with the call."""
    async with connect(server, limiter, headers={"X-A": "1", "User-Agent": "mine"}) as client:
        await call(client, options=RequestOptions(headers={"x-a": "2", "X-B": "3"}))
        await call(client)
    first, second = (request.headers for request in server.requests)
    assert (first["x-a"], first["x-b"], first["user-agent"]) == ("2", "3", "mine")
    assert second["x-a"] == "1"
    assert "x-b" not in second


async def test_a_new_token_is_tried_once(server: Scripted, limiter: OpenLimiter) -> None:
    """After 401 code 2 the credentials are told once, and the request repeated with their token."""
    for _ in range(3):
        server.refuse(401, 2)
    credentials = Rotating()
    seen: list[TokenRefreshed] = []
    hooks = Hooks(token_refresh=seen.append)
    async with connect(server, limiter, credentials=credentials, hooks=hooks) as client:
        with pytest.raises(errors.AuthenticationFailed):
            await call(client, POST, body={})
        assert credentials.refused == ["pina_1"]
        tokens = [request.headers["authorization"] for request in server.requests]
        assert tokens == ["Bearer pina_1", "Bearer pina_2"]
        assert seen == [TokenRefreshed(account="me")]


@pytest.mark.parametrize(("status", "code"), [(401, 3), (401, 7), (403, 2), (400, 2)])
async def test_other_refusals_are_not_the_tokens_fault(
    server: Scripted, limiter: OpenLimiter, status: int, code: int
) -> None:
    """Missing scopes, permissions and other codes do not reach the credentials."""
    server.refuse(status, code)
    credentials = Rotating()
    async with connect(server, limiter, credentials=credentials) as client:
        with pytest.raises(errors.APIError):
            await call(client)
    assert credentials.refused == []
    assert len(server.requests) == 1


async def test_one_attempt_means_one_request_for_an_expired_token_too(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """With `attempts=1` the credentials hear of the refusal, and the next call has a new token."""
    server.refuse(401, 2)
    policy = RetryPolicy(attempts=1)
    async with connect(server, limiter, credentials=Rotating(), retry=policy) as client:
        with pytest.raises(errors.AuthenticationFailed):
            await call(client)
        assert len(server.requests) == 1
        await call(client)
    assert server.requests[1].headers["authorization"] == "Bearer pina_2"


async def test_credentials_without_another_token_end_the_call(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """Where there is no other token, the 401 is raised after one request."""
    server.refuse(401, 2)
    credentials = Rotating(renewable=False)
    async with connect(server, limiter, credentials=credentials) as client:
        with pytest.raises(errors.AuthenticationFailed):
            await call(client)
    assert len(server.requests) == 1
