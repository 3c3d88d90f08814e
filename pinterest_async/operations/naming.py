"""Operations by all the names that they go by."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["meant", "no_such"]


def meant(name: str) -> str | None:
    """Return the id of the operation of a name, None where there is none.

    Names are Pinterest's id (`boards/list_pins`), that of generated clients (`boards_list_pins`),
    and ours, with a dot or a slash (`boards.list_pins`).
    """
    return name if name in OPERATIONS else _ids().get(name.replace("/", "."))


def no_such(name: str) -> str:
    """Say that no operation has this id, and which id may have been meant."""
    found = meant(name)
    near = [found] if found else get_close_matches(name, OPERATIONS, 1)
    advice = f"did you mean {near[0]!r}?" if near else "OPERATIONS has the ids of all"
    return f"there is no operation {name!r}: {advice}"


@cache
def _ids() -> Mapping[str, str]:
    ours = {f"{row.resource}.{row.method}": row.id for row in OPERATIONS.values()}
    return {row_id.replace("/", "_"): row_id for row_id in OPERATIONS} | ours
