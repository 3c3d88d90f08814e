"""What the commands share: the client that they work with, and how they end.

Exit codes: 0 done, 1 Pinterest or the network refused, 2 the command or its configuration is wrong,
3 a job came to its end and something is missing, which its report names, 130 interrupted.

With --json, stdout holds JSON and nothing else, and an error is an object on stderr:
`{"error": {"type": "NotFound", "message": "...", "exit_code": 1}}`, with `status`, `code`,
`operation` and `request_id` as well where Pinterest has answered.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final, Protocol, TypeAlias

import msgspec
import typer

from pinterest_async import (
    APIError,
    ConfigurationError,
    InvalidRequest,
    Pinterest,
    PinterestError,
)
from pinterest_async.cli import logins
from pinterest_async.jobs import BadPicture, BadRows
from pinterest_async.jobs.images import IMAGE_HOST

FAILED: Final = 1
USAGE: Final = 2
DIFFERENCES: Final = 3
INTERRUPTED: Final = 130

_SHOWN: Final = 10
"""Lines of a list that people get to see; --json has all of them."""

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
AdAccount: TypeAlias = Annotated[
    str | None,
    typer.Option("--ad-account", metavar="ID", help="Act as the owner of this ad account."),
]
PictureHosts: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--host",
        help=f"A host that pictures may be fetched from, {IMAGE_HOST} by default; may be given "
        "several times.",
    ),
]


class Report(Protocol):
    """What a job says at its end: a struct of msgspec."""

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        ...


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
    ad_account: str | None = None,
    local_pictures: bool = False,
) -> AsyncGenerator[Pinterest, None]:
    """Open the client that a command works with, for the owner of an ad account where one is named.

    The token comes from PINTEREST_ACCESS_TOKEN, else from a login. It is no argument: that would
    stand in the shell's history and in the list of processes.

    Args:
        emulator: whether to run an emulator for this command, and use it.
        sandbox: whether to use Pinterest's sandbox.
        base_url: another address.
        account: the name of the login.
        ad_account: whose owner to act as.
        local_pictures: whether that emulator has the pictures of its Pins, on localhost.
    """
    if not emulator:
        where = logins.place(sandbox=sandbox, base_url=base_url)
        if token_in_environment():
            async with Pinterest.from_env(base_url=where.base_url) as client:
                yield _acting(client, ad_account)
            return
        credentials = await logins.credentials_of(where, account)
        if credentials is None:
            raise ConfigurationError(
                f"there is no login {account!r} for {where.base_url}: run `pinterest-async login`, "
                "or set PINTEREST_ACCESS_TOKEN"
            )
        async with Pinterest(credentials, base_url=where.base_url) as client:
            yield _acting(client, ad_account)
        return
    if sandbox or base_url is not None:
        raise ConfigurationError("--emulator cannot be combined with --sandbox or --base-url")
    from pinterest_async.emulator import Emulator

    async with (
        Emulator(local_pictures=local_pictures) as local,
        Pinterest(local.token, base_url=local.base_url) as client,
    ):
        yield _acting(client, ad_account)


def _acting(client: Pinterest, ad_account: str | None) -> Pinterest:
    return client if ad_account is None else client.acting_as(ad_account_id=ad_account)


def conclude(
    report: Report,
    *,
    as_json: bool,
    title: str,
    figures: Mapping[str, object],
    remarks: Iterable[str] = (),
) -> int:
    """Print a report, as JSON alone or for people, and return the exit code that it comes to."""
    if as_json:
        typer.echo(msgspec.json.encode(as_builtins(report)).decode())
    else:
        typer.echo(title)
        width = max([20, *map(len, figures)])
        for name, figure in figures.items():
            typer.echo(f"  {name:<{width}}{figure:>10}")
        for remark in remarks:
            typer.echo(remark)
    return 0 if report.complete else DIFFERENCES


def as_builtins(report: Report) -> dict[str, Any]:
    """Return what JSON says of a report: whether it is complete, and all that it holds."""
    return {"complete": report.complete, **msgspec.to_builtins(report)}


def shown(lines: Iterable[str]) -> Iterator[str]:
    """Give the first lines of a list, and say how many more there are."""
    rest = 0
    for number, line in enumerate(lines):
        if number < _SHOWN:
            yield line
        else:
            rest += 1
    if rest:
        yield f"  and {rest} more; --json names them all"


def picture_hosts(given: list[str] | None, *, emulator: bool) -> Sequence[str]:
    """Return the hosts that pictures may be fetched from; the emulator's are on this machine."""
    return given or (("localhost",) if emulator else (IMAGE_HOST,))


def run(command: Coroutine[Any, Any, int]) -> None:
    """Run a command to its end and leave with its exit code; errors become one line on stderr."""
    try:
        code = asyncio.run(command)
    except KeyboardInterrupt:
        code = complain("interrupted", INTERRUPTED)
    except (ConfigurationError, InvalidRequest, BadRows, BadPicture, FileExistsError) as error:
        code = complain(error, USAGE)
    except PinterestError as error:
        code = complain(error, FAILED)
    except BrokenPipeError:
        # Whoever read along has had enough; Typer ends it quietly.
        raise
    except OSError as error:
        # A full disk, a folder that may not be written, a port that is taken.
        code = complain(error, FAILED)
    raise typer.Exit(code)


def complain(error: Exception | str, code: int) -> int:
    """Say on stderr what is wrong, in a line of words or of JSON; return the exit code."""
    message = " ".join(str(error).split())
    if not json_is_asked_for():
        typer.echo(f"pinterest-async: {message}", err=True)
        return code
    kind = "Interrupted" if isinstance(error, str) else type(error).__name__
    said: dict[str, object] = {"type": kind, "message": message, "exit_code": code}
    if isinstance(error, APIError):
        for name in ("status", "code", "operation", "request_id"):
            said[name] = getattr(error, name)
    typer.echo(msgspec.json.encode({"error": said}).decode(), err=True)
    return code


def json_is_asked_for() -> bool:
    """Whether --json is among the words of the command, which may be wrong otherwise."""
    return "--json" in sys.argv[1:]
