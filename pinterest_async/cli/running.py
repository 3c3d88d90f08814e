"""What the commands share: the client that they work with, and how they end.

Exit codes: 0 done, 1 Pinterest or the network refused, 2 the command or its configuration is wrong,
3 an export finished and differs from what Pinterest said there is, 130 interrupted.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final, TypeAlias

import typer

from pinterest_async import ConfigurationError, InvalidRequest, Pinterest, PinterestError
from pinterest_async.cli import logins
from pinterest_async.client import ClientOptions

FAILED: Final = 1
USAGE: Final = 2
DIFFERENCES: Final = 3
INTERRUPTED: Final = 130

UseEmulator: TypeAlias = Annotated[
    bool,
    typer.Option("--emulator", help="Use a seeded account on this machine: no token, no network."),
]
UseSandbox: TypeAlias = Annotated[
    bool, typer.Option("--sandbox", help="Use Pinterest's sandbox; its tokens are its own.")
]
BaseURL: TypeAlias = Annotated[
    str | None, typer.Option("--base-url", help="Another address, for example of an emulator.")
]
AsJSON: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def token_in_environment() -> bool:
    """Whether the token is in PINTEREST_ACCESS_TOKEN, which comes before any login."""
    return bool(os.environ.get("PINTEREST_ACCESS_TOKEN", "").strip())


@asynccontextmanager
async def connect(
    *,
    emulator: bool = False,
    sandbox: bool = False,
    base_url: str | None = None,
    account: str = logins.ACCOUNT,
) -> AsyncGenerator[Pinterest, None]:
    """Open the client that a command works with.

    The token comes from PINTEREST_ACCESS_TOKEN, else from a login. It is no argument: that would
    stand in the shell's history and in the list of processes.
    """
    if not emulator:
        options: ClientOptions = {}
        if sandbox:
            options["sandbox"] = True
        if base_url is not None:
            options["base_url"] = base_url
        if token_in_environment():
            async with Pinterest.from_env(**options) as client:
                yield client
            return
        where = logins.place(sandbox=sandbox, base_url=base_url)
        credentials = await logins.credentials_of(where, account)
        if credentials is None:
            raise ConfigurationError(
                f"there is no login {account!r} for {where.base_url}: run `pinterest-async login`, "
                "or set PINTEREST_ACCESS_TOKEN"
            )
        async with Pinterest(credentials, base_url=where.base_url) as client:
            yield client
        return
    if sandbox or base_url is not None:
        raise ConfigurationError("--emulator cannot be combined with --sandbox or --base-url")
    from pinterest_async.emulator import Emulator

    async with (
        Emulator() as local,
        Pinterest(local.token, base_url=local.base_url) as client,
    ):
        yield client


def run(command: Coroutine[Any, Any, int]) -> None:
    """Run a command to its end and leave with its exit code; errors become one line on stderr."""
    try:
        code = asyncio.run(command)
    except KeyboardInterrupt:
        code = _complain("interrupted", INTERRUPTED)
    except (ConfigurationError, InvalidRequest, FileExistsError) as error:
        code = _complain(str(error), USAGE)
    except PinterestError as error:
        code = _complain(str(error), FAILED)
    except OSError as error:
        # A full disk, a folder that may not be written, a port that is taken.
        code = _complain(str(error), FAILED)
    raise typer.Exit(code)


def _complain(message: str, code: int) -> int:
    typer.echo(f"pinterest-async: {' '.join(message.split())}", err=True)
    return code
