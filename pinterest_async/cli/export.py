"""`pinterest-async export`: every board, section and pin of an account, as files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from pinterest_async.cli import output, running

if TYPE_CHECKING:
    from pinterest_async.jobs import Difference, ExportProgress, ExportReport

Format: TypeAlias = Literal["jsonl", "csv", "parquet", "sqlite"]


async def export(
    out: running.OutFolder,
    *,
    connection: running.Connection,
    format: Annotated[
        Format, typer.Option(help="What the files are: parquet takes the extra of that name.")
    ] = "jsonl",
    since: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"],
            help="Only Pins created at this day or time (UTC) or later. All lists are read.",
        ),
    ] = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help="Bring the export in OUT up to date; changes.jsonl names what is new, changed and "
            "gone. Boards whose count and time of change are the same are not listed again.",
        ),
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="With --update: list the Pins of all boards again.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Begin anew, whatever OUT holds.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="End with 3 also where all differences stand as the export before found them.",
        ),
    ] = False,
    metrics: Annotated[
        bool,
        typer.Option("--metrics", help="Fetch the Pins' daily figures of the last 90 days, too."),
    ] = False,
    pictures: Annotated[
        bool, typer.Option("--pictures", help="Fetch the Pins' pictures to OUT/pictures, too.")
    ] = False,
    host: running.PictureHosts = None,
    html: Annotated[
        bool,
        typer.Option(
            "--html",
            help="Write OUT/index.html, too: boards and Pins to look at in a browser, offline, "
            "with the pictures and figures that were fetched.",
        ),
    ] = False,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Boards that are read at the same time.")
    ] = 16,
    as_json: running.AsJSON = False,
) -> int:
    """Write every board, section and pin to OUT, with a manifest.json.

    A run that was interrupted or killed goes on where it was when it is started again the same way,
    without --overwrite. Ends with 0 when all that Pinterest counts was found, or differs as it did
    in the export before (see --strict), with 3 when there are differences.
    """
    from pinterest_async.jobs import export_account

    async with (
        connection.client(local_pictures=pictures) as client,
        output.progress_bar("reading boards", "pins", _counts, quiet=as_json) as show,
    ):
        report = await export_account(
            client,
            out,
            format=format,
            since=since,
            metrics=metrics,
            pictures=pictures,
            picture_hosts=connection.picture_hosts(host),
            html=html,
            update=update,
            full=full,
            overwrite=overwrite,
            strict=strict,
            concurrency=concurrency,
            progress=show,
        )
    return running.conclude(
        report,
        as_json=as_json,
        title=f"exported to {out}",
        figures=_figures(report),
        remarks=_remarks(report, out),
    )


def _counts(now: ExportProgress) -> dict[str, object]:
    done = {"metrics": now.measured, "pictures": now.pictures}
    boards = f"{now.boards_done}/{now.boards} boards"
    return {
        "description": boards if now.stage == "listing" else now.stage,
        "completed": done.get(now.stage, now.pins),
        "total": max(now.pins_expected, now.pins),
    }


def _figures(report: ExportReport) -> dict[str, object]:
    figures: dict[str, object] = {
        "boards": report.boards,
        "sections": report.sections,
        "pins": report.pins,
        "repeated, left out": report.pins_repeated,
        "unreadable": report.rejected,
        "pages": report.pages,
        "calls": report.calls,
        "seconds": f"{report.seconds:.1f}",
    }
    if report.pages_resumed:
        figures["pages of before"] = report.pages_resumed
    if report.since is not None:
        figures["older, left out"] = report.pins_older
    if report.boards_skipped:
        figures["boards not changed"] = report.boards_skipped
    if report.metrics is not None:
        figures["figures of pins"] = report.metrics.rows
    if report.pictures is not None:
        figures["pictures"] = report.pictures.downloaded + report.pictures.present
    return figures


def _remarks(report: ExportReport, out: Path) -> Iterator[str]:
    from pinterest_async.jobs.export.files import INDEX

    if report.changes is not None:
        for kind in ("board", "section", "pin"):
            counts = getattr(report.changes, kind)
            yield f"{kind}s: {counts.new} new, {counts.changed} changed, {counts.gone} gone"
    if report.remarks:
        yield f"{len(report.remarks)} differences stand as the export before found them:"
        yield from running.grouped(map(_who_and_why, report.remarks))
    if INDEX in report.files:
        yield f"to look at: {out / INDEX}"
    if report.complete:
        beyond = "beyond those, " if report.remarks else ""
        yield f"complete: {beyond}every board holds as many pins as Pinterest counts"
        return
    yield f"{len(report.differences)} differences, all of them in {out / 'manifest.json'}:"
    yield from running.grouped(map(_who_and_why, report.differences))


def _who_and_why(difference: Difference) -> tuple[str, str]:
    name = difference.board or difference.board_id
    if name is None:
        return "the account", difference.reason
    counted = f"{difference.pins_found} of {difference.pins_expected} pins"
    return f"{name} ({counted})", difference.reason
