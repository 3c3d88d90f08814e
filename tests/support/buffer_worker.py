"""A program that puts events into a buffer as its source has them, to be killed.

Its source is a list, of which it keeps the position that verdicts have reached, in a file.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pinterest_async import Pinterest
from pinterest_async.jobs import EventBuffer
from tests.support.events_world import OFTEN, sold

if TYPE_CHECKING:
    from pinterest_async.jobs import EventVerdict


async def main(
    base_url: str, token: str, account: str, journal: str, number: str, kept: str
) -> None:
    """Add what stands after the position, and say what is unknown in the end."""
    position = Path(kept)
    start = int(position.read_text("utf-8")) if position.exists() else 0
    reached = start

    def note(verdict: EventVerdict) -> None:
        nonlocal reached
        reached += 1
        new = position.with_suffix(".new")
        new.write_text(str(reached), "utf-8")
        new.replace(position)
        sys.stdout.write(f"{verdict.state} {verdict.key}\n")
        sys.stdout.flush()

    async with (
        Pinterest(token, base_url=base_url, retry=OFTEN) as client,
        EventBuffer(client, account, journal=journal, size=50, verdicts=note) as buffer,
    ):
        for event in sold(int(number))[start:]:
            await buffer.add(event)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
