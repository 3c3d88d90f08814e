"""Business access: what is granted shows from every side; and audiences that are shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import ManualClock
from tests.support.emulator_api import Answer, Api, small

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def client() -> AsyncIterator[Api]:
    """An emulator without limits."""
    async with small(enforce_limits=False, clock=ManualClock()) as one:
        yield one


@pytest.fixture
def path(client: Api) -> str:
    """The path of a business."""
    return f"/businesses/{next(iter(client.emulator.account.stores.store('businesses')))['id']}"


async def first(client: Api, path: str, **query: Any) -> Any:
    """The first of a list."""
    return (await client.get(path, **query)).body["items"][0]


async def removed(client: Api, path: str, body: dict[str, Any]) -> Answer:
    """DELETE with a body."""
    return await client.call("DELETE", path, body=body)


@pytest.mark.parametrize(
    ("who", "writes"), [("member", "members/assets/access"), ("partner", "partners/assets")]
)
async def test_permissions_show_from_every_side(
    client: Api, path: str, who: str, writes: str
) -> None:
    """By asset, by who has them and in summary: there once granted, gone once taken away."""
    catalog = (await first(client, f"{path}/assets", asset_type="CATALOG"))["asset_id"]
    holder = (await first(client, f"{path}/{who}s"))["id"]

    async def seen() -> list[Any]:
        by_holder = await client.walk(f"{path}/{who}s/{holder}/assets", asset_type="CATALOG")
        by_asset = await client.walk(f"{path}/assets/{catalog}/{who}s")
        return [
            [one["permissions"] for one in by_holder if one["asset_id"] == catalog],
            [one["permissions"] for one in by_asset if one["user"]["id"] == holder],
        ]

    access = {"asset_id": catalog, f"{who}_id": holder}
    granted = {"accesses": [{**access, "permissions": ["CATALOGS_MANAGER"]}]}
    before = await seen()
    assert (await client.patch(f"{path}/{writes}", granted)).status == 200
    during = await seen()
    await removed(client, f"{path}/{writes}", {"accesses": [access]})
    assert before == [[], []]
    assert during == [[["CATALOGS_MANAGER"]], [["CATALOGS_MANAGER"]]]
    assert await seen() == before


async def test_summary_has_what_was_granted(client: Api, path: str) -> None:
    """A list of members has their permissions where a summary is asked for, and only there."""
    member = (await first(client, f"{path}/members"))["id"]
    own = client.emulator.account.id
    grant = {"asset_id": own, "member_id": member, "permissions": ["PROFILE_PUBLISHER"]}
    await client.patch(f"{path}/members/assets/access", {"accesses": [grant]})
    summed = await first(client, f"{path}/members", member_ids=member, assets_summary="true")
    plain = await first(client, f"{path}/members", member_ids=member)
    told = {"id": own, "permissions": ["PROFILE_PUBLISHER"]}
    assert summed["assets_summary"]["profiles"] == [told]
    assert "assets_summary" not in plain


async def test_who_leaves_loses_everything(client: Api, path: str) -> None:
    """A member who is removed has no permissions left on any asset."""
    asset = client.emulator.ad_account_id
    member = (await first(client, f"{path}/assets/{asset}/members"))["user"]["id"]
    gone = {"members": [{"member_id": member, "business_role": "EMPLOYEE"}]}
    await removed(client, f"{path}/members", gone)
    left = await client.walk(f"{path}/assets/{asset}/members")
    assert member not in {one["user"]["id"] for one in left}


async def test_invited_are_in_once_they_accept(client: Api, path: str) -> None:
    """Who accepts is a member with what the invite promised, and the invite waits no longer."""
    asset = client.emulator.ad_account_id
    asked = {"business_role": "EMPLOYEE", "invite_type": "MEMBER_INVITE", "members": ["a@b.org"]}
    invite = (await client.post(f"{path}/invites", asked)).body["items"][0]["invite"]["id"]
    promise = {
        "invite_id": invite,
        "invite_type": "MEMBER_INVITE",
        "asset_id_to_permissions": {asset: ["ANALYST"]},
    }
    await client.post(f"{path}/invites/assets/access", {"invites": [promise]})
    answer = {"invite_id": invite, "action": {"accept_invite": True}}
    await client.patch("/businesses/invites", {"invites": [answer]})
    members = {one["user"]["email"]: one["id"] for one in await client.walk(f"{path}/members")}
    assets = await client.walk(f"{path}/members/{members['a@b.org']}/assets")
    waiting = await client.walk(f"{path}/invites")
    assert [(one["asset_id"], one["permissions"]) for one in assets] == [(asset, ["ANALYST"])]
    assert invite not in {one["id"] for one in waiting}


async def test_groups_of_assets_hold_assets(client: Api, path: str) -> None:
    """A group is an asset itself, holds others, and is found by what it holds."""
    group: dict[str, Any] = {
        "asset_group_name": "g",
        "asset_group_description": "",
        "asset_group_types": [],
    }
    new = (await client.post(f"{path}/asset_groups", group)).body["asset_group"]["id"]
    asset = client.emulator.ad_account_id
    change = {"asset_group_id": new, "assets_to_add": [asset]}
    await client.patch(f"{path}/asset_groups", {"asset_groups_to_update": [change]})
    inside = await client.walk(f"{path}/assets", asset_group_id=new)
    around = await client.walk(f"{path}/assets", child_asset_id=asset)
    unknown = {**change, "assets_to_add": ["77"]}
    refused = await client.patch(f"{path}/asset_groups", {"asset_groups_to_update": [unknown]})
    assert [one["asset_id"] for one in inside] == [asset]
    assert [one["asset_id"] for one in around] == [new]
    assert refused.body["exceptions"][0]["code"] == 404


async def test_shared_audiences_are_known_to_both_sides(client: Api, path: str) -> None:
    """Who has an audience is listed by the giver, what was given by the receiver, until the end."""
    ads = f"/ad_accounts/{client.emulator.ad_account_id}"
    audience = (await first(client, f"{ads}/audiences"))["id"]
    business = path.rpartition("/")[2]
    query = {"audience_id": audience, "account_type": "BUSINESS_ACCOUNT"}

    async def seen() -> tuple[list[Any], list[Any]]:
        having = await client.walk(f"{ads}/audiences/shared/accounts", **query)
        given = await client.walk(f"{path}/audiences")
        return [one["account_id"] for one in having], [one["id"] for one in given]

    share = {"audience_id": audience, "recipient_business_ids": [business]}
    seen_before = await seen()
    await client.patch(f"{ads}/audiences/businesses/shared", {**share, "operation_type": "SHARE"})
    during = await seen()
    await client.patch(f"{ads}/audiences/businesses/shared", {**share, "operation_type": "REVOKE"})
    assert seen_before == await seen() == ([], [])
    assert during == ([business], [audience])
