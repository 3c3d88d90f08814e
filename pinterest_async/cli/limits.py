"""`pinterest-async limits`: how much of the rate limits is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import typer

from pinterest_async.cli import running

if TYPE_CHECKING:
    from pinterest_async.limits import CategoryLimit
    from pinterest_async.rate_limit import Window


def limits(
    *,
    emulator: running.UseEmulator = False,
    sandbox: running.UseSandbox = False,
    base_url: running.BaseURL = None,
    as_json: running.AsJSON = False,
) -> None:
    """Make one cheap call and print the limits that Pinterest names in its answer."""

    async def work() -> int:
        async with running.connect(emulator=emulator, sandbox=sandbox, base_url=base_url) as client:
            await client.user_account.get()
            rows = client.rate_limits
        if as_json:
            typer.echo(msgspec.json.encode(rows).decode())
        else:
            _print_table(rows)
        return 0

    running.run(work())


def _print_table(rows: list[CategoryLimit]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("category", "windows", "used", "remaining", "resets at", "waiting"):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row.category,
            ", ".join(_window(window) for window in row.windows) or "unknown",
            str(row.used),
            "unknown" if row.remaining is None else str(row.remaining),
            "" if row.resets_at is None else row.resets_at.isoformat(timespec="seconds"),
            str(row.waiting),
        )
    Console().print(table)


def _window(window: Window) -> str:
    periods = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}
    return f"{window.limit} a {periods.get(int(window.seconds), f'{window.seconds:g} s')}"
