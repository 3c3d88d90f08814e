"""Download of the pictures of Pins, each in its best size."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from contextlib import AsyncExitStack, aclosing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import aiohttp
import msgspec
from yarl import URL

from pinterest_async._files import replace
from pinterest_async._gather import each, gather
from pinterest_async._mixins import ranked_pictures
from pinterest_async.client import Pinterest
from pinterest_async.config import RetryPolicy
from pinterest_async.errors import ConfigurationError, ConnectionFailed
from pinterest_async.jobs._retry import retried
from pinterest_async.jobs.images.report import ImageFailure, ImagesReport
from pinterest_async.models import Pin
from pinterest_async.public import check_tokenless

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterable,
        Awaitable,
        Callable,
        Collection,
        Iterable,
    )

    from pinterest_async.models import PinMedia, PinMediaItem

IMAGE_HOST: Final = "i.pinimg.com"
_SUFFIXES: Final = {
    "image/avif": ".avif",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tiff",
    "image/webp": ".webp",
}
_NAME: Final = re.compile(r"\w+(-\d+)?", re.ASCII)
_PARTIAL: Final = ".partial"
_LARGEST: Final = 256 * 2**20
_CHUNK: Final = 256 * 2**10
_TIMEOUT: Final = aiohttp.ClientTimeout(total=300, sock_connect=10, sock_read=30)
_REFUSED_IN_A_ROW: Final = 20
"""After so many pictures that the host refused, with none in between that it gave, it is over."""


async def download_images(
    source: Pinterest | Iterable[Pin] | AsyncIterable[Pin],
    out_dir: str | os.PathLike[str],
    *,
    concurrency: int = 8,
    hosts: Collection[str] = (IMAGE_HOST,),
    retry: RetryPolicy | None = None,
    session: aiohttp.ClientSession | None = None,
    metadata: bool = False,
    progress: Callable[[ImagesReport], None] | None = None,
) -> ImagesReport:
    """Download the pictures of Pins into a folder, in the best size that there is.

    A picture is called by its Pin's id, `<id>.jpg`, those of a Pin with several `<id>-1.jpg`,
    `<id>-2.jpg`; a video gives its cover, as Pinterest shows the address of the film itself to
    chosen partners alone. The size is `originals` where Pinterest names it and the host gives it,
    else the largest. The ending says what the host sent. With `metadata` each picture has a
    `<id>.json` beside it: the file's name, its address, its size in bytes and SHA-256, and the
    whole Pin.

    What stands in the folder is not fetched again, so that a run which was killed goes on where it
    was. A picture grows as `<id>.partial` and gets its name when it is whole; let no two runs write
    to the same folder at a time.

    The pictures lie on a host of their own, which has no published limits and responds with 403 or
    429 when it has had enough. A 403 is also what it says of a single size that it does not give:
    the next one is tried at once, and a picture whose sizes it all refuses is tried again while the
    others go on. Where it refuses two pictures in a row so, or with 429, all downloads rest, at
    first for `retry.base` seconds and twice as long each further time in a row, and go on more
    slowly. After 20 refused pictures in a row the download is given up, and `stopped` says so.

    No token is ever sent, no redirect followed, and no host asked that is not among `hosts`.

    Args:
        source: a client, for all Pins of its account; or the Pins.
        out_dir: the folder; made where it is missing.
        concurrency: how many pictures are fetched at the same time, 1 or more.
        hosts: names of the hosts, without ports, that pictures may be fetched from.
        retry: how often one address is tried, and the pace.
        session: an aiohttp session to use; it is not closed. By default one with the proxy of the
            client, where `source` is one.
        metadata: whether to write a file of JSON beside each picture, those that were there
            already included.
        progress: called after every picture, in the event loop.

    Raises:
        ConfigurationError: `concurrency` is below 1, or the session sends credentials along.
        PinterestError: the Pins cannot be listed.
        OSError: a file cannot be written.
    """
    if concurrency < 1:
        raise ConfigurationError(f"concurrency must be 1 or more, not {concurrency}")
    if session is not None:
        check_tokenless(session)
    pins = (
        source.pins.list(include_protected_pins=True) if isinstance(source, Pinterest) else source
    )
    async with AsyncExitStack() as stack:
        if session is None:
            session = (
                source.open_session()
                if isinstance(source, Pinterest)
                else aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
            )
            await stack.enter_async_context(session)
        policy = retry or RetryPolicy(base=1.0)
        download = _Download(
            session, Path(out_dir), frozenset(hosts), policy, progress, metadata=metadata
        )
        return await download.run(pins, concurrency)


class _Picture(msgspec.Struct, frozen=True):
    """One picture to fetch: the name of its file, and its addresses, the best first."""

    pin: Pin
    name: str
    urls: list[str]


class _Sidecar(msgspec.Struct, frozen=True):
    """What stands in the file beside a picture."""

    file: str
    pin_id: str
    url: str | None
    """Where it came from; None where it was there before."""
    bytes: int
    sha256: str
    pin: Pin


class _NotGivenError(Exception):
    """This address gives no picture, and will not: another size may."""


class _PassingError(ConnectionFailed):
    """It may work a little later."""


class _RefusedError(Exception):
    """The host has had enough of us, or does not give this one address: 403 says both."""

    def __init__(self, status: int, retry_after: float) -> None:
        super().__init__(f"the host responded with {status}")
        self.retry_after = retry_after
        self.of_us = status == 429 or retry_after > 0
        """Whether it surely means us, and not the address."""
        self.sent_at = 0.0
        """When the request went out, in the time of the event loop."""


class _Missing(msgspec.Struct, frozen=True):
    """Why a picture is not there."""

    url: str | None
    reason: str
    refusal: _RefusedError | None = None
    """The last refusal, where none of its sizes was given or is unknown to the host."""


class _AllRefusedError(_PassingError):
    """No size of a picture is given, at least for now."""

    def __init__(self, missing: _Missing) -> None:
        super().__init__(missing.reason)
        self.missing = missing


class _Pace:
    """When the next request may go: at once, until the host refuses."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._gap = 0.0
        self._next = 0.0
        self._rest_until = 0.0
        self._rested_at = 0.0
        self._in_a_row = 0

    async def turn(self) -> float:
        """Wait for the turn of a request; return the time of the event loop."""
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            at = max(now, self._next)
            self._next = at + self._gap
            if at > now:
                await asyncio.sleep(at - now)
            if at >= self._rest_until:
                return loop.time()

    def refused(self, sent_at: float, retry_after: float) -> bool:
        """Rest, unless the request went out before the last rest began; say whether it is one."""
        if sent_at < self._rested_at:
            return False
        now = asyncio.get_running_loop().time()
        policy = self._policy
        rest = max(retry_after, min(policy.cap, policy.base * 2.0 ** min(self._in_a_row, 60)))
        self._in_a_row += 1
        self._gap = min(policy.cap, max(policy.base / 10, self._gap * 2))
        self._rested_at = now
        self._rest_until = self._next = now + rest
        return True

    def given(self) -> None:
        """Hurry up a little."""
        self._in_a_row = 0
        self._gap = self._gap * 0.9 if self._gap > 0.001 else 0.0


class _Download:
    """One run: what is in the folder already, and what was done."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        folder: Path,
        hosts: frozenset[str],
        retry: RetryPolicy,
        progress: Callable[[ImagesReport], None] | None,
        *,
        metadata: bool,
    ) -> None:
        self._session = session
        self._folder = folder
        self._hosts = hosts
        self._retry = retry
        self._progress = progress
        self._pace = _Pace(retry)
        self._metadata = metadata
        self._present: dict[str, Path] = {}
        self._described: set[str] = set()
        self._refused_in_a_row = 0
        self._report = ImagesReport()

    async def run(self, pins: Iterable[Pin] | AsyncIterable[Pin], concurrency: int) -> ImagesReport:
        """Fetch everything."""
        started = time.monotonic()
        self._present, self._described = await asyncio.to_thread(_prepare, self._folder)
        async with aclosing(gather(self._downloads(pins), limit=concurrency)) as outcomes:
            async for outcome in outcomes:
                failure = outcome.value
                if failure is not None:
                    self._report.failures.append(failure)
                if self._progress is not None:
                    self._progress(self._report)
        self._report.seconds = round(time.monotonic() - started, 3)
        return self._report

    async def _downloads(
        self, pins: Iterable[Pin] | AsyncIterable[Pin]
    ) -> AsyncGenerator[Callable[[], Awaitable[ImageFailure | None]], None]:
        async with aclosing(each(pins)) as walk:
            async for pin in walk:
                if self._report.stopped is not None:
                    return
                self._report.pins += 1
                pictures = _pictures(pin)
                self._report.without_image += not pictures
                for picture in pictures:
                    there = self._present.get(picture.name)
                    if there is None:
                        self._present[picture.name] = self._folder
                        self._described.add(picture.name)
                        yield partial(self._download, picture)
                        continue
                    self._report.present += 1
                    if self._metadata and picture.name not in self._described:
                        self._described.add(picture.name)
                        yield partial(self._describe, picture, there)

    async def _describe(self, picture: _Picture, file: Path) -> None:
        """Write the file beside a picture that an earlier run has fetched without one."""
        size, digest = await asyncio.to_thread(_measure, file)
        await asyncio.to_thread(_write_sidecar, file, picture, None, size, digest)

    async def _download(self, picture: _Picture) -> ImageFailure | None:
        """Fetch a picture in the first size that is given; return why it is not there."""
        if _NAME.fullmatch(picture.name) is None:
            return ImageFailure(pin_id=picture.pin.id, url=None, reason="an id that is none")

        async def fetch() -> _Missing | None:
            missing = await self._first_given(picture)
            refusal = None if missing is None else missing.refusal
            if missing is None or refusal is None:
                return missing
            # A single picture that is refused in all its sizes says nothing of the others.
            if refusal.of_us or self._refused_in_a_row:
                self._report.slowed += self._pace.refused(refusal.sent_at, refusal.retry_after)
            raise _AllRefusedError(missing)

        try:
            missing = await retried(fetch, self._retry)
        except _AllRefusedError as error:
            missing = error.missing
            self._refused_in_a_row += 1
            if self._refused_in_a_row >= _REFUSED_IN_A_ROW:
                self._report.stopped = (
                    f"{_REFUSED_IN_A_ROW} pictures in a row were refused ({missing.reason}): "
                    "run it again later, it goes on from here"
                )
        if missing is None:
            self._refused_in_a_row = 0
            return None
        return ImageFailure(pin_id=picture.pin.id, url=missing.url, reason=missing.reason)

    async def _first_given(self, picture: _Picture) -> _Missing | None:
        """Fetch a picture in the first size that is given; return why none is."""
        missing = _Missing(None, "it has no address")
        refusals = 0
        for url in picture.urls:
            try:
                await self._fetch(url, picture)
            except _NotGivenError as error:
                missing = _Missing(url, str(error))
            except _PassingError as error:
                return _Missing(url, str(error))
            except _RefusedError as error:
                refusals += 1
                missing = _Missing(url, str(error), error)
                if error.of_us:
                    return missing
            else:
                return None
        if refusals < len(picture.urls):
            return msgspec.structs.replace(missing, refusal=None)
        return missing

    async def _fetch(self, url: str, picture: _Picture) -> None:
        """Fetch one address, several times if need be.

        Raises:
            _NotGivenError: there is no picture.
            _RefusedError: the host refuses the address, or everything.
            _PassingError: it did not work, and may later.
        """
        address = self._checked(url)

        async def get() -> int:
            sent_at = await self._pace.turn()
            try:
                return await self._get(address, picture)
            except _RefusedError as error:
                error.sent_at = sent_at
                raise

        size = await retried(get, self._retry)
        self._pace.given()
        self._report.downloaded += 1
        self._report.bytes += size

    def _checked(self, url: str) -> URL:
        try:
            address = URL(url, encoded=True)
            plain = address.scheme in ("https", "http") and address.user is address.password is None
            host = address.host
        except ValueError:
            raise _NotGivenError("the address cannot be read") from None
        if not plain:
            raise _NotGivenError("the address is neither http nor https, or names a user")
        if host not in self._hosts:
            raise _NotGivenError(
                f"the address leads to a host that is not allowed, {host}: if it may be asked, "
                "name it in hosts (--host)"
            )
        return address

    async def _get(self, address: URL, picture: _Picture) -> int:
        """Fetch an address once, write the file, and return its size."""
        try:
            async with self._session.get(
                address, allow_redirects=False, raise_for_status=False, timeout=_TIMEOUT
            ) as response:
                suffix = _suffix(response)
                return await self._write(response, picture, suffix)
        except TimeoutError:
            raise _PassingError("no response in time") from None
        except aiohttp.ClientError as error:
            raise _PassingError(f"the connection broke ({type(error).__name__})") from None

    async def _write(self, response: aiohttp.ClientResponse, picture: _Picture, suffix: str) -> int:
        partial_file = self._folder / f"{picture.name}{_PARTIAL}"
        final = self._folder / f"{picture.name}{suffix}"
        # Opened here and not in a thread, which a cancelled call would leave with the file.
        file = partial_file.open("wb")
        try:
            size, digest = await _copy(response, file)
            if self._metadata:
                # First, so that no run that is killed leaves a picture without it.
                url = str(response.url)
                await asyncio.to_thread(_write_sidecar, final, picture, url, size, digest)
            await asyncio.to_thread(_name, file, partial_file, final)
        except BaseException:
            # Closing writes what is left, which a full disk refuses once more.
            with suppress(OSError):
                file.close()
            partial_file.unlink(missing_ok=True)
            raise
        return size


async def _copy(response: aiohttp.ClientResponse, file: BinaryIO) -> tuple[int, str]:
    """Write a body to a file; return how many bytes they are, and their SHA-256."""
    size = 0
    digest = hashlib.sha256()
    async for chunk in response.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > _LARGEST:
            raise _NotGivenError(f"it is larger than {_LARGEST} bytes")
        digest.update(chunk)
        await asyncio.to_thread(file.write, chunk)
    if not size:
        raise _PassingError("the response was empty")
    return size, digest.hexdigest()


def _measure(path: Path) -> tuple[int, str]:
    """Return how many bytes a file has, and their SHA-256."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest


def _write_sidecar(file: Path, picture: _Picture, url: str | None, size: int, digest: str) -> None:
    """Write what is known of a picture beside it, whole or not at all."""
    sidecar = _Sidecar(file.name, picture.pin.id, url, size, digest, picture.pin)
    final = file.with_name(f"{picture.name}.json")
    partial_file = final.with_name(f"{final.name}{_PARTIAL}")
    try:
        partial_file.write_bytes(msgspec.json.format(msgspec.json.encode(sidecar)))
        replace(partial_file, final)
    except BaseException:
        partial_file.unlink(missing_ok=True)
        raise


def _suffix(response: aiohttp.ClientResponse) -> str:
    """Return the ending for the file of a response that holds a picture.

    Raises:
        _NotGivenError: it holds none.
        _PassingError: it may do so later.
    """
    status = response.status
    if status in (403, 429):
        asked = response.headers.get("Retry-After", "").strip()
        raise _RefusedError(status, float(asked) if asked.isascii() and asked.isdigit() else 0.0)
    if status >= 500 or status == 408:
        raise _PassingError(f"the host responded with {status}")
    if status != 200:
        raise _NotGivenError(f"the host responded with {status}")
    suffix = _SUFFIXES.get(response.content_type)
    if suffix is None and response.content_type == "application/octet-stream":
        # Also what aiohttp takes a response without a type for.
        suffix = next((end for end in _SUFFIXES.values() if response.url.path.endswith(end)), None)
    if suffix is None:
        raise _NotGivenError(f"the host sent {response.content_type[:40]}, which is no picture")
    return suffix


def _prepare(folder: Path) -> tuple[dict[str, Path], set[str]]:
    """Make the folder and clear away halves.

    Returns:
        The pictures that it holds, by name, and the names of those with a file of JSON beside them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    endings = set(_SUFFIXES.values())
    present: dict[str, Path] = {}
    described: set[str] = set()
    for path in folder.iterdir():
        if path.suffix in endings:
            present[path.stem] = path
        elif path.suffix == ".json":
            described.add(path.stem)
        elif path.suffix == _PARTIAL and _NAME.fullmatch(path.stem.removesuffix(".json")):
            path.unlink()
    return present, described


def _name(file: BinaryIO, partial_file: Path, final: Path) -> None:
    """Give a whole file its name, once its bytes are on the disk."""
    with file:
        file.flush()
        os.fsync(file.fileno())
    replace(partial_file, final)


def _pictures(pin: Pin) -> list[_Picture]:
    """Return the pictures of a Pin."""
    media = pin.media
    if media is None:
        return []
    if media.items:
        several = [_urls(item) for item in media.items]
        return [
            _Picture(pin, f"{pin.id}-{number}", urls)
            for number, urls in enumerate(several, start=1)
        ]
    urls = _urls(media)
    return [_Picture(pin, pin.id, urls)] if urls else []


def _urls(media: PinMedia | PinMediaItem) -> list[str]:
    """Return the addresses of a picture, the best first; a video's cover comes last."""
    return [picture.url for picture in ranked_pictures(media)]
