"""Values made up from nothing but their type: what the collections hold from the beginning.

Members are filled in as a success would fill them, so that whatever Pinterest promises is there.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Sequence
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    TypeAlias,
    Union,
    get_args,
    get_origin,
)

from msgspec import UNSET, Struct

from pinterest_async.emulator.schema import sample_values
from pinterest_async.emulator.schema.types import is_struct, members

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from pinterest_async.operations import Operation

_Within: TypeAlias = tuple[type[Struct], ...]

_CREATED = frozenset(
    {"catalogs_product_groups/create", "catalogs_product_groups/create_many", "feeds/create"}
)
"""POSTs whose success is 201 and never 200."""


def created_status(operation: Operation) -> int:
    """The status of a success."""
    return 201 if operation.id in _CREATED else 200


def made_up(kind: Any, random: Random) -> Any:
    """A value of a type, as a success would hold it."""
    return _value(kind, "", random, ())


def _value(kind: Any, name: str, random: Random, within: _Within) -> Any:
    """A value of a type, or UNSET where it is better left out.

    Args:
        kind: the type.
        name: of the member that holds it, which tells an id from a title.
        random: where it comes from.
        within: the structs around it; one does not appear inside itself.
    """
    if is_struct(kind):
        return UNSET if kind in within else _object(kind, random, (*within, kind))
    if kind in _PLAIN:
        return _PLAIN[kind](name, random)
    make = _GENERIC.get(get_origin(kind))
    return UNSET if make is None else make(get_args(kind), name, random, within)


def _first(inner: tuple[Any, ...], name: str, random: Random, within: _Within) -> Any:
    """One of several types, or a type with bounds: the first is the usual one."""
    return _value(inner[0], name, random, within)


def _literal(values: tuple[Any, ...], _name: str, _random: Random, _within: _Within) -> Any:
    return values[0]


def _list(inner: tuple[Any, ...], name: str, random: Random, within: _Within) -> Any:
    if name in sample_values.NONE_OF:
        return []
    item = _value(inner[0], name, random, within)
    return [] if item is UNSET else [item]


def _dict(inner: tuple[Any, ...], name: str, random: Random, within: _Within) -> Any:
    value = _value(inner[1], name, random, within)
    return {} if value is UNSET else {"example": value}


def _object(kind: type[Struct], random: Random, within: _Within) -> Any:
    if kind.__name__ in sample_values.OBJECTS:
        return sample_values.OBJECTS[kind.__name__](random)
    config = kind.__struct_config__
    made: dict[str, Any] = {} if config.tag_field is None else {config.tag_field: config.tag}
    declared = members(kind)
    if kind.__name__.endswith(sample_values.ONE_MEMBER):
        declared = declared[:1]
    for name, member, _ in declared:
        if name in sample_values.LEFT_OUT:
            continue
        value = sample_values.MEMBERS.get(name, UNSET)
        if value is UNSET:
            value = _value(member, name, random, within)
        if value is not UNSET:
            made[name] = value
    return made


_GENERIC: Mapping[Any, Callable[[tuple[Any, ...], str, Random, _Within], Any]] = {
    Annotated: _first,
    Literal: _literal,
    Union: _first,
    types.UnionType: _first,
    list: _list,
    Sequence: _list,
    dict: _dict,
}

_PLAIN: Mapping[Any, Callable[[str, Random], Any]] = {
    str: sample_values.text,
    int: sample_values.number,
    float: sample_values.fraction,
    bool: sample_values.truth,
    dt.datetime: sample_values.moment,
    dt.date: sample_values.day,
}
