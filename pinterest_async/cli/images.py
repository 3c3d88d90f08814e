"""`pinterest-async images`: the pictures of an account's Pins, as files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from pinterest_async.cli import running
from pinterest_async.jobs import ImagesReport, download_images
from pinterest_async.jobs.images import IMAGE_HOST


def images(
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="The folder for the files; made where it is missing."),
    ],
    *,
    board: Annotated[
        str | None, typer.Option(help="Only the Pins of the board with this id.")
    ] = None,
    concurrency: Annotated[
        int, typer.Option(help="Pictures that are fetched at the same time.")
    ] = 8,
    host: Annotated[
        list[str] | None,
        typer.Option(help=f"A host that pictures may be fetched from, {IMAGE_HOST} by default."),
    ] = None,
    sandbox: running.UseSandbox = False,
    base_url: running.BaseURL = None,
    as_json: running.AsJSON = False,
) -> None:
    """Download the pictures of your Pins to OUT, each in its best size, called by its Pin's id.

    What OUT holds is not fetched again. Ends with 0 when every picture is there, with 3 when not.
    """

    async def work() -> int:
        async with running.connect(sandbox=sandbox, base_url=base_url) as client:
            with _progress_line(quiet=as_json) as progress:
                report = await download_images(
                    client if board is None else client.boards.list_pins(board),
                    out,
                    concurrency=concurrency,
                    hosts=host or (IMAGE_HOST,),
                    progress=progress,
                )
        if as_json:
            typer.echo(msgspec.json.encode(report).decode())
        else:
            _print_report(report, out)
        return 0 if report.complete else running.DIFFERENCES

    running.run(work())


@contextmanager
def _progress_line(*, quiet: bool) -> Generator[Callable[[ImagesReport], None] | None, None, None]:
    """Give a callback that shows the figures on stderr, or None where that is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("listing Pins") as status:

        def show(report: ImagesReport) -> None:
            status.update(
                f"{report.pins} Pins, {report.downloaded} pictures fetched "
                f"({report.bytes / 1e6:.1f} MB), {report.present} there, "
                f"{len(report.failures)} failed"
            )

        yield show


def _print_report(report: ImagesReport, out: Path) -> None:
    figures = (
        ("Pins", report.pins),
        ("fetched", report.downloaded),
        ("there already", report.present),
        ("without picture", report.without_image),
        ("failed", len(report.failures)),
        ("rests", report.slowed),
        ("MB", f"{report.bytes / 1e6:.1f}"),
        ("seconds", f"{report.seconds:.1f}"),
    )
    typer.echo(f"pictures in {out}")
    for name, figure in figures:
        typer.echo(f"  {name:<20}{figure:>10}")
    for failure in report.failures[:10]:
        typer.echo(f"  {failure.pin_id}: {failure.reason}")
    if report.stopped is not None:
        typer.echo(f"stopped: {report.stopped}")
