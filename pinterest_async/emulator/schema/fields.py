"""Checks of what a request says; each refuses with 400 code 1 and says which constraint failed.

Fields come back as their value, None for null, or UNSET where the request does not mention them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeGuard

from msgspec import UNSET, UnsetType

from pinterest_async.emulator.schema.errors import Refusal, bad_parameter

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from multidict import MultiMapping

_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"false", "0", ""})


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether this is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether this is a JSON array."""
    return isinstance(value, list)


def fields(body: object, name: str = "the body") -> dict[str, Any]:
    """The body, or a part of it, as an object."""
    if not is_object(body):
        raise bad_parameter(f"{name} is not an object")
    return body


def items(body: Mapping[str, Any], name: str, *, fewest: int, most: int) -> list[Any]:
    """A field that must hold a list of so many things."""
    value = body.get(name)
    if not is_list(value):
        raise bad_parameter(f"{name} is a required property")
    if len(value) < fewest:
        raise bad_parameter(f"{name} is too short, constraint: minItems={fewest}")
    if len(value) > most:
        raise bad_parameter(f"{name} is too long, constraint: maxItems={most}")
    return value


def text(
    body: Mapping[str, Any], name: str, *, longest: int | None = None, nullable: bool = True
) -> str | UnsetType | None:
    """A string field of at most so many characters."""
    value = body.get(name, UNSET)
    if value is UNSET or (value is None and nullable):
        return value
    if not isinstance(value, str):
        raise bad_parameter(f"{name} {value!r} is not of type string")
    if longest is not None and len(value) > longest:
        raise bad_parameter(f"{name} is too long, constraint: maxLength={longest}")
    return value


def required_text(body: Mapping[str, Any], name: str, *, longest: int | None = None) -> str:
    """A string field that must be there and not be blank."""
    value = text(body, name, longest=longest, nullable=False)
    if not isinstance(value, str):
        raise bad_parameter(f"{name} is a required property")
    if not value.strip():
        raise bad_parameter(f"{name} is empty, constraint: minLength=1")
    return value


def digits(body: Mapping[str, Any], name: str) -> str | UnsetType | None:
    """A field that holds an id."""
    value = text(body, name)
    if isinstance(value, str) and not is_id(value):
        raise bad_id(name, value)
    return value


def choice(body: Mapping[str, Any], name: str, allowed: Collection[str]) -> str | UnsetType:
    """A field that holds one of these words."""
    value = body.get(name, UNSET)
    if value is not UNSET and not (isinstance(value, str) and value in allowed):
        raise bad_parameter(f"{name} {value!r} is not one of {sorted(allowed)}")
    return value


def flag(body: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """A field that is true or false."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise bad_parameter(f"{name} {value!r} is not of type boolean")
    return value


def query_flag(query: MultiMapping[str], name: str) -> bool:
    """A query parameter that is true or false; false when it is not there."""
    value = query.get(name, "").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise bad_parameter(f"{name} {value!r} is not of type boolean")


def query_choice(query: MultiMapping[str], name: str, allowed: Collection[str]) -> str | None:
    """A query parameter that is one of these words; None when it is not there."""
    value = query.get(name)
    if value is not None and value not in allowed:
        raise bad_parameter(f"{name} {value!r} is not one of {sorted(allowed)}")
    return value


def query_list(query: MultiMapping[str], name: str) -> list[str]:
    """A query parameter that holds several words: repeated, joined by commas, or both."""
    return [word for value in query.getall(name, []) for word in value.split(",") if word]


def days(said: Mapping[str, Any]) -> tuple[dt.date, dt.date]:
    """The first and the last day that a query or a body names."""
    try:
        begin, end = (dt.date.fromisoformat(said[name]) for name in ("start_date", "end_date"))
    except ValueError as error:
        raise bad_parameter(f"start_date or end_date: {error}") from None
    return begin, end


def is_id(value: str) -> bool:
    """Whether this is the decimal digits of an id."""
    return value.isascii() and value.isdigit()


def bad_id(name: str, value: str) -> Refusal:
    """The refusal of something that is no id."""
    return bad_parameter(rf"{name} {value!r} does not match, constraint: pattern=^\d+$")
