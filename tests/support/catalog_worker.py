"""A program that syncs a catalog from a file, to be killed; its arguments say which.

At its end it prints the report as JSON, with the most memory that it held, in kilobytes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import msgspec

from pinterest_async import Pinterest, RetryPolicy
from pinterest_async.jobs import sync_catalog
from tests.support.catalog_world import PACE, WHERE

STATUS = Path("/proc/self/status")
"""What Linux tells of this process."""


async def main(base_url: str, token: str, rows: str, state: str) -> None:
    """Sync, two batches at a time."""
    retry = RetryPolicy(attempts=3, base=0.001, cap=0.01)
    async with Pinterest(token, base_url=base_url, retry=retry) as client:
        report = await sync_catalog(
            client, rows, **WHERE, state=state, delete_missing=True, concurrency=2, pace=PACE
        )
    # What `resource` tells counts the process that has started this one as well.
    most = (
        int(STATUS.read_text("ascii").partition("VmHWM:")[2].split()[0]) if STATUS.exists() else 0
    )
    print(json.dumps({**msgspec.to_builtins(report), "kilobytes": most}))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
