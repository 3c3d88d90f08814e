"""The lists of an account, read into the journal of an export."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pinterest_async.errors import (
    APIError,
    AppNotApproved,
    BadRequest,
    DecodeError,
    MissingScope,
    NotFound,
    PagingError,
    PermissionDenied,
    RequestTimeout,
)
from pinterest_async.jobs._errors import is_fatal
from pinterest_async.jobs.export.report import (
    BoardResult,
    Difference,
    ExportProgress,
    general_difference,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.export.journal import Counts, Figures, Journal
    from pinterest_async.jobs.export.pages import Added, Kind, ListedBoard
    from pinterest_async.models import Account
    from pinterest_async.paging import Page, Pager

# These concern a single board: they are noted, and the other boards go on.
_OF_ONE_BOARD = (APIError, DecodeError, PagingError, RequestTimeout)
_RESTARTS: Final = 3
"""How often a list is begun anew when Pinterest refuses a bookmark."""


class Walk:
    """Reads the lists of an account, and counts what it does.

    Args:
        client: a client of the account.
        journal: where the pages go.
        concurrency: how many boards are read at the same time.
        progress: called after every page.
    """

    def __init__(
        self,
        client: Pinterest,
        journal: Journal,
        concurrency: int,
        progress: Callable[[ExportProgress], None] | None,
    ) -> None:
        self.calls: int = 0
        self.boards: dict[str, BoardResult] = {}
        self.figures: dict[str, Figures] = {}
        self._client = client
        self._journal = journal
        self._turn = asyncio.Semaphore(concurrency)
        self._account_known = asyncio.Event()
        self._report_progress = progress
        self._progress = ExportProgress(
            boards=0,
            boards_listed=False,
            boards_done=0,
            sections=0,
            pins=0,
            pins_expected=0,
            pages=0,
        )

    @property
    def pages(self) -> int:
        """Pages in the journal."""
        return self._progress.pages

    async def account(self) -> Account | None:
        """Look up whose account it is; None where the token may not know.

        Raises:
            PinterestError: an error that every other call would meet.
        """
        self.calls += 1
        try:
            return await self._client.user_account.get()
        except (AppNotApproved, MissingScope, PermissionDenied):
            return None
        except (APIError, DecodeError) as error:
            if is_fatal(error):
                raise
            return None

    async def lists(
        self,
        boards: Iterable[ListedBoard],
        counts: Counts,
        identify: Callable[[], Awaitable[None]] | None,
    ) -> None:
        """Read the lists of boards, sections and Pins to their ends.

        Args:
            boards: those that an interrupted run had found.
            counts: what else it had found.
            identify: finds out whose account it is, where that is not known: while the first page
                is on its way, and before it is written down.
        """
        self._tell(sections=counts.sections, pins=counts.pins, pages=counts.pages)
        async with _together() as group:

            def found(new: Iterable[ListedBoard]) -> None:
                for board in new:
                    group.create_task(self._board(self._known(board), skipped=board.skipped))

            if identify is None:
                self._account_known.set()
            else:
                group.create_task(self._identify(identify))
            found(boards)
            await self._list("board", "", self._list_boards, found)
            self._tell(boards_listed=True)

    async def _identify(self, identify: Callable[[], Awaitable[None]]) -> None:
        await identify()
        self._account_known.set()

    async def look_again(self) -> None:
        """Count what was found, and ask boards that do not agree how many Pins they have now.

        What an earlier run found on a board that could not be read is kept.
        """
        for board in self.boards.values():
            if board.error is not None:
                board.pins_kept = await self._journal.keep("pin", board.id)
        self.figures = await self._journal.figures()
        for board in self.boards.values():
            if board.id in self.figures:
                board.fill(self.figures[board.id])
        odd = [board for board in self.boards.values() if not board.error and not board.agrees]
        async with _together() as group:
            for board in odd:
                group.create_task(self._count_again(board))

    async def loose_pins(self, account: Account | None) -> Difference | None:
        """Look for Pins that lie on no board, where the account counts more than were found.

        Returns:
            What is missing even so.
        """
        if account is None or (account.pin_count or 0) <= self._own_pins():
            return None
        # Those on boards are in the journal by now.
        await self._list("pin", "", self._list_pins)
        self.figures = await self._journal.figures()
        found = self._own_pins()
        account = await self.account()
        expected = 0 if account is None else account.pin_count or 0
        if expected <= found:
            return None
        return general_difference(
            "count",
            "the account counts more pins than its lists hold: the count lags behind, or includes "
            "pins that this token may not see",
            expected=expected,
            found=found,
        )

    def _own_pins(self) -> int:
        return sum(row.pins + row.older - row.theirs for row in self.figures.values())

    def at(self, **changes: Any) -> None:
        """Tell how far it is."""
        self._tell(**changes)

    def _known(self, board: ListedBoard) -> BoardResult:
        result = BoardResult(id=board.id, name=board.name, pin_count=board.pin_count)
        self.boards[board.id] = result
        more = board.pin_count or 0
        self._tell(
            boards=self._progress.boards + 1, pins_expected=self._progress.pins_expected + more
        )
        return result

    async def _board(self, board: BoardResult, *, skipped: bool) -> None:
        async with self._turn:
            try:
                await self._list("section", board.id, self._list_sections)
                if not skipped:
                    # The pins of its sections are among these.
                    await self._list("pin", board.id, self._list_board_pins)
            except _OF_ONE_BOARD as error:
                if is_fatal(error):
                    raise
                self.calls += 1
                board.error = f"{type(error).__name__}: {error}"
                await self._journal.keep("section", board.id)
                # Not yet the Pins: another board may turn out to hold them now.
        self._tell(boards_done=self._progress.boards_done + 1)

    async def _count_again(self, board: BoardResult) -> None:
        async with self._turn:
            self.calls += 1
            try:
                board.pin_count_after = (await self._client.boards.get(board.id)).pin_count
            except NotFound:
                board.deleted = True
            except _OF_ONE_BOARD as error:
                if is_fatal(error):
                    raise
                # It only explains a difference, which stands in any case.
                return

    async def _list(
        self,
        kind: Kind,
        home: str,
        listing: Callable[[str, str | None], Pager[Any]],
        found: Callable[[Iterable[ListedBoard]], None] | None = None,
    ) -> None:
        """Read a list from where it was left to its end; begin anew where that is refused."""
        known = await self._journal.listing(kind, home)
        bookmark, done, restarts = known.bookmark, known.done, 0
        while not done:
            pager = listing(home, bookmark).read_as(msgspec.Raw)
            try:
                async with aclosing(pager.pages()) as pages:
                    async for page in pages:
                        await self._account_known.wait()
                        bookmark = page.bookmark
                        items = _as_they_came(page)
                        added = await self._journal.add_page(kind, home, items, bookmark)
                        self.calls += 1
                        if found is not None:
                            found(added.boards)
                        self._count(kind, added)
            except BadRequest:
                if bookmark is None or restarts == _RESTARTS:
                    raise
                self.calls += 1
                restarts += 1
                bookmark = None
                await self._journal.restart(kind, home)
            else:
                done = True

    def _list_boards(self, _: str, bookmark: str | None) -> Pager[Any]:
        return self._client.boards.list(bookmark=bookmark)

    def _list_sections(self, board_id: str, bookmark: str | None) -> Pager[Any]:
        return self._client.board_sections.list(board_id, bookmark=bookmark)

    def _list_board_pins(self, board_id: str, bookmark: str | None) -> Pager[Any]:
        return self._client.boards.list_pins(board_id, bookmark=bookmark)

    def _list_pins(self, _: str, bookmark: str | None) -> Pager[Any]:
        return self._client.pins.list(include_protected_pins=True, bookmark=bookmark)

    def _count(self, kind: Kind, added: Added) -> None:
        progress = self._progress
        new = added.carried if kind == "board" else added.new
        self._tell(
            pages=progress.pages + 1,
            sections=progress.sections + (new if kind == "section" else 0),
            pins=progress.pins + (new if kind != "section" else 0),
        )

    def _tell(self, **changes: Any) -> None:
        self._progress = msgspec.structs.replace(self._progress, **changes)
        if self._report_progress is not None:
            self._report_progress(self._progress)


def _as_they_came(page: Page[msgspec.Raw]) -> list[msgspec.Raw]:
    """Return all items of a page in their order, those too that cannot be read as they are."""
    items = list(page.items)
    for rejected in page.rejected:
        items.insert(rejected.index, msgspec.Raw(rejected.raw))
    return items


@asynccontextmanager
async def _together() -> AsyncGenerator[asyncio.TaskGroup, None]:
    """A group of tasks whose first failure, which has cancelled all else, is the one to tell."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
