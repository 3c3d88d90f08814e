"""The boards, sections and Pins of an account, and the order in which its lists show them.

Boards, sections and Pins are structs with exactly the members that go over the wire. Lists are kept
as ascending numbers (ids grow with time), so that a page is a slice; the JSON of a Pin or board is
made once and thrown away when it changes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from pinterest_async.emulator.state.clock import Clock, wire_time

Privacy: TypeAlias = Literal["PUBLIC", "PROTECTED", "SECRET"]

_THUMBNAILS = 5

_encode = msgspec.json.Encoder().encode


def cover(media: dict[str, Any]) -> str:
    """The address of the picture that stands for this media."""
    first = media if "items" not in media else media["items"][0]
    if "images" in first:
        return str(first["images"]["400x300"]["url"])
    return str(first["cover_image_url"])


def _drop(keys: list[int], key: int) -> None:
    del keys[bisect_left(keys, key)]


class Section(msgspec.Struct, kw_only=True):
    """A section of a board."""

    id: str
    name: str


class StoredBoard(msgspec.Struct, kw_only=True):
    """A board; what it counts and shows of its Pins is filled in when it is sent."""

    id: str
    name: str
    description: str | None = None
    owner: dict[str, str]
    privacy: Privacy = "PUBLIC"
    is_ads_only: bool = False
    created_at: str
    board_pins_modified_at: str
    collaborator_count: int = 0
    follower_count: int = 0
    pin_count: int = 0
    media: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])


class Pin(msgspec.Struct, kw_only=True):
    """A Pin. `note` and `product_tags` are not in the description; the real API sends them."""

    id: str
    title: str | None = None
    description: str | None = None
    link: str | None = None
    alt_text: str | None = None
    note: str | None = ""
    dominant_color: str | None = None
    board_id: str | UnsetType = UNSET  # not there for a Pin saved to the profile
    board_section_id: str | None = None
    board_owner: dict[str, str]
    parent_pin_id: str | None = None
    created_at: str
    creative_type: str | None = "REGULAR"
    is_owner: bool = True
    is_standard: bool = True
    has_been_promoted: bool = False
    product_tags: list[Any] = msgspec.field(default_factory=list[Any])
    media: dict[str, Any]
    pin_metrics: dict[str, Any] | None = None  # last: `encoded_pin` puts metrics in its place


class SavedContent:
    """What an account has saved: its boards with their sections, and its Pins.

    Args:
        clock: the time of what changes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.boards: dict[str, StoredBoard] = {}
        self.sections: dict[str, dict[str, Section]] = {}
        self.pins: dict[str, Pin] = {}
        self.pin_order: list[int] = []
        self.boards_max = 2000
        self.pins_max = 200_000
        self._pins_of: dict[str, list[int]] = {}
        self._pin_at: dict[int, Pin] = {}
        self._changes = 0
        self._shown: dict[frozenset[str], tuple[int, list[int]]] = {}
        self._encoded: dict[int, bytes] = {}

    # Boards and sections

    def add_board(self, board: StoredBoard) -> None:
        """Take in a board without Pins."""
        self.boards[board.id] = board
        self.sections[board.id] = {}
        self._pins_of[board.id] = []

    def remove_board(self, board_id: str) -> None:
        """Drop a board with its sections and Pins."""
        for key in list(self._pins_of[board_id]):
            self.remove_pin(str(key))
        for section_id in self.sections.pop(board_id):
            del self._pins_of[section_id]
        del self._pins_of[board_id]
        del self.boards[board_id]
        self.forget_encoded(board_id)

    def add_section(self, board_id: str, section: Section) -> None:
        """Take in a section without Pins."""
        self.sections[board_id][section.id] = section
        self._pins_of[section.id] = []

    def remove_section(self, board_id: str, section_id: str) -> None:
        """Drop a section with its Pins. Pinterest: help page "Delete a board section"."""
        for key in list(self._pins_of[section_id]):
            self.remove_pin(str(key))
        del self._pins_of[section_id]
        del self.sections[board_id][section_id]

    # Pins

    def pins_of(self, board_or_section_id: str) -> list[int]:
        """Its Pins, oldest first. Those in sections are among the board's."""
        return self._pins_of[board_or_section_id]

    def add_pin(self, pin: Pin) -> None:
        """Take in a Pin, on the board and in the section that it names."""
        self.pins[pin.id] = self._pin_at[int(pin.id)] = pin
        insort(self.pin_order, int(pin.id))
        self._place(pin)

    def remove_pin(self, pin_id: str) -> None:
        """Drop a Pin."""
        pin = self.pins.pop(pin_id)
        del self._pin_at[int(pin_id)]
        _drop(self.pin_order, int(pin_id))
        self._displace(pin)

    def move_pin(self, pin: Pin, board_id: str | UnsetType, section_id: str | None) -> None:
        """Put a Pin elsewhere, and have its JSON made anew."""
        self._displace(pin)
        pin.board_id = board_id
        pin.board_section_id = section_id
        self._place(pin)

    def _place(self, pin: Pin) -> None:
        for holder in (pin.board_id, pin.board_section_id):
            if holder:
                insort(self._pins_of[holder], int(pin.id))
        self._changed(pin)

    def _displace(self, pin: Pin) -> None:
        for holder in (pin.board_id, pin.board_section_id):
            if holder:
                _drop(self._pins_of[holder], int(pin.id))
        self._changed(pin)

    def _changed(self, pin: Pin) -> None:
        self.forget_encoded(pin.id)
        if pin.board_id:
            self.boards[pin.board_id].board_pins_modified_at = wire_time(self._clock())
            self.forget_encoded(pin.board_id)

    def pins_shown(self, kinds: frozenset[str]) -> list[int]:
        """The Pins on boards of these kinds of privacy, oldest first.

        Those saved to the profile are as public as can be. The list is kept until a board or Pin
        changes, since most requests in a row only read.
        """
        kept = self._shown.get(kinds)
        if kept is None or kept[0] != self._changes:
            boards = {key for key, board in self.boards.items() if board.privacy in kinds}
            pins = self._pin_at
            on_profile = "PUBLIC" in kinds
            found = [
                key
                for key in self.pin_order
                if (board := pins[key].board_id) in boards or (board is UNSET and on_profile)
            ]
            kept = self._shown[kinds] = self._changes, found
        return kept[1]

    def pin_at(self, key: int) -> Pin:
        """The Pin with this number."""
        return self._pin_at[key]

    def is_secret(self, pin: Pin) -> bool:
        """Whether the Pin lies on a secret board."""
        return isinstance(pin.board_id, str) and self.boards[pin.board_id].privacy == "SECRET"

    # JSON

    def forget_encoded(self, board_or_pin_id: str) -> None:
        """To be called when a board or Pin has changed."""
        self._changes += 1
        self._encoded.pop(int(board_or_pin_id), None)

    def encoded_pin(self, key: int) -> bytes:
        """The JSON of the Pin with this number."""
        try:
            return self._encoded[key]
        except KeyError:
            encoded = self._encoded[key] = _encode(self._pin_at[key])
            return encoded

    def encoded_board(self, key: int) -> bytes:
        """The JSON of the board with this number."""
        encoded = self._encoded.get(key)
        if encoded is None:
            encoded = self._encoded[key] = _encode(self.counted_board(str(key)))
        return encoded

    def counted_board(self, board_id: str) -> StoredBoard:
        """The board with its present count, cover and thumbnails."""
        board = self.boards[board_id]
        pins = self._pins_of[board_id]
        covers = [cover(self.pins[str(key)].media) for key in pins[-_THUMBNAILS - 1 :]]
        board.pin_count = len(pins)
        board.media = {
            "image_cover_url": covers.pop() if covers else None,
            "pin_thumbnail_urls": covers[::-1],
        }
        return board
