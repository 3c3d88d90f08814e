"""What an export may fetch for its Pins: their pictures and their figures."""

from __future__ import annotations

from contextlib import aclosing
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async.errors import APIError, PermissionDenied
from pinterest_async.jobs.analytics import pin_analytics
from pinterest_async.jobs.export_journal import BATCH
from pinterest_async.jobs.export_report import Difference, general_difference
from pinterest_async.jobs.images import download_images
from pinterest_async.jobs.whose_fault import meets_all
from pinterest_async.models import Pin

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection
    from pathlib import Path

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.analytics_report import AnalyticsReport
    from pinterest_async.jobs.export_files import ExportFiles
    from pinterest_async.jobs.export_journal import Journal, Row
    from pinterest_async.jobs.export_pages import Run
    from pinterest_async.jobs.images_report import ImagesReport

PICTURES: Final = "pictures"
CHECKPOINT: Final = ".pinterest-export-metrics.sqlite"

_DAYS: Final = 90
"""Pinterest gives figures of no more than 90 days back; the day itself counts too."""

_read_pin = msgspec.json.Decoder(Pin).decode


async def fetch_pictures(
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

    report = await download_images(readable(), folder / PICTURES, hosts=hosts, progress=progress)
    differences: list[Difference] = []
    if report.failures:
        first = report.failures[0]
        differences.append(
            general_difference(
                f"{len(report.failures)} pictures are missing, the first that of the pin "
                f"{first.pin_id}: {first.reason}"
            )
        )
    if report.stopped is not None:
        differences.append(general_difference(f"pictures are missing: {report.stopped}"))
    if unread:
        differences.append(
            general_difference(
                f"{len(unread)} pins could not be read for their pictures, the first {unread[0]}"
            )
        )
    return report, differences


async def fetch_metrics(
    client: Pinterest,
    journal: Journal,
    folder: Path,
    run: Run,
    files: ExportFiles,
    progress: Callable[[AnalyticsReport], None],
) -> tuple[AnalyticsReport, list[Difference]]:
    """Fetch the figures of the Pins into their table, and name what is missing.

    The answers are kept in a file of their own until `forget_metrics`.
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
                        await _write(journal, files, rows)
                        rows = []
                        progress(figures.report)
                if rows:
                    await _write(journal, files, rows)
        except APIError as error:
            # An app that may not have figures gets all the rest.
            if meets_all(error) and not isinstance(error, PermissionDenied):
                raise
            reason = f"the figures were refused: {type(error).__name__}: {error}"
            return figures.report, [general_difference(reason)]
    progress(figures.report)
    return figures.report, _missing(figures.report)


def forget_metrics(folder: Path) -> None:
    """Remove the answers that were kept."""
    for suffix in ("", "-wal", "-shm"):
        (folder / f"{CHECKPOINT}{suffix}").unlink(missing_ok=True)


def _missing(report: AnalyticsReport) -> list[Difference]:
    differences = [
        general_difference(f"figures from {gap.first} to {gap.last} are missing: {gap.reason}")
        for gap in report.gaps
    ]
    if report.failures:
        first = report.failures[0]
        differences.append(
            general_difference(
                f"the figures of {len(report.failures)} pins are missing, the first of them those "
                f"of {first.pin_id}: {first.reason}"
            )
        )
    return differences


async def _write(journal: Journal, files: ExportFiles, rows: list[Row]) -> None:
    await journal.do(lambda: files.add("metrics", rows))


async def _pins(journal: Journal) -> AsyncGenerator[Pin | str, None]:
    """Walk the Pins of the run; only the id of one that this version cannot read."""
    async with aclosing(journal.rows("pin")) as portions:
        async for rows in portions:
            for line, _ in rows:
                try:
                    yield _read_pin(line)
                except msgspec.DecodeError:
                    yield str(msgspec.json.decode(line)["id"])
