"""Catalogs for jobs: an emulator, rows for it, and what it holds in the end."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pinterest_async import Pinterest, RetryPolicy
from pinterest_async.emulator import Emulator
from pinterest_async.jobs import Pace

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

PACE = Pace(first=0.01, longest=0.1, gap=0.001, grace=1.0)
WIDE = {name: [(10**6, 60.0)] for name in ("universal", "catalogs_read", "catalogs_write")}
"""Limits that no test meets, and that the client is told, so that it need not pace itself."""
WHERE: dict[str, Any] = {"country": "US", "language": "en-US"}


@asynccontextmanager
async def shop(*, feed: bool = False, **options: Any) -> AsyncGenerator[tuple[Emulator, Pinterest]]:
    """An emulator whose batches are done at once, and a client of it.

    Args:
        feed: whether the feeds that it begins with are active.
        options: for the emulator.
    """
    settings: dict[str, Any] = {
        "boards": 0,
        "pins": 0,
        "job_seconds": 0.02,
        "limits": WIDE,
        **options,
    }
    retry = RetryPolicy(attempts=3, base=0.001, cap=0.01)
    async with Emulator(**settings) as emulator:
        if not feed:
            switch_off_feeds(emulator)
        async with Pinterest(emulator.token, base_url=emulator.base_url, retry=retry) as client:
            yield emulator, client


def switch_off_feeds(emulator: Emulator) -> None:
    """Leave the items to those who write them."""
    for one in emulator.account.stores.store("feeds"):
        one["status"] = "INACTIVE"


def row(key: object, **others: Any) -> dict[str, Any]:
    """A row that nothing is wrong with, and that nobody warns of."""
    return {
        "id": f"sku-{key}",
        "title": f"Plum cake {key}",
        "description": "Made by hand.",
        "link": f"https://shop.example.org/p/{key}",
        "image_link": "https://shop.example.org/p.jpg",
        "price": "12.50 USD",
        "availability": "in stock",
        "google_product_category": "Food, Beverages & Tobacco > Food Items > Bakery",
        **others,
    }


def rows(count: int, **others: Any) -> Iterator[dict[str, Any]]:
    """So many rows."""
    return (row(number, **others) for number in range(count))


def held(emulator: Emulator) -> dict[str, dict[str, Any]]:
    """The items of the catalog by id, those that feeds have brought aside."""
    kept = emulator.account.catalogs.items.kept.values()
    return {one.key: one.attributes for one in kept if one.key.startswith("sku-")}


def written(emulator: Emulator) -> dict[str, int]:
    """How often each item was written, or removed."""
    return emulator.account.catalogs.items.written


def operations(emulator: Emulator) -> list[tuple[str, dict[str, Any]]]:
    """What was to be done with which item, in all batches that were taken, in order."""
    taken = emulator.account.catalogs.items.batches.values()
    return [one for batch in taken for one in batch.operations]


def counted(emulator: Emulator) -> Counter[str]:
    """How many items were sent, by operation."""
    return Counter(operation for operation, _ in operations(emulator))


def batches(emulator: Emulator) -> int:
    """How many batches were sent, those that were refused or skipped too."""
    return sum(one.operation_id == "items_batch/post" for one in emulator.requests)
