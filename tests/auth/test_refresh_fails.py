"""Tokens that cannot be renewed, or not be kept: who is told, and what goes on meanwhile."""

from __future__ import annotations

import asyncio
import logging
import pickle
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from pinterest_async.auth import (
    MemoryTokenStore,
    OAuthApp,
    Token,
)
from pinterest_async.auth.stores import TokenStoreError
from pinterest_async.errors import (
    ConfigurationError,
    ConnectionFailed,
    ReauthorizationRequired,
    ServerError,
)
from pinterest_async.hooks import ReauthorizationNeeded
from tests.support.auth_world import ACCESS_LIFE, DAY, REFRESH_LIFE, World, logged_in, outcome_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """The world, with `alice` logged in."""
    async with logged_in() as world:
        yield world


async def test_a_dead_refresh_token_asks_for_a_login(world: World) -> None:
    """The error names the account, the hook is told once, and the server is asked once."""
    server, credentials = world.server, world.credentials()
    server.reject_refresh_tokens()
    server.now += ACCESS_LIFE
    for _ in range(3):
        error = await outcome_of(credentials.token())
        assert isinstance(error, ReauthorizationRequired)
        assert error.account == "alice"
        assert "authorize_url" in str(error)
        assert "pinterest-async login" in str(error)
    assert server.requests == ["refresh_token"]
    assert [(event.account, event.dead) for event in world.told] == [("alice", True)]


async def test_after_a_new_login_all_is_well_again(world: World) -> None:
    """The same credentials go on with the token that the user's new login has brought."""
    server, credentials = world.server, world.credentials()
    server.reject_refresh_tokens()
    server.now += ACCESS_LIFE
    await outcome_of(credentials.token())
    newer = server.log_in()
    await world.store.save("alice", newer)
    assert await credentials.token() == newer.access


async def test_a_dead_refresh_token_is_told_before_the_access_token_dies(world: World) -> None:
    """Renewed ahead of time, the account works on until its access token expires."""
    server, credentials = world.server, world.credentials()
    server.reject_refresh_tokens()
    server.now += ACCESS_LIFE - 100
    token = await credentials.token()
    assert token == (await world.stored()).access
    assert await credentials.token() == token
    assert [event.dead for event in world.told] == [True]
    assert server.requests == ["refresh_token"]
    server.now += 100
    assert isinstance(await outcome_of(credentials.token()), ReauthorizationRequired)


async def test_an_account_without_token_asks_for_a_login(world: World) -> None:
    """Nobody has logged in under that name."""
    error = await outcome_of(world.credentials("bob").token())
    assert isinstance(error, ReauthorizationRequired)
    assert error.account == "bob"


async def test_a_pasted_token_is_used_until_it_expires(world: World) -> None:
    """Without a refresh token there is nothing to renew, and a login is asked for at the end."""
    server = world.server
    login = server.log_in()
    await world.store.save("alice", Token(login.access, expires_at=server.now + ACCESS_LIFE))
    credentials = world.credentials()
    for left in (ACCESS_LIFE, 10.0):
        server.now = login.expires_at - left if login.expires_at else 0.0
        assert await credentials.token() == login.access
    server.now += 11
    error = await outcome_of(credentials.token())
    assert isinstance(error, ReauthorizationRequired)
    assert "no refresh token" in str(error)
    assert server.requests == []


async def test_a_refresh_token_that_runs_out_is_told_days_before(world: World) -> None:
    """The hook hears once of the day, and no call fails."""
    server = world.server
    server.continuous = False
    runs_out = (await world.stored()).refresh_expires_at
    credentials = world.credentials(warn_ahead=10 * DAY)
    await credentials.token()
    assert world.told == []
    server.now += REFRESH_LIFE - 9 * DAY
    await credentials.token()
    await credentials.renew()
    assert world.told == [ReauthorizationNeeded(account="alice", dead=False, expires_at=runs_out)]


class BrokenStore(MemoryTokenStore):
    """A store that cannot be written to, or not be read, while it is told so."""

    def __init__(self) -> None:
        super().__init__()
        self.cannot_write = False
        self.cannot_read = False

    async def load(self, account: str) -> Token | None:
        """Return the token, unless told not to."""
        if self.cannot_read:
            raise TokenStoreError("the disk is gone", account=account)
        return await super().load(account)

    async def swap(self, account: str, old: Token | None, new: Token) -> bool:
        """Swap, unless told not to; then quote the token, as some databases would."""
        if self.cannot_write:
            raise OSError(f"no space left for {new.access} {new.refresh}")
        return await super().swap(account, old, new)


async def test_a_token_that_cannot_be_stored_is_not_lost(world: World) -> None:
    """The error carries it out of sight; the next call stores it, and refreshes nothing."""
    server, store = world.server, BrokenStore()
    await store.save("alice", await world.stored())
    server.now += ACCESS_LIFE
    credentials = world.credentials(store=store)
    store.cannot_write = True
    errors = await asyncio.gather(*(outcome_of(credentials.token()) for _ in range(5)))
    for error in errors:
        assert isinstance(error, TokenStoreError)
        assert error.account == "alice"
        assert error.token is not None
        assert server.is_alive(error.token)
        server.assert_no_secret_in(str(error), repr(error), repr(error.__dict__))
        revived = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
        assert revived.token is None
    store.cannot_write = False
    assert await credentials.token() == errors[0].__dict__["token"].access
    stored = await store.load("alice")
    assert stored == errors[0].__dict__["token"]
    assert server.refreshes == 1


async def test_a_store_that_is_away_does_not_stop_a_living_token(world: World) -> None:
    """Ahead of time, what cannot be renewed is used as it is, and tried again a minute later."""
    server, store = world.server, BrokenStore()
    await store.save("alice", await world.stored())
    credentials = world.credentials(store=store)
    token = await credentials.token()
    store.cannot_read = True
    server.now += ACCESS_LIFE - DAY / 2
    assert await credentials.token() == token
    store.cannot_read = False
    assert await credentials.token() == token
    server.now += 61
    assert await credentials.token() != token
    assert server.refreshes == 1


async def test_a_server_that_is_away_does_not_stop_a_living_token(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same when Pinterest cannot be reached; once the token has expired, that is an error."""
    monkeypatch.setattr("pinterest_async.auth.refreshing.random.random", lambda: 0.0)
    server = world.server
    away = OAuthApp("1", "s", base_url="http://127.0.0.1:9/v5")
    credentials = world.credentials(app=away)
    server.now += ACCESS_LIFE - DAY / 2
    assert await credentials.token() == (await world.stored()).access
    server.now += DAY
    error = await outcome_of(credentials.token())
    assert isinstance(error, ConnectionFailed)
    assert not error.may_have_applied


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_passing_failure_is_tried_again(
    world: World, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to three requests are sent, and the third one's failure is raised."""
    monkeypatch.setattr("pinterest_async.auth.refreshing.random.random", lambda: 0.0)
    server, credentials = world.server, world.credentials()
    server.now += ACCESS_LIFE
    answer = {"status": status, "text": '{"code":1,"message":"later"}'}
    server.responses += [web.Response(**answer) for _ in range(3)]  # type: ignore[arg-type]
    await outcome_of(credentials.token())
    assert len(server.requests) == 3
    server.responses += [web.Response(**answer) for _ in range(2)]  # type: ignore[arg-type]
    await credentials.token()
    assert server.refreshes == 1


async def test_errors_of_a_refresh_are_each_callers_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one caller adds to its error does not show in another's."""
    monkeypatch.setattr("pinterest_async.auth.refreshing.random.random", lambda: 0.0)
    world.server.now += ACCESS_LIFE
    world.server.responses += [web.Response(status=500) for _ in range(3)]
    credentials = world.credentials()
    errors = await asyncio.gather(*(outcome_of(credentials.token()) for _ in range(3)))
    assert len({id(error) for error in errors}) == 3
    assert {type(error) for error in errors} == {ServerError}
    assert len({str(error) for error in errors}) == 1


async def test_a_token_of_the_other_environment_is_refused(world: World) -> None:
    """A sandbox token under a production name is told as what it is."""
    await world.store.save("alice", world.server.log_in(environment="sandbox"))
    with pytest.raises(ConfigurationError, match="alice is for sandbox"):
        await world.credentials().token()


async def test_wrong_setups_are_refused(world: World) -> None:
    """An account has a name, and spans of time are not negative."""
    with pytest.raises(ConfigurationError, match="empty"):
        world.credentials("")
    with pytest.raises(ConfigurationError, match="seconds"):
        world.credentials(ahead=-1)


async def test_what_is_logged_names_the_account(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A dead refresh token is a warning in the log, with the account and without a token."""
    world.server.reject_refresh_tokens()
    world.server.now += ACCESS_LIFE - 100
    with caplog.at_level(logging.WARNING, "pinterest_async"):
        await world.credentials().token()
    assert "the refresh token of alice is dead" in caplog.text
    world.server.assert_no_secret_in(caplog.text)
