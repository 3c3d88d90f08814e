"""`pinterest-async emulator`: a Pinterest on this machine, until it is interrupted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from pinterest_async.cli import running


def emulator(
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
        float, typer.Option(min=0.0, help="Seconds that every answer takes longer.")
    ] = 0.0,
    faults: Annotated[
        float,
        typer.Option(
            min=0.0, max=1.0, help="The share of requests that go wrong in ways that pass."
        ),
    ] = 0.0,
    as_json: running.AsJSON = False,
) -> None:
    """Run the emulator and print what a client needs to use it; Ctrl-C ends it."""

    async def work() -> int:
        from pinterest_async.emulator import Emulator

        try:
            local = Emulator(
                port=port,
                sandbox_port=sandbox_port,
                files_port=files_port,
                seed=seed,
                account=account,
                boards=boards,
                pins=pins,
                tier=tier,
                windows=windows,
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
                }
                typer.echo(msgspec.json.encode(said).decode())
                await asyncio.Event().wait()
            typer.echo(f"export PINTEREST_BASE_URL={local.base_url}")
            typer.echo(f"export PINTEREST_ACCESS_TOKEN={local.token}")
            # For `pinterest-async login`, which this token makes unnecessary.
            typer.echo(f"app: {local.app_id} with the secret {local.app_secret}", err=True)
            typer.echo(f"sandbox: {local.sandbox_base_url}", err=True)
            typer.echo(f"in a browser: {local.base_url.removesuffix('v5')}", err=True)
            typer.echo("running until Ctrl-C", err=True)
            await asyncio.Event().wait()
        return 0

    running.run(work())
