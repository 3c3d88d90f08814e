"""The first and the last day of what a job is asked for, as callers write them."""

from __future__ import annotations

import datetime as dt

from pinterest_async.errors import InvalidRequest


def plain_day(name: str, given: dt.date | str) -> dt.date:
    """Return a day as a plain date: those of other libraries cannot be written as JSON.

    Args:
        name: what the argument is called.
        given: a date, or ISO 8601 text such as "2026-01-31".

    Raises:
        InvalidRequest: it is no day; a time of day belongs to none of them without its zone.
    """
    day: object = given
    if isinstance(given, str):
        try:
            day = dt.date.fromisoformat(given)
        except ValueError:
            day = None
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        raise InvalidRequest(
            f"{name} must be a day, as a date or as text such as '2026-01-31', not {given!r}"
        )
    return dt.date(day.year, day.month, day.day)


def check_order(start: dt.date, end: dt.date) -> None:
    """See that two days come in this order.

    Raises:
        InvalidRequest: they do not.
    """
    if start > end:
        raise InvalidRequest(f"end ({end}) is before start ({start})")
