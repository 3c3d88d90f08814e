"""One call of the API from end to end.

    credentials → limiter admits → send → limiter observes → judge → return, or pause and once more

Everything that a call needs and that does not change is worked out beforehand, in `Endpoint`,
`Settings` and `Identity`: what is left for each call is little beside what aiohttp does for it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import aiohttp
import msgspec

from pinterest_async.config import PRODUCTION_URL, SANDBOX_URL
from pinterest_async.decoding import decode, decode_page
from pinterest_async.endpoint import BaseURL, Settings
from pinterest_async.errors import (
    AuthenticationFailed,
    BadRequest,
    ClientClosed,
    ConnectionFailed,
    DeadlineExceeded,
    DecodeError,
    PinterestError,
    RateLimited,
    RequestTimeout,
)
from pinterest_async.hooks import (
    AnswerReceived,
    AnswerRepaired,
    LimitWaited,
    RequestStarting,
    Retrying,
    tell,
)
from pinterest_async.identity import Identity
from pinterest_async.protocol import judge
from pinterest_async.rate_limit import RateLimit, read_rate_limit
from pinterest_async.retry import pause_before_retry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multidict import CIMultiDict

    from pinterest_async.auth import Credentials
    from pinterest_async.config import RequestOptions
    from pinterest_async.decoding import PageBody, Rejected
    from pinterest_async.endpoint import Endpoint, Request
    from pinterest_async.hooks import Hooks, Repair
    from pinterest_async.limits import Admission, Limiter
    from pinterest_async.operations import Operation
    from pinterest_async.pool import Call, Interruption, Pool
    from pinterest_async.protocol import QueryValue

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("pinterest_async")

# More paths than this in one log line help nobody.
_PATHS_IN_LOG: Final = 5


class Answer(msgspec.Struct, gc=False):
    """A success as it came."""

    body: bytes
    rate_limit: RateLimit | None
    request_id: str | None


class Transport:
    """Makes the calls of one client, or of one of its copies.

    Args:
        pool: the connections, shared with all copies.
        base_url: scheme, host and the path that every operation's path is appended to.
        credentials: where the tokens come from.
        limiter: what lets calls go at the rate that Pinterest allows.
        options: the defaults for every call.
        hooks: who is told what happens.
        ad_account_id: whom to act for in operations that take such a parameter.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        base_url: str,
        credentials: Credentials,
        limiter: Limiter,
        options: RequestOptions,
        hooks: Hooks,
        ad_account_id: str | None = None,
    ) -> None:
        self.pool = pool
        self.base_url = base_url
        self.credentials = credentials
        self.limiter = limiter
        self.options = options
        self.hooks = hooks
        self.ad_account_id = ad_account_id
        self.closed = False
        self._identity = Identity(credentials, hooks.token_refresh)
        self._base = BaseURL.parse(base_url)
        self._settings = Settings.of(options)
        self._sandbox = {PRODUCTION_URL: False, SANDBOX_URL: True}.get(base_url)

    def copy(self, **changes: Any) -> Transport:
        """Return a transport on the same connections that differs in some arguments."""
        arguments: dict[str, Any] = {
            "base_url": self.base_url,
            "credentials": self.credentials,
            "limiter": self.limiter,
            "options": self.options,
            "hooks": self.hooks,
            "ad_account_id": self.ad_account_id,
        }
        copied = Transport(self.pool, **(arguments | changes))
        copied.closed = self.closed
        return copied

    async def call(
        self,
        endpoint: Endpoint[T],
        path: tuple[str, ...],
        query: Mapping[str, QueryValue] | None,
        body: object,
        options: RequestOptions | None,
    ) -> T:
        """Make a call and return its answer."""
        settings = self._settings if options is None else self.settings(options)
        request = endpoint.request(self._base, path, query, body, self.ad_account_id)
        answer = await self._exchange(endpoint, request, settings)
        if endpoint.answer is None:
            return cast("T", None)
        try:
            return endpoint.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return await self._mend(endpoint, answer, settings)

    async def page(
        self,
        endpoint: Endpoint[T],
        path: tuple[str, ...],
        query: Mapping[str, QueryValue] | None,
        body: object,
        options: RequestOptions | None,
    ) -> tuple[PageBody[T], list[Rejected], Answer]:
        """Make a call and return its answer as a page, with the items that could not be read."""
        settings = self._settings if options is None else self.settings(options)
        request = endpoint.request(self._base, path, query, body, self.ad_account_id)
        answer = await self._exchange(endpoint, request, settings)
        try:
            return endpoint.decode_page(answer.body), [], answer
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return await self._mend_page(endpoint, answer, settings)

    def settings(self, options: RequestOptions) -> Settings:
        """Return what one call's options come to on top of the client's."""
        return Settings.of(options.over(self.options))

    async def _exchange(
        self, endpoint: Endpoint[T], request: Request, settings: Settings
    ) -> Answer:
        """Send until there is a success, or an error that is final."""
        if self.closed:
            raise ClientClosed("the client is closed: make a new one")
        operation, identity, extra = endpoint.operation, self._identity, settings.options.headers
        call = self.pool.enter(settings.options.deadline)
        attempt = 0
        renewed = False
        # Whether an earlier request of this call may have taken effect.
        doubtful = False
        try:
            while True:
                attempt += 1
                token = await identity.token(operation, extra)
                headers = identity.headers(operation, token, request.content_type, extra)
                try:
                    return await self._attempt(endpoint, request, headers, settings, call, attempt)
                except PinterestError as error:
                    doubtful = doubtful or error.may_have_applied
                    if isinstance(error, AuthenticationFailed):
                        again = not renewed and await identity.renewed(error, token)
                        renewed = True
                        pause = 0.0 if again and attempt < settings.retry.attempts else None
                    else:
                        pause = await self._pause(error, operation, settings, call, attempt)
                    if pause is None:
                        raise
                if pause:
                    await asyncio.sleep(pause)
        except PinterestError as error:
            if doubtful:
                error.may_have_applied = True
            raise
        except asyncio.CancelledError:
            interruption = call.interrupted()
            if interruption is None:
                raise
            raise _interruption_error(
                interruption, operation, settings, may_have_applied=doubtful
            ) from None
        finally:
            self.pool.leave(call)

    async def _attempt(
        self,
        endpoint: Endpoint[T],
        request: Request,
        headers: CIMultiDict[str],
        settings: Settings,
        call: Call,
        attempt: int,
    ) -> Answer:
        """Send once, when the limiter lets it go; raise what the answer comes to."""
        operation = endpoint.operation
        admission = await self._admission(operation, request, settings, call, attempt)
        started = self.pool.begin_request(call, settings.total)
        status, answer_headers, body = await self._send(
            endpoint, request, headers, settings, call, admission
        )
        now = time.time()
        rate_limit = read_rate_limit(answer_headers, now)
        request_id = answer_headers.get("x-pinterest-rid")
        error = None
        if 200 <= status < 300:
            self.limiter.observe(admission, rate_limit)
        else:
            error = judge(
                operation,
                status,
                answer_headers,
                body,
                rate_limit=rate_limit,
                sandbox=self._sandbox,
                now=now,
            )
            asked = None if error is None else error.retry_after
            # Analytics ask for a pause with a 400 where other categories answer 429.
            refused = isinstance(error, RateLimited) or (
                isinstance(error, BadRequest) and asked is not None
            )
            self.limiter.observe(admission, rate_limit, refused=refused, retry_after=asked)
        if self.hooks.after_answer is not None or logger.isEnabledFor(logging.DEBUG):
            event = AnswerReceived(
                operation=operation.id,
                status=status,
                seconds=call.loop.time() - started,
                attempt=attempt,
                request_id=request_id,
                rate_limit=rate_limit,
            )
            await self._report_answer(event)
        if error is not None:
            raise error
        return Answer(body, rate_limit, request_id)

    async def _admission(
        self,
        operation: Operation,
        request: Request,
        settings: Settings,
        call: Call,
        attempt: int,
    ) -> Admission:
        """Wait until the request may go and there is a connection for it."""
        key = self._identity.limit_key(operation.category, request.path)
        deadline = call.deadline if call.deadline < math.inf else None
        admission = await self.limiter.admit(key, settings.limit, deadline)
        hooks = self.hooks
        try:
            if admission.waited and hooks.limit_wait is not None:
                await tell(
                    hooks.limit_wait,
                    LimitWaited(
                        operation=operation.id,
                        category=operation.category,
                        seconds=admission.waited,
                    ),
                )
            if hooks.before_request is not None:
                await tell(
                    hooks.before_request,
                    RequestStarting(
                        operation=operation.id,
                        http_method=operation.http_method,
                        category=operation.category,
                        attempt=attempt,
                    ),
                )
            gate = self.pool.gate
            if gate is not None and not gate.enter_at_once():
                await gate.enter()
        except BaseException:
            admission.release()
            raise
        return admission

    async def _send(
        self,
        endpoint: Endpoint[T],
        request: Request,
        headers: CIMultiDict[str],
        settings: Settings,
        call: Call,
        admission: Admission,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send, and return the answer's status, headers and body."""
        operation = endpoint.operation
        status = 0
        answer_headers: Mapping[str, str] = {}
        try:
            response = await self.pool.session.request(
                operation.http_method,
                request.url,
                data=request.body,
                headers=headers,
                timeout=settings.timeout,
                allow_redirects=False,
                raise_for_status=False,
                middlewares=self.pool.middlewares,
            )
            status = response.status
            answer_headers = response.headers
            return status, answer_headers, await response.read()
        except asyncio.CancelledError:
            self.limiter.observe(admission, None)
            interruption = call.interrupted()
            if interruption is None:
                raise
            raise _interruption_error(
                interruption, operation, settings, may_have_applied=endpoint.writes
            ) from None
        except aiohttp.ClientConnectorError as error:
            admission.release()
            raise ConnectionFailed(
                f"{operation.id}: {error}; nothing was sent", operation=operation.id
            ) from None
        except aiohttp.ConnectionTimeoutError:
            admission.release()
            raise RequestTimeout(
                f"{operation.id}: no connection within {settings.timeout.sock_connect} s; "
                "nothing was sent",
                operation=operation.id,
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            if status >= 300:
                # The connection broke in the middle of a refusal, whose status says enough.
                return status, answer_headers, b""
            self.limiter.observe(admission, None)
            # The words of aiohttp may hold the query, so only the kind of error is shown.
            kind = type(error.__cause__ or error).__name__
            raise ConnectionFailed(
                f"{operation.id}: the connection broke before the whole answer came ({kind})",
                operation=operation.id,
                may_have_applied=endpoint.writes,
            ) from None
        except BaseException:
            self.limiter.observe(admission, None)
            raise
        finally:
            call.ends_at = call.deadline
            if self.pool.gate is not None:
                self.pool.gate.leave()

    async def _pause(
        self,
        error: PinterestError,
        operation: Operation,
        settings: Settings,
        call: Call,
        attempt: int,
    ) -> float | None:
        """Return the seconds to wait before sending again, or None when `error` is final."""
        remaining = call.deadline - call.loop.time() if call.deadline < math.inf else None
        pause = pause_before_retry(
            error,
            operation,
            attempt=attempt,
            policy=settings.retry,
            jitter=random.random(),  # noqa: S311  # spreads callers, hides nothing
            max_wait=settings.limit.max_wait if settings.limit.on_limit == "wait" else 0.0,
            remaining=remaining,
        )
        if pause is not None:
            logger.info(
                "%s: attempt %d failed with %s, again in %.2f s",
                operation.id,
                attempt,
                type(error).__name__,
                pause,
            )
            if self.hooks.retry is not None:
                event = Retrying(operation=operation.id, attempt=attempt, wait=pause, error=error)
                await tell(self.hooks.retry, event)
        return pause

    async def _mend(self, endpoint: Endpoint[T], answer: Answer, settings: Settings) -> T:
        operation = endpoint.operation.id
        try:
            value, repairs = decode(
                endpoint.answer,
                answer.body,
                operation=operation,
                strict=bool(settings.options.strict),
            )
        except DecodeError as error:
            self._complete(error, endpoint, answer)
            raise
        await self._report_repairs(operation, answer, repairs, rejected=0)
        return cast("T", value)

    async def _mend_page(
        self, endpoint: Endpoint[T], answer: Answer, settings: Settings
    ) -> tuple[PageBody[T], list[Rejected], Answer]:
        operation = endpoint.operation.id
        try:
            page, rejected, repairs = decode_page(
                endpoint.answer,
                answer.body,
                operation=operation,
                strict=bool(settings.options.strict),
            )
        except DecodeError as error:
            self._complete(error, endpoint, answer)
            raise
        await self._report_repairs(operation, answer, repairs, rejected=len(rejected))
        return page, rejected, answer

    def _complete(self, error: DecodeError, endpoint: Endpoint[T], answer: Answer) -> None:
        error.request_id = answer.request_id
        # Pinterest called it a success, so a write has taken effect.
        error.may_have_applied = endpoint.writes

    async def _report_answer(self, event: AnswerReceived) -> None:
        logger.debug(
            "%s: %d in %.3f s, request %s",
            event.operation,
            event.status,
            event.seconds,
            event.request_id,
        )
        if self.hooks.after_answer is not None:
            await tell(self.hooks.after_answer, event)

    async def _report_repairs(
        self, operation: str, answer: Answer, repairs: list[Repair], *, rejected: int
    ) -> None:
        if not repairs and not rejected:
            return
        paths = ", ".join(repair.path for repair in repairs[:_PATHS_IN_LOG])
        logger.warning(
            "%s: the answer did not fit its type: %d values mended or left out (%s), "
            "%d items rejected, request %s",
            operation,
            len(repairs),
            paths,
            rejected,
            answer.request_id,
        )
        if self.hooks.repair is not None:
            event = AnswerRepaired(
                operation=operation,
                request_id=answer.request_id,
                repairs=tuple(repairs),
                rejected=rejected,
            )
            await tell(self.hooks.repair, event)


def _interruption_error(
    interruption: Interruption, operation: Operation, settings: Settings, *, may_have_applied: bool
) -> PinterestError:
    if interruption == "timeout":
        return RequestTimeout(
            f"{operation.id}: no answer within {settings.total} s",
            operation=operation.id,
            may_have_applied=may_have_applied,
        )
    if interruption == "deadline":
        return DeadlineExceeded(
            f"{operation.id}: not done within its deadline of {settings.options.deadline} s",
            operation=operation.id,
            may_have_applied=may_have_applied,
        )
    closed = ClientClosed(f"{operation.id}: the client was closed while the call was under way")
    closed.may_have_applied = may_have_applied
    return closed
