"""Who answers an operation: the organic side by its handlers, the rest from the answer's type."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pinterest_async.emulator import answers, boards, checks, media, pins, sections, users
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import bad_parameter

Handler = Callable[[Call], Reply]

HANDLERS: Mapping[str, Handler] = {
    "boards/list": boards.list_boards,
    "boards/create": boards.create_board,
    "boards/get": boards.get_board,
    "boards/update": boards.update_board,
    "boards/delete": boards.delete_board,
    "boards/list_pins": boards.list_board_pins,
    "board_sections/list": sections.list_sections,
    "board_sections/create": sections.create_section,
    "board_sections/update": sections.update_section,
    "board_sections/delete": sections.delete_section,
    "board_sections/list_pins": sections.list_section_pins,
    "pins/list": pins.list_pins,
    "pins/create": pins.create_pin,
    "pins/get": pins.get_pin,
    "pins/update": pins.update_pin,
    "pins/delete": pins.delete_pin,
    "pins/save": pins.save_pin,
    "media/create": media.register_upload,
    "media/list": media.list_uploads,
    "media/get": media.get_upload,
    "search_user_boards/get": boards.search_boards,
    "search_user_pins/list": pins.search_pins,
    "user_account/get": users.get_user_account,
    "followers/list": users.list_followers,
    "user_following/get": users.list_following,
    "boards_user_follows/list": users.list_followed_boards,
    "follow_user/update": users.follow_user,
    "user_websites/get": users.list_websites,
    "verify_website/update": users.claim_website,
    "unverify_website/delete": users.unclaim_website,
}

_FREE_IDS = frozenset(
    {
        "batch_id",
        "bulk_request_id",
        "external_business_id",
        "pin_order_id",
        "template_id",
    }
)
"""Path parameters that are ids and need not be digits."""

_AD_ACCOUNT_ID_MAX = 18


def answer(call: Call) -> Reply:
    """The answer to a call that has been let in.

    Raises:
        Refusal: whatever is wrong with it.
    """
    for name, value in call.path.items():
        if name.endswith("_id") and name not in _FREE_IDS and not checks.is_id(value):
            raise checks.bad_id(name, value)
    ad_account_id = call.query.get("ad_account_id")
    if ad_account_id is not None:
        if not checks.is_id(ad_account_id):
            raise checks.bad_id("ad_account_id", ad_account_id)
        if len(ad_account_id) > _AD_ACCOUNT_ID_MAX:
            raise bad_parameter(f"ad_account_id, constraint: maxLength={_AD_ACCOUNT_ID_MAX}")
    return HANDLERS.get(call.operation.id, answers.answer)(call)
