"""What the tests of the export share: clients, and the folders that they fill."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.emulator.state.account import Account

WIDE = {"universal": [(100_000, 1.0)], "org_read": [(100_000, 1.0)]}
"""Limits that no test comes near."""
JOURNAL = ".pinterest-export.sqlite"
NAMES = {"boards.jsonl", "sections.jsonl", "pins.jsonl", "manifest.json", JOURNAL}


def lines(path: Path) -> list[Any]:
    """The objects of a file of JSON lines; fails on a line that is not whole."""
    text = path.read_bytes()
    assert text == b"" or text.endswith(b"\n")
    return [json.loads(line) for line in text.splitlines()]


def names(folder: Path) -> set[str]:
    """What the files of a folder are called."""
    return {path.name for path in folder.iterdir()}


def contents(folder: Path) -> dict[str, bytes]:
    """What the files of a folder hold, but for the journal."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != JOURNAL}


def manifest(folder: Path) -> dict[str, Any]:
    """What the manifest says."""
    read: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return read


def raw(folder: Path, table: str, format: str = "jsonl") -> list[Any]:
    """The objects of a table, as Pinterest sent them, whatever the format."""
    if format == "jsonl":
        return lines(folder / f"{table}.jsonl")
    return [json.loads(row["raw"]) for row in rows(folder, table, format)]


def rows(folder: Path, table: str, format: str) -> list[dict[str, Any]]:
    """The rows of a table."""
    if format == "csv":
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    if format == "parquet":
        table_of: Any = import_module("pyarrow.parquet").read_table
        read: list[dict[str, Any]] = table_of(folder / f"{table}.parquet").to_pylist()
        return read
    with closing(sqlite3.connect(folder / "pinterest.sqlite")) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(f"SELECT * FROM {table}")]  # noqa: S608


def known_pages(folder: Path) -> int:
    """How many pages the journal of a run that is over holds."""
    with closing(sqlite3.connect(folder / JOURNAL)) as journal:
        (pages,) = journal.execute("SELECT coalesce(sum(pages), 0) FROM listings").fetchone()
    return int(pages)


def assert_holds(folder: Path, account: Account, format: str = "jsonl") -> None:
    """Check that an export is the account's present state, each thing once."""
    by_id = {
        board_id: account.saved.encoded_board(int(board_id)) for board_id in account.saved.boards
    }
    written = raw(folder, "boards", format)
    assert sorted(board["id"] for board in written) == sorted(by_id)
    for board in written:
        assert board == json.loads(by_id[board["id"]])
    pins = raw(folder, "pins", format)
    assert sorted(pin["id"] for pin in pins) == sorted(account.saved.pins)
    for pin in pins:
        assert pin == json.loads(account.saved.encoded_pin(int(pin["id"])))
    sections = [
        {"board_id": board_id, "id": section.id, "name": section.name}
        for board_id, named in account.saved.sections.items()
        for section in named.values()
    ]
    assert sorted(raw(folder, "sections", format), key=lambda row: row["id"]) == sorted(
        sections, key=lambda row: row["id"]
    )
