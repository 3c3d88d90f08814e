"""One window: what it has let go, what Pinterest says of it, and what may go now.

Three sentences say how a call is judged. They are the same here and in `redis_budget.lua`.

**The log decides.** A call counts from its admission until its response plus the window's length.
Pinterest counts it at some moment in between, which nobody can see from here. As long as fewer
calls than the limit count, no window of Pinterest's is exceeded, of whatever phase, whether it is
fixed or sliding: of all calls that one such window counted take the one that was admitted last; at
that moment all the others were in the log. This is what hikari's buckets and Envoy's local rate
limit do with a counter that is refilled, made safe for windows whose phase is unknown.

**Pinterest's word adds, within a ceiling.** `remaining` and `reset` are reported windows. When a
reset that was told has passed, one probe goes ahead, as through a half-open circuit breaker. Its
response may strike calls from the log, the oldest first, as many as it says are gone. So between
two resets that were told never more than the limit goes, whatever the headers say. A call that is
refused after that contradicts the word: the calls that were struck come back, and the word adds
nothing for a while, which doubles each time. The log alone goes on.

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
from typing import TYPE_CHECKING, Final

from pinterest_async.limits.pacer import LONGEST, Pacer

if TYPE_CHECKING:
    from pinterest_async.limits.headers import Window
    from pinterest_async.limits.policy import Reason

GRAIN: Final = 1 / 256
"""Calls that end within this share of a window are one entry of the log, at the latest moment."""
EXACT: Final = 32
"""So many entries are kept one for each call before that begins."""
NEWS: Final = 1.0
"""Seconds until the response to a probe is expected; a guess."""
SILENCE: Final = 4
"""Windows for which the word adds nothing after it was contradicted; doubled each time."""
LONGEST_SILENCE: Final = 64
"""Where that ends."""
RESERVE: Final = 32
"""Of a contended window one in so many calls is left to the others."""
NEVER: Final = float("-inf")


class Entry:
    """Calls that ended close to each other."""

    __slots__ = ("admitted", "calls", "first", "last")

    def __init__(self, moment: float, calls: int, admitted: float) -> None:
        self.first: float = moment
        self.last: float = moment
        self.calls: int = calls
        self.admitted: float = admitted
        """When the youngest of them was admitted."""


class Log:
    """The calls that have ended and still count.

    Args:
        seconds: How long they count.
    """

    __slots__ = ("entries", "expired_at", "gone", "seconds", "total")

    def __init__(self, seconds: float) -> None:
        self.seconds: float = seconds
        self.entries: deque[Entry] = deque()
        self.gone: deque[Entry] = deque()
        """Those that have left within the last window, or were struck."""
        self.total: int = 0
        """Calls that count."""
        self.expired_at: float = NEVER
        """When calls were last found to have left."""

    def add(self, now: float, calls: int, admitted: float) -> None:
        """Enter calls that have ended now."""
        entries = self.entries
        self.total += calls
        if len(entries) >= EXACT:
            entry = entries[-1]
            if now - entry.first <= self.seconds * GRAIN:
                entry.last = now
                entry.calls += calls
                entry.admitted = max(entry.admitted, admitted)
                return
        entries.append(Entry(now, calls, admitted))

    def expire(self, now: float) -> None:
        """Let the calls go that do not count any more."""
        entries, gone = self.entries, self.gone
        while entries and entries[0].last + self.seconds <= now:
            self.total -= entries[0].calls
            self.expired_at = now
            gone.append(entries.popleft())
        while gone and (gone[0].last + 2 * self.seconds <= now or len(gone) > 2 * EXACT):
            gone.popleft()

    def ended_since(self, moment: float) -> int:
        """How many calls have ended since a moment."""
        calls = 0
        for entry in reversed(self.entries):
            if entry.last < moment:
                break
            calls += entry.calls
        return calls

    def counted_at(self, moment: float) -> int:
        """How many calls count now, or did at a moment."""
        calls = self.total
        for entry in self.gone:
            if entry.last + self.seconds > moment:
                calls += entry.calls
        return calls

    def strike(self, calls: int) -> None:
        """Strike out the oldest calls."""
        entries = self.entries
        while calls > 0 and entries:
            entry = entries[0]
            taken = min(calls, entry.calls)
            calls -= taken
            self.total -= taken
            if taken == entry.calls:
                self.gone.append(entries.popleft())
            else:
                entry.calls -= taken
                self.gone.append(Entry(entry.last, taken, entry.admitted))

    def restore(self, now: float) -> None:
        """Take back the calls that were struck and would still count."""
        while self.gone and self.gone[-1].last + self.seconds > now:
            entry = self.gone.pop()
            self.total += entry.calls
            self.entries.appendleft(entry)

    def copy(self, seconds: float, now: float) -> Log:
        """The same calls, in a window of another length."""
        log = Log(seconds)
        for entry in self.entries:
            if entry.last + seconds > now:
                log.add(entry.last, entry.calls, entry.admitted)
        return log


class Span:
    """Responses that came close together: the least that was left, and how many said nothing."""

    __slots__ = ("last", "least", "unreported")

    def __init__(self, last: float, least: float, unreported: int) -> None:
        self.last: float = last
        self.least: float = least
        self.unreported: int = unreported


class Word:
    """What Pinterest's responses said of a window."""

    __slots__ = (
        "doubt",
        "newer",
        "older",
        "reset_at",
        "reset_from",
        "silent_until",
        "struck_until",
        "youngest",
    )

    def __init__(self) -> None:
        # Two spans, of which the older one is dropped when all of it is certainly out of date.
        self.older: Span | None = None
        self.newer: Span | None = None
        self.youngest: float = NEVER
        """When the youngest call was admitted whose response spoke of the window."""
        self.reset_at: float | None = None
        """When the window starts anew, as it was told."""
        self.reset_from: float = NEVER
        """When the call was admitted whose response told it. It is void once calls have left the
        log since: those may have taken what it frees in a sliding window."""
        self.struck_until: float = NEVER
        """Until when a refusal would contradict what was struck from the log."""
        self.silent_until: float = NEVER
        self.doubt: int = SILENCE
        """Windows for which it adds nothing when it is contradicted next."""

    def left(self, in_flight: int) -> float | None:
        """How many calls are surely left by it; None where it said nothing."""
        older, newer = self.older, self.newer
        if older is None:
            return None
        if newer is None:
            return older.least - older.unreported - in_flight
        least = min(newer.least, older.least)
        return least - older.unreported - newer.unreported - in_flight

    def note(self, admitted: float, now: float, remaining: float, ended_since: int) -> None:
        """Note how many calls were left when one was counted.

        Args:
            admitted: When that call was admitted.
            now: When its response came.
            remaining: What it said.
            ended_since: How many other calls have ended since it was admitted; asked for only
                where nothing was said before.
        """
        if self.older is None:
            self.older = Span(now, remaining, ended_since)
            self.youngest = admitted
            return
        self.youngest = max(admitted, self.youngest)
        if self.older.last < self.youngest:
            self.older, self.newer = self.newer, None
            if self.older is not None and self.older.last < self.youngest:
                self.older = None
            if self.older is None:
                self.older = Span(now, remaining, 0)
                return
        newer = self.newer
        if newer is None:
            self.newer = Span(now, remaining, 0)
            return
        newer.last = now
        newer.least = min(newer.least, remaining)

    def miss(self, now: float) -> None:
        """Note that a response said nothing of the window."""
        if self.older is not None:
            if self.newer is None:
                self.newer = Span(now, float("inf"), 1)
            else:
                self.newer.last = now
                self.newer.unreported += 1

    def forget(self) -> None:
        """Forget what was said of how much is left."""
        self.older = self.newer = None
        self.youngest = NEVER


class WindowState:
    """The state of one window. Times are those of the event loop; it never waits itself.

    Args:
        window: The window.
        guessed: Whether its length is a guess.
    """

    __slots__ = (
        "born",
        "confirmed",
        "contended_until",
        "guessed",
        "log",
        "pacer",
        "unseen",
        "window",
        "word",
    )

    def __init__(self, window: Window, log: Log | None = None, *, guessed: bool = False) -> None:
        self.window: Window = window
        self.log: Log = log or Log(window.seconds)
        self.word: Word = Word()
        self.pacer: Pacer | None = None
        self.born: float | None = None
        """When the first call was admitted."""
        self.unseen: int | None = None
        """How many calls of others may not have been seen in the first response that spoke of this
        window, as calls of ours were in flight; None before it."""
        self.confirmed: bool = False
        """Whether the figures are confirmed. Until then the calls go at an even pace."""
        self.guessed: bool = guessed
        self.contended_until: float = NEVER
        """Until when somebody else is taken to spend the same quota."""
        self.resize(window)

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

    def idle(self, now: float) -> bool:
        """Whether nothing is known that would be lost with this state."""
        self.log.expire(now)
        return not self.log.total and (self.word.reset_at or now) <= now

    def room(self, now: float, in_flight: int) -> int:
        """How many calls may be admitted at once."""
        log = self.log
        if log.entries and log.entries[0].last + log.seconds <= now:
            log.expire(now)
        limit = self.window.limit
        own = limit - in_flight - log.total
        if self.certain(now):
            return own
        left = self.word.left(in_flight)
        if not self.known(now):
            if left is None:
                return own
            return min(own, int(left if in_flight else max(left, 1)))
        if now < self.contended_until and left is not None:
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
        if log.total + in_flight < self.window.limit:
            contended = now < self.contended_until
            at, reason = (self.contended_until, "others") if contended else (now + NEWS, "probe")
        elif log.entries:
            at = log.entries[0].last + log.seconds
        else:
            at = now + log.seconds
        if (
            word.reset_at is not None
            and log.expired_at <= word.reset_from
            and now >= word.silent_until
        ):
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
        word, limit = self.word, self.window.limit
        remaining = min(remaining, limit)
        first = self.unseen is None
        if self.unseen is None:
            self.unseen, self.confirmed = in_flight, True
            word.forget()
        word.note(
            admitted,
            now,
            remaining,
            0 if word.older is not None else self.log.ended_since(admitted) - 1,
        )
        others = limit - remaining - in_flight - self.log.total
        if others > 0:
            others = limit - remaining - in_flight - self.log.counted_at(admitted)
        if others > 0:
            self.log.add(now, others, now)
            self.contended_until = now + self.log.seconds
            # What was spent before we began is no sign that somebody still does.
            self.confirmed = self.confirmed and (first or others <= self.unseen)
            self.unseen = self.unseen if first else max(self.unseen - others, 0)
        elif now >= self.contended_until:
            self.confirmed = True
        if reset is not None or word.reset_at is not None:
            self._hear_reset(admitted, now, reset, in_flight)

    def _hear_reset(self, admitted: float, now: float, reset: float | None, in_flight: int) -> None:
        """Note when the window starts anew; strike what is gone if it has since the last time."""
        word, log = self.word, self.log
        void = word.reset_at is None or log.expired_at > word.reset_from
        passed = word.reset_at is not None and admitted >= word.reset_at
        if reset is None:
            if passed:  # it has let its probe go, and is good for no second one
                word.reset_at = None
        else:
            ends = now + (reset if self.guessed else min(reset, log.seconds))
            if admitted >= log.expired_at and (
                void or passed or word.reset_at is None or ends < word.reset_at
            ):
                word.reset_at, word.reset_from = ends, admitted
        if void or not passed:
            return
        left = word.left(in_flight)
        surplus = 0 if left is None else int(left) - (self.window.limit - in_flight - log.total)
        if surplus <= 0 or now < word.silent_until:
            return
        if self.guessed and reset and 2 * surplus > self.window.limit:
            # What was taken for a longer window has started anew.
            self.resize(type(self.window)(self.window.limit, reset, self.window.name))
        if word.struck_until > NEVER:
            word.doubt = SILENCE  # what was struck the last time was never contradicted
        log.strike(surplus)
        word.struck_until = now + log.seconds

    def hint(self, admitted: float, now: float, least: int) -> None:
        """Take it that at least so many calls are left, as a response on another window implies."""
        if self.known(now):
            self.word.miss(now)
        else:
            self.word.note(admitted, now, least, 0)

    def silence(self, now: float) -> None:
        """Let the word add nothing for a while, and take back what it struck."""
        word = self.word
        self.log.restore(now)
        word.struck_until = NEVER
        word.reset_at = None
        word.silent_until = now + word.doubt * self.log.seconds
        word.doubt = min(2 * word.doubt, LONGEST_SILENCE)
