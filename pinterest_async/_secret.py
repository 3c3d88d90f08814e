"""Text and bytes that their repr hides, so that no listing of local variables shows them.

Crash reporters and debuggers list the variables of every frame that an error went through. What is
secret travels in these through calls, logins, token requests and uploads.
"""

from __future__ import annotations

from typing import TypeVar, cast


class Secret(str):
    """A token, a code, or what authorises a request. It is its text in all but its repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<secret>"


class SecretBytes(bytes):
    """The body of a request or a response that holds secrets."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<secret>"


_Text = TypeVar("_Text")


def hidden(text: _Text) -> _Text:
    """Hide an argument; what is no text stays as it is, for its own check to refuse."""
    return cast("_Text", Secret(text)) if isinstance(text, str) else text
