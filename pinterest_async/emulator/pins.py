"""Pins: what is on the boards, and the search over it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from pinterest_async.emulator import checks, sources
from pinterest_async.emulator.account import Pin
from pinterest_async.emulator.call import NO_CONTENT, Call, Reply, encode_json
from pinterest_async.emulator.refusals import (
    bad_parameter,
    board_not_found,
    no_room,
    pin_not_found,
    section_not_found,
    trial_access,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinterest_async.emulator.account import Account

LONGEST = {"title": 100, "description": 800, "alt_text": 500, "link": 2048}
"""Most characters of each field. Pinterest: create a Pin."""

CREATIVE_TYPES = frozenset(
    {
        "REGULAR", "VIDEO", "SHOPPING", "CAROUSEL", "MAX_VIDEO", "SHOP_THE_PIN", "COLLECTION",
        "IDEA", "SHOWCASE", "QUIZ", "COLLAGE", "MAX_WIDTH_REGULAR_COLLECTION",
        "MAX_WIDTH_VIDEO_COLLECTION",
    }
)  # fmt: skip
_PIN_FILTERS = frozenset({"exclude_native", "exclude_repins", "has_been_promoted"})
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_NO_METRICS = b'"pin_metrics":null}'


def find(call: Call, pin_id: str, *, write: bool = False) -> Pin:
    """The Pin with this id.

    Raises:
        Refusal: 404 code 50; 401 code 3 for a secret Pin without the scope for those.
    """
    pin = call.account.pins.get(pin_id)
    if pin is None:
        raise pin_not_found()
    if call.account.is_secret(pin):
        call.need("pins:write_secret" if write else "pins:read_secret")
    return pin


def page_of_pins(call: Call, keys: list[int], keep: Callable[[Pin], bool] | None = None) -> Reply:
    """A page of these Pins, newest first, with metrics and filters as the request asks."""
    pin_at = call.account.pin_at
    wanted = frozenset(checks.query_list(call.query, "creative_types"))
    if not wanted <= CREATIVE_TYPES:
        raise bad_parameter(f"creative_types {sorted(wanted - CREATIVE_TYPES)} are not known")

    def shown(key: int) -> bool:
        pin = pin_at(key)
        if wanted and pin.creative_type not in wanted:
            return False
        return keep is None or keep(pin)

    body = call.pages.page(
        call,
        keys,
        _encoder(call),
        newest_first=True,
        keep=shown if wanted or keep else None,
    )
    return Reply(200, body)


def _encoder(call: Call) -> Callable[[int], bytes]:
    plain = call.account.encoded_pin
    if not checks.query_flag(call.query, "pin_metrics"):
        return plain

    def with_metrics(key: int) -> bytes:
        figures = encode_json(metrics(key))
        return plain(key).removesuffix(_NO_METRICS) + b'"pin_metrics":' + figures + b"}"

    return with_metrics


def metrics(key: int) -> dict[str, Any]:
    """Figures that stay the same for a Pin."""
    names = ("impression", "pin_click", "clickthrough", "save")
    lately = {name: key // (divisor + 1) % 1000 for divisor, name in enumerate(names)}
    ever = {name: 3 * count for name, count in lately.items()}
    return {"90d": lately, "lifetime_metrics": {**ever, "reaction": key % 50, "comment": key % 7}}


def list_pins(call: Call) -> Reply:
    """The account's Pins on all boards."""
    asked = checks.query_choice(call.query, "pin_filter", _PIN_FILTERS)
    only_secret = checks.query_choice(call.query, "pin_type", ("PRIVATE",)) is not None
    with_protected = checks.query_flag(call.query, "include_protected_pins")
    kinds = {"SECRET"} if only_secret else {"PUBLIC", "SECRET"}
    if with_protected and not only_secret:
        kinds.add("PROTECTED")
    if "pins:read_secret" not in call.scopes:
        kinds.discard("SECRET")

    def keep(pin: Pin) -> bool:
        if asked == "has_been_promoted":
            return pin.has_been_promoted
        return (pin.parent_pin_id is None) == (asked == "exclude_repins")

    return page_of_pins(call, call.account.pins_shown(frozenset(kinds)), keep if asked else None)


def search_pins(call: Call) -> Reply:
    """The Pins with these words in their title or description."""
    if "query" not in call.query:
        raise bad_parameter("query is a required property")
    wanted = call.query["query"].casefold()

    def keep(pin: Pin) -> bool:
        return wanted in f"{pin.title or ''}\n{pin.description or ''}".casefold()

    return page_of_pins(call, call.account.pin_order, keep)


def search_partner_pins(call: Call) -> Reply:
    """The Pins with this term in their title or description, in brief and on one page."""
    wanted = call.query["term"].casefold()
    most = int(call.query.get("limit", "10"))
    account = call.account
    found = (account.pins[str(key)] for key in reversed(account.pin_order))
    shown = [
        {
            "id": pin.id,
            "title": pin.title,
            "description": pin.description,
            "link": pin.link,
            "alt_text": pin.alt_text,
            "media": pin.media,
        }
        for pin in found
        if wanted in f"{pin.title or ''}\n{pin.description or ''}".casefold()
        and not account.is_secret(pin)
    ]
    return Reply.json({"items": shown[:most], "bookmark": None})


def get_pin(call: Call) -> Reply:
    """One Pin."""
    pin = find(call, call.path["pin_id"])
    return Reply(200, _encoder(call)(int(pin.id)))


def create_pin(call: Call) -> Reply:
    """A new Pin."""
    _check_tier(call)
    body = checks.fields(call.body)
    written = _written(body)
    color = checks.text(body, "dominant_color")
    if isinstance(color, str) and not _COLOR.fullmatch(color):
        raise bad_parameter(f"dominant_color {color!r} is not a colour such as #6E7B5A")
    parent = checks.digits(body, "parent_pin_id")
    checks.digits(body, "sponsor_id")
    board_id, section_id = _place(call, body)
    if board_id is UNSET:
        raise bad_parameter("board_id is a required property")
    account = call.account
    _need_room(account)
    pin_id = account.new_id()
    media, creative_type, standard = sources.media(call, body, pin_id)
    pin = Pin(
        id=pin_id,
        title=written.get("title"),
        description=written.get("description"),
        link=written.get("link"),
        alt_text=written.get("alt_text"),
        dominant_color=color if isinstance(color, str) else "#6E7B5A",
        board_id=board_id,
        board_section_id=section_id,
        board_owner=account.owner,
        parent_pin_id=parent if isinstance(parent, str) else None,
        created_at=account.now(),
        creative_type=creative_type,
        is_standard=standard,
        media=media,
    )
    account.add_pin(pin)
    return Reply(201, account.encoded_pin(int(pin_id)))


def update_pin(call: Call) -> Reply:
    """Texts, link and place of a Pin."""
    pin = find(call, call.path["pin_id"], write=True)
    body = checks.fields(call.body)
    written = _written(body)
    board_id, section_id = pin.board_id, pin.board_section_id
    if body.keys() & {"board_id", "board_section_id"}:
        board_id, section_id = _place(call, {"board_id": pin.board_id, **body})
    for name, value in written.items():
        setattr(pin, name, value)
    call.account.move_pin(pin, board_id, section_id)
    return Reply(200, call.account.encoded_pin(int(pin.id)))


def save_pin(call: Call) -> Reply:
    """Put a copy of a Pin on a board, or on the profile when no board is named."""
    _check_tier(call)
    original = find(call, call.path["pin_id"])
    board_id, section_id = _place(call, checks.fields(call.body))
    account = call.account
    _need_room(account)
    copy = Pin(
        id=account.new_id(),
        title=original.title,
        description=original.description,
        link=original.link,
        alt_text=original.alt_text,
        dominant_color=original.dominant_color,
        board_id=board_id,
        board_section_id=section_id,
        board_owner=account.owner,
        parent_pin_id=original.id,
        created_at=account.now(),
        creative_type=original.creative_type,
        media=original.media,
    )
    account.add_pin(copy)
    return Reply(201, account.encoded_pin(int(copy.id)))


def delete_pin(call: Call) -> Reply:
    """A Pin goes."""
    pin = find(call, call.path["pin_id"], write=True)
    call.account.remove_pin(pin.id)
    return NO_CONTENT


def _check_tier(call: Call) -> None:
    """Pinterest, access tiers: with Trial access, Pins can be made in the sandbox alone."""
    if call.world.tier == "trial" and not call.world.sandbox:
        raise trial_access()


def _need_room(account: Account) -> None:
    if len(account.pins) >= account.pins_max:
        raise no_room("Pins", account.pins_max)


def _written(body: dict[str, Any]) -> dict[str, str | None]:
    """What the request says of the texts and the link, within their bounds."""
    written: dict[str, str | None] = {}
    for name, longest in LONGEST.items():
        value = checks.text(body, name, longest=longest)
        if not isinstance(value, UnsetType):
            written[name] = value
    link = written.get("link")
    if link and not _LINK.fullmatch(link):
        raise bad_parameter(f"link {link!r} is not an address")
    return written


def _place(call: Call, body: dict[str, Any]) -> tuple[str | UnsetType, str | None]:
    """The board and section that the request names; UNSET and None when it names no board."""
    board_id = checks.digits(body, "board_id")
    section_id = checks.digits(body, "board_section_id")
    if board_id is UNSET or board_id is None:
        if isinstance(section_id, str):
            raise bad_parameter("board_section_id without board_id")
        return UNSET, None
    board = call.account.boards.get(board_id)
    if board is None:
        raise board_not_found()
    if board.privacy == "SECRET":
        call.need("pins:write_secret")
    if section_id is UNSET or section_id is None:
        return board_id, None
    if section_id not in call.account.sections[board_id]:
        raise section_not_found()
    return board_id, section_id
