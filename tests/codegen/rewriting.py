"""Says a description in other words: what Pinterest may do in any version without a change."""

from __future__ import annotations

import copy
from typing import Any

from codegen.description import Schema, is_array, is_object

SCHEMAS = "#/components/schemas/"


def inlined(document: Schema, part: str) -> Schema:
    """Components whose names hold `part` written out wherever they are used."""
    schemas: Schema = document["components"]["schemas"]

    def write(node: Any) -> Any:
        if is_array(node):
            return [write(item) for item in node]
        if not is_object(node):
            return node
        name = str(node.get("$ref", "")).removeprefix(SCHEMAS)
        if part in name and name in schemas:
            beside = {key: value for key, value in node.items() if key != "$ref"}
            return {**write(copy.deepcopy(schemas[name])), **beside}
        return {key: write(value) for key, value in node.items()}

    found: Schema = write(document)
    found["components"]["schemas"] = {
        name: schema for name, schema in found["components"]["schemas"].items() if part not in name
    }
    return found


def renamed(document: Schema) -> Schema:
    """Every component under a name that says nothing."""
    schemas: Schema = document["components"]["schemas"]
    names = {name: f"Component{number}" for number, name in enumerate(schemas)}

    def write(node: Any) -> Any:
        if is_array(node):
            return [write(item) for item in node]
        if is_object(node):
            return {key: write(value) for key, value in node.items()}
        if isinstance(node, str) and node.startswith(SCHEMAS):
            return SCHEMAS + names[node.removeprefix(SCHEMAS)]
        return node

    found: Schema = write(document)
    own = found["components"]["schemas"]
    found["components"]["schemas"] = {names[name]: own[name] for name in own}
    return found


def reordered(document: Schema) -> Schema:
    """Paths, components, members and parameters the other way round."""

    def write(node: Any, key: str = "") -> Any:
        if is_array(node):
            items = [write(item) for item in node]
            return items[::-1] if key in ("parameters", "oneOf", "enum", "required") else items
        if not is_object(node):
            return node
        entries = [(name, write(value, name)) for name, value in node.items()]
        return dict(entries[::-1] if key in ("paths", "schemas", "properties") else entries)

    found: Schema = write(document)
    return found
