"""How people name a board or a section, and which one they mean."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import msgspec

from pinterest_async.errors import PinterestError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.models import Board, BoardSection

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


def slug(name: str) -> str:
    """Return a name as addresses show it: lower case, words joined by hyphens.

    Letters of every alphabet stay; all other signs separate words, but for apostrophes, which
    vanish. Measured on public addresses: Pinterest does not document its rule.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    words = re.split(r"[\W_]+", re.sub("['\u2019`]", "", plain))
    return "-".join(word for word in words if word)


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


def choose_board(boards: Iterable[Board], ref: str) -> Board:
    """Return the board that `ref` means: an id, a name, a `user/board` path, or an address.

    They are tried in this order; a name is first compared as it is, then without regard to
    upper and lower case, at last as a slug.

    Raises:
        BoardNotFound: none of the boards answers to it; names the most similar ones.
        AmbiguousBoard: several do.
    """
    known = list({board.id: board for board in boards}.values())
    text = ref.strip()
    path = parse_path(text)
    wanted = unicodedata.normalize("NFC", text)
    folded = wanted.casefold()
    for found in (
        [board for board in known if board.id == text],
        [board for board in known if _name(board) == wanted],
        [board for board in known if _name(board).casefold() == folded],
        [board for board in known if path is not None and _is_at(board, path)],
        [board for board in known if "/" not in text and slugs(text) & slugs(_name(board))],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(board.id for board in found)
            raise AmbiguousBoard(
                f"{len(found)} boards answer to {ref!r}: give one of the ids {ids}"
            )
    near = _near(path.board if path else text, [_name(board) for board in known])
    raise BoardNotFound(f"no board of this account answers to {ref!r}{near}")


def choose_section(sections: Iterable[BoardSection], ref: str) -> BoardSection:
    """Return the section that `ref` means: an id, a name, or the slug of a name.

    Raises:
        BoardNotFound: none answers to it.
        AmbiguousBoard: several do.
    """
    known = [section for section in sections if section.id]
    text = ref.strip()
    for found in (
        [section for section in known if section.id == text],
        [section for section in known if (section.name or "") == text],
        [section for section in known if (section.name or "").casefold() == text.casefold()],
        [section for section in known if slugs(text) & slugs(section.name or "")],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(str(section.id) for section in found)
            raise AmbiguousBoard(
                f"{len(found)} sections answer to {ref!r}: give one of the ids {ids}"
            )
    near = _near(text, [section.name or "" for section in known])
    raise BoardNotFound(f"no section of this board answers to {ref!r}{near}")


def _name(board: Board) -> str:
    return unicodedata.normalize("NFC", (board.name or "").strip())


def _is_at(board: Board, path: BoardPath) -> bool:
    owner = board.owner.username if board.owner is not None else None
    if owner is not None and owner.casefold() != path.user.casefold():
        return False
    return bool(slugs(path.board) & slugs(_name(board)))


def _near(text: str, names: list[str]) -> str:
    near = difflib.get_close_matches(text, names, n=3)
    return f"; similar: {', '.join(map(repr, near))}" if near else ""
