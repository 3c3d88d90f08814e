"""The collections of the ads, catalogs and business sides keep what is written to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import ManualClock
from tests.support.emulator_api import Answer, Api, small

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_769_904_000.0


@pytest.fixture
async def client() -> AsyncIterator[Api]:
    """An emulator without limits, whose time is driven."""
    async with small(enforce_limits=False, clock=ManualClock(NOW)) as one:
        yield one


@pytest.fixture
def ads(client: Api) -> str:
    """The path of an ad account."""
    return f"/ad_accounts/{client.emulator.ad_account_id}"


def campaign(client: Api, **more: Any) -> dict[str, Any]:
    """What a new campaign takes."""
    said = {"ad_account_id": client.emulator.ad_account_id, "objective_type": "AWARENESS"}
    return {**said, "name": "Plum cakes", **more}


async def made(client: Api, path: str, item: dict[str, Any]) -> Any:
    """Create one by a bulk write; what is told of it."""
    answer = await client.post(path, [item])
    assert answer.status == 200, answer
    return answer.body["items"][0]["data"]


async def test_ad_entities_live_from_creation_to_archive(client: Api, ads: str) -> None:
    """A campaign, an ad group in it and an ad in that are created, read, changed and archived."""
    one = await made(client, f"{ads}/campaigns", campaign(client, daily_spend_cap=10**6))
    group = {"campaign_id": one["id"], "name": "Rye", "billable_event": "IMPRESSION"}
    two = await made(client, f"{ads}/ad_groups", group)
    pin = await client.new_pin((await client.new_board())["id"])
    ad = {"ad_group_id": two["id"], "creative_type": "REGULAR", "pin_id": pin["id"]}
    three = await made(client, f"{ads}/ads", ad)
    assert (one["status"], one["created_time"]) == ("ACTIVE", int(NOW))
    assert (await client.get(f"{ads}/campaigns/{one['id']}")).body["daily_spend_cap"] == 10**6
    assert (await client.get(f"{ads}/ads/{three['id']}")).body["ad_group_id"] == two["id"]
    groups = await client.walk(f"{ads}/ad_groups", campaign_ids=one["id"])
    assert [group["id"] for group in groups] == [two["id"]]
    change = {"id": one["id"], "ad_account_id": one["ad_account_id"], "status": "ARCHIVED"}
    changed = await client.patch(f"{ads}/campaigns", [change])
    assert changed.body["items"][0]["data"]["status"] == "ARCHIVED"
    usual = {item["id"] for item in await client.walk(f"{ads}/campaigns")}
    archived = await client.walk(f"{ads}/campaigns", entity_statuses="ARCHIVED")
    assert one["id"] not in usual
    assert one["id"] in {item["id"] for item in archived}
    assert {item["status"] for item in archived} == {"ARCHIVED"}


async def test_a_write_sets_nothing_that_is_the_servers(client: Api, ads: str) -> None:
    """Members that a body does not declare change nothing, neither of a new one nor of an old."""
    servers = {"type": None, "created_time": 1, "updated_time": 2}
    one = await made(client, f"{ads}/campaigns", campaign(client, **servers))
    assert (one["type"], one["created_time"]) == ("campaign", int(NOW))
    change = {"id": one["id"], "ad_account_id": one["ad_account_id"], **servers}
    changed = await client.patch(f"{ads}/campaigns", [change])
    assert changed.body["items"][0]["data"] == one
    group = {"campaign_id": one["id"], "name": "Rye", "billable_event": "IMPRESSION"}
    two = await made(client, f"{ads}/ad_groups", group)
    pin = await client.new_pin((await client.new_board())["id"])
    ad = {"ad_group_id": two["id"], "creative_type": "REGULAR", "pin_id": pin["id"]}
    three = await made(client, f"{ads}/ads", {**ad, **servers})
    assert (three["type"], three["created_time"]) == ("pinpromotion", int(NOW))


async def test_lists_page_in_the_order_asked_for(client: Api, ads: str) -> None:
    """A list is walked page by page, by ascending ids or descending ones, and nothing is lost."""
    up = [item["id"] for item in await client.walk(f"{ads}/ads", page_size=7)]
    down = [item["id"] for item in await client.walk(f"{ads}/ads", page_size=9, order="DESCENDING")]
    assert len(up) > 50
    assert down == up[::-1] == sorted(up, key=int)[::-1]


async def test_lists_take_filters_in_both_forms(client: Api, ads: str) -> None:
    """Several values of a filter may be repeated parameters or one with commas."""
    ids = [item["id"] for item in await client.walk(f"{ads}/campaigns")][:3]
    joined = await client.walk(f"{ads}/campaigns", campaign_ids=",".join(ids))
    repeated = await client.call(
        "GET", f"{ads}/campaigns?" + "&".join(f"campaign_ids={one}" for one in ids)
    )
    assert [item["id"] for item in joined] == [item["id"] for item in repeated.body["items"]] == ids


@pytest.mark.parametrize(
    ("path", "body", "several"),
    [
        ("ad_groups", {"name": "x", "billable_event": "IMPRESSION", "campaign_id": "1"}, True),
        ("ads", {"creative_type": "REGULAR", "ad_group_id": "1"}, False),
    ],
)
async def test_bulk_writes_fail_item_by_item(
    client: Api, ads: str, path: str, body: dict[str, Any], *, several: bool
) -> None:
    """The good item takes effect; the other says why not, in the family's own shape."""
    listed = await client.get(f"{ads}/{path}", page_size=1)
    parent = next(name for name in ("campaign_id", "ad_group_id") if name in body)
    if path == "ads":
        body = {**body, "pin_id": (await client.new_pin((await client.new_board())["id"]))["id"]}
    good = {**body, parent: listed.body["items"][0][parent]}
    answer = await client.post(f"{ads}/{path}", [good, body])
    fine, bad = answer.body["items"]
    exception = bad["exceptions"][0] if several else bad["exceptions"]
    assert answer.status == 200
    assert fine["data"][parent] == good[parent]
    assert exception["code"] == 404
    assert "not found" in exception["message"]
    assert isinstance(bad["exceptions"], list) == several
    assert (await client.get(f"{ads}/{path}/{fine['data']['id']}")).status == 200


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"daily_spend_cap": 20}, "daily_spend_cap must be at least 1000000"),
        ({"lifetime_spend_cap": 999_999}, "lifetime_spend_cap must be at least 1000000"),
        ({"daily_spend_cap": 2 * 10**6, "lifetime_spend_cap": 10**9}, "at the same time"),
        ({"daily_spend_cap": 2 * 10**6, "lifetime_spend_cap": None}, ""),
        ({"lifetime_spend_cap": 1_000_000}, ""),
    ],
)
async def test_budgets_are_in_millionths(
    client: Api, ads: str, said: dict[str, Any], why: str
) -> None:
    """Whoever says units has said too little, and a campaign has one budget; made and changed."""
    account = client.emulator.ad_account_id
    body = {"ad_account_id": account, "name": "Plum", "objective_type": "AWARENESS"}
    answer = await client.post(f"{ads}/campaigns", [body, {**body, **said}])
    fine, judged = answer.body["items"]
    assert fine["data"]["name"] == "Plum"
    assert bool(judged.get("exceptions")) is bool(why)
    if why:
        assert why in judged["exceptions"][0]["message"]
    else:
        assert {name: judged["data"][name] for name in said} == said
    change = {"id": fine["data"]["id"], "ad_account_id": account, **said}
    (changed,) = (await client.patch(f"{ads}/campaigns", [change])).body["items"]
    assert bool(changed.get("exceptions")) is bool(why)


async def test_the_budget_of_an_ad_group_is_in_millionths(client: Api, ads: str) -> None:
    """As that of a campaign; none at all is no mistake."""
    parent = (await client.get(f"{ads}/campaigns")).body["items"][0]["id"]
    body = {"campaign_id": parent, "name": "Rye", "billable_event": "IMPRESSION"}
    budgets = [5, 5_000_000, None]
    groups = [{**body, "budget_in_micro_currency": budget} for budget in budgets]
    answer = await client.post(f"{ads}/ad_groups", groups)
    assert [bool(one.get("exceptions")) for one in answer.body["items"]] == [True, False, False]


async def test_keywords_tell_failures_in_a_list_of_their_own(client: Api, ads: str) -> None:
    """Keywords that do not exist come back under `errors`, the others under `keywords`."""
    group = (await client.get(f"{ads}/ad_groups", page_size=1)).body["items"][0]["id"]
    body = {"parent_id": f"AG{group}", "keywords": [{"match_type": "BROAD", "value": "plum"}]}
    new = (await client.post(f"{ads}/keywords", body)).body["keywords"][0]
    assert (new["parent_id"], new["value"]) == (group, "plum")
    change = [{"id": new["id"], "bid": 7}, {"id": "99", "bid": 7}]
    changed = await client.patch(f"{ads}/keywords", {"keywords": change})
    assert [one["bid"] for one in changed.body["keywords"]] == [7]
    assert changed.body["errors"] == [{"error_messages": ["Keyword not found."]}]
    listed = await client.walk(f"{ads}/keywords", ad_group_id=group)
    assert new["id"] in {one["id"] for one in listed}


async def test_parents_must_be_there(client: Api, ads: str) -> None:
    """Keywords go to ad groups or campaigns, labels to campaigns, ads to ad groups and Pins."""
    group = (await client.get(f"{ads}/ad_groups")).body["items"][0]["id"]
    parent = (await client.get(f"{ads}/campaigns")).body["items"][0]["id"]
    word = [{"match_type": "BROAD", "value": "plum"}]
    label = [{"label_type": "CUSTOM", "value": "plum"}]

    async def kept(path: str, member: str, key: str, said: Any) -> list[str]:
        told = (await client.post(f"{ads}/{path}", {"parent_id": key, member: said})).body
        assert len(told[member]) + len(told["errors"]) == 1
        return [one["parent_type"].lower() for one in told[member]]

    assert await kept("keywords", "keywords", group, word) == ["ad_group"]
    assert await kept("keywords", "keywords", f"C{parent}", word) == ["campaign"]
    assert await kept("keywords", "keywords", "7", word) == []
    assert len(await kept("labels", "labels", parent, label)) == 1
    assert await kept("labels", "labels", group, label) == []
    ad = {"ad_group_id": group, "creative_type": "REGULAR", "pin_id": "7"}
    (told,) = (await client.post(f"{ads}/ads", [ad])).body["items"]
    assert told["exceptions"]["message"] == "Pin 7 not found."


@pytest.mark.parametrize(
    ("path", "body", "change"),
    [
        (
            "customer_lists",
            {"name": "x", "records": "a@b.c"},
            {"operation_type": "ADD", "records": "d"},
        ),
        ("audiences", {"name": "x", "rule": {}, "audience_type": "VISITOR"}, {"name": "y"}),
        ("conversion_tags", {"name": "x"}, None),
        ("leads/subscriptions", {"webhook_url": "https://example.com/"}, None),
    ],
)
async def test_single_writes_keep(
    client: Api, ads: str, path: str, body: dict[str, Any], change: dict[str, Any] | None
) -> None:
    """What one request creates another finds, and a third one changes."""
    new = await client.post(f"{ads}/{path}", body)
    assert new.status == 200, new
    one = f"{ads}/{path}/{new.body['id']}"
    assert (await client.get(one)).body == new.body
    if change:
        changed = await client.patch(one, change)
        assert changed.body["id"] == new.body["id"]
        assert (await client.get(one)).body == changed.body


async def test_what_is_removed_is_gone(client: Api, ads: str) -> None:
    """Deleted, and updated with the operation type REMOVE, are the same in the end."""
    promotion = (await client.get(f"{ads}/promotions")).body["items"][0]["id"]
    assert (await client.delete(f"{ads}/promotions/{promotion}")).status == 204
    gone = await client.get(f"{ads}/promotions/{promotion}")
    assert (gone.status, gone.body["code"]) == (404, 4997)
    template = (await client.get(f"{ads}/targeting_templates")).body["items"][0]["id"]
    body = {"id": template, "operation_type": "REMOVE"}
    assert (await client.patch(f"{ads}/targeting_templates", body)).status == 200
    left = await client.walk(f"{ads}/targeting_templates")
    assert template not in {one["id"] for one in left}


async def test_advertiser_defined_events_are_known_by_name(client: Api, ads: str) -> None:
    """Events are created, listed and deleted by name, each with an outcome of its own."""
    path = f"{ads}/advertiser_defined_events"
    body = {"items": [{"name": "tasted", "mapped_conversion_type": "LEAD"}]}
    new = await client.post(path, body)
    assert new.body["items"] == [{"name": "tasted", "status": "SUCCESS"}]
    assert "tasted" in {one["name"] for one in (await client.get(path)).body["items"]}
    gone = await client.delete(path, event_names="tasted,unheard")
    assert [one["status"] for one in gone.body["items"]] == ["SUCCESS", "FAILED"]
    assert "tasted" not in {one["name"] for one in (await client.get(path)).body["items"]}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/ad_accounts/1", 2),
        ("/ad_accounts/1/campaigns", 2),
        ("/ad_accounts/{ads}/campaigns/1", 404),
        ("/ad_accounts/{ads}/lead_forms/1", 4842),
        ("/catalogs/feeds/1", 4161),
        ("/catalogs/product_groups/1", 4180),
        ("/catalogs/product_groups/1/products", 4180),
        ("/catalogs/1/local_stores", 678),
        ("/integrations/commerce/none", 4180),
        ("/integrations/none", 4517),
        ("/businesses/1/members", 404),
    ],
)
async def test_unknown_ids_have_their_documented_codes(client: Api, path: str, code: int) -> None:
    """What is not there is a 404 with the code that the description shows."""
    answer = await client.get(path.format(ads=client.emulator.ad_account_id))
    assert (answer.status, answer.body["code"]) == (404, code)


async def test_catalogs_hold_feeds_groups_and_stores(client: Api) -> None:
    """A catalog, a feed for it, a product group and stores keep what they were made with."""
    catalog = (await client.post("/catalogs", {"catalog_type": "RETAIL", "name": "Shop"})).body
    feed = {
        "name": "f",
        "format": "CSV",
        "location": "https://example.com/f.csv",
        "default_country": "US",
        "default_locale": "en-US",
    }
    new = await client.post("/catalogs/feeds", feed)
    assert (new.status, new.body["location"]) == (201, feed["location"])
    renamed = await client.patch(f"/catalogs/feeds/{new.body['id']}", {"name": "g"})
    assert renamed.body["name"] == "g"
    hotel = {"catalog_type": "HOTEL", "name": "h"}
    assert (await client.patch(f"/catalogs/feeds/{new.body['id']}", hotel)).status == 400
    group: dict[str, Any] = {
        "catalog_type": "RETAIL",
        "catalog_id": catalog["id"],
        "name": "All",
        "filters": {"any_of": [{"ITEM_ID": {"values": ["1"]}}]},
    }
    other = {"any_of": [{"ITEM_ID": {"values": ["2"]}}]}
    both = [group, {**group, "name": "B", "filters": other}]
    two = await client.post("/catalogs/product_groups/multiple", both)
    assert (two.status, len(two.body)) == (201, 2)
    chosen = await client.walk("/catalogs/product_groups", id=",".join(two.body))
    assert [one["name"] for one in chosen] == ["All", "B"]
    ids = ",".join(two.body)
    assert (await client.delete("/catalogs/product_groups/multiple", id=ids)).status == 204
    assert await client.walk("/catalogs/product_groups", id=ids) == []
    stores = f"/catalogs/{catalog['id']}/local_stores"
    store = {"name": "Berlin", "country": "DE", "store_code": "b1"}
    kept = (await client.post(stores, [store])).body[0]["data"]
    change = [{"id": kept["id"], "city": "Berlin"}, {"id": "9"}]
    good, bad = (await client.patch(stores, change)).body
    assert (good["data"]["city"], bad["data"]["exceptions"]["code"]) == ("Berlin", 404)
    gone = await client.delete(stores, ids=f"{kept['id']},9")
    assert [one["status"].get("statusCode") for one in gone.body] == [204, None]


async def test_business_access_is_granted_and_taken_away(client: Api) -> None:
    """Members leave, invites are made and taken back, groups of assets come and go."""
    business = str(next(iter(client.emulator.account.stores.store("businesses")))["id"])
    path = f"/businesses/{business}"
    member = (await client.get(f"{path}/members")).body["items"][0]["user"]["id"]
    role = {"member_id": member, "business_role": "BIZ_ADMIN"}
    assert (await client.patch(f"{path}/members", [role])).body["items"] == [role]
    asset = (await client.get(f"{path}/assets")).body["items"][0]["asset_id"]
    access = {"asset_id": asset, "member_id": member}
    granted = await client.patch(
        f"{path}/members/assets/access", {"accesses": [{**access, "permissions": ["ANALYST"]}]}
    )
    assert granted.body["items"][0]["response"]["permissions"] == ["ANALYST"]
    taken = await removed(client, f"{path}/members/assets/access", {"accesses": [access]})
    assert taken.body["items"] == [access]
    left = await removed(client, f"{path}/members", {"members": [role]})
    assert left.body == {"deleted_members": [member]}
    assert member not in {one["id"] for one in await client.walk(f"{path}/members")}
    asked = {"business_role": "EMPLOYEE", "invite_type": "MEMBER_INVITE", "members": ["a@b.org"]}
    invite = (await client.post(f"{path}/invites", asked)).body["items"][0]["invite"]
    assert invite["id"] in {one["id"] for one in await client.walk(f"{path}/invites")}
    answer = await removed(client, f"{path}/invites", {"invite_ids": [invite["id"], "5"]})
    assert ["invite" in one for one in answer.body["items"]] == [True, False]
    group: dict[str, Any] = {
        "asset_group_name": "g",
        "asset_group_description": "",
        "asset_group_types": [],
    }
    new = (await client.post(f"{path}/asset_groups", group)).body["asset_group"]["id"]
    ids = {"asset_groups_to_delete": [new, "7"]}
    gone = await removed(client, f"{path}/asset_groups", ids)
    assert gone.body["deleted_asset_groups"] == [new]
    assert [one["asset_group_id"] for one in gone.body["exceptions"]] == ["7"]


async def removed(client: Api, path: str, body: dict[str, Any]) -> Answer:
    """DELETE with a body."""
    return await client.call("DELETE", path, body=body)


async def test_labels_are_put_on_campaigns(client: Api, ads: str) -> None:
    """Each campaign that is labelled has an outcome of its own."""
    one = (await client.get(f"{ads}/campaigns")).body["items"][0]["id"]
    body = {"parent_id": one, "labels": [{"label_type": "CUSTOM", "value": "autumn"}]}
    label = (await client.post(f"{ads}/labels", body)).body["labels"][0]["id"]
    put = await client.post(f"{ads}/labels/{label}/apply", {"entity_ids": [one, "3"]})
    assert [entity["entity_id"] for entity in put.body["entities_labels"]] == [one]
    assert put.body["errors"][0]["data"]["entity_id"] == "3"


async def test_accounts_have_their_own(client: Api) -> None:
    """What one ad account or one user holds, another does not."""
    first, second = [one["id"] for one in await client.walk("/ad_accounts")]
    new = await made(client, f"/ad_accounts/{first}/campaigns", campaign(client))
    assert (await client.get(f"/ad_accounts/{second}/campaigns/{new['id']}")).status == 404
    client.emulator.add_account("bo")
    headers = {"Authorization": f"Bearer {client.emulator.issue_token(username='bo')}"}
    other = await client.call("GET", "/ad_accounts", headers=headers)
    assert first not in {one["id"] for one in other.body["items"]}


async def test_same_seed_same_collections() -> None:
    """The same seed gives the same campaigns, another seed other ones."""
    lists: list[Any] = []
    for seed in (3, 3, 4):
        async with small(seed=seed) as one:
            path = f"/ad_accounts/{one.emulator.ad_account_id}/campaigns"
            lists.append((await one.get(path)).body["items"])
    assert lists[0] == lists[1]
    assert lists[0] != lists[2]


async def test_acting_for_an_ad_account_needs_one(client: Api) -> None:
    """A call for an ad account that the user has no role in is 404; without it the call is good."""
    own = client.emulator.ad_account_id
    statuses = [(await client.get("/boards", ad_account_id=one)).status for one in (own, "77")]
    assert statuses == [200, 404]
