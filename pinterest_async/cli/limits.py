"""`pinterest-async limits`: how much of the rate limits is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinterest_async.cli import output, running

if TYPE_CHECKING:
    from pinterest_async.limits import CategoryLimit
    from pinterest_async.limits.headers import Window


DAY: Final = 86400.0


async def limits(
    *,
    connection: running.Connection,
    as_json: running.AsJSON = False,
) -> int:
    """Make one cheap call and print the limits that Pinterest names in its response."""
    async with connection.client() as client:
        await client.user_account.get()
        rows = client.rate_limits
    if as_json:
        output.say_json(rows)
    else:
        _print_table(rows)
    return 0


def _print_table(rows: list[CategoryLimit]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("category", "windows", "used", "remaining", "next call", "why", "waiting"):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row.category,
            ", ".join(_window(window) for window in row.windows) or "unknown",
            str(row.used),
            "unknown" if row.remaining is None else str(row.remaining),
            "" if row.retry_at is None else row.retry_at.isoformat(timespec="seconds"),
            row.reason or "",
            str(row.waiting),
        )
    Console().print(table)


def _window(window: Window) -> str:
    periods = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}
    return f"{window.limit} a {periods.get(int(window.seconds), f'{window.seconds:g} s')}"


def tier_of(rows: list[CategoryLimit]) -> str:
    """Trial apps have a budget for the day, all others one for the minute."""
    windows = [window for row in rows for window in row.windows]
    if not windows:
        return "unknown"
    return "trial" if any(window.seconds >= DAY for window in windows) else "standard"
