"""The limiter of one process: its queue, its budgets and its policies, in virtual time."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from pinterest_async.errors import (
    ClientClosed,
    ConfigurationError,
    DeadlineExceeded,
    RateLimitTooLong,
)
from pinterest_async.limits import LimitKey, LimitPolicy, LocalLimits
from pinterest_async.limits.headers import Window
from tests.support.limits_world import (
    KEY,
    MINUTE,
    PATIENT,
    POLICY,
    Caller,
    Server,
    admit,
    finish,
    in_virtual_time,
    limits,
    now,
    told,
    waits,
)

DAY = Window(3, 86_400.0)


def test_a_free_place_is_given_without_switching_tasks() -> None:
    """With room, `admit` returns before anything else on the loop can run."""

    async def story() -> None:
        limiter = limits(MINUTE)
        admitting = limiter.admit(KEY, POLICY)
        with pytest.raises(StopIteration) as done:
            admitting.send(None)
        assert done.value.value.waited == 0.0

    in_virtual_time(story())


def test_unknown_windows_are_spent_at_an_even_pace() -> None:
    """A twenty-fifth goes at once, then calls go at 96 % of the rate."""

    async def story() -> list[float]:
        limiter = limits(Window(100, 60.0))
        moments: list[float] = []
        for _ in range(15):
            await finish(limiter)
            moments.append(now())
        return moments

    moments = in_virtual_time(story())
    assert moments[3] < 0.01
    gaps = [after - before for before, after in pairwise(moments[3:])]
    assert gaps == pytest.approx([60 / 96] * 11, abs=0.001)


def test_a_spent_day_raises_at_once_and_says_until_when() -> None:
    """Long windows are spent freely, and then nobody waits for hours."""

    async def story() -> RateLimitTooLong:
        limiter = limits(DAY)
        for _ in range(3):
            assert (await finish(limiter)).waited == 0.0
        with pytest.raises(RateLimitTooLong, match="used up") as raised:
            await limiter.admit(KEY, POLICY)
        return raised.value

    error = in_virtual_time(story())
    assert error.category == "org_read"
    assert abs(error.retry_at - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=1)


def test_the_length_of_our_own_queue_does_not_count_as_a_wait() -> None:
    """A bulk walk waits its turn for many windows, though each call allows one window only."""

    async def story() -> float:
        limiter = limits(MINUTE)
        policy = LimitPolicy(max_wait=61.0)
        server = Server([MINUTE], kind="sliding", headers="none")
        caller = Caller(limiter, server, random.Random(1), policy=policy)
        await caller.burst(50)
        assert not server.refused
        return now()

    assert in_virtual_time(story()) > 240.0


def test_waiting_calls_that_are_not_patient_enough_are_turned_away_by_a_pause() -> None:
    """When a refusal closes the window for long, short-tempered calls learn it at once."""

    async def story() -> tuple[float, float]:
        limiter = limits(MINUTE)
        sent = [await limiter.admit(KEY, PATIENT) for _ in range(1)]
        patient = asyncio.create_task(limiter.admit(KEY, PATIENT))
        hasty = asyncio.create_task(limiter.admit(KEY, LimitPolicy(max_wait=100.0)))
        await asyncio.sleep(0.1)
        limiter.observe(sent[0], None, refused=True, retry_after=3600.0)
        with pytest.raises(RateLimitTooLong):
            await hasty
        turned_away_at = now()
        return turned_away_at, (await patient).waited

    turned_away_at, waited = in_virtual_time(story())
    assert turned_away_at < 0.2
    assert 3600.0 <= waited <= 3602.0


def test_on_limit_raise_never_waits() -> None:
    """Without a place in the window at once the call raises; a mere pace makes none raise (L4)."""

    async def story() -> None:
        limiter = limits(MINUTE)
        policy = LimitPolicy(on_limit="raise")
        for _ in range(10):
            await limiter.admit(KEY, policy)
        with pytest.raises(RateLimitTooLong):
            await limiter.admit(KEY, policy)
        assert now() < 0.001

    in_virtual_time(story())


def test_a_deadline_bounds_the_wait() -> None:
    """A call whose deadline comes first is not sent, and says so no later than the deadline."""

    async def story() -> float:
        limiter = limits(MINUTE)
        blocking = [asyncio.create_task(limiter.admit(KEY, PATIENT)) for _ in range(10)]
        await asyncio.sleep(0.01)
        with pytest.raises(DeadlineExceeded):
            await limiter.admit(KEY, PATIENT, now() + 7.0)
        raised_at = now()
        await asyncio.gather(*blocking)
        return raised_at

    waits(story(), 7.01)


def test_a_deadline_that_has_passed_sends_nothing() -> None:
    """Not even a free place is taken."""

    async def story() -> int:
        limiter = limits(MINUTE)
        await asyncio.sleep(5.0)
        with pytest.raises(DeadlineExceeded):
            await limiter.admit(KEY, POLICY, 4.0)
        return limiter.snapshot()[0].used

    assert in_virtual_time(story()) == 0


def test_calls_go_in_the_order_in_which_they_came() -> None:
    """A thousand waiting calls are served first come, first served, and so are newcomers."""

    async def story() -> list[int]:
        limiter = limits(Window(100, 1.0))
        served: list[int] = []

        async def call(number: int) -> None:
            limiter.observe(await limiter.admit(KEY, PATIENT), None)
            served.append(number)

        tasks: list[asyncio.Task[None]] = []
        for number in range(1000):
            tasks.append(asyncio.create_task(call(number)))
            if number % 10 == 0:
                await asyncio.sleep(0.003)
        await asyncio.gather(*tasks)
        return served

    assert in_virtual_time(story()) == list(range(1000))


def test_a_cancelled_waiter_costs_the_others_nothing() -> None:
    """Of twenty waiting calls nineteen go away, and the last one is served as if it were first."""

    async def story() -> float:
        limiter = limits(MINUTE)
        await finish(limiter)
        waiting = [asyncio.create_task(limiter.admit(KEY, PATIENT)) for _ in range(20)]
        await asyncio.sleep(0.01)
        for task in waiting[:-1]:
            task.cancel()
        return (await waiting[-1]).waited

    waits(story(), 60 / 9.6)


def test_a_call_cancelled_in_the_moment_of_its_turn_gives_the_place_back() -> None:
    """The place was given but the task was cancelled before it could run: the next one has it."""

    async def story() -> int:
        limiter = limits(Window(1, 3600.0))
        first = await limiter.admit(KEY, PATIENT)
        waiting = asyncio.create_task(limiter.admit(KEY, LimitPolicy(max_wait=1e9)))
        await asyncio.sleep(1.0)
        first.release()
        await asyncio.sleep(0)
        assert limiter.snapshot()[0].used == 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return limiter.snapshot()[0].used

    assert in_virtual_time(story()) == 0


def test_a_place_that_is_given_back_is_free_again() -> None:
    """A call that was never sent costs neither the window nor the pace anything."""

    async def story() -> float:
        limiter = limits(Window(1, 60.0))
        first = await limiter.admit(KEY, POLICY)
        first.release()
        first.release()
        second = await limiter.admit(KEY, POLICY)
        limiter.observe(second, None)
        second.release()
        limiter.observe(second, None)
        assert limiter.snapshot()[0].used == 1
        return second.waited

    waits(story(), 0.0)


def test_categories_do_not_disturb_each_other() -> None:
    """While one category is spent and refused, another goes as if alone."""

    async def story() -> float:
        limiter = LocalLimits()
        admission = await limiter.admit(KEY, POLICY)
        limiter.observe(admission, told(0, 50.0), refused=True, retry_after=50.0)
        other = await limiter.admit(KEY._replace(category="ads_read"), POLICY)
        return other.waited

    waits(story(), 0.0)


def test_accounts_do_not_stall_each_other() -> None:
    """A queue of a thousand calls of one account does not delay another's call."""

    async def story() -> float:
        limiter = limits(MINUTE)
        queue = [asyncio.create_task(limiter.admit(KEY, PATIENT)) for _ in range(1000)]
        await asyncio.sleep(0.01)
        other = await limiter.admit(KEY._replace(account="other"), POLICY)
        for task in queue:
            task.cancel()
        await asyncio.gather(*queue, return_exceptions=True)
        return other.waited

    waits(story(), 0.0)


def test_categories_share_the_window_of_all_calls() -> None:
    """A hundred calls a second are the limit for reads and writes together."""

    async def story() -> Server:
        server = Server([Window(100, 1.0)], kind="sliding", headers="none")
        limiter = LocalLimits()
        chance = random.Random(1)
        callers = [
            Caller(limiter, server, chance, key=KEY._replace(category=category))
            for category in ("org_read", "ads_read", "ads_write")
        ]
        await asyncio.gather(*(caller.burst(100) for caller in callers))
        return server

    server = in_virtual_time(story())
    assert (len(server.admitted), len(server.refused)) == (300, 0)


def test_conversions_are_counted_by_ad_account() -> None:
    """Two accounts that send events for one ad account spend one budget; others have their own."""

    async def story() -> list[tuple[str, int]]:
        limiter = LocalLimits(limits={"ads_conversions": [Window(50, 60.0)]})
        for account, ad_account in (("a", "1"), ("b", "1"), ("a", "2")):
            key = LimitKey("app", account, "ads_conversions", ad_account)
            await limiter.admit(key, POLICY)
        return [(budget.account, budget.used) for budget in limiter.snapshot()]

    assert in_virtual_time(story()) == [("1", 2), ("1", 2), ("2", 1)]


def test_a_conversion_token_has_no_limit_until_an_answer_names_one() -> None:
    """Ten thousand events go at once."""

    async def story() -> float:
        limiter = LocalLimits()
        key = LimitKey("app", "a", "ads_conversions", "1", unlimited=True)
        for _ in range(10_000):
            limiter.observe(await limiter.admit(key, POLICY), None)
        assert limiter.snapshot()[0].remaining is None
        return now()

    assert in_virtual_time(story()) < 0.1


def test_a_trial_app_has_one_budget_for_all_its_users() -> None:
    """Three hundred writes a day, whoever makes them."""

    async def story() -> int:
        limiter = LocalLimits(tier="trial")
        for number in range(300):
            key = LimitKey("app", f"user {number}", "org_write")
            limiter.observe(await limiter.admit(key, POLICY), None)
        with pytest.raises(RateLimitTooLong):
            await limiter.admit(LimitKey("app", "one more", "org_write"), POLICY)
        await limiter.admit(LimitKey("app", "one more", "org_read"), POLICY)
        return limiter.snapshot()[0].used

    assert in_virtual_time(story()) == 300


def test_idle_accounts_are_forgotten() -> None:
    """Of ten thousand accounts that made one call each, only the recent ones are kept."""

    async def story() -> int:
        limiter = LocalLimits()
        for number in range(10_000):
            key = KEY._replace(account=str(number))
            limiter.observe(await limiter.admit(key, POLICY), None)
            await asyncio.sleep(1.0)
        assert len(limiter._budgets) < 3 * len(limiter._gates) + 3
        return len(limiter._gates)

    assert in_virtual_time(story()) <= 300


def test_a_snapshot_shows_how_a_budget_stands() -> None:
    """Used, left, when the next place comes free and who waits; nothing secret."""

    async def story() -> None:
        limiter = limits(MINUTE)
        for left in range(9, -1, -1):
            await finish(limiter, told(left, 42.0))
        waiting = asyncio.create_task(limiter.admit(KEY, POLICY))
        await asyncio.sleep(0.01)
        (budget,) = limiter.snapshot()
        assert budget.account == KEY.account
        assert budget.category == "org_read"
        assert budget.windows == (MINUTE,)
        assert (budget.used, budget.remaining, budget.waiting) == (10, 0, 1)
        assert budget.retry_at is not None
        assert budget.retry_at.tzinfo is not None
        waiting.cancel()
        await limiter.aclose()

    in_virtual_time(story())


def test_closing_turns_away_the_calls_that_wait() -> None:
    """They raise `ClientClosed`, and so does whoever comes later."""

    async def story() -> None:
        limiter = limits(MINUTE)
        await finish(limiter)
        waiting = asyncio.create_task(limiter.admit(KEY, POLICY))
        await asyncio.sleep(0.01)
        await limiter.aclose()
        with pytest.raises(ClientClosed):
            await waiting
        with pytest.raises(ClientClosed):
            await limiter.admit(KEY, POLICY)

    in_virtual_time(story())


def test_the_tier_is_checked() -> None:
    """A tier that Pinterest does not have is refused when the limiter is made."""
    with pytest.raises(ConfigurationError, match="gold"):
        LocalLimits(tier="gold")  # type: ignore[arg-type]


def test_calls_that_are_turned_away_together_have_errors_of_their_own() -> None:
    """What one call writes on its error, such as that it may have applied, no other call shows."""

    async def story() -> list[ClientClosed]:
        limiter = limits(Window(1, 60.0))
        await admit(limiter)
        waiting = [asyncio.ensure_future(limiter.admit(KEY, PATIENT)) for _ in range(3)]
        await asyncio.sleep(0.1)
        await limiter.aclose()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        return [error for error in ended if isinstance(error, ClientClosed)]

    assert len({id(error) for error in in_virtual_time(story())}) == 3
