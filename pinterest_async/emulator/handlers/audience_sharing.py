"""Audiences that are shared with other ad accounts and with businesses, and who has got them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal

if TYPE_CHECKING:
    from pinterest_async.emulator.state.store import Record

_KINDS = {"recipient_account_ids": "AD_ACCOUNT", "recipient_business_ids": "BUSINESS_ACCOUNT"}
_ENTITY_TYPES = {"AD_ACCOUNT": "ad_accounts", "BUSINESS_ACCOUNT": "businesses"}


def share(call: ApiCall) -> Reply:
    """Share an audience with accounts or businesses, or end that."""
    body = fields.fields(call.body)
    audience = body["audience_id"]
    _find(call, audience)
    member, kind = next(pair for pair in _KINDS.items() if pair[0] in body)
    having = call.account.advertising.shared_audiences.setdefault(audience, {})
    shares = body["operation_type"] == "SHARE"
    for key in body[member]:
        if shares:
            having[kind, key] = int(call.world.clock())
        else:
            having.pop((kind, key), None)
    permissions = ["OWNER"] if shares else []
    return Reply.json({"audience_id": audience, member: body[member], "permissions": permissions})


def _find(call: ApiCall, audience: str) -> Record:
    """The audience, in the ad account of the path or, for a business, in any."""
    stores = call.account.stores
    parent_ids = [call.path.get("ad_account_id") or str(one["id"]) for one in _ad_accounts(call)]
    found = (stores.store("audiences", one).get(audience) for one in parent_ids)
    record = next(filter(None, found), None)
    if record is None:
        raise Refusal(404, 404, "Audience not found.")
    return record


def _ad_accounts(call: ApiCall) -> list[Record]:
    return list(call.account.stores.store("ad_accounts"))


def list_recipients(call: ApiCall) -> Reply:
    """The ad accounts, or the businesses, that an audience is shared with."""
    audience = call.query["audience_id"]
    _find(call, audience)
    wanted = call.query["account_type"]
    own = call.account.stores.store(_ENTITY_TYPES[wanted])
    found: list[dict[str, Any]] = []
    for (kind, key), moment in call.account.advertising.shared_audiences.get(audience, {}).items():
        if kind == wanted:
            known = own.get(key) or {}
            found.append(
                {
                    "account_id": key,
                    "account_name": known.get("name") or known.get("username") or "Somebody",
                    "account_type": kind,
                    "shared_on_timestamp": moment,
                }
            )
    return call.page(found)


def list_received(call: ApiCall) -> Reply:
    """The audiences that a business was given, in the order of their ids."""
    target = ("BUSINESS_ACCOUNT", call.path["business_id"])
    having = call.account.advertising.shared_audiences
    ids = sorted((key for key in having if target in having[key]), key=int)
    # One that has been removed since is nobody's any more.
    stores = [call.account.stores.store("audiences", one["id"]) for one in _ad_accounts(call)]
    found = [record for key in ids for store in stores if (record := store.get(key))]
    return call.page(found, newest_first=call.query.get("order") == "DESCENDING")


HANDLERS: Handlers = {
    "ad_accounts_audiences_shared_accounts/list": list_recipients,
    "business_account_audiences_shared_accounts/list": list_recipients,
    "shared_audiences_for_business/list": list_received,
    "update_ad_account_to_ad_account_shared_audience": share,
    "update_ad_account_to_business_shared_audience": share,
    "update_business_to_ad_account_shared_audience": share,
    "update_business_to_business_shared_audience": share,
}
