"""Videos: registered, sent from the disk to the storage that Pinterest names, waited for, pinned.

The storage is not Pinterest's API: it gets the form that Pinterest signed, and never the token.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec

from pinterest_async._secret import SecretBytes
from pinterest_async.config import RetryPolicy
from pinterest_async.errors import ConfigurationError, ConnectionFailed, PinterestError
from pinterest_async.jobs._polling import is_loopback
from pinterest_async.jobs._retry import retried

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    import aiohttp

    from pinterest_async.client import Pinterest
    from pinterest_async.models import MediaUpload

T = TypeVar("T")

Stage: TypeAlias = Literal["registered", "uploading", "processing", "ready"]

_CHUNK: Final = 2**18
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 10.0
_RETRY: Final = RetryPolicy(attempts=3, base=1.0)
# S3 responds quickly once it has the file; while it takes bytes there is no bound on the whole.
_QUIET_SECONDS: Final = 120.0
_ERROR_CODE: Final = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
_RESPONSE_MAX: Final = 10_000


class VideoProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a video is; handed to the `progress` callback."""

    stage: Stage
    """What is going on."""
    media_id: str
    """The upload. Keep it: with it, an interrupted job goes on without sending the file again."""
    sent: int = 0
    """Bytes of the file that were sent."""
    total: int = 0
    """Bytes of the file; 0 where it is not sent."""


class UploadFailed(PinterestError):
    """The storage did not take the file. Try again: nothing is left behind."""

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status of the storage; None where no response came."""
        self.code = code
        """What the storage calls the error, for example `AccessDenied`."""


class VideoFailed(PinterestError):
    """Pinterest could not work with the video. It does not say why; another file is needed."""

    def __init__(self, message: str, *, media_id: str = "") -> None:
        super().__init__(message)
        self.media_id = media_id
        """The upload."""


class VideoNotReady(PinterestError, TimeoutError):
    """Pinterest is still working on the video, or still waits for its file."""

    def __init__(self, message: str, *, media_id: str = "", status: str | None = None) -> None:
        super().__init__(message)
        self.media_id = media_id
        """The upload: pass it to go on."""
        self.status = status
        """What Pinterest said last: `registered`, or `processing`."""


async def upload_video(
    client: Pinterest,
    path: str | os.PathLike[str],
    *,
    media_id: str | None = None,
    timeout: float = 900.0,
    progress: Callable[[VideoProgress], None] | None = None,
    session: aiohttp.ClientSession | None = None,
) -> str:
    """Upload a video and wait until Pinterest can use it.

    The file is read as it is sent, a quarter of a MiB at a time. Public sources name MP4, MOV and
    M4V of 4 seconds to 15 minutes and at most 2 GB; Pinterest documents no bounds, and none are
    checked here.

    Args:
        client: a client of the account; needs `pins:read` and `pins:write`. Not in the sandbox.
        path: the file.
        media_id: an upload that was interrupted: when its file has arrived it is only waited for,
            else the file is sent under a new id.
        timeout: seconds to wait for Pinterest when the file is sent; the sending has no bound.
        progress: called as it goes on, in the event loop.
        session: an aiohttp session for the storage. It must send no token of its own accord. By
            default one is made for the purpose, with the client's proxy.

    Returns:
        The upload's id, for `VideoId(media_id=...)`.

    Raises:
        ConfigurationError: `timeout` is not above 0, or the file is empty.
        UploadFailed: the storage did not take the file.
        VideoFailed: Pinterest cannot use the video.
        VideoNotReady: `timeout` passed; go on with `media_id`.
        PinterestError: as any other call.
        OSError: the file cannot be read.
    """
    _check_timeout(timeout)
    if media_id is not None and await status_of(client, media_id) != "registered":
        return await wait_for_video(client, media_id, timeout=timeout, progress=progress)
    return await send_video(client, path, timeout=timeout, progress=progress, session=session)


async def send_video(
    client: Pinterest,
    path: str | os.PathLike[str],
    *,
    timeout: float,
    progress: Callable[[VideoProgress], None] | None,
    session: aiohttp.ClientSession | None,
    registered: Callable[[str], Awaitable[None]] | None = None,
) -> str:
    """Do what `upload_video` does, under a new id.

    Args:
        client: as there.
        path: as there.
        timeout: as there.
        progress: as there.
        session: as there.
        registered: told the id before the file is sent.

    Returns:
        The upload's id.

    Raises:
        PinterestError: as `upload_video`.
        OSError: the file cannot be read.
    """
    # Opened here and not in a thread, which a cancelled call would leave with the file.
    file = Path(path).open("rb")  # noqa: ASYNC230, SIM115 - closed below
    try:
        size = await asyncio.to_thread(_size, file)
        if not size:
            raise ConfigurationError(f"{path} is empty")
        form = await _register(client)
        if not form.media_id or not form.upload_url:
            raise UploadFailed("Pinterest registered the upload and did not say where to send it")
        _check_address(form.upload_url, client)
        body = _Body(file, size, form.upload_parameters or {}, form.media_id, progress)
        if registered is not None:
            await registered(form.media_id)
        body.tell("registered")
        if session is not None:
            await _send(session, form.upload_url, body)
        else:
            async with client.open_session() as own:
                await _send(own, form.upload_url, body)
    finally:
        await asyncio.to_thread(file.close)
    return await wait_for_video(client, form.media_id, timeout=timeout, progress=progress)


async def wait_for_video(
    client: Pinterest,
    media_id: str,
    *,
    timeout: float = 900.0,
    progress: Callable[[VideoProgress], None] | None = None,
) -> str:
    """Wait until Pinterest can use an upload, asking after 1, 2, 4, 8 and then every 10 seconds.

    Returns:
        `media_id`.

    Raises:
        ConfigurationError: `timeout` is not above 0.
        VideoFailed: Pinterest cannot use the video.
        VideoNotReady: `timeout` passed.
        PinterestError: as any other call.
    """
    _check_timeout(timeout)
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    pause = _FIRST_PAUSE
    while True:
        status = await status_of(client, media_id)
        if status == "failed":
            raise VideoFailed(
                f"Pinterest cannot use the video of upload {media_id}, and does not say why",
                media_id=media_id,
            )
        if progress is not None:
            stage: Stage = "ready" if status == "succeeded" else "processing"
            progress(VideoProgress(stage=stage, media_id=media_id))
        if status == "succeeded":
            return media_id
        left = end - loop.time()
        if left <= 0:
            raise VideoNotReady(
                f"the video of upload {media_id} is {status or 'unknown'} after {timeout:g} s: "
                f"go on with media_id={media_id!r}",
                media_id=media_id,
                status=status,
            )
        await asyncio.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)


async def status_of(client: Pinterest, media_id: str) -> str | None:
    """Ask how far an upload is.

    Raises:
        PinterestError: as any other call.
    """
    return (await client.media.get(media_id)).status


async def _register(client: Pinterest) -> MediaUpload:
    """Get an address for a file; again where the response is lost: an unused one does no harm."""

    async def register() -> MediaUpload:
        try:
            return await client.media.create(media_type="video")
        except PinterestError as error:
            # What surely did not arrive, the client has sent again already.
            if not error.may_have_applied:
                raise
            raise _StorageError(f"the upload could not be registered: {error}") from error

    return await _until_it_stands(register)


class _StorageError(ConnectionFailed):
    """A failure that may pass."""

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


async def _until_it_stands(send: Callable[[], Awaitable[T]]) -> T:
    try:
        return await retried(send, _RETRY)
    except _StorageError as error:
        raise UploadFailed(str(error), status=error.status, code=error.code) from error.__cause__


class _Body:
    """A form with a file at its end, made anew for each try."""

    def __init__(
        self,
        file: BinaryIO,
        size: int,
        parameters: Mapping[str, str],
        media_id: str,
        progress: Callable[[VideoProgress], None] | None,
    ) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        # S3 reads the fields before the file alone, and wants the file last.
        head = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in parameters.items()
        ]
        head.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="video"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        self._head = "".join(head).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._file = file
        self._size = size
        self._media_id = media_id
        self._progress = progress
        self.failure: Exception | None = None
        """What went wrong on this side of the wire, which aiohttp takes for a broken connection."""
        self.length = len(self._head) + size + len(self._tail)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the whole body piece by piece."""
        try:
            await asyncio.to_thread(self._file.seek, 0)
            yield self._head
            sent = 0
            while sent < self._size:
                chunk = await asyncio.to_thread(self._read, min(_CHUNK, self._size - sent))
                yield chunk
                sent += len(chunk)
                self.tell("uploading", sent)
            yield self._tail
        except Exception as error:
            self.failure = error
            raise

    def _read(self, size: int) -> bytes:
        chunk = self._file.read(size)
        if not chunk:
            raise OSError(f"the file has become shorter than {self._size} bytes")
        return chunk

    def tell(self, stage: Stage, sent: int = 0) -> None:
        """Tell how far it is."""
        if self._progress is not None:
            self._progress(
                VideoProgress(stage=stage, media_id=self._media_id, sent=sent, total=self._size)
            )


async def _send(session: aiohttp.ClientSession, url: str, body: _Body) -> None:
    """Send the form; again where it did not arrive, which does no harm: the key is the same."""
    import aiohttp

    # With a length there is no chunked encoding, which S3 refuses.
    headers = {"Content-Type": body.content_type, "Content-Length": str(body.length)}
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=30.0, sock_read=_QUIET_SECONDS)

    async def post() -> None:
        try:
            async with session.post(
                url, data=body.chunks(), headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                said = SecretBytes(await response.content.read(_RESPONSE_MAX))
                _check_response(response.status, said)
        except (aiohttp.ClientError, TimeoutError) as error:
            if body.failure is not None:
                raise body.failure from None
            # The text of the error may hold the address, and that a signature: the kind will do.
            kind = type(error).__name__
            raise _StorageError(f"the storage could not be reached: {kind}") from None

    await _until_it_stands(post)


def _check_response(status: int, body: SecretBytes) -> None:
    if 200 <= status < 300:
        return
    found = _ERROR_CODE.search(body)
    code = found.group(1).decode() if found else None
    failure = _StorageError if status >= 500 else UploadFailed
    raise failure(
        f"the storage refused the video: {status} {code or ''}".rstrip(), status=status, code=code
    )


def _check_timeout(timeout: float) -> None:
    if not timeout > 0:
        raise ConfigurationError(f"timeout is in seconds and must be above zero, not {timeout}")


def _check_address(url: str, client: Pinterest) -> None:
    """Raise `UploadFailed` unless a video can be sent there without others reading along.

    Without TLS it stays on this machine, where an emulator is that the client works with: nobody
    else may have a video of Pinterest's sent to a program of this machine.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise UploadFailed("Pinterest named no address for the upload") from None
    if parts.scheme == "https" and host:
        return
    api = urlsplit(client.base_url)
    if parts.scheme == "http" and is_loopback(host) and is_loopback(api.hostname or ""):
        return
    raise UploadFailed("Pinterest named an address for the upload that is not https")


def _size(file: Any) -> int:
    size: int = file.seek(0, 2)
    return size
