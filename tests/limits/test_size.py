"""The limiter stays small where it is hardest to read: its classes and its functions."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import pinterest_async.limits

FOLDER: Final = Path(pinterest_async.limits.__file__).parent
MODULES: Final = sorted(FOLDER.glob("*.py"))
ATTRIBUTES: Final = 12
METHODS: Final = 15
COMPLEXITY: Final = 8


def attributes(made: ast.ClassDef) -> set[str]:
    """The names that instances have: those that are declared, and those that methods set."""
    declared = {
        part.target.id
        for part in made.body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    }
    assigned = {
        part.attr
        for part in ast.walk(made)
        if isinstance(part, ast.Attribute)
        and isinstance(part.ctx, ast.Store)
        and isinstance(part.value, ast.Name)
        and part.value.id == "self"
    }
    return declared | assigned


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_class_holds_much(path: Path) -> None:
    """A class that knows or does more is two."""
    for part in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(part, ast.ClassDef):
            methods = [
                one for one in part.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))
            ]
            assert len(attributes(part)) <= ATTRIBUTES, part.name
            assert len(methods) <= METHODS, part.name


def test_no_function_is_hard_to_follow() -> None:
    """Ruff counts the ways through each."""
    limit = f"lint.mccabe.max-complexity={COMPLEXITY}"
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache"]
    done = subprocess.run(
        [*command, "--select", "C901", "--config", limit, FOLDER],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
