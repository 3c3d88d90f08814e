"""Conversion events in the emulator: verdicts, duplicates, tests, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import ManualClock
from tests.support.emulator_api import checkout, small
from tests.support.emulator_requests import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.emulator_api import Answer, Api

HASH = "0" * 64


@pytest.fixture
async def client() -> AsyncIterator[Api]:
    """A client of a small emulator, whose clock stands still."""
    async with small(clock=ManualClock(NOW)) as client:
        yield client


async def post(client: Api, *events: dict[str, Any], query: str = "") -> Answer:
    """Send these events."""
    path = f"/ad_accounts/{client.emulator.ad_account_id}/events{query}"
    return await client.post(path, {"data": events})


def counted(client: Api) -> list[Any]:
    """The events that count."""
    events = client.emulator.account.advertising.events
    return list(events.get(client.emulator.ad_account_id, ()))


def event(number: int = 1, **members: Any) -> dict[str, Any]:
    """A good one."""
    return {**checkout(NOW - 5), "event_id": str(number), **members}


async def test_a_refused_event_stands_inside_a_success(client: Api) -> None:
    """One verdict for each event in order; the good ones count although others do not."""
    stale = event(2, event_time=int(NOW) - 8 * 86_400)
    answer = await post(client, event(1), stale, event(3, user_data={}))
    assert answer.status == 200
    assert [one["status"] for one in answer.body["events"]] == ["processed", "failed", "failed"]
    assert (answer.body["num_events_received"], answer.body["num_events_processed"]) == (3, 1)
    assert len(counted(client)) == 1


async def test_nothing_processed_is_422(client: Api) -> None:
    """Where no event was good, the verdicts are the details of a 422 with code 953."""
    answer = await post(client, event(1, user_data={}))
    assert (answer.status, answer.body["code"]) == (422, 953)
    assert answer.body["details"]["num_events_processed"] == 0
    assert [one["status"] for one in answer.body["details"]["events"]] == ["failed"]


async def test_what_is_not_declared_refuses_all(client: Api) -> None:
    """A member that an event cannot have is a 400 for the whole request."""
    answer = await post(client, event(1), event(2, colour="red"))
    assert (answer.status, answer.body["code"]) == (400, 4196)
    assert counted(client) == []


@pytest.mark.parametrize("number", [0, 1_001])
async def test_too_many_and_none_are_refused(client: Api, number: int) -> None:
    """A request has 1 to 1,000 events; another number is a 400, and nothing counts."""
    answer = await post(client, *map(event, range(number)))
    assert (answer.status, answer.body["code"]) == (400, 4196)
    assert counted(client) == []
    assert (await post(client, *map(event, range(1_000)))).status == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"event_id": None},
        {"event_time": "1770000000"},
        {"user_data": {"em": HASH}},
        {"custom_data": {"value": 12.5}},
        {"custom_data": {"num_items": "2"}},
        {"device_info": {"os_family": "beos"}},
        {"device_info": {"battery_level": 101}},
    ],
)
async def test_what_is_of_another_type_refuses_all(client: Api, changed: dict[str, Any]) -> None:
    """A value of another type than the description's is a 400 for the whole request."""
    answer = await post(client, event(1), event(2, **changed))
    assert answer.status == 400
    assert counted(client) == []


async def test_members_that_came_later_are_taken(client: Api) -> None:
    """What Pinterest asks for since 5.28.0 is known, and no fault."""
    user = {"em": [HASH], "customer_type": "returning"}
    answer = await post(client, event(1, user_data=user, advertiser_tracking_enabled=True))
    assert answer.body["num_events_processed"] == 1


async def test_a_warning_is_no_failure(client: Api) -> None:
    """An event without helpful members, or with a name of its own, counts, and is warned of."""
    user = {"em": [HASH], "external_id": [HASH], "click_id": "c"}
    answer = await post(
        client,
        event(1),
        event(2, event_name="cake_eaten", user_data=user),
        event(3, user_data=user),
    )
    warnings = [one["warning_message"] for one in answer.body["events"]]
    assert answer.body["num_events_processed"] == 3
    assert warnings[0] == "external_id is missing; click_id is missing"
    assert "Unknown" in warnings[1]
    assert warnings[2] == ""


async def test_a_test_looks_at_the_first_twenty(client: Api) -> None:
    """Of a test batch, twenty have a verdict, and none counts."""
    answer = await post(client, *map(event, range(25)), query="?test=true")
    assert answer.body["num_events_received"] == 25
    assert answer.body["num_events_processed"] == len(answer.body["events"]) == 20
    assert counted(client) == []


async def test_the_same_event_counts_once_for_two_days() -> None:
    """The same name and id within 48 hours is the same event; another name is another."""
    clock = ManualClock(NOW)
    async with small(clock=clock) as client:
        for one in (event(1), event(1, event_name="signup"), event(1)):
            assert (await post(client, one)).body["num_events_processed"] == 1
        assert len(counted(client)) == 2
        clock.advance(48 * 3600)
        await post(client, event(1))
        assert len(counted(client)) == 3


async def test_offline_events_are_never_the_same(client: Api) -> None:
    """What happened offline counts as often as it is sent."""
    for _ in range(2):
        await post(client, event(1, action_source="offline"))
    assert len(counted(client)) == 2


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"user_data": {"em": ["ada@example.com"]}}, "must be hashed"),
        ({"user_data": {"em": [HASH], "ph": ["4915112345"]}}, "must be hashed"),
        ({"user_data": {"em": [HASH.replace("0", "A")]}}, "must be hashed"),
        ({"user_data": {"ph": [HASH]}}, "needs em"),
        ({"user_data": {"client_ip_address": "192.0.2.1"}}, "needs em"),
        ({"user_data": {"client_ip_address": "0.0.0.0", "client_user_agent": "M"}}, "no address"),  # noqa: S104
        ({"event_time": int(NOW) * 1000}, "in seconds"),
        ({"action_source": "web_site"}, "is not one of"),
        ({"custom_data": {"value": "a lot"}}, "no number"),
        ({"custom_data": {"value": "inf"}}, "no number"),
        ({"custom_data": {"contents": [{"item_price": "1,5"}]}}, "item_price is no number"),
        (
            {"user_data": {"client_ip_address": "192.0.2.1", "client_user_agent": "Other"}},
            "no browser",
        ),
        ({"user_data": {"em": [HASH], "customer_type": "old"}}, "not one of new, returning"),
    ],
)
async def test_what_is_refused(client: Api, changed: dict[str, Any], why: str) -> None:
    """Personal data in clear or too little, and values out of bounds; none is repeated."""
    answer = await post(client, event(1), event(2, **changed))
    verdict = answer.body["events"][1]
    assert verdict["status"] == "failed"
    assert why in verdict["error_message"]
    assert b"ada@example.com" not in answer.raw


async def test_a_quirk_fails_some_events_at_first() -> None:
    """With the quirk some events fail for a passing reason, and are good the second time."""
    async with small(clock=ManualClock(NOW), quirks=["passing_event_failures"]) as client:
        events = [event(number) for number in range(500)]
        first = (await post(client, *events)).body["events"]
        failed = [
            one for one, told in zip(events, first, strict=True) if told["status"] == "failed"
        ]
        assert 0 < len(failed) < 50
        again = await post(client, *failed)
        assert again.body["num_events_processed"] == len(failed)
        assert len(counted(client)) == 500
