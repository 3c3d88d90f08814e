"""Rate-limit windows: what they allow, what they refuse, what the headers say."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from pinterest_async.emulator import Emulator, LimitOptions, ManualClock, OverQuota, SpamBlock
from tests.support.emulator_api import Answer, Api, api, small

NOON = 1_767_268_800.0  # a whole minute, hour and UTC noon


def told(answer: Answer) -> tuple[str | None, str | None, str | None]:
    """The three headers."""
    names = ("limit", "remaining", "reset")
    limit, remaining, reset = (answer.headers.get(f"x-ratelimit-{name}") for name in names)
    return limit, remaining, reset


async def statuses(client: Api, times: int, path: str = "/user_account") -> list[int]:
    """The statuses of so many calls."""
    return [(await client.get(path)).status for _ in range(times)]


async def test_standard_tier_allows_what_is_published() -> None:
    """100 writes a minute pass and the next is refused with code 8, headers and a count."""
    clock = ManualClock(NOON)
    async with small(clock=clock) as client:
        board = await client.new_board()
        path = f"/boards/{board['id']}"
        for number in range(99):
            clock.advance(0.25)
            assert (await client.patch(path, {"name": str(number)})).status == 200
        refused = await client.patch(path, {"name": "one too many"})
        name = (await client.get(path)).body["name"]
        clock.advance(60 - 99 * 0.25)
        again = await client.patch(path, {"name": "next minute"})
    assert (refused.status, refused.body["code"]) == (429, 8)
    assert told(refused)[1:] == ("0", "36")
    assert name == "98"
    assert again.status == 200
    assert client.emulator.refused == {"org_write": 1}


async def test_headers_name_the_windows() -> None:
    """The limit lists every window; remaining and reset are those of the scarcest."""
    clock = ManualClock(NOON + 12.5)
    async with small(clock=clock) as client:
        first = await client.get("/user_account")
        analytics = await client.get(
            "/user_account/analytics", start_date="2025-12-01", end_date="2025-12-02"
        )
    assert told(first) == (
        '100, 100;w=1;name="safety_net_app_id_user_id", 1000;w=60;name="org_read_app_id_user_id"',
        "99",
        "1",
    )
    limit, remaining, reset = told(analytics)
    assert limit is not None
    assert limit.startswith('60, 100;w=1;name="safety_net_app_id_user_id", 60;w=60;name="org_a')
    assert (remaining, reset) == ("59", "48")


@pytest.mark.parametrize(
    ("form", "limit"),
    [("unnamed", "100, 100;w=1, 1000;w=60"), ("integer", "100"), ("absent", None)],
)
async def test_headers_in_their_other_forms(
    form: Literal["unnamed", "integer", "absent"], limit: str | None
) -> None:
    """By switch the windows have no names, or are one number, or are not told."""
    async with small(clock=ManualClock(NOON), limit_options=LimitOptions(headers=form)) as client:
        answer = await client.get("/user_account")
    assert told(answer)[0] == limit
    assert (told(answer)[1] is None) == (limit is None)


async def test_fixed_window_gives_everything_back_at_once() -> None:
    """A fixed window that is used up late in its period is whole again when the next begins."""
    clock = ManualClock(NOON + 9)
    async with small(clock=clock, limits={"org_read": [(3, 10)]}) as client:
        before = await statuses(client, 4)
        clock.advance(1)
        after = await statuses(client, 4)
    assert before == after == [200, 200, 200, 429]


async def test_sliding_window_counts_back_from_now() -> None:
    """A sliding window gives each call back when that call has grown old."""
    clock = ManualClock(NOON + 9)
    options: dict[str, Any] = {"clock": clock, "limit_options": LimitOptions(windows="sliding")}
    async with small(**options, limits={"org_read": [(3, 10)]}) as client:
        first = await statuses(client, 1)
        clock.advance(4)
        assert await statuses(client, 3) == [200, 200, 429]
        clock.advance(5.5)
        refused = await client.get("/user_account")
        clock.advance(0.5)
        back = await statuses(client, 2)
    assert first == [200]
    assert told(refused)[1:] == ("0", "1")
    assert back == [200, 429]


async def test_all_windows_bind_at_once() -> None:
    """The limit over all calls refuses what the category would allow, and spends nothing of it."""
    clock = ManualClock(NOON)
    limits = {"universal": [(2, 1)], "org_read": [(3, 60)]}
    async with small(clock=clock, limits=limits) as client:
        assert await statuses(client, 3) == [200, 200, 429]
        clock.advance(1)
        assert await statuses(client, 2) == [200, 429]
    assert client.emulator.refused == {"org_read": 2}


async def test_categories_and_accounts_have_their_own() -> None:
    """A used-up category leaves the others alone, and another account is not touched."""
    limits = {"org_read": [(1, 60)]}
    async with small(clock=ManualClock(NOON), limits=limits) as client:
        assert await statuses(client, 2) == [200, 429]
        assert (await client.post("/boards", {"name": "x"})).status == 201
        token = client.emulator.issue_token()
        async with api(client.emulator, token) as same_account:
            assert await statuses(same_account, 1) == [429]
        async with api(client.emulator, client.emulator.add_account("bo")) as other:
            assert await statuses(other, 2) == [200, 429]


async def test_conversions_are_counted_by_ad_account() -> None:
    """Each ad account has its own window for conversion events."""
    limits = {"ads_conversions": [(1, 60)]}
    async with small(clock=ManualClock(NOON), limits=limits) as client:
        answers = [
            await client.post(f"/ad_accounts/{ad_account}/events", {"data": []})
            for ad_account in ("12", "12", "34")
        ]
    assert [answer.status == 429 for answer in answers] == [False, True, False]
    assert "ads_conversions_app_id_ad_account_id" in (told(answers[0])[0] or "")


async def test_trial_tier_has_a_day_for_the_whole_app() -> None:
    """The trial budget is a day's, and the accounts of the app share it."""
    clock = ManualClock(NOON)
    async with small(clock=clock, tier="trial", limits={"org_read": [(2, 86400)]}) as client:
        first = await client.get("/user_account")
        async with api(client.emulator, client.emulator.add_account("bo")) as other:
            assert await statuses(other, 2) == [200, 429]
        clock.advance(12 * 3600)
        assert await statuses(client, 1) == [200]
    assert told(first) == (
        '2, 1000;w=86400;name="safety_net_app_id", 2;w=86400;name="org_read_app_id"',
        "1",
        "43200",
    )


async def test_trial_tier_refuses_pins() -> None:
    """A trial app may make boards; a Pin is refused with 403 code 29 that names the sandbox."""
    async with small(tier="trial") as client:
        board = await client.new_board()
        source = {"source_type": "image_url", "url": "https://example.com/cake.jpg"}
        body = {"board_id": board["id"], "media_source": source}
        answer = await client.post("/pins", body)
    assert (answer.status, answer.body["code"]) == (403, 29)
    assert "Trial" in answer.body["message"]
    assert "api-sandbox.pinterest.com" in answer.body["message"]


async def test_limits_can_be_told_and_not_enforced() -> None:
    """Without enforcement nothing is refused, and the headers still say what is left."""
    limits = {"org_read": [(1, 60)]}
    async with small(clock=ManualClock(NOON), limits=limits, enforce_limits=False) as client:
        assert await statuses(client, 3) == [200, 200, 200]
        answer = await client.get("/user_account")
    assert told(answer)[1] == "0"
    assert not client.emulator.refused


async def test_failed_calls_count_and_unauthenticated_do_not() -> None:
    """A 404 spends a call and tells the limits; a 401 does neither."""
    limits = {"org_read": [(2, 60)]}
    async with small(clock=ManualClock(NOON), limits=limits) as client:
        stranger = await client.call("GET", "/user_account", headers={})
        missing = await client.get("/pins/12")
        assert await statuses(client, 2) == [200, 429]
    assert (stranger.status, told(stranger)) == (401, (None, None, None))
    assert missing.status == 404
    assert told(missing)[1] == "1"


async def test_refusals_on_demand() -> None:
    """A quota and a spam block can be had at will; only one of them says that it ends."""
    async with small(clock=ManualClock(NOON)) as client:
        client.emulator.fail("boards/create", OverQuota(reset=7))
        client.emulator.fail("boards/create", SpamBlock())
        quota = await client.post("/boards", {"name": "x"})
        spam = await client.post("/boards", {"name": "x"})
        boards = await client.walk("/boards")
    assert (quota.status, quota.body["code"], told(quota)[1:]) == (429, 8, ("0", "7"))
    assert spam.status == 429
    assert "spam" in spam.body["message_detail"]
    assert told(spam)[1] != "0"
    assert boards == []
    assert client.emulator.refused == {"org_write": 2}


def test_unknown_category_is_a_mistake() -> None:
    """Limits for a category that does not exist are refused at once."""
    with pytest.raises(ValueError, match="org_reed"):
        Emulator(boards=0, pins=0, limits={"org_reed": [(1, 1)]})
