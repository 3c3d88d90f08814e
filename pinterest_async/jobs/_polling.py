"""Work that Pinterest does in its own time: started, waited for, fetched as a file.

Reports, bulk downloads, exports of leads and the like have one course: a start gives a token, looks
at the token say how far it is, and in the end there is a link to another host, which is good for
minutes. A token outlives the process that got it, so that a run which was killed goes on waiting.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec

from pinterest_async._files import replace
from pinterest_async.errors import (
    APIError,
    BadRequest,
    ConnectionFailed,
    DecodeError,
    PinterestError,
    RateLimited,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

T = TypeVar("T")

State: TypeAlias = Literal["waiting", "done", "failed", "unknown"]

PARTIAL: Final = ".partial"

_PASSING = (ConnectionFailed, DecodeError, RateLimited, ServerError)
_RETRY_AFTER: Final = re.compile(r"retry after (\d+)", re.IGNORECASE)
_WENT_WRONG: Final = 12
"""What Pinterest calls "something went wrong" in a 400, which is no fault of the request."""
_TRIES: Final = 4
"""How often a fresh link is asked for, where what goes wrong may pass."""
_CHUNK: Final = 2**18
_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=120)
_GONE: Final = frozenset({401, 403, 404, 410})
"""What a host says to a link that has run out; another may do."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How far a piece of work is."""

    state: State
    """`unknown` where Pinterest does not know of it, which right after the start means not yet."""
    word: str
    """Pinterest's word for it, such as `IN_PROGRESS`."""
    url: str | None = None
    """The link to its file, when it is done."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often to look, and for how long. All in seconds."""

    first: float = 0.5
    """From the start to the first look; each further pause is longer by the half."""
    longest: float = 10.0
    """The longest pause."""
    gap: float = 0.05
    """Between any two looks, whatever at: many reports are not looked at in one moment."""
    deadline: float = 3600.0
    """From the start until it is given up."""
    grace: float = 60.0
    """From the start until `unknown` is believed."""


class WorkFailed(PinterestError):
    """Pinterest did not finish what was started: it failed, ran out, or took too long."""

    def __init__(self, message: str, *, word: str = "") -> None:
        super().__init__(message)
        self.word = word
        """What Pinterest said last, such as `FAILED`; empty where it said nothing."""


class DownloadFailed(PinterestError):
    """A finished file could not be fetched from the host that the link leads to."""


class Poller:
    """Looks at many pieces of work in turn, on one timer.

    Args:
        pace: how often, and for how long.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._next = 0.0
        self.looks: int = 0
        """How often was looked."""

    async def wait(self, look: Callable[[], Awaitable[Look]], started: float) -> Look:
        """Look until the work is done.

        A look that fails with what may pass counts as one that found nothing.

        Args:
            look: asks how far it is.
            started: when the work was, as `time.time` tells it.

        Raises:
            WorkFailed: it came to nothing, is not known, or the deadline has passed.
            PinterestError: the question is refused.
        """
        pause = self._pace.first
        word = ""
        # What was started long ago, by a run that was killed, is asked for at once.
        await self._turn(max(0.0, min(pause, started + pause - time.time())))
        while True:
            self.looks += 1
            asked = 0.0
            try:
                found = await look()
            except PinterestError as error:
                passing = _rest_after(error)
                if passing is None:
                    raise
                asked = passing
            else:
                if found.state == "done":
                    return found
                word = found.word
                if found.state == "failed" or (
                    found.state == "unknown" and time.time() - started > self._pace.grace
                ):
                    raise WorkFailed(f"Pinterest says {word}", word=word)
            if time.time() - started > self._pace.deadline:
                raise WorkFailed(f"not done after {self._pace.deadline:.0f} s", word=word)
            pause = min(self._pace.longest, pause * 1.5)
            await self._turn(max(asked, pause * random.uniform(0.9, 1.1)))  # noqa: S311

    async def fetch(
        self,
        look: Callable[[], Awaitable[Look]],
        started: float,
        path: Path,
        session: aiohttp.ClientSession,
        *,
        largest: int,
    ) -> int:
        """Wait for the work, and fetch its file; see `wait` and `download`.

        Returns:
            How many bytes the file has.

        Raises:
            WorkFailed: the work came to nothing, or is gone again.
            DownloadFailed: it is done, and there is no file that can be fetched.
            PinterestError: a question is refused.
            OSError: the file cannot be written.
        """
        found: Look | None = await self.wait(look, started)

        async def link() -> str:
            # The link that came with the last look is seconds old; every further one is asked for.
            nonlocal found
            fresh, found = found, None
            if fresh is None:
                fresh = await patiently(look, tries=_TRIES)
            if fresh.state != "done":
                raise WorkFailed(f"Pinterest says {fresh.word}", word=fresh.word)
            if not fresh.url:
                raise DownloadFailed("Pinterest gave no link to the file")
            return fresh.url

        return await download(link, path, session, largest=largest)

    async def _turn(self, pause: float) -> None:
        """Sleep so long, and until no other look is at the same moment."""
        now = asyncio.get_running_loop().time()
        at = max(now + pause, self._next)
        self._next = at + self._pace.gap
        await asyncio.sleep(at - now)


async def patiently(ask: Callable[[], Awaitable[T]], *, tries: int, pause: float = 0.5) -> T:
    """Ask, and again where what went wrong may pass.

    Meant for starts of work that harm nobody when they are made twice.

    Args:
        ask: the call.
        tries: how often at most, 1 or more.
        pause: seconds after the first failure; twice as long after each further one.

    Raises:
        PinterestError: what the last try failed with.
    """
    tried = 0
    while True:
        tried += 1
        try:
            return await ask()
        except PinterestError as error:
            rest = _rest_after(error)
            if rest is None or tried >= tries:
                raise
        drawn = random.uniform(0.5, 1.0) * pause * 2.0 ** (tried - 1)  # noqa: S311
        await asyncio.sleep(rest + min(30.0, drawn))


def _rest_after(error: PinterestError) -> float | None:
    """How many seconds Pinterest wants to be left alone; None where asking again is no use."""
    if isinstance(error, _PASSING):
        asked: float | None = getattr(error, "retry_after", None)
        return asked or 0.0
    if isinstance(error, BadRequest):
        named = _RETRY_AFTER.search(str(error))
        if named is not None:
            return min(60.0, float(named[1]))
        if error.code == _WENT_WRONG:
            return 0.0
    return None


def is_passing(error: PinterestError) -> bool:
    """Whether the same call may go well a little later."""
    return _rest_after(error) is not None


async def download(
    link: Callable[[], Awaitable[str]],
    path: Path,
    session: aiohttp.ClientSession,
    *,
    largest: int,
    tries: int = 4,
) -> int:
    """Fetch a finished file to the disk, where it gets its name when it is whole.

    No token goes along and no redirect is followed; the link is asked for anew before each try, as
    it is good for minutes alone. What the process holds of the file is one piece at a time.

    Args:
        link: asks for a fresh link.
        path: the file; while it grows it is called `<name>.partial`.
        session: one without credentials.
        largest: how many bytes it may have.
        tries: how often at most, 1 or more.

    Returns:
        How many bytes it has.

    Raises:
        DownloadFailed: the host refuses, sends too much, or breaks off each time.
        PinterestError: there is no link.
        OSError: the file cannot be written.
    """
    for tried in range(1, tries + 1):
        url = await link()
        _check(url)
        try:
            return await _fetch(url, path, session, largest)
        except _PassingFailure as failure:
            if tried == tries:
                raise DownloadFailed(f"the file could not be fetched: {failure}") from None
        await asyncio.sleep(random.uniform(0.1, 0.2) * 2.0**tried)  # noqa: S311
    raise ValueError(f"tries must be 1 or more, not {tries}")


class _PassingFailure(Exception):
    """It did not work, and may with another link or a little later."""


def _check(url: str) -> None:
    """Let through what leads to a host over TLS, and to this machine without.

    Raises:
        DownloadFailed: it leads elsewhere.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        fine = parts.username is None and (
            parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
        )
    except ValueError:
        fine = False
    if not fine:
        raise DownloadFailed("the link to the file is no address that may be fetched from")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


async def _fetch(url: str, path: Path, session: aiohttp.ClientSession, largest: int) -> int:
    partial = path.with_name(f"{path.name}{PARTIAL}")
    try:
        # Opened here and not in a thread, which a cancelled call would leave with the file.
        with partial.open("wb") as file:
            async with session.get(
                url, allow_redirects=False, raise_for_status=False, timeout=_TIMEOUT
            ) as response:
                _judge(response.status)
                size = await _copy(response, file, largest)
            file.flush()
            os.fsync(file.fileno())
        replace(partial, path)
    # The text of these errors may hold the address, and that a signature: the kind will do.
    except TimeoutError:
        raise _PassingFailure("no response in time") from None
    except aiohttp.ClientError as error:
        raise _PassingFailure(f"the connection broke ({type(error).__name__})") from None
    finally:
        partial.unlink(missing_ok=True)
    return size


def _judge(status: int) -> None:
    if status in _GONE or status >= 500 or status in (408, 429):
        raise _PassingFailure(f"the host answered {status}")
    if status != 200:
        raise DownloadFailed(f"the file could not be fetched: the host answered {status}")


async def _copy(response: aiohttp.ClientResponse, file: BinaryIO, largest: int) -> int:
    size = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > largest:
            raise DownloadFailed(f"the file is larger than {largest} bytes")
        await asyncio.to_thread(file.write, chunk)
    return size


def reason_of(error: PinterestError) -> str:
    """What happened, in one line."""
    code = f" (code {error.code})" if isinstance(error, APIError) and error.code else ""
    return f"{type(error).__name__}{code}: {' '.join(str(error).split())}"
