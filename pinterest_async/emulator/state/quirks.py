"""The ways in which the real API surprises its clients, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Collection

Quirk: TypeAlias = Literal[
    "beta_refused",
    "blocked_links",
    "data_access_denied",
    "exclusive_sections",
    "forbidden_originals",
    "missing_fields",
    "new_enum_values",
    "numeric_ids",
    "passing_event_failures",
    "undeclared_fields",
    "write_contention",
    "zoned_dates",
]
"""What can be switched on.

- `beta_refused`: operations that are in beta refuse with 401 code 3, as they do to most apps,
  and name the restricted feature.
- `blocked_links`: 429 code 9 to a Pin that links to `blocked.example.com`, as for a single link
  that is taken for spam; the account is not blocked.
- `data_access_denied`: boards and Pins of accounts that are no businesses cannot be read, as for
  apps registered since 2026-09-14.
- `exclusive_sections`: 409 to a change of a board's sections within a second of another.
- `forbidden_originals`: one picture in ten is not given in its original size: 403 with the XML of
  the store behind it, while all smaller sizes are given. Needs `local_pictures`.
- `missing_fields`: members that are null, and some others, are left out.
- `new_enum_values`: words that no enumeration lists.
- `numeric_ids`: ids in rows of ads analytics are numbers, but for those of ad accounts.
- `passing_event_failures`: one conversion event in fifty fails the first time that it is sent, with
  a message which says that it may go well later.
- `undeclared_fields`: pages, and objects with an id, have a member that no description knows.
- `write_contention`: 429 to a change of an object within a second of another change of it, as the
  description of several Pins' analytics has it.
- `zoned_dates`: moments say that they are UTC, as the description wants it and the real API does
  not do.
"""

QUIRKS: frozenset[Quirk] = frozenset(get_args(Quirk))


def checked(quirks: Collection[Quirk]) -> set[Quirk]:
    """The quirks as a set.

    Raises:
        ValueError: one does not exist.
    """
    if unknown := set(quirks) - QUIRKS:
        raise ValueError(f"no such quirk: {', '.join(sorted(unknown))}")
    return set(quirks)
