"""The limiter against servers that lie, refuse for other reasons, or are shared with others."""

from __future__ import annotations

import asyncio
import logging
import random
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, Literal

import pytest

from pinterest_async.errors import RateLimitTooLong
from pinterest_async.limits import LimitPolicy, LocalLimits
from pinterest_async.limits.headers import RateLimit, Window, read_rate_limit
from tests.support.limits_world import (
    KEY,
    MINUTE,
    PATIENT,
    Caller,
    Server,
    VirtualLoop,
    finish,
    in_virtual_time,
    limits,
    now,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WINDOW = Window(250, 2.5)
AT_ONCE = LimitPolicy(on_limit="raise")
Headers = dict[str, str]


class Liar(Server):
    """Counts like any other server, and changes what it tells."""

    def __init__(self, window: Window, kind: Any, change: Callable[[Headers], Headers]) -> None:
        super().__init__([window], kind=kind, phase=0.4)
        self.change = change

    def handle(self, now: float) -> tuple[bool, Headers]:
        """Count or refuse a call, and tell what it pleases."""
        refused, headers = super().handle(now)
        return refused, self.change(headers)


def _stuck(headers: Headers) -> Headers:
    return {**headers, "x-ratelimit-remaining": "249", "x-ratelimit-reset": "1"}


def _too_high(headers: Headers) -> Headers:
    left = int(headers["x-ratelimit-remaining"]) + 10
    return {**headers, "x-ratelimit-remaining": str(min(left, 250))}


def _rounded_down(headers: Headers) -> Headers:
    return {**headers, "x-ratelimit-reset": str(int(headers["x-ratelimit-reset"]) - 1)}


def _late() -> Callable[[Headers], Headers]:
    told: deque[tuple[float, Headers]] = deque()

    def change(headers: Headers) -> Headers:
        told.append((now(), headers))
        while len(told) > 1 and told[1][0] <= now() - 0.5:
            told.popleft()
        return told[0][1]

    return change


def _jumping() -> Callable[[Headers], Headers]:
    chance = random.Random(1)

    def change(headers: Headers) -> Headers:
        left = int(headers["x-ratelimit-remaining"]) + chance.randint(-15, 15)
        return {**headers, "x-ratelimit-remaining": str(max(min(left, 250), 0))}

    return change


def _alone() -> Callable[[Headers], Headers]:
    """Three nodes tell, each, what it has counted itself."""
    chance = random.Random(1)
    nodes: list[deque[float]] = [deque() for _ in range(3)]

    def change(headers: Headers) -> Headers:
        node = chance.choice(nodes)
        node.append(now())
        while node[0] <= now() - WINDOW.seconds:
            node.popleft()
        return {**headers, "x-ratelimit-remaining": str(250 - len(node))}

    return change


LIES: dict[str, Callable[[], Callable[[Headers], Headers]]] = {
    "stuck": lambda: _stuck,
    "too high": lambda: _too_high,
    "rounded down": lambda: _rounded_down,
    "late": _late,
    "jumping": _jumping,
    "counted alone": _alone,
}


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
@pytest.mark.parametrize("lie", LIES)
def test_no_header_talks_the_limiter_into_more_than_the_log_allows(
    lie: str, kind: Literal["fixed", "sliding"]
) -> None:
    """Whatever the headers say, few calls are refused and most of the allowance is used (L1)."""

    async def story() -> Server:
        server = Liar(WINDOW, kind, LIES[lie]())
        caller = Caller(limits(WINDOW), server, random.Random(1), delay=0.02, jitter=0.01)
        await caller.saturate(64, 12.5)
        return server

    server = in_virtual_time(story())
    assert len(server.refused) <= 0.03 * (len(server.admitted) + len(server.refused))
    assert server.share(0.0, 12.5) >= 0.8


def test_a_refusal_with_calls_left_is_that_calls_affair() -> None:
    """One 429 that says that there is room delays no other call (L2)."""

    async def story() -> float:
        window = Window(1000, 60.0)
        limiter = limits(window)
        admission = await limiter.admit(KEY, PATIENT)
        limiter.observe(admission, told(960, 55.0, window), refused=True, retry_after=55.0)
        return (await limiter.admit(KEY, PATIENT)).waited

    assert in_virtual_time(story()) == 0.0


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_refusals_for_other_reasons_cost_no_allowance(kind: Literal["fixed", "sliding"]) -> None:
    """With 2 % of such refusals nearly the whole allowance is used (L2)."""

    async def story() -> Server:
        chance = random.Random(1)
        server = Server([WINDOW], kind=kind, phase=0.4)
        limiter = limits(WINDOW)

        class Contended(Caller):
            async def send(self, admission: Any) -> bool:
                if chance.random() > 0.02:
                    return await super().send(admission)
                await asyncio.sleep(0.02)
                left = max(WINDOW.limit - len(server.stamps[0]), 1)
                limiter.observe(
                    admission, read_rate_limit(server._tell([left], now()), 0.0), refused=True
                )
                return True

        await Contended(limiter, server, chance, delay=0.02).saturate(64, 25.0)
        return server

    server = in_virtual_time(story())
    assert server.refused == []
    assert server.share(0.0, 25.0) >= 0.95


def test_several_refusals_in_a_row_slow_the_category_down() -> None:
    """Where nothing but refusals comes, it is no affair of single calls (L2)."""

    async def story() -> float:
        window = Window(1000, 60.0)
        limiter = limits(window)
        for _ in range(3):
            admission = await limiter.admit(KEY, PATIENT)
            await asyncio.sleep(0.1)
            limiter.observe(admission, told(960, 55.0, window), refused=True)
        return (await limiter.admit(KEY, PATIENT)).waited

    assert 3.0 <= in_virtual_time(story()) <= 3.4


def test_a_window_that_is_spent_in_its_last_second_keeps_its_reset() -> None:
    """The next call goes when the window starts anew, not a whole window later (L3)."""

    async def story() -> float:
        window = Window(100, 60.0)
        limiter = limits(window)
        await finish(limiter, told(99, 30.0, window))
        for number in range(99):
            await finish(limiter, told(98 - number, 1.0, window))
        await asyncio.sleep(1.2)
        return (await limiter.admit(KEY, LimitPolicy(max_wait=30.0))).waited

    assert in_virtual_time(story()) == 0.0


def test_a_trickle_before_does_not_cost_the_reset() -> None:
    """Calls that leave the log meanwhile let no probe go, but the next that goes tells (L3)."""

    async def story() -> Server:
        window = Window(100, 60.0)
        server = Server([window])
        caller = Caller(limits(window), server, random.Random(0))
        sent: list[asyncio.Task[bool]] = []
        for _ in range(114):
            await asyncio.sleep(1.0)
            sent.append(asyncio.create_task(caller.call()))
        await asyncio.sleep(119.5 - now())
        sent += [asyncio.create_task(caller.call()) for _ in range(140)]
        await asyncio.sleep(121.5 - now())
        for task in sent:
            task.cancel()
        await asyncio.gather(*sent, return_exceptions=True)
        return server

    server = in_virtual_time(story())
    assert server.refused == []
    assert len([moment for moment in server.admitted if moment >= 119.5]) >= 138


def test_a_cold_limiter_raises_for_no_pace() -> None:
    """All of thirty calls that may not wait go while the window has room (L4)."""

    async def story() -> int:
        limiter = LocalLimits()
        for _ in range(30):
            await limiter.admit(KEY, AT_ONCE)
        return limiter.snapshot()[0].used

    assert in_virtual_time(story()) == 30


def test_max_wait_counts_from_the_head_of_the_queue() -> None:
    """A call gives up once it has stood in front for longer than it may (L9)."""

    async def story() -> float:
        limiter = limits(Window(1, 60.0))
        held = await limiter.admit(KEY, PATIENT)
        limiter.observe(held, None)
        await asyncio.sleep(58.0)
        began = now()
        waiting = asyncio.create_task(limiter.admit(KEY, LimitPolicy(max_wait=3.0)))
        await asyncio.sleep(1.0)
        limiter._gates[KEY].own.paused_until = now() + 2.9
        limiter._gates[KEY].queue.wake()
        with pytest.raises(RateLimitTooLong):
            await waiting
        return now() - began

    assert in_virtual_time(story()) <= 3.0


def test_a_window_that_only_the_reset_tells_of_is_learned() -> None:
    """A figure without a length is used in the window that the resets show (L10)."""

    async def story() -> Server:
        window = Window(150, 3.0)
        server = Server([window], kind="fixed", headers="integer", phase=0.4)
        await Caller(LocalLimits(), server, random.Random(1), delay=0.02).saturate(30, 30.0)
        return server

    server = in_virtual_time(story())
    assert len(server.refused) <= 0.03 * len(server.admitted)
    assert server.share(6.0, 30.0) >= 0.7


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_two_programs_that_know_nothing_of_each_other_are_hardly_refused(
    kind: Literal["fixed", "sliding"],
) -> None:
    """What the other spends is seen in the headers, and some is left to it (L12)."""

    async def story() -> Server:
        window = Window(1000, 60.0)
        server = Server([window], kind=kind)
        chance = random.Random(1)
        callers = [Caller(limits(window), server, chance, delay=0.05) for _ in range(2)]
        await asyncio.gather(*(caller.saturate(10, 300.0) for caller in callers))
        return server

    server = in_virtual_time(story())
    assert len(server.refused) <= 0.03 * len(server.admitted)


@pytest.mark.parametrize("headers", ["plain", "none"])
def test_commands_in_a_row_go_on_from_each_other(
    tmp_path: Path, headers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fourteen processes at six calls per ten seconds are never refused (L13)."""
    path = tmp_path / "limits.json"

    async def story() -> Server:
        monkeypatch.setattr("time.time", now)
        window = Window(6, 10.0)
        server = Server([window], kind="sliding", headers=headers)
        for number in range(14):
            limiter = LocalLimits(limits={KEY.category: [window]}, state=path)
            await Caller(limiter, server, random.Random(number)).call()
            await limiter.aclose()
        return server

    server = in_virtual_time(story())
    assert (len(server.admitted), len(server.refused)) == (14, 0)


def test_a_pause_outlives_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Pinterest asked one command to wait, the next one waits (L13)."""

    async def story() -> float:
        monkeypatch.setattr("time.time", now)
        first = LocalLimits(state=tmp_path / "limits.json")
        admission = await first.admit(KEY, PATIENT)
        first.observe(admission, None, refused=True, retry_after=17.0)
        await first.aclose()
        second = LocalLimits(state=tmp_path / "limits.json")
        return (await second.admit(KEY, PATIENT)).waited

    assert 16.9 <= in_virtual_time(story()) <= 18.1


def test_a_state_that_cannot_be_read_is_no_reason_to_fail(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The limiter begins anew, and says so (L13)."""
    path = tmp_path / "limits.json"
    path.write_text("{")

    async def story() -> None:
        limiter = LocalLimits(state=path)
        await finish(limiter)
        await limiter.aclose()

    in_virtual_time(story())
    assert "cannot be read" in caplog.text
    assert path.read_text().startswith("{")
    assert len(list(tmp_path.iterdir())) == 1


def test_every_wait_has_a_reason(caplog: pytest.LogCaptureFixture) -> None:
    """The admission, the snapshot, the error and the log say why, and which window (L14)."""

    async def story() -> None:
        caplog.set_level(logging.INFO, logger="pinterest_async.limits")
        paused, full, paced = limits(MINUTE), limits(MINUTE), limits(MINUTE)
        admission = await paused.admit(KEY, PATIENT)
        paused.observe(admission, None, refused=True, retry_after=5.0)
        assert (await paused.admit(KEY, PATIENT)).reason == "pause"
        for left in range(9, -1, -1):
            await finish(full, told(left, 60.0))
        (stands,) = full.snapshot()
        assert (stands.reason, stands.remaining) == ("window", 0)
        assert stands.retry_after == pytest.approx(60.0, abs=0.1)
        with pytest.raises(RateLimitTooLong) as raised:
            await full.admit(KEY, AT_ONCE)
        assert (raised.value.reason, raised.value.window) == ("window", MINUTE)
        assert raised.value.retry_after == pytest.approx(60.0, abs=0.1)
        admission = await full.admit(KEY, PATIENT)
        assert (admission.reason, admission.window) == ("window", MINUTE)
        await paced.admit(KEY, PATIENT)
        assert (await paced.admit(KEY, PATIENT)).reason == "pace"
        day = limits(Window(2, 86_400.0))
        for _ in range(2):
            await finish(day)
        behind = [asyncio.create_task(day.admit(KEY, PATIENT)) for _ in range(2)]
        assert [(await task).reason for task in behind] == ["window", "queue"]

    in_virtual_time(story())
    assert "Pinterest has asked for a pause" in caplog.text
    assert "the window is used up (10 in 60 s)" in caplog.text


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there are no eager tasks before 3.12")
def test_eager_tasks_are_served() -> None:
    """F4: a dispatcher that runs before anybody knows of it leaves nobody waiting."""

    async def story() -> int:
        asyncio.get_running_loop().set_task_factory(
            getattr(asyncio, "eager_task_factory")  # noqa: B009 - not there in 3.11
        )
        server = Server([MINUTE], kind="sliding")
        await Caller(limits(MINUTE), server, random.Random(1)).burst(35)
        return len(server.admitted)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(story()) == 35


def test_what_a_response_asks_for_is_bounded() -> None:
    """A pause of years is kept for a day at most."""

    async def story() -> float:
        limiter = limits(MINUTE)
        admission = await limiter.admit(KEY, PATIENT)
        limiter.observe(admission, RateLimit(), refused=True, retry_after=1e12)
        return limiter.snapshot()[0].retry_after or 0.0

    assert 86_400.0 <= in_virtual_time(story()) <= 86_401.1
