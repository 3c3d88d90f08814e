"""`pinterest-async analytics` and `account-analytics`: figures of Pins or of all, as a table."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TextIO, TypeAlias

import typer

from pinterest_async._files import replace
from pinterest_async.cli import days, output, running
from pinterest_async.errors import InvalidRequest

if TYPE_CHECKING:
    import msgspec

    from pinterest_async.jobs import AccountAnalytics, AnalyticsReport

_TOP: Final = 10
"""How many of the best there are where nobody says."""

_LINES: Final = (".jsonl", ".ndjson")
_OTHER: Final = (".db", ".json", ".parquet", ".sqlite", ".tsv", ".xls", ".xlsx")
"""Endings of what a table is not written as: a file of that name would not open."""


def _check_ending(out: Path | None) -> Path | None:
    if out is not None and out.suffix.lower() in _OTHER:
        raise typer.BadParameter(
            f"{out.name}: the table is CSV, or lines of JSON: call the file .csv, .jsonl or .ndjson"
        )
    return out


_Metrics: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--metric", help="A metric to get, by default all there are; may be given several times."
    ),
]
_Out: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        dir_okay=False,
        callback=_check_ending,
        help="The file for the table, standard output by default; .jsonl gets lines of JSON.",
    ),
]
_RowsAsJSON: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Lines of JSON instead of CSV.")
]


async def analytics(
    pin_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="PIN_ID", help="Pins; all of the account when there are none."),
    ] = None,
    *,
    last: days.Last = 30,
    start: days.Start = None,
    end: days.End = None,
    metrics: _Metrics = None,
    out: _Out = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="A file that keeps what was fetched: a killed run goes on from it."),
    ] = None,
    allow_gap: Annotated[
        bool, typer.Option("--allow-gap", help="Leave out days that cannot be had.")
    ] = False,
    connection: running.Connection,
    as_json: _RowsAsJSON = False,
) -> int:
    """Write the daily figures of Pins as a table: pin_id, date, metric, value, data_status.

    The figures of the run itself go to stderr. Ends with 0 when all were had, with 3 when there are
    gaps or Pins that were refused.
    """
    from pinterest_async.jobs import AnalyticsRow, pin_analytics

    first_day, last_day = days.first_and_last(start, end, last)
    async with connection.client() as client:
        rows = pin_analytics(
            client,
            pin_ids or None,
            first_day,
            last_day,
            metrics=metrics,
            checkpoint=checkpoint,
            allow_gap=allow_gap,
        )
        with (
            _table(out, AnalyticsRow, as_json=as_json) as write,
            _progress_line(rows.report, to_file=out is not None) as show,
        ):
            async with aclosing(rows):
                async for row in rows:
                    write(row)
                    show()
    if as_json:
        said = {"report": running.as_builtins(rows.report)}
        output.say_json(said, err=True)
    else:
        _print_report(rows.report)
    return 0 if rows.report.complete else running.DIFFERENCES


async def account_analytics(
    *,
    last: days.Last = 30,
    start: days.Start = None,
    end: days.End = None,
    metrics: _Metrics = None,
    split: Annotated[
        str, typer.Option(help="NO_SPLIT, APP_TYPE, OWNED_CONTENT, SOURCE or PIN_FORMAT.")
    ] = "NO_SPLIT",
    content_type: Annotated[str, typer.Option(help="What counts: ALL, ORGANIC or PAID.")] = "ALL",
    out: _Out = None,
    top_out: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            callback=_check_ending,
            help="A file for the best Pins and the best videos as well.",
        ),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(min=1, help=f"How many of each, at most 50; {_TOP} by default."),
    ] = None,
    top_by: Annotated[
        str,
        typer.Option(help="What makes a Pin one of the best, such as SAVE, PIN_CLICK, ENGAGEMENT."),
    ] = "IMPRESSION",
    top_videos_by: Annotated[
        str, typer.Option(help="The same of a video, such as SAVE, VIDEO_START, VIDEO_MRC_VIEW.")
    ] = "IMPRESSION",
    connection: running.Connection,
    as_json: _RowsAsJSON = False,
) -> int:
    """Write the daily figures of the whole account as a table, and its best Pins as another.

    The columns are part, date, metric, value, data_status; those of the best are ranking, rank,
    pin_id, metric, value, data_status. What was got goes to stderr. Ends with 3 when a ranking was
    refused.
    """
    from pinterest_async.jobs import AccountAnalyticsRow, TopPinRow
    from pinterest_async.jobs import account_analytics as analyse

    if top is not None and top_out is None:
        raise InvalidRequest("--top needs a file for the best: give --top-out FILE")
    if out is not None and out == top_out:
        raise InvalidRequest("--out and --top-out must be two files")
    first_day, last_day = days.first_and_last(start, end, last)
    async with connection.client() as client:
        report = await analyse(
            client,
            first_day,
            last_day,
            metrics=metrics,
            split=split,
            content_type=content_type,
            top=0 if top_out is None else top or _TOP,
            top_by=top_by,
            top_videos_by=top_videos_by,
        )
    _write(out, AccountAnalyticsRow, report.rows, as_json=as_json)
    if top_out is not None:
        _write(top_out, TopPinRow, report.top, as_json=as_json)
    if as_json:
        said = running.as_builtins(report)
        del said["rows"], said["top"]
        output.say_json({"report": said}, err=True)
    else:
        _print_account(report)
    return 0 if report.complete else running.DIFFERENCES


def _write(
    out: Path | None,
    columns: type[msgspec.Struct],
    rows: Iterable[msgspec.Struct],
    *,
    as_json: bool,
) -> None:
    with _table(out, columns, as_json=as_json) as write:
        for row in rows:
            write(row)


@contextmanager
def _table(
    out: Path | None, columns: type[msgspec.Struct], *, as_json: bool
) -> Generator[Callable[[msgspec.Struct], Any], None, None]:
    """Give a function that writes a row; a file gets its name when the table is whole."""
    if out is None:
        yield output.say_json if as_json else _table_writer(output.Screen(), columns)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f"{out.name}.partial")
    as_json = as_json or out.suffix.lower() in _LINES
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield _json_writer(file) if as_json else _table_writer(file, columns)
            file.flush()
            os.fsync(file.fileno())
        replace(partial, out)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _json_writer(file: TextIO) -> Callable[[msgspec.Struct], Any]:
    import msgspec

    return lambda row: file.write(f"{msgspec.json.encode(row).decode()}\n")


def _table_writer(
    file: TextIO | output.Screen, columns: type[msgspec.Struct]
) -> Callable[[msgspec.Struct], Any]:
    import msgspec

    table = csv.writer(file, lineterminator="\n")
    table.writerow(columns.__struct_fields__)
    return lambda row: table.writerow(msgspec.structs.astuple(row))


@contextmanager
def _progress_line(
    report: AnalyticsReport, *, to_file: bool
) -> Generator[Callable[[], None], None, None]:
    """Give a function that shows the figures on stderr, if that is a terminal without the table."""
    if not sys.stderr.isatty() or (sys.stdout.isatty() and not to_file):
        yield lambda: None
        return
    from rich.console import Console

    with Console(stderr=True).status("asking") as status:
        yield lambda: status.update(
            f"{report.pins} Pins, {report.rows} rows, {report.calls} calls, "
            f"{len(report.failures)} failed"
        )


def _print_report(report: AnalyticsReport) -> None:
    lines = [f"{report.pins} Pins, {report.rows} rows, {report.calls} calls"]
    if report.resumed:
        lines.append(f"{report.resumed} Pins were in the checkpoint")
    if report.one_by_one:
        lines.append("many Pins at once were refused: each was a call of its own")
    lines += [f"no figures from {gap.first} to {gap.last}: {gap.reason}" for gap in report.gaps]
    lines += running.grouped((one.pin_id, one.reason) for one in report.failures)
    output.say(*lines, err=True)


def _print_account(report: AccountAnalytics) -> None:
    days = (report.end - report.start).days + 1
    lines = [f"{len(report.rows)} rows of {days} days"]
    if report.final_through != report.end:
        since = f"after {report.final_through}" if report.final_through else "of all days"
        lines.append(f"the figures {since} may still change")
    lines += running.grouped((one.ranking, one.reason) for one in report.failures)
    output.say(*lines, err=True)
