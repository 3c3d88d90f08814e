"""How people name a board or a section, and which one they mean."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import unquote, urlsplit

import msgspec

from pinterest_async._mixins import slug
from pinterest_async.errors import PinterestError
from pinterest_async.models import Board, BoardSection

if TYPE_CHECKING:
    from collections.abc import Iterable

P = TypeVar("P", Board, BoardSection)

_HOST = re.compile(r"(?:[a-z0-9-]+\.)*pinterest(?:\.[a-z]{2,3}){1,2}", re.IGNORECASE)
# What stands where a user's name does, and is none.
_NOT_USERS = frozenset({"pin", "search", "ideas", "today", "settings", "business"})


class BoardNotFound(PinterestError, LookupError):
    """No board, or no section of the board, answers to the reference."""


class AmbiguousBoard(PinterestError, LookupError):
    """Several boards, or sections, answer to the reference: give the id instead."""


class BoardPath(msgspec.Struct, frozen=True):
    """What a `user/board` path or an address of a board says."""

    user: str
    board: str
    section: str | None = None


def slugs(name: str) -> frozenset[str]:
    """Return the slugs that a name may have: with its accents, and without them."""
    decomposed = unicodedata.normalize("NFKD", name)
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return frozenset({slug(name), slug(bare)} - {""})


def parse_path(ref: str) -> BoardPath | None:
    """Read a `user/board` or `user/board/section` path, or an address of Pinterest's.

    Returns:
        None where it is neither.
    """
    text = ref.strip()
    if "://" in text:
        try:
            parts = urlsplit(text)
        except ValueError:
            return None
        if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.hostname or ""):
            return None
        path = parts.path
    else:
        head, _, rest = text.partition("/")
        path = rest if _HOST.fullmatch(head) else text
    steps = [unquote(step).strip() for step in path.strip("/").split("/")]
    if not 2 <= len(steps) <= 3 or not all(steps) or steps[0].casefold() in _NOT_USERS:
        return None
    return BoardPath(steps[0], steps[1], steps[2] if len(steps) == 3 else None)


def choose(places: Iterable[P], ref: str, *, what: Literal["board", "section"] = "board") -> P:
    """Return the board or the section that `ref` means.

    An id, a name, for a board a `user/board` path or an address, and the slug of a name are tried
    in this order; a name is first compared as it is, then without regard to upper and lower case.

    Args:
        places: the boards of the account, or the sections of one board; what has no id is none.
        ref: what stands for one of them.
        what: which of the two they are.

    Raises:
        BoardNotFound: none of them answers to it; names the most similar ones.
        AmbiguousBoard: several do.
    """
    known = list({place.id: place for place in places if place.id}.values())
    text = ref.strip()
    path = parse_path(text) if what == "board" else None
    wanted = unicodedata.normalize("NFC", text)
    folded = wanted.casefold()
    for found in (
        [place for place in known if place.id == text],
        [place for place in known if _name(place) == wanted],
        [place for place in known if _name(place).casefold() == folded],
        [place for place in known if path is not None and _is_at(place, path)],
        [place for place in known if "/" not in text and slugs(text) & slugs(_name(place))],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(str(place.id) for place in found)
            raise AmbiguousBoard(
                f"{len(found)} {what}s answer to {ref!r}: give one of the ids {ids}"
            )
    near = _near(path.board if path else text, [_name(place) for place in known])
    of_which = "this account" if what == "board" else "this board"
    raise BoardNotFound(f"no {what} of {of_which} answers to {ref!r}{near}")


def _name(place: Board | BoardSection) -> str:
    return unicodedata.normalize("NFC", (place.name or "").strip())


def _is_at(place: Board | BoardSection, path: BoardPath) -> bool:
    owner = place.owner if isinstance(place, Board) else None
    username = None if owner is None else owner.username
    if username is not None and username.casefold() != path.user.casefold():
        return False
    return bool(slugs(path.board) & slugs(_name(place)))


def _near(text: str, names: list[str]) -> str:
    near = difflib.get_close_matches(text, names, n=3)
    return f"; similar: {', '.join(map(repr, near))}" if near else ""
