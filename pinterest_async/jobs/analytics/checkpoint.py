"""What a run of analytics has fetched, kept on disk so that no later run has to fetch it again.

A file of SQLite with one row for each Pin, and one for each that was looked up. It holds the
figures themselves: a run that goes on hands out the rows of its predecessor as well, and so every
run that comes to its end is whole.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from pinterest_async.jobs._journal import RUN_TABLE, JournalFile
from pinterest_async.models.pins import PinAnalyticsMetricsResponse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MediaKind: TypeAlias = Literal["picture", "video", "unknown"]
"""What a Pin shows, as far as its metrics depend on it."""

_APPLICATION: Final = 0x50694E61
_SETTINGS: Final = ("journal_mode = WAL", "synchronous = FULL")
_SCHEMA: Final = f"""
    {RUN_TABLE}
    CREATE TABLE IF NOT EXISTS fetched (pin_id TEXT PRIMARY KEY, figures BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS kinds (pin_id TEXT PRIMARY KEY, kind TEXT NOT NULL);
"""


class PinFigures(msgspec.Struct, kw_only=True, gc=False):
    """What Pinterest said of one Pin."""

    pin_id: str
    metrics: list[str]
    """What was asked for."""
    analytics: PinAnalyticsMetricsResponse | None
    """None where Pinterest left the Pin out, as it does with those that have no figures."""


_decode = msgspec.json.Decoder(PinFigures).decode


class Checkpoint:
    """The file of one run, which no other may use meanwhile. All work is done in one thread.

    Args:
        path: the file; made where it is missing.
        question: what the run asks for, in words that are the same for the same question.
    """

    def __init__(self, path: Path, question: str) -> None:
        self.known: set[str] = set()
        """The Pins whose figures it holds."""
        self.kinds: dict[str, MediaKind] = {}
        """What the Pins show that were looked up."""
        self._file = JournalFile(path, _APPLICATION, _SCHEMA, _SETTINGS)
        self._question = question

    async def open(self) -> None:
        """Open the file, and read which Pins it holds.

        Raises:
            ConfigurationError: it is the checkpoint of a run that asked for something else.
            JournalError: it is no checkpoint, or in use.
            OSError: its folder cannot be made.
        """
        self.known, self.kinds = await self._file.do(self._open)

    async def get(self, pin_ids: Iterable[str]) -> list[PinFigures]:
        """Return the figures of known Pins.

        Raises:
            JournalError: the file cannot be read.
        """
        return await self._file.do(lambda: [self._get(pin_id) for pin_id in pin_ids])

    async def put(self, figures: Iterable[PinFigures]) -> None:
        """Keep figures; they are on the disk, all or none, when it returns.

        Raises:
            JournalError: the file cannot be written.
        """
        await self._file.do(lambda: self._put(figures))
        self.known.update(one.pin_id for one in figures)

    async def put_kind(self, pin_id: str, kind: MediaKind) -> None:
        """Keep what a Pin shows.

        Raises:
            JournalError: the file cannot be written.
        """
        await self._file.do(lambda: self._put_kind(pin_id, kind))

    async def close(self) -> None:
        """Close the file."""
        await self._file.close()

    def _open(self) -> tuple[set[str], dict[str, MediaKind]]:
        path = self._file.path
        self._file.open_for(
            self._question,
            lambda other: (
                f"{path} is the checkpoint of another run ({other}): remove it, or choose another "
                "file"
            ),
        )
        file = self._file.connection
        known = {pin_id for (pin_id,) in file.execute("SELECT pin_id FROM fetched")}
        return known, dict(file.execute("SELECT pin_id, kind FROM kinds"))

    def _get(self, pin_id: str) -> PinFigures:
        query = "SELECT figures FROM fetched WHERE pin_id = ?"
        (packed,) = self._file.connection.execute(query, (pin_id,)).fetchone()
        return _decode(zlib.decompress(packed))

    def _put(self, figures: Iterable[PinFigures]) -> None:
        rows = [(one.pin_id, zlib.compress(msgspec.json.encode(one), level=1)) for one in figures]
        with self._file.transaction() as file:
            file.executemany("INSERT OR REPLACE INTO fetched VALUES (?, ?)", rows)

    def _put_kind(self, pin_id: str, kind: MediaKind) -> None:
        self._file.connection.execute("INSERT OR REPLACE INTO kinds VALUES (?, ?)", (pin_id, kind))
