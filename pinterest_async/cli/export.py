"""`pinterest-async export`: every board, section and pin of an account, as files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from pinterest_async.cli import running
from pinterest_async.jobs import ExportProgress, ExportReport, export_account


def export(
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="The folder for the files; made where it is missing."),
    ],
    *,
    emulator: running.UseEmulator = False,
    sandbox: running.UseSandbox = False,
    base_url: running.BaseURL = None,
    concurrency: Annotated[int, typer.Option(help="Boards that are read at the same time.")] = 16,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the export that the folder holds.")
    ] = False,
    as_json: running.AsJSON = False,
) -> None:
    """Write every board, section and pin to OUT as lines of JSON, with a manifest.json.

    Ends with 0 when all that Pinterest counts was found, with 3 when there are differences.
    """

    async def work() -> int:
        async with running.connect(emulator=emulator, sandbox=sandbox, base_url=base_url) as client:
            with _progress_bar(quiet=as_json) as progress:
                report = await export_account(
                    client, out, concurrency=concurrency, overwrite=overwrite, progress=progress
                )
        if as_json:
            typer.echo(msgspec.json.encode(report).decode())
        else:
            _print_report(report, out)
        return 0 if report.complete else running.DIFFERENCES

    running.run(work())


@contextmanager
def _progress_bar(*, quiet: bool) -> Generator[Callable[[ExportProgress], None] | None, None, None]:
    """Give a callback that draws a bar on stderr, or None where that is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pins"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading boards", total=None)

        def show(progress: ExportProgress) -> None:
            bar.update(
                task,
                description=f"{progress.boards_done}/{progress.boards} boards",
                completed=progress.pins,
                total=max(progress.pins_expected, progress.pins),
            )

        yield show


def _print_report(report: ExportReport, out: Path) -> None:
    figures = (
        ("boards", report.boards),
        ("sections", report.sections),
        ("pins", report.pins),
        ("repeated, left out", report.pins_repeated),
        ("unreadable", report.rejected),
        ("pages", report.pages),
        ("calls", report.calls),
        ("seconds", f"{report.seconds:.1f}"),
    )
    typer.echo(f"exported to {out}")
    for name, figure in figures:
        typer.echo(f"  {name:<20}{figure:>10}")
    if report.complete:
        typer.echo("complete: every board holds as many pins as Pinterest counts")
        return
    typer.echo(f"{len(report.differences)} differences, all of them in {out / 'manifest.json'}:")
    for difference in report.differences[:10]:
        name = difference.board or difference.board_id or "the list of boards"
        typer.echo(
            f"  {name}: {difference.pins_found} of {difference.pins_expected} pins; "
            f"{difference.reason}"
        )
