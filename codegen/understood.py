"""What the generator does not understand of a description, each with its place.

Whatever is not looked at here would be left out without a word: a parameter in a header, a new kind
of credentials, a keyword of another version of OpenAPI. So the names of what is understood stand
here, and everything else stops the run before anything is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codegen.description import (
    HTTP_METHODS,
    DescriptionError,
    is_array,
    is_object,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codegen.description import Description, Schema

_NOTES = frozenset({"$ref", "description", "parameters", "servers", "summary"})
"""What a path may have beside its operations."""
_NEEDED = ("operationId", "responses", "security", "tags", "x-ratelimit-category")
_CREDENTIALS = frozenset({"basic", "client_credentials", "conversion_token", "pinterest_oauth2"})
_BODIES = frozenset({"application/json", "application/x-www-form-urlencoded"})
_RESPONSES = frozenset({"application/json"})
_STYLES = {"path": (None, "simple"), "query": (None, "form", "deepObject")}
_TYPES = frozenset({"array", "boolean", "integer", "number", "object", "string"})
SHAPES: Final = frozenset(
    {
        *("allOf", "anyOf", "discriminator", "enum", "format", "items", "oneOf", "properties"),
        *("$ref", "additionalProperties", "nullable", "readOnly", "required", "type"),
    }
)
"""Keywords of a schema that say what its values look like. Of formats, only days and times do."""
BOUNDS: Final = frozenset(
    {
        *("exclusiveMaximum", "exclusiveMinimum", "maximum", "maxItems", "maxLength"),
        *("maxProperties", "minimum", "minItems", "minLength", "minProperties", "pattern"),
    }
)
"""Keywords that bodies are held to before they are sent, and by the emulator."""
REMARKS: Final = frozenset({"default", "deprecated", "title"})
"""Keywords that docstrings and names tell of.

A default is told of parameters alone: an update that leaves a member out keeps what it is.
"""
LEFT_OUT: Final = {
    "description": "its words are Pinterest's, and ours stand in `wording`",
    "example": "it is no rule: tests hold the models to it",
    "externalDocs": "it is an address of further words",
    "xml": "nothing travels as XML",
}
"""Keywords that change nothing, each with the reason."""
_KEYWORDS = SHAPES | BOUNDS | REMARKS | LEFT_OUT.keys()
_CHOICES = frozenset({"$ref", "allOf", "anyOf", "oneOf"})
_EXCLUSIVE = ("exclusiveMaximum", "exclusiveMinimum")


def check_understood(description: Description) -> None:
    """Raise with a line for each thing that would be lost.

    Raises:
        DescriptionError: there is one.
    """
    found = list(_path_items(description))
    for verb, path, operation, parameters in description.operations():
        found += _operation(description, f"{verb} {path}", path, operation, parameters)
    for name, schema in description.document["components"]["schemas"].items():
        found += _schema(schema, name)
    if found:
        raise DescriptionError("; ".join(found))


def _path_items(description: Description) -> Iterator[str]:
    for path, item in description.document["paths"].items():
        for key in item.keys() - _NOTES - set(HTTP_METHODS):
            if not key.startswith("x-"):
                yield f"{path}: the verb {key!r} is not understood"


def _operation(
    description: Description, place: str, path: str, operation: Schema, parameters: list[Schema]
) -> Iterator[str]:
    for key in _NEEDED:
        if key not in operation:
            yield f"{place}: there is no {key}"
    for entry in operation.get("security", ()):
        for name in entry.keys() - _CREDENTIALS:
            yield f"{place}: the credentials {name!r} are not understood"
    for parameter in parameters:
        yield from _parameter(place, path, parameter)
    yield from _content(description, f"{place} body", operation.get("requestBody", {}), _BODIES)
    for status, response in operation.get("responses", {}).items():
        if status.startswith("2"):
            yield from _content(description, f"{place} {status}", response, _RESPONSES)


def _content(
    description: Description, place: str, node: Schema, kinds: frozenset[str]
) -> Iterator[str]:
    content: Schema = description.resolve(node).get("content", {})
    if content and not kinds & content.keys():
        yield f"{place}: the type {', '.join(content)} is not understood"
    for media in content.values():
        yield from _schema(media.get("schema", {}), place)


def _parameter(place: str, path: str, parameter: Schema) -> Iterator[str]:
    own = f"{place} ?{parameter.get('name')}"
    stands = parameter.get("in")
    if stands not in _STYLES:
        yield f"{own}: a parameter in {stands!r} is not understood"
    elif parameter.get("style") not in _STYLES[stands]:
        yield f"{own}: the style {parameter['style']!r} is not understood"
    if stands == "path" and f"{{{parameter.get('name')}}}" not in path:
        yield f"{own}: the path has no such place"
    if "schema" not in parameter:
        yield f"{own}: there is no schema"
    yield from _schema(parameter.get("schema", {}), own)


def _bounds(schema: Schema, place: str) -> Iterator[str]:
    """What stands where bounds are not looked for."""
    for key in sorted(schema.keys() & BOUNDS) if schema.keys() & _CHOICES else ():
        yield f"{place}: {key} is not understood beside a choice or a reference"
    for key in _EXCLUSIVE:
        if not isinstance(schema.get(key, False), bool):
            yield f"{place}: {key} is not understood as a number"


def _schema(schema: object, place: str) -> Iterator[str]:
    if not is_object(schema):
        yield f"{place}: {schema!r} is not a schema"
        return
    for key in schema.keys() - _KEYWORDS:
        if not key.startswith("x-"):
            yield f"{place}: the keyword {key!r} is not understood"
    yield from _bounds(schema, place)
    declared = schema.get("type")
    if "type" in schema and str(declared) not in _TYPES:
        yield f"{place}: the type {declared!r} is not understood"
    for wire, node in schema.get("properties", {}).items():
        yield from _schema(node, f"{place}.{wire}")
    if "items" in schema:
        yield from _schema(schema["items"], f"{place}[]")
    if not isinstance(schema.get("additionalProperties", False), bool):
        yield from _schema(schema["additionalProperties"], f"{place}{{}}")
    for key in ("allOf", "anyOf", "oneOf"):
        parts = schema.get(key, [])
        for number, part in enumerate(parts if is_array(parts) else [parts]):
            yield from _schema(part, f"{place} {key} {number + 1}")
