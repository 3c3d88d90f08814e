"""The rows of a report's file: read piece by piece, each value of the type that its column has."""

from __future__ import annotations

import csv
import datetime as dt
from functools import lru_cache
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pinterest_async.errors import PinterestError
from pinterest_async.jobs._tables import ParquetTable, arrow_type
from pinterest_async.jobs.ads.columns import ACCOUNT
from pinterest_async.jobs.export.formats import pyarrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pinterest_async.jobs._tables import TableColumn, Type, Value

CHUNK: Final = 256
"""Rows that are in memory at a time: so few that the garbage collector is not called for them."""
_ROWS: Final = 128
_LEAST: Final = 3 * 2**15
_MOST: Final = 2**22
_BLOCKS: Final = 8


class ReportUnreadable(PinterestError):
    """The file of a report is not the table that it should be."""


def rows_of(
    path: Path, columns: Sequence[TableColumn], ad_account_id: str
) -> Iterator[list[tuple[Value, ...]]]:
    """Read the rows of a report in CSV, some at a time.

    A column that the file lacks is None in every row; one that was not asked for is left out.

    Args:
        path: the file.
        columns: what the rows have.
        ad_account_id: what stands in the column of the ad account.

    Raises:
        ReportUnreadable: it is no table, or a value is not of its column's type.
    """
    for _, read in _columns_of(path, columns, ad_account_id):
        yield list(zip(*read, strict=True))


def dictionaries_of(
    path: Path, columns: Sequence[TableColumn], ad_account_id: str
) -> Iterator[list[dict[str, Value]]]:
    """Read the rows of a report as `rows_of` does, as dictionaries by the names of the columns.

    Args:
        path: the file.
        columns: what the rows have.
        ad_account_id: what stands in the column of the ad account.

    Raises:
        ReportUnreadable: it is no table, or a value is not of its column's type.
    """
    names = [column.name for column in columns]
    blank: dict[str, Value] = dict.fromkeys(names)
    for count, read in _columns_of(path, columns, ad_account_id):
        # A copy has all keys in their places, so that filling it takes half of what making it does.
        rows = [blank.copy() for _ in range(count)]
        for name, values in zip(names, read, strict=True):
            for row, value in zip(rows, values, strict=True):
                row[name] = value
        yield rows


def _columns_of(
    path: Path, columns: Sequence[TableColumn], ad_account_id: str
) -> Iterator[tuple[int, list[Iterable[Value]]]]:
    """Read some rows at a time: how many there are, and the values of each column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        try:
            head: list[str] = next(reader, list[str]())
            places = {name: place for place, name in enumerate(head)}
            while rows := list(islice(reader, CHUNK)):
                cells = list(zip(*rows, strict=True))
                if len(cells) != len(head):
                    raise ReportUnreadable(f"{path.name}: {len(cells)} cells under {len(head)}")
                yield (
                    len(rows),
                    [
                        _column(column, places.get(column.name), cells, ad_account_id, len(rows))
                        for column in columns
                    ],
                )
        except (csv.Error, UnicodeDecodeError, ValueError) as error:
            raise ReportUnreadable(f"{path.name} cannot be read: {error}") from None


def _column(
    column: TableColumn,
    place: int | None,
    cells: Sequence[tuple[str, ...]],
    ad_account_id: str,
    count: int,
) -> Iterable[Value]:
    if column.name == ACCOUNT:
        return repeat(ad_account_id, count)
    if place is None:
        return repeat(None, count)
    return _READ[column.type](cells[place])


def _texts(cells: tuple[str, ...]) -> Iterable[Value]:
    return cells if "" not in cells else [cell or None for cell in cells]


def _integers(cells: tuple[str, ...]) -> Iterable[Value]:
    try:
        return list(map(int, cells))
    except ValueError:
        return [_integer(cell) for cell in cells]


def _integer(cell: str) -> int | float | None:
    if not cell:
        return None
    number = float(cell)
    return int(cell) if cell.lstrip("-").isdigit() else _whole(number)


def _whole(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _numbers(cells: tuple[str, ...]) -> Iterable[Value]:
    try:
        return list(map(float, cells))
    except ValueError:
        return [float(cell) if cell else None for cell in cells]


def _days(cells: tuple[str, ...]) -> Iterable[Value]:
    return list(map(_day, cells))


@lru_cache(maxsize=4096)
def _day(cell: str) -> dt.date | None:
    if not cell:
        return None
    return dt.date.fromisoformat(cell[:10])


@lru_cache(maxsize=4096)
def _moment(cell: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(cell) if cell else None


def _moments(cells: tuple[str, ...]) -> Iterable[Value]:
    return list(map(_moment, cells))


_READ: Final[dict[Type, Callable[[tuple[str, ...]], Iterable[Value]]]] = {
    "text": _texts,
    "integer": _integers,
    "number": _numbers,
    "date": _days,
    "timestamp": _moments,
}


def copy_to_parquet(
    path: Path, columns: Sequence[TableColumn], ad_account_id: str, table: ParquetTable
) -> int:
    """Copy a report in CSV into a table of Parquet; return how many rows it has.

    Raises:
        ReportUnreadable: it is no table, or a value is not of its column's type.
    """
    arrow = pyarrow("pyarrow")
    with path.open("rb") as file:
        head = file.readline()
    if not head.strip():
        return 0
    copied = 0
    try:
        for read in _arrow_tables(path, head, columns, ad_account_id, table.schema):
            table.add_arrow(read)
            copied += read.num_rows
    except arrow.ArrowInvalid:
        # What follows has a value that pyarrow does not know how to read, such as 5.0 for 5.
        return copied + _copy_rows(path, columns, ad_account_id, table, after=copied)
    return copied


def _copy_rows(
    path: Path,
    columns: Sequence[TableColumn],
    ad_account_id: str,
    table: ParquetTable,
    *,
    after: int,
) -> int:
    """Copy what comes after so many rows, as they are handed out; return how many there are."""
    copied = 0
    whole = [place for place, column in enumerate(columns) if column.type == "integer"]
    rows = islice(chain.from_iterable(rows_of(path, columns, ad_account_id)), after, None)
    try:
        while some := list(islice(rows, CHUNK)):
            # Arrow would cut off what is behind the point, and say nothing.
            if any(isinstance(row[place], float) for row in some for place in whole):
                raise ReportUnreadable(f"{path.name} has a part of one where all are whole")
            table.add(some)
            copied += len(some)
    except (pyarrow("pyarrow").ArrowInvalid, OverflowError) as error:
        raise ReportUnreadable(f"{path.name} cannot be read: {error}") from None
    return copied


def _arrow_tables(
    path: Path, head: bytes, columns: Sequence[TableColumn], ad_account_id: str, schema: Any
) -> Iterator[Any]:
    """Read a report with pyarrow, some blocks at a time."""
    arrow, reading = pyarrow("pyarrow"), pyarrow("pyarrow.csv")
    names = [column.name for column in columns]
    place = names.index(ACCOUNT)
    account_id = arrow.scalar(ad_account_id, arrow.string())
    convert = reading.ConvertOptions(
        column_types={column.name: arrow_type(column.type) for column in columns},
        include_columns=[*names[:place], *names[place + 1 :]],
        include_missing_columns=True,
        # As `rows_of` has it: a campaign may well be called NA.
        null_values=[""],
        strings_can_be_null=True,
    )
    with reading.open_csv(
        path,
        read_options=reading.ReadOptions(block_size=_block_size(head)),
        # A name may have line breaks, and lie where one block ends and the next begins.
        parse_options=reading.ParseOptions(newlines_in_values=True),
        convert_options=convert,
    ) as reader:
        batches: Iterator[Any] = iter(reader)
        # Several blocks at once: what is done for each takes longer than reading one.
        while blocks := list(islice(batches, _BLOCKS)):
            read = arrow.Table.from_batches(blocks).combine_chunks()
            account = arrow.repeat(account_id, read.num_rows)
            yield read.add_column(place, schema.field(place), account)


def _block_size(head: bytes) -> int:
    """How many bytes pyarrow is to read at once from a report that begins with this line.

    Its reader is up to 32 blocks ahead of what is taken from it, however slow that is, so blocks
    are what memory goes by. A head line tells how wide the rows are: fewer than some hundred of
    them in a block would cost more for each block than for the rows.
    """
    return min(max(len(head) * _ROWS, _LEAST), _MOST)


def write_csv(path: Path, head: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    """Write rows as Pinterest writes a report: what is 0, and left out for that, is 0."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows([row.get(name, "") for name in head] for row in rows)


def json_as_csv(path: Path, head: Sequence[str]) -> None:
    """Turn a report in JSON, as some templates have it, into one in CSV, in its place.

    Raises:
        ReportUnreadable: it is no such report.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=dict[str, list[dict[str, Any]]])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReportUnreadable(f"{path.name} cannot be read: {error}") from None
    write_csv(path, head, (row for rows in found.values() for row in rows))
