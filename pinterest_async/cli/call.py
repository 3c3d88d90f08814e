"""`pinterest-async call` and `operations`: any operation of the API by its name."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable
from contextlib import aclosing
from typing import Annotated, Any

import msgspec
import typer

from pinterest_async import InvalidRequest, Pager, Pinterest
from pinterest_async.cli import running
from pinterest_async.cli.arguments import parameters, read_arguments
from pinterest_async.operations import OPERATIONS, Operation


def call(
    operation: Annotated[str, typer.Argument(help="Its id, for example boards/list.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="key=value, or key:=JSON.", metavar="[KEY=VALUE]...")
    ] = None,
    *,
    max_items: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many items of a listing.")
    ] = None,
    emulator: running.UseEmulator = False,
    sandbox: running.UseSandbox = False,
    base_url: running.BaseURL = None,
) -> None:
    """Call OPERATION and print its answer as JSON, a listing as one line for each item.

    `pinterest-async operations` lists all of them.
    """

    async def work() -> int:
        chosen = _find(operation)
        async with running.connect(emulator=emulator, sandbox=sandbox, base_url=base_url) as client:
            await _call(client, chosen, arguments or [], max_items)
        return 0

    running.run(work())


def operations(
    text: Annotated[
        str,
        typer.Argument(
            help="Only those with this in their id, path or category.", metavar="[FILTER]"
        ),
    ] = "",
    *,
    as_json: running.AsJSON = False,
) -> None:
    """List the operations of the API."""
    found = [row for row in OPERATIONS.values() if text in f"{row.id} {row.path} {row.category}"]
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    width = max((len(row.id) for row in found), default=0)
    for row in found:
        typer.echo(f"{row.id:<{width}}  {row.http_method:<6}  {row.category:<21}  {row.path}")


def _find(operation_id: str) -> Operation:
    if operation_id in OPERATIONS:
        return OPERATIONS[operation_id]
    near = difflib.get_close_matches(operation_id, OPERATIONS, n=3)
    advice = f"did you mean {' or '.join(near)}?" if near else "see `pinterest-async operations`"
    raise InvalidRequest(f"there is no operation {operation_id!r}; {advice}")


async def _call(
    client: Pinterest, operation: Operation, words: list[str], max_items: int | None
) -> None:
    method = getattr(getattr(client, operation.resource), operation.method)
    arguments = read_arguments(words, parameters(method))
    if not operation.paginated:
        if max_items is not None:
            raise InvalidRequest(f"--max-items is for listings, and {operation.id} is none")
        answer: Awaitable[Any] = method(**arguments)
        typer.echo(msgspec.json.format(msgspec.json.encode(await answer)).decode())
        return
    pager: Pager[Any] = method(**arguments)
    async with aclosing(aiter(pager)) as items:
        printed = 0
        async for item in items:
            typer.echo(msgspec.json.encode(item).decode())
            printed += 1
            if printed == max_items:
                break
