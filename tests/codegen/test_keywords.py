"""Each keyword of the description is read, or left out for a reason that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codegen.description import DescriptionError
from codegen.render_models import render_models
from codegen.render_parameters import render_parameters
from codegen.render_resources import render_resources
from codegen.understood import BOUNDS, LEFT_OUT, REMARKS, SHAPES
from tests.codegen.describing import content, description, facts_of, no_overrides, ref, wording

if TYPE_CHECKING:
    from codegen.description import Schema

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number", "minimum": 1, "maximum": 5}
LIST: Schema = {"type": "array", "items": TEXT}
MAP: Schema = {"type": "object", "additionalProperties": TEXT}
ANIMALS: Schema = {
    "Cat": {"type": "object", "properties": {"kind": TEXT, "purrs": {"type": "boolean"}}},
    "Dog": {"type": "object", "properties": {"kind": TEXT, "barks": {"type": "boolean"}}},
}
EITHER = [ref("Cat"), ref("Dog")]
READ: dict[str, tuple[Schema, object]] = {
    "$ref": ({}, "#/components/schemas/Cat"),
    "additionalProperties": ({"type": "object"}, TEXT),
    "allOf": ({}, [ref("Cat")]),
    "anyOf": ({}, EITHER),
    "default": (TEXT, "me"),
    "deprecated": (TEXT, True),
    "discriminator": (
        {"oneOf": EITHER},
        {"propertyName": "kind", "mapping": {"CAT": EITHER[0]["$ref"], "DOG": EITHER[1]["$ref"]}},
    ),
    "enum": (TEXT, ["A", "B"]),
    "exclusiveMaximum": (NUMBER, True),
    "exclusiveMinimum": (NUMBER, True),
    "format": (TEXT, "date"),
    "items": ({"type": "array"}, TEXT),
    "maxItems": (LIST, 3),
    "maxLength": (TEXT, 3),
    "maxProperties": (MAP, 3),
    "maximum": ({"type": "integer"}, 3),
    "minItems": (LIST, 1),
    "minLength": (TEXT, 1),
    "minProperties": (MAP, 1),
    "minimum": ({"type": "integer"}, 3),
    "nullable": (TEXT, True),
    "oneOf": ({}, EITHER),
    "pattern": (TEXT, "^A"),
    "properties": ({"type": "object"}, {"name": TEXT}),
    "readOnly": (TEXT, True),
    "required": ({"type": "object", "properties": {"name": TEXT}}, ["name"]),
    "title": ({"oneOf": [{"type": "object", "properties": {"a": TEXT}}, ref("Cat")]}, "Bird"),
    "type": ({}, "string"),
}
"""A schema that lacks each keyword, and what it is given."""


def made(schema: Schema) -> str:
    """All that is generated of a member and a parameter of this schema."""
    thing: Schema = {"type": "object", "properties": {"it": schema}}
    source = description(
        {"Thing": thing, **ANIMALS},
        create={
            "verb": "post",
            "parameters": [{"name": "given", "in": "query", "schema": schema}],
            "requestBody": content(ref("Thing")),
            "responses": {"200": content(ref("Thing"))},
        },
    )
    facts = facts_of(source)
    models = render_models(facts, wording(), "")
    resources = render_resources(facts, wording(), no_overrides(), "")
    return "\n".join([*models.values(), *resources.values(), render_parameters(facts, "")])


def given(schema: Schema, keyword: str, value: object) -> Schema:
    """A schema with the keyword; a title names an alternative."""
    if keyword != "title":
        return {**schema, keyword: value}
    first, *others = schema["oneOf"]
    return {"oneOf": [{**first, keyword: value}, *others]}


def test_every_keyword_that_is_let_pass_is_tried_here() -> None:
    """What `understood` lets pass is read, or has its reason for being left out."""
    assert READ.keys() == SHAPES | BOUNDS | REMARKS
    assert not LEFT_OUT.keys() & READ.keys()
    assert all(LEFT_OUT.values())


@pytest.mark.parametrize("keyword", sorted(READ))
def test_a_keyword_changes_what_is_generated(keyword: str) -> None:
    """One that the generator let pass and never looked at would change nothing."""
    schema, value = READ[keyword]
    assert made(given(schema, keyword, value)) != made(schema)


@pytest.mark.parametrize("keyword", sorted(LEFT_OUT))
def test_a_keyword_that_is_left_out_changes_nothing(keyword: str) -> None:
    """What has a reason for being left out is left out."""
    assert made({**TEXT, keyword: {}}) == made(TEXT)


@pytest.mark.parametrize("keyword", ["multipleOf", "uniqueItems", "writeOnly", "not", "const"])
def test_a_keyword_that_is_new_to_the_generator_stops_it(keyword: str) -> None:
    """Nothing that the description has never used is let pass without being read."""
    with pytest.raises(DescriptionError, match=f"Thing.it: the keyword '{keyword}'"):
        made({**LIST, keyword: True})


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ({"allOf": [TEXT], "maxLength": 3}, "it: maxLength is not understood beside a choice"),
        ({"oneOf": [TEXT, NUMBER], "minimum": 3}, "it: minimum is not understood beside a choice"),
        ({**NUMBER, "exclusiveMinimum": 3}, "it: exclusiveMinimum is not understood as a number"),
        (
            {"type": "object", "properties": {"a": TEXT}, "minProperties": 1},
            r"it: how many members it has is not understood",
        ),
    ],
)
def test_a_bound_where_none_is_looked_for_stops_the_generator(
    schema: Schema, sentence: str
) -> None:
    """A bound that would be lost is named with its place."""
    with pytest.raises(DescriptionError, match=sentence):
        made(schema)


def test_bounds_are_written_as_they_are_meant() -> None:
    """Each bound becomes the one that bodies are held to, and is told in words."""
    text = made({**NUMBER, "exclusiveMinimum": True})
    assert "Annotated[float, Meta(le=5, gt=1)]" in text
    assert "More than 1; at most 5." in text
    text = made({**NUMBER, "exclusiveMaximum": True})
    assert "Annotated[float, Meta(ge=1, lt=5)]" in text
    assert "At least 1; less than 5." in text
    text = made({**MAP, "minProperties": 1, "maxProperties": 9})
    assert "Annotated[dict[str, str], Meta(min_length=1, max_length=9)]" in text
    assert "1 to 9 members." in text
    text = made({"type": "object", "minProperties": 1})
    assert "Annotated[dict[str, Any], Meta(min_length=1)]" in text
    assert "At least 1 member." in text


def test_what_is_taken_when_a_parameter_is_left_out_is_told() -> None:
    """A default of the query stands in the docstring; one of a member does not."""
    text = made({**LIST, "default": ["A", "B"]})
    assert "given: The `given` of the request. `A`, `B` when left out." in text
    assert text.count("when left out") == 1


def test_a_member_that_is_to_go_says_so() -> None:
    """What Pinterest calls deprecated is told where an editor shows the member."""
    assert '"""The it. Pinterest means to withdraw it."""' in made({**TEXT, "deprecated": True})
