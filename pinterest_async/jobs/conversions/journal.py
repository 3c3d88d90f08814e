"""The journal of conversion events: which were about to be sent, and which Pinterest has taken.

An event is known by a hash of its ad account, its name and its id, and nothing else of it is
written down. Before a request its events are entered; after the response they are done, or let go
where they were surely not taken. A program that is killed in between leaves them in doubt: the next
run sends those again that Pinterest counts once, and leaves those alone that it would count twice.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from pinterest_async.jobs._journal import JournalFile

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Sequence

Before: TypeAlias = Literal["done", "doubt", "now"]
"""What the journal says against sending an event: it is `done`; it is in `doubt` and would be
counted twice; or this run has sent one like it just `now`."""

COUNTED_ONCE: Final = 47 * 3600
"""Seconds in which the same event may be sent again; Pinterest says 48 hours, an hour is ours."""

_APPLICATION: Final = 0x50694576
_SETTINGS: Final = ("journal_mode = WAL", "synchronous = FULL")
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS requests (id INTEGER PRIMARY KEY, done INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    hash BLOB PRIMARY KEY, request INTEGER NOT NULL, first_sent REAL NOT NULL
) WITHOUT ROWID
"""


class EventJournal:
    """A journal that is open, for one run at a time.

    Args:
        path: the file; made where it is missing.
        ad_account_id: whose events they are.
    """

    def __init__(self, path: str | os.PathLike[str], ad_account_id: str) -> None:
        self._file = JournalFile(Path(path), _APPLICATION, _TABLES, _SETTINGS)
        self._ad_account_id = ad_account_id
        self._first_of_this_run = 0

    async def open(self) -> None:
        """Open the file, and keep other runs out of it until `close`.

        Raises:
            JournalError: another run has it, or it is no journal of this kind.
            OSError: its folder cannot be made.
        """
        await self._file.do(self._open)

    async def close(self) -> None:
        """Close the file when all that was asked for is written."""
        await self._file.close()

    def hash(self, name: str, event_id: str) -> bytes:
        """Return what an event is known by."""
        whole = f"{self._ad_account_id}\n{name}\n{event_id}"
        return blake2b(whole.encode(), digest_size=16).digest()

    async def begin(
        self, hashes: Sequence[bytes], *, offline: bool, now: float
    ) -> tuple[int, list[Before | None]]:
        """Enter events that are about to be sent; all of them differ.

        Args:
            hashes: what they are known by.
            offline: whether Pinterest would count them twice.
            now: the time, in seconds since 1970.

        Returns:
            The number of the request, and for each event why it must not be sent, None if it may.
        """
        return await self._file.do(lambda: self._begin(hashes, offline=offline, now=now))

    async def end(self, request: int, *, free: Sequence[bytes], doubt: Sequence[bytes]) -> None:
        """Enter the response to a request: its events are done.

        Args:
            request: its number.
            free: those that are not, and may be sent as if they never were.
            doubt: those of which it is not known.
        """
        await self._file.do(lambda: self._end(request, free, doubt))

    def _open(self) -> None:
        self._file.open()
        self._first_of_this_run = 1 + self._file.number("SELECT coalesce(max(id), 0) FROM requests")

    def _begin(
        self, hashes: Sequence[bytes], *, offline: bool, now: float
    ) -> tuple[int, list[Before | None]]:
        with self._file.transaction() as file:
            request = file.execute("INSERT INTO requests (done) VALUES (0)").lastrowid or 0
            before = file.total_changes
            rows = [(one, request, now) for one in hashes]
            file.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?)", rows)
            if file.total_changes - before == len(rows):
                return request, [None] * len(rows)
            # No offline event is sent again, however short ago it was sent.
            since = math.inf if offline else now - COUNTED_ONCE
            return request, [self._known(file, one, request, since) for one in hashes]

    def _known(
        self, file: sqlite3.Connection, one: bytes, request: int, since: float
    ) -> Before | None:
        query = (
            "SELECT request, first_sent, done FROM events JOIN requests ON id = request"
            " WHERE hash = ?"
        )
        of, first_sent, done = file.execute(query, (one,)).fetchone()
        if of == request:
            return None
        if of >= self._first_of_this_run:
            return "now"
        if done:
            return "done"
        if first_sent < since:
            return "doubt"
        file.execute("UPDATE events SET request = ? WHERE hash = ?", (request, one))
        return None

    def _end(self, request: int, free: Sequence[bytes], doubt: Sequence[bytes]) -> None:
        with self._file.transaction() as file:
            file.executemany("DELETE FROM events WHERE hash = ?", [(one,) for one in free])
            if doubt:
                other = file.execute("INSERT INTO requests (done) VALUES (0)").lastrowid
                rows = [(other, one) for one in doubt]
                file.executemany("UPDATE events SET request = ? WHERE hash = ?", rows)
            file.execute("UPDATE requests SET done = 1 WHERE id = ?", (request,))
