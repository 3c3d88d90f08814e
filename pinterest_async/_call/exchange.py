"""From a request to its response, sent as often as it takes: the one loop of the package.

credentials → limiter admits → send → limiter observes → judge → return, or pause and once more
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
import msgspec

from pinterest_async._call.compression import read_body
from pinterest_async._call.connections import Call
from pinterest_async._call.endpoint import Endpoint, Request
from pinterest_async._call.network_errors import interrupted, lost, not_sent
from pinterest_async._call.protocol import judge, read_request_id
from pinterest_async._call.retry import pause_before_retry
from pinterest_async._call.settings import Settings
from pinterest_async.errors import (
    APIError,
    AuthenticationFailed,
    BadRequest,
    PinterestError,
    RateLimited,
)
from pinterest_async.hooks import (
    CallEnded,
    CallStarted,
    LimitWaited,
    RequestFailed,
    RequestStarting,
    ResponseReceived,
    Retrying,
    tell,
)
from pinterest_async.limits.headers import RateLimit, read_rate_limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from multidict import CIMultiDict

    from pinterest_async._call.connections import Pool
    from pinterest_async._call.sending import RawResponse
    from pinterest_async.hooks import Hooks
    from pinterest_async.limits import Admission, Limiter, LimitKey
    from pinterest_async.operations import Operation

logger: logging.Logger = logging.getLogger("pinterest_async")


class Authority(Protocol):
    """Who a request is made for: its headers, and the budget that it spends."""

    limit_keys: dict[str, LimitKey]

    def ready(
        self, operation: Operation, content_type: str | None, extra: Mapping[str, str] | None
    ) -> CIMultiDict[str] | None:
        """Return the headers if there is nothing to wait for."""
        ...

    async def token(self, operation: Operation, extra: Mapping[str, str] | None) -> str | None:
        """Return the access token to send, None for none."""
        ...

    def headers(
        self,
        operation: Operation,
        token: str | None,
        content_type: str | None,
        extra: Mapping[str, str] | None,
    ) -> CIMultiDict[str]:
        """Return the headers with a token."""
        ...

    async def renewed(
        self,
        error: AuthenticationFailed,
        headers: CIMultiDict[str],
        extra: Mapping[str, str] | None,
    ) -> bool:
        """Hear of a refused token; return whether there is another one."""
        ...

    def limit_key(self, category: str, path: str) -> LimitKey:
        """Return whose budget a request spends."""
        ...


class Response(msgspec.Struct, gc=False):
    """A response as it came, but for its body, which is inflated. Its repr shows neither."""

    status: int
    body: bytes
    rate_limit: RateLimit | None
    headers: Mapping[str, str]

    @property
    def request_id(self) -> str | None:
        """Pinterest's id for the request."""
        return read_request_id(self.headers)

    def __repr__(self) -> str:
        return f"<Response {self.status}, {len(self.body)} bytes>"


class Progress(msgspec.Struct, eq=False):
    """How far a call has come."""

    endpoint: Endpoint[Any]
    request: Request
    settings: Settings
    call: Call
    started: float | None
    """When the request began, in the time of the event loop; None where it has not."""
    attempt: int = 0
    """Which request it is, counted from 1."""
    renewed: bool = False
    """Whether a token was refused and reported already."""
    waited: float = 0.0
    """Seconds spent waiting for the limiter."""
    doubtful: bool = False
    """Whether an earlier request of this call may have taken effect."""


class Exchange:
    """Sends requests until there is a success, or an error that is final.

    Args:
        pool: the connections.
        authority: whom the requests are made for.
        limiter: what lets them go.
        hooks: who is told what happens.
        sandbox: whether the host is the sandbox; None where it is neither host of Pinterest's.
        scrub: takes secrets out of the body of a refusal before anything is made of it.
        clock: tells the time, in seconds since 1970, UTC.
        chance: a random number from 0 to 1, for the pauses.
    """

    def __init__(
        self,
        pool: Pool,
        authority: Authority,
        limiter: Limiter,
        hooks: Hooks,
        *,
        sandbox: bool | None = None,
        scrub: Callable[[bytes], bytes] | None = None,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._pool = pool
        self._authority = authority
        self._limiter = limiter
        self._hooks = hooks
        self._sandbox = sandbox
        self._scrub = scrub
        self._clock = clock
        self._chance = chance

    def begin(self, endpoint: Endpoint[Any], request: Request, settings: Settings) -> Progress:
        """Begin a call, which must be run at once.

        Raises:
            ClientClosed: the pool was closed, or belongs to another event loop.
        """
        call = self._pool.enter(settings.deadline, settings.total)
        return Progress(endpoint, request, settings, call, call.began_at)

    async def run(self, way: Progress) -> Response:
        """Return the response of a success.

        Raises:
            PinterestError: the last request failed, or was refused.
        """
        pool, authority = self._pool, self._authority
        request, settings, call = way.request, way.settings, way.call
        operation, extra = way.endpoint.operation, settings.headers
        try:
            if self._hooks.call_started is not None:
                await tell(self._hooks.call_started, _start_of(way))
            while True:
                way.attempt += 1
                headers = authority.ready(operation, request.content_type, extra)
                if headers is None:
                    call.ends_at, way.started = call.deadline, None
                    token = await authority.token(operation, extra)
                    headers = authority.headers(operation, token, request.content_type, extra)
                try:
                    return await self._attempt(way, headers)
                except PinterestError as error:
                    pause = await self._pause(error, way, headers)
                    if pause is None:
                        raise
                way.started = None
                if pause:
                    await asyncio.sleep(pause)
        except PinterestError as error:
            error.may_have_applied = error.may_have_applied or way.doubtful
            raise
        except asyncio.CancelledError:
            interruption = interrupted(call, operation, settings, may_have_applied=way.doubtful)
            if interruption is None:
                raise
            raise interruption from None
        finally:
            pool.leave(call)

    async def _attempt(self, way: Progress, headers: CIMultiDict[str]) -> Response:
        """Send once, when the limiter lets it go; raise what the response comes to."""
        pool, operation, settings, call = (
            self._pool,
            way.endpoint.operation,
            way.settings,
            way.call,
        )
        authority, category = self._authority, operation.category
        key = authority.limit_keys.get(category) or authority.limit_key(category, way.request.path)
        started = way.started
        if started is None:
            started = pool.begin_request(call, settings.total)
        admission = self._limiter.admit_at_once(key, started)
        if admission is not None and pool.gate.free and self._hooks.before_request is None:
            pool.gate.free -= 1
        else:
            call.ends_at = call.deadline
            admission = await self._admission(admission, key, way)
            started = pool.begin_request(call, settings.total)
        status = 0
        raw: RawResponse | None = None
        fields: Mapping[str, str] = {}
        try:
            raw = await pool.send(
                operation.http_method,
                way.request.url,
                data=way.request.body,
                headers=headers,
                timeout=settings.timeout,
                allow_redirects=False,
            )
            status = raw.status
            fields = raw.headers
            length, bound = fields.get("content-length"), settings.max_response_bytes
            plain = length is not None and len(length) <= settings.plain_digits
            response = Response(
                status,
                await (
                    raw.read()
                    if plain and "content-encoding" not in fields
                    else read_body(raw, fields, bound, operation, writes=way.endpoint.writes)
                ),
                None,
                fields,
            )
        except BaseException as error:
            if status < 300 or not isinstance(error, (aiohttp.ClientError, OSError)):
                failure = self._failure(error, way, admission)
                await self._report_failure(failure or error, way, started)
                if failure is None:
                    raise
                raise failure from None
            # The connection broke in the middle of a refusal, whose status says enough.
            response = Response(status, b"", None, fields)
        finally:
            call.ends_at = call.deadline
            pool.gate.leave()
        now = self._clock()
        rate_limit = response.rate_limit = read_rate_limit(fields, now)
        # Headers may hold secrets, such as a code in an address, and errors go through here.
        del raw, fields
        refusal: APIError | None = None
        if 200 <= status < 300:
            self._limiter.observe(admission, rate_limit)
        else:
            refusal = self._refusal(response, way, admission, now)
        own, common = settings.after_response, self._hooks.after_response
        if own is not None or common is not None or logger.isEnabledFor(logging.DEBUG):
            await self._report(response, way, call.loop.time() - started)
        if refusal is not None:
            raise refusal
        return response

    def _refusal(
        self, response: Response, way: Progress, admission: Admission, now: float
    ) -> APIError | None:
        """Tell the limiter of a refusal, and return the error that it comes to."""
        refusal = judge(
            way.endpoint.operation,
            response.status,
            response.headers,
            response.body if self._scrub is None else self._scrub(response.body),
            rate_limit=response.rate_limit,
            sandbox=self._sandbox,
            now=now,
            secret=_speaks_of_secrets(way.request),
            acts="ad_account_id=" in way.request.url.raw_query_string,
        )
        self._observe_refusal(admission, refusal, response.rate_limit)
        return refusal

    async def _admission(
        self,
        admission: Admission | None,
        key: LimitKey,
        way: Progress,
    ) -> Admission:
        """Wait until the request may go and there is a connection for it."""
        operation, call = way.endpoint.operation, way.call
        if admission is None:
            deadline = call.deadline if call.deadline < math.inf else None
            admission = await self._limiter.admit(key, way.settings.limit, deadline)
        hooks = self._hooks
        way.waited += admission.waited
        try:
            if admission.waited and hooks.limit_wait is not None:
                await tell(
                    hooks.limit_wait,
                    LimitWaited(
                        operation=operation.id,
                        category=operation.category,
                        seconds=admission.waited,
                        reason=admission.reason or "window",
                        window=admission.window,
                    ),
                )
            if hooks.before_request is not None:
                await tell(
                    hooks.before_request,
                    RequestStarting(
                        operation=operation.id,
                        http_method=operation.http_method,
                        category=operation.category,
                        attempt=way.attempt,
                    ),
                )
        except BaseException:
            admission.release()
            raise
        started = call.loop.time()
        try:
            await self._pool.gate.enter()
        except BaseException as error:
            admission.release()
            await self._report_failure(error, way, started)
            raise
        return admission

    def _failure(
        self,
        error: BaseException,
        way: Progress,
        admission: Admission,
    ) -> PinterestError | None:
        """Close the admission of a call without a response; None where `error` says it itself."""
        operation, settings = way.endpoint.operation, way.settings
        failure = not_sent(error, operation, settings) or self._pool.explain(error)
        if failure is None:
            self._limiter.observe(admission, None)
            return lost(error, operation, settings, way.call, may_have_applied=way.endpoint.writes)
        admission.release()
        return failure

    def _observe_refusal(
        self, admission: Admission, refusal: APIError | None, rate_limit: RateLimit | None
    ) -> None:
        asked = None if refusal is None else refusal.retry_after
        # Analytics ask for a pause with a 400 where other categories respond with 429.
        refused = isinstance(refusal, RateLimited) or (
            isinstance(refusal, BadRequest) and asked is not None
        )
        self._limiter.observe(admission, rate_limit, refused=refused, retry_after=asked)

    async def _pause(
        self, error: PinterestError, way: Progress, headers: CIMultiDict[str]
    ) -> float | None:
        """Return the seconds to wait before sending again, or None when `error` is final."""
        settings, call, operation = way.settings, way.call, way.endpoint.operation
        way.doubtful = way.doubtful or error.may_have_applied
        if isinstance(error, AuthenticationFailed):
            again = not way.renewed and await self._authority.renewed(
                error, headers, settings.headers
            )
            way.renewed = True
            return 0.0 if again and way.attempt < settings.retry.attempts else None
        remaining = call.deadline - call.loop.time() if call.deadline < math.inf else None
        pause = pause_before_retry(
            error,
            operation,
            attempt=way.attempt,
            policy=settings.retry,
            jitter=self._chance(),
            max_wait=settings.limit.max_wait if settings.limit.on_limit == "wait" else 0.0,
            remaining=remaining,
        )
        if pause is not None:
            logger.info(
                "%s: attempt %d failed with %s, again in %.2f s",
                operation.id,
                way.attempt,
                type(error).__name__,
                pause,
            )
            if self._hooks.retry is not None:
                event = Retrying(
                    operation=operation.id,
                    attempt=way.attempt,
                    retry_after=pause,
                    retry_at=datetime.now(UTC) + timedelta(seconds=pause),
                    error=error,
                )
                await tell(self._hooks.retry, event)
        return pause

    async def report_end(self, way: Progress, error: BaseException | None) -> None:
        """Tell of a call that is over, with what it raised."""
        if self._hooks.call_ended is not None:
            event = CallEnded(
                operation=way.endpoint.operation.id,
                seconds=way.call.loop.time() - way.call.began_at,
                attempts=way.attempt,
                waited=way.waited,
                error=error,
            )
            await tell(self._hooks.call_ended, event)

    async def _report_failure(self, error: BaseException, way: Progress, started: float) -> None:
        if self._hooks.request_failed is not None:
            event = RequestFailed(
                operation=way.endpoint.operation.id,
                seconds=way.call.loop.time() - started,
                attempt=way.attempt,
                error=error,
            )
            await tell(self._hooks.request_failed, event)

    async def _report(self, response: Response, way: Progress, seconds: float) -> None:
        operation = way.endpoint.operation
        logger.debug(
            "%s: %d in %.3f s, request %s",
            operation.id,
            response.status,
            seconds,
            response.request_id,
        )
        event = ResponseReceived(
            operation=operation.id,
            status=response.status,
            seconds=seconds,
            attempt=way.attempt,
            request_id=response.request_id,
            rate_limit=response.rate_limit,
            headers=response.headers,
            body=response.body,
        )
        for listener in (self._hooks.after_response, way.settings.after_response):
            if listener is not None:
                await tell(listener, event)


def _start_of(way: Progress) -> CallStarted:
    operation, url = way.endpoint.operation, way.request.url
    return CallStarted(
        operation=operation.id,
        http_method=operation.http_method,
        category=operation.category,
        path=operation.path,
        host=url.host or "",
        port=url.port or 0,
    )


def _speaks_of_secrets(request: Request) -> bool:
    """Whether it makes something secret, or asks for what is."""
    in_body = request.body is not None and b'"SECRET"' in request.body
    return in_body or "=SECRET" in request.url.raw_query_string
