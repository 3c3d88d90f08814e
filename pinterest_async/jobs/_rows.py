"""Rows of files, CSV and JSON Lines, each with the line that it begins in; rows from anywhere."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections import Counter
from collections.abc import AsyncIterable
from contextlib import aclosing, closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO, TypeVar

import msgspec

from pinterest_async._gather import each
from pinterest_async.errors import ConfigurationError
from pinterest_async.jobs._threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Sequence


class Keyed(Protocol):
    """A row that a later run knows again by its key."""

    key: str
    """Its own word for it; empty where it has none."""
    problems: list[str]
    """What is wrong with it."""


T = TypeVar("T")
K = TypeVar("K", bound=Keyed)

_SEPARATORS: Final = (",", ";", "\t")


class Unreadable(msgspec.Struct):
    """Stands for a row that cannot be read."""

    problem: str


def read_file(path: Path) -> Generator[tuple[int, Any]]:
    """Return the rows of a file: the line, counted from 1, and a mapping, or `Unreadable`.

    Nothing is read before the first row is asked for. Blocks: call it in a thread.

    Args:
        path: a `.csv`, `.tsv`, `.jsonl` or `.ndjson` file.

    Raises:
        ConfigurationError: its name does not tell its form.
        OSError: it cannot be read.
    """
    kind = path.suffix.lower()
    if kind in (".csv", ".tsv"):
        return _read_csv(path)
    if kind in (".jsonl", ".ndjson"):
        return _read_json_lines(path)
    raise ConfigurationError(f"{path} must be called .csv, .tsv, .jsonl or .ndjson")


def give_keys(rows: Sequence[K], content: Callable[[K], str]) -> None:
    """Give each row a key of its own, by which a later run knows it again wherever it stands.

    Args:
        rows: all rows; a key that several have is a problem of each of them.
        content: what a row without a key says, which its key is made of.
    """
    given = Counter(row.key for row in rows if row.key)
    alike: Counter[str] = Counter()
    for row in rows:
        if row.key:
            if given[row.key] > 1:
                row.problems.append(f"key {row.key!r} is that of several rows")
            continue
        digest = hashlib.sha256(content(row).encode()).hexdigest()[:32]
        alike[digest] += 1
        row.key = f"{digest}.{alike[digest]}"


async def portions(
    rows: str | os.PathLike[str] | Iterable[Any] | AsyncIterable[Any],
    size: int,
    *,
    read: Callable[[Path], Generator[tuple[int, Any]]] = read_file,
) -> AsyncGenerator[list[tuple[int, Any]], None]:
    """Yield rows some at a time, each with its line, or with its number from 1.

    A file is read in a thread; what is iterated over is asked in the event loop, as it may be made
    there.

    Args:
        rows: a file, or rows that come at once or in time.
        size: how many at a time.
        read: reads a file.

    Raises:
        ConfigurationError: the name of the file does not tell its form.
        OSError: the file cannot be read.
    """
    if isinstance(rows, AsyncIterable):
        async with aclosing(_counted(rows, size)) as counted:
            async for some in counted:
                yield some
    elif isinstance(rows, str | os.PathLike):
        with closing(read(Path(rows))) as lines:
            while some := await in_thread(lambda: list(islice(lines, size))):
                yield some
    else:
        given = enumerate(rows, 1)
        while some := list(islice(given, size)):
            yield some


async def _counted(rows: AsyncIterable[T], size: int) -> AsyncGenerator[list[tuple[int, T]], None]:
    some: list[tuple[int, T]] = []
    number = 0
    async with aclosing(each(rows)) as walk:
        async for row in walk:
            number += 1
            some.append((number, row))
            if len(some) == size:
                yield some
                some = []
    if some:
        yield some


def _read_csv(path: Path) -> Generator[tuple[int, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            separator = _separator(file)
        except (csv.Error, UnicodeDecodeError) as error:
            yield 1, Unreadable(f"not CSV in UTF-8: {error}")
            return
        reader = csv.DictReader(file, strict=True, delimiter=separator)
        try:
            names = reader.fieldnames
            if names and len(set(names)) < len(names):
                yield 1, Unreadable("the first line gives a name twice")
                return
            while names:
                before = reader.line_num
                row = next(reader, None)
                if row is None:
                    return
                # Empty lines before the row are skipped by the reader, and a quoted cell may go
                # on over several lines: the row begins where those are taken off.
                spread = sum(cell.count("\n") for cell in row.values() if isinstance(cell, str))
                line = max(before + 1, reader.line_num - spread)
                if None in row:
                    yield line, Unreadable("it has more cells than the first line has names")
                    continue
                yield line, {name: cell for name, cell in row.items() if cell}
        except (csv.Error, UnicodeDecodeError) as error:
            yield reader.line_num, Unreadable(f"not CSV in UTF-8: {error}")


def _separator(file: TextIO) -> str:
    """Return what stands between the names in the first line.

    Excel writes semicolons where commas are decimal points.
    """
    head = file.readline()
    file.seek(0)
    return max(_SEPARATORS, key=lambda sign: len(next(csv.reader([head], delimiter=sign), ())))


def _read_json_lines(path: Path) -> Generator[tuple[int, Any]]:
    with path.open("rb") as file:
        for line, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                yield line, json.loads(text)
            except ValueError as error:
                yield line, Unreadable(f"not JSON in UTF-8: {error}")
