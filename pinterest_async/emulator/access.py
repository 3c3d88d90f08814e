"""Who may do what with which asset of a business: granted, taken away, and seen from every side.

The assets of a business are what the account has: ad accounts, catalogs, the profile, and groups of
those. Whoever gets a permission is found with it in every listing, whoever loses it in none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinterest_async.emulator.shelves import Record, Shelf

_NOT_FOUND = 404
_SUMMARIES = {"AD_ACCOUNT": "ad_accounts", "PROFILE": "profiles"}
"""Kinds of assets to where a summary of somebody's assets has them."""


def shelf(call: Call, name: str) -> Shelf:
    """The members, partners and so on of the business that the path names."""
    return call.account.shelves.shelf(name, call.path["business_id"])


def accesses(call: Call) -> dict[tuple[str, str], list[str]]:
    """The permissions by member or partner and asset.

    At first a member or partner has those of one ad account, each of another kind.
    """
    known = call.account.access
    business = call.path["business_id"]
    if business not in known:
        everyone = [str(one["id"]) for name in ("members", "partners") for one in shelf(call, name)]
        ids = [str(one["id"]) for one in call.account.shelves.shelf("ad_accounts")]
        words = ("ADMIN", "ANALYST", "CAMPAIGN_MANAGER")
        known[business] = {
            (who, ids[index % len(ids)]): [words[index % len(words)]]
            for index, who in enumerate(everyone)
            if ids
        }
    return known[business]


# Assets


def assets(call: Call) -> dict[str, Record]:
    """What the business has, by id."""
    shelves = call.account.shelves
    made: list[Record] = [_asset(one["id"], "AD_ACCOUNT") for one in shelves.shelf("ad_accounts")]
    made.append(_asset(call.account.id, "PROFILE"))
    for one in shelves.shelf("catalogs"):
        info = {name: one[name] for name in ("id", "catalog_type", "name")}
        made.append({**_asset(one["id"], "CATALOG"), "catalog_info": info})
    made += [
        {**_asset(one["id"], "ASSET_GROUP"), "asset_group_info": one}
        for one in shelf(call, "asset_groups")
    ]
    return {one["asset_id"]: one for one in made}


def _asset(key: object, kind: str) -> Record:
    return {"asset_id": str(key), "asset_type": kind, "permissions": ["OWNER"]}


def members_of(group: Mapping[str, Any]) -> list[str]:
    """The ids of the assets in a group."""
    return [*group["ad_accounts_ids"], *group["catalogs_ids"], *group["profiles_ids"]]


def list_assets(call: Call) -> Reply:
    """The assets of the business, ad accounts unless another kind is asked for."""
    query = call.query
    wanted = frozenset(checks.query_list(query, "permissions"))
    found = list(assets(call).values())
    if "child_asset_id" in query:
        kind, child = "ASSET_GROUP", query["child_asset_id"]
        found = [one for one in found if child in members_of(one.get("asset_group_info", _EMPTY))]
    elif "asset_group_id" in query:
        group = shelf(call, "asset_groups").get(query["asset_group_id"])
        inside = members_of(group or _EMPTY)
        kind = query.get("asset_type", "")
        found = [one for one in found if one["asset_id"] in inside]
    else:
        kind = query.get("asset_type", "AD_ACCOUNT")
    return _from_start(
        call,
        [
            one
            for one in found
            if kind in ("", one["asset_type"])
            and (not wanted or not wanted.isdisjoint(one["permissions"]))
        ],
    )


_EMPTY: Mapping[str, Any] = {"ad_accounts_ids": [], "catalogs_ids": [], "profiles_ids": []}


def list_member_assets(call: Call) -> Reply:
    """The assets that a member has permissions on."""
    return _assets_of(call, call.path["member_id"])


def list_partner_assets(call: Call) -> Reply:
    """The assets that a partner has permissions on. No partner shares any of its own."""
    if call.query.get("partner_type") == "EXTERNAL":
        return call.page([])
    return _assets_of(call, call.path["partner_id"])


def _assets_of(call: Call, who: str) -> Reply:
    query = call.query
    known = assets(call)
    found = [
        {**known[asset], "permissions": permissions}
        for (holder, asset), permissions in accesses(call).items()
        if holder == who and asset in known
    ]
    kind = query.get("asset_type")
    found = [one for one in found if kind in (None, one["asset_type"])]
    if "ID" in query.get("search_by", ""):
        found = [one for one in found if query.get("search_value", "") in one["asset_id"]]
    if "sort_by" in query:
        member = "permissions" if query["sort_by"] == "PERMISSIONS" else "asset_id"
        found.sort(key=lambda one: str(one[member]))
        if query.get("sort_ascending", "true").lower() == "false":
            found.reverse()
    return _from_start(call, found)


def _from_start(call: Call, found: Sequence[object]) -> Reply:
    return call.page(found[int(call.query.get("start_index", "0")) :])


# Members and partners


def list_members(call: Call) -> Reply:
    """The members of the business, or its system users."""
    roles = frozenset(checks.query_list(call.query, "business_roles"))
    people = _people(call)
    return _list(call, [one for one in people if not roles or roles & {*one["business_roles"]}])


def _people(call: Call) -> Shelf:
    systems = checks.query_flag(call.query, "fetch_system_users")
    return shelf(call, "system_users" if systems else "members")


def list_partners(call: Call) -> Reply:
    """The partners of the business; it is nobody's partner itself."""
    if call.query.get("partner_type") == "EXTERNAL":
        return call.page([])
    found = list(shelf(call, "partners"))
    if call.query.get("sort_ascending", "true").lower() == "false":
        found.reverse()
    return _list(call, found)


def _list(call: Call, found: Sequence[Record]) -> Reply:
    ids = checks.query_list(call.query, "member_ids") or checks.query_list(
        call.query, "partner_ids"
    )
    summed = checks.query_flag(call.query, "assets_summary")
    kinds = {asset: str(one["asset_type"]) for asset, one in assets(call).items()}
    shown: list[Record] = []
    for one in found:
        if not ids or one["id"] in ids:
            plain = {name: value for name, value in one.items() if name != "assets_summary"}
            summary = {"assets_summary": _summary(call, kinds, one["id"])} if summed else {}
            shown.append({**plain, **summary})
    return _from_start(call, shown)


def _summary(call: Call, kinds: Mapping[str, str], who: str) -> dict[str, Any]:
    """What somebody may do, by kind of asset."""
    told: dict[str, Any] = {name: [] for name in _SUMMARIES.values()}
    for (holder, asset), permissions in accesses(call).items():
        name = _SUMMARIES.get(kinds.get(asset, ""))
        if holder == who and name is not None:
            told[name].append({"id": asset, "permissions": permissions})
    return told


def list_asset_members(call: Call) -> Reply:
    """The members, or system users, with permissions on an asset."""
    return _holders(call, _people(call))


def list_asset_partners(call: Call) -> Reply:
    """The partners with permissions on an asset."""
    return _holders(call, shelf(call, "partners"))


def _holders(call: Call, people: Shelf) -> Reply:
    asset = call.path["asset_id"]
    _need_asset(call, asset)
    found: list[dict[str, Any]] = []
    for (holder, held), permissions in accesses(call).items():
        person = people.get(holder)
        if held == asset and person is not None:
            found.append({"permissions": permissions, "user": person["user"]})
    return _from_start(call, found)


# Granted and taken away


def update_member_access(call: Call) -> Reply:
    """Members get permissions on assets."""
    told = [{"response": _granted(call, one, "member_id")} for one in _said(call)]
    return Reply.json({"items": told})


def update_partner_access(call: Call) -> Reply:
    """Partners get permissions on assets."""
    kinds = assets(call)
    told = [_granted(call, one, "partner_id") for one in _said(call)]
    return Reply.json(
        {"items": [{**one, "asset_type": kinds[one["asset_id"]]["asset_type"]} for one in told]}
    )


def delete_member_access(call: Call) -> Reply:
    """Members lose their permissions on assets."""
    known = [one for one in _said(call) if _taken(call, one, "member_id")]
    names = ("asset_id", "member_id")
    return Reply.json({"items": [{name: one[name] for name in names} for one in known]})


def delete_partner_access(call: Call) -> Reply:
    """Partners lose their permissions on assets."""
    kinds = assets(call)
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


def _said(call: Call) -> list[dict[str, Any]]:
    return [checks.fields(one, "accesses") for one in checks.fields(call.body)["accesses"]]


def _granted(call: Call, said: Mapping[str, Any], who: str) -> dict[str, Any]:
    _need_asset(call, said["asset_id"])
    person = said[who]
    names = ("members", "system_users") if who == "member_id" else ("partners",)
    if not any(shelf(call, name).get(person) for name in names):
        raise Refusal(404, _NOT_FOUND, f"{who.removesuffix('_id').capitalize()} not found.")
    accesses(call)[person, said["asset_id"]] = list(said["permissions"])
    return {name: said[name] for name in ("asset_id", who, "permissions")}


def _taken(call: Call, said: Mapping[str, Any], who: str) -> list[str] | None:
    return accesses(call).pop((said[who], said["asset_id"]), None)


def _need_asset(call: Call, asset: str) -> None:
    if asset not in assets(call):
        raise Refusal(404, _NOT_FOUND, "Asset not found.")


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "business_asset_members/get": list_asset_members,
    "business_asset_partners/get": list_asset_partners,
    "business_assets/get": list_assets,
    "business_member_assets/get": list_member_assets,
    "business_members_asset_access/delete": delete_member_access,
    "business_members_asset_access/update": update_member_access,
    "business_partner_asset_access/get": list_partner_assets,
    "delete_partner_asset_access_handler_impl": delete_partner_access,
    "get/business_members": list_members,
    "get/business_partners": list_partners,
    "update_partner_asset_access_handler_impl": update_partner_access,
}
"""The handlers of these."""
