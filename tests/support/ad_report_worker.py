"""A program that fetches a report into a file, to be killed; its arguments say which."""

from __future__ import annotations

import asyncio
import sys

from pinterest_async import Pinterest, RetryPolicy
from pinterest_async.jobs import ad_report
from tests.support.ads_world import COUNTED, PACE, days_ago


async def main(base_url: str, token: str, account: str, journal: str, out: str) -> None:
    """Fetch 400 days by campaign, a report at a time."""
    retry = RetryPolicy(attempts=3, base=0.001, cap=0.01)
    async with Pinterest(token, base_url=base_url, retry=retry) as client:
        await ad_report(
            client,
            account,
            level="CAMPAIGN",
            columns=COUNTED,
            start=days_ago(900),
            end=days_ago(1),
            journal=journal,
            out=out,
            concurrency=2,
            pace=PACE,
        )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
