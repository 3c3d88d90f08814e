"""Things that go wrong on demand, for the requests of one operation or of any."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Delay:
    """The server thinks for so long, then answers as ever."""

    seconds: float


@dataclass(frozen=True)
class Answer:
    """This status and body instead of the real answer.

    `body` is sent as JSON unless it is a string, which is sent as `content_type`. With
    `after_write` the request takes effect first, so that the answer is all that is wrong.
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
    """The request takes effect, and the connection closes half way through the answer."""


@dataclass(frozen=True)
class OverQuota:
    """429 for a used-up window; the headers say that it resets in so many seconds."""

    reset: int = 1


@dataclass(frozen=True)
class SpamBlock:
    """429 for what looks like spam: nothing in the headers says when it ends."""


Fault: TypeAlias = Delay | Answer | Disconnect | Truncate | OverQuota | SpamBlock

ANY_OPERATION = "*"


@dataclass
class _Planned:
    fault: Fault
    skip: int
    times: int


class Faults:
    """The faults that are yet to happen, first come first served within an operation."""

    def __init__(self) -> None:
        self._planned: dict[str, deque[_Planned]] = {}

    def plan(self, operation_id: str, fault: Fault, *, times: int, skip: int) -> None:
        """Have so many requests fail after so many have passed."""
        self._planned.setdefault(operation_id, deque()).append(_Planned(fault, skip, times))

    def take(self, operation_id: str) -> Fault | None:
        """The fault that this request meets, if any. Those planned for any operation come last."""
        if not self._planned:
            return None
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
        return None

    def clear(self) -> None:
        """Forget what is still to come."""
        self._planned.clear()
