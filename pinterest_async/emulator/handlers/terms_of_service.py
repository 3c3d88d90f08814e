"""The terms of service of ad accounts."""

from __future__ import annotations

from typing import Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply


def terms_of_service(call: ApiCall) -> Reply:
    """The terms, and that the ad account has accepted them."""
    text: Any = "<p>These terms are the emulator's own.</p>"
    if call.query.get("include_html", "false").lower() != "true":
        text = None
    ad_account_id = call.path["ad_account_id"]
    told = {"id": ad_account_id, "ad_account_id": ad_account_id, "has_accepted": True}
    return Reply.json(told if text is None else {**told, "html": text})


HANDLERS: Handlers = {
    "terms_of_service/get": terms_of_service,
}
