"""The journal of an export: what was listed up to now, in a SQLite file in its folder.

Each page is written down in one transaction: its items, and the bookmark behind it. A run that was
killed goes on from there, and no page is fetched again. When a run has finished, the journal keeps
what it found, so that an update can tell what is new, changed and gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

import msgspec

from pinterest_async.jobs._journal import JournalError, JournalFile
from pinterest_async.jobs.export.pages import (
    Added,
    ListedBoard,
    Run,
    add_page,
    board_of,
    keep_listed,
    read_known,
    start_listing,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
    from pathlib import Path

    from pinterest_async.jobs.export.pages import Kind

T = TypeVar("T")

Change: TypeAlias = Literal["new", "changed", "gone"]
Row: TypeAlias = tuple[bytes, str]
"""The JSON of an item, and the id of the board whose list held it; "" outside of boards."""

JOURNAL: Final = ".pinterest-export.sqlite"
BATCH: Final = 2000
"""Rows that are in memory at a time when the files are written."""

_APPLICATION: Final = 0x50694578
# Large pages for large rows, and not copied from the log to the file too often: a quarter of what a
# page of Pins costs. A commit need not reach the disk at once: after a power cut the journal is
# whole, and at most some pages shorter.
_SETTINGS: Final = (
    "page_size = 8192",
    "journal_mode = WAL",
    "wal_autocheckpoint = 4000",
    "synchronous = NORMAL",
)
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS state (run BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS items (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    home TEXT NOT NULL, -- the board whose list held it
    theirs INTEGER NOT NULL, -- whether a Pin is somebody else's, as there are on group boards
    run INTEGER NOT NULL, -- the last run that found it, or took it over
    first_run INTEGER NOT NULL,
    changed_run INTEGER NOT NULL DEFAULT 0, -- the last run that found it changed
    changed BLOB, -- and which of its members, as JSON
    raw BLOB, -- its JSON, and nothing for a Pin that is too old to be wanted
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS items_by_home ON items (kind, home);
CREATE TABLE IF NOT EXISTS listings ( -- those of the run that is not finished
    kind TEXT NOT NULL,
    home TEXT NOT NULL,
    began_at TEXT NOT NULL,
    bookmark TEXT,
    done INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    restarts INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,
    repeated INTEGER NOT NULL DEFAULT 0,
    elsewhere INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, home)
);
CREATE TABLE IF NOT EXISTS rejected (kind TEXT NOT NULL, home TEXT NOT NULL, line BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS whole ( -- boards that may be skipped while they do not change
    board_id TEXT PRIMARY KEY, pin_count INTEGER NOT NULL, modified_at TEXT, walked_at TEXT NOT NULL
);
"""
_CHANGES: Final = """
SELECT kind, id, home, CASE WHEN run < :run THEN 'gone' WHEN first_run = :run THEN 'new'
    ELSE 'changed' END AS change, CASE WHEN changed_run = :run THEN changed END AS fields
FROM items
WHERE raw IS NOT NULL AND (
    (run = :run AND (first_run = :run OR changed_run = :run)) OR (run < :run AND first_run < :run)
)
"""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much a run has found."""

    sections: int = 0
    pins: int = 0
    pages: int = 0


class Listing(msgspec.Struct, frozen=True):
    """How far a list is read in this run."""

    bookmark: str | None
    done: bool


class Figures(msgspec.Struct, kw_only=True):
    """What the journal holds of a board."""

    sections: int = 0
    pins: int = 0
    older: int = 0
    theirs: int = 0
    repeated: int = 0
    elsewhere: int = 0
    restarts: int = 0
    skipped: bool = False
    boards_rejected: int = 0
    sections_rejected: int = 0
    pins_rejected: int = 0

    @property
    def rejected(self) -> int:
        """What could not be read, of all kinds."""
        return self.boards_rejected + self.sections_rejected + self.pins_rejected


class Journal:
    """A journal that is open, for one run at a time.

    The files that are made from it are written in its thread as well.
    """

    def __init__(self, folder: Path) -> None:
        self._file = JournalFile(folder / JOURNAL, _APPLICATION, _TABLES, _SETTINGS)
        self._run: Run | None = None
        self._unused = False

    async def do(self, work: Callable[[], T]) -> T:
        """Do something in the journal's thread.

        Raises:
            JournalError: the journal cannot be read or written.
        """
        return await self._file.do(work)

    async def open(self) -> Run | None:
        """Open the file, keep other runs out of it, and return the last run that it knows.

        Raises:
            JournalError: another run has it, or it is no journal of this kind.
            OSError: the folder cannot be made.
        """
        return await self.do(self._open)

    async def close(self, before: Callable[[], None]) -> None:
        """Do a last thing, and close the file, when all that was asked for is done.

        Both happen also when the task that waits for it is cancelled.
        """

        def finish() -> None:
            try:
                before()
            finally:
                self._close()

        await self._file.close(finish)

    async def begin(self, run: Run, *, forget: bool) -> None:
        """Start a run.

        Args:
            run: the run.
            forget: whether what runs before it found is of no use.
        """
        await self.do(lambda: self._begin(run, forget=forget))

    async def name_account(self, account: str | None) -> None:
        """Note whose account it is."""
        await self.do(lambda: self._name_account(account))

    async def go_on(self, run: Run) -> tuple[list[ListedBoard], Counts]:
        """Take up a run that was interrupted.

        Returns:
            The boards that were listed, and how much else there is.
        """
        return await self.do(lambda: self._go_on(run))

    async def listing(self, kind: Kind, home: str) -> Listing:
        """Return how far a list is read."""
        return await self.do(lambda: self._listing(kind, home))

    async def add_page(
        self, kind: Kind, home: str, items: Sequence[msgspec.Raw], bookmark: str | None
    ) -> Added:
        """Write down a page and where the next one begins; None where this was the last."""
        return await self.do(lambda: self._add_page(kind, home, items, bookmark))

    async def restart(self, kind: Kind, home: str) -> None:
        """Note that a list is read from its beginning once more; what it gave is kept."""
        await self.do(lambda: self._restart(kind, home))

    async def keep(self, kind: Kind, home: str) -> int:
        """Keep what an earlier run found in a list that could not be read; return how many."""
        return await self.do(lambda: self._keep(kind, home))

    async def figures(self) -> dict[str, Figures]:
        """Return what was found on each board; "" stands for what lies on none."""
        return await self.do(self._figures)

    async def rows(self, kind: Kind) -> AsyncGenerator[list[Row], None]:
        """Walk what this run found, in bounded portions, board by board."""
        query = (
            "SELECT raw, home FROM items WHERE kind = ? AND run = ? AND raw IS NOT NULL"
            " ORDER BY home, number"
        )
        async for rows in self._portions(query, (kind, self._running().number)):
            yield rows

    async def rejected(self) -> AsyncGenerator[list[bytes], None]:
        """Walk the lines of what could not be read."""
        async for rows in self._portions("SELECT line FROM rejected ORDER BY rowid"):
            yield [line for (line,) in rows]

    async def changes(self) -> AsyncGenerator[list[tuple[Kind, Change, bytes]], None]:
        """Walk what differs from the run before: the kind, the change, and both as a line."""
        async for rows in self._portions(_CHANGES, {"run": self._running().number}):
            yield [(row[0], row[3], _change_line(*row)) for row in rows]

    async def finish(self, whole: Iterable[str]) -> None:
        """Note that the files stand, and which boards can be skipped while they do not change.

        Args:
            whole: the boards whose Pins were all listed, as many as they count.
        """
        boards = list(whole)
        await self.do(lambda: self._finish(boards))

    # In the thread

    def _open(self) -> Run | None:
        self._file.open()
        run = self._last_run()
        self._unused = run is None
        return run

    def _last_run(self) -> Run | None:
        """Return the last run; None where it was the first and no page of it was written down."""
        row = self._file.connection.execute("SELECT run FROM state").fetchone()
        if row is None:
            return None
        run = msgspec.json.decode(row[0], type=Run)
        empty = run.number == 1 and not self._file.number("SELECT count(*) FROM items")
        return None if empty and not run.finished else run

    def _close(self) -> None:
        self._file.close_now()
        if self._unused and self._file.path is not None:
            self._file.path.unlink(missing_ok=True)

    def _running(self) -> Run:
        if self._run is None:
            raise JournalError("no run has begun")
        return self._run

    def _restart(self, kind: Kind, home: str) -> None:
        with self._file.transaction() as connection:
            connection.execute(
                "UPDATE listings SET bookmark = NULL, restarts = restarts + 1, elsewhere = 0"
                " WHERE kind = ? AND home = ?",
                (kind, home),
            )

    def _keep(self, kind: Kind, home: str) -> int:
        with self._file.transaction() as connection:
            return keep_listed(connection, self._running().number, kind, home)

    async def _portions(
        self, query: str, values: tuple[object, ...] | dict[str, object] = ()
    ) -> AsyncGenerator[list[Any], None]:
        cursor = await self.do(lambda: self._file.connection.execute(query, values))
        while rows := await self.do(lambda: cursor.fetchmany(BATCH)):
            yield rows

    def _begin(self, run: Run, *, forget: bool) -> None:
        with self._file.transaction() as connection:
            if forget:
                connection.execute("DELETE FROM items")
                connection.execute("DELETE FROM whole")
            connection.execute("DELETE FROM listings")
            connection.execute("DELETE FROM rejected")
            self._put(connection, run)
        self._run = run

    def _name_account(self, account: str | None) -> None:
        self._run = msgspec.structs.replace(self._running(), account=account)
        with self._file.transaction() as connection:
            self._put(connection, self._run)

    def _put(self, connection: sqlite3.Connection, run: Run) -> None:
        connection.execute("DELETE FROM state")
        connection.execute("INSERT INTO state VALUES (?)", (msgspec.json.encode(run),))

    def _go_on(self, run: Run) -> tuple[list[ListedBoard], Counts]:
        self._run = run
        connection = self._file.connection
        rows = connection.execute(
            "SELECT kind, count(raw) FROM items WHERE run = ? GROUP BY kind", (run.number,)
        )
        found: dict[str, int] = dict(rows.fetchall())
        counts = Counts(
            sections=found.get("section", 0),
            pins=found.get("pin", 0),
            pages=self._file.number("SELECT coalesce(sum(pages), 0) FROM listings"),
        )
        boards = connection.execute(
            "SELECT raw, coalesce(skipped, 0) FROM items LEFT JOIN listings"
            " ON listings.kind = 'pin' AND listings.home = items.id"
            " WHERE items.kind = 'board' AND run = ? ORDER BY number",
            (run.number,),
        )
        return [board_of(read_known(raw), skipped=bool(done)) for raw, done in boards], counts

    def _listing(self, kind: Kind, home: str) -> Listing:
        row = self._file.connection.execute(
            "SELECT bookmark, done FROM listings WHERE kind = ? AND home = ?", (kind, home)
        ).fetchone()
        if row is not None:
            return Listing(row[0], bool(row[1]))
        start_listing(self._file.connection, kind, home)
        return Listing(None, done=False)

    def _add_page(
        self, kind: Kind, home: str, raws: Sequence[msgspec.Raw], bookmark: str | None
    ) -> Added:
        with self._file.transaction() as connection:
            added = add_page(connection, self._running(), kind, home, raws, bookmark)
        self._unused = False
        return added

    def _figures(self) -> dict[str, Figures]:
        figures: dict[str, Figures] = {}
        connection = self._file.connection
        items = connection.execute(
            "SELECT kind, home, count(raw), count(*) - count(raw), sum(theirs) FROM items"
            " WHERE run = ? AND kind != 'board' GROUP BY kind, home",
            (self._running().number,),
        )
        for kind, home, count, older, theirs in items:
            row = figures.setdefault(home, Figures())
            if kind == "section":
                row.sections = count
            else:
                row.pins, row.older, row.theirs = count, older, theirs
        listings = connection.execute(
            "SELECT kind, home, repeated, elsewhere, restarts, skipped FROM listings"
        )
        for kind, home, repeated, elsewhere, restarts, skipped in listings:
            row = figures.setdefault(home, Figures())
            if kind == "pin":
                row.elsewhere, row.restarts = elsewhere, restarts
                # A list that was begun anew names again what it had named.
                row.repeated = 0 if restarts else repeated
                row.skipped = bool(skipped)
        rejected = connection.execute(
            "SELECT kind, home, count(*) FROM rejected GROUP BY kind, home"
        )
        for kind, home, count in rejected:
            setattr(figures.setdefault(home, Figures()), f"{kind}s_rejected", count)
        return figures

    def _finish(self, whole: list[str]) -> None:
        run = msgspec.structs.replace(self._running(), finished=True)
        with self._file.transaction() as connection:
            connection.execute("DELETE FROM items WHERE run < ?", (run.number,))
            rows = connection.execute(
                "SELECT raw, began_at FROM items JOIN listings ON listings.kind = 'pin'"
                " AND listings.home = items.id WHERE items.kind = 'board' AND NOT skipped"
            ).fetchall()
            connection.execute(
                "DELETE FROM whole WHERE board_id NOT IN (SELECT home FROM listings WHERE skipped)"
            )
            chosen = set(whole)
            for raw, began_at in rows:
                board = read_known(raw)
                if str(board.id) in chosen:
                    connection.execute(
                        "INSERT INTO whole VALUES (?, ?, ?, ?)",
                        (str(board.id), board.counted, board.modified_at, began_at),
                    )
            connection.execute("DELETE FROM listings")
            connection.execute("DELETE FROM rejected")
            self._put(connection, run)


def _change_line(kind: str, id: str, home: str, change: str, fields: bytes | None) -> bytes:
    line: dict[str, object] = {"kind": kind, "id": id, "board_id": home or None, "change": change}
    if fields is not None and change == "changed":
        line["fields"] = msgspec.Raw(fields)
    return msgspec.json.encode(line)
