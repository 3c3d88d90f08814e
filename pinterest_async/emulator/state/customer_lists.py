"""Who is on a customer list: people, each by the ids that were given for them together."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TOO_SMALL = 100
"""People below which a list is of no use. Pinterest: the description of customer lists."""

_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")
_ADDRESS = re.compile(r"[^\s@A-Z]+@[^\s@A-Z]+")


@dataclass
class People:
    """The people of one list. An id leads to one person; whoever has one in common is the same."""

    before: int = 0
    """Those who were on it from the beginning, of whom nothing else is known."""
    running: int = 0
    """Updates that are not worked off yet."""
    _person_of: dict[str, int] = field(default_factory=dict[str, int])
    _ids_of: dict[int, set[str]] = field(default_factory=dict[int, "set[str]"])
    _last: int = 0

    def __len__(self) -> int:
        return self.before + len(self._ids_of)

    def __contains__(self, one: str) -> bool:
        return one in self._person_of

    @property
    def ids(self) -> frozenset[str]:
        """All ids that lead to somebody on the list."""
        return frozenset(self._person_of)

    def add(self, ids: Iterable[str]) -> None:
        """Take in a person by these ids."""
        known = self._take_out(ids)
        self._last += 1
        self._ids_of[self._last] = known
        self._person_of.update(dict.fromkeys(known, self._last))

    def remove(self, ids: Iterable[str]) -> None:
        """Drop whoever any of these ids leads to, whatever other ids they have."""
        self._take_out(ids)

    def _take_out(self, ids: Iterable[str]) -> set[str]:
        """Drop those that the ids lead to; return all their ids, and these."""
        found = set(ids)
        for number in {self._person_of[one] for one in found & self._person_of.keys()}:
            theirs = self._ids_of.pop(number)
            found |= theirs
            for one in theirs:
                del self._person_of[one]
        return found


def identity(text: str) -> str | None:
    """The id that a record is: a hash, that of an address in the clear; None where it is neither.

    Pinterest: addresses are lower-case, in the clear or hashed with MD5, SHA-1 or SHA-256, and ids
    of devices are hashed.
    """
    if _HASH.fullmatch(text):
        return text
    return hashlib.sha256(text.encode()).hexdigest() if _ADDRESS.fullmatch(text) else None


def identities(texts: Iterable[str]) -> list[str]:
    """The ids of one person that can be used."""
    return [one for one in map(identity, texts) if one is not None]
