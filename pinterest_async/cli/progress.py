"""What a command shows on stderr while it works, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@asynccontextmanager
async def line(
    first: str, text: Callable[P, str], *, quiet: bool
) -> AsyncGenerator[Callable[P, None] | None, None]:
    """Give a callback that shows a line, or None where stderr is no terminal.

    Args:
        first: what is shown to begin with.
        text: makes the line of what the callback is given.
        quiet: whether nothing is shown in any case.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status(first) as status:

        def show(*given: P.args, **named: P.kwargs) -> None:
            status.update(text(*given, **named))

        yield show


@asynccontextmanager
async def bar(
    first: str, unit: str, fields: Callable[[T], Mapping[str, Any]], *, quiet: bool
) -> AsyncGenerator[Callable[[T], None] | None, None]:
    """Give a callback that draws a bar, or None where stderr is no terminal.

    Args:
        first: what stands before the bar to begin with.
        unit: what is counted.
        fields: what is new of the bar, of `completed`, `total` and `description`, after what the
            callback is given.
        quiet: whether nothing is shown in any case.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(first, total=None)

        def show(now: T) -> None:
            progress.update(task, **fields(now))

        yield show
