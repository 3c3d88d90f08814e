"""Credentials against the emulator, which behaves as Pinterest does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pinterest_async import MissingScope, Pinterest
from pinterest_async.auth import (
    ClientCredentials,
    ConversionToken,
    MemoryTokenStore,
    OAuthApp,
    RefreshingCredentials,
    StaticToken,
    Token,
)
from pinterest_async.emulator import (
    Answer,
    Disconnect,
    Emulator,
    LoginOptions,
    ManualClock,
)
from pinterest_async.errors import (
    AuthenticationFailed,
    InvalidGrant,
    PermissionDenied,
    ReauthorizationRequired,
)
from tests.support.auth_world import approve

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from pinterest_async.auth import Scope

DAY = 86400.0
REDIRECT = "http://127.0.0.1:8085/"
SCOPES: tuple[Scope, ...] = ("boards:read", "user_accounts:read")


@pytest.fixture
def clock() -> ManualClock:
    """The time that client and server live in."""
    return ManualClock()


@pytest.fixture
async def emulator(clock: ManualClock) -> AsyncGenerator[Emulator]:
    """A small account whose owner says yes to everything, and no limits."""
    emulator = Emulator(
        boards=3,
        pins=3,
        login=LoginOptions(auto_approve=True, refresh_grace=0.0),
        enforce_limits=False,
        clock=clock,
    )
    async with emulator:
        yield emulator


@pytest.fixture
def app(emulator: Emulator, clock: ManualClock) -> OAuthApp:
    """The emulator's app."""
    return OAuthApp(
        emulator.app_id, emulator.app_secret, REDIRECT, base_url=emulator.base_url, clock=clock
    )


async def _log_in(app: OAuthApp, scopes: tuple[Scope, ...] = SCOPES) -> Token:
    return await app.exchange(await approve(app, app.authorize_url(scopes)))


def _token_requests(emulator: Emulator) -> list[str]:
    return [
        seen.body["grant_type"] for seen in emulator.requests if seen.operation_id == "oauth/token"
    ]


async def test_an_account_lives_for_a_year(
    emulator: Emulator, app: OAuthApp, clock: ManualClock
) -> None:
    """Used once a week, it is renewed ten times, and nobody has to log in."""
    store = MemoryTokenStore()
    await store.save("me", await _log_in(app))
    credentials = RefreshingCredentials(app, store, "me", clock=clock)
    async with Pinterest(credentials, base_url=emulator.base_url) as client:
        for _ in range(52):
            clock.advance(7 * DAY)
            assert (await client.user_account.get()).username == emulator.account.username
    assert _token_requests(emulator) == ["authorization_code"] + ["refresh_token"] * 10


@pytest.mark.parametrize("revoked", [False, True], ids=["expired", "refused"])
async def test_a_hundred_tasks_come_to_one_refresh(
    emulator: Emulator,
    app: OAuthApp,
    clock: ManualClock,
    revoked: bool,  # noqa: FBT001
) -> None:
    """Whether the clock or the server ends the token."""
    store = MemoryTokenStore()
    first = await _log_in(app)
    await store.save("me", first)
    credentials = RefreshingCredentials(app, store, "me", clock=clock)
    async with Pinterest(credentials, base_url=emulator.base_url) as client:
        await client.user_account.get()
        clock.advance(30 * DAY if not revoked else 60)
        if revoked:
            emulator.fail(
                "user_account/get",
                Answer(401, {"code": 2, "message": "Authentication failed."}),
                times=100,
            )
        await asyncio.gather(*(client.user_account.get() for _ in range(100)))
    assert _token_requests(emulator).count("refresh_token") == 1
    assert await store.load("me") != first


async def test_a_lost_answer_to_a_refresh_is_asked_for_again(
    emulator: Emulator, app: OAuthApp, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server with a grace for the old token gives a new one, and the account lives."""
    monkeypatch.setattr("pinterest_async.auth.refreshing.random.random", lambda: 0.0)
    async with Emulator(
        boards=1, pins=0, login=LoginOptions(auto_approve=True), clock=clock
    ) as graceful:
        its_app = OAuthApp(
            graceful.app_id, graceful.app_secret, REDIRECT, base_url=graceful.base_url, clock=clock
        )
        store = MemoryTokenStore()
        await store.save("me", await _log_in(its_app))
        clock.advance(30 * DAY)
        graceful.fail("oauth/token", Disconnect(after_write=True))
        credentials = RefreshingCredentials(its_app, store, "me", clock=clock)
        async with Pinterest(credentials, base_url=graceful.base_url) as client:
            await client.user_account.get()
    assert _token_requests(graceful)[1:] == ["refresh_token"] * 2


async def test_a_refresh_token_that_somebody_else_used_ends_the_login(
    emulator: Emulator, app: OAuthApp, clock: ManualClock
) -> None:
    """A program that kept nothing of what it got has logged the user out, and the error says so."""
    store = MemoryTokenStore()
    token = await _log_in(app)
    await store.save("me", token)
    await app.refresh(token)
    clock.advance(30 * DAY)
    credentials = RefreshingCredentials(app, store, "me", clock=clock)
    async with Pinterest(credentials, base_url=emulator.base_url) as client:
        with pytest.raises(ReauthorizationRequired, match="me has to log in again"):
            await client.user_account.get()


async def test_a_code_is_good_once(app: OAuthApp) -> None:
    """Whoever brings it again is refused."""
    code = await approve(app, app.authorize_url(SCOPES))
    await app.exchange(code)
    with pytest.raises(InvalidGrant):
        await app.exchange(code)


async def test_scopes_are_those_that_were_asked_for(
    emulator: Emulator, app: OAuthApp, clock: ManualClock
) -> None:
    """What was not asked for is refused, and no refresh is tried."""
    store = MemoryTokenStore()
    token = await _log_in(app)
    assert sorted(token.scopes) == sorted(SCOPES)
    await store.save("me", token)
    credentials = RefreshingCredentials(app, store, "me", clock=clock)
    async with Pinterest(credentials, base_url=emulator.base_url) as client:
        with pytest.raises(MissingScope, match="pins:read"):
            await client.pins.list()
    assert _token_requests(emulator) == ["authorization_code"]


async def test_tokens_of_the_sandbox_and_of_production_are_not_the_same(
    emulator: Emulator,
) -> None:
    """Each host refuses the other's with 401, and the hint says what it may be."""
    for token, base_url in (
        (emulator.token, emulator.sandbox_base_url),
        (emulator.sandbox_token, emulator.base_url),
    ):
        async with Pinterest(token, base_url=base_url) as client:
            with pytest.raises(AuthenticationFailed, match="made for another host"):
                await client.user_account.get()


async def test_an_old_app_gets_continuous_tokens_when_it_asks(clock: ManualClock) -> None:
    """Without the switch its refresh token stays the same, and dies after a year."""
    async with Emulator(
        boards=1, pins=0, login=LoginOptions(auto_approve=True, old_app=True), clock=clock
    ) as old:
        for continuous in (False, True):
            app = OAuthApp(
                old.app_id,
                old.app_secret,
                REDIRECT,
                base_url=old.base_url,
                continuous_refresh=continuous,
                clock=clock,
            )
            token = await _log_in(app)
            renewed = await app.refresh(token)
            assert (renewed.refresh != token.refresh) is continuous
            assert renewed.refresh_expires_at is not None
            days = (renewed.refresh_expires_at - clock()) / DAY
            assert round(days) == (60 if continuous else 365)


async def test_the_apps_own_token(emulator: Emulator, app: OAuthApp, clock: ManualClock) -> None:
    """Client credentials act for the app's owner."""
    credentials = ClientCredentials(app, SCOPES, clock=clock)
    async with Pinterest(credentials, base_url=emulator.base_url) as client:
        assert await client.boards.list().collect()
        clock.advance(30 * DAY)
        assert await client.boards.list().collect()
    assert _token_requests(emulator) == ["client_credentials"] * 2


async def test_only_system_users_tokens_are_revoked(emulator: Emulator, app: OAuthApp) -> None:
    """A user's own is refused with 403, as Pinterest does it."""
    system = emulator.issue_token(system_user=True)
    await app.revoke(system, hint="access_token")
    async with Pinterest(StaticToken(system), base_url=emulator.base_url) as client:
        with pytest.raises(AuthenticationFailed):
            await client.user_account.get()
    with pytest.raises(PermissionDenied):
        await app.revoke(emulator.token)


async def test_a_conversion_token_has_no_limit(emulator: Emulator, app: OAuthApp) -> None:
    """It is not counted in any budget."""
    token = await app.conversion_token(Token(emulator.token))
    async with Pinterest(ConversionToken(token.access), base_url=emulator.base_url) as client:
        with pytest.raises(PermissionDenied):
            await client.user_account.get()
        assert [row for row in client.rate_limits if row.used] == []
