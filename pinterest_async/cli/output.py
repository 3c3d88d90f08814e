r"""The one place where lines leave the command line.

Names of boards, messages of servers and ids of requests are other people's words. A terminal obeys
some of their characters: it moves, rewrites or hides what was printed. They are shown here instead,
as `\x1b` in words and as `\u001b` in JSON, which is the same value to whoever reads it.
"""

from __future__ import annotations

import codecs
import io
import logging
import re
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, ParamSpec, TypeVar

import typer

P = ParamSpec("P")
T = TypeVar("T")

# Control characters of both sets, the ends of lines and paragraphs, what turns the direction of
# writing, and surrogates, which have no bytes.
_OBEYED: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)

_WRITTEN_OUT: Final = "pinterest_async.written_out"


def speak_any_encoding() -> None:
    r"""Have stdout and stderr write out what their encoding has no bytes for.

    A terminal of Windows, or one in the locale C, may know a few hundred characters alone. Written
    out as `\u2026` they are the same value in JSON.
    """
    codecs.register_error(_WRITTEN_OUT, _written_out)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_WRITTEN_OUT)


def _written_out(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{unit}" for unit in units.hex(" ", 2).split()), error.end


def visible(text: str) -> str:
    """Return `text` with the characters that a terminal would obey written out, newlines too."""
    return _OBEYED.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def say(*lines: str, err: bool = False) -> None:
    """Print lines for people to stdout, or to stderr."""
    for line in lines:
        typer.echo(visible(line), err=err)


def say_json(value: object, *, err: bool = False, indent: bool = False) -> None:
    """Print a value as one line of JSON to stdout, or to stderr; indented on several."""
    text = json_line(value)
    if indent:
        import msgspec

        text = msgspec.json.format(text)
    typer.echo(text, err=err)


def json_line(value: object) -> str:
    """Return a value as JSON without a character that a terminal would obey."""
    # Late, as all that is not needed for a help.
    import msgspec

    encoded = msgspec.json.encode(value).decode()
    return _OBEYED.sub(lambda match: f"\\u{ord(match[0]):04x}", encoded)


@asynccontextmanager
async def progress_line(
    first: str, text: Callable[P, str], *, quiet: bool
) -> AsyncGenerator[Callable[P, None] | None, None]:
    """Give a callback that shows a line, or None where stderr is no terminal.

    Args:
        first: what is shown to begin with.
        text: makes the line of what the callback is given.
        quiet: whether nothing is shown in any case.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status(first) as status:

        def show(*given: P.args, **named: P.kwargs) -> None:
            status.update(text(*given, **named))

        yield show


@asynccontextmanager
async def progress_bar(
    first: str, unit: str, fields: Callable[[T], Mapping[str, Any]], *, quiet: bool
) -> AsyncGenerator[Callable[[T], None] | None, None]:
    """Give a callback that draws a bar, or None where stderr is no terminal.

    Args:
        first: what stands before the bar to begin with.
        unit: what is counted.
        fields: what is new of the bar, of `completed`, `total` and `description`, after what the
            callback is given.
        quiet: whether nothing is shown in any case.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(first, total=None)

        def show(now: T) -> None:
            progress.update(task, **fields(now))

        yield show


class Screen:
    """A file for `csv` that stands for stdout.

    Each row comes as one text that ends with a newline.
    """

    def write(self, row: str) -> Any:
        """Print a row."""
        return sys.stdout.write(f"{visible(row.removesuffix(chr(10)))}\n")


class LogHandler(logging.Handler):
    """Prints what the package logs, where nobody else has taken it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record to stderr, as a line."""
        say(self.format(record), err=True)
