"""From a request line to an operation of the table, by way of a tree of path segments."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from pinterest_async.emulator.schema.errors import method_not_allowed, not_found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.operations import Operation


class _Node:
    __slots__ = ("children", "operations", "parameter")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.operations: dict[str, tuple[Operation, tuple[str, ...]]] = {}


class Router:
    """Finds operations. A literal segment is preferred to a parameter."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            node = self._root
            names: list[str] = []
            for segment in operation.path.split("/")[1:]:
                if segment.startswith("{"):
                    names.append(segment[1:-1])
                    node.parameter = node.parameter or _Node()
                    node = node.parameter
                else:
                    node = node.children.setdefault(segment, _Node())
            node.operations[operation.http_method] = operation, tuple(names)

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """The operation and its path parameters, decoded.

        Args:
            method: the verb.
            path: the path below the base URL, still percent-encoded.

        Raises:
            Refusal: 404 for an unknown path, 405 for a verb that the path does not know.
        """
        segments = path.split("/")[1:]
        for node, values in _matches(self._root, segments, ()):
            found = node.operations.get(method)
            if found is not None:
                operation, names = found
                return operation, dict(zip(names, map(unquote, values), strict=True))
            if node.operations:
                # `/pins/analytics` is a path of its own, and no Pin with that for its id.
                raise method_not_allowed(method, path)
        raise not_found("API method")


def _matches(
    node: _Node, segments: list[str], values: tuple[str, ...]
) -> Iterable[tuple[_Node, tuple[str, ...]]]:
    if not segments:
        yield node, values
        return
    first, rest = segments[0], segments[1:]
    if first in node.children:
        yield from _matches(node.children[first], rest, values)
    if first and node.parameter is not None:
        yield from _matches(node.parameter, rest, (*values, first))
