"""What a limiter leaves in a file for the process that comes after it.

The file holds, for each budget, its windows, the calls that still count, and the pause, all in Unix
time. It is for processes that take turns: each reads it when it first needs a budget and writes it
while it works and at its end. Writing replaces the file as a whole, so that a reader never sees
half of it; what other processes have left there about other budgets is kept.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async.limits.headers import Window
from pinterest_async.limits.window import WindowState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.limits.budget import Budget

logger: logging.Logger = logging.getLogger(__name__)

EVERY: Final = 1.0
"""Seconds between two times that the file is written while calls are made."""


class _Kept(msgspec.Struct, array_like=True):
    window: Window
    confirmed: bool
    calls: list[tuple[float, int]]
    """When they ended, and how many."""
    reset_at: float | None


class _Budget(msgspec.Struct):
    windows: list[_Kept]
    paused_until: float
    refusals: int

    def until(self) -> float:
        """How long it matters."""
        ends = [
            moment + kept.window.seconds for kept in self.windows for moment, _ in kept.calls[-1:]
        ]
        return max([self.paused_until, *ends])


class StateFile:
    """The file. What cannot be read or written is left alone, with a line in the log.

    Args:
        path: Where it is.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._saved_at = float("-inf")

    def restore(self, key: tuple[str, ...], budget: Budget, now: float) -> None:
        """Go on from where another process has left a budget."""
        kept = self._read().get("\n".join(key))
        shift = now - time.time()
        if kept is None:
            return
        states: list[WindowState] = []
        for one in kept.windows:
            state = WindowState(one.window)
            state.confirmed = one.confirmed
            for moment, calls in one.calls:
                at = min(moment + shift, now)
                if at + one.window.seconds > now:
                    state.log.add(at, calls)
            if one.reset_at is not None:
                state.word.reset_at = one.reset_at + shift
            states.append(state)
        budget.windows = tuple(states)
        budget.paused_until = kept.paused_until + shift
        budget.refusals = kept.refusals
        budget.cautious = kept.refusals > 0

    def save_soon(self, budgets: Mapping[tuple[str, ...], Budget], now: float) -> None:
        """Write the file unless that was done just now."""
        if now >= self._saved_at + EVERY:
            self.save(budgets, now)

    def save(self, budgets: Mapping[tuple[str, ...], Budget], now: float) -> None:
        """Write what a later process has to know. Calls in flight count as ended now."""
        self._saved_at = now
        shift = time.time() - now
        found = {key: kept for key, kept in self._read().items() if kept.until() > time.time()}
        for key, budget in budgets.items():
            found["\n".join(key)] = _Budget(
                [_keep(state, budget.in_flight, now, shift) for state in budget.windows],
                max(budget.paused_until, now - 1) + shift,
                budget.refusals,
            )
        try:
            self._write(msgspec.json.encode(found))
        except OSError as error:
            logger.warning("the limits cannot be kept in %s: %s", self._path, error.strerror)

    def _read(self) -> dict[str, _Budget]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, _Budget])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            logger.warning("the limits in %s cannot be read: %s", self._path, error)
            return {}

    def _write(self, text: bytes) -> None:
        # Most limiters keep nothing, and every client has one.
        from pinterest_async._files import replace

        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text)
            replace(Path(name), self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise


def _keep(state: WindowState, in_flight: int, now: float, shift: float) -> _Kept:
    state.expire(now)
    calls = [(moment + shift, calls) for moment, calls in state.log.entries]
    if in_flight:
        calls.append((now + shift, in_flight))
    reset = None if state.word.void else state.word.reset_at
    return _Kept(state.window, state.confirmed, calls, None if reset is None else reset + shift)
