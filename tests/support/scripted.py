"""A server that answers as it is told, and a limiter that lets everything go and keeps count."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec import UNSET

from pinterest_async._call.endpoint import Endpoint
from pinterest_async.client import Pinterest
from pinterest_async.config import RequestOptions, RetryPolicy
from pinterest_async.limits import Admission, CategoryLimit, Limiter, LimitKey, LimitPolicy
from pinterest_async.operations import Operation

if TYPE_CHECKING:
    from pinterest_async.limits.headers import RateLimit

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Recorded(msgspec.Struct):
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query, still percent-encoded."""
        return self.target.partition("?")[2]


class Scripted:
    """Answers one request after the other from a list, and `{"id": "1"}` when that is used up."""

    def __init__(self) -> None:
        self.requests: list[Recorded] = []
        self._responses: deque[Handler] = deque()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._server = TestServer(app)

    @property
    def base_url(self) -> str:
        """Where a client finds it."""
        return f"{self._server.make_url('/v5')}"

    def answer(
        self,
        body: object = None,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> None:
        """Answer the next request so; a body that is not bytes is written as JSON."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)

        async def handler(request: web.Request) -> web.StreamResponse:
            return web.Response(
                body=content, status=status, headers=headers, content_type=content_type
            )

        self._responses.append(handler)

    def refuse(
        self, status: int, code: int | None = None, message: str = "no", **more: Any
    ) -> None:
        """Answer the next request with an error as Pinterest writes them."""
        body: dict[str, Any] = {"code": code, "message": message}
        self.answer(body, status=status, **more)

    def handle(self, handler: Handler) -> None:
        """Let `handler` answer the next request."""
        self._responses.append(handler)

    def hang_up(self) -> None:
        """Close the connection on the next request without a response."""

        async def handler(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.close()
            return web.Response()

        self._responses.append(handler)

    def stall(self) -> None:
        """Never answer the next request."""

        async def handler(request: web.Request) -> web.StreamResponse:
            await asyncio.sleep(60)
            return web.Response()

        self._responses.append(handler)

    async def __aenter__(self) -> Self:
        await self._server.start_server(access_log=None, shutdown_timeout=0)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._server.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        recorded = Recorded(
            method=request.method,
            target=request.raw_path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        self.requests.append(recorded)
        if self._responses:
            return await self._responses.popleft()(request)
        return web.json_response({"id": "1"})


class OpenAdmission(Admission):
    """An admission that counts when it is given back."""

    limiter: OpenLimiter

    def release(self) -> None:
        """Count it."""
        self.limiter.released += 1


class OpenLimiter(Limiter):
    """Lets every call go at once, and keeps what it is told."""

    def __init__(self) -> None:
        self.admitted: list[LimitKey] = []
        self.policies: list[LimitPolicy] = []
        self.observed: list[tuple[RateLimit | None, bool, float | None]] = []
        self.released = 0
        self.closed = False
        self.waited = 0.0
        self.block: asyncio.Event | None = None

    async def admit(
        self,
        key: LimitKey,
        policy: LimitPolicy,
        deadline: float | None = None,  # noqa: ARG002  # as the protocol has it
    ) -> Admission:
        """Let a call go, once `block` is set where there is one."""
        if self.block is not None:
            await self.block.wait()
        self.admitted.append(key)
        self.policies.append(policy)
        return OpenAdmission(key, 0.0, self.waited, self)

    def observe(
        self,
        admission: Admission,  # noqa: ARG002  # as the protocol has it
        rate_limit: RateLimit | None,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> None:
        """Keep what came of a call."""
        self.observed.append((rate_limit, refused, retry_after))

    @property
    def open(self) -> int:
        """Admissions that were neither observed nor given back."""
        return len(self.admitted) - len(self.observed) - self.released

    def snapshot(self) -> list[CategoryLimit]:
        """Know of no budget."""
        return []

    async def aclose(self) -> None:
        """Remember that it was closed."""
        self.closed = True


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    while not condition():  # noqa: ASYNC110  # there is no event for it
        await asyncio.sleep(0.001)


def operation(http_method: str = "GET", path: str = "/things", **more: Any) -> Operation:
    """An operation that Pinterest does not have."""
    fields: dict[str, Any] = {
        "id": "things/do",
        "http_method": http_method,
        "path": path,
        "category": "org_read",
        "scopes": ("things:read",),
        "resource": "things",
        "method": "do",
        "repeatable": http_method in ("GET", "DELETE"),
    }
    return Operation(**{**fields, **more})


TOKEN = "pina_secret-token"
FAST = RetryPolicy(base=0.0)
"""A policy without pauses."""

GET = operation("GET")
POST = operation("POST")
DELETE = operation("DELETE")


def connect(server: Scripted, limiter: OpenLimiter, **options: Any) -> Pinterest:
    """A client of the server that pauses for no time."""
    options.setdefault("retry", FAST)
    return Pinterest(
        options.pop("credentials", TOKEN), base_url=server.base_url, limits=limiter, **options
    )


async def call(
    client: Pinterest,
    op: Operation = GET,
    response: Any = Any,
    *,
    body: object = UNSET,
    query: Any = None,
    options: RequestOptions | None = None,
) -> Any:
    """Make a call of an operation."""
    return await client._transport.call(
        Endpoint[Any](op, response), query=query, body=body, options=options
    )
