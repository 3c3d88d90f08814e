"""What CONTRIBUTING.md and the page on the architecture name is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from pinterest_async import __version__

ROOT: Final = Path(__file__).parent.parent
PAGES: Final = ("CONTRIBUTING.md", "docs/architecture.md")
# A path may be short for one that stands in the room of the path before it.
PATH: Final = re.compile(r"(?:[\w.]+/)*[\w.]+\.(?:py|md|toml)|(?:[\w.]+/)+")

SHELL: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def paths(page: str) -> list[str]:
    """The paths that a page names in its words, without what it tells a shell."""
    text = re.sub(
        r"^```.*?^```$", "", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    return [name for name in re.findall(r"`([^`\s]+)`", text) if PATH.fullmatch(name)]


def places(page: str) -> list[Path]:
    """The files and folders that a page names."""
    places: list[Path] = []
    room = ROOT
    for name in paths(page):
        if name == "v5/openapi.json":
            continue
        near = (ROOT, ROOT / "pinterest_async", room, *list(room.parents)[:3])
        found = [place / name for place in near if (place / name).exists()]
        assert found, f"{page} names {name}, which is not there"
        room = found[0]
        places.append(room)
    return places


@pytest.mark.parametrize("page", PAGES)
def test_every_path_exists(page: str) -> None:
    """A file or folder that these pages name exists, so that a move has to follow in them."""
    assert len(places(page)) > 15


def test_every_room_is_on_the_page_of_the_house() -> None:
    """No folder of the package, public module or job is missing there."""
    package = ROOT / "pinterest_async"
    rooms = {path.parent for path in package.glob("*/__init__.py")}
    rooms |= {path.parent for path in package.glob("jobs/*/__init__.py")}
    rooms |= {path for path in package.glob("*.py") if not path.name.startswith("_")}
    assert len(rooms) > 20
    assert rooms - set(places("docs/architecture.md")) == set()


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    """Its first section is "Unreleased", or the version of the package with its day."""
    newest = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest
    version = re.escape(__version__)
    assert re.fullmatch(rf"Unreleased: {version}|{version}, \d{{4}}-\d\d-\d\d", newest[1])


def test_recipes_are_short() -> None:
    """A recipe of CONTRIBUTING.md has at most ten lines."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    recipes = re.findall(r"^\*\*(.+?)\.\*\*(.*?)(?=^\*\*|^## )", text, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in recipes] == [
        "A field that Pinterest added", "A wording", "A name", "An override", "An error",
        "A retry rule", "A job", "A token store", "A response of the emulator", "A new description",
    ]  # fmt: skip
    for name, body in recipes:
        words = SHELL.sub("", body)
        assert len([line for line in words.splitlines() if line.strip()]) <= 10, name
