"""What ad accounts do with their collections beyond keeping them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import NO_CONTENT, Call, Reply
from pinterest_async.emulator.refusals import pin_not_found

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


def try_lead_form(call: Call) -> Reply:
    """Answer a lead form for a test, as many answers as it has questions; exports have them."""
    place, form = call.path["ad_account_id"], call.path["lead_form_id"]
    answers = checks.fields(call.body)["answers"]
    call.account.test_leads.setdefault((place, form), []).append(answers)
    subscriptions = call.account.shelves.shelf("subscriptions", place)
    told = next((one["id"] for one in subscriptions if one.get("lead_form_id") == form), None)
    return Reply.json({} if told is None else {"subscription_id": told})


def list_promoted_ad_groups(call: Call) -> Reply:
    """The ad groups that promotions are applied to."""
    wanted = frozenset(checks.query_list(call.query, "promotion_ids"))
    shelf = call.account.shelves.shelf("ad_groups", call.path["ad_account_id"])
    found = [
        one
        for one in shelf
        if wanted.intersection([*(one.get("promotion_ids") or ()), one.get("promotion_id")])
    ]
    return call.page(found, newest_first=call.query.get("order") == "DESCENDING")


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
    "get_ad_groups_by_promotion_ids/list": list_promoted_ad_groups,
    "labels/apply": apply_label,
    "labels/remove": remove_label,
    "lead_form_test/create": try_lead_form,
    "product_tags/bulk_add": add_product_tags,
    "product_tags/bulk_delete": remove_product_tags,
    "product_tags/list": list_product_tags,
    "sandbox/delete": clear_sandbox,
}
"""The handlers of these."""
