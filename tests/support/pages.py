"""The pages of the documentation, and the code on them.

`python -m tests.support.pages FOLDER` writes blocks of Python as modules, for a type checker. A
block may count on `Pinterest` being imported, and on the blocks before it on its page.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).parent.parent.parent
README: Final = "README.md"
PAGES: Final = (README, *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))

RUN: Final = (
    README,
    *(
        f"docs/{name}.md"
        for name in (
            "access", "ads", "analytics", "conversions", "errors", "export", "index", "jobs",
            "limits", "network", "paging", "pins", "troubleshooting",
        )
    ),
)  # fmt: skip
"""Pages whose blocks `tests/test_pages.py` runs; all others with Python have tests of their own."""
TYPED: Final = (
    *RUN,
    *(
        f"docs/{name}.md"
        for name in ("audiences", "fleets", "frameworks", "leads", "logins", "old-apis")
    ),
)
"""Pages whose blocks the type checker reads."""

_HEADER: Final = "from pinterest_async import Pinterest\n"


class Block(msgspec.Struct, frozen=True):
    """One block of code."""

    page: str
    line: int
    """Of the page, where the code begins."""
    code: str

    @property
    def is_program(self) -> bool:
        """Whether it runs by itself."""
        return "asyncio.run(main())" in self.code

    def __str__(self) -> str:
        """Say where it stands."""
        return f"{self.page}:{self.line}"


def text_of(page: str) -> str:
    """Return the text of a page, named from the root of the project."""
    return (ROOT / page).read_text("utf-8")


def blocks(page: str, language: str = "python") -> list[Block]:
    """Return the blocks of a language on a page."""
    text = text_of(page)
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(page, text.count("\n", 0, one.start(1)) + 1, one[1]) for one in found]


def modules(page: str) -> dict[str, str]:
    """Return the code of a page as modules: one for each program, one for all other blocks.

    Frameworks are examples of their own, and do not count on each other.
    """
    stem = re.sub(r"\W", "_", page.removesuffix(".md")).lower()
    made: dict[str, str] = {}
    before = _HEADER
    for block in blocks(page):
        if block.is_program or page == "docs/frameworks.md":
            made[f"{stem}_{block.line}"] = block.code
        else:
            before += block.code
    if before != _HEADER:
        made[stem] = before
    return made


def main(folder: str) -> None:
    """Write the modules of all pages."""
    for page in TYPED:
        for name, code in modules(page).items():
            Path(folder, f"{name}.py").write_text(code, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
