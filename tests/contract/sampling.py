"""Values made from the official description, and judged by it: no type of ours is involved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeGuard

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Schema: TypeAlias = dict[str, Any]
Mode: TypeAlias = Literal["full", "required", "nulls", "outer examples", "one example"]

BASE = "urn:description"


@dataclass
class Document:
    """A description, with what a test asks of it."""

    root: Schema
    seen_examples: set[int] = field(default_factory=set[int])
    wanted_example: Schema | None = None
    """The node whose example a sample in the mode "one example" holds."""

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read a description."""
        return cls(json.loads(path.read_text("utf-8")))

    def operations(self) -> Iterator[tuple[str, str, Schema]]:
        """Each operation as (verb, path, node)."""
        for path, item in self.root["paths"].items():
            for verb, node in item.items():
                if verb != "parameters":
                    yield verb.upper(), path, node

    def parameters(self, node: Schema) -> list[Schema]:
        """The parameters of an operation."""
        return [self.resolve(parameter) for parameter in node.get("parameters", [])]

    def resolve(self, schema: Schema) -> Schema:
        """Follow references until there is none."""
        while "$ref" in schema:
            found: Any = self.root
            for step in schema["$ref"].split("/")[1:]:
                found = found[step]
            schema = found
        return schema

    def success(self, node: Schema) -> Schema | None:
        """The schema of the first success that declares one."""
        for status in sorted(node["responses"]):
            content = node["responses"][status].get("content", {})
            if status.startswith("2") and "application/json" in content:
                schema: Schema = content["application/json"]["schema"]
                return schema
        return None

    def body(self, node: Schema) -> tuple[Schema | None, str]:
        """The schema of the request body and its media type."""
        for media_type, content in node.get("requestBody", {}).get("content", {}).items():
            return content["schema"], media_type
        return None, ""

    # Judging

    def violations(self, schema: Schema, value: Any) -> list[str]:
        """What the description says against a value, as JSON-schema sees it."""
        validator: Any = Draft7Validator(_json_schema(schema), registry=self._registry)
        return [error.message[:300] for error in validator.iter_errors(value)]

    @cached_property
    def _registry(self) -> Registry[Any]:
        components = {"components": _json_schema(self.root["components"])}
        resource = Resource.from_contents(components, default_specification=DRAFT7)
        empty: Registry[Any] = Registry()
        registry: Registry[Any] = empty.with_resource(BASE, resource).crawl()
        return registry

    # Sampling

    def sample(self, schema: Schema, mode: Mode, variant: int = 0, *, request: bool = False) -> Any:
        """A value of the schema; `variant` chooses among alternatives."""
        if "example" in schema and self._wants_example(schema, mode):
            self.seen_examples.add(id(schema))
            return schema["example"]
        if mode == "nulls" and schema.get("nullable"):
            return None
        if "$ref" in schema:
            return self.sample(self.resolve(schema), mode, variant, request=request)
        alternatives: list[Schema] = schema.get("oneOf") or schema.get("anyOf") or []
        mapping = tags(schema)
        value: Any = None
        if alternatives or mapping:
            value = self._alternative(schema, alternatives, mapping, mode, variant, request=request)
        if "allOf" in schema:
            required = self._required(schema)
            parts = [
                self.sample(self._requiring(part, required, mode), mode, variant, request=request)
                for part in schema["allOf"]
            ]
            parts.sort(key=lambda part: part == "some text")  # a declared value says more
            value = _combined([value, *parts])
        own = self._own(schema, mode, variant, request=request)
        if isinstance(own, dict):
            # A child says more than its parents, an alternative more than what it is one of.
            return _combined([own, value] if alternatives or mapping else [value, own])
        return own if value is None else value

    def _required(self, schema: Schema) -> set[str]:
        schema = self.resolve(schema)
        inherited = (self._required(part) for part in schema.get("allOf", ()))
        return set(schema.get("required", ())).union(*inherited)

    def _requiring(self, part: Schema, required: set[str], mode: Mode) -> Schema:
        """The part of a whole, requiring what the whole requires."""
        resolved = self.resolve(part)
        if "example" in resolved and self._wants_example(resolved, mode):
            return resolved
        return {**resolved, "required": sorted(required)} if "properties" in resolved else part

    def _wants_example(self, schema: Schema, mode: Mode) -> bool:
        return mode == "outer examples" or (mode == "one example" and schema is self.wanted_example)

    def _alternative(
        self,
        schema: Schema,
        alternatives: list[Schema],
        mapping: dict[str, str],
        mode: Mode,
        variant: int,
        *,
        request: bool,
    ) -> Any:
        if not mapping:
            usable = [part for part in alternatives if part.get("enum") != [None]]
            chosen = usable[variant % len(usable)]
            return self.sample(chosen, mode, variant // len(usable), request=request)
        tag, reference = list(mapping.items())[variant % len(mapping)]
        inner = variant // len(mapping)
        value = self.sample({"$ref": reference}, mode, inner, request=request)
        own: Schema = self._own(schema, mode, inner, request=request) or {}
        return {**own, **value, schema["discriminator"]["propertyName"]: tag}

    def _own(self, schema: Schema, mode: Mode, variant: int, *, request: bool) -> Any:
        """What the schema itself says, its parents and alternatives aside."""
        if "enum" in schema:
            values = [value for value in schema["enum"] if value is not None]
            return values[variant % len(values)] if values else None
        declared = schema.get("type")
        if declared == "array" or "items" in schema:
            item = self.sample(schema.get("items", {}), mode, variant, request=request)
            return [item] * max(schema.get("minItems", 1), 1)
        if "properties" in schema or declared == "object":
            if "allOf" in schema or "oneOf" in schema or "anyOf" in schema:
                return self._properties(schema, mode, variant, request=request)
            extra = schema.get("additionalProperties")
            if is_object(extra):
                # A property beside typed keys only documents the keys.
                return {"SOME_KEY": self.sample(extra, mode, variant, request=request)}
            return self._properties(schema, mode, variant, request=request)
        return _scalar(schema, declared)

    def _properties(self, schema: Schema, mode: Mode, variant: int, *, request: bool) -> Schema:
        required = schema.get("required", ())
        return {
            name: self.sample(part, mode, variant, request=request)
            for name, part in schema.get("properties", {}).items()
            if (mode != "required" or name in required or (name == "id" and not request))
            and not (request and self._read_only(part))
        }

    def _read_only(self, schema: Schema) -> bool:
        return bool(schema.get("readOnly"))

    def variants(self, schema: Schema) -> int:
        """How many values it takes to see every alternative at least once."""
        schema = self.resolve(schema)
        own: list[Schema] = schema.get("oneOf") or schema.get("anyOf") or []
        mapping = tags(schema)
        count = max(len(own), len(mapping), 1)
        parts: list[Schema] = [
            *own,
            *schema.get("allOf", ()),
            *schema.get("properties", {}).values(),
        ]
        parts += [{"$ref": reference} for reference in mapping.values()]
        parts += [part for part in (schema.get("items"),) if part]
        parts += [p for p in (schema.get("additionalProperties"),) if isinstance(p, dict)]
        inner = max((self.variants(part) for part in parts), default=1)
        return max(count, count * inner if own or mapping else inner)

    def examples(self, schema: Schema) -> Iterator[Schema]:
        """Every node with an example that a value of this schema can hold."""
        if "example" in schema:
            yield schema
        schema = self.resolve(schema)
        if "example" in schema:
            yield schema
        mapping = tags(schema)
        parts: list[Any] = [schema.get("items"), schema.get("additionalProperties")]
        for key in ("oneOf", "anyOf", "allOf"):
            parts += schema.get(key, ())
        parts += schema.get("properties", {}).values()
        parts += [{"$ref": reference} for reference in mapping.values()]
        for part in parts:
            if is_object(part):
                yield from self.examples(part)


def is_object(value: object) -> TypeGuard[Schema]:
    """Whether a value is a JSON object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether a value is a JSON array."""
    return isinstance(value, list)


def tags(schema: Schema) -> dict[str, str]:
    """The references that a discriminator maps its tags to."""
    mapping: dict[str, str] = schema.get("discriminator", {}).get("mapping", {})
    return mapping


def _combined(values: list[Any]) -> Any:
    given = [value for value in values if value is not None]
    objects: list[Schema] = [value for value in given if isinstance(value, dict)]
    if objects:
        return {key: inner for value in objects for key, inner in value.items()}
    return given[0] if given else None


def _scalar(schema: Schema, declared: str | None) -> Any:
    if declared == "string":
        return _string(schema)
    if declared == "integer":
        return int(schema.get("minimum", 7)) + bool(schema.get("exclusiveMinimum"))
    if declared == "number":
        return schema.get("minimum", 1.5) + bool(schema.get("exclusiveMinimum"))
    if declared == "boolean":
        return True
    return None


def _string(schema: Schema) -> str:
    pattern = schema.get("pattern", "")
    by_pattern = {
        r"^\d+$": "549755885175",
        r"^(AG)?\d+$": "AG549755885175",
        r"^[0-9]+$": "549755885175",
        r"^(0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]$": "02:59",
        r"^[a-zA-Z0-9]+$": "abc123",
        r"^[a-zA-Z0-9+/=]+$": "abc123==",
        r"[a-zA-Z0-9+\/=]+": "abc123==",
        r"^[a-z0-9]*$": "abc123",
    }
    if "T(" in pattern:
        return "2026-01-31T12:30:00.000Z"
    if schema.get("format") == "date" or "{4}" in pattern:
        return "2026-01-31"
    if schema.get("format") == "date-time":
        return "2026-01-31T12:30:00Z"
    if pattern.startswith("^(http"):
        return "https://example.com/a"
    text = by_pattern.get(pattern, "5" if "d" in pattern and "?!" not in pattern else "some text")
    text = text.ljust(schema.get("minLength", 0), "x")
    return text[: schema.get("maxLength", 1000)]


def _json_schema(node: Any) -> Any:
    """OpenAPI 3.0's dialect as JSON schema: `nullable`, and alternatives that may overlap."""
    if is_array(node):
        return [_json_schema(item) for item in node]
    return _json_object(node) if is_object(node) else node


def _json_object(node: Schema) -> Schema:
    if isinstance(node.get("$ref"), str):
        reference: Schema = {"$ref": f"{BASE}{node['$ref']}"}
        return {"anyOf": [reference, {"type": "null"}]} if node.get("nullable") else reference
    converted: Schema = {
        "anyOf" if key == "oneOf" else key: _properties(value)
        if key == "properties"
        else _json_schema(value)
        for key, value in node.items()
        if key not in ("example", "nullable", "discriminator", "format")
    }
    if converted.get("exclusiveMinimum") is True:
        converted["exclusiveMinimum"] = converted.pop("minimum")
    if node.get("nullable") is not True:
        return converted
    if isinstance(converted.get("type"), str) and "allOf" not in converted:
        converted["type"] = [converted["type"], "null"]
        if "enum" in converted:
            converted["enum"] = [*converted["enum"], None]
        return converted
    return {"anyOf": [converted, {"type": "null"}]}


def _properties(properties: Schema) -> Schema:
    """The same for properties, whatever they are called."""
    return {name: _json_schema(schema) for name, schema in properties.items()}
