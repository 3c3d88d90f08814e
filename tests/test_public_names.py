"""The names that the package offers."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import pinterest_async

SOURCE = Path(pinterest_async.__file__)
PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def test_f20_no_aiohttp_with_a_published_fault_of_the_client_is_admitted() -> None:
    """F20: 3.14.3 mended reading beyond a response's end, 3.14.4 inflating in quadratic time."""
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    (bound,) = [one for one in project["dependencies"] if one.startswith("aiohttp")]
    lowest = tuple(int(part) for part in bound.removeprefix("aiohttp>=").split("."))
    assert lowest >= (3, 14, 4)


def test_all_is_sorted_and_complete() -> None:
    """`__all__` lists exactly what is imported for type checkers, and the table loads the same."""
    tree = ast.parse(SOURCE.read_text())
    named = {
        alias.asname or alias.name
        for block in tree.body
        if isinstance(block, ast.If)
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    assert set(pinterest_async.__all__) == named
    assert len(set(pinterest_async.__all__)) == len(pinterest_async.__all__)
    assert set(pinterest_async._MODULES) == named


def test_public_names_are_all_there_is() -> None:
    """What `dir` shows is in `__all__`, or a public module that is loaded."""
    shown = set(dir(pinterest_async))
    assert set(pinterest_async.__all__) <= shown
    assert shown - set(pinterest_async.__all__) <= set(pinterest_async._ROOMS)
    assert all(hasattr(pinterest_async, name) for name in shown)


@pytest.mark.parametrize("room", [*pinterest_async._ROOMS, "client", "auth.stores", "resources"])
def test_a_public_module_shows_public_names_alone(room: str) -> None:
    """Neither what it imports nor what is for the package itself; and each can be had."""
    module = import_module(f"pinterest_async.{room}")
    shown = dir(module)
    assert shown
    for name in shown:
        assert not name.startswith("_"), name
        value = getattr(module, name)
        assert not isinstance(value, ModuleType), name
        if isinstance(value, type | FunctionType):
            assert value.__module__.startswith("pinterest_async") or room == "models", name


@pytest.mark.parametrize("name", pinterest_async.__all__)
def test_every_name_can_be_had(name: str) -> None:
    """Each public name is found where the table says, under its own name."""
    value = getattr(pinterest_async, name)
    assert getattr(value, "__name__", name) == name


def test_every_error_is_public() -> None:
    """Whatever can be raised can be caught without knowing the modules."""
    errors = ast.parse((SOURCE.parent / "errors.py").read_text())
    classes = {node.name for node in errors.body if isinstance(node, ast.ClassDef)}
    assert classes <= set(pinterest_async.__all__)


def test_unknown_names_are_attribute_errors() -> None:
    """A name that does not exist is reported as Python does."""
    with pytest.raises(AttributeError, match="Pinterset"):
        getattr(pinterest_async, "Pinter" + "set")


def test_importing_loads_next_to_nothing() -> None:
    """`import pinterest_async` loads nothing of its own but the loader of names, and no library."""
    loaded = _loaded_by("import pinterest_async")
    assert {name for name in loaded if name.startswith("pinterest_async")} == {
        "pinterest_async",
        "pinterest_async._lazy",
    }
    assert not loaded & {"aiohttp", "msgspec", "aiolimiter", "asyncio"}


def test_a_client_loads_no_models() -> None:
    """Making a client loads neither models nor resources nor a backend that is not used."""
    loaded = _loaded_by("import pinterest_async; pinterest_async.Pinterest('pina_x')")
    assert "pinterest_async.client" in loaded
    assert not {name for name in loaded if name.startswith("pinterest_async.models")}
    assert not {name for name in loaded if name.startswith("pinterest_async.resources.")}
    assert "pinterest_async.operations._table" not in loaded
    assert not loaded & {"redis", "rich", "typer", "keyring", "pinterest_async.emulator"}


def test_the_version_is_that_of_the_distribution() -> None:
    """`__version__` is what the project file says."""
    project = tomllib.loads(PYPROJECT.read_text())
    assert pinterest_async.__version__ == project["project"]["version"]


def _loaded_by(code: str) -> set[str]:
    """Run `code` in a new interpreter and return the modules that it has loaded."""
    completed = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=SOURCE.parent.parent,
    )
    return set(completed.stdout.split())
