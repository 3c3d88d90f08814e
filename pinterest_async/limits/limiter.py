"""The limiter of one process: uses the whole allowance of every window, and is not refused.

How it works, from the outside in.

**Budgets.** Pinterest counts calls by app, account and category; some categories by ad account
instead; Trial apps as a whole. Besides the windows of the category there is one for all categories
together. All must have room before a call may go. Calls of other categories and accounts have other
budgets (`budget.py`) and other queues, and are never delayed.

**The figures** begin as `defaults.py` has them or as the user gives them, and are replaced as soon
as a response lists the real ones. What one account has learned, the next of the app begins with.

**The window** (`window.py`) says what may go: the log decides, Pinterest's word adds within a
ceiling, others' spending subtracts.

**The pace.** While anything about a window of up to a minute is uncertain, a token bucket
(`pacer.py`) lets its calls go evenly at 96 % of the rate, under the log. It delays and never
raises: a call that may not wait for it goes without. Longer windows are budgets, spent freely.

**The queue.** A call that finds room and nobody in front goes at once, without a switch of tasks.
Otherwise it waits in line, and one task, the dispatcher, admits the calls in order. A call whose
next place is further away than its `max_wait` raises at once; calls in front do not count.

**Refusals.** A 429 over the quota pauses the category until the moment that Pinterest names, and a
little longer by chance. Then one call goes ahead as a probe, and when it was not refused the others
follow. Refusals in a row make the pauses longer. A 429 that says that calls are left is the affair
of that call alone, unless several come in a row, or it went on Pinterest's word.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async.config import check_tier
from pinterest_async.errors import ClientClosed
from pinterest_async.limits.budget import Budget, Delay, described_window, stand
from pinterest_async.limits.defaults import owner, starting_windows, told_windows
from pinterest_async.limits.headers import Window
from pinterest_async.limits.policy import Admission, CategoryLimit, Limiter, checked_windows
from pinterest_async.limits.queue import Queue, Waiter, too_late, wait_in
from pinterest_async.limits.state import StateFile
from pinterest_async.limits.window import ROUNDED, WindowState

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from pinterest_async.config import Tier
    from pinterest_async.limits.headers import RateLimit
    from pinterest_async.limits.pacer import Pacer
    from pinterest_async.limits.policy import LimitKey, LimitPolicy

SWEEP: Final = 256
"""Gates before the idle ones are looked for and forgotten."""


class LocalAdmission(Admission, eq=False):
    """An admission, and where it was given."""

    gate: Gate | None
    """None once it is closed."""
    own_probe: bool = False
    """Whether it goes ahead to try out the windows of its category."""
    universal_probe: bool = False
    """The same for the window of all categories."""

    def release(self) -> None:
        """Give the place back; see `Admission.release`."""
        gate, self.gate = self.gate, None
        if gate is not None:
            gate.own.leave(probe=self.own_probe)
            gate.universal.leave(probe=self.universal_probe)
            for pacer in gate.pacers():
                pacer.give_back()
            gate.wake()


class Gate(msgspec.Struct, eq=False):
    """The windows, the queue and the dispatcher of one key."""

    own: Budget
    """The windows of the category."""
    universal: Budget
    """The windows that all categories share."""
    queue: Queue = msgspec.field(default_factory=Queue)
    dispatcher: asyncio.Task[None] | None = None
    listed: tuple[Window, ...] = ()
    """The windows that the last response listed."""
    described: WindowState | None = None
    """The window that it spoke of, where there is no doubt about its reset."""

    @property
    def states(self) -> tuple[WindowState, ...]:
        """All windows that bind here."""
        return self.own.windows + self.universal.windows

    def delay(self, now: float) -> Delay | None:
        """What the next call has to wait for, the pace apart; None for nothing."""
        own, universal = self.own.delay(now), self.universal.delay(now)
        if own is None or (universal is not None and universal.seconds > own.seconds):
            return universal
        return own

    def pacers(self) -> list[Pacer]:
        """The paces that apply."""
        return [
            state.pacer for state in self.states if state.pacer is not None and not state.confirmed
        ]

    def admit(self, key: LimitKey, now: float) -> LocalAdmission:
        """Let one call go where there is no `delay`."""
        admission = LocalAdmission(key, now, 0.0, self)
        admission.own_probe = self.own.admit(now)
        admission.universal_probe = self.universal.admit(now)
        return admission

    def learn(self, told: RateLimit, now: float) -> bool:
        """Take over the windows that a response lists. Says whether that changed anything."""
        if told.windows and told.windows is self.listed:
            return False
        self.listed, self.described = told.windows, None
        windows = told_windows(
            told,
            tuple([state.window for state in self.own.windows]),
            tuple([state.window for state in self.universal.windows]),
        )
        if windows is None:
            return False
        own, universal = windows
        changed = self.own.adopt(own, now, guessed=not told.windows)
        if universal:
            changed = self.universal.adopt(universal, now) or changed
        elif self.universal.windows:
            self.universal.listeners.discard(self.queue.wake)
            in_flight, self.universal = self.universal.in_flight, Budget()
            self.universal.in_flight = in_flight
            changed = True
        return changed

    def observe_at_once(self, admission: LocalAdmission, now: float, told: RateLimit) -> bool:
        """Enter a response that holds no surprise; say whether it holds none."""
        own, universal, described = self.own, self.universal, self.described
        remaining, reset = told.remaining, told.reset
        if (
            not (own.quick and universal.quick)
            or described is None
            or described.window.limit != told.limit
            or told.windows is not self.listed
            or remaining is None
            or reset is None
        ):
            return False
        log, word = described.log, described.word
        admitted = admission.admitted_at
        reset_at = word.reset_at
        if (
            not word.spans
            or reset_at is None
            or word.void
            or word.owed
            or admitted >= reset_at
            or not reset_at <= now + reset <= reset_at + ROUNDED
            or described.window.limit - remaining > log.total + own.in_flight
        ):
            return False
        own.in_flight -= 1
        universal.in_flight -= 1
        for budget in (own, universal):
            for state in budget.windows:
                state.log.add(now, 1)
                if state is described:
                    word.note(admitted, now, remaining)
                else:
                    state.word.miss(now)
        own.denied = own.refusals = 0
        return True

    def observe(
        self,
        admission: LocalAdmission,
        now: float,
        told: RateLimit | None,
        retry_after: float | None,
        *,
        refused: bool,
    ) -> None:
        """Enter a response into the logs, and draw the consequences."""
        admitted = admission.admitted_at
        described, reset = described_window(told, self.states)
        self.own.end(now, admitted, probe=admission.own_probe, refused=refused)
        self.universal.end(now, admitted, probe=admission.universal_probe, refused=False)
        self.own.hear(told, described, reset, admitted, now)
        self.universal.hear(told, described, reset, admitted, now)
        if described is not None and described in self.own.windows and told is not None:
            self.described = described if reset is not None or told.reset is None else None
        if refused:
            self.own.refuse(
                described,
                told.remaining if told is not None else None,
                admitted,
                now,
                retry_after,
                random.uniform(0.0, 1.0),  # noqa: S311 - not a secret
                probe=admission.own_probe or admission.universal_probe,
            )
            delay = self.delay(now)
            if self.queue and delay is not None:
                self.queue.reject_impatient(delay, now)
        self.wake()

    def idle(self, now: float) -> bool:
        """Whether nothing would be lost with this gate."""
        own = self.own
        return (
            not self.queue
            and self.dispatcher is None
            and own.in_flight == 0
            and own.paused_until <= now
            and not own.cautious
            and all(state.idle(now) for state in own.windows)
        )

    def wake(self) -> None:
        """Wake those whose calls may go now."""
        if self.own.listeners:
            self.own.wake()
        if self.universal.listeners:
            self.universal.wake()


class LocalLimits(Limiter):
    """Keeps the limits of all accounts that one process acts for.

    Args:
        tier: The app's access tier, `standard` or `trial`.
        limits: Windows to begin with instead of the table's, by category. They replace all windows
            of that category; one that is named `universal` is shared between categories.
        state: A file to go on from, and to leave what was spent and learned in: for programs that
            run one after the other. It holds no secret. Without it nothing outlives the process.

    Raises:
        ConfigurationError: the tier is unknown, or a window can hold no call.
    """

    def __init__(
        self,
        *,
        tier: Tier = "standard",
        limits: Mapping[str, Sequence[Window]] | None = None,
        state: str | os.PathLike[str] | None = None,
    ) -> None:
        check_tier(tier)
        self._tier: Tier = tier
        self._limits = checked_windows(limits)
        self._gates: dict[LimitKey, Gate] = {}
        self._budgets: dict[tuple[str, ...], Budget] = {}
        self._learned: dict[
            tuple[str, str, bool], tuple[tuple[Window, ...], tuple[Window, ...]]
        ] = {}
        self._state = None if state is None else StateFile(state)
        # The event loop's, from the first call on: to ask for the loop each time is a system call.
        self._time: Callable[[], float] = time.monotonic
        self._sweep_at = SWEEP
        self._closed = False

    def admit_at_once(self, key: LimitKey, now: float) -> Admission | None:
        """Let the call go if nothing but the logs decides; see `Limiter.admit_at_once`."""
        gate = self._gates.get(key)
        if gate is None or gate.dispatcher is not None:
            return None
        own, universal = gate.own, gate.universal
        if not (own.quick and universal.quick):
            return None
        for budget in (own, universal):
            in_flight = budget.in_flight
            for state in budget.windows:
                log = state.log
                if log.entries and log.entries[0][0] + log.seconds <= now:
                    state.expire(now)
                if log.total + in_flight >= state.window.limit:
                    return None
        own.in_flight += 1
        universal.in_flight += 1
        return LocalAdmission(key, now, 0.0, gate)

    async def admit(
        self, key: LimitKey, policy: LimitPolicy, deadline: float | None = None
    ) -> Admission:
        """Wait until the call may be sent; see `Limiter.admit`."""
        if self._closed:
            raise ClientClosed("the limiter is closed")
        self._time = asyncio.get_running_loop().time
        now = self._time()
        gate = self.gate(key)
        if deadline is not None and now > deadline:
            raise too_late(key.category)
        waiter = Waiter(key, policy, deadline, now)
        delay = gate.delay(now)
        if not gate.queue and delay is None:
            pacers = _binding(gate, waiter)
            if all(pacer.ready() for pacer in pacers):
                for pacer in pacers:
                    await pacer.take()  # switches no task: there is a place
                gate.own.look(now)
                gate.universal.look(now)
                return gate.admit(key, now)
        _check_patience(gate, waiter, delay, now)
        gate.queue.join(waiter)
        if gate.dispatcher is None:
            gate.own.listeners.add(gate.queue.wake)
            gate.universal.listeners.add(gate.queue.wake)
            gate.dispatcher = asyncio.create_task(self._dispatch(gate))
        return await wait_in(gate.queue, waiter)

    def observe(
        self,
        admission: Admission,
        rate_limit: RateLimit | None,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> None:
        """Close an admission whose call was sent; see `Limiter.observe`."""
        if not isinstance(admission, LocalAdmission) or admission.gate is None:
            return
        gate, admission.gate = admission.gate, None
        now = self._time()
        if (
            rate_limit is not None
            and not refused
            and self._state is None
            and gate.observe_at_once(admission, now, rate_limit)
        ):
            return
        if rate_limit is not None and gate.learn(rate_limit, now):
            key = admission.key
            self._learned[key.app, key.category, key.unlimited] = (
                tuple(state.window for state in gate.own.windows),
                tuple(state.window for state in gate.universal.windows),
            )
            self._restart(gate)
        if refused and retry_after is None and rate_limit is not None:
            retry_after = rate_limit.reset
        gate.observe(admission, now, rate_limit, retry_after, refused=refused)
        if self._state is not None:
            self._state.save_soon(self._budgets, now)

    def snapshot(self) -> list[CategoryLimit]:
        """How all budgets in use stand; see `Limiter.snapshot`."""
        now = asyncio.get_running_loop().time()
        return [
            stand(
                key,
                self._tier,
                gate.own.show(now) + gate.universal.show(now),
                gate.delay(now),
                len(gate.queue),
            )
            for key, gate in self._gates.items()
        ]

    async def aclose(self) -> None:
        """Turn away the calls that wait; see `Limiter.aclose`."""
        self._closed = True
        dispatchers: list[asyncio.Task[None]] = []
        for gate in self._gates.values():
            gate.queue.close()
            if gate.dispatcher is not None:
                gate.dispatcher.cancel()
                dispatchers.append(gate.dispatcher)
        await asyncio.gather(*dispatchers, return_exceptions=True)
        if self._state is not None and self._budgets:
            self._state.save(self._budgets, self._time())
        self._gates.clear()
        self._budgets.clear()

    async def _dispatch(self, gate: Gate) -> None:
        """Let the calls in the queue go, in order, until nobody waits."""
        held: list[Pacer] = []
        try:
            await asyncio.sleep(0)  # an eager task would end before anybody knows of it
            while gate.queue:
                now = self._time()
                delay = gate.delay(now)
                head = gate.queue.head(now)
                if delay is not None:
                    await gate.queue.wait(delay)
                elif head is not None:
                    await _take(gate, head, held)
                    now = self._time()
                    head = gate.queue.head(now)
                    if head is not None and gate.delay(now) is None:
                        gate.queue.admit(head, gate.admit(head.key, now))
                        held.clear()
        except Exception as error:  # noqa: BLE001 - delivered to those who wait
            gate.queue.fail(error)
        finally:
            for pacer in held:
                pacer.give_back()
            if gate.dispatcher is asyncio.current_task():
                gate.dispatcher = None
                gate.own.listeners.discard(gate.queue.wake)
                gate.universal.listeners.discard(gate.queue.wake)

    def _restart(self, gate: Gate) -> None:
        """Let the figures that were just learned count at once for the calls that wait.

        A dispatcher may be waiting for a pace that does not apply any more.
        """
        for other in self._gates.values():
            if other.dispatcher is not None and (
                other.own is gate.own or other.universal is gate.universal
            ):
                other.dispatcher.cancel()
                other.dispatcher = asyncio.create_task(self._dispatch(other))
                other.universal.listeners.add(other.queue.wake)

    def gate(self, key: LimitKey) -> Gate:
        """The gate of a key, made where there is none yet."""
        gate = self._gates.get(key)
        if gate is not None:
            return gate
        if len(self._gates) >= self._sweep_at:
            self._forget_idle()
        own, universal = self._windows(key)
        payer = owner(key, self._tier)
        account = "" if self._tier == "trial" else key.account
        gate = Gate(
            self._budget((key.app, payer, key.category, str(key.unlimited)), own),
            self._budget((key.app, account), universal) if universal else Budget(),
        )
        self._gates[key] = gate
        return gate

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
            budget = self._budgets[key] = Budget.of(windows)
            if self._state is not None:
                self._state.restore(key, budget, self._time())
        return budget

    def _forget_idle(self) -> None:
        """Forget the accounts of which nothing is known that matters."""
        now = self._time()
        for key, gate in list(self._gates.items()):
            if gate.idle(now):
                del self._gates[key]
        in_use = {
            id(budget) for gate in self._gates.values() for budget in (gate.own, gate.universal)
        }
        for name, budget in list(self._budgets.items()):
            if id(budget) not in in_use and all(state.idle(now) for state in budget.windows):
                del self._budgets[name]
        self._sweep_at = max(SWEEP, 2 * len(self._gates))


def _binding(gate: Gate, waiter: Waiter) -> list[Pacer]:
    """The paces that a call waits for: a pace delays, and never makes a call too late."""
    return [pacer for pacer in gate.pacers() if pacer.interval <= waiter.patience]


def _check_patience(gate: Gate, waiter: Waiter, delay: Delay | None, now: float) -> None:
    """Raise where a call rather gives up than wait."""
    if delay is None and gate.queue and waiter.patience <= 0:
        delay = Delay(max([pacer.interval for pacer in gate.pacers()], default=0.1), "queue")
    objection = None if delay is None else waiter.objection(delay, now)
    if objection is not None:
        raise objection


async def _take(gate: Gate, head: Waiter, held: list[Pacer]) -> None:
    """Take a place from each pace that applies and is not held yet."""
    for pacer in _binding(gate, head):
        if pacer not in held:
            if not pacer.ready() and head.reason == "queue":
                head.reason = "pace"
            await pacer.take()
            held.append(pacer)
