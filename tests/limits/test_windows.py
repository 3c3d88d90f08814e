"""No window is ever exceeded, and none is left unused: the limiter against servers that count."""

from __future__ import annotations

import asyncio
import gc
import random
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pinterest_async.limits import LocalLimits
from pinterest_async.limits.headers import Window, read_rate_limit
from pinterest_async.limits.window import WindowState
from tests.support.limits_world import (
    KEY,
    PATIENT,
    Caller,
    Server,
    admit,
    in_virtual_time,
    limits,
    now,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["fixed", "sliding"]
Headers = Literal["named", "plain", "integer", "none"]

windows = st.lists(
    st.builds(
        Window,
        st.sampled_from([1, 2, 5, 10, 50, 100]),
        st.sampled_from([1.0, 2.0, 5.0, 10.0, 30.0, 60.0]),
    ),
    min_size=1,
    max_size=2,
).map(lambda listed: [*listed[:1], *(Window(w.limit, w.seconds, "universal") for w in listed[1:])])
arrivals = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.01, 0.3, 1.0, 5.0]),  # seconds until they come
        st.sampled_from([1, 1, 3, 20, 80]),  # how many come at once
        st.integers(0, 40),  # how many of those that wait go away
    ),
    min_size=1,
    max_size=25,
)


async def come_and_go(caller: Caller, events: Sequence[tuple[float, int, int]]) -> None:
    """Let calls come, wait, be cancelled while they wait, and be given back unsent."""
    loop = asyncio.get_running_loop()
    waiting: dict[asyncio.Task[None], None] = {}

    async def call() -> None:
        this = asyncio.current_task()
        assert this is not None
        waiting[this] = None
        admission = await caller.limiter.admit(KEY, PATIENT)
        waiting.pop(this, None)
        if caller.chance.random() < 0.05:
            await asyncio.sleep(0.01)
            admission.release()
        else:
            await caller.send(admission)

    tasks: list[asyncio.Task[None]] = []
    for gap, calls, cancelled in events:
        await asyncio.sleep(gap)
        tasks += [asyncio.create_task(call()) for _ in range(calls)]
        for task in caller.chance.sample(list(waiting), min(cancelled, len(waiting))):
            waiting.pop(task, None)
            task.cancel()
    assert loop.time() < 1000
    await asyncio.gather(*tasks, return_exceptions=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    windows=windows,
    kind=st.sampled_from(["fixed", "sliding"]),
    headers=st.sampled_from(["named", "plain", "integer", "none"]),
    delay=st.sampled_from([0.01, 0.1, 0.3]),
    jitter=st.sampled_from([0.0, 0.01, 0.1]),
    phase=st.floats(0, 60),
    events=arrivals,
    seed=st.integers(0, 2**32),
)
# With equal limits a response after a told reset may speak of the shorter window. The reset of the
# longer one has let its probe go then, and must not let a second one go.
@example(
    windows=[Window(2, 1.0), Window(2, 60.0, "universal")],
    kind="fixed",
    headers="plain",
    delay=0.3,
    jitter=0.0,
    phase=29.259064038718638,
    events=[(5.0, 1, 20), (0.01, 1, 38), (0.0, 1, 31), (0.01, 80, 11), (5.0, 20, 35)],
    seed=2507143827,
)
def test_no_window_of_any_phase_is_exceeded(
    *,
    windows: list[Window],
    kind: Kind,
    headers: Headers,
    delay: float,
    jitter: float,
    phase: float,
    events: list[tuple[float, int, int]],
    seed: int,
) -> None:
    """Whatever comes and goes, over whatever network, nothing is refused and nothing is lost."""

    async def story() -> tuple[Server, LocalLimits]:
        server = Server(windows, kind=kind, headers=headers, phase=phase)
        limiter = LocalLimits(limits={KEY.category: windows})
        caller = Caller(limiter, server, random.Random(seed), delay=delay, jitter=jitter)
        await come_and_go(caller, events)
        return server, limiter

    server, limiter = in_virtual_time(story())
    assert server.refused == []
    for gate in limiter._gates.values():
        assert len(gate.queue) == 0
        assert (gate.own.in_flight, gate.universal.in_flight) == (0, 0)
    if headers == "none":
        for window in windows:
            for first, beyond in zip(
                server.admitted, server.admitted[window.limit :], strict=False
            ):
                assert beyond - first >= window.seconds


@pytest.mark.parametrize("jitter", [0.0, 0.02])
@pytest.mark.parametrize("window", [Window(1000, 60.0), Window(60, 10.0), Window(10, 5.0)])
@pytest.mark.parametrize("headers", ["named", "plain", "integer", "none"])
@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_the_whole_allowance_is_used(
    kind: Kind, headers: Headers, window: Window, jitter: float
) -> None:
    """A steady load gets 99 % with headers and 95 % without, and no refusal."""

    async def story() -> tuple[Server, float]:
        server = Server([window], kind=kind, headers=headers, phase=window.seconds / 3)
        limiter = LocalLimits(limits={KEY.category: [window]})
        caller = Caller(limiter, server, random.Random(1), delay=0.05, jitter=jitter)
        start = asyncio.get_running_loop().time()
        await caller.saturate(100, start + 5 * window.seconds)
        return server, server.share(start, start + 5 * window.seconds)

    server, share = in_virtual_time(story())
    assert server.refused == []
    assert share >= (0.95 if headers == "none" else 0.99)


@pytest.mark.parametrize("headers", ["named", "plain", "integer", "none"])
@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_windows_of_a_second_are_used_where_an_answer_takes_a_tenth_of_it(
    kind: Kind, headers: Headers
) -> None:
    """No refusal, and nearly what a log can have: a call counts for 1.1 s instead of one.

    A reset in whole seconds tells nothing of such a window.
    """

    async def story() -> tuple[Server, float]:
        window = Window(100, 1.0)
        server = Server([window], kind=kind, headers=headers, phase=0.3)
        caller = Caller(limits(window), server, random.Random(1), delay=0.1)
        await caller.saturate(100, 20.0)
        return server, server.share(0.0, 20.0)

    server, share = in_virtual_time(story())
    assert server.refused == []
    assert share >= 0.97 / 1.1


@pytest.mark.parametrize("headers", ["named", "plain"])
@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_calls_on_their_way_are_kept_account_of_when_other_windows_are_learned(
    kind: Kind, headers: Headers
) -> None:
    """The first answers list windows of other lengths while the next calls are under way."""

    async def story() -> tuple[Server, float]:
        windows = [Window(100, 2.0), Window(100, 1.0, "universal")]
        server = Server(windows, kind=kind, headers=headers)
        limiter = LocalLimits(
            limits={KEY.category: [Window(1000, 60.0), Window(100, 1.0, "universal")]}
        )
        start = asyncio.get_running_loop().time()
        caller = Caller(limiter, server, random.Random(4), delay=0.1, jitter=0.02)
        await caller.saturate(60, start + 8.0)
        return server, server.share(start, start + 8.0)

    server, share = in_virtual_time(story())
    assert server.refused == []
    assert share > 0.95


@pytest.mark.parametrize("headers", ["plain", "none"])
@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_bursts_after_idle_times_are_not_refused(kind: Kind, headers: Headers) -> None:
    """A bucket that is full again after every idle time does not let two windows' worth go."""

    async def story() -> Server:
        server = Server([Window(100, 10.0)], kind=kind, headers=headers, phase=3.0)
        limiter = LocalLimits(limits={KEY.category: [Window(100, 10.0)]})
        caller = Caller(limiter, server, random.Random(2), delay=0.05, jitter=0.02)
        for idle in (1.0, 4.0, 9.0, 11.0, 17.0, 30.0):
            await caller.burst(130)
            await asyncio.sleep(idle)
        return server

    server = in_virtual_time(story())
    assert (len(server.admitted), len(server.refused)) == (780, 0)


@pytest.mark.parametrize("headers", ["plain", "none"])
@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_a_thousand_tasks_at_once_are_all_served(kind: Kind, headers: Headers) -> None:
    """They are served as fast as the windows allow, and none is refused."""

    async def story() -> tuple[Server, float]:
        server = Server([Window(200, 10.0)], kind=kind, headers=headers)
        limiter = LocalLimits(limits={KEY.category: [Window(200, 10.0)]})
        await Caller(limiter, server, random.Random(3), delay=0.05, jitter=0.02).burst(1000)
        return server, asyncio.get_running_loop().time()

    server, took = in_virtual_time(story())
    assert server.refused == []
    assert took < (52.5 if headers == "none" else 42.0)


@pytest.mark.parametrize("headers", ["named", "plain", "integer", "none"])
def test_an_even_walk_of_many_calls_keeps_nothing_of_each(headers: Headers) -> None:
    """What is remembered does not grow, not of a window either that no answer speaks of."""
    minute, second = Window(1000, 60.0), Window(100, 1.0, "universal")

    async def story() -> tuple[int, int]:
        limiter = LocalLimits(limits={KEY.category: [minute, second]})
        server = Server([minute, second], kind="sliding", headers=headers)
        held: list[int] = []
        for count in (3000, 6000):
            for _ in range(count):
                admission = await admit(limiter)
                refused, told = server.handle(now())
                await asyncio.sleep(0.03)
                limiter.observe(admission, read_rate_limit(told, 0.0), refused=refused)
                await asyncio.sleep(0.035)
            limiter.snapshot()
            gc.collect()
            held.append(len(gc.get_objects()))
        return held[0], held[1]

    before, after = in_virtual_time(story())
    assert after - before < 100


def test_a_log_is_bounded_whatever_the_rate() -> None:
    """However many calls a window holds, a few hundred entries stand for them, and none is lost."""
    state = WindowState(Window(10_000, 60.0))
    log = state.log
    for number in range(30_000):
        now = number / 100
        state.expire(now)
        log.add(now, 1)
    assert len(log.entries) + len(log.gone) <= 400
    assert 6_000 <= log.total <= 6_100
