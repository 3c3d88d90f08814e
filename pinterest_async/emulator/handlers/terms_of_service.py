"""The terms of service of ad accounts."""

from __future__ import annotations

from typing import Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields


def terms_of_service(call: ApiCall) -> Reply:
    """The terms, and that the ad account has accepted them."""
    ad_account_id = call.path["ad_account_id"]
    told: dict[str, Any] = {
        "id": ad_account_id, "ad_account_id": ad_account_id, "has_accepted": True,
    }  # fmt: skip
    if fields.query_flag(call.query, "include_html"):
        told["html"] = "<p>These terms are the emulator's own.</p>"
    return Reply.json(told)


HANDLERS: Handlers = {
    "terms_of_service/get": terms_of_service,
}
