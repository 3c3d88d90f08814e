"""What the creation of many Pins says of itself: while it runs, and at its end."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from pinterest_async.jobs.pins.rows import BadRow

PinState: TypeAlias = Literal["created", "found", "done_before", "refused", "unknown", "not_tried"]
"""What became of a row.

- `created`: Pinterest responded with the new Pin.
- `found`: the response was lost, and the Pin is on the board.
- `done_before`: the journal says that an earlier run has made it.
- `refused`: it surely was not made; `error` says why.
- `unknown`: it may have been made; the next run with the same journal looks before it tries again.
- `not_tried`: nothing was sent: the run stopped before its turn, or `error` says what its board or
  section could not be made for.
"""


class PinResult(msgspec.Struct, kw_only=True):
    """What became of one row."""

    line: int
    """Where it begins in the file, counted from 1; for mappings, which of them it is."""
    key: str
    """What the journal knows it by."""
    state: PinState = "not_tried"
    """What became of it."""
    pin_id: str | None = None
    """The Pin, where there is one."""
    board_id: str | None = None
    """Its board."""
    error: str | None = None
    """Why there is none, in one sentence."""
    sent_along: bool = False
    """Whether Pinterest could not fetch its picture, and it was sent along (`send_pictures`)."""


class PinsProgress(msgspec.Struct, kw_only=True, frozen=True):
    """How far the creation is; handed to the `progress` callback after every row."""

    total: int
    """Good rows."""
    done: int
    """Rows whose Pin exists, those of earlier runs included."""
    failed: int
    """Rows that were refused, or whose outcome is not known."""


class PinsReport(msgspec.Struct, kw_only=True):
    """What was done, and what was not."""

    complete: bool
    """Whether every row has become a Pin, now or in an earlier run."""
    total: int
    """Rows, the bad ones included."""
    created: int = 0
    """Pins that this run has made, those included that it found after a lost response."""
    found: int = 0
    """Those among them whose response was lost."""
    done_before: int = 0
    """Rows whose Pin an earlier run has made."""
    refused: int = 0
    """Rows that Pinterest refused."""
    unknown: int = 0
    """Rows that may have become a Pin; a further run with the same journal finds out."""
    not_tried: int = 0
    """Rows that nothing was sent for."""
    made_places: list[str]
    """The names of the boards and sections that were made."""
    stopped: str | None = None
    """Why the run stopped before its end; None when it did not."""
    retry_at: datetime | None = None
    """When to go on after it stopped, with its zone (UTC): run it again with the same journal."""
    retry_after: float | None = None
    """The same in seconds from the end of the run."""
    bad: list[BadRow]
    """Rows that were left out (`skip_bad`)."""
    results: list[PinResult]
    """One row for each good row, in their order."""
