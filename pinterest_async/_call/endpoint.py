"""What is known of a call before it is made: its operation, and how its request is put together."""

from __future__ import annotations

import functools
import types
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET
from yarl import URL

from pinterest_async._call.checking import check_body as _check_body
from pinterest_async._call.decoding import decoder_for, is_list, page_decoder_for
from pinterest_async._call.protocol import (
    FORM,
    JSON,
    PathTemplate,
    encode_body,
    encode_query,
    is_write,
)
from pinterest_async._secret import SecretBytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async._call.decoding import PageBody
    from pinterest_async._call.protocol import QueryValue
    from pinterest_async.operations import Operation

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
    """A call as it goes on the wire, but for its token. Its repr shows no body."""

    url: URL
    path: str
    body: bytes | None
    content_type: str | None

    def __repr__(self) -> str:
        return f"<Request to {self.path}>"


class Endpoint(Generic[T]):
    """An operation and the type of its response (of one item where it pages).

    Args:
        operation: the operation.
        expected: the type; None where it has no body.
        takes: the type of its body where that is no object of one model; None to go by the object.
    """

    __slots__ = (
        "_ends",
        "decode",
        "decode_page",
        "expected",
        "finish",
        "operation",
        "takes",
        "template",
        "writes",
    )

    def __init__(self, operation: Operation, expected: Any, *, takes: Any = None) -> None:
        self.operation: Operation = operation
        self.takes: Any = takes
        self.expected: Any
        self.finish: Callable[[Any], Any]
        """Puts the last touch to a value, where the decoder does not."""
        self.expected, self.finish = _as_lists(expected)
        self.template: PathTemplate = PathTemplate.parse(operation.path)
        self.writes: bool = is_write(operation)
        # What stands around the path's parameter, where there is one.
        literals = self.template.literals
        self._ends: tuple[str, ...] = literals if len(literals) == 2 else ()
        self.decode: Callable[[bytes], T] = self._first_decode
        """The strict decoder of a response."""
        self.decode_page: Callable[[bytes], PageBody[T]] = self._first_decode_page
        """The strict decoder of a page."""

    # Decoders are made when they are first used: most of the operations are never called.

    def _first_decode(self, body: bytes) -> T:
        from pinterest_async._call.untyped import has_untyped_rows, ids_as_text
        from pinterest_async._call.zones import has_times, with_zones

        plain = decoder_for(self.expected).decode
        # Elsewhere an object without a model stands in one that has one, and holds no ids.
        rows = not hasattr(self.expected, "__struct_fields__")
        if (rows or "analytics" in self.operation.category) and has_untyped_rows(self.expected):
            self.finish = ids_as_text
        elif self.finish is _as_it_is and has_times(self.expected):
            self.finish = with_zones
        finish = self.finish
        self.decode = plain if finish is _as_it_is else lambda body: cast("T", finish(plain(body)))
        return self.decode(body)

    def _first_decode_page(self, body: bytes) -> PageBody[T]:
        from pinterest_async._call.zones import has_times, with_zones

        plain = page_decoder_for(self.expected).decode
        self.decode_page = plain
        if has_times(self.expected):
            self.finish = with_zones

            def decode_page(body: bytes) -> PageBody[T]:
                page: PageBody[T] = plain(body)
                page.items = with_zones(page.items)
                return page

            self.decode_page = decode_page
        return self.decode_page(body)

    def request(
        self,
        base_url: BaseURL,
        path: tuple[str, ...],
        query: Mapping[str, QueryValue] | None,
        body: object,
        ad_account_id: str | None = None,
        *,
        check_body: bool = True,
    ) -> Request:
        """Put a call together.

        Args:
            base_url: where the API is; the operation's path is appended to its path.
            path: the values of the path's parameters.
            query: the parameters behind the path.
            body: what to send; `UNSET` for no body.
            ad_account_id: fills the query parameter of that name where it is there and None.
            check_body: whether to hold the body to what the operation takes.

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
        if self.operation.form:
            # Only what logs in, or out, is a form.
            return Request(url, target, SecretBytes(encode_body(body, form=True)), FORM)
        encoded = encode_body(body, form=False)
        if check_body:
            takes = self.takes
            if takes is None and isinstance(body, msgspec.Struct):
                takes = type(body)
            if takes is not None:
                _check_body(self.operation.id, takes, encoded)
        return Request(url, target, encoded, JSON)


def _as_it_is(value: Any) -> Any:
    return value


def _as_lists(expected: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Return the type that is on the wire, and what makes of such a value what the caller gets.

    What becomes of several things is a list there and `Results`, which know more, for the caller.
    """
    optional = isinstance(expected, types.UnionType)
    for part in expected.__args__ if optional else (expected,):
        results: Any = get_origin(part)
        if hasattr(results, "failures"):
            wire: Any = list[get_args(part)[0]]  # type: ignore[misc]
            return wire | None if optional else wire, functools.partial(_several, results)
    return expected, _as_it_is


def _several(results: Any, value: Any) -> Any:
    return results(value) if is_list(value) else value
