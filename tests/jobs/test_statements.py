"""The SQL of the jobs keeps to what every interpreter takes."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import pinterest_async

ROOT = Path(pinterest_async.__file__).parent
NUMBERED = re.compile(r"\?\d")
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in ROOT.rglob("*.py")
    if "execute" in path.read_text("utf-8")
)


@pytest.mark.parametrize("name", FILES)
def test_no_placeholder_has_a_number(name: str) -> None:
    """Python 3.12 warns of `?1`, and 3.14 refuses it; 3.11 says nothing. `:name` is for those."""
    tree = ast.parse((ROOT / name).read_text("utf-8"))
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert not [text for text in texts if NUMBERED.search(text)]


def test_files_with_statements_are_found() -> None:
    """The list above is not empty by mistake."""
    assert {"jobs/audiences/state.py", "jobs/_journal.py"} <= set(FILES)
