"""Listings: a `Pager` walks the pages of one, item by item or page by page."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Generic, NoReturn, TypeVar, cast, overload

import msgspec

from pinterest_async._call.decoding import Rejected
from pinterest_async._call.endpoint import Endpoint
from pinterest_async.errors import InvalidRequest, PagingError
from pinterest_async.limits.headers import RateLimit

if TYPE_CHECKING:
    from abc import ABCMeta
    from collections.abc import AsyncGenerator, Generator, Iterator, Mapping

    from pinterest_async._call.protocol import QueryValue
    from pinterest_async._call.transport import Transport
    from pinterest_async.config import Prefetch, RequestOptions

__all__ = ["MAX_EMPTY_PAGES", "Page", "Pager"]

T = TypeVar("T")
S = TypeVar("S")

MAX_EMPTY_PAGES: Final = 20
"""So many pages in a row may be empty and yet name a next one; filters leave such pages behind."""

logger: logging.Logger = logging.getLogger("pinterest_async")


class Page(msgspec.Struct, Generic[T], kw_only=True, frozen=True):
    """One page of a listing, and a sequence of its items."""

    items: list[T]
    """The items, in Pinterest's order."""
    bookmark: str | None
    """Where the next page begins; None on the last one."""
    rate_limit: RateLimit | None = None
    """What the response said about the rate limit."""
    request_id: str | None = None
    """Pinterest's id of the request."""
    rejected: tuple[Rejected, ...] = ()
    """Items that could not be read, with their JSON. Empty unless Pinterest answered oddly."""

    def __iter__(self) -> Iterator[T]:
        """Walk the items of this page alone."""
        return iter(self.items)

    def __len__(self) -> int:
        """Return how many items this page has."""
        return len(self.items)

    def __contains__(self, item: object) -> bool:
        """Whether this page has an item."""
        return item in self.items

    def __reversed__(self) -> Iterator[T]:
        """Walk the items from the last to the first."""
        return reversed(self.items)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        """Return an item by its place, or several."""
        return self.items[index]

    def index(self, item: T, *bounds: int) -> int:
        """Return the place of an item.

        Raises:
            ValueError: it is not on this page.
        """
        return self.items.index(item, *bounds)

    def count(self, item: T) -> int:
        """Return how often this page has an item."""
        return self.items.count(item)


cast("ABCMeta", Sequence).register(Page)


class Pager(Generic[T]):
    """A listing that is fetched as it is walked. Making one sends nothing.

    Examples:
        async for board in pinterest.boards.list(): ...          # item by item
        async for page in pinterest.boards.list().pages(): ...   # page by page
        boards = await pinterest.boards.list().collect(max_items=500)
        first = await pinterest.boards.list()                    # the first page alone

    The walk ends when Pinterest names no next page. It also ends, with a line in the log, when a
    bookmark comes back that was used before in this walk: some listings answer with the same one
    for ever. From the second page on, the next page is fetched while this one is worked on (see
    `RequestOptions.prefetch`); `break` stops that as well. Each walk begins anew, and several at a
    time do not disturb each other but for `bookmark`, which tells of the one that moved last.

    Raises:
        InvalidRequest: the page size is out of bounds.
    """

    __slots__ = (
        "_body",
        "_bookmark",
        "_endpoint",
        "_options",
        "_page_size",
        "_path",
        "_prefetch",
        "_query",
        "_start",
        "_transport",
    )

    def __init__(
        self,
        transport: Transport,
        endpoint: Endpoint[T],
        *,
        path: tuple[str, ...],
        query: Mapping[str, QueryValue] | None,
        body: object,
        page_size: int | None,
        bookmark: str | None,
        options: RequestOptions | None,
    ) -> None:
        self._transport = transport
        self._endpoint = endpoint
        self._path = path
        self._query = dict(query or {})
        self._body = body
        self._options = options
        self._start = bookmark or None
        self._bookmark = self._start
        self._page_size = page_size
        size = _checked_page_size(page_size, endpoint.operation.page_size_max)
        if size is not None:
            self._query["page_size"] = size
        prefetch = None if options is None else options.prefetch
        self._prefetch: Prefetch = prefetch or transport.options.prefetch or "auto"

    @property
    def bookmark(self) -> str | None:
        """Where to resume: pass it as `bookmark=` to a later call of the same method.

        While items are walked it stays at the page that they are from until the last one of the
        page is handed out, so that resuming may repeat items but never skips one. None before the
        second page, and after the last.
        """
        return self._bookmark

    def read_as(self, item: type[S]) -> Pager[S]:
        """Return a pager of the same listing that reads its items as another type.

            async for raw in pinterest.boards.list().read_as(msgspec.Raw): ...

        `msgspec.Raw` gives the JSON of each item as it came, with the fields that this version does
        not know; a struct of your own reads only what it declares, and its times are aware as those
        of the models are. It begins where this one does, however far this one was walked.

        Args:
            item: what an item is decoded as, any type that msgspec reads.
        """
        return Pager(
            self._transport,
            Endpoint[S](self._endpoint.operation, item),
            path=self._path,
            query=self._query,
            body=self._body,
            page_size=self._page_size,
            bookmark=self._start,
            options=self._options,
        )

    def __aiter__(self) -> AsyncGenerator[T, None]:  # noqa: PYI058  # it may be closed early
        """Walk the items of all pages."""
        return self._items()

    def __await__(self) -> Generator[object, None, Page[T]]:
        """Fetch the first page alone."""
        return self._first().__await__()

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Walk page by page.

        Raises:
            PagingError: page after page is empty and names a next one.
        """
        async with contextlib.aclosing(self._walk(self._prefetch)) as walk:
            async for page in walk:
                self._bookmark = page.bookmark
                yield page

    async def collect(self, max_items: int | None = None) -> list[T]:
        """Return all items, or the first `max_items`, fetching no page more than that takes.

        Raises:
            InvalidRequest: `max_items` is negative.
            PagingError: page after page is empty and names a next one.
        """
        if max_items is not None and max_items < 0:
            raise InvalidRequest(f"max_items must be zero or more, not {max_items}")
        items: list[T] = []
        if max_items == 0:
            return items
        async with contextlib.aclosing(self._walk("never")) as walk:
            async for page in walk:
                self._bookmark = page.bookmark
                items.extend(page.items)
                if max_items is not None and len(items) >= max_items:
                    del items[max_items:]
                    break
        return items

    if not TYPE_CHECKING:

        def __iter__(self) -> NoReturn:
            raise TypeError("a Pager is asynchronous: use `async for`, or `await pager.collect()`")

    def __repr__(self) -> str:
        return f"<Pager of {self._endpoint.operation.id}>"

    async def _first(self) -> Page[T]:
        page = await self._fetch(self._start)
        self._bookmark = page.bookmark
        return page

    async def _items(self) -> AsyncGenerator[T, None]:
        async with contextlib.aclosing(self._walk(self._prefetch)) as walk:
            async for page in walk:
                last = len(page.items) - 1
                for index, item in enumerate(page.items):
                    if index == last:
                        self._bookmark = page.bookmark
                    yield item
                if last < 0:
                    self._bookmark = page.bookmark

    async def _walk(self, prefetch: Prefetch) -> AsyncGenerator[Page[T], None]:
        bookmark = self._start
        # Hashes are enough to know a bookmark again, and stay small however long the walk is.
        used = {hash(bookmark)}
        empty_pages = 0
        ahead: asyncio.Task[Page[T]] | None = None
        number = 0
        try:
            while True:
                page = await (self._fetch(bookmark) if ahead is None else ahead)
                ahead = None
                number += 1
                if page.bookmark is not None and hash(page.bookmark) in used:
                    logger.warning(
                        "%s: page %d names a bookmark that was used before; the walk ends here",
                        self._endpoint.operation.id,
                        number,
                    )
                    page = msgspec.structs.replace(page, bookmark=None)
                bookmark = page.bookmark
                used.add(hash(bookmark))
                empty_pages = 0 if page.items or page.rejected else empty_pages + 1
                if bookmark is not None and empty_pages > MAX_EMPTY_PAGES:
                    raise PagingError(
                        f"{self._endpoint.operation.id}: {empty_pages} pages in a row were empty "
                        "and each named a next one"
                    )
                wanted = prefetch == "always" or (prefetch == "auto" and number > 1)
                if bookmark is not None and wanted:
                    ahead = asyncio.create_task(self._fetch(bookmark))
                    # Without a turn of the loop the request would leave only when the consumer
                    # next waits for something, which one that computes does not.
                    await asyncio.sleep(0)
                yield page
                if bookmark is None:
                    return
        finally:
            if ahead is not None:
                await _abandon(ahead)

    async def _fetch(self, bookmark: str | None) -> Page[T]:
        query = self._query if bookmark is None else {**self._query, "bookmark": bookmark}
        body, rejected, response = await self._transport.page(
            self._endpoint, self._path, query, self._body, self._options
        )
        return Page(
            items=body.items,
            bookmark=body.bookmark or None,
            rate_limit=response.rate_limit,
            request_id=response.request_id,
            rejected=tuple(rejected),
        )


def _checked_page_size(page_size: int | None, largest: int) -> int | None:
    if largest == 0:
        if page_size is not None:
            raise InvalidRequest("the size of the pages of this listing cannot be chosen")
        return None
    if page_size is None:
        return largest
    # bool is an int, and `page_size=True` is surely a mistake.
    if type(page_size) is not int or not 1 <= page_size <= largest:
        raise InvalidRequest(f"page_size must be from 1 to {largest}, not {page_size!r}")
    return page_size


async def _abandon(task: asyncio.Task[Page[T]]) -> None:
    """Cancel a task and wait until it has ended; nobody will ask for what it comes to."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        # Looked at, so that asyncio does not report it as lost.
        task.exception()


def __dir__() -> list[str]:
    return [*__all__]
