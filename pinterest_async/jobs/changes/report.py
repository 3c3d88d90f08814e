"""What a run of changes says of itself: what each row would do, has done, or why it has not."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

import msgspec

from pinterest_async.jobs.changes.kinds import AdKind

AdChangeState: TypeAlias = Literal[
    "planned", "created", "updated", "found", "unchanged", "done_before", "bad", "refused",
    "unknown", "not_tried",
]  # fmt: skip
"""What became of a row.

- `planned`: a dry run would have sent it.
- `created`, `updated`: Pinterest has said so.
- `found`: the response was lost, and what it should have made is there.
- `unchanged`: all that the row says is so already, and nothing was sent.
- `done_before`: the journal says that an earlier run has done it.
- `bad`: it cannot be sent as it is; `error` says why.
- `refused`: Pinterest did not take it; `error` and `code` say why.
- `unknown`: it may have happened; the next run with the same journal looks before it sends.
- `not_tried`: what it is in is not there, or the run stopped before its turn.
"""


class AdMoney(msgspec.Struct, frozen=True, kw_only=True):
    """An amount that a row sets, in both units."""

    member: str
    """The member that holds it, for example `daily_spend_cap`."""
    micro: int | None
    """Millionths of the currency, which is what is sent; None where it is cleared."""
    amount: Decimal | None
    """The same in units of the currency."""
    micro_before: int | None = None
    """What it is now, where that is known."""
    amount_before: Decimal | None = None
    """The same in units of the currency."""
    currency: str | None = None
    """The ad account's, for example `EUR`."""


class AdChange(msgspec.Struct, frozen=True, kw_only=True):
    """One row: what it says, and what became of it."""

    line: int
    """Where it begins in the file, counted from 1; of what is no file, which of them it is."""
    key: str
    """What the journal knows it by."""
    kind: AdKind | None = None
    """What it is about; None where the row does not say so."""
    action: Literal["create", "update"] = "create"
    """Whether it makes something, or changes what is there."""
    state: AdChangeState
    """What became of it."""
    id: str | None = None
    """What it changes, or has made."""
    name: str | None = None
    """What people know it by, where the row or Pinterest says so."""
    parent_id: str | None = None
    """What it is in, where that is there already."""
    says: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    """What is sent, by Pinterest's names."""
    before: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    """What is there now of that, where it is known; empty for new things."""
    money: list[AdMoney] = msgspec.field(default_factory=list[AdMoney])
    """The amounts among it."""
    spends: bool = False
    """Whether ads may run after it, or cost more: it makes something active, or raises an amount
    of what is not known to be paused."""
    irreversible: list[str] = msgspec.field(default_factory=list[str])
    """What of it cannot be undone, each in one sentence."""
    notes: list[str] = msgspec.field(default_factory=list[str])
    """What somebody should know before it is sent."""
    error: str | None = None
    """Why it is bad, refused, unknown or not tried."""
    code: int | None = None
    """Pinterest's code of a refusal."""


class AdChangesProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is; handed to the `progress` callback after every call."""

    total: int
    """Rows."""
    done: int
    """Rows that are done, those of earlier runs included."""
    failed: int
    """Rows that are bad, refused, unknown, or cannot be tried."""


class AdChangesReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, and what was not; of a dry run, what would be."""

    ad_account_id: str
    """The ad account."""
    currency: str | None
    """Its currency, which all amounts are in."""
    dry_run: bool
    """Whether nothing was sent."""
    complete: bool
    """Whether every row is done; of a dry run, whether every row could be sent."""
    total: int
    """Rows."""
    counts: dict[AdChangeState, int]
    """How many rows became what; states of no row are left out."""
    calls: int
    """Calls that change something."""
    stopped: str | None = None
    """Why the run stopped before its end; None when it did not."""
    retry_at: datetime | None = None
    """When to go on after it stopped, with its zone (UTC): run it again with the same journal."""
    retry_after: float | None = None
    """The same in seconds from the end of the run."""
    changes: list[AdChange]
    """One for each row, in their order."""

    @property
    def failures(self) -> list[AdChange]:
        """The rows that are bad, refused, unknown or not tried."""
        return [one for one in self.changes if one.state in FAILED]


FAILED: Final[frozenset[AdChangeState]] = frozenset({"bad", "refused", "unknown", "not_tried"})
"""States of rows that are not done."""
DONE: Final[frozenset[AdChangeState]] = frozenset(
    {"created", "updated", "found", "unchanged", "done_before"}
)
"""States of rows that are."""
