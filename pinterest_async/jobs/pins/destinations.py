"""The boards and sections that rows of new Pins name: found at first, made when they are needed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from pinterest_async.errors import NotFound
from pinterest_async.jobs._boards import (
    AmbiguousBoard,
    BoardNotFound,
    choose,
    parse_path,
)
from pinterest_async.jobs.pins.reconcile import Patience, write_once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.pins.rows import PinRow
    from pinterest_async.models import Board, BoardSection

_SECTION_NAME_MAX = 180


class Destination(msgspec.Struct):
    """A board, and a section of it, as a row names them."""

    board: str
    section: str
    board_id: str | None = None
    """None while the board is yet to be made."""
    section_id: str | None = None
    """None without a section, or while it is yet to be made."""
    problem: str | None = None


class Destinations:
    """The places of all rows of a run.

    Args:
        client: a client of the account.
        create_missing: whether boards and sections that do not exist are to be made.
        patience: how often to try to make one.
    """

    def __init__(self, client: Pinterest, *, create_missing: bool, patience: Patience) -> None:
        self._client = client
        self._create_missing = create_missing
        self._patience = patience
        self._boards: list[Board] = []
        self._sections: dict[str, list[BoardSection]] = {}
        self._destinations: dict[tuple[str, str], Destination] = {}
        self._one_at_a_time = asyncio.Lock()
        self.made: list[str] = []
        """The names of the boards and sections that were made."""

    async def find(self, rows: Iterable[PinRow]) -> None:
        """Find the places of the rows, and add to each row the problem with its own."""
        self._boards = await self._client.boards.list().collect()
        for row in rows:
            if not row.board:
                continue
            names = (row.board, row.section)
            place = self._destinations.get(names)
            if place is None:
                place = self._destinations[names] = await self._find(*names)
            if place.problem is not None:
                row.problems.append(place.problem)

    async def ready(self, row: PinRow) -> tuple[str, str | None]:
        """Return the ids of a row's board and section; make what is missing.

        Raises:
            OutcomeUnknown: it may have been made, and cannot be looked for.
            PinterestError: it cannot be made.
        """
        place = self._destinations[row.board, row.section]
        if place.board_id is None or (place.section and place.section_id is None):
            async with self._one_at_a_time:
                if place.board_id is None:
                    place.board_id = await self._make_board(place.board)
                if place.section and place.section_id is None:
                    place.section_id = await self._make_section(place.board_id, place.section)
        return place.board_id, place.section_id

    async def _find(self, board_ref: str, section_ref: str) -> Destination:
        place = self._named_together(board_ref) if not section_ref else None
        if place is not None:
            await self._find_section(place)
            return place
        path = parse_path(board_ref)
        place = Destination(board_ref, section_ref or (path and path.section) or "")
        try:
            place.board_id = (await self._find_board(board_ref)).id
        except AmbiguousBoard as error:
            place.problem = str(error)
        except BoardNotFound as error:
            # An id or an address says nothing of a new board's name.
            if not self._create_missing or path is not None or board_ref.isdigit():
                place.problem = str(error)
                if self._create_missing and "/" in board_ref and "://" not in board_ref:
                    # It may be the address of a board as well, of which nothing is made.
                    place.problem += "; of a new board, say the section apart (section)"
        if place.problem is None and place.section:
            await self._find_section(place)
        return place

    def _named_together(self, ref: str) -> Destination | None:
        """Read `board/section`, as Pinterest's own files have it; None where it means a board."""
        name, _, section = ref.partition("/")
        if not section.strip() or "://" in ref:
            return None
        try:
            choose(self._boards, ref)
        except BoardNotFound:
            try:
                board = choose(self._boards, name)
            except (AmbiguousBoard, BoardNotFound):
                return None
            return Destination(name.strip(), section.strip(), board.id)
        except AmbiguousBoard:
            return None
        return None

    async def _find_board(self, ref: str) -> Board:
        try:
            return choose(self._boards, ref)
        except BoardNotFound:
            if not (ref.isascii() and ref.isdigit()):
                raise
            try:
                board = await self._client.boards.get(ref)
            except NotFound:
                pass
            else:
                self._boards.append(board)
                return board
            raise

    async def _find_section(self, place: Destination) -> None:
        if place.board_id is not None:
            try:
                sections = await self._sections_of(place.board_id)
                place.section_id = choose(sections, place.section, what="section").id
                return
            except AmbiguousBoard as error:
                place.problem = str(error)
                return
            except BoardNotFound as error:
                if not self._create_missing or place.section.isdigit():
                    place.problem = str(error)
                    return
        if place.section.isdigit():
            place.problem = f"no section has the id {place.section}: its board does not exist"
        elif len(place.section) > _SECTION_NAME_MAX:
            place.problem = f"a section's name has at most {_SECTION_NAME_MAX} characters"

    async def _sections_of(self, board_id: str, *, again: bool = False) -> list[BoardSection]:
        if again or board_id not in self._sections:
            self._sections[board_id] = await self._client.board_sections.list(board_id).collect()
        return self._sections[board_id]

    async def _make_board(self, name: str) -> str:
        async def look() -> Board | None:
            self._boards = await self._client.boards.list().collect()
            return self._board_called(name)

        async def send(_sent: int) -> Board:
            return await self._client.boards.create(name=name)

        # Another row may have named the same board in another way.
        there = self._board_called(name)
        if there is not None:
            return there.id
        board, _ = await write_once(send, look, self._patience)
        self._boards.append(board)
        self.made.append(name)
        return board.id

    def _board_called(self, name: str) -> Board | None:
        try:
            return choose(self._boards, name)
        except BoardNotFound:
            return None

    async def _make_section(self, board_id: str, name: str) -> str:
        async def look() -> str | None:
            sections = await self._sections_of(board_id, again=True)
            try:
                return choose(sections, name, what="section").id
            except BoardNotFound:
                return None

        async def send(_sent: int) -> str:
            return (await self._client.board_sections.create(board_id, name=name)).id

        there = await look()
        if there is not None:
            return there
        section_id, _ = await write_once(send, look, self._patience)
        self.made.append(name)
        return section_id
