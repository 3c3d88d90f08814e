"""Work that takes its time: what is under way, when it is done, and how far it is.

How far a job is depends on nothing but the emulator's clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinterest_async.emulator.state.files import File

State: TypeAlias = Literal["running", "finished", "failed", "expired", "cancelled", "unknown"]
Ending: TypeAlias = Literal["failed", "expired", "cancelled", "unknown"]
"""How a job can go wrong; nothing is known of an `unknown` one until it was looked for once."""

_Due: TypeAlias = "tuple[float, int, Callable[[], None]]"


@dataclass
class Job:
    """One job."""

    name: str
    operation_id: str
    """The operation that started it."""
    ad_account_id: str
    """The ad account or catalog it is about."""
    asked: dict[str, Any]
    """The body that started it."""
    started: float
    ending: Ending | None = None
    """How it goes wrong; None where it does not."""
    template_id: str = ""
    """The template of a report that has one."""
    looked_for: bool = False
    """Whether it has been looked for before."""
    file: File | None = None
    """What it has made, once it was asked for."""
    outcome: dict[str, Any] | None = None
    """What a bulk write has done, once it has."""


@dataclass
class Jobs:
    """All jobs of one host.

    Args:
        seconds: how long each takes.
    """

    seconds: float = 1.0
    started: dict[str, Job] = field(default_factory=dict[str, Job])
    to_fail: dict[str, list[Ending]] = field(default_factory=dict[str, "list[Ending]"])
    """How the next ones, by the operation that starts them, go wrong."""
    _due: list[_Due] = field(default_factory=list["_Due"])
    """A heap; the number in the middle keeps in order what is due at the same time."""
    _numbers: Iterator[int] = field(default_factory=count)

    def after(self, started: float, done: Callable[[], None]) -> None:
        """Have something done when the work that was started then is over."""
        self.at(started + self.seconds, done)

    def at(self, moment: float, done: Callable[[], None]) -> None:
        """Have something done at a moment."""
        heappush(self._due, (moment, next(self._numbers), done))

    def settle(self, now: float) -> None:
        """Do what is due, and what that makes due, in the order of its time."""
        while self._due and self._due[0][0] <= now:
            heappop(self._due)[2]()

    def fails_next(self, operation_id: str) -> bool:
        """Whether what this operation starts is to fail; asked once for each."""
        return self.next_ending(operation_id) is not None

    def next_ending(self, operation_id: str) -> Ending | None:
        """How what this operation starts is to go wrong; asked once for each."""
        planned = self.to_fail.get(operation_id)
        return planned.pop(0) if planned else None

    def state(self, started: float, now: float, *, fails: bool, life: float = inf) -> State:
        """How far something is that was started then."""
        done = started + self.seconds
        if now < done:
            return "running"
        if fails:
            return "failed"
        return "expired" if now >= done + life else "finished"
