"""A file of leads that grows: what came before stays, and each lead is in it once."""

from __future__ import annotations

import csv
import os
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TextIO, cast

import msgspec

from pinterest_async._files import replace
from pinterest_async.errors import ConfigurationError, PinterestError
from pinterest_async.jobs._polling import PARTIAL
from pinterest_async.jobs._rows import Unreadable, read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

AD: Final = "ad_id"
_LEAD: Final = "lead_id"
_LINES: Final = (".jsonl", ".ndjson")

_encode = msgspec.json.Encoder().encode


class LeadsUnreadable(PinterestError):
    """The file of an export is no table that can be read."""


class Written(NamedTuple):
    """What a file has been given."""

    leads: int
    added: int
    total: int


class LeadsTable:
    """The file of leads. Blocks: work with it in a thread.

    Args:
        path: a `.csv`, `.jsonl` or `.ndjson` file; made where it is missing.

    Raises:
        ConfigurationError: its name does not tell its form.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in (".csv", *_LINES):
            raise ConfigurationError(f"{path} must be called .csv, .jsonl or .ndjson")
        self._path = path
        self._columns: dict[str, None] = {}
        self._known: set[bytes] = set()

    def read(self) -> None:
        """Look through what is there already.

        Raises:
            ConfigurationError: it is not a file of leads that can be added to.
            OSError: it cannot be read.
        """
        for row in self._rows():
            self._columns.update(dict.fromkeys(row))
            self._known.add(_identity(row))

    def add(self, parts: Sequence[tuple[str, Path]]) -> Written:
        """Add the leads of exports; the file is as it was, or whole.

        Args:
            parts: ads, each with the file of its export.

        Raises:
            OSError: the file cannot be written.
        """
        for ad_id, part in parts:
            for row in leads_of(ad_id, part):
                self._columns.update(dict.fromkeys(row))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(f"{self._path.name}{PARTIAL}")
        before, came = len(self._known), 0
        try:
            # For its owner alone: it holds what people said of themselves.
            with os.fdopen(_private(partial), "w", encoding="utf-8", newline="") as file:
                write = self._writer(file)
                for row in self._rows():
                    write(row)
                for ad_id, part in parts:
                    for row in leads_of(ad_id, part):
                        came += 1
                        one = _identity(row)
                        if one not in self._known:
                            self._known.add(one)
                            write(row)
                file.flush()
                os.fsync(file.fileno())
            replace(partial, self._path)
        finally:
            partial.unlink(missing_ok=True)
        return Written(came, len(self._known) - before, len(self._known))

    def _rows(self) -> Iterator[dict[str, Any]]:
        """What the file has; nothing where there is none."""
        if not self._path.exists():
            return
        for line, row in read_file(self._path):
            if not isinstance(row, dict):
                problem = row.problem if isinstance(row, Unreadable) else "it is no object"
                raise ConfigurationError(
                    f"{self._path} is no file of leads to add to, line {line}: {problem}: choose "
                    "another"
                )
            yield cast("dict[str, Any]", row)

    def _writer(self, file: TextIO) -> Callable[[dict[str, Any]], object]:
        """What writes a row."""
        if self._path.suffix.lower() in _LINES:

            def write(row: dict[str, Any]) -> None:
                file.write(f"{_encode(row).decode()}\n")

            return write
        writer = csv.DictWriter(file, list(self._columns), lineterminator="\n")
        writer.writeheader()
        return writer.writerow


def check_leads(ad_id: str, path: Path) -> None:
    """See whether the file of an export is a table.

    Raises:
        LeadsUnreadable: it is not.
    """
    for _ in leads_of(ad_id, path):
        pass


def leads_of(ad_id: str, path: Path) -> Iterator[dict[str, str]]:
    """The leads that the file of an export has, each with its ad, under the names that it gives.

    Args:
        ad_id: the ad.
        path: the file; CSV, called so.

    Raises:
        LeadsUnreadable: it is none.
    """
    for line, row in read_file(path):
        if not isinstance(row, dict):
            raise LeadsUnreadable(f"the export cannot be read, line {line}: {row.problem}")
        yield {AD: ad_id, **cast("dict[str, str]", row)}


def _identity(row: Mapping[str, Any]) -> bytes:
    """What tells a lead from all others: its id, or all that is said of it."""
    said: Iterable[tuple[str, Any]] = row.items()
    if row.get(_LEAD):
        said = [(_LEAD, row[_LEAD])]
    text = "\0".join(f"{name}\1{value}" for name, value in sorted(said) if value not in (None, ""))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _private(path: Path) -> int:
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
