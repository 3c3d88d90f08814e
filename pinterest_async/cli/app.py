"""The commands of `pinterest-async`."""

from __future__ import annotations

from typing import Annotated, Final

import typer

import pinterest_async
from pinterest_async.cli.analytics import analytics
from pinterest_async.cli.call import call, operations
from pinterest_async.cli.emulator import emulator
from pinterest_async.cli.export import export
from pinterest_async.cli.images import images
from pinterest_async.cli.limits import limits
from pinterest_async.cli.login import login, logout, whoami
from pinterest_async.cli.pins import boards, pins

app: Final[typer.Typer] = typer.Typer(
    help="Work with Pinterest's REST API v5, after `login` or with PINTEREST_ACCESS_TOKEN.",
    epilog="Exit codes: 0 done; 1 Pinterest or the network refused; 2 the command or its "
    "configuration is wrong; 3 a job came to its end and something is missing; 130 interrupted.",
    no_args_is_help=True,
    # Typer's own tracebacks would show local variables, and with them secrets.
    pretty_exceptions_enable=False,
)
for _command in (
    login,
    logout,
    whoami,
    export,
    images,
    analytics,
    boards,
    call,
    operations,
    limits,
    emulator,
):
    # `call` has a --help of its own, which knows the operations.
    app.command(add_help_option=_command is not call)(_command)
app.add_typer(pins, name="pins")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pinterest-async {pinterest_async.__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Work with Pinterest's REST API v5, after `login` or with PINTEREST_ACCESS_TOKEN."""
