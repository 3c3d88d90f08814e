"""What ad accounts pay: invoices, credits and discounts, and insertion orders."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import collection
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import factories, fields, types
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.emulator.state.files import File

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.state.store import EntityStore, Record

_ACTIVE = frozenset({"VALID", "SECONDARY"})
_CREDIT = 100_000_000
"""What any offer code is worth, in millionths."""

_NO_OFFER = 15
_LINE_KEYS = ("salesforce_order_line_id", "ads_manager_order_line_id")


def _store(call: ApiCall, name: str) -> EntityStore:
    return call.account.stores.store(name, call.path["ad_account_id"])


def download_invoice(call: ApiCall) -> Reply:
    """A link to an invoice, as a table."""
    key = call.path["billing_invoice_id"]
    record = _store(call, "invoices").get(key) or {}
    text = io.StringIO()
    csv.writer(text).writerows(record.items())
    file = File(f"invoice-{key}.csv", text.getvalue().encode(), "text/csv")
    return Reply.json({"id": key, "download_url": call.link(file)})


def list_profiles(call: ApiCall) -> Reply:
    """The ways to pay, all or those in use."""
    active = fields.query_flag(call.query, "is_active")
    profiles = _store(call, "billing_profiles")
    return call.page([one for one in profiles if not active or one["status"] in _ACTIVE])


def redeem(call: ApiCall) -> Reply:
    """Turn an offer code into a discount, once."""
    body = fields.fields(call.body)
    discounts = _store(call, "discounts")
    code = body["offerCodeHash"]
    if any(one.get("code") == code for one in discounts):
        raise Refusal(400, _NO_OFFER, "Unable to redeem offer code. It has been used.")
    if not body["validateOnly"]:
        discounts.add(
            {
                "id": discounts.new_id(),
                "code": code,
                "active": True,
                "advertiser_id": call.path["ad_account_id"],
                "discountCurrency": "USD",
                "discountInMicroCurrency": _CREDIT,
                "discountType": "COUPON_APPLIED",
                "remainingDiscountInMicroCurrency": _CREDIT,
                "title": f"Offer {code[:8]}",
            }
        )
    return Reply.json({"success": True, "errorCode": 0, "errorMessage": ""})


# Insertion orders


def get_terms(call: ApiCall) -> Reply:
    """Who can be billed, and where; the same for an ad account each time."""
    store = _store(call, "insertion_orders")
    return Reply.json(factories.made_up(types.named("SSIOAccountResponse"), store.seeded()))


def create_order(call: ApiCall) -> Reply:
    """A new insertion order, with a line."""
    store = _store(call, "insertion_orders")
    now = _now(call)
    key = store.new_id()
    record: Record = {
        **_lines(fields.fields(call.body)),
        "pin_order_id": key,
        "salesforce_order_line_id": f"L{key}",
        "accepted_terms_time": now,
        "last_modified_date_time": now,
        "creation_time": now,
        "status": "ACTIVE",
    }
    store.add(record)
    return Reply.json({"pin_order_id": key})


def _now(call: ApiCall) -> str:
    """The present in the form that the description's pattern wants."""
    return f"{call.account.now()}.000Z"


def edit_order(call: ApiCall) -> Reply:
    """Change the insertion order whose line is named."""
    body = fields.fields(call.body)
    named = {name: body[name] for name in _LINE_KEYS if name in body}
    store = _store(call, "insertion_orders")
    order = body.get("salesforce_order_id")
    record = next(
        (
            one
            for one in store
            if one["pin_order_id"] == order
            or any(one.get(name) == value for name, value in named.items())
        ),
        None,
    )
    if record is None:
        raise Refusal(400, 400, "Invalid request: no such order line.")
    record.update(_lines(body), last_modified_date_time=_now(call))
    return Reply.json({"pin_order_id": record["pin_order_id"]})


def _lines(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a request says of an order line."""
    made: dict[str, Any] = {}
    collection.overlay(made, types.named("SSIOOrderLine"), body)
    return made


def list_lines(call: ApiCall) -> Reply:
    """The lines of the insertion orders, one each."""
    wanted = call.query.get("pin_order_id")
    known = types.member_types(types.named("SSIOOrderLine"))
    return call.page(
        [
            {name: value for name, value in one.items() if name in known}
            for one in _store(call, "insertion_orders")
            if wanted in (None, one["pin_order_id"])
        ]
    )


HANDLERS: Handlers = {
    "ads_credit/redeem": redeem,
    "billing_invoice_download/get": download_invoice,
    "billing_profiles/get": list_profiles,
    "ssio_accounts/get": get_terms,
    "ssio_insertion_order/create": create_order,
    "ssio_insertion_order/edit": edit_order,
    "ssio_order_lines/get_by_ad_account": list_lines,
}
