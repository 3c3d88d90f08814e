"""The assets of a business: who may do what with which, and groups of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import access
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply, encode_json
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.state.store import EntityStore, Record

_NOT_FOUND = 404


def list_assets(call: ApiCall) -> Reply:
    """The assets of the business, ad accounts unless another kind is asked for."""
    query = call.query
    wanted = frozenset(fields.query_list(query, "permissions"))
    found = list(access.assets(call).values())
    if "child_asset_id" in query:
        kind, child = "ASSET_GROUP", query["child_asset_id"]
        found = [
            one
            for one in found
            if child in access.members_of(one.get("asset_group_info", access.EMPTY))
        ]
    elif "asset_group_id" in query:
        group = access.store(call, "asset_groups").get(query["asset_group_id"])
        inside = access.members_of(group or access.EMPTY)
        kind = query.get("asset_type", "")
        found = [one for one in found if one["asset_id"] in inside]
    else:
        kind = query.get("asset_type", "AD_ACCOUNT")
    return access.from_start(
        call,
        [
            one
            for one in found
            if kind in ("", one["asset_type"])
            and (not wanted or not wanted.isdisjoint(one["permissions"]))
        ],
    )


def list_member_assets(call: ApiCall) -> Reply:
    """The assets that a member has permissions on, with how many there are on all pages."""
    found = _assets_of(call, call.path["member_id"])
    totals = {
        "total_data_count": len(found),
        "total_data_count_by_status": {"ACTIVE": len(found), "ARCHIVED": 0, "PAUSED": 0},
    }
    page = access.from_start(call, found)
    return Reply(page.status, page.body[:-1] + b"," + encode_json(totals)[1:])


def list_partner_assets(call: ApiCall) -> Reply:
    """The assets that a partner has permissions on. No partner shares any of its own."""
    if call.query.get("partner_type") == "EXTERNAL":
        return call.page([])
    return access.from_start(call, _assets_of(call, call.path["partner_id"]))


def _assets_of(call: ApiCall, who: str) -> list[dict[str, Any]]:
    query = call.query
    known = access.assets(call)
    found = [
        {**known[asset], "permissions": permissions}
        for (holder, asset), permissions in access.accesses(call).items()
        if holder == who and asset in known
    ]
    kind = query.get("asset_type")
    found = [one for one in found if kind in (None, one["asset_type"])]
    if "ID" in query.get("search_by", ""):
        found = [one for one in found if query.get("search_value", "") in one["asset_id"]]
    if "sort_by" in query:
        member = "permissions" if query["sort_by"] == "PERMISSIONS" else "asset_id"
        found.sort(key=lambda one: str(one[member]))
        if not fields.query_flag(query, "sort_ascending", default=True):
            found.reverse()
    return found


def list_asset_members(call: ApiCall) -> Reply:
    """The members, or system users, with permissions on an asset."""
    return _holders(call, access.people(call))


def list_asset_partners(call: ApiCall) -> Reply:
    """The partners with permissions on an asset."""
    return _holders(call, access.store(call, "partners"))


def _holders(call: ApiCall, people: EntityStore) -> Reply:
    asset = call.path["asset_id"]
    _need_asset(call, asset)
    found: list[dict[str, Any]] = []
    for (holder, held), permissions in access.accesses(call).items():
        person = people.get(holder)
        if held == asset and person is not None:
            found.append({"permissions": permissions, "user": person["user"]})
    return access.from_start(call, found)


def update_member_access(call: ApiCall) -> Reply:
    """Members get permissions on assets."""
    told = [{"response": _granted(call, one, "member_id")} for one in _said(call)]
    return Reply.json({"items": told})


def update_partner_access(call: ApiCall) -> Reply:
    """Partners get permissions on assets."""
    kinds = access.assets(call)
    told = [_granted(call, one, "partner_id") for one in _said(call)]
    return Reply.json(
        {"items": [{**one, "asset_type": kinds[one["asset_id"]]["asset_type"]} for one in told]}
    )


def delete_member_access(call: ApiCall) -> Reply:
    """Members lose their permissions on assets."""
    known = [one for one in _said(call) if _taken(call, one, "member_id")]
    names = ("asset_id", "member_id")
    return Reply.json({"items": [{name: one[name] for name in names} for one in known]})


def delete_partner_access(call: ApiCall) -> Reply:
    """Partners lose their permissions on assets."""
    kinds = access.assets(call)
    told: list[dict[str, Any]] = []
    for one in _said(call):
        permissions = _taken(call, one, "partner_id")
        if permissions:
            told.append(
                {
                    "asset_id": one["asset_id"],
                    "asset_type": kinds[one["asset_id"]]["asset_type"],
                    "is_shared_partner": False,
                    "partner_id": one["partner_id"],
                    "permissions": permissions,
                }
            )
    return Reply.json({"items": told})


def _said(call: ApiCall) -> list[dict[str, Any]]:
    return [fields.fields(one, "accesses") for one in fields.fields(call.body)["accesses"]]


def _granted(call: ApiCall, said: Mapping[str, Any], who: str) -> dict[str, Any]:
    _need_asset(call, said["asset_id"])
    person = said[who]
    names = ("members", "system_users") if who == "member_id" else ("partners",)
    if not any(access.store(call, name).get(person) for name in names):
        raise not_found(who.removesuffix("_id").capitalize())
    access.accesses(call)[person, said["asset_id"]] = list(said["permissions"])
    return {name: said[name] for name in ("asset_id", who, "permissions")}


def _taken(call: ApiCall, said: Mapping[str, Any], who: str) -> list[str] | None:
    return access.accesses(call).pop((said[who], said["asset_id"]), None)


def _need_asset(call: ApiCall, asset: str) -> None:
    if asset not in access.assets(call):
        raise not_found("Asset")


def create_asset_group(call: ApiCall) -> Reply:
    """A new group."""
    body = fields.fields(call.body)
    store = access.store(call, "asset_groups")
    now = int(call.world.clock())
    owner = {"id": call.path["business_id"], "username": call.account.username, "email": None}
    record: Record = {
        "id": store.new_id(),
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
    store.add(record)
    return Reply.json({"asset_group": record})


def update_asset_groups(call: ApiCall) -> Reply:
    """Groups change, those that are there."""
    store = access.store(call, "asset_groups")
    changed: list[Record] = []
    exceptions: list[dict[str, Any]] = []
    for item in access.items(call, "asset_groups_to_update"):
        record = store.get(item["asset_group_id"])
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


def _regroup(call: ApiCall, record: Record, item: Mapping[str, Any]) -> None:
    """Put assets into a group and take others out, each where its kind is kept."""
    catalogs = call.account.stores.store("catalogs")
    gone = item.get("assets_to_remove", ())
    for name in ("ad_accounts_ids", "catalogs_ids", "profiles_ids"):
        record[name] = [one for one in record[name] if one not in gone]
    for one in item.get("assets_to_add", ()):
        name = "catalogs_ids" if catalogs.get(one) else "ad_accounts_ids"
        name = "profiles_ids" if one == call.account.id else name
        record[name] = [*record[name], one]


def delete_asset_groups(call: ApiCall) -> Reply:
    """Groups go, those that are there."""
    ids: list[str] = fields.fields(call.body)["asset_groups_to_delete"]
    gone = access.removed(access.store(call, "asset_groups"), ids)
    exceptions = [_not_found(one, "Asset group") for one in ids if one not in gone]
    return Reply.json({"deleted_asset_groups": gone, "exceptions": exceptions})


def _not_found(key: str, what: str) -> dict[str, Any]:
    return {"asset_group_id": key, "code": _NOT_FOUND, "message": f"{what} not found."}


HANDLERS: Handlers = {
    "asset_group/create": create_asset_group,
    "asset_group/delete": delete_asset_groups,
    "asset_group/update": update_asset_groups,
    "business_asset_members/get": list_asset_members,
    "business_asset_partners/get": list_asset_partners,
    "business_assets/get": list_assets,
    "business_member_assets/get": list_member_assets,
    "business_members_asset_access/delete": delete_member_access,
    "business_members_asset_access/update": update_member_access,
    "business_partner_asset_access/get": list_partner_assets,
    "delete_partner_asset_access_handler_impl": delete_partner_access,
    "update_partner_asset_access_handler_impl": update_partner_access,
}
