"""The journal of changes: what was about to be sent, and what came of it, in a SQLite file.

Before each request its rows are written down as `sending`, with what looked like them by then;
after the response, what came of each. A program that is killed in between leaves `sending` behind,
and the next run looks under the parent before it sends those rows again.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from pinterest_async.jobs._journal import RunJournal

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from pinterest_async.jobs.changes.rows import Change

JournalState: TypeAlias = Literal["sending", "done", "refused", "free"]
"""`sending`: the outcome is not known; `free`: it surely did not happen, and may be tried."""

_APPLICATION: Final = 0x50696163
# An entry has to outlast a power cut, or a campaign might be made twice.
_SETTINGS: Final = ("journal_mode = WAL", "synchronous = FULL")
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS changes (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    line INTEGER NOT NULL,
    state TEXT NOT NULL,
    id TEXT,
    equals TEXT NOT NULL,
    sends INTEGER NOT NULL,
    sent_at REAL NOT NULL,
    request_id TEXT,
    found INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    PRIMARY KEY (account, key)
)
"""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal knows of a row."""

    key: str
    state: JournalState
    id: str | None
    """What it changes, or has made."""
    equals: frozenset[str]
    """What looked like it before it was sent."""
    sends: int
    sent_at: float
    """When it was sent last, as `time.time` tells it."""
    request_id: str | None
    """The bulk upsert that it is in: empty where its id was lost; None where it is in none."""
    error: str | None


class ChangesJournal(RunJournal):
    """A journal that is open, for one run at a time.

    Each entry is on the disk before the method that writes it returns.

    Args:
        path: the file; made where it is missing. None keeps the journal in memory.
        ad_account_id: the ad account that entries are of.
    """

    def __init__(self, path: str | os.PathLike[str] | None, ad_account_id: str) -> None:
        self._account = ad_account_id
        super().__init__(path, _APPLICATION, _TABLES, _SETTINGS)

    async def entries(self) -> dict[str, Entry]:
        """Return all that is written of the ad account, by key."""
        return await self._file.do(self._entries)

    async def sending(self, rows: Iterable[Change], *, in_bulk: bool = False) -> None:
        """Write down that rows are about to be sent."""
        now = time.time()
        values = [
            (
                self._account, row.key, row.line, row.id or None, json.dumps(sorted(row.equals)),
                row.sends, now, "" if in_bulk else None,
            )
            for row in rows
        ]  # fmt: skip
        await self._write(
            "INSERT OR REPLACE INTO changes (account, key, line, state, id, equals, sends, sent_at,"
            " request_id) VALUES (?, ?, ?, 'sending', ?, ?, ?, ?, ?)",
            values,
        )

    async def accepted(self, rows: Iterable[Change], request_id: str) -> None:
        """Write down which bulk upsert rows are in."""
        await self._write(
            "UPDATE changes SET request_id = ? WHERE account = ? AND key = ?",
            [(request_id, self._account, row.key) for row in rows],
        )

    async def ended(self, rows: Iterable[Change], state: JournalState) -> None:
        """Write down what came of rows."""
        values = [
            (state, row.id or None, row.state == "found", row.error, self._account, row.key)
            for row in rows
        ]
        await self._write(
            "UPDATE changes SET state = ?, id = ?, found = ?, error = ?"
            " WHERE account = ? AND key = ?",
            values,
        )

    async def _write(self, statement: str, values: Sequence[tuple[object, ...]]) -> None:
        if values:
            await self._file.do(lambda: self._execute(statement, values))

    def _execute(self, statement: str, values: Sequence[tuple[object, ...]]) -> None:
        with self._file.transaction() as connection:
            connection.executemany(statement, values)

    def _entries(self) -> dict[str, Entry]:
        rows = self._file.connection.execute(
            "SELECT key, state, id, equals, sends, sent_at, request_id, error FROM changes"
            # In the order in which they were sent, which is that of a bulk upsert's results.
            " WHERE account = ? ORDER BY rowid",
            (self._account,),
        )
        return {
            key: Entry(
                key=key,
                state=state,
                id=thing,
                equals=frozenset(json.loads(equals)),
                sends=sends,
                sent_at=sent_at,
                request_id=request_id,
                error=error,
            )
            for key, state, thing, equals, sends, sent_at, request_id, error in rows
        }
