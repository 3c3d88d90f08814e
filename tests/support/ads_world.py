"""Emulators with ads, and what their reports have to hold."""

from __future__ import annotations

import csv
import datetime as dt
import io
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

from pinterest_async.emulator import Emulator
from pinterest_async.jobs import Pace

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

TODAY = dt.datetime.now(dt.UTC).date()
PACE = Pace(first=0.02, longest=0.1, gap=0.001)
COUNTED = ("IMPRESSION_1", "CLICKTHROUGH_1", "SPEND_IN_MICRO_DOLLAR")


def days_ago(days: int) -> dt.date:
    """The day so many days before today, in UTC."""
    return TODAY - dt.timedelta(days)


@asynccontextmanager
async def ads_emulator(**options: Any) -> AsyncGenerator[Emulator]:
    """An emulator whose reports are done at once, and which counts no limits."""
    settings: dict[str, Any] = {
        "boards": 0,
        "pins": 0,
        "job_seconds": 0.01,
        "enforce_limits": False,
        **options,
    }
    async with Emulator(**settings) as emulator:
        yield emulator


async def story(
    emulator: Emulator, first: dt.date, last: dt.date, **asked: Any
) -> list[dict[str, str]]:
    """The rows of one report, as the emulator itself tells them: one request by hand, no job."""
    account = asked.pop("ad_account_id", emulator.ad_account_id)
    body = {
        "granularity": "DAY",
        "level": "CAMPAIGN",
        "columns": list(COUNTED),
        "report_format": "CSV",
        **asked,
        "start_date": first.isoformat(),
        "end_date": last.isoformat(),
    }
    headers = {"Authorization": f"Bearer {emulator.token}"}
    url = f"{emulator.base_url}/ad_accounts/{account}/reports"
    async with aiohttp.ClientSession() as session:
        async with session.post(url, json=body, headers=headers) as response:
            token = (await response.json())["token"]
        while True:
            async with session.get(url, params={"token": token}, headers=headers) as response:
                link = (await response.json())["url"]
            if link:
                break
        async with session.get(link) as response:
            return list(csv.DictReader(io.StringIO(await response.text())))


def as_text(row: dict[str, Any]) -> dict[str, str]:
    """A row of the job as the file of a report has it, without the ad account."""
    return {name: str(value) for name, value in row.items() if name != "AD_ACCOUNT_ID"}


def in_order(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows in an order that does not depend on how they came."""
    return sorted(rows, key=lambda row: sorted(row.items()))


def started(emulator: Emulator) -> int:
    """How many reports the emulator was asked to start."""
    return sum(
        one.operation_id == "analytics/create_report" and one.status == 200
        for one in emulator.requests
    )
