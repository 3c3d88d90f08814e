"""Who is on a customer list, as far as it was filled from here: hashes, in a file of SQLite.

Each person is a row. A run marks those that it reads with its number; those that keep an older one
are gone. Before people are sent they are marked as in doubt, and after that as sent: what a killed
run has sent without a note of it is sent once more, which changes nothing on the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from pinterest_async.errors import ConfigurationError
from pinterest_async.jobs._journal import JournalFile
from pinterest_async.jobs.audiences.rows import KINDS, Person, read_person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinterest_async.jobs.pins.rows import BadRow

_APPLICATION: Final = 0x50694375
# What is read is read again by the next run; what is sent has to be on the disk before and after.
_WHILE_READING: Final = "synchronous = NORMAL"
_WHILE_SENDING: Final = "synchronous = FULL"
_SETTINGS: Final = ("journal_mode = WAL", "cache_size = -16384", _WHILE_READING)
_NEW, _IN_DOUBT, _SENT = 0, 1, 2
_IDS: Final = ", ".join(KINDS)
_INDEXES: Final = "".join(
    f"CREATE INDEX IF NOT EXISTS people_{kind} ON people ({kind}) WHERE {kind} IS NOT NULL;"
    for kind in KINDS
)
_OWN_IDS: Final = ", ".join(
    f"CASE WHEN EXISTS (SELECT 1 FROM people AS other WHERE other.{kind} = people.{kind} "  # noqa: S608
    f"AND other.run = list.run) THEN NULL ELSE people.{kind} END AS {kind}"
    for kind in KINDS
)
# Of somebody who is gone, the view `gone` has what nobody else is known by: the rest has to stay.
_SCHEMA: Final = f"""
    CREATE TABLE IF NOT EXISTS list (
        ad_account_id TEXT NOT NULL, name TEXT NOT NULL, customer_list_id TEXT, run INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS people (
        key BLOB PRIMARY KEY, email BLOB, phone BLOB, maid BLOB, external_id BLOB,
        run INTEGER NOT NULL, sent INTEGER NOT NULL
    ) WITHOUT ROWID;
    {_INDEXES}
    CREATE VIEW IF NOT EXISTS gone AS
        SELECT people.key AS key, {_OWN_IDS} FROM people, list WHERE people.run < list.run;
    CREATE VIEW IF NOT EXISTS missing AS
        SELECT key, {_IDS} FROM people, list WHERE people.run = list.run AND sent < {_SENT};
"""  # noqa: S608  # all of it is written above
_STORE: Final = (
    "INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (key) DO UPDATE SET run = excluded.run"
)
_View: TypeAlias = Literal["gone", "missing"]


class Difference(NamedTuple):
    """What stands between the rows and the list."""

    people: int
    """Different people among the rows."""
    unchanged: int
    """Those of them who are on the list and stay."""
    to_add: int
    to_remove: int
    """People who have ids that nobody is known by any more."""
    listed: int
    """People who are on the list, or may be."""
    entangled: bool
    """Whether one who is gone shares an id with one who is there: to remove the one may remove the
    other."""


class Portion(NamedTuple):
    """Some of the people that a view has."""

    keys: list[bytes]
    people: list[Person]
    """Those of them of whom there is something to send."""


class CustomerListState:
    """The file of one list, which no other run may use meanwhile. All work is done in one thread.

    Args:
        path: the file; made where it is missing.
        ad_account_id: the ad account of the list.
        name: what the list is called.
    """

    def __init__(self, path: Path, ad_account_id: str, name: str) -> None:
        self.customer_list_id: str | None = None
        """The list, once it is known."""
        self._file = JournalFile(path, _APPLICATION, _SCHEMA, _SETTINGS)
        self._list = ad_account_id, name
        self._run = 0

    async def open(self) -> None:
        """Open the file, and begin a run.

        Raises:
            ConfigurationError: it is the state of another list.
            JournalError: it is no such file, or in use.
            OSError: its folder cannot be made.
        """
        await self._file.do(self._open)

    async def close(self) -> None:
        """Close the file."""
        await self._file.close()

    async def take(self, rows: Sequence[tuple[int, Any]], country: str | None) -> list[BadRow]:
        """Hash rows and note who they are of; return those with values that cannot be used.

        Args:
            rows: each with its line.
            country: the country of telephone numbers that do not begin with one.

        Raises:
            ConfigurationError: a telephone number cannot be read without the extra `phones`.
            JournalError: the file cannot be written.
        """
        return await self._file.do(lambda: self._take(rows, country))

    async def compare(self) -> Difference:
        """Find out, when all rows are taken, what has to be sent.

        Raises:
            JournalError: the file cannot be written.
        """
        return await self._file.do(self._compare)

    async def next(self, view: _View, after: bytes, most: int) -> Portion:
        """Return the next people to remove or to add, who are in doubt from then on.

        Args:
            view: `gone`, or `missing`.
            after: the last key of the portion before; empty for the first.
            most: how many at most.

        Raises:
            JournalError: the file cannot be written.
        """
        return await self._file.do(lambda: self._next(view, after, most))

    async def forget(self, keys: Sequence[bytes]) -> None:
        """Note that people are not on the list any more.

        Raises:
            JournalError: the file cannot be written.
        """
        await self._file.do(lambda: self._each("DELETE FROM people WHERE key = ?", keys))

    async def note_sent(self, keys: Sequence[bytes]) -> None:
        """Note that people are on the list.

        Raises:
            JournalError: the file cannot be written.
        """
        await self._file.do(lambda: self._mark(_SENT, keys))

    async def note_list(self, customer_list_id: str) -> None:
        """Note which list it is.

        Raises:
            JournalError: the file cannot be written.
        """
        self.customer_list_id = customer_list_id
        statement = "UPDATE list SET customer_list_id = ?"
        await self._file.do(lambda: self._file.connection.execute(statement, (customer_list_id,)))

    # In the thread

    def _open(self) -> None:
        self._file.open()
        file = self._file.connection
        row = file.execute("SELECT ad_account_id, name, customer_list_id, run FROM list").fetchone()
        if row is None:
            file.execute("INSERT INTO list VALUES (?, ?, NULL, 0)", self._list)
            row = (*self._list, None, 0)
        if row[:2] != self._list:
            self._file.close_now()
            raise ConfigurationError(
                f"{self._file.path} is the state of the list {row[1]!r} of ad account {row[0]}: "
                "choose another file for another list"
            )
        self.customer_list_id, self._run = row[2], row[3] + 1
        file.execute("UPDATE list SET run = ?", (self._run,))

    def _take(self, rows: Sequence[tuple[int, Any]], country: str | None) -> list[BadRow]:
        bad: list[BadRow] = []
        people: list[Person] = []
        for line, row in rows:
            person, wrong = read_person(line, row, country)
            if person is not None:
                people.append(person)
            if wrong is not None:
                bad.append(wrong)
        with self._file.transaction() as file:
            file.executemany(_STORE, [(one.key, *one, self._run, _NEW) for one in people])
        return bad

    def _compare(self) -> Difference:
        run, number = self._run, self._file.number
        entangled = 0
        with self._file.transaction() as file:
            file.execute("DELETE FROM people WHERE run < ? AND sent = ?", (run, _NEW))
            # Who shares an id with somebody who is removed may be removed as well: so, once more.
            for kind in KINDS:
                entangled += file.execute(
                    f"UPDATE people SET sent = min(sent, {_IN_DOUBT}) WHERE run = :run "  # noqa: S608
                    f"AND {kind} IN "
                    f"(SELECT {kind} FROM people WHERE run < :run AND {kind} IS NOT NULL)",
                    {"run": run},
                ).rowcount
        self._file.connection.execute(f"PRAGMA {_WHILE_SENDING}")
        people = number("SELECT count(*) FROM people WHERE run = ?", run)
        to_add = number("SELECT count(*) FROM missing")
        return Difference(
            people=people,
            unchanged=people - to_add,
            to_add=to_add,
            to_remove=number(f"SELECT count(*) FROM gone WHERE coalesce({_IDS}) IS NOT NULL"),  # noqa: S608
            listed=number("SELECT count(*) FROM people WHERE sent > ?", _NEW),
            entangled=entangled > 0,
        )

    def _next(self, view: _View, after: bytes, most: int) -> Portion:
        query = f"SELECT key, {_IDS} FROM {view} WHERE key > ? ORDER BY key LIMIT ?"  # noqa: S608
        rows = self._file.connection.execute(query, (after, most)).fetchall()
        keys = [key for key, *_ in rows]
        self._mark(_IN_DOUBT, keys)
        return Portion(keys, [Person(*ids) for _, *ids in rows if any(ids)])

    def _mark(self, sent: int, keys: Sequence[bytes]) -> None:
        self._each(f"UPDATE people SET sent = {sent} WHERE key = ?", keys)  # noqa: S608

    def _each(self, statement: str, keys: Sequence[bytes]) -> None:
        with self._file.transaction() as file:
            file.executemany(statement, [(key,) for key in keys])
