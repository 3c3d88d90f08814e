"""Read Pins page by page, stop in the middle, and go on later from where it stopped.

The bookmark of the last page is kept in a file, as a program that is started again would do.
Reads PINTEREST_ACCESS_TOKEN.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from pinterest_async import Pinterest


async def read_some(pinterest: Pinterest, place: Path, *, pages: int) -> int:
    """Read so many pages from where the last run stopped; return how many Pins there were."""
    bookmark = place.read_text() if place.exists() else None
    count = 0
    pager = pinterest.pins.list(bookmark=bookmark, page_size=50)
    async for page in pager.pages():
        count += len(page.items)
        place.write_text(page.bookmark or "")
        pages -= 1
        if pages == 0:
            break
    return count


async def main() -> None:
    """Read two pages, then two more."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bookmark"
        async with Pinterest.from_env() as pinterest:
            print(await read_some(pinterest, place, pages=2), "Pins in the first run")
            print(await read_some(pinterest, place, pages=2), "Pins in the second")


if __name__ == "__main__":
    asyncio.run(main())
