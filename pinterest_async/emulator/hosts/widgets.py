"""The tokenless endpoints of Pinterest's widgets, and oEmbed, on the host of production.

None of them is documented. The envelope and the fields are those that public programs read; what a
refusal looks like is a guess.
"""

from __future__ import annotations

import html
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from pinterest_async.emulator.http.call import Reply, encode_json
from pinterest_async.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multidict import MultiMapping

    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.saved import Pin, StoredBoard
    from pinterest_async.emulator.state.world import World

PATHS = ("/v3/pidgets/", "/v1/urls/", "/oembed.json")
"""What the paths of these endpoints begin with."""

_PINS_MAX = 50
_WIDTHS = (237, 345, 564, 600)
_PAGE = re.compile(r"https?://[\w.]*pinterest\.com/(?:pin/(?P<pin>\d+)|(?P<path>[^?#]+))/?")

_PATH_OF = {
    "widgets/board_pins": "/v3/pidgets/boards/{username}/{board}/pins/",
    "widgets/section_pins": "/v3/pidgets/sections/{username}/{board}/{section}/pins/",
    "widgets/user_pins": "/v3/pidgets/users/{username}/pins/",
    "widgets/pins": "/v3/pidgets/pins/info/",
    "widgets/save_count": "/v1/urls/count.json",
    "widgets/oembed": "/oembed.json",
}

OPERATIONS: Mapping[str, Operation] = {
    name: Operation(
        id=name, http_method="GET", path=path, category="", scopes=(), resource="", method=""
    )
    for name, path in _PATH_OF.items()
}
"""The endpoints, in the form of operations; faults can be planned for them by these ids."""


def answer(
    world: World, operation_id: str, path: Mapping[str, str], query: MultiMapping[str]
) -> Reply:
    """The response to anybody."""
    if operation_id == "widgets/save_count":
        return _save_count(world, query)
    if operation_id == "widgets/oembed":
        return _oembed(world, query.get("url", ""))
    make = _Maker(query.get("base_scheme", "http"))
    if operation_id == "widgets/pins":
        entries = [_entry(world, make, pin_id) for pin_id in query.get("pin_ids", "").split(",")]
        return _success(entries, query)
    data = _pins_of(world, make, path)
    return _failure(data, query) if isinstance(data, str) else _success(data, query)


def _pins_of(world: World, make: _Maker, path: Mapping[str, str]) -> dict[str, Any] | str:
    """The Pins of a user, a board or a section; the kind of what does not exist."""
    account = world.accounts.get(path["username"])
    if account is None:
        return "User"
    data: dict[str, Any] = {"user": make.user(account)}
    keys = account.saved.pin_order
    if "board" in path:
        board = next((one for one in _public(account) if slug(one.name) == path["board"]), None)
        if board is None:
            return "Board"
        data["board"] = make.board(account, board)
        keys = account.saved.pins_of(board.id)
        if "section" in path:
            sections = account.saved.sections[board.id].values()
            section = next((one for one in sections if slug(one.name) == path["section"]), None)
            if section is None:
                return "Section"
            data["section"] = {"id": section.id, "title": html.escape(section.name)}
            keys = account.saved.pins_of(section.id)
    pins = (account.saved.pins[str(key)] for key in reversed(keys))
    shown = (pin for pin in pins if _is_public(account, pin))
    data["pins"] = [make.pin(account, pin) for pin in islice(shown, _PINS_MAX)]
    return data


def slug(name: str) -> str:
    """The part of a board's or section's address that stands for its name."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


class _Maker:
    """Makes objects of the widgets out of the account's.

    Args:
        scheme: of the addresses of pictures.
    """

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme

    def user(self, account: Account) -> dict[str, Any]:
        return {
            "id": account.id,
            "full_name": html.escape(account.username.replace("_", " ").title()),
            "about": html.escape(str(account.profile.members.get("about") or "")),
            "location": None,
            "profile_url": f"https://www.pinterest.com/{account.username}/",
            "image_small_url": account.profile.members.get("profile_image"),
            "follower_count": len(account.profile.followers),
            "pin_count": len(account.saved.pins),
        }

    def board(self, account: Account, board: StoredBoard) -> dict[str, Any]:
        counted = account.saved.counted_board(board.id)
        return {
            "id": board.id,
            "name": html.escape(board.name),
            "description": html.escape(board.description or ""),
            "url": f"/{account.username}/{slug(board.name)}/",
            "follower_count": board.follower_count,
            "pin_count": counted.pin_count,
            "image_thumbnail_url": counted.media["image_cover_url"],
        }

    def pin(self, account: Account, pin: Pin) -> dict[str, Any]:
        board = account.saved.boards[pin.board_id] if isinstance(pin.board_id, str) else None
        domain = None if pin.link is None else pin.link.split("/")[2]
        return {
            "id": pin.id,
            "description": html.escape(pin.description or pin.title or " "),
            "link": pin.link,
            "domain": domain,
            "attribution": None,
            "pinner": self.user(account),
            "board": None if board is None else self.board(account, board),
            "repin_count": int(pin.id) % 97,
            "aggregated_pin_data": {"aggregated_stats": {"saves": int(pin.id) % 997, "done": 0}},
            "dominant_color": pin.dominant_color,
            "images": self._images(pin),
            "embed": None,
            "is_video": pin.media["media_type"] == "video",
            "native_creator": None,
            "rich_metadata": None,
        }

    def _images(self, pin: Pin) -> dict[str, Any]:
        first = pin.media if "items" not in pin.media else pin.media["items"][0]
        images = first.get("images")
        if images is None:
            return {}
        original = images["originals"]
        url = original["url"].replace("https:", f"{self._scheme}:")
        return {
            f"{width}x": {
                "url": url.replace("/originals/", f"/{width}x/"),
                "width": width,
                "height": round(original["height"] * width / original["width"]),
            }
            for width in _WIDTHS
        }


def _public(account: Account) -> Iterator[StoredBoard]:
    return (board for board in account.saved.boards.values() if board.privacy == "PUBLIC")


def _is_public(account: Account, pin: Pin) -> bool:
    return pin.board_id is UNSET or account.saved.boards[pin.board_id].privacy == "PUBLIC"


def _find(world: World, pin_id: str) -> tuple[Account, Pin] | None:
    for account in world.accounts.values():
        pin = account.saved.pins.get(pin_id)
        if pin is not None and _is_public(account, pin):
            return account, pin
    return None


def _entry(world: World, make: _Maker, pin_id: str) -> dict[str, Any]:
    """One Pin among those that were asked for; one that is not there is told in its place."""
    found = _find(world, pin_id)
    return {"id": pin_id, "error": "Pin not found"} if found is None else make.pin(*found)


def _success(data: object, query: MultiMapping[str]) -> Reply:
    return _told({"status": "success", "code": 0, "message": "ok", "data": data}, 200, query)


def _failure(what: str, query: MultiMapping[str]) -> Reply:
    message = {"status": "failure", "code": 40, "message": f"{what} not found.", "data": None}
    return _told(message, 404, query)


def _told(value: object, status: int, query: MultiMapping[str]) -> Reply:
    """JSON, or a call of the function that is asked for."""
    body = encode_json(value)
    callback = query.get("callback")
    return Reply(status, body if callback is None else b"%s(%s)" % (callback.encode(), body))


def _save_count(world: World, query: MultiMapping[str]) -> Reply:
    """How many Pins lead to an address. It is always wrapped in a call of a function."""
    url = query.get("url", "")
    pins = (pin for account in world.accounts.values() for pin in account.saved.pins.values())
    count = sum(pin.link == url for pin in pins)
    callback = query.get("callback", "receiveCount").encode()
    return Reply(200, b"%s(%s)" % (callback, encode_json({"url": url, "count": count})))


def _oembed(world: World, url: str) -> Reply:
    """What stands for a Pin, a board or a user."""
    match = _PAGE.fullmatch(url)
    title = None if match is None else _title(world, match["pin"], match["path"] or "")
    if title is None:
        return Reply.json({"status": "failure", "message": "Not found."}, 404)
    return Reply.json(
        {
            "version": "1.0",
            "type": "rich",
            "provider_name": "Pinterest",
            "provider_url": "https://www.pinterest.com",
            "title": title,
            "width": 236,
            "height": 443,
            "html": f'<iframe src="{html.escape(url)}"></iframe>',
        }
    )


def _title(world: World, pin_id: str | None, path: str) -> str | None:
    if pin_id is not None:
        found = _find(world, pin_id)
        return None if found is None else found[1].title or ""
    username, _, board_slug = path.strip("/").partition("/")
    account = world.accounts.get(username)
    if account is None or not board_slug:
        return None if account is None else account.username
    return next((board.name for board in _public(account) if slug(board.name) == board_slug), None)
