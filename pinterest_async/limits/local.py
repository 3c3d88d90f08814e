"""The limiter of one process: uses the whole allowance of every window, and is not refused.

How it works, from the outside in.

**Budgets.** Pinterest counts calls by app, account and category; some categories by ad account
instead; Trial apps as a whole. Besides the windows of the category there is one for all categories
together. All of them must have room before a call may go. Each has its own accounts (`meter.py`).
Calls of other categories and accounts have other budgets and other queues and are never delayed.

**The figures.** They begin as the table has them (`table.py`) or as the user gives them, and are
replaced as soon as an answer lists the real ones. What one account has learned, the next account of
the app begins with.

**The pace.** As long as no answer has confirmed the figures of a window of up to a minute, its
calls go evenly at 96 % of the rate (`pace.py`), under the hard limit of the accounts. Confirmed
windows are spent as fast as calls come, down to the last. Longer windows are budgets: they are
spent freely.

**Credit.** Where all figures are confirmed and nobody else spends, nearly every call is let go and
answered as expected. Such calls go on credit: as many as all windows have room for are granted at
once, counted down, and entered into the accounts together some time later. The first answer that
says anything else, a refusal, a call that has to wait, or a look at the budgets ends the credit at
once, and the accounts are brought up to date before anything is decided by them.

**The queue.** A call that finds room and nobody before it goes at once, without a switch of tasks.
Otherwise it stands in line, and one task for the whole line waits for the room and lets the calls
go in order. A call whose next free place is further away than its `max_wait` raises at once. What
counts there is the state of the windows, not the length of the line.

**Refusals.** A 429 over the quota stops the line until the moment that Pinterest names, and a
little longer by chance. Then one call goes ahead, and when it was not refused the others follow, as
the accounts allow. Refusals in a row make the pauses longer. Where Pinterest names no moment and no
figures, the pace gets slower, and recovers with time.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pinterest_async.config import check_tier
from pinterest_async.errors import ClientClosed
from pinterest_async.limits.budget import Budget
from pinterest_async.limits.lane import Lane, LocalAdmission
from pinterest_async.limits.latency import CALM, Latency
from pinterest_async.limits.line import Waiter, stand_in_line, too_late
from pinterest_async.limits.policy import CategoryLimit
from pinterest_async.limits.table import owner, starting_window, universal_window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinterest_async.config import Tier
    from pinterest_async.limits.meter import Mark
    from pinterest_async.limits.pace import Pace
    from pinterest_async.limits.policy import Admission, LimitKey, LimitPolicy
    from pinterest_async.rate_limit import RateLimit, Window

UNSETTLED: Final = 256
"""Answers to calls on credit before they are entered into the accounts."""
SWEEP: Final = 256
"""Lanes before the idle ones are looked for and forgotten."""


class LocalLimits:
    """Keeps the limits of all accounts that one process acts for.

    Args:
        tier: The app's access tier, `standard` or `trial`.
        limits: Windows to begin with instead of the table's, by category. They replace all windows
            of that category; one that is named `universal` is shared between categories.

    Raises:
        ConfigurationError: the tier is unknown.
    """

    def __init__(
        self,
        *,
        tier: Tier = "standard",
        limits: Mapping[str, Sequence[Window]] | None = None,
    ) -> None:
        check_tier(tier)
        self._tier: Tier = tier
        self._limits = {category: tuple(windows) for category, windows in (limits or {}).items()}
        self._lanes: dict[LimitKey, Lane] = {}
        self._budgets: dict[tuple[str, ...], Budget] = {}
        self._learned: dict[
            tuple[str, str, bool], tuple[tuple[Window, ...], tuple[Window, ...]]
        ] = {}
        self._latency = Latency()
        # The event loop's, from the first call on: to ask for the loop each time is a system call.
        self._time: Callable[[], float] = time.monotonic
        # In the order in which they got it; the values are of no use.
        self._on_credit: dict[Lane, None] = {}
        self._unsettled = 0
        self._sweep_at = SWEEP
        self._closed = False

    def admit_at_once(self, key: LimitKey, now: float) -> Admission | None:
        """Let the call go on credit, if there is some; see `Limiter.admit_at_once`."""
        lane = self._lanes.get(key)
        if lane is None:
            return None
        own, universal, latency, marks = lane.own, lane.universal, self._latency, lane.marks
        if marks is None or now >= lane.until or own.credit <= 0 or universal.credit <= 0:
            marks = self._extend(lane, now)
            if marks is None:
                return None
        own.credit -= 1
        universal.credit -= 1
        lane.used_at = now
        latency.flying += 1
        calm = latency.flying <= CALM
        return LocalAdmission(key, now, 0.0, lane, marks, calm, True)  # noqa: FBT003 - the quickest

    async def admit(
        self, key: LimitKey, policy: LimitPolicy, deadline: float | None = None
    ) -> Admission:
        """Wait until the call may be sent; see `Limiter.admit`."""
        if self._closed:
            raise ClientClosed("the limiter is closed")
        self._settle()
        lane = self._lanes.get(key) or self._open(key)
        self._time = asyncio.get_running_loop().time
        now = self._time()
        if deadline is not None and now > deadline:
            raise too_late(key.category)
        if not lane.line:
            free = lane.free(now)
            paces = lane.paces() if free or lane.wait(now) <= 0 else None
            if paces is not None:
                for pace in paces:
                    await pace.take()  # switches no task: there is a place
                return lane.start(key, now) if free else lane.start_scout(key, now, 0.0)
        waiter = Waiter(key, policy, deadline, now)
        objection = waiter.objection(lane.wait(now) or lane.interval(), now)
        if objection is not None:
            raise objection
        lane.line.join(waiter)
        if lane.drainer is None:
            lane.own.waiting.add(lane)
            lane.universal.waiting.add(lane)
            lane.drainer = asyncio.create_task(self._drain(lane))
        return await stand_in_line(lane.line, waiter)

    def observe(
        self,
        admission: Admission,
        rate_limit: RateLimit | None,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> None:
        """Close an admission whose call was sent; see `Limiter.observe`."""
        if not isinstance(admission, LocalAdmission) or admission.lane is None:
            return
        lane = admission.lane
        now = self._time()
        if (
            rate_limit is not None
            and not refused
            and lane.finish_on_credit(admission, now, rate_limit)
        ):
            self._unsettled += 1
            if self._unsettled >= UNSETTLED:
                self._settle()
            return
        self._settle()
        if rate_limit is not None and lane.learn(rate_limit, now):
            key = admission.key
            self._learned[key.app, key.category, key.unlimited] = (
                tuple(meter.window for meter in lane.own.meters),
                tuple(meter.window for meter in lane.universal.meters),
            )
            self._restart(lane)
        lane.finish(admission, now, rate_limit, refused=refused)
        if refused:
            if retry_after is None and rate_limit is not None:
                retry_after = rate_limit.reset
            lane.pause(admission, now, retry_after)

    def snapshot(self) -> list[CategoryLimit]:
        """How all budgets in use stand; see `Limiter.snapshot`."""
        self._settle()
        return [_stand(key, lane, self._tier) for key, lane in self._lanes.items()]

    async def aclose(self) -> None:
        """Turn away the calls that wait; see `Limiter.aclose`."""
        self._settle()
        self._closed = True
        drainers: list[asyncio.Task[None]] = []
        for lane in self._lanes.values():
            lane.line.close()
            if lane.drainer is not None:
                lane.drainer.cancel()
                drainers.append(lane.drainer)
        await asyncio.gather(*drainers, return_exceptions=True)
        self._lanes.clear()
        self._budgets.clear()

    def _extend(self, lane: Lane, now: float) -> list[Mark] | None:
        """Give a lane credit, after settling what it had; None where it gets none."""
        if lane.go_on(now):
            return lane.marks
        # Another lane may have got credit from the same budget, some time ago.
        if lane.marks is not None or lane.own.ended(now) or lane.universal.ended(now):
            self._settle()
        self._on_credit[lane] = None
        return lane.marks if lane.give_credit(now) else None

    def _settle(self) -> None:
        """End all credit, and enter what went and was answered on it into the accounts."""
        if not self._on_credit:
            return
        lanes, self._on_credit, self._unsettled = self._on_credit, {}, 0
        finished: dict[Budget, list[float]] = {}
        for lane in lanes:
            moments = lane.settle()
            for budget in lane.budgets:
                finished.setdefault(budget, []).extend(moments)
                budget.used_at = max(budget.used_at, lane.used_at)
        for budget, moments in finished.items():
            budget.settle(sorted(moments), self._latency.floor)

    async def _drain(self, lane: Lane) -> None:
        """Let the calls in line go, in order, until nobody waits."""
        loop = asyncio.get_running_loop()
        held: list[Pace] = []
        try:
            while lane.line:
                now = loop.time()
                wait = lane.wait(now)
                if wait > 0:
                    lane.line.dismiss(wait, now)
                    if lane.line:
                        await lane.line.rest(wait)
                    continue
                await _take(lane, held)
                now = loop.time()
                head = lane.line.head()
                if head is not None and lane.wait(now) <= 0:
                    lane.line.admit(head, lane.start_scout(head.key, now, now - head.since))
                    held.clear()
        except Exception as error:  # noqa: BLE001 - delivered to those who wait
            lane.line.disperse(error)
        finally:
            for pace in held:
                pace.give_back()
            if lane.drainer is asyncio.current_task():
                lane.drainer = None
                lane.own.waiting.discard(lane)
                lane.universal.waiting.discard(lane)

    def _restart(self, lane: Lane) -> None:
        """Let the figures that were just learned count at once for the calls in line.

        The task of the line may be waiting for a pace that does not apply any more.
        """
        for other in lane.own.waiting | lane.universal.waiting:
            if other.drainer is not None:
                other.drainer.cancel()
                other.drainer = asyncio.create_task(self._drain(other))

    def _open(self, key: LimitKey) -> Lane:
        if len(self._lanes) >= self._sweep_at:
            self._forget_idle()
        own, universal = self._windows(key)
        payer = owner(key, self._tier)
        account = "" if self._tier == "trial" else key.account
        lane = Lane(
            self._budget((key.app, payer, key.category, str(key.unlimited)), own),
            self._budget((key.app, account), universal) if universal else Budget(()),
            self._latency,
            self._settle,
        )
        self._lanes[key] = lane
        return lane

    def _windows(self, key: LimitKey) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
        """The windows of the category, and those of all categories, to begin with."""
        learned = self._learned.get((key.app, key.category, key.unlimited))
        if learned is not None:
            return learned
        if key.unlimited:
            return (), ()
        return starting_windows(key.category, self._tier, self._limits)

    def _budget(self, key: tuple[str, ...], windows: tuple[Window, ...]) -> Budget:
        budget = self._budgets.get(key)
        if budget is None:
            budget = self._budgets[key] = Budget(windows)
        return budget

    def _forget_idle(self) -> None:
        """Forget the accounts of which nothing is known that matters."""
        now = asyncio.get_running_loop().time()
        for key, lane in list(self._lanes.items()):
            if lane.idle(now):
                del self._lanes[key]
        in_use = {id(budget) for lane in self._lanes.values() for budget in lane.budgets}
        for name, budget in list(self._budgets.items()):
            if id(budget) not in in_use and all(meter.idle(now) for meter in budget.meters):
                del self._budgets[name]
        self._sweep_at = max(SWEEP, 2 * len(self._lanes))


def starting_windows(
    category: str, tier: Tier, given: Mapping[str, tuple[Window, ...]]
) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
    """The windows of a category, and those of all categories, as given or from the table."""
    windows = given.get(category)
    if windows is None:
        return (starting_window(category, tier),), (universal_window(tier),)
    return (
        tuple(window for window in windows if window.name != "universal"),
        tuple(window for window in windows if window.name == "universal"),
    )


async def _take(lane: Lane, held: list[Pace]) -> None:
    """Take a place from each pace that applies and is not held yet."""
    for meter in lane.meters:
        pace = meter.pace
        if pace is not None and not meter.confirmed and pace not in held:
            await pace.take()
            held.append(pace)


def _stand(key: LimitKey, lane: Lane, tier: Tier) -> CategoryLimit:
    now = asyncio.get_running_loop().time()
    meters = lane.meters
    tightest = min(meters, key=lambda meter: meter.room(now), default=None)
    wait = lane.wait(now)
    return CategoryLimit(
        account=owner(key, tier),
        category=key.category,
        windows=tuple(meter.window for meter in meters),
        used=tightest.used(now) if tightest else 0,
        remaining=max(tightest.room(now), 0) if tightest else None,
        resets_at=datetime.now(UTC) + timedelta(seconds=wait) if wait > 0 else None,
        waiting=len(lane.line),
    )
