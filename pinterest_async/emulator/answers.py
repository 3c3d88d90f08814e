"""An answer made up from nothing but its type, for the operations that have no handler.

Members are filled in as a success would fill them, so that whatever Pinterest promises is there.
The same request gives the same answer.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Sequence
from functools import lru_cache
from random import Random
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

from pinterest_async.emulator import checks, samples, shapes
from pinterest_async.emulator.call import NO_CONTENT, Call, Reply
from pinterest_async.emulator.paging import page_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.operations import Operation

_Within: TypeAlias = tuple[type[Struct], ...]

ITEMS = 3
"""Items on a page."""

_CREATED = frozenset(
    {"catalogs_product_groups/create", "catalogs_product_groups/create_many", "feeds/create"}
)
"""POSTs that answer 201 and never 200."""

_EMPTY = frozenset({"product_tags/bulk_delete"})
"""POSTs that answer 204."""


def answer(call: Call) -> Reply:
    """The answer, or the page of a few items, that the operation's type asks for."""
    items = min(ITEMS, page_size(call)) if call.operation.paginated else 0
    return _made_up(call.world.seed, call.operation, tuple(call.path.items()), items)


@lru_cache(maxsize=1024)
def _made_up(
    seed: int, operation: Operation, path: tuple[tuple[str, str], ...], items: int
) -> Reply:
    """The answer; it depends on nothing but what is named here, so it is made once."""
    kind = shapes.named(operation.answer)
    deletes = operation.http_method == "DELETE" or operation.id in _EMPTY
    if deletes and (kind is type(None) or type(None) in get_args(kind)):
        return NO_CONTENT
    if kind is type(None):
        return Reply(200)
    random = Random(f"{seed} {operation.id} {path}")
    if operation.paginated:
        page = [_value(kind, "", random, ()) for _ in range(items)]
        _echo(page, dict(path))
        return Reply.json({"items": page, "bookmark": None})
    if kind == list[dict[str, Any]]:
        value: Any = [samples.row(random)]
    else:
        value = {} if kind is Any else _value(kind, "", random, ())
    _echo(value, dict(path))
    if operation.path.endswith("}"):
        _echo(value, {"id": path[-1][1]})
    return Reply.json(value, created_status(operation))


def created_status(operation: Operation) -> int:
    """The status of a success."""
    return 201 if operation.id in _CREATED else 200


def made_up(kind: Any, random: Random) -> Any:
    """A value of a type, as a success would hold it."""
    return _value(kind, "", random, ())


def _echo(value: object, path: Mapping[str, str]) -> None:
    """Put what the path says where the answer, or an item of it, has a member of that name."""
    if checks.is_list(value):
        for item in value:
            _echo(item, path)
    elif checks.is_object(value):
        for name, said in path.items():
            if isinstance(value.get(name), str):
                value[name] = said


def _value(kind: Any, name: str, random: Random, within: _Within) -> Any:
    """A value of a type, or UNSET where it is better left out.

    Args:
        kind: the type.
        name: of the member that holds it, which tells an id from a title.
        random: where it comes from.
        within: the structs around it; one does not appear inside itself.
    """
    if shapes.is_struct(kind):
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
    if name in samples.NONE_OF:
        return []
    item = _value(inner[0], name, random, within)
    return [] if item is UNSET else [item]


def _dict(inner: tuple[Any, ...], name: str, random: Random, within: _Within) -> Any:
    value = _value(inner[1], name, random, within)
    return {} if value is UNSET else {"example": value}


def _object(kind: type[Struct], random: Random, within: _Within) -> Any:
    if kind.__name__ in samples.OBJECTS:
        return samples.OBJECTS[kind.__name__](random)
    config = kind.__struct_config__
    made: dict[str, Any] = {} if config.tag_field is None else {config.tag_field: config.tag}
    members = shapes.members(kind)
    if kind.__name__.endswith(samples.ONE_MEMBER):
        members = members[:1]
    for name, member, _ in members:
        if name in samples.LEFT_OUT:
            continue
        value = samples.MEMBERS.get(name, UNSET)
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
    str: samples.text,
    int: samples.number,
    float: samples.fraction,
    bool: samples.truth,
    dt.datetime: samples.moment,
    dt.date: samples.day,
}
