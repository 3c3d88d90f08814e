"""Imports go one way, and no file stands in a circle of imports, type checking included."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pinterest_async

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(pinterest_async.__file__).parent
PACKAGE = ROOT.name

# Each room may import from those above it, and from those on its own floor.
FLOORS = [
    [
        "_files",
        "_lazy",
        "_version",
        "_model",
        "_mixins",
        "_failures",
        "_secret",
        "errors",
        "config",
        "hooks",
        "_gather",
        "_rows",
    ],
    ["operations"],
    ["limits", "telemetry"],
    # A login makes calls, and a call wants to know whose it is.
    ["auth", "_call", "paging"],
    ["resources"],
    ["client", "public"],
    ["jobs"],
    ["cli"],
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# What stands apart, and all that it may import from.
APART = {
    "models": {"models", "_model", "_mixins", "_failures"},
    "emulator": {"emulator", "operations", "models"},
}
# Values that errors and events carry: they import nothing of ours.
VALUES = {"limits/headers.py"}


def files() -> list[Path]:
    """All files of the package but its front door."""
    return [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]


def name_of(path: Path) -> str:
    """Return a file as messages name it, from the package's folder on."""
    return path.relative_to(ROOT).as_posix()


def file_of(module: str) -> str | None:
    """Return the file of a dotted module below the package, None where there is none."""
    place = ROOT.joinpath(*module.split(".")) if module else ROOT
    for candidate in (place.with_suffix(".py"), place / "__init__.py"):
        if candidate.exists():
            return name_of(candidate)
    return None


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Yield the files of this package that an import statement asks for."""
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
        names = [""] * len(modules)
    else:
        modules = [node.module or ""] * len(node.names)
        names = [alias.name for alias in node.names]
    for module, name in zip(modules, names, strict=True):
        package, _, rest = module.partition(".")
        if package != PACKAGE:
            continue
        if not rest:
            # Through the front door: the file is the one that the name is from.
            rest = pinterest_async._MODULES.get(name, name)
        elif file_of(f"{rest}.{name}"):
            rest = f"{rest}.{name}"
        if rest and (found := file_of(rest)):
            yield found


def statements(tree: ast.AST, *, typing: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the import statements of a file, with `typing` those for type checkers as well."""
    if isinstance(tree, (ast.Import, ast.ImportFrom)):
        yield tree
    if isinstance(tree, ast.If) and ast.unparse(tree.test) == "TYPE_CHECKING" and not typing:
        children: list[ast.AST] = [*tree.orelse]
    else:
        children = list(ast.iter_child_nodes(tree))
    for child in children:
        yield from statements(child, typing=typing)


@cache
def imports(path: Path, *, typing: bool) -> frozenset[str]:
    """Return the files that a file imports from."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {name for node in statements(tree, typing=typing) for name in imported(node)}
    return frozenset(found - {name_of(path)})


def room_of(file: str) -> str:
    """Return the room that a file belongs to: the first step of its path."""
    return file.partition("/")[0].removesuffix(".py")


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_imports_go_one_way(path: Path) -> None:
    """No file imports from a floor above its own; models and emulator keep apart."""
    room = room_of(name_of(path))
    found = {room_of(file) for file in imports(path, typing=True) - VALUES}
    if room in APART:
        assert found <= APART[room]
    elif room in FLOOR_OF:
        allowed = {name for name, floor in FLOOR_OF.items() if floor <= FLOOR_OF[room]}
        allowed |= {"models"} if room != "cli" else {"models", "emulator", "testing"}
        assert found <= allowed


def test_no_file_stands_in_a_circle() -> None:
    """Every file can be read after those that it imports, imports for type checking included."""
    graph = {name_of(path): imports(path, typing=True) for path in files()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


@pytest.mark.parametrize("file", sorted(VALUES))
def test_values_import_nothing_of_ours(file: str) -> None:
    """What the lowest floor may name stands below it."""
    assert not imports(ROOT / file, typing=True)


def test_the_imports_are_found() -> None:
    """The reading of imports sees the ones that are surely there."""
    call = imports(ROOT / "_call" / "transport.py", typing=False)
    assert {"_call/exchange.py", "_call/decoding.py"} <= call
    client = imports(ROOT / "client.py", typing=False)
    assert {"_call/transport.py", "limits/__init__.py"} <= client
    assert "limits/headers.py" in imports(ROOT / "errors.py", typing=True)
    assert "limits/headers.py" not in imports(ROOT / "errors.py", typing=False)
    assert all(file_of(room) for room in FLOOR_OF)


def test_no_import_is_relative() -> None:
    """Imports name the package, so that the rule above sees them all."""
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path
