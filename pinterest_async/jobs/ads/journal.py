"""What a run of reports has started and fetched, so that one that was killed goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pinterest_async.jobs._journal import RUN_TABLE, JournalFile

if TYPE_CHECKING:
    from pathlib import Path

_APPLICATION: Final = 0x50694164
_SETTINGS: Final = ("journal_mode = WAL", "synchronous = FULL")
_SCHEMA: Final = f"""
    {RUN_TABLE}
    CREATE TABLE IF NOT EXISTS parts (
        key TEXT PRIMARY KEY, token TEXT, started REAL, starts INTEGER NOT NULL, fetched INTEGER
    );
"""


class Known(NamedTuple):
    """What is known of a part."""

    token: str | None
    """Of the report that was started for it; None where that came to nothing."""
    started: float
    """When, as `time.time` tells it."""
    starts: int
    """How many reports were started for it."""
    fetched: bool
    """Whether its file is here."""


class ReportJournal:
    """The file of one run, which no other may use meanwhile.

    Args:
        path: the file; None keeps it in memory.
        question: what the run asks for, in words that are the same for the same question.
    """

    def __init__(self, path: Path | None, question: str) -> None:
        self._file = JournalFile(path, _APPLICATION, _SCHEMA, _SETTINGS)
        self._question = question

    async def open(self) -> dict[str, Known]:
        """Open the file; return what it knows, by the key of the part.

        Raises:
            ConfigurationError: it is the journal of a run that asked for something else.
            JournalError: it is no such journal, or in use.
            OSError: its folder cannot be made.
        """
        return await self._file.do(self._open)

    async def put(self, key: str, known: Known) -> None:
        """Keep what is known of a part; it is on the disk when this returns.

        Raises:
            JournalError: the file cannot be written.
        """
        await self._file.do(lambda: self._put(key, known))

    async def clear(self) -> None:
        """Forget all: the run has come to its end."""
        await self._file.do(self._clear)

    async def close(self) -> None:
        """Close the file."""
        await self._file.close()

    def _open(self) -> dict[str, Known]:
        path = self._file.path
        self._file.open_for(
            self._question,
            lambda _: f"{path} is the journal of another run: remove it, or choose another file",
        )
        file = self._file.connection
        query = "SELECT key, token, started, starts, fetched FROM parts"
        return {
            key: Known(token, started or 0.0, starts, bool(fetched))
            for key, token, started, starts, fetched in file.execute(query)
        }

    def _put(self, key: str, known: Known) -> None:
        with self._file.transaction() as file:
            file.execute("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?)", (key, *known))

    def _clear(self) -> None:
        with self._file.transaction() as file:
            file.execute("DELETE FROM parts")
            file.execute("DELETE FROM run")
