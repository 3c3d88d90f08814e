"""The terms of service of ad accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def terms_of_service(call: ApiCall) -> Reply:
    """The terms, and that the ad account has accepted them."""
    text: Any = "<p>These terms are the emulator's own.</p>"
    if call.query.get("include_html", "false").lower() != "true":
        text = None
    ad_account_id = call.path["ad_account_id"]
    told = {"id": ad_account_id, "ad_account_id": ad_account_id, "has_accepted": True}
    return Reply.json(told if text is None else {**told, "html": text})


HANDLERS: Mapping[str, Callable[[ApiCall], Reply]] = {
    "terms_of_service/get": terms_of_service,
}
