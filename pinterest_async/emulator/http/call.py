"""What a request has become once it is understood, and what a handler gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from pinterest_async.emulator.schema.errors import Refusal, missing_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from multidict import MultiMapping

    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.files import File
    from pinterest_async.emulator.state.paging import Pages
    from pinterest_async.emulator.state.world import World
    from pinterest_async.operations import Operation

encode_json: Callable[[object], bytes] = msgspec.json.Encoder().encode


class MeasuredRefusal(Refusal):
    """A refusal as the real API was seen to make it, whatever code the description shows."""


@dataclass(slots=True)
class ApiCall:
    """One request to one operation, by one account."""

    operation: Operation
    path: Mapping[str, str]
    """The parameters in the path, by name."""
    query: MultiMapping[str]
    body: Any
    """The decoded JSON or form, None without a body."""
    account: Account
    scopes: frozenset[str]
    """What the token was granted."""
    world: World
    pages: Pages

    def need(self, *scopes: str) -> None:
        """Check for scopes that depend on the data, as those of secret boards do.

        Raises:
            Refusal: 401 code 3 when one is lacking.
        """
        if not self.scopes.issuperset(scopes):
            raise missing_scopes(set(scopes) - self.scopes)

    def link(self, file: File) -> str:
        """A fresh link to a finished file."""
        return self.world.files.link(self.world.files_origin, file)

    def page(self, values: Sequence[object], *, newest_first: bool = False) -> Reply:
        """A page of a list that is made anew for each request.

        Args:
            values: the whole list, oldest first.
            newest_first: whether to begin at its end.
        """

        def encoded(index: int) -> bytes:
            return encode_json(values[index])

        keys = range(len(values))
        return Reply(200, self.pages.page(self, keys, encoded, newest_first=newest_first))


@dataclass(slots=True, frozen=True)
class Reply:
    """The status and the JSON of a response; no body at all with 204."""

    status: int
    body: bytes = b""

    @classmethod
    def json(cls, value: Any, status: int = 200) -> Reply:
        """A response with this value."""
        return cls(status, encode_json(value))


NO_CONTENT = Reply(204)

Handler: TypeAlias = "Callable[[ApiCall], Reply]"
Handlers: TypeAlias = "Mapping[str, Handler]"
"""By operation."""
