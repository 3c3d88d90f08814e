"""Pages and bookmarks.

A bookmark says after which item the next page begins, so that a list can grow and shrink while it
is being walked. To the outside it is opaque: base64 in its ordinary alphabet (`+`, `/` and `=` are
in every one, so that a client which forgets to encode it fails at once), signed, and good for the
list that it came from and for no other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from bisect import bisect_left, bisect_right
from itertools import islice
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from pinterest_async.emulator.schema.errors import bad_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from multidict import MultiMapping

    from pinterest_async.emulator.state.account import Account
    from pinterest_async.operations import Operation

DEFAULT_PAGE_SIZE = 25

LastBookmark: TypeAlias = Literal["null", "missing", "empty"]

_PREFIX = b"??>???"
_END: dict[LastBookmark, bytes] = {
    "null": b',"bookmark":null}',
    "missing": b"}",
    "empty": b',"bookmark":""}',
}


class ListCall(Protocol):
    """What paging has to know of a request for a list."""

    @property
    def operation(self) -> Operation:
        """The operation that lists."""
        ...

    @property
    def path(self) -> Mapping[str, str]:
        """The parameters in the path, by name."""
        ...

    @property
    def query(self) -> MultiMapping[str]:
        """The parameters behind the path."""
        ...

    @property
    def account(self) -> Account:
        """Whose list it is."""
        ...


class Pages:
    """Cuts lists into pages.

    Args:
        seed: goes into the signature of the bookmarks.
        last_bookmark: how the end of a list is told. Pinterest: null.
        empty_pages: whether an empty page with a live bookmark follows each full one, as filters on
            the server side may cause.
    """

    def __init__(self, *, seed: int, last_bookmark: LastBookmark, empty_pages: bool) -> None:
        self._key = str(seed).encode()
        self._end = _END[last_bookmark]
        self._empty_pages = empty_pages

    def page(
        self,
        call: ListCall,
        keys: Sequence[int],
        encoded: Callable[[int], bytes],
        *,
        newest_first: bool = False,
        keep: Callable[[int], bool] | None = None,
    ) -> bytes:
        """One page as JSON.

        Args:
            call: the request, which may say `page_size` and `bookmark`.
            keys: what the whole list holds, in ascending order.
            encoded: the JSON of the item with this key.
            newest_first: walk from the largest key down.
            keep: which of them the page may show.

        Raises:
            Refusal: 400 code 1 for a page size out of bounds or a bookmark of something else.
        """
        size = page_size(call)
        bookmark = call.query.get("bookmark")
        if bookmark:
            last, pause = self._read(call, bookmark)
            if pause:
                return b'{"items":[],"bookmark":"' + self._bookmark(call, last, pause=False) + b'"}'
            start = bisect_left(keys, last) if newest_first else bisect_right(keys, last)
        else:
            start = len(keys) if newest_first else 0
        if keep is None:
            rest = keys[max(0, start - size - 1) : start][::-1] if newest_first else None
            found = rest if rest is not None else keys[start : start + size + 1]
        else:
            walk = range(start - 1, -1, -1) if newest_first else range(start, len(keys))
            found = list(islice(filter(keep, map(keys.__getitem__, walk)), size + 1))
        shown = found[:size]
        items = b'{"items":[' + b",".join(map(encoded, shown)) + b"]"
        if len(found) <= size:
            return items + self._end
        following = self._bookmark(call, shown[-1], pause=self._empty_pages)
        return items + b',"bookmark":"' + following + b'"}'

    def _bookmark(self, call: ListCall, last: int, *, pause: bool) -> bytes:
        """The bookmark after this key; with `pause` it leads to an empty page first."""
        payload = b"%d|%d|" % (last, pause)
        payload = _PREFIX + payload + self._signature(call, payload)
        payload += b"|" * (1 + -len(payload) % 3)  # never a multiple of three: it ends in "="
        return base64.b64encode(payload)

    def _read(self, call: ListCall, bookmark: str) -> tuple[int, bool]:
        try:
            payload = base64.b64decode(bookmark, validate=True).removeprefix(_PREFIX)
            last, pause, signature = payload.rstrip(b"|").split(b"|")
            if signature == self._signature(call, b"%s|%s|" % (last, pause)):
                return int(last), pause == b"1"
        except (binascii.Error, ValueError):
            pass
        raise bad_parameter("bookmark is not one of this list")

    def _signature(self, call: ListCall, payload: bytes) -> bytes:
        source = "/".join((call.operation.id, call.account.username, *call.path.values()))
        digest = hashlib.blake2b(payload + source.encode(), digest_size=8, key=self._key)
        return digest.hexdigest().encode()


def page_size(call: ListCall) -> int:
    """How many items the request wants.

    Raises:
        Refusal: 400 code 1 when it is no number, or outside 1 to 250.
    """
    if not call.operation.page_size_max:
        return DEFAULT_PAGE_SIZE
    asked = call.query.get("page_size")
    if asked is None:
        return DEFAULT_PAGE_SIZE
    if not asked.isascii() or not asked.isdigit():
        raise bad_parameter(f"page_size {asked!r} is not numeric")
    size = int(asked)
    largest = call.operation.page_size_max
    if not 1 <= size <= largest:
        raise bad_parameter(f"page_size {size}, constraint: minimum=1, maximum={largest}")
    return size
