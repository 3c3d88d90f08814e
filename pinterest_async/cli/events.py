"""`pinterest-async events send` and `events check`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from pinterest_async.cli import output, running
from pinterest_async.errors import InvalidRequest

if TYPE_CHECKING:
    from pinterest_async.client import Pinterest
    from pinterest_async.jobs import EventsCheck, EventsReport, EventVerdict

events: typer.Typer = running.group("Send conversion events, or say what would be sent.")

_File: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="A .csv, .tsv, .jsonl or .ndjson file of events, with plain values.",
    ),
]
_Country: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="CODE", help="The country of telephone numbers that do not begin with one, like DE."
    ),
]
_SkipBadFields: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--skip-bad-fields", help="Leave out what is wrong of a person, where the rest suffices."
    ),
]
_FIGURES: Final = (
    "processed", "done_before", "duplicate", "refused", "failed", "unknown", "not_sent",
)  # fmt: skip


@events.command(cls=running.Command)
@partial(running.command, goes_on=True)
async def send(
    file: _File,
    *,
    journal: Annotated[
        Path | None,
        typer.Option(
            help="A SQLite file that a further run goes on from; FILE.journal by default."
        ),
    ] = None,
    test: Annotated[
        bool,
        typer.Option("--test", help="Show them in Pinterest's view of tests, and count nothing."),
    ] = False,
    default_country: _Country = None,
    skip_bad_fields: _SkipBadFields = False,
    concurrency: Annotated[int, typer.Option(min=1, help="Calls at the same time.")] = 4,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Send the conversion events of FILE to the ad account of --ad-account.

    Columns and keys are Pinterest's: event_name, action_source, event_time, event_id, and those of
    user_data and custom_data, with or without these words and a dot before them. Personal values
    are plain, and are hashed before they leave this machine. Ends with 3 when some events were not
    taken; the same command goes on, and sends none twice.
    """
    from pinterest_async.jobs import send_events

    place = file.with_name(f"{file.name}.journal") if journal is None else journal
    # Of a test nothing counts, and what the emulator of this one command holds is gone at its end.
    journalled = journal is not None or not (test or connection.emulator)
    bad: list[EventVerdict] = []
    async with (
        connection.client() as client,
        output.progress_line("sending", _line, quiet=as_json) as show,
    ):
        sent = send_events(
            client,
            await _ad_account(client, connection),
            file,
            journal=place if journalled else None,
            test=test,
            default_country=default_country,
            skip_bad_fields=skip_bad_fields,
            concurrency=concurrency,
            progress=show,
        )
        async with aclosing(sent):
            bad += [verdict async for verdict in sent if verdict.reason is not None]
    report = sent.report
    report.verdicts = bad
    return running.conclude(
        report,
        as_json=as_json,
        title=f"events of {file}",
        figures={"events": report.total, **{name: getattr(report, name) for name in _FIGURES}},
        remarks=_remarks(report),
    )


async def _ad_account(client: Pinterest, connection: running.Connection) -> str:
    """Return the ad account to send to: the one that is named, or the only one.

    Raises:
        InvalidRequest: there is none, or there are several.
    """
    if connection.ad_account is not None:
        return connection.ad_account
    found = [str(one.id) async for one in client.ad_accounts.list()]
    if len(found) == 1 or (found and connection.emulator):
        return found[0]
    if not found:
        raise InvalidRequest("this login sees no ad account: name one with --ad-account")
    raise InvalidRequest(f"name one of these ad accounts with --ad-account: {', '.join(found)}")


def _remarks(report: EventsReport) -> Iterator[str]:
    if report.sent_again:
        yield f"  {report.sent_again} were sent again, as Pinterest had failed"
    yield from _named(report.verdicts)
    if report.stopped is not None:
        yield f"stopped: {report.stopped}"
    if report.retry_at is not None:
        yield f"run it again after {report.retry_at:%Y-%m-%d %H:%M:%S} UTC"


def _named(verdicts: list[EventVerdict]) -> Iterator[str]:
    return running.grouped(
        (f"line {one.line}", one.reason or one.warning or "") for one in verdicts
    )


def _line(now: EventsReport) -> str:
    return (
        f"sending: {now.processed + now.done_before:,} of {now.total:,} events taken, "
        f"{now.refused:,} refused"
    )


@events.command(cls=running.Command)
@running.command
async def check(
    file: _File,
    *,
    default_country: _Country = None,
    skip_bad_fields: _SkipBadFields = False,
    connection: running.Connection,  # noqa: ARG001  # every command takes its options
    as_json: running.AsJSON = False,
) -> int:
    """Say what of FILE would be sent, and what is wrong with the rest; nothing is sent.

    Needs no login. Ends with 3 when some events would not be sent.
    """
    from pinterest_async.jobs import check_events

    found = await check_events(
        file, default_country=default_country, skip_bad_fields=skip_bad_fields
    )
    return running.conclude(
        found,
        as_json=as_json,
        title=f"events of {file}, of which nothing was sent",
        figures={
            "events": found.total,
            "good": found.good,
            "refused": found.refused,
            "calls": found.calls,
            **found.names,
        },
        remarks=_findings(found),
    )


def _findings(found: EventsCheck) -> Iterator[str]:
    if found.oldest is not None and found.newest is not None:
        yield f"  from {_moment(found.oldest)} to {_moment(found.newest)}"
    if found.members:
        have = [f"{name} {count:,}" for name, count in found.members.items()]
        yield f"  members: {', '.join(have)}"
    if found.first is not None:
        yield f"  the first would be sent as {output.json_line(found.first)}"
    yield from _named(found.verdicts)


def _moment(seconds: int) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
