"""Rows of changes: what they may say, what is wrong with them, and what a preview tells."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import ConfigurationError, NotFound
from pinterest_async.jobs import AdMoney, apply_changes
from pinterest_async.models import (
    AdGroupUpdateRequest,
    CampaignCreateRequest,
    KeywordsCommon,
    KeywordsRequest,
    ProductGroupPromotionCreateRequest,
    ProductGroupPromotionInput,
)
from tests.support.ads_world import ads_emulator
from tests.support.clients import client_of

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.emulator import Emulator
    from pinterest_async.jobs import AdChange, AdChangesReport

CAMPAIGN = {"kind": "campaign", "name": "Spring", "objective_type": "AWARENESS"}
GROUP = {"kind": "ad_group", "name": "Plums", "billable_event": "IMPRESSION"}


def first(emulator: Emulator, name: str) -> dict[str, Any]:
    """The first of what the emulator has of a kind, in the first ad account."""
    return next(iter(emulator.account.stores.store(name, emulator.ad_account_id)))


async def preview(changes: Any, emulator: Emulator | None = None, **options: Any) -> Any:
    """Preview rows against an emulator, of which nothing is changed."""
    if emulator is None:
        async with ads_emulator() as own:
            return await preview(changes, own, **options)
    async with client_of(emulator) as client:
        report = await apply_changes(client, emulator.ad_account_id, changes, **options)
    assert {one.method for one in emulator.requests} == {"GET"}
    assert report.dry_run
    return report


async def only(row: Any) -> AdChange:
    """The one change of one row."""
    report: AdChangesReport = await preview([row])
    (change,) = report.changes
    assert report.complete is (change.state == "planned")
    return change


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"name": "x"}, "kind is missing: one of campaign, ad_group, ad, keyword, product_group"),
        ({"kind": "campain", "name": "x"}, "kind 'campain' is none of"),
        ({**CAMPAIGN, "name": ""}, "name is missing"),
        ({"kind": "campaign", "name": "x"}, "objective_type is missing"),
        ({**CAMPAIGN, "daily_budgt": 5}, "cannot be made with that: did you mean daily_budget?"),
        ({**CAMPAIGN, "daily_spend_cap": 20}, "is 0.00002 of the currency"),
        ({**CAMPAIGN, "daily_spend_cap": 20}, "daily_budget takes units"),
        ({**CAMPAIGN, "daily_spend_cap": "20.5"}, "daily_spend_cap '20.5'"),
        ({**CAMPAIGN, "daily_spend_cap": 0}, "is 0 of the currency"),
        ({**CAMPAIGN, "daily_budget": "20,50"}, "'20,50' is no amount, such as 20 or 20.50"),
        ({**CAMPAIGN, "daily_budget": "0.0000001"}, "is no amount"),
        ({**CAMPAIGN, "daily_budget": "NaN"}, "is no amount"),
        ({**CAMPAIGN, "daily_budget": "-5"}, "is -5 of the currency"),
        ({**CAMPAIGN, "daily_budget": 5, "daily_spend_cap": 5_000_000}, "say the same: give one"),
        ({**CAMPAIGN, "daily_budget": 5, "lifetime_budget": 50}, "not both"),
        ({**CAMPAIGN, "status": "paussed"}, "did you mean PAUSED?"),
        ({**CAMPAIGN, "start_time": "2026-12-01T08:00:00"}, "a time needs its zone"),
        ({**CAMPAIGN, "start_time": "tomorrow"}, "a day in UTC such as"),
        ({**CAMPAIGN, "start_time": "2026-12-02", "end_time": "2026-12-01"}, "not after"),
        ({**CAMPAIGN, "is_top_of_search": "perhaps"}, "is_top_of_search 'perhaps'"),
        ({**CAMPAIGN, "tracking_urls": "{"}, "tracking_urls '{'"),
        ({**CAMPAIGN, "ad_account_id": "99"}, "ad_account_id 99 is not the ad account"),
        ({**CAMPAIGN, "id": "C12"}, "id 'C12' is no id"),
        ({**CAMPAIGN, "id": "12"}, "there is no campaign 12 in this ad account"),
        ({"kind": "campaign", "id": "12"}, "it changes nothing"),
        (GROUP, "campaign_id is missing: an id, or the key or name of another row"),
        ({**GROUP, "campaign_id": "12"}, "there is no campaign 12 in this ad account"),
        ({**GROUP, "campaign_id": "Autumn"}, "'Autumn' is the key or name of no row"),
        ({**GROUP, "campaign": "1", "parent": "2"}, "parent and campaign say the same"),
        ({**GROUP, "campaign": "1", "budget_type": "LIFETIME"}, "needs an end_time"),
        ({"kind": "ad", "ad_group": "1", "creative_type": "REGULAR"}, "pin_id is missing"),
        ({"kind": "keyword", "parent": "1", "value": "x"}, "match_type is missing"),
        ({"kind": "keyword", "parent": "1", "value": "x", "bid": 1}, "does not set one"),
        ({"kind": "keyword", "id": "1", "status": "PAUSED"}, "a keyword cannot be given that"),
        ({"kind": "product_group", "ad_group": "1"}, "catalog_product_group_id is missing"),
        ("a text", "it is no mapping"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_said(row: Any, says: str) -> None:
    """A row that cannot be sent is bad, and says what would be right."""
    change = await only(row)
    assert change.state == "bad"
    assert says in str(change.error)


async def test_all_that_is_wrong_is_said() -> None:
    """A row names every problem at once."""
    change = await only({"kind": "campaign", "daily_spend_cap": 20, "status": "ON", "nam": "x"})
    for says in ("objective_type is missing", "millionths", "status 'ON'", "did you mean name?"):
        assert says in str(change.error)


async def test_what_is_new_is_paused() -> None:
    """Unless the row says otherwise; keywords have no status."""
    rows = [
        CAMPAIGN,
        {**GROUP, "campaign": "Spring"},
        {**GROUP, "name": "Ripe", "campaign": "Spring", "status": "active"},
        {"kind": "keyword", "ad_group": "Plums", "value": "rye", "match_type": "BROAD"},
    ]
    changes = (await preview(rows)).changes
    assert [one.says.get("status") for one in changes] == ["PAUSED", "PAUSED", "ACTIVE", None]
    assert [one.spends for one in changes] == [False, False, True, False]
    assert [one.action for one in changes] == ["create"] * 4


async def test_money_is_told_in_both_units() -> None:
    """What is sent is in millionths; what it was before stands beside it."""
    async with ads_emulator() as emulator:
        group = first(emulator, "ad_groups")
        group["budget_in_micro_currency"] = 5_000_000
        account = first(emulator, "campaigns")["ad_account_id"]
        emulator.account.stores.store("ad_accounts").get(account)["currency"] = "EUR"  # type: ignore[index]
        rows = [
            {**CAMPAIGN, "lifetime_budget": "1234.56"},
            {**CAMPAIGN, "name": "Autumn", "daily_spend_cap": "20000000"},
            {"kind": "ad_group", "id": group["id"], "budget": 7.5, "bid": "null"},
        ]
        report = await preview(rows, emulator)
    told = [one.money for one in report.changes]
    assert told[0] == [
        AdMoney(
            member="lifetime_spend_cap",
            micro=1_234_560_000,
            amount=Decimal("1234.56"),
            currency="EUR",
        )
    ]
    assert told[1][0].amount == Decimal(20)
    budget, bid = told[2]
    assert (budget.micro_before, budget.amount_before) == (5_000_000, Decimal(5))
    assert (budget.micro, budget.amount) == (7_500_000, Decimal("7.5"))
    assert (bid.micro, bid.amount) == (None, None)
    assert report.currency == "EUR"


@pytest.mark.parametrize(
    ("was", "row", "spends"),
    [
        ("PAUSED", {"status": "ACTIVE"}, True),
        ("ACTIVE", {"status": "ACTIVE"}, False),
        ("ACTIVE", {"status": "PAUSED"}, False),
        ("PAUSED", {"budget": 9}, False),
        ("ACTIVE", {"budget": 9}, True),
        ("ACTIVE", {"budget": 4}, False),
        ("ACTIVE", {"budget": None}, True),
        ("ACTIVE", {"status": "PAUSED", "budget": 9}, False),
        ("ACTIVE", {"name": "Plums"}, False),
    ],
)
async def test_what_may_spend_is_told(was: str, row: dict[str, Any], *, spends: bool) -> None:
    """Making active, and raising the money of what is active, may spend; all else does not."""
    async with ads_emulator() as emulator:
        group = first(emulator, "ad_groups")
        group.update(status=was, budget_in_micro_currency=5_000_000)
        report = await preview([{"kind": "ad_group", "id": group["id"], **row}], emulator)
    assert [one.spends for one in report.changes] == [spends]


async def test_what_is_for_good_is_told() -> None:
    """Archiving, and the objective of a campaign."""
    async with ads_emulator() as emulator:
        ad = next(
            one
            for one in emulator.account.stores.store("ads", emulator.ad_account_id)
            if one["status"] == "ACTIVE"
        )
        word = first(emulator, "keywords")["id"]
        rows = [
            {"kind": "ad", "id": ad["id"], "status": "archived"},
            {"kind": "keyword", "id": word, "archived": "true"},
            CAMPAIGN,
            {**CAMPAIGN, "name": "Draft", "status": "DRAFT"},
        ]
        report = await preview(rows, emulator)
    assert [bool(one.irreversible) for one in report.changes] == [True, True, True, False]
    assert "ARCHIVED" in report.changes[0].irreversible[0]
    assert report.changes[0].before == {"status": "ACTIVE"}


async def test_what_is_there_already_is_told() -> None:
    """One of the same name in the same parent is noted; what changes nothing is no change."""
    async with ads_emulator() as emulator:
        group = first(emulator, "ad_groups")
        rows = [
            {**GROUP, "name": group["name"].upper(), "campaign_id": group["campaign_id"]},
            {"kind": "ad_group", "id": group["id"], "name": group["name"]},
        ]
        report = await preview(rows, emulator)
    alike, same = report.changes
    assert group["id"] in alike.notes[0]
    assert same.state == "unchanged"
    assert report.complete


async def test_rows_refer_to_one_another() -> None:
    """By key or by name; what is in a bad row is not tried, and two of one name are told."""
    rows = [
        {**CAMPAIGN, "key": "a"},
        {**CAMPAIGN, "key": "b"},
        {**GROUP, "campaign": "a"},
        {**GROUP, "campaign": "Spring"},
        {**CAMPAIGN, "key": "c", "daily_budget": "much"},
        {**GROUP, "campaign": "c", "name": "Lost"},
        {"kind": "ad", "ad_group": "Lost", "pin_id": "1", "creative_type": "REGULAR"},
    ]
    report = await preview(rows)
    assert [one.state for one in report.changes] == [
        "planned", "planned", "planned", "bad", "bad", "not_tried", "not_tried",
    ]  # fmt: skip
    assert "several rows" in str(report.changes[3].error)
    assert "its campaign (line 5)" in str(report.changes[5].error)
    assert report.counts == {"planned": 3, "bad": 2, "not_tried": 2}
    assert len(report.failures) == 4


async def test_doubles_are_bad() -> None:
    """Two rows of one key, or that change one thing, are both named."""
    async with ads_emulator() as emulator:
        group = first(emulator, "ad_groups")["id"]
        rows = [
            {**CAMPAIGN, "key": "a"},
            {**CAMPAIGN, "key": "a", "name": "Other"},
            {"kind": "ad_group", "id": group, "name": "x"},
            {"kind": "ad_group", "id": group, "status": "PAUSED"},
        ]
        report = await preview(rows, emulator)
    assert {one.state for one in report.changes} == {"bad"}


async def test_a_campaign_takes_keywords_to_exclude_alone() -> None:
    """By the column, by a row, or by what the id is of."""
    async with ads_emulator() as emulator:
        campaign = first(emulator, "campaigns")["id"]
        word = {"kind": "keyword", "value": "rye", "match_type": "BROAD"}
        rows = [
            {**word, "campaign": campaign},
            {**word, "parent": campaign},
            CAMPAIGN,
            {**word, "parent": "Spring"},
            {**word, "parent": campaign, "match_type": "EXACT_NEGATIVE"},
        ]
        report = await preview(rows, emulator)
    states = [one.state for one in report.changes]
    assert states == ["bad", "bad", "planned", "bad", "planned"]


async def test_nothing_is_moved() -> None:
    """What exists stays where it is, and is changed there."""
    async with ads_emulator() as emulator:
        group = first(emulator, "ad_groups")
        row = {"kind": "ad_group", "id": group["id"], "name": "x"}
        elsewhere = await preview([{**row, "campaign_id": "12"}], emulator)
        here = await preview([{**row, "campaign_id": group["campaign_id"]}], emulator)
    assert "cannot be moved to 12" in str(elsewhere.changes[0].error)
    assert here.complete


async def test_structs_are_rows() -> None:
    """What the calls themselves take; of lists of things each is a row."""
    async with ads_emulator() as emulator:
        account, group = emulator.ad_account_id, first(emulator, "ad_groups")
        catalog = next(iter(emulator.account.stores.store("product_groups")))["id"]
        structs = [
            CampaignCreateRequest(
                ad_account_id=account, name="S", objective_type="AWARENESS", end_time=None
            ),
            AdGroupUpdateRequest(id=group["id"], name="Renamed"),
            KeywordsRequest(
                parent_id=group["id"],
                keywords=[
                    KeywordsCommon(value="rye", match_type="BROAD"),
                    KeywordsCommon(value="oat", match_type="EXACT"),
                ],
            ),
            ProductGroupPromotionCreateRequest(
                ad_group_id=group["id"],
                product_group_promotion=[
                    ProductGroupPromotionInput(catalog_product_group_id=catalog)
                ],
            ),
        ]
        report = await preview(iter(structs), emulator)
    assert report.complete
    assert [(one.line, one.kind, one.action) for one in report.changes] == [
        (1, "campaign", "create"),
        (2, "ad_group", "update"),
        (3, "keyword", "create"),
        (3, "keyword", "create"),
        (4, "product_group", "create"),
    ]
    assert report.changes[0].says["end_time"] is None
    assert report.changes[0].says["status"] == "PAUSED"


CSV = """\
Kind,Name,Objective Type,Daily Budget,Campaign,Billable Event,Budget,Targeting Spec,Start Time
campaigns,Spring,AWARENESS,20.50,,,,,2026-12-01
Ad group,Plums,,,Spring,IMPRESSION,5,"{""LOCATION"": [""DE""]}",2026-12-01T08:00:00+01:00
ad-group,,,,Spring,IMPRESSION,,,
"""


async def test_files_are_read(tmp_path: Path) -> None:
    """CSV and JSON Lines; names as people write them, objects as JSON, days as days."""
    table, lines = tmp_path / "c.csv", tmp_path / "c.jsonl"
    table.write_text(CSV)
    lines.write_text(f"{json.dumps(CAMPAIGN)}\n\nnot json\n")
    campaign, group, bad = (await preview(table)).changes
    assert campaign.says["daily_spend_cap"] == 20_500_000
    start = dt.datetime(2026, 12, 1, tzinfo=dt.UTC).timestamp()
    assert campaign.says["start_time"] == start
    assert group.says["start_time"] == start + 7 * 3600
    assert group.says["targeting_spec"]["LOCATION"] == ["DE"]
    assert (bad.line, bad.error) == (4, "name is missing")
    fine, unreadable = (await preview(lines)).changes
    assert fine.state == "planned"
    assert (unreadable.line, unreadable.state) == (3, "bad")
    with pytest.raises(ConfigurationError, match="must be called"):
        await preview(tmp_path / "c.txt")


async def test_arguments_are_checked() -> None:
    """Bounds first, then the ad account."""
    async with ads_emulator() as emulator, client_of(emulator) as client:
        with pytest.raises(ConfigurationError, match="1 or more"):
            await apply_changes(client, emulator.ad_account_id, [], tries=0)
        assert emulator.requests == []
        with pytest.raises(NotFound):
            await apply_changes(client, "99", [])
        empty = await apply_changes(client, emulator.ad_account_id, [])
    assert (empty.complete, empty.total) == (True, 0)
