"""Judges answers by Pinterest's official description, where that lies beside the project."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft4Validator

from codegen.override_tables import VERSION
from pinterest_async.emulator.schema.fields import is_list, is_object
from tests.support.descriptions import GENERATED_FROM, OFFICIAL

if TYPE_CHECKING:
    from pathlib import Path

_PATHS = {"5.23.0": OFFICIAL, VERSION: GENERATED_FROM}
VERSIONS = tuple(_PATHS)


def path_of(version: str) -> Path:
    """Where the description of this version would be."""
    return _PATHS[version]


SINCE: dict[str, dict[str, Any]] = {"item_response_kind": {"type": "string"}}
"""Members of closed objects that came after 5.23.0, which forbids what it does not know."""


def read(version: str) -> Any:
    """A description, which an older one's closed items of catalogs do not make refuse today's."""
    whole: Any = json.loads(path_of(version).read_text())
    for name, schema in whole["components"]["schemas"].items():
        if name.endswith(("ItemResponse", "ItemErrorResponse")) and "properties" in schema:
            schema["properties"] = {**SINCE, **schema["properties"]}
    return whole


@cache
def _description(version: str) -> Any:
    whole = read(version)
    return {"paths": whole["paths"], "components": _as_json_schema(whole["components"])}


def _as_json_schema(node: object) -> Any:
    """OpenAPI's dialect as plain JSON schema: nullable values and discriminated unions."""
    if is_list(node):
        return [_as_json_schema(one) for one in node]
    if not is_object(node):
        return node
    schema = {key: _as_json_schema(value) for key, value in node.items()}
    choice = schema.get("discriminator")
    if is_object(choice) and "oneOf" in schema and "mapping" in choice:
        tag = choice["propertyName"]
        del schema["oneOf"]
        kinds = [
            {
                "properties": {tag: {"enum": [value]}},
                "required": [tag],
                "allOf": [{"$ref": reference}],
            }
            for value, reference in choice["mapping"].items()
        ]
        schema["allOf"] = [*schema.get("allOf", []), {"anyOf": kinds}]
    if schema.pop("nullable", False):
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


def with_discriminators(node: Any) -> Any:
    """The description with its discriminators in force.

    Several of its `oneOf` cannot be satisfied as plain schema, since no member requires its own
    tag: one object fits them all. What the discriminator says is put into each member.
    """
    if is_list(node):
        return [with_discriminators(one) for one in node]
    if not is_object(node):
        return node
    made = {key: with_discriminators(one) for key, one in node.items()}
    choice = node.get("discriminator")
    if is_object(choice) and "oneOf" in node and "mapping" in choice:
        tag = choice["propertyName"]
        made["oneOf"] = [
            {
                "allOf": [
                    {"$ref": reference},
                    {
                        "type": "object",
                        "properties": {tag: {"type": "string", "enum": [value]}},
                        "required": [tag],
                    },
                ]
            }
            for value, reference in choice["mapping"].items()
        ]
        del made["discriminator"]
    return made


def faults_of(
    version: str, path: str, method: str, status: int, raw: bytes, *, dates: bool = True
) -> list[str]:
    """What the description has against an answer; nothing where it does not know the operation.

    Args:
        version: of the description.
        path: the template of the operation's path.
        method: its verb.
        status: of the response.
        raw: the body of the response.
        dates: whether dates must have a zone, as RFC 3339 wants it and the real API does not do.
    """
    description = _description(version)
    operation = description["paths"].get(path, {}).get(method.lower())
    if operation is None:
        return []
    declared = operation["responses"].get(str(status))
    if declared is None and status >= 400:
        declared = operation["responses"].get("default")
    if declared is None:
        return [f"status {status} is not declared"]
    if "$ref" in declared:
        declared = description["components"]["responses"][declared["$ref"].rpartition("/")[2]]
    content = declared.get("content")
    if content is None:
        return [] if status == 200 or not raw else ["a body where none is declared"]
    if "application/json" not in content:
        return []
    schema = _as_json_schema(content["application/json"]["schema"])
    validator: Any = Draft4Validator(
        {**schema, "components": description["components"]},
        format_checker=Draft4Validator.FORMAT_CHECKER if dates else None,
    )
    errors = validator.iter_errors(json.loads(raw))
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in errors]
