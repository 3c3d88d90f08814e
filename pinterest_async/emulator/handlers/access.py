"""Who may do what with which asset of a business.

The assets of a business are what the account has: ad accounts, catalogs, the profile, and groups of
those. Whoever gets a permission is found with it in every listing, whoever loses it in none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.schema import fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinterest_async.emulator.http.call import ApiCall, Reply
    from pinterest_async.emulator.state.store import EntityStore, Record

EMPTY: Mapping[str, Any] = {"ad_accounts_ids": [], "catalogs_ids": [], "profiles_ids": []}


def store(call: ApiCall, name: str) -> EntityStore:
    """The members, partners and so on of the business that the path names."""
    return call.account.stores.store(name, call.path["business_id"])


def accesses(call: ApiCall) -> dict[tuple[str, str], list[str]]:
    """The permissions by member or partner and asset.

    At first a member or partner has those of one ad account, each of another kind.
    """
    known = call.account.advertising.access
    business = call.path["business_id"]
    if business not in known:
        everyone = [str(one["id"]) for name in ("members", "partners") for one in store(call, name)]
        ids = [str(one["id"]) for one in call.account.stores.store("ad_accounts")]
        words = ("ADMIN", "ANALYST", "CAMPAIGN_MANAGER")
        known[business] = {
            (who, ids[index % len(ids)]): [words[index % len(words)]]
            for index, who in enumerate(everyone)
            if ids
        }
    return known[business]


def assets(call: ApiCall) -> dict[str, Record]:
    """What the business has, by id."""
    stores = call.account.stores
    made: list[Record] = [_asset(one["id"], "AD_ACCOUNT") for one in stores.store("ad_accounts")]
    made.append(_asset(call.account.id, "PROFILE"))
    for one in stores.store("catalogs"):
        info = {name: one[name] for name in ("id", "catalog_type", "name")}
        made.append({**_asset(one["id"], "CATALOG"), "catalog_info": info})
    made += [
        {**_asset(one["id"], "ASSET_GROUP"), "asset_group_info": one}
        for one in store(call, "asset_groups")
    ]
    return {one["asset_id"]: one for one in made}


def _asset(key: object, kind: str) -> Record:
    return {"asset_id": str(key), "asset_type": kind, "permissions": ["OWNER"]}


def members_of(group: Mapping[str, Any]) -> list[str]:
    """The ids of the assets in a group."""
    return [*group["ad_accounts_ids"], *group["catalogs_ids"], *group["profiles_ids"]]


def from_start(call: ApiCall, found: Sequence[object]) -> Reply:
    """A page of what is found, from the one on that the request begins with."""
    return call.page(found[int(call.query.get("start_index", "0")) :])


def people(call: ApiCall) -> EntityStore:
    """The members of the business, or its system users where the request wants those."""
    systems = fields.query_flag(call.query, "fetch_system_users")
    return store(call, "system_users" if systems else "members")


def items(call: ApiCall, name: str) -> list[dict[str, Any]]:
    """The objects in a list of the body."""
    return [fields.fields(one, name) for one in fields.fields(call.body).get(name, ())]


def removed(store: EntityStore, ids: Iterable[str]) -> list[str]:
    """Remove these, and return the ids of those that there were."""
    return [one for one in ids if store.remove(one) is not None]
