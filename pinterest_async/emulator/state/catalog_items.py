"""The items of an account's catalogs, and the batches that write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

IDS: Mapping[str, tuple[str, str]] = {
    "RETAIL": ("item_id", "item_ids"),
    "HOTEL": ("hotel_id", "hotel_ids"),
    "CREATIVE_ASSETS": ("creative_assets_id", "creative_assets_ids"),
}
"""Kind of catalog to the member that identifies an item, and that of a filter by it."""

SAME_WITHIN = 900.0
"""Seconds in which a batch that says the same is a duplicate. That there are such is Pinterest's
word, how long they are is ours."""


@dataclass
class Item:
    """An item, and the id of the Pin that shows it."""

    key: str
    kind: str
    attributes: dict[str, Any]
    catalog_id: str
    pin_id: str
    feed_id: str | None = None
    """The feed that it came with; None when it was written by itself."""


@dataclass
class Batch:
    """Items that are being written."""

    number: str
    kind: str
    catalog_id: str
    operations: list[tuple[str, dict[str, Any]]]
    """What to do with which item."""
    started: float
    created: str | None
    """When; None of one that was skipped, as the same was sent shortly before."""
    fails: bool = False
    done: str | None = None
    results: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass
class Items:
    """The items of an account's catalogs, and the batches that write them."""

    kept: dict[tuple[str, str], Item] = field(default_factory=dict[tuple[str, str], Item])
    """By kind of catalog and id."""
    batches: dict[str, Batch] = field(default_factory=dict[str, Batch])
    written: dict[str, int] = field(default_factory=dict[str, int])
    """How often a batch has written the item with this id, or removed it."""
    _recent: dict[bytes, float] = field(default_factory=dict[bytes, float])

    def is_duplicate(self, body: bytes, now: float) -> bool:
        """Whether a batch says what another has said shortly before; if not, it is remembered."""
        if now - self._recent.get(body, -SAME_WITHIN) < SAME_WITHIN:
            return True
        self._recent[body] = now
        return False
