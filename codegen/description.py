"""The OpenAPI document: read once, patched, and asked questions.

Nothing here knows what will be made of it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Schema: TypeAlias = dict[str, Any]
HTTP_METHODS = ("get", "head", "post", "patch", "put", "delete")
STRUCTURAL = frozenset(
    {
        *("$ref", "type", "properties", "additionalProperties", "items", "enum"),
        *("allOf", "oneOf", "anyOf", "discriminator"),
    }
)


class DescriptionError(Exception):
    """The description holds something that the generator does not understand."""


@dataclass(frozen=True)
class Description:
    """The document, and the name and fingerprint that the generated code mentions."""

    document: dict[str, Any]
    version: str
    sha256: str

    @classmethod
    def read(cls, path: Path) -> Description:
        """Read the JSON file at `path`."""
        raw = path.read_bytes()
        document = json.loads(raw)
        return cls(document, document["info"]["version"], hashlib.sha256(raw).hexdigest())

    def resolve(self, node: Schema) -> Schema:
        """Follow `$ref` until there is none."""
        while "$ref" in node:
            node = self.at(node["$ref"])
        return node

    def at(self, reference: str) -> Schema:
        """The node that a local reference names."""
        node: Any = self.document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step.replace("~1", "/").replace("~0", "~")]
        if not is_object(node):
            raise DescriptionError(f"{reference} does not name an object")
        return node

    def component(self, name: str) -> Schema:
        """The component schema of that name."""
        return self.at(f"#/components/schemas/{name}")

    def operations(self) -> Iterator[tuple[str, str, Schema, list[Schema]]]:
        """Each operation as (verb, path, operation, resolved parameters)."""
        for path, item in self.document["paths"].items():
            shared = item.get("parameters", [])
            for verb in HTTP_METHODS:
                if verb in item:
                    operation = item[verb]
                    own = operation.get("parameters", [])
                    parameters = [self.resolve(p) for p in [*shared, *own]]
                    yield verb.upper(), path, operation, parameters


def is_object(node: object) -> TypeGuard[Schema]:
    """Whether a node of the document is an object."""
    return isinstance(node, dict)


def is_array(node: object) -> TypeGuard[list[Any]]:
    """Whether a node of the document is an array."""
    return isinstance(node, list)


def tags(node: Schema) -> dict[str, str]:
    """The references that a union's discriminator maps its tags to."""
    mapping: dict[str, str] = node.get("discriminator", {}).get("mapping", {})
    return mapping


def reference_name(node: Schema) -> str | None:
    """The component that a node refers to directly, or `None`."""
    reference = node.get("$ref")
    return reference.rsplit("/", 1)[1] if isinstance(reference, str) else None


def structural(members: list[Schema]) -> list[Schema]:
    """The `allOf` members that say something about the shape, and do not only decorate."""
    shaped = [member for member in members if STRUCTURAL & (member.keys() - {"type"})]
    return shaped or [member for member in members if member.get("type", "object") != "object"]
