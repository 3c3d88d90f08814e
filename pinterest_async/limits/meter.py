"""The accounts of one window: what it has let go, what Pinterest said of it, what may go now.

Two things are known about a window, and either is enough to let a call go.

**Our own log.** A call is on the books from the moment it is let go until its answer plus the
length of the window. Pinterest counts it at some moment in between, which we cannot see. As long as
fewer calls than the limit are on the books, no window of Pinterest's holds more than the limit,
whether it slides or starts anew at fixed times: of all the calls that one such window counted, take
the one that was let go last; at that moment all the others were on our books.
A call that is let go now needs some time to arrive, and an old answer needed some time to come
back. The shortest time that a round trip takes is therefore taken off (see `latency.py`).

**Pinterest's word.** An answer says how many calls were left when the call was counted. Answers
overtake each other, so no single one is the latest. But one of them belongs to the call that was
counted last, and it came back after the youngest of the answered calls was let go. The smallest
number among the answers since then is therefore no more than what was left at last; less the calls
that are on their way, it may be spent, down to the last one.

The larger of the two counts. Each covers the other's weakness: the log knows when old calls leave a
window that slides; Pinterest's word knows when a fixed one has started anew.

**Strangers.** When Pinterest has counted more calls than we can have made, somebody else spends the
same budget: another program, or this one before it was restarted. What is missing from the books is
entered there, and until a window has passed without more of it only Pinterest's word counts, and
the calls go at an even pace, so that neither runs into what the other has spent meanwhile.

**Other windows.** An answer speaks of the window with the least left only. Of a window that no
answer has spoken of yet, and whose length has not passed since we began, others may have spent
something before. It has at least as much left as the one that the answer spoke of; no more than
that is spent, or one call at a time.

**The reset.** A spent window may be tried again when Pinterest said it would start anew. One call
goes ahead; its answer says how many may follow. Where the reset only means that a single old call
has left a sliding window, that one call was right too, provided that all calls since are accounted
for; a long budget does not wait for that. Should the scout be refused, the resets that Pinterest
gives are early, and later ones are taken with growing reserve.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from pinterest_async.limits.pace import LONGEST, Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pinterest_async.rate_limit import Window

GRAIN: Final = 1 / 256
"""Finished calls within this share of a window are logged as one entry, at the latest moment."""
EXACT: Final = 64
"""So many entries are kept one for each call before that begins."""
SILENT: Final = 256
"""Entries of answers that said nothing of a window that are kept; of some no answer ever does."""
ROUNDING: Final = 1.0
"""Seconds by which a reset may be rounded up."""
NEWS: Final = 1.0
"""Seconds until the answer to a call that was sent ahead is expected; a guess."""
FIRST_RESERVE: Final = 1.0
"""Seconds added to a reset after one proved early."""


Mark: TypeAlias = "tuple[Meter, int, float | None]"
"""What is noted about a call that is let go: the meter, how many calls had left its books by then,
and the reset whose truth the call tries out (None for an ordinary call)."""


Answered: TypeAlias = "tuple[float, float, int, float | None]"
"""An answer: when its call was let go, when it came, the calls left, and the reset in seconds."""


class _Entry:
    """Calls that finished close to each other."""

    __slots__ = ("calls", "first", "last")

    def __init__(self, moment: float, calls: int) -> None:
        self.first = moment
        self.last = moment
        self.calls = calls


class Meter:
    """The accounts of one window. Times are those of the event loop; it never waits itself.

    Args:
        window: The window.
    """

    __slots__ = (
        "_born",
        "_described",
        "_ended",
        "_log",
        "_reserve",
        "_reset_after",
        "_reset_at",
        "_scouting",
        "_silent",
        "_silents",
        "_strangers_until",
        "_told",
        "_trip",
        "_youngest",
        "confirmed",
        "expired",
        "inherited_at",
        "pace",
        "started",
        "window",
    )

    def __init__(self, window: Window) -> None:
        self.window: Window = window
        self.confirmed: bool = False
        """Whether an answer has confirmed the figures. Until then the calls go at an even pace."""
        self.inherited_at: float = float("-inf")
        """When it took over from another meter the calls that were on their way."""
        self.pace: Pace | None = None
        self._born: float | None = None
        self._described = False
        self.expired: int = 0
        """Calls gone from the books, since the beginning."""
        self.started: int = 0
        """Calls let go, since the beginning."""
        self._ended = 0
        self._log: deque[_Entry] = deque()
        # Answers since the youngest answered call was let go: those that said how many calls are
        # left (only those that no later one undercuts), and the moments of those that did not.
        self._told: deque[tuple[float, int]] = deque()
        self._silent: deque[_Entry] = deque()
        self._silents = 0
        self._youngest = float("-inf")
        self._strangers_until = float("-inf")
        self._reset_at: float | None = None
        self._reset_after = float("-inf")
        self._reserve = 0.0
        self._scouting = False
        self._trip = 0.0
        self.resize(window)

    def resize(self, window: Window) -> None:
        """Take over other figures, and keep the books."""
        if self.pace is None or window.limit != self.window.limit:
            self.pace = Pace(window.limit, window.seconds) if window.seconds <= LONGEST else None
        self.window = window

    def inherit(self, other: Meter, now: float) -> None:
        """Begin with the calls that another meter has on its books."""
        for entry in other._log:
            if entry.last + self.window.seconds > now:
                _append(self._log, entry.last, entry.calls, self.window.seconds * GRAIN)
        self._ended = sum(entry.calls for entry in self._log)
        self.started = self._ended + other.in_flight
        self.inherited_at = now

    @property
    def described(self) -> bool:
        """Whether an answer has spoken of this window."""
        return self._described

    @property
    def in_flight(self) -> int:
        """Calls let go that have not finished."""
        return self.started - self._ended

    def known(self, now: float) -> bool:
        """Whether the calls that others made before us are accounted for."""
        return self._described or (
            self._born is not None and now >= self._born + self.window.seconds
        )

    def crowded(self, now: float) -> bool:
        """Whether somebody else was seen to spend the same budget within the last window."""
        return now < self._strangers_until

    def idle(self, now: float) -> bool:
        """Whether nothing is known that would be lost with this meter."""
        self.expire(now)
        return self.started == self.expired and (self._reset_at or now) <= now

    def used(self, now: float) -> int:
        """Calls on the books."""
        self.expire(now)
        return self.started - self.expired

    def room(self, now: float) -> int:
        """How many calls may be let go at once."""
        log = self._log
        if log and log[0].last + self.window.seconds <= now:
            self.expire(now)
        own = self.window.limit - self.started + self.expired
        if not self._told:
            return own
        told = self._told[0][1] - self.started + self._ended - self._silents
        if not self._described and not self.known(now):
            return min(own, told if self.in_flight else max(told, 1))
        return told if told > own or now < self._strangers_until else own

    def expire(self, now: float) -> None:
        """Strike the calls off the books that have left them by now."""
        log = self._log
        while log and log[0].last + self.window.seconds <= now:
            self.expired += log.popleft().calls

    def credit(self, now: float) -> int:
        """How many calls may go without another look, as long as the answers hold no surprise.

        That is what our own log allows. It is never more than `room`, whatever is answered.
        """
        if now < self._strangers_until or not (
            self.known(now) and (self.confirmed or not self.pace)
        ):
            return 0
        self.expire(now)
        return self.window.limit - self.started + self.expired

    def stands_until(self) -> float:
        """When the first of the calls that are logged leaves the books."""
        return self._log[0].last + self.window.seconds if self._log else float("inf")

    def keeps_until(self, now: float) -> float:
        """The soonest that a call leaves the books which finishes from now on."""
        return now - self._trip + self.window.seconds

    def wait(self, now: float) -> float:
        """Seconds until a call may be let go, as far as can be foreseen; 0.0 for now."""
        if self.room(now) > 0:
            return 0.0
        if self.used(now) < self.window.limit:
            at = self._strangers_until if self.known(now) else now + NEWS
        elif self._log:
            at = self._log[0].last + self.window.seconds
        else:
            at = now + self.window.seconds
        if self._reset_at is not None and not self._scouting:
            if self._reset_at > now:
                at = min(at, self._reset_at)
            elif self._left() >= 0 or self.window.seconds > LONGEST:
                return 0.0
        return max(at - now, 0.0)

    def start(self, now: float) -> Mark:
        """Let one call go. Only where there is room."""
        if self._reset_at is not None and self._reset_at <= now:
            self._reset_at = None  # this call may take what the reset has freed
        if self._born is None:
            self._born = now
        self.started += 1
        return self, self.expired, None

    def start_scout(self, now: float) -> Mark:
        """Let one call go where `wait` is 0.0: as a scout, if there is no room."""
        scout = self._reset_at if self.room(now) <= 0 else None
        if scout is not None:
            self._scouting = True
        self.start(now)
        return self, self.expired, scout

    def give_back(self, mark: Mark) -> None:
        """Take a call off the books that was never sent."""
        self.started -= 1
        self._scout_home(mark)

    def finish_all(self, moments: Sequence[float], trip: float) -> None:
        """Log calls as finished; `hear`, `hint` or `miss` follows for each, or those for all.

        Args:
            moments: When each one finished, in their order.
            trip: The shortest round trip, in seconds.
        """
        self._ended += len(moments)
        self._trip = max(self._trip, trip)
        _append_all(self._log, moments, self.window.seconds * GRAIN, early=trip, exact=EXACT)

    def miss(self, mark: Mark, now: float) -> None:
        """Note that the answer said nothing of this window."""
        self._scout_home(mark)
        if self._told:
            self._keep_silent(now, 1)

    def hear(
        self,
        mark: Mark,
        admitted_at: float,
        now: float,
        remaining: int,
        reset: float | None,
        *,
        refused: bool,
    ) -> None:
        """Take Pinterest's word.

        Args:
            mark: What `start` returned for the call.
            admitted_at: When it was let go.
            now: The present moment.
            remaining: Calls left when this one was counted.
            reset: Seconds until the window starts anew.
            refused: Whether this call was refused.
        """
        remaining = 0 if refused else min(remaining, self.window.limit)
        self._scouting = self._scouting and mark[2] is None
        first = not self._described
        if first:
            self._described = True
            self._told.clear()
            self._silent.clear()
            self._silents = 0
        if refused and mark[2] is not None:
            self._reserve = min(max(FIRST_RESERVE, 2 * self._reserve), self.window.seconds)
        if admitted_at >= self._youngest:
            self._reset_at = None if reset is None else now + reset + self._reserve
            # Seconds are rounded up, and were counted from before the answer came.
            self._reset_after = admitted_at + (reset or 0.0) - ROUNDING
        self._note(admitted_at, now, remaining)
        if now >= self._reset_after and self.window.seconds <= LONGEST:
            self._reset_at = None  # what it frees may be in this answer's count already
        strangers = self.window.limit - remaining - (self.started - mark[1])
        if strangers > 0:
            self.started += strangers
            self._ended += strangers
            _append(self._log, now, strangers, self.window.seconds * GRAIN)
            self._strangers_until = now + self.window.seconds
        if strangers > 0 and not first:
            self.confirmed = False  # somebody spends beside us, and not only before we began
        elif first or now >= self._strangers_until:
            self.confirmed = True

    def hear_all(
        self, answers: Sequence[Answered], own: Callable[[float | None], float | None]
    ) -> None:
        """Take Pinterest's word from answers in their order, all without a surprise.

        `own` gives the reset of an answer, or None where it may be that of another window.

        It comes to the same as to `hear` one after the other. Of the answers, only those that came
        after the youngest answered call was let go are of further interest.
        """
        youngest = max(reversed(answers), key=itemgetter(0))  # the last of equals
        if youngest[0] >= self._youngest:
            admitted_at, now, _, told_reset = youngest
            reset = own(told_reset)
            self._reset_at = None if reset is None else now + reset + self._reserve
            self._reset_after = admitted_at + (reset or 0.0) - ROUNDING
            self._forget_older(admitted_at)
        if answers[-1][1] >= self._reset_after and self.window.seconds <= LONGEST:
            self._reset_at = None
        least = self.window.limit + 1
        told: list[tuple[float, int]] = []
        for _, now, remaining, _ in reversed(answers):
            if now < self._youngest:
                break
            if remaining < least:
                least = min(remaining, self.window.limit)
                told.append((now, least))
        while self._told and self._told[-1][1] >= least:
            self._told.pop()
        self._told.extend(reversed(told))

    def miss_all(self, moments: Sequence[float]) -> None:
        """Note that answers, which came at these moments, said nothing of this window."""
        if self._told:
            moments = moments[bisect_left(moments, self._youngest) :]
            _append_all(self._silent, moments, self.window.seconds * GRAIN)
            self._count_silent(len(moments))

    def spent_until(self, moment: float) -> None:
        """Note when the last call was let go on credit."""
        if self._reset_at is not None and self._reset_at <= moment:
            self._reset_at = None  # as in `start`

    def hint(self, mark: Mark, admitted_at: float, now: float, least: int) -> None:
        """Take it that at least so many calls are left, as an answer on another window implies."""
        if self.known(now):
            self.miss(mark, now)
        else:
            self._scout_home(mark)
            self._note(admitted_at, now, least)

    def resets_at(self, now: float) -> float | None:
        """When the next place comes free, or None while there is one."""
        wait = self.wait(now)
        return now + wait if wait > 0 else None

    def _note(self, admitted_at: float, now: float, remaining: int) -> None:
        """Note what is left by an answer, and forget answers that are certainly older."""
        if not self._told:
            # Who was counted after this call is not known: whoever finished since it was let go.
            self._keep_silent(now, self._finished_since(admitted_at) - 1)
        if admitted_at >= self._youngest:
            self._forget_older(admitted_at)
        while self._told and self._told[-1][1] >= remaining:
            self._told.pop()
        self._told.append((now, remaining))

    def _forget_older(self, youngest: float) -> None:
        """Forget the answers that came before the youngest answered call was let go."""
        self._youngest = youngest
        while self._told and self._told[0][0] < youngest:
            self._told.popleft()
        while self._silent and self._silent[0].last < youngest:
            self._silents -= self._silent.popleft().calls

    def _left(self) -> int:
        """What is left by Pinterest's word, if all calls are counted that may not have been."""
        told = self._told[0][1] if self._told else 0
        return told - self.in_flight - self._silents

    def _scout_home(self, mark: Mark) -> None:
        """Let another scout go: this one has brought no news."""
        if mark[2] is not None:
            self._scouting = False
            self._reset_at = self._reset_at or mark[2]

    def _keep_silent(self, now: float, calls: int) -> None:
        if calls > 0:
            _append(self._silent, now, calls, self.window.seconds * GRAIN)
            self._count_silent(calls)

    def _count_silent(self, calls: int) -> None:
        self._silents += calls
        while len(self._silent) > SILENT:
            oldest = self._silent.popleft()
            self._silent[0].calls += oldest.calls

    def _finished_since(self, moment: float) -> int:
        """How many calls finished since a moment, or a little before."""
        calls = 0
        for entry in reversed(self._log):
            if entry.last < moment - self._trip:
                break
            calls += entry.calls
        return calls


def _append(log: deque[_Entry], moment: float, calls: int, grain: float) -> None:
    """Enter calls into a log, with the last ones if these are close enough."""
    if log:
        entry = log[-1]
        moment = max(moment, entry.last)
        if moment - entry.first <= grain:
            entry.last = moment
            entry.calls += calls
            return
    log.append(_Entry(moment, calls))


def _append_all(
    log: deque[_Entry],
    moments: Sequence[float],
    grain: float,
    *,
    early: float = 0.0,
    exact: int = 0,
) -> None:
    """Enter calls into a log, those that are close to each other as one entry.

    Args:
        log: The log.
        moments: When each one finished, in their order.
        grain: How close that is, in seconds.
        early: Seconds to take off each moment; none is entered as earlier than the last one is.
        exact: How many entries the log has to have before calls share one.
    """
    begin, count = 0, len(moments)
    while begin < count:
        if log and len(log) >= exact:
            entry = log[-1]
            end = bisect_right(moments, entry.first + grain + early, begin)
            if end > begin:
                entry.last = max(entry.last, moments[end - 1] - early)
                entry.calls += end - begin
                begin = end
                continue
        moment = moments[begin] - early
        log.append(_Entry(max(moment, log[-1].last) if log else moment, 1))
        begin += 1
