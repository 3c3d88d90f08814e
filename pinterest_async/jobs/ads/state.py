"""What is known of an ad account, between exports and within one that was killed.

A file of SQLite in the folder of the export. An export is a generation: what it has listed bears
its number, so that what an earlier one had and this one did not see is known to be gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from pinterest_async.jobs._journal import JournalFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_APPLICATION: Final = 0x50694165
_SETTINGS: Final = ("journal_mode = WAL", "synchronous = NORMAL")
_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS run (
        number INTEGER NOT NULL, began REAL NOT NULL, finished INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS entities (
        kind TEXT, account TEXT, id TEXT, raw BLOB NOT NULL, seen INTEGER NOT NULL,
        PRIMARY KEY (kind, account, id)
    );
    CREATE TABLE IF NOT EXISTS done (kind TEXT, account TEXT, PRIMARY KEY (kind, account));
    CREATE TABLE IF NOT EXISTS changes (
        number INTEGER PRIMARY KEY, kind TEXT, account TEXT, id TEXT, change TEXT, raw BLOB
    )
"""
_PORTION: Final = 1000


class Change(NamedTuple):
    """What became of an entity since the export before."""

    kind: str
    account: str
    id: str
    change: str
    """`added`, `changed` or `removed`."""
    raw: bytes


class State:
    """The file, which one run has at a time. All work is done in one thread.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.number: int = 1
        """Of this export."""
        self.since: float | None = None
        """When the finished export before this one began; None where there was none."""
        self.resumed: bool = False
        """Whether this export was begun by a run that was killed."""
        self._file = JournalFile(path, _APPLICATION, _SCHEMA, _SETTINGS)

    async def open(self, now: float) -> set[tuple[str, str]]:
        """Open the file; return what is listed already, by kind and ad account.

        Raises:
            JournalError: it is no such file, or in use.
        """
        return await self._file.do(lambda: self._open(now))

    async def put(self, kind: str, account: str, items: Iterable[tuple[str, bytes]]) -> None:
        """Keep entities, by id, and what has changed in them."""
        await self._file.do(lambda: self._put(kind, account, list(items)))

    async def keep_others(self, kind: str, account: str) -> None:
        """Take it that what was not seen is as it was."""
        await self._file.do(lambda: self._keep_others(kind, account))

    async def end_kind(self, kind: str, account: str) -> None:
        """Take it that what was not seen is gone, and that this kind is done."""
        await self._file.do(lambda: self._end_kind(kind, account))

    async def ids(self, kind: str, account: str) -> list[str]:
        """The ids of a kind that this export has seen."""
        return await self._file.do(lambda: self._ids(kind, account))

    async def finish(self) -> None:
        """Close this export: the next one is another."""
        await self._file.do(self._finish)

    async def close(self) -> None:
        """Close the file."""
        await self._file.close()

    async def portion(self, kind: str, after: tuple[str, str]) -> list[tuple[str, str, bytes]]:
        """The next entities of a kind: account, id, JSON; none at the end.

        Args:
            kind: which.
            after: account and id of the last one before; two empty texts for the first.
        """
        return await self._file.do(lambda: self._portion(kind, after))

    async def changes(self) -> list[Change]:
        """What has changed since the export before; nothing in the first one."""
        return await self._file.do(lambda: list(self._changes()))

    # In the thread

    def _open(self, now: float) -> set[tuple[str, str]]:
        self._file.open()
        file = self._file.connection
        row = file.execute(
            "SELECT number, began, finished FROM run ORDER BY number DESC"
        ).fetchone()
        if row is None or row[2]:
            self.number = 1 if row is None else row[0] + 1
            with self._file.transaction() as file:
                file.execute("INSERT INTO run VALUES (?, ?, 0)", (self.number, now))
                file.execute("DELETE FROM done")
                file.execute("DELETE FROM changes")
        else:
            self.number, self.resumed = row[0], True
        query = "SELECT began FROM run WHERE finished ORDER BY number DESC"
        before = file.execute(query).fetchone()
        self.since = None if before is None else before[0]
        return set(file.execute("SELECT kind, account FROM done"))

    def _put(self, kind: str, account: str, items: list[tuple[str, bytes]]) -> None:
        with self._file.transaction() as file:
            for one, raw in items:
                query = "SELECT raw FROM entities WHERE kind = ? AND account = ? AND id = ?"
                before = file.execute(query, (kind, account, one)).fetchone()
                if before is None or not _same(before[0], raw):
                    self._note(kind, account, one, "added" if before is None else "changed", raw)
                file.execute(
                    "INSERT OR REPLACE INTO entities VALUES (?, ?, ?, ?, ?)",
                    (kind, account, one, raw, self.number),
                )

    def _note(self, kind: str, account: str, one: str, change: str, raw: bytes) -> None:
        if self.since is not None:
            self._file.connection.execute(
                "INSERT INTO changes (kind, account, id, change, raw) VALUES (?, ?, ?, ?, ?)",
                (kind, account, one, change, raw),
            )

    def _keep_others(self, kind: str, account: str) -> None:
        self._file.connection.execute(
            "UPDATE entities SET seen = ? WHERE kind = ? AND account = ?",
            (self.number, kind, account),
        )

    def _end_kind(self, kind: str, account: str) -> None:
        with self._file.transaction() as file:
            query = "SELECT id, raw FROM entities WHERE kind = ? AND account = ? AND seen < ?"
            gone = file.execute(query, (kind, account, self.number)).fetchall()
            for one, raw in gone:
                self._note(kind, account, one, "removed", raw)
            file.execute(
                "DELETE FROM entities WHERE kind = ? AND account = ? AND seen < ?",
                (kind, account, self.number),
            )
            file.execute("INSERT OR REPLACE INTO done VALUES (?, ?)", (kind, account))

    def _ids(self, kind: str, account: str) -> list[str]:
        query = "SELECT id FROM entities WHERE kind = ? AND account = ? ORDER BY id"
        return [one for (one,) in self._file.connection.execute(query, (kind, account))]

    def _portion(self, kind: str, after: tuple[str, str]) -> list[tuple[str, str, bytes]]:
        query = (
            "SELECT account, id, raw FROM entities WHERE kind = ? AND (account, id) > (?, ?) "
            "ORDER BY account, id LIMIT ?"
        )
        return self._file.connection.execute(query, (kind, *after, _PORTION)).fetchall()

    def _changes(self) -> Iterator[Change]:
        query = "SELECT kind, account, id, change, raw FROM changes ORDER BY number"
        return (Change(*row) for row in self._file.connection.execute(query))

    def _finish(self) -> None:
        self._file.connection.execute("UPDATE run SET finished = 1")


def _same(one: bytes, other: bytes) -> bool:
    """Whether two pieces of JSON say the same.

    A list and a bulk download need not have the same members: what both have decides.
    """
    if one == other:
        return True
    before, after = (msgspec.json.decode(raw, type=dict[str, object]) for raw in (one, other))
    return all(before[name] == after[name] for name in before.keys() & after.keys())
