"""What the limiter makes of answers: figures, resets, refusals and strangers."""

from __future__ import annotations

import asyncio
import random

import pytest

from pinterest_async.errors import (
    RateLimitTooLong,
)
from pinterest_async.limits import LimitPolicy, LocalLimits
from pinterest_async.limits.headers import RateLimit, Window
from tests.support.limits_world import (
    KEY,
    MINUTE,
    PATIENT,
    POLICY,
    Caller,
    Server,
    finish,
    in_virtual_time,
    limits,
    now,
    told,
)


def test_the_last_call_of_a_window_is_used_and_the_next_waits_for_the_reset() -> None:
    """With `remaining: 1` one more goes at once; then nothing until the window starts anew."""

    async def story() -> tuple[float, float]:
        limiter = limits(MINUTE)
        await finish(limiter, told(1, 30.0))
        last = await finish(limiter, told(0, 30.0))
        after = await finish(limiter, told(9, 60.0))
        return last.waited, after.waited

    last, after = in_virtual_time(story())
    assert last == 0.0
    assert after == pytest.approx(30.0, abs=0.01)


def test_after_a_reset_one_call_goes_ahead_and_its_answer_lets_the_others_go() -> None:
    """Nobody knows whether the window is new until the first answer says so."""

    async def story() -> list[float]:
        server = Server([MINUTE], kind="fixed", phase=20.0)
        limiter = limits(MINUTE)
        caller = Caller(limiter, server, random.Random(1), delay=0.1)
        await caller.burst(20)
        return server.admitted

    moments = in_virtual_time(story())
    second = moments[10:]
    assert 20.0 < second[0] < 21.2
    assert second[0] + 0.09 < second[1] < second[0] + 0.11
    assert second[-1] < second[0] + 0.11


def test_a_figure_that_has_changed_is_learned_from_one_answer() -> None:
    """The windows of the answer replace those of the table."""

    async def story() -> tuple[Window, ...]:
        limiter = LocalLimits()
        window = Window(500, 60.0, "org_read_app_id_user_id")
        common = Window(50, 1.0, "safety_net_app_id_user_id")
        await finish(limiter, RateLimit((common, window), 50, 49, 1.0))
        return limiter.snapshot()[0].windows

    assert [(window.limit, window.seconds) for window in in_virtual_time(story())] == [
        (500, 60.0),
        (50, 1.0),
    ]


def test_a_figure_without_a_length_replaces_the_window_that_it_fits() -> None:
    """The oldest form of the header has one figure only."""

    async def story() -> tuple[Window, ...]:
        limiter = LocalLimits()
        await finish(limiter, RateLimit(limit=500, remaining=499, reset=40.0))
        return limiter.snapshot()[0].windows

    assert in_virtual_time(story())[0] == Window(500, 60.0, "org_read")


def test_a_longer_reset_than_any_window_means_another_window() -> None:
    """A reset in 67,150 seconds cannot be that of a minute."""

    async def story() -> tuple[Window, ...]:
        limiter = LocalLimits()
        await finish(limiter, RateLimit(limit=300, remaining=299, reset=67_150.0))
        return limiter.snapshot()[0].windows

    assert Window(300, 86_400.0) in in_virtual_time(story())


def test_another_account_of_the_app_begins_with_what_was_learned() -> None:
    """Figures belong to the app, so they are learned once."""

    async def story() -> set[int]:
        limiter = LocalLimits()
        await finish(limiter, told(499, 30.0, Window(500, 60.0)))
        await limiter.admit(KEY._replace(account="other"), POLICY)
        return {budget.windows[0].limit for budget in limiter.snapshot()}

    assert in_virtual_time(story()) == {500}


def test_what_was_spent_before_we_began_is_accounted_for() -> None:
    """A process that starts in the middle of a window spends what is left and no more."""

    async def story() -> Server:
        server = Server([Window(100, 60.0), Window(20, 1.0, "universal")], kind="fixed", phase=30.0)
        for _ in range(4):
            for _ in range(20):
                server.handle(now())
            await asyncio.sleep(1.0)
        limiter = limits(*server.windows)
        await Caller(limiter, server, random.Random(1), delay=0.1).saturate(50, 29.0)
        return server

    server = in_virtual_time(story())
    assert (len(server.admitted), len(server.refused)) == (100, 0)


def test_calls_that_never_wait_go_again_after_a_refusal_or_a_reset() -> None:
    """Even when nobody waits, somebody goes ahead once the pause or the window is over."""

    async def story() -> None:
        policy = LimitPolicy(on_limit="raise")
        refused, spent = limits(MINUTE), limits(MINUTE)
        admission = await refused.admit(KEY, policy)
        refused.observe(admission, None, refused=True, retry_after=5.0)
        admission = await spent.admit(KEY, policy)
        spent.observe(admission, told(0, 5.0))
        for limiter in (refused, spent):
            with pytest.raises(RateLimitTooLong):
                await limiter.admit(KEY, policy)
        await asyncio.sleep(8.0)
        for limiter in (refused, spent):
            assert (await limiter.admit(KEY, policy)).waited == 0.0

    in_virtual_time(story())


def test_a_refusal_pauses_until_the_reset_and_then_one_call_goes_ahead() -> None:
    """Waiters come back one by one: the first alone, the others once it was not refused."""

    async def story() -> tuple[float, float]:
        limiter = limits(Window(1000, 60.0))
        await finish(limiter, told(999, 60.0, Window(1000, 60.0)))
        await finish(limiter, None, refused=True)
        paused_at = now()
        first = asyncio.create_task(limiter.admit(KEY, PATIENT))
        second = asyncio.create_task(limiter.admit(KEY, PATIENT))
        admission = await first
        ahead = now() - paused_at
        await asyncio.sleep(5.0)
        assert not second.done()
        limiter.observe(admission, told(500, 30.0, Window(1000, 60.0)))
        return ahead, (await second).waited - ahead

    ahead, behind = in_virtual_time(story())
    assert 3.0 <= ahead <= 3.4
    assert behind == pytest.approx(5.0, abs=0.1)


def test_refusals_in_a_row_make_the_pauses_longer() -> None:
    """With no word of how long, the pause doubles; calls refused together count once."""

    async def story() -> list[float]:
        limiter = limits(Window(1000, 60.0))
        together = [await limiter.admit(KEY, PATIENT) for _ in range(3)]
        for admission in together:
            limiter.observe(admission, None, refused=True)
        return [(await finish(limiter, refused=True)).waited for _ in range(4)]

    for pause, expected in zip(in_virtual_time(story()), [3.0, 6.0, 12.0, 24.0], strict=True):
        assert expected <= pause <= expected + min(0.1 * expected, 1.0) + 0.01


def test_what_pinterest_asks_to_wait_is_honoured() -> None:
    """`retry_after` is kept to, and a little chance is added on top, never taken off."""

    async def story() -> float:
        limiter = limits(MINUTE)
        admission = await limiter.admit(KEY, POLICY)
        limiter.observe(admission, None, refused=True, retry_after=17.0)
        return (await limiter.admit(KEY, POLICY)).waited

    assert 17.0 <= in_virtual_time(story()) <= 18.01


def test_a_figure_that_is_too_high_is_felt_without_headers() -> None:
    """Where the server allows half of what we think and says nothing, refusals become rare."""

    async def story() -> Server:
        server = Server([Window(50, 10.0)], kind="sliding", headers="none")
        limiter = limits(Window(100, 10.0))
        await Caller(limiter, server, random.Random(1)).saturate(20, 200.0)
        return server

    server = in_virtual_time(story())
    assert len(server.refused) < 0.05 * len(server.admitted)
    assert server.share(100.0, 200.0) > 0.7


def test_one_account_that_strangers_use_as_well_is_not_overdrawn_by_much() -> None:
    """When somebody else spends the same budget, calls go evenly by what Pinterest says is left."""

    async def story() -> Server:
        server = Server([Window(300, 30.0)], kind="fixed")
        chance = random.Random(1)
        callers = [Caller(limits(Window(300, 30.0)), server, chance, delay=0.05) for _ in range(2)]
        await asyncio.sleep(3.0)
        await asyncio.gather(*(caller.saturate(10, 200.0) for caller in callers))
        return server

    server = in_virtual_time(story())
    assert len(server.refused) < 0.05 * len(server.admitted)
    assert server.share(0.0, 200.0) > 0.9
