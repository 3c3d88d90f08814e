"""The types of the models as the server sees them: resolved, by wire name, enumerations closed.

At run time the models hold every enumeration as plain `str`, since a client must take any value.
A server knows which values there are, so here the aliases of the same names are put in their place.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
import types
from functools import cache
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeGuard,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from msgspec import NODEFAULT, Meta, Struct, UnsetType
from msgspec.structs import fields

from pinterest_async import models
from pinterest_async.models import enums

_NAME = re.compile(r"\b[A-Z]\w*")
_BUILT_IN: dict[str, Any] = {"Annotated": Annotated, "Any": Any, "Meta": Meta, "dt": dt}


class Member(NamedTuple):
    """A member of a struct."""

    name: str
    """Over the wire."""
    kind: Any
    required: bool


@cache
def named(expression: str) -> Any:
    """The type that a table names.

    The tables are generated together with the models, so the expression is no stranger's.
    """
    names = set(_NAME.findall(re.sub(r'"[^"]*"|\'[^\']*\'', "", expression)))
    names -= {"Any", "None", "Annotated", "Meta"}
    scope = {name: getattr(enums, name, None) or getattr(models, name) for name in names}
    holder = type("Holder", (), {"__annotations__": {"it": expression}})
    return get_type_hints(holder, {**scope, **_BUILT_IN}, include_extras=True)["it"]


@cache
def members(kind: type[Struct]) -> tuple[Member, ...]:
    """The members of a struct, enumerations with their values."""
    scope = vars(sys.modules[kind.__module__])
    values = {name: one for name, one in vars(enums).items() if not is_struct(scope.get(name))}
    hints = get_type_hints(kind, scope, values, include_extras=True)
    return tuple(
        Member(
            field.encode_name,
            hints[field.name],
            field.default is NODEFAULT and field.default_factory is NODEFAULT,
        )
        for field in fields(kind)
    )


@cache
def member_types(kind: type[Struct]) -> dict[str, Any]:
    """The types of a struct's members by wire name."""
    return {member.name: member.kind for member in members(kind)}


def is_struct(kind: Any) -> TypeGuard[type[Struct]]:
    """Whether this type is an object with declared members."""
    return isinstance(kind, type) and issubclass(kind, Struct)


@cache
def is_choice(kind: type[Struct]) -> bool:
    """Whether exactly one member is to be set: the models fold such unions into one struct."""
    name = kind.__name__.removesuffix("Input")
    return name.endswith("FilterKeys") or member_types(kind).keys() == {"any_of", "all_of"}


def is_union(kind: Any) -> bool:
    """Whether this type is one of several."""
    return get_origin(kind) in (Union, types.UnionType)


@cache
def alternatives(kind: Any) -> tuple[Any, ...]:
    """What a union offers when something is there that is not null; else the type itself.

    The `str` beside an enumeration's values is the client's openness and is no alternative here.
    """
    if not is_union(kind):
        return (kind,)
    flat = [one for one in get_args(kind) if one not in (UnsetType, type(None))]
    closed = [one for one in flat if get_origin(one) is Literal]
    if closed:
        base: set[Any] = {type(value) for one in closed for value in get_args(one)}
        flat = [one for one in flat if one not in base]
    return tuple(flat)


def allows_null(kind: Any) -> bool:
    """Whether null is a value of this type."""
    if get_origin(kind) is Annotated:
        return allows_null(get_args(kind)[0])
    return kind in (Any, type(None)) or (is_union(kind) and type(None) in get_args(kind))


def core(kind: Any) -> Any:
    """The type without bounds, null and further alternatives."""
    if get_origin(kind) is Annotated:
        return core(get_args(kind)[0])
    if is_union(kind):
        found = alternatives(kind)
        return core(found[0]) if found else kind
    return kind


def values(name: str) -> tuple[str, ...]:
    """The values of an enumeration of the models."""
    return get_args(core(named(name)))
