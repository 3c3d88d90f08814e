"""`pinterest-async analytics`: the figures of Pins, as a table."""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
from collections.abc import Callable, Generator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import msgspec
import typer

from pinterest_async import InvalidRequest
from pinterest_async.cli import running
from pinterest_async.jobs import AnalyticsReport, AnalyticsRow, pin_analytics


def analytics(
    pin_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PIN_ID]...", help="Pins; all of the account when there are none."),
    ] = None,
    *,
    last: Annotated[
        int, typer.Option(help="So many days, today among them; unless --start is given.")
    ] = 30,
    start: Annotated[str | None, typer.Option(help="The first day, YYYY-MM-DD, in UTC.")] = None,
    end: Annotated[
        str | None, typer.Option(help="The last day, YYYY-MM-DD; today by default.")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="A metric to get; by default all there are.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file for the table; standard output by default.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="A file that keeps what was fetched: a killed run goes on from it."),
    ] = None,
    allow_gap: Annotated[
        bool, typer.Option("--allow-gap", help="Leave out days that cannot be had.")
    ] = False,
    emulator: running.UseEmulator = False,
    sandbox: running.UseSandbox = False,
    base_url: running.BaseURL = None,
    ad_account: running.AdAccount = None,
    as_json: Annotated[bool, typer.Option("--json", help="Lines of JSON instead of CSV.")] = False,
) -> None:
    """Write the daily figures of Pins as a table: pin_id, date, metric, value, data_status.

    The figures of the run itself go to stderr. Ends with 0 when all were had, with 3 when there are
    gaps or Pins that were refused.
    """

    async def work() -> int:
        last_day = _day(end) or dt.datetime.now(dt.UTC).date()
        first_day = _day(start) or last_day - dt.timedelta(last - 1)
        async with running.connect(
            emulator=emulator, sandbox=sandbox, base_url=base_url, ad_account=ad_account
        ) as client:
            rows = pin_analytics(
                client,
                pin_ids or None,
                first_day,
                last_day,
                metrics=metric,
                checkpoint=checkpoint,
                allow_gap=allow_gap,
            )
            with _table(out, as_json=as_json) as write, _progress_line(rows.report) as show:
                async with aclosing(rows):
                    async for row in rows:
                        write(row)
                        show()
        if as_json:
            typer.echo(msgspec.json.encode({"report": rows.report}).decode(), err=True)
        else:
            _print_report(rows.report)
        return 0 if rows.report.complete else running.DIFFERENCES

    running.run(work())


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"{text!r} is no day in the form YYYY-MM-DD") from None


@contextmanager
def _table(
    out: Path | None, *, as_json: bool
) -> Generator[Callable[[AnalyticsRow], Any], None, None]:
    """Give a function that writes a row; a file gets its name when the table is whole."""
    if out is None:
        yield _writer(sys.stdout, as_json=as_json)
        return
    partial = out.with_name(f"{out.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield _writer(file, as_json=as_json)
        partial.replace(out)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _writer(file: TextIO, *, as_json: bool) -> Callable[[AnalyticsRow], Any]:
    if as_json:
        return lambda row: file.write(f"{msgspec.json.encode(row).decode()}\n")
    table = csv.writer(file, lineterminator="\n")
    table.writerow(AnalyticsRow.__struct_fields__)
    return lambda row: table.writerow(msgspec.structs.astuple(row))


@contextmanager
def _progress_line(report: AnalyticsReport) -> Generator[Callable[[], None], None, None]:
    """Give a function that shows the figures on stderr, if that is a terminal."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda: None
        return
    from rich.console import Console

    with Console(stderr=True).status("asking") as status:
        yield lambda: status.update(
            f"{report.pins} Pins, {report.rows} rows, {report.calls} calls, "
            f"{len(report.failures)} failed"
        )


def _print_report(report: AnalyticsReport) -> None:
    text = io.StringIO()
    text.write(f"{report.pins} Pins, {report.rows} rows, {report.calls} calls\n")
    if report.resumed:
        text.write(f"{report.resumed} Pins were in the checkpoint\n")
    if report.one_by_one:
        text.write("many Pins at once were refused: each was a call of its own\n")
    for gap in report.gaps:
        text.write(f"no figures from {gap.first} to {gap.last}: {gap.reason}\n")
    for failure in report.failures[:10]:
        text.write(f"{failure.pin_id}: {failure.reason}\n")
    if len(report.failures) > 10:
        text.write(f"and {len(report.failures) - 10} more\n")
    typer.echo(text.getvalue(), err=True, nl=False)
