"""Pictures that Pinterest could not fetch from their addresses: fetched here, to be sent along."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp

from pinterest_async.config import RetryPolicy
from pinterest_async.errors import BadRequest, ConnectionFailed, PinterestError
from pinterest_async.jobs._retry import retried
from pinterest_async.jobs.pins.pictures import LARGEST_PICTURE, BadPicture, check_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.pins.pictures import Picture

_NOT_REACHED: Final = re.compile(
    r"\b(reach|fetch|download|load)\b.*\b(url|image|picture)", re.IGNORECASE
)
_NOT_HERE: Final = "it cannot be fetched from here either"
_RETRY: Final = RetryPolicy(attempts=3, base=1.0)
_TIMEOUT: Final = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=30)
_CHUNK: Final = 2**18
_REDIRECTS: Final = 5


def was_not_reached(error: PinterestError) -> bool:
    """Whether Pinterest refused a Pin because it could not fetch the picture."""
    return isinstance(error, BadRequest) and _NOT_REACHED.search(error.message) is not None


async def fetch_to_send(client: Pinterest, addresses: Sequence[Picture]) -> list[Picture]:
    """Fetch pictures from their addresses, one after the other, without a token or a cookie.

    Raises:
        BadPicture: one of them cannot be fetched, or is none that can be sent along.
    """
    async with client.open_session() as session:
        return [await _fetched(session, str(address)) for address in addresses]


async def _fetched(session: aiohttp.ClientSession, address: str) -> bytes:
    try:
        picture = await retried(partial(_get, session, address), _RETRY)
    except ConnectionFailed as error:
        raise BadPicture(f"{_NOT_HERE}: {error}") from None
    check_picture(picture)
    return picture


async def _get(session: aiohttp.ClientSession, address: str) -> bytes:
    body = bytearray()
    try:
        async with session.get(address, timeout=_TIMEOUT, max_redirects=_REDIRECTS) as response:
            status = response.status
            if status >= 500 or status in (408, 429):
                raise ConnectionFailed(f"its host responded with {status}")
            if status != 200:
                raise BadPicture(
                    f"it cannot be fetched from here: its host responded with {status}"
                )
            async for chunk in response.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > LARGEST_PICTURE:
                    raise BadPicture(f"it is larger than {LARGEST_PICTURE:,} bytes")
    except (aiohttp.TooManyRedirects, aiohttp.InvalidURL) as error:
        kind = type(error).__name__
        raise BadPicture(f"{_NOT_HERE}: {kind}") from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ConnectionFailed(f"no whole response came ({type(error).__name__})") from None
    return bytes(body)
