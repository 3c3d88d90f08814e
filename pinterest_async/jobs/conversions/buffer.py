"""Conversion events as they happen: gathered while a program runs, and sent by the thousand."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Self

from pinterest_async.errors import ConfigurationError, InvalidRequest
from pinterest_async.jobs.conversions.journal import EventJournal
from pinterest_async.jobs.conversions.prepare import Preparer
from pinterest_async.jobs.conversions.report import EventsReport, EventVerdict
from pinterest_async.jobs.conversions.sending import LARGEST, TESTED, Sender

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from pinterest_async.client import Pinterest
    from pinterest_async.errors import PinterestError
    from pinterest_async.jobs.conversions.prepare import Prepared
    from pinterest_async.jobs.conversions.report import EventState
    from pinterest_async.jobs.conversions.sending import Window

logger: logging.Logger = logging.getLogger("pinterest_async")


class EventBuffer:
    """Takes conversion events one by one, and sends them together.

        async with EventBuffer(pinterest, ad_account_id, verdicts=note) as buffer:
            await buffer.add({"event_name": "checkout", ...})

    An event is what `send_events` takes, and is hashed and checked as it is added. The events are
    sent when there are `size` of them, when the first has waited for so many `seconds`, with
    `flush`, and at the end. Meanwhile further ones may be added; where Pinterest is slower than
    they come, `add` waits.

    What could not be sent, or may have been, is in the verdicts, and is not kept: added again with
    the same `event_id`, it is counted once, unless it is an offline one. With a journal this holds
    after a kill as well: what was sent before is `done_before`. The journal holds hashes alone, so
    that it does not bring back events that were added and not sent. For them let the source keep
    its position, moved on with each verdict, as these come in the order of the events, up to the
    first that is `failed` or `not_sent`; after a start add what stands behind it.

    Args:
        client: a client whose token has `ads:write`, or is a conversion token. Not in the sandbox.
        ad_account_id: the ad account.
        journal: a SQLite file; made where it is missing.
        test: whether Pinterest shows the events in its live view of tests, and counts nothing.
        size: how many events are sent together, 1 to 1,000; of a test at most 20.
        seconds: how long an event waits for others, above 0.
        default_country: the two-letter code of the country of telephone numbers that do not begin
            with `+` or `00`; needs the extra `phones`.
        skip_bad_fields: whether a member of `user_data` that is wrong is left out, with a warning,
            where the others suffice; else its event is refused.
        tries: how often an event is sent whose response is lost, or that fails for a reason that
            may pass, 1 or more; at the pace of the client's `RetryPolicy`.
        verdicts: called with the verdict of each event, in their order, in the event loop.

    Raises:
        InvalidRequest: `ad_account_id` is empty.
        ConfigurationError: an argument is out of its bounds, or a test is to have a journal.
    """

    def __init__(
        self,
        client: Pinterest,
        ad_account_id: str,
        *,
        journal: str | os.PathLike[str] | None = None,
        test: bool = False,
        size: int = LARGEST,
        seconds: float = 5.0,
        default_country: str | None = None,
        skip_bad_fields: bool = False,
        tries: int = 4,
        verdicts: Callable[[EventVerdict], None] | None = None,
    ) -> None:
        if not ad_account_id:
            raise InvalidRequest("ad_account_id must be the id of an ad account")
        if not 1 <= size <= LARGEST or seconds <= 0 or tries < 1:
            raise ConfigurationError("size must be 1 to 1,000, seconds above 0, tries 1 or more")
        if test and journal is not None:
            raise ConfigurationError("nothing of a test counts: leave out the journal")
        self.report: EventsReport = EventsReport(test=test)
        """The figures up to now; it has no verdicts."""
        self._journal = None if journal is None else EventJournal(journal, ad_account_id)
        self._sender = Sender(
            client,
            ad_account_id,
            report=self.report,
            journal=self._journal,
            test=test,
            tries=tries,
        )
        self._preparer = Preparer(default_country=default_country, skip_bad_fields=skip_bad_fields)
        self._size = min(size, TESTED) if test else size
        self._seconds = seconds
        self._tell = verdicts
        self._window: list[Prepared | EventVerdict] = []
        self._added = 0
        self._sending: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._trouble: PinterestError | None = None
        self._error: Exception | None = None
        self._open = False
        self._closed = False

    async def __aenter__(self) -> Self:
        if self._closed:
            raise ConfigurationError("the buffer is closed: make a new one")
        if self._journal is not None:
            await self._journal.open()
        self._open = True
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    async def add(self, event: Any) -> None:
        """Take an event: a mapping or a struct. A wrong one is refused by its verdict.

        Raises:
            ConfigurationError: the buffer is not open.
            JournalError: the journal could not be read or written when events were sent before.
            Exception: what `verdicts` raised then.
        """
        if not self._open:
            raise ConfigurationError("the buffer is not open: use it in `async with`")
        self._raise()
        self._added += 1
        prepared = self._preparer.prepare(self._added, event)
        while len(self._window) >= self._size:
            await self._turn()
        self._window.append(prepared)
        if len(self._window) >= self._size:
            self._start()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._seconds, self._start)

    async def flush(self) -> None:
        """Send what was added, and wait for what came of it.

        Raises:
            PinterestError: an error that other events would meet as well, such as a token that is
                not good; the verdicts say what became of which event.
        """
        while self._window or self._sending is not None:
            await self._turn()
        self._raise()
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble

    async def aclose(self) -> None:
        """Send what was added, and let the journal go; closing twice does nothing.

        Raises:
            PinterestError: as `flush`.
        """
        self._open = False
        if self._closed:
            return
        self._closed = True
        try:
            await self.flush()
        finally:
            await self._end()

    async def _turn(self) -> None:
        """Begin to send what waits, and wait until what is under way is done."""
        self._start()
        if self._sending is not None:
            await asyncio.wait([self._sending])

    def _start(self) -> None:
        """Send what waits, unless something is under way, which will come back to it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._window and self._sending is None:
            window, self._window = self._window, []
            self._sending = asyncio.create_task(self._send(window))

    async def _send(self, window: Window) -> None:
        try:
            sent = await self._sender.send(window)
            self._trouble = sent.trouble
            if sent.trouble is not None:
                logger.warning("some conversion events were not taken: %s", sent.trouble)
            self._count(sent.verdicts)
        except asyncio.CancelledError:
            self._count(_all(window, "unknown", "the program ended before the response came"))
            raise
        except Exception as error:  # noqa: BLE001  # whoever adds or closes gets it
            self._error = error
        finally:
            self._sending = None
            if self._open and (len(self._window) >= self._size or self._timer is None):
                self._start()

    def _count(self, verdicts: list[EventVerdict]) -> None:
        self.report.count(verdicts)
        if self._tell is not None:
            for verdict in verdicts:
                self._tell(verdict)

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    async def _end(self) -> None:
        """Let go of everything; only where it was interrupted there is something left to say."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            if self._sending is not None:
                self._sending.cancel()
                await asyncio.wait([self._sending])
            left, self._window = self._window, []
            self._count(_all(left, "not_sent", "the program ended before"))
        finally:
            if self._journal is not None:
                await self._journal.close()


def _all(window: Window, state: EventState, reason: str) -> list[EventVerdict]:
    return [one if isinstance(one, EventVerdict) else one.verdict(state, reason) for one in window]
