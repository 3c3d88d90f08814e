"""What the sending of conversion events says of itself."""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

import msgspec

EventState: TypeAlias = Literal[
    "processed", "done_before", "duplicate", "refused", "failed", "unknown", "not_sent"
]
"""What became of an event.

- `processed`: Pinterest has taken it.
- `done_before`: the journal says that an earlier run has sent it, and Pinterest has taken it.
- `duplicate`: one of the same name and id stood before it; that one was sent.
- `refused`: it was surely not taken; `reason` says why, and nothing but a change will help.
- `failed`: it was surely not taken, for a reason that may pass; the next run sends it again.
- `unknown`: it may have been taken. Unless it is an offline one, the next run may send it again:
  within 48 hours Pinterest counts the same name and id once.
- `not_sent`: nothing was sent: the run stopped before.
"""


class EventVerdict(msgspec.Struct, frozen=True, gc=False):
    """What became of one event. Nothing personal stands in it, unless the key is."""

    line: int
    """Where it begins in the file, counted from 1; for others, which of them it is."""
    key: str
    """The caller's word for it: its `key`, else its `event_id`; empty where it has neither."""
    state: EventState
    """What became of it."""
    reason: str | None = None
    """Why it did not go well, in one line."""
    warning: str | None = None
    """What would be better, though the event went well."""


class EventsReport(msgspec.Struct, kw_only=True):
    """The figures of a run; they grow while it goes on."""

    total: int = 0
    """Events that were read."""
    processed: int = 0
    """Those that Pinterest has taken."""
    done_before: int = 0
    """Those that an earlier run with this journal has sent."""
    duplicate: int = 0
    """Those of the name and id of another."""
    refused: int = 0
    """Those that are wrong."""
    failed: int = 0
    """Those that failed for a reason that may pass, as often as they were sent."""
    unknown: int = 0
    """Those that may have been taken, or not."""
    not_sent: int = 0
    """Those that nothing was sent for, as the run stopped."""
    warned: int = 0
    """Those among the processed ones that have a warning."""
    calls: int = 0
    """Calls that were made."""
    sent_again: int = 0
    """Events that were sent once more: the response was lost, or they had failed in passing."""
    test: bool = False
    """Whether it was a test, of which nothing counts."""
    stopped: str | None = None
    """Why the run stopped before the end of the events; None when it did not."""
    retry_at: dt.datetime | None = None
    """When to go on after it stopped, with its zone (UTC)."""
    retry_after: float | None = None
    """The same in seconds from the end of the run."""
    seconds: float = 0.0
    """How long it took."""
    verdicts: list[EventVerdict] = msgspec.field(default_factory=list[EventVerdict])
    """One for each event, in their order, where the run was awaited; else there are none."""

    @property
    def complete(self) -> bool:
        """Whether all events were read, and every one is with Pinterest."""
        return self.stopped is None and (
            self.processed + self.done_before + self.duplicate == self.total
        )

    def count(self, verdicts: list[EventVerdict]) -> None:
        """Add verdicts to the figures."""
        self.total += len(verdicts)
        counted: dict[EventState, int] = {}
        for verdict in verdicts:
            counted[verdict.state] = counted.get(verdict.state, 0) + 1
            self.warned += verdict.warning is not None
        for state, number in counted.items():
            setattr(self, state, getattr(self, state) + number)
