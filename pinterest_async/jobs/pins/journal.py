"""The journal of new Pins: what was about to be sent, and what came of it, in a SQLite file.

Before each request its row is written down as `sending`, with the Pins that looked the same by
then; after the response, what came of it. A program that is killed in between leaves `sending`
behind, and the next run looks at the board before it sends that row again.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from pinterest_async.jobs._journal import RunJournal
from pinterest_async.jobs.pins.reconcile import Fingerprint

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

State: TypeAlias = Literal["sending", "created", "refused", "free"]
"""`sending`: the outcome is not known; `free`: it surely did not happen, and may be tried."""

_APPLICATION: Final = 0x50695069
# An entry has to outlast a power cut, or a Pin might be made twice.
_SETTINGS: Final = ("journal_mode = WAL", "synchronous = FULL")
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS pins (
    key TEXT PRIMARY KEY,
    line INTEGER NOT NULL,
    state TEXT NOT NULL,
    board_id TEXT NOT NULL,
    likeness TEXT NOT NULL,
    equals_before TEXT NOT NULL,
    sends INTEGER NOT NULL,
    sent_at TEXT NOT NULL,
    pin_id TEXT,
    found INTEGER NOT NULL DEFAULT 0,
    error TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS pins_by_pin ON pins (pin_id) WHERE pin_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS uploads (key TEXT PRIMARY KEY, media_id TEXT NOT NULL);
"""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal knows of a row."""

    key: str
    line: int
    state: State
    board_id: str
    fingerprint: Fingerprint
    """What the Pin looks like."""
    equals_before: frozenset[str]
    """Pins of the board that looked the same before the request was sent."""
    sends: int
    """How often it was sent, or was about to be."""
    sent_at: datetime
    pin_id: str | None = None
    found: bool = False
    """Whether the Pin was found on the board, where the response was lost."""
    error: str | None = None


class PinJournal(RunJournal):
    """A journal that is open, for one run at a time.

    Each entry is on the disk before the method that writes it returns.

    Args:
        path: the file; made where it is missing. None keeps the journal in memory.
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        super().__init__(path, _APPLICATION, _TABLES, _SETTINGS)

    async def entries(self) -> dict[str, Entry]:
        """Return all that is written, by key."""
        return await self._file.do(self._entries)

    async def sending(self, entry: Entry) -> None:
        """Write down that a row is about to be sent."""
        values = (
            entry.key, entry.line, "sending", entry.board_id,
            msgspec.json.encode(entry.fingerprint).decode(),
            json.dumps(sorted(entry.equals_before)), entry.sends, entry.sent_at.isoformat(),
        )  # fmt: skip
        await self._write(
            "INSERT OR REPLACE INTO pins (key, line, state, board_id, likeness,"
            " equals_before, sends, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )

    async def created(self, key: str, pin_id: str, *, found: bool) -> None:
        """Write down which Pin a row has become."""
        await self._write(
            "UPDATE pins SET state = 'created', pin_id = ?, found = ?, error = NULL,"
            " equals_before = '[]' WHERE key = ?",
            (pin_id, found, key),
        )

    async def doubted(self, key: str, error: str) -> None:
        """Write down why the outcome is not known; the row stays `sending`."""
        await self._write("UPDATE pins SET error = ? WHERE key = ?", (error, key))

    async def failed(self, key: str, state: Literal["refused", "free"], error: str | None) -> None:
        """Write down that a row surely has not become a Pin."""
        await self._write("UPDATE pins SET state = ?, error = ? WHERE key = ?", (state, error, key))

    async def uploading(self, key: str, media_id: str) -> None:
        """Write down under which id the video of a row is about to be sent."""
        await self._write("INSERT OR REPLACE INTO uploads VALUES (?, ?)", (key, media_id))

    async def upload_of(self, key: str) -> str | None:
        """Return the id under which the video of a row was sent last."""
        return await self._file.do(lambda: self._upload_of(key))

    async def _write(self, statement: str, values: Collection[object]) -> None:
        await self._file.do(lambda: self._execute(statement, values))

    def _execute(self, statement: str, values: Collection[object]) -> None:
        self._file.connection.execute(statement, tuple(values))

    def _upload_of(self, key: str) -> str | None:
        query = "SELECT media_id FROM uploads WHERE key = ?"
        row = self._file.connection.execute(query, (key,)).fetchone()
        return None if row is None else row[0]

    def _entries(self) -> dict[str, Entry]:
        rows = self._file.connection.execute(
            "SELECT key, line, state, board_id, likeness, equals_before, sends,"
            " sent_at, pin_id, found, error FROM pins"
        )
        return {
            row[0]: Entry(
                key=row[0],
                line=row[1],
                state=row[2],
                board_id=row[3],
                fingerprint=msgspec.json.decode(row[4], type=Fingerprint),
                equals_before=frozenset(json.loads(row[5])),
                sends=row[6],
                sent_at=datetime.fromisoformat(row[7]),
                pin_id=row[8],
                found=bool(row[9]),
                error=row[10],
            )
            for row in rows
        }
