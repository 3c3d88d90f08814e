"""Rows that describe people: read, and hashed before anything else is done with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from pinterest_async.jobs._personal import UnusableValue, hashed
from pinterest_async.jobs._rows import Unreadable
from pinterest_async.jobs.pins.rows import BadRow

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterable, Iterable

Rows: TypeAlias = (
    "str | os.PathLike[str] | Iterable[Mapping[str, Any]] | AsyncIterable[Mapping[str, Any]]"
)
"""The path of a `.csv`, `.jsonl` or `.ndjson` file, or mappings that come at once or in time."""

KINDS: Final[Mapping[str, str]] = {
    "email": "em",
    "phone": "ph",
    "maid": "hashed_maids",
    "external_id": "external_id",
}
"""What a person is known by, and the rule by which it is hashed."""

ALIASES: Final[Mapping[str, str]] = {
    "em": "email",
    "e_mail": "email",
    "email_address": "email",
    "ph": "phone",
    "phone_number": "phone",
    "hashed_phone_number": "phone",
    "device_id": "maid",
    "idfa": "maid",
    "gaid": "maid",
    "advertising_id": "maid",
    "hashed_maids": "maid",
    "customer_id": "external_id",
}
"""Other names that columns may have. Upper and lower case do not count, and blanks and hyphens are
as good as underscores."""

_BLANKS: Final = re.compile(r"[\s-]+")


class Person(NamedTuple):
    """One person: the SHA-256 of each id, None where there is none."""

    email: bytes | None
    phone: bytes | None
    maid: bytes | None
    external_id: bytes | None

    @property
    def key(self) -> bytes:
        """What no two people have in common."""
        return blake2b(
            b"".join(b"\0" if one is None else b"\1" + one for one in self), digest_size=16
        ).digest()

    @property
    def is_single(self) -> bool:
        """Whether the person is known by an address or a device alone."""
        return self.phone is None and self.external_id is None and None in (self.email, self.maid)


def read_person(line: int, row: object, country: str | None) -> tuple[Person | None, BadRow | None]:
    """Return the person that a row describes, if it does, and what in it cannot be used.

    Args:
        line: where the row is.
        row: a mapping, or `Unreadable`; columns that say nothing of who it is are passed over.
        country: the country of telephone numbers that do not begin with one.

    Raises:
        ConfigurationError: a telephone number cannot be read without the extra `phones`.
    """
    if isinstance(row, Unreadable):
        return None, BadRow(line=line, problems=(row.problem,))
    said: Any = row
    if not isinstance(row, Mapping):
        return None, BadRow(line=line, problems=("it is no mapping of names to values",))
    values, problems = _by_kind(said)
    found: dict[str, bytes] = {}
    for kind, value in values.items():
        try:
            digest = hashed(KINDS[kind], value, default_country=country)
        except UnusableValue as error:
            problems.append(f"{kind}: {error}")
        else:
            found[kind] = bytes.fromhex(digest)
    if not found and not problems:
        problems.append(f"it has none of {', '.join(KINDS)}")
    bad = BadRow(line=line, problems=tuple(problems)) if problems else None
    return (Person(*map(found.get, KINDS)) if found else None), bad


def _by_kind(row: Mapping[Any, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values of a row that are not blank, each kind once."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in row.items():
        said = _kind(str(name))
        if said not in KINDS or value is None or (isinstance(value, str) and not value.strip()):
            continue
        if said in values:
            problems.append(f"{said} is given twice: one of each is sent for a person")
        values.setdefault(said, value)
    return values, problems


def _kind(name: str) -> str:
    plain = _BLANKS.sub("_", name.strip()).lower()
    return ALIASES.get(plain, plain)
