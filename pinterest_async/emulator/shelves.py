"""Where the collections stand: one shelf for each family in each place, filled when first seen."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from pinterest_async.emulator import answers, checks, shapes
from pinterest_async.emulator.families import BY_NAME
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pinterest_async.emulator.family import Family

Record: TypeAlias = dict[str, Any]

_FIRST_ID = 549_755_000_000


class Shelf:
    """The things of one family in one place, oldest first.

    Args:
        family: what they are.
        seed: decides their ids.
    """

    def __init__(self, family: Family, seed: str) -> None:
        self.family: Family = family
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
        key = str(record[self.family.key])
        number = self._numbers.get(key)
        if number is None:
            self._count += 1
            number = self._numbers[key] = self._count
        self._records[number] = record

    def remove(self, key: str) -> Record | None:
        """Drop one; None when it was not there."""
        number = self._numbers.pop(key, None)
        return None if number is None else self._records.pop(number)


class Shelves:
    """All collections of an account.

    Args:
        seed: what they hold at first depends on it.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._shelves: dict[tuple[str, str], Shelf] = {}
        self._new: set[str] = set()

    def shelf(self, name: str, place: str = "") -> Shelf:
        """The shelf of a family in a place (an ad account, a business, a catalog)."""
        shelf = self._shelves.get((name, place))
        if shelf is None:
            family = BY_NAME[name]
            shelf = Shelf(family, f"{self._seed} {name} {place}")
            self._shelves[name, place] = shelf
            for index in range(0 if place in self._new else family.count):
                shelf.add(self._first(shelf, place, index))
        return shelf

    def begin_empty(self, place: str) -> None:
        """To be called of what is new: it holds nothing."""
        self._new.add(place)

    def of(self, family: Family, path: Mapping[str, str]) -> Shelf:
        """The shelf that a path leads to."""
        return self.shelf(family.name, path[family.within] if family.within else "")

    def find(self, family: Family, path: Mapping[str, str], key: str) -> Record:
        """One of them.

        Raises:
            Refusal: 404 with the family's code.
        """
        record = self.of(family, path).get(key)
        if record is None:
            raise Refusal(404, family.missing, f"{family.noun} not found.")
        return record

    def clear(self, places: Iterable[str]) -> None:
        """Empty the shelves of these places; they stay empty."""
        for (_, place), shelf in self._shelves.items():
            if place in places:
                for record in list(shelf):
                    shelf.remove(str(record[shelf.family.key]))

    def _first(self, shelf: Shelf, place: str, index: int) -> Record:
        """One that is there from the beginning."""
        family = shelf.family
        kind = shapes.alternatives(shapes.named(family.item))[0]
        record: Record = answers.made_up(kind, shelf.random)
        if family.key != "name":
            record[family.key] = shelf.new_id()
        if family.within in record:
            record[family.within] = place
        for member, others in family.refers.items():
            if member in record:
                found = self.neighbours(others[0], place)
                old = found.numbers[: found.family.count]  # not those that were made since
                record[member] = found.at(old[index % len(old)])["id"] if old else ""
        for member, values in family.varied.items():
            record[member] = deepcopy(values[index % len(values)])
        user = record.get("user")
        if checks.is_object(user):
            user["id"] = record[family.key]
        return record

    def neighbours(self, name: str, place: str) -> Shelf:
        """The shelf of another family beside one that stands in a place."""
        return self.shelf(name, place if BY_NAME[name].within else "")

    def first(self, name: str, place: str) -> str:
        """The id of the oldest of a family; empty when there is none."""
        return next((str(one["id"]) for one in self.neighbours(name, place)), "")

    def everywhere(self, name: str) -> Iterator[Record]:
        """Those of a family in every place that has been looked at, or is an ad account."""
        if BY_NAME[name].within == "ad_account_id":
            for one in self.shelf("ad_accounts"):
                self.shelf(name, str(one["id"]))
        for (family, _), shelf in list(self._shelves.items()):
            if family == name:
                yield from shelf


def bare(wanted: str) -> str:
    """The id without the letters that some requests may put before it."""
    digits = wanted.removeprefix("AG").removeprefix("C")
    return digits if digits.isdigit() else wanted
