"""`pinterest-async emulator`: a Pinterest on this machine, until it is interrupted."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from pinterest_async.cli import running


def emulator(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
    seed: Annotated[int, typer.Option(help="Decides what the account holds.")] = 1,
    boards: Annotated[int, typer.Option(min=0, help="Boards of the account.")] = 40,
    pins: Annotated[int, typer.Option(min=0, help="Pins of the account, over all boards.")] = 4000,
    latency: Annotated[
        float, typer.Option(min=0.0, help="Seconds that every answer takes longer.")
    ] = 0.0,
) -> None:
    """Run the emulator and print what a client needs to use it; Ctrl-C ends it."""

    async def work() -> int:
        from pinterest_async.emulator import Emulator

        async with Emulator(
            port=port, seed=seed, boards=boards, pins=pins, latency=latency
        ) as local:
            typer.echo(f"export PINTEREST_BASE_URL={local.base_url}")
            typer.echo(f"export PINTEREST_ACCESS_TOKEN={local.token}")
            typer.echo("running until Ctrl-C", err=True)
            await asyncio.Event().wait()
        return 0

    running.run(work())
