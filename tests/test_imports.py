"""Imports go one way."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pinterest_async

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(pinterest_async.__file__).parent

# Each room may import from those above it, and from those on its own floor.
FLOORS = [
    ["errors", "config", "rate_limit", "hooks", "gathering"],
    ["operation_table", "operations", "parameter_table", "protocol"],
    ["retry", "limits", "auth", "decoding"],
    ["endpoint", "failures", "identity", "inflating", "pool"],
    ["transport"],
    ["paging"],
    ["resource", "resources"],
    ["client", "public", "public_models"],
    ["jobs"],
    ["cli"],
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# What stands apart, and all that it may import from.
APART = {
    "models": {"models"},
    "emulator": {"emulator", "operation_table", "operations", "parameter_table", "models"},
}


def rooms(tree: ast.AST) -> Iterator[str]:
    """Yield the rooms of this package that are imported when the code runs."""
    if isinstance(tree, ast.If) and ast.unparse(tree.test) == "TYPE_CHECKING":
        children: list[ast.AST] = [*tree.orelse]
    else:
        children = list(ast.iter_child_nodes(tree))
    if isinstance(tree, ast.ImportFrom) and tree.module == "pinterest_async":
        # Through the front door: the room is the one that the name is from.
        for alias in tree.names:
            yield pinterest_async._MODULES.get(alias.name, alias.name).partition(".")[0]
    elif isinstance(tree, ast.ImportFrom) and (tree.module or "").startswith("pinterest_async."):
        yield str(tree.module).split(".")[1]
    elif isinstance(tree, ast.Import):
        for alias in tree.names:
            package, _, rest = alias.name.partition(".")
            if package == "pinterest_async" and rest:
                yield rest.partition(".")[0]
    for child in children:
        yield from rooms(child)


def imports(path: Path) -> set[str]:
    """Return the rooms that a file imports from."""
    return set(rooms(ast.parse(path.read_text()))) - {"__version__"}


def files() -> list[Path]:
    """All files of the package but its front door."""
    return [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    """No file imports from a floor above its own; models and emulator keep apart."""
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    found = imports(path)
    if room in APART:
        assert found <= APART[room]
    elif room in FLOOR_OF:
        allowed = {name for name, floor in FLOOR_OF.items() if floor <= FLOOR_OF[room]}
        allowed |= {"models"} if room != "cli" else {"models", "emulator", "testing"}
        assert found <= allowed


def test_the_floors_are_found() -> None:
    """The reading of imports sees the ones that are surely there."""
    assert {"protocol", "retry", "decoding"} <= imports(ROOT / "transport.py")
    assert imports(ROOT / "client.py") >= {"transport", "resources", "limits"}
    assert all((ROOT / room).exists() or (ROOT / f"{room}.py").exists() for room in FLOOR_OF)


def test_no_import_is_relative() -> None:
    """Imports name the package, so that the rule above sees them all."""
    for path in files():
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path
