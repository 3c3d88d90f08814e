"""One run over rows: sent level by level, parents first, and looked for where in doubt."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pinterest_async.errors import (
    BadRequest,
    Conflict,
    ConnectionFailed,
    DeadlineExceeded,
    DecodeError,
    InvalidRequest,
    NotFound,
    PinterestError,
    RateLimited,
    RateLimitTooLong,
    ServerError,
    UnprocessableRequest,
)
from pinterest_async.jobs._bulk import read_bulk_file
from pinterest_async.jobs._polling import (
    DownloadFailed,
    Pace,
    Poller,
    WorkFailed,
    reason_of,
)
from pinterest_async.jobs.changes.kinds import BATCH, KINDS, alike
from pinterest_async.jobs.changes.preview import changes_nothing
from pinterest_async.jobs.changes.report import DONE, FAILED, AdChangesProgress
from pinterest_async.jobs.changes.sending import (
    Verdict,
    batches,
    in_bulk_order,
    read_bulk,
    send,
    send_in_bulk,
)
from pinterest_async.jobs.pins.reconcile import in_doubt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.changes.journal import ChangesJournal, Entry
    from pinterest_async.jobs.changes.kinds import Kind
    from pinterest_async.jobs.changes.rows import Change
    from pinterest_async.jobs.changes.there import There

_BULK: Final = 1000
"""The most things of one bulk upsert. Pinterest names no bound; this is ours."""
_LARGEST: Final = 2**28
_SHORT_PAUSE: Final = timedelta(minutes=1)
_FAULTS_IN_A_ROW: Final = 3
"""So many calls in a row whose response is lost: it is not the rows."""
_REFUSED_IN_A_ROW: Final = BATCH
"""So many rows refused each in a call of its own: it is not the rows."""
_ADVICE: Final[Mapping[int, str]] = {
    2384: "give is_campaign_budget_optimization=true: this ad account requires it",
}
"""What mends a refusal, by Pinterest's code. 2384: Pinterest's own SDK had to learn it (PR 177)."""
_OF_THE_REQUEST = (BadRequest, Conflict, InvalidRequest, NotFound, UnprocessableRequest)
_PASSING = (ConnectionFailed, DeadlineExceeded, DecodeError, ServerError)


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How a run goes about it; see `apply_changes`."""

    concurrency: int = 4
    tries: int = 4
    settle: float = 2.0
    bulk_above: int | None = 3000
    pace: Pace = Pace()


class Run:
    """Sends the rows that are planned.

    Args:
        client: a client of the account.
        ad_account_id: the ad account.
        rows: all rows; those that are bad stay as they are.
        there: what the ad account holds; rows know already what looks like them.
        journal: an open journal.
        patience: how often to send, and how.
        progress: called after every call.
    """

    def __init__(
        self,
        client: Pinterest,
        ad_account_id: str,
        rows: Sequence[Change],
        there: There,
        journal: ChangesJournal,
        patience: Patience,
        progress: Callable[[AdChangesProgress], None] | None = None,
    ) -> None:
        self._client = client
        self._account = ad_account_id
        self._rows = rows
        self._there = there
        self._journal = journal
        self._patience = patience
        self._progress = progress
        self._poller = Poller(patience.pace)
        self._doubts: list[Change] = []
        self._lost_bulk: dict[str, float] = {}
        self._requests: dict[str, list[Change]] = {}
        self._taken: set[str] = set()
        self._faults = 0
        self._refused = 0
        self._fatal: PinterestError | None = None
        self.calls: int = 0
        """Calls that change something."""
        self.stopped: str | None = None
        """Why it stopped before its end."""
        self.retry_at: datetime | None = None
        """When to go on."""

    def take_over(self, entries: Mapping[str, Entry]) -> None:
        """Take over what the journal knows of rows.

        Args:
            entries: by the keys of rows, in the order in which they were sent.
        """
        self._taken.update(entry.id for entry in entries.values() if entry.id is not None)
        rows = {row.key: row for row in self._rows if row.state == "planned"}
        for key, entry in entries.items():
            row = rows.get(key)
            if row is None:
                continue
            if entry.state == "done":
                row.state, row.id = "done_before", entry.id or row.id
            elif entry.state == "sending":
                row.equals = entry.equals
                if entry.request_id:
                    self._requests.setdefault(entry.request_id, []).append(row)
                elif row.is_new:
                    self._doubts.append(row)
                if entry.request_id == "":
                    self._lost_bulk[key] = entry.sent_at

    async def work(self) -> None:
        """Send what is planned; return when all is done or the run has stopped.

        Raises:
            JournalError: the journal cannot be written.
            PinterestError: an error that every other row would meet.
        """
        planned = sum(row.state == "planned" for row in self._rows)
        bulk_above = self._patience.bulk_above
        in_bulk = bulk_above is not None and planned > bulk_above
        for kind in KINDS:
            await self._finish_bulks(kind)
            await self._settle([row for row in self._doubts if row.kind is kind])
            for is_new in (True, False):
                rows = [row for row in self._rows if row.kind is kind and row.is_new is is_new]
                ready = [row for row in rows if self._is_ready(row)]
                # A change whose response was lost, and which is there.
                await self._journal.ended([one for one in rows if one.state == "unchanged"], "done")
                await self._send_all(ready, in_bulk=in_bulk)
        if self._fatal is not None:
            raise self._fatal
        for row in self._rows:
            if row.state == "planned":
                row.fail("not_tried", row.error or f"the run stopped: {self.stopped}")

    def _is_ready(self, row: Change) -> bool:
        """Whether a row is to be sent now, as far as what it is in is there."""
        if row.state != "planned":
            return False
        parent = row.parent_row
        if parent is not None and parent.state not in DONE:
            if self.stopped is None and self._fatal is None:
                row.fail("not_tried", f"its {parent.what.noun} (line {parent.line}) is not there")
            return False
        if parent is not None:
            row.parent_id = parent.id
        if changes_nothing(row):
            row.state = "unchanged"
            return False
        return True

    # Rows of one kind, all new or none

    async def _send_all(self, rows: list[Change], *, in_bulk: bool) -> None:
        """Send rows, and again those that surely did not arrive."""
        while rows and self._goes_on:
            if in_bulk and len(rows) > BATCH:
                await self._send_in_bulk(rows)
            else:
                await self._send_in_calls(batches(rows))
            in_bulk = False  # what it did not answer for is asked for in the plain way
            rows = await self._settle(self._doubts)
        self._tell()

    @property
    def _goes_on(self) -> bool:
        return self.stopped is None and self._fatal is None

    async def _send_in_calls(self, some: Iterable[list[Change]]) -> None:
        waiting = deque(some)

        async def work_off() -> None:
            while waiting and self._goes_on:
                waiting.extendleft(await self._call(waiting.popleft()))
                self._tell()

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._patience.concurrency, len(waiting))):
                    group.create_task(work_off())
        except ExceptionGroup as errors:
            # What the journal, or the caller's `progress`, raised comes out as itself.
            raise errors.exceptions[0] from None

    async def _call(self, rows: list[Change]) -> list[list[Change]]:
        """Send one call; return the halves of it, where Pinterest refused all for one of them."""
        for row in rows:
            row.sends += 1
        await self._journal.sending(rows)
        self.calls += 1
        try:
            verdicts = await send(self._client, self._account, rows)
        except PinterestError as error:
            if isinstance(error, _OF_THE_REQUEST) and not in_doubt(error) and len(rows) > 1:
                await self._undo(rows)
                middle = len(rows) // 2
                return [rows[middle:], rows[:middle]]
            await self._failed(rows, error)
        else:
            self._faults = self._refused = 0
            await self._judge(rows, verdicts)
        return []

    async def _judge(self, rows: Sequence[Change], verdicts: Sequence[Verdict | None]) -> None:
        """Take over what is said of each row; what nothing is said of is in doubt."""
        done: list[Change] = []
        refused: list[Change] = []
        for row, verdict in zip(rows, verdicts, strict=True):
            if verdict is None:
                row.error = row.error or "Pinterest did not say what became of it"
                self._doubts.append(row)
            elif verdict.id is None:
                advice = _ADVICE.get(verdict.code or 0)
                words = "; ".join(filter(None, (verdict.error or "refused", advice)))
                row.fail("refused", words, verdict.code)
                refused.append(row)
            else:
                self._take(row, verdict.id, found=False)
                done.append(row)
        await self._journal.ended(done, "done")
        await self._journal.ended(refused, "refused")

    def _take(self, row: Change, thing: str, *, found: bool) -> None:
        row.id, row.error, row.code = thing, None, None
        row.state = "found" if found else "created" if row.is_new else "updated"
        self._taken.add(thing)

    async def _undo(self, rows: Sequence[Change]) -> None:
        """Take back that rows were sent: surely nothing happened."""
        for row in rows:
            row.sends -= 1
        await self._journal.ended(rows, "free")

    async def _failed(self, rows: Sequence[Change], error: PinterestError) -> None:
        """Decide what the failure of a call means for its rows, and for the others."""
        if in_doubt(error):
            for row in rows:
                row.error = reason_of(error)
            self._doubts += rows
            self._faults += 1
            if self._faults >= _FAULTS_IN_A_ROW:
                self._stop(error, None)
        elif isinstance(error, _OF_THE_REQUEST):
            for row in rows:
                row.fail("refused", reason_of(error), getattr(error, "code", None))
            await self._journal.ended(rows, "refused")
            self._refused += len(rows)
            if self._refused >= _REFUSED_IN_A_ROW:
                self._stop(error, None)
        else:
            await self._undo(rows)
            if isinstance(error, RateLimitTooLong | RateLimited):
                self._stop(error, error.retry_at)
            elif isinstance(error, _PASSING):
                self._stop(error, None)
            else:
                self._fatal = self._fatal or error

    def _stop(self, error: PinterestError, retry_at: datetime | None) -> None:
        if self.stopped is None:
            self.stopped = reason_of(error)
            self.retry_at = retry_at or datetime.now(UTC) + _SHORT_PAUSE

    # What is in doubt

    async def _settle(self, rows: list[Change]) -> list[Change]:
        """Find out what became of rows, all of one kind; return those that are to be sent again."""
        rows = [*rows]
        self._doubts = [row for row in self._doubts if row not in rows]
        again = [row for row in rows if not row.is_new]
        new = [row for row in rows if row.is_new]
        for row in new:
            if row.parent_row is not None:
                row.parent_id = row.parent_row.id
        if new and self._goes_on:
            new = await self._look(new)
        for row in new:
            may_land_until = self._lost_bulk.get(row.key, 0.0) + self._patience.pace.deadline
            if not self._goes_on:
                row.fail("unknown", row.error or "the response was lost")
            elif time.time() < may_land_until:
                until = datetime.fromtimestamp(may_land_until, UTC)
                row.fail(
                    "unknown",
                    "it is in a bulk upsert whose start was lost, and which may be under way: run "
                    f"this again after {until:%Y-%m-%d %H:%M} UTC",
                )
            else:
                again.append(row)
        for row in again:
            if row.sends >= self._patience.tries or not self._goes_on:
                row.fail("unknown", row.error or "the response was lost")
        return [row for row in again if row.state != "unknown"]

    async def _look(self, rows: list[Change]) -> list[Change]:
        """Look for new things under what they are in, twice; return the rows that have none."""
        for _ in range(2):
            await asyncio.sleep(self._patience.settle)
            try:
                listed = await self._there.inside(rows[0].what, _parents_of(rows))
            except PinterestError as error:
                self._stop(error, None)
                return rows
            found: list[Change] = []
            for row in rows:
                thing = self._find(row, listed.get(row.parent_id, ()))
                if thing is not None:
                    self._take(row, thing, found=True)
                    found.append(row)
                    self._faults = 0
            await self._journal.ended(found, "done")
            rows = [row for row in rows if row.state != "found"]
            if not rows:
                break
        return rows

    def _find(self, row: Change, things: Iterable[Mapping[str, Any]]) -> str | None:
        """The id of what a row has made: like it, not there before, and no other row's."""
        for one in things:
            thing = str(one.get("id"))
            if thing not in row.equals | self._taken and alike(row.what, row.said, one):
                return thing
        return None

    # Many at once

    async def _send_in_bulk(self, rows: Sequence[Change]) -> None:
        ordered = in_bulk_order(rows)
        for first in range(0, len(ordered), _BULK):
            if self._goes_on:
                await self._start_bulk(ordered[first : first + _BULK])
                self._tell()

    async def _start_bulk(self, rows: list[Change]) -> None:
        for row in rows:
            row.sends += 1
        began = time.time()
        await self._journal.sending(rows, in_bulk=True)
        self.calls += 1
        try:
            request_id = await send_in_bulk(self._client, self._account, rows)
        except PinterestError as error:
            if isinstance(error, _OF_THE_REQUEST) and not in_doubt(error):
                # Of many rows one is wrong: calls of 30 tell which.
                await self._undo(rows)
                await self._send_in_calls(batches(rows))
                return
            if in_doubt(error):
                self._lost_bulk.update(dict.fromkeys((row.key for row in rows), began))
            await self._failed(rows, error)
            return
        await self._journal.accepted(rows, request_id)
        await self._finish_bulk(request_id, rows, began)

    async def _finish_bulks(self, kind: Kind) -> None:
        """Go on with what an earlier run has started."""
        for request_id, rows in self._requests.items():
            if rows[0].kind is kind and self._goes_on:
                # When it began does not matter to what is done by now, or in a moment.
                await self._finish_bulk(request_id, rows, time.time())

    async def _finish_bulk(self, request_id: str, rows: list[Change], began: float) -> None:
        """Wait for a bulk upsert, and read what it says of each row."""
        nothing: list[Verdict | None] = [None] * len(rows)
        try:
            content = await self._wait(request_id, began)
        except DownloadFailed:
            await self._judge(rows, nothing)
        except WorkFailed as failure:
            if failure.word == "FAILED":
                await self._judge(rows, nothing)
            else:
                for row in rows:
                    row.fail("unknown", f"the bulk upsert is under way: {failure}")
        except PinterestError as error:
            for row in rows:
                row.fail("unknown", f"the bulk upsert could not be asked for: {reason_of(error)}")
            self._stop(error, None)
        else:
            await self._judge(rows, read_bulk(rows, content))

    async def _wait(self, request_id: str, began: float) -> bytes:
        async with self._client.open_session() as session:
            return await read_bulk_file(
                self._client,
                self._account,
                request_id,
                began,
                poller=self._poller,
                session=session,
                largest=_LARGEST,
            )

    def _tell(self) -> None:
        if self._progress is None:
            return
        self._progress(
            AdChangesProgress(
                total=len(self._rows),
                done=sum(row.state in DONE for row in self._rows),
                failed=sum(row.state in FAILED for row in self._rows),
            )
        )


def _parents_of(rows: Iterable[Change]) -> set[str]:
    """The ids of what rows are in; campaigns are in the account, which has the empty one."""
    return {row.parent_id for row in rows if row.parent_id or not row.what.parent}
