"""Windows that are counted together: what is in flight, the pauses, the probes.

`redis_budget.lua` does the same inside Redis; `tests/limits/test_conformance.py` holds the two to
each other. Times are given, nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from pinterest_async.limits.defaults import owner
from pinterest_async.limits.headers import LONGEST_RESET, Window
from pinterest_async.limits.policy import CategoryLimit, LimitKey, Reason
from pinterest_async.limits.window import NEVER, NEWS, Log, WindowState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinterest_async.config import Tier
    from pinterest_async.limits.headers import RateLimit

FIRST_PAUSE: Final = 3.0
"""Seconds to pause after a refusal that does not say how long; doubled with each further one."""
LONGEST_PAUSE: Final = 60.0
"""Where that ends."""
JITTER: Final = 0.1
"""A pause is made longer by up to this share, so that not all processes come back at once."""
LONGEST_JITTER: Final = 1.0
"""Seconds."""
LONGEST_ASKED: Final = 86_400.0
"""The longest pause that a response may ask for, in seconds."""
PROBE_LOST: Final = 30.0
"""Seconds after which a probe that nothing was heard of is given up."""
SEVERAL: Final = 3
"""Refusals in a row, each with calls left, that are no affair of one call any more."""


class Delay(NamedTuple):
    """Why no call may go now, and for how long, as far as can be foreseen."""

    seconds: float
    reason: Reason
    window: Window | None = None


class Meter(msgspec.Struct, array_like=True):
    """How a window stands."""

    window: Window
    used: int
    room: int
    confirmed: bool


class Budget(msgspec.Struct, eq=False):
    """Windows that are counted together, and those whose calls wait for them."""

    windows: tuple[WindowState, ...] = ()
    in_flight: int = 0
    """Calls admitted whose responses have not come."""
    listeners: set[Callable[[], None]] = msgspec.field(default_factory=set[Callable[[], None]])
    """Called when a place may have come free."""
    paused_at: float = NEVER
    paused_until: float = NEVER
    refusals: int = 0
    """In a row; those that were in flight together count once."""
    denied: int = 0
    """In a row, of calls that were refused although the window had room."""
    denied_at: float = NEVER
    """When the last of them was counted: those that were in flight together count once."""
    cautious: bool = False
    """Whether a pause has ended and no call was answered since: one goes ahead as a probe."""
    probing_until: float = NEVER
    """Until when the response to a probe is waited for."""
    quick: bool = False
    """Whether the logs alone decide; looked at again once that has changed."""

    @classmethod
    def of(cls, windows: Iterable[Window]) -> Budget:
        """Begin with some windows."""
        return cls(tuple([WindowState(window) for window in windows]))

    def look(self, now: float) -> bool:
        """Whether nothing but the logs decides whether a call may go."""
        self.quick = (
            not self.cautious
            and now >= self.paused_until
            and now >= self.probing_until
            and all(window.certain(now) for window in self.windows)
        )
        return self.quick

    def delay(self, now: float) -> Delay | None:
        """What a call has to wait for; None where one may go now, be it as a probe."""
        longest: Delay | None = None
        if self.paused_until > now:
            longest = Delay(self.paused_until - now, "pause")
        if self.probing_until > now and (longest is None or longest.seconds < NEWS):
            longest = Delay(NEWS, "probe")
        for state in self.windows:
            seconds, reason = state.wait(now, self.in_flight)
            if seconds > (0.0 if longest is None else longest.seconds):
                longest = Delay(seconds, reason, state.window)
        return longest

    def admit(self, now: float) -> bool:
        """Let one call go where `delay` is None; say whether it is a probe."""
        probe = self.cautious
        for state in self.windows:
            if state.born is None:
                state.born = now
            probe = probe or state.room(now, self.in_flight) <= 0
        self.in_flight += 1
        if probe:
            self.probing_until = now + PROBE_LOST
            self.quick = False
        return probe

    def leave(self, *, probe: bool) -> None:
        """Take a call back that was never sent."""
        self.in_flight = max(self.in_flight - 1, 0)
        if probe:
            self.probing_until = NEVER

    def end(self, now: float, admitted: float, *, probe: bool, refused: bool) -> None:
        """Enter a call into the logs whose response has come, or was lost."""
        self.in_flight = max(self.in_flight - 1, 0)
        for state in self.windows:
            state.log.add(now, 1)
            if state.pacer is not None and not refused:
                state.pacer.speed_up(now)
        if probe:
            self.probing_until = NEVER
            self.cautious = refused
        if not refused:
            self.denied = 0
            if admitted > self.paused_at:
                self.refusals = 0

    def hear(
        self,
        told: RateLimit | None,
        described: WindowState | None,
        reset: float | None,
        admitted: float,
        now: float,
    ) -> None:
        """Take Pinterest's word from a response that `end` has entered.

        Args:
            told: What it said.
            described: The window that `remaining` speaks of, here or in another budget.
            reset: Seconds until that window starts anew, where that is certain.
            admitted: When the call was admitted.
            now: The present moment.
        """
        if told is None or told.remaining is None or described is None:
            for state in self.windows:
                state.word.miss(now)
            return
        for state in self.windows:
            if state is described:
                state.hear(admitted, now, told.remaining, reset, self.in_flight)
            elif told.windows and not state.known(now):
                # The other windows have at least as large a part left.
                share = min(1.0, state.window.limit / described.window.limit)
                state.word.note(admitted, now, int(told.remaining * share))
            else:
                state.word.miss(now)
            if not state.certain(now):
                self.quick = False

    def refuse(
        self,
        described: WindowState | None,
        remaining: int | None,
        admitted: float,
        now: float,
        retry_after: float | None,
        jitter: float,
        *,
        probe: bool,
    ) -> None:
        """Draw the consequences of a 429 over the quota.

        Args:
            described: The window that the response spoke of.
            remaining: The calls left in it, as the response said.
            admitted: When the call was admitted.
            now: The present moment.
            retry_after: For how many seconds it asked to wait.
            jitter: A random number from 0 to 1.
            probe: Whether the call was a probe.
        """
        self.quick = False
        if described is not None and remaining:
            # There is room: that is about this call or its object, unless it goes on and on, or
            # nothing but Pinterest's word says so.
            if admitted < self.denied_at:
                return
            self.denied, self.denied_at = self.denied + 1, now
            if described.word.owed_from <= admitted and now < described.word.struck_until:
                described.silence(now)
                return
            if self.denied < SEVERAL:
                return
            self.denied, retry_after = 0, None
        else:
            self._silence(described, now, probe=probe)
        self._pause(admitted, now, retry_after, jitter)

    def _silence(self, described: WindowState | None, now: float, *, probe: bool) -> None:
        """Silence the word that a refusal contradicts, unless others' spending explains it."""
        for state in self.windows if described is None else (described,):
            tried = probe and described is not None
            if now >= state.contended_until and (tried or now < state.word.struck_until):
                state.silence(now)

    def _pause(self, admitted: float, now: float, seconds: float | None, jitter: float) -> None:
        if admitted > self.paused_at:
            self.refusals += 1
            for state in self.windows:
                if state.pacer is not None and seconds is None and state.known(now):
                    state.pacer.slow_down(now)
        wait = min(seconds or 0.0, LONGEST_ASKED)
        if seconds is None or self.refusals > 1:
            wait = max(wait, min(FIRST_PAUSE * 2 ** (min(self.refusals, 10) - 1), LONGEST_PAUSE))
        wait += min(JITTER * wait, LONGEST_JITTER) * jitter
        self.paused_at = now
        self.paused_until = max(self.paused_until, now + wait)
        self.cautious = True

    def adopt(self, listed: tuple[Window, ...], now: float, *, guessed: bool = False) -> bool:
        """Make its windows those that a response listed; say whether that changed anything.

        A new one begins with the log of the longest. A confirmed one that is not listed now, as
        with a call that has a window of its own within its category, is kept while it holds calls.
        """
        rest = list(self.windows)
        states: list[WindowState] = []
        changed = False
        for window in listed:
            state = _same(rest, window)
            if state is None:
                longest = max(self.windows, key=_length, default=None)
                log = Log(window.seconds)
                for moment, calls in longest.log.entries if longest else ():
                    if moment + window.seconds > now:
                        log.add(moment, calls)
                state = WindowState(window, log, guessed)
                changed = True
            else:
                rest.remove(state)
                changed = changed or state.window != window or not state.confirmed
                state.resize(window)
            state.guessed = guessed and (state.guessed or not state.confirmed)
            if now >= state.contended_until:
                state.confirmed = True
            states.append(state)
        states += [state for state in rest if state.confirmed and not state.idle(now)]
        self.windows = tuple(states)
        self.quick = False
        return changed

    def show(self, now: float) -> list[Meter]:
        """How its windows stand."""
        meters: list[Meter] = []
        for state in self.windows:
            room = state.room(now, self.in_flight)
            used = state.log.total + self.in_flight
            meters.append(Meter(state.window, used, room, state.confirmed))
        return meters

    def wake(self) -> None:
        """Tell all who wait that a place may have come free."""
        for listener in self.listeners:
            listener()


def described_window(
    told: RateLimit | None, states: Iterable[WindowState]
) -> tuple[WindowState | None, float | None]:
    """Find the window that a response's `remaining` and `reset` speak of, and the reset.

    It is the longest window of that limit: with equal limits that one has never more calls left
    than a shorter one. A reset that may as well be the shorter one's is left out.
    """
    if told is None or told.limit is None:
        return None, None
    found: WindowState | None = None
    shorter = 0.0
    for state in states:
        if state.window.limit == told.limit:
            if found is None or state.window.seconds >= found.window.seconds:
                shorter = 0.0 if found is None else found.window.seconds
                found = state
            else:
                shorter = max(shorter, state.window.seconds)
    reset = told.reset
    if reset is None or reset <= shorter or reset > LONGEST_RESET:
        return found, None
    return found, reset


def _length(state: WindowState) -> float:
    return state.window.seconds


def _same(states: list[WindowState], window: Window) -> WindowState | None:
    """Find the state that has counted for this window so far."""
    for state in states:
        same = state.window.seconds == window.seconds and state.window.name == window.name
        if state.confirmed and same:
            return state
    for state in states:
        if not state.confirmed and state.window.seconds == window.seconds:
            return state
    return None


def stand(
    key: LimitKey, tier: Tier, meters: Sequence[Meter], delay: Delay | None, waiting: int
) -> CategoryLimit:
    """Say how the budget of a key stands."""
    tightest = min(meters, key=lambda meter: meter.room, default=None)
    return CategoryLimit(
        account=owner(key, tier),
        category=key.category,
        windows=tuple([meter.window for meter in meters]),
        used=0 if tightest is None else tightest.used,
        remaining=None if tightest is None else max(tightest.room, 0),
        retry_at=None if delay is None else datetime.now(UTC) + timedelta(seconds=delay.seconds),
        retry_after=None if delay is None else delay.seconds,
        waiting=waiting,
        reason=None if delay is None else delay.reason,
    )
