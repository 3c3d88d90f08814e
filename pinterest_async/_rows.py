"""Objects of the API as rows of a table: what pandas, Polars and Arrow make their frames of."""

from __future__ import annotations

import datetime as dt
import functools
import types
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Any, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Row: TypeAlias = dict[str, Any]
_Path: TypeAlias = tuple[str, ...]

_SCALARS = (str, int, float, bool, dt.date)


async def to_rows(items: AsyncIterable[Any] | Iterable[Any]) -> list[Row]:
    """Return objects of the API as rows that all have the same columns, in the same order.

        rows = await to_rows(pinterest.boards.list())

        pandas.DataFrame(rows)
        polars.DataFrame(rows, infer_schema_length=None)
        pyarrow.Table.from_pylist(rows)

    A column is named as Pinterest names the member. An object within an object is spread over
    columns whose names are joined by `_`: `owner_username`, `media_images_originals_url`. All
    members of a model have their column, whether a row holds anything in them or not; what has keys
    of its own, such as metrics, has a column for each key that some row has.

    Text, numbers and booleans are what they are, times are aware datetimes, a list of plain values
    is a list, and a list that holds objects is JSON.

    Args:
        items: a `Pager`, which is walked to its end, or any other source of models or dictionaries,
            asynchronous or not. `pager.collect(max_items=...)` bounds one.

    Raises:
        PinterestError: what the walk of a listing raises.
    """
    if isinstance(items, AsyncIterable):
        spread = [_spread(item) async for item in items]
    else:
        spread = [_spread(item) for item in items]
    columns: dict[_Path, None] = {}
    for row in spread:
        columns.update(dict.fromkeys(row))
    # What is an object in one row may be None in another, which has no columns for its parts then.
    within = {path[:end] for path in columns for end in range(1, len(path))}
    names: dict[str, _Path] = {}
    for path in columns:
        if path in within and all(row.get(path) is None for row in spread):
            continue
        name = "_".join(path)
        while name in names:
            name += "_"
        names[name] = path
    return [{name: row.get(path) for name, path in names.items()} for row in spread]


def _spread(item: object) -> dict[_Path, object]:
    return dict(_cells((), item))


def _cells(path: _Path, value: object) -> Iterator[tuple[_Path, object]]:
    if isinstance(value, msgspec.Struct):
        for member, wire, parts in _members(type(value)):
            inner = getattr(value, member)
            if inner is None and parts:
                yield from (((*path, wire, *part), None) for part in parts)
            elif inner is not UNSET:
                yield from _cells((*path, wire), inner)
    elif isinstance(value, dict):
        for key, inner in cast("Mapping[object, object]", value).items():
            yield from _cells((*path, str(key)), inner)
    elif isinstance(value, list | tuple):
        yield path, _listed(cast("list[object]", value))
    elif value is None or isinstance(value, _SCALARS):
        yield path, value
    else:
        yield path, msgspec.json.encode(value).decode()


def _listed(values: list[object] | tuple[object, ...]) -> list[object] | str:
    """Return a list of plain values of one kind as it is, any other as JSON."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds or (len(kinds) == 1 and kinds <= {*_SCALARS, dt.datetime}):
        return [*values]
    return msgspec.json.encode(values).decode()


@functools.cache
def _members(model: type[msgspec.Struct]) -> list[tuple[str, str, tuple[_Path, ...]]]:
    """Return each member of a model: its name here and there, and what it spreads over.

    Only a member that is an object spreads over anything.
    """
    hints = get_type_hints(model)
    names = zip(model.__struct_fields__, model.__struct_encode_fields__, strict=True)
    return [(name, wire, tuple(_paths(hints[name], (model,)))) for name, wire in names]


def _paths(hint: Any, above: tuple[type, ...]) -> Iterator[_Path]:
    """Return where the values are in a type that is one model or None; nothing for another type."""
    parts = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    kinds = [part for part in parts if part is not type(None)]
    if len(kinds) != 1 or not isinstance(kinds[0], type) or kinds[0] in above:
        return
    if not issubclass(kinds[0], msgspec.Struct):
        return
    model = kinds[0]
    hints = get_type_hints(model)
    for name, wire in zip(model.__struct_fields__, model.__struct_encode_fields__, strict=True):
        inner = [*_paths(hints[name], (*above, model))]
        yield from ((wire, *part) for part in inner) if inner else ((wire,),)
