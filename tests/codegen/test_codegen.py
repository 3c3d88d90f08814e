"""The generator: what it makes of each construct, and what it refuses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from codegen.additions import Addition
from codegen.description import Description, DescriptionError, is_array, is_object
from codegen.effects import EFFECTS, effect_of, is_marked
from codegen.naming import method_name, snake_case
from codegen.output import PACKAGE, ROOT
from codegen.override_tables import Patch
from codegen.render_models import render_models
from codegen.render_resources import render_resources
from pinterest_async.operations import OPERATIONS
from tests.codegen.describing import (
    content,
    description,
    facts_of,
    models,
    no_overrides,
    ref,
    wording,
)
from tests.support.descriptions import GENERATED_FROM

if TYPE_CHECKING:
    from codegen.description import Schema

needs_description = pytest.mark.skipif(
    not GENERATED_FROM.exists(), reason="the description is not beside the project"
)


def test_an_answer_needs_no_field_but_its_id() -> None:
    """Whatever the description requires, only a required id has no default."""
    thing = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"name": {"type": "string"}, "id": {"type": "string"}},
    }
    source = models(
        description({"Thing": thing}, get={"responses": {"200": content(ref("Thing"))}})
    )
    assert "    id: str\n    name: str | None = None" in source


def test_a_request_tells_leaving_out_from_clearing() -> None:
    """Optional fields default to UNSET, and only a nullable one takes None."""
    thing = {
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {"type": "string"},
            "title": {"type": "string", "nullable": True, "maxLength": 100},
            "note": {"type": "string"},
        },
    }
    node = {"verb": "post", "requestBody": content(ref("Thing"))}
    source = models(description({"Thing": thing}, create=node))
    assert "    kind: str\n" in source
    assert "    title: Annotated[str, Meta(max_length=100)] | UnsetType | None = UNSET" in source
    assert "    note: str | UnsetType = UNSET" in source


def test_an_object_that_travels_both_ways_is_written_twice() -> None:
    """The request's twin ends in Input and lacks what only the server writes."""
    thing = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "made_at": {"type": "string", "readOnly": True},
        },
    }
    node = {
        "verb": "post",
        "requestBody": content(ref("Thing")),
        "responses": {"200": content(ref("Thing"))},
    }
    source = models(description({"Thing": thing}, create=node))
    answer, request = source.split("class ThingInput")
    assert "made_at" in answer
    assert "made_at" not in request


def test_enumerations_are_closed_in_requests_and_open_in_responses() -> None:
    """Type checkers find a misspelt value that is sent; at run time any string goes, both ways."""
    thing = {"type": "object", "properties": {"colour": ref("Colour")}}
    colour = {"type": "string", "enum": ["RED", "BLUE", None]}
    node = {
        "verb": "post",
        "requestBody": content(ref("Thing")),
        "responses": {"200": content(ref("Thing"))},
    }
    source = description({"Thing": thing, "Colour": colour}, create=node)
    files = render_models(facts_of(source), wording(), "")
    assert 'Colour: TypeAlias = Literal["RED", "BLUE"]\n' in files["enums.py"]
    answer, request = files["things.py"].split("class ThingInput")
    assert "    Colour = str" in answer
    assert "    colour: Colour | str | None = None" in answer
    assert "    colour: Colour | UnsetType | None = UNSET" in request


def test_required_arguments_come_first_and_the_rest_as_looked_for() -> None:
    """What a call is about comes before what it says, and what nearly every call takes is last."""
    names = ("ad_account_id", "zeal", "title", "alpha", "board_id", "order", "beta")
    thing: Schema = {
        "type": "object",
        "required": ["zeal", "beta"],
        "properties": {name: {"type": "string"} for name in names},
    }
    facts = facts_of(
        description({"Thing": thing}, create={"verb": "post", "requestBody": content(ref("Thing"))})
    )
    text = render_resources(facts, wording(), no_overrides(), "")["things.py"]
    signature = text.partition("create(")[2].partition(")")[0]
    order = ["beta", "zeal", "board_id", "title", "alpha", "order", "ad_account_id"]
    assert re.findall(r"(\w+): str", signature) == order


def test_what_pinterest_cannot_do_without_is_required() -> None:
    """An override asks for a member of a request, and makes one of a response certain."""
    thing: Schema = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "source": {"type": "string"}},
    }
    node = {
        "verb": "post",
        "requestBody": content(ref("Thing")),
        "responses": {"200": content(ref("Thing"))},
    }
    asked = replace(no_overrides(), required={"Thing.source": ""}, always={"Thing.id": ""})
    answer, request = models(description({"Thing": thing}, create=node), asked).split("class T")[1:]
    assert "    id: str\n    source: str | None = None" in answer
    assert "    id: str | UnsetType = UNSET\n    source: str\n" in request
    thing["required"] = ["source"]
    with pytest.raises(DescriptionError, match=r"Thing\.source is required in the description"):
        models(description({"Thing": thing}, create=node), asked)


def test_parents_are_flattened_into_their_children() -> None:
    """`allOf` gives one class with all fields, and a lone reference stays a reference."""
    schemas: dict[str, Schema] = {
        "Base": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
        "Other": {"type": "object", "properties": {"x": {"type": "integer"}}},
        "Thing": {
            "allOf": [
                ref("Base"),
                {"properties": {"other": {"allOf": [ref("Other"), {"description": "only text"}]}}},
            ]
        },
    }
    source = models(description(schemas, get={"responses": {"200": content(ref("Thing"))}}))
    assert "class Thing(" in source
    assert "    id: str\n    other: Other | None = None" in source
    assert "class Base(" not in source


def test_an_object_with_free_keys_is_a_dictionary() -> None:
    """Keys that are data are not lost in a class with fixed fields."""
    row: Schema = {
        "type": "object",
        "properties": {"DATE": {"type": "string"}},
        "additionalProperties": True,
    }
    thing = {"type": "object", "properties": {"rows": {"type": "array", "items": row}}}
    source = models(
        description({"Thing": thing}, get={"responses": {"200": content(ref("Thing"))}})
    )
    assert "    rows: list[dict[str, Any]] | None = None" in source


def test_a_tagged_union_writes_its_tags() -> None:
    """Members of a discriminated union carry the tag, readable and on the wire."""
    schemas: dict[str, Schema] = {
        "Cat": {
            "type": "object",
            "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}},
        },
        "Dog": {"type": "object", "properties": {"kind": {"type": "string"}}},
        "Pet": {
            "oneOf": [ref("Cat"), ref("Dog")],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {"cat": ref("Cat")["$ref"], "dog": ref("Dog")["$ref"]},
            },
        },
    }
    node = {"verb": "post", "requestBody": content(ref("Pet"))}
    source = models(description(schemas, create=node))
    options = (
        'Model, kw_only=True, gc=False, forbid_unknown_fields=True, tag_field="kind", tag="cat"'
    )
    assert re.search(rf"class Cat\(\s*{re.escape(options)}\s*\):", source)
    assert '    kind: ClassVar[str] = "cat"\n    lives: int | UnsetType = UNSET' in source
    assert "Pet: TypeAlias = Cat | Dog" in source


def test_untagged_alternatives_of_an_answer_become_one_class() -> None:
    """What nothing distinguishes cannot fail to be one or the other."""
    schemas: dict[str, Schema] = {
        "Cat": {"type": "object", "properties": {"lives": {"type": "integer"}}},
        "Dog": {
            "type": "object",
            "properties": {"lives": {"type": "number"}, "tail": {"type": "string"}},
        },
        "Pet": {"anyOf": [ref("Cat"), ref("Dog")]},
    }
    source = models(description(schemas, get={"responses": {"200": content(ref("Pet"))}}))
    assert "class Pet(" in source
    assert "    lives: float | None = None\n    tail: str | None = None" in source


def test_a_time_without_a_zone_is_utc() -> None:
    """A class with a time gives a naive one its zone as soon as it is decoded."""
    thing = {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}}
    source = models(
        description({"Thing": thing}, get={"responses": {"200": content(ref("Thing"))}})
    )
    assert "self.at = self.at.replace(tzinfo=dt.UTC)" in source


def test_a_paged_operation_gives_a_pager_and_a_body_is_spread() -> None:
    """The method's signature is what users type."""
    page = {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": {"type": "string"}},
            "bookmark": {"type": "string"},
        },
    }
    thing = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "errorMessage": {"type": "string"}},
    }
    parameters = [
        {"name": "bookmark", "in": "query", "schema": {"type": "string"}},
        {"name": "page_size", "in": "query", "schema": {"type": "integer", "maximum": 50}},
        {
            "name": "kinds",
            "in": "query",
            "explode": False,
            "schema": {"type": "array", "items": {"type": "string"}},
        },
    ]
    source = description(
        {"Thing": thing},
        list={"parameters": parameters, "responses": {"200": content(page)}},
        create={"verb": "post", "requestBody": content(ref("Thing"))},
    )
    files = render_resources(facts_of(source), wording(), no_overrides(), "")
    text = " ".join(files["things.py"].split())
    assert "def list(self, *, kinds: Sequence[str] | None = None, page_size: int = 50" in text
    assert ") -> Pager[str]:" in text
    assert 'query={"kinds": comma(kinds)}' in text
    assert "async def create(self, *, name: str, error_message: str | UnsetType = UNSET" in text
    assert "body=Thing(name=name, error_message=error_message)" in text


def test_two_things_of_one_name_get_two() -> None:
    """An object whose name is taken is named after its place; if that is taken, the run stops."""
    part: Schema = {"type": "object", "properties": {"b": {"type": "string"}}}
    schemas: dict[str, Schema] = {
        "ThingPart": {"type": "object", "properties": {"a": {"type": "string"}}},
        "Thing": {"type": "object", "properties": {"part": part, "other": ref("ThingPart")}},
    }
    answer = {"responses": {"200": content(ref("Thing"))}}
    source = models(description(schemas, get=answer))
    assert "    part: ThingPart | None = None\n    other: ThingOther | None = None" in source
    schemas["Thing"]["properties"] = {"x": part, "X": {**schemas["ThingPart"], "title": "other"}}
    with pytest.raises(DescriptionError, match=r"Thing\.X: other things are called ThingX already"):
        models(description(schemas, get=answer))


def test_an_override_that_changes_nothing_is_refused() -> None:
    """Unused entries and places that the rule gives anyway stop the generator."""
    overrides = replace(no_overrides(), maps={"NoSuchThing": ""})
    with pytest.raises(DescriptionError, match="without effect: NoSuchThing"):
        overrides.check_all_used()
    same = replace(no_overrides(), places={"things/get": "things.get"})
    with pytest.raises(DescriptionError, match="what the rule gives"):
        models(description({}, get={"responses": {}}), same)


def test_an_addition_says_where_it_comes_from() -> None:
    """A member that the description lacks, or its values, come with a source where users read."""
    thing: Schema = {"type": "object", "properties": {"kind": {"type": "string"}}}
    node = {"verb": "post", "requestBody": content(ref("Thing"))}
    whole = {"type": "string", "enum": ["A", "B"]}
    added = (
        Addition("Thing", "kind", whole, "somebody's guide", "high", "request"),
        Addition("Thing", "size", {"type": "integer"}, "a letter", "low", "request"),
    )
    overrides = replace(no_overrides(), additions=added)
    source = description({"Thing": thing}, create=node)
    facts = facts_of(source, overrides)
    overrides.check_all_used()
    files = render_models(facts, wording(), "")
    assert 'ThingKind: TypeAlias = Literal["A", "B"]' in files["enums.py"]
    assert "Not in the description: a letter (low confidence)." in files["things.py"]
    resource = render_resources(facts, wording(), overrides, "")["things.py"]
    assert "somebody's guide (high confidence)" in " ".join(resource.split())


def test_an_addition_that_adds_nothing_is_refused() -> None:
    """What the description has by now, or what belongs to nothing, is not added."""
    thing: Schema = {"type": "object", "properties": {"size": {"type": "integer"}}}
    source = description({"Thing": thing}, get={"responses": {"200": content(ref("Thing"))}})
    idle = Addition("Thing", "size", {"type": "integer"}, "a letter", "low")
    with pytest.raises(DescriptionError, match="Thing has size without the addition"):
        facts_of(source, replace(no_overrides(), additions=(idle,)))
    lost = replace(no_overrides(), additions=(replace(idle, model="Other"),))
    facts_of(source, lost)
    with pytest.raises(DescriptionError, match=r"without effect: Other\.size"):
        lost.check_all_used()


def test_beta_is_read_from_the_text() -> None:
    """An operation is in beta when its text says so, unless that is about a part of it only."""
    source = description(
        {},
        one={"description": "Join the <b>Beta</b>."},
        two={"summary": "closed beta"},
        three={"description": "One field is in beta.", "summary": "Three"},
        four={"description": "The alphabetagamma."},
    )
    overrides = replace(no_overrides(), beta_mentioned={"things/three": ""})
    beta = {operation.id for operation in facts_of(source, overrides).operations if operation.beta}
    assert beta == {"things/one", "things/two"}
    overrides.check_all_used()


def test_every_operation_has_an_effect() -> None:
    """Each has a row or a verb that says it; no row is for an operation that there is not."""
    unmarked = [
        row.id
        for row in OPERATIONS.values()
        if not is_marked(row.id, row.http_method, repeatable=row.repeatable)
    ]
    assert unmarked == []
    assert EFFECTS.keys() - OPERATIONS.keys() == set()


def test_no_row_of_an_effect_says_what_the_verb_says() -> None:
    """A table that repeats the rule would hide the exceptions to it."""
    for row in OPERATIONS.values():
        if row.id in EFFECTS and (row.http_method == "DELETE" or row.repeatable):
            rule = "irreversible" if row.http_method == "DELETE" else "reads"
            assert EFFECTS[row.id] != rule, row.id


@pytest.mark.parametrize(
    ("operation_id", "verb", "effect"),
    [
        ("things/list", "GET", "reads"),
        ("things/delete", "DELETE", "irreversible"),
        ("things/create", "POST", "irreversible"),
        ("boards/create", "POST", "writes"),
        ("campaigns/update", "PATCH", "spends"),
        ("events/create", "POST", "irreversible"),
        ("follow_user/update", "POST", "irreversible"),
        ("unverify_website/delete", "DELETE", "writes"),
    ],
)
def test_an_effect_is_read_from_verb_and_table(operation_id: str, verb: str, effect: str) -> None:
    """What nobody has looked at yet counts as what cannot be undone; the table of rows agrees."""
    repeatable = verb in ("GET", "DELETE")
    assert effect_of(operation_id, verb, repeatable=repeatable) == effect
    if operation_id in OPERATIONS:
        assert OPERATIONS[operation_id].effect == effect


def test_a_post_that_may_be_repeated_reads() -> None:
    """It takes its filters in a body, and changes nothing."""
    assert effect_of("things/search", "POST", repeatable=True) == "reads"


def test_closed_places_of_a_body_are_named() -> None:
    """An operation says where its body refuses members that are not declared."""
    closed: Schema = {"type": "object", "additionalProperties": False}
    schemas: dict[str, Schema] = {
        "Thing": {**closed, "properties": {"parts": {"type": "array", "items": ref("Part")}}},
        "Part": {"type": "object", "properties": {"paint": {**closed, "properties": {}}}},
    }
    source = description(
        schemas,
        one={"verb": "post", "requestBody": content(ref("Thing"))},
        two={"verb": "post", "requestBody": content({"type": "array", "items": ref("Thing")})},
        three={"verb": "post", "requestBody": content(ref("Part"))},
    )
    places = {one.id: one.strict for one in facts_of(source).operations}
    assert places == {
        "things/one": ("", "parts[].paint"),
        "things/two": ("[]", "[].parts[].paint"),
        "things/three": ("paint",),
    }


def test_a_list_of_values_beside_a_free_text_is_open() -> None:
    """A member is named that takes any text beside the values listed; two lists are one, closed."""
    first: Schema = {"type": "string", "enum": ["red", "green"]}
    second: Schema = {"type": "string", "enum": ["blue", "green"]}
    members = {
        "paint": {"anyOf": [first, {"type": "string"}]},
        "lid": {"anyOf": [first, second]},
    }
    thing: Schema = {"type": "object", "properties": members}
    source = description(
        {"Thing": thing}, one={"verb": "post", "requestBody": content(ref("Thing"))}
    )
    assert facts_of(source).open_texts == {"paint"}


def test_a_patch_that_changes_nothing_is_refused() -> None:
    """A defect that the description no longer has needs no patch, nor one that has moved."""
    idle = Patch(("info", "version"), "1", "already so")
    with pytest.raises(DescriptionError, match="info/version changes nothing"):
        models(description({}), replace(no_overrides(), patches=(idle,)))
    lost = Patch(("info", "nowhere", "version"), "1", "gone")
    with pytest.raises(DescriptionError, match="no info/nowhere/version"):
        models(description({}), replace(no_overrides(), patches=(lost,)))


@pytest.mark.parametrize(
    ("operation_id", "nouns", "paginated", "method"),
    [
        ("boards/list_pins", ("boards",), True, "list_pins"),
        ("get/business_members", (), True, "list_business_members"),
        ("order_lines/get", ("order_lines",), False, "get"),
        ("integrations_commerce/del", ("integrations",), False, "delete_commerce"),
        ("pins/analytics", ("pins",), False, "get_analytics"),
    ],
)
def test_methods_are_named_by_what_the_id_says(
    operation_id: str,
    nouns: tuple[str, ...],
    paginated: bool,  # noqa: FBT001 - a case of the table above
    method: str,
) -> None:
    """The verb comes first, the resource's own noun goes."""
    assert method_name(operation_id, nouns, paginated=paginated) == method


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("errorMessage", "error_message"),
        ("MIN_PRICE", "min_price"),
        ("class", "class_"),
        ("600x", "n_600x"),
    ],
)
def test_fields_are_identifiers_in_snake_case(wire: str, python: str) -> None:
    """Every name on the wire has a name in Python."""
    assert snake_case(wire) == python


@needs_description
def test_the_output_does_not_depend_on_hash_order() -> None:
    """Two interpreters with other hash seeds find the tree as it should be."""
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-m", "codegen", "--check", str(GENERATED_FROM)],
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )


@needs_description
def test_no_sentence_of_the_description_is_carried_over() -> None:
    """No run of eight words of Pinterest's prose stands in the generated code."""
    prose = " ".join(_texts(Description.read(GENERATED_FROM).document))
    runs = set(_runs(prose))
    for path in PACKAGE.glob("*/*.py"):
        if path.parent.name in ("models", "resources"):
            code = path.read_text("utf-8")
            docs = " ".join(re.findall(r'"""(.*?)"""', code, flags=re.DOTALL))
            docs = re.sub(r"`[^`]*`", "", docs)  # values are facts
            assert not runs.intersection(_runs(docs)), path.name


def _texts(node: object) -> list[str]:
    if is_array(node):
        return [text for item in node for text in _texts(item)]
    if not is_object(node):
        return []
    own = [value for key, value in node.items() if key in ("description", "summary")]
    return [text for text in own if isinstance(text, str)] + [
        text for value in node.values() for text in _texts(value)
    ]


def _runs(text: str, length: int = 8) -> list[tuple[str, ...]]:
    words = re.findall(r"[a-z]+", text.lower())
    return list(zip(*(words[start:] for start in range(length)), strict=False))
