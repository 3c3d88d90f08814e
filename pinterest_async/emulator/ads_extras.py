"""What ad accounts do with their collections beyond keeping them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import NO_CONTENT, Call, Reply
from pinterest_async.emulator.refusals import Refusal, pin_not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def apply_label(call: Call) -> Reply:
    """Put a label on campaigns; those that there are not say so in `errors`."""
    return _label(call, "ACTIVE")


def remove_label(call: Call) -> Reply:
    """Take a label off campaigns."""
    return _label(call, "ARCHIVED")


def _label(call: Call, status: str) -> Reply:
    campaigns = call.account.shelves.shelf("campaigns", call.path["ad_account_id"])
    good: list[dict[str, Any]] = []
    bad: list[dict[str, Any]] = []
    for key in checks.fields(call.body)["entity_ids"]:
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


def clear_sandbox(call: Call) -> Reply:
    """Delete every ad of a sandbox account."""
    place = call.path["ad_account_id"]
    call.account.shelves.clear([place])
    return Reply.json(f"Deleted the ads of {place}")


def ingest_feed(call: Call) -> Reply:
    """Have a feed processed; the result is there at once, the work takes its time."""
    feed = call.path["feed_id"]
    shelf = call.account.shelves.shelf("processing_results", feed)
    now = call.account.now()
    key = shelf.new_id()
    record: dict[str, Any] = {
        "id": key,
        "created_at": now,
        "updated_at": now,
        "ingestion_details": {"errors": {}, "info": {}, "warnings": {}},
        "product_counts": {"original": 0, "ingested": 0},
        "status": "PROCESSING",
        "validation_details": {"errors": {}, "warnings": {}},
    }
    shelf.add(record)
    return Reply.json({"id": key, "created_at": now, "feed_id": feed, "status": "PROCESSING"})


def share_audience(call: Call) -> Reply:
    """Share an audience with accounts or businesses, or end that."""
    body = checks.fields(call.body)
    if "ad_account_id" in call.path:
        shelf = call.account.shelves.shelf("audiences", call.path["ad_account_id"])
        if shelf.get(body["audience_id"]) is None:
            raise Refusal(404, 404, "Audience not found.")
    member = next(name for name in body if name.startswith("recipient_"))
    permissions = ["OWNER"] if body["operation_type"] == "SHARE" else []
    told = {"audience_id": body["audience_id"], member: body[member], "permissions": permissions}
    return Reply.json(told)


def list_product_tags(call: Call) -> Reply:
    """The product Pins that a Pin is tagged with."""
    return Reply.json({"product_tags": _tags(call)})


def add_product_tags(call: Call) -> Reply:
    """Tag a Pin with product Pins."""
    tags = _tags(call)
    known = {tag["pin_id"] for tag in tags}
    tags += [{"pin_id": one} for one in _named(call) if one not in known]
    call.account.forget_encoded(call.path["pin_id"])
    return Reply.json({"product_tags": tags})


def remove_product_tags(call: Call) -> Reply:
    """Take tags off a Pin."""
    gone = set(_named(call))
    tags = _tags(call)
    tags[:] = [tag for tag in tags if tag["pin_id"] not in gone]
    call.account.forget_encoded(call.path["pin_id"])
    return NO_CONTENT


def _tags(call: Call) -> list[Any]:
    pin = call.account.pins.get(call.path["pin_id"])
    if pin is None:
        raise pin_not_found()
    return pin.product_tags


def _named(call: Call) -> Iterable[str]:
    tags = checks.fields(call.body)["product_tags"]
    return dict.fromkeys(str(tag["pin_id"]) for tag in tags)


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "feeds/ingest": ingest_feed,
    "labels/apply": apply_label,
    "labels/remove": remove_label,
    "product_tags/bulk_add": add_product_tags,
    "product_tags/bulk_delete": remove_product_tags,
    "product_tags/list": list_product_tags,
    "sandbox/delete": clear_sandbox,
    "update_ad_account_to_ad_account_shared_audience": share_audience,
    "update_ad_account_to_business_shared_audience": share_audience,
    "update_business_to_ad_account_shared_audience": share_audience,
    "update_business_to_business_shared_audience": share_audience,
}
"""The handlers of these."""
