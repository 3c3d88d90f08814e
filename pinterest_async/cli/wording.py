"""How the command line says what the library, Typer and the system say.

The library speaks of arguments, since programs call it; Typer, of types. Whoever types a command
reads of options and of commands. JSON keeps the words that a program gets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pinterest_async.errors import APIError, MissingScope

# How jobs name an argument together with its option, as in: pass update=True (--update).
_ARGUMENT: Final = re.compile(r"(pass )?\b[a-z_]+(?:=True)? \((--[a-z-]+)\)")
# An argument that is no word of prose: it has an underscore, or begins a sentence about it.
_NAME: Final = re.compile(
    r"(?<![\w'`.=/-])(?:[a-z]+(?:_[a-z]+)+|\A[a-z]+(?= (?:has no|must be) ))(?![\w'`.=(-])"
)
_CODES: Final[Mapping[str, str]] = {
    "%Y": "YYYY",
    "%m": "MM",
    "%d": "DD",
    "%H": "HH",
    "%M": "MM",
    "%S": "SS",
    "%z": "+HH:MM",
}

_Table = Sequence[tuple[str, str]]

_LIBRARYS: Final[_Table] = (
    (r"pass RequestOptions\(check_body=False\)", "give --unchecked"),
    (r"try it with Pinterest\(\.\.\., sandbox=True\)", "try it with --sandbox"),
    (r"pass sandbox=True", "give --sandbox"),
    (r"pass sandbox=False", "leave --sandbox out"),
    (
        r"leave ad_account_id out, or take one that ad_accounts\.list\(\) shows",
        "leave the ad account out, or take one that `pinterest-async call ad_accounts.list` shows",
    ),
    (r"make one with catalogs\.create", "make one with `pinterest-async call catalogs.create`"),
    (r"; or pass format, one of [\w, ]+", ""),
    # aiohttp tells how it would have encrypted, and the address once more.
    (r" ssl:\S+ \[([^\](]+?)(?: \([^)]*\))?\]", r": \1"),
)
_TYPERS: Final[_Table] = (
    (r"Value error, ", ""),
    (r"Input should be a valid integer(, .*?string as an integer)?", "it must be a whole number"),
    (r"Input should be a valid number(, .*?string as a number)?", "it must be a number"),
    (r"Input should be greater than or equal to (\S+)", r"it must be \1 or more"),
    (r"Input should be less than or equal to (\S+)", r"it must be \1 or less"),
    (r"is not a valid int(eger)?( range)?", "is not a whole number"),
    (r"is not a valid float( range)?", "is not a number"),
)


def of_error(error: Exception | str, message: str, options: Mapping[str, str] | None = None) -> str:
    """Return the words for an error.

    Args:
        error: the error, or its words.
        message: what JSON says of it.
        options: the options of the command, by the names of its arguments.
    """
    if isinstance(error, OSError) and error.strerror:
        where = "" if error.filename is None else f"{error.filename}: "
        return "; ".join([f"{where}{error.strerror}", *getattr(error, "__notes__", [])])
    if isinstance(error, MissingScope) and getattr(error, "__notes__", None):
        # The note has the command for this login, which asks for what it has as well.
        message = message.replace(f" ({error.hint})", "", 1)
    message = of_message(message)
    if options and not isinstance(error, APIError):
        message = _NAME.sub(lambda match: options.get(match[0], match[0]), message)
    return message


def of_message(message: str) -> str:
    """Return a message of the library with options in place of arguments."""
    message = _ARGUMENT.sub(lambda match: f"{'give ' if match[1] else ''}{match[2]}", message)
    return _replaced(message, _LIBRARYS)


def of_typer(message: str) -> str:
    """Return what Typer says of a wrong value without its types and its codes of dates."""
    said, formats, codes = message.partition("does not match the formats ")
    for code, letters in _CODES.items():
        codes = codes.replace(code, letters)
    return _replaced(f"{said}{formats}{codes}", _TYPERS)


def _replaced(message: str, table: _Table) -> str:
    for wanted, instead in table:
        message = re.sub(wanted, instead, message)
    return message
