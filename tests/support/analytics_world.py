"""What the tests of analytics share: accounts with Pins, and what a whole table looks like."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import Emulator

if TYPE_CHECKING:
    from pinterest_async.jobs import AnalyticsRow, PinAnalytics

TODAY = dt.datetime.now(dt.UTC).date()
WIDE = {"org_analytics": [(100_000, 60)]}
"""Limits that no test comes near."""
REFUSED: Any = ("beta_refused",)
PICTURES = {"USER_FOLLOW", "PROFILE_VISIT"}


def days_ago(number: int) -> dt.date:
    """A day before today."""
    return TODAY - dt.timedelta(number)


def emulator_with(pins: int, **options: Any) -> Emulator:
    """An account with so many Pins, and room for calls."""
    return Emulator(boards=3, pins=pins, limits=WIDE, **options)


async def collect(rows: PinAnalytics) -> list[AnalyticsRow]:
    """All rows."""
    return [row async for row in rows]


def asked(emulator: Emulator) -> Counter[str]:
    """How often each Pin's figures were asked for, and answered."""
    counter: Counter[str] = Counter()
    for request in emulator.requests:
        if request.operation_id == "pins/analytics" and request.status == 200:
            counter[request.path.split("/")[3]] += 1
        if request.operation_id == "multi_pins/analytics" and request.status == 200:
            counter.update(",".join(request.query["pin_ids"]).split(","))
    return counter


def is_video(emulator: Emulator, pin_id: str) -> bool:
    """Whether a Pin shows a video."""
    return bool(emulator.account.saved.pins[pin_id].media["media_type"] == "video")


def check_rows(emulator: Emulator, rows: list[AnalyticsRow], days: int) -> None:
    """Fail unless there is one row for each Pin, day and metric of its media."""
    keys = [(row.pin_id, row.date, row.metric) for row in rows]
    assert len(set(keys)) == len(keys)
    daily: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        if row.date is not None:
            daily.setdefault(row.pin_id, set()).add((row.date, row.metric))
    assert set(daily) == set(emulator.account.saved.pins)
    for pin_id, found in daily.items():
        metrics = {metric for _, metric in found}
        assert len({date for date, _ in found}) == days
        assert len(found) == days * len(metrics)
        assert "IMPRESSION" in metrics
        assert PICTURES.isdisjoint(metrics) == is_video(emulator, pin_id)
        assert any("VIDEO" in metric for metric in metrics) == is_video(emulator, pin_id)
