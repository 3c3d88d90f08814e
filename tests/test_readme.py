"""The README: its two commands, its figures, and its links."""

from __future__ import annotations

import html
import os
import re
import shlex
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Final

from pinterest_async import OPERATIONS
from tests.support import pages

if TYPE_CHECKING:
    from pathlib import Path

README: Final = pages.text_of(pages.README)
COMMANDS: Final = [
    line for block in pages.blocks(pages.README, "sh") for line in block.code.splitlines()
]
INSTALLING: Final = [line for line in COMMANDS if line.startswith("python3 -m venv ")]
URLS: Final[dict[str, str]] = tomllib.loads(pages.text_of("pyproject.toml"))["project"]["urls"]


def test_there_is_one_command_for_the_main_job_and_one_for_the_tests() -> None:
    """Each is one line that makes its own environment; CI looks for the second by its form."""
    job, tests = INSTALLING
    assert ".venv/bin/pinterest-async export out --emulator" in job
    assert tests.endswith("-m pytest -q -n 2")
    for line in INSTALLING:
        assert line.startswith("python3 -m venv --clear .venv && .venv/bin/pip install -q ")


def test_the_main_job_runs_as_written(tmp_path: Path) -> None:
    """The part behind the installation works, twice in a row, and prints what the picture shows."""
    words = shlex.split(INSTALLING[0].rpartition("pinterest-async ")[2])
    said = [
        subprocess.run(
            [sys.executable, "-m", "pinterest_async.cli", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(pages.ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert (tmp_path / "out" / "manifest.json").exists()
    picture = pages.text_of("docs/pictures/export.svg")
    told = [line for line in said[1].splitlines() if "seconds" not in line]
    assert "  pins                      4000" in told
    assert all(html.escape(line) in picture for line in told)


def test_what_it_says_is_so() -> None:
    """The number of operations is right, and `pip install` stands alone."""
    assert f"all {len(OPERATIONS)} operations" in README
    assert COMMANDS[0].split("#")[0].split() == ["pip", "install", "pinterest-async"]


def test_it_is_short() -> None:
    """It has one and a half screens, of sixty lines."""
    assert len(README.splitlines()) <= 90


def test_all_links_are_absolute_and_lead_to_what_is_there() -> None:
    """Links work on a package index: each is an address of the project, and leads to a file."""
    source, site = URLS["Source"], URLS["Documentation"]
    raw = source.replace("github.com", "raw.githubusercontent.com")
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert len(links) > 10
    for link in links:
        if link in URLS.values():
            continue
        for start, folder in (
            (f"{source}/blob/main/", ""), (f"{source}/tree/main/", ""), (f"{raw}/main/", ""),
            (site, "docs/"),
        ):  # fmt: skip
            if link.startswith(start):
                path = folder + link.removeprefix(start).replace(".html", ".md")
                break
        else:
            raise AssertionError(link)
        assert (pages.ROOT / path).exists() or path == "docs/reference/index.md", link
