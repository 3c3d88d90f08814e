"""Things that go wrong on demand, for the requests of one operation or of any."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random


@dataclass(frozen=True)
class Delay:
    """The server thinks for so long, then answers as ever."""

    seconds: float


@dataclass(frozen=True)
class Answer:
    """This status and body instead of the real answer.

    `body` is sent as JSON unless it is a string, which is sent as `content_type`. With
    `after_write` the request takes effect first, so that the response is all that is wrong.
    """

    status: int
    body: dict[str, Any] | str = field(
        default_factory=lambda: {"code": 500, "message": "Something went wrong on our end."}
    )
    content_type: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    after_write: bool = False


@dataclass(frozen=True)
class Disconnect:
    """The connection is reset: before the request took effect, or after it."""

    after_write: bool = False


@dataclass(frozen=True)
class Truncate:
    """The request takes effect, and the connection closes half way through the response."""


@dataclass(frozen=True)
class WrongLength:
    """The request takes effect, and `Content-Length` says less than there is: JSON cut short."""


@dataclass(frozen=True)
class DamagedGzip:
    """The request takes effect, and the response is compressed with bytes in it that are wrong."""


@dataclass(frozen=True)
class Trickle:
    """The request takes effect, and the response comes a few bytes at a time."""

    seconds: float = 1.0
    """How long all of it takes."""
    pieces: int = 20


@dataclass(frozen=True)
class OverQuota:
    """429 for a used-up window; the headers say that it resets in so many seconds."""

    reset: int = 1


@dataclass(frozen=True)
class SpamBlock:
    """429 for what looks like spam: nothing in the headers says when it ends."""


Fault: TypeAlias = (
    Delay
    | Answer
    | Disconnect
    | Truncate
    | WrongLength
    | DamagedGzip
    | Trickle
    | OverQuota
    | SpamBlock
)

ANY_OPERATION = "*"


def checked(fault: object) -> None:
    """Refuse what is no fault.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(fault, Fault):
        raise TypeError(
            f"{fault!r} is no fault; take one of pinterest_async.emulator, such as Answer(500)"
        )


BAD_GATEWAY = Answer(502, "<html><body><h1>502 Bad Gateway</h1></body></html>")
"""What a gateway says when what is behind it does not answer."""

PASSING: tuple[Fault, ...] = (
    Answer(500),
    Answer(503, after_write=True),
    BAD_GATEWAY,
    Disconnect(),
    Disconnect(after_write=True),
    Truncate(),
    DamagedGzip(),
    Trickle(0.05),
    OverQuota(),
)
"""Faults that pass, and that a client can tell: sent again, the same request gets through."""


@dataclass
class _Planned:
    fault: Fault
    skip: int
    times: int


@dataclass
class _Likely:
    share: float
    faults: Sequence[Fault]


class Faults:
    """The faults that are yet to happen.

    Args:
        random: decides which requests meet those that are left to chance.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._planned: dict[str, deque[_Planned]] = {}
        self._likely: dict[str, _Likely] = {}

    def plan(self, operation_id: str, fault: Fault, *, times: int, skip: int) -> None:
        """Have so many requests fail after so many have passed."""
        self._planned.setdefault(operation_id, deque()).append(_Planned(fault, skip, times))

    def expect(self, operation_id: str, share: float, faults: Sequence[Fault]) -> None:
        """Have this share of all requests fail, in one of these ways."""
        self._likely[operation_id] = _Likely(share, faults)

    def take(self, operation_id: str) -> Fault | None:
        """The fault that this request meets, if any.

        Planned ones come first, in their order; those for any operation come after its own.
        """
        for key in (operation_id, ANY_OPERATION):
            line = self._planned.get(key)
            if not line:
                continue
            planned = line[0]
            if planned.skip:
                planned.skip -= 1
                continue
            planned.times -= 1
            if not planned.times:
                line.popleft()
            return planned.fault
        for key in (operation_id, ANY_OPERATION):
            likely = self._likely.get(key)
            if likely is not None and self._random.random() < likely.share:
                return self._random.choice(likely.faults)
        return None

    def clear(self) -> None:
        """Forget what is still to come."""
        self._planned.clear()
        self._likely.clear()
