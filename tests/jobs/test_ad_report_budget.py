"""What a large report costs: calls, and the time that the real quota makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async.jobs import ad_report
from tests.support.ads_world import COUNTED, ads_emulator, days_ago
from tests.support.clients import client_of

if TYPE_CHECKING:
    from pathlib import Path

ADS = 5000
DAYS = 90
MOST = 25
ONE_BY_ONE = ADS * DAYS // 30
"""Calls of a connector that asks for one ad and 30 days at a time."""


async def test_a_large_report_takes_few_calls(tmp_path: Path) -> None:
    """5,000 ads by day over 90 days take at most 25 calls, of the 15,000 of others."""
    async with ads_emulator(job_seconds=1.0) as emulator, client_of(emulator) as client:
        account = emulator.ad_account_id
        ads = emulator.account.stores.store("ads", account)
        patterns = list(ads)
        for number in range(ADS - len(patterns)):
            ads.add({**patterns[number % len(patterns)], "id": str(900_000_000_000 + number)})
        run = await ad_report(
            client,
            account,
            level="PIN_PROMOTION",
            columns=COUNTED[:1],
            start=days_ago(DAYS),
            end=days_ago(1),
            out=tmp_path / "ads.csv",
        )
        calls = [one for one in emulator.requests if one.operation_id is not None]
    assert run.complete
    assert run.rows > ADS * DAYS * 0.8
    assert len(calls) == run.calls <= MOST
    assert ONE_BY_ONE / len(calls) > 500
