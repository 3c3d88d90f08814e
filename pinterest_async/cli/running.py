"""What the commands share: the client that they work with, and how they end.

Exit codes: 0 done, 1 Pinterest or the network refused, 2 the command or its configuration is wrong,
3 a job came to its end and something is missing, which its report names, 130 interrupted,
143 terminated.

With --json, stdout holds JSON and nothing else, and an error is an object on stderr:
`{"error": {"type": "NotFound", "message": "...", "exit_code": 1}}`, with `status`, `code`,
`operation` and `request_id` as well where Pinterest has answered.
"""

from __future__ import annotations

import inspect
import os
import re
import signal
import sys
from collections.abc import (
    AsyncGenerator,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, TypeAlias, get_type_hints

import typer
from typer.core import TyperCommand, TyperOption

from pinterest_async.cli import output
from pinterest_async.errors import (
    APIError,
    ConfigurationError,
    InvalidRequest,
    MissingScope,
    NotFound,
    PinterestError,
)

if TYPE_CHECKING:
    from pinterest_async import Hooks, Pinterest
    from pinterest_async.auth.logins import LoginPlace
    from pinterest_async.jobs import BadRows

# What every command needs is imported here, and all else where it is used: a help, and the
# completion of a word, wait for nothing that they do not need.

FAILED: Final = 1
USAGE: Final = 2
DIFFERENCES: Final = 3
INTERRUPTED: Final = 130
TERMINATED: Final = 143

IMAGE_HOST: Final = "i.pinimg.com"
"""Where Pinterest has the pictures of Pins."""

# What is a failure's own in its reason, and makes no other reason of it: an id or an address.
_OWN: Final = re.compile(r"\[request [^\]]*\]|https?://\S+|\d{6,}")
# Typer's name of a type in a help. One of some values has a bar between them, and stays.
_TYPE: Final = re.compile(r" <([^<>|]*)>")
_TAKES: Final[Mapping[str, str]] = {
    "file": "FILE",
    "path": "FILE",
    "int": "NUMBER",
    "int range": "NUMBER",
    "float": "NUMBER",
    "float range": "NUMBER",
}
_SHOWN: Final = 10
"""Reasons of failures that people get to see; --json has all of them."""
_NAMED: Final = 3
"""Failures that are named for one reason."""
_CHOICES: Final = 5
"""Ad accounts that are named where one has to be chosen."""

GoesOn: TypeAlias = bool | str
"""Whether an interrupted run goes on when it is started again the same way; or the option that it
takes for that."""
AsJSON: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
OutFolder: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="OUT", file_okay=False, help="The folder for the files; made where it is missing."
    ),
]
AdAccount: TypeAlias = Annotated[
    str | None,
    typer.Argument(metavar="AD_ACCOUNT", help="The ad account; the only one by default."),
]
PictureHosts: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--host",
        help=f"A host that pictures may be fetched from, {IMAGE_HOST} by default; may be given "
        "several times.",
    ),
]


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
        output.say_json(as_builtins(report))
    else:
        from pinterest_async.cli import wording

        output.say(title)
        width = max([20, *map(len, figures)])
        for name, figure in figures.items():
            output.say(f"  {name:<{width}}{figure:>10}")
        for remark in remarks:
            output.say(wording.of_message(remark))
    return 0 if report.complete else DIFFERENCES


def as_builtins(report: Report) -> dict[str, Any]:
    """Return what JSON says of a report: whether it is complete, and all that it holds."""
    import msgspec

    return {"complete": report.complete, **msgspec.to_builtins(report)}


def grouped(failures: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Give a line for each reason, with the first that failed for it, and how many more did.

    Args:
        failures: who failed, and why.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    for who, why in failures:
        groups.setdefault(_OWN.sub("", why), []).append((who, why))
    for group in [*groups.values()][:_SHOWN]:
        named = ", ".join(who for who, _ in group[:_NAMED])
        others = f" and {len(group) - _NAMED:,} more" if len(group) > _NAMED else ""
        yield f"  {named}{others}: {group[0][1]}"
    rest = [*groups.values()][_SHOWN:]
    if rest:
        yield f"  and {sum(map(len, rest)):,} more for {len(rest):,} other reasons"
    if rest or any(len(group) > _NAMED for group in groups.values()):
        yield "  --json names them all"


def group(about: str) -> typer.Typer:
    """Return an empty group of commands, which prints its help when none of them is named."""
    made = typer.Typer(
        help=about, add_completion=False, rich_markup_mode=None, invoke_without_command=True
    )
    made.callback()(help_without_a_command)
    return made


def help_without_a_command(ctx: typer.Context) -> None:
    """Print the help of a group, and leave, when no command of it is named."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(USAGE)


class Command(TyperCommand):
    """A command whose help is whole and without Python's types, and whose options are given once.

    Of an option given twice the last would win without a word.
    """

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return what a list of commands says of this one, uncut: lines are broken there anyway."""
        return super().get_short_help_str(max(limit, len(self.help or "")))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write what the command takes, in the words of command lines for what Typer calls it."""
        rows: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                kind = parameter.param_type_name
                rows[kind].append((_without_types(record[0], kind), record[1]))
        for kind, listed in rows.items():
            if listed:
                with formatter.section(f"{kind.capitalize()}s"):
                    formatter.write_dl(listed)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command.

        Raises:
            UsageError: an option that takes one value is given several times.
        """
        _, _, given = self.make_parser(ctx).parse_args(args=[*args])
        seen: set[str] = set()
        for option in given:
            if not isinstance(option, TyperOption) or option.multiple or option.is_flag:
                continue
            if option.opts[0] in seen:
                ctx.fail(f"{option.opts[0]} is given twice")
            seen.add(option.opts[0])
        return super().parse_args(ctx, args)


def _without_types(name: str, kind: str) -> str:
    """Return how a help names a parameter, with TEXT, NUMBER or FILE where Typer tells its type."""
    if kind == "argument":
        return _TYPE.sub("", name)
    return _TYPE.sub(lambda match: f" {_TAKES.get(match[1], 'TEXT')}", name)


def command(
    work: Callable[..., Coroutine[Any, Any, int]], *, goes_on: GoesOn = False
) -> Callable[..., None]:
    """Make a command for Typer of a coroutine function that returns an exit code.

    A parameter whose type is a dataclass, such as `Connection`, becomes an option for each field.

    Args:
        work: the coroutine function.
        goes_on: what it takes for an interrupted run to go on.
    """
    options: list[inspect.Parameter] = []
    groups: dict[str, type[Any]] = {}
    for parameter in inspect.signature(work, eval_str=True).parameters.values():
        if isinstance(parameter.annotation, type) and is_dataclass(parameter.annotation):
            groups[parameter.name] = parameter.annotation
            options += _options(parameter.annotation)
        else:
            options.append(parameter)
    # Arguments come before options; within both the order stays.
    options.sort(key=lambda option: option.kind)

    def command(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        run(work(**given), advice=_way_on(goes_on, given), options=_typed(options))

    command.__name__, command.__doc__ = work.__name__, work.__doc__
    command.__annotations__ = {option.name: option.annotation for option in options}
    command.__dict__["__signature__"] = inspect.Signature(options)
    return command


def _way_on(goes_on: GoesOn, given: Mapping[str, object]) -> str | None:
    """Say how an interrupted run is gone on with, None where it is not."""
    if goes_on is False:
        return None
    if goes_on is True or given[goes_on] is not None:
        return "the same command goes on where it was"
    return f"nothing of it is kept: with --{goes_on} FILE the same command would go on"


def _typed(parameters: Iterable[inspect.Parameter]) -> dict[str, str]:
    """Return the options of a command by the names of its arguments."""
    found: dict[str, str] = {}
    for one in parameters:
        if one.kind is inspect.Parameter.KEYWORD_ONLY:
            # Typer takes the first name of an option as its default, and sorts that out later.
            (info,) = one.annotation.__metadata__
            name = info.default if isinstance(info.default, str) else f"--{one.name}"
            found[one.name] = name.partition("/")[0].replace("_", "-")
    return found


def _options(group: type[Any]) -> Iterator[inspect.Parameter]:
    annotations = get_type_hints(group, include_extras=True)
    for field in fields(group):
        yield inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=annotations[field.name],
        )


def run(
    command: Coroutine[Any, Any, int], *, advice: str | None, options: Mapping[str, str]
) -> None:
    """Run a command to its end and leave with its exit code; errors become one line on stderr.

    Args:
        command: the command.
        advice: what is said when it was interrupted, if anything.
        options: the options that it takes, by the names of its arguments.
    """
    import asyncio

    try:
        code = asyncio.run(_until_terminated(command))
    except KeyboardInterrupt:
        code = complain("interrupted", INTERRUPTED)
    except _Terminated:
        code = complain("terminated", TERMINATED)
    except FileExistsError as error:
        code = complain(error, USAGE)
    except PinterestError as error:
        # What is a ValueError, too, is wrong in itself: nothing was sent.
        wrong = isinstance(error, ConfigurationError | ValueError)
        code = complain(error, USAGE if wrong else FAILED, options=options)
    except BrokenPipeError:
        # Whoever read along has had enough; Typer ends it quietly.
        raise
    except OSError as error:
        # A full disk, a folder that may not be written, a port that is taken.
        code = complain(error, FAILED)
    if advice is not None and code in (INTERRUPTED, TERMINATED) and not json_is_asked_for():
        output.say(advice, err=True)
    raise typer.Exit(code)


async def _until_terminated(command: Coroutine[Any, Any, int]) -> int:
    """Run a command, and cancel it on SIGTERM, so that it ends as it does on Ctrl-C.

    A process with the id 1, as in a container, would not heed a signal without a handler at all.
    """
    import asyncio

    task = asyncio.ensure_future(command)
    terminated = False

    def terminate() -> None:
        nonlocal terminated
        terminated = True
        task.cancel()

    # Windows has no such handlers, and threads may not set them.
    with suppress(NotImplementedError, RuntimeError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
    try:
        return await task
    except asyncio.CancelledError:
        if not terminated:
            raise
        raise _Terminated from None


def complain_of_words(error: Any) -> int:
    """Say what is wrong with the words of a command, and where they are explained."""
    message = error.format_message()
    if not json_is_asked_for() and error.ctx is not None:
        from pinterest_async.cli import wording

        said = wording.of_typer(message)
        message = f"{said.rstrip('.')}; see `{error.ctx.command_path} --help`"
    return complain(message, error.exit_code, kind=type(error).__name__)


def complain(
    error: Exception | str,
    code: int,
    *,
    kind: str | None = None,
    options: Mapping[str, str] | None = None,
) -> int:
    """Say on stderr what is wrong, in a line of words or of JSON; return the exit code.

    Args:
        error: the error, or words for it.
        code: the exit code.
        kind: what JSON names it; by default the error's own type.
        options: the options of the command, by the names of its arguments.
    """
    said = described(error, kind=kind)
    if json_is_asked_for():
        output.say_json({"error": {**said, "exit_code": code}}, err=True)
    else:
        from pinterest_async.cli import wording

        words = wording.of_error(error, str(said["message"]), options)
        output.say(f"pinterest-async: {words}", err=True)
    return code


def described(error: Exception | str, *, kind: str | None = None) -> dict[str, object]:
    """Return what JSON says of an error: its type and message, and what Pinterest said beside it.

    Args:
        error: the error, or words for it.
        kind: the type; by default the error's own.
    """
    notes: list[str] = getattr(error, "__notes__", [])
    kind = kind or (error.capitalize() if isinstance(error, str) else type(error).__name__)
    message = " ".join("; ".join([str(error), *notes]).split())
    said: dict[str, object] = {"type": kind, "message": message}
    if isinstance(error, APIError):
        for name in ("status", "code", "operation", "request_id"):
            said[name] = getattr(error, name)
        # Only what there is, so that the usual line stays short.
        for name in ("details", "hint", "retry_after", "retry_at", "required_scopes"):
            if value := getattr(error, name, None):
                said[name] = value
        if error.may_have_applied:
            said["may_have_applied"] = True
    return said


def complain_of_rows(error: BadRows, *, as_json: bool, done: str) -> int:
    """Say which rows of a file are wrong, as JSON or for people; return the exit code.

    Args:
        error: what the job has raised.
        as_json: whether JSON alone is printed.
        done: what was not done, such as `made`.
    """
    if as_json:
        output.say_json({"total": error.total, "bad": error.rows})
        return USAGE
    wrong = ((f"line {row.line}", "; ".join(row.problems)) for row in error.rows)
    from pinterest_async.cli import wording

    output.say(*(wording.of_message(line) for line in grouped(wrong)), err=True)
    output.say(
        f"pinterest-async: {len(error.rows)} of {error.total} rows are wrong, and nothing was "
        f"{done}",
        err=True,
    )
    return USAGE


def json_is_asked_for() -> bool:
    """Whether --json is among the words of the command, which may be wrong otherwise."""
    return "--json" in sys.argv[1:]


class _Terminated(BaseException):
    """SIGTERM has ended a command."""


async def ad_accounts(client: Pinterest) -> list[str]:
    """Return the ad accounts that the login sees.

    Raises:
        InvalidRequest: there is none.
    """
    found = [str(one.id) async for one in client.ad_accounts.list()]
    if not found:
        raise InvalidRequest("this login sees no ad account")
    return found


async def only_ad_account(client: Pinterest, named: str | None) -> str:
    """Return the ad account to work in: the one that is named, or the only one there is.

    Raises:
        InvalidRequest: there is none, or one has to be chosen.
    """
    if named:
        return named
    found = await ad_accounts(client)
    if len(found) > 1:
        more = ", ..." if len(found) > _CHOICES else ""
        raise InvalidRequest(
            f"this login sees {len(found)} ad accounts: name one of them behind the file: "
            f"{', '.join(found[:_CHOICES])}{more}"
        )
    return found[0]


class Report(Protocol):
    """What a job says at its end: a struct of msgspec."""

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        ...


@dataclass(frozen=True, kw_only=True)
class LoginOptions:
    """The options that say which login a command works with."""

    account: Annotated[
        str | None,
        typer.Option(
            "--account",
            metavar="NAME",
            help="The login, where there are several: before PINTEREST_ACCESS_TOKEN, and that "
            "before PINTEREST_ACCOUNT; else 'default'.",
        ),
    ] = None
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Use Pinterest's sandbox; its tokens are its own.")
    ] = False
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Another address, for example of an emulator.")
    ] = None

    @property
    def place(self) -> LoginPlace:
        """Where the login is."""
        from pinterest_async.auth import logins

        return logins.place(sandbox=self.sandbox or None, base_url=self.base_url)

    @property
    def login(self) -> str:
        """The name of the login."""
        from pinterest_async.auth import logins

        return logins.name_of(self.account)

    @property
    def takes_login(self) -> bool:
        """Whether the token is a login's, and not that of PINTEREST_ACCESS_TOKEN."""
        token = os.environ.get("PINTEREST_ACCESS_TOKEN", "").strip()
        return self.account is not None or not token

    @asynccontextmanager
    async def client(self, *, hooks: Hooks | None = None) -> AsyncGenerator[Pinterest, None]:
        """Open the client of the login.

        A token is no argument: it would stand in the shell's history and in the list of processes.

        Args:
            hooks: who listens to what it does.
        """
        from pinterest_async import Pinterest
        from pinterest_async.auth.logins import KeptLogin

        place = self.place
        if not self.takes_login:
            async with Pinterest.from_env(base_url=place.base_url, hooks=hooks) as client:
                with _advice(place, None):
                    yield client
            return
        credentials = KeptLogin(place, self.login)
        # Before a job makes a file.
        await credentials.opened()
        async with (
            aclosing(place.limits) as limits,
            Pinterest(credentials, base_url=place.base_url, limits=limits, hooks=hooks) as client,
        ):
            with _advice(place, self.login):
                yield client


@contextmanager
def _advice(place: LoginPlace, login: str | None) -> Generator[None, None, None]:
    """Say with an error what would mend it: another login, or another address."""
    try:
        yield
    except MissingScope as error:
        from pinterest_async.auth.logins import command_for

        if login is not None:
            command = command_for(login, error.required_scopes, sandbox=place.sandbox)
            error.add_note(f"get it with `{command}`")
        raise
    except NotFound as error:
        if not place.base_url.endswith("/v5"):
            error.add_note(f"the base URL usually ends with /v5, unlike {place.base_url}")
        raise


@dataclass(frozen=True, kw_only=True)
class Connection(LoginOptions):
    """The options that say what a command works with: a login, or an emulator of its own."""

    emulator: Annotated[
        bool,
        typer.Option(
            "--emulator", help="Use a seeded account on this machine: no token, no network."
        ),
    ] = False
    ad_account: Annotated[
        str | None,
        typer.Option("--ad-account", metavar="ID", help="Act as the owner of this ad account."),
    ] = None

    @asynccontextmanager
    async def client(
        self, *, hooks: Hooks | None = None, local_pictures: bool = False
    ) -> AsyncGenerator[Pinterest, None]:
        """Open the client, for the owner of an ad account where one is named.

        Args:
            hooks: who listens to what it does.
            local_pictures: whether the emulator has the pictures of its Pins, on localhost.
        """
        opened = super().client(hooks=hooks)
        if self.emulator:
            opened = self._emulated(hooks=hooks, local_pictures=local_pictures)
        async with opened as client:
            if self.ad_account is None:
                yield client
            else:
                yield client.acting_as(ad_account_id=self.ad_account)

    @asynccontextmanager
    async def _emulated(
        self, *, hooks: Hooks | None, local_pictures: bool
    ) -> AsyncGenerator[Pinterest, None]:
        if self.sandbox or self.base_url is not None or self.account is not None:
            raise ConfigurationError(
                "--emulator cannot be combined with --account, --sandbox or --base-url"
            )
        from pinterest_async import Pinterest
        from pinterest_async.emulator import Emulator

        async with (
            Emulator(local_pictures=local_pictures) as local,
            Pinterest(local.token, base_url=local.base_url, hooks=hooks) as client,
        ):
            yield client

    def picture_hosts(self, given: list[str] | None) -> Sequence[str]:
        """Return the hosts that pictures may be fetched from; an emulator's are on this machine."""
        return given or (("localhost",) if self.emulator else (IMAGE_HOST,))
