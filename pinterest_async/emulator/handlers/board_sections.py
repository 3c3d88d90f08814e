"""Sections of boards."""

from __future__ import annotations

from pinterest_async.emulator.handlers import boards
from pinterest_async.emulator.handlers.pins import page_of_pins
from pinterest_async.emulator.http.call import NO_CONTENT, ApiCall, Handlers, Reply, encode_json
from pinterest_async.emulator.http.quirks import take_turn
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import exclusive_access, section_not_found
from pinterest_async.emulator.state.saved import Section, StoredBoard


def _find(call: ApiCall, *, write: bool) -> tuple[StoredBoard, Section]:
    board = boards.find(call, call.path["board_id"], write=write)
    section = call.account.saved.sections[board.id].get(call.path["section_id"])
    if section is None:
        raise section_not_found()
    return board, section


def _take_turn(call: ApiCall, board: StoredBoard) -> None:
    """Refuse a change that comes on the heels of another, where that is switched on."""
    if "exclusive_sections" in call.world.quirks:
        take_turn(call.account, f"sections of {board.id}", call.world.clock(), exclusive_access())


def list_sections(call: ApiCall) -> Reply:
    """The sections of a board, oldest first."""
    board = boards.find(call, call.path["board_id"])
    sections = call.account.saved.sections[board.id]
    keys = [int(section_id) for section_id in sections]
    return Reply(200, call.pages.page(call, keys, lambda key: encode_json(sections[str(key)])))


def create_section(call: ApiCall) -> Reply:
    """A new section."""
    board = boards.find(call, call.path["board_id"], write=True)
    _take_turn(call, board)
    name = fields.required_text(fields.fields(call.body), "name")
    section = Section(id=call.account.new_id(), name=name)
    call.account.saved.add_section(board.id, section)
    return Reply.json(section, 201)


def update_section(call: ApiCall) -> Reply:
    """A new name for a section."""
    board, section = _find(call, write=True)
    _take_turn(call, board)
    section.name = fields.required_text(fields.fields(call.body), "name")
    return Reply.json(section)


def delete_section(call: ApiCall) -> Reply:
    """A section goes, with its Pins."""
    board, section = _find(call, write=True)
    _take_turn(call, board)
    call.account.saved.remove_section(board.id, section.id)
    return NO_CONTENT


def list_section_pins(call: ApiCall) -> Reply:
    """The Pins of a section."""
    board, section = _find(call, write=False)
    if board.privacy == "SECRET":
        call.need("pins:read_secret")
    return page_of_pins(call, call.account.saved.pins_of(section.id))


HANDLERS: Handlers = {
    "board_sections/list": list_sections,
    "board_sections/create": create_section,
    "board_sections/update": update_section,
    "board_sections/delete": delete_section,
    "board_sections/list_pins": list_section_pins,
}
