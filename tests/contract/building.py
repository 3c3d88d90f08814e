"""Request objects made from plain values, by the annotations that users see."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Sequence
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UnsetType

import pinterest_async.models
from pinterest_async.models import enums
from tests.contract.sampling import is_array, is_object


def type_hints(thing: Any) -> dict[str, Any]:
    """The resolved annotations of a struct or a method; enumerations show their values."""
    return get_type_hints(thing, localns=vars(enums))


def build(hint: Any, value: Any) -> Any:
    """The value that a user would pass where the annotation is `hint`."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _member(get_args(hint), value)
    if value is None or hint in (Any, UnsetType):
        return value
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _struct(hint, value)
    if origin in (list, Sequence):
        return [build(get_args(hint)[0], item) for item in value]
    if origin is dict:
        value_hint = get_args(hint)[1]
        return dict(zip(value, (build(value_hint, item) for item in value.values()), strict=True))
    return hint.fromisoformat(value) if hint in (dt.date, dt.datetime) else value


def _member(members: tuple[Any, ...], value: Any) -> Any:
    members = tuple(member for member in members if member is not UnsetType)
    if value is None:
        assert type(None) in members, f"null does not fit {members}"
        return None
    structs = [m for m in members if isinstance(m, type) and issubclass(m, msgspec.Struct)]
    if is_object(value) and structs:
        fitting = [struct for struct in structs if _fits(struct, value)]
        assert fitting, f"no member of {structs} fits {sorted(value)}"
        return _struct(fitting[0], value)
    others = [m for m in members if m not in structs and m is not type(None)]
    for other in others:
        if (get_origin(other) in (list, Sequence)) == is_array(value):
            return build(other, value)
    return value


def _fits(struct: type[msgspec.Struct], value: dict[str, Any]) -> bool:
    config = struct.__struct_config__
    known = {field.encode_name for field in msgspec.structs.fields(struct)}
    if config.tag_field and value.get(config.tag_field) != config.tag:
        return False
    return set(value) - {config.tag_field} <= known


def _struct(struct: type[msgspec.Struct], value: dict[str, Any]) -> msgspec.Struct:
    hints = type_hints(struct)
    by_wire = {field.encode_name: field.name for field in msgspec.structs.fields(struct)}
    tag = struct.__struct_config__.tag_field
    unknown = set(value) - set(by_wire) - {tag}
    assert not unknown, f"{struct.__name__} lacks {sorted(unknown)}"
    return struct(
        **{
            by_wire[wire]: build(hints[by_wire[wire]], item)
            for wire, item in value.items()
            if wire != tag
        }
    )


def answer_type(expression: str) -> Any:
    """The type that a row of the table names."""
    names = {name: getattr(pinterest_async.models, name) for name in _identifiers(expression)}
    return eval(expression, {"Any": Any, **names})  # noqa: S307 - our own table


def _identifiers(expression: str) -> set[str]:
    words = "".join(c if c.isidentifier() or c.isdigit() else " " for c in expression).split()
    return {word for word in words if word[0].isupper() and word not in ("Any", "None")}
