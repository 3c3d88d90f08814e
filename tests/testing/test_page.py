"""The tests that docs/testing.md shows pass as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
PAGE: Final = (ROOT / "docs" / "testing.md").read_text("utf-8")


def test_the_tests_of_the_page_pass(tmp_path: Path) -> None:
    """Each block is a file of tests; all of them run, with the fixtures and pytest-asyncio."""
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for number, block in enumerate(blocks):
        (tmp_path / f"test_{number}.py").write_text(block, encoding="utf-8")
    plugins = ("pytest_asyncio.plugin", "pinterest_async.testing.plugin")
    ended = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-W", "error", "-o", "asyncio_mode=auto",
            "-o", "asyncio_default_fixture_loop_scope=function",
            *(word for plugin in plugins for word in ("-p", plugin)),
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout
    shown = len(re.findall(r"^ *async def test_", PAGE, re.MULTILINE))
    suites = 7 + 10
    assert f"{shown + suites} passed" in ended.stdout
