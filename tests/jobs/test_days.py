"""Days of jobs as callers write them: dates, and text that can only mean one."""

from __future__ import annotations

import datetime as dt
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import InvalidRequest, Pinterest
from pinterest_async.emulator import Emulator
from pinterest_async.jobs import account_analytics, ad_report, export_leads, pin_analytics

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

TODAY = dt.datetime.now(dt.UTC).date()
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
FIRST, LAST = TODAY - dt.timedelta(5), TODAY - dt.timedelta(3)


@asynccontextmanager
async def world(*, boards: int, pins: int) -> AsyncGenerator[Pinterest]:
    """A client of an account."""
    async with (
        Emulator(boards=boards, pins=pins, job_seconds=0.05) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url) as client,
    ):
        yield client


async def of_pins(client: Pinterest, folder: Path, start: Any, end: Any) -> Any:
    """The days of the rows of Pins."""
    rows = pin_analytics(client, None, start, end)
    return {dt.date.fromisoformat(row.date) async for row in rows if row.date}


async def of_an_account(client: Pinterest, folder: Path, start: Any, end: Any) -> Any:
    """The days of an account's rows."""
    return {row.date for row in (await account_analytics(client, start, end)).rows}


async def of_ads(client: Pinterest, folder: Path, start: Any, end: Any) -> Any:
    """The days of a report's question."""
    account = (await client.ad_accounts.list())[0].id
    columns = ["IMPRESSION_1"]
    rows = ad_report(client, account, level="ADVERTISER", columns=columns, start=start, end=end)
    return {row["DATE"] async for row in rows}


async def of_leads(client: Pinterest, folder: Path, start: Any, end: Any) -> Any:
    """The days of an export of leads."""
    account = (await client.ad_accounts.list())[0].id
    done = await export_leads(client, account, folder / "leads.csv", start=start, end=end)
    return {done.start, done.start + dt.timedelta(1), done.end}


JOBS = [of_pins, of_an_account, of_ads, of_leads]


@pytest.mark.parametrize("job", JOBS)
async def test_a_day_may_be_text(tmp_path: Path, job: Callable[..., Awaitable[Any]]) -> None:
    """The same rows come of dates, and of dates as text."""
    async with world(boards=2, pins=6) as client:
        found = await job(client, tmp_path, FIRST.isoformat(), LAST.isoformat())
    assert found == {FIRST, FIRST + dt.timedelta(1), LAST}


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("wrong", ["soon", "2026-02-30", 5, NOON, b"2026-01-01"])
@pytest.mark.parametrize("name", ["start", "end"])
async def test_what_is_no_day_is_told(
    tmp_path: Path, job: Callable[..., Awaitable[Any]], wrong: Any, name: str
) -> None:
    """It is refused before anything is asked for, with the argument's name."""
    given = {"start": FIRST, "end": LAST, name: wrong}
    async with world(boards=1, pins=1) as client:
        with pytest.raises(InvalidRequest, match=f"^{name} must be a day, as a date or as text"):
            await job(client, tmp_path, given["start"], given["end"])


@pytest.mark.parametrize("job", JOBS)
async def test_the_first_day_comes_first(
    tmp_path: Path, job: Callable[..., Awaitable[Any]]
) -> None:
    """Days in the wrong order are named."""
    async with world(boards=1, pins=1) as client:
        with pytest.raises(InvalidRequest, match=rf"^end \({FIRST}\) is before start \({LAST}\)"):
            await job(client, tmp_path, LAST, FIRST)
