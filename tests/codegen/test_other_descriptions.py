"""Whatever description comes next: as published, in other words, or beyond what is understood."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from codegen.description import Description, DescriptionError
from codegen.operations import read_facts
from codegen.output import ROOT
from codegen.overrides import Overrides
from codegen.public_names import PublicNames
from codegen.render_resources import render_resources
from codegen.surface import report, surface
from tests.codegen.describing import content, description, facts_of, no_overrides, ref, wording
from tests.codegen.rewriting import inlined, renamed, reordered
from tests.support.descriptions import GENERATED_FROM, OFFICIAL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codegen.description import Schema
    from codegen.facts import Facts


def without_status_components(document: Schema) -> Schema:
    """The description with every component that is named after a status written out."""
    return inlined(document, "200Response")


def facts_as(*rewritings: Callable[[Schema], Schema]) -> Facts:
    """What is read from the description when it says the same in other words."""
    read = Description.read(GENERATED_FROM)
    document = read.document
    for rewrite in rewritings:
        document = rewrite(document)
    said = Description(document, read.version, read.sha256)
    return read_facts(said, Overrides(of=read.version), PublicNames.read())


@pytest.mark.skipif(not GENERATED_FROM.exists(), reason="the description is not beside the project")
@pytest.mark.parametrize(
    "rewritings",
    [
        (reordered,),
        (renamed,),
        (without_status_components,),
        (without_status_components, renamed, reordered),
    ],
)
def test_public_names_do_not_hang_on_the_words_of_a_description(
    rewritings: tuple[Callable[[Schema], Schema], ...],
) -> None:
    """Components under other names, written out or in another order change nothing for users."""
    usual = surface(facts_as())
    assert len(usual) > 9000
    assert surface(facts_as(*rewritings)) == usual


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official 5.23.0 is not beside the project")
def test_an_official_description_as_published_makes_a_working_package(tmp_path: Path) -> None:
    """The package of 5.23.0 sends its 231 operations as described, with our tables as is."""
    for name in ("benchmarks", "codegen", "pinterest_async", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    environment = {
        **os.environ,
        "PINTEREST_DESCRIPTION": str(OFFICIAL),
        "PYTHONPATH": str(tmp_path),
        "PYTEST_ADDOPTS": "",
    }
    made = subprocess.run(
        [sys.executable, "-m", "codegen", str(OFFICIAL)],
        check=True,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "overrides without effect" in made.stderr
    tests = "tests/contract/test_requests.py"
    called = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-x", tests),
            *("-k", "request_that_leaves or reached_by"),
        ],
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert called.returncode == 0, called.stdout[-2000:]
    assert "232 passed" in called.stdout


def test_an_idle_override_is_a_warning_in_another_version() -> None:
    """The tables belong to one version; elsewhere nothing has to be edited."""
    overrides = no_overrides()
    overrides.maps = {"NoSuchThing": ""}
    overrides.of = "5.99.0"
    overrides.check_all_used()
    assert overrides.warnings == ["overrides without effect: NoSuchThing"]


def test_every_verb_makes_a_method() -> None:
    """PUT is a write like PATCH; HEAD does no harm twice and has no body to read."""
    thing: Schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    source = description(
        {"Thing": thing},
        replace={
            "verb": "put",
            "requestBody": content(ref("Thing")),
            "responses": {"200": content(ref("Thing"))},
        },
        probe={"verb": "head", "responses": {"200": {}}},
    )
    facts = facts_of(source)
    rows = {operation.method: operation for operation in facts.operations}
    assert (rows["replace"].http_method, rows["replace"].repeatable) == ("PUT", False)
    assert (rows["probe"].http_method, rows["probe"].repeatable) == ("HEAD", True)
    assert rows["probe"].response is None
    text = " ".join(render_resources(facts, wording(), no_overrides(), "")["things.py"].split())
    assert "async def replace(self, *, name: str | UnsetType = UNSET" in text
    assert "async def probe(self, *, options: RequestOptions | None = None) -> None:" in text


QUERY: Schema = {"name": "x", "in": "query", "schema": {"type": "string"}}


UNKNOWN: list[tuple[Schema, str]] = [
    ({"parameters": [{**QUERY, "in": "header"}]}, r"\?x: a parameter in 'header'"),
    ({"parameters": [{**QUERY, "style": "pipeDelimited"}]}, r"the style 'pipeDelimited'"),
    ({"parameters": [{**QUERY, "in": "path"}]}, r"\?x: the path has no such place"),
    ({"parameters": [{"name": "x", "in": "query"}]}, r"\?x: there is no schema"),
    ({"security": [{"mutual_tls": []}]}, "the credentials 'mutual_tls'"),
    ({"requestBody": {"content": {"text/csv": {}}}}, "body: the type text/csv"),
    ({"responses": {"200": {"content": {"image/png": {}}}}}, "200: the type image/png"),
    ({"responses": {"200": content({"not": {}})}}, "200: the keyword 'not'"),
    ({"responses": {"200": content({"type": ["string", "null"]})}}, r"\['string', 'null'\]"),
    ({"responses": {"200": content({"items": {"const": 1}})}}, r"200\[\]: the keyword 'const'"),
]


@pytest.mark.parametrize(("node", "sentence"), UNKNOWN)
def test_what_is_not_understood_stops_with_its_place(node: Schema, sentence: str) -> None:
    """A construct that would be lost is named, with the operation and where in it."""
    with pytest.raises(DescriptionError, match=rf"GET /things/get.*{sentence}"):
        facts_of(description({}, get=node))


def test_a_verb_or_an_operation_in_an_unknown_form_stops() -> None:
    """Verbs that nobody calls, and operations without what every one has."""
    source = description({}, get={})
    source.document["paths"]["/things/get"]["trace"] = {}
    del source.document["paths"]["/things/get"]["get"]["x-ratelimit-category"]
    with pytest.raises(
        DescriptionError, match=r"the verb 'trace' is not understood; .*no x-ratelimit-category"
    ):
        facts_of(source)


def test_a_report_says_what_a_description_changes_for_users() -> None:
    """Operations and members that come, go, move, or are asked for now."""

    def made(required: list[str], *names: str, **operations: Any) -> Facts:
        members = {name: {"type": "string"} for name in names}
        thing: Schema = {"type": "object", "required": required, "properties": members}
        body = {"verb": "post", "requestBody": content(ref("Thing"))}
        return facts_of(description({"Thing": thing}, create=body, **operations))

    old = made([], "name", "colour", get={})
    new = made(["name", "size"], "name", "size", list={})
    assert list(report(old, new)) == [
        *("### Added", "- `Thing.size`", "- `things.list()`", ""),
        *("### Removed", "- `Thing.colour`", "- `things.get()`", ""),
        *("### Newly required", "- `Thing.name`", "- `Thing.size`", ""),
    ]
    assert list(report(new, new)) == []


def test_a_report_names_what_is_called_otherwise() -> None:
    """An operation that moves keeps its id."""
    overrides = no_overrides()
    overrides.places = {"things/get": "others.fetch"}
    old = facts_of(description({}, get={}))
    new = facts_of(description({}, get={}), overrides)
    assert list(report(old, new)) == ["### Renamed", "- `things.get()` is `others.fetch()` now", ""]
