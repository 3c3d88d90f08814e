"""One call of the API from end to end.

    put the request together → exchange it for a response → decode, or repair

Everything that a call needs and that does not change is worked out beforehand, in `Endpoint`,
`Settings` and `Identity`: what is left for each call is little beside what aiohttp does for it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import msgspec
from msgspec import UNSET

from pinterest_async._call.decoding import decode, decode_error, decode_page
from pinterest_async._call.endpoint import BaseURL
from pinterest_async._call.exchange import Exchange, Progress, Response
from pinterest_async._call.identity import Identity
from pinterest_async._call.protocol import begins_as_refusal, judge_success
from pinterest_async._call.settings import Settings
from pinterest_async.config import PRODUCTION_URL, SANDBOX_URL
from pinterest_async.errors import (
    ClientClosed,
    DecodeError,
)
from pinterest_async.hooks import (
    ResponseRepaired,
    UnknownMembers,
    tell,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinterest_async._call.connections import Pool
    from pinterest_async._call.decoding import PageBody, Rejected
    from pinterest_async._call.endpoint import Endpoint
    from pinterest_async._call.protocol import QueryValue
    from pinterest_async.auth import Credentials
    from pinterest_async.config import RequestOptions
    from pinterest_async.hooks import Hooks, Repair
    from pinterest_async.limits import Limiter

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("pinterest_async")

# More paths than this in one log line help nobody.
_PATHS_IN_LOG: Final = 5


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
        self._base = BaseURL.parse(base_url)
        self._settings = Settings.of(options, members=hooks.unknown_members is not None)
        self._exchange = Exchange(
            pool,
            Identity(credentials, hooks.token_refresh),
            limiter,
            hooks,
            sandbox={PRODUCTION_URL: False, SANDBOX_URL: True}.get(base_url),
        )
        self._tells_ends = hooks.call_ended is not None

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
        """Make a call and return its response."""
        settings = self._settings if options is None else self.settings(options)
        request = endpoint.request(
            self._base, path, query, body, self.ad_account_id, check_body=settings.check_body
        )
        if self.closed:
            raise ClientClosed("the client is closed: make a new one")
        # As `Exchange.begin` does: a call is not to pay for its frame.
        call = self.pool.enter(settings.deadline, settings.total)
        way = Progress(endpoint, request, settings, call, call.began_at)
        try:
            response = await self._exchange.run(way)
            if begins_as_refusal(response.body) and b'"message"' in response.body:
                self._refuse(endpoint, response)
            value = cast("T", None)
            if endpoint.expected is not None:
                try:
                    value = endpoint.decode(response.body)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    value = await self._repair(endpoint, response, settings)
                if settings.members:
                    await self._look_beyond(endpoint, response, settings, value)
        except BaseException as error:
            await self._exchange.report_end(way, error)
            raise
        if self._tells_ends:
            await self._exchange.report_end(way, None)
        return value

    async def page(
        self,
        endpoint: Endpoint[T],
        path: tuple[str, ...],
        query: Mapping[str, QueryValue] | None,
        body: object,
        options: RequestOptions | None,
    ) -> tuple[PageBody[T], list[Rejected], Response]:
        """Make a call and return its response as a page, with the items that could not be read."""
        settings = self._settings if options is None else self.settings(options)
        request = endpoint.request(
            self._base, path, query, body, self.ad_account_id, check_body=settings.check_body
        )
        if self.closed:
            raise ClientClosed("the client is closed: make a new one")
        # As `Exchange.begin` does: a call is not to pay for its frame.
        call = self.pool.enter(settings.deadline, settings.total)
        way = Progress(endpoint, request, settings, call, call.began_at)
        try:
            response = await self._exchange.run(way)
            page: tuple[PageBody[T], list[Rejected], Response]
            try:
                page = endpoint.decode_page(response.body), [], response
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                page = await self._repair_page(endpoint, response, settings)
            if settings.members:
                await self._look_beyond(endpoint, response, settings, page[0], page[1])
        except BaseException as error:
            await self._exchange.report_end(way, error)
            raise
        if self._tells_ends:
            await self._exchange.report_end(way, None)
        return page

    def settings(self, options: RequestOptions) -> Settings:
        """Return what one call's options come to on top of the client's."""
        members = self.hooks.unknown_members is not None
        return Settings.of(options.over(self.options), members=members)

    async def _repair(self, endpoint: Endpoint[T], response: Response, settings: Settings) -> T:
        operation = endpoint.operation.id
        try:
            value, repairs = decode(
                endpoint.expected,
                response.body,
                operation=operation,
                strict=bool(settings.options.strict),
            )
        except DecodeError as error:
            self._complete(error, endpoint, response)
            raise
        await self._report_repairs(operation, response, repairs, rejected=0)
        return cast("T", endpoint.finish(value))

    async def _repair_page(
        self, endpoint: Endpoint[T], response: Response, settings: Settings
    ) -> tuple[PageBody[T], list[Rejected], Response]:
        operation = endpoint.operation.id
        self._refuse(endpoint, response)
        try:
            page, rejected, repairs = decode_page(
                endpoint.expected,
                response.body,
                operation=operation,
                strict=bool(settings.options.strict),
            )
        except DecodeError as error:
            self._complete(error, endpoint, response)
            raise
        await self._report_repairs(operation, response, repairs, rejected=len(rejected))
        page.items = endpoint.finish(page.items)
        return page, rejected, response

    def _refuse(self, endpoint: Endpoint[T], response: Response) -> None:
        """Raise what a response comes to that is called a success and is a refusal."""
        refusal = judge_success(
            endpoint.operation, endpoint.expected, response.status, response.headers, response.body
        )
        if refusal is not None:
            raise refusal

    def _complete(self, error: DecodeError, endpoint: Endpoint[T], response: Response) -> None:
        error.request_id = response.request_id
        # Pinterest called it a success, so a write has taken effect.
        error.may_have_applied = endpoint.writes

    async def _look_beyond(
        self,
        endpoint: Endpoint[T],
        response: Response,
        settings: Settings,
        value: object,
        rejected: Sequence[Rejected] = (),
    ) -> None:
        """Tell of members that no model knows.

        Raises:
            DecodeError: there are some, or some stand twice in one object, and the caller wants to
                know of whatever does not fit.
        """
        from pinterest_async._call.unknown import repeated_members, unknown_members

        found = unknown_members(response.body, value, {item.index for item in rejected})
        if found and self.hooks.unknown_members is not None:
            event = UnknownMembers(
                operation=endpoint.operation.id, request_id=response.request_id, members=found
            )
            await tell(self.hooks.unknown_members, event)
        if not settings.options.strict:
            return
        self._refuse_members("a member that no model knows", found, endpoint, response)
        repeated = repeated_members(response.body)
        self._refuse_members("a member that stands twice", repeated, endpoint, response)

    def _refuse_members(
        self, what: str, found: Mapping[str, int], endpoint: Endpoint[T], response: Response
    ) -> None:
        if not found:
            return
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        message = f"{what}{more} - at `{next(iter(found))}`"
        error = decode_error(endpoint.operation.id, response.body, message)
        self._complete(error, endpoint, response)
        raise error

    async def _report_repairs(
        self, operation: str, response: Response, repairs: list[Repair], *, rejected: int
    ) -> None:
        if not repairs and not rejected:
            return
        paths = ", ".join(repair.path for repair in repairs[:_PATHS_IN_LOG])
        logger.warning(
            "%s: the response did not fit its type: %d values repaired or left out (%s), "
            "%d items rejected, request %s",
            operation,
            len(repairs),
            paths,
            rejected,
            response.request_id,
        )
        if self.hooks.repair is not None:
            event = ResponseRepaired(
                operation=operation,
                request_id=response.request_id,
                repairs=tuple(repairs),
                rejected=rejected,
            )
            await tell(self.hooks.repair, event)
