"""`pinterest-async leads export`."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pinterest_async.cli import output, running

leads: typer.Typer = running.group("Fetch what people answered to the forms of ads.")


@leads.command(cls=running.Command)
@partial(running.command, goes_on="journal")
async def export(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            dir_okay=False,
            help="A .csv, .jsonl or .ndjson file; what it has already stays.",
        ),
    ],
    within: running.AdAccount = None,
    *,
    ad: Annotated[
        list[str] | None,
        typer.Option(help="This ad alone, may be given several times; all with a form by default."),
    ] = None,
    last: Annotated[int, typer.Option(min=1, max=31, help="So many days, today included.")] = 31,
    journal: Annotated[
        Path | None,
        typer.Option(help="A file that keeps what was fetched: a killed run goes on from it."),
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Exports that are under way at the same time.")
    ] = 4,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Add the leads of ads to OUT, each once, before Pinterest forgets them after 30 days.

    Run it once a week or a day. Ends with 0 when all are there, with 3 when an export came to
    nothing twice.
    """
    from pinterest_async.jobs import export_leads

    async with (
        connection.client() as client,
        output.progress_line("asking", _line, quiet=as_json) as show,
    ):
        report = await export_leads(
            client,
            await running.only_ad_account(client, within or connection.ad_account),
            out,
            ad_ids=ad,
            start=dt.datetime.now(dt.UTC).date() - dt.timedelta(last - 1),
            journal=journal,
            concurrency=concurrency,
            progress=show,
        )
    return running.conclude(
        report,
        as_json=as_json,
        title=f"leads from {report.start} to {report.end} in {out}",
        figures={
            "ads": report.ads,
            "leads": report.leads,
            "new": report.added,
            "in the file": report.total,
        },
        remarks=running.grouped((f"ad {one.ad_id}", one.reason) for one in report.failures),
    )


def _line(done: int, of: int) -> str:
    return f"waiting for Pinterest: {done}/{of} ads"
