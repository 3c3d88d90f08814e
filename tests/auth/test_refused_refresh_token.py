"""What a store remembers of a refresh token that Pinterest refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pinterest_async.auth import OAuthApp, RefreshingCredentials, Token
from pinterest_async.auth.credentials import fingerprint
from pinterest_async.errors import ReauthorizationRequired
from tests.support.auth_world import APP_ID, REDIRECT, TokenServer, outcome_of

if TYPE_CHECKING:
    from pinterest_async.auth import TokenStore


async def _save_dead_token(server: TokenServer, store: TokenStore) -> Token:
    token = server.log_in()
    await store.save("alice", token)
    server.reject_access_tokens()
    server.reject_refresh_tokens()
    server.now = (token.expires_at or 0.0) + 1
    return token


async def test_a17_a_refused_refresh_token_is_sent_once(store: TokenStore) -> None:
    """A17: 200 new credentials on a revoked refresh token send it once between them."""
    async with TokenServer() as server:
        await _save_dead_token(server, store)
        app = server.app()
        outcomes = await asyncio.gather(
            *(
                outcome_of(RefreshingCredentials(app, store, "alice", clock=server.clock).token())
                for _ in range(200)
            )
        )
        assert {type(outcome) for outcome in outcomes} == {ReauthorizationRequired}
        assert len(server.forms) == 1


async def test_a17_another_token_ends_the_note(store: TokenStore) -> None:
    """A17: after another login the account is renewed as ever."""
    async with TokenServer() as server:
        await _save_dead_token(server, store)
        app = server.app()
        await outcome_of(RefreshingCredentials(app, store, "alice", clock=server.clock).token())
        await store.save("alice", server.log_in())
        await RefreshingCredentials(app, store, "alice", clock=server.clock).renew()
        kept = await store.load("alice")
        assert kept is not None
        assert kept.refresh_refused_to is None


async def test_a17_the_note_is_of_one_app_and_secret(store: TokenStore) -> None:
    """A17: a refusal that a wrong secret brought does not outlive the wrong secret."""
    async with TokenServer() as server:
        token = await _save_dead_token(server, store)
        wrong = OAuthApp(APP_ID, "another secret", REDIRECT, base_url=server.base_url)
        await store.swap("alice", token, token.with_refresh_refused_to(fingerprint(wrong.basic)))
        credentials = RefreshingCredentials(server.app(), store, "alice", clock=server.clock)
        await outcome_of(credentials.token())
        assert len(server.forms) == 1
