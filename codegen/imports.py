"""Writes the import lines of a generated module: exactly the names that its code uses."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MODULES = {"dt": "import datetime as dt", "builtins": "import builtins"}
NAMES = {
    **dict.fromkeys(("Annotated", "Any", "ClassVar", "TypeAlias", "TYPE_CHECKING"), "typing"),
    **dict.fromkeys(("UNSET", "Meta", "Struct", "UnsetType", "field"), "msgspec"),
    "Model": "pinterest_async._model",
    "hidden": "pinterest_async._secret",
    **dict.fromkeys(("PinMixin", "BoardMixin", "to_datetime"), "pinterest_async._mixins"),
    **dict.fromkeys(("BatchMixin", "Results"), "pinterest_async._failures"),
    "Sequence": "collections.abc",
    "RequestOptions": "pinterest_async.config",
    "OPERATIONS": "pinterest_async.operations",
    "Pager": "pinterest_async.paging",
    **dict.fromkeys(("Endpoint", "Resource", "comma", "deep"), "pinterest_async._call.resource"),
}


def used_names(code: str) -> set[str]:
    """The names that a piece of code reads, its docstrings aside."""
    nodes = ast.walk(ast.parse(code))
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def import_lines(used: Iterable[str], own: Mapping[str, str]) -> list[str]:
    """The lines that bring `used` into a module; `own` tells where our generated names live."""
    places = {**NAMES, **own}
    by_module: dict[str, set[str]] = defaultdict(set)
    lines: set[str] = set()
    for name in used:
        if name in MODULES:
            lines.add(MODULES[name])
        elif name in places:
            by_module[places[name]].add(name)
    lines |= {f"from {module} import {', '.join(sorted(n))}" for module, n in by_module.items()}
    return sorted(lines)
