"""Folds later additions into what they add to.

A description that was brought up to date from outside cannot edit a component that others refer to
by another shape; it wraps the reference instead: `allOf` a component and an object of new fields,
`anyOf` an enum and its new values, the additions marked `x-since`. In one piece with the component
they need neither a second struct nor a union. An official description has no such wrappers, so
this finds nothing in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codegen.description import is_array, is_object, reference_name

if TYPE_CHECKING:
    from codegen.description import Description, Schema


def fold_additions(description: Description) -> None:
    """Replace each wrapper by its reference, and give the component what the wrapper added."""
    document = description.document
    for component in document["components"]["schemas"].values():
        for part in component.values():
            _walk(part, description)
    _walk(document["paths"], description)


def _walk(node: object, description: Description) -> None:
    if is_array(node):
        for item in node:
            _walk(item, description)
    elif is_object(node):
        _fold(node, "allOf", description)
        _fold(node, "anyOf", description)
        for value in node.values():
            _walk(value, description)


def _fold(node: Schema, key: str, description: Description) -> None:
    if not isinstance(node.get(key), list) or "properties" in node:
        return
    parts: list[Schema] = node[key]
    wrapped = [part for part in parts if "$ref" in part]
    additions = [part for part in parts if "$ref" not in part]
    if len(wrapped) != 1 or not additions or not all("x-since" in part for part in additions):
        return
    name = reference_name(wrapped[0])
    target = description.component(name or "")
    for addition in additions:
        if key == "anyOf":
            target["enum"].extend(v for v in addition["enum"] if v not in target["enum"])
        else:
            own = target.setdefault("properties", {})
            for wire, schema in addition["properties"].items():
                own.setdefault(wire, schema)
    node[key] = wrapped
