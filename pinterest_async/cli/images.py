"""`pinterest-async images`: the pictures of an account's Pins, as files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_async.cli import output, running

if TYPE_CHECKING:
    from pinterest_async import Pager, Pinterest
    from pinterest_async.jobs import ImagesReport
    from pinterest_async.models import Pin


async def images(
    out: running.OutFolder,
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
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Download the pictures of your Pins to OUT, each in its best size, called by its Pin's id.

    What OUT holds is not fetched again. Ends with 0 when every picture is there, with 3 when not.
    """
    from pinterest_async.jobs import download_images, find_board

    async with connection.client(local_pictures=True) as client:
        pins: Pinterest | Pager[Pin] = client
        if board is not None:
            pins = client.boards.list_pins((await find_board(client, board)).id)
        async with output.progress_line("listing Pins", _line, quiet=as_json) as show:
            report = await download_images(
                pins,
                out,
                concurrency=concurrency,
                hosts=connection.picture_hosts(host),
                metadata=metadata,
                progress=show,
            )
    return running.conclude(
        report,
        as_json=as_json,
        title=f"pictures in {out}",
        figures=_figures(report),
        remarks=_remarks(report),
    )


def _line(now: ImagesReport) -> str:
    return (
        f"{now.pins} Pins, {now.downloaded} pictures fetched ({now.bytes / 1e6:.1f} MB), "
        f"{now.present} there, {len(now.failures)} failed"
    )


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
    yield from running.grouped((one.pin_id, one.reason) for one in report.failures)
    if report.stopped is not None:
        yield f"stopped: {report.stopped}"
