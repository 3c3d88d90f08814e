"""The days that Pinterest gives organic figures of."""

from __future__ import annotations

import datetime as dt
from typing import Final

from pinterest_async.errors import InvalidRequest

BACK: Final = 90
"""Pinterest: Pin analytics, and user account analytics. "90 days back from today" in UTC."""


def today() -> dt.date:
    """Return the day that it is, in UTC."""
    return dt.datetime.now(dt.UTC).date()


def earliest() -> dt.date:
    """Return the first day that can be had at this moment: at midnight it goes."""
    return today() - dt.timedelta(BACK)


def check_reach(start: dt.date, end: dt.date, *, way_out: str = "") -> None:
    """See that figures of all these days can be had.

    The days that can be had are never more than one question may ask for.

    Args:
        start: the first day.
        end: the last day.
        way_out: what else would do than other days, as the end of a sentence.

    Raises:
        InvalidRequest: they cannot; with the days that can.
    """
    first, last = earliest(), today()
    if start < first or end > last:
        raise InvalidRequest(
            f"Pinterest gives figures from {first} to {last} only, not from {start} to {end}: "
            f"choose days among those{way_out}"
        )
