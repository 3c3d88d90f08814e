"""The options for days that figures are asked for."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, TypeAlias

import typer

from pinterest_async.errors import InvalidRequest

_DAY: Final = ["%Y-%m-%d"]

Last: TypeAlias = Annotated[
    int, typer.Option(min=1, help="So many days, up to --end; unless --start is given.")
]
Start: TypeAlias = Annotated[
    dt.datetime | None,
    typer.Option(metavar="YYYY-MM-DD", formats=_DAY, help="The first day, in UTC."),
]
End: TypeAlias = Annotated[
    dt.datetime | None,
    typer.Option(metavar="YYYY-MM-DD", formats=_DAY, help="The last day; today by default."),
]


def first_and_last(
    start: dt.datetime | None, end: dt.datetime | None, last: int
) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that the options mean.

    Raises:
        InvalidRequest: there is no such day.
    """
    last_day = (end or dt.datetime.now(dt.UTC)).date()
    if start is not None:
        return start.date(), last_day
    try:
        return last_day - dt.timedelta(last - 1), last_day
    except OverflowError:
        raise InvalidRequest(f"--last {last} reaches back beyond all calendars") from None
