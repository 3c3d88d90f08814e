"""What an export may fetch for its Pins: their pictures and their figures."""

from __future__ import annotations

from contextlib import aclosing
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async.errors import APIError, PermissionDenied
from pinterest_async.jobs._errors import is_fatal
from pinterest_async.jobs.analytics.pins import pin_analytics
from pinterest_async.jobs.export.journal import BATCH
from pinterest_async.jobs.export.report import Difference, general_difference
from pinterest_async.jobs.images.download import download_images
from pinterest_async.models import Pin

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection
    from pathlib import Path

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.analytics.report import AnalyticsReport
    from pinterest_async.jobs.export.journal import Journal, Row
    from pinterest_async.jobs.export.pages import Run
    from pinterest_async.jobs.images.report import ImagesReport

PICTURES: Final = "pictures"
CHECKPOINT: Final = ".pinterest-export-metrics.sqlite"

_DAYS: Final = 90
"""Pinterest gives figures of no more than 90 days back; the day itself counts too."""

_read_pin = msgspec.json.Decoder(Pin).decode


async def fetch_pictures(
    client: Pinterest,
    journal: Journal,
    folder: Path,
    hosts: Collection[str],
    progress: Callable[[ImagesReport], None],
) -> tuple[ImagesReport, list[Difference]]:
    """Download the pictures of the Pins, and name what is missing."""
    unread: list[str] = []

    async def readable() -> AsyncGenerator[Pin, None]:
        async with aclosing(_pins(journal)) as pins:
            async for pin in pins:
                if isinstance(pin, str):
                    unread.append(pin)
                else:
                    yield pin

    async with client.open_session() as session:
        report = await download_images(
            readable(), folder / PICTURES, hosts=hosts, session=session, progress=progress
        )
    differences: list[Difference] = []
    if report.failures:
        first = report.failures[0]
        differences.append(
            general_difference(
                "pictures",
                f"{len(report.failures)} pictures are missing, the first that of the pin "
                f"{first.pin_id}: {first.reason}",
            )
        )
    if report.stopped is not None:
        differences.append(
            general_difference("pictures", f"pictures are missing: {report.stopped}")
        )
    if unread:
        differences.append(
            general_difference(
                "pictures",
                f"{len(unread)} pins could not be read for their pictures, the first {unread[0]}",
            )
        )
    return report, differences


async def fetch_metrics(
    client: Pinterest,
    journal: Journal,
    folder: Path,
    run: Run,
    write: Callable[[list[Row]], None],
    progress: Callable[[AnalyticsReport], None],
) -> tuple[AnalyticsReport, list[Difference]]:
    """Fetch the figures of the Pins, and name what is missing.

    `write` is called with portions of their rows, in the journal's thread.

    The responses are kept in a file of their own until `forget_metrics`.
    """
    last = run.started_at.date()
    async with aclosing(_pins(journal)) as pins:
        figures = pin_analytics(
            client,
            pins,
            last - timedelta(_DAYS - 1),
            last,
            checkpoint=folder / CHECKPOINT,
            # A run that goes on days later may have lost the first days.
            allow_gap=True,
        )
        try:
            async with aclosing(figures) as walk:
                rows: list[Row] = []
                async for row in walk:
                    rows.append((msgspec.json.encode(row), ""))
                    if len(rows) == BATCH:
                        await journal.do(partial(write, rows))
                        rows = []
                        progress(figures.report)
                if rows:
                    await journal.do(partial(write, rows))
        except APIError as error:
            # An app that may not have figures gets all the rest.
            if is_fatal(error) and not isinstance(error, PermissionDenied):
                raise
            reason = f"the figures were refused: {type(error).__name__}: {error}"
            return figures.report, [general_difference("metrics", reason)]
    progress(figures.report)
    return figures.report, _missing(figures.report)


def forget_metrics(folder: Path) -> None:
    """Remove the responses that were kept."""
    for suffix in ("", "-wal", "-shm"):
        (folder / f"{CHECKPOINT}{suffix}").unlink(missing_ok=True)


def _missing(report: AnalyticsReport) -> list[Difference]:
    differences = [
        general_difference(
            "metrics", f"figures from {gap.first} to {gap.last} are missing: {gap.reason}"
        )
        for gap in report.gaps
    ]
    if report.failures:
        first = report.failures[0]
        differences.append(
            general_difference(
                "metrics",
                f"the figures of {len(report.failures)} pins are missing, the first of them those "
                f"of {first.pin_id}: {first.reason}",
            )
        )
    return differences


async def _pins(journal: Journal) -> AsyncGenerator[Pin | str, None]:
    """Walk the Pins of the run; only the id of one that this version cannot read."""
    async with aclosing(journal.rows("pin")) as portions:
        async for rows in portions:
            for line, _ in rows:
                try:
                    yield _read_pin(line)
                except msgspec.DecodeError:
                    yield str(msgspec.json.decode(line)["id"])
