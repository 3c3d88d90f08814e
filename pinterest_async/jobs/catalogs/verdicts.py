"""Verdicts on items: made of Pinterest's records, counted, and written to a file."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pinterest_async.jobs._tables import TableColumn, format_of, open_table
from pinterest_async.jobs._threads import in_thread
from pinterest_async.jobs.catalogs.report import CatalogWarning, ItemVerdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinterest_async.jobs._tables import Table
    from pinterest_async.jobs.catalogs.report import CatalogSync, ItemOutcome
    from pinterest_async.jobs.catalogs.state import Planned
    from pinterest_async.jobs.export.formats import Format
    from pinterest_async.models.catalog_items import ItemProcessingRecord, ItemValidationEvent

_COLUMNS: Final = [
    TableColumn(name, "text") for name in ("item_id", "operation", "outcome", "errors", "warnings")
]
_COUNTED: Final = {
    "CREATE": "created", "UPSERT": "created", "UPDATE": "updated", "DELETE": "deleted",
}  # fmt: skip
_EXAMPLES: Final = 5


def verdict_of(planned: Planned, record: ItemProcessingRecord | None, silence: str) -> ItemVerdict:
    """What Pinterest says of an item.

    Args:
        planned: what was to be done with it.
        record: of a batch that has come to its end; None where there is none.
        silence: why nothing is known, where the record does not say.
    """
    errors = _sentences(None if record is None else record.errors)
    warnings = _sentences(None if record is None else record.warnings)
    status = None if record is None else record.status
    if errors or status == "FAILURE":
        return verdict(planned, "refused", errors or ["Pinterest gives no reason"], warnings)
    if status == "SUCCESS":
        return verdict(planned, "accepted", (), warnings)
    return verdict(planned, "unknown", [silence], warnings)


def verdict(
    planned: Planned,
    outcome: ItemOutcome,
    errors: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> ItemVerdict:
    """A verdict on an item."""
    operation: Any = planned.operation
    return ItemVerdict(
        item_id=planned.id,
        operation=operation,
        outcome=outcome,
        errors=list(errors),
        warnings=list(warnings),
    )


def _sentences(events: Sequence[ItemValidationEvent] | None) -> list[str]:
    return [_sentence(event) for event in events or ()]


def _sentence(event: ItemValidationEvent) -> str:
    about = f"{event.attribute}: " if event.attribute else ""
    code = "" if event.code is None else f" (code {event.code})"
    return f"{about}{event.message or 'no reason given'}{code}"


class Verdicts:
    """Counts verdicts into a report, and writes them to a file where one is wanted.

    Args:
        report: where they are counted.
        out: the file, whose name says its format.
    """

    def __init__(self, report: CatalogSync, out: Path | None) -> None:
        self._report = report
        self._out = out
        self._format: Format | None = None if out is None else format_of(out, None)
        self._table: Table | None = None
        self._warnings: dict[str, CatalogWarning] = {}
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Begin the file.

        Raises:
            OSError: it cannot be made.
        """
        if self._out is not None and self._format is not None:
            self._table = await in_thread(
                partial(
                    open_table, self._format, self._out, _COLUMNS, name="verdicts", key=["item_id"]
                )
            )

    async def add(self, verdicts: Sequence[ItemVerdict]) -> None:
        """Take in verdicts.

        Raises:
            OSError: the file cannot be written.
        """
        for one in verdicts:
            self._count(one)
        if self._table is not None:
            rows = [
                (one.item_id, one.operation, one.outcome, "; ".join(one.errors),
                 "; ".join(one.warnings))
                for one in verdicts
            ]  # fmt: skip
            async with self._turn:
                await in_thread(partial(self._table.add, rows))

    async def finish(self) -> None:
        """Bring the file to its end, and sort what was warned of."""
        if self._table is not None:
            await in_thread(self._table.finish)
            self._report.files = [str(self._out)]
        self._report.warnings = sorted(self._warnings.values(), key=lambda one: -one.items)

    def close(self) -> None:
        """Let go of the file; one that is not finished is removed."""
        if self._table is not None:
            self._table.close()

    def _count(self, one: ItemVerdict) -> None:
        name = _COUNTED[one.operation] if one.outcome == "accepted" else one.outcome
        setattr(self._report, name, getattr(self._report, name) + 1)
        if one.outcome != "accepted":
            self._report.failures.append(one)
        self._report.warned += bool(one.warnings)
        for text in one.warnings:
            warning = self._warnings.setdefault(
                text, CatalogWarning(warning=text, items=0, examples=[])
            )
            warning.items += 1
            if len(warning.examples) < _EXAMPLES:
                warning.examples.append(one.item_id)
