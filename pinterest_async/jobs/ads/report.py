"""Ad reports of any size: cut to what Pinterest answers at once, waited for, fetched, and read."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar, cast

import msgspec

from pinterest_async._gather import gather
from pinterest_async.errors import APIError, ConfigurationError, InvalidRequest, PinterestError
from pinterest_async.jobs._days import plain_day
from pinterest_async.jobs._errors import is_fatal
from pinterest_async.jobs._polling import (
    DownloadFailed,
    Look,
    Pace,
    Poller,
    WorkFailed,
    is_passing,
    patiently,
    reason_of,
)
from pinterest_async.jobs._tables import (
    ParquetTable,
    SQLiteTable,
    Table,
    TableColumn,
    format_of,
    open_table,
)
from pinterest_async.jobs.ads import plan as planning
from pinterest_async.jobs.ads.columns import ACCOUNT, last_changing, table_columns
from pinterest_async.jobs.ads.journal import Known, ReportJournal
from pinterest_async.jobs.ads.plan import Part, Question
from pinterest_async.jobs.ads.reading import (
    ReportUnreadable,
    copy_to_parquet,
    dictionaries_of,
    json_as_csv,
    rows_of,
    write_csv,
)
from pinterest_async.jobs.ads.run import AdReportFailure, AdReportRun
from pinterest_async.operations.report_columns import counts_conversions, key_of, range_of
from pinterest_async.public import check_tokenless

if TYPE_CHECKING:
    import os
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Generator,
        Iterator,
        Mapping,
        Sequence,
    )

    import aiohttp

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.export.formats import Format
    from pinterest_async.models import TemplateResponse

T = TypeVar("T")

Reread: TypeAlias = Literal["attribution"] | int

_LARGEST: Final = 8 * 2**30
_LIFE: Final = 3300.0
"""Seconds that a report of another run is looked for; it lives for an hour."""
_STARTS: Final = 2
_TRIES: Final = 4
_LOOKED_BACK: Final = 4
"""Days that are asked about at most until one is found that is final."""
_STATES: Final = {"FINISHED": "done", "IN_PROGRESS": "waiting", "DOES_NOT_EXIST": "unknown"}
_SYNC_NAMES: Final = {"AD_ID": "PIN_PROMOTION_ID", "AD_ACCOUNT_ID": "ADVERTISER_ID"}
_SYNC_KEYS: Final = {"PIN_PROMOTION_ID", "ADVERTISER_ID"}


def ad_report(
    client: Pinterest,
    ad_account_id: str | Sequence[str],
    *,
    level: str | None = None,
    columns: Sequence[str] | None = None,
    start: dt.date | str,
    end: dt.date | str,
    granularity: str | None = None,
    campaign_ids: Sequence[str] | None = None,
    campaign_statuses: Sequence[str] | None = None,
    campaign_objective_types: Sequence[str] | None = None,
    ad_group_ids: Sequence[str] | None = None,
    ad_group_statuses: Sequence[str] | None = None,
    ad_ids: Sequence[str] | None = None,
    ad_statuses: Sequence[str] | None = None,
    product_group_ids: Sequence[str] | None = None,
    product_group_statuses: Sequence[str] | None = None,
    product_item_ids: Sequence[str] | None = None,
    targeting_types: Sequence[str] | None = None,
    metrics_filters: Sequence[Mapping[str, Any]] | None = None,
    click_window_days: int | None = None,
    engagement_window_days: int | None = None,
    view_window_days: int | None = None,
    conversion_report_time: str | None = None,
    attribution_types: Sequence[str] | None = None,
    start_hour: int | None = None,
    end_hour: int | None = None,
    template: str | None = None,
    out: str | os.PathLike[str] | None = None,
    format: Format | None = None,
    journal: str | os.PathLike[str] | None = None,
    reread: Reread | None = None,
    row_type: type[Any] | None = None,
    sync: bool = True,
    concurrency: int = 8,
    pace: Pace | None = None,
    session: aiohttp.ClientSession | None = None,
    progress: Callable[[AdReportRun], None] | None = None,
) -> AdReport:
    """Fetch advertising figures: as rows, or into a file.

        rows = ad_report(pinterest, account, level="CAMPAIGN", columns=["SPEND_IN_MICRO_DOLLAR"],
                         start=date(2026, 1, 1), end=date(2026, 6, 30))
        async for row in rows:
            print(row["DATE"], row["CAMPAIGN_ID"], money(row["SPEND_IN_MICRO_DOLLAR"]))

        run = await ad_report(..., out="spend.parquet")

    The question is checked before anything is sent, and cut to what a report may cover: days, ids,
    statuses, targets; `pinterest_async.jobs.ads.plan` has the rules. Several reports run at once.
    One that comes to nothing is started once more, and named in `failures` if that does as well.
    What one call of synchronous analytics can do is asked of those.

    Rows are dictionaries by column, or `row_type`: the ad account, the key of the level, then what
    was asked for. Ids are text, days are dates, counts and money in millionths whole numbers, rates
    fractions. A day without a row had nothing of what was asked for: rows of zeros are left out.

    Args:
        client: a client whose token has `ads:read`.
        ad_account_id: the ad account, or several.
        level: what a row is about, for example `CAMPAIGN`; a template may say it instead.
        columns: what is counted, as `report_columns` lists it; the key comes by itself.
        start: the first day, in UTC; text such as "2026-01-31" is a day, too.
        end: the last day.
        granularity: `DAY` by default, `TOTAL`, `HOUR`, `WEEK` or `MONTH`.
        campaign_ids: these campaigns alone. Of ids there may be any number where the level is the
            filter's or one inside of it, else 500.
        campaign_statuses: campaigns in these states alone; without it archived ones count as well.
        campaign_objective_types: campaigns with these objectives alone.
        ad_group_ids: these ad groups alone.
        ad_group_statuses: ad groups in these states alone.
        ad_ids: these ads alone.
        ad_statuses: ads in these states alone.
        product_group_ids: these product groups alone.
        product_group_statuses: product groups in these states alone.
        product_item_ids: these product items alone.
        targeting_types: what to split by, at a level that ends in `_TARGETING`.
        metrics_filters: conditions on `SPEND_IN_DOLLAR` or `TOTAL_IMPRESSION`, as the method takes
            them: field, operator, values.
        click_window_days: days after a click in which a conversion counts: 0, 1, 7, 14, 30 or 60;
            30 by default.
        engagement_window_days: the same of other engagement; 30 by default.
        view_window_days: the same of a view; 1 by default.
        conversion_report_time: `TIME_OF_AD_ACTION`, which is the default, or `TIME_OF_CONVERSION`.
        attribution_types: `INDIVIDUAL`, `HOUSEHOLD`.
        start_hour: by the hour, the hour of the first day to begin with.
        end_hour: by the hour, the hour of the last day to end before.
        template: the id of a template that says what the report holds; level and columns are its.
        out: the file for the rows; without it they are iterated over.
        format: `csv`, `jsonl`, `parquet` or `sqlite`; by default what the name of `out` ends in. In
            a database, the days asked for take the place of those that were there.
        journal: a file that keeps what was started and fetched: a killed run goes on from it.
        reread: how many days before `start` to read again, or `"attribution"` for those whose
            conversions still change: as many as the longest window.
        row_type: a struct of msgspec, or another type that it converts to, whose fields are called
            (or renamed) as the columns.
        sync: whether synchronous analytics may be asked where they are cheaper.
        concurrency: how many reports are under way at once, 1 or more.
        pace: how often to look at a report, and for how long.
        session: an aiohttp session for the downloads, without credentials; it is not closed. By
            default one with the client's proxy.
        progress: called when something has changed, in the event loop.

    Raises:
        InvalidRequest: what is asked for cannot be had; the message says what would do.
        ConfigurationError: the format cannot be written, `concurrency` is below 1, or, while it
            goes on, the journal is of a run that asked for something else.
        JournalError: while it goes on: the journal is in use, or none.
        PinterestError: while it goes on: an error that would meet every report.
    """
    if isinstance(columns, str):
        raise InvalidRequest("columns must be a list with at least one name in it")
    accounts = [ad_account_id] if isinstance(ad_account_id, str) else list(ad_account_id)
    filters = {
        "campaign_ids": campaign_ids,
        "campaign_statuses": campaign_statuses,
        "campaign_objective_types": campaign_objective_types,
        "ad_group_ids": ad_group_ids,
        "ad_group_statuses": ad_group_statuses,
        "ad_ids": ad_ids,
        "ad_statuses": ad_statuses,
        "product_group_ids": product_group_ids,
        "product_group_statuses": product_group_statuses,
        "product_item_ids": product_item_ids,
    }
    options: dict[str, Any] = {
        "metrics_filters": metrics_filters,
        "click_window_days": click_window_days,
        "engagement_window_days": engagement_window_days,
        "view_window_days": view_window_days,
        "conversion_report_time": conversion_report_time,
        "attribution_types": attribution_types,
        "start_hour": start_hour,
        "end_hour": end_hour,
    }
    question = Question(
        level=level or "",
        columns=tuple(columns or ()),
        start=plain_day("start", start),
        end=plain_day("end", end),
        granularity=granularity or ("" if template else "DAY"),
        filters={
            name: tuple(dict.fromkeys(map(str, values)))
            for name, values in filters.items()
            if values is not None
        },
        targeting_types=tuple(targeting_types or ()),
        options={name: value for name, value in options.items() if value is not None},
    )
    return AdReport(
        client,
        accounts,
        question,
        template=template,
        out=None if out is None else Path(out),
        format=format,
        journal=None if journal is None else Path(journal),
        reread=reread,
        row_type=row_type,
        sync=sync,
        concurrency=concurrency,
        pace=pace or Pace(),
        session=session,
        progress=progress,
    )


class AdReport:
    """A report that is asked for when it is walked, for rows, or awaited, for a file.

    Leaving the walk early, close it: `async with contextlib.aclosing(rows): ...`
    """

    def __init__(
        self,
        client: Pinterest,
        accounts: list[str],
        question: Question,
        *,
        template: str | None,
        out: Path | None,
        format: Format | None,
        journal: Path | None,
        reread: Reread | None,
        row_type: type[Any] | None,
        sync: bool,
        concurrency: int,
        pace: Pace,
        session: aiohttp.ClientSession | None,
        progress: Callable[[AdReportRun], None] | None,
    ) -> None:
        if not accounts or not all(accounts):
            raise InvalidRequest("ad_account_id must be the id of an ad account, or several")
        if concurrency < 1:
            raise ConfigurationError(f"concurrency must be 1 or more, not {concurrency}")
        if session is not None:
            check_tokenless(session)
        self.run: AdReportRun = AdReportRun()
        """What was done up to now."""
        self._client = client
        self._accounts = list(dict.fromkeys(accounts))
        self._template_id = template
        self._template: TemplateResponse | None = None
        self._out = out
        self._format: Format | None = None if out is None else format_of(out, format)
        self._journal_path = journal
        self._row_type = row_type
        self._sync = sync
        self._concurrency = concurrency
        self._poller = Poller(pace)
        self._session = session
        self._progress = progress
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ad-report")
        self._folder = Path()
        self._began = time.monotonic()
        self._known: dict[str, Known] = {}
        self._replaced: set[tuple[str, dt.date, dt.date]] = set()
        self._columns: list[TableColumn] = []
        self._parts: list[Part] = []
        asked = msgspec.json.encode([question, self._accounts, template], order="sorted")
        self._journal = ReportJournal(journal, asked.decode())
        self._question = question
        if template is None:
            self._settle(question, reread)
        elif reread is not None or question.level or question.columns or question.filters:
            raise InvalidRequest(
                "a template says level, columns and filters itself: leave them out"
            )
        self._rows = self._walk()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._rows

    def __await__(self) -> Generator[Any, None, AdReportRun]:
        """Write the file, and return what was done."""
        return self._write().__await__()

    async def aclose(self) -> None:
        """End the walk before its end: calls under way are cancelled, the files are let go."""
        await self._rows.aclose()

    # What is asked for

    def _settle(self, question: Question, reread: Reread | None) -> None:
        """Check the question, and cut it.

        Raises:
            InvalidRequest: it cannot be had.
        """
        today = _today()
        planning.check(question, today)
        converting = any(map(counts_conversions, question.columns))
        if reread is not None:
            back = _back(reread, question, converting=converting)
            earliest = today - dt.timedelta(range_of(question.level, question.granularity).back)
            start = max(earliest, question.start - dt.timedelta(back))
            question = msgspec.structs.replace(question, start=min(start, question.start))
        parts = planning.plan(question, self._accounts, today, use_sync=self._sync)
        self._take(question, parts)
        if converting:
            self.run.changing_from = last_changing(question.windows, today)

    def _take(self, question: Question, parts: list[Part]) -> None:
        self._question = question
        self._parts = parts
        self._columns = table_columns(question.columns, question.level, question.granularity)
        self.run.key = list(key_of(question.level, question.granularity))
        self.run.columns = [column.name for column in self._columns]
        self.run.start = question.start
        self.run.parts = len(parts)

    async def _take_template(self, template_id: str) -> None:
        """Ask what a template holds.

        Raises:
            InvalidRequest: the first ad account has no such template, or it says no level.
        """
        async for one in self._client.ad_accounts.list_templates(self._accounts[0]):
            self.run.calls += 1
            if one.id == template_id:
                self._template = one
                break
        found = self._template
        if found is None or not found.report_level or not found.columns:
            raise InvalidRequest(f"ad account {self._accounts[0]} has no template {template_id!r}")
        question = msgspec.structs.replace(
            self._question,
            level=str(found.report_level),
            columns=tuple(found.columns),
            granularity=self._question.granularity or str(found.granularity or "DAY"),
        )
        body: dict[str, Any] = {
            "start_date": question.start,
            "end_date": question.end,
            "granularity": question.granularity,
        }
        parts = [
            Part(
                ad_account_id=account,
                first=question.start,
                last=question.end,
                body=body,
                template_id=template_id,
            )
            for account in self._accounts
        ]
        self._take(question, parts)

    # The way of a run

    async def _walk(self) -> AsyncGenerator[Any, None]:
        if self._out is not None:
            raise ConfigurationError("with out= the report is a file: await it")
        async with self._opened(), aclosing(self._files()) as files:
            async for part, path in files:
                async for rows in self._read(part, path):
                    self.run.rows += len(rows)
                    made: list[Any] = rows
                    if self._row_type is not None:
                        made = msgspec.convert(made, list[self._row_type])  # type: ignore[name-defined]
                    for row in made:
                        yield row
            await self._finish()

    async def _write(self) -> AdReportRun:
        if self._out is None:
            raise ConfigurationError("say out=, the file for the rows, or iterate over the report")
        table: Table | None = None
        try:
            async with self._opened(), aclosing(self._files()) as files:
                table = await self._on_disk(self._open_table)
                async for part, path in files:
                    await self._copy(part, path, table)
                if self.run.parts_done:
                    await self._on_disk(table.finish)
                    self.run.files = [str(self._out)]
                await self._finish()
        finally:
            if table is not None:
                table.close()
        return self.run

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[None, None]:
        """What a run needs while it lasts: the journal, a folder, a session, a thread."""
        async with AsyncExitStack() as stack:
            stack.callback(self._disk.shutdown)
            stack.push_async_callback(self._journal.close)
            self._known = await self._journal.open()
            self._folder = self._make_folder(stack)
            if self._session is None:
                self._session = await stack.enter_async_context(self._client.open_session())
            if self._template_id is not None:
                await self._take_template(self._template_id)
            yield

    async def _files(self) -> AsyncGenerator[tuple[Part, Path], None]:
        """Every part that there is, with its file, in order."""
        calls = (partial(self._part, part) for part in self._parts)
        async with aclosing(gather(calls, limit=self._concurrency, in_order=True)) as outcomes:
            async for outcome in outcomes:
                path = outcome.value
                if path is not None:
                    self.run.parts_done += 1
                    self._tell()
                    yield self._parts[outcome.index], path

    async def _finish(self) -> None:
        """Say what is final, and forget what no later run needs."""
        await self._look_what_is_final()
        self.run.seconds = round(time.monotonic() - self._began, 3)
        self._tell()
        if self.run.complete:
            await self._journal.clear()
            if self._journal_path is not None:
                await self._on_disk(partial(shutil.rmtree, self._folder, ignore_errors=True))

    def _make_folder(self, stack: AsyncExitStack) -> Path:
        """Where the files of the parts lie: beside the journal, or for this run alone."""
        if self._journal_path is None:
            return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ad-report-")))
        folder = self._journal_path.with_name(f"{self._journal_path.name}.files")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    async def _on_disk(self, work: Callable[[], T]) -> T:
        """Do something in the thread that files are read and written in."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)

    def _tell(self) -> None:
        self.run.polls = self._poller.looks
        if self._progress is not None:
            self._progress(self.run)

    # One part

    async def _part(self, part: Part) -> Path | None:
        """Get the file of a part; None where that did not work, which the run then names."""
        path = self._folder / f"{part.key}.csv"
        known = self._known.get(part.key)
        if known is not None and known.fetched and path.exists():
            self.run.resumed += 1
            return path
        try:
            if part.sync:
                await self._ask_at_once(part, path)
            else:
                await self._report(part, path, known)
        except PinterestError as error:
            if is_fatal(error) or (self._is_alone(error) and not is_passing(error)):
                raise
            self._fail(part, error)
            return None
        await self._keep(part, fetched=True)
        return path

    def _is_alone(self, error: PinterestError) -> bool:
        """Whether an error is about all that is asked for, not about one account of several."""
        return len(self._accounts) == 1 and isinstance(error, APIError | InvalidRequest)

    def _fail(self, part: Part, error: PinterestError) -> None:
        self.run.failures.append(
            AdReportFailure(
                ad_account_id=part.ad_account_id,
                first=part.first,
                last=part.last,
                reason=reason_of(error),
            )
        )
        self._tell()

    async def _keep(
        self,
        part: Part,
        *,
        token: str | None = None,
        started: float = 0.0,
        starts: int = 0,
        fetched: bool = False,
    ) -> None:
        if self._journal_path is not None:
            await self._journal.put(part.key, Known(token, started, starts, fetched))

    async def _report(self, part: Part, path: Path, known: Known | None) -> None:
        """Start a report, or go on with one that was started, until its file is here.

        Raises:
            PinterestError: it came to nothing, and so did another.
        """
        starts = 0
        if known is not None and known.token and time.time() - known.started < _LIFE:
            try:
                await self._wait_and_fetch(part, path, known.token, known.started)
            except (WorkFailed, DownloadFailed, ReportUnreadable):
                starts = max(0, known.starts - 1)  # it was alive when it was kept, and is not now
            else:
                self.run.resumed += 1
                return
        while True:
            starts += 1
            token, started = await self._start(part)
            self.run.restarted += starts > 1
            await self._keep(part, token=token, started=started, starts=starts)
            try:
                await self._wait_and_fetch(part, path, token, started)
            except (WorkFailed, DownloadFailed, ReportUnreadable):
                await self._keep(part, starts=starts)
                if starts >= _STARTS:
                    raise
            else:
                return

    async def _start(self, part: Part) -> tuple[str, float]:
        accounts = self._client.ad_accounts
        ask: Callable[[], Awaitable[Any]] = partial(
            accounts.create_report,
            part.ad_account_id,
            report_format="CSV",
            primary_sort="BY_DATE",
            **part.body,
        )
        if part.template_id:
            ask = partial(
                accounts.create_template_report,
                part.ad_account_id,
                part.template_id,
                **part.body,
            )
        # Not made twice by the client, which cannot know that a report too many does no harm.
        response = await patiently(ask, tries=_TRIES)
        self.run.calls += 1
        self.run.started += 1
        self._tell()
        if not response.token:
            raise WorkFailed(f"Pinterest gave no token: {response.message or 'no reason said'}")
        return str(response.token), time.time()

    async def _wait_and_fetch(self, part: Part, path: Path, token: str, started: float) -> None:
        if self._session is None:
            raise RuntimeError("there is no session")
        look = partial(self._look, part, token)
        self.run.bytes += await self._poller.fetch(
            look, started, path, self._session, largest=_LARGEST
        )
        if self._template is not None and self._template.report_format == "JSON":
            head = [column.name for column in self._columns if column.name != ACCOUNT]
            await self._on_disk(partial(json_as_csv, path, head))

    async def _look(self, part: Part, token: str) -> Look:
        self.run.calls += 1
        response = await self._client.ad_accounts.get_report(part.ad_account_id, token=token)
        self._tell()
        word = str(response.report_status)
        state: Any = _STATES.get(word, "failed")
        return Look(state=state, word=word, url=response.url)

    async def _ask_at_once(self, part: Part, path: Path) -> None:
        """Get the rows of a part in one call."""
        body = {name: value for name, value in part.body.items() if name != "level"}
        client, account = self._client, part.ad_account_id
        methods: dict[str, Callable[..., Awaitable[list[dict[str, Any]]]]] = {
            "ADVERTISER": client.ad_accounts.get_analytics,
            "CAMPAIGN": client.campaigns.get_analytics,
            "AD_GROUP": client.ad_groups.get_analytics,
            "PIN_PROMOTION": client.ads.get_analytics,
            "PRODUCT_GROUP": client.product_group_promotions.get_product_group_analytics,
        }
        ask = partial(methods[str(part.body["level"])], account, **body)
        found = await patiently(ask, tries=_TRIES)
        self.run.calls += 1
        self.run.sync_calls += 1
        head = [column.name for column in self._columns if column.name != ACCOUNT]
        rows = _like_a_report(found, self._columns)
        await self._on_disk(partial(write_csv, path, head, rows))

    # Rows

    async def _read(self, part: Part, path: Path) -> AsyncGenerator[list[dict[str, Any]], None]:
        rows = dictionaries_of(path, self._columns, part.ad_account_id)
        while some := await self._on_disk(partial(_some, rows)):
            yield some
        await self._drop(path)

    async def _drop(self, path: Path) -> None:
        """Make room, where no later run needs the file."""
        if self._journal_path is None:
            await self._on_disk(partial(path.unlink, missing_ok=True))

    def _open_table(self) -> Table:
        if self._out is None or self._format is None:
            raise RuntimeError("there is no file")
        question = self._question
        name = f"ad_report_{question.level.lower()}_{question.granularity.lower()}"
        return open_table(
            self._format, self._out, self._columns, name=name, key=[ACCOUNT, *self.run.key]
        )

    def _make_way(self, part: Part, table: SQLiteTable) -> None:
        """Remove what a database has of a part's days: a row that is gone now was 0 all along."""
        place = (part.ad_account_id, part.first, part.last)
        if "DATE" not in self.run.key or self._question.filters or place in self._replaced:
            return
        self._replaced.add(place)
        table.drop_rows(f'"{ACCOUNT}" = ? AND substr("DATE", 1, 10) BETWEEN ? AND ?', [*place])

    async def _copy(self, part: Part, path: Path, table: Table) -> None:
        if isinstance(table, ParquetTable):
            copy = partial(copy_to_parquet, path, self._columns, part.ad_account_id, table)
            self.run.rows += await self._on_disk(copy)
        else:
            if isinstance(table, SQLiteTable):
                await self._on_disk(partial(self._make_way, part, table))
            rows = rows_of(path, self._columns, part.ad_account_id)
            while added := await self._on_disk(partial(_add_some, rows, table)):
                self.run.rows += added
        await self._drop(path)
        self._tell()

    async def _look_what_is_final(self) -> None:
        """Ask up to which day figures are final; where that is refused, it is not known."""
        day = min(self._question.end, _today())
        run = self.run
        for _ in range(_LOOKED_BACK):
            try:
                self.run.calls += 1
                ready = await self._client.resources.get_metrics_ready_state(date=day.isoformat())
            except PinterestError as error:
                if is_fatal(error):
                    raise
                return
            if ready.non_conversion_metrics_ready:
                run.figures_final_through = run.figures_final_through or day
            if ready.conversion_metrics_ready:
                run.conversions_final_through = run.conversions_final_through or day
            if run.figures_final_through and run.conversions_final_through:
                return
            day -= dt.timedelta(1)


def _add_some(rows: Iterator[list[tuple[Any, ...]]], table: Table) -> int:
    some = _some(rows)
    if some:
        table.add(some)
    return len(some)


def _some(rows: Iterator[list[T]]) -> list[T]:
    """The next rows; none at the end."""
    return next(rows, list[T]())


def _like_a_report(
    found: list[dict[str, Any]], columns: Sequence[TableColumn]
) -> Iterator[dict[str, Any]]:
    """Rows of synchronous analytics as a report has them: its names, and zeros."""
    zeros = {column.name: 0 for column in columns if column.type in {"integer", "number"}}
    for row in found:
        named = {_SYNC_NAMES.get(name, name): value for name, value in row.items()}
        if any(named.get(name) for name in zeros) or not zeros:
            yield {**zeros, **row, **{name: named[name] for name in _SYNC_KEYS & named.keys()}}


def _back(reread: Reread, question: Question, *, converting: bool) -> int:
    """How many days before the first to read again."""
    if reread == "attribution":
        return max(question.windows) if converting else 0
    # Whoever does not check types may have passed another word.
    days = cast("object", reread)
    if not isinstance(days, int) or days < 0:
        raise InvalidRequest(f"reread is a number of days or 'attribution', not {reread!r}")
    return days


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
