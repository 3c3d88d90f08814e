"""`pinterest-async ads report`, `ads export` and `ads columns`; `ads_changes` has the others."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import aclosing
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

import typer

from pinterest_async.cli import ads_changes, days, output, running
from pinterest_async.cli.export import Format
from pinterest_async.errors import ConfigurationError

if TYPE_CHECKING:
    from pinterest_async.client import Pinterest
    from pinterest_async.jobs import AdReport, AdReportRun, AdsExportReport, ReportColumn

ads: typer.Typer = running.group("Fetch figures of ads or all that ad accounts hold; change it.")
for _command in (ads_changes.apply, ads_changes.pause, ads_changes.resume):
    ads.command(cls=running.Command)(_command)

Names: TypeAlias = Literal["pinterest", "fivetran"]

_SMALL: Final = 100
"""Rows that a terminal gets as a table; more come as CSV."""

_Accounts = Annotated[
    list[str] | None,
    typer.Argument(metavar="AD_ACCOUNT", help="Ad accounts; all there are when none is named."),
]


@ads.command(cls=running.Command)
@partial(running.command, goes_on="journal")
async def report(
    accounts: _Accounts = None,
    *,
    level: Annotated[str, typer.Option(help="What a row is about.")] = "CAMPAIGN",
    column: Annotated[
        list[str] | None,
        typer.Option(help="A column, see `ads columns`; may be given several times."),
    ] = None,
    last: days.Last = 30,
    start: days.Start = None,
    end: days.End = None,
    granularity: Annotated[str, typer.Option(help="DAY, TOTAL, HOUR, WEEK or MONTH.")] = "DAY",
    campaign_ids: Annotated[
        list[str] | None, typer.Option("--campaign", help="These campaigns alone.")
    ] = None,
    ad_group_ids: Annotated[
        list[str] | None, typer.Option("--ad-group", help="These ad groups alone.")
    ] = None,
    ad_ids: Annotated[list[str] | None, typer.Option("--ad", help="These ads alone.")] = None,
    targeting_types: Annotated[
        list[str] | None,
        typer.Option("--target", help="What to split by, at a level with _TARGETING."),
    ] = None,
    reread: Annotated[
        bool, typer.Option("--reread", help="Begin where conversions still change.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="A .csv, .jsonl, .parquet or .sqlite file."),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(help="A file that keeps what was fetched: a killed run goes on from it."),
    ] = None,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Fetch figures of ads: as a table, as CSV, as lines of JSON, or into a file.

    The figures of the run itself go to stderr. Ends with 0 when all is there, with 3 when a report
    came to nothing twice.
    """
    from pinterest_async.jobs import ad_report

    first_day, last_day = days.first_and_last(start, end, last)
    async with (
        connection.client() as client,
        output.progress_line("asking", _waiting, quiet=as_json) as show,
    ):
        rows = ad_report(
            client,
            await _accounts(client, accounts),
            level=level,
            columns=column or ["SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1", "CLICKTHROUGH_1"],
            start=first_day,
            end=last_day,
            granularity=granularity,
            campaign_ids=campaign_ids,
            ad_group_ids=ad_group_ids,
            ad_ids=ad_ids,
            targeting_types=targeting_types,
            reread="attribution" if reread else None,
            out=out,
            journal=journal,
            progress=show,
        )
        if out is not None:
            await rows
        else:
            await _print_rows(rows, as_json=as_json)
    run = rows.run
    if as_json:
        output.say_json({"report": running.as_builtins(run)}, err=True)
    else:
        output.say(*_remarks(run), err=True)
    return 0 if run.complete else running.DIFFERENCES


async def _accounts(client: Pinterest, named: list[str] | None) -> list[str]:
    return named or await running.ad_accounts(client)


async def _print_rows(rows: AdReport, *, as_json: bool) -> None:
    """Print rows as they come; a terminal gets a table, where they are few."""
    kept: list[dict[str, Any]] | None = [] if sys.stdout.isatty() and not as_json else None
    writer = csv.writer(output.Screen(), lineterminator="\n")
    if kept is None and not as_json:
        writer.writerow(rows.run.columns)
    async with aclosing(rows):
        async for row in rows:
            if as_json:
                output.say_json(row)
            elif kept is None:
                writer.writerow(row.values())
            elif len(kept) < _SMALL:
                kept.append(row)
            else:
                writer.writerow(rows.run.columns)
                writer.writerows(one.values() for one in (*kept, row))
                kept = None
    if kept:
        output.say(*_table(kept))


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Rows under their names, in columns."""
    names = list(rows[0])
    cells = [names, *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  ".join(
            cell.rjust(width) if cell[-1:].isdigit() else cell.ljust(width)
            for cell, width in zip(line, widths, strict=True)
        ).rstrip()


def _waiting(now: AdReportRun) -> str:
    return (
        f"waiting for Pinterest: {now.parts_done}/{now.parts} reports, {now.started} started, "
        f"{now.polls} looks, {now.rows} rows"
    )


def _remarks(run: AdReportRun) -> Iterator[str]:
    yield (
        f"{run.rows} rows of {run.parts_done}/{run.parts} reports, {run.calls} calls, "
        f"{run.seconds:.1f} s"
    )
    if run.restarted:
        yield f"{run.restarted} reports came to nothing and were started again"
    if run.resumed:
        yield f"{run.resumed} were in the journal"
    if run.figures_final_through is not None:
        yield f"final through {run.figures_final_through}, but for conversions"
    if run.changing_from is not None:
        yield f"conversions may change from {run.changing_from} on"
    yield from (f"wrote {path}" for path in run.files)
    yield from running.grouped(
        (f"{one.ad_account_id} ({one.first} to {one.last})", one.reason) for one in run.failures
    )


@ads.command(cls=running.Command)
@partial(running.command, goes_on=True)
async def export(
    out: running.OutFolder,
    accounts: _Accounts = None,
    *,
    format: Annotated[Format, typer.Option(help="How the tables are written.")] = "jsonl",
    update: Annotated[
        bool, typer.Option("--update", help="Take over what the export before has found.")
    ] = False,
    statuses: Annotated[
        list[str] | None, typer.Option("--status", help="A state to list; all of them by default.")
    ] = None,
    names: Annotated[
        Names, typer.Option(help="Whose names tables and columns have.")
    ] = "pinterest",
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Write everything that ad accounts hold to OUT, archived things too, and what has changed.

    A run that was interrupted goes on where it was. Ends with 0 when all is there, with 3 when the
    login may not see some of it.
    """
    from pinterest_async.jobs import export_ads

    kinds = count(1)

    def listing(_report: AdsExportReport) -> str:
        return f"listing: {next(kinds)} kinds done"

    async with (
        connection.client() as client,
        output.progress_line("listing", listing, quiet=as_json) as show,
    ):
        done = await export_ads(
            client,
            await _accounts(client, accounts),
            out,
            format=format,
            update=update,
            statuses="all" if statuses in (None, [], ["all"]) else statuses,
            names=names,
            progress=show,
        )
    remarks = [f"{count} {change}" for change, count in done.changes.items()]
    remarks += running.grouped(
        (f"{one.kind} of {one.ad_account_id}", one.reason) for one in done.failures
    )
    return running.conclude(
        done,
        as_json=as_json,
        title=f"exported to {out}",
        figures={**done.counts, "seconds": f"{done.seconds:.1f}"},
        remarks=remarks,
    )


@ads.command(cls=running.Command)
@running.command
async def columns(
    word: Annotated[
        str, typer.Argument(metavar="WORD", help="A part of the name, such as CHECKOUT.")
    ] = "",
    *,
    level: Annotated[str | None, typer.Option(help="Those of this level alone.")] = None,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """List the columns that reports can have, at which levels, and what they mean.

    The meanings are Pinterest's own, asked for with the login; without one there are none.
    """
    from pinterest_async.jobs import report_columns

    found = [one for one in report_columns(word) if level is None or level.upper() in one.levels]
    meanings = await _meanings(connection)
    if as_json:
        for one in found:
            output.say_json(
                {
                    "name": one.name,
                    "type": one.type,
                    "conversions": one.conversions,
                    "levels": one.levels,
                    "meaning": meanings.get(one.name),
                }
            )
    else:
        output.say(*(_line(one, meanings) for one in found))
        if not found:
            output.say(f"no column has {word!r} in its name", err=True)
    return 0 if found else running.FAILED


async def _meanings(connection: running.Connection) -> dict[str, str]:
    try:
        async with connection.client() as client:
            metrics = await client.resources.get_delivery_metrics(report_type="ASYNC")
    except ConfigurationError:  # no login
        return {}
    return {str(one.name): str(one.definition) for one in metrics.items or () if one.definition}


def _line(one: ReportColumn, meanings: dict[str, str]) -> str:
    lowest = "every level" if "ADVERTISER" in one.levels else f"from {one.levels[0]} on"
    said = meanings.get(one.name)
    return f"{one.name}  {one.type}, {lowest}" + (f": {said}" if said else "")
