"""One window: what it has let go, what Pinterest says of it, and what may go now.

Three sentences say how a call is judged. They are the same here and in `redis_budget.lua`.

**The log decides.** A call counts from its admission until its response plus the window's length.
Pinterest counts it at some moment in between, which nobody can see from here. As long as fewer
calls than the limit count, no window of Pinterest's is exceeded, of whatever phase, whether it is
fixed or sliding: of all calls that one such window counted take the one that was admitted last; at
that moment all the others were in the log. This is what hikari's buckets and Envoy's local rate
limit do with a counter that is refilled, made safe for windows whose phase is unknown.

**Pinterest's word adds, within a ceiling.** `remaining` and `reset` are reported windows. When a
reset that was told has passed, one probe goes ahead, as through a half-open circuit breaker. From
its response on calls may be struck from the log, the oldest first, as many as it says are gone: a
few at first, and more with each call that came through since. What is not true is found out before
much was spent on it. So between two resets that were told never more than the limit goes, whatever
the headers say. A call that is refused after that contradicts the word: the calls that were struck
come back, and the word adds nothing for a while, which doubles each time. The log alone goes on.

**Others' spending subtracts.** When more was counted than we can have made, somebody else spends
the same quota: another program, or this one before it was restarted. What is missing enters the
log. Until a window has passed without more of it, the window is contended: no more goes than
Pinterest says is left, less a small reserve.

`remaining` is read like this. Responses overtake each other, so no single one is the latest. But
one of them belongs to the call that was counted last, and it came back after the youngest of the
answered calls was admitted. The smallest number since then, less the calls in flight and those
whose responses said nothing, is therefore no more than what is left.

A window that no response has spoken of, and whose length has not passed since we began, may have
been spent by others. No more goes there than the responses on other windows imply.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from pinterest_async.limits.headers import Window
from pinterest_async.limits.pacer import LONGEST, Pacer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.limits.policy import Reason

GRAIN: Final = 1 / 256
"""Calls that end within this share of a window are one entry of the log, at the latest moment."""
EXACT: Final = 32
"""So many entries are kept one for each moment before that begins."""
NEWS: Final = 1.0
"""Seconds until the response to a probe is expected; a guess."""
SILENCE: Final = 4
"""Windows for which the word adds nothing after it was contradicted; doubled each time."""
LONGEST_SILENCE: Final = 64
"""Where that ends."""
ROUNDED: Final = 1.0
"""Seconds by which a told reset may be late, as it comes in whole ones."""
RESERVE: Final = 32
"""Of a contended window one in so many calls is left to the others."""
ON_TRUST: Final = 8
"""Of a window one in so many calls is on its way at a time on the word alone,"""
FEW: Final = 16
"""and never less than this."""
NEVER: Final = float("-inf")
MUCH: Final = float("inf")

Entry: TypeAlias = tuple[float, int]
"""A moment, and how many calls ended then."""


class Log(msgspec.Struct, eq=False):
    """The calls that have ended and still count."""

    seconds: float = 0.0
    """How long they count."""
    entries: deque[Entry] = msgspec.field(default_factory=deque[Entry])
    gone: deque[Entry] = msgspec.field(default_factory=deque[Entry])
    """The last that have left, or were struck."""
    total: int = 0
    """Calls that count."""

    def add(self, now: float, calls: int) -> None:
        """Enter calls that have ended now."""
        entries = self.entries
        self.total += calls
        if len(entries) >= EXACT and now - entries[-2][0] <= self.seconds * GRAIN:
            entries[-1] = (now, entries[-1][1] + calls)
        else:
            entries.append((now, calls))

    def leave(self, most: int | None = None) -> int:
        """Let the oldest entry go, or no more than some of its calls; say how many went."""
        moment, held = self.entries.popleft()
        taken = held if most is None else min(most, held)
        self.total -= taken
        self.gone.append((moment, taken))
        if taken < held:
            self.entries.appendleft((moment, held - taken))
        return taken

    def strike(self, calls: int) -> None:
        """Strike out the oldest calls."""
        while calls > 0 and self.entries:
            calls -= self.leave(calls)

    def restore(self, now: float) -> None:
        """Take back the calls that were struck and would still count."""
        while self.gone and self.gone[-1][0] + self.seconds > now:
            entry = self.gone.pop()
            self.total += entry[1]
            self.entries.appendleft(entry)


def ended_since(entries: Iterable[Entry], moment: float) -> int:
    """How many calls have ended since a moment."""
    return sum([calls for ended, calls in entries if ended > moment])


class Span(msgspec.Struct, eq=False):
    """Responses that came close together: the least that was left, and how many said nothing."""

    last: float
    least: float
    unreported: int


class Word(msgspec.Struct, eq=False):
    """What Pinterest's responses said of a window."""

    spans: list[Span] = msgspec.field(default_factory=list[Span])
    """At most two. One is dropped when all of it is certainly out of date."""
    youngest: float = NEVER
    """When the youngest call was admitted whose response spoke of the window."""
    reset_at: float | None = None
    """When the window starts anew, as it was told."""
    void: bool = False
    """Whether calls have left the log since. Those that took their places may have what the reset
    frees in a sliding window, so it lets no probe go; but a call that goes anyway tells of it."""
    void_at: float = NEVER
    """When calls last left; a response to a call from before says no reset that counts."""
    owed: int = 0
    """Calls from before the last reset that are to be struck yet."""
    owed_from: float = NEVER
    """When that was found. Only calls that were admitted since then tell whether it is true."""
    struck_until: float = NEVER
    """Until when a refusal would contradict what was struck from the log."""
    silent_until: float = NEVER
    doubt: int = SILENCE
    """Windows for which it adds nothing when it is contradicted next."""

    def left(self, in_flight: int) -> float | None:
        """How many calls are surely left by it; None where it said nothing."""
        if not self.spans:
            return None
        least = MUCH
        for span in self.spans:
            least = min(least, span.least)
            in_flight += span.unreported
        return least - in_flight

    def has_passed(self, admitted: float, ends: float) -> bool:
        """Whether the window had started anew when a call was counted whose response says `ends`.

        It has where the next reset is told as soon as the last one may have come.
        """
        if self.reset_at is None:
            return False
        early = admitted >= self.reset_at - ROUNDED and ends > self.reset_at + ROUNDED
        return early or (admitted >= self.reset_at and not self.void)

    def note(self, admitted: float, now: float, remaining: float, unreported: int = 0) -> None:
        """Note how many calls were left when one was counted.

        Args:
            admitted: When that call was admitted.
            now: When its response came.
            remaining: What it said.
            unreported: How many other calls have ended since it was admitted; asked for only
                where nothing was said before.
        """
        spans = self.spans
        if admitted > self.youngest:
            self.youngest = admitted
            while spans and spans[0].last < admitted:
                del spans[0]
        # The script has a function `enter` for this; here no call is to pay for its frame.
        if len(spans) < 2:
            spans.append(Span(now, remaining, unreported))
            return
        span = spans[1]
        span.last = now
        span.unreported += unreported
        span.least = min(span.least, remaining)

    def miss(self, now: float) -> None:
        """Note that a response said nothing of the window."""
        spans = self.spans
        if len(spans) == 2:
            span = spans[1]
            span.last = now
            span.unreported += 1
        elif spans:
            spans.append(Span(now, MUCH, 1))


class WindowState(msgspec.Struct, eq=False):
    """The state of one window. Times are those of the event loop; it never waits itself."""

    window: Window
    log: Log = msgspec.field(default_factory=Log)
    guessed: bool = False
    """Whether its length is a guess."""
    word: Word = msgspec.field(default_factory=Word)
    pacer: Pacer | None = None
    born: float | None = None
    """When the first call was admitted."""
    unseen: int | None = None
    """How many calls of others may not have been seen in the first response that spoke of this
    window, as calls of ours were in flight; None before it."""
    confirmed: bool = False
    """Whether the figures are confirmed. Until then the calls go at an even pace."""
    contended_until: float = NEVER
    """Until when somebody else is taken to spend the same quota."""

    def __post_init__(self) -> None:
        self.resize(self.window)

    def resize(self, window: Window) -> None:
        """Take over other figures, and keep the log."""
        if self.pacer is None or window != self.window:
            self.pacer = Pacer(window.limit, window.seconds) if window.seconds <= LONGEST else None
        self.window = window
        self.log.seconds = window.seconds

    def known(self, now: float) -> bool:
        """Whether the calls that others made before us are accounted for."""
        return self.unseen is not None or (
            self.born is not None and now >= self.born + self.window.seconds
        )

    def certain(self, now: float) -> bool:
        """Whether the log alone decides, and no pace is needed."""
        return self.confirmed and now >= self.contended_until and self.known(now)

    def expire(self, now: float) -> None:
        """Let the calls go that do not count any more."""
        log = self.log
        entries = log.entries
        if not entries or entries[0][0] + log.seconds > now:
            return
        left = 0
        while entries and entries[0][0] + log.seconds <= now:
            left += log.leave()
        while len(log.gone) > 2 * EXACT:
            log.gone.popleft()
        word = self.word
        if left > word.owed:  # not only those that the last reset has freed
            word.void, word.void_at = True, now
        word.owed = max(word.owed - left, 0)

    def idle(self, now: float) -> bool:
        """Whether nothing is known that would be lost with this state."""
        self.expire(now)
        return not self.log.total and (self.word.reset_at or now) <= now

    def room(self, now: float, in_flight: int) -> int:
        """How many calls may be admitted at once."""
        self.expire(now)
        limit = self.window.limit
        own = limit - in_flight - self.log.total
        if self.certain(now):
            return own
        left = self.word.left(in_flight)
        if left is None:
            return own
        if not self.known(now):
            return min(own, int(left if in_flight else max(left, 1)))
        if now < self.contended_until:
            return min(own, int(left) - (0 if self.confirmed else limit // RESERVE))
        return own

    def wait(self, now: float, in_flight: int) -> tuple[float, Reason]:
        """Seconds until a call may be admitted, as far as can be foreseen, and why not now.

        0.0 with no room means that a told reset has passed: one call may go ahead as a probe.
        """
        if self.room(now, in_flight) > 0:
            return 0.0, "window"
        reason: Reason = "window"
        log, word = self.log, self.word
        at = now + log.seconds
        if log.total + in_flight < self.window.limit:
            contended = now < self.contended_until
            at, reason = (self.contended_until, "others") if contended else (now + NEWS, "probe")
        elif log.entries:
            at = log.entries[0][0] + log.seconds
        if word.reset_at is not None and not word.void and now >= word.silent_until:
            if word.reset_at > now:
                at = min(at, word.reset_at)
            elif (word.left(in_flight) or 0) >= 0 or log.seconds > LONGEST:
                return 0.0, reason
        return max(at - now, 0.0), reason

    def hear(
        self, admitted: float, now: float, remaining: int, reset: float | None, in_flight: int
    ) -> None:
        """Take Pinterest's word from the response to a call that is in the log by now.

        Args:
            admitted: When the call was admitted.
            now: The present moment.
            remaining: Calls left when it was counted.
            reset: Seconds until the window starts anew.
            in_flight: Calls in flight now.
        """
        word, log = self.word, self.log
        remaining = min(remaining, self.window.limit)
        first = self.unseen is None
        if self.unseen is None:
            self.unseen, self.confirmed = in_flight, True
            word.spans, word.youngest = [], NEVER
        unreported = 0 if word.spans else max(ended_since(log.entries, admitted) - 1, 0)
        word.note(admitted, now, remaining, unreported)
        others = self.window.limit - remaining - in_flight - log.total
        if others > 0:
            others -= ended_since(log.gone, admitted - log.seconds)
        if others > 0:
            log.add(now, others)
            self.contended_until = now + log.seconds
            # What was spent before we began is no sign that somebody still does.
            self.confirmed = self.confirmed and (first or others <= self.unseen)
            self.unseen = self.unseen if first else max(self.unseen - others, 0)
        elif now >= self.contended_until:
            self.confirmed = True
        if word.owed and admitted >= word.owed_from:
            self._strike(now, in_flight, in_flight)
        if reset is not None or word.reset_at is not None:
            self._hear_reset(admitted, now, reset, in_flight)

    def _hear_reset(self, admitted: float, now: float, reset: float | None, in_flight: int) -> None:
        """Note when the window starts anew; strike what is gone if it has since the last time."""
        word, log = self.word, self.log
        ends = NEVER
        if reset is not None:
            ends = now + (reset if self.guessed else min(reset, log.seconds))
        passed = word.has_passed(admitted, ends)
        if passed:  # it has let its probe go, and is good for no second one
            word.reset_at = None
        if reset is not None and admitted >= word.void_at:
            kept = None if word.void else word.reset_at
            word.reset_at, word.void = ends if kept is None else min(ends, kept), False
        if not passed:
            return
        left = word.left(in_flight)
        surplus = 0 if left is None else int(left) - (self.window.limit - in_flight - log.total)
        if surplus <= 0 or now < word.silent_until:
            return
        if self.guessed and reset and 2 * surplus > self.window.limit:
            # What was taken for a longer window has started anew.
            self.resize(msgspec.structs.replace(self.window, seconds=reset))
        if word.struck_until > NEVER:
            word.doubt = SILENCE  # what was struck the last time was never contradicted
        word.owed, word.owed_from = min(surplus, log.total), now
        self._strike(now, in_flight, 0)

    def _strike(self, now: float, in_flight: int, on_trust: int) -> None:
        """Strike some of the calls that are gone, as long as Pinterest still says so.

        `on_trust` is how many of the calls in flight may be there on its word alone.
        """
        word, log, limit = self.word, self.log, self.window.limit
        own = limit - in_flight - log.total
        most = max(limit // ON_TRUST, FEW) - on_trust - own
        calls = int(min(most, word.owed, (word.left(in_flight) or 0) - own))
        if calls > 0:
            log.strike(calls)
            word.owed -= calls
            word.struck_until = now + log.seconds

    def silence(self, now: float) -> None:
        """Let the word add nothing for a while, and take back what it struck."""
        word = self.word
        self.log.restore(now)
        word.struck_until, word.reset_at, word.owed = NEVER, None, 0
        word.silent_until = now + word.doubt * self.log.seconds
        word.doubt = min(2 * word.doubt, LONGEST_SILENCE)
