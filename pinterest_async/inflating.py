"""Bodies that come compressed, inflated by the fastest library that is installed.

isal (extra `fast`) takes a third of zlib's time. aiohttp could use it as well, but only for the
whole program at once, which is not a library's to decide, and piece by piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aiohttp

if TYPE_CHECKING:
    import zlib
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


def inflate(body: bytes, encoding: str) -> bytes:
    """Return `body` as it was before it was compressed.

    Args:
        body: what came.
        encoding: the header `Content-Encoding`.

    Raises:
        ClientPayloadError: of aiohttp: it is damaged, not whole, or compressed in another way.
    """
    name = encoding.strip().lower()
    if name in ("", "identity") or not body:
        return body
    try:
        if name in ("gzip", "x-gzip"):
            return zlib.decompress(body, _GZIP)
        if name == "deflate":
            # Some servers leave out the header that the standard asks for.
            return zlib.decompress(body, _ZLIB if body[0] & 0x0F == 8 else _BARE)
    except zlib.error:
        raise aiohttp.ClientPayloadError("the compressed body is damaged") from None
    raise aiohttp.ClientPayloadError("the body is compressed in a way that was not asked for")
