"""Business access: members, partners, invites, and who may do what with which asset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinterest_async.emulator.shelves import Record, Shelf

_NOT_FOUND = 404
_ID_MAX = 20
_INVITE_LIFE = 30 * 86_400


def _shelf(call: Call, name: str) -> Shelf:
    return call.account.shelves.shelf(name, call.path["business_id"])


def _items(call: Call, name: str) -> list[dict[str, Any]]:
    return [checks.fields(one, name) for one in checks.fields(call.body).get(name, ())]


# Members and partners


def delete_members(call: Call) -> Reply:
    """Members leave; those that were none are left out of the answer."""
    ids = [one["member_id"] for one in _items(call, "members")]
    return Reply.json({"deleted_members": _removed(_shelf(call, "members"), ids)})


def delete_partners(call: Call) -> Reply:
    """Partnerships end; those that were none are left out of the answer."""
    ids = checks.fields(call.body)["partner_ids"]
    return Reply.json({"deleted_partners": _removed(_shelf(call, "partners"), ids)})


def _removed(shelf: Shelf, ids: Iterable[str]) -> list[str]:
    return [one for one in ids if shelf.remove(one) is not None]


def update_members(call: Call) -> Reply:
    """Members get other roles."""
    shelf = _shelf(call, "members")
    told: list[dict[str, Any]] = []
    for item in map(checks.fields, call.body):
        record = shelf.get(item["member_id"])
        if record is None:
            raise Refusal(404, _NOT_FOUND, "Member not found.")
        record["business_roles"] = [item["business_role"]]
        told.append({"member_id": item["member_id"], "business_role": item["business_role"]})
    return Reply.json({"items": told})


# Access to assets


def update_member_access(call: Call) -> Reply:
    """Members get permissions on assets."""
    told = [{"response": _granted(call, one, "member_id")} for one in _items(call, "accesses")]
    return Reply.json({"items": told})


def update_partner_access(call: Call) -> Reply:
    """Partners get permissions on assets."""
    accesses = _items(call, "accesses")
    return Reply.json(
        {"items": [_granted(call, one, "partner_id", typed=True) for one in accesses]}
    )


def delete_member_access(call: Call) -> Reply:
    """Members lose their permissions on assets."""
    accesses = _items(call, "accesses")
    known = [one for one in accesses if call.account.access.pop(_access(one, "member_id"), None)]
    names = ("asset_id", "member_id")
    return Reply.json({"items": [{name: one[name] for name in names} for one in known]})


def delete_partner_access(call: Call) -> Reply:
    """Partners lose their permissions on assets."""
    told: list[dict[str, Any]] = []
    for one in _items(call, "accesses"):
        permissions = call.account.access.pop(_access(one, "partner_id"), None)
        if permissions:
            told.append(
                {
                    "asset_id": one["asset_id"],
                    "asset_type": "AD_ACCOUNT",
                    "is_shared_partner": False,
                    "partner_id": one["partner_id"],
                    "permissions": permissions,
                }
            )
    return Reply.json({"items": told})


def _granted(
    call: Call, said: Mapping[str, Any], who: str, *, typed: bool = False
) -> dict[str, Any]:
    if _shelf(call, "assets").get(said["asset_id"]) is None:
        raise Refusal(404, _NOT_FOUND, "Asset not found.")
    call.account.access[_access(said, who)] = list(said["permissions"])
    told = {name: said[name] for name in ("asset_id", who, "permissions")}
    return {**told, "asset_type": "AD_ACCOUNT"} if typed else told


def _access(said: Mapping[str, Any], who: str) -> tuple[str, str]:
    return str(said[who]), str(said["asset_id"])


# Invites


def create_invites(call: Call) -> Reply:
    """Invite members (by mail address or name) or partners (by id)."""
    body = checks.fields(call.body)
    shelf = _shelf(call, "invites")
    told: list[dict[str, Any]] = []
    for who in (*body.get("members", ()), *body.get("partners", ())):
        record = _invite(call, shelf, who, body["invite_type"], body["business_role"])
        shelf.add(record)
        told.append({"invite": _brief(record)})
    return Reply.json({"items": told})


def _invite(call: Call, shelf: Shelf, who: str, kind: str, role: str) -> Record:
    now = int(call.world.clock())
    by = {"id": call.path["business_id"], "username": call.account.username, "email": None}
    return {
        "id": shelf.new_id(),
        "invite_data": {
            "invite_expiration": now + _INVITE_LIFE,
            "invite_status": "PENDING",
            "invite_type": kind,
            "last_updated_time": now,
            "sent_at": now,
        },
        "is_received_invite": False,
        "user": {
            "id": who if checks.is_id(who) and len(who) <= _ID_MAX else None,
            "email": who if "@" in who else None,
            "username": None if "@" in who or checks.is_id(who) else who,
        },
        "business_roles": [role],
        "created_by_business": by,
        "created_by_user": by,
        "created_time": now,
    }


def _brief(record: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "invite_data", "is_received_invite", "user")
    return {name: record[name] for name in names if name in record}


def cancel_invites(call: Call) -> Reply:
    """Invites are taken back; each that there is not says so in its place."""
    shelf = _shelf(call, "invites")
    told: list[dict[str, Any]] = []
    for key in checks.fields(call.body)["invite_ids"]:
        record = shelf.remove(key)
        if record is None:
            told.append({"exception": {"invite_id": key, "message": "Invite not found."}})
        else:
            told.append({"invite": _brief(record)})
    return Reply.json({"items": told})


def respond_to_invites(call: Call) -> Reply:
    """Say yes or no to invites that were received, by whatever business."""
    businesses = [str(one["id"]) for one in call.account.shelves.shelf("businesses")]
    shelves = [call.account.shelves.shelf("invites", one) for one in businesses]
    told: list[dict[str, Any]] = []
    for item in _items(call, "invites"):
        key = item["invite_id"]
        record = next(filter(None, (shelf.get(key) for shelf in shelves)), None)
        if record is None:
            told.append({"exception": _no_invite(key)})
            continue
        accepted = item["action"]["accept_invite"]
        record["invite_data"]["invite_status"] = "ACCEPTED" if accepted else "DECLINED"
        told.append({"invite": _brief(record)})
    return Reply.json({"items": told})


def create_asset_invites(call: Call) -> Reply:
    """Invites get permissions on assets, for when they are accepted."""
    shelf = _shelf(call, "invites")
    told: list[dict[str, Any]] = []
    for item in _items(call, "invites"):
        record = shelf.get(item["invite_id"])
        if record is None:
            told.append({"exception": _no_invite(item["invite_id"])})
        else:
            told.append({"invite": _brief(record)})
    return Reply.json({"items": told})


def _no_invite(key: str) -> dict[str, Any]:
    return {
        "code": _NOT_FOUND,
        "invite_or_request_id": key,
        "message": "Invite not found.",
        "users_or_partner_ids": [],
    }


# Groups of assets


def create_asset_group(call: Call) -> Reply:
    """A new group."""
    body = checks.fields(call.body)
    shelf = _shelf(call, "asset_groups")
    now = int(call.world.clock())
    owner = {"id": call.path["business_id"], "username": call.account.username, "email": None}
    record: Record = {
        "id": shelf.new_id(),
        "asset_group_name": body["asset_group_name"],
        "asset_group_description": body["asset_group_description"],
        "asset_group_types": body["asset_group_types"],
        "ad_accounts_ids": [],
        "catalogs_ids": [],
        "profiles_ids": [],
        "created_by": owner,
        "owner": owner,
        "created_time": now,
        "updated_time": now,
    }
    shelf.add(record)
    return Reply.json({"asset_group": record})


def update_asset_groups(call: Call) -> Reply:
    """Groups change, those that are there."""
    shelf = _shelf(call, "asset_groups")
    changed: list[Record] = []
    exceptions: list[dict[str, Any]] = []
    for item in _items(call, "asset_groups_to_update"):
        record = shelf.get(item["asset_group_id"])
        if record is None:
            exceptions.append(_no_group(item["asset_group_id"]))
            continue
        for member in ("name", "description"):
            record[f"asset_group_{member}"] = item.get(member, record[f"asset_group_{member}"])
        record["asset_group_types"] = item.get("asset_group_types", record["asset_group_types"])
        kept = [one for one in record["ad_accounts_ids"] if one not in _said(item, "remove")]
        record["ad_accounts_ids"] = [*kept, *_said(item, "add")]
        record["updated_time"] = int(call.world.clock())
        changed.append(record)
    return Reply.json({"updated_asset_groups": changed, "exceptions": exceptions})


def _said(item: Mapping[str, Any], what: str) -> list[str]:
    return list(item.get(f"assets_to_{what}", ()))


def delete_asset_groups(call: Call) -> Reply:
    """Groups go, those that are there."""
    ids: list[str] = checks.fields(call.body)["asset_groups_to_delete"]
    gone = _removed(_shelf(call, "asset_groups"), ids)
    exceptions = [_no_group(one) for one in ids if one not in gone]
    return Reply.json({"deleted_asset_groups": gone, "exceptions": exceptions})


def _no_group(key: str) -> dict[str, Any]:
    return {"asset_group_id": key, "code": _NOT_FOUND, "message": "Asset group not found."}


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "asset_group/create": create_asset_group,
    "asset_group/delete": delete_asset_groups,
    "asset_group/update": update_asset_groups,
    "business_members_asset_access/delete": delete_member_access,
    "business_members_asset_access/update": update_member_access,
    "cancel_invites_or_requests": cancel_invites,
    "create_asset_invites": create_asset_invites,
    "create_membership_or_partnership_invites": create_invites,
    "delete_business_membership": delete_members,
    "delete_business_partners": delete_partners,
    "delete_partner_asset_access_handler_impl": delete_partner_access,
    "respond_business_access_invites": respond_to_invites,
    "update/business_memberships": update_members,
    "update_partner_asset_access_handler_impl": update_partner_access,
}
"""The handlers of business access."""
