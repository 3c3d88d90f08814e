"""Invites to become a member or partner of a business, and requests for access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import access
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.state.store import EntityStore, Record

_NOT_FOUND = 404

_ID_MAX = 20

_INVITE_LIFE = 30 * 86_400


def list_invites(call: ApiCall) -> Reply:
    """The invites that nobody has answered yet, of members unless partners are asked for."""
    kinds = {"MEMBER_INVITE"}
    if not fields.query_flag(call.query, "is_member", default=True):
        kinds = {"PARTNER_INVITE", "PARTNER_REQUEST"}
    if "invite_type" in call.query:
        kinds = {call.query["invite_type"]}
    statuses = fields.query_list(call.query, "invite_status") or ["PENDING", "EXPIRED"]
    found: list[Record] = []
    for one in access.store(call, "invites"):
        data = one["invite_data"]
        if call.world.clock() >= data["invite_expiration"] and data["invite_status"] == "PENDING":
            data["invite_status"] = "EXPIRED"
        if data["invite_type"] in kinds and data["invite_status"] in statuses:
            found.append(one)
    return call.page(found)


def create_invites(call: ApiCall) -> Reply:
    """Invite members (by mail address or name) or partners (by id)."""
    body = fields.fields(call.body)
    store = access.store(call, "invites")
    told: list[dict[str, Any]] = []
    for who in (*body.get("members", ()), *body.get("partners", ())):
        record = _invite(call, store, who, body["invite_type"], body["business_role"])
        store.add(record)
        told.append({"invite": _brief(record)})
    return Reply.json({"items": told})


def _invite(call: ApiCall, store: EntityStore, who: str, kind: str, role: str) -> Record:
    now = int(call.world.clock())
    by = {"id": call.path["business_id"], "username": call.account.username, "email": None}
    return {
        "id": store.new_id(),
        "invite_data": {
            "invite_expiration": now + _INVITE_LIFE,
            "invite_status": "PENDING",
            "invite_type": kind,
            "last_updated_time": now,
            "sent_at": now,
        },
        "is_received_invite": False,
        "user": {
            "id": who if fields.is_id(who) and len(who) <= _ID_MAX else None,
            "email": who if "@" in who else None,
            "username": None if "@" in who or fields.is_id(who) else who,
        },
        "assets_summary": {"ad_accounts": [], "profiles": []},
        "business_roles": [role],
        "created_by_business": by,
        "created_by_user": by,
        "created_time": now,
    }


def _brief(record: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "invite_data", "is_received_invite", "user")
    return {name: record[name] for name in names if name in record}


def cancel_invites(call: ApiCall) -> Reply:
    """Invites are taken back; each that there is not says so in its place."""
    store = access.store(call, "invites")
    told: list[dict[str, Any]] = []
    for key in fields.fields(call.body)["invite_ids"]:
        record = store.remove(key)
        if record is None:
            told.append({"exception": {"invite_id": key, "message": "Invite not found."}})
        else:
            told.append({"invite": _brief(record)})
    return Reply.json({"items": told})


def respond_to_invites(call: ApiCall) -> Reply:
    """Say yes or no to invites, of whatever business; who accepts is in from then on."""
    businesses = [str(one["id"]) for one in call.account.stores.store("businesses")]
    told: list[dict[str, Any]] = []
    for item in access.items(call, "invites"):
        key = item["invite_id"]
        for business in businesses:
            record = call.account.stores.store("invites", business).get(key)
            if record is not None:
                accepted = item["action"]["accept_invite"]
                record["invite_data"]["invite_status"] = "ACCEPTED" if accepted else "DECLINED"
                if accepted:
                    _join(call, business, record)
                told.append({"invite": _brief(record)})
                break
        else:
            told.append({"exception": _no_invite(key)})
    return Reply.json({"items": told})


def _join(call: ApiCall, business: str, invite: Record) -> None:
    """Make a member or partner of who was invited, with what the invite promised."""
    is_member = invite["invite_data"]["invite_type"] == "MEMBER_INVITE"
    store = call.account.stores.store("members" if is_member else "partners", business)
    key = invite["user"].get("id") or store.new_id()
    shared = ("business_roles", "created_by_business", "created_by_user", "created_time")
    store.add(
        {
            "id": key,
            **{name: invite[name] for name in shared},
            "is_shared_partner": False,
            "user": {**invite["user"], "id": key},
        }
    )
    promised = invite["assets_summary"]
    for one in (*promised["ad_accounts"], *promised["profiles"]):
        call.account.advertising.access.setdefault(business, {})[key, one["id"]] = one[
            "permissions"
        ]


def create_asset_invites(call: ApiCall) -> Reply:
    """Invites get permissions on assets, for when they are accepted."""
    store = access.store(call, "invites")
    told: list[dict[str, Any]] = []
    for item in access.items(call, "invites"):
        record = store.get(item["invite_id"])
        if record is None or not _are_ids(item):
            told.append({"exception": _no_invite(item["invite_id"])})
        else:
            record["assets_summary"] = _summary(call, item["asset_id_to_permissions"])
            told.append({"invite": _brief(record)})
    return Reply.json({"items": told})


def _are_ids(item: Mapping[str, Any]) -> bool:
    return all(fields.is_id(asset) for asset in item["asset_id_to_permissions"])


def _summary(call: ApiCall, wanted: Mapping[str, Any]) -> dict[str, Any]:
    own = call.account.id
    named = [{"id": asset, "permissions": words} for asset, words in wanted.items()]
    return {
        "ad_accounts": [one for one in named if one["id"] != own],
        "profiles": [one for one in named if one["id"] == own],
    }


def request_access(call: ApiCall) -> Reply:
    """Ask partners for permissions on their assets: an invite each, that waits for their answer."""
    store = access.store(call, "invites")
    partners = access.store(call, "partners")
    invites: dict[str, str] = {}
    exceptions: list[dict[str, Any]] = []
    for item in access.items(call, "asset_requests"):
        partner = item["partner_id"]
        if partners.get(partner) is None or not _are_ids(item):
            exceptions.append(
                {"code": _NOT_FOUND, "messages": ["There is no such partner or asset."]}
            )
            continue
        record = _invite(call, store, partner, "PARTNER_REQUEST", "PARTNER")
        record["assets_summary"] = _summary(call, item["asset_id_to_permissions"])
        store.add(record)
        invites[partner] = record["id"]
    return Reply.json({"exceptions": exceptions, "invites": invites})


def _no_invite(key: str) -> dict[str, Any]:
    return {
        "code": _NOT_FOUND,
        "invite_or_request_id": key,
        "message": "Invite not found.",
        "users_or_partner_ids": [],
    }


HANDLERS: Handlers = {
    "asset_access_requests/create": request_access,
    "cancel_invites_or_requests": cancel_invites,
    "create_asset_invites": create_asset_invites,
    "create_membership_or_partnership_invites": create_invites,
    "get/invites": list_invites,
    "respond_business_access_invites": respond_to_invites,
}
