"""Bytes that are no sound JSON, mended where it is plain what they were to say.

Everything here takes time in proportion to the bytes, and none of it is loaded before it is needed.
"""

from __future__ import annotations

import math
import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from pinterest_async.hooks import Repair

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 4 * 1024 * 1024
"""Bytes that are looked through; what is longer is given up."""
# Brackets, commas and texts that are looked at in one go, for the event loop's sake: a page of 250
# Pins has a fifth of them.
_MOST_TOKENS: Final = 250_000
_DEEPEST: Final = 100
"""Levels of nesting that are kept; Pinterest has a dozen."""

_BOM: Final = b"\xef\xbb\xbf"
_BLANKS: Final = b" \t\r\n"
# A text that never ends reaches to the end of the bytes, so that each byte is looked at once.
_TEXT: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_TOKEN: Final = re.compile(_TEXT + rb"|[\[\]{},]", re.DOTALL)
_KEY: Final = re.compile(rb"\s*(" + _TEXT + rb")\s*:", re.DOTALL)
_NUMBER: Final = re.compile(
    _TEXT + rb"|(-?[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)", re.DOTALL
)
# A whole pair is matched first, so that only a surrogate without its other half is left; an
# escaped backslash is matched as well, so that what follows it is not taken for an escape.
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def mends(body: bytes) -> Iterator[tuple[bytes, Repair]]:
    """Yield `body` mended in one way after the other, each on top of those before."""
    for mend, dropped, reason in (
        (_without_mark, True, "a byte order mark was left out"),
        (with_valid_text, False, "invalid text became U+FFFD"),
        (_with_numbers_in_range, False, "a number out of range became text"),
        (_without_rest, True, "what came after the end was left out"),
        (_without_depths, True, f"what was nested deeper than {_DEEPEST} levels was left out"),
    ):
        mended = mend(body)
        if mended != body:
            body = mended
            yield body, Repair("$", dropped=dropped, reason=reason)


def with_valid_text(body: bytes) -> bytes:
    """Put U+FFFD for invalid UTF-8 and for halves of surrogate pairs."""
    return _ESCAPE.sub(_whole_escape, body.decode(errors="replace")).encode()


def split_object(body: bytes) -> tuple[list[tuple[str, bytes]], bool] | None:
    """Split an object into its members, unread.

    Returns:
        Names and values in the order in which they came, and whether there was something behind
        the object; None where it is no object, or has no end.
    """
    found = _elements(body.removeprefix(_BOM))
    if found is None or not found[1].startswith(b"{"):
        return None
    members: list[tuple[str, bytes]] = []
    for member in found[0]:
        key = _KEY.match(member)
        if key is None:
            return None
        name = key[1][1:-1].decode(errors="replace")
        members.append((name, member[key.end() :].strip(_BLANKS)))
    return members, bool(found[2])


def split_array(body: bytes) -> list[bytes] | None:
    """Split an array into its elements, unread; None where it is none."""
    found = _elements(body)
    return None if found is None or not found[1].startswith(b"[") else found[0]


def _elements(body: bytes) -> tuple[list[bytes], bytes, bytes] | None:
    """Return the elements of an array or object, all of it, and what stands behind it."""
    first = len(body) - len(body.lstrip(_BLANKS))
    if body[first : first + 1] not in (b"[", b"{"):
        return None
    elements: list[bytes] = []
    depth, begin = 0, first + 1
    for token in islice(_TOKEN.finditer(body, first), _MOST_TOKENS):
        mark = token[0]
        if mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
        elif mark == b"," and depth == 1:
            elements.append(body[begin : token.start()].strip(_BLANKS))
            begin = token.end()
        if depth == 0:
            last = body[begin : token.start()].strip(_BLANKS)
            if last or elements:
                elements.append(last)
            return elements, body[first : token.end()], body[token.end() :].strip(_BLANKS)
    return None


def _without_mark(body: bytes) -> bytes:
    return body.removeprefix(_BOM)


def _without_rest(body: bytes) -> bytes:
    found = _elements(body)
    return body if found is None or not found[2] else found[1]


def _without_depths(body: bytes) -> bytes:
    pieces: list[bytes] = []
    depth, kept = 0, 0
    for token in islice(_TOKEN.finditer(body), _MOST_TOKENS):
        mark = token[0]
        if mark in (b"[", b"{"):
            depth += 1
            if depth == _DEEPEST + 1:
                pieces.append(body[kept : token.start()])
        elif mark in (b"]", b"}"):
            if depth == _DEEPEST + 1:
                pieces.append(b"null")
                kept = token.end()
            depth -= 1
    return body if depth or not pieces else b"".join([*pieces, body[kept:]])


def _with_numbers_in_range(body: bytes) -> bytes:
    return _NUMBER.sub(_number_in_range, body)


def _number_in_range(match: re.Match[bytes]) -> bytes:
    # 400 digits and more are beyond a float, and reading thousands takes long.
    if match[1] is None or (len(match[1]) < 400 and math.isfinite(float(match[1]))):
        return match[0]
    return b'"' + match[1] + b'"'


def _whole_escape(match: re.Match[str]) -> str:
    return match[0] if match[1] is None else "\\ufffd"
