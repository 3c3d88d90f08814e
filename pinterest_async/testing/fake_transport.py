"""A client that reaches no network: responses come from a table, and requests are written down.

It stands on the seam between a call and the network, so that all else is the real thing: paths,
queries and bodies are put together, tokens sent, responses judged and decoded, errors raised, pages
walked.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, parse_qsl

import msgspec
from multidict import CIMultiDict, CIMultiDictProxy

from pinterest_async.client import Pinterest
from pinterest_async.config import RetryPolicy
from pinterest_async.emulator.http.routing import Router
from pinterest_async.operations import OPERATIONS
from pinterest_async.operations.naming import no_such

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    import aiohttp
    from yarl import URL

    from pinterest_async.client import ClientOptions

_BASE_URL: Final = "https://pinterest.invalid/v5"


@dataclass(frozen=True, slots=True)
class FakeRequest:
    """One request that a client has sent. `headers` are without the token."""

    operation: str
    """As in `OPERATIONS`: `boards/get`."""
    path: Mapping[str, str]
    """The parameters in the path, by name."""
    query: Mapping[str, list[str]]
    body: Any
    """The decoded JSON or form, None without a body."""
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Canned:
    status: int
    body: bytes
    headers: Mapping[str, str]


class _Response:
    """As much of a response of aiohttp as a client looks at."""

    def __init__(self, response: _Canned) -> None:
        self.status = response.status
        self.headers = CIMultiDictProxy(CIMultiDict(response.headers))
        self._body = response.body

    async def read(self) -> bytes:
        return self._body


class FakeTransport:
    """Answers operations without a socket.

        transport = FakeTransport()
        transport.respond("boards/get", {"id": "1", "name": "Plum cakes"})
        async with transport.client() as pinterest:
            board = await pinterest.boards.get("1")
        assert transport.requests[0].path == {"board_id": "1"}

    The responses to an operation are given in the order in which they were set; the last one stays.
    """

    def __init__(self) -> None:
        self.requests: list[FakeRequest] = []
        """What was sent, the first request first."""
        self.closed: bool = False
        """Never: there is nothing to close."""
        self._router = Router(OPERATIONS.values())
        self._responses: dict[str, deque[_Canned | Exception]] = {}

    def client(self, **options: Unpack[ClientOptions]) -> Pinterest:
        """A client whose requests are answered here; without a `retry` it sends each one once."""
        options.setdefault("base_url", _BASE_URL)
        options.setdefault("retry", RetryPolicy(attempts=1))
        options["session"] = self
        return Pinterest("pina_fake", **options)

    def respond(
        self,
        operation: str,
        body: object = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Set the next response to an operation.

        Args:
            operation: its id, as in `OPERATIONS`.
            body: sent as JSON, bytes as they are; None sends nothing.
            status: of the response.
            headers: further headers.

        Raises:
            ValueError: no such operation.
        """
        raw = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            raw = msgspec.json.encode(body)
        content_type = {"content-type": "application/json"} if raw else {}
        self._set(operation, _Canned(status, raw, {**content_type, **(headers or {})}))

    def refuse(self, operation: str, status: int, code: int, message: str = "Refused.") -> None:
        """Set the next response to an operation to an error, in the API's form.

        Raises:
            ValueError: no such operation.
        """
        self.respond(operation, {"code": code, "message": message}, status=status)

    def fail(self, operation: str, error: Exception) -> None:
        """Have the next request of an operation fail with an error, such as one of aiohttp's.

        Raises:
            ValueError: no such operation.
        """
        self._set(operation, error)

    def pages(self, operation: str, *pages: Sequence[object]) -> None:
        """Set the responses to an operation that lists: one page each, joined by bookmarks.

        Raises:
            ValueError: no such operation.
        """
        for number, items in enumerate(pages, 1):
            bookmark = f"page {number + 1}" if number < len(pages) else None
            self.respond(operation, {"items": items, "bookmark": bookmark})

    def _set(self, operation: str, response: _Canned | Exception) -> None:
        if operation not in OPERATIONS:
            raise ValueError(no_such(operation))
        self._responses.setdefault(operation, deque()).append(response)

    async def request(
        self,
        method: str,
        url: URL,
        /,
        *,
        data: bytes | None,
        headers: Mapping[str, str],
        timeout: aiohttp.ClientTimeout,  # noqa: ARG002  # there is nothing to wait for
        allow_redirects: bool,  # noqa: ARG002  # or to follow
    ) -> _Response:
        """Answer a client. Tests have no use for it.

        Raises:
            LookupError: no response was set for the operation.
        """
        path = url.raw_path.removeprefix("/v5")
        operation, names = self._router.find(method, path)
        body: Any = None
        if data:
            body = dict(parse_qsl(data.decode())) if operation.form else msgspec.json.decode(data)
        shown = CIMultiDict(headers)
        shown.pop("Authorization", None)
        query = parse_qs(url.raw_query_string, keep_blank_values=True)
        self.requests.append(FakeRequest(operation.id, names, query, body, shown))
        responses = self._responses.get(operation.id)
        if not responses:
            raise LookupError(f"FakeTransport has no response for {operation.id}: set one first")
        response = responses[0] if len(responses) == 1 else responses.popleft()
        if isinstance(response, Exception):
            raise response
        return _Response(response)
