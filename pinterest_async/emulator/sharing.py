"""Audiences that are shared with other ad accounts and with businesses, and who has got them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.shelves import Record

_KINDS = {"recipient_account_ids": "AD_ACCOUNT", "recipient_business_ids": "BUSINESS_ACCOUNT"}
_FAMILIES = {"AD_ACCOUNT": "ad_accounts", "BUSINESS_ACCOUNT": "businesses"}


def share(call: Call) -> Reply:
    """Share an audience with accounts or businesses, or end that."""
    body = checks.fields(call.body)
    audience = body["audience_id"]
    _find(call, audience)
    member, kind = next(pair for pair in _KINDS.items() if pair[0] in body)
    having = call.account.shared_audiences.setdefault(audience, {})
    shares = body["operation_type"] == "SHARE"
    for key in body[member]:
        if shares:
            having[kind, key] = int(call.world.clock())
        else:
            having.pop((kind, key), None)
    permissions = ["OWNER"] if shares else []
    return Reply.json({"audience_id": audience, member: body[member], "permissions": permissions})


def _find(call: Call, audience: str) -> Record:
    """The audience, in the ad account of the path or, for a business, in any."""
    shelves = call.account.shelves
    places = [call.path.get("ad_account_id") or str(one["id"]) for one in _ad_accounts(call)]
    found = (shelves.shelf("audiences", place).get(audience) for place in places)
    record = next(filter(None, found), None)
    if record is None:
        raise Refusal(404, 404, "Audience not found.")
    return record


def _ad_accounts(call: Call) -> list[Record]:
    return list(call.account.shelves.shelf("ad_accounts"))


def list_recipients(call: Call) -> Reply:
    """The ad accounts, or the businesses, that an audience is shared with."""
    audience = call.query["audience_id"]
    _find(call, audience)
    wanted = call.query["account_type"]
    own = call.account.shelves.shelf(_FAMILIES[wanted])
    found: list[dict[str, Any]] = []
    for (kind, key), moment in call.account.shared_audiences.get(audience, {}).items():
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


def list_received(call: Call) -> Reply:
    """The audiences that a business was given, in the order of their ids."""
    target = ("BUSINESS_ACCOUNT", call.path["business_id"])
    having = call.account.shared_audiences
    ids = sorted((key for key in having if target in having[key]), key=int)
    # One that has been removed since is nobody's any more.
    shelves = [call.account.shelves.shelf("audiences", one["id"]) for one in _ad_accounts(call)]
    found = [record for key in ids for shelf in shelves if (record := shelf.get(key))]
    return call.page(found, newest_first=call.query.get("order") == "DESCENDING")


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "ad_accounts_audiences_shared_accounts/list": list_recipients,
    "business_account_audiences_shared_accounts/list": list_recipients,
    "shared_audiences_for_business/list": list_received,
    "update_ad_account_to_ad_account_shared_audience": share,
    "update_ad_account_to_business_shared_audience": share,
    "update_business_to_ad_account_shared_audience": share,
    "update_business_to_business_shared_audience": share,
}
"""The handlers of these."""
