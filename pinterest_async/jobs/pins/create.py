"""Many new Pins from rows: all checked first, each made once, and a journal to go on from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, get_args

from pinterest_async.config import SendPictures
from pinterest_async.errors import (
    APIError,
    BadRequest,
    ConfigurationError,
    ConnectionFailed,
    DeadlineExceeded,
    DecodeError,
    InvalidRequest,
    PinterestError,
    RateLimited,
    RateLimitTooLong,
    ServerError,
    SpamBlocked,
)
from pinterest_async.jobs._boards import BoardNotFound
from pinterest_async.jobs._errors import is_contended, is_fatal
from pinterest_async.jobs.pins.destinations import Destinations
from pinterest_async.jobs.pins.fetched import fetch_to_send, was_not_reached
from pinterest_async.jobs.pins.journal import PinJournal
from pinterest_async.jobs.pins.maker import PinMaker
from pinterest_async.jobs.pins.pictures import BadPicture, by_address, media_source
from pinterest_async.jobs.pins.reconcile import Patience, in_doubt
from pinterest_async.jobs.pins.report import PinResult, PinsProgress, PinsReport, PinState
from pinterest_async.jobs.pins.rows import PinRow, bad_rows, read_rows, refuse_bad_rows
from pinterest_async.jobs.video.pin import cover_of, upload_once
from pinterest_async.jobs.video.upload import UploadFailed, VideoFailed, VideoNotReady
from pinterest_async.models import VideoId

if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable, Callable

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.pins.rows import BadRow, Rows
    from pinterest_async.models import PinMediaSource

SPAM_PAUSE: Final = timedelta(hours=24)
"""How long to leave it after a spam block. Pinterest does not say when one ends; this is ours."""

_SHORT_PAUSE: Final = timedelta(minutes=1)
# So many rows in a row with faults of the server: it is not the rows.
_FAULTS_IN_A_ROW: Final = 3
# So many in a row refused as spam or as too many: it is the account, not what they say.
_BLOCKED_IN_A_ROW: Final = 3
_OF_ONE_ROW = (
    APIError, BadPicture, BoardNotFound, InvalidRequest, UploadFailed, VideoFailed, VideoNotReady,
)  # fmt: skip


async def create_pins(
    client: Pinterest,
    rows: Rows,
    *,
    journal: str | os.PathLike[str] | None = None,
    create_missing: bool = False,
    skip_bad: bool = False,
    ignore_unsupported: bool = False,
    send_pictures: SendPictures = "never",
    concurrency: int = 4,
    tries: int = 4,
    settle: float = 2.0,
    progress: Callable[[PinsProgress], None] | None = None,
) -> PinsReport:
    """Make a Pin of every row, once, and go on where an earlier run has ended.

    A row is a mapping, a line of CSV under a line of names, or a line of JSON:

    - `board`: an id, a name, a `user/board` path or an address; `section` likewise, by id or name;
    - `image`: a path (seen from the file's folder), bytes, or an http or https address; or `images`
      with 2 to 5 of these (in CSV with `|` between them); or `media_source`, as `pins.create` takes
      it; or `video`, a path, with a `cover` where wanted: a picture, or the seconds into the video
      of the frame to show, 1 by default;
    - `title` (100 characters), `description` (800), `alt_text` (500), `link` (2048),
      `dominant_color`, where wanted;
    - `key`, where wanted: what the journal knows the row by. Without one it is known by all that it
      says, and a row that is changed is a new one.

    Pinterest's own file for bulk uploads is read as it is: `Media URL` is an image or a video by
    its ending, `Pinterest board` may be `board/section`, `Thumbnail` is the cover. Semicolons or
    tabs may stand between the columns.

    Every row is checked before anything is created, its picture, board and section included. A Pin
    is public as soon as it is made: Pinterest's API knows no later time for it.

    The pace is that of the client's limits. Each request is written to the journal before it is
    sent, and its outcome after. Where the response is lost, or a run was killed, the board's newest
    Pins (1,000) are looked at before anything is sent again: a Pin counts as the one in doubt when
    it has its texts and link, was not there before, and is no other row's. This cannot tell it from
    an equal one that somebody else adds in the same moment.

    A row that Pinterest refuses is in the report, and the others go on: also one that it takes for
    spam, as its link may be what is blocked. Three such in a row, a rate limit that is far away,
    and a network or server that keeps failing stop the run: the report says why, and when to go on.
    The next run tries again what was refused or stopped this one, after the rows that were not.

    Args:
        client: a client of the account; needs `boards:read`, `boards:write`, `pins:read` and
            `pins:write`. Large pictures may want a longer `timeout`.
            Videos do not work in the sandbox. `client.acting_as` makes the Pins for another.
        rows: the path of a `.csv`, `.jsonl` or `.ndjson` file, or mappings.
        journal: a SQLite file; made where it is missing. One for each account. Without it, a
            further run makes everything again.
        create_missing: whether boards and sections that do not exist are made; boards are public.
        skip_bad: whether to go on without the rows that are wrong.
        ignore_unsupported: whether to pass over the columns of Pinterest's own file that its API
            has nothing for: `Publish date` and `Keywords`. Else a row that fills them is wrong.
        send_pictures: with `fallback` a picture that Pinterest could not fetch from its address is
            fetched here, without token or cookie, and sent along. Not for rows of strangers, who
            could name addresses that this machine alone can reach.
        concurrency: how many Pins are made at the same time, 1 or more; with 1 in their order.
        tries: how often one Pin is sent at most, 1 or more, where it surely is not there yet.
        settle: seconds from a lost response to the look at the board, and to a second look.
        progress: called after every row, in the event loop.

    Raises:
        ConfigurationError: an argument is out of its bounds, or the file's name tells no form.
        BadRows: rows are wrong, and `skip_bad` is false. Nothing was created.
        JournalError: the journal is in use, is none, or cannot be written.
        OutcomeUnknown: an earlier run has left a row in doubt, and its board cannot be looked at.
        PinterestError: the boards cannot be listed, or the token may not do this at all. What was
            done by then is in the journal.
        OSError: the file of rows cannot be read.
    """
    if concurrency < 1 or tries < 1 or settle < 0:
        raise ConfigurationError("concurrency and tries must be 1 or more, settle 0 or more")
    if send_pictures not in get_args(SendPictures):
        raise ConfigurationError(f"send_pictures must be never or fallback, not {send_pictures!r}")
    if isinstance(rows, Iterable) and not isinstance(rows, str):
        rows = list(rows)  # here, not in the thread: it may be a generator of the caller's
    read = await asyncio.to_thread(read_rows, rows, ignore_unsupported=ignore_unsupported)
    patience = Patience(tries=tries, settle=settle)
    places = Destinations(client, create_missing=create_missing, patience=patience)
    await places.find(read)
    bad = bad_rows(read)
    if not skip_bad:
        refuse_bad_rows(bad, len(read))
    written = PinJournal(journal)
    try:
        await written.open()
        maker = PinMaker(client, written, patience)
        await maker.begin()
        good = [row for row in read if not row.problems]
        run = _Run(client, places, maker, written, good, progress, send_pictures)
        await run.work(concurrency)
    finally:
        await written.close()
    return run.report(bad)


class _Run:
    """One run over the rows that are good."""

    def __init__(
        self,
        client: Pinterest,
        places: Destinations,
        maker: PinMaker,
        journal: PinJournal,
        rows: list[PinRow],
        progress: Callable[[PinsProgress], None] | None,
        send_pictures: SendPictures,
    ) -> None:
        self._client = client
        self._send_pictures = send_pictures
        self._places = places
        self._maker = maker
        self._journal = journal
        self._rows = rows
        self._progress = progress
        self._results = [PinResult(line=row.line, key=row.key) for row in rows]
        self._stopped: str | None = None
        self._retry_at: datetime | None = None
        self._fatal: PinterestError | None = None
        self._faults = 0
        self._blocked = 0
        self._done = 0
        self._failed = 0

    async def work(self, concurrency: int) -> None:
        """Make the Pins; return when all are made or the run has stopped.

        Raises:
            PinterestError: an error that every other row would meet, when those under way are done.
        """
        pairs = zip(self._rows, self._results, strict=True)
        waiting = iter(sorted(pairs, key=lambda pair: self._failed_before(pair[0])))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(concurrency, len(self._rows))):
                    group.create_task(self._work_off(waiting))
        except ExceptionGroup as errors:
            # What the caller's `progress` raised comes out as itself.
            raise errors.exceptions[0] from None
        if self._fatal is not None:
            raise self._fatal

    def report(self, bad: tuple[BadRow, ...]) -> PinsReport:
        """Say what was done."""
        counted: dict[str, int] = dict.fromkeys(get_args(PinState), 0)
        for result in self._results:
            counted[result.state] += 1
        counted["created"] += counted["found"]
        done = counted["created"] + counted["done_before"]
        return PinsReport(
            complete=done == len(self._rows) and not bad,
            total=len(self._rows) + len(bad),
            **counted,
            made_places=self._places.made,
            stopped=self._stopped,
            retry_at=self._retry_at,
            retry_after=None
            if self._retry_at is None
            else max(0.0, (self._retry_at - datetime.now(UTC)).total_seconds()),
            bad=list(bad),
            results=self._results,
        )

    async def _work_off(self, waiting: Iterator[tuple[PinRow, PinResult]]) -> None:
        for row, result in waiting:
            if self._stopped is not None or self._fatal is not None:
                return
            before = self._maker.before(row.key)
            if before is not None and before.state == "created":
                result.state = "found" if row.key in self._maker.settled else "done_before"
                result.pin_id, result.board_id = before.pin_id, before.board_id
            else:
                await self._make(row, result)
            self._done += result.pin_id is not None
            self._failed += result.state in ("refused", "unknown")
            self._tell()

    def _failed_before(self, row: PinRow) -> bool:
        """Whether an earlier run could not make a row: it may not hold up the others again."""
        before = self._maker.before(row.key)
        return before is not None and before.state != "created" and before.error is not None

    async def _make(self, row: PinRow, result: PinResult) -> None:
        sending = False
        try:
            board_id, section_id = await self._places.ready(row)
            result.board_id = board_id
            media = await self._media(row)
            sending = True
            try:
                made = await self._maker.make(row, board_id, section_id, media)
            except BadRequest as error:
                if self._send_pictures == "never" or not by_address(row.pictures):
                    raise
                if not was_not_reached(error):
                    raise
                sent_along = partial(media_source, await fetch_to_send(self._client, row.pictures))
                made = await self._maker.make(row, board_id, section_id, sent_along)
                result.sent_along = True
        except PinterestError as error:
            self._judge(error, result, sending=sending)
        else:
            result.state = "found" if made.found else "created"
            result.pin_id = made.pin_id
            self._faults = self._blocked = 0

    async def _media(self, row: PinRow) -> Callable[[], Awaitable[PinMediaSource]]:
        """Return what gives the medium of a row for each request; a video is uploaded for it."""
        media_id = ""
        if row.video is not None:
            try:
                media_id = await upload_once(self._client, row.video, row.key, self._journal)
            except OSError as error:
                if isinstance(error, PinterestError):  # timeouts are both
                    raise
                raise BadPicture(f"{row.video} cannot be read: {error}") from error

        async def media() -> PinMediaSource:
            if row.video is not None:
                face = await asyncio.to_thread(cover_of, row.cover)
                return VideoId(media_id=media_id, **face)
            return row.source if row.source is not None else await media_source(row.pictures)

        return media

    def _judge(self, error: PinterestError, result: PinResult, *, sending: bool) -> None:
        """Decide what an error means for its row, and for the others."""
        result.error = str(error)
        if in_doubt(error):
            # A board or section in doubt is looked for by name; its row was never sent.
            result.state = "unknown" if sending else "not_tried"
            self._faults += 1
            if self._faults >= _FAULTS_IN_A_ROW or isinstance(error, ConnectionFailed):
                self._stop(error, datetime.now(UTC) + _SHORT_PAUSE)
        elif isinstance(error, SpamBlocked) or is_contended(error):
            result.state = "refused"
            self._blocked += 1
            if self._blocked >= _BLOCKED_IN_A_ROW:
                # What the response says of the rate limit says nothing of a spam block.
                pause = SPAM_PAUSE if isinstance(error, SpamBlocked) else _SHORT_PAUSE
                self._stop(error, datetime.now(UTC) + pause)
        elif isinstance(error, RateLimitTooLong):
            self._stop(error, error.retry_at)
        elif isinstance(error, RateLimited):
            self._stop(error, error.retry_at or datetime.now(UTC) + _SHORT_PAUSE)
        elif isinstance(error, ConnectionFailed | DeadlineExceeded | ServerError | DecodeError):
            self._stop(error, datetime.now(UTC) + _SHORT_PAUSE)
        elif isinstance(error, _OF_ONE_ROW) and not is_fatal(error):
            result.state = "refused"
            self._faults = 0
        else:
            self._fatal = self._fatal or error

    def _stop(self, error: PinterestError, retry_at: datetime) -> None:
        if self._stopped is None:
            self._stopped = f"{type(error).__name__}: {error}"
            self._retry_at = retry_at

    def _tell(self) -> None:
        if self._progress is None:
            return
        self._progress(PinsProgress(total=len(self._results), done=self._done, failed=self._failed))
