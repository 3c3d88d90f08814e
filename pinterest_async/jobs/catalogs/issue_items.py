"""Every item that something is wrong with: Pinterest's reports, fetched into one table."""

from __future__ import annotations

import csv
import tempfile
import time
from contextlib import AsyncExitStack, aclosing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from pinterest_async._gather import gather
from pinterest_async.errors import PermissionDenied, PinterestError
from pinterest_async.jobs._errors import is_fatal
from pinterest_async.jobs._polling import (
    Look,
    Pace,
    Poller,
    WorkFailed,
    download,
    patiently,
    reason_of,
)
from pinterest_async.jobs._tables import SQLiteTable, TableColumn, open_table
from pinterest_async.jobs._threads import in_thread
from pinterest_async.jobs.ads.reading import ReportUnreadable
from pinterest_async.models.catalog_feeds import CatalogsHotelFeed, CatalogsRetailFeed
from pinterest_async.models.catalog_reports import (
    CatalogsHotelReportParameters,
    CatalogsReportDistributionIssueFilter,
    CatalogsReportFeedIngestionFilter,
    CatalogsRetailReportParameters,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import aiohttp

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.export.formats import Format
    from pinterest_async.models.catalog_feeds import CatalogsFeed
    from pinterest_async.models.catalog_reports import CatalogsReportParameters

REPORT: Final = "report"
"""The column that says which report a row is of."""

_ENCODING: Final = "utf-8-sig"
_LARGEST: Final = 4 * 2**30
_TOGETHER: Final = 4
_TRIES: Final = 4
_CHUNK: Final = 1000


class IssueReport(msgspec.Struct, kw_only=True):
    """Pinterest's report of the items that something is wrong with, as far as it was had."""

    feed_id: str | None
    """The feed; None where it is about what keeps items of the catalog from being shown."""
    rows: int = 0
    """Its rows in the file."""
    reason: str | None = None
    """Why it is not in the file; None where all of it is."""

    @property
    def name(self) -> str:
        """What the file's column `report` calls it: `feed` and an id, or `distribution`."""
        return "distribution" if self.feed_id is None else f"feed {self.feed_id}"


class Asked(NamedTuple):
    """A report to be had."""

    feed_id: str | None
    body: CatalogsReportParameters | None
    """What Pinterest is asked for; None where it has no such report."""


class _Part(NamedTuple):
    """A report whose file is here and can be read."""

    report: IssueReport
    path: Path
    names: list[str]


def of_feed(feed: CatalogsFeed, result_id: str) -> Asked:
    """The report on what came of fetching a feed.

    Args:
        feed: the feed.
        result_id: the fetching.
    """
    wanted = CatalogsReportFeedIngestionFilter(feed_id=feed.id, processing_result_id=result_id)
    if isinstance(feed, CatalogsRetailFeed):
        return Asked(feed.id, CatalogsRetailReportParameters(report=wanted))
    if isinstance(feed, CatalogsHotelFeed):
        return Asked(feed.id, CatalogsHotelReportParameters(report=wanted))
    return Asked(feed.id, None)


def of_catalog(catalog_id: str | None) -> Asked:
    """The report on what keeps items of a retail catalog from being shown.

    Args:
        catalog_id: the catalog; the oldest when left out.
    """
    which = {} if catalog_id is None else {"catalog_id": catalog_id}
    wanted = CatalogsReportDistributionIssueFilter(**which)
    return Asked(None, CatalogsRetailReportParameters(report=wanted))


async def write_items(
    client: Pinterest,
    asked: Sequence[Asked],
    out: Path,
    format: Format,
    *,
    pace: Pace | None = None,
    session: aiohttp.ClientSession | None = None,
) -> list[IssueReport]:
    """Have reports made, and write their rows to a file.

    What Pinterest calls its columns is not published: they are taken as they come, as text. A file
    that is there is replaced.

    Args:
        client: a client of the account.
        asked: the reports.
        out: the file.
        format: how it is written.
        pace: how often to look at a report, and for how long.
        session: one for the downloads, without credentials.

    Raises:
        PinterestError: an error that would meet every report.
        OSError: the file cannot be written.
    """
    reports = [IssueReport(feed_id=one.feed_id) for one in asked]
    poller = Poller(pace or Pace())
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="catalog-issues-")))
        if session is None:
            session = await stack.enter_async_context(client.open_session())
        paths = [folder / f"{number}.csv" for number in range(len(asked))]
        calls = [
            partial(_fetch, client, poller, session, one.body, path)
            for one, path in zip(asked, paths, strict=True)
        ]
        async with aclosing(gather(calls, limit=_TOGETHER)) as outcomes:
            async for outcome in outcomes:
                reports[outcome.index].reason = outcome.value
        fetched = [pair for pair in zip(reports, paths, strict=True) if pair[0].reason is None]
        await in_thread(partial(_write, fetched, out, format))
    return reports


async def _fetch(
    client: Pinterest,
    poller: Poller,
    session: aiohttp.ClientSession,
    body: CatalogsReportParameters | None,
    path: Path,
) -> str | None:
    """Get the file of a report; return why there is none.

    Raises:
        PinterestError: an error that would meet every report.
    """
    if body is None:
        return "Pinterest has reports of retail and hotel catalogs alone"
    try:
        await _start_and_fetch(client, poller, session, body, path)
    except PinterestError as error:
        # Reports may be refused to an account that may see everything else.
        if is_fatal(error) and not isinstance(error, PermissionDenied):
            raise
        return reason_of(error)
    return None


async def _start_and_fetch(
    client: Pinterest,
    poller: Poller,
    session: aiohttp.ClientSession,
    body: CatalogsReportParameters,
    path: Path,
) -> None:
    # Started twice it is one: the first request of a day makes the report for all of them.
    answer = await patiently(partial(client.catalog_reports.create, body), tries=_TRIES)
    token = answer.token
    if not token:
        raise WorkFailed("Pinterest gave no token for the report")

    async def look() -> Look:
        told = await client.catalog_reports.get(token=token)
        word = str(told.report_status)
        return Look(state="done" if word == "FINISHED" else "waiting", word=word, url=told.url)

    await poller.wait(look, time.time())

    async def link() -> str:
        url = (await patiently(look, tries=_TRIES)).url
        if not url:
            raise WorkFailed("the report has no link")
        return url

    await download(link, path, session, largest=_LARGEST)


def _write(fetched: Sequence[tuple[IssueReport, Path]], out: Path, format: Format) -> None:
    parts = list(_readable(fetched))
    names = list(dict.fromkeys(name for part in parts for name in part.names))
    columns = [TableColumn(name, "text") for name in (REPORT, *names)]
    table = open_table(format, out, columns, name="issues")
    try:
        if isinstance(table, SQLiteTable):
            table.drop_rows("TRUE", ())
        for part in parts:
            places = {name: place for place, name in enumerate(part.names)}
            order = [places.get(name) for name in names]
            for rows in _chunks(part.path):
                table.add(
                    [
                        [part.report.name, *(None if at is None else row[at] for at in order)]
                        for row in rows
                    ]
                )
        table.finish()
    finally:
        table.close()


def _readable(fetched: Sequence[tuple[IssueReport, Path]]) -> Iterator[_Part]:
    """Count the rows of each file; one that is no table is not to leave a part of itself behind."""
    for report, path in fetched:
        try:
            names = _names(path)
            report.rows = sum(len(rows) for rows in _chunks(path))
        except ReportUnreadable as error:
            report.reason = reason_of(error)
        else:
            yield _Part(report, path, names)


def _names(path: Path) -> list[str]:
    """What the columns of a file are called, so that no two have one name, whatever the case."""
    taken = {REPORT}
    made: list[str] = []
    for cell in _head(path):
        name = cell.strip().replace('"', "'") or "column"
        while name.casefold() in taken:
            name += "_"
        taken.add(name.casefold())
        made.append(name)
    return made


def _head(path: Path) -> list[str]:
    with path.open(encoding=_ENCODING, newline="") as file:
        try:
            return next(csv.reader(file), list[str]())
        except (csv.Error, UnicodeDecodeError) as error:
            raise ReportUnreadable(f"the report cannot be read: {error}") from None


def _chunks(path: Path) -> Iterator[list[list[str]]]:
    """The rows of a file in CSV, some at a time.

    Raises:
        ReportUnreadable: it is no table.
    """
    with path.open(encoding=_ENCODING, newline="") as file:
        reader = csv.reader(file)
        try:
            width = len(next(reader, list[str]()))
            while rows := list(islice(reader, _CHUNK)):
                if any(len(row) != width for row in rows):
                    raise ReportUnreadable(f"the report has rows that are not {width} cells wide")
                yield rows
        except (csv.Error, UnicodeDecodeError) as error:
            raise ReportUnreadable(f"the report cannot be read: {error}") from None
