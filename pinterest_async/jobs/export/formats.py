"""The formats of an export: how its tables become files.

- JSON Lines: an item a line, as Pinterest sent it, unknown members and all.
- CSV: RFC 4180 as the `csv` module writes it, UTF-8, with a head line. Times are ISO 8601 in UTC,
  truths `true` and `false`, and what is not there is empty. Text may hold line breaks, in quotes. A
  text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a
  line break) gets an apostrophe in front of it; `raw` has it as it is.
- Parquet: one row group for each portion that is handed over, so that memory stays flat.
- SQLite: all tables in one file, `pinterest.sqlite`; times as in CSV, truths as 0 and 1.
"""

from __future__ import annotations

import csv
import os
import sqlite3
from contextlib import suppress
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, get_args

from pinterest_async.errors import ConfigurationError
from pinterest_async.jobs.export.columns import cells, columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import IO

    from pinterest_async.jobs.export.columns import Cell, Table, Type
    from pinterest_async.jobs.export.journal import Row

Format: TypeAlias = Literal["jsonl", "csv", "parquet", "sqlite"]

FORMATS: Final[tuple[Format, ...]] = get_args(Format)
DATABASE: Final = "pinterest.sqlite"
PARTIAL: Final = ".partial"

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_SQL: Final[dict[Type, str]] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "INTEGER",
    "timestamp": "TEXT",
}


class Output(Protocol):
    """The files of the tables while they grow, each called `<name>.partial`."""

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add items to a table."""

    def finish(self) -> None:
        """Complete the files and bring them to the disk."""

    def close(self) -> None:
        """Let go of the files."""


def check_format(format: str) -> None:
    """Check that a format can be written.

    Raises:
        ConfigurationError: it is unknown, or a library that it takes is not installed.
    """
    if format not in FORMATS:
        raise ConfigurationError(f"format must be one of {', '.join(FORMATS)}, not {format!r}")
    if format == "parquet":
        pyarrow("pyarrow")


def names_of(format: Format, tables: Sequence[Table]) -> list[str]:
    """Return what the files of the tables are called."""
    return [DATABASE] if format == "sqlite" else [f"{table}.{format}" for table in tables]


def open_output(format: Format, folder: Path, tables: Sequence[Table]) -> Output:
    """Start the files of the tables."""
    return _OUTPUTS[format](folder, tables)


def let_go(files: dict[Any, Any]) -> None:
    """Close files, complete or not."""
    while files:
        _, file = files.popitem()
        # Closing writes what is left, which a full disk refuses once more. Files that are to stay
        # have nothing left.
        with suppress(OSError):
            file.close()


class _Files:
    """What the formats with one file for each table have in common."""

    format: Format

    def __init__(self, folder: Path, tables: Sequence[Table]) -> None:
        self._files: dict[Table, IO[Any]] = {}
        try:
            for table in tables:
                self._files[table] = self._open(folder / f"{table}.{self.format}{PARTIAL}")
        except BaseException:
            self.close()
            raise

    def _open(self, path: Path) -> IO[Any]:
        return path.open("wb")

    def finish(self) -> None:
        """Complete the files and bring them to the disk."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        let_go(self._files)


class _JSONLines(_Files):
    format: Format = "jsonl"

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add items as they are."""
        self._files[table].write(b"".join(line + b"\n" for line, _ in rows))


class _CSV(_Files):
    format: Format = "csv"

    def __init__(self, folder: Path, tables: Sequence[Table]) -> None:
        super().__init__(folder, tables)
        for table, file in self._files.items():
            csv.writer(file).writerow(name for name, _ in columns(table))

    def _open(self, path: Path) -> IO[Any]:
        return path.open("w", encoding="utf-8", newline="")

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add items as rows of text."""
        csv.writer(self._files[table]).writerows(
            [csv_cell(cell) for cell in cells(table, line, home)] for line, home in rows
        )


def csv_cell(cell: Cell | date) -> str | int | float | None:
    """A value as CSV has it: no text begins as a formula does."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return _plain(cell)


def _plain(cell: Cell | date) -> str | int | float | None:
    """Write a time as text; leave all else."""
    if isinstance(cell, date):
        return cell.isoformat().replace("+00:00", "Z")
    return cell


class _Parquet:
    def __init__(self, folder: Path, tables: Sequence[Table]) -> None:
        self._arrow = pyarrow("pyarrow")
        parquet = pyarrow("pyarrow.parquet")
        self._files: dict[Table, IO[bytes]] = {}
        self._writers: dict[Table, Any] = {}
        try:
            for table in tables:
                file = self._files[table] = (folder / f"{table}.parquet{PARTIAL}").open("wb")
                schema = self._schema(table)
                self._writers[table] = parquet.ParquetWriter(file, schema, compression="zstd")
        except BaseException:
            self.close()
            raise

    def _schema(self, table: Table) -> Any:
        arrow = self._arrow
        types: dict[Type, Any] = {
            "text": arrow.string(),
            "integer": arrow.int64(),
            "number": arrow.float64(),
            "boolean": arrow.bool_(),
            "timestamp": arrow.timestamp("us", tz="UTC"),
        }
        return arrow.schema([(name, types[type_]) for name, type_ in columns(table)])

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add items as one row group."""
        schema = self._writers[table].schema
        named = zip(*(cells(table, line, home) for line, home in rows), strict=True)
        arrays = [
            self._arrow.array(values, type=field.type)
            for values, field in zip(named, schema, strict=True)
        ]
        self._writers[table].write_table(self._arrow.Table.from_arrays(arrays, schema=schema))

    def finish(self) -> None:
        """Write what ends the files, and bring them to the disk."""
        for table, file in self._files.items():
            self._writers[table].close()
            file.flush()
            os.fsync(file.fileno())
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        for writer in self._writers.values():
            # Or it would end its file when it is collected, which a full disk refuses with a noise.
            writer.is_open = False
        self._writers.clear()
        let_go(self._files)


class Database:
    """A file of SQLite that is written to until it is let go of.

    It is used by one thread at a time, which need not be the same one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False
        )

    def close(self) -> None:
        """Let go of the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError("the database is closed")
        return self._connection


class _SQLite(Database):
    def __init__(self, folder: Path, tables: Sequence[Table]) -> None:
        super().__init__(folder / f"{DATABASE}{PARTIAL}")
        self._insert: dict[Table, str] = {}
        # What comes of a kill is thrown away, so nothing need be kept for undoing it.
        self._execute("PRAGMA journal_mode = OFF")
        self._execute("PRAGMA synchronous = OFF")
        self._execute("BEGIN")
        for table in tables:
            named = columns(table)
            key = " PRIMARY KEY" if named[0][0] == "id" else ""
            fields = ", ".join(f"{name} {_SQL[type_]}" for name, type_ in named[1:])
            self._execute(f"CREATE TABLE {table} ({named[0][0]} TEXT{key}, {fields})")
            marks = ", ".join("?" * len(named))
            # The names are those of our tables; the values are bound.
            self._insert[table] = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add items as rows."""
        values = [[_plain(cell) for cell in cells(table, line, home)] for line, home in rows]
        self._opened().executemany(self._insert[table], values)

    def finish(self) -> None:
        """Index what is looked for by board or Pin, and bring the file to the disk."""
        for table, name in (("sections", "board_id"), ("pins", "board_id"), ("metrics", "pin_id")):
            if table in self._insert:
                self._execute(f"CREATE INDEX {table}_by_{name} ON {table} ({name})")
        self._execute("COMMIT")
        self.close()
        with self._path.open("rb") as file:
            os.fsync(file.fileno())

    def _execute(self, statement: str) -> None:
        self._opened().execute(statement)


_OUTPUTS: Final[dict[Format, type[_JSONLines | _CSV | _Parquet | _SQLite]]] = {
    "jsonl": _JSONLines,
    "csv": _CSV,
    "parquet": _Parquet,
    "sqlite": _SQLite,
}


def pyarrow(module: str) -> Any:
    """A module of pyarrow.

    Raises:
        ConfigurationError: it is not installed.
    """
    # It has no types of its own, so all that comes from it is `Any`.
    try:
        return import_module(module)
    except ImportError:
        raise ConfigurationError(
            "format='parquet' takes pyarrow: pip install 'pinterest-async[parquet]'"
        ) from None
