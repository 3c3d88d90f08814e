"""Credentials that renew their token, against a server that forgives nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pinterest_async.auth import (
    ClientCredentials,
    Credentials,
    MemoryTokenStore,
    StaticToken,
    Token,
)
from pinterest_async.errors import (
    AuthenticationFailed,
    MissingScope,
    PermissionDenied,
    ReauthorizationRequired,
)
from pinterest_async.hooks import Hooks, TokenRefreshed
from tests.support.auth_world import ACCESS_LIFE, DAY, World, logged_in, turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """The world, with `alice` logged in."""
    async with logged_in() as world:
        yield world


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
    server = world.server
    reached, go_on = world.hold_refreshes()
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
    server = world.server
    reached, go_on = world.hold_refreshes()
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


async def test_renew_renews_what_is_still_good(world: World) -> None:
    """An account that is seldom used is kept alive on demand."""
    server = world.server
    before = await world.stored()
    server.now += 1
    renewed = await world.credentials().renew()
    assert renewed != before
    assert renewed == await world.stored()
    assert server.refreshes == 1


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


async def test_a_clock_that_is_set_back_does_not_stop_renewals(world: World) -> None:
    """A token that was renewed in what is now the future is renewed again when it is refused."""
    server = world.server
    own = ClientCredentials(server.app(), ["boards:read"], clock=server.clock)
    both: list[Credentials] = [world.credentials(), own]
    for credentials in both:
        async with server.client(credentials) as client:
            server.now += ACCESS_LIFE
            await client.user_account.get()
            server.now -= 3600.0
            server.reject_access_tokens()
            await client.user_account.get()
    assert server.requests == ["refresh_token"] * 2 + ["client_credentials"] * 2
