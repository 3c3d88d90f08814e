"""`pinterest-async call` and `operations`: any operation of the API by its name."""

from __future__ import annotations

import inspect
import shutil
import sys
from collections.abc import Awaitable
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from pinterest_async.cli import lookup, output, running
from pinterest_async.errors import InvalidRequest, ItemsFailed

if TYPE_CHECKING:
    from pinterest_async import Pager, Pinterest
    from pinterest_async.operations import Operation


_WIDE: Final = 100
"""Columns from which on an operation is told in one line."""


def _complete_operation(incomplete: str) -> list[tuple[str, str]]:
    # Whoever has begun an id of Pinterest's goes on with it.
    by_id = "/" in incomplete
    names = [(row.id if by_id else lookup.python_name(row), row) for row in lookup.all_operations()]
    return [
        (name, f"{row.http_method} {row.path}")
        for name, row in names
        if name.startswith(incomplete)
    ]


def _complete_argument(ctx: typer.Context, incomplete: str) -> list[str]:
    row = lookup.named(str(ctx.params.get("operation")))
    keys = () if row is None else inspect.signature(lookup.unconnected(row)).parameters
    return [f"{key}=" for key in keys if key.startswith(incomplete) and key != "options"]


async def call(
    ctx: typer.Context,
    operation: Annotated[
        str | None,
        typer.Argument(
            help="Its name, for example boards.list, or Pinterest's id of it, boards/list.",
            metavar="OPERATION",
            autocompletion=_complete_operation,
        ),
    ] = None,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            help="key=value, key:=JSON, key:=@FILE, or @FILE; as a file, - is stdin.",
            metavar="KEY=VALUE",
            autocompletion=_complete_argument,
        ),
    ] = None,
    *,
    all_items: Annotated[
        bool,
        typer.Option("--all", help="Walk a listing to its end, as without --max-items; say so."),
    ] = False,
    max_items: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many items of a listing.")
    ] = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Do not ask before what cannot be undone or may spend money."),
    ] = False,
    unchecked: Annotated[
        bool,
        typer.Option(
            "--unchecked", help="Send members of a body that this package does not know, too."
        ),
    ] = False,
    connection: running.Connection,
    as_json: running.AsJSON = False,
    show_help: Annotated[
        bool, typer.Option("--help", help="Show this; after an OPERATION, what that takes.")
    ] = False,
) -> int:
    """Call OPERATION and print its response as JSON, a listing as one line for each item.

    `pinterest-async operations` lists all of them, and `call OPERATION --help` says what one takes.
    What cannot be undone or may spend money is asked about first; without a terminal to ask at, it
    needs --yes. Ends with 3 when Pinterest took some items of several, or none, and says so in its
    response.
    """
    if show_help and operation is None:
        typer.echo(ctx.get_help())
        return 0
    if operation is None:
        raise typer.BadParameter("it is missing", param_hint="OPERATION")
    chosen = lookup.find(operation)
    if show_help:
        _print_help(chosen)
        return 0
    _check_walk(chosen, max_items, all_items=all_items)
    given = _read(chosen, arguments or [])
    if chosen.effect in lookup.ASKED_ABOUT and not yes and not _agreed(chosen):
        return running.complain("nothing was sent", running.FAILED)
    async with connection.client() as opened:
        client = opened.with_options(check_body=False) if unchecked else opened
        return await _call(client, chosen, given, max_items, as_json=as_json)


def _agreed(operation: Operation) -> bool:
    """Ask whether an operation may be sent.

    Raises:
        InvalidRequest: there is nobody to ask.
    """
    said = f"{lookup.python_name(operation)} {lookup.ASKED_ABOUT[operation.effect]}"
    if not sys.stdin.isatty():
        raise InvalidRequest(f"{said}, and there is no terminal to ask at: give --yes to send it")
    return typer.confirm(f"{said}. Send it?", err=True)


async def operations(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="Only those with all of these words in their name, id, path, resource, category, "
            "scopes, effect (reads, writes, irreversible, spends) or description.",
            metavar="FILTER",
        ),
    ] = None,
    *,
    as_json: running.AsJSON = False,
) -> int:
    """List the operations of the API."""
    text = " ".join(words or ())
    found = [row for row in lookup.all_operations() if lookup.matches(row, text)]
    if as_json:
        output.say_json(found)
        return 0
    if not found:
        output.say(f"no operation has all of the words {text!r}", err=True)
    width = max((len(lookup.python_name(row)) for row in found), default=0)
    if sys.stdout.isatty() and shutil.get_terminal_size().columns < _WIDE:
        for row in found:
            output.say(
                f"{lookup.python_name(row)}  {row.effect}", f"    {row.http_method} {row.path}"
            )
        return 0
    for row in found:
        output.say(
            f"{lookup.python_name(row):<{width}}  {row.http_method:<6}  {row.effect:<12}  "
            f"{row.category:<21}  {row.path}  ({row.id})"
        )
    return 0


def _method(client: Pinterest, row: Operation) -> Any:
    return getattr(getattr(client, row.resource), row.method)


def _print_help(row: Operation) -> None:
    from pinterest_async.cli.call_help import help_of

    output.say(*help_of(row, lookup.unconnected(row)))


def _check_walk(operation: Operation, max_items: int | None, *, all_items: bool) -> None:
    if all_items and max_items is not None:
        raise InvalidRequest("--all walks to the end, and --max-items stops before it: give one")
    if not operation.paginated and (all_items or max_items is not None):
        option = "--all" if all_items else "--max-items"
        raise InvalidRequest(f"{option} is for listings, and {operation.id} is none")


def _read(operation: Operation, words: list[str]) -> dict[str, Any]:
    from pinterest_async.cli.arguments import parameters, read_arguments

    return read_arguments(words, parameters(lookup.unconnected(operation)))


async def _call(
    client: Pinterest,
    operation: Operation,
    arguments: dict[str, Any],
    max_items: int | None,
    *,
    as_json: bool,
) -> int:
    method = _method(client, operation)
    if not operation.paginated:
        called: Awaitable[Any] = method(**arguments)
        response = await called
        output.say_json(response, indent=not as_json)
        return _outcome(response, as_json=as_json)
    pager: Pager[Any] = method(**arguments)
    async with aclosing(aiter(pager)) as items:
        printed = 0
        async for item in items:
            output.say_json(item)
            printed += 1
            if printed == max_items:
                break
    return 0


def _outcome(response: object, *, as_json: bool) -> int:
    """Return the exit code of a write of several things, and say how many of them failed."""
    from pinterest_async._failures import failures_of

    failures = failures_of(response)
    if not failures:
        return 0
    if not as_json:
        output.say(f"pinterest-async: {ItemsFailed.of(failures)}", err=True)
    return running.DIFFERENCES
