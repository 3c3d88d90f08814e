"""Pins: what is on the boards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from pinterest_async.emulator.handlers import media_sources, organic_analytics
from pinterest_async.emulator.http.call import NO_CONTENT, ApiCall, Handlers, Reply, encode_json
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import (
    bad_parameter,
    board_not_found,
    no_room,
    pin_not_found,
    section_not_found,
    trial_access,
)
from pinterest_async.emulator.state.saved import Pin

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinterest_async.emulator.state.account import Account

_TEXTS = ("title", "description", "alt_text", "link")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_NO_METRICS = b'"pin_metrics":null}'


def find(call: ApiCall, pin_id: str, *, write: bool = False) -> Pin:
    """The Pin with this id.

    Raises:
        Refusal: 404 code 50; 401 code 3 for a secret Pin without the scope for those.
    """
    pin = call.account.saved.pins.get(pin_id)
    if pin is None:
        raise pin_not_found()
    if call.account.saved.is_secret(pin):
        call.need("pins:write_secret" if write else "pins:read_secret")
    return pin


def page_of_pins(
    call: ApiCall, keys: list[int], keep: Callable[[Pin], bool] | None = None
) -> Reply:
    """A page of these Pins, newest first, with metrics and filters as the request asks."""
    pin_at = call.account.saved.pin_at
    wanted = frozenset(fields.query_list(call.query, "creative_types"))

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


def _encoder(call: ApiCall) -> Callable[[int], bytes]:
    plain = call.account.saved.encoded_pin
    if not fields.query_flag(call.query, "pin_metrics"):
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


def list_pins(call: ApiCall) -> Reply:
    """The account's Pins on all boards."""
    asked = call.query.get("pin_filter")
    only_secret = "pin_type" in call.query
    if call.query.get("pin_type", "PRIVATE") != "PRIVATE":
        raise bad_parameter("pin_type is not one of ['PRIVATE']")
    with_protected = fields.query_flag(call.query, "include_protected_pins")
    kinds = {"SECRET"} if only_secret else {"PUBLIC", "SECRET"}
    if with_protected and not only_secret:
        kinds.add("PROTECTED")
    if "pins:read_secret" not in call.scopes:
        kinds.discard("SECRET")

    def keep(pin: Pin) -> bool:
        if asked == "has_been_promoted":
            return pin.has_been_promoted
        return (pin.parent_pin_id is None) == (asked == "exclude_repins")

    return page_of_pins(
        call, call.account.saved.pins_shown(frozenset(kinds)), keep if asked else None
    )


def get_pin(call: ApiCall) -> Reply:
    """One Pin."""
    pin = find(call, call.path["pin_id"])
    return Reply(200, _encoder(call)(int(pin.id)))


def create_pin(call: ApiCall) -> Reply:
    """A new Pin."""
    _check_tier(call)
    body = fields.fields(call.body)
    written = _written(body)
    color = body.get("dominant_color")
    if color is not None and not _COLOR.fullmatch(color):
        raise bad_parameter(f"dominant_color {color!r} is not a colour such as #6E7B5A")
    board_id, section_id = _place(call, body)
    if board_id is UNSET and "is_removable" not in body:  # ad-only Pins are on no board
        raise bad_parameter("board_id is a required property")
    account = call.account
    _need_room(account)
    pin_id = account.new_id()
    media, creative_type, standard = media_sources.media(call, body, pin_id)
    pin = Pin(
        id=pin_id,
        title=written.get("title"),
        description=written.get("description"),
        link=written.get("link"),
        alt_text=written.get("alt_text"),
        dominant_color="#6E7B5A" if color is None else color,
        board_id=board_id,
        board_section_id=section_id,
        board_owner=account.owner,
        parent_pin_id=body.get("parent_pin_id"),
        created_at=account.now(),
        creative_type=creative_type,
        is_standard=standard,
        media=media,
    )
    account.saved.add_pin(pin)
    return Reply(201, account.saved.encoded_pin(int(pin_id)))


def update_pin(call: ApiCall) -> Reply:
    """Texts, link and place of a Pin."""
    pin = find(call, call.path["pin_id"], write=True)
    body = fields.fields(call.body)
    written = _written(body)
    board_id, section_id = pin.board_id, pin.board_section_id
    if body.keys() & {"board_id", "board_section_id"}:
        board_id, section_id = _place(call, {"board_id": pin.board_id, **body})
    for name, value in written.items():
        setattr(pin, name, value)
    call.account.saved.move_pin(pin, board_id, section_id)
    return Reply(200, call.account.saved.encoded_pin(int(pin.id)))


def save_pin(call: ApiCall) -> Reply:
    """Put a copy of a Pin on a board, or on the profile when no board is named."""
    _check_tier(call)
    original = find(call, call.path["pin_id"])
    board_id, section_id = _place(call, fields.fields(call.body))
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
    account.saved.add_pin(copy)
    return Reply(201, account.saved.encoded_pin(int(copy.id)))


def delete_pin(call: ApiCall) -> Reply:
    """A Pin goes."""
    pin = find(call, call.path["pin_id"], write=True)
    call.account.saved.remove_pin(pin.id)
    return NO_CONTENT


def _check_tier(call: ApiCall) -> None:
    """Pinterest, access tiers: with Trial access, Pins can be made in the sandbox alone."""
    if call.world.tier == "trial" and not call.world.sandbox:
        raise trial_access()


def _need_room(account: Account) -> None:
    if len(account.saved.pins) >= account.saved.pins_max:
        raise no_room("Pins", account.saved.pins_max)


def _written(body: dict[str, Any]) -> dict[str, str | None]:
    """What the request says of the texts and the link."""
    written: dict[str, str | None] = {name: body[name] for name in _TEXTS if name in body}
    link = written.get("link")
    if link and not _LINK.fullmatch(link):
        raise bad_parameter(f"link {link!r} is not an address")
    return written


def _place(call: ApiCall, body: dict[str, Any]) -> tuple[str | UnsetType, str | None]:
    """The board and section that the request names; UNSET and None when it names no board."""
    board_id, section_id = body.get("board_id"), body.get("board_section_id")
    if board_id is None or board_id is UNSET:
        if section_id is not None:
            raise bad_parameter("board_section_id without board_id")
        return UNSET, None
    board = call.account.saved.boards.get(board_id)
    if board is None:
        raise board_not_found()
    if board.privacy == "SECRET":
        call.need("pins:write_secret")
    if section_id is not None and section_id not in call.account.saved.sections[board_id]:
        raise section_not_found()
    return board_id, section_id


def get_analytics(call: ApiCall) -> Reply:
    """The figures of one Pin."""
    days = organic_analytics.days_of(call)
    return Reply.json(organic_analytics.of_pin(call, find(call, call.path["pin_id"]), days))


def get_several_analytics(call: ApiCall) -> Reply:
    """The figures of up to a hundred Pins. One without any in these days is left out."""
    days = organic_analytics.days_of(call)
    found = [find(call, pin_id) for pin_id in fields.query_list(call.query, "pin_ids")]
    last = days[-1].isoformat()
    return Reply.json(
        {
            pin.id: organic_analytics.of_pin(call, pin, days)
            for pin in found
            if pin.created_at[:10] <= last
        }
    )


HANDLERS: Handlers = {
    "pins/list": list_pins,
    "pins/create": create_pin,
    "pins/get": get_pin,
    "pins/update": update_pin,
    "pins/delete": delete_pin,
    "pins/save": save_pin,
    "pins/analytics": get_analytics,
    "multi_pins/analytics": get_several_analytics,
}
