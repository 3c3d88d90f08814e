"""The log of the requests that the server has seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from multidict import CIMultiDict

if TYPE_CHECKING:
    from collections.abc import Mapping

MASK = "***"
BODY_MAX = 2**18
"""Bytes of a body that are worth keeping."""


@dataclass(slots=True)
class SeenRequest:
    """One request, and what became of it.

    `headers` hold everything but the secret of `Authorization`.
    """

    method: str
    path: str
    """With the base path, decoded: `/v5/boards`."""
    query: dict[str, list[str]]
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(default=None, repr=False)
    """The decoded JSON or form, the bytes of anything else, None without a body.

    A body of more than 256 KiB is not kept: its size is told instead, as `<300000 bytes>`.
    """
    operation_id: str | None = None
    """None for a path that no operation has."""
    status: int | None = None
    """None when the connection was reset instead of a response."""
    request_id: str | None = None


def masked(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """A copy of the headers that keeps the scheme of `Authorization` and hides the rest of it."""
    copy = CIMultiDict(headers)
    authorization = copy.get("Authorization")
    if authorization is not None:
        copy["Authorization"] = f"{authorization.partition(' ')[0]} {MASK}"
    return copy
