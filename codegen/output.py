"""Formats what was rendered, and writes it or compares it with the tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pinterest_async"
GENERATED_FOLDERS = ("models", "resources")
TABLES = ("_parameters.py", "_table.py")


def literal(value: object) -> str:
    """The value in Python, on one line, quoted as the formatter would quote it."""
    if isinstance(value, dict):
        entries = cast("dict[object, object]", value).items()
        pairs = (f"{literal(key)}: {literal(item)}" for key, item in entries)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, tuple):
        items = [literal(item) for item in cast("tuple[object, ...]", value)]
        return f"({', '.join(items)}{',' * (len(items) == 1)})"
    if not isinstance(value, str):
        return repr(value)
    written = repr(value)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in value else written


def formatted(files: dict[str, str]) -> dict[str, str]:
    """The files as the pinned ruff writes them; names are relative to the package."""
    with TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        config = f"--config={ROOT / 'pyproject.toml'}"
        keep = f"--exclude={','.join(TABLES)}"  # these stay one row to a line
        for command in (["check", "--select=I", "--fix", config], ["format", keep, config]):
            subprocess.run(  # noqa: S603 - our own interpreter on files we just wrote
                [sys.executable, "-m", "ruff", *command, "--quiet", "--no-cache", folder],
                check=True,
            )
        return {name: Path(folder, name).read_text("utf-8") for name in files}


def existing(package: Path) -> dict[str, Path]:
    """The generated files of a package, by their names."""
    found = {
        str(path.relative_to(package)): path
        for folder in GENERATED_FOLDERS
        for path in (package / folder).glob("*.py")
    }
    tables = (package / "operations" / name for name in TABLES)
    return found | {str(path.relative_to(package)): path for path in tables if path.exists()}


def differences(files: dict[str, str], package: Path) -> list[str]:
    """What a package has differently, one line each."""
    present = existing(package)
    lines = [f"{name} is not generated any more" for name in sorted(present.keys() - files.keys())]
    for name, text in sorted(files.items()):
        if name not in present:
            lines.append(f"{name} is missing")
        elif present[name].read_text("utf-8") != text:
            lines.append(f"{name} differs")
    return lines


def write(files: dict[str, str], package: Path) -> None:
    """Make a package hold exactly these files."""
    for name, path in existing(package).items():
        if name not in files:
            path.unlink()
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
