"""What stands in the way of a write: things that are not there, or are there already.

Which entity type has which rules is declared in `state.entity_types`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.state.entity_type import Conflict
from pinterest_async.emulator.state.entity_types import BY_NAME
from pinterest_async.emulator.state.store import bare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.store import EntityStore, Record


def lacking(
    account: Account, store: EntityStore, parent_id: str, said: Mapping[str, Any]
) -> Conflict | None:
    """What a write points at that is not there."""
    for member, names in store.entity_type.refers.items():
        wanted = said.get(member)
        if not isinstance(wanted, str):
            continue
        stores = (account.stores.neighbours(name, parent_id) for name in names)
        if all(one.get(bare(wanted)) is None for one in stores):
            return Conflict(404, 404, f"{BY_NAME[names[0]].noun} {wanted} not found.")
    for member in store.entity_type.pins:
        wanted = said.get(member)
        if isinstance(wanted, str) and wanted not in account.saved.pins:
            return Conflict(404, 404, f"Pin {wanted} not found.")
    return None


_LEAST_BUDGET = 1_000_000
"""One unit of the currency, in the millionths that budgets are told in."""


def against_budget(store: EntityStore, said: Mapping[str, Any]) -> Conflict | None:
    """What is wrong with the money that a write says: two budgets, or units instead of millionths.

    Pinterest documents that a campaign has one budget. That it wants one unit at least is a guess,
    from what others say of the smallest raise.
    """
    given = [name for name in store.entity_type.budgets if said.get(name) is not None]
    if len(given) > 1:
        return Conflict(400, 400, f"{' and '.join(given)} cannot be set at the same time.")
    for name in given:
        if said[name] < _LEAST_BUDGET:
            return Conflict(400, 400, f"{name} must be at least {_LEAST_BUDGET} microcurrency.")
    return None


def type_of_parent(account: Account, store: EntityStore, parent_id: str, record: Record) -> str:
    """Which of the entity types that a parent can be of has the record's."""
    names = store.entity_type.refers["parent_id"]
    key = record["parent_id"]
    return next(name for name in names if account.stores.neighbours(name, parent_id).get(key))


def taken(store: EntityStore, record: Record) -> Conflict | None:
    """What another one has that only one can have."""
    key = store.entity_type.key
    for members, conflict in store.entity_type.unique.items():
        own = [record.get(member) for member in members]
        for other in store:
            if other[key] != record[key] and own == [other.get(member) for member in members]:
                return conflict
    return None


def against_change(store: EntityStore, record: Record) -> Conflict | None:
    """What is against changing or deleting this one, whatever the change."""
    locked = store.entity_type.locked
    if locked is None or record.get(locked.member) in (None, *locked.free):
        return None
    return locked.conflict


def against_deletion(account: Account, store: EntityStore, record: Record) -> Conflict | None:
    """What keeps this one from being deleted."""
    held = store.entity_type.held
    if held is None:
        return None
    key = record[store.entity_type.key]
    for other in account.stores.everywhere(held.entity_type):
        if other.get(held.member) == key and _is_active(account, held.entity_type, other):
            return held.conflict
    return None


def _is_active(account: Account, name: str, record: Record) -> bool:
    """Whether one is active; what cannot be is where something active keeps it."""
    further = account.stores.store(name) if BY_NAME[name].held is not None else None
    if further is None:
        return record.get("status") == "ACTIVE"
    return against_deletion(account, further, record) is not None
