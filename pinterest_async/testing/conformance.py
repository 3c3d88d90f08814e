"""What every token store is held to, for those who write one of their own.

Derive a class from `TokenStoreConformance` and give it a fixture `store` that yields an empty one:

    class TestOurStore(TokenStoreConformance):
        @pytest.fixture
        async def store(self):
            async with OurTokenStore(...) as store:
                yield store

The tests are coroutines: pytest-asyncio in its `auto` mode, or another plugin that runs them, has
to be installed.
"""

# ruff: noqa: S101  # tests are made of assertions

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pinterest_async.auth.token import Token

if TYPE_CHECKING:
    from pinterest_async.auth.stores import TokenStore

_FIRST = Token("pina_first", refresh="pinr_first", expires_at=1.5, scopes=("boards:read",))
_SECOND = Token("pina_second", refresh="pinr_second", environment="sandbox")


class TokenStoreConformance:
    """Puts the store of the fixture `store`, which is empty, through what credentials rely on."""

    async def test_what_is_saved_can_be_loaded(self, store: TokenStore) -> None:
        """Each account has a token of its own, with all that is known of it."""
        assert await store.load("alice") is None
        await store.save("alice", _FIRST)
        await store.save("bob", _SECOND)
        assert await store.load("alice") == _FIRST
        assert await store.load("bob") == _SECOND
        await store.save("alice", _SECOND)
        assert await store.load("alice") == _SECOND

    async def test_what_is_deleted_is_gone(self, store: TokenStore) -> None:
        """Deleting twice does nothing."""
        await store.delete("alice")
        await store.save("alice", _FIRST)
        await store.delete("alice")
        await store.delete("alice")
        assert await store.load("alice") is None

    async def test_swap_replaces_only_what_is_expected(self, store: TokenStore) -> None:
        """Of two who replace the same token, one succeeds."""
        assert not await store.swap("alice", _FIRST, _SECOND)
        assert await store.swap("alice", None, _FIRST)
        assert not await store.swap("alice", None, _SECOND)
        outcomes = await asyncio.gather(
            *(store.swap("alice", _FIRST, Token(f"pina_{number}")) for number in range(10))
        )
        assert sorted(outcomes) == [False] * 9 + [True]
        assert await store.load("alice") == Token(f"pina_{outcomes.index(True)}")

    async def test_the_lock_lets_one_in_at_a_time(self, store: TokenStore) -> None:
        """For each account, and whoever waits is let in later, even if another gave up waiting."""
        inside = 0

        async def work() -> None:
            nonlocal inside
            async with store.lock("alice"):
                inside += 1
                assert inside == 1
                await asyncio.sleep(0)
                inside -= 1

        async with store.lock("alice"), store.lock("bob"):
            waiting = [asyncio.create_task(work()) for _ in range(10)]
            for _ in range(20):
                await asyncio.sleep(0)
            waiting[0].cancel()
            assert not any(task.done() for task in waiting[1:])
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] + [
            type(None)
        ] * 9

    async def test_the_lock_is_let_go_of_after_an_error(self, store: TokenStore) -> None:
        """What fails inside does not lock the account for ever."""
        with pytest.raises(ZeroDivisionError):
            async with store.lock("alice"):
                _ = 1 / 0
        async with asyncio.timeout(5), store.lock("alice"):
            pass

    async def test_saving_does_not_ask_for_the_lock(self, store: TokenStore) -> None:
        """Whoever holds the lock can save."""
        async with store.lock("alice"):
            await store.save("alice", _FIRST)
            assert await store.swap("alice", _FIRST, _SECOND)

    async def test_the_note_of_a_refused_refresh_token_is_kept(self, store: TokenStore) -> None:
        """A token is kept whole, so that a dead refresh token is sent once and not again."""
        await store.save("alice", _FIRST)
        refused = _FIRST.with_refresh_refused_to("an app")
        assert await store.swap("alice", _FIRST, refused)
        assert await store.load("alice") == refused
        await store.save("alice", _SECOND)
        assert await store.load("alice") == _SECOND
