"""`pinterest-async mcp`: the API as tools of an assistant."""

from __future__ import annotations

import logging
from typing import Annotated, Final

import typer

from pinterest_async.cli import output, running
from pinterest_async.errors import ConfigurationError

_MAX_WAIT: Final = 30.0
"""Seconds that a call waits for the rate limits: who waits for a tool gives up soon after."""


async def mcp(
    *,
    write: Annotated[
        bool,
        typer.Option("--write", help="Offer what changes the account, too; by default only reads."),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Do not ask before what cannot be undone or may spend money."),
    ] = False,
    connection: running.Connection,
    _as_json: running.AsJSON = False,
) -> int:
    """Serve the operations of the API to an assistant, over stdin and stdout.

    It is started by the assistant's program. What cannot be undone or may spend money is asked
    about in that program first, and refused where that cannot ask.
    """
    try:
        from pinterest_async.cli.mcp_server import make_server
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "the command mcp needs its extra: pip install 'pinterest-async[cli,mcp]'"
        ) from error
    if yes and not write:
        raise ConfigurationError("--yes is about what --write offers: give both")
    async with connection.client() as client:
        # Or the SDK would print whatever is logged, with colours.
        logging.getLogger().addHandler(output.LogHandler(logging.WARNING))
        server = make_server(client.with_options(max_wait=_MAX_WAIT), write=write, ask=not yes)
        await server.run_stdio_async()
    return 0
