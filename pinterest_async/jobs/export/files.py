"""The files of an export: they get their names when all of them are whole, the manifest last.

While they are written they are called `<name>.partial`; what a kill leaves of those is cleared away
by the next run. A folder with a `manifest.json` holds a finished export.
"""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from pinterest_async._files import replace
from pinterest_async.jobs.export.columns import COLUMNS
from pinterest_async.jobs.export.formats import FORMATS, PARTIAL, let_go, names_of, open_output
from pinterest_async.jobs.export.report import Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pinterest_async.jobs.export.columns import Table
    from pinterest_async.jobs.export.formats import Format, Output
    from pinterest_async.jobs.export.journal import Row

MANIFEST: Final = "manifest.json"
REJECTED: Final = "rejected.jsonl"
CHANGES: Final = "changes.jsonl"
INDEX: Final = "index.html"
_ALL: Final = (
    *(name for each in FORMATS for name in names_of(each, list(COLUMNS))),
    REJECTED,
    CHANGES,
    INDEX,
    MANIFEST,
)


class _Manifest(msgspec.Struct):
    """What is read of an earlier export's manifest."""

    files: list[str] = msgspec.field(
        default_factory=lambda: ["boards.jsonl", "sections.jsonl", "pins.jsonl", REJECTED]
    )


class _Differences(msgspec.Struct):
    """What is read of an earlier export's manifest, to compare with."""

    account: str | None = None
    differences: list[Difference] = []
    remarks: list[Difference] = []


_UNREADABLE: Final = (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def earlier_differences(folder: Path, account: str | None) -> list[Difference]:
    """Return what the export that stands in a folder differed in; nothing where it is another's."""
    try:
        earlier = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Differences)
    except _UNREADABLE:
        return []
    if earlier.account != account:
        return []
    return earlier.differences + earlier.remarks


class ExportFiles:
    """The growing files of one export. For one thread.

    Args:
        folder: where they are; it exists when they are started.
        format: how the tables are written.
        tables: the tables there are.
        view: whether the HTML view is written, too.
    """

    def __init__(
        self, folder: Path, format: Format, tables: Sequence[Table], *, view: bool = False
    ) -> None:
        self._folder = folder
        self._format: Format = format
        self._tables = tables
        self._names = names_of(format, tables)
        self._view = view
        self._output: Output | None = None
        self._lines: dict[str, BinaryIO] = {}

    @property
    def names(self) -> list[str]:
        """The files of the export but for its manifest; those with lines appear as they do."""
        return [*self._names, *self._lines]

    def present(self) -> list[str]:
        """Return the files in the folder that an export would replace."""
        named = (*self._names, REJECTED, CHANGES, *([INDEX] if self._view else []), MANIFEST)
        return [name for name in named if (self._folder / name).exists()]

    def had_view(self) -> bool:
        """Return whether the export in the folder has an HTML view."""
        return INDEX in self._earlier()

    def start(self) -> None:
        """Clear away what a killed export left, and start the files of the tables."""
        for name in _ALL:
            (self._folder / f"{name}{PARTIAL}").unlink(missing_ok=True)
        try:
            self._output = open_output(self._format, self._folder, self._tables)
        except sqlite3.Error as error:
            raise self._cannot(error) from error

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add items to a table."""
        if self._output is None:
            raise RuntimeError("the files are not started")
        try:
            self._output.add(table, rows)
        except sqlite3.Error as error:
            raise self._cannot(error) from error

    def add_lines(self, name: str, lines: Iterable[bytes]) -> None:
        """Add lines to a file that is there only where it has any."""
        file = self._lines.get(name)
        if file is None:
            file = self._lines[name] = (self._folder / f"{name}{PARTIAL}").open("wb")
        file.write(b"".join(line + b"\n" for line in lines))

    def commit(self, manifest: bytes) -> None:
        """Give every file its name, the manifest last, and remove those of an earlier export."""
        names = self.names
        self.add_lines(MANIFEST, [manifest])
        try:
            if self._output is not None:
                self._output.finish()
        except sqlite3.Error as error:
            raise self._cannot(error) from error
        for file in self._lines.values():
            file.flush()
            os.fsync(file.fileno())
            file.close()
        outdated = set(self._earlier()).difference([*names, MANIFEST])
        (self._folder / MANIFEST).unlink(missing_ok=True)
        for name in names:
            replace(self._folder / f"{name}{PARTIAL}", self._folder / name)
        for name in outdated:
            (self._folder / name).unlink(missing_ok=True)
        replace(self._folder / f"{MANIFEST}{PARTIAL}", self._folder / MANIFEST)

    def close(self) -> None:
        """Let go of the files, and remove those that have no name yet."""
        if self._output is None and not self._lines:
            return
        growing = self.names
        if self._output is not None:
            self._output.close()
        let_go(self._lines)
        for name in growing:
            (self._folder / f"{name}{PARTIAL}").unlink(missing_ok=True)

    def _earlier(self) -> list[str]:
        """Return the files of the export that is replaced, by the word of its manifest."""
        try:
            manifest = (self._folder / MANIFEST).read_bytes()
            named = msgspec.json.decode(manifest, type=_Manifest).files
        except _UNREADABLE:
            named = []
        # Our own names only: a manifest that was tampered with leads nowhere else.
        return [name for name in (*named, REJECTED, CHANGES) if name in _ALL]

    def _cannot(self, error: sqlite3.Error) -> OSError:
        return OSError(f"the files in {self._folder} cannot be written: {error}")
