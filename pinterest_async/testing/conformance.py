"""What every token store and every limiter is held to, for those who write one of their own.

Derive a class from `TokenStoreConformance` and give it a fixture `store` that yields an empty one:

    class TestOurStore(TokenStoreConformance):
        @pytest.fixture
        async def store(self):
            async with OurTokenStore(...) as store:
                yield store

or from `LimiterConformance`, with a fixture `limiter` that yields a new one, which lets three calls
of the category `org_read` go in half a second:

    class TestOurLimiter(LimiterConformance):
        @pytest.fixture
        async def limiter(self):
            limiter = OurLimiter(limits={"org_read": [Window(3, 0.5)]})
            yield limiter
            await limiter.aclose()

The tests are coroutines: pytest-asyncio in its `auto` mode, or another plugin that runs them, has
to be installed.
"""

# ruff: noqa: S101  # tests are made of assertions

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pinterest_async.auth.token import Token
from pinterest_async.errors import ClientClosed, DeadlineExceeded, RateLimitTooLong
from pinterest_async.limits import LimitKey, LimitPolicy

if TYPE_CHECKING:
    from pinterest_async.auth.stores import TokenStore
    from pinterest_async.limits import Admission, Limiter

_FIRST = Token("pina_first", refresh="pinr_first", expires_at=1.5, scopes=("boards:read",))
_SECOND = Token("pina_second", refresh="pinr_second", environment="sandbox")
_KEY = LimitKey("app", "alice", "org_read")
_PATIENT = LimitPolicy(max_wait=60.0)
_AT_ONCE = LimitPolicy(on_limit="raise")
_PLACES = 3


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


class LimiterConformance:
    """Puts the limiter of the fixture `limiter` through what calls rely on.

    It is new, and lets three calls of `org_read` go in half a second.
    """

    async def test_no_more_go_than_the_window_holds(self, limiter: Limiter) -> None:
        """Three calls go; one that is not prepared to wait is told when to come back."""
        await self._spend(limiter)
        with pytest.raises(RateLimitTooLong) as refused:
            await limiter.admit(_KEY, _AT_ONCE)
        assert refused.value.category == "org_read"
        assert refused.value.retry_at.tzinfo is not None
        assert refused.value.retry_after >= 0

    async def test_whoever_waits_is_let_go_in_the_end(self, limiter: Limiter) -> None:
        """Once the window has passed, a call that waited goes, and knows that it waited."""
        for admission in await self._spend(limiter):
            limiter.observe(admission, None)
        async with asyncio.timeout(30):
            late = await limiter.admit(_KEY, _PATIENT)
        assert late.waited > 0
        assert late.key == _KEY
        limiter.observe(late, None)

    async def test_a_deadline_bounds_the_wait(self, limiter: Limiter) -> None:
        """A call that would come too late does not wait for its turn."""
        await self._spend(limiter)
        with pytest.raises(DeadlineExceeded):
            await limiter.admit(_KEY, _PATIENT, asyncio.get_running_loop().time() + 0.05)

    async def test_a_place_that_is_given_back_is_free(self, limiter: Limiter) -> None:
        """What was never sent costs nothing, and giving it back twice frees one place."""
        first, *_ = await self._spend(limiter)
        first.release()
        first.release()
        async with asyncio.timeout(5):
            await limiter.admit(_KEY, _PATIENT)
        with pytest.raises(RateLimitTooLong):
            await limiter.admit(_KEY, _AT_ONCE)

    async def test_an_admission_is_closed_once(self, limiter: Limiter) -> None:
        """To observe a call again, or to give it back then, does nothing."""
        for admission in await self._spend(limiter):
            limiter.observe(admission, None)
            limiter.observe(admission, None)
            admission.release()
        with pytest.raises(RateLimitTooLong):
            await limiter.admit(_KEY, _AT_ONCE)

    async def test_accounts_do_not_stand_in_each_others_way(self, limiter: Limiter) -> None:
        """A used-up budget is one account's."""
        await self._spend(limiter)
        async with asyncio.timeout(5):
            await limiter.admit(_KEY._replace(account="bob"), _PATIENT)

    async def test_whoever_gives_up_takes_nothing_along(self, limiter: Limiter) -> None:
        """A call that is cancelled while it waits leaves its turn to the next."""
        first, *_ = await self._spend(limiter)
        waiting = [asyncio.create_task(limiter.admit(_KEY, _PATIENT)) for _ in range(2)]
        await asyncio.sleep(0.05)
        waiting[0].cancel()
        first.release()
        async with asyncio.timeout(30):
            admission = await waiting[1]
        admission.release()
        assert waiting[0].cancelled()

    async def test_a_refusal_is_heeded(self, limiter: Limiter) -> None:
        """After a 429 over the quota no call goes before the moment that Pinterest named."""
        async with asyncio.timeout(5):
            admission = await limiter.admit(_KEY, _PATIENT)
        limiter.observe(admission, None, refused=True, retry_after=30.0)
        # Some write to a server of theirs.
        await asyncio.sleep(0.05)
        with pytest.raises(RateLimitTooLong) as refused:
            await limiter.admit(_KEY, _AT_ONCE)
        assert refused.value.retry_after > 10

    async def test_the_snapshot_names_what_is_in_use(self, limiter: Limiter) -> None:
        """A budget is there under its category, once something was spent of it."""
        await self._spend(limiter)
        assert "org_read" in {limit.category for limit in limiter.snapshot()}

    async def test_closing_turns_away_whoever_waits(self, limiter: Limiter) -> None:
        """A call that waits ends with `ClientClosed`, and closing twice does nothing."""
        await self._spend(limiter)
        waiting = asyncio.create_task(limiter.admit(_KEY, _PATIENT))
        await asyncio.sleep(0.05)
        await limiter.aclose()
        await limiter.aclose()
        with pytest.raises(ClientClosed):
            await waiting

    async def _spend(self, limiter: Limiter) -> list[Admission]:
        """Take all places that there are."""
        async with asyncio.timeout(30):
            return [await limiter.admit(_KEY, _PATIENT) for _ in range(_PLACES)]
