"""Reading what a request says, where its type has not said it all.

`validation` has seen to types and bounds before; what is read here again is checked for more.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeGuard

from pinterest_async.emulator.schema.errors import bad_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multidict import MultiMapping


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


def required_text(body: Mapping[str, Any], name: str) -> str:
    """A string field that must be there and not be blank."""
    value = body.get(name)
    if not isinstance(value, str):
        raise bad_parameter(f"{name} is a required property")
    if not value.strip():
        raise bad_parameter(f"{name} is empty, constraint: minLength=1")
    return value


def query_flag(query: MultiMapping[str], name: str, *, default: bool = False) -> bool:
    """A query parameter that is true or false."""
    return query.get(name, str(default)).lower() == "true"


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
