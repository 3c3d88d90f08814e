"""Business access: members, partners, invites to become one, and groups of assets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import access, checks
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinterest_async.emulator.shelves import Record, Shelf

_NOT_FOUND = 404
_ID_MAX = 20
_INVITE_LIFE = 30 * 86_400


def _items(call: Call, name: str) -> list[dict[str, Any]]:
    return [checks.fields(one, name) for one in checks.fields(call.body).get(name, ())]


def list_employers(call: Call) -> Reply:
    """The businesses that the account works for: all that it knows, as it has made them."""
    summary: dict[str, Any] = {"ad_accounts": [], "profiles": []}
    summed = checks.query_flag(call.query, "assets_summary")
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
            for one in call.account.shelves.shelf("businesses")
        ]
    )


def _user(call: Call) -> dict[str, Any]:
    return {"id": call.account.id, "username": call.account.username, "email": None}


# Members and partners


def delete_members(call: Call) -> Reply:
    """Members leave; those that were none are left out of the answer."""
    ids = [one["member_id"] for one in _items(call, "members")]
    return Reply.json({"deleted_members": _left(call, "members", ids)})


def delete_partners(call: Call) -> Reply:
    """Partnerships end; those that were none are left out of the answer."""
    ids = checks.fields(call.body)["partner_ids"]
    return Reply.json({"deleted_partners": _left(call, "partners", ids)})


def _left(call: Call, name: str, ids: Iterable[str]) -> list[str]:
    """Those of them that there were. Their permissions go with them."""
    gone = _removed(access.shelf(call, name), ids)
    accesses = access.accesses(call)
    for key in [key for key in accesses if key[0] in gone]:
        del accesses[key]
    return gone


def _removed(shelf: Shelf, ids: Iterable[str]) -> list[str]:
    return [one for one in ids if shelf.remove(one) is not None]


def update_members(call: Call) -> Reply:
    """Members get other roles."""
    shelf = access.shelf(call, "members")
    told: list[dict[str, Any]] = []
    for item in map(checks.fields, call.body):
        record = shelf.get(item["member_id"])
        if record is None:
            raise Refusal(404, _NOT_FOUND, "Member not found.")
        record["business_roles"] = [item["business_role"]]
        told.append({"member_id": item["member_id"], "business_role": item["business_role"]})
    return Reply.json({"items": told})


def update_system_user(call: Call) -> Reply:
    """A system user gets another name."""
    record = call.account.shelves.shelf("system_users", call.path["business_id"]).get(
        call.path["system_user_id"]
    )
    if record is None:
        raise Refusal(404, _NOT_FOUND, "System user not found.")
    record["user"] = {**record["user"], "username": checks.fields(call.body)["name"]}
    return Reply(200)


# Invites


def list_invites(call: Call) -> Reply:
    """The invites that nobody has answered yet, of members unless partners are asked for."""
    kinds = {"MEMBER_INVITE"}
    if call.query.get("is_member", "true").lower() == "false":
        kinds = {"PARTNER_INVITE", "PARTNER_REQUEST"}
    if "invite_type" in call.query:
        kinds = {call.query["invite_type"]}
    statuses = checks.query_list(call.query, "invite_status") or ["PENDING", "EXPIRED"]
    found: list[Record] = []
    for one in access.shelf(call, "invites"):
        data = one["invite_data"]
        if call.world.clock() >= data["invite_expiration"] and data["invite_status"] == "PENDING":
            data["invite_status"] = "EXPIRED"
        if data["invite_type"] in kinds and data["invite_status"] in statuses:
            found.append(one)
    return call.page(found)


def create_invites(call: Call) -> Reply:
    """Invite members (by mail address or name) or partners (by id)."""
    body = checks.fields(call.body)
    shelf = access.shelf(call, "invites")
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
        "assets_summary": {"ad_accounts": [], "profiles": []},
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
    shelf = access.shelf(call, "invites")
    told: list[dict[str, Any]] = []
    for key in checks.fields(call.body)["invite_ids"]:
        record = shelf.remove(key)
        if record is None:
            told.append({"exception": {"invite_id": key, "message": "Invite not found."}})
        else:
            told.append({"invite": _brief(record)})
    return Reply.json({"items": told})


def respond_to_invites(call: Call) -> Reply:
    """Say yes or no to invites, of whatever business; who accepts is in from then on."""
    businesses = [str(one["id"]) for one in call.account.shelves.shelf("businesses")]
    told: list[dict[str, Any]] = []
    for item in _items(call, "invites"):
        key = item["invite_id"]
        for business in businesses:
            record = call.account.shelves.shelf("invites", business).get(key)
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


def _join(call: Call, business: str, invite: Record) -> None:
    """Make a member or partner of who was invited, with what the invite promised."""
    is_member = invite["invite_data"]["invite_type"] == "MEMBER_INVITE"
    shelf = call.account.shelves.shelf("members" if is_member else "partners", business)
    key = invite["user"].get("id") or shelf.new_id()
    shared = ("business_roles", "created_by_business", "created_by_user", "created_time")
    shelf.add(
        {
            "id": key,
            **{name: invite[name] for name in shared},
            "is_shared_partner": False,
            "user": {**invite["user"], "id": key},
        }
    )
    promised = invite["assets_summary"]
    for one in (*promised["ad_accounts"], *promised["profiles"]):
        call.account.access.setdefault(business, {})[key, one["id"]] = one["permissions"]


def create_asset_invites(call: Call) -> Reply:
    """Invites get permissions on assets, for when they are accepted."""
    shelf = access.shelf(call, "invites")
    told: list[dict[str, Any]] = []
    for item in _items(call, "invites"):
        record = shelf.get(item["invite_id"])
        if record is None or not _are_ids(item):
            told.append({"exception": _no_invite(item["invite_id"])})
        else:
            record["assets_summary"] = _summary(call, item["asset_id_to_permissions"])
            told.append({"invite": _brief(record)})
    return Reply.json({"items": told})


def _are_ids(item: Mapping[str, Any]) -> bool:
    return all(checks.is_id(asset) for asset in item["asset_id_to_permissions"])


def _summary(call: Call, wanted: Mapping[str, Any]) -> dict[str, Any]:
    own = call.account.id
    named = [{"id": asset, "permissions": words} for asset, words in wanted.items()]
    return {
        "ad_accounts": [one for one in named if one["id"] != own],
        "profiles": [one for one in named if one["id"] == own],
    }


def request_access(call: Call) -> Reply:
    """Ask partners for permissions on their assets: an invite each, that waits for their answer."""
    shelf = access.shelf(call, "invites")
    partners = access.shelf(call, "partners")
    invites: dict[str, str] = {}
    exceptions: list[dict[str, Any]] = []
    for item in _items(call, "asset_requests"):
        partner = item["partner_id"]
        if partners.get(partner) is None or not _are_ids(item):
            exceptions.append(
                {"code": _NOT_FOUND, "messages": ["There is no such partner or asset."]}
            )
            continue
        record = _invite(call, shelf, partner, "PARTNER_REQUEST", "PARTNER")
        record["assets_summary"] = _summary(call, item["asset_id_to_permissions"])
        shelf.add(record)
        invites[partner] = record["id"]
    return Reply.json({"exceptions": exceptions, "invites": invites})


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
    shelf = access.shelf(call, "asset_groups")
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
    shelf = access.shelf(call, "asset_groups")
    changed: list[Record] = []
    exceptions: list[dict[str, Any]] = []
    for item in _items(call, "asset_groups_to_update"):
        record = shelf.get(item["asset_group_id"])
        if record is None or not access.assets(call).keys() >= {*item.get("assets_to_add", ())}:
            what = "Asset group" if record is None else "Asset"
            exceptions.append(_not_found(item["asset_group_id"], what))
            continue
        for member in ("name", "description"):
            record[f"asset_group_{member}"] = item.get(member, record[f"asset_group_{member}"])
        record["asset_group_types"] = item.get("asset_group_types", record["asset_group_types"])
        _regroup(call, record, item)
        record["updated_time"] = int(call.world.clock())
        changed.append(record)
    return Reply.json({"updated_asset_groups": changed, "exceptions": exceptions})


def _regroup(call: Call, record: Record, item: Mapping[str, Any]) -> None:
    """Put assets into a group and take others out, each where its kind is kept."""
    catalogs = call.account.shelves.shelf("catalogs")
    gone = item.get("assets_to_remove", ())
    for name in ("ad_accounts_ids", "catalogs_ids", "profiles_ids"):
        record[name] = [one for one in record[name] if one not in gone]
    for one in item.get("assets_to_add", ()):
        name = "catalogs_ids" if catalogs.get(one) else "ad_accounts_ids"
        name = "profiles_ids" if one == call.account.id else name
        record[name] = [*record[name], one]


def delete_asset_groups(call: Call) -> Reply:
    """Groups go, those that are there."""
    ids: list[str] = checks.fields(call.body)["asset_groups_to_delete"]
    gone = _removed(access.shelf(call, "asset_groups"), ids)
    exceptions = [_not_found(one, "Asset group") for one in ids if one not in gone]
    return Reply.json({"deleted_asset_groups": gone, "exceptions": exceptions})


def _not_found(key: str, what: str) -> dict[str, Any]:
    return {"asset_group_id": key, "code": _NOT_FOUND, "message": f"{what} not found."}


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "asset_access_requests/create": request_access,
    "asset_group/create": create_asset_group,
    "asset_group/delete": delete_asset_groups,
    "asset_group/update": update_asset_groups,
    "cancel_invites_or_requests": cancel_invites,
    "create_asset_invites": create_asset_invites,
    "create_membership_or_partnership_invites": create_invites,
    "delete_business_membership": delete_members,
    "delete_business_partners": delete_partners,
    "get/business_employers": list_employers,
    "get/invites": list_invites,
    "respond_business_access_invites": respond_to_invites,
    "system_user/update": update_system_user,
    "update/business_memberships": update_members,
}
"""The handlers of business access."""
