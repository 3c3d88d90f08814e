"""The search over the boards and Pins of the account, and over the Pins of partners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async.emulator.handlers import boards, pins
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply

if TYPE_CHECKING:
    from pinterest_async.emulator.state.saved import Pin


def search_boards(call: ApiCall) -> Reply:
    """The boards with these words in their name or description."""
    wanted = call.query.get("query", "").casefold()
    account = call.account
    keys = [
        key
        for key in boards.visible(call)
        if wanted in account.saved.boards[str(key)].name.casefold()
        or wanted in (account.saved.boards[str(key)].description or "").casefold()
    ]
    return Reply(200, call.pages.page(call, keys, account.saved.encoded_board, newest_first=True))


def search_pins(call: ApiCall) -> Reply:
    """The Pins with these words in their title or description."""
    wanted = call.query["query"].casefold()

    def keep(pin: Pin) -> bool:
        return wanted in f"{pin.title or ''}\n{pin.description or ''}".casefold()

    return pins.page_of_pins(call, call.account.saved.pin_order, keep)


def search_partner_pins(call: ApiCall) -> Reply:
    """The Pins with this term in their title or description, in brief and on one page."""
    wanted = call.query["term"].casefold()
    most = int(call.query.get("limit", "10"))
    account = call.account
    found = (account.saved.pins[str(key)] for key in reversed(account.saved.pin_order))
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
        and not account.saved.is_secret(pin)
    ]
    return Reply.json({"items": shown[:most], "bookmark": None})


HANDLERS: Handlers = {
    "search_partner_pins": search_partner_pins,
    "search_user_boards/get": search_boards,
    "search_user_pins/list": search_pins,
}
