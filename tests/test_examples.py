"""The examples run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pinterest_async.emulator import Emulator, in_thread
from tests.support.commands import environment

# The web backends serve until they are stopped, the workers of a fleet wait for work, and dlt has
# warnings of its own; tests named after them use them.
EXAMPLES = [
    path
    for path in sorted((Path(__file__).parent.parent / "examples").glob("*.py"))
    if not path.name.startswith(("backend", "dlt_", "fleet", "sql_store", "web_"))
]
ARGUMENTS = {"export_with_progress.py": ["out"], "nightly_export.py": ["out"]}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example_runs_against_the_emulator(example: Path, tmp_path: Path) -> None:
    """An example needs nothing but a token, says what it does, and complains of nothing."""
    with in_thread(Emulator(boards=5, pins=300)) as emulator:
        boards = set(emulator.account.saved.boards)
        ended = subprocess.run(
            [sys.executable, "-W", "error", str(example), *ARGUMENTS.get(example.name, [])],
            cwd=tmp_path,
            env={**environment(emulator), "PYTHONPATH": str(example.parent.parent)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert set(emulator.account.saved.boards) == boards

    assert ended.stderr == ""
    assert ended.returncode == 0
    assert ended.stdout
    assert emulator.token not in ended.stdout
