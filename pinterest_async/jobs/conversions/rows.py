"""Conversion events in files: CSV, whose cells are text, and JSON Lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pinterest_async.jobs._personal import NORMALISERS
from pinterest_async.jobs._rows import Unreadable, read_file

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_LISTS: Final = frozenset({*NORMALISERS, "content_ids"})
"""What may be several values, with `|` between them."""
_JSON: Final = frozenset({"contents", "app_info", "device_info"})
"""What is no single value, and stands in a cell as JSON."""
_PARTS: Final = ("user_data.", "custom_data.")


def rows_of(path: Path) -> Generator[tuple[int, Any]]:
    """Return the events of a file with the lines that they begin in. Blocks: use it in a thread.

    Nothing is read before the first is asked for.

    Raises:
        ConfigurationError: its name does not tell its form.
        OSError: it cannot be read.
    """
    rows = read_file(path)
    if path.suffix.lower() not in (".csv", ".tsv"):
        return rows
    return ((line, row if isinstance(row, Unreadable) else _from_cells(row)) for line, row in rows)


def _from_cells(row: dict[str, str]) -> dict[str, Any]:
    return dict(_from_cell(*cell) for cell in row.items())


def _from_cell(name: str, cell: str) -> tuple[str, Any]:
    name, cell = name.strip(), cell.strip()
    for part in _PARTS:
        name = name.removeprefix(part)
    if name in _LISTS and "|" in cell:
        return name, cell.split("|")
    if name in _JSON:
        try:
            return name, json.loads(cell)
        except ValueError:
            return name, cell
    return name, cell
