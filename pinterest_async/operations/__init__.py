"""What an operation of the API is, and the table of all of them.

An operation is data: the request line, the rate-limit category whose budget it spends, the scopes a
token needs for it, and the resource and method under which a client offers it. The rows behind
`OPERATIONS` are generated; nothing here is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from pinterest_async.operations._table import ROWS, VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DESCRIPTION_VERSION", "OPERATIONS", "Effect", "HTTPMethod", "Operation"]

HTTPMethod: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
Effect: TypeAlias = Literal["reads", "writes", "irreversible", "spends"]
"""What a call does to an account.

- `reads`: it changes nothing.
- `writes`: another call can change it back.
- `irreversible`: something is lost, sent for good, or stays.
- `spends`: ads may run after it, or cost more.
"""


class Operation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One operation of the API, as `OPERATIONS` lists it."""

    id: str
    """Pinterest's operation id, for example `boards/list`."""
    http_method: HTTPMethod
    """The verb of the request line."""
    path: str
    """The path below the base URL, with `{name}` for each path parameter."""
    category: str
    """The rate-limit category whose budget a call spends, for example `org_read`."""
    scopes: tuple[str, ...]
    """The OAuth scopes that a token needs; empty where the app's own credentials are asked for."""
    resource: str
    """The attribute of a client that holds the method, for example `boards`."""
    method: str
    """The coroutine (or the method that returns a `Pager`) of that resource, for example `list`."""
    sandbox: bool = False
    """Whether the sandbox host has this operation."""
    paginated: bool = False
    """Whether the response is a page with a bookmark."""
    page_size_max: int = 0
    """The largest page that may be asked for; 0 where the size cannot be chosen."""
    response: str = "None"
    """The type of the response (of one item where it pages), named as in `pinterest_async.models`."""
    body: str = ""
    """The type of the request body, named as in `pinterest_async.models`; empty without a body."""
    form: bool = False
    """Whether the body is sent as a form instead of JSON."""
    basic: bool = False
    """Whether the app's id and secret authorise the call, instead of a bearer token."""
    client_credentials: bool = False
    """Whether a token of the client-credentials grant is accepted as well."""
    effect: Effect = "writes"
    """What a call does to an account. Ours: Pinterest's description does not say."""
    repeatable: bool = False
    """Whether sending it twice does no harm: GET, HEAD, DELETE and the few POSTs that only read."""
    deprecated: bool = False
    """Whether Pinterest means to withdraw it."""
    beta: bool = False
    """Whether it is in beta, or open to some apps only."""
    bad_request_code: int = 1
    """Pinterest's own code in the body of a 400 that says what is wrong with the request."""
    items_min: int = 0
    """The fewest items of a body that is a list."""
    items_max: int = 0
    """The most items of a body that is a list; 0 where no bound is declared."""
    strict: tuple[str, ...] = ()
    """The places of a body where members that are not declared are refused.

    An empty name is the body itself, `data[]` each item of its `data`.
    """


DESCRIPTION_VERSION: Final[str] = VERSION
"""The version of Pinterest's API description that operations and models were generated from."""

OPERATIONS: Final[Mapping[str, Operation]] = {
    operation.id: operation for operation in (msgspec.convert(row, Operation) for row in ROWS)
}


def __dir__() -> list[str]:
    return [*__all__]
