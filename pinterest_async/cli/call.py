"""`pinterest-async call` and `operations`: any operation of the API by its name."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Awaitable
from contextlib import aclosing
from typing import Annotated, Any, Final

import msgspec
import typer

from pinterest_async import InvalidRequest, Pager, Pinterest
from pinterest_async.cli import running
from pinterest_async.cli.arguments import parameters, read_arguments
from pinterest_async.operations import OPERATIONS, Operation

# Its methods are only looked at.
_UNCONNECTED: Final = Pinterest("none")


def _complete_operation(incomplete: str) -> list[tuple[str, str]]:
    return [
        (row.id, f"{row.http_method} {row.path}")
        for row in OPERATIONS.values()
        if row.id.startswith(incomplete)
    ]


def _complete_argument(ctx: typer.Context, incomplete: str) -> list[str]:
    row = OPERATIONS.get(str(ctx.params.get("operation")))
    keys = () if row is None else parameters(_method(_UNCONNECTED, row))
    return [f"{key}=" for key in keys if key.startswith(incomplete)]


def call(
    ctx: typer.Context,
    operation: Annotated[
        str | None,
        typer.Argument(
            help="Its id, for example boards/list.",
            metavar="OPERATION",
            autocompletion=_complete_operation,
        ),
    ] = None,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            help="key=value, or key:=JSON.",
            metavar="KEY=VALUE",
            autocompletion=_complete_argument,
        ),
    ] = None,
    *,
    max_items: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many items of a listing.")
    ] = None,
    emulator: running.UseEmulator = False,
    sandbox: running.UseSandbox = False,
    base_url: running.BaseURL = None,
    as_json: running.AsJSON = False,
    show_help: Annotated[
        bool, typer.Option("--help", help="Show this; after an OPERATION, what that takes.")
    ] = False,
) -> None:
    """Call OPERATION and print its answer as JSON, a listing as one line for each item.

    `pinterest-async operations` lists all of them, and `call OPERATION --help` says what one takes.
    """
    if show_help and operation is None:
        typer.echo(ctx.get_help())
        return
    if operation is None:
        raise typer.BadParameter("it is missing", param_hint="OPERATION")

    async def work() -> int:
        chosen = _find(operation)
        if show_help:
            _print_help(chosen)
            return 0
        async with running.connect(emulator=emulator, sandbox=sandbox, base_url=base_url) as client:
            await _call(client, chosen, arguments or [], max_items, as_json=as_json)
        return 0

    running.run(work())


def operations(
    text: Annotated[
        str,
        typer.Argument(
            help="Only those with this in their id, path or category.", metavar="FILTER"
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


def _method(client: Pinterest, row: Operation) -> Any:
    return getattr(getattr(client, row.resource), row.method)


def _print_help(row: Operation) -> None:
    method = _method(_UNCONNECTED, row)
    typer.echo(f"{row.id}: {row.http_method} {row.path}\n\n{inspect.getdoc(method)}\n\nKeys:")
    types = inspect.get_annotations(method)
    expected = parameters(method)
    width = max(map(len, expected), default=0)
    for key, parameter in expected.items():
        needed = "needed" if parameter.default is inspect.Parameter.empty else ""
        typer.echo(f"  {key:<{width}}  {needed:<6}  {_shown(types[key])}")
    if not expected:
        typer.echo("  none")


def _shown(annotation: str) -> str:
    return " | ".join(part for part in annotation.split(" | ") if part != "UnsetType")


async def _call(
    client: Pinterest,
    operation: Operation,
    words: list[str],
    max_items: int | None,
    *,
    as_json: bool,
) -> None:
    method = _method(client, operation)
    arguments = read_arguments(words, parameters(method))
    if not operation.paginated:
        if max_items is not None:
            raise InvalidRequest(f"--max-items is for listings, and {operation.id} is none")
        answer: Awaitable[Any] = method(**arguments)
        said = msgspec.json.encode(await answer)
        typer.echo((said if as_json else msgspec.json.format(said)).decode())
        return
    pager: Pager[Any] = method(**arguments)
    async with aclosing(aiter(pager)) as items:
        printed = 0
        async for item in items:
            typer.echo(msgspec.json.encode(item).decode())
            printed += 1
            if printed == max_items:
                break
