"""The first and the last day of what a job is asked for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pinterest_async.errors import InvalidRequest


def check_order(start: Any, end: Any) -> None:
    """See that both are days, and come in this order.

    Raises:
        InvalidRequest: they are not, or do not.
    """
    for name, day in (("start", start), ("end", end)):
        # A time has no day of its own: which one it is depends on the zone.
        if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
            raise InvalidRequest(
                f"start and end must be days, such as datetime.date(2026, 1, 31), but {name} is "
                f"{day!r}"
            )
    if start > end:
        raise InvalidRequest(f"end ({end}) is before start ({start}): start the first of them")
