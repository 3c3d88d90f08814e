"""Audiences, those on customer lists."""

from __future__ import annotations

from functools import partial

import msgspec

from pinterest_async.emulator.handlers import collection, customer_lists
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields


def create(call: ApiCall) -> Reply:
    """A new audience; one on a customer list is as large as the list, once both are worked off."""
    body = fields.fields(call.body)
    if body["audience_type"] != "CUSTOMER_LIST":
        return collection.answer(call)
    key = str(fields.fields(body["rule"]).get("customer_list_id", ""))
    record = customer_lists.find(call.account, {**call.path, "customer_list_id": key})
    reply = collection.answer(call)
    audiences = call.account.stores.store("audiences", call.path["ad_account_id"])
    audience = audiences.get(msgspec.json.decode(reply.body)["id"])
    if audience is not None:
        audience["size"] = 0
        work = partial(customer_lists.follow, call.account, audience, record)
        call.world.jobs.after(call.world.clock(), work)
    return Reply.json(audience)


HANDLERS: Handlers = {
    "audiences/create": create,
}
