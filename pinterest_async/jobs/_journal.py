"""The file that an interrupted job goes on from: SQLite, in one thread, for one run at a time."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from pinterest_async.errors import ConfigurationError, PinterestError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator
    from concurrent.futures import Future


T = TypeVar("T")

RUN_TABLE: Final = "CREATE TABLE IF NOT EXISTS run (question TEXT NOT NULL);"
"""What `JournalFile.open_for` keeps."""


class JournalError(PinterestError):
    """The journal is in use by another run, is no journal, or cannot be read or written."""


class JournalFile:
    """What the journals of all jobs have in common.

    All work on the file is done in one thread, in the order in which it was asked for: neither a
    slow disk nor a cancelled task can interleave two pieces of it.

    Args:
        path: the file; made where it is missing. None keeps the journal in memory.
        application_id: SQLite's mark of this kind of journal.
        tables: the statements that make its tables, each ended by a semicolon.
        settings: pragmas for a file that is ours, in order.
    """

    version = 1

    def __init__(
        self, path: Path | None, application_id: int, tables: str, settings: tuple[str, ...]
    ) -> None:
        self.path: Path | None = path
        self._application_id = application_id
        self._tables = tables
        self._settings = settings
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._connection: sqlite3.Connection | None = None

    async def do(self, work: Callable[[], T]) -> T:
        """Do something in the journal's thread.

        Raises:
            JournalError: the journal cannot be read or written.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise JournalError(f"the journal {self.path} cannot be used: {error}") from error

    async def close(self, before: Callable[[], None] | None = None) -> None:
        """Close the file when all that was asked for is done, and `before` as the last of it.

        A task that is cancelled meanwhile is held until the file is closed, so that the next run
        can have it at once.
        """
        last = None if before is None else self._thread.submit(before)
        closing = self._thread.submit(self.close_now)
        self._thread.shutdown(wait=False)
        await _outlast(closing)
        if last is not None:
            last.result()

    # In the thread

    def open(self) -> None:
        """Open the file, and keep other runs out of it until it is closed.

        Raises:
            JournalError: another run has it, or it is no journal of this kind.
            OSError: it cannot be made, or is a symbolic link.
        """
        if self.path is not None:
            _make_private(self.path)
        try:
            connection = self._connection = sqlite3.connect(
                ":memory:" if self.path is None else self.path, timeout=0, isolation_level=None
            )
            # The lock lasts as long as the connection, and the system frees it when the process is
            # killed.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            marks = self.number("PRAGMA application_id"), self.number("PRAGMA user_version")
            ours = marks == (self._application_id, self.version) or not self.number(
                "SELECT count(*) FROM sqlite_master"
            )
            if ours:
                self._set_up(connection)
        except sqlite3.DatabaseError as error:
            self.close_now()
            reason = f"{error}: choose another place"
            if "locked" in str(error):
                reason = "another run is using it: wait for it, or choose another place"
            raise JournalError(f"the journal {self.path} cannot be opened: {reason}") from error
        if not ours:
            self.close_now()
            raise JournalError(
                f"{self.path} was written by something else, or by another version: remove it, or "
                "choose another place"
            )

    def open_for(self, question: str, refusal: Callable[[str], str]) -> None:
        """Open the file as `open` does, for runs alone that ask the same.

        Its tables have to hold `RUN_TABLE`.

        Args:
            question: what the run asks for, in words that are the same for the same question.
            refusal: what is said of a file that belongs to another question.

        Raises:
            ConfigurationError: it belongs to another question.
            JournalError: another run has it, or it is no journal of this kind.
            OSError: it cannot be made, or is a symbolic link.
        """
        self.open()
        row = self.connection.execute("SELECT question FROM run").fetchone()
        if row is None:
            self.connection.execute("INSERT INTO run VALUES (?)", (question,))
        elif row[0] != question:
            self.close_now()
            raise ConfigurationError(refusal(row[0]))

    def _set_up(self, connection: sqlite3.Connection) -> None:
        for setting in self._settings:
            connection.execute(f"PRAGMA {setting}")
        with self.transaction():
            for statement in self._tables.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {self._application_id}")
            connection.execute(f"PRAGMA user_version = {self.version}")

    def close_now(self) -> None:
        """Close the file; does nothing the second time."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """The open file.

        Raises:
            JournalError: it is not open.
        """
        if self._connection is None:
            raise JournalError("the journal is closed")
        return self._connection

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """All of it, or none."""
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            # A full disk may have undone it already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def number(self, query: str, *values: object) -> int:
        """Return the one number that a query gives."""
        (number,) = self.connection.execute(query, values).fetchone()
        return int(number)


class RunJournal:
    """A journal that one run at a time has open; each job adds its own entries.

    Args:
        path: the file; made where it is missing. None keeps the journal in memory.
        application_id: SQLite's mark of this kind of journal.
        tables: the statements that make its tables, each ended by a semicolon.
        settings: pragmas for a file that is ours, in order.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None,
        application_id: int,
        tables: str,
        settings: tuple[str, ...],
    ) -> None:
        place = None if path is None else Path(path)
        self._file = JournalFile(place, application_id, tables, settings)

    async def open(self) -> None:
        """Open the file, and keep other runs out of it until `close`.

        Raises:
            JournalError: another run has it, or it is no journal of this kind.
            OSError: its folder cannot be made.
        """
        await self._file.do(self._file.open)

    async def close(self) -> None:
        """Close the file when all that was asked for is written."""
        await self._file.close()


async def _outlast(closing: Future[None]) -> None:
    """Wait to the end, and only then let a cancellation through."""
    waiting = asyncio.wrap_future(closing)
    cancelled: asyncio.CancelledError | None = None
    while not waiting.done():
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    waiting.result()


def _make_private(path: Path) -> None:
    """Make the file, and its folder, for nobody but their owner; leave what is there.

    Raises:
        OSError: the file cannot be made, or is a symbolic link, which is not followed.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_symlink():
        raise OSError(errno.ELOOP, "a journal may not be a symbolic link", str(path))
    # A file that exists is not opened: to close it would free a lock that this process holds on it.
    with suppress(FileExistsError):
        path.touch(mode=0o600, exist_ok=False)
