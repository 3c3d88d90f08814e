"""Whole ad accounts into files: everything in them, archived things too, and what has changed."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from pinterest_async._gather import gather
from pinterest_async.errors import APIError, ConfigurationError, InvalidRequest, PinterestError
from pinterest_async.jobs._bulk import read_bulk_file
from pinterest_async.jobs._errors import is_fatal
from pinterest_async.jobs._polling import (
    DownloadFailed,
    Pace,
    Poller,
    WorkFailed,
    patiently,
    reason_of,
)
from pinterest_async.jobs._tables import SQLiteTable, open_table
from pinterest_async.jobs.ads.entities import (
    BY_NAME,
    HIDDEN,
    KINDS,
    STATUSES,
    Kind,
    Names,
    Shape,
    cells,
    shape_of,
)
from pinterest_async.jobs.ads.state import State
from pinterest_async.jobs.export.formats import check_format

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    import aiohttp

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs._tables import Table
    from pinterest_async.jobs.export.formats import Format
    from pinterest_async.paging import Pager

STATE: Final = "ads.state.sqlite"
CHANGES: Final = "changes.jsonl"
_DATABASE: Final = "ads.sqlite"
_LARGEST: Final = 4 * 2**30
_GROUPS: Final = 100
"""Ad groups whose keywords are asked for together: 250 may be, and the address has to hold them."""
_STARTS: Final = 2


class AdsExportFailure(msgspec.Struct, kw_only=True, frozen=True):
    """A kind of entity that could not be listed."""

    ad_account_id: str
    """The ad account."""
    kind: str
    """The table that is not whole."""
    reason: str
    """What happened, in one line."""


class AdsExportReport(msgspec.Struct, kw_only=True):
    """The figures of an export; they grow while it goes on."""

    counts: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """Entities in each table."""
    changes: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """Entities that were added, changed and removed since the export before; empty without one."""
    bulk_downloads: int = 0
    """Bulk downloads that gave what has changed."""
    resumed: bool = False
    """Whether it went on from a run that was interrupted."""
    failures: list[AdsExportFailure] = msgspec.field(default_factory=list[AdsExportFailure])
    """What could not be listed, for example because the role does not allow it. Their tables have
    what the export before had."""
    files: list[str] = msgspec.field(default_factory=list[str])
    """The files that were written."""
    seconds: float = 0.0
    """How long it took."""

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.failures


async def export_ads(
    client: Pinterest,
    ad_account_id: str | Sequence[str],
    out_dir: str | os.PathLike[str],
    *,
    format: Format = "jsonl",
    update: bool = False,
    statuses: Literal["all"] | Sequence[str] = "all",
    names: Names = "pinterest",
    concurrency: int = 4,
    pace: Pace | None = None,
    session: aiohttp.ClientSession | None = None,
    progress: Callable[[AdsExportReport], None] | None = None,
) -> AdsExportReport:
    """Write everything that an ad account holds into a folder, a table for each kind.

    Campaigns, ad groups, ads, keywords (those of ad groups and campaigns too), product group
    promotions, labels, schedules, audiences, customer lists, conversion tags, lead forms, report
    templates, order lines, promotions and billing profiles. Archived things and drafts, which
    Pinterest leaves out of its lists by itself, are there.

    The folder keeps `ads.state.sqlite`, from which an interrupted export goes on, and which the
    next one compares with: `changes.jsonl` says what was added, changed and removed. With `update`,
    what Pinterest has a bulk download for is asked for by its time of change; archived things,
    which those leave out, and everything else is listed and compared. A thing of a bulk kind that
    is gone without a trace is found by an export without `update` alone.

    What the role may not see is named in `failures`, and does not end the export.

    Args:
        client: a client whose token has `ads:read`; billing needs `billing:read` as well.
        ad_account_id: the ad account, or several.
        out_dir: the folder; made where it is missing.
        format: `jsonl`, `csv`, `parquet` or `sqlite`.
        update: whether to take over what an export before has found.
        statuses: the states of campaigns, ad groups, ads and product groups to list; all of them by
            default.
        names: `fivetran` gives the tables and columns the names that dbt packages for its connector
            expect; those alone are written then.
        concurrency: how many kinds are listed at the same time, 1 or more.
        pace: how often to look at a bulk download, and for how long.
        session: an aiohttp session for downloads, without credentials. It is not closed.
        progress: called after every kind, in the event loop.

    Raises:
        InvalidRequest: no ad account, or a state that there is not.
        ConfigurationError: the format or the names are unknown, or `concurrency` is below 1.
        JournalError: another run is using the folder.
        PinterestError: an error that would meet everything: the token, the limits, the connection.
        OSError: a file cannot be written.
    """
    check_format(format)
    if names not in ("pinterest", "fivetran"):
        raise ConfigurationError(f"names must be pinterest or fivetran, not {names!r}")
    if concurrency < 1:
        raise ConfigurationError(f"concurrency must be 1 or more, not {concurrency}")
    accounts = [ad_account_id] if isinstance(ad_account_id, str) else list(ad_account_id)
    if not accounts or not all(accounts):
        raise InvalidRequest("ad_account_id must be the id of an ad account, or several")
    wanted = STATUSES if statuses == "all" else tuple(statuses)
    unknown = set(wanted) - set(STATUSES)
    if unknown or not wanted:
        raise InvalidRequest(f"statuses must be 'all' or some of {', '.join(STATUSES)}")
    export = _Export(client, Path(out_dir), format, wanted, names, Poller(pace or Pace()), progress)
    return await export.run(list(dict.fromkeys(accounts)), concurrency, session, update=update)


class _Export:
    """One export."""

    def __init__(
        self,
        client: Pinterest,
        folder: Path,
        format: Format,
        statuses: tuple[str, ...],
        names: Names,
        poller: Poller,
        progress: Callable[[AdsExportReport], None] | None,
    ) -> None:
        self._client = client
        self._folder = folder
        self._format: Format = format
        self._statuses = statuses
        self._names: Names = names
        self._poller = poller
        self._progress = progress
        self._report = AdsExportReport()
        self._state = State(folder / STATE)
        self._done: set[tuple[str, str]] = set()

    async def run(
        self,
        accounts: list[str],
        concurrency: int,
        session: aiohttp.ClientSession | None,
        *,
        update: bool,
    ) -> AdsExportReport:
        """List everything, and write the files."""
        began = time.time()
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._state.close)
            self._done = await self._state.open(began)
            self._report.resumed = self._state.resumed
            if session is None:
                session = await stack.enter_async_context(self._client.open_session())
            for account in accounts:
                bulk = update and await self._update(account, session)
                await self._list_all(account, concurrency, bulk=bulk)
            await self._write()
            if self._report.complete:
                await self._state.finish()
        self._report.seconds = round(time.time() - began, 3)
        return self._report

    # What has changed, in one download

    async def _update(self, account: str, session: aiohttp.ClientSession) -> bool:
        """Take over what has changed since the export before; say whether that was possible."""
        since = self._state.since
        if since is None or ("bulk", account) in self._done:
            return since is not None
        kinds = [kind for kind in KINDS if kind.bulk]
        for start in range(_STARTS):
            try:
                found = await self._download(account, [kind.bulk for kind in kinds], since, session)
                break
            except (WorkFailed, DownloadFailed, APIError, msgspec.DecodeError) as error:
                if isinstance(error, PinterestError) and is_fatal(error):
                    raise
                if start + 1 == _STARTS:
                    return False
        else:
            return False
        for kind in kinds:
            await self._state.keep_others(kind.name, account)
            await self._put(kind, account, found.get(kind.bulk, ()))
        await self._state.end_kind("bulk", account)
        self._report.bulk_downloads += 1
        return True

    async def _download(
        self, account: str, types: list[Any], since: float, session: aiohttp.ClientSession
    ) -> dict[str, list[msgspec.Raw]]:
        ask = partial(
            self._client.bulk.download,
            account,
            entity_types=types,
            output_format="JSON",
            # A minute earlier: what changed while the export before was listing may be in neither.
            updated_since=str(int(since) - 60),
        )
        made = await patiently(ask, tries=3)
        content = await read_bulk_file(
            self._client,
            account,
            str(made.request_id),
            time.time(),
            poller=self._poller,
            session=session,
            largest=_LARGEST,
        )
        return msgspec.json.decode(content, type=dict[str, list[msgspec.Raw]])

    # Lists

    async def _list_all(self, account: str, concurrency: int, *, bulk: bool) -> None:
        # These are listed by what they are in.
        last = [BY_NAME["keywords"], BY_NAME["schedules"]]
        for kinds in ([kind for kind in KINDS if kind not in last], last):
            left = [kind for kind in kinds if (kind.name, account) not in self._done]
            calls = (partial(self._list, kind, account, bulk=bulk) for kind in left)
            async for outcome in gather(calls, limit=concurrency):
                _ = outcome.value
                if self._progress is not None:
                    self._progress(self._report)

    async def _list(self, kind: Kind, account: str, *, bulk: bool) -> None:
        if bulk and kind.bulk:
            statuses = tuple(one for one in kind.statuses if one in HIDDEN)
            if not statuses:
                await self._state.end_kind(kind.name, account)
                return
        else:
            statuses = kind.statuses
        if kind.statuses == STATUSES:
            statuses = tuple(one for one in statuses if one in self._statuses)
        try:
            if statuses or not kind.statuses:
                async for items in self._pages(kind, account, statuses):
                    await self._put(kind, account, items)
        except (APIError, InvalidRequest) as error:
            if is_fatal(error):
                raise
            self._report.failures.append(
                AdsExportFailure(ad_account_id=account, kind=kind.name, reason=reason_of(error))
            )
            await self._state.keep_others(kind.name, account)
            return
        await self._state.end_kind(kind.name, account)

    async def _put(self, kind: Kind, account: str, items: Iterable[msgspec.Raw]) -> None:
        keyed: list[tuple[str, bytes]] = []
        for item in items:
            raw = bytes(item)
            one = msgspec.json.decode(raw).get(kind.key)
            if one is not None:
                keyed.append((str(one), raw))
        await self._state.put(kind.name, account, keyed)

    async def _pages(
        self, kind: Kind, account: str, statuses: tuple[str, ...]
    ) -> AsyncIterator[list[msgspec.Raw]]:
        """The entities of a kind, as JSON, a page at a time."""
        client = self._client
        if kind.name == "ad_accounts":
            yield [_raw(await client.ad_accounts.get(account))]
        elif kind.name == "conversion_tags":
            yield [_raw(tag) for tag in (await client.conversion_tags.list(account)).items or ()]
        elif kind.name == "keywords":
            async for items in self._keywords(account):
                yield items
        elif kind.name == "schedules":
            async for items in self._schedules(account, list(statuses)):
                yield items
        else:
            for pager in self._pagers(kind, account, list(statuses)):
                async for page in pager.read_as(msgspec.Raw).pages():
                    yield list(page.items)

    def _pagers(self, kind: Kind, account: str, statuses: list[Any]) -> list[Pager[Any]]:
        client = self._client
        pagers: dict[str, Callable[[], list[Pager[Any]]]] = {
            "campaigns": lambda: [client.campaigns.list(account, entity_statuses=statuses)],
            "ad_groups": lambda: [client.ad_groups.list(account, entity_statuses=statuses)],
            "ads": lambda: [client.ads.list(account, entity_statuses=statuses)],
            "product_group_promotions": lambda: [
                client.product_group_promotions.list(account, entity_statuses=statuses)
            ],
            "labels": lambda: [client.labels.list(account, entity_statuses=statuses)],
            "audiences": lambda: [client.audiences.list(account)],
            "customer_lists": lambda: [client.customer_lists.list(account)],
            "lead_forms": lambda: [client.lead_forms.list(account)],
            "templates": lambda: [client.ad_accounts.list_templates(account)],
            "order_lines": lambda: [client.order_lines.list(account)],
            "promotions": lambda: [client.promotions.list(account)],
            "billing_profiles": lambda: [
                client.billing.list_profiles(account, is_active=active) for active in (True, False)
            ],
        }
        return pagers[kind.name]()

    async def _keywords(self, account: str) -> AsyncIterator[list[msgspec.Raw]]:
        """Keywords by what they are in; a list without a filter has those of the account alone."""
        keywords = self._client.keywords
        groups = await self._state.ids("ad_groups", account)
        pagers: list[Pager[Any]] = [
            keywords.list(account),
            *(
                keywords.list(account, campaign_id=campaign)
                for campaign in await self._state.ids("campaigns", account)
            ),
        ]
        together = True
        for begin in range(0, len(groups), _GROUPS):
            some = groups[begin : begin + _GROUPS]
            if together:
                try:
                    async for page in (
                        keywords.list(account, ad_group_ids=some).read_as(msgspec.Raw).pages()
                    ):
                        yield list(page.items)
                    continue
                except APIError as error:  # many together are a beta feature
                    if is_fatal(error):
                        raise
                    together = False
            pagers += [keywords.list(account, ad_group_id=group) for group in some]
        for pager in pagers:
            async for page in pager.read_as(msgspec.Raw).pages():
                yield list(page.items)

    async def _schedules(
        self, account: str, statuses: list[Any]
    ) -> AsyncIterator[list[msgspec.Raw]]:
        """Schedules of the account, of campaigns and of ad groups."""
        owners = [account]
        for kind in ("campaigns", "ad_groups"):
            owners += await self._state.ids(kind, account)
        for begin in range(0, len(owners), _GROUPS):
            pager = self._client.schedules.list(
                account, entity_ids=owners[begin : begin + _GROUPS], schedule_statuses=statuses
            )
            async for page in pager.read_as(msgspec.Raw).pages():
                yield list(page.items)

    # Files

    async def _write(self) -> None:
        synced = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
        for kind in KINDS:
            shape = shape_of(kind, self._names)
            if shape is not None:
                await self._write_table(kind, shape, synced)
        await self._write_changes()

    async def _write_table(self, kind: Kind, shape: Shape, synced: dt.datetime) -> None:
        path = self._folder / (
            _DATABASE if self._format == "sqlite" else f"{shape.name}.{self._format}"
        )
        key = ["ad_account_id", kind.key] if self._names == "pinterest" else [kind.key]
        table = await asyncio.to_thread(_open, self._format, path, shape, key)
        count, after = 0, ("", "")
        try:
            while some := await self._state.portion(kind.name, after):
                after = some[-1][:2]
                rows = [
                    cells(
                        shape,
                        msgspec.json.decode(raw),
                        {"ad_account_id": account, "raw": raw.decode(), "synced": synced},
                    )
                    for account, _, raw in some
                ]
                count += len(rows)
                await asyncio.to_thread(table.add, rows)
            await asyncio.to_thread(table.finish)
        finally:
            table.close()
        self._report.counts[shape.name] = count
        if str(path) not in self._report.files:
            self._report.files.append(str(path))

    async def _write_changes(self) -> None:
        if self._state.since is None:
            return
        changes = await self._state.changes()
        self._report.changes = dict.fromkeys(("added", "changed", "removed"), 0)
        lines: list[bytes] = []
        for one in changes:
            self._report.changes[one.change] += 1
            lines.append(
                msgspec.json.encode(
                    {
                        "change": one.change,
                        "table": one.kind,
                        "ad_account_id": one.account,
                        "id": one.id,
                        "item": msgspec.Raw(one.raw),
                    }
                )
            )
        path = self._folder / CHANGES
        await asyncio.to_thread(path.write_bytes, b"".join(line + b"\n" for line in lines))
        self._report.files.append(str(path))


def _open(format: Format, path: Path, shape: Shape, key: list[str]) -> Table:
    """Start a table; one in a database begins empty, as a file does."""
    table = open_table(format, path, shape.columns, name=shape.name, key=key)
    if isinstance(table, SQLiteTable):
        table.drop_rows("1", [])
    return table


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
