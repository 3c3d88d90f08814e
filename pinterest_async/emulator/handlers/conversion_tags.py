"""Conversion tags, by the events that they count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply

if TYPE_CHECKING:
    from pinterest_async.emulator.state.store import Record

_OPTIMISED = ("CHECKOUT", "ADD_TO_CART", "SIGNUP", "LEAD")

_SINCE = 1_700_000_000
"""When the events of conversion tags were first seen."""


def _tags(call: ApiCall) -> list[Record]:
    return list(call.account.stores.store("conversion_tags", call.path["ad_account_id"]))


def page_visit_tags(call: ApiCall) -> Reply:
    """The conversion tags, each with the visits to pages that it counts."""
    found = [_tag_event(call, tag, "PAGE_VISIT") for tag in _tags(call)]
    return call.page(found, newest_first=call.query.get("order") == "DESCENDING")


def optimised_tags(call: ApiCall) -> Reply:
    """The events of each conversion tag that ads can be optimised for."""
    return Reply.json(
        {
            str(tag["id"]): [_tag_event(call, tag, event) for event in _OPTIMISED]
            for tag in _tags(call)
        }
    )


def _tag_event(call: ApiCall, tag: Record, event: str) -> dict[str, Any]:
    return {
        "ad_account_id": call.path["ad_account_id"],
        "conversion_tag_id": tag["id"],
        "conversion_event": event,
        "created_time": _SINCE,
    }


HANDLERS: Handlers = {
    "ocpm_eligible_conversion_tags/get": optimised_tags,
    "page_visit_conversion_tags/get": page_visit_tags,
}
