"""Rows of files: CSV and JSON Lines, each row with the line that it begins in."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any, Final, TextIO

import msgspec

from pinterest_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

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
