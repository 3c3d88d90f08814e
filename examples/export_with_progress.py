"""Export an account to a folder, with a line of progress for every page.

    python examples/export_with_progress.py FOLDER

Reads PINTEREST_ACCESS_TOKEN.
"""

from __future__ import annotations

import asyncio
import sys

from pinterest_async import Pinterest
from pinterest_async.jobs import ExportProgress, export_account


def show(progress: ExportProgress) -> None:
    """Print how far the export is."""
    boards = f"{progress.boards_done}/{progress.boards}"
    print(f"{boards} boards, {progress.pins}/{progress.pins_expected} Pins")


async def main(folder: str) -> None:
    """Export, and name what differs from what Pinterest counts."""
    async with Pinterest.from_env() as pinterest:
        report = await export_account(pinterest, folder, overwrite=True, progress=show)
    print(f"{report.pins} Pins with {report.calls} calls in {report.seconds:.1f} s")
    for difference in report.differences:
        print(difference.board, difference.reason)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
