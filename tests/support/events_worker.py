"""A program that sends so many events with a journal, to be killed; its arguments say which."""

from __future__ import annotations

import asyncio
import sys

from pinterest_async import Pinterest
from pinterest_async.jobs import send_events
from tests.support.events_world import OFTEN, many


async def main(base_url: str, token: str, account: str, journal: str, number: str) -> None:
    """Send them; end with 0 when all but the bad ones are done."""
    async with Pinterest(token, base_url=base_url, retry=OFTEN) as client:
        events = many(int(number))
        sent = send_events(client, account, events, journal=journal, concurrency=2)
        async for verdict in sent:
            if verdict.state == "refused":
                sys.stdout.write(f"{verdict.line} {verdict.reason}\n")
    report = sent.report
    sys.exit(0 if report.total == report.refused + report.processed + report.done_before else 3)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
