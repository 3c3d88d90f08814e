"""Conversion events of any number: read, sent, and a verdict for each in its place."""

from __future__ import annotations

import time
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pinterest_async._gather import gather
from pinterest_async.errors import ConfigurationError, InvalidRequest, SpamBlocked
from pinterest_async.jobs._rows import portions
from pinterest_async.jobs.conversions.journal import EventJournal
from pinterest_async.jobs.conversions.prepare import Preparer
from pinterest_async.jobs.conversions.report import EventsReport, EventVerdict
from pinterest_async.jobs.conversions.rows import rows_of
from pinterest_async.jobs.conversions.sending import (
    LARGEST,
    TESTED,
    Sender,
    Sent,
    is_of_the_pace,
    may_pass,
)
from pinterest_async.jobs.pins.create import SPAM_PAUSE

if TYPE_CHECKING:
    import os
    from collections.abc import (
        AsyncGenerator,
        AsyncIterable,
        AsyncIterator,
        Awaitable,
        Callable,
        Generator,
        Iterable,
    )

    from pinterest_async.client import Pinterest
    from pinterest_async.errors import PinterestError
    from pinterest_async.jobs.conversions.prepare import Prepared
    from pinterest_async.jobs.conversions.sending import Window

Events: TypeAlias = "str | os.PathLike[str] | Iterable[Any] | AsyncIterable[Any]"
"""Mappings or structs, of any number; or the path of a `.csv`, `.tsv`, `.jsonl` or `.ndjson`
file."""

_SHORT_PAUSE: Final = timedelta(minutes=1)
# So many windows in a row that nobody answered: it is not the windows.
_LOST_IN_A_ROW: Final = 3


def send_events(
    client: Pinterest,
    ad_account_id: str,
    events: Events,
    *,
    journal: str | os.PathLike[str] | None = None,
    test: bool = False,
    default_country: str | None = None,
    skip_bad_fields: bool = False,
    tries: int = 4,
    concurrency: int = 4,
    progress: Callable[[EventsReport], None] | None = None,
) -> EventsSending:
    """Send conversion events (Conversions API): what people did on a website, in an app or offline.

        report = await send_events(pinterest, ad_account_id, orders, journal="events.journal")
        for verdict in report.verdicts:
            print(verdict.key, verdict.state, verdict.reason)

        async for verdict in send_events(pinterest, ad_account_id, very_many):
            ...

    An event is a mapping or a struct with Pinterest's members, whose personal values are plain:

        {"event_name": "checkout", "action_source": "web", "event_time": datetime.now(UTC),
         "event_id": "order-17", "user_data": {"em": "Ada@Example.com", "ph": "+49 170 1234567"},
         "custom_data": {"value": 12.50, "currency": "EUR", "order_id": "17"}}

    Members of `user_data` and `custom_data` may stand beside the others, as in a file. Personal
    values are put into Pinterest's form and hashed at once; what is a SHA-256 already stays. Times
    may be datetimes with a zone, amounts numbers, and lists single values. A `key`, which is not
    sent, is the caller's own word for the event in its verdict. An `event_id` is made of what the
    event says and of its place where there is none.

    Each event is checked: whether it says who it was (`em`, `hashed_maids`, or the network address
    with the user agent), its time (7 days back at most), names, currency, numbers, bounds. What is
    wrong is refused and named, and the others are sent, up to 1,000 a call. Pinterest judges them
    one by one: what failed for a reason that may pass is sent again. Where a response was lost, the
    same events are sent again, which Pinterest counts once; it counts offline ones as often as they
    come, so that these end as `unknown`.

    With a journal, a run that was killed is started again with the same events, and sends what is
    not done yet. It holds hashes alone.

    Args:
        client: a client whose token has `ads:write`, or is a conversion token. Not in the sandbox.
        ad_account_id: the ad account.
        events: mappings or structs, in an iterable or an async one, which is read as it is needed;
            or the path of a file.
        journal: a SQLite file; made where it is missing.
        test: whether Pinterest shows the events in its live view of tests, and counts nothing.
        default_country: the two-letter code of the country of telephone numbers that do not begin
            with `+` or `00`; needs the extra `phones`.
        skip_bad_fields: whether a member of `user_data` that is wrong is left out, with a warning,
            where the others suffice; else its event is refused.
        tries: how often an event is sent whose response is lost, or that fails for a reason that
            may pass, 1 or more; at the pace of the client's `RetryPolicy`.
        concurrency: how many calls are under way at once, 1 or more.
        progress: called with the figures after every call, in the event loop.

    Raises:
        InvalidRequest: `ad_account_id` is empty.
        ConfigurationError: an argument is out of its bounds, or a file's name does not tell its
            form; while it goes on: a journal cannot be kept of a test.
        JournalError: while it goes on: the journal is in use, or none.
        OSError: while it goes on: a file cannot be read or made.
        PinterestError: while it goes on: an error that all other events would meet.
    """
    if not ad_account_id:
        raise InvalidRequest("ad_account_id must be the id of an ad account")
    if tries < 1 or concurrency < 1:
        raise ConfigurationError("tries and concurrency must be 1 or more")
    if test and journal is not None:
        raise ConfigurationError("nothing of a test counts: leave out the journal")
    report = EventsReport(test=test)
    written = None if journal is None else EventJournal(journal, ad_account_id)
    sender = Sender(client, ad_account_id, report=report, journal=written, test=test, tries=tries)
    preparer = Preparer(default_country=default_country, skip_bad_fields=skip_bad_fields)
    return EventsSending(
        portions(events, TESTED if test else LARGEST, read=rows_of),
        preparer,
        sender,
        written,
        report,
        concurrency=1 if test else concurrency,
        progress=progress,
    )


class EventsSending:
    """Events that are sent while this is walked, for verdicts, or awaited, for the report.

    Leaving the walk early, close it: `async with contextlib.aclosing(verdicts): ...`
    """

    def __init__(
        self,
        events: AsyncGenerator[list[tuple[int, Any]], None],
        preparer: Preparer,
        sender: Sender,
        journal: EventJournal | None,
        report: EventsReport,
        *,
        concurrency: int,
        progress: Callable[[EventsReport], None] | None,
    ) -> None:
        self.report: EventsReport = report
        """What was done up to now."""
        self._events = events
        self._preparer = preparer
        self._sender = sender
        self._journal = journal
        self._concurrency = concurrency
        self._progress = progress
        self._lost = 0
        self._fatal: PinterestError | None = None
        self._began = time.monotonic()
        self._walk = self._verdicts()

    def __aiter__(self) -> AsyncIterator[EventVerdict]:
        return self._walk

    def __await__(self) -> Generator[Any, None, EventsReport]:
        """Send all events, and return what was done, with a verdict for each."""
        return self._all().__await__()

    async def aclose(self) -> None:
        """End the walk before its end: calls under way are cancelled, the journal is let go."""
        await self._walk.aclose()

    async def _all(self) -> EventsReport:
        async with aclosing(self._windows()) as windows:
            async for verdicts in windows:
                self.report.verdicts += verdicts
        return self.report

    async def _verdicts(self) -> AsyncGenerator[EventVerdict, None]:
        async with aclosing(self._windows()) as windows:
            async for verdicts in windows:
                for verdict in verdicts:
                    yield verdict

    async def _windows(self) -> AsyncGenerator[list[EventVerdict], None]:
        """Send window after window; give the verdicts of each in its turn.

        Raises:
            PinterestError: what ended it, when what was under way is done.
        """
        journal = self._journal
        try:
            if journal is not None:
                await journal.open()
            outcomes = gather(self._calls(), limit=self._concurrency, in_order=True)
            async with aclosing(outcomes):
                async for outcome in outcomes:
                    verdicts = outcome.value.verdicts
                    self.report.count(verdicts)
                    if self._progress is not None:
                        self._progress(self.report)
                    yield verdicts
        finally:
            if journal is not None:
                await journal.close()
            self._finish()
        if self._fatal is not None:
            raise self._fatal

    async def _calls(self) -> AsyncGenerator[Callable[[], Awaitable[Sent]], None]:
        """Read events, and give the sending of each window of them, until the run has stopped."""
        prepare = self._preparer.prepare
        async with aclosing(self._events) as windows:
            async for events in windows:
                yield partial(self._send, [prepare(line, event) for line, event in events])
                if self._stopped:
                    return

    @property
    def _stopped(self) -> bool:
        return self.report.stopped is not None or self._fatal is not None

    async def _send(self, window: Window) -> Sent:
        if self._stopped:
            return Sent([_not_sent(event) for event in window])
        sent = await self._sender.send(window)
        if sent.trouble is None:
            self._lost = 0
        else:
            self._judge(sent.trouble)
        return sent

    def _judge(self, error: PinterestError) -> None:
        """Decide what an error of one window means for the others."""
        if is_of_the_pace(error):
            self._stop(error)
        elif may_pass(error):
            self._lost += 1
            if self._lost >= _LOST_IN_A_ROW:
                self._stop(error)
        else:
            self._fatal = self._fatal or error

    def _stop(self, error: PinterestError) -> None:
        if self.report.stopped is None:
            self.report.stopped = f"{type(error).__name__}: {error}"
            retry_at: datetime | None = getattr(error, "retry_at", None)
            if isinstance(error, SpamBlocked):
                # What the response says of the rate limit says nothing of a spam block.
                retry_at = datetime.now(UTC) + SPAM_PAUSE
            self.report.retry_at = retry_at or datetime.now(UTC) + _SHORT_PAUSE

    def _finish(self) -> None:
        report = self.report
        report.seconds = time.monotonic() - self._began
        if report.retry_at is not None:
            report.retry_after = max(0.0, (report.retry_at - datetime.now(UTC)).total_seconds())


def _not_sent(event: Prepared | EventVerdict) -> EventVerdict:
    return event if isinstance(event, EventVerdict) else event.verdict("not_sent")
