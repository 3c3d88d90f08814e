"""What a run of analytics has fetched, kept on disk so that no later run has to fetch it again.

A file of SQLite with one row for each Pin, and one for each that was looked up. It holds the
answers themselves: a run that goes on hands out the rows of its predecessor as well, and so every
run that comes to its end is whole.
"""

from __future__ import annotations

import asyncio
import sqlite3
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

import msgspec

from pinterest_async.errors import ConfigurationError
from pinterest_async.models.pins import PinAnalyticsMetricsResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

T = TypeVar("T")

Kind: TypeAlias = Literal["picture", "video", "unknown"]
"""What a Pin shows, as far as its metrics depend on it."""

_APPLICATION: Final = 0x50694E61
_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS run (question TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS fetched (pin_id TEXT PRIMARY KEY, answer BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS kinds (pin_id TEXT PRIMARY KEY, kind TEXT NOT NULL);
"""


class PinAnswer(msgspec.Struct, kw_only=True, gc=False):
    """What Pinterest answered for one Pin."""

    pin_id: str
    metrics: list[str]
    """What was asked for."""
    analytics: PinAnalyticsMetricsResponse | None
    """None where Pinterest left the Pin out, as it does with those that have no figures."""


_decode = msgspec.json.Decoder(PinAnswer).decode


class Checkpoint:
    """The file of one run, which no other may use meanwhile. All work is done in one thread.

    Args:
        path: the file; made where it is missing.
        question: what the run asks for, in words that are the same for the same question.
    """

    def __init__(self, path: Path, question: str) -> None:
        self.known: set[str] = set()
        """The Pins that have an answer."""
        self.kinds: dict[str, Kind] = {}
        """What the Pins show that were looked up."""
        self._path = path
        self._question = question
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="analytics")
        self._file: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, and read which Pins it holds.

        Raises:
            ConfigurationError: it is no checkpoint, that of a run that asked for something else, or
                in use.
            OSError: its folder cannot be made.
        """
        self.known, self.kinds = await self._run(self._open)

    async def get(self, pin_ids: Iterable[str]) -> list[PinAnswer]:
        """Return the answers of known Pins.

        Raises:
            ConfigurationError: the file cannot be read.
        """
        return await self._run(lambda: [self._get(pin_id) for pin_id in pin_ids])

    async def put(self, answers: Iterable[PinAnswer]) -> None:
        """Keep answers; they are on the disk, all or none, when it returns.

        Raises:
            ConfigurationError: the file cannot be written.
        """
        await self._run(lambda: self._put(answers))
        self.known.update(answer.pin_id for answer in answers)

    async def put_kind(self, pin_id: str, kind: Kind) -> None:
        """Keep what a Pin shows.

        Raises:
            ConfigurationError: the file cannot be written.
        """
        await self._run(lambda: self._put_kind(pin_id, kind))

    async def close(self) -> None:
        """Close the file."""
        try:
            await self._run(self._close)
        finally:
            self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise ConfigurationError(f"the checkpoint {self._path} failed: {error}") from error

    def _open(self) -> tuple[set[str], dict[str, Kind]]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = self._file = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            # The lock lasts as long as the connection, and the system frees it when the process is
            # killed.
            file.execute("PRAGMA locking_mode = EXCLUSIVE")
            (application,) = file.execute("PRAGMA application_id").fetchone()
            (tables,) = file.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if tables and application != _APPLICATION:
                raise ConfigurationError(
                    f"{self._path} holds something else than a checkpoint: choose another file"
                )
            file.execute(f"PRAGMA application_id = {_APPLICATION}")
            file.execute("PRAGMA journal_mode = WAL")
            file.executescript(_SCHEMA)
            row = file.execute("SELECT question FROM run").fetchone()
            if row is None:
                file.execute("INSERT INTO run VALUES (?)", (self._question,))
            elif row[0] != self._question:
                raise ConfigurationError(
                    f"{self._path} is the checkpoint of another run ({row[0]}): remove it, or "
                    f"choose another file"
                )
            known = {pin_id for (pin_id,) in file.execute("SELECT pin_id FROM fetched")}
            return known, dict(file.execute("SELECT pin_id, kind FROM kinds"))
        except sqlite3.DatabaseError as error:
            reason = f"cannot be used as a checkpoint: {error}: choose another file"
            if "locked" in str(error):
                reason = "is in use by another run: wait for it, or choose another file"
            raise ConfigurationError(f"{self._path} {reason}") from None

    def _connection(self) -> sqlite3.Connection:
        if self._file is None:
            raise ConfigurationError(f"the checkpoint {self._path} is not open")
        return self._file

    def _get(self, pin_id: str) -> PinAnswer:
        query = "SELECT answer FROM fetched WHERE pin_id = ?"
        (packed,) = self._connection().execute(query, (pin_id,)).fetchone()
        return _decode(zlib.decompress(packed))

    def _put(self, answers: Iterable[PinAnswer]) -> None:
        rows = [(one.pin_id, zlib.compress(msgspec.json.encode(one), level=1)) for one in answers]
        file = self._connection()
        file.execute("BEGIN")
        try:
            file.executemany("INSERT OR REPLACE INTO fetched VALUES (?, ?)", rows)
        except BaseException:
            file.execute("ROLLBACK")
            raise
        file.execute("COMMIT")

    def _put_kind(self, pin_id: str, kind: Kind) -> None:
        self._connection().execute("INSERT OR REPLACE INTO kinds VALUES (?, ?)", (pin_id, kind))

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
