"""The client: made, copied and closed."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gc
import inspect
import logging
import sys
import warnings
from typing import Any

import aiohttp
import msgspec
import pytest

from pinterest_async import Pinterest, errors
from pinterest_async.auth import App, StaticToken
from pinterest_async.config import RequestOptions, RetryPolicy
from pinterest_async.limits import LocalLimits
from pinterest_async.limits.headers import Window
from tests.support.scripted import OpenLimiter, Scripted

TOKEN = "pina_in-the-client"


def connect(server: Scripted, **options: Any) -> Pinterest:
    """A client of the server."""
    return Pinterest(TOKEN, base_url=server.base_url, **options)


def base_url(client: Pinterest) -> str:
    """Where a client sends its calls."""
    return client._transport.base_url


def test_a_client_is_made_outside_a_loop() -> None:
    """Making a client needs no running loop and opens nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client = Pinterest(TOKEN)
        assert base_url(client) == "https://api.pinterest.com/v5"
        del client
        gc.collect()


def test_the_sandbox_is_another_host() -> None:
    """`sandbox=True` goes to the sandbox, and a base URL of one's own comes before it."""
    assert base_url(Pinterest(TOKEN, sandbox=True)) == "https://api-sandbox.pinterest.com/v5"
    assert base_url(Pinterest(TOKEN, sandbox=True, base_url="http://h/v5/")) == "http://h/v5"


@pytest.mark.parametrize(
    "token", ["", "  ", "Bearer pina_x", "pina_x\n", "'pina_x'", '"pina_x"', "pina_ü", None, 3]
)
def test_a_token_that_cannot_be_one_is_refused(token: Any) -> None:
    """An empty or mangled token raises when the client is made, without showing it."""
    with pytest.raises((errors.ConfigurationError, AttributeError)) as caught:
        StaticToken(token)
    assert caught.type is errors.ConfigurationError
    assert "pina_x" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"tier": "gold"},
        {"timeout": 0},
        {"retry": -3},
        {"base_url": "api.pinterest.com"},
        {"proxy": "proxy.example:3128"},
        {"proxy": "socks5://proxy.example:1080"},
        {"proxy": 3128},
        {"hooks": [print]},
        {"max_wait": -1},
        {"on_limit": "x"},
        {"prefetch": "x"},
        {"deadline": 0},
        {"headers": {"a b": "c"}},
    ],
    ids=str,
)
def test_wrong_arguments_are_refused_when_the_client_is_made(options: dict[str, Any]) -> None:
    """A client that cannot work is not made."""
    with pytest.raises(errors.ConfigurationError):
        Pinterest(TOKEN, **options)


def test_the_token_shows_nowhere() -> None:
    """Neither the client nor its parts show the token or the app's secret."""
    client = Pinterest(StaticToken(TOKEN, app=App("17", "s3cret")))
    shown = f"{client!r}{client._transport.credentials!r}{client._transport.credentials.app!r}"
    assert TOKEN not in shown
    assert "s3cret" not in shown
    assert "https://api.pinterest.com/v5" in repr(client)


def test_the_environment_gives_token_and_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """`from_env` reads its three variables, and arguments come before them."""
    monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", f" {TOKEN}\n")
    assert base_url(Pinterest.from_env()) == "https://api.pinterest.com/v5"
    monkeypatch.setenv("PINTEREST_SANDBOX", "1")
    assert base_url(Pinterest.from_env()) == "https://api-sandbox.pinterest.com/v5"
    assert base_url(Pinterest.from_env(sandbox=False)) == "https://api.pinterest.com/v5"
    monkeypatch.setenv("PINTEREST_BASE_URL", "http://127.0.0.1:8080/v5")
    assert base_url(Pinterest.from_env()) == "http://127.0.0.1:8080/v5"
    assert base_url(Pinterest.from_env(base_url="http://h")) == "http://h"
    assert base_url(Pinterest.from_env(sandbox=True)) == "https://api-sandbox.pinterest.com/v5"
    assert Pinterest.from_env(strict=True)._transport.options.strict is True


@pytest.mark.parametrize("token", [None, "", "  "])
def test_an_empty_environment_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    """Without a token in the environment the error names the variable."""
    if token is not None:
        monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", token)
    with pytest.raises(errors.ConfigurationError, match="PINTEREST_ACCESS_TOKEN"):
        Pinterest.from_env()


def test_a_flag_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """`PINTEREST_SANDBOX` is 1 or 0, not perhaps."""
    monkeypatch.setenv("PINTEREST_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("PINTEREST_SANDBOX", "perhaps")
    with pytest.raises(errors.ConfigurationError, match="PINTEREST_SANDBOX"):
        Pinterest.from_env()


async def test_a_client_in_one_expression(server: Scripted) -> None:
    """A resource keeps its client alive for as long as a call takes."""
    server.answer({"id": "1", "name": "cakes"})
    async with aiohttp.ClientSession() as session:
        board = await connect(server, session=session).boards.get("1")
    assert board.name == "cakes"


async def test_a_given_session_stays_open(server: Scripted) -> None:
    """The client closes what it opened, and not what it was given."""
    async with aiohttp.ClientSession() as session:
        async with connect(server, session=session) as client:
            await client.request("GET", "/boards")
        assert not session.closed
        async with connect(server) as client:
            await client.request("GET", "/boards")
            own = client._transport.pool._session
        assert own is not None
        assert own.closed


async def test_a_given_session_that_is_closed_is_an_error(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """A call on a session that its owner has closed says so."""
    async with aiohttp.ClientSession() as session:
        client = connect(server, session=session, limits=limiter)
        await client.request("GET", "/boards")
    with pytest.raises(errors.ClientClosed, match="given"):
        await client.request("GET", "/boards")


async def test_a_closed_client_is_closed(server: Scripted) -> None:
    """Closing twice does nothing, and a call after it raises."""
    client = connect(server)
    await client.request("GET", "/boards")
    await asyncio.gather(client.aclose(), client.aclose())
    await client.aclose()
    with pytest.raises(errors.ClientClosed):
        await client.boards.get("1")
    with pytest.raises(errors.ClientClosed):
        await client.boards.list()


async def test_a_client_that_was_never_used_is_closed(server: Scripted) -> None:
    """Closing without a call is no error."""
    client = connect(server)
    await client.aclose()
    with pytest.raises(errors.ClientClosed):
        await client.request("GET", "/boards")


async def test_its_limiter_is_closed_and_a_given_one_is_not(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """A limiter that was given belongs to its giver."""
    async with connect(server, limits=limiter):
        pass
    assert not limiter.closed


def test_another_event_loop_is_an_error(limiter: OpenLimiter) -> None:
    """A client that was used in one loop says so when it is used, or closed, in another."""
    client: Pinterest | None = None

    async def use() -> None:
        nonlocal client
        async with Scripted() as server:
            client = client or connect(server, limits=limiter)
            await client.request("GET", "/boards")

    async def close() -> None:
        assert client is not None
        await client.aclose()

    async def shut() -> None:
        assert client is not None
        session = client._transport.pool._own
        assert session is not None
        await session.close()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(use())
    for again in (use, close):
        with pytest.raises(errors.ClientClosed, match="loop"):
            asyncio.run(again())
    loop.run_until_complete(shut())
    loop.close()


async def test_a_forgotten_client_says_where_it_was_made(server: Scripted) -> None:
    """A client that is dropped with an open session warns with the file and line of its making."""
    client = connect(server)
    line = inspect.getsourcelines(connect)[1] + 2
    await client.request("GET", "/boards")
    session = client._transport.pool._own
    assert session is not None
    clients = [client]
    del client
    with pytest.warns(ResourceWarning, match=f"made at .*test_client.py:{line}") as caught:
        clients.clear()
    assert len([w for w in caught if "Pinterest client" in str(w.message)]) == 1
    await session.close()


async def test_copies_share_connections_and_limiter(server: Scripted, limiter: OpenLimiter) -> None:
    """All copies use one session and one limiter, each with its own account, options and role."""
    async with connect(server, limits=limiter, timeout=5, headers={"A": "1"}) as client:
        other = client.for_account(StaticToken("pina_other", account="other"))
        hurried = other.with_options(timeout=1, headers={"B": "2"})
        acting = hurried.acting_as(ad_account_id="549")
        for copy in (other, hurried, acting):
            assert isinstance(copy, Pinterest)
            assert copy._transport.pool is client._transport.pool
            await copy.boards.get("1")
        await client.boards.get("1")
    tokens = [request.headers["authorization"] for request in server.requests]
    assert tokens == ["Bearer pina_other"] * 3 + [f"Bearer {TOKEN}"]
    assert [request.query for request in server.requests] == ["", "", "ad_account_id=549", ""]
    sent = [(request.headers.get("a"), request.headers.get("b")) for request in server.requests]
    assert sent == [("1", None), ("1", "2"), ("1", "2"), ("1", None)]
    assert {key.account for key in limiter.admitted[:3]} == {"other"}
    assert acting._transport.options.timeout == 1


async def test_an_id_of_the_call_comes_before_acting_as(server: Scripted) -> None:
    """An `ad_account_id` that is passed to a call is the one that is sent."""
    async with connect(server) as client:
        await client.acting_as(ad_account_id="549").boards.get("1", ad_account_id="7")
    assert server.requests[0].query == "ad_account_id=7"


async def test_another_account_does_not_inherit_the_role(server: Scripted) -> None:
    """`for_account` forgets whom the client acted for."""
    async with connect(server) as client:
        await client.acting_as(ad_account_id="549").for_account("pina_other").boards.get("1")
    assert server.requests[0].query == ""


def test_acting_as_nobody_is_refused() -> None:
    """An empty ad account is a mistake."""
    with pytest.raises(errors.ConfigurationError):
        Pinterest(TOKEN).acting_as(ad_account_id="")


def test_options_come_as_an_object_or_by_name() -> None:
    """`with_options` takes a RequestOptions, keywords, or both; keywords come first."""
    options = RequestOptions(timeout=5, strict=True)
    client = Pinterest(TOKEN, deadline=9).with_options(options, timeout=1)
    assert client._transport.options == RequestOptions(timeout=1, strict=True, deadline=9)


async def test_closing_a_copy_closes_the_copy_alone(server: Scripted) -> None:
    """A closed copy cannot be used; the client it was made from, and other copies, can."""
    async with connect(server) as client:
        async with client.for_account("pina_other") as copy:
            await copy.boards.get("1")
        with pytest.raises(errors.ClientClosed):
            await copy.boards.get("1")
        with pytest.raises(errors.ClientClosed):
            await copy.with_options(strict=True).boards.get("1")
        await client.boards.get("1")
        survivor = client.with_options(strict=False)
    with pytest.raises(errors.ClientClosed):
        await survivor.boards.get("1")


class Answer(msgspec.Struct):
    """What a raw request is decoded as."""

    id: str


async def test_a_raw_request(server: Scripted, limiter: OpenLimiter) -> None:
    """`request` sends any operation with its category, and decodes it as the type that is given."""
    server.answer({"id": "1"})
    server.answer({"items": [1, 2.5]})
    async with connect(server, limits=limiter) as client:
        typed = await client.request(
            "GET", "/new/thing", query={"a": [1, 2]}, category="org_analytics", type=Answer
        )
        untyped = await client.request("POST", "/new", body={"x": None})
        assert await client.request("DELETE", "/new/1", type=None) is None
    assert typed == Answer("1")
    assert untyped == {"items": [1, 2.5]}
    lines = [(request.method, request.target, request.body) for request in server.requests]
    assert lines == [
        ("GET", "/v5/new/thing?a=1&a=2", b""),
        ("POST", "/v5/new", b'{"x":null}'),
        ("DELETE", "/v5/new/1", b""),
    ]
    categories = [key.category for key in limiter.admitted]
    assert categories == ["org_analytics", "org_write", "org_write"]


async def test_a_raw_request_has_aware_times(server: Scripted) -> None:
    """A time that names no zone is in UTC, in types of the caller's own, too."""
    server.answer({"at": "2024-03-18T21:58:18"})
    async with connect(server) as client:
        timed = await client.request("GET", "/new", type=dict[str, dt.datetime])
    assert timed == {"at": dt.datetime(2024, 3, 18, 21, 58, 18, tzinfo=dt.UTC)}


async def test_a_raw_request_goes_nowhere_else(server: Scripted) -> None:
    """The token is never sent to another host, whatever path is given."""
    async with connect(server) as client:
        for path in ("https://evil.example/v5/boards", f"{server.base_url}.evil/x", "boards"):
            with pytest.raises(errors.InvalidRequest):
                await client.request("GET", path)
        await client.request("GET", f"{server.base_url}/boards")
        await client.request("GET", "//evil.example/boards")
        method: Any = "TRACE"
        with pytest.raises(errors.InvalidRequest, match="TRACE"):
            await client.request(method, "/boards")
    assert [request.target for request in server.requests] == [
        "/v5/boards",
        "/v5//evil.example/boards",
    ]


@pytest.mark.parametrize(
    ("method", "requests"), [("GET", 2), ("DELETE", 2), ("POST", 1), ("PATCH", 1)]
)
async def test_raw_requests_are_repeated_by_verb(
    server: Scripted, method: Any, requests: int
) -> None:
    """Without knowledge of the operation, only GET and DELETE are sent twice."""
    server.refuse(500)
    async with connect(server, retry=RetryPolicy(base=0.0)) as client:
        with contextlib.nullcontext() if requests == 2 else pytest.raises(errors.ServerError):
            await client.request(method, "/new")
    assert len(server.requests) == requests


async def test_rate_limits_can_be_looked_at(server: Scripted) -> None:
    """`rate_limits` shows what the calls so far have spent, for all copies."""
    async with connect(server, limits=None) as client:
        assert client.rate_limits == []
        await client.boards.get("1")
        await client.for_account("pina_other").boards.get("1")
        budgets = client.rate_limits
        assert {budget.category for budget in budgets} >= {"org_read"}
        accounts = {budget.account for budget in budgets if budget.category == "org_read"}
        assert len(accounts) == 2
        assert TOKEN not in repr(budgets)


async def test_the_tier_reaches_the_limiter() -> None:
    """A client for Trial access begins with the limits of that tier."""
    client = Pinterest(TOKEN, tier="trial")
    assert isinstance(client._transport.limiter, LocalLimits)
    assert client._transport.limiter._tier == "trial"
    await client.aclose()


async def test_a_long_series_of_calls_leaks_nothing(
    server: Scripted, limiter: OpenLimiter, caplog: pytest.LogCaptureFixture
) -> None:
    """After a warm-up, calls leave no objects behind."""
    caplog.set_level(logging.WARNING)  # what is logged is kept until the end of the test

    def forget() -> None:
        for seen in (server.requests, limiter.admitted, limiter.policies, limiter.observed):
            seen.clear()
        gc.collect()

    # A limiter with windows remembers calls for as long as those last, up to a bound of its own.
    async with connect(server, limits=limiter) as client:
        for _ in range(50):
            await client.request("GET", "/boards/1")
        forget()
        before = sys.getallocatedblocks()
        for _ in range(400):
            await client.request("GET", "/boards/1")
        forget()
        # A single object for each call would be 400.
        assert sys.getallocatedblocks() - before < 300


async def test_windows_of_a_category_replace_those_of_the_table(server: Scripted) -> None:
    """Windows passed as `limits` are what the category begins with, and nothing else changes."""
    async with connect(server, limits={"org_read": [Window(7, 60)]}) as client:
        await client.user_account.get()
        await client.ad_accounts.get("1")
        windows = {limit.category: limit.windows for limit in client.rate_limits}
    assert [(window.limit, window.seconds) for window in windows["org_read"]] == [(7, 60)]
    assert max(window.limit for window in windows["ads_read"]) == 1000


@pytest.mark.parametrize("from_environment", [False, True])
async def test_calls_go_through_the_proxy(
    server: Scripted, monkeypatch: pytest.MonkeyPatch, *, from_environment: bool
) -> None:
    """A proxy that is given, or the environment's where it is trusted, gets the calls (F21)."""
    proxy = server.base_url.removesuffix("/v5")
    monkeypatch.setenv("http_proxy", proxy if from_environment else "")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    server.answer({"id": "1", "name": "cakes"})
    async with Pinterest(
        "pina_x",
        base_url="http://pinterest.invalid/v5",
        proxy=None if from_environment else proxy,
        trust_env=from_environment,
    ) as client:
        assert (await client.boards.get("1")).id == "1"
    assert len(server.requests) == 1
