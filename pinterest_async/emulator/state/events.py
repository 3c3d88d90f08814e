"""Conversion events that count, each once."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SAME_WITHIN = 48 * 3600
"""Seconds in which an event of the same name and id is the same event."""

_ONE_IN = 50


@dataclass
class Events:
    """The events of one ad account. What is sent twice is kept once, but for what was offline."""

    counted: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    duplicates: int = 0
    _seen: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    _stumbled: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.counted)

    def __len__(self) -> int:
        return len(self.counted)

    def add(self, event: dict[str, Any], now: float) -> None:
        """Count an event, unless it was counted before."""
        if event["action_source"] != "offline":
            key = _key(event)
            if now - self._seen.get(key, -SAME_WITHIN) < SAME_WITHIN:
                self.duplicates += 1
                return
            self._seen[key] = now
        self.counted.append(event)

    def stumble(self, event: dict[str, Any]) -> str:
        """Why an event fails for now; one in fifty does, the first time that it comes."""
        key = _key(event)
        if key in self._stumbled or zlib.crc32("/".join(key).encode()) % _ONE_IN:
            return ""
        self._stumbled.add(key)
        return "Internal error, please try again."


def _key(event: dict[str, Any]) -> tuple[str, str]:
    return event["event_name"], event["event_id"]
