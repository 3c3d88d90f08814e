"""Make a secret board with a section and a Pin, change the Pin, and remove it all again.

Reads PINTEREST_ACCESS_TOKEN, whose app must be allowed to write: with Trial access that is the
sandbox (`PINTEREST_SANDBOX=1` and a token made for it).
"""

from __future__ import annotations

import asyncio
import sys

from pinterest_async import PermissionDenied, Pinterest
from pinterest_async.models import ImageUrl

PICTURE = "https://i.pinimg.com/originals/d5/3b/01/d53b014d86a6b6761bf649a0ed813c2b.png"


async def main() -> None:
    """Create, change, delete."""
    async with Pinterest.from_env() as pinterest:
        try:
            board = await pinterest.boards.create(name="Plum cakes", privacy="SECRET")
        except PermissionDenied as error:
            sys.exit(str(error))
        try:
            section = await pinterest.board_sections.create(board.id, name="To bake")
            pin = await pinterest.pins.create(
                board_id=board.id,
                board_section_id=section.id,
                title="Plum cake",
                description="With rye",
                media_source=ImageUrl(url=PICTURE),
            )
            print("made", pin.id, pin.title, pin.description)

            # What is left out stays as it is, None clears it.
            changed = await pinterest.pins.update(pin.id, title="Plum and rye", description=None)
            print("changed", changed.id, changed.title, changed.description)
        finally:
            await pinterest.boards.delete(board.id)
            print("removed", board.id)


if __name__ == "__main__":
    asyncio.run(main())
