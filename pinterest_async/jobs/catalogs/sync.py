"""A catalog kept as rows say: the difference since last time, in batches, with a verdict each."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, aclosing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from pinterest_async._gather import gather
from pinterest_async.errors import BadRequest, ConfigurationError, DecodeError, NotFound
from pinterest_async.jobs._polling import Look, Pace, Poller, WorkFailed, patiently, reason_of
from pinterest_async.jobs._rows import portions
from pinterest_async.jobs._threads import in_thread
from pinterest_async.jobs.catalogs.items import Attributes, ItemRow, RowReader
from pinterest_async.jobs.catalogs.places import CURRENCIES, Place, find_place, has_feed, one_of
from pinterest_async.jobs.catalogs.plan import (
    decide,
    is_as_planned,
    left_to_feed,
    needs_all,
    operation_of,
)
from pinterest_async.jobs.catalogs.report import CatalogSync, ItemVerdict, TooManyDeletions
from pinterest_async.jobs.catalogs.state import BATCH, Batch, Known, Planned, Settled, State
from pinterest_async.jobs.catalogs.verdicts import Verdicts, verdict, verdict_of
from pinterest_async.jobs.pins.rows import BadRow, BadRows
from pinterest_async.models.catalog_items import (
    CatalogsRetailBatchRequest,
    CatalogsRetailItemsBatch,
    CatalogsRetailItemsPostFilter,
)

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence

    from pinterest_async.client import Pinterest
    from pinterest_async.models.catalog_items import CatalogsItemsBatch
    from pinterest_async.models.enums import CatalogsItemsRequestLanguage, Country

ItemRows: TypeAlias = (
    "str | os.PathLike[str] | Iterable[Mapping[str, Any]] | AsyncIterable[Mapping[str, Any]]"
)
"""The path of a `.csv`, `.tsv`, `.jsonl` or `.ndjson` file, or mappings."""

# A hundred reads a minute are all that there is. UPDATE and DELETE are done within seconds, CREATE
# and UPSERT take longer.
_PACE: Final = Pace(first=2.0, longest=60.0, gap=0.6)
_TRIES: Final = 4
_SPLITS: Final = 24
"""How often a batch that is refused as a whole is cut in two, to find the item that it is for."""
_STATES: Final[Mapping[str, Any]] = {"COMPLETED": "done", "FAILED": "failed"}
_SKIPPED: Final = "Pinterest skipped it, as it had the same a moment before"
_SILENCE: Final = "Pinterest has not said what became of it"


async def sync_catalog(
    client: Pinterest,
    rows: ItemRows,
    *,
    catalog: str | None = None,
    country: Country,
    language: CatalogsItemsRequestLanguage,
    state: str | os.PathLike[str] | None,
    currency: str | None = None,
    delete_missing: bool = False,
    delete_share: float = 0.1,
    skip_bad: bool = False,
    ignore_unknown: bool = False,
    dry_run: bool = False,
    out: str | os.PathLike[str] | None = None,
    concurrency: int = 4,
    pace: Pace | None = None,
    progress: Callable[[CatalogSync], None] | None = None,
) -> CatalogSync:
    """Make a catalog of retail items hold what rows say, and send only what is not there yet.

    A row is a mapping, a line of CSV under a line of names, or a line of JSON, with an `item_id`
    and the attributes of the item by Pinterest's names, or by those of Google Merchant: `id`,
    `g:price`, `Image Link`, `customLabel0`, prices as `{"value": "12.50", "currency": "EUR"}`.
    `title`, `description`, `link`, `image_link`, `price` and `availability` are needed.

    All rows are read, checked and compared with `state` before anything is sent. A new item becomes
    an UPSERT, one that has changed an UPDATE of what has changed, and one that is gone a DELETE
    where that is asked for. Beside an active feed, where Pinterest refuses UPSERT, items that are
    in the catalog are updated, others are CREATEd; rows may say only some attributes then, and what
    they do not say, and pictures, are left to the feed.

    Batches hold 1,000 items of one operation. What is about to be sent is in `state` first, so that
    a run that was killed is gone on with: batches under way are waited for, and one of which it is
    not known whether it arrived is sent again as it was, which Pinterest skips as a duplicate if it
    did. An item counts as done when Pinterest says so, or when it was looked for and is as sent.

    Args:
        client: a client of the account; needs `catalogs:read` and `catalogs:write`.
            `client.acting_as` works for another.
        rows: the path of a `.csv`, `.tsv`, `.jsonl` or `.ndjson` file, or mappings, which may come
            asynchronously. They are read once, a thousand at a time.
        catalog: the id or name of a retail catalog; by default Pinterest takes the oldest.
        country: of the items, two letters such as `US`.
        language: of the items, a locale such as `en-US`, or two letters.
        state: a SQLite file that keeps what was sent; made where it is missing. One for each
            account, catalog, country and language. None: everything is sent, and nothing deleted.
        currency: that of prices that name none, such as `EUR`. Without it a price has to name one,
            as Pinterest takes the others for US dollars; for the country `US` they are.
        delete_missing: whether items that an earlier run has sent and no row describes any more are
            deleted. Nothing is deleted while a row has no id that can be read.
        delete_share: the share of the items, from 0 to 1, above which `delete_missing` asks.
        skip_bad: whether to go on without the rows that are wrong.
        ignore_unknown: whether to pass over columns that are no attributes. Those of Google
            Merchant that Pinterest has nothing for are passed over anyway, and named.
        dry_run: whether to stop before anything is sent: `planned` says what would be.
        out: a `.csv`, `.jsonl`, `.parquet` or `.sqlite` file for the verdicts of all items that
            were sent.
        concurrency: how many batches are under way at the same time, 1 or more.
        pace: how often to look at a batch, and for how long.
        progress: called after every thousand rows and every batch, in the event loop.

    Returns:
        The figures, what was warned of, and each item that was refused or is not known.

    Raises:
        InvalidRequest: there is no such country, language, currency or catalog.
        ConfigurationError: an argument is out of its bounds, a file's name tells no form, or
            `state` is that of another catalog, country or language.
        BadRows: rows are wrong, and `skip_bad` is false. Nothing of them was sent.
        TooManyDeletions: more would be deleted than `delete_share` allows. Nothing was sent.
        JournalError: `state` is in use, is no such file, or cannot be written.
        PinterestError: an error that would meet everything: the token, the limits, the connection.
            What was done by then is in `state`.
        OSError: a file cannot be read or written.
    """
    if concurrency < 1:
        raise ConfigurationError(f"concurrency must be 1 or more, not {concurrency}")
    if not 0 <= delete_share <= 1:
        raise ConfigurationError(f"delete_share must be from 0 to 1, not {delete_share}")
    place = await find_place(client, catalog, country, language)
    if currency is not None:
        currency = one_of(CURRENCIES, currency, "currency")
    elif place.country == "US":
        currency = "USD"
    report = CatalogSync(dry_run=dry_run)
    sync = _Sync(
        client,
        place,
        State(None if state is None else Path(state), place.scope),
        report,
        Verdicts(report, None if out is None or dry_run else Path(out)),
        Poller(pace or _PACE),
        concurrency,
        progress,
    )
    reader = RowReader(currency=currency, ignore_unknown=ignore_unknown)
    delete_above = delete_share if delete_missing else None
    return await sync.run(rows, reader, skip_bad=skip_bad, delete_above=delete_above)


class _Sync:
    """One run."""

    def __init__(
        self,
        client: Pinterest,
        place: Place,
        state: State,
        report: CatalogSync,
        verdicts: Verdicts,
        poller: Poller,
        concurrency: int,
        progress: Callable[[CatalogSync], None] | None,
    ) -> None:
        self._client = client
        self._place = place
        self._state = state
        self._report = report
        self._verdicts = verdicts
        self._poller = poller
        self._concurrency = concurrency
        self._progress = progress
        self._feed = False
        self._splits = 0
        self._left_to_feed: set[str] = set()
        self._nameless = False
        """Whether a row has no id, and may be that of any item."""

    async def run(
        self, rows: ItemRows, reader: RowReader, *, skip_bad: bool, delete_above: float | None
    ) -> CatalogSync:
        """Plan, and send."""
        began = time.monotonic()
        report = self._report
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._state.close)
            unfinished = await self._state.open()
            stack.callback(self._verdicts.close)
            await self._verdicts.open()
            if not report.dry_run:
                await self._send(unfinished)
                report.resumed = len(unfinished)
            self._feed = await has_feed(self._client)
            await self._read(rows, reader)
            if not skip_bad:
                _refuse(report)
            await self._plan_deletions(delete_above)
            report.planned = await self._state.counts()
            if report.dry_run:
                await self._state.drop_plan()
            else:
                await self._send(await self._state.planned())
            await self._verdicts.finish()
        report.left_to_feed = sorted(self._left_to_feed)
        report.passed_over = sorted(reader.passed_over)
        report.seconds = round(time.monotonic() - began, 3)
        return report

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._report)

    # Planning

    async def _read(self, rows: ItemRows, reader: RowReader) -> None:
        async with aclosing(portions(rows, BATCH)) as some:
            async for portion in some:
                await self._plan(await in_thread(partial(reader.read_all, portion)))
                self._tell()

    async def _plan(self, rows: Sequence[ItemRow]) -> None:
        """Compare some rows with what is known, and plan what is to be done for them."""
        ids = [row.item_id for row in rows if row.item_id]
        known = await self._state.known(ids)
        there: Mapping[str, Attributes] = {}
        if self._feed:
            unsure = [one for one in ids if one not in known or known[one].attributes is None]
            there = await self._find(list(dict.fromkeys(unsure)))
        seen: dict[str, None] = {}
        planned: list[Planned] = []
        for row in rows:
            one = known.get(row.item_id)
            if row.item_id in seen or (one is not None and one.seen):
                row.problems.append(f"item_id {row.item_id!r} is that of several rows")
            elif row.item_id:
                seen[row.item_id] = None
            if (work := self._decide(row, one, there=row.item_id in there)) is not None:
                planned.append(work)
        await self._state.plan(list(seen), planned)

    def _decide(self, row: ItemRow, known: Known | None, *, there: bool) -> Planned | None:
        """What is to be done for a row; one that is wrong is entered as that."""
        self._report.rows += 1
        self._nameless = self._nameless or not row.item_id
        work = None if row.problems else decide(row, known, feed=self._feed, there=there)
        if needs_all(work, feed=self._feed):
            row.problems += [f"{name} is missing" for name in row.missing]
        if row.problems:
            self._report.bad.append(BadRow(line=row.line, problems=tuple(row.problems)))
            return None
        if self._feed:
            self._left_to_feed |= left_to_feed(row, known)
        self._report.unchanged += work is None
        return work

    async def _plan_deletions(self, above: float | None) -> None:
        """Plan that what is gone is deleted, where that is asked for and not too much.

        Args:
            above: the share of the items above which it is; None where it is not asked for.

        Raises:
            TooManyDeletions: it is too much.
        """
        gone, known = await self._state.count_gone()
        self._report.gone = gone
        if above is None or self._nameless or not gone:
            return
        if gone > above * known:
            raise TooManyDeletions(
                f"{gone:,} of {known:,} items are in no row any more, and nothing was sent: raise "
                f"delete_share (--delete-share) to {_share(gone, known)} if they are to be deleted",
                gone=gone,
                known=known,
            )
        await self._state.plan_deletions()

    # Sending

    async def _send(self, batches: Sequence[Batch]) -> None:
        """Bring batches to their end, some at a time."""
        calls = (partial(self._batch, batch) for batch in batches)
        async with aclosing(gather(calls, limit=self._concurrency)) as outcomes:
            async for outcome in outcomes:
                _ = outcome.value
                self._tell()

    async def _batch(self, batch: Batch) -> None:
        """Send a batch, unless it was, and wait for what comes of its items."""
        work = await self._state.work(batch)
        if batch.batch_id is None:
            await self._state.sending(batch)
            try:
                response = await patiently(partial(self._submit, work), tries=_TRIES)
            except BadRequest as error:
                await self._refused(batch, work, error)
                return
            self._report.batches += 1
            if response.created_time is None:
                self._report.skipped += len(work)
                await self._settle(batch, work, await self._confirm(work, _SKIPPED, wait=True))
                return
            batch = batch._replace(batch_id=str(response.batch_id), started=time.time())
            await self._state.sent(batch)
        await self._settle(batch, work, await self._wait(batch, work))

    async def _submit(self, work: Sequence[Planned]) -> CatalogsRetailItemsBatch:
        body = CatalogsRetailBatchRequest(
            country=self._place.country,
            language=self._place.language,
            items=[operation_of(one) for one in work],
            **self._place.catalog,
        )
        response = await self._client.catalog_items.submit_batch(body)
        return _retail(response)

    async def _refused(self, batch: Batch, work: Sequence[Planned], error: BadRequest) -> None:
        """Find the items that a whole batch is refused for, by halves."""
        if len(work) > 1 and self._splits < _SPLITS:
            self._splits += 1
            for half in await self._state.split(batch):
                await self._batch(half)
            return
        reason = [reason_of(error)]
        await self._settle(batch, work, [verdict(one, "refused", reason) for one in work])

    async def _wait(self, batch: Batch, work: Sequence[Planned]) -> list[ItemVerdict]:
        """What Pinterest says of the items of a batch that it has."""
        last: CatalogsRetailItemsBatch | None = None

        async def look() -> Look:
            nonlocal last
            try:
                response = await self._client.catalog_items.get_batch(str(batch.batch_id))
            except NotFound:
                return Look(state="unknown", word="it does not know the batch")
            last = _retail(response)
            word = str(last.status)
            return Look(state=_STATES.get(word, "waiting"), word=word)

        silence = _SILENCE
        try:
            await self._poller.wait(look, batch.started)
        except WorkFailed as error:
            silence = f"the batch came to nothing: {error}"
        items = () if last is None else last.items or ()
        records = {str(record.item_id): record for record in items}
        verdicts = [verdict_of(one, records.get(one.id), silence) for one in work]
        pairs = zip(work, verdicts, strict=True)
        silent = [one for one, said in pairs if said.outcome == "unknown"]
        found = {one.item_id: one for one in await self._confirm(silent, silence, wait=False)}
        return [found.get(one.item_id, one) for one in verdicts]

    async def _confirm(
        self, work: Sequence[Planned], silence: str, *, wait: bool
    ) -> list[ItemVerdict]:
        """Look for items themselves, where Pinterest says nothing of what became of them.

        Args:
            work: what was to be done with them.
            silence: why nothing is known of those that are not as they should be.
            wait: whether they may still be on their way.
        """
        left = list(work)

        async def look() -> Look:
            nonlocal left
            found = await self._find([one.id for one in left])
            left = [one for one in left if not is_as_planned(one, found.get(one.id))]
            return Look(state="unknown" if left else "done", word="they are not as they were sent")

        if wait:
            with suppress(WorkFailed):
                await self._poller.wait(look, time.time())
        else:
            await look()
        lost = {one.id for one in left}
        return [
            verdict(one, "unknown", [silence]) if one.id in lost else verdict(one, "accepted")
            for one in work
        ]

    async def _find(self, ids: Sequence[str]) -> dict[str, Attributes]:
        """The attributes of those of these items that are in the catalog."""
        if not ids:
            return {}
        response = await self._client.catalog_items.get(
            country=self._place.country,
            language=self._place.language,
            filters=CatalogsRetailItemsPostFilter(item_ids=ids, **self._place.catalog),
        )
        found = ((str(item.item_id), item.attributes, item.errors) for item in response.items or ())
        return {
            one: cast("Attributes", attributes)
            for one, attributes, errors in found
            if isinstance(attributes, dict) and not errors
        }

    async def _settle(
        self, batch: Batch, work: Sequence[Planned], verdicts: Sequence[ItemVerdict]
    ) -> None:
        """Remember what became of the items of a batch."""
        refused = [
            one.item_id
            for one in verdicts
            if one.outcome == "refused" and one.operation in ("UPDATE", "DELETE")
        ]
        # What is not there cannot be changed, whoever removed it: it is new to the next run.
        found = await self._find(refused)
        absent = {one for one in refused if one not in found}
        known = await self._state.known([one.id for one in work])
        settled = [
            _settled(one, said, known.get(one.id), absent=one.id in absent)
            for one, said in zip(work, verdicts, strict=True)
        ]
        await self._state.settle(batch, settled)
        await self._verdicts.add(verdicts)


def _retail(response: CatalogsItemsBatch) -> CatalogsRetailItemsBatch:
    if not isinstance(response, CatalogsRetailItemsBatch):
        raise DecodeError("Pinterest has answered with a batch of another kind than RETAIL")
    return response


def _settled(planned: Planned, said: ItemVerdict, known: Known | None, *, absent: bool) -> Settled:
    if said.outcome == "accepted":
        return Settled(planned.id, planned.wanted, doubt=False)
    before = None if known is None or absent else known.attributes
    doubt = said.outcome == "unknown" or (known is not None and known.doubt and not absent)
    return Settled(planned.id, before, doubt)


def _refuse(report: CatalogSync) -> None:
    """Raise `BadRows` if there are any."""
    bad = report.bad
    if not bad:
        return
    shown = "; ".join(f"line {row.line}: {', '.join(row.problems)}" for row in bad[:5])
    more = f"; and {len(bad) - 5} more in `.rows`" if len(bad) > 5 else ""
    raise BadRows(
        f"{len(bad)} of {report.rows} rows are no items, and nothing of them was sent: "
        f"{shown}{more}",
        rows=tuple(bad),
        total=report.rows,
    )


def _share(gone: int, known: int) -> float:
    """The share, rounded up, so that it is enough."""
    return min(1.0, -(-gone * 100 // known) / 100)
