"""What is wrong with the feeds of a catalog, and with what it shows: in words, with examples."""

from __future__ import annotations

import datetime as dt
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from pinterest_async.errors import Conflict, InvalidRequest, NotFound, PermissionDenied
from pinterest_async.jobs._polling import Pace, reason_of
from pinterest_async.jobs._tables import format_of
from pinterest_async.jobs.catalogs.issue_items import (
    IssueReport,
    of_catalog,
    of_feed,
    write_items,
)
from pinterest_async.jobs.catalogs.places import feeds_of, find_catalog
from pinterest_async.jobs.catalogs.words import WHOLE_FEED, words_of
from pinterest_async.models.catalog_reports import (
    CatalogsReportDistributionIssueFilter,
    CatalogsReportDistributionStats,
    CatalogsRetailReportStatsParameters,
)
from pinterest_async.public import check_tokenless

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping

    import aiohttp

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.catalogs.issue_items import Asked
    from pinterest_async.jobs.export.formats import Format
    from pinterest_async.models.catalog_feeds import CatalogsFeed, CatalogsFeedProcessingResult

Severity: TypeAlias = Literal["error", "warning"]

_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


class FeedIssue(msgspec.Struct, kw_only=True):
    """Something that is wrong with a feed, or with items of it."""

    code: str
    """Pinterest's name of it, such as `IMAGE_LINK_MISSING`."""
    severity: Severity
    """An error keeps items out, a warning does not."""
    items: int
    """How many items it is about; for the whole feed, how often Pinterest counts it."""
    meaning: str
    """What it means, and what helps."""
    whole_feed: bool
    """Whether it is about the feed, not about items of it."""
    examples: list[str] = []
    """Ids of some of the items."""


class FeedResult(msgspec.Struct, kw_only=True):
    """What came of fetching a feed once."""

    id: str
    """Pinterest's id of it."""
    status: str
    """`PROCESSING`, `COMPLETED` or `FAILED`."""
    created_at: dt.datetime | None
    """When it began."""
    items: int | None
    """Items in the file; None where Pinterest does not say."""
    ingested: int | None
    """Those of them that came into the catalog."""
    issues: list[FeedIssue]
    """What is wrong, errors first, then by the number of items."""

    @property
    def ok(self) -> bool:
        """Whether it came to its end without an error."""
        errors = any(issue.severity == "error" for issue in self.issues)
        return self.status == "COMPLETED" and not errors


class FeedIssues(msgspec.Struct, kw_only=True):
    """A feed, and what came of fetching it last."""

    feed_id: str
    """Pinterest's id of it."""
    name: str | None
    """Its name."""
    location: str | None
    """Its address."""
    active: bool
    """Whether Pinterest fetches it."""
    result: FeedResult | None
    """The newest result; None where it was never fetched."""


class DistributionIssue(msgspec.Struct, kw_only=True):
    """Something that keeps items of the catalog from being shown."""

    code: str
    """Pinterest's name of it."""
    items: int
    """How many items it is about."""
    meaning: str
    """What Pinterest says of it."""
    not_in_ads: bool
    """Whether the items cannot be advertised."""
    not_in_pins: bool
    """Whether the items are not shown to people who see no ads."""


class CatalogIssues(msgspec.Struct, kw_only=True):
    """What is wrong with a catalog."""

    feeds: list[FeedIssues]
    """Its feeds."""
    distribution: list[DistributionIssue]
    """What keeps its items from being shown, the most frequent first."""
    not_told: str | None = None
    """Why there is no `distribution`, for example in the sandbox."""
    reports: list[IssueReport] = []
    """The reports whose items were to be written to a file: rows of each, or why there are none."""
    files: list[str] = []
    """The files that were written."""

    @property
    def complete(self) -> bool:
        """Whether no item is kept out, as far as Pinterest tells, and no report is missing."""
        results = [feed.result for feed in self.feeds if feed.active]
        fine = all(one is None or one.ok for one in results)
        return fine and not self.distribution and all(one.reason is None for one in self.reports)


async def catalog_issues(
    client: Pinterest,
    *,
    catalog: str | None = None,
    feed: str | None = None,
    examples: int = 5,
    out: str | os.PathLike[str] | None = None,
    format: Format | None = None,
    pace: Pace | None = None,
    session: aiohttp.ClientSession | None = None,
) -> CatalogIssues:
    """Say what is wrong with the feeds of a catalog, and what keeps items from being shown.

    Of each feed the newest result counts. Pinterest names up to 20 items for each code, chosen at
    random. With `out` all of them are written to a file, a row for each, from Pinterest's reports:
    one for each feed with an issue, and one for `distribution`. The columns are Pinterest's, as
    text, after `report`, which says what a row is of. That of `distribution` may be a day old: the
    first that is asked for on a day is given to all who ask for the same on that day.

    Args:
        client: a client of the account; needs `catalogs:read`.
        catalog: the id or name of a retail catalog; all of the account by default, and for
            `distribution` the oldest.
        feed: only the feed with this id, or at this address.
        examples: how many items to name for each code, 0 to 20.
        out: a file for all items that something is wrong with; one that is there is replaced.
        format: `csv`, `jsonl`, `parquet` or `sqlite`; by default what the name of `out` ends in.
        pace: how often to look at a report, and for how long.
        session: an aiohttp session for the downloads, without credentials; it is not closed. By
            default one with the client's proxy.

    Raises:
        InvalidRequest: there is no such catalog or feed, or `examples` is out of its bounds.
        ConfigurationError: the format cannot be written.
        PinterestError: the feeds or their results cannot be read, or an error would meet every
            report.
        OSError: the file cannot be written.
    """
    if not 0 <= examples <= 20:
        raise InvalidRequest(f"examples must be from 0 to 20, not {examples}")
    if session is not None:
        check_tokenless(session)
    chosen = None if out is None else format_of(Path(out), format)
    catalog_id = None if catalog is None else await find_catalog(client, catalog)
    async with aclosing(feeds_of(client, catalog_id)) as feeds:
        found = [
            (one, await _look_at(client, one, examples))
            async for one in feeds
            if feed in (None, one.id, one.location)
        ]
    if feed is not None and not found:
        raise InvalidRequest(f"there is no feed {feed!r}")
    issues = CatalogIssues(feeds=[told for _, told in found], distribution=[])
    if feed is None:
        await _add_distribution(client, issues, catalog_id)
    if out is not None and chosen is not None:
        asked = list(_asked(found))
        if issues.distribution:
            asked.append(of_catalog(catalog_id))
        issues.reports = await write_items(
            client, asked, Path(out), chosen, pace=pace, session=session
        )
        issues.files = [str(out)]
    return issues


def _asked(found: Iterable[tuple[CatalogsFeed, FeedIssues]]) -> Iterator[Asked]:
    """The reports on feeds that have an issue."""
    for feed, told in found:
        if told.result is not None and told.result.issues:
            yield of_feed(feed, told.result.id)


async def _look_at(client: Pinterest, feed: CatalogsFeed, examples: int) -> FeedIssues:
    result = await newest_result(client, feed.id)
    if result is not None and examples and result.issues:
        await _add_examples(client, result, examples)
    return FeedIssues(
        feed_id=feed.id,
        name=feed.name,
        location=feed.location,
        active=feed.status == "ACTIVE",
        result=result,
    )


async def newest_result(client: Pinterest, feed_id: str) -> FeedResult | None:
    """What came of fetching a feed last; None where it was not fetched yet.

    Pinterest has one page of results, in an order that it does not tell.

    Raises:
        PinterestError: the results cannot be read.
    """
    page = await client.catalog_feeds.list_processing_results(feed_id)
    newest = max(page.items, key=lambda one: one.created_at or _LONG_AGO, default=None)
    return None if newest is None else _result(newest)


def _result(told: CatalogsFeedProcessingResult) -> FeedResult:
    counts = told.product_counts
    return FeedResult(
        id=told.id,
        status=str(told.status),
        created_at=told.created_at,
        items=None if counts is None else counts.original,
        ingested=None if counts is None else counts.ingested,
        issues=sorted(_issues(told), key=lambda one: (one.severity, -one.items)),
    )


def _issues(told: CatalogsFeedProcessingResult) -> Iterator[FeedIssue]:
    for details in (told.validation_details, told.ingestion_details):
        if details is not None:
            yield from _counted(details.errors, "error")
            yield from _counted(details.warnings, "warning")


def _counted(counts: Mapping[str, int] | None, severity: Severity) -> Iterator[FeedIssue]:
    for code, count in (counts or {}).items():
        # Codes that do not apply are there as well, with nothing counted.
        if count:
            yield FeedIssue(
                code=code,
                severity=severity,
                items=count,
                meaning=words_of(code),
                whole_feed=code in WHOLE_FEED,
            )


async def _add_examples(client: Pinterest, result: FeedResult, most: int) -> None:
    named = {issue.code: issue for issue in result.issues}
    try:
        async for item in client.catalog_feeds.list_item_issues(result.id):
            for code in {**(item.errors or {}), **(item.warnings or {})}:
                issue = named.get(code)
                if issue is not None and len(issue.examples) < most:
                    name = item.item_id or f"item {item.item_number}"
                    issue.examples = [*issue.examples, name]
    except NotFound:
        return  # too old: the counts are all that is left


async def _add_distribution(
    client: Pinterest, issues: CatalogIssues, catalog_id: str | None
) -> None:
    which = {} if catalog_id is None else {"catalog_id": catalog_id}
    asked = CatalogsRetailReportStatsParameters(
        report=CatalogsReportDistributionIssueFilter(**which)
    )
    try:
        async for one in client.catalog_reports.list_stats(parameters=asked):
            if isinstance(one, CatalogsReportDistributionStats) and one.occurrences:
                issues.distribution.append(_distribution(one))
    # Not in the sandbox, not for everybody, and not before there is a catalog.
    except (Conflict, NotFound, PermissionDenied) as error:
        issues.not_told = reason_of(error)
    issues.distribution.sort(key=lambda one: -one.items)


def _distribution(one: CatalogsReportDistributionStats) -> DistributionIssue:
    code = one.code_label or str(one.code)
    return DistributionIssue(
        code=code,
        items=one.occurrences or 0,
        meaning=one.message or words_of(code),
        not_in_ads=bool(one.ineligible_for_ads),
        not_in_pins=bool(one.ineligible_for_organic),
    )
