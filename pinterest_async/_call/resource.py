"""What the generated resources are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec
from msgspec import UNSET

from pinterest_async._call.endpoint import Endpoint
from pinterest_async.paging import Pager

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinterest_async._call.protocol import QueryScalar, QueryValue
    from pinterest_async._call.transport import Transport
    from pinterest_async.config import RequestOptions

__all__ = ["Endpoint", "Resource", "comma", "deep"]

T = TypeVar("T")


class Resource:
    """Operations that belong together, on one client."""

    __slots__ = ("_call", "_transport")

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        # The transport's own method: each function on the way costs something for every call.
        self._call = transport.call

    def _pages(
        self,
        endpoint: Endpoint[T],
        *,
        path: tuple[str, ...] = (),
        query: Mapping[str, QueryValue] | None = None,
        body: object = UNSET,
        page_size: int | None = None,
        bookmark: str | None = None,
        options: RequestOptions | None = None,
    ) -> Pager[T]:
        return Pager(
            self._transport,
            endpoint,
            path=path,
            query=query,
            body=body,
            page_size=page_size,
            bookmark=bookmark,
            options=options,
        )


def comma(values: Sequence[str | int] | None) -> str | None:
    """Join the values of a parameter that Pinterest reads from one string; None for none."""
    return ",".join(map(str, values)) if values else None


def deep(name: str, value: object) -> dict[str, QueryScalar]:
    """Spread an object over parameters such as `name[field]` and `name[field][inner]`."""
    spread: dict[str, QueryScalar] = {}
    for field, inner in _fields(value).items():
        key = f"{name}[{field}]"
        if isinstance(inner, dict):
            spread.update(deep(key, cast("object", inner)))
        elif inner is not None:
            spread[key] = inner
    return spread


def _fields(value: object) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(value, str_keys=True)
    return fields
