"""Sections of boards."""

from __future__ import annotations

from pinterest_async.emulator import boards, checks
from pinterest_async.emulator.account import Board, Section
from pinterest_async.emulator.call import NO_CONTENT, Call, Reply, encode_json
from pinterest_async.emulator.pins import page_of_pins
from pinterest_async.emulator.quirks import take_turn
from pinterest_async.emulator.refusals import exclusive_access, section_not_found

NAME_MAX = 180


def _find(call: Call, *, write: bool) -> tuple[Board, Section]:
    board = boards.find(call, call.path["board_id"], write=write)
    section = call.account.sections[board.id].get(call.path["section_id"])
    if section is None:
        raise section_not_found()
    return board, section


def _take_turn(call: Call, board: Board) -> None:
    """Refuse a change that comes on the heels of another, where that is switched on."""
    if "exclusive_sections" in call.world.quirks:
        take_turn(call.account, f"sections of {board.id}", call.world.clock(), exclusive_access())


def list_sections(call: Call) -> Reply:
    """The sections of a board, oldest first."""
    board = boards.find(call, call.path["board_id"])
    sections = call.account.sections[board.id]
    keys = [int(section_id) for section_id in sections]
    return Reply(200, call.pages.page(call, keys, lambda key: encode_json(sections[str(key)])))


def create_section(call: Call) -> Reply:
    """A new section."""
    board = boards.find(call, call.path["board_id"], write=True)
    _take_turn(call, board)
    name = checks.required_text(checks.fields(call.body), "name", longest=NAME_MAX)
    section = Section(id=call.account.new_id(), name=name)
    call.account.add_section(board.id, section)
    return Reply.json(section, 201)


def update_section(call: Call) -> Reply:
    """A new name for a section."""
    board, section = _find(call, write=True)
    _take_turn(call, board)
    section.name = checks.required_text(checks.fields(call.body), "name", longest=NAME_MAX)
    return Reply.json(section)


def delete_section(call: Call) -> Reply:
    """A section goes, with its Pins."""
    board, section = _find(call, write=True)
    _take_turn(call, board)
    call.account.remove_section(board.id, section.id)
    return NO_CONTENT


def list_section_pins(call: Call) -> Reply:
    """The Pins of a section."""
    board, section = _find(call, write=False)
    if board.privacy == "SECRET":
        call.need("pins:read_secret")
    return page_of_pins(call, call.account.pins_of(section.id))
