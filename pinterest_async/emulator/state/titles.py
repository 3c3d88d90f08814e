"""The titles of ads that are made up by item."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinterest_async.emulator.state.files import Slot


@dataclass
class Titles:
    """The titles of one ad group."""

    generated: dict[str, str] = field(default_factory=dict[str, str])
    reviewed: dict[str, str] = field(default_factory=dict[str, str])
    uploads: dict[str, Slot] = field(default_factory=dict[str, "Slot"])
    filename: str | None = None
    ready_at: float = 0.0
