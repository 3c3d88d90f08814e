"""The commands of `pinterest-async`; each is loaded when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, Final, NamedTuple

import typer
from typer.core import TyperGroup

from pinterest_async._version import __version__
from pinterest_async.cli import output, running


class Entry(NamedTuple):
    """A command that is not loaded yet."""

    module: str
    about: str
    goes_on: running.GoesOn = False


COMMANDS: Final = {
    "login": Entry("login", "Log in and keep the token for the other commands."),
    "logout": Entry("login", "Forget the token of a login."),
    "whoami": Entry("login", "Print whose account it is, and what the token may do."),
    "export": Entry("export", "Write every board, section and pin to a folder.", goes_on=True),
    "images": Entry("images", "Download the pictures of your Pins.", goes_on=True),
    "analytics": Entry(
        "analytics", "Write the daily figures of Pins as a table.", goes_on="checkpoint"
    ),
    "account-analytics": Entry("analytics", "Write the daily figures of the account as a table."),
    "ads": Entry("ads", "Fetch figures of ads or all that ad accounts hold; change it."),
    "catalog": Entry("catalog", "Keep the items of a catalog, and see what is wrong there."),
    "audiences": Entry("audiences", "Keep customer lists in step with a table."),
    "leads": Entry("leads", "Fetch what people answered to the forms of ads."),
    "events": Entry("events", "Send conversion events, or say what would be sent."),
    "boards": Entry("pins", "List the boards, or find one."),
    "pins": Entry("pins", "Make Pins of rows, or of a video."),
    "call": Entry("call", "Call any operation and print its response as JSON."),
    "operations": Entry("call", "List the operations of the API."),
    "mcp": Entry("mcp", "Offer the API to an assistant, by the Model Context Protocol."),
    "limits": Entry("limits", "Print the rate limits that Pinterest names."),
    "doctor": Entry("doctor", "Print how Pinterest answers, to paste into an issue."),
    "emulator": Entry("emulator", "Run a Pinterest of your own on this machine."),
}


class Commands(TyperGroup):
    """The commands, of which only the one that is used is loaded."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: dict[str, Any] = {
            name: running.Command(name, help=entry.about, rich_markup_mode=None)
            for name, entry in COMMANDS.items()
        }

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Load the command that the words begin with, and return it with the words after it."""
        if args[0] in COMMANDS:
            self.commands[args[0]] = load(args[0])
        return super().resolve_command(ctx, args)


def load(name: str) -> Any:
    """Return a command with its options."""
    entry = COMMANDS[name]
    work = getattr(import_module(f"pinterest_async.cli.{entry.module}"), name.replace("-", "_"))
    if isinstance(work, typer.Typer):
        return typer.main.get_command(work)
    one = typer.Typer(add_completion=False, rich_markup_mode=None)
    # `call` has a --help of its own, which knows the operations.
    one.command(name, cls=running.Command, add_help_option=name != "call")(
        running.command(work, goes_on=entry.goes_on)
    )
    return typer.main.get_command(one)


# Plain text: it is there at once, and no name is cut where the terminal is narrow.
app: Final[typer.Typer] = typer.Typer(
    cls=Commands,
    help="Work with Pinterest's REST API v5, after `login` or with PINTEREST_ACCESS_TOKEN.",
    epilog="Exit codes: 0 done; 1 Pinterest or the network refused; 2 the command or its "
    "configuration is wrong; 3 a job came to its end and something is missing; 130 interrupted; "
    "143 terminated.",
    rich_markup_mode=None,
    # Typer's own tracebacks would show local variables, and with them secrets.
    pretty_exceptions_enable=False,
    invoke_without_command=True,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        output.say(f"pinterest-async {__version__}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Work with Pinterest's REST API v5, after `login` or with PINTEREST_ACCESS_TOKEN."""
    running.help_without_a_command(ctx)
