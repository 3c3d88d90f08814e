"""What is to be done for a row: nothing, or one operation on its item. Pure decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pinterest_async.jobs.catalogs.items import MASKED, Attributes, changed
from pinterest_async.jobs.catalogs.state import Planned
from pinterest_async.models.catalog_items import (
    CatalogsCreateRetailItem,
    CatalogsDeleteRetailItem,
    CatalogsUpdateRetailItem,
    CatalogsUpsertRetailItem,
)

if TYPE_CHECKING:
    from typing import TypeAlias

    from pinterest_async.jobs.catalogs.items import ItemRow
    from pinterest_async.jobs.catalogs.state import Known

    Operation: TypeAlias = (
        CatalogsCreateRetailItem
        | CatalogsUpdateRetailItem
        | CatalogsUpsertRetailItem
        | CatalogsDeleteRetailItem
    )

_encode = msgspec.json.Encoder(order="sorted").encode


def decide(row: ItemRow, known: Known | None, *, feed: bool, there: bool) -> Planned | None:
    """Choose the operation for a row; None where its item is as it should be.

    Without a feed UPSERT says all of an item that is new, in doubt, or changed in what an UPDATE
    cannot have. Beside a feed there is no UPSERT: an item that is there is updated in what its row
    says, and what the row does not say, or an UPDATE cannot change, is left to the feed.

    Args:
        row: a good one.
        known: what is known of its item.
        feed: whether the account has a feed.
        there: whether the item was looked for and is in the catalog.
    """
    before = _before(known)
    names = row.attributes.keys() if before is None else changed(before, row.attributes)
    if not names:
        return None
    wanted = _encode(row.attributes)
    if not feed:
        if before is not None and names <= MASKED:
            return Planned("UPDATE", row.item_id, wanted, tuple(sorted(names)))
        return Planned("UPSERT", row.item_id, wanted, None)
    if before is None and not there and (known is None or known.attributes is None):
        return Planned("CREATE", row.item_id, wanted, None)
    mask = names & row.attributes.keys() & MASKED
    return Planned("UPDATE", row.item_id, wanted, tuple(sorted(mask))) if mask else None


def left_to_feed(row: ItemRow, known: Known | None) -> set[str]:
    """What a row changes that an UPDATE cannot."""
    before = _before(known)
    return set() if before is None else changed(before, row.attributes) - MASKED


def needs_all(planned: Planned | None, *, feed: bool) -> bool:
    """Whether an item has to have all that Pinterest wants; beside a feed, that has the rest."""
    return not feed or (planned is not None and planned.operation == "CREATE")


def operation_of(planned: Planned) -> Operation:
    """What is sent for an item: always the same for the same plan."""
    if planned.wanted is None:
        return CatalogsDeleteRetailItem(item_id=planned.id)
    attributes: Attributes = msgspec.json.decode(planned.wanted)
    said: dict[str, Any] = {"item_id": planned.id, "operation": planned.operation}
    if planned.mask is not None:
        given = {name: attributes[name] for name in planned.mask if name in attributes}
        said |= {"attributes": given, "update_mask": planned.mask}
        return msgspec.convert(said, CatalogsUpdateRetailItem)
    said["attributes"] = attributes
    if planned.operation == "CREATE":
        return msgspec.convert(said, CatalogsCreateRetailItem)
    return msgspec.convert(said, CatalogsUpsertRetailItem)


def is_as_planned(planned: Planned, found: Attributes | None) -> bool:
    """Whether an item that was looked for is what it was to become.

    Args:
        planned: what was to be done.
        found: its attributes; None where it is not in the catalog.
    """
    if planned.wanted is None or found is None:
        return planned.wanted is None and found is None
    wanted: Attributes = msgspec.json.decode(planned.wanted)
    names = wanted.keys() if planned.mask is None else planned.mask
    return all(_plain(wanted.get(name)) == _plain(found.get(name)) for name in names)


def _before(known: Known | None) -> Attributes | None:
    """What an item surely has; None where that is not known."""
    if known is None or known.attributes is None or known.doubt:
        return None
    attributes: Attributes = msgspec.json.decode(known.attributes)
    return attributes


def _plain(value: Any) -> Any:
    """A value as it may come back: numbers and texts, lists of one and their element, are one."""
    if isinstance(value, list) and len(value) == 1:  # pyright: ignore[reportUnknownArgumentType]
        value = value[0]  # pyright: ignore[reportUnknownVariableType]
    return None if value is None else str(value).casefold()  # pyright: ignore[reportUnknownArgumentType]
