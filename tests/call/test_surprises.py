"""Responses that are sound and say something else than they seem to: A1, A2, A3, A9, A15."""

from __future__ import annotations

from typing import Any

import pytest

from pinterest_async import APIError
from pinterest_async.testing import FakeTransport


@pytest.mark.parametrize(
    ("resource", "operation", "named"),
    [
        ("ad_accounts", "ad_account_targeting_analytics/get", {}),
        ("campaigns", "campaign_targeting_analytics/get", {"campaign_ids": ["1"]}),
        ("ad_groups", "ad_groups_targeting_analytics/get", {"ad_group_ids": ["1"]}),
        ("ads", "ad_targeting_analytics/get", {"ad_ids": ["1"]}),
    ],
)
async def test_a1_rows_of_targeting_analytics_can_be_told_apart(
    resource: str, operation: str, named: dict[str, list[str]]
) -> None:
    """A1: each has what it is about, a word or the number of a place, and its ids as text (A3)."""
    transport = FakeTransport()
    rows = [
        {"targeting_type": "APPTYPE", "targeting_value": "iphone", "metrics": {"AD_ID": 7}},
        {"targeting_type": "LOCATION", "targeting_value": 500, "metrics": {"CLICKTHROUGH_1": 3}},
    ]
    transport.respond(operation, {"data": rows})
    async with transport.client(strict=True) as client:
        answer = await getattr(client, resource).get_targeting_analytics(
            "549755885175",
            **named,
            start_date="2026-01-01",
            end_date="2026-01-02",
            targeting_types=["APPTYPE", "LOCATION"],
            columns=["CLICKTHROUGH_1"],
            granularity="TOTAL",
        )
    assert [row.targeting_value for row in answer.data] == ["iphone", 500]
    assert [row.metrics for row in answer.data] == [{"AD_ID": "7"}, {"CLICKTHROUGH_1": 3}]


async def test_a3_ids_in_untyped_rows_are_text() -> None:
    """Rows of analytics have the ids that other answers have, whichever way they were sent."""
    transport = FakeTransport()
    row = {"AD_ID": 687195134316, "AD_ACCOUNT_ID": "549755885175", "SPEND_IN_DOLLAR": 1.5}
    transport.respond("ads/analytics", [row | {"PIN_IDS": [1, "2"], "IMPRESSION_1": 7}])
    async with transport.client() as client:
        rows = await client.ads.get_analytics(
            "549755885175",
            start_date="2026-01-01",
            end_date="2026-01-02",
            columns=["SPEND_IN_DOLLAR"],
            granularity="DAY",
        )
    assert rows == [
        {
            "AD_ID": "687195134316",
            "AD_ACCOUNT_ID": "549755885175",
            "SPEND_IN_DOLLAR": 1.5,
            "PIN_IDS": ["1", "2"],
            "IMPRESSION_1": 7,
        }
    ]


async def test_a9_a_success_with_the_body_of_a_refusal_is_a_refusal() -> None:
    """It raises, whatever members the type declares, and a write may have been carried out."""
    transport = FakeTransport()
    refusal: dict[str, Any] = {"code": 8, "message": "You have exceeded your rate limit."}
    refusal["details"] = {"limit": 5}
    for operation in ("user_account/get", "boards/create", "boards/list", "boards/delete"):
        transport.respond(operation, refusal, headers={"x-pinterest-rid": "9"})
    async with transport.client() as client:
        for call in (client.user_account.get(), client.boards.list().collect()):
            with pytest.raises(APIError, match="exceeded") as caught:
                await call
            assert (caught.value.status, caught.value.code) == (200, 8)
            assert caught.value.request_id == "9"
            assert caught.value.details == {"limit": 5}
            assert not caught.value.may_have_applied
        with pytest.raises(APIError) as caught:
            await client.boards.create(name="plums")
        assert caught.value.may_have_applied
        with pytest.raises(APIError):
            await client.boards.delete("1")


@pytest.mark.parametrize("first", ["code", "details", "data", "status"])
async def test_a9_a_refusal_is_one_however_late_its_message_comes(first: str) -> None:
    """What stands before the message may be long."""
    refusal: dict[str, Any] = {first: "x" * 1000, "code": 8, "message": "You have exceeded it."}
    if first == "code":
        refusal = {"code": 8, "details": "x" * 1000, "message": "You have exceeded it."}
    transport = FakeTransport()
    transport.respond("user_account/get", refusal)
    async with transport.client() as client:
        with pytest.raises(APIError, match="exceeded"):
            await client.user_account.get()


async def test_a9_a_value_with_a_message_is_a_value() -> None:
    """A member of that name does not make a refusal."""
    transport = FakeTransport()
    transport.respond("boards/get", {"id": "1", "code": 8, "message": "x"})
    async with transport.client() as client:
        assert (await client.boards.get("1")).id == "1"


async def test_a2_nothing_is_an_answer_where_no_content_is_declared() -> None:
    """Events that were taken are not sent again for an empty answer."""
    transport = FakeTransport()
    transport.respond("msot_events/create", None)
    async with transport.client() as client:
        answer = await client.msot_events.create(
            "549755885175",
            ad_group_id="1",
            attribution_scope="click",
            event_id="e",
            event_name="checkout",
            event_timestamp=1_700_000_000,
        )
    assert answer == {}
