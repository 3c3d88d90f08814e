"""How a page of a list goes into the journal of an export, and what is learned from it.

These functions work within a transaction that is open: the items of a page and the bookmark behind
it are written down together or not at all.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from pinterest_async._call.decoding import decode
from pinterest_async.errors import DecodeError
from pinterest_async.jobs.export.columns import moment

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

Kind: TypeAlias = Literal["board", "section", "pin"]

MARGIN: Final = timedelta(minutes=10)
"""A board that changed so shortly before its Pins were listed may have changed since then, within
the second that Pinterest's times are exact to, or within what two clocks differ."""

_FOUND: Final = """
INSERT INTO items (kind, id, home, theirs, run, first_run, raw) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_FOUND_AGAIN: Final = """
UPDATE items SET home = ?, theirs = ?, run = ?, raw = ?,
    changed_run = coalesce(?, changed_run), changed = coalesce(?, changed)
WHERE number = ?
"""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked for; one that goes on must have been asked for the same."""

    format: str
    since: datetime | None
    metrics: bool
    pictures: bool
    full: bool


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run of an export, which may have been interrupted and gone on several times."""

    number: int
    """1 for the first into its folder; an update is one more than what it updates."""
    started_at: datetime
    account: str | None
    """The account that it is of; None where the token may not know."""
    options: Options
    finished: bool = False


class ListedBoard(msgspec.Struct, frozen=True):
    """What an export has to know of a board."""

    id: str
    name: str | None
    pin_count: int | None
    skipped: bool
    """Whether its Pins need not be listed."""


class Added(msgspec.Struct, frozen=True):
    """What a page brought."""

    new: int
    """Items to write that no page of this run had held."""
    boards: list[ListedBoard]
    """Those of them, where it is boards that are listed."""
    carried: int
    """Pins on those boards that need not be listed again."""


class Known(msgspec.Struct):
    """What an export reads of an item."""

    id: str | int
    # Of any type: an item is not given up for these.
    board_id: Any = None
    name: Any = None
    pin_count: Any = None
    board_pins_modified_at: Any = None
    created_at: Any = None
    is_owner: Any = None

    @property
    def counted(self) -> int | None:
        """How many Pins the board counts; None where that is no number that a file can hold."""
        value = self.pin_count
        return value if type(value) is int and 0 <= value < 2**63 else None

    @property
    def modified_at(self) -> str | None:
        """When the board's Pins changed last, as Pinterest writes it."""
        value = self.board_pins_modified_at
        return value if isinstance(value, str) else None


class _Before(msgspec.Struct, frozen=True):
    """What the journal held of an item when the page came."""

    number: int
    home: str
    run: int
    raw: bytes | None


read_known: Callable[[bytes | msgspec.Raw], Known] = msgspec.json.Decoder(Known).decode


def add_page(
    connection: sqlite3.Connection,
    run: Run,
    kind: Kind,
    home: str,
    raws: Sequence[msgspec.Raw],
    bookmark: str | None,
) -> Added:
    """Write down a page of a list that is begun, and where the next one begins."""
    found, rejected = _read(kind, home, raws)
    before = _before(connection, kind, [str(known.id) for known, _ in found])
    new: list[tuple[object, ...]] = []
    again: list[tuple[object, ...]] = []
    boards: list[ListedBoard] = []
    repeated = elsewhere = older = carried = 0
    for known, line in found:
        item_id = str(known.id)
        old = before.get(item_id)
        if old is not None and old.run == run.number:
            repeated += old.home == home
            elsewhere += old.home != home
            continue
        raw = None if kind == "pin" and _is_older(known, run.options.since) else line
        older += raw is None
        theirs = known.is_owner is False
        if old is None:
            new.append((kind, item_id, home, theirs, run.number, run.number, raw))
        else:
            fields = _changed(old.raw, raw)
            changed_run = None if fields is None else run.number
            again.append((home, theirs, run.number, raw, changed_run, fields, old.number))
        before[item_id] = _Before(0, home, run.number, raw)
        if kind == "board":
            skipped = _skip(connection, run, known)
            boards.append(board_of(known, skipped=skipped is not None))
            carried += skipped or 0
    connection.executemany(_FOUND, new)
    connection.executemany(_FOUND_AGAIN, again)
    aside = [(kind, home, line) for line in rejected]
    connection.executemany("INSERT INTO rejected VALUES (?, ?, ?)", aside)
    connection.execute(
        "UPDATE listings SET bookmark = ?, done = ?, pages = pages + 1,"
        " repeated = repeated + ?, elsewhere = elsewhere + ? WHERE kind = ? AND home = ?",
        (bookmark, bookmark is None, repeated, elsewhere, kind, home),
    )
    return Added(len(new) + len(again) - older, boards, carried)


def start_listing(
    connection: sqlite3.Connection, kind: Kind, home: str, *, skipped: bool = False
) -> None:
    """Note that a list is about to be read, or need not be."""
    connection.execute(
        "INSERT INTO listings (kind, home, began_at, done, skipped) VALUES (?, ?, ?, ?, ?)",
        (kind, home, datetime.now(UTC).isoformat(), skipped, skipped),
    )


def keep_listed(connection: sqlite3.Connection, run: int, kind: Kind, home: str) -> int:
    """Make what earlier runs found in a list a find of this one; return how many there were."""
    return connection.execute(
        "UPDATE items SET run = :run WHERE kind = :kind AND home = :home AND run < :run",
        {"run": run, "kind": kind, "home": home},
    ).rowcount


def board_of(known: Known, *, skipped: bool) -> ListedBoard:
    """Return what has to be known of a board."""
    name = known.name if isinstance(known.name, str) else None
    return ListedBoard(str(known.id), name, known.counted, skipped)


def _before(connection: sqlite3.Connection, kind: Kind, ids: list[str]) -> dict[str, _Before]:
    rows = connection.execute(
        "SELECT id, number, home, run, raw FROM items"
        " WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
        (kind, msgspec.json.encode(ids).decode()),
    )
    return {row[0]: _Before(*row[1:]) for row in rows}


def _is_older(known: Known, since: datetime | None) -> bool:
    """Whether a Pin is surely older than the run wants them."""
    if since is None:
        return False
    created_at = moment(known.created_at)
    return created_at is not None and created_at < since


def _skip(connection: sqlite3.Connection, run: Run, known: Known) -> int | None:
    """Where a board surely holds the Pins that it held before, mark those as found.

    Returns:
        How many; None where its list has to be read.
    """
    if run.options.full:
        return None
    board_id = str(known.id)
    query = "SELECT pin_count, modified_at, walked_at FROM whole WHERE board_id = ?"
    row = connection.execute(query, (board_id,)).fetchone()
    if row is None or row[:2] != (known.counted, known.modified_at):
        return None
    modified_at = moment(known.modified_at)
    if modified_at is None or modified_at > datetime.fromisoformat(row[2]) - MARGIN:
        return None
    start_listing(connection, "pin", board_id, skipped=True)
    return keep_listed(connection, run.number, "pin", board_id)


def _read(
    kind: Kind, home: str, raws: Sequence[msgspec.Raw]
) -> tuple[list[tuple[Known, bytes]], list[bytes]]:
    """Return the items that have an id, and a line for `rejected.jsonl` for each other one."""
    items: list[tuple[Known, bytes]] = []
    rejected: list[bytes] = []
    board_id = b'{"board_id":' + msgspec.json.encode(home) + b","
    for raw in raws:
        aside: dict[str, Any] = {"kind": kind, "board_id": home or None}
        try:
            line = _sound(bytes(raw))
        except DecodeError as error:
            # No JSON that others could read: it stands as a text in the line.
            aside |= {"reason": str(error), "item": bytes(raw).decode(errors="replace")}
            rejected.append(msgspec.json.encode(aside))
            continue
        try:
            known = read_known(line)
        except msgspec.ValidationError as error:
            aside |= {"reason": str(error), "item": msgspec.Raw(line)}
            rejected.append(msgspec.json.encode(aside))
            continue
        if kind == "section" and not known.board_id:
            line = board_id + line[1:]
        items.append((known, line))
    return items, rejected


def _sound(line: bytes) -> bytes:
    """Return the JSON of an item as one line that every later reader can take.

    Raises:
        DecodeError: it cannot be read, and not repaired.
    """
    value, repairs = decode(Any, line, operation="export", strict=False)
    if repairs:
        return msgspec.json.encode(value)
    if b"\n" in line or b"\r" in line:
        # Pinterest may indent its JSON; a line must not be broken.
        return msgspec.json.format(line, indent=-1)
    return line


def _changed(before: bytes | None, now: bytes | None) -> bytes | None:
    """Name the members that differ, as JSON; None where none does."""
    if before is None or now is None or before == now:
        return None
    old: dict[str, Any] = msgspec.json.decode(before)
    new: dict[str, Any] = msgspec.json.decode(now)
    fields = [name for name in old | new if old.get(name, ...) != new.get(name, ...)]
    return msgspec.json.encode(sorted(fields)) if fields else None
