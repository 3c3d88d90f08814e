"""An account and its ads as a source of dlt, loaded into DuckDB; a later load takes what is new.

    pip install 'dlt[duckdb]'
    pinterest-async emulator                # in another terminal; set the two variables it prints
    python examples/dlt_source.py

Reads PINTEREST_ACCESS_TOKEN. The resources run at the same time, with one client and its limits.

- Boards are replaced: they are few.
- Pins come by the time at which they were made, ads entities by that of their last change.
- Reports are read again for as long as conversions still come in, 30 days.

Each ad account has cursors of its own, so that one that is added later comes whole.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import dlt

from pinterest_async import Pinterest
from pinterest_async.jobs import ad_report

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

    from dlt.extract import DltResource

    from pinterest_async.models import EntityStatus
    from pinterest_async.paging import Pager

Rows: TypeAlias = "AsyncGenerator[list[dict[str, Any]]]"
STATES: Final[tuple[EntityStatus, ...]] = ("ACTIVE", "PAUSED", "ARCHIVED", "DRAFT", "DELETED_DRAFT")
LISTS: Final[dict[str, Callable[[Pinterest, str], Pager[Any]]]] = {
    "campaigns": lambda client, account: client.campaigns.list(account, entity_statuses=STATES),
    "ad_groups": lambda client, account: client.ad_groups.list(account, entity_statuses=STATES),
    "ads": lambda client, account: client.ads.list(account, entity_statuses=STATES),
}
COLUMNS: Final = ("IMPRESSION_1", "CLICKTHROUGH_1", "SPEND_IN_MICRO_DOLLAR", "TOTAL_CHECKOUT")
WINDOW: Final = 30
"""Days in which a conversion still counts."""
OVERLAP: Final = 3600
"""Seconds before the last change that are read again: a list is not made in one moment."""
PORTION: Final = 1000


class SharedClient:
    """One client for all resources: who comes first opens it, and who goes last closes it."""

    def __init__(self) -> None:
        self._client: Pinterest | None = None
        self._users = 0

    async def __aenter__(self) -> Pinterest:
        self._users += 1
        if self._client is None:
            self._client = Pinterest.from_env()
        return self._client

    async def __aexit__(self, *exc_info: object) -> None:
        self._users -= 1
        if not self._users and self._client is not None:
            client, self._client = self._client, None
            await client.aclose()


async def pages_of(pager: Pager[Any]) -> Rows:
    """The items of a list, a page at a time."""
    async for page in pager.pages():
        yield [item.to_dict(exclude_none=True) for item in page.items]


@dlt.source(name="pinterest", max_table_nesting=0)
def pinterest(ad_account_ids: Sequence[str], start: dt.date) -> Iterator[DltResource]:
    """All tables of a login.

    Args:
        ad_account_ids: the ad accounts to read.
        start: the first day of the reports.
    """
    shared = SharedClient()

    @dlt.resource(write_disposition="replace")
    async def boards() -> Rows:
        async with shared as client:
            async for page in pages_of(client.boards.list()):
                yield page

    @dlt.resource(
        write_disposition="merge",
        primary_key="id",
        incremental=dlt.sources.incremental[str]("created_at"),
    )
    async def pins() -> Rows:
        async with shared as client:
            async for board in client.boards.list():
                async for page in pages_of(client.boards.list_pins(board.id, page_size=250)):
                    yield page

    yield boards
    yield pins
    for account in ad_account_ids:
        for kind in LISTS:
            yield entities(shared, account, kind)
        yield campaign_days(shared, account, start)


def entities(shared: SharedClient, account: str, kind: str) -> DltResource:
    """What an ad account has of a kind, archived things too, and was changed since."""

    @dlt.resource(
        name=f"{kind}_{account}",
        table_name=kind,
        write_disposition="merge",
        primary_key="id",
        incremental=dlt.sources.incremental[int]("updated_time", lag=OVERLAP),
    )
    async def changed() -> Rows:
        async with shared as client:
            async for page in pages_of(LISTS[kind](client, account)):
                yield page

    return changed


def campaign_days(shared: SharedClient, account: str, start: dt.date) -> DltResource:
    """The figures of an ad account by campaign and day, up to yesterday."""
    cursor = dlt.sources.incremental[dt.date]("DATE", initial_value=start, lag=WINDOW)

    @dlt.resource(
        name=f"campaign_days_{account}",
        table_name="campaign_days",
        write_disposition="merge",
        primary_key=("AD_ACCOUNT_ID", "DATE", "CAMPAIGN_ID"),
        # A row that is gone was restated to nothing: the days that are read again begin empty.
        merge_key=("AD_ACCOUNT_ID", "DATE"),
    )
    async def figures(day: dlt.sources.incremental[dt.date] = cursor) -> Rows:
        since = day.last_value or start
        async with shared as client:
            report = ad_report(
                client,
                account,
                level="CAMPAIGN",
                columns=COLUMNS,
                start=dt.date.fromisoformat(f"{since}"),  # what dlt hands out is pendulum's
                end=dt.datetime.now(dt.UTC).date() - dt.timedelta(1),
            )
            some: list[dict[str, Any]] = []
            async with aclosing(report):
                async for row in report:
                    some.append(row)
                    if len(some) == PORTION:
                        yield some
                        some = []
            if not report.run.complete:
                # The load ends here, and the cursor stays where it was.
                raise RuntimeError(report.run.failures[0].reason)
            yield some

    return figures


async def ad_accounts() -> list[str]:
    """The ad accounts that the login sees."""
    async with Pinterest.from_env() as client:
        return [account.id async for account in client.ad_accounts.list() if account.id]


if __name__ == "__main__":
    pipeline = dlt.pipeline("pinterest", destination="duckdb")
    first = dt.datetime.now(dt.UTC).date() - dt.timedelta(365)
    print(pipeline.run(pinterest(asyncio.run(ad_accounts()), first)))
    if pipeline.last_trace is not None:
        print(pipeline.last_trace.last_normalize_info)
