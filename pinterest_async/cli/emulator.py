"""`pinterest-async emulator`: a Pinterest on this machine, until it is interrupted."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias, get_args

import typer

from pinterest_async.cli import output, running

if TYPE_CHECKING:
    from pinterest_async.emulator import Emulator

Shell: TypeAlias = Literal["sh", "fish", "powershell"]
_SHELLS: Final[tuple[Shell, ...]] = get_args(Shell)


async def emulator(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
    sandbox_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of the sandbox, likewise.")
    ] = 0,
    files_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of uploads and downloads, likewise.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Decides what the account holds.")] = 1,
    account: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A JSON file that says what the account holds, in place of --boards and --pins.",
        ),
    ] = None,
    boards: Annotated[int, typer.Option(min=0, help="Boards of the account.")] = 40,
    pins: Annotated[int, typer.Option(min=0, help="Pins of the account, over all boards.")] = 4000,
    tier: Annotated[
        Literal["standard", "trial"], typer.Option(help="The access that the app has.")
    ] = "standard",
    windows: Annotated[
        Literal["fixed", "sliding"],
        typer.Option(help="Whether rate-limit windows follow the clock or slide."),
    ] = "fixed",
    latency: Annotated[
        float, typer.Option(min=0.0, help="Seconds that every response takes longer.")
    ] = 0.0,
    faults: Annotated[
        float,
        typer.Option(
            min=0.0, max=1.0, help="The share of requests that go wrong in ways that pass."
        ),
    ] = 0.0,
    redirect_uri: Annotated[
        list[str] | None,
        typer.Option(
            help="Where the login page may send users back to, beside what the examples and "
            "`login` use; may be given several times."
        ),
    ] = None,
    shell: Annotated[
        Shell | None,
        typer.Option(help="Whose lines go to standard output; by default those of your shell."),
    ] = None,
    as_json: running.AsJSON = False,
) -> int:
    """Run the emulator and print what a program needs to use it; Ctrl-C ends it.

    Standard output has lines to paste that point programs, and this command line, at it. The lines
    for other shells are beside them, on standard error.
    """
    import asyncio

    from pinterest_async.emulator import Emulator, LimitOptions, LoginOptions, Ports

    try:
        login = LoginOptions(redirect_uris=[*LoginOptions().redirect_uris, *(redirect_uri or ())])
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--redirect-uri") from error
    try:
        local = Emulator(
            port=port,
            ports=Ports(sandbox=sandbox_port, files=files_port),
            seed=seed,
            account=account,
            boards=boards,
            pins=pins,
            tier=tier,
            limit_options=LimitOptions(windows=windows),
            login=login,
            latency=latency,
            faults=faults,
            local_pictures=True,
        )
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--account") from error
    async with local:
        if as_json:
            said = {
                "base_url": local.base_url,
                "sandbox_base_url": local.sandbox_base_url,
                "token": local.token,
                "sandbox_token": local.sandbox_token,
                "app_id": local.app_id,
                "app_secret": local.app_secret,
                "redirect_uris": list(login.redirect_uris),
            }
            output.say_json(said)
        else:
            _tell(local, shell or _own_shell())
        await asyncio.Event().wait()
    return 0


def _tell(local: Emulator, shell: Shell) -> None:
    variables = {
        "PINTEREST_BASE_URL": local.base_url,
        "PINTEREST_ACCESS_TOKEN": local.token,
        "PINTEREST_APP_ID": local.app_id,
        "PINTEREST_APP_SECRET": local.app_secret,
    }
    output.say(*_lines(variables, shell))
    for other in _SHELLS:
        if other != shell:
            output.say(f"in {other}:", *(f"  {one}" for one in _lines(variables, other)), err=True)
    # Without the token a program logs in, or uses the login that is kept.
    output.say(
        "without PINTEREST_ACCESS_TOKEN, `pinterest-async login` works, too",
        f"sandbox: {local.sandbox_base_url}, with the token {local.sandbox_token}",
        f"in a browser: {local.base_url.removesuffix('v5')}",
        "running until Ctrl-C",
        err=True,
    )


def _lines(variables: Mapping[str, str], shell: Shell) -> list[str]:
    """Return lines that set variables, as a shell reads them."""
    if shell == "powershell":
        return [
            "$env:{} = '{}'".format(name, value.replace("'", "''"))
            for name, value in variables.items()
        ]
    form = "export {}={}" if shell == "sh" else "set -gx {} {}"
    return [form.format(name, shlex.quote(value)) for name, value in variables.items()]


def _own_shell() -> Shell:
    if os.name == "nt":
        return "powershell"
    return "fish" if Path(os.environ.get("SHELL", "")).name == "fish" else "sh"
