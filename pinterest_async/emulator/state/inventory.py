"""What local stores have of the items of a catalog."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass
class InventoryBatch:
    """Inventory that is being written."""

    number: str
    catalog_id: str
    operations: Sequence[Mapping[str, Any]]
    started: float
    created: str
    fails: bool
    done: str | None = None
    results: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass
class Inventory:
    """The inventory of the stores of all catalogs."""

    kept: dict[tuple[str, str, str], dict[str, Any]] = field(
        default_factory=dict[tuple[str, str, str], dict[str, Any]]
    )
    """By catalog, item and code of the store."""
    batches: dict[str, InventoryBatch] = field(default_factory=dict[str, InventoryBatch])
