"""Labels: put on campaigns, and taken off."""

from __future__ import annotations

from typing import Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields


def apply_label(call: ApiCall) -> Reply:
    """Put a label on campaigns; those that there are not say so in `errors`."""
    return _label(call, "ACTIVE")


def remove_label(call: ApiCall) -> Reply:
    """Take a label off campaigns."""
    return _label(call, "ARCHIVED")


def _label(call: ApiCall, status: str) -> Reply:
    campaigns = call.account.stores.store("campaigns", call.path["ad_account_id"])
    good: list[dict[str, Any]] = []
    bad: list[dict[str, Any]] = []
    for key in fields.fields(call.body)["entity_ids"]:
        told = {
            "entity_id": key,
            "entity_type": "CAMPAIGN",
            "label_id": call.path["label_id"],
            "status": status,
        }
        if campaigns.get(key) is None:
            bad.append({"data": told, "error_messages": ["Campaign not found."]})
        else:
            good.append(told)
    return Reply.json({"entities_labels": good, "errors": bad})


HANDLERS: Handlers = {
    "labels/apply": apply_label,
    "labels/remove": remove_label,
}
