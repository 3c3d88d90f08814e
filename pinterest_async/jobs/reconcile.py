"""Writes that may not happen twice: after a lost answer, look before sending again.

Pinterest takes no key that would tell a repeated `POST /pins` from a new one. So a Pin is known by
what it looks like: the texts and the link that were sent. Pins that looked the same before are
remembered by id, and so is every Pin that another row has become: what is left is the one that was
in doubt.
"""

from __future__ import annotations

import asyncio
import html
import random
import unicodedata
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import msgspec

from pinterest_async.errors import (
    BadRequest,
    Conflict,
    ConnectionFailed,
    DecodeError,
    PinterestError,
    RateLimited,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Collection

    from pinterest_async.client import Pinterest
    from pinterest_async.models import Pin

T = TypeVar("T")

LOOK_BACK: Final = 1000
"""How many of a board's newest Pins are looked at."""

_LONGEST_PAUSE: Final = 30.0
_PASSING = (ConnectionFailed, DecodeError, RateLimited, ServerError)


class OutcomeUnknown(PinterestError):
    """A write may have happened, and looking for it has failed as well."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.may_have_applied = True


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and after which pauses, to try again."""

    tries: int
    """Requests for one write in all."""
    settle: float
    """Seconds from a lost answer to the look, and from the first look to the second."""


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
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
    ) -> Likeness:
        """Return the likeness of these texts, with the differences evened out that do not count."""
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

    def fits(self, other: Likeness) -> bool:
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


def likeness_of(pin: Pin) -> Likeness:
    """Return what a listed Pin looks like."""
    return Likeness.of(
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
    client: Pinterest, board_id: str, likeness: Likeness, others: Collection[str]
) -> str | None:
    """Return the id of a Pin of the board that has this likeness and is none of `others`."""
    async with aclosing(newest_pins(client, board_id)) as pins:
        async for pin in pins:
            if pin.id not in others and likeness.fits(likeness_of(pin)):
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
        What was made, and whether it was found and not answered.

    Raises:
        OutcomeUnknown: the answer was lost, and looking failed as well.
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
            elif not isinstance(error, RateLimited | ConnectionFailed | Conflict):
                raise
            if sent >= patience.tries:
                raise
            await _pause(error, sent, patience)


async def look_twice(look: Callable[[], Awaitable[T | None]], patience: Patience) -> T | None:
    """Look, and once more a little later: listings lag behind.

    Raises:
        OutcomeUnknown: looking failed, however often it was tried.
    """
    for _ in range(2):
        await asyncio.sleep(patience.settle)
        try:
            found = await read_patiently(look, patience)
        except PinterestError as error:
            raise OutcomeUnknown(
                f"a write may have happened, and looking for it failed: {error}"
            ) from error
        if found is not None:
            return found
    return None


async def read_patiently(read: Callable[[], Awaitable[T]], patience: Patience) -> T:
    """Read, and try again what may pass.

    Raises:
        PinterestError: what the last try failed with.
    """
    tried = 0
    while True:
        tried += 1
        try:
            return await read()
        except _PASSING as error:
            if tried >= patience.tries:
                raise
            await _pause(error, tried, patience)


async def _pause(error: PinterestError, tried: int, patience: Patience) -> None:
    asked: float | None = getattr(error, "retry_after", None)
    drawn = random.uniform(0.5, 1.0) * patience.settle * 2.0 ** (tried - 1)  # noqa: S311
    await asyncio.sleep((asked or 0.0) + min(_LONGEST_PAUSE, drawn))


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
