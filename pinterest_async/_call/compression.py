"""Bodies, read and inflated up to a bound, by the fastest library that is installed.

isal (extra `fast`) takes a third of zlib's time. aiohttp could use it as well, but only for the
whole program at once, which is not a library's to decide, and piece by piece.

A megabyte can hold a gigabyte, so a body is inflated in steps, and no further than to a bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aiohttp

from pinterest_async._call.protocol import read_request_id
from pinterest_async.errors import ResponseTooLarge

if TYPE_CHECKING:
    import zlib
    from collections.abc import Mapping

    from pinterest_async._call.sending import RawResponse
    from pinterest_async.operations import Operation
else:
    try:
        from isal import isal_zlib as zlib
    except ImportError:
        import zlib

ENCODINGS: Final = "gzip, deflate"
"""What is asked for in `Accept-Encoding`."""

# How zlib is told what stands around the data.
_GZIP: Final = 31
_ZLIB: Final = 15
_BARE: Final = -15

# How a member of a gzip begins. Others may follow the first; what is none of them is padding.
_MAGIC: Final = b"\x1f\x8b"
# Bytes that go in at once, and that may come out.
_STEP_IN: Final = 256 * 1024
_STEP_OUT: Final = 1024 * 1024
_CHUNK: Final = 64 * 1024
# A refusal is read this far, in bytes: the reasons for a thousand events still fit.
_REFUSAL: Final = 1024 * 1024


class BodyTooLargeError(Exception):
    """A body holds more than the bound."""

    def __init__(self, head: bytes) -> None:
        super().__init__("the body is too large")
        self.head = head
        """The first bytes of it, a megabyte or more where the bound allows that."""


def plain_digits(bound: int) -> int:
    """Return how many digits of a length leave no doubt that a body is within the bound."""
    return len(str(min(bound, _REFUSAL))) - 1


async def read_body(
    raw: RawResponse, fields: Mapping[str, str], bound: int, operation: Operation, *, writes: bool
) -> bytes:
    """Return the body of a response; of a refusal, as much as is of use.

    Args:
        raw: the response.
        fields: its headers.
        bound: bytes, before and after the body is inflated.
        operation: what was asked for.
        writes: whether a success has changed something.

    Raises:
        ResponseTooLarge: a success has a larger body.
        ClientPayloadError: of aiohttp: the body came damaged, or not whole.
    """
    success = 200 <= raw.status < 300
    if not success:
        bound = min(bound, _REFUSAL)
    try:
        body = await _read(raw, bound)
        return inflate(body, fields.get("content-encoding", ""), bound)
    except BodyTooLargeError as error:
        if not success:
            return error.head[:bound]
        raise ResponseTooLarge(
            f"{operation.id}: the response is larger than {bound} bytes; allow more with "
            "max_response_bytes",
            operation=operation.id,
            request_id=read_request_id(fields),
            may_have_applied=writes,
        ) from None


async def _read(raw: RawResponse, bound: int) -> bytes:
    """Read up to the bound; what is larger costs its connection."""
    if not isinstance(raw, aiohttp.ClientResponse):
        body = await raw.read()
        if len(body) > bound:
            raise BodyTooLargeError(body[:_REFUSAL])
        return body
    if raw.status < 200:
        # Another protocol follows, which nobody here speaks.
        raw.close()
        return b""
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in raw.content.iter_chunked(_CHUNK):
            pieces.append(piece)
            size += len(piece)
            if size > bound:
                break
    except BaseException:
        # As `read` does: what is left half read cannot be used again.
        raw.close()
        raise
    if size > bound:
        raw.close()
        raise BodyTooLargeError(b"".join(pieces) if bound <= _REFUSAL else b"")
    return b"".join(pieces)


def inflate(body: bytes, encoding: str, bound: int) -> bytes:
    """Return `body` as it was before it was compressed.

    Args:
        body: what came.
        encoding: the header `Content-Encoding`.
        bound: how many bytes it may then have.

    Raises:
        BodyTooLargeError: it holds more.
        ClientPayloadError: of aiohttp: it is damaged, not whole, or compressed in another way.
    """
    name = encoding.strip().lower()
    if name in ("", "identity") or not body:
        return body
    try:
        if name in ("gzip", "x-gzip"):
            return _inflated(body, _GZIP, bound)
        if name == "deflate":
            # Some servers leave out the header that the standard asks for.
            return _inflated(body, _ZLIB if body[0] & 0x0F == 8 else _BARE, bound)
    except zlib.error:
        raise aiohttp.ClientPayloadError("the compressed body is damaged") from None
    raise aiohttp.ClientPayloadError("the body is compressed in a way that was not asked for")


def _inflated(body: bytes, around: int, bound: int) -> bytes:
    pieces: list[bytes] = []
    size, rest = 0, body
    while True:
        stream = zlib.decompressobj(around)
        at = 0
        while not stream.eof and size <= bound:
            data = stream.unconsumed_tail
            if not data:
                data = rest[at : at + _STEP_IN]
                at += len(data)
            piece = stream.decompress(data, _STEP_OUT)
            if not piece and not data:
                raise aiohttp.ClientPayloadError("the compressed body is not whole")
            pieces.append(piece)
            size += len(piece)
        rest = stream.unused_data + rest[at:]
        if size > bound:
            raise BodyTooLargeError(b"".join(pieces[: 1 + _REFUSAL // _STEP_OUT]))
        if around != _GZIP or not rest.startswith(_MAGIC):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
