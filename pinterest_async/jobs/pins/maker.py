"""One new Pin from end to end: written down, sent, and looked for where the response is lost."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from pinterest_async.errors import APIError, PinterestError, RateLimited, SpamBlocked
from pinterest_async.jobs.pins.journal import Entry
from pinterest_async.jobs.pins.reconcile import (
    Fingerprint,
    Patience,
    fingerprint_of,
    in_doubt,
    look_for,
    look_twice,
    newest_pins,
    write_once,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.pins.journal import PinJournal
    from pinterest_async.jobs.pins.rows import PinRow
    from pinterest_async.models import PinMediaSource


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A Pin that a row has become."""

    pin_id: str
    board_id: str
    found: bool
    """Whether it was found on the board, where the response was lost."""


class PinMaker:
    """Makes Pins, each of them once, whatever happens to the responses.

    Pins that could be taken for one another are made one after the other; all else may be made at
    the same time.

    Args:
        client: a client of the account.
        journal: an open journal.
        patience: how often to send, and how long to wait before looking.
    """

    def __init__(self, client: Pinterest, journal: PinJournal, patience: Patience) -> None:
        self._client = client
        self._journal = journal
        self._patience = patience
        self._entries: dict[str, Entry] = {}
        self._taken: set[str] = set()
        self._known: dict[str, dict[str, set[str]]] = {}
        self._turns: defaultdict[tuple[str, ...], asyncio.Lock] = defaultdict(asyncio.Lock)
        self.settled: set[str] = set()
        """The keys of rows whose Pin `begin` has found."""

    async def begin(self) -> None:
        """Read the journal, and look for every Pin that an earlier run has left in doubt.

        Raises:
            OutcomeUnknown: one cannot be looked for.
        """
        self._entries = await self._journal.entries()
        self._taken.update(
            entry.pin_id for entry in self._entries.values() if entry.pin_id is not None
        )
        for entry in list(self._entries.values()):
            if entry.state == "sending":
                await self._settle(entry)

    def before(self, key: str) -> Entry | None:
        """Return what the journal knew of a row when the run began."""
        return self._entries.get(key)

    async def make(
        self,
        row: PinRow,
        board_id: str,
        section_id: str | None,
        media: Callable[[], Awaitable[PinMediaSource]],
    ) -> Made:
        """Make the Pin of a row that is not in doubt.

        Args:
            row: the row.
            board_id: its board.
            section_id: its section.
            media: gives what the Pin shows; called before each request.

        Raises:
            BadPicture: the picture cannot be read any more. Nothing was sent.
            JournalError: it cannot be written down. If that was before the request, nothing was
                sent.
            OutcomeUnknown: the response was lost, and so were those about the board.
            PinterestError: what the last request failed with.
        """
        fingerprint = Fingerprint.of(
            title=row.title,
            description=row.description,
            link=row.link,
            alt_text=row.alt_text,
            section_id=section_id,
        )
        async with self._turns[board_id, fingerprint.group]:
            equal = (await self._known_on(board_id)).setdefault(fingerprint.group, set())

            async def send(sent: int) -> str:
                source = await media()
                await self._journal.sending(
                    Entry(
                        key=row.key,
                        line=row.line,
                        state="sending",
                        board_id=board_id,
                        fingerprint=fingerprint,
                        equals_before=frozenset(equal),
                        sends=sent,
                        sent_at=datetime.now(UTC),
                    )
                )
                pin = await self._client.pins.create(
                    board_id=board_id,
                    board_section_id=section_id or UNSET,
                    title=row.title or UNSET,
                    description=row.description or UNSET,
                    link=row.link or UNSET,
                    alt_text=row.alt_text or UNSET,
                    dominant_color=row.dominant_color or UNSET,
                    media_source=source,
                )
                return pin.id

            async def look() -> str | None:
                return await look_for(self._client, board_id, fingerprint, equal | self._taken)

            try:
                pin_id, found = await write_once(send, look, self._patience)
            except PinterestError as error:
                await self._note(row.key, error)
                raise
            equal.add(pin_id)
            self._taken.add(pin_id)
            await self._journal.created(row.key, pin_id, found=found)
        return Made(pin_id=pin_id, board_id=board_id, found=found)

    async def _note(self, key: str, error: PinterestError) -> None:
        if in_doubt(error):
            await self._journal.doubted(key, str(error))
        else:
            refused = isinstance(error, APIError) and not isinstance(
                error, RateLimited | SpamBlocked
            )
            await self._journal.failed(key, "refused" if refused else "free", str(error))

    async def _settle(self, entry: Entry) -> None:
        """Find out what became of a request whose response nobody has seen."""

        async def look() -> str | None:
            return await look_for(
                self._client,
                entry.board_id,
                entry.fingerprint,
                entry.equals_before | self._taken,
            )

        pin_id = await look_twice(look, self._patience)
        if pin_id is None:
            await self._journal.failed(entry.key, "free", entry.error)
            settled = msgspec.structs.replace(entry, state="free")
        else:
            self._taken.add(pin_id)
            self.settled.add(entry.key)
            await self._journal.created(entry.key, pin_id, found=True)
            settled = msgspec.structs.replace(entry, state="created", pin_id=pin_id, found=True)
        self._entries[entry.key] = settled

    async def _known_on(self, board_id: str) -> dict[str, set[str]]:
        """Return the Pins that a board had before this run sent any to it, by their group."""
        async with self._turns[board_id,]:
            if board_id not in self._known:
                known: dict[str, set[str]] = {}
                async for pin in newest_pins(self._client, board_id):
                    known.setdefault(fingerprint_of(pin).group, set()).add(pin.id)
                self._known[board_id] = known
        return self._known[board_id]
