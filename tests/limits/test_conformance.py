"""One algorithm in two languages: the same stories through `budget.py` and `redis_budget.lua`.

A story is a row of events. After each of them both must have let the same calls go, wait for the
same reason just as long, and know the same windows with the same calls in them.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, cast

import msgspec
import pytest
import redis

from benchmarks.redis_server import RedisServer
from pinterest_async.limits.budget import Budget
from pinterest_async.limits.defaults import told_windows
from pinterest_async.limits.headers import RateLimit, Window
from pinterest_async.limits.limiter import Gate, LocalAdmission
from pinterest_async.limits.redis import SCRIPT
from pinterest_async.limits.session import Ask, Reply, Report
from tests.support.limits_world import KEY, in_virtual_time, now
from tests.support.redis_server import needs_redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytestmark = needs_redis

logger = logging.getLogger(__name__)

CHANCE = 0.5
"""What stands for the random part of a pause, here and there."""
GIVEN_TIME: Final = """
local server = redis
local redis = {call = function(command, ...)
  if command == 'TIME' then return {ARGV[2], '0'} end
  return server.call(command, ...)
end}
"""
UNIVERSAL = Window(20, 1.0, "safety_net")
STARTS: Sequence[tuple[Window, ...]] = [
    (Window(10, 5.0, "a"),),
    (Window(2, 1.0, "a"),),
    (Window(50, 10.0, "a"),),
    (Window(20, 300.0, "a"),),
    (Window(5, 2.0, "a"), Window(20, 30.0, "b")),
]


class Told(NamedTuple):
    """What a response said: the windows, which of them it speaks of, what is left, the reset."""

    windows: tuple[Window, ...]
    speaks_of: int
    remaining: int | None
    reset: float | None
    lists: bool = True

    def rate_limit(self) -> RateLimit:
        """As the headers would be read."""
        limit = self.windows[self.speaks_of % len(self.windows)].limit
        return RateLimit(self.windows if self.lists else (), limit, self.remaining, self.reset)


class Event(NamedTuple):
    """Something that happens to a caller, after some seconds."""

    after: float
    what: Literal["ask", "end", "refuse", "leave"]
    which: int = 0
    """Which of the calls in flight."""
    told: Told | None = None
    retry_after: float | None = None


Windows: TypeAlias = tuple[tuple[Window, ...], tuple[Window, ...]]
Run: TypeAlias = "Callable[[list[str], Ask, float], Reply]"


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Run the script at a moment of our choice."""
    encode, decode = msgspec.msgpack.encode, msgspec.msgpack.Decoder(Reply).decode
    with RedisServer() as server, redis.Redis(port=server.port) as client:
        script = client.register_script(GIVEN_TIME + SCRIPT)

        def run(keys: list[str], ask: Ask, moment: float) -> Reply:
            return decode(cast("bytes", script(keys=keys, args=[encode(ask), repr(moment)])))

        yield run


class Both:
    """One caller, whose budget is kept in both languages."""

    def __init__(
        self, run: Run, keys: list[str], own: tuple[Window, ...], universal: tuple[Window, ...]
    ) -> None:
        self.run = run
        self.keys = keys
        self.starts = (own, universal)
        self.gate = Gate(Budget.of(own), Budget.of(universal))
        self.flying: list[tuple[LocalAdmission, Reply]] = []
        self.reported = 0
        self.granted = 0

    def exchange(
        self, want: int, report: Report | None = None, learned: Windows | None = None
    ) -> Reply:
        """Ask the script, and have both agree on what they know."""
        reports = [] if report is None else [report]
        self.reported += len(reports)
        own, universal = learned or self.starts
        ask = Ask(
            process="p:1",
            now=now(),
            in_flight=len(self.flying) + len(reports),
            want=want,
            patience=1e9,
            jitter=CHANCE,
            own=own,
            universal=universal,
            learned=learned is not None,
            guessed=report is not None and report.told is not None and not report.told.windows,
            reports=reports,
            reported=self.reported,
        )
        return self.run(self.keys, ask, now())

    def agree(self, reply: Reply) -> None:
        """Check that both know the same."""
        gate = self.gate
        assert (reply.own, reply.universal) == (gate.own.show(now()), gate.universal.show(now()))

    async def ask(self) -> None:
        """Ask for one place."""
        gate = self.gate
        delay = gate.delay(now())
        pacers = gate.pacers()
        admission = None
        if delay is None and all(pacer.ready() for pacer in pacers):
            for pacer in pacers:
                await pacer.take()
            admission = gate.admit(KEY, now())
        reply = self.exchange(1)
        assert reply.granted == (admission is not None)
        if admission is not None:
            probes = (admission.own_probe, admission.universal_probe)
            assert (reply.own_probe, reply.universal_probe) == probes
            self.flying.append((admission, reply))
            self.granted += 1
        else:
            assert reply.delay is not None
            if delay is None:
                assert reply.delay.reason == "pace"
            else:
                assert reply.delay.seconds == pytest.approx(delay.seconds, abs=1e-6)
                assert reply.delay[1:] == delay[1:]
        self.agree(reply)

    def end(self, event: Event) -> None:
        """Have one of the calls in flight end."""
        if not self.flying:
            return
        admission, grant = self.flying.pop(event.which % len(self.flying))
        report = Report(
            now(),
            admitted=grant.now,
            own_probe=grant.own_probe,
            universal_probe=grant.universal_probe,
        )
        if event.what == "leave":
            report.given_back = True
            admission.release()
            self.agree(self.exchange(0, report))
            return
        refused = event.what == "refuse"
        told = None if event.told is None else event.told.rate_limit()
        retry_after = event.retry_after
        if refused and retry_after is None and told is not None:
            retry_after = told.reset
        report.refused, report.retry_after = refused, retry_after
        report.told, report.listed = told, bool(told and told.windows)
        learned = None if told is None else self.learn(told)
        self.gate.observe(admission, now(), told, retry_after, refused=refused)
        self.agree(self.exchange(0, report, learned))

    def learn(self, told: RateLimit) -> Windows | None:
        """Take over the windows that a response lists."""
        gate = self.gate
        heard = told.windows and told.windows is gate.listed
        windows = told_windows(
            told,
            tuple(state.window for state in gate.own.windows),
            tuple(state.window for state in gate.universal.windows),
        )
        gate.learn(told, now())
        return None if heard else windows


def play(
    run: Run,
    name: str,
    own: tuple[Window, ...],
    universal: tuple[Window, ...],
    events: Sequence[Event],
) -> int:
    """Play a story to both; say how many calls went."""

    async def story() -> int:
        await asyncio.sleep(1000.0)
        both = Both(run, [f"{{t}}:{name}:own", f"{{t}}:{name}"], own, universal)
        for event in events:
            await asyncio.sleep(event.after)
            if event.what == "ask":
                await both.ask()
            else:
                both.end(event)
        return both.granted

    return in_virtual_time(story())


TEN = Window(10, 5.0, "a")
LEFT = (TEN, UNIVERSAL)
FIVES = [Event(0.01, "ask") for _ in range(5)]


def told(remaining: int, reset: float | None = 5.0, of: int = 0) -> Told:
    """A response that lists the windows of these stories."""
    return Told(LEFT, of, remaining, reset)


STORIES: dict[str, list[Event]] = {
    "paced while nothing is known": [Event(0.1, "ask") for _ in range(60)],
    "honest": [
        event
        for n in range(30)
        for event in (Event(0.01, "ask"), Event(0.02, "end", 0, told(9 - n % 10)))
    ],
    "a reset lets one probe go": [
        Event(0.0, "ask"),
        Event(0.1, "end", 0, told(0, 1.0)),
        *[Event(0.5, "ask") for _ in range(4)],
        Event(0.1, "end", 0, told(9, 5.0)),
        *FIVES,
        *FIVES,
    ],
    "others spend": [
        Event(0.0, "ask"),
        Event(0.1, "end", 0, told(9)),
        Event(0.1, "ask"),
        Event(0.1, "end", 0, told(3)),
        *FIVES,
        Event(0.1, "end", 0, told(1)),
        *[Event(1.0, "ask") for _ in range(8)],
    ],
    "refused without a word": [
        Event(0.0, "ask"),
        Event(0.1, "refuse"),
        *[Event(1.0, "ask") for _ in range(5)],
        Event(0.1, "refuse"),
        *[Event(1.0, "ask") for _ in range(10)],
        Event(0.1, "end"),
        *FIVES,
    ],
    "refused three times with calls left": [
        Event(0.0, "ask"),
        Event(0.1, "end", 0, told(9)),
        *[
            event
            for left in (7, 6, 5, 4, 3)
            for event in (Event(0.1, "ask"), Event(0.1, "refuse", 0, told(left)), Event(0.1, "ask"))
        ],
    ],
    "a struck call is contradicted": [
        Event(0.0, "ask"),
        Event(0.1, "end", 0, told(9, 0.5)),
        *FIVES,
        *[Event(0.01, "end", 0, told(4, 0.5)) for _ in range(5)],
        Event(1.0, "ask"),
        Event(0.1, "end", 0, told(9, 5.0)),
        *FIVES,
        Event(0.1, "refuse", 0, told(0, 5.0)),
        *[Event(3.0, "ask") for _ in range(6)],
    ],
    "given back": [
        Event(0.0, "ask"),
        Event(0.1, "leave"),
        *FIVES,
        Event(0.1, "leave", 3),
        Event(0.1, "ask"),
    ],
    "only a figure": [
        Event(0.0, "ask"),
        Event(0.1, "end", 0, Told((Window(4, 3.0),), 0, 3, 3.0, lists=False)),
        *FIVES,
        Event(0.1, "end", 0, Told((Window(4, 3.0),), 0, 0, 2.0, lists=False)),
        *[Event(1.0, "ask") for _ in range(5)],
        Event(0.1, "end", 0, Told((Window(4, 3.0),), 0, 3, 3.0, lists=False)),
        *FIVES,
    ],
}


def chance_here(_low: float, _high: float) -> float:
    """Stand for the random part of a pause."""
    return CHANCE


@pytest.mark.parametrize("name", STORIES)
def test_both_languages_tell_the_same_story(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Admission for admission, reason for reason, window for window."""
    monkeypatch.setattr("pinterest_async.limits.limiter.random.uniform", chance_here)
    assert play(run, name, (TEN,), (UNIVERSAL,), STORIES[name]) > 0


@pytest.mark.parametrize("block", range(8))
def test_both_languages_tell_random_stories(
    run: Run, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """Whatever responses say, true or not: five hundred events each, another row each time."""
    monkeypatch.setattr("pinterest_async.limits.limiter.random.uniform", chance_here)
    seed = random.SystemRandom().getrandbits(32)
    logger.info("seed %d", seed)  # shown where the test fails
    for number in range(5):
        chance = random.Random(f"{seed}:{number}")
        own = chance.choice(STARTS)
        universal = chance.choice([(), (UNIVERSAL,), (Window(own[0].limit, 60.0, "safety_net"),)])
        events = [any_event(chance, own + universal) for _ in range(500)]
        assert play(run, f"{block}:{seed}:{number}", own, universal, events) > 0


def any_event(chance: random.Random, windows: tuple[Window, ...]) -> Event:
    """Anything that may happen."""
    after = chance.choice([0.0, 0.001, 0.01, 0.05, 0.3, 1.0, chance.uniform(0, 6)])
    what = chance.choices(["ask", "end", "refuse", "leave"], [10, 8, 1, 1])[0]
    said = None
    if chance.random() < 0.8:
        listed = windows
        if chance.random() < 0.05:
            listed = (Window(chance.choice([5, 30]), chance.choice([1.0, 7.0]), "c"), *windows[1:])
        said = Told(
            listed,
            chance.randrange(4),
            chance.choice([None, 0, 1, 3, 9, chance.randrange(60)]),
            chance.choice([None, 0.0, 1.0, 2.0, chance.uniform(0, 90)]),
            lists=chance.random() < 0.9,
        )
    retry_after = chance.choice([None, None, 0.5, 4.0])
    return Event(
        after,
        cast('Literal["ask", "end", "refuse", "leave"]', what),
        chance.randrange(20),
        said,
        retry_after,
    )
