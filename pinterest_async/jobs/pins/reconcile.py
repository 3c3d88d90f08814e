"""Writes that may not happen twice: after a lost response, look before sending again.

Pinterest takes no key that would tell a repeated `POST /pins` from a new one. So a Pin is known by
what it looks like: the texts and the link that were sent. Pins that looked the same before are
remembered by id, and so is every Pin that another row has become: what is left is the one that was
in doubt.
"""

from __future__ import annotations

import asyncio
import html
import unicodedata
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import msgspec

from pinterest_async.errors import (
    BadRequest,
    Conflict,
    PinterestError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Collection

    from pinterest_async.client import Pinterest
    from pinterest_async.models import Pin

T = TypeVar("T")

LOOK_BACK: Final = 1000
"""How many of a board's newest Pins are looked at."""


class OutcomeUnknown(PinterestError):
    """A write may have happened, and looking for it has failed as well."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.may_have_applied = True


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How often to send a write whose response was lost, and how long to wait before looking.

    Reads, and writes that surely did not arrive, are the client's to send again.
    """

    tries: int
    """Calls for one write in all, each after a look that did not find it."""
    settle: float
    """Seconds from a lost response to the look, and from the first look to the second."""


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True):
    """What a Pin looks like, in the form in which two of them are compared."""

    title: str = ""
    description: str = ""
    link: str = ""
    alt_text: str = ""
    section_id: str | None = None

    @classmethod
    def of(
        cls,
        *,
        title: str | None,
        description: str | None,
        link: str | None,
        alt_text: str | None,
        section_id: str | None,
    ) -> Fingerprint:
        """Return the fingerprint of these texts, but for differences that do not count."""
        return cls(
            title=_plain(title),
            description=_plain(description),
            link=_plain_link(link),
            alt_text=_plain(alt_text),
            section_id=section_id or None,
        )

    @property
    def group(self) -> str:
        """What all Pins share that could be taken for one another."""
        return f"{self.link}\n{self.description}"

    def fits(self, other: Fingerprint) -> bool:
        """Whether a Pin that is listed as `other` may be the one that was sent as this.

        Pinterest may fill in a title or an alternative text that was not sent, and a listing may
        leave out the section.
        """
        return (
            self.group == other.group
            and self.title in ("", other.title)
            and self.alt_text in ("", other.alt_text)
            and other.section_id in (None, self.section_id)
        )


def fingerprint_of(pin: Pin) -> Fingerprint:
    """Return what a listed Pin looks like."""
    return Fingerprint.of(
        title=pin.title,
        description=pin.description,
        link=pin.link,
        alt_text=pin.alt_text,
        section_id=pin.board_section_id,
    )


async def newest_pins(client: Pinterest, board_id: str) -> AsyncGenerator[Pin, None]:
    """Walk the newest Pins of a board, `LOOK_BACK` of them at most."""
    seen = 0
    async with aclosing(client.boards.list_pins(board_id).pages()) as pages:
        async for page in pages:
            for pin in page.items:
                yield pin
            seen += len(page.items)
            if seen >= LOOK_BACK:
                return


async def look_for(
    client: Pinterest, board_id: str, fingerprint: Fingerprint, others: Collection[str]
) -> str | None:
    """Return the id of a Pin of the board that has this fingerprint and is none of `others`."""
    async with aclosing(newest_pins(client, board_id)) as pins:
        async for pin in pins:
            if pin.id not in others and fingerprint.fits(fingerprint_of(pin)):
                return pin.id
    return None


def in_doubt(error: PinterestError) -> bool:
    """Whether the write may have happened although it failed."""
    # Code 12 is a fault on Pinterest's side, and does not say how far it got.
    return error.may_have_applied or (isinstance(error, BadRequest) and error.code == 12)


async def write_once(
    send: Callable[[int], Awaitable[T]],
    look: Callable[[], Awaitable[T | None]],
    patience: Patience,
) -> tuple[T, bool]:
    """Send a write until it has happened, and never twice.

    Args:
        send: sends the request; is told how often that has happened, this time included.
        look: finds what the request makes, or None where it is not there.
        patience: how often to send, and how long to wait.

    Returns:
        What was made, and whether it was found, with no response that said so.

    Raises:
        OutcomeUnknown: the response was lost, and looking failed as well.
        PinterestError: what the last request failed with; `in_doubt` says whether it may have
            happened all the same.
    """
    sent = 0
    while True:
        sent += 1
        try:
            return await send(sent), False
        except PinterestError as error:
            if in_doubt(error):
                found = await look_twice(look, patience)
                if found is not None:
                    return found, True
            elif not isinstance(error, Conflict):
                # What surely did not arrive, the client has sent again already.
                raise
            if sent >= patience.tries:
                raise


async def look_twice(look: Callable[[], Awaitable[T | None]], patience: Patience) -> T | None:
    """Look, and once more a little later: listings lag behind.

    Raises:
        OutcomeUnknown: looking failed, although the client tried as often as it may.
    """
    for _ in range(2):
        await asyncio.sleep(patience.settle)
        try:
            found = await look()
        except PinterestError as error:
            raise OutcomeUnknown(
                f"a write may have happened, and looking for it failed: {error}"
            ) from error
        if found is not None:
            return found
    return None


def _plain(text: str | None) -> str:
    return " ".join(unicodedata.normalize("NFC", html.unescape(text or "")).split())


def _plain_link(link: str | None) -> str:
    text = html.unescape(link or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    path = parts.path.rstrip("/")
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), path, parts.query, ""))
