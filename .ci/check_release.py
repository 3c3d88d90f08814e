"""check_release TAG: a release's tag is its version, and the changelog has it with its date."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path


def main(tag: str) -> None:
    """Say what is wrong, and exit with 1."""
    version = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]["version"]
    if tag != f"v{version}":
        raise SystemExit(f"the tag is {tag}, and pyproject.toml says {version}")
    newest = re.search(r"^## (.+)$", Path("CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    if newest is None or not re.fullmatch(rf"{re.escape(version)}, \d{{4}}-\d\d-\d\d", newest[1]):
        raise SystemExit(f"the changelog begins with {newest and newest[1]!r}, not {version}, DATE")


if __name__ == "__main__":
    main(sys.argv[1])
