"""`pinterest-async images`: the pictures of an account's Pins, as files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pinterest_async import Pager, Pinterest
from pinterest_async.cli import running
from pinterest_async.jobs import ImagesReport, download_images, find_board
from pinterest_async.models import Pin


def images(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            file_okay=False,
            help="The folder for the files; made where it is missing.",
        ),
    ],
    *,
    board: Annotated[
        str | None,
        typer.Option(help="Only the Pins of this board: id, name, user/board path or address."),
    ] = None,
    metadata: Annotated[
        bool,
        typer.Option("--metadata", help="Write a .json beside each picture: address, hash, Pin."),
    ] = False,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Pictures that are fetched at the same time.")
    ] = 8,
    host: running.PictureHosts = None,
    emulator: running.UseEmulator = False,
    sandbox: running.UseSandbox = False,
    base_url: running.BaseURL = None,
    ad_account: running.AdAccount = None,
    as_json: running.AsJSON = False,
) -> None:
    """Download the pictures of your Pins to OUT, each in its best size, called by its Pin's id.

    What OUT holds is not fetched again. Ends with 0 when every picture is there, with 3 when not.
    """

    async def work() -> int:
        async with running.connect(
            emulator=emulator,
            sandbox=sandbox,
            base_url=base_url,
            ad_account=ad_account,
            local_pictures=True,
        ) as client:
            pins: Pinterest | Pager[Pin] = client
            if board is not None:
                pins = client.boards.list_pins((await find_board(client, board)).id)
            with _progress_line(quiet=as_json) as progress:
                report = await download_images(
                    pins,
                    out,
                    concurrency=concurrency,
                    hosts=running.picture_hosts(host, emulator=emulator),
                    metadata=metadata,
                    progress=progress,
                )
        return running.conclude(
            report,
            as_json=as_json,
            title=f"pictures in {out}",
            figures=_figures(report),
            remarks=_remarks(report),
        )

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


def _figures(report: ImagesReport) -> dict[str, object]:
    return {
        "Pins": report.pins,
        "fetched": report.downloaded,
        "there already": report.present,
        "without picture": report.without_image,
        "failed": len(report.failures),
        "rests": report.slowed,
        "MB": f"{report.bytes / 1e6:.1f}",
        "seconds": f"{report.seconds:.1f}",
    }


def _remarks(report: ImagesReport) -> Iterator[str]:
    yield from running.shown(f"  {one.pin_id}: {one.reason}" for one in report.failures)
    if report.stopped is not None:
        yield f"stopped: {report.stopped}"
