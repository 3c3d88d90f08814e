"""Keep a SQLite database of an account up to date: run it every night.

    python examples/nightly_export.py FOLDER

The first run fetches everything; a later one fetches what has changed, and says what that was. A
run that was killed goes on where it was. Reads PINTEREST_ACCESS_TOKEN.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from pinterest_async import Pinterest
from pinterest_async.jobs import export_account


async def main(folder: str) -> None:
    """Bring the export up to date, tell what is new, and ask the database something."""
    async with Pinterest.from_env() as pinterest:
        report = await export_account(pinterest, folder, format="sqlite", update=True)
    print(f"{report.pins} Pins on {report.boards} boards with {report.calls} calls")
    if report.changes is not None:
        pins = report.changes.pin
        print(f"Pins: {pins.new} new, {pins.changed} changed, {pins.gone} gone")
    for difference in report.differences:
        print(difference.board, difference.reason)

    with closing(sqlite3.connect(Path(folder) / "pinterest.sqlite")) as database:
        query = """
            SELECT boards.name, count(pins.id), max(pins.created_at) FROM boards
            LEFT JOIN pins ON pins.board_id = boards.id GROUP BY boards.id ORDER BY 2 DESC LIMIT 3
        """
        for name, pins, newest in database.execute(query):
            print(f"{name}: {pins} Pins, the newest of {newest}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
