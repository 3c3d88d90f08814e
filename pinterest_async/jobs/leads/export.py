"""The leads of ads, each ad exported by itself, in one file that grows from run to run."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import tempfile
import time
from contextlib import AsyncExitStack, aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pinterest_async._gather import gather
from pinterest_async.errors import ConfigurationError, InvalidRequest, PinterestError
from pinterest_async.jobs._days import check_order, plain_day
from pinterest_async.jobs._errors import is_fatal
from pinterest_async.jobs._polling import (
    DownloadFailed,
    Look,
    Pace,
    Poller,
    WorkFailed,
    patiently,
    reason_of,
)
from pinterest_async.jobs.ads.journal import Known, ReportJournal
from pinterest_async.jobs.leads.report import LeadsFailure, LeadsReport
from pinterest_async.jobs.leads.table import LeadsTable, LeadsUnreadable, check_leads
from pinterest_async.public import check_tokenless

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    import aiohttp

    from pinterest_async.client import Pinterest

KEPT_DAYS: Final = 30
"""Days for which Pinterest keeps a lead."""

_STATUSES: Final = ("ACTIVE", "PAUSED", "ARCHIVED")
_STATES: Final = {"FINISHED": "done", "IN_PROGRESS": "waiting"}
_LARGEST: Final = 2**30
_LIFE: Final = 3300.0
"""Seconds that an export of another run is looked for; how long it lives is not published."""
_STARTS: Final = 2
_TRIES: Final = 4


async def export_leads(
    client: Pinterest,
    ad_account_id: str,
    out: str | os.PathLike[str],
    *,
    ad_ids: Sequence[str] | None = None,
    start: dt.date | str | None = None,
    end: dt.date | str | None = None,
    journal: str | os.PathLike[str] | None = None,
    concurrency: int = 4,
    pace: Pace | None = None,
    session: aiohttp.ClientSession | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> LeadsReport:
    """Add the leads of ads to a file, before Pinterest forgets them.

        report = await export_leads(pinterest, "549755885175", "leads.csv")

    Pinterest keeps a lead for 30 days, and exports one ad at a time. The file keeps what earlier
    runs have written: run once a week or a day, it has every lead, each once, by its `lead_id` or,
    where there is none, by all that it says. The columns are those of Pinterest's files, with
    `ad_id` before them; where forms ask different things, there are columns for all of them.

    The file is for its owner alone, and is replaced as a whole. What people said of themselves is
    in it, in the files of exports while they are fetched, and nowhere else.

    Args:
        client: a client whose token has `ads:read` and `ads:write`; lead ads are a beta, which the
            app has to be admitted to.
        ad_account_id: the ad account.
        out: a `.csv`, `.jsonl` or `.ndjson` file; made where it is missing.
        ad_ids: these ads alone; by default all that have a lead form, archived ones too.
        start: the first day, in UTC; by default 30 days ago, which is also the earliest.
        end: the last day; by default today.
        journal: a file that keeps what was started and fetched: a killed run goes on from it.
        concurrency: how many exports are under way at once, 1 or more.
        pace: how often to look at an export, and for how long.
        session: an aiohttp session for the downloads, without credentials; it is not closed. By
            default one with the client's proxy.
        progress: called after each ad with how many are done, and how many there are.

    Raises:
        InvalidRequest: the days are in the wrong order, or over: Pinterest has forgotten them; or
            an id of an ad is none.
        ConfigurationError: `out` tells no form or is no file of leads, or the journal is that of
            another ad account.
        JournalError: the journal is in use, or none.
        PinterestError: an error that would meet every ad.
        OSError: the file cannot be written.
    """
    if concurrency < 1:
        raise ConfigurationError(f"concurrency must be 1 or more, not {concurrency}")
    if session is not None:
        check_tokenless(session)
    first, last = _days(start, end)
    if not all(one.isascii() and one.isdigit() for one in ad_ids or ()):
        raise InvalidRequest("ad_ids must be ids of ads, which are digits")
    table = LeadsTable(Path(out))
    await asyncio.to_thread(table.read)
    kept = ReportJournal(None if journal is None else Path(journal), f"leads of {ad_account_id}")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(kept.close)
        known = await kept.open()
        folder = _folder(stack, journal)
        if session is None:
            session = await stack.enter_async_context(client.open_session())
        ads = list(
            dict.fromkeys(ad_ids if ad_ids is not None else await _ads(client, ad_account_id))
        )
        run = _Run(
            client, ad_account_id, (first, last), kept, known, folder, session, pace or Pace()
        )
        parts: list[tuple[str, Path]] = []
        calls = (partial(run.fetch, ad_id) for ad_id in ads)
        async with aclosing(gather(calls, limit=concurrency, in_order=True)) as outcomes:
            async for outcome in outcomes:
                path = outcome.value
                if path is not None:
                    parts.append((ads[outcome.index], path))
                if progress is not None:
                    progress(outcome.index + 1, len(ads))
        written = await asyncio.to_thread(table.add, parts)
        if not run.failures:
            await kept.clear()
            if journal is not None:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return LeadsReport(
        complete=not run.failures,
        start=first,
        end=last,
        ads=len(ads),
        leads=written.leads,
        added=written.added,
        total=written.total,
        resumed=run.resumed,
        failures=run.failures,
        out=str(out),
    )


def _days(start: dt.date | str | None, end: dt.date | str | None) -> tuple[dt.date, dt.date]:
    today = dt.datetime.now(dt.UTC).date()
    earliest = today - dt.timedelta(KEPT_DAYS)
    first = earliest if start is None else plain_day("start", start)
    last = today if end is None else plain_day("end", end)
    check_order(first, last)
    if first < earliest:
        raise InvalidRequest(
            f"start must be {earliest} or later: Pinterest keeps leads for {KEPT_DAYS} days"
        )
    return first, last


async def _ads(client: Pinterest, ad_account_id: str) -> list[str]:
    """The ads that have a form."""
    listed = client.ads.list(ad_account_id, entity_statuses=_STATUSES)
    return [str(one.id) async for one in listed if one.lead_form_id]


def _folder(stack: AsyncExitStack, journal: str | os.PathLike[str] | None) -> Path:
    """Where the files of exports lie: beside the journal, or for this run alone."""
    if journal is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leads-")))
    folder = Path(f"{Path(journal)}.files")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


class _Run:
    """One run over the ads."""

    def __init__(
        self,
        client: Pinterest,
        ad_account_id: str,
        days: tuple[dt.date, dt.date],
        journal: ReportJournal,
        known: dict[str, Known],
        folder: Path,
        session: aiohttp.ClientSession,
        pace: Pace,
    ) -> None:
        self.failures: list[LeadsFailure] = []
        """Ads whose leads are missing."""
        self.resumed = 0
        """Ads whose export a run before had started or fetched."""
        self._client = client
        self._account = ad_account_id
        self._days = days
        self._journal = journal
        self._known = known
        self._folder = folder
        self._session = session
        self._poller = Poller(pace)

    async def fetch(self, ad_id: str) -> Path | None:
        """Get the file of an ad; None where that did not work, which `failures` then says.

        Raises:
            PinterestError: an error that would meet every ad.
        """
        key = f"{ad_id}_{self._days[0]}_{self._days[1]}"
        path = self._folder / f"{key}.csv"
        known = self._known.get(key)
        if known is not None and known.fetched and path.exists():
            self.resumed += 1
            return path
        try:
            await self._export(ad_id, key, path, known)
        except PinterestError as error:
            if is_fatal(error):
                raise
            self.failures.append(LeadsFailure(ad_id=ad_id, reason=reason_of(error)))
            return None
        await self._journal.put(key, Known(None, 0.0, 0, fetched=True))
        return path

    async def _export(self, ad_id: str, key: str, path: Path, known: Known | None) -> None:
        """Start an export, or go on with one that was started, until its file is here.

        Raises:
            PinterestError: it came to nothing, and so did another.
        """
        if known is not None and known.token and time.time() - known.started < _LIFE:
            try:
                await self._wait_and_fetch(ad_id, path, known.token, known.started)
            except (WorkFailed, DownloadFailed):
                pass  # it was alive when it was kept, and is not now
            else:
                self.resumed += 1
                return
        for starts in range(1, _STARTS + 1):
            token, started = await self._start(ad_id)
            await self._journal.put(key, Known(token, started, starts, fetched=False))
            try:
                await self._wait_and_fetch(ad_id, path, token, started)
            except (WorkFailed, DownloadFailed):
                if starts == _STARTS:
                    raise
            else:
                return

    async def _start(self, ad_id: str) -> tuple[str, float]:
        first, last = self._days
        ask = partial(
            self._client.leads_export.create,
            self._account,
            ad_id=ad_id,
            start_date=first.isoformat(),
            end_date=last.isoformat(),
        )
        # Not made twice by the client, which cannot know that an export too many does no harm.
        response = await patiently(ask, tries=_TRIES)
        if not response.leads_export_id:
            raise WorkFailed("Pinterest gave no id for the export")
        return response.leads_export_id, time.time()

    async def _wait_and_fetch(self, ad_id: str, path: Path, token: str, started: float) -> None:
        look = partial(self._look, token)
        await self._poller.fetch(look, started, path, self._session, largest=_LARGEST)
        try:
            await asyncio.to_thread(check_leads, ad_id, path)
        except LeadsUnreadable as error:
            raise DownloadFailed(str(error)) from None

    async def _look(self, token: str) -> Look:
        response = await self._client.leads_export.get(self._account, token)
        word = str(response.export_status)
        state: Any = _STATES.get(word, "failed")
        return Look(state=state, word=word, url=response.download_url)
