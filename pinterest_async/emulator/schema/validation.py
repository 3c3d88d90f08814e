"""Validates what a request says by the types of its operation, as the server's own schema would.

The first thing that does not fit ends the request with 400, and the message names the place and
the constraint. A value is what JSON makes of it; texts of a query are turned into values first.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_args, get_origin

from msgspec import Meta, Struct

from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import bad_parameter
from pinterest_async.emulator.schema.types import (
    allows_null,
    alternatives,
    core,
    is_choice,
    is_struct,
    members,
    named,
)
from pinterest_async.operations._parameters import OPEN_TEXTS, PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from multidict import MultiMapping

    from pinterest_async.emulator.http.call import ApiCall

_SHOWN = 8
_INDEX = re.compile(r"\[\d+\]")

_WHOLE = 2**63
"""What no whole number reaches: Pinterest reads them as 64 bits."""

_PLAIN: Mapping[type, tuple[str, tuple[type, ...]]] = {
    str: ("string", (str,)),
    bool: ("boolean", (bool,)),
    float: ("number", (int, float)),
    int: ("integer", (int,)),
    dt.date: ("string", (str,)),
    dt.datetime: ("string", (str,)),
}


class Misfit(Exception):
    """What does not fit, and where."""


def validate(call: ApiCall) -> None:
    """Hold a request against its operation.

    Raises:
        Refusal: 400 code 1.
    """
    try:
        _validate_parameters(call)
        if call.operation.body and not call.operation.form:
            kind = named(call.operation.body)
            check(kind, call.body, "", strict=call.operation.strict)
            if call.operation.items_max:
                bounds = Meta(
                    min_length=call.operation.items_min, max_length=call.operation.items_max
                )
                _check_bounds([bounds], call.body, "the body")
    except Misfit as misfit:
        raise bad_parameter(str(misfit)) from misfit


def fits(kind: Any, value: Any) -> bool:
    """Whether a value is one of this type."""
    try:
        check(kind, value, "")
    except Misfit:
        return False
    return True


def known_part(kind: Any, value: Any) -> Any:
    """A value that fits a type, without the members that the type does not declare."""
    kind = next((one for one in alternatives(kind) if fits(one, value)), Any)
    origin = get_origin(kind)
    if origin is Annotated:
        return known_part(get_args(kind)[0], value)
    if origin in (list, Sequence) and fields.is_list(value):
        return [known_part(get_args(kind)[0], item) for item in value]
    if not fields.is_object(value):
        return value
    if origin is dict:
        return {name: known_part(get_args(kind)[1], item) for name, item in value.items()}
    if not is_struct(kind):
        return value
    tag = kind.__struct_config__.tag_field
    made = {tag: value[tag]} if tag is not None else {}
    for member in members(kind):
        if member.name in value:
            made[member.name] = known_part(member.kind, value[member.name])
    return made


# Values


def check(kind: Any, value: Any, where: str, *, strict: Collection[str] = ()) -> None:
    """See whether a value is of this type.

    Args:
        kind: the type.
        value: what JSON holds.
        where: the path to it, for the message; empty for the body itself.
        strict: the places where members that are not declared are refused, as in `Operation`.

    Raises:
        Misfit: it is not.
    """
    if kind is Any:
        return
    if value is None:
        if not allows_null(kind):
            raise Misfit(f"{where or 'the body'} None is not of type {_called(kind)}")
        return
    offered = alternatives(kind)
    if len(offered) != 1:
        _check_union(offered, value, where, strict=strict)
        return
    kind = offered[0]
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *bounds = get_args(kind)
        check(inner, value, where, strict=strict)
        _check_bounds([bound for bound in bounds if isinstance(bound, Meta)], value, where)
    elif origin is Literal:
        _check_choice(get_args(kind), value, where)
    elif origin in (list, Sequence, dict):
        inner = get_args(kind)[-1]
        for place, item in _inside(origin, value, where):
            check(inner, item, place, strict=strict)
    elif is_struct(kind):
        _check_struct(kind, _object(value, where), where, strict=strict)
    else:
        _check_plain(kind, value, where)


def _check_choice(allowed: tuple[Any, ...], value: Any, where: str) -> None:
    if isinstance(value, bool) or value not in allowed:
        shown = [*map(repr, allowed[:_SHOWN]), *(["..."] if len(allowed) > _SHOWN else [])]
        raise Misfit(f"{where} {_short(value)} is not one of [{', '.join(shown)}]")


def _inside(origin: Any, value: Any, where: str) -> Iterator[tuple[str, Any]]:
    """What an array or a map holds, each with the path to it."""
    if origin is dict:
        yield from ((f"{where}.{name}", item) for name, item in _object(value, where).items())
    elif fields.is_list(value):
        yield from ((f"{where}[{index}]", item) for index, item in enumerate(value))
    else:
        raise Misfit(f"{where or 'the body'} {_short(value)} is not of type array")


def _object(value: Any, where: str) -> dict[str, Any]:
    if not fields.is_object(value):
        raise Misfit(f"{where or 'the body'} {_short(value)} is not of type object")
    return value


def _check_struct(
    kind: type[Struct], value: dict[str, Any], where: str, *, strict: Collection[str]
) -> None:
    config = kind.__struct_config__
    tag = config.tag_field
    if tag is not None and value.get(tag) != config.tag:
        raise Misfit(f"{_at(where, tag)} {value.get(tag)!r} is not one of [{config.tag!r}]")
    declared = members(kind)
    if is_choice(kind) and len(value.keys() & {member.name for member in declared}) != 1:
        raise Misfit(f"{where or 'the body'} {_short(value)} is not valid under any schema")
    for name, member_kind, required in declared:
        if name in OPEN_TEXTS and isinstance(value.get(name), str):
            continue
        if name in value:
            check(member_kind, value[name], _at(where, name), strict=strict)
        elif required:
            raise Misfit(f"{_at(where, name)} is a required property")
    if strict and _INDEX.sub("[]", where) in strict:
        unknown = value.keys() - {member.name for member in declared} - {tag}
        if unknown:
            raise Misfit(f"Additional properties are not allowed: {', '.join(sorted(unknown))}")


def _check_union(
    offered: tuple[Any, ...], value: Any, where: str, *, strict: Collection[str]
) -> None:
    """By the tag where there is one; else the value need fit any one of them."""
    tagged = [one for one in offered if _is_tagged(one, value)]
    candidates = tagged or [one for one in offered if not is_struct(one) or not _tag(one)]
    first: Misfit | None = None
    for one in candidates:
        try:
            check(one, value, where, strict=strict)
        except Misfit as misfit:
            first = first or misfit
        else:
            return
    raise first or Misfit(f"{where or 'the body'} {_short(value)} is not valid under any schema")


def _tag(kind: type[Struct]) -> str | None:
    return kind.__struct_config__.tag_field


def _is_tagged(kind: Any, value: Any) -> bool:
    """Whether a value says that it is of this type."""
    tag = _tag(kind) if is_struct(kind) else None
    if tag is None or not fields.is_object(value):
        return False
    return bool(value.get(tag) == kind.__struct_config__.tag)


def _check_plain(kind: Any, value: Any, where: str) -> None:
    name, accepted = _PLAIN.get(kind, ("any", (object,)))
    whole = isinstance(value, float) and value.is_integer() and int in accepted
    if (isinstance(value, bool) and bool not in accepted and name != "any") or not (
        isinstance(value, accepted) or whole
    ):
        raise Misfit(f"{where or 'the body'} {_short(value)} is not of type {name}")
    if kind is int and abs(value) >= _WHOLE:
        raise Misfit(f"{where} {_short(value)}, constraint: format=int64")
    if kind in (dt.date, dt.datetime):
        try:
            kind.fromisoformat(str(value))
        except ValueError:
            raise Misfit(f"{where} {_short(value)} is not a {kind.__name__}") from None


def _check_bounds(bounds: list[Meta], value: Any, where: str) -> None:
    for bound in bounds:
        for failed, constraint in _broken(bound, value):
            if failed:
                raise Misfit(f"{where} {_short(value)}, constraint: {constraint}")


def _broken(bound: Meta, value: Any) -> Iterator[tuple[bool, str]]:
    unit = _counted(value)
    if unit:
        if bound.min_length is not None:
            yield len(value) < bound.min_length, f"min{unit}={bound.min_length}"
        if bound.max_length is not None:
            yield len(value) > bound.max_length, f"max{unit}={bound.max_length}"
    if isinstance(value, str) and bound.pattern is not None:
        yield not _pattern(bound.pattern).search(value), f"pattern={bound.pattern}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if bound.ge is not None:
            yield value < bound.ge, f"minimum={bound.ge}"
        if bound.le is not None:
            yield value > bound.le, f"maximum={bound.le}"
        if bound.gt is not None:
            yield value <= bound.gt, f"exclusiveMinimum={bound.gt}"
        if bound.lt is not None:
            yield value >= bound.lt, f"exclusiveMaximum={bound.lt}"


def _counted(value: Any) -> str:
    """What bounds of length count in a value; nothing where it has no length."""
    if isinstance(value, str):
        return "Length"
    if fields.is_list(value):
        return "Items"
    return "Properties" if fields.is_object(value) else ""


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """As a server means it: ASCII digits, and `$` is the very end."""
    return re.compile(re.sub(r"\$$", r"\\Z", pattern), re.ASCII)


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _called(kind: Any) -> str:
    kind = core(kind)
    if is_struct(kind) or get_origin(kind) is dict:
        return "object"
    if get_origin(kind) in (list, Sequence):
        return "array"
    return _PLAIN.get(kind, ("string", ()))[0]


# Parameters


class _Parameter(NamedTuple):
    name: str
    kind: Any
    in_path: bool
    deep: bool
    required: bool


@cache
def _parameters(operation_id: str) -> tuple[_Parameter, ...]:
    """The parameters with their types; those of paging are not in the table."""
    return tuple(
        _Parameter(
            str(row["name"]),
            named(str(row["type"])),
            row["in"] == "path",
            row.get("style") == "deep",
            "required" in row,
        )
        for row in PARAMETERS.get(operation_id, ())
    )


@lru_cache(maxsize=4096)
def _check_path(kind: Any, text: str, name: str) -> None:
    """`check`, once for an id that many requests name."""
    check(kind, text, name)


def _validate_parameters(call: ApiCall) -> None:
    query = call.query
    for name, kind, in_path, deep, required in _parameters(call.operation.id):
        if in_path:
            _check_path(kind, call.path[name], name)
        elif deep or name in query:
            value = query_value(query, name, kind, deep=deep)
            if value is not None:
                check(kind, value, name)
            elif required:
                raise Misfit(f"{name} is a required property")
        elif required:
            raise Misfit(f"{name} is a required property")


def query_value(query: MultiMapping[str], name: str, kind: Any, *, deep: bool = False) -> Any:
    """What a query says of a parameter, as a value; None where it says nothing.

    Raises:
        Misfit: a text that is no number or no truth value where one is asked for.
    """
    if deep:
        return _deep(query, name) or None
    texts = query.getall(name, [])
    if not texts:
        return None
    inner = core(kind)
    if get_origin(inner) in (list, Sequence):
        item = get_args(inner)[0]
        return [_from_text(item, word, name) for word in fields.query_list(query, name)]
    return _from_text(kind, texts[-1], name)


def _from_text(kind: Any, text: str, name: str) -> Any:
    inner = core(kind)
    if get_origin(inner) is Literal:
        return _from_text(_kind_of(get_args(inner)[0]), text, name)
    if inner is bool:
        if text.lower() not in ("true", "false"):
            raise Misfit(f"{name} {text!r} is not of type boolean")
        return text.lower() == "true"
    if inner in (int, float):
        try:
            return inner(text)
        except ValueError:
            raise Misfit(f"{name} {text!r} is not numeric") from None
    return text


def _kind_of(value: object) -> Any:
    return type(value)


def _deep(query: MultiMapping[str], name: str) -> dict[str, Any]:
    """An object that is spread over parameters such as `name[one][two]`."""
    found: dict[str, Any] = {}
    for key, text in query.items():
        steps = re.findall(r"\[([^\]]*)\]", key) if key.startswith(f"{name}[") else []
        holder = found
        for step in steps[:-1]:
            inner = holder.setdefault(step, {})
            if not fields.is_object(inner):
                raise Misfit(f"{key} is within a text")
            holder = inner
        if steps:
            holder[steps[-1]] = text
    return found
