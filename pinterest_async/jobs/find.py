"""Boards found by what people call them, boards that suit a Pin, and what Pinterest took away.

What older versions of the API offered, and where it is now:

| then | now |
|---|---|
| a board by `user/board` | `find_board` |
| boards that suit a Pin | `suggest_boards`, worked out here |
| follow a user | `client.user_account.follow(username)`, a beta feature |
| followers | `client.user_account.list_followers()` |
| users that I follow | `client.user_account.list_following()` |
| boards that I follow | `client.user_account.list_following_boards()` |
| topics that I follow | `client.user_account.list_followed_interests(username)` |
| follow or unfollow a board, unfollow a user | withdrawn: `NotSupportedByPinterest` |
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, NoReturn

import msgspec

from pinterest_async._mixins import slug
from pinterest_async.errors import InvalidRequest, NotFound, PinterestError
from pinterest_async.jobs._boards import choose
from pinterest_async.models import Board, Pin

if TYPE_CHECKING:
    from pinterest_async.client import Pinterest

_NAME_WEIGHT: Final = 2.0
_WORD: Final = re.compile(r"[^\W\d_]{3,}")


class NotSupportedByPinterest(PinterestError):
    """Pinterest's API once did this and has withdrawn it. Nothing was sent."""


class BoardSuggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A board that suits a Pin."""

    board: Board
    """The board."""
    score: float
    """How well it suits, above 0; comes to mean something beside the others'."""
    words: tuple[str, ...]
    """The words that it has in common with the Pin."""


async def find_board(client: Pinterest, ref: str) -> Board:
    """Find a board of the client's account by its id, name, `user/board` path or address.

    A name is compared as it is, then without regard to upper and lower case, at last as a slug
    ("Plum cakes" and `plum-cakes`). An address may lead on to a section. A board that was made
    with the slug of an earlier one has a number in its address that its name does not tell: give
    its id or name.

    An id takes one call (`boards/get`); anything else lists all boards, 250 with each call.

    Args:
        client: a client of the account; needs `boards:read`, for secret boards
            `boards:read_secret`.
        ref: what the board is called.

    Raises:
        InvalidRequest: `ref` is empty.
        BoardNotFound: no board answers to it.
        AmbiguousBoard: several boards do.
        PinterestError: as any other call.
    """
    text = ref.strip()
    if not text:
        raise InvalidRequest("the reference to a board is empty")
    if text.isascii() and text.isdigit():
        try:
            return await client.boards.get(text)
        except NotFound:
            # A board can be called "2024".
            pass
    return choose(await client.boards.list().collect(), text)


async def suggest_boards(
    client: Pinterest, pin: Pin | str, *, limit: int = 5
) -> list[BoardSuggestion]:
    """Rank the account's boards by the words that they have in common with a Pin.

    This is worked out here, from names and descriptions; Pinterest's own suggestions were withdrawn
    with version 1 of its API. A word counts for the more, the fewer boards it is in, and twice
    where it is in the board's name.

    Args:
        client: a client of the account; needs `boards:read` and, for a Pin's id, `pins:read`.
        pin: the Pin, or its id.
        limit: how many boards to give at most, 1 or more.

    Returns:
        The best first. Boards without a word in common, and the one that holds the Pin, are left
        out.

    Raises:
        InvalidRequest: `limit` is below 1.
        PinterestError: as any other call.
    """
    if limit < 1:
        raise InvalidRequest(f"limit must be 1 or more, not {limit}")
    known = await client.pins.get(pin) if isinstance(pin, str) else pin
    said = _words(known.title, known.description, known.alt_text)
    boards = [(board, _words(board.name), _words(board.description))
              async for board in client.boards.list()]  # fmt: skip
    rarity = {
        word: math.log(1 + len(boards) / max(1, sum(word in n | d for _, n, d in boards)))
        for word in said
    }
    found: list[BoardSuggestion] = []
    for board, in_name, in_description in boards:
        shared = said & (in_name | in_description)
        if not shared or board.id == known.board_id:
            continue
        score = sum(rarity[word] * (_NAME_WEIGHT if word in in_name else 1.0) for word in shared)
        found.append(
            BoardSuggestion(board=board, score=round(score, 4), words=tuple(sorted(shared)))
        )
    found.sort(key=lambda suggestion: (-suggestion.score, suggestion.board.name or ""))
    return found[:limit]


async def follow_board(_client: Pinterest, ref: str) -> NoReturn:
    """Pinterest withdrew this with version 1 of its API, and nothing takes its place.

    Raises:
        NotSupportedByPinterest: always; nothing is sent.
    """
    raise _withdrawn(f"follow the board {ref!r}")


async def unfollow_board(_client: Pinterest, ref: str) -> NoReturn:
    """Pinterest withdrew this with version 1 of its API, and nothing takes its place.

    Raises:
        NotSupportedByPinterest: always; nothing is sent.
    """
    raise _withdrawn(f"unfollow the board {ref!r}")


async def unfollow_user(_client: Pinterest, username: str) -> NoReturn:
    """Pinterest withdrew this with version 1 of its API, and nothing takes its place.

    Raises:
        NotSupportedByPinterest: always; nothing is sent.
    """
    raise _withdrawn(f"unfollow the user {username!r}")


def _withdrawn(wish: str) -> NotSupportedByPinterest:
    return NotSupportedByPinterest(
        f"cannot {wish}: Pinterest's API has no such operation any more; it has to be done on "
        "pinterest.com or in the app"
    )


def _words(*texts: str | None) -> set[str]:
    """The words of three letters or more, without the plural's s."""
    words = _WORD.findall(slug(" ".join(text for text in texts if text)))
    return {word.removesuffix("s") if len(word) > 3 else word for word in words}
