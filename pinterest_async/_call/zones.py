"""Times in types of the caller's own: aware, in UTC where Pinterest names no zone."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import inspect

from pinterest_async._call.decoding import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

_GENERATED = "pinterest_async.models."


def has_times(expected: Any) -> bool:
    """Whether a type has times that are to be made aware.

    A generated model sees to its own, and a type that asks for a time without a zone gets its
    times as they come.
    """
    if _is_generated(expected):
        return False
    try:
        info = inspect.type_info(expected)
    except (TypeError, NameError):
        # What msgspec cannot look at, it cannot decode, and says so there.
        return False
    times = [one for one in _within(info, set()) if isinstance(one, inspect.DateTimeType)]
    # `Meta(tz=False)` is the caller's word for times without a zone.
    return bool(times) and all(one.tz is not False for one in times)


def with_zones(value: Any) -> Any:
    """Return a value with its times aware; containers that can change are changed."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value
    if is_list(value):
        value[:] = map(with_zones, value)
    elif is_mapping(value):
        value.update((key, with_zones(part)) for key, part in value.items())
    elif isinstance(value, tuple):
        parts = map(with_zones, cast("tuple[Any, ...]", value))  # type: ignore[redundant-cast]
        made: Any = type(cast("object", value))
        return made(*parts) if hasattr(made, "_fields") else made(parts)
    elif isinstance(value, set | frozenset):
        parts = map(with_zones, cast("set[Any]", value))
        return frozenset(parts) if isinstance(value, frozenset) else set(parts)
    elif isinstance(value, msgspec.Struct) and not _is_generated(type(value)):
        for name in value.__struct_fields__:
            msgspec.structs.force_setattr(value, name, with_zones(getattr(value, name)))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            object.__setattr__(value, field.name, with_zones(getattr(value, field.name)))
    return value


def _is_generated(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__.startswith(_GENERATED)


def _within(info: Any, seen: set[Any]) -> Iterator[Any]:
    """Yield what a type consists of, itself included, generated models as they are."""
    cls = getattr(info, "cls", None)
    if _is_generated(cls) or (cls is not None and cls in seen):
        return
    seen.add(cls)
    yield info
    for name in ("type", "item_type", "key_type", "value_type"):
        part = getattr(info, name, None)
        if isinstance(part, inspect.Type):
            yield from _within(part, seen)
    for name in ("types", "item_types", "fields"):
        for part in getattr(info, name, ()):
            yield from _within(getattr(part, "type", part), seen)
