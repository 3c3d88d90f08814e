"""Export of an account: every board, section and Pin of it, as files."""

from __future__ import annotations

import time
from contextlib import aclosing
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from pinterest_async.errors import ConfigurationError
from pinterest_async.jobs.export.extras import fetch_metrics, fetch_pictures, forget_metrics
from pinterest_async.jobs.export.files import (
    CHANGES,
    INDEX,
    REJECTED,
    ExportFiles,
    earlier_differences,
)
from pinterest_async.jobs.export.formats import check_format
from pinterest_async.jobs.export.html_view import HTMLView
from pinterest_async.jobs.export.journal import JOURNAL, Counts, Journal
from pinterest_async.jobs.export.pages import Options, Run
from pinterest_async.jobs.export.report import Changes, ExportReport, general_difference
from pinterest_async.jobs.export.walk import Walk
from pinterest_async.jobs.images.download import IMAGE_HOST

if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable, Callable, Collection

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.analytics.report import AnalyticsReport
    from pinterest_async.jobs.export.columns import Table
    from pinterest_async.jobs.export.formats import Format
    from pinterest_async.jobs.export.journal import Row
    from pinterest_async.jobs.export.pages import Kind, ListedBoard
    from pinterest_async.jobs.export.report import Difference, ExportProgress
    from pinterest_async.jobs.images.report import ImagesReport
    from pinterest_async.models import Account

_TABLES: Final[tuple[tuple[Kind, Table], ...]] = (
    ("board", "boards"),
    ("section", "sections"),
    ("pin", "pins"),
)


async def export_account(
    client: Pinterest,
    out_dir: str | os.PathLike[str],
    *,
    format: Format = "jsonl",
    since: datetime | date | str | None = None,
    metrics: bool = False,
    pictures: bool = False,
    picture_hosts: Collection[str] = (IMAGE_HOST,),
    html: bool = False,
    update: bool = False,
    full: bool = False,
    overwrite: bool = False,
    strict: bool = False,
    concurrency: int = 16,
    progress: Callable[[ExportProgress], None] | None = None,
) -> ExportReport:
    """Write every board, section and pin of the client's account to files.

    The tables are `boards`, `sections` and `pins`, and `metrics` where those are asked for: files
    such as `pins.jsonl`, or one `pinterest.sqlite`. JSON Lines hold what Pinterest sent, members
    that this version does not know included; a section gets the `board_id` that Pinterest leaves
    out. The other formats have the columns of docs/export.md, and the same JSON in `raw`.
    A pin stands there once, however often it is listed. What has no id is set aside in
    `rejected.jsonl`. `manifest.json` holds the report: the figures, and every difference from what
    each board's `pin_count` promises.

    Secret boards and their pins need a token with `boards:read_secret` and `pins:read_secret`. Pins
    on no board of the account are looked for where the account counts more pins than its boards
    hold, which takes `user_accounts:read`.

    **Interruptions.** Every page is kept in `.pinterest-export.sqlite` in the folder. A run that
    finds an unfinished one there goes on with it, and asks for no page again; it must be of the
    same account and have the same options. The files get their names when all of them are whole,
    the manifest last.

    **Updates.** With `update` a finished export is brought up to date, and `changes.jsonl` names
    what is new, changed and gone since. The lists of boards and sections are always read. A board's
    pins are not listed again where it says the same `pin_count` and the same
    `board_pins_modified_at` as when all its pins were listed, and that time lies 10 minutes or more
    before then. Pinterest does not say which changes move that time: `full` lists all pins.

    A board that cannot be read to its end (deleted meanwhile, say) is named in the manifest, and
    the others go on; an update keeps what it knew of it. Memory holds `concurrency` pages.

    Args:
        client: a client of the account; `acting_as` chooses an ad account's owner.
        out_dir: the folder; made where it is missing.
        format: `jsonl`, `csv`, `parquet` (takes the extra `parquet`) or `sqlite`.
        since: only pins created at this time or later, or on this day (also as ISO 8601 text, for
            example `"2024-01-01"`); UTC where it has no zone. Pinterest's lists have no
            such filter and no order that is promised, so they are read to their ends all the same.
            A pin that does not say when it was created is kept.
        metrics: whether to fetch the figures of each pin for the last 90 days, as `pin_analytics`
            does.
        pictures: whether to fetch the pictures of the pins to `pictures/`, as `download_images`
            does. An update does not remove those of pins that are gone.
        picture_hosts: the hosts that pictures may be fetched from.
        html: whether to write `index.html`, too: the boards and Pins to look at, with the pictures
            and figures that were fetched. It shows nothing from elsewhere. An update writes it anew
            where there is one.
        update: whether to bring the export that the folder holds up to date; where it holds none,
            one is made.
        full: whether an update lists the pins of all boards.
        overwrite: whether to begin anew, whatever the folder holds.
        strict: whether an export is incomplete even where it differs from what Pinterest counts in
            the same way as the one before in this folder: else such differences are `remarks`.
        concurrency: how many boards are read at the same time, 1 or more.
        progress: called after every page, in the event loop.

    Raises:
        ConfigurationError: options that are unknown or do not go together, a library that the
            format takes is missing, or the folder holds an export with other options or of another
            account.
        FileExistsError: the folder holds an export, and neither `update` nor `overwrite` is given.
        JournalError: another export is writing to the folder, or its journal cannot be written.
        PinterestError: the list of boards cannot be read, or an error that would meet every board:
            the token, the rate limit, the connection. Started again, the export goes on.
        OSError: the files cannot be written.
    """
    if concurrency < 1:
        raise ConfigurationError(f"concurrency must be 1 or more, not {concurrency}")
    if update and overwrite:
        raise ConfigurationError("update (--update) keeps what overwrite (--overwrite) throws away")
    if full and not update:
        raise ConfigurationError("full (--full) is for update (--update): all else is full")
    check_format(format)
    options = Options(
        format=format,
        since=_in_utc(since),
        metrics=metrics,
        pictures=pictures,
        full=full,
    )
    folder = Path(out_dir)
    tables: list[Table] = [table for _, table in _TABLES]
    files = ExportFiles(folder, format, [*tables, "metrics"] if metrics else tables, view=html)
    journal = Journal(folder)
    started = time.monotonic()
    try:
        last = await journal.open()
        present = await journal.do(files.present)
        walk = Walk(client, journal, concurrency, progress)
        export = _Export(client, folder, journal, files, walk)
        export.html = html or (update and await journal.do(files.had_view))
        await export.begin(options, last, present, update=update, overwrite=overwrite)
        return await export.run(started, picture_hosts, strict=strict)
    finally:
        # One after the other in the journal's thread, whether or not this task is cancelled.
        await journal.close(files.close)


class Beginning(Enum):
    """How a run takes up what its folder holds."""

    FRESH = "fresh"
    """It reads everything, and what the folder held is forgotten."""
    RESUME = "resume"
    """It goes on with a run that was interrupted."""
    UPDATE = "update"
    """It brings a finished export up to date."""


def _beginning(last: Run | None, *, update: bool, overwrite: bool) -> Beginning:
    if last is None or overwrite:
        return Beginning.FRESH
    if not last.finished:
        return Beginning.RESUME
    return Beginning.UPDATE if update else Beginning.FRESH


class _Export:
    """One run: how it begins, what it does, and what it writes."""

    def __init__(
        self, client: Pinterest, folder: Path, journal: Journal, files: ExportFiles, walk: Walk
    ) -> None:
        self._client = client
        self._folder = folder
        self._journal = journal
        self._files = files
        self._walk = walk
        self._account: Account | None = None
        self._identify: Callable[[], Awaitable[None]] | None = self._find_account
        self._known: list[ListedBoard] = []
        self._counts = Counts()
        self.html = False
        """Whether there is an HTML view."""
        self._view: HTMLView | None = None

    async def begin(
        self,
        options: Options,
        last: Run | None,
        present: list[str],
        *,
        update: bool,
        overwrite: bool,
    ) -> None:
        """Find out what the folder holds, and begin, go on, or refuse."""
        how = _beginning(last, update=update, overwrite=overwrite)
        if how is Beginning.FRESH and present and not overwrite:
            raise FileExistsError(self._refusal(present, update=update))
        if last is not None and how is not Beginning.FRESH:
            _check_options(last, options, self._folder)
        run = Run(number=1, started_at=datetime.now(UTC), account=None, options=options)
        if last is not None:
            # Before anything of the last run is touched: the token may be a wrong one.
            self._account = await self._walk.account()
            run = msgspec.structs.replace(run, account=_name(self._account))
            self._identify = None
            if how is not Beginning.FRESH:
                _check_account(last, run.account, self._folder)
            if how is Beginning.RESUME:
                run = msgspec.structs.replace(last, account=last.account or run.account)
                self._known, self._counts = await self._journal.go_on(run)
            elif how is Beginning.UPDATE:
                run = msgspec.structs.replace(run, number=last.number + 1)
        self._run = run
        if how is not Beginning.RESUME:
            await self._journal.begin(run, forget=how is Beginning.FRESH)
            await self._journal.do(partial(forget_metrics, self._folder))

    async def _find_account(self) -> None:
        self._account = await self._walk.account()
        self._run = msgspec.structs.replace(self._run, account=_name(self._account))
        await self._journal.name_account(self._run.account)

    async def run(
        self, started: float, picture_hosts: Collection[str], *, strict: bool
    ) -> ExportReport:
        """Read everything, write the files and name them."""
        walk, options = self._walk, self._run.options
        await walk.lists(self._known, self._counts, self._identify)
        await walk.look_again()
        loose = await walk.loose_pins(self._account)
        differences = [one for board in walk.boards.values() for one in board.differences()]
        differences += [] if loose is None else [loose]
        report = self._report(differences)
        if options.pictures:
            report.pictures, missing = await fetch_pictures(
                self._client, self._journal, self._folder, picture_hosts, self._show_pictures
            )
            differences += missing
        await self._journal.do(self._files.start)
        if self.html:
            await self._begin_view(self._folder, figures=options.metrics)
        if options.metrics:
            report.metrics, missing = await fetch_metrics(
                self._client,
                self._journal,
                self._folder,
                self._run,
                self._add_figures,
                self._show_metrics,
            )
            differences += missing
        walk.at(stage="writing")
        if not strict:
            await self._set_remarks_apart(report)
        report.complete = not report.differences
        await self._write(report)
        report.files = self._files.names
        report.seconds = round(time.monotonic() - started, 3)
        manifest = msgspec.json.format(msgspec.json.encode(report))
        await self._journal.do(partial(self._files.commit, manifest))
        whole = [board.id for board in walk.boards.values() if board.whole]
        await self._journal.finish(whole)
        await self._journal.do(partial(forget_metrics, self._folder))
        return report

    async def _set_remarks_apart(self, report: ExportReport) -> None:
        """Make remarks of differences that stand as the last export in the folder found them."""
        earlier = await self._journal.do(partial(earlier_differences, self._folder, report.account))
        for difference in report.differences[:]:
            if difference.stands_in(earlier):
                report.differences.remove(difference)
                report.remarks.append(difference)

    def _refusal(self, present: list[str], *, update: bool) -> str:
        holds = f"{self._folder} already holds {', '.join(present)}"
        if update:
            return (
                f"{holds}, but not {JOURNAL}, which an update goes by; choose another folder, or "
                "pass overwrite=True (--overwrite)"
            )
        return (
            f"{holds}; pass update=True (--update) to bring it up to date, overwrite=True "
            "(--overwrite) to begin anew, or choose another folder"
        )

    def _show_pictures(self, report: ImagesReport) -> None:
        self._walk.at(stage="pictures", pictures=report.present + report.downloaded)

    def _show_metrics(self, report: AnalyticsReport) -> None:
        self._walk.at(stage="metrics", measured=report.pins)

    async def _begin_view(self, folder: Path, *, figures: bool) -> None:
        view = await self._journal.do(partial(HTMLView, folder))
        await self._journal.do(lambda: self._files.add_lines(INDEX, view.head()))
        if figures:
            async with aclosing(self._journal.rows("pin")) as portions:
                async for rows in portions:
                    await self._journal.do(partial(view.place, rows))
        self._view = view

    def _add_figures(self, rows: list[Row]) -> None:
        self._files.add("metrics", rows)
        if self._view is not None:
            self._view.add_figures(rows)

    def _add(self, table: Table, rows: list[Row]) -> None:
        """Add items to their table, and to the view."""
        self._files.add(table, rows)
        if self._view is None:
            return
        if table == "pins":
            self._files.add_lines(INDEX, self._view.pins(rows))
        else:
            self._view.add_list(table, rows)

    async def _write(self, report: ExportReport) -> None:
        """Write the tables, what was set aside, and what has changed."""
        journal, files = self._journal, self._files
        for kind, table in _TABLES:
            async with aclosing(journal.rows(kind)) as portions:
                async for rows in portions:
                    await journal.do(partial(self._add, table, rows))
        if self._view is not None:
            end = self._view.tail(
                account=report.account,
                exported=f"{report.started_at:%Y-%m-%d %H:%M} UTC",
                complete=report.complete,
            )
            await journal.do(partial(files.add_lines, INDEX, end))
        async with aclosing(journal.rejected()) as rejected:
            async for lines in rejected:
                await journal.do(partial(files.add_lines, REJECTED, lines))
        if report.changes is None:
            return
        await journal.do(partial(files.add_lines, CHANGES, []))
        async with aclosing(journal.changes()) as changes:
            async for changed in changes:
                for kind, change, _ in changed:
                    counts = getattr(report.changes, kind)
                    setattr(counts, change, getattr(counts, change) + 1)
                lines = [line for _, _, line in changed]
                await journal.do(partial(files.add_lines, CHANGES, lines))

    def _report(self, differences: list[Difference]) -> ExportReport:
        """Put the figures together; what is not known yet is filled in later."""
        run, walk = self._run, self._walk
        boards = list(walk.boards.values())
        figures = walk.figures
        loose = figures.get("")
        unreadable = 0 if loose is None else loose.boards_rejected
        if unreadable:
            differences.append(
                general_difference(
                    "rejected",
                    f"{unreadable} boards could not be read and were left out; they are in "
                    "rejected.jsonl",
                )
            )
        every = figures.values()
        return ExportReport(
            complete=False,
            account=run.account,
            format=run.options.format,
            files=[],
            since=run.options.since,
            started_at=run.started_at,
            seconds=0.0,
            calls=walk.calls,
            pages=walk.pages,
            pages_resumed=self._counts.pages,
            boards=len(boards),
            boards_skipped=sum(board.skipped for board in boards),
            sections=sum(row.sections for row in every),
            pins=sum(row.pins for row in every),
            pins_loose=0 if loose is None else loose.pins,
            pins_older=sum(row.older for row in every),
            pins_repeated=sum(board.pins_repeated + board.pins_elsewhere for board in boards),
            rejected=sum(row.rejected for row in every),
            changes=Changes() if run.number > 1 else None,
            metrics=None,
            pictures=None,
            differences=differences,
            remarks=[],
            by_board=boards,
        )


def _in_utc(since: datetime | date | str | None) -> datetime | None:
    if since is None:
        return None
    try:
        # A day is written without a time, which is read as its midnight.
        moment = datetime.fromisoformat(since if isinstance(since, str) else since.isoformat())
    except (AttributeError, ValueError):
        raise ConfigurationError(
            f"since must be a date, a datetime or ISO 8601 text, not {since!r}"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _name(account: Account | None) -> str | None:
    return None if account is None else account.username


def _check_options(last: Run, options: Options, folder: Path) -> None:
    """Refuse to mix what was asked for in different ways."""
    before = msgspec.to_builtins(last.options)
    now = msgspec.to_builtins(options)
    if last.finished:
        # Each update chooses anew how it goes about it.
        before["full"] = now["full"]
    for name, value in before.items():
        if now[name] != value:
            what = "a finished" if last.finished else "an unfinished"
            raise ConfigurationError(
                f"{folder} holds {what} export with {name}={value}, not {now[name]}: ask for the "
                "same, choose another folder, or pass overwrite=True (--overwrite) to begin anew"
            )


def _check_account(last: Run, account: str | None, folder: Path) -> None:
    if None not in (last.account, account) and last.account != account:
        raise ConfigurationError(
            f"{folder} holds an export of the account {last.account}, not {account}: choose "
            "another folder, or pass overwrite=True (--overwrite)"
        )
