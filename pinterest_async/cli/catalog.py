"""`pinterest-async catalog sync`, `catalog feed` and `catalog issues`."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, cast

import typer

from pinterest_async.cli import output, running
from pinterest_async.errors import ConfigurationError

if TYPE_CHECKING:
    from pinterest_async.jobs import (
        CatalogIssues,
        CatalogSync,
        FeedIssue,
        FeedIssues,
        FeedResult,
        FeedSync,
    )

catalog: typer.Typer = running.group("Keep the items of a catalog, and see what is wrong there.")

Format: TypeAlias = Literal["CSV", "TSV", "XML"]
Availability: TypeAlias = Literal["IN_STOCK", "OUT_OF_STOCK", "PREORDER"]

PASSWORD: Final = "PINTEREST_FEED_PASSWORD"  # noqa: S105 - the name of a variable
"""Where the password of a feed's file is: as an option it would stand in the shell's history."""

_SHOWN: Final = 10
"""Warnings that people get to see; --json has all of them."""

_Country = Annotated[str, typer.Option(help="Of the items, two letters such as US.")]
_Language = Annotated[str, typer.Option(help="Of the items, a locale such as en-US.")]
_Catalog = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Id or name of a retail catalog; the oldest by default."),
]
_Currency = Annotated[str | None, typer.Option(help="That of prices that name none, such as EUR.")]


@catalog.command(cls=running.Command)
@partial(running.command, goes_on=True)
async def sync(
    rows: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A .csv, .tsv, .jsonl or .ndjson file of items.",
        ),
    ],
    *,
    country: _Country,
    language: _Language,
    catalog: _Catalog = None,
    state: Annotated[
        Path | None,
        typer.Option(help="A SQLite file that keeps what was sent; FILE.catalog by default."),
    ] = None,
    currency: _Currency = None,
    delete_missing: Annotated[
        bool, typer.Option("--delete-missing", help="Delete items that FILE has no more.")
    ] = False,
    delete_share: Annotated[
        float, typer.Option(min=0, max=1, help="The share of all items above which that asks.")
    ] = 0.1,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Go on without the rows that are wrong.")
    ] = False,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Pass over columns that are no attributes.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help="A .csv, .jsonl, .parquet or .sqlite file for all verdicts."
        ),
    ] = None,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Make a catalog hold the items of FILE, and send only what has changed since last time.

    Columns have Pinterest's names or Google Merchant's. All rows are checked before anything is
    sent; wrong ones are listed, and the command ends with 2. It ends with 3 when Pinterest has
    refused items, or not said what became of them.
    """
    from pinterest_async.jobs import BadRows, sync_catalog

    # What the emulator of this one command holds is gone at its end.
    forgets = connection.emulator and state is None
    place = None if forgets else state or rows.with_name(f"{rows.name}.catalog")
    async with connection.client() as client:

        async def run(share: float) -> CatalogSync:
            async with output.progress_line("reading", _line, quiet=as_json) as show:
                return await sync_catalog(
                    client,
                    rows,
                    country=cast("Any", country),
                    language=cast("Any", language),
                    catalog=catalog,
                    state=place,
                    currency=currency,
                    delete_missing=delete_missing,
                    delete_share=share,
                    skip_bad=skip_bad,
                    ignore_unknown=ignore_unknown,
                    dry_run=dry_run,
                    out=out,
                    progress=show,
                )

        try:
            report = await _with_leave(run, delete_share, ask=not as_json)
        except BadRows as error:
            return running.complain_of_rows(error, as_json=as_json, done="sent")
    return running.conclude(
        report,
        as_json=as_json,
        title=f"{'would sync' if dry_run else 'synced'} {rows}",
        figures=_figures(report),
        remarks=_remarks(report),
    )


async def _with_leave(
    run: Callable[[float], Awaitable[CatalogSync]], share: float, *, ask: bool
) -> CatalogSync:
    """Sync, and where too much would be deleted ask whoever is at the terminal, and sync again."""
    from pinterest_async.jobs import TooManyDeletions

    try:
        return await run(share)
    except TooManyDeletions as error:
        question = f"Delete {error.gone:,} of {error.known:,} items, which are in no row any more?"
        if not (ask and sys.stdin.isatty() and typer.confirm(question, err=True)):
            raise
    return await run(1.0)


def _line(now: CatalogSync) -> str:
    done = now.created + now.updated + now.deleted + now.refused + now.unknown
    return f"{now.rows:,} rows read, {done:,} items done, {now.refused:,} refused"


def _figures(report: CatalogSync) -> dict[str, object]:
    figures: dict[str, object] = {"rows": report.rows, "unchanged": report.unchanged}
    if report.dry_run:
        figures |= {f"to {name}": count for name, count in report.planned.items()}
    else:
        names = ("created", "updated", "deleted", "refused", "unknown", "warned")
        figures |= {name: getattr(report, name) for name in names}
    return {**figures, "wrong, left out": len(report.bad), "seconds": f"{report.seconds:.1f}"}


def _items(count: int) -> str:
    return f"{count:,} item{'' if count == 1 else 's'}"


def _remarks(report: CatalogSync) -> Iterator[str]:
    if report.resumed:
        yield f"{report.resumed} batches of an interrupted run were brought to their end"
    if report.gone > report.deleted and not report.planned.get("DELETE"):
        yield f"{report.gone:,} items are in no row any more: --delete-missing deletes them"
    if report.left_to_feed:
        yield f"left to the feed: {', '.join(report.left_to_feed)}"
    if report.passed_over:
        yield f"passed over, as Pinterest has nothing for it: {', '.join(report.passed_over)}"
    yield from (f"wrote {path}" for path in report.files)
    yield from running.grouped(
        (f"{one.operation} {one.item_id}", "; ".join(one.errors)) for one in report.failures
    )
    yield from running.grouped((f"line {row.line}", "; ".join(row.problems)) for row in report.bad)
    for one in report.warnings[:_SHOWN]:
        yield f"  warning of {_items(one.items)} such as {one.examples[0]}: {one.warning}"


@catalog.command(cls=running.Command)
@running.command
async def feed(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="The address: http, https, ftp or sftp.")
    ],
    *,
    country: _Country,
    language: _Language,
    catalog: _Catalog = None,
    name: Annotated[
        str | None, typer.Option(help="What it is called; made of the address by default.")
    ] = None,
    format: Annotated[
        Format | None, typer.Option(help="Of the file, where its address does not tell.")
    ] = None,
    currency: _Currency = None,
    availability: Annotated[
        Availability | None, typer.Option(help="Of items that do not say.")
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(help=f"Whom the file's host lets in, with the password in {PASSWORD}."),
    ] = None,
    daily_at: Annotated[
        str | None,
        typer.Option(metavar="HH:MM", help="When to fetch it, in UTC; else in five minutes."),
    ] = None,
    keep_time: Annotated[
        bool, typer.Option("--keep-time", help="Leave the time at which it is fetched as it is.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until it was fetched, two hours at most.")
    ] = False,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Have a catalog filled from the file at URL, and have that fetched soon.

    Ends with 0 when the feed is there, and with --wait when it was read without an error; else
    with 3.
    """
    from pinterest_async.jobs import sync_feed

    async with connection.client() as client:
        done = await sync_feed(
            client,
            url,
            country=country,
            language=language,
            catalog=catalog,
            name=name,
            format=format,
            currency=currency,
            availability=availability,
            credentials=None if user is None else (user, _password()),
            daily_at=daily_at,
            fetch_soon=not keep_time,
            wait=wait,
        )
    if as_json:
        output.say_json(running.as_builtins(done))
    else:
        output.say(*_told(done))
    return 0 if done.complete else running.DIFFERENCES


def _password() -> str:
    """The password of the file's host.

    Raises:
        ConfigurationError: there is none.
    """
    password = os.environ.get(PASSWORD)
    if not password:
        raise ConfigurationError(f"--user wants the password in the variable {PASSWORD}")
    return password


def _told(done: FeedSync) -> Iterator[str]:
    changed = f"changed {', '.join(done.changed)} of" if done.changed else "found"
    yield f"{'made' if done.created else changed} feed {done.feed_id}: {done.name}"
    if done.fetch_at is not None:
        yield f"Pinterest fetches it at {done.fetch_at:%Y-%m-%d %H:%M} UTC, and daily"
    if done.result is not None:
        yield "this time:" if done.waited else "last time:"
        yield from _result(done.result)
    elif done.waited:
        yield "it has not been fetched yet"


def _result(result: FeedResult) -> Iterator[str]:
    when = "" if result.created_at is None else f"{result.created_at:%Y-%m-%d %H:%M} UTC: "
    of = "" if result.items is None else f", {result.ingested} of {result.items} items taken in"
    yield f"  {when}{result.status}{of}"
    yield from (f"  {_issue(issue)}" for issue in result.issues)


def _issue(issue: FeedIssue) -> str:
    about = "the feed" if issue.whole_feed else _items(issue.items)
    such_as = f" (such as {', '.join(issue.examples)})" if issue.examples else ""
    return f"{issue.severity}, {about}: {issue.meaning} [{issue.code}]{such_as}"


@catalog.command(cls=running.Command)
@running.command
async def issues(
    *,
    catalog: _Catalog = None,
    feed: Annotated[
        str | None, typer.Option(metavar="ID", help="Only the feed of this id or address.")
    ] = None,
    examples: Annotated[
        int, typer.Option(min=0, max=20, help="Items that are named for each issue.")
    ] = 3,
    out: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help="A .csv, .jsonl, .parquet or .sqlite file for all items with an issue.",
        ),
    ] = None,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Say what is wrong with feeds, by their newest results, and what keeps items from view.

    With --out, Pinterest's reports of all those items are waited for and written to a file. Ends
    with 0 when nothing is wrong, else with 3.
    """
    from pinterest_async.jobs import catalog_issues

    async with connection.client() as client:
        found = await catalog_issues(client, catalog=catalog, feed=feed, examples=examples, out=out)
    if as_json:
        output.say_json(running.as_builtins(found))
    else:
        output.say(*_listed(found))
    return 0 if found.complete else running.DIFFERENCES


def _listed(found: CatalogIssues) -> Iterator[str]:
    for one in found.feeds:
        yield from _feed(one)
    if not found.feeds:
        yield "there is no feed"
    for issue in found.distribution:
        where = [name for name, kept in (("ads", issue.not_in_ads), ("Pins", issue.not_in_pins))
                 if kept]  # fmt: skip
        kept = f", not in {' or '.join(where)}" if where else ""
        yield f"catalog: {_items(issue.items)}{kept}: {issue.meaning} [{issue.code}]"
    if found.not_told is not None:
        yield f"what keeps items from view is not told: {found.not_told}"
    yield from (f"wrote {path}: {_rows(found)}" for path in found.files)
    yield from running.grouped((one.name, one.reason) for one in found.reports if one.reason)


def _rows(found: CatalogIssues) -> str:
    rows = sum(one.rows for one in found.reports)
    return f"{rows:,} row{'' if rows == 1 else 's'}"


def _feed(one: FeedIssues) -> Iterator[str]:
    off = "" if one.active else ", which is switched off"
    yield f"feed {one.feed_id}: {one.name or one.location}{off}"
    if one.result is None:
        yield "  never fetched"
    else:
        yield from _result(one.result)
