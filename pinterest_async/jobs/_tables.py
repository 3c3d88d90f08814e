"""Tables of typed columns as files: JSON Lines, CSV, Parquet and SQLite.

A file grows as `<name>.partial` and gets its name when it is whole. SQLite alone is added to: rows
with the key of one that is there take its place.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, TypeAlias

import msgspec

from pinterest_async._files import replace
from pinterest_async.errors import ConfigurationError
from pinterest_async.jobs.export.formats import (
    FORMATS,
    PARTIAL,
    Database,
    check_format,
    csv_cell,
    pyarrow,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pinterest_async.jobs.export.formats import Format

Type: TypeAlias = Literal["text", "integer", "number", "boolean", "date", "timestamp"]
Value: TypeAlias = str | int | float | bool | dt.date | dt.datetime | None

SUFFIXES: Final[dict[str, Format]] = {
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".sqlite": "sqlite",
    ".db": "sqlite",
}

GROUP_ROWS: Final = 2**16
GROUP_BYTES: Final = 2**24
"""A row group of Parquet is written when it has so many rows, or takes so much memory."""

_SQL: Final[dict[Type, str]] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "INTEGER",
    "date": "TEXT",
    "timestamp": "TEXT",
}


class TableColumn(NamedTuple):
    """A column: its name and what it holds."""

    name: str
    type: Type


class Table(Protocol):
    """A table that grows."""

    def add(self, rows: Sequence[Sequence[Value]]) -> None:
        """Add rows, each with a value for every column."""

    def finish(self) -> None:
        """Bring it to the disk and give it its name."""

    def close(self) -> None:
        """Let go of it; what has no name yet is removed."""


def format_of(path: Path, format: Format | None) -> Format:
    """The format of a file: what is said, or what its name ends in.

    Raises:
        ConfigurationError: it is unknown, or a library that it takes is not installed.
    """
    chosen = format or SUFFIXES.get(path.suffix.lower())
    if chosen is None:
        raise ConfigurationError(
            f"the format of {path.name} cannot be told: its name should end in "
            f"{', '.join(SUFFIXES)}; or pass format, one of {', '.join(FORMATS)}"
        )
    check_format(chosen)
    return chosen


def open_table(
    format: Format,
    path: Path,
    columns: Sequence[TableColumn],
    *,
    name: str,
    key: Sequence[str] = (),
) -> Table:
    """Start a table.

    Args:
        format: how it is written.
        path: the file; its folder is made where it is missing.
        columns: what it has.
        name: of the table in a database.
        key: the columns that no two rows have all in common.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if format == "jsonl":
        return _JSONLines(path, columns)
    if format == "csv":
        return _CSV(path, columns)
    if format == "parquet":
        return ParquetTable(path, columns)
    return SQLiteTable(path, columns, name=name, key=key)


class _File:
    """A file that gets its name at the end."""

    def __init__(self, path: Path, mode: str) -> None:
        self._path = path
        self._partial = path.with_name(f"{path.name}{PARTIAL}")
        binary = "b" in mode
        self.file: IO[Any] = self._partial.open(
            mode, encoding=None if binary else "utf-8", newline=None if binary else ""
        )

    def finish(self) -> None:
        """Bring it to the disk and give it its name."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        replace(self._partial, self._path)

    def close(self) -> None:
        """Let go of it; what has no name yet is removed."""
        # Closing writes what is left, which a full disk refuses once more.
        with suppress(OSError):
            self.file.close()
        self._partial.unlink(missing_ok=True)


class _JSONLines(_File):
    def __init__(self, path: Path, columns: Sequence[TableColumn]) -> None:
        super().__init__(path, "wb")
        self._names = [column.name for column in columns]
        self._encode = msgspec.json.Encoder().encode_lines

    def add(self, rows: Sequence[Sequence[Value]]) -> None:
        """Add rows as objects, a line each."""
        names = self._names
        self.file.write(self._encode([dict(zip(names, row, strict=True)) for row in rows]))


class _CSV(_File):
    def __init__(self, path: Path, columns: Sequence[TableColumn]) -> None:
        super().__init__(path, "w")
        self._writer = csv.writer(self.file)
        self._writer.writerow([column.name for column in columns])

    def add(self, rows: Sequence[Sequence[Value]]) -> None:
        """Add rows as text."""
        self._writer.writerows([[csv_cell(value) for value in row] for row in rows])


class ParquetTable(_File):
    """A file of Parquet, written a row group at a time, so that memory stays flat.

    Portions wait until they fill a row group: the end of the file lists all row groups, with some
    kilobytes for each, and is in memory until it is written.
    """

    def __init__(self, path: Path, columns: Sequence[TableColumn]) -> None:
        self._arrow = pyarrow("pyarrow")
        self.schema: Any = self._arrow.schema(
            [(column.name, arrow_type(column.type)) for column in columns]
        )
        super().__init__(path, "wb")
        parquet = pyarrow("pyarrow.parquet")
        self._writer: Any = parquet.ParquetWriter(self.file, self.schema, compression="zstd")
        self._waiting: list[Any] = []
        self._rows = self._bytes = 0

    def add(self, rows: Sequence[Sequence[Value]]) -> None:
        """Add rows."""
        arrays = [
            self._arrow.array(values, type=field.type)
            for values, field in zip(zip(*rows, strict=True), self.schema, strict=True)
        ]
        self.add_arrow(self._arrow.Table.from_arrays(arrays, schema=self.schema))

    def add_arrow(self, table: Any) -> None:
        """Add what is a table of Arrow already."""
        self._waiting.append(table)
        self._rows += table.num_rows
        self._bytes += table.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._write_group()

    def _write_group(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._rows = self._bytes = 0
        self._writer.write_table(self._arrow.concat_tables(waiting))

    def finish(self) -> None:
        """Write what is left and what ends the file, and give it its name."""
        if self._rows:
            self._write_group()
        self._writer.close()
        super().finish()

    def close(self) -> None:
        """Let go of it."""
        self._waiting.clear()
        # Or it would end its file when it is collected, which a full disk refuses with a noise.
        self._writer.is_open = False
        super().close()


def arrow_type(type_: Type) -> Any:
    """What Arrow calls a type."""
    arrow = pyarrow("pyarrow")
    made: dict[Type, Any] = {
        "text": arrow.string(),
        "integer": arrow.int64(),
        "number": arrow.float64(),
        "boolean": arrow.bool_(),
        "date": arrow.date32(),
        "timestamp": arrow.timestamp("s"),
    }
    return made[type_]


class SQLiteTable(Database):
    """A table of a database, which may hold others: all that is added is there at once, or none.

    Args:
        path: the file.
        columns: of the table; one that the table lacks is added to it.
        name: of the table.
        key: the columns that no two rows have all in common.
    """

    def __init__(
        self, path: Path, columns: Sequence[TableColumn], *, name: str, key: Sequence[str]
    ) -> None:
        self._name = name
        super().__init__(path)
        connection = self._opened()
        connection.execute("BEGIN IMMEDIATE")
        keyed = f", PRIMARY KEY ({_quoted(key)})" if key else ""
        fields = ", ".join(f'"{column.name}" {_SQL[column.type]}' for column in columns)
        connection.execute(f'CREATE TABLE IF NOT EXISTS "{name}" ({fields}{keyed}) ')
        there = {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')}
        for column in columns:
            if column.name not in there:
                connection.execute(
                    f'ALTER TABLE "{name}" ADD COLUMN "{column.name}" {_SQL[column.type]}'
                )
        marks = ", ".join("?" * len(columns))
        names = _quoted(column.name for column in columns)
        # The names are those of our tables; the values are bound.
        self._insert = f'INSERT OR REPLACE INTO "{name}" ({names}) VALUES ({marks})'  # noqa: S608

    def drop_rows(self, where: str, values: Sequence[Value]) -> None:
        """Remove rows that others take the place of."""
        self._opened().execute(
            f'DELETE FROM "{self._name}" WHERE {where}',  # noqa: S608  # ours
            [_sql_cell(value) for value in values],
        )

    def add(self, rows: Sequence[Sequence[Value]]) -> None:
        """Add rows; one with the key of another takes its place."""
        made = [[_sql_cell(value) for value in row] for row in rows]
        self._opened().executemany(self._insert, made)

    def finish(self) -> None:
        """Bring all of it to the disk."""
        self._opened().execute("COMMIT")
        self.close()


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _sql_cell(value: Value) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
