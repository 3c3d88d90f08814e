"""Ids in rows that no model describes: text, as everywhere else."""

from __future__ import annotations

import types
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from pinterest_async._call.decoding import is_list, is_mapping


def has_untyped_rows(expected: Any, above: tuple[Any, ...] = ()) -> bool:
    """Whether a response of this type holds objects whose members are not known beforehand."""
    origin, arguments = get_origin(expected), get_args(expected)
    if origin is dict and arguments[1] is Any:
        return True
    if origin in (Union, types.UnionType, list, dict):
        return any(has_untyped_rows(part, above) for part in arguments)
    if hasattr(expected, "__struct_fields__") and expected not in above:
        hints = get_type_hints(expected)
        return any(
            has_untyped_rows(hints[name], (*above, expected)) for name in expected.__struct_fields__
        )
    return False


def ids_as_text(value: Any) -> Any:
    """Return `value` with whole numbers under the name of an id, or of ids, as text."""
    if is_list(value):
        return [ids_as_text(element) for element in value]
    if is_mapping(value):
        return {name: _entry(name, part) for name, part in value.items()}
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            part = getattr(value, name)
            if isinstance(part, (list, dict, msgspec.Struct)):
                msgspec.structs.force_setattr(value, name, ids_as_text(part))
    return value


def _entry(name: Any, value: Any) -> Any:
    lowered = name.lower() if isinstance(name, str) else ""
    if type(value) is int and (lowered == "id" or lowered.endswith("_id")):
        return str(value)
    if is_list(value) and (lowered == "ids" or lowered.endswith("_ids")):
        return [str(part) if type(part) is int else ids_as_text(part) for part in value]
    return ids_as_text(value)
