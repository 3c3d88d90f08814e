"""Operations of the API by their names and words, looked at without a client."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from pinterest_async.errors import InvalidRequest

if TYPE_CHECKING:
    from pinterest_async.operations import Operation

ASKED_ABOUT: Final[Mapping[str, str]] = {
    "irreversible": "cannot be undone",
    "spends": "may spend money",
}
"""What an operation that is asked about does, by its effect."""


def unconnected(row: Operation) -> Callable[..., Any]:
    """Return a method that is only looked at: no client is made, nor what one needs imported."""
    module = import_module(f"pinterest_async.resources.{row.resource}")
    (resource,) = (
        one
        for name, one in vars(module).items()
        if name.endswith("Resource") and one.__module__ == module.__name__
    )
    method: Callable[..., Any] = getattr(resource.__new__(resource), row.method)
    return method


def all_operations() -> list[Operation]:
    """Return the table of operations."""
    from pinterest_async.operations import OPERATIONS

    return [*OPERATIONS.values()]


def python_name(row: Operation) -> str:
    """Return the name under which a client has an operation, such as `boards.list`."""
    return f"{row.resource}.{row.method}"


def matches(row: Operation, text: str) -> bool:
    """Whether all words of a text stand in what is known of an operation."""
    generated = row.id.replace("/", "_")
    known = (python_name(row), row.id, generated, row.path, row.category, *row.scopes, row.effect)
    facts = " ".join(known).lower()
    words = [word for word in text.lower().split() if word not in facts]
    return not words or all(word in summary(row).lower() for word in words)


def summary(row: Operation) -> str:
    """Return what an operation does, in a line."""
    return (inspect.getdoc(unconnected(row)) or "").partition("\n")[0]


def named(name: str) -> Operation | None:
    """Return the operation of a name: ours, Pinterest's, or that of generated clients."""
    from pinterest_async.operations import OPERATIONS
    from pinterest_async.operations.naming import meant

    found = meant(name)
    return None if found is None else OPERATIONS[found]


def find(name: str) -> Operation:
    """Return the operation of a name.

    Raises:
        InvalidRequest: there is none; the message names the nearest ones.
    """
    found = named(name)
    if found is not None:
        return found
    rows = all_operations()
    names = [*map(python_name, rows), *(row.id for row in rows)]
    near = difflib.get_close_matches(name, names, n=3)
    advice = f"did you mean {' or '.join(near)}?" if near else "see `pinterest-async operations`"
    raise InvalidRequest(f"there is no operation {name!r}; {advice}")
