"""The product Pins that a Pin is tagged with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import NO_CONTENT, ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import pin_not_found

if TYPE_CHECKING:
    from collections.abc import Iterable


def list_product_tags(call: ApiCall) -> Reply:
    """The product Pins that a Pin is tagged with."""
    return Reply.json({"product_tags": _tags(call)})


def add_product_tags(call: ApiCall) -> Reply:
    """Tag a Pin with product Pins."""
    tags = _tags(call)
    known = {tag["pin_id"] for tag in tags}
    tags += [{"pin_id": one} for one in _named(call) if one not in known]
    call.account.saved.forget_encoded(call.path["pin_id"])
    return Reply.json({"product_tags": tags})


def remove_product_tags(call: ApiCall) -> Reply:
    """Take tags off a Pin."""
    gone = set(_named(call))
    tags = _tags(call)
    tags[:] = [tag for tag in tags if tag["pin_id"] not in gone]
    call.account.saved.forget_encoded(call.path["pin_id"])
    return NO_CONTENT


def _tags(call: ApiCall) -> list[Any]:
    pin = call.account.saved.pins.get(call.path["pin_id"])
    if pin is None:
        raise pin_not_found()
    return pin.product_tags


def _named(call: ApiCall) -> Iterable[str]:
    tags = fields.fields(call.body)["product_tags"]
    return dict.fromkeys(str(tag["pin_id"]) for tag in tags)


HANDLERS: Handlers = {
    "product_tags/bulk_add": add_product_tags,
    "product_tags/bulk_delete": remove_product_tags,
    "product_tags/list": list_product_tags,
}
