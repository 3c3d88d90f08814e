"""What a run over a catalog says of itself, and of each item."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from pinterest_async.errors import PinterestError
from pinterest_async.jobs.pins.rows import BadRow

ItemOutcome: TypeAlias = Literal["accepted", "refused", "unknown"]
"""What became of an item.

- `accepted`: Pinterest says so, or it was looked for and is as it was sent.
- `refused`: Pinterest says what is wrong with it, and has left the catalog as it was.
- `unknown`: Pinterest has not said; the next run sends it again.
"""

ItemOperation: TypeAlias = Literal["CREATE", "UPDATE", "UPSERT", "DELETE"]


class ItemVerdict(msgspec.Struct, kw_only=True, frozen=True):
    """What became of one item that was sent."""

    item_id: str
    """The merchant's id of it."""
    operation: ItemOperation
    """What was to be done with it."""
    outcome: ItemOutcome
    """What came of that."""
    errors: list[str] = []
    """Why it was refused, or is not known, a sentence each."""
    warnings: list[str] = []
    """What Pinterest took it in spite of; no failure."""


class CatalogWarning(msgspec.Struct, kw_only=True):
    """A warning that Pinterest has given of one item or of many."""

    warning: str
    """What it says."""
    items: int
    """How many items it is about."""
    examples: list[str]
    """The first of their ids."""


class CatalogSync(msgspec.Struct, kw_only=True):
    """The figures of a run; they grow while it goes on."""

    rows: int = 0
    """Rows, the bad ones included."""
    unchanged: int = 0
    """Rows whose items are as they should be already; nothing was sent for them."""
    planned: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """How many items were to be sent, by operation."""
    created: int = 0
    """Items that were put into the catalog, by CREATE or UPSERT, those of resumed batches too."""
    updated: int = 0
    """Items that were changed."""
    deleted: int = 0
    """Items that were removed."""
    refused: int = 0
    """Items that Pinterest refused."""
    unknown: int = 0
    """Items that Pinterest has said nothing of; the next run sends them again."""
    warned: int = 0
    """Items with warnings; they count as accepted, or as refused, as well."""
    gone: int = 0
    """Items that an earlier run has sent and that no row describes any more. With `delete_missing`
    they were to be deleted."""
    batches: int = 0
    """Batches that were sent."""
    resumed: int = 0
    """Batches of an interrupted run that were brought to their end."""
    skipped: int = 0
    """Items in batches that Pinterest skipped, as it had the same a moment before. They were looked
    for: what is there as it was sent counts as accepted, the rest as unknown."""
    left_to_feed: list[str] = msgspec.field(default_factory=list[str])
    """Attributes that rows would change and that beside a feed only the feed can."""
    passed_over: list[str] = msgspec.field(default_factory=list[str])
    """Columns that Pinterest has nothing for, such as `identifier_exists`."""
    bad: list[BadRow] = msgspec.field(default_factory=list[BadRow])
    """Rows that were left out (`skip_bad`)."""
    failures: list[ItemVerdict] = msgspec.field(default_factory=list[ItemVerdict])
    """The verdicts of items that were refused or are not known."""
    warnings: list[CatalogWarning] = msgspec.field(default_factory=list[CatalogWarning])
    """What Pinterest has warned of, each once, the most frequent first."""
    files: list[str] = msgspec.field(default_factory=list[str])
    """The file of all verdicts, where one was asked for."""
    dry_run: bool = False
    """Whether nothing was to be sent."""
    seconds: float = 0.0
    """How long it took."""

    @property
    def complete(self) -> bool:
        """Whether the catalog is as the rows say, as far as Pinterest tells."""
        return not (self.bad or self.failures)


class TooManyDeletions(PinterestError, ValueError):
    """More items would be deleted than may be without a word. Nothing was sent."""

    def __init__(self, message: str, *, gone: int = 0, known: int = 0) -> None:
        super().__init__(message)
        self.gone = gone
        """How many items no row describes any more."""
        self.known = known
        """How many there were after the run before."""
