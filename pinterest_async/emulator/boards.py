"""Boards."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import msgspec

from pinterest_async.emulator import checks
from pinterest_async.emulator.account import Board, Privacy
from pinterest_async.emulator.call import NO_CONTENT, Call, Reply
from pinterest_async.emulator.pins import page_of_pins
from pinterest_async.emulator.refusals import board_not_found, no_room

if TYPE_CHECKING:
    from collections.abc import Mapping

_PRIVACY: Mapping[str, Privacy] = {privacy: privacy for privacy in get_args(Privacy)}
_FILTERS: dict[str, frozenset[str]] = {
    "ALL": frozenset(_PRIVACY),
    "PUBLIC": frozenset({"PUBLIC"}),
    "PROTECTED": frozenset({"PROTECTED"}),
    "SECRET": frozenset({"SECRET"}),
    "PUBLIC_AND_SECRET": frozenset({"PUBLIC", "SECRET"}),
}


def find(call: Call, board_id: str, *, write: bool = False) -> Board:
    """The board with this id.

    Raises:
        Refusal: 404 code 40; 401 code 3 for a secret board without the scope for those.
    """
    board = call.account.boards.get(board_id)
    if board is None:
        raise board_not_found()
    if board.privacy == "SECRET":
        call.need("boards:write_secret" if write else "boards:read_secret")
    return board


def visible(call: Call, privacy: frozenset[str] = _FILTERS["ALL"]) -> list[int]:
    """The boards that the token may see, oldest first."""
    if "boards:read_secret" not in call.scopes:
        privacy -= {"SECRET"}
    boards = call.account.boards.values()
    return [int(board.id) for board in boards if board.privacy in privacy]


def list_boards(call: Call) -> Reply:
    """The boards that the token may see, newest first."""
    asked = checks.query_choice(call.query, "privacy", _FILTERS) or "ALL"
    keys = visible(call, _FILTERS[asked])
    return Reply(200, call.pages.page(call, keys, call.account.encoded_board, newest_first=True))


def get_board(call: Call) -> Reply:
    """One board."""
    board = find(call, call.path["board_id"])
    return Reply(200, call.account.encoded_board(int(board.id)))


def create_board(call: Call) -> Reply:
    """A new board."""
    body = checks.fields(call.body)
    name = checks.required_text(body, "name")
    description = checks.text(body, "description")
    asked = checks.choice(body, "privacy", _PRIVACY)
    for_ads = checks.flag(body, "is_ads_only", default=False)
    privacy = "PROTECTED" if for_ads else _PRIVACY[asked] if isinstance(asked, str) else "PUBLIC"
    if privacy == "SECRET":
        call.need("boards:write_secret")
    account = call.account
    if len(account.boards) >= account.boards_max:
        raise no_room("boards", account.boards_max)
    now = account.now()
    board = Board(
        id=account.new_id(),
        name=name,
        description=description if isinstance(description, str) else None,
        owner=account.owner,
        privacy=privacy,
        is_ads_only=for_ads,
        created_at=now,
        board_pins_modified_at=now,
    )
    account.add_board(board)
    return Reply(201, account.encoded_board(int(board.id)))


def update_board(call: Call) -> Reply:
    """Name, description and privacy of a board."""
    board = find(call, call.path["board_id"], write=True)
    body = checks.fields(call.body)
    name = checks.required_text(body, "name") if "name" in body else board.name
    description = checks.text(body, "description")
    privacy = checks.choice(body, "privacy", ("PUBLIC", "SECRET"))
    if privacy == "SECRET":
        call.need("boards:write_secret")
    board.name = name
    if description is None or isinstance(description, str):
        board.description = description
    if isinstance(privacy, str):
        board.privacy = _PRIVACY[privacy]
    call.account.forget_encoded(board.id)
    if board.privacy == "PROTECTED":  # a value that this answer, alone, may not hold
        answer = msgspec.to_builtins(call.account.counted_board(board.id))
        return Reply.json({key: value for key, value in answer.items() if key != "privacy"})
    return Reply(200, call.account.encoded_board(int(board.id)))


def delete_board(call: Call) -> Reply:
    """A board goes, with its sections and Pins."""
    board = find(call, call.path["board_id"], write=True)
    call.account.remove_board(board.id)
    return NO_CONTENT


def list_board_pins(call: Call) -> Reply:
    """The Pins of a board, those of its sections among them."""
    board = find(call, call.path["board_id"])
    if board.privacy == "SECRET":
        call.need("pins:read_secret")
    return page_of_pins(call, call.account.pins_of(board.id))


def search_boards(call: Call) -> Reply:
    """The boards with these words in their name or description."""
    wanted = call.query.get("query", "").casefold()
    account = call.account
    keys = [
        key
        for key in visible(call)
        if wanted in account.boards[str(key)].name.casefold()
        or wanted in (account.boards[str(key)].description or "").casefold()
    ]
    return Reply(200, call.pages.page(call, keys, account.encoded_board, newest_first=True))
