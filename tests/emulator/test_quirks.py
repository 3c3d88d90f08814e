"""Surprises that are switched on by name, limits of an account, pictures, and the bounded log."""

from __future__ import annotations

import datetime as dt
import struct
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from pinterest_async import Pinterest
from pinterest_async.emulator import Emulator, ManualClock
from pinterest_async.emulator.state.quirks import QUIRKS
from pinterest_async.operations import OPERATIONS
from tests.support.emulator_api import small


async def test_beta_is_not_for_everybody() -> None:
    """Operations in beta refuse with 401 code 3, whatever the scopes; others do not."""
    async with small(quirks={"beta_refused"}) as client:
        board = await client.new_board()
        pin = await client.new_pin(board["id"])
        refused = await client.patch(f"/pins/{pin['id']}", {"title": "x"})
        client.emulator.quirks.clear()
        allowed = await client.patch(f"/pins/{pin['id']}", {"title": "x"})
    assert (refused.status, refused.body["code"]) == (401, 3)
    assert "restricted feature" in refused.body["message"]
    assert allowed.status == 200
    beta = {operation.id for operation in OPERATIONS.values() if operation.beta}
    assert len(beta) == 35
    assert beta > {"multi_pins/analytics", "follow_user/update", "labels/list"}
    assert "ad_groups/create" not in beta


async def test_a_restricted_feature_is_named() -> None:
    """A5: the refusal of a feature that the app is not let into says which it is."""
    async with small(quirks={"beta_refused"}) as client:
        refused = await client.patch("/pins/12", {"title": "x"})
    assert (refused.status, refused.body["code"]) == (401, 3)
    assert refused.body["message"].endswith("restricted feature: pins/update")


async def test_a_blocked_link_refuses_one_pin() -> None:
    """A4: a Pin with a blocked link gets 429 code 9, and Pins with other links are made."""
    async with small(quirks={"blocked_links"}) as client:
        board = await client.new_board()
        source = {"source_type": "image_url", "url": "https://example.com/cake.jpg"}
        pin = {"board_id": board["id"], "media_source": source}
        link = "https://blocked.example.com/cake"
        refused = await client.post("/pins", {**pin, "link": link})
        made = await client.post("/pins", {**pin, "link": "https://example.com/cake"})
        plain = await client.post("/pins", pin)
    assert (refused.status, refused.body["code"]) == (429, 9)
    assert "spam" in refused.body["message"]
    assert refused.body["details"] == {"source_field": None}
    assert made.status == plain.status == 201


async def test_ids_of_ads_rows_can_be_numbers() -> None:
    """A3: ids in rows of ads analytics are numbers, but the ad account's is text."""
    clock = ManualClock()
    async with small(quirks={"numeric_ids"}, clock=clock) as client:
        today = dt.datetime.fromtimestamp(clock(), dt.UTC).date().isoformat()
        ads = f"/ad_accounts/{client.emulator.ad_account_id}"
        asked = {"start_date": today, "end_date": today, "granularity": "DAY"}
        columns = "AD_ID,AD_ACCOUNT_ID,CAMPAIGN_ID"
        rows = (await client.get(f"{ads}/ads/analytics", columns=columns, **asked)).body
        listed = (await client.get(f"{ads}/ads")).body["items"]
    assert rows
    for row in rows:
        assert (type(row["AD_ID"]), type(row["CAMPAIGN_ID"])) == (int, int)
        assert isinstance(row["AD_ACCOUNT_ID"], str)
    assert {type(ad["id"]) for ad in listed} == {str}


async def test_data_of_people_is_denied() -> None:
    """Boards and Pins of a private person cannot be read; those of a business can."""
    async with small(quirks={"data_access_denied"}) as client:
        business = await client.get("/boards")
        client.emulator.account.profile.members["account_type"] = "PINNER"
        boards = await client.get("/boards")
        pins = await client.get("/pins")
        profile = await client.get("/user_account")
        created = await client.post("/boards", {"name": "x"})
    assert business.status == profile.status == 200
    assert created.status == 201
    for answer in (boards, pins):
        assert answer.status == 403
        assert "PINNER_DATA_ACCESS_DENIED" in answer.body["message"]


async def test_sections_change_one_at_a_time() -> None:
    """A change of a board's sections within a second of another is 409; other boards are free."""
    clock = ManualClock()
    async with small(quirks={"exclusive_sections"}, clock=clock) as client:
        here, there = await client.new_board(), await client.new_board()
        path = f"/boards/{here['id']}/sections"
        first = await client.post(path, {"name": "a"})
        second = await client.post(path, {"name": "b"})
        other = await client.post(f"/boards/{there['id']}/sections", {"name": "a"})
        clock.advance(1)
        third = await client.post(path, {"name": "b"})
        names = [section["name"] for section in await client.walk(path)]
    assert [first.status, second.status, other.status, third.status] == [201, 409, 201, 201]
    assert second.body["code"] == 409
    assert "exclusive access" in second.body["message"]
    assert names == ["a", "b"]


async def test_missing_fields() -> None:
    """What is null is not there at all, nor are members that are missing in captured answers."""
    async with small(quirks={"missing_fields"}) as client:
        board = await client.new_board()
        pin = await client.new_pin(board["id"])
        page = await client.get("/pins")
    assert not {"description", "dominant_color", "parent_pin_id", "pin_metrics"} & pin.keys()
    assert pin["board_id"] == board["id"]
    assert page.body == {"items": [pin], "bookmark": None}


async def test_new_words_and_new_fields() -> None:
    """Enumerations hold words of tomorrow, and objects with an id members of tomorrow."""
    async with small(quirks={"new_enum_values", "undeclared_fields"}) as client:
        board = await client.new_board()
        me = (await client.get("/user_account")).body
        error = (await client.get("/boards/12")).body
    assert board["privacy"] == "NEW_PUBLIC"
    assert me["account_type"] == "NEW_BUSINESS"
    assert board["emulator_undeclared"] == {"since": "tomorrow"}
    assert "emulator_undeclared" not in board["owner"]
    assert error.keys() == {"code", "message"}


async def test_our_own_client_bears_it_all() -> None:
    """The library's client reads boards and Pins with every surprise that is none of its faults."""
    surprises = {"missing_fields", "new_enum_values", "undeclared_fields"}
    async with (
        small(boards=9, pins=300, quirks=surprises) as client,
        Pinterest(client.emulator.token, base_url=client.emulator.base_url) as pinterest,
    ):
        boards = [board async for board in pinterest.boards.list()]
        pins = [pin async for pin in pinterest.pins.list()]
    assert {str(board.privacy)[:4] for board in boards} == {"NEW_"}
    assert len(pins) > 100


def test_quirks_must_exist() -> None:
    """A quirk that nobody knows is a mistake."""
    unknown: Any = {"levity"}
    with pytest.raises(ValueError, match="levity"):
        Emulator(boards=0, pins=0, quirks=unknown)
    assert "beta_refused" in QUIRKS


async def test_account_has_room_for_so_much() -> None:
    """One board or Pin too many is refused, whether made or saved."""
    async with small() as client:
        account = client.emulator.account
        assert (account.saved.boards_max, account.saved.pins_max) == (2000, 200_000)
        account.saved.boards_max = account.saved.pins_max = 1
        board = await client.new_board()
        pin = await client.new_pin(board["id"])
        second_board = await client.post("/boards", {"name": "x"})
        source = {"source_type": "image_url", "url": "https://example.com/1.jpg"}
        second_pin = await client.post("/pins", {"board_id": board["id"], "media_source": source})
        saved = await client.post(f"/pins/{pin['id']}/save", {"board_id": board["id"]})
    assert [second_board.status, second_pin.status, saved.status] == [400, 400, 400]
    assert "1 boards" in second_board.body["message"]
    assert "1 Pins" in saved.body["message"]


async def test_pictures_are_drawn_here() -> None:
    """With local pictures every address of a picture gives one, always the same, from this host."""
    async with (
        small(boards=2, pins=5, local_pictures=True) as client,
        aiohttp.ClientSession() as session,
    ):
        me = (await client.get("/user_account")).body
        pin = (await client.walk("/pins"))[0]
        sizes = (pin["media"].get("items") or [pin["media"]])[0]["images"]
        drawn: list[bytes] = []
        for address in (me["profile_image"], *(size["url"] for size in sizes.values())):
            assert urlsplit(str(address)).hostname == "localhost"
            async with session.get(address) as response:
                assert response.content_type == "image/png"
                drawn.append(await response.read())
        async with session.get(sizes["originals"]["url"]) as response:
            again = await response.read()
        async with session.get(f"{sizes['originals']['url']}x") as response:
            assert response.status == 404
    assert again == drawn[-1]
    assert drawn[0] != drawn[-1]
    assert drawn[1].startswith(b"\x89PNG")
    assert struct.unpack(">II", drawn[1][16:24]) == (150, 150)


async def test_some_originals_are_kept_back() -> None:
    """A12: one picture in ten refuses its original as the store does, and gives smaller sizes."""
    async with (
        small(boards=2, pins=60, local_pictures=True, quirks={"forbidden_originals"}) as client,
        aiohttp.ClientSession() as session,
    ):
        pins = await client.walk("/pins", page_size=60)
        images = [pin["media"]["images"] for pin in pins if "images" in pin["media"]]
        refused: list[dict[str, Any]] = []
        for sizes in images:
            async with session.get(sizes["originals"]["url"]) as response:
                if response.status == 403:
                    assert response.content_type == "application/xml"
                    assert "<Code>AccessDenied</Code>" in await response.text()
                    refused.append(sizes)
        for sizes in refused:
            async with session.get(sizes["1200x"]["url"]) as response:
                assert response.status == 200
        client.emulator.quirks.clear()
        async with session.get(refused[0]["originals"]["url"]) as response:
            assert response.status == 200
    assert 0 < len(refused) < len(images) / 3


async def test_pictures_are_pinterests_unless_asked() -> None:
    """Otherwise the addresses are those of Pinterest's own host, the same for the same seed."""
    async with small(boards=1, pins=1) as client:
        pin = (await client.walk("/pins"))[0]
    assert "https://i.pinimg.com/" in str(pin["media"])


@pytest.mark.parametrize("longest", [3, 20])
async def test_log_is_bounded(longest: int) -> None:
    """The log forgets its oldest requests, and keeps no body that is large."""
    async with small(longest_log=longest) as client:
        for number in range(30):
            await client.get("/boards", privacy="ALL", page_size=number + 1)
        await client.post("/boards", {"name": "x", "description": "y" * 300_000})
        seen = client.emulator.requests
    assert len(seen) <= longest
    assert seen[-2].query["page_size"] == ["30"]
    assert seen[-1].body == "<300032 bytes>"


async def test_two_writes_of_one_thing_contend() -> None:
    """A second change of a Pin within a second is 429 code 8; a later one is not."""
    clock = ManualClock()
    async with small(quirks={"write_contention"}, clock=clock) as client:
        board = await client.new_board()
        one, two = [(await client.new_pin(board["id"]))["id"] for _ in range(2)]

        async def change(pin: str) -> tuple[int, int]:
            answer = await client.patch(f"/pins/{pin}", {"title": "Rye"})
            return answer.status, answer.body.get("code", 0)

        changes = [await change(pin) for pin in (one, one, two)]
        clock.advance(1)
        changes.append(await change(one))
    assert changes == [(200, 0), (429, 8), (200, 0), (200, 0)]
