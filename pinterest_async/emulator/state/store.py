"""Where collections stand: a store for each entity type and parent, filled when first seen."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from pinterest_async.emulator.schema import factories, fields, types
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.emulator.state.entity_types import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pinterest_async.emulator.state.entity_type import EntityType

Record: TypeAlias = dict[str, Any]

_FIRST_ID = 549_755_000_000


class EntityStore:
    """The things of one entity type with one parent, oldest first.

    Args:
        entity_type: what they are.
        seed: decides their ids.
    """

    def __init__(self, entity_type: EntityType, seed: str) -> None:
        self.entity_type: EntityType = entity_type
        self.random: Random = Random(seed)
        self._seed = seed
        self._last = _FIRST_ID + self.random.randrange(10**9)
        self._records: dict[int, Record] = {}
        self._numbers: dict[str, int] = {}
        self._count = 0

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    @property
    def numbers(self) -> list[int]:
        """What pages are cut from: a number for each, in order of age."""
        return list(self._records)

    def at(self, number: int) -> Record:
        """The one with this number."""
        return self._records[number]

    def get(self, key: object) -> Record | None:
        """The one with this id."""
        number = self._numbers.get(str(key))
        return None if number is None else self._records[number]

    def seeded(self) -> Random:
        """Where things beside the records come from: the same for each request."""
        return Random(f"{self._seed} beside")

    def new_id(self) -> str:
        """An id that none had before."""
        self._last += self.random.randrange(1, 10**4)
        return str(self._last)

    def add(self, record: Record) -> None:
        """Take one in; it replaces one with the same id."""
        key = str(record[self.entity_type.key])
        number = self._numbers.get(key)
        if number is None:
            self._count += 1
            number = self._numbers[key] = self._count
        self._records[number] = record

    def remove(self, key: str) -> Record | None:
        """Drop one; None when it was not there."""
        number = self._numbers.pop(key, None)
        return None if number is None else self._records.pop(number)


class EntityStores:
    """All collections of an account.

    Args:
        seed: what they hold at first depends on it.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._stores: dict[tuple[str, str], EntityStore] = {}
        self._new: set[str] = set()

    def store(self, name: str, parent_id: str = "") -> EntityStore:
        """The store of an entity type of a parent (an ad account, a business, a catalog)."""
        store = self._stores.get((name, parent_id))
        if store is None:
            entity_type = BY_NAME[name]
            store = EntityStore(entity_type, f"{self._seed} {name} {parent_id}")
            self._stores[name, parent_id] = store
            for index in range(0 if parent_id in self._new else entity_type.count):
                store.add(self._first(store, parent_id, index))
        return store

    def begin_empty(self, parent_id: str) -> None:
        """To be called of what is new: it holds nothing."""
        self._new.add(parent_id)

    def of(self, entity_type: EntityType, path: Mapping[str, str]) -> EntityStore:
        """The store that a path leads to."""
        return self.store(entity_type.name, path[entity_type.within] if entity_type.within else "")

    def find(self, entity_type: EntityType, path: Mapping[str, str], key: str) -> Record:
        """One of them.

        Raises:
            Refusal: 404 with the entity type's code.
        """
        record = self.of(entity_type, path).get(key)
        if record is None:
            raise Refusal(404, entity_type.missing, f"{entity_type.noun} not found.")
        return record

    def clear(self, parent_ids: Iterable[str]) -> None:
        """Empty the stores of these parents; they stay empty."""
        for (_, parent_id), store in self._stores.items():
            if parent_id in parent_ids:
                for record in list(store):
                    store.remove(str(record[store.entity_type.key]))

    def _first(self, store: EntityStore, parent_id: str, index: int) -> Record:
        """One that is there from the beginning."""
        entity_type = store.entity_type
        kind = types.alternatives(types.named(entity_type.item))[0]
        record: Record = factories.made_up(kind, store.random)
        if entity_type.key != "name":
            record[entity_type.key] = store.new_id()
        if entity_type.within in record:
            record[entity_type.within] = parent_id
        for member, others in entity_type.refers.items():
            if member in record:
                found = self.neighbours(others[0], parent_id)
                old = found.numbers[: found.entity_type.count]  # not those that were made since
                record[member] = found.at(old[index % len(old)])["id"] if old else ""
        for member, (link, name) in entity_type.inherits.items():
            parent = self.neighbours(name, parent_id).get(record[link])
            if parent is not None:
                record[member] = parent[member]
        for member, values in entity_type.varied.items():
            record[member] = deepcopy(values[index % len(values)])
        user = record.get("user")
        if fields.is_object(user):
            user["id"] = record[entity_type.key]
        return record

    def neighbours(self, name: str, parent_id: str) -> EntityStore:
        """The store of another entity type beside the one of this parent."""
        return self.store(name, parent_id if BY_NAME[name].within else "")

    def first(self, name: str, parent_id: str) -> str:
        """The id of the oldest of an entity type; empty when there is none."""
        return next((str(one["id"]) for one in self.neighbours(name, parent_id)), "")

    def everywhere(self, name: str) -> Iterator[Record]:
        """Those of an entity type of every parent that has been looked at, or is an ad account."""
        if BY_NAME[name].within == "ad_account_id":
            for one in self.store("ad_accounts"):
                self.store(name, str(one["id"]))
        for (entity_type, _), store in list(self._stores.items()):
            if entity_type == name:
                yield from store


def bare(wanted: str) -> str:
    """The id without the letters that some requests may put before it."""
    digits = wanted.removeprefix("AG").removeprefix("C")
    return digits if digits.isdigit() else wanted
