"""The seam between a call and the network: what is asked of whatever sends requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    import aiohttp
    from yarl import URL


class RawResponse(Protocol):
    """As much of a response of aiohttp as is looked at."""

    @property
    def status(self) -> int:
        """The status of HTTP."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by names in any case."""
        ...

    async def read(self) -> bytes:
        """Return the body as it came."""
        ...


class Sender(Protocol):
    """Sends one request, and returns its response once the headers are there."""

    def __call__(
        self,
        method: str,
        url: URL,
        /,
        *,
        data: bytes | None,
        headers: Mapping[str, str],
        timeout: aiohttp.ClientTimeout,
        allow_redirects: bool,
    ) -> Awaitable[RawResponse]:
        """Send it.

        Raises:
            aiohttp.ClientError: there was no response.
            OSError: likewise.
        """
        ...


class SendingSession(Protocol):
    """What a client asks of a session that is none of aiohttp's."""

    @property
    def request(self) -> Sender:
        """Sends a request."""
        ...

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        ...
