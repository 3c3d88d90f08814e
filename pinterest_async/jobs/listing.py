"""Listings whose items stay as Pinterest sent them.

What is exported must not lose the fields that this version's models do not declare, so an export
reads the raw JSON of each item and no more of it than it has to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async.errors import PagingError
from pinterest_async.paging import MAX_EMPTY_PAGES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from pinterest_async.client import Pinterest

_PAGE_SIZE: Final = 250


class _RawPage(msgspec.Struct):
    items: list[msgspec.Raw] | None = None
    bookmark: str | None = None


async def raw_pages(client: Pinterest, path: str) -> AsyncGenerator[list[bytes], None]:
    """Walk a listing of the category `org_read` page by page, each item as one line of JSON.

    The walk ends as a `Pager` does: where no next page is named, or one that was read already.

    Raises:
        PagingError: page after page is empty and names a next one.
    """
    bookmark: str | None = None
    used: set[str] = set()
    empty_pages = 0
    while True:
        page = await client.request(
            "GET",
            path,
            query={"page_size": _PAGE_SIZE, "bookmark": bookmark},
            category="org_read",
            type=_RawPage,
        )
        items = page.items or []
        # Pinterest may indent its JSON; a line must not be broken.
        yield [msgspec.json.format(bytes(item), indent=-1) for item in items]
        bookmark = page.bookmark
        if not bookmark or bookmark in used:
            return
        used.add(bookmark)
        empty_pages = 0 if items else empty_pages + 1
        if empty_pages > MAX_EMPTY_PAGES:
            raise PagingError(f"GET {path}: {empty_pages} pages in a row were empty")
