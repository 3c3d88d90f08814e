"""The members, partners and employers of a business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import access
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import not_found

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinterest_async.emulator.state.store import Record

_SUMMARIES = {"AD_ACCOUNT": "ad_accounts", "PROFILE": "profiles"}
"""Kinds of assets to where a summary of somebody's assets has them."""


def list_members(call: ApiCall) -> Reply:
    """The members of the business, or its system users."""
    roles = frozenset(fields.query_list(call.query, "business_roles"))
    people = access.people(call)
    return _list(call, [one for one in people if not roles or roles & {*one["business_roles"]}])


def list_partners(call: ApiCall) -> Reply:
    """The partners of the business; it is nobody's partner itself."""
    if call.query.get("partner_type") == "EXTERNAL":
        return call.page([])
    found = list(access.store(call, "partners"))
    if not fields.query_flag(call.query, "sort_ascending", default=True):
        found.reverse()
    return _list(call, found)


def _list(call: ApiCall, found: Sequence[Record]) -> Reply:
    ids = fields.query_list(call.query, "member_ids") or fields.query_list(
        call.query, "partner_ids"
    )
    summed = fields.query_flag(call.query, "assets_summary")
    kinds = {asset: str(one["asset_type"]) for asset, one in access.assets(call).items()}
    shown: list[Record] = []
    for one in found:
        if not ids or one["id"] in ids:
            plain = {name: value for name, value in one.items() if name != "assets_summary"}
            summary = {"assets_summary": _summary(call, kinds, one["id"])} if summed else {}
            shown.append({**plain, **summary})
    return access.from_start(call, shown)


def _summary(call: ApiCall, kinds: Mapping[str, str], who: str) -> dict[str, Any]:
    """What somebody may do, by kind of asset."""
    told: dict[str, Any] = {name: [] for name in _SUMMARIES.values()}
    for (holder, asset), permissions in access.accesses(call).items():
        name = _SUMMARIES.get(kinds.get(asset, ""))
        if holder == who and name is not None:
            told[name].append({"id": asset, "permissions": permissions})
    return told


def list_employers(call: ApiCall) -> Reply:
    """The businesses that the account works for: all that it knows, as it has made them."""
    summary: dict[str, Any] = {"ad_accounts": [], "profiles": []}
    summed = fields.query_flag(call.query, "assets_summary")
    return call.page(
        [
            {
                "id": call.account.id,
                "user": one,
                "business_roles": ["BIZ_ADMIN"],
                "created_by_business": one,
                "created_by_user": _user(call),
                "is_shared_partner": False,
                **({"assets_summary": summary} if summed else {}),
            }
            for one in call.account.stores.store("businesses")
        ]
    )


def _user(call: ApiCall) -> dict[str, Any]:
    return {"id": call.account.id, "username": call.account.username, "email": None}


def delete_members(call: ApiCall) -> Reply:
    """Members leave; those that were none are left out of the response."""
    ids = [one["member_id"] for one in access.items(call, "members")]
    return Reply.json({"deleted_members": _left(call, "members", ids)})


def delete_partners(call: ApiCall) -> Reply:
    """Partnerships end; those that were none are left out of the response."""
    ids = fields.fields(call.body)["partner_ids"]
    return Reply.json({"deleted_partners": _left(call, "partners", ids)})


def _left(call: ApiCall, name: str, ids: Iterable[str]) -> list[str]:
    """Those of them that there were. Their permissions go with them."""
    gone = access.removed(access.store(call, name), ids)
    accesses = access.accesses(call)
    for key in [key for key in accesses if key[0] in gone]:
        del accesses[key]
    return gone


def update_members(call: ApiCall) -> Reply:
    """Members get other roles."""
    store = access.store(call, "members")
    told: list[dict[str, Any]] = []
    for item in map(fields.fields, call.body):
        record = store.get(item["member_id"])
        if record is None:
            raise not_found("Member")
        record["business_roles"] = [item["business_role"]]
        told.append({"member_id": item["member_id"], "business_role": item["business_role"]})
    return Reply.json({"items": told})


def update_system_user(call: ApiCall) -> Reply:
    """A system user gets another name."""
    record = call.account.stores.store("system_users", call.path["business_id"]).get(
        call.path["system_user_id"]
    )
    if record is None:
        raise not_found("System user")
    record["user"] = {**record["user"], "username": fields.fields(call.body)["name"]}
    return Reply(200)


HANDLERS: Handlers = {
    "delete_business_membership": delete_members,
    "delete_business_partners": delete_partners,
    "get/business_employers": list_employers,
    "get/business_members": list_members,
    "get/business_partners": list_partners,
    "system_user/update": update_system_user,
    "update/business_memberships": update_members,
}
