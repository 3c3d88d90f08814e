"""Boards."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import msgspec

from pinterest_async.emulator.handlers.pins import page_of_pins
from pinterest_async.emulator.http.call import NO_CONTENT, ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import board_not_found, no_room
from pinterest_async.emulator.state.saved import Privacy, StoredBoard

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILTERS: Mapping[str, frozenset[str]] = {
    "ALL": frozenset(get_args(Privacy)),
    "PUBLIC": frozenset({"PUBLIC"}),
    "PROTECTED": frozenset({"PROTECTED"}),
    "SECRET": frozenset({"SECRET"}),
    "PUBLIC_AND_SECRET": frozenset({"PUBLIC", "SECRET"}),
}


def find(call: ApiCall, board_id: str, *, write: bool = False) -> StoredBoard:
    """The board with this id.

    Raises:
        Refusal: 404 code 40; 401 code 3 for a secret board without the scope for those.
    """
    board = call.account.saved.boards.get(board_id)
    if board is None:
        raise board_not_found()
    if board.privacy == "SECRET":
        call.need("boards:write_secret" if write else "boards:read_secret")
    return board


def visible(call: ApiCall, privacy: frozenset[str] = _FILTERS["ALL"]) -> list[int]:
    """The boards that the token may see, oldest first."""
    if "boards:read_secret" not in call.scopes:
        privacy -= {"SECRET"}
    boards = call.account.saved.boards.values()
    return [int(board.id) for board in boards if board.privacy in privacy]


def list_boards(call: ApiCall) -> Reply:
    """The boards that the token may see, newest first."""
    keys = visible(call, _FILTERS[call.query.get("privacy", "ALL")])
    return Reply(
        200, call.pages.page(call, keys, call.account.saved.encoded_board, newest_first=True)
    )


def get_board(call: ApiCall) -> Reply:
    """One board."""
    board = find(call, call.path["board_id"])
    return Reply(200, call.account.saved.encoded_board(int(board.id)))


def create_board(call: ApiCall) -> Reply:
    """A new board."""
    body = fields.fields(call.body)
    name = fields.required_text(body, "name")
    for_ads: bool = body.get("is_ads_only", False)
    privacy: Privacy = "PROTECTED" if for_ads else body.get("privacy", "PUBLIC")
    if privacy == "SECRET":
        call.need("boards:write_secret")
    account = call.account
    if len(account.saved.boards) >= account.saved.boards_max:
        raise no_room("boards", account.saved.boards_max)
    now = account.now()
    board = StoredBoard(
        id=account.new_id(),
        name=name,
        description=body.get("description"),
        owner=account.owner,
        privacy=privacy,
        is_ads_only=for_ads,
        created_at=now,
        board_pins_modified_at=now,
    )
    account.saved.add_board(board)
    return Reply(201, account.saved.encoded_board(int(board.id)))


def update_board(call: ApiCall) -> Reply:
    """Name, description and privacy of a board."""
    board = find(call, call.path["board_id"], write=True)
    body = fields.fields(call.body)
    name = fields.required_text(body, "name") if "name" in body else board.name
    privacy: Privacy = body.get("privacy", board.privacy)
    if body.get("privacy") == "SECRET":
        call.need("boards:write_secret")
    board.name = name
    board.description = body.get("description", board.description)
    board.privacy = privacy
    call.account.saved.forget_encoded(board.id)
    if board.privacy == "PROTECTED":  # a value that this answer, alone, may not hold
        answer = msgspec.to_builtins(call.account.saved.counted_board(board.id))
        return Reply.json({key: value for key, value in answer.items() if key != "privacy"})
    return Reply(200, call.account.saved.encoded_board(int(board.id)))


def delete_board(call: ApiCall) -> Reply:
    """A board goes, with its sections and Pins."""
    board = find(call, call.path["board_id"], write=True)
    call.account.saved.remove_board(board.id)
    return NO_CONTENT


def list_board_pins(call: ApiCall) -> Reply:
    """The Pins of a board, those of its sections among them."""
    board = find(call, call.path["board_id"])
    if board.privacy == "SECRET":
        call.need("pins:read_secret")
    return page_of_pins(call, call.account.saved.pins_of(board.id))


HANDLERS: Handlers = {
    "boards/list": list_boards,
    "boards/create": create_board,
    "boards/get": get_board,
    "boards/update": update_board,
    "boards/delete": delete_board,
    "boards/list_pins": list_board_pins,
}
