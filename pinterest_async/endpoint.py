"""What is known of a call before it is made: its operation, and what its options come to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import UNSET
from yarl import URL

from pinterest_async.config import RequestOptions, RetryPolicy, Timeouts
from pinterest_async.decoding import decoder_for, page_decoder_for
from pinterest_async.hooks import AnswerReceived, Hook
from pinterest_async.limits import MAX_WAIT, LimitPolicy
from pinterest_async.protocol import (
    FORM,
    JSON,
    PathTemplate,
    encode_body,
    encode_query,
    is_write,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinterest_async.decoding import PageBody
    from pinterest_async.operations import Operation
    from pinterest_async.protocol import QueryValue

T = TypeVar("T")

_NOTHING: Final[Mapping[str, QueryValue]] = {}


class BaseURL(msgspec.Struct, frozen=True):
    """Where the API is, taken apart: yarl puts an address together faster than it reads one."""

    scheme: str
    authority: str
    path: str
    origin: URL

    @classmethod
    def parse(cls, url: str) -> BaseURL:
        """Take a checked base URL apart."""
        parts = urlsplit(url)
        origin = URL.build(scheme=parts.scheme, authority=parts.netloc, encoded=True)
        return cls(parts.scheme, parts.netloc, parts.path, origin)

    def join(self, path: str, query: str) -> URL:
        """Return an address below this one; `path` and `query` are percent-encoded already."""
        return URL.build(
            scheme=self.scheme,
            authority=self.authority,
            path=self.path + path,
            query_string=query,
            encoded=True,
        )


class Request(msgspec.Struct, gc=False):
    """A call as it goes on the wire, but for its token."""

    url: URL
    path: str
    body: bytes | None
    content_type: str | None


class Endpoint(Generic[T]):
    """An operation and the type of its answer (of one item where it pages).

    Args:
        operation: the operation.
        answer: the type; None where it answers with nothing.
    """

    __slots__ = ("_ends", "answer", "decode", "decode_page", "operation", "template", "writes")

    def __init__(self, operation: Operation, answer: Any) -> None:
        self.operation: Operation = operation
        self.answer: Any = answer
        self.template: PathTemplate = PathTemplate.parse(operation.path)
        self.writes: bool = is_write(operation)
        # What stands around the path's parameter, where there is one.
        literals = self.template.literals
        self._ends: tuple[str, ...] = literals if len(literals) == 2 else ()
        self.decode: Callable[[bytes], T] = self._first_decode
        """The strict decoder of an answer."""
        self.decode_page: Callable[[bytes], PageBody[T]] = self._first_decode_page
        """The strict decoder of a page."""

    # Decoders are made when they are first used: most of the operations are never called.

    def _first_decode(self, body: bytes) -> T:
        self.decode = decoder_for(self.answer).decode
        return self.decode(body)

    def _first_decode_page(self, body: bytes) -> PageBody[T]:
        self.decode_page = page_decoder_for(self.answer).decode
        return self.decode_page(body)

    def request(
        self,
        base_url: BaseURL,
        path: tuple[str, ...],
        query: Mapping[str, QueryValue] | None,
        body: object,
        ad_account_id: str | None = None,
    ) -> Request:
        """Put a call together.

        Args:
            base_url: where the API is; the operation's path is appended to its path.
            path: the values of the path's parameters.
            query: the parameters behind the path.
            body: what to send; `UNSET` for no body.
            ad_account_id: fills the query parameter of that name where it is there and None.

        Raises:
            InvalidRequest: a value cannot be sent.
        """
        if query and ad_account_id is not None and query.get("ad_account_id", "") is None:
            query = {**query, "ad_account_id": ad_account_id}
        value = path[0] if self._ends and len(path) == 1 else None
        # Nearly every value is an id, of the very type `str`.
        if type(value) is str and value.isalnum() and value.isascii():
            first, last = self._ends
            target = f"{first}{value}{last}"
        else:
            target = self.template.fill(path)
        query = query or _NOTHING
        for parameter in query.values():
            if parameter is not None:
                url = base_url.join(target, encode_query(query))
                break
        else:
            url = base_url.origin.with_path(base_url.path + target, encoded=True)
        if body is UNSET:
            return Request(url, target, None, None)
        form = self.operation.form
        return Request(url, target, encode_body(body, form=form), FORM if form else JSON)


class Settings(msgspec.Struct, frozen=True):
    """What options come to once every one of them is decided."""

    options: RequestOptions
    headers: Mapping[str, str] | None
    deadline: float | None
    total: float
    timeout: aiohttp.ClientTimeout
    retry: RetryPolicy
    limit: LimitPolicy
    after_answer: Hook[AnswerReceived] | None

    @classmethod
    def of(cls, options: RequestOptions) -> Settings:
        """Work out what `options` come to; what they leave out gets its default."""
        timeout = Timeouts() if options.timeout is None else options.timeout
        timeouts = timeout if isinstance(timeout, Timeouts) else Timeouts(total=timeout)
        connect = timeouts.connect if timeouts.connect < math.inf else None
        return cls(
            options=options,
            headers=options.headers,
            deadline=options.deadline,
            total=timeouts.total,
            # The bound on the whole is kept by the pool, for less than aiohttp's costs.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect),
            retry=options.retry or RetryPolicy(),
            limit=LimitPolicy(
                max_wait=MAX_WAIT if options.max_wait is None else options.max_wait,
                on_limit=options.on_limit or "wait",
            ),
            after_answer=options.after_answer,
        )
