"""Builds the site: `python docs/build.py`, into `build/site/site/`.

The pages of `docs/` are plain Markdown and are taken as they are. Added are the changelog and the
reference, with one page for each resource and each module of models. What `docs/site.toml` has in
its navigation and what is not there is left out; a page that the navigation lacks is an error, and
so is a link to a page or a heading that does not exist. `--pages` writes the pages alone.
"""

from __future__ import annotations

import importlib
import inspect
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pinterest_async import OPERATIONS, errors, jobs

if TYPE_CHECKING:
    from pinterest_async import Operation

ROOT: Final = Path(__file__).parent.parent
SITE: Final = ROOT / "build" / "site"
PAGES: Final = SITE / "docs"

PARTS: Final = {
    "client": ("The client", ("client.Pinterest", "config", "paging", "_gather", "_model")),
    "hooks": ("Hooks", ("hooks",)),
    "telemetry": ("OpenTelemetry", ("telemetry",)),
    "auth": ("Logins and tokens", ("auth",)),
    "limits": ("Rate limits", ("limits", "limits.headers")),
    "operations": ("The table of operations", ("operations.Operation",)),
    "public": ("Public Pins without a token", ("public.PublicPinterest", "public.models")),
    "emulator": ("The emulator", ("emulator",)),
    "testing": ("Testing", ("testing", "testing.conformance")),
}
"""Parts of the package by the name of their page: a title, and what the page lists."""

MODEL_OPTIONS: Final = """\
    options:
      show_root_heading: false
      show_if_no_docstring: true
"""
RESOURCE_OPTIONS: Final = """\
    options:
      show_root_heading: false
      merge_init_into_class: false
"""


INDEX: Final = """\
# Operations

All {} operations of Pinterest's API, by the resource of the client that has them. Each has a
link to Pinterest's own page.
"""
COLUMNS: Final = "| method | request | rate limit | sandbox |\n|---|---|---|---|\n"
NAMES: Final = """\
# Operations by Pinterest's names

Clients that are generated write them with an underscore: `boards_list_pins`.

| Pinterest's | ours |
|---|---|
"""


def main(arguments: list[str]) -> int:
    """Assemble the pages, and build the site from them; return the exit code."""
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(ROOT / "docs", PAGES, ignore=shutil.ignore_patterns("*.py", "*.toml", "__*"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for page in PAGES.glob("*.md"):
        # A link to a file of the project leads to where the project is.
        elsewhere = f"]({project['urls']['Source']}/blob/main/"
        write(page.name, page.read_text("utf-8").replace("](../", elsewhere))
    reference = write_reference()
    write("changelog.md", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    settings = (ROOT / "docs" / "site.toml").read_text("utf-8")
    (SITE / "zensical.toml").write_text(configured(settings, project["urls"], reference), "utf-8")
    if arguments == ["--pages"]:
        return 0
    command = [sys.executable, "-m", "zensical", *(arguments or ["build", "--clean", "--strict"])]
    return subprocess.run(command, cwd=SITE, check=False).returncode


def configured(settings: str, urls: dict[str, str], reference: list[dict[str, Any]]) -> str:
    """Return the settings with a navigation of what is there, and the project's addresses."""
    listed = tomllib.loads(settings)["project"]["nav"]
    shown = [kept for entry in listed if (kept := present(entry, reference))]
    missing = {page.name for page in PAGES.glob("*.md")} - set(pages_of(shown))
    if missing:
        raise SystemExit(f"docs/site.toml has no place for {', '.join(sorted(missing))}")
    addresses = f'site_url = "{urls["Documentation"]}"\nrepo_url = "{urls["Source"]}"\n'
    nav = f"{addresses}nav = {as_toml(shown)}\n"
    return re.sub(r"^nav = \[.*?^\]\n", lambda _: nav, settings, flags=re.MULTILINE | re.DOTALL)


def present(entry: dict[str, Any], reference: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return an entry of the navigation without the pages that are not there; None if none is."""
    ((title, place),) = entry.items()
    if place == "reference":
        return {title: reference}
    if isinstance(place, str):
        return entry if (PAGES / place).exists() else None
    kept = [one for inner in place if (one := present(inner, reference))]
    return {title: kept} if kept else None


def pages_of(nav: list[dict[str, Any]]) -> list[str]:
    """Return all pages of a navigation."""
    found: list[str] = []
    for entry in nav:
        for place in entry.values():
            found += [place] if isinstance(place, str) else pages_of(place)
    return found


def as_toml(nav: list[dict[str, Any]]) -> str:
    """Write a navigation as a value of TOML."""
    entries = (
        f'{{"{title}" = "{place}"}}'
        if isinstance(place, str)
        else f'{{"{title}" = {as_toml(place)}}}'
        for entry in nav
        for title, place in entry.items()
    )
    return f"[{', '.join(entries)}]"


def write(page: str, text: str) -> None:
    """Write one page."""
    path = PAGES / page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def write_reference() -> list[dict[str, Any]]:
    """Write the pages of the reference; return their navigation."""
    write("reference/index.md", index_of_operations())
    write("reference/operation-ids.md", names_of_operations())
    nav: list[dict[str, Any]] = [
        {"Operations": "reference/index.md"},
        {"By Pinterest's names": "reference/operation-ids.md"},
    ]
    for name, (title, places) in PARTS.items():
        entries = [entry for place in places for entry in public_of(place)]
        nav.append(listing(name, title, entries))
    nav.append(listing("errors", "Errors", [f"pinterest_async.errors.{one}" for one in tree()]))
    # The jobs themselves, and then what they return and raise.
    jobs_first = sorted(jobs.__all__, key=lambda name: name[0].isupper())
    nav.append(listing("jobs", "Jobs", [origin(jobs, name) for name in jobs_first]))
    nav.append({"Resources": [resource_page(name) for name in resources()]})
    nav.append({"Models": [model_page(name) for name in models()]})
    return nav


def listing(name: str, title: str, entries: list[str]) -> dict[str, Any]:
    """Write a page with the documentation of some names; return its entry."""
    blocks = "\n".join(f"::: {entry}\n" for entry in entries)
    write(f"reference/{name}.md", f"# {title}\n\n{blocks}")
    return {title: f"reference/{name}.md"}


def public_of(place: str) -> list[str]:
    """Return the full names of what a module offers, or of one class."""
    if place.rpartition(".")[2][0].isupper():
        return [f"pinterest_async.{place}"]
    found = importlib.import_module(f"pinterest_async.{place}")
    own = [
        name
        for name, value in vars(found).items()
        if getattr(value, "__module__", "") == found.__name__ and name[0] != "_"
    ]
    return [origin(found, name) for name in getattr(found, "__all__", own)]


def origin(module: Any, name: str) -> str:
    """Return the full name of what a module offers, where it is defined."""
    value = getattr(module, name)
    home = value.__module__ if inspect.isclass(value) or inspect.isfunction(value) else ""
    return f"{home or module.__name__}.{name}"


def tree() -> list[str]:
    """Return the names of all errors, in their order."""
    return [
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.PinterestError)
    ]


def resources() -> list[str]:
    """Return the names of all resources."""
    return sorted({operation.resource for operation in OPERATIONS.values()})


def models() -> list[str]:
    """Return the names of all modules of models."""
    folder = ROOT / "pinterest_async" / "models"
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def resource_page(name: str) -> dict[str, Any]:
    """Write the page of one resource; return its entry."""
    module = importlib.import_module(f"pinterest_async.resources.{name}")
    (cls,) = [
        one
        for one in vars(module).values()
        if inspect.isclass(one) and one.__module__ == module.__name__
    ]
    block = f"::: {module.__name__}.{cls.__name__}\n{RESOURCE_OPTIONS}"
    write(f"reference/resources/{name}.md", f"# `pinterest.{name}`\n\n{block}")
    return {name: f"reference/resources/{name}.md"}


def model_page(name: str) -> dict[str, Any]:
    """Write the page of one module of models; return its entry."""
    text = f"# Models: `{name}`\n\n::: pinterest_async.models.{name}\n{MODEL_OPTIONS}"
    write(f"reference/models/{name}.md", text)
    return {name: f"reference/models/{name}.md"}


def address(one: Operation) -> str:
    """Return where the reference has the method of an operation, seen from its own folder."""
    cls = "".join(part.capitalize() for part in one.resource.split("_"))
    home = f"pinterest_async.resources.{one.resource}"
    return f"resources/{one.resource}.md#{home}.{cls}Resource.{one.method}"


def names_of_operations() -> str:
    """Return the page that leads from Pinterest's own names of operations to ours."""
    rows = "".join(
        f"| `{one.id}` | [`pinterest.{one.resource}.{one.method}`]({address(one)}) |\n"
        for one in sorted(OPERATIONS.values(), key=lambda one: one.id)
    )
    return f"{NAMES}{rows}"


def index_of_operations() -> str:
    """Return the page with a table of all operations, by their resource."""
    rows: dict[str, list[str]] = defaultdict(list)
    for one in OPERATIONS.values():
        rows[one.resource].append(
            f"| [`{one.resource}.{one.method}`]({address(one)}) "
            f"| `{one.http_method} {one.path}` | `{one.category}` "
            f"| {'yes' if one.sandbox else ''} |\n"
        )
    parts = [INDEX.format(len(OPERATIONS))]
    for resource in sorted(rows):
        parts.append(f"\n## {resource}\n\n{COLUMNS}")
        parts += sorted(rows[resource])
    return "".join(parts)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
