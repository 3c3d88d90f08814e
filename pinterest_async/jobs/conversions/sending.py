"""Up to 1,000 conversion events at once: sent, judged one by one, and again where that helps."""

from __future__ import annotations

import asyncio
import random
import re
import time
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import msgspec

from pinterest_async._call.endpoint import Endpoint
from pinterest_async.config import RequestOptions
from pinterest_async.errors import (
    BadRequest,
    Conflict,
    ConnectionFailed,
    DeadlineExceeded,
    DecodeError,
    InvalidRequest,
    PinterestError,
    RateLimited,
    RateLimitTooLong,
    ServerError,
    SpamBlocked,
    UnprocessableRequest,
)
from pinterest_async.jobs.conversions.report import EventState, EventVerdict
from pinterest_async.models import ConversionApiResponse, ConversionEventResult
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.conversions.journal import Before, EventJournal
    from pinterest_async.jobs.conversions.prepare import Prepared
    from pinterest_async.jobs.conversions.report import EventsReport

Window: TypeAlias = "Sequence[Prepared | EventVerdict]"
"""Events in a row; a verdict in the place of one that was refused at the door."""

LARGEST: Final = 1000
"""Events of one call. Pinterest's description of `events/create`."""
TESTED: Final = 20
"""Events of a test that Pinterest looks at; it passes over the others of the call."""
_TEST_GAP: Final = 0.1
"""Seconds from one call of a test to the next: 10 a second are allowed for an app."""

# Not the resource's own, whose body is made of structs: here it is JSON already.
_CREATE = Endpoint[ConversionApiResponse](OPERATIONS["events/create"], ConversionApiResponse)
_PASSING: Final = re.compile(
    r"try again|internal|temporar|timed?.?out|unavailable|overload|rate limit|too many",
    re.IGNORECASE,
)
"""Words of a failure that may pass. Pinterest publishes none."""

_PASSES = (BadRequest, ConnectionFailed, DeadlineExceeded, DecodeError, ServerError)
_OF_THE_EVENTS = (BadRequest, Conflict, InvalidRequest)
_OF_THE_PACE = (RateLimited, RateLimitTooLong, SpamBlocked)

_AGAINST: Final[dict[Before, tuple[EventState, str | None]]] = {
    "done": ("done_before", None),
    "now": ("duplicate", None),
    "doubt": (
        "unknown",
        "an earlier run sent it and did not hear what came of it; Pinterest would count it twice",
    ),
}


class Sent(msgspec.Struct, frozen=True):
    """What became of a window."""

    verdicts: list[EventVerdict]
    """One for each event, in their order."""
    trouble: PinterestError | None = None
    """What some of them were not sent, or are in doubt, for; another window may meet it too."""


class Sender:
    """Sends windows of events of one ad account.

    Args:
        client: the client.
        ad_account_id: whose events they are.
        report: where calls are counted.
        journal: what is written down; None for nothing.
        test: whether nothing is to count.
        tries: how often an event is sent whose response is lost, or that fails in passing.
    """

    def __init__(
        self,
        client: Pinterest,
        ad_account_id: str,
        *,
        report: EventsReport,
        journal: EventJournal | None,
        test: bool,
        tries: int,
    ) -> None:
        transport = client._transport  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self._call = transport.call
        self._pauses = transport.settings(RequestOptions()).retry
        self._ad_account_id = ad_account_id
        self._report = report
        self._journal = journal
        self._query = {"test": True if test else None}
        self._test = test
        self._tries = tries
        self._test_turn = asyncio.Lock()

    async def send(self, window: Window) -> Sent:
        """Send the events of a window that may be sent."""
        verdicts: dict[int, EventVerdict] = {}
        lanes: dict[bool, dict[tuple[str, str], int]] = {False: {}, True: {}}
        for place, event in enumerate(window):
            if isinstance(event, EventVerdict):
                verdicts[place] = event
            elif lanes[event.offline].setdefault((event.name, event.event_id), place) != place:
                verdicts[place] = event.verdict("duplicate")
        trouble: PinterestError | None = None
        for offline, lane in lanes.items():
            places = [*lane.values()]
            events = cast("list[Prepared]", [window[place] for place in places])
            if not events:
                continue
            if trouble is not None:
                found = [event.verdict("not_sent", str(trouble)) for event in events]
            else:
                found, trouble = await self._send(events, offline=offline)
            verdicts.update(zip(places, found, strict=True))
        return Sent([verdicts[place] for place in range(len(window))], trouble)

    async def _send(
        self, events: list[Prepared], *, offline: bool
    ) -> tuple[list[EventVerdict], PinterestError | None]:
        """Send events that are all offline, or all not, by the journal."""
        lane = _Lane(events, offline=offline)
        journal = self._journal
        if journal is None:
            await self._deliver(lane)
            return lane.verdicts, lane.trouble
        hashes = [journal.hash(event.name, event.event_id) for event in events]
        request, against = await journal.begin(hashes, offline=offline, now=time.time())
        lane.leave_out(against)
        await self._deliver(lane)
        entered = [
            (one, verdict.state)
            for one, before, verdict in zip(hashes, against, lane.verdicts, strict=True)
            if before is None
        ]
        await journal.end(
            request,
            free=[one for one, state in entered if state in ("refused", "failed", "not_sent")],
            doubt=[one for one, state in entered if state == "unknown"],
        )
        return lane.verdicts, lane.trouble

    async def _deliver(self, lane: _Lane) -> None:
        """Send what is open of a lane, as long as that may help.

        The client does not send again what may have been taken. That these events may go again is
        known here: Pinterest counts the same name and id once, unless they were offline.
        """
        for attempt in range(self._tries):
            if attempt and lane.open:
                self._report.sent_again += len(lane.open)
                pause = min(self._pauses.cap, self._pauses.base * 2.0 ** (attempt - 1))
                asked = min(self._pauses.cap, getattr(lane.trouble, "retry_after", None) or 0.0)
                await asyncio.sleep(asked + pause * random.random())  # noqa: S311  # a pause
            if lane.open:
                await self._ask(lane)

    async def _ask(self, lane: _Lane) -> None:
        """Send what is open of a lane, and note what is said of it."""
        lane.trouble = None
        try:
            response = await self._post(lane)
        except UnprocessableRequest as error:
            told = _told(error, len(lane.open))
            if told is None:
                # Some of them were taken, and it does not say which.
                lane.note("unknown", error, again=False)
            else:
                lane.judge(told)
        except PinterestError as error:
            _judge(error, lane)
        else:
            lane.judge(_complete(response, len(lane.open)))

    async def _post(self, lane: _Lane) -> ConversionApiResponse:
        self._report.calls += 1
        events = lane.events
        call = self._call(
            _CREATE,
            path=(self._ad_account_id,),
            query=self._query,
            body={"data": [events[place].body for place in lane.open]},
        )
        if not self._test:
            return await call
        async with self._test_turn:
            response = await call
            await asyncio.sleep(_TEST_GAP)
            return response


class _Lane:
    """Events that go in one call, and what is known of them.

    Args:
        events: the events.
        offline: whether they happened offline, so that Pinterest would count them twice.
    """

    def __init__(self, events: list[Prepared], *, offline: bool) -> None:
        self.events = events
        self.offline = offline
        self.open: list[int] = [*range(len(events))]
        """Places of those that are still to be sent."""
        self.trouble: PinterestError | None = None
        """What the last call failed with, where another lane may meet it too."""
        self._in_doubt = False
        self._found: list[EventVerdict | None] = [None] * len(events)

    @property
    def verdicts(self) -> list[EventVerdict]:
        """What became of each; of those that are open, what the last response said."""
        return [one for one in self._found if one is not None]

    def leave_out(self, against: Sequence[Before | None]) -> None:
        """Settle those that the journal says something against."""
        for place, before in enumerate(against):
            if before is not None:
                self._found[place] = self.events[place].verdict(*_AGAINST[before])
        self.open = [place for place in self.open if against[place] is None]

    def note(self, state: EventState, error: PinterestError, *, again: bool) -> None:
        """Note an error of the whole call for all that are open.

        Args:
            state: what they end with, if nothing better comes of them.
            error: why.
            again: whether they stay open.
        """
        self._in_doubt = self._in_doubt or state == "unknown"
        if self._in_doubt:
            # It was not taken this time, but may have been before.
            state = "unknown"
        reason = f"{type(error).__name__}: {error}"
        for place in self.open:
            reason = self.events[place].without_values(reason)
        for place in self.open:
            self._found[place] = self.events[place].verdict(state, reason)
        if not again:
            self.open = []

    def judge(self, told: list[ConversionEventResult]) -> None:
        """Take the verdicts of a response, one for each that is open."""
        found = self._found
        again: list[int] = []
        for place, one in zip(self.open, told, strict=True):
            state, reason = _state(one)
            found[place] = self.events[place].verdict(state, reason, one.warning_message)
            if state == "failed":
                again.append(place)
        self.open = again


def _judge(error: PinterestError, lane: _Lane) -> None:
    """Decide what an error of a call means for its events."""
    if error.may_have_applied or isinstance(error, DecodeError):
        lane.trouble = error
        lane.note("unknown", error, again=not lane.offline)
    elif isinstance(error, BadRequest) and _may_pass(error):
        lane.trouble = error
        lane.note("failed", error, again=True)
    elif isinstance(error, _OF_THE_EVENTS):
        lane.note("refused", error, again=False)
    else:
        lane.trouble = error
        lane.note("not_sent", error, again=False)


def _state(told: ConversionEventResult) -> tuple[EventState, str | None]:
    if told.status == "processed":
        return "processed", None
    if told.status is None:
        return "unknown", told.error_message
    reason = told.error_message or f"Pinterest says {told.status}, and not why"
    return ("failed" if _PASSING.search(reason) else "refused"), reason


def _complete(response: ConversionApiResponse, wanted: int) -> list[ConversionEventResult]:
    """Return a verdict for each event of a call, whatever the response has."""
    told = response.events or []
    if len(told) == wanted:
        return told
    if response.num_events_processed == wanted:
        return [ConversionEventResult(status="processed")] * wanted
    lacking = ConversionEventResult(
        error_message=f"the response has {len(told)} verdicts for {wanted} events"
    )
    return [lacking] * wanted


def _told(refusal: UnprocessableRequest, wanted: int) -> list[ConversionEventResult] | None:
    """Return the verdicts that stand in the details of a refusal; None where there are none."""
    details = refusal.details_as(ConversionApiResponse)
    told = None if details is None else details.events
    return told if told and len(told) == wanted else None


def _may_pass(error: BadRequest) -> bool:
    """Whether it is what Pinterest calls "something went wrong", or it names a wait."""
    return error.code == 12 or error.retry_after is not None


def is_of_the_pace(error: PinterestError) -> bool:
    """Whether an error is about how much was sent, not what."""
    return isinstance(error, _OF_THE_PACE)


def may_pass(error: PinterestError) -> bool:
    """Whether an error is one of the network or the server, so that another window may go well."""
    return isinstance(error, _PASSES)
