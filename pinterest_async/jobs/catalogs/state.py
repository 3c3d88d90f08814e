"""What is known of a catalog between runs, and what a run has sent: a file of SQLite.

A run plans first, and sends then. What is planned is here, item by item, so that a batch which a
killed run may have sent can be sent again just as it was: Pinterest skips it then if it has it. A
run is a generation: the rows that it has read bear its number, and what does not is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from pinterest_async.jobs._journal import RUN_TABLE, JournalFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

T = TypeVar("T")

BATCH: Final = 1000
"""Items of a batch at most. Pinterest: operate on item batch."""

_APPLICATION: Final = 0x50694361
# A power cut may cost the last entries, and a batch is sent once more: no harm in that.
_SETTINGS: Final = ("journal_mode = WAL", "synchronous = NORMAL")
_SCHEMA: Final = f"""
    {RUN_TABLE}
    CREATE TABLE IF NOT EXISTS items (
        id TEXT PRIMARY KEY, attributes BLOB, doubt INTEGER NOT NULL DEFAULT 0,
        seen INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS batches (
        number INTEGER PRIMARY KEY, operation TEXT NOT NULL, state TEXT NOT NULL, batch_id TEXT,
        started REAL
    );
    CREATE TABLE IF NOT EXISTS work (
        batch INTEGER, place INTEGER, id TEXT NOT NULL, wanted BLOB, mask TEXT,
        PRIMARY KEY (batch, place)
    );
"""


class Known(NamedTuple):
    """What is known of an item."""

    attributes: bytes | None
    """What Pinterest has taken last, as JSON; None where it is not known to have it."""
    doubt: bool
    """Whether something was sent since then of which the outcome is not known."""
    seen: bool
    """Whether a row of this run has described it already."""


class Planned(NamedTuple):
    """What is to be done with an item."""

    operation: str
    id: str
    wanted: bytes | None
    """What it is to have in the end, as JSON; None where it is to go."""
    mask: tuple[str, ...] | None
    """What an UPDATE changes."""


class Batch(NamedTuple):
    """Items that are sent together, all for the same operation."""

    number: int
    operation: str
    batch_id: str | None
    """Pinterest's name of it; None where it may not have been sent."""
    started: float
    """When it was, as `time.time` tells it."""


class Settled(NamedTuple):
    """What an item is known to be after a batch."""

    id: str
    attributes: bytes | None
    """None where it is not in the catalog."""
    doubt: bool


class State:
    """The file, which one run has at a time. All work is done in one thread.

    Args:
        path: the file; None keeps it in memory.
        scope: what it is about, in words that are the same for the same catalog.
    """

    def __init__(self, path: Path | None, scope: str) -> None:
        self._file = JournalFile(path, _APPLICATION, _SCHEMA, _SETTINGS)
        self._scope = scope
        self._run = 0
        self._next = 0
        self._room: dict[str, tuple[int, int]] = {}

    async def open(self) -> list[Batch]:
        """Open the file; return the batches of a killed run that may be under way.

        Raises:
            ConfigurationError: it is about another catalog, country or language.
            JournalError: it is no such file, or in use.
            OSError: its folder cannot be made.
        """
        return await self._do(self._open)

    async def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """What is known of these items; those that are not are not in it."""
        return await self._do(lambda: self._known(ids))

    async def plan(self, seen: Sequence[str], planned: Sequence[Planned]) -> None:
        """Remember that rows describe these items, and what is to be done with some of them."""
        await self._do(lambda: self._plan(seen, planned))

    async def count_gone(self) -> tuple[int, int]:
        """How many items no row of this run describes, and how many there were before it."""
        return await self._do(self._count_gone)

    async def plan_deletions(self) -> None:
        """Plan that what no row of this run describes is deleted."""
        await self._do(self._plan_deletions)

    async def planned(self) -> list[Batch]:
        """The batches that are to be sent, in order."""
        return await self._do(lambda: self._batches("planned"))

    async def counts(self) -> dict[str, int]:
        """How many items are to be sent, by operation."""
        return await self._do(self._counts)

    async def drop_plan(self) -> None:
        """Forget what was planned and not sent."""
        await self._do(self._drop_plan)

    async def work(self, batch: Batch) -> list[Planned]:
        """What a batch holds, in order."""
        return await self._do(lambda: self._work(batch))

    async def sending(self, batch: Batch) -> None:
        """Remember that a batch is about to be sent."""
        await self._set(batch, "sending", None, 0.0)

    async def sent(self, batch: Batch) -> None:
        """Remember what Pinterest calls a batch."""
        await self._set(batch, "sent", batch.batch_id, batch.started)

    async def split(self, batch: Batch) -> tuple[Batch, Batch]:
        """Make two batches of one."""
        return await self._do(lambda: self._split(batch))

    async def settle(self, batch: Batch, items: Iterable[Settled]) -> None:
        """Remember what became of a batch's items, and forget the batch: all of it, or none."""
        await self._do(lambda: self._settle(batch, items))

    async def close(self) -> None:
        """Close the file."""
        await self._file.close()

    async def _do(self, work: Callable[[], T]) -> T:
        return await self._file.do(work)

    async def _set(self, batch: Batch, state: str, batch_id: str | None, started: float) -> None:
        statement = "UPDATE batches SET state = ?, batch_id = ?, started = ? WHERE number = ?"
        values = (state, batch_id, started, batch.number)
        await self._do(lambda: self._file.connection.execute(statement, values))

    # In the thread

    def _open(self) -> list[Batch]:
        path, scope = self._file.path, self._scope
        self._file.open_for(
            scope,
            lambda other: f"{path} is the state of {other}, not of {scope}: choose another file",
        )
        self._run = 1 + self._file.number("SELECT coalesce(max(seen), 0) FROM items")
        self._next = 1 + self._file.number("SELECT coalesce(max(number), 0) FROM batches")
        self._drop_plan()
        return self._batches("sending", "sent")

    def _batches(self, *states: str) -> list[Batch]:
        marks = ", ".join("?" * len(states))
        rows = self._file.connection.execute(
            f"SELECT number, operation, batch_id, started FROM batches WHERE state IN ({marks}) "  # noqa: S608
            "ORDER BY number",
            states,
        )
        return [Batch(number, kind, batch_id, at or 0.0) for number, kind, batch_id, at in rows]

    def _drop_plan(self) -> None:
        with self._file.transaction() as file:
            file.execute(
                "DELETE FROM work WHERE batch IN (SELECT number FROM batches "
                "WHERE state = 'planned')"
            )
            file.execute("DELETE FROM batches WHERE state = 'planned'")
            # What was to be new, and was not sent.
            file.execute(
                "DELETE FROM items WHERE attributes IS NULL AND NOT doubt AND seen < ? "
                "AND id NOT IN (SELECT id FROM work)",
                (self._run,),
            )
        self._room.clear()

    def _known(self, ids: Sequence[str]) -> dict[str, Known]:
        file = self._file.connection
        found: dict[str, Known] = {}
        for one in ids:
            query = "SELECT attributes, doubt, seen FROM items WHERE id = ?"
            row = file.execute(query, (one,)).fetchone()
            if row is not None:
                found[one] = Known(row[0], bool(row[1]), row[2] == self._run)
        return found

    def _plan(self, seen: Sequence[str], planned: Sequence[Planned]) -> None:
        with self._file.transaction() as file:
            file.executemany(
                "INSERT INTO items (id, seen) VALUES (?, ?) "
                "ON CONFLICT (id) DO UPDATE SET seen = excluded.seen",
                ((one, self._run) for one in seen),
            )
            for one in planned:
                batch, place = self._place(one.operation)
                mask = None if one.mask is None else ",".join(one.mask)
                file.execute(
                    "INSERT INTO work VALUES (?, ?, ?, ?, ?)",
                    (batch, place, one.id, one.wanted, mask),
                )

    def _place(self, operation: str) -> tuple[int, int]:
        """The batch, and the place in it, of one more item for an operation."""
        batch, place = self._room.get(operation, (0, BATCH))
        if place == BATCH:
            batch, place = self._next, 0
            self._next += 1
            self._file.connection.execute(
                "INSERT INTO batches (number, operation, state) VALUES (?, ?, 'planned')",
                (batch, operation),
            )
        self._room[operation] = batch, place + 1
        return batch, place

    def _count_gone(self) -> tuple[int, int]:
        there = "SELECT count(*) FROM items WHERE (attributes IS NOT NULL OR doubt)"
        return self._file.number(f"{there} AND seen < ?", self._run), self._file.number(there)

    def _plan_deletions(self) -> None:
        after = ""
        while True:
            rows = self._file.connection.execute(
                "SELECT id FROM items WHERE (attributes IS NOT NULL OR doubt) AND seen < ? "
                "AND id > ? ORDER BY id LIMIT ?",
                (self._run, after, BATCH),
            ).fetchall()
            if not rows:
                return
            self._plan((), [Planned("DELETE", one, None, None) for (one,) in rows])
            after = rows[-1][0]

    def _counts(self) -> dict[str, int]:
        rows = self._file.connection.execute(
            "SELECT operation, count(*) FROM work JOIN batches ON batch = number "
            "WHERE state = 'planned' GROUP BY operation ORDER BY operation"
        )
        return dict(rows.fetchall())

    def _work(self, batch: Batch) -> list[Planned]:
        rows = self._file.connection.execute(
            "SELECT id, wanted, mask FROM work WHERE batch = ? ORDER BY place", (batch.number,)
        )
        return [
            Planned(batch.operation, one, wanted, None if mask is None else tuple(mask.split(",")))
            for one, wanted, mask in rows
        ]

    def _split(self, batch: Batch) -> tuple[Batch, Batch]:
        other = batch._replace(number=self._next)
        self._next += 1
        with self._file.transaction() as file:
            half = self._file.number(
                "SELECT (min(place) + max(place) + 1) / 2 FROM work WHERE batch = ?", batch.number
            )
            file.execute(
                "INSERT INTO batches (number, operation, state) VALUES (?, ?, 'sending')",
                (other.number, other.operation),
            )
            file.execute(
                "UPDATE work SET batch = ? WHERE batch = ? AND place >= ?",
                (other.number, batch.number, half),
            )
        return batch, other

    def _settle(self, batch: Batch, items: Iterable[Settled]) -> None:
        with self._file.transaction() as file:
            for one in items:
                file.execute(
                    "UPDATE items SET attributes = ?, doubt = ? WHERE id = ?",
                    (one.attributes, one.doubt, one.id),
                )
            file.execute("DELETE FROM work WHERE batch = ?", (batch.number,))
            file.execute("DELETE FROM batches WHERE number = ?", (batch.number,))
