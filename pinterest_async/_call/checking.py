"""Bodies are held to Pinterest's description before they are sent.

A body is read back as the type that the operation takes, with the decoder that reads responses: its
bounds, its members and their types are those of the generated models, and reading it costs a small
part of a call.
"""

from __future__ import annotations

import re
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

import msgspec

from pinterest_async.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
_MISSING = re.compile(r"Object missing required field `(.+)`")
_LENGTH = re.compile(r"Expected `(\w+)` of length (>=|<=) (\d+)")
_STEP = re.compile(r"\.([^.\[]+)|\[(?:\d+|\.\.\.)\]")
_DIGITS = "matching regex '^\\\\d+$'"
_UNITS = {"array": "items", "str": "characters", "object": "members"}


@cache
def _decoder(takes: Any) -> msgspec.json.Decoder[Any]:
    try:
        return msgspec.json.Decoder(takes)
    except TypeError:
        # It refuses unions of objects that no one member tells apart.
        return msgspec.json.Decoder(_without_unions(takes, {}))


def check_body(operation: str, takes: Any, body: bytes) -> None:
    """Check a body, as JSON.

    Args:
        operation: the operation's id, for the error.
        takes: the type of the body.
        body: what is to be sent.

    Raises:
        InvalidRequest: a member is unknown or missing, of another type, or out of its bounds; with
            the place, and the nearest name where one is unknown.
    """
    try:
        _decoder(takes).decode(body)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at ")
        path = place.strip("`").removeprefix("$")
        raise InvalidRequest(f"{operation}: {_sentence(takes, text, path)}") from None


def _sentence(takes: Any, text: str, path: str) -> str:
    where = path.removeprefix(".") or "the body"
    unknown, missing, length = (p.fullmatch(text) for p in (_UNKNOWN, _MISSING, _LENGTH))
    if unknown:
        # Late, as every client waits for what is imported here.
        from difflib import get_close_matches

        near = get_close_matches(unknown[1], sorted(_members(takes, path)), n=1)
        hint = f", did you mean {near[0]!r}?" if near else ""
        return (
            f"{where} has no member {unknown[1]!r}{hint or '.'} For one that is newer than this "
            "package, pass RequestOptions(check_body=False)"
        )
    if missing:
        return f"{where} needs the member {missing[1]!r}"
    if length:
        bound = "at least" if length[2] == ">=" else "at most"
        return f"{where} must have {bound} {length[3]} {_UNITS.get(length[1], length[1])}"
    if _DIGITS in text:
        return f"{where} must be digits, and not empty"
    return f"{where}: {text[:1].lower()}{text[1:]}"


def _without_unions(takes: Any, known: dict[Any, Any]) -> Any:
    """Return a type with one object in the place of several that no one member tells apart.

    Args:
        takes: the type.
        known: what objects have become so far; an object that holds itself is found there.
    """
    if hasattr(takes, "__struct_fields__"):
        if takes not in known:
            known[takes] = takes
            known[takes] = _rebuilt([takes], known)
        return known[takes]
    arguments = get_args(takes)
    if not arguments:
        return takes
    origin: Any = get_origin(takes)
    if origin is Annotated:
        return Annotated[(_without_unions(arguments[0], known), *arguments[1:])]
    if origin not in (Union, UnionType):
        return origin[tuple(_without_unions(one, known) for one in arguments)]
    structs = [one for one in arguments if hasattr(one, "__struct_fields__")]
    tags = {struct.__struct_config__.tag_field for struct in structs}
    if len(structs) < 2 or (len(tags) == 1 and None not in tags):
        return Union[tuple(_without_unions(one, known) for one in arguments)]  # noqa: UP007
    others = tuple(one for one in arguments if one not in structs)
    return Union[(_rebuilt(structs, known), *others)]


def _rebuilt(structs: list[Any], known: dict[Any, Any]) -> Any:
    """Make one object of several: each member that one of them has, needed where all need it."""
    members: dict[str, tuple[Any, bool]] = {}
    for struct in structs:
        fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
        for name, field in fields.items():
            type_ = _without_unions(field.type, known)
            before, _ = members.get(name, (type_, True))
            needed = all(_needs(other, name) for other in structs)
            members[name] = (type_ if type_ == before else Any, needed)
    config = structs[0].__struct_config__
    tagged = len(structs) == 1 and config.tag_field is not None
    if not tagged:
        members |= {
            struct.__struct_config__.tag_field: (str, False)
            for struct in structs
            if struct.__struct_config__.tag_field
        }
    made: list[Any] = [
        (f"member_{number}", type_, msgspec.field(name=name))
        if needed
        else (f"member_{number}", type_, msgspec.field(name=name, default=None))
        for number, (name, (type_, needed)) in enumerate(members.items())
    ]
    return msgspec.defstruct(
        structs[0].__name__,
        made,
        kw_only=True,
        forbid_unknown_fields=True,
        tag_field=config.tag_field if tagged else None,
        tag=config.tag if tagged else None,
    )


def _needs(struct: Any, name: str) -> bool:
    return any(
        field.required and field.encode_name == name for field in msgspec.structs.fields(struct)
    )


def _members(takes: Any, path: str) -> Iterable[str]:
    """Return the names of the members that there may be at a place."""
    from msgspec import inspect

    found = _structs(inspect.type_info(_decoder(takes).type))
    for step in _STEP.finditer(path):
        if step[1]:
            fields = (field for struct in found for field in struct.fields)
            found = [
                inner
                for field in fields
                if field.encode_name == step[1]
                for inner in _structs(field.type)
            ]
    return {field.encode_name for struct in found for field in struct.fields}


def _structs(type_: Any) -> list[Any]:
    """Return the objects that a type, or what it is a list, a mapping or a union of, may be."""
    if hasattr(type_, "fields"):
        return [type_]
    inner = [*getattr(type_, "types", ()), getattr(type_, "item_type", None)]
    inner.append(getattr(type_, "value_type", None))
    return [struct for one in inner if one is not None for struct in _structs(one)]
