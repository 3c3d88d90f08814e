"""`pinterest-async audiences sync`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_async.cli import output, running, wording

if TYPE_CHECKING:
    from pinterest_async.jobs import BadRows, CustomerListProgress, CustomerListReport

audiences: typer.Typer = running.group("Keep customer lists in step with a table.")


@audiences.command(cls=running.Command)
@partial(running.command, goes_on=True)
async def sync(
    rows: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A .csv, .jsonl or .ndjson file of people.",
        ),
    ],
    within: running.AdAccount = None,
    *,
    name: Annotated[
        str | None, typer.Option(help="The list; by default FILE's name without its ending.")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(help="A file that keeps who was sent, as hashes; FILE.state by default."),
    ] = None,
    list: Annotated[
        str | None, typer.Option(metavar="ID", help="The list, where several have the name.")
    ] = None,
    audience: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Make an audience of this name, if the list has none."),
    ] = None,
    default_country: Annotated[
        str | None,
        typer.Option(
            metavar="CODE", help="The country of telephone numbers that do not begin with one."
        ),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Go on without the values that cannot be used.")
    ] = False,
    remove_share: Annotated[
        float,
        typer.Option(min=0, max=1, help="The share of the people that may be removed at most."),
    ] = 0.5,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be sent, and send nothing.")
    ] = False,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Make a customer list hold the people of FILE, by sending what has changed since last time.

    Columns: email, phone, maid (of a device), external_id; others are passed over. All are hashed
    as they are read. Values that cannot be used are listed, and the command ends with 2; with
    --skip-bad it goes on without them, and ends with 3.
    """
    from pinterest_async.jobs import BadRows, sync_customer_list

    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(connection.client())
        if state is None and connection.emulator:
            # What the emulator of this one command holds is gone at its end.
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="audiences-"))
            state = Path(folder, "state")
        show = await stack.enter_async_context(
            output.progress_line("reading", _line, quiet=as_json)
        )
        try:
            report = await sync_customer_list(
                client,
                await running.only_ad_account(client, within or connection.ad_account),
                rows,
                name=name or rows.stem,
                state=state or rows.with_name(f"{rows.name}.state"),
                customer_list_id=list,
                audience=audience,
                default_country=default_country,
                skip_bad=skip_bad,
                remove_share=remove_share,
                dry_run=dry_run,
                progress=show,
            )
        except BadRows as error:
            _print_bad_rows(error, as_json=as_json)
            return running.USAGE
    return running.conclude(
        report,
        as_json=as_json,
        title=f"people of {rows}",
        figures=_figures(report),
        remarks=_remarks(report),
    )


def _figures(report: CustomerListReport) -> dict[str, object]:
    to_be = "to be " if report.dry_run else ""
    return {
        "rows": report.rows,
        "people": report.people,
        "unchanged": report.unchanged,
        f"{to_be}added": report.added,
        f"{to_be}removed": report.removed,
        "requests": report.requests,
    }


def _remarks(report: CustomerListReport) -> Iterator[str]:
    if report.customer_list_id is not None:
        made = ", which is new" if report.made else ""
        yield f"list {report.customer_list_id}{made}: {report.status or 'not asked for'}"
    if report.num_batches is not None:
        yield (
            f"Pinterest has counted {report.num_uploaded_user_records} records added and "
            f"{report.num_removed_user_records} removed in {report.num_batches} updates, whether "
            "or not they were on the list"
        )
    if report.audience_id is not None:
        made = ", which is new" if report.audience_made else ""
        yield f"audience {report.audience_id}{made}"
    yield from running.grouped((f"line {row.line}", "; ".join(row.problems)) for row in report.bad)


def _print_bad_rows(error: BadRows, *, as_json: bool) -> None:
    if as_json:
        output.say_json({"total": error.total, "bad": error.rows})
        return
    wrong = ((f"line {row.line}", "; ".join(row.problems)) for row in error.rows)
    output.say(*map(wording.of_message, running.grouped(wrong)), err=True)
    message = str(error).partition(": line ")[0]
    output.say(f"pinterest-async: {wording.of_message(message)}", err=True)


def _line(now: CustomerListProgress) -> str:
    total = "" if now.total is None else f"/{now.total:,}"
    return f"{now.stage}: {now.done:,}{total}"
