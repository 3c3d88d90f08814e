"""Print every board, and the newest Pins of the largest one.

Reads PINTEREST_ACCESS_TOKEN. To try it without an account, run `pinterest-async emulator` in
another terminal and set the two variables that it prints.
"""

from __future__ import annotations

import asyncio

from pinterest_async import Pinterest


async def main() -> None:
    """Walk the boards, then one page of Pins."""
    async with Pinterest.from_env() as pinterest:
        boards = await pinterest.boards.list().collect()
        for board in boards:
            print(f"{board.pin_count or 0:>6}  {board.privacy or '':<9}  {board.name}")
        if not boards:
            return
        largest = max(boards, key=lambda board: board.pin_count or 0)
        page = await pinterest.boards.list_pins(largest.id, page_size=10)
        for pin in page.items:
            print(pin.id, pin.title or "(no title)")


if __name__ == "__main__":
    asyncio.run(main())
