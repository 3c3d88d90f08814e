"""Credentials that renew their token, against a server that forgives nothing."""

from __future__ import annotations

import asyncio
import logging
import pickle
from typing import Any

import pytest
from aiohttp import web

from pinterest_async.auth import (
    ClientCredentials,
    MemoryTokenStore,
    OAuthApp,
    RefreshingCredentials,
    StaticToken,
    Token,
)
from pinterest_async.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionFailed,
    MissingScope,
    PermissionDenied,
    ReauthorizationRequired,
    ServerError,
    TokenStoreError,
)
from pinterest_async.hooks import Hooks, ReauthorizationNeeded, TokenRefreshed
from tests.auth_world import ACCESS_LIFE, DAY, REFRESH_LIFE, TokenServer, outcome_of, turns


class World:
    """A server, a store with one account that has logged in, and credentials for it."""

    def __init__(self, server: TokenServer, store: MemoryTokenStore) -> None:
        self.server = server
        self.store = store
        self.told: list[ReauthorizationNeeded] = []

    def credentials(self, account: str = "alice", **more: Any) -> RefreshingCredentials:
        """The credentials of an account, made anew."""
        return RefreshingCredentials(
            more.pop("app", None) or self.server.app(),
            more.pop("store", self.store),
            account,
            clock=self.server.clock,
            reauthorize=self.told.append,
            **more,
        )

    async def stored(self) -> Token:
        """What the store has of `alice`."""
        token = await self.store.load("alice")
        assert token is not None
        return token


@pytest.fixture
async def world() -> Any:
    """The world, with `alice` logged in."""
    async with TokenServer() as server:
        store = MemoryTokenStore()
        await store.save("alice", server.log_in())
        yield World(server, store)


async def test_a_living_token_is_used_as_it_is(world: World) -> None:
    """Nothing is asked of the token endpoint, and the store is read once."""
    credentials = world.credentials()
    first = await credentials.token()
    await world.store.delete("alice")
    assert await credentials.token() == first
    assert world.server.requests == []


@pytest.mark.parametrize("how", ["expired", "rejected", "expired before first use"])
async def test_a_thousand_tasks_come_to_one_refresh(world: World, how: str) -> None:
    """All of them get their answer, and the server sees exactly one refresh."""
    server = world.server
    async with server.client(world.credentials()) as client:
        if how != "expired before first use":
            await client.user_account.get()
        if how == "rejected":
            server.reject_access_tokens()
        else:
            server.now += ACCESS_LIFE
        users = await asyncio.gather(*(client.user_account.get() for _ in range(1000)))
    assert [user.username for user in users] == ["alice"] * 1000
    assert server.refreshes == 1
    assert server.requests == ["refresh_token"]
    assert server.is_alive(await world.stored())


async def test_many_objects_for_one_account_come_to_one_refresh(world: World) -> None:
    """A backend may make the credentials anew for every request it serves."""
    server = world.server
    server.now += ACCESS_LIFE
    async with server.client(StaticToken("pina_none")) as client:
        copies = [client.for_account(world.credentials()) for _ in range(200)]
        users = await asyncio.gather(*(copy.user_account.get() for copy in copies))
    assert {user.username for user in users} == {"alice"}
    assert server.refreshes == 1


async def test_a_token_is_renewed_ahead_of_time(world: World) -> None:
    """A day before it expires there is a new one, and hooks hear of it."""
    server, heard = world.server, list[TokenRefreshed]()
    hooks = Hooks(token_refresh=heard.append)
    async with server.client(world.credentials(), hooks=hooks) as client:
        await client.user_account.get()
        server.now += ACCESS_LIFE - DAY - 1
        await client.user_account.get()
        assert server.refreshes == 0
        server.now += 2
        await client.user_account.get()
    assert server.refreshes == 1
    assert heard == [TokenRefreshed(account="alice")]


async def test_a_short_lived_token_is_renewed_half_way(world: World) -> None:
    """A token that lives for less than `ahead` is not renewed by every call."""
    credentials = world.credentials(ahead=100 * DAY)
    await credentials.token()
    await credentials.token()
    assert world.server.refreshes == 1
    world.server.now += ACCESS_LIFE / 2 + 1
    await credentials.token()
    assert world.server.refreshes == 2


async def test_the_new_token_is_stored_before_it_is_used(world: World) -> None:
    """While the store has not said that it is done, nobody gets the token."""
    writing, done = asyncio.Event(), asyncio.Event()

    class SlowStore(MemoryTokenStore):
        async def swap(self, account: str, old: Token | None, new: Token) -> bool:
            writing.set()
            await done.wait()
            return await super().swap(account, old, new)

    store = SlowStore()
    await store.save("alice", await world.stored())
    world.server.now += ACCESS_LIFE
    task = asyncio.create_task(world.credentials(store=store).token())
    await writing.wait()
    await turns()
    assert not task.done()
    done.set()
    kept = await task
    stored = await store.load("alice")
    assert stored is not None
    assert stored.access == kept


async def test_a_refresh_outlives_those_who_asked_for_it(world: World) -> None:
    """When all waiting tasks are cancelled, the token is renewed and stored all the same."""
    server, reached, go_on = world.server, asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        reached.set()
        await go_on.wait()

    server.after_rotation = hold
    server.now += ACCESS_LIFE
    credentials = world.credentials()
    tasks = [asyncio.create_task(credentials.token()) for _ in range(10)]
    await reached.wait()
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    go_on.set()
    await credentials.aclose()
    assert server.is_alive(await world.stored())
    assert server.refreshes == 1
    assert await credentials.token() == (await world.stored()).access


async def test_closing_a_client_waits_for_a_refresh(world: World) -> None:
    """A program that ends in the middle of a refresh keeps what comes of it."""
    server, reached, go_on = world.server, asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        reached.set()
        await go_on.wait()

    server.after_rotation = hold
    server.now += ACCESS_LIFE
    client = server.client(world.credentials())
    call = asyncio.create_task(client.user_account.get())
    await reached.wait()
    closing = asyncio.create_task(client.aclose())
    await turns()
    assert not closing.done()
    go_on.set()
    await closing
    await asyncio.gather(call, return_exceptions=True)
    assert server.is_alive(await world.stored())


async def test_an_outside_refresh_is_taken_over(world: World) -> None:
    """When another process has renewed the token, its token is used and nothing is asked for."""
    server, credentials = world.server, world.credentials()
    await credentials.token()
    server.now += ACCESS_LIFE
    theirs = await server.app().refresh(await world.stored())
    await world.store.save("alice", theirs)
    assert await credentials.token() == theirs.access
    assert server.refreshes == 1


async def test_a_new_login_counts_for_more_than_a_refresh(world: World) -> None:
    """A token that was saved while another was renewed stays, and is the one in use."""
    server = world.server
    newer = server.log_in()

    async def log_in_meanwhile() -> None:
        await world.store.save("alice", newer)

    server.after_rotation = log_in_meanwhile
    server.now += ACCESS_LIFE - 10
    assert await world.credentials().token() == newer.access
    assert await world.stored() == newer


async def test_a_logout_during_a_refresh_stays_one(world: World) -> None:
    """A deleted token does not come back."""
    server = world.server

    async def log_out() -> None:
        await world.store.delete("alice")

    server.after_rotation = log_out
    server.now += ACCESS_LIFE
    with pytest.raises(ReauthorizationRequired, match="deleted while"):
        await world.credentials().token()
    assert await world.store.load("alice") is None


async def test_403_and_401_code_3_never_refresh(world: World) -> None:
    """Only a refused token is renewed, not a missing scope and not a missing right."""
    server = world.server
    async with server.client(world.credentials()) as client:
        with pytest.raises(MissingScope):
            await client.request("GET", "/narrow")
        with pytest.raises(PermissionDenied):
            await client.request("GET", "/forbidden")
    assert server.requests == []


async def test_a_token_that_is_refused_anew_is_not_renewed_again(world: World) -> None:
    """Where even a new token is refused, calls do not turn into a storm of refreshes."""
    server = world.server

    async def spoil() -> None:
        server.reject_access_tokens()

    async with server.client(world.credentials()) as client:
        await client.user_account.get()
        server.reject_access_tokens()
        server.after_rotation = spoil
        for _ in range(5):
            with pytest.raises(AuthenticationFailed):
                await client.user_account.get()
    assert server.refreshes == 1


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


async def test_renew_renews_what_is_still_good(world: World) -> None:
    """An account that is seldom used is kept alive on demand."""
    server = world.server
    before = await world.stored()
    server.now += 1
    renewed = await world.credentials().renew()
    assert renewed != before
    assert renewed == await world.stored()
    assert server.refreshes == 1


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
    server.answers += [web.Response(**answer) for _ in range(3)]  # type: ignore[arg-type]
    await outcome_of(credentials.token())
    assert len(server.requests) == 3
    server.answers += [web.Response(**answer) for _ in range(2)]  # type: ignore[arg-type]
    await credentials.token()
    assert server.refreshes == 1


async def test_errors_of_a_refresh_are_each_callers_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one caller adds to its error does not show in another's."""
    monkeypatch.setattr("pinterest_async.auth.refreshing.random.random", lambda: 0.0)
    world.server.now += ACCESS_LIFE
    world.server.answers += [web.Response(status=500) for _ in range(3)]
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


async def test_client_credentials_are_asked_for_once(world: World) -> None:
    """A hundred tasks share one token, which is replaced when it expires or is refused."""
    server = world.server
    credentials = ClientCredentials(server.app(), ["boards:read"], clock=server.clock)
    assert credentials.account == "app-1477000"
    async with server.client(credentials) as client:
        users = await asyncio.gather(*(client.user_account.get() for _ in range(100)))
        assert {user.username for user in users} == {"owner"}
        assert server.requests == ["client_credentials"]
        server.now += ACCESS_LIFE
        await client.user_account.get()
        server.reject_access_tokens()
        with pytest.raises(AuthenticationFailed):
            await client.user_account.get()
        server.now += 10
        await client.user_account.get()
    assert server.requests == ["client_credentials"] * 3


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
