"""`pinterest-async pins create`, `pins video` and `boards`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_async.cli import output, running
from pinterest_async.config import SendPictures
from pinterest_async.errors import InvalidRequest

if TYPE_CHECKING:
    from pinterest_async.jobs import PinsProgress, PinsReport, VideoProgress
    from pinterest_async.models import Board

pins: typer.Typer = running.group("Make Pins.")

_Journal = Annotated[
    Path | None,
    typer.Option(help="A SQLite file that a further run goes on from; ROWS.journal by default."),
]
_CreateMissing = Annotated[
    bool, typer.Option("--create-missing", help="Make boards and sections that do not exist.")
]


@pins.command(cls=running.Command)
@partial(running.command, goes_on=True)
async def create(
    rows: Annotated[
        Path,
        typer.Argument(
            metavar="ROWS",
            exists=True,
            dir_okay=False,
            help="A .csv, .jsonl or .ndjson file of rows.",
        ),
    ],
    *,
    journal: _Journal = None,
    create_missing: _CreateMissing = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Go on without the rows that are wrong.")
    ] = False,
    ignore_unsupported: Annotated[
        bool,
        typer.Option(
            "--ignore-unsupported",
            help="Pass over Publish date and Keywords, which Pinterest's API has nothing for.",
        ),
    ] = False,
    send_pictures: Annotated[
        SendPictures,
        typer.Option(
            help="fallback: what Pinterest cannot fetch from its address is fetched here and sent."
        ),
    ] = "never",
    concurrency: Annotated[
        int, typer.Option(min=1, help="Pins that are made at the same time.")
    ] = 4,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Make a Pin of every row of ROWS, once, and go on where an earlier run has ended.

    Columns: board, image (or images, with | between them, or video and cover), and title,
    description, link, alt_text, section, dominant_color, key where wanted; or those of Pinterest's
    own file for bulk uploads. All rows are checked
    before anything is made; wrong ones are listed, and the command ends with 2. It ends with 3 when
    some rows are not Pins yet.
    """
    from pinterest_async.jobs import BadRows, create_pins

    place = rows.with_name(f"{rows.name}.journal") if journal is None else journal
    async with connection.client() as client:
        try:
            async with output.progress_bar("making", "pins", _counts, quiet=as_json) as show:
                report = await create_pins(
                    client,
                    rows,
                    # What the emulator of this one command holds is gone at its end.
                    journal=None if connection.emulator and journal is None else place,
                    create_missing=create_missing,
                    skip_bad=skip_bad,
                    ignore_unsupported=ignore_unsupported,
                    send_pictures=send_pictures,
                    concurrency=concurrency,
                    progress=show,
                )
        except BadRows as error:
            return running.complain_of_rows(error, as_json=as_json, done="made")
    return running.conclude(
        report,
        as_json=as_json,
        title=f"Pins of {rows}",
        figures=_figures(report),
        remarks=_remarks(report),
    )


@pins.command(cls=running.Command)
@partial(running.command, goes_on="journal")
async def video(
    path: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The video."),
    ],
    *,
    board: Annotated[str, typer.Option(help="Id, name, user/board path or address.")],
    section: Annotated[str | None, typer.Option(help="Id or name of a section.")] = None,
    cover: Annotated[str | None, typer.Option(help="A picture: a path or an address.")] = None,
    cover_at: Annotated[
        int | None,
        typer.Option(min=0, help="Or the frame to show, in seconds into the video; 1 by default."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="At most 100 characters.")] = None,
    description: Annotated[str | None, typer.Option(help="At most 800 characters.")] = None,
    link: Annotated[str | None, typer.Option(help="Where the Pin leads to.")] = None,
    alt_text: Annotated[str | None, typer.Option(help="At most 500 characters.")] = None,
    media_id: Annotated[
        str | None, typer.Option(help="An upload that was interrupted, to go on with.")
    ] = None,
    journal: Annotated[
        Path | None, typer.Option(help="A SQLite file that a further run goes on from.")
    ] = None,
    create_missing: _CreateMissing = False,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Upload FILE and make a Pin of it; print the Pin's id."""
    from pinterest_async.jobs import create_video_pin

    if cover is not None and cover_at is not None:
        raise InvalidRequest("--cover and --cover-at exclude each other: a video has one cover")
    async with connection.client() as client:
        with _video_bar(quiet=as_json) as show:
            made = await create_video_pin(
                client,
                path,
                board=board,
                section=section,
                cover=cover if cover is not None else cover_at,
                title=title,
                description=description,
                link=link,
                alt_text=alt_text,
                media_id=media_id,
                journal=journal,
                create_missing=create_missing,
                progress=show,
            )
    if as_json:
        output.say_json(made)
    else:
        output.say(made.pin_id)
    return 0


async def boards(
    ref: Annotated[
        str | None,
        typer.Argument(metavar="BOARD", help="Only this one: id, name, path or address."),
    ] = None,
    *,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """List the boards, or find one."""
    from pinterest_async.jobs import find_board

    async with connection.client() as client:
        if ref is not None:
            _print_board(await find_board(client, ref), as_json=as_json)
            return 0
        async with aclosing(aiter(client.boards.list())) as listed:
            async for board in listed:
                _print_board(board, as_json=as_json)
    return 0


def _print_board(board: Board, *, as_json: bool) -> None:
    if as_json:
        output.say_json(board)
        return
    output.say(f"{board.id}  {board.pin_count or 0:>7}  {board.privacy or '':<9}  {board.name}")


def _figures(report: PinsReport) -> dict[str, object]:
    return {
        "made": report.created,
        "found after a lost response": report.found,
        "made before": report.done_before,
        "refused": report.refused,
        "not known": report.unknown,
        "not tried": report.not_tried,
        "wrong, left out": len(report.bad),
    }


def _remarks(report: PinsReport) -> Iterator[str]:
    for place in report.made_places:
        yield f"  new: {place}"
    yield from running.grouped(
        (f"line {row.line}", row.error) for row in report.results if row.error is not None
    )
    yield from running.grouped((f"line {row.line}", "; ".join(row.problems)) for row in report.bad)
    if report.stopped is not None:
        yield f"stopped: {report.stopped}"
    if report.retry_at is not None:
        yield f"run it again after {report.retry_at:%Y-%m-%d %H:%M:%S} UTC"


def _counts(now: PinsProgress) -> dict[str, int]:
    return {"completed": now.done + now.failed, "total": now.total}


@contextmanager
def _video_bar(*, quiet: bool) -> Generator[Callable[[VideoProgress], None] | None, None, None]:
    """Give a callback that draws a bar on stderr; where that is no terminal, it tells the id."""
    if quiet or not sys.stderr.isatty():
        yield _tell_upload
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("video", total=None)

        def show(progress: VideoProgress) -> None:
            if progress.stage == "registered":
                bar.console.print(output.visible(f"upload {progress.media_id}"), markup=False)
            if progress.total:
                bar.update(task, completed=progress.sent, total=progress.total)
            bar.update(task, description=progress.stage)

        yield show


def _tell_upload(progress: VideoProgress) -> None:
    """Say what an interrupted command goes on with."""
    if progress.stage == "registered":
        output.say(f"upload {progress.media_id}", err=True)
