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
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import aiohttp
import msgspec
from msgspec import UNSET

from pinterest_async.config import PRODUCTION_URL, SANDBOX_URL
from pinterest_async.decoding import decode, decode_page
from pinterest_async.endpoint import BaseURL, Settings
from pinterest_async.errors import (
    APIError,
    AuthenticationFailed,
    BadRequest,
    ClientClosed,
    DecodeError,
    PinterestError,
    RateLimited,
)
from pinterest_async.failures import interrupted, lost, not_sent
from pinterest_async.hooks import (
    AnswerReceived,
    AnswerRepaired,
    LimitWaited,
    RequestStarting,
    Retrying,
    tell,
)
from pinterest_async.identity import Identity
from pinterest_async.inflating import inflate
from pinterest_async.protocol import judge
from pinterest_async.rate_limit import RateLimit, read_rate_limit
from pinterest_async.retry import pause_before_retry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from multidict import CIMultiDict

    from pinterest_async.auth import Credentials
    from pinterest_async.config import RequestOptions
    from pinterest_async.decoding import PageBody, Rejected
    from pinterest_async.endpoint import Endpoint, Request
    from pinterest_async.hooks import Hook, Hooks, Repair
    from pinterest_async.limits import Admission, Limiter, LimitKey
    from pinterest_async.operations import Operation
    from pinterest_async.pool import Call, Pool
    from pinterest_async.protocol import QueryValue

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("pinterest_async")

# More paths than this in one log line help nobody.
_PATHS_IN_LOG: Final = 5


class Answer(msgspec.Struct, gc=False):
    """An answer as it came, but for its body, which is inflated."""

    status: int
    body: bytes
    rate_limit: RateLimit | None
    headers: Mapping[str, str]

    @property
    def request_id(self) -> str | None:
        """Pinterest's id for the request."""
        return self.headers.get("x-pinterest-rid")


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
        # A limiter of somebody's own may have `admit` alone.
        self._admit_at_once: Callable[[LimitKey, float], Admission | None] = getattr(
            limiter, "admit_at_once", _ask
        )
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
        *,
        path: tuple[str, ...] = (),
        query: Mapping[str, QueryValue] | None = None,
        body: object = UNSET,
        options: RequestOptions | None = None,
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
        operation, identity, extra = endpoint.operation, self._identity, settings.headers
        call = self.pool.enter(settings.deadline, settings.total)
        started: float | None = call.began_at
        attempt = 0
        renewed = False
        # Whether an earlier request of this call may have taken effect.
        doubtful = False
        try:
            while True:
                attempt += 1
                headers = identity.ready(operation, request.content_type, extra)
                if headers is None:
                    call.ends_at, started = call.deadline, None
                    token = await identity.token(operation, extra)
                    headers = identity.headers(operation, token, request.content_type, extra)
                try:
                    return await self._attempt(
                        endpoint, request, headers, settings, call, attempt, started
                    )
                except PinterestError as error:
                    doubtful = doubtful or error.may_have_applied
                    if isinstance(error, AuthenticationFailed):
                        again = not renewed and await identity.renewed(error, headers, extra)
                        renewed = True
                        pause = 0.0 if again and attempt < settings.retry.attempts else None
                    else:
                        pause = await self._pause(error, operation, settings, call, attempt)
                    if pause is None:
                        raise
                started = None
                if pause:
                    await asyncio.sleep(pause)
        except PinterestError as error:
            error.may_have_applied = error.may_have_applied or doubtful
            raise
        except asyncio.CancelledError:
            interruption = interrupted(call, operation, settings, may_have_applied=doubtful)
            if interruption is None:
                raise
            raise interruption from None
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
        started: float | None,
    ) -> Answer:
        """Send once, when the limiter lets it go; raise what the answer comes to.

        `started` is when the request began, None where it has not.
        """
        pool, operation = self.pool, endpoint.operation
        identity, category = self._identity, operation.category
        key = identity.limit_keys.get(category) or identity.limit_key(category, request.path)
        if started is None:
            started = pool.begin_request(call, settings.total)
        admission = self._admit_at_once(key, started)
        if admission is not None and pool.gate.free and self.hooks.before_request is None:
            pool.gate.free -= 1
        else:
            call.ends_at = call.deadline
            admission = await self._admission(admission, key, operation, settings, call, attempt)
            started = pool.begin_request(call, settings.total)
        status = 0
        answer_headers: Mapping[str, str] = {}
        try:
            response = await pool.send(
                operation.http_method,
                request.url,
                data=request.body,
                headers=headers,
                timeout=settings.timeout,
                allow_redirects=False,
            )
            status = response.status
            answer_headers = response.headers
            body = await response.read()
            encoding = answer_headers.get("content-encoding")
            if encoding is not None:
                body = inflate(body, encoding)
        except BaseException as error:
            if status < 300 or not isinstance(error, (aiohttp.ClientError, OSError)):
                failure = self._failure(error, endpoint, settings, call, admission)
                if failure is None:
                    raise
                raise failure from None
            # The connection broke in the middle of a refusal, whose status says enough.
            body = b""
        finally:
            call.ends_at = call.deadline
            pool.gate.leave()
        now = time.time()
        rate_limit = read_rate_limit(answer_headers, now)
        refusal: APIError | None = None
        if 200 <= status < 300:
            self.limiter.observe(admission, rate_limit)
        else:
            refusal = judge(
                operation,
                status,
                answer_headers,
                body,
                rate_limit=rate_limit,
                sandbox=self._sandbox,
                now=now,
            )
            self._observe_refusal(admission, refusal, rate_limit)
        answer = Answer(status, body, rate_limit, answer_headers)
        own, common = settings.after_answer, self.hooks.after_answer
        if own is not None or common is not None or logger.isEnabledFor(logging.DEBUG):
            seconds = call.loop.time() - started
            await _report_answer(answer, operation, attempt, seconds, (common, own))
        if refusal is not None:
            raise refusal
        return answer

    async def _admission(
        self,
        admission: Admission | None,
        key: LimitKey,
        operation: Operation,
        settings: Settings,
        call: Call,
        attempt: int,
    ) -> Admission:
        """Wait until the request may go and there is a connection for it."""
        if admission is None:
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
            await self.pool.gate.enter()
        except BaseException:
            admission.release()
            raise
        return admission

    def _failure(
        self,
        error: BaseException,
        endpoint: Endpoint[T],
        settings: Settings,
        call: Call,
        admission: Admission,
    ) -> PinterestError | None:
        """Close the admission of a call without an answer; None where `error` says it itself."""
        failure = not_sent(error, endpoint.operation, settings) or self.pool.explain(error)
        if failure is None:
            self.limiter.observe(admission, None)
            return lost(error, endpoint.operation, settings, call, may_have_applied=endpoint.writes)
        admission.release()
        return failure

    def _observe_refusal(
        self, admission: Admission, refusal: APIError | None, rate_limit: RateLimit | None
    ) -> None:
        asked = None if refusal is None else refusal.retry_after
        # Analytics ask for a pause with a 400 where other categories answer 429.
        refused = isinstance(refusal, RateLimited) or (
            isinstance(refusal, BadRequest) and asked is not None
        )
        self.limiter.observe(admission, rate_limit, refused=refused, retry_after=asked)

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


async def _report_answer(
    answer: Answer,
    operation: Operation,
    attempt: int,
    seconds: float,
    listeners: Sequence[Hook[AnswerReceived] | None],
) -> None:
    logger.debug(
        "%s: %d in %.3f s, request %s",
        operation.id,
        answer.status,
        seconds,
        answer.request_id,
    )
    event = AnswerReceived(
        operation=operation.id,
        status=answer.status,
        seconds=seconds,
        attempt=attempt,
        request_id=answer.request_id,
        rate_limit=answer.rate_limit,
    )
    for listener in listeners:
        if listener is not None:
            await tell(listener, event)


def _ask(key: LimitKey, now: float) -> None:  # noqa: ARG001  # as a limiter's method
    return None
