"""Export of an account: every board, section and pin of it, as lines of JSON."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import quote

import msgspec

from pinterest_async.errors import (
    APIError,
    AuthenticationFailed,
    ConfigurationError,
    DecodeError,
    PagingError,
    RateLimited,
    RequestTimeout,
    SpamBlocked,
)
from pinterest_async.jobs.export_files import REJECTED, ExportFiles
from pinterest_async.jobs.export_report import (
    BoardResult,
    ExportProgress,
    ExportReport,
    unreadable_boards,
)
from pinterest_async.jobs.listing import raw_pages

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from pinterest_async.client import Pinterest

Kind: TypeAlias = Literal["board", "section", "pin"]

# These concern a single board: they are noted, and the other boards go on.
_OF_ONE_BOARD = (APIError, DecodeError, PagingError, RequestTimeout)
# Every other board would meet these as well: the export stops with this one error.
_OF_THE_ACCOUNT = (AuthenticationFailed, RateLimited, SpamBlocked)


async def export_account(
    client: Pinterest,
    out_dir: str | os.PathLike[str],
    *,
    concurrency: int = 16,
    overwrite: bool = False,
    progress: Callable[[ExportProgress], None] | None = None,
) -> ExportReport:
    """Write every board, section and pin of the client's account to files.

    `boards.jsonl`, `sections.jsonl` and `pins.jsonl` hold one object a line, with the keys and
    values that Pinterest sent, those included that this version does not know; a section gets the
    `board_id` that Pinterest leaves out. A pin stands there once, however often it is listed. What
    has no id is set aside in `rejected.jsonl`. `manifest.json` holds the report: the figures, and
    every difference from what each board's `pin_count` promises.

    Secret boards and their pins need a token with `boards:read_secret` and `pins:read_secret`.

    The files get their names when all of them are whole, the manifest last; a run that fails or is
    killed leaves none of them. (On systems other than Linux a kill may leave files that are called
    `*.partial`; the next export clears them away.) A board that cannot be read to its end (deleted
    meanwhile, say) is named in the manifest, and the others go on. Memory holds `concurrency` pages
    and the ids of the pins. Let no two exports write to the same folder at a time.

    Args:
        client: a client of the account; `acting_as` chooses an ad account's owner.
        out_dir: the folder; made where it is missing.
        concurrency: how many boards are read at the same time, 1 or more.
        overwrite: whether to replace an export that the folder holds.
        progress: called after every page, in the event loop.

    Raises:
        ConfigurationError: `concurrency` is below 1.
        FileExistsError: the folder holds an export, and `overwrite` is false.
        PinterestError: the list of boards cannot be read, or an error that would meet every board:
            the token, the rate limit, the connection.
        OSError: the files cannot be written.
    """
    if concurrency < 1:
        raise ConfigurationError(f"concurrency must be 1 or more, not {concurrency}")
    files = ExportFiles(Path(out_dir), overwrite=overwrite)
    try:
        await files.open()
        report = await _Export(client, files, concurrency, progress).run()
        await files.commit(msgspec.json.format(msgspec.json.encode(report)))
    finally:
        await files.close()
    return report


class _Known(msgspec.Struct):
    """What an export has to know of an item."""

    id: str | int
    board_id: str | None = None
    name: str | None = None
    pin_count: int | None = None


_read_known = msgspec.json.Decoder(_Known).decode


class _Export:
    """One run: what is found, counted and written."""

    def __init__(
        self,
        client: Pinterest,
        files: ExportFiles,
        concurrency: int,
        progress: Callable[[ExportProgress], None] | None,
    ) -> None:
        self._client = client
        self._files = files
        self._turn = asyncio.Semaphore(concurrency)
        self._progress = progress
        self._boards: dict[str, BoardResult] = {}
        self._boards_listed = False
        self._boards_done = 0
        self._boards_rejected = 0
        self._section_ids: set[str] = set()
        self._board_of_pin: dict[str, str] = {}
        self._repeated = 0
        self._rejected = 0
        self._pages = 0
        self._failed_calls = 0

    async def run(self) -> ExportReport:
        """Read everything; the files are written and not yet named when it returns."""
        started_at = datetime.now(UTC)
        started = time.monotonic()
        try:
            async with asyncio.TaskGroup() as group:
                async for lines in raw_pages(self._client, "/boards"):
                    self._pages += 1
                    for board in await self._add_boards(lines):
                        group.create_task(self._export_board(board))
                    self._tell()
                self._boards_listed = True
                self._tell()
        except ExceptionGroup as errors:
            # The first failure has cancelled all else: it is the one to tell.
            raise errors.exceptions[0] from None
        return self._report(started_at, time.monotonic() - started)

    async def _export_board(self, board: BoardResult) -> None:
        place = f"/boards/{quote(board.id, safe='')}"
        async with self._turn:
            try:
                async for lines in raw_pages(self._client, f"{place}/sections"):
                    self._pages += 1
                    await self._add_sections(board, lines)
                    self._tell()
                # The pins of its sections are among these.
                async for lines in raw_pages(self._client, f"{place}/pins"):
                    self._pages += 1
                    await self._add_pins(board, lines)
                    self._tell()
            except _OF_THE_ACCOUNT:
                raise
            except _OF_ONE_BOARD as error:
                self._failed_calls += 1
                board.error = f"{type(error).__name__}: {error}"
        self._boards_done += 1
        self._tell()

    async def _add_boards(self, lines: list[bytes]) -> list[BoardResult]:
        """Write the boards that are new, and return them."""
        items, rejected = _read("board", None, lines)
        new: list[BoardResult] = []
        new_lines: list[bytes] = []
        for known, line in items:
            board = BoardResult(id=str(known.id), name=known.name, pin_count=known.pin_count)
            if board.id not in self._boards:
                self._boards[board.id] = board
                new.append(board)
                new_lines.append(line)
        self._boards_rejected += len(rejected)
        await self._write("boards.jsonl", new_lines, rejected)
        return new

    async def _add_sections(self, board: BoardResult, lines: list[bytes]) -> None:
        items, rejected = _read("section", board.id, lines)
        board_id = b'{"board_id":' + msgspec.json.encode(board.id) + b","
        new_lines: list[bytes] = []
        for known, line in items:
            section_id = str(known.id)
            if section_id not in self._section_ids:
                self._section_ids.add(section_id)
                new_lines.append(line if known.board_id else board_id + line[1:])
        board.sections += len(new_lines)
        board.rejected += len(rejected)
        await self._write("sections.jsonl", new_lines, rejected)

    async def _add_pins(self, board: BoardResult, lines: list[bytes]) -> None:
        items, rejected = _read("pin", board.id, lines)
        new_lines: list[bytes] = []
        for known, line in items:
            pin_id = str(known.id)
            holder = self._board_of_pin.get(pin_id)
            if holder is None:
                self._board_of_pin[pin_id] = board.id
                new_lines.append(line)
            else:
                self._repeated += 1
                board.pins_elsewhere += holder != board.id
        board.pins += len(new_lines)
        board.pins_rejected += len(rejected)
        board.rejected += len(rejected)
        await self._write("pins.jsonl", new_lines, rejected)

    async def _write(self, name: str, lines: list[bytes], rejected: list[bytes]) -> None:
        await self._files.append(name, lines)
        await self._files.append(REJECTED, rejected)
        self._rejected += len(rejected)

    def _tell(self) -> None:
        if self._progress is None:
            return
        boards = self._boards.values()
        self._progress(
            ExportProgress(
                boards=len(boards),
                boards_listed=self._boards_listed,
                boards_done=self._boards_done,
                sections=len(self._section_ids),
                pins=len(self._board_of_pin),
                pins_expected=sum(board.pin_count or 0 for board in boards),
                pages=self._pages,
            )
        )

    def _report(self, started_at: datetime, seconds: float) -> ExportReport:
        boards = list(self._boards.values())
        differences = [difference for board in boards for difference in board.differences()]
        if self._boards_rejected:
            differences.append(unreadable_boards(self._boards_rejected))
        return ExportReport(
            complete=not differences,
            started_at=started_at,
            seconds=round(seconds, 3),
            calls=self._pages + self._failed_calls,
            pages=self._pages,
            boards=len(boards),
            sections=len(self._section_ids),
            pins=len(self._board_of_pin),
            pins_repeated=self._repeated,
            rejected=self._rejected,
            differences=differences,
            by_board=boards,
        )


def _read(
    kind: Kind, board_id: str | None, lines: list[bytes]
) -> tuple[list[tuple[_Known, bytes]], list[bytes]]:
    """Return the items that have an id, and a line for `rejected.jsonl` for each other one."""
    items: list[tuple[_Known, bytes]] = []
    rejected: list[bytes] = []
    for line in lines:
        try:
            items.append((_read_known(line), line))
        except msgspec.ValidationError as error:
            aside = {
                "kind": kind,
                "board_id": board_id,
                "reason": str(error),
                "item": msgspec.Raw(line),
            }
            rejected.append(msgspec.json.encode(aside))
    return items, rejected
