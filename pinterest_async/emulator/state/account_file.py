"""An account that somebody has written down: its boards, sections and Pins, in a JSON file.

    {
      "username": "bo",
      "boards": [
        {"name": "Cakes", "privacy": "SECRET", "sections": ["To try"],
         "pins": [{"title": "Plum cake", "section": "To try", "media": "video"}]}
      ]
    }

Everything but the names can be left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from pinterest_async.emulator.schema import pictures
from pinterest_async.emulator.state.saved import Pin, Privacy, Section, StoredBoard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pinterest_async.emulator.state.account import Account

_Name = Annotated[str, Meta(min_length=1)]


class PinEntry(Struct, kw_only=True, forbid_unknown_fields=True):
    """A Pin. `section` is the name of one of the board's sections."""

    title: Annotated[str, Meta(max_length=100)] | None = None
    description: Annotated[str, Meta(max_length=800)] | None = None
    link: Annotated[str, Meta(max_length=2048)] | None = None
    alt_text: Annotated[str, Meta(max_length=500)] | None = None
    section: str | None = None
    media: Literal["image", "video", "multiple_images"] = "image"


class BoardEntry(Struct, kw_only=True, forbid_unknown_fields=True):
    """A board."""

    name: _Name
    description: str | None = None
    privacy: Privacy = "PUBLIC"
    sections: list[_Name] = []
    pins: list[PinEntry] = []


class AccountFile(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the file holds."""

    username: _Name
    account_type: Literal["BUSINESS", "PINNER"] = "BUSINESS"
    about: str | None = None
    boards: list[BoardEntry] = []


def read(path: Path) -> AccountFile:
    """Read a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not in this form; the message says where.
    """
    try:
        described = msgspec.json.decode(path.read_bytes(), type=AccountFile)
    except msgspec.DecodeError as error:
        raise ValueError(f"{path}: {error}") from error
    for board in described.boards:
        for pin in board.pins:
            if pin.section is not None and pin.section not in board.sections:
                raise ValueError(f"{path}: board {board.name!r} has no section {pin.section!r}")
    return described


def fill(account: Account, described: AccountFile) -> None:
    """Give an account what is described, the first board and Pin being the oldest."""
    account.profile.members["account_type"] = described.account_type
    account.profile.members["about"] = described.about
    for entry in described.boards:
        board = StoredBoard(
            id=account.new_id(),
            name=entry.name,
            description=entry.description,
            owner=account.owner,
            privacy=entry.privacy,
            is_ads_only=entry.privacy == "PROTECTED",
            created_at=account.now(),
            board_pins_modified_at=account.now(),
        )
        account.saved.add_board(board)
        sections = {name: Section(id=account.new_id(), name=name) for name in entry.sections}
        for section in sections.values():
            account.saved.add_section(board.id, section)
        for pin in entry.pins:
            _add_pin(account, board, pin, sections)


def _add_pin(
    account: Account, board: StoredBoard, entry: PinEntry, sections: Mapping[str, Section]
) -> None:
    pin_id = account.new_id()
    make, creative_type = _MEDIA[entry.media]
    account.saved.add_pin(
        Pin(
            id=pin_id,
            title=entry.title,
            description=entry.description,
            link=entry.link,
            alt_text=entry.alt_text,
            board_id=board.id,
            board_section_id=None if entry.section is None else sections[entry.section].id,
            board_owner=account.owner,
            created_at=account.now(),
            creative_type=creative_type,
            media=make(pin_id),
        )
    )


def _carousel(name: str) -> dict[str, Any]:
    return pictures.multiple_images(
        [pictures.image_slide(f"{name}/{number}") for number in range(2)]
    )


_MEDIA: Mapping[str, tuple[Callable[[str], dict[str, Any]], str]] = {
    "image": (pictures.image, "REGULAR"),
    "video": (lambda name: pictures.video(name, 12_000), "VIDEO"),
    "multiple_images": (_carousel, "CAROUSEL"),
}
