"""`pinterest-async ads apply`, `ads pause` and `ads resume`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from pinterest_async.cli import output, running

if TYPE_CHECKING:
    from pinterest_async.client import Pinterest
    from pinterest_async.jobs import AdChange, AdChangesProgress, AdChangesReport, AdMoney

_SetStatus: TypeAlias = "Callable[[Pinterest, str, list[str]], Awaitable[AdChangesReport]]"

_Ids = Annotated[
    list[str],
    typer.Argument(metavar="ID...", help="Campaigns, ad groups, ads or product groups."),
]


@partial(running.command, goes_on=True)
async def apply(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, help="A .csv, .jsonl or .ndjson file."
        ),
    ],
    within: running.AdAccount = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Apply the changes, instead of a preview of them.")
    ] = False,
    journal: Annotated[
        Path | None,
        typer.Option(
            help="A SQLite file that a further run goes on from; FILE.journal by default."
        ),
    ] = None,
    bulk_above: Annotated[
        int, typer.Option(min=0, help="More rows than this go as bulk upserts.")
    ] = 3000,
    concurrency: Annotated[int, typer.Option(min=1, help="Calls at the same time.")] = 4,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Show what the rows of FILE would change; with --yes, change it, each row once.

    Columns: kind (campaign, ad_group, ad, keyword, product_group), id to change what exists,
    campaign_id, ad_group_id or parent for what something new is in (an id, or the name of another
    row), and Pinterest's names; daily_budget, lifetime_budget, budget and bid take units of the
    currency. What is new is PAUSED unless status says otherwise. Ends with 3 when some rows cannot
    be applied, or were not.
    """
    from pinterest_async.jobs import apply_changes

    place = file.with_name(f"{file.name}.journal") if journal is None else journal
    async with (
        connection.client() as client,
        output.progress_bar("sending", "rows", _counts, quiet=as_json or not yes) as show,
    ):
        report = await apply_changes(
            client,
            await running.only_ad_account(client, within or connection.ad_account),
            file,
            dry_run=not yes,
            # What the emulator of this one command holds is gone at its end.
            journal=None if connection.emulator and journal is None else place,
            bulk_above=bulk_above,
            concurrency=concurrency,
            progress=show,
        )
    if not as_json and not yes:
        for change in report.changes:
            output.say(*_lines(change))
    done = "changes of" if yes else "nothing was sent, give --yes to apply it:"
    return _conclude(report, f"{done} {file}", as_json=as_json)


@partial(running.command, goes_on=True)
async def pause(
    ids: _Ids, *, connection: running.Connection, as_json: running.AsJSON = False
) -> int:
    """Pause whatever has these ids. Ends with 3 when there is no such thing, or it is archived."""
    from pinterest_async.jobs import pause as set_paused

    return await _set_status(set_paused, "paused", ids, connection, as_json=as_json)


@partial(running.command, goes_on=True)
async def resume(
    ids: _Ids, *, connection: running.Connection, as_json: running.AsJSON = False
) -> int:
    """Set whatever has these ids active: ads may run and cost money after it.

    An ad runs where its ad group and its campaign are active as well. Ends with 3 when there is no
    such thing, or it is archived.
    """
    from pinterest_async.jobs import resume as set_active

    return await _set_status(set_active, "set active", ids, connection, as_json=as_json)


async def _set_status(
    work: _SetStatus,
    done: str,
    ids: list[str],
    connection: running.Connection,
    *,
    as_json: bool,
) -> int:
    """Go through the ad accounts until each id was found in one; a report for each of those."""
    code = 0
    async with connection.client() as client:
        accounts = (
            [connection.ad_account] if connection.ad_account else await running.ad_accounts(client)
        )
        for account in accounts:
            report = await work(client, account, ids)
            ids = [str(one.id) for one in report.changes if one.kind is None]
            if account != accounts[-1] and ids:
                report = _found(report)
            if report.total:
                title = f"{done} in the ad account {account}"
                code = max(code, _conclude(report, title, as_json=as_json))
            if not ids:
                break
    return code


def _found(report: AdChangesReport) -> AdChangesReport:
    """A report without what its ad account does not have: another one may."""
    from collections import Counter

    from msgspec.structs import replace

    changes = [one for one in report.changes if one.kind is not None]
    counts = Counter(one.state for one in changes)
    complete = not any(one.error for one in changes)
    return replace(
        report, changes=changes, total=len(changes), counts=dict(counts), complete=complete
    )


def _conclude(report: AdChangesReport, title: str, *, as_json: bool) -> int:
    return running.conclude(
        report,
        as_json=as_json,
        title=title,
        figures={
            **{state.replace("_", " "): count for state, count in report.counts.items()},
            "may spend money": sum(one.spends for one in report.changes),
            "cannot be undone": sum(bool(one.irreversible) for one in report.changes),
        },
        remarks=_remarks(report),
    )


def _remarks(report: AdChangesReport) -> Iterator[str]:
    yield from running.grouped((_who(one), str(one.error)) for one in report.failures)
    if report.stopped is not None:
        yield f"stopped: {report.stopped}"
    if report.retry_at is not None:
        yield f"run it again after {report.retry_at:%Y-%m-%d %H:%M:%S} UTC"


def _who(change: AdChange) -> str:
    return f"line {change.line}" if change.kind is not None or change.id is None else change.id


def _lines(change: AdChange) -> Iterator[str]:
    """What a row would do, and below it what to know before."""
    kind = (change.kind or "row").replace("_", " ")
    who = " ".join(filter(None, (change.id, change.name)))
    does = change.action if change.state == "planned" else change.state.replace("_", " ")
    said = ", ".join(_said(change)) if change.state == "planned" else ""
    yield f"line {change.line}  {does} {kind} {who}{': ' if said else ''}{said}"
    if change.state == "planned":
        if change.spends:
            yield "    may spend money"
        yield from (f"    cannot be undone: {one}" for one in change.irreversible)
        yield from (f"    {one}" for one in change.notes)


def _said(change: AdChange) -> Iterator[str]:
    amounts = {one.member: one for one in change.money}
    for name, value in change.says.items():
        if name == "name" and change.action == "create":
            continue
        if name in amounts:
            yield f"{name} {_amount(amounts[name])}"
        elif name in change.before:
            yield f"{name} {change.before[name]} -> {value}"
        else:
            yield f"{name} {value}"


def _amount(money: AdMoney) -> str:
    """An amount in both units, and what it was before."""

    def told(amount: object, micro: int | None) -> tuple[str, str]:
        return ("none", "none") if micro is None else (f"{amount:f}", f"{micro:,}")

    units, micro = told(money.amount, money.micro)
    if money.micro_before is not None:
        units_before, micro_before = told(money.amount_before, money.micro_before)
        units, micro = f"{units_before} -> {units}", f"{micro_before} -> {micro}"
    return f"{units} {money.currency or ''} ({micro} millionths)"


def _counts(now: AdChangesProgress) -> dict[str, int]:
    return {"completed": now.done + now.failed, "total": now.total}
