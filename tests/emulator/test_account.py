"""The account that the emulator begins with, and what belongs to the user."""

from __future__ import annotations

from datetime import datetime

import pytest

from pinterest_async.emulator import Emulator
from tests.support.emulator_api import api, small


async def test_account_counts_what_it_holds() -> None:
    """The counts of the account and of its boards are those of the lists."""
    async with small(boards=6, pins=300) as client:
        me = (await client.get("/user_account")).body
        boards = await client.walk("/boards")
        pins = await client.walk("/pins", include_protected_pins="true")
        followers = await client.walk("/user_account/followers", page_size=100)
        following = await client.walk("/user_account/following")
    assert me["username"] == client.emulator.account.username
    assert me["board_count"] == len(boards) == 6
    assert me["pin_count"] == len(pins) == 300
    assert sum(board["pin_count"] for board in boards) == 300
    assert me["follower_count"] == len(followers)
    assert me["following_count"] == len(following)


async def test_same_seed_same_account() -> None:
    """Two emulators with one seed hold the same boards and Pins; another seed holds others."""

    async def content(seed: int) -> tuple[object, object]:
        async with small(boards=4, pins=60, seed=seed) as client:
            return await client.walk("/boards"), await client.walk("/pins", page_size=250)

    assert await content(7) == await content(7)
    assert await content(7) != await content(8)


async def test_account_is_worth_an_export() -> None:
    """The ordinary account has what trips an export: size, sections, secrets, an empty board."""
    async with Emulator() as emulator, api(emulator) as client:
        boards = await client.walk("/boards", page_size=250)
        largest = max(boards, key=lambda board: board["pin_count"])
        pins = await client.walk(f"/boards/{largest['id']}/pins", page_size=250)
        sections = [s for b in boards for s in await client.walk(f"/boards/{b['id']}/sections")]
    assert len(boards) == 40
    assert len(pins) == largest["pin_count"] > 250
    assert any(pin["board_section_id"] for pin in pins)
    assert {board["privacy"] for board in boards} == {"PUBLIC", "PROTECTED", "SECRET"}
    assert any(board["pin_count"] == 0 for board in boards)
    assert len(sections) > 20


async def test_pins_hold_the_awkward_details() -> None:
    """Ids, dates, nulls, undeclared members and kinds of media are those of the real API."""
    async with small(boards=3, pins=600) as client:
        pins = await client.walk("/pins", page_size=250)
        boards = await client.walk("/boards")
    kinds = {pin["media"]["media_type"] for pin in pins}
    assert kinds == {"image", "video", "multiple_images", "multiple_mixed"}
    assert all(pin["id"].isdigit() and int(pin["id"]) > 2**53 for pin in pins)
    assert all(datetime.fromisoformat(pin["created_at"]).tzinfo is None for pin in pins)
    for field in ("title", "description", "link", "alt_text", "dominant_color", "board_section_id"):
        assert {pin[field] is None for pin in pins} == {True, False}, field
    assert any((pin["description"] or "x").isspace() for pin in pins)
    assert all("note" in pin and pin["board_owner"]["username"] for pin in pins)
    pictures = [pin["media"]["images"] for pin in pins if pin["media"]["media_type"] == "image"]
    assert all(picture["originals"].keys() == {"width", "height", "url"} for picture in pictures)
    assert any("<b>" in board["name"] and "🎂" in board["name"] for board in boards)


@pytest.mark.parametrize(("boards", "pins"), [(0, 0), (1, 5), (2, 5), (3, 1000), (11, 0)])
async def test_any_size_is_filled_exactly(boards: int, pins: int) -> None:
    """The account has as many boards and Pins as were asked for, however few."""
    async with small(boards=boards, pins=pins) as client:
        found = await client.walk("/boards")
    assert len(found) == boards
    assert sum(board["pin_count"] for board in found) == pins


async def test_following_a_user_lasts() -> None:
    """Somebody known can be followed once; a stranger gives 404 code 30."""
    async with small() as client:
        client.emulator.add_account("bo")
        before = await client.walk("/user_account/following")
        followed = await client.post("/user_account/following/bo", {"auto_follow": False})
        again = await client.post("/user_account/following/bo", {})
        after = await client.walk("/user_account/following")
        stranger = await client.post("/user_account/following/nobody", {})
    assert followed.body == again.body == {"username": "bo", "type": "user"}
    assert len(after) == len(before) + 1
    assert (stranger.status, stranger.body["code"]) == (404, 30)


async def test_websites_are_claimed_and_given_up() -> None:
    """A claimed website is listed until the claim goes; a second farewell gives 404."""
    async with small() as client:
        body = {"website": "cakes.example.com", "verification_method": "METATAG"}
        claimed = await client.post("/user_account/websites", body)
        listed = await client.walk("/user_account/websites")
        gone = await client.delete("/user_account/websites", website="cakes.example.com")
        again = await client.delete("/user_account/websites", website="cakes.example.com")
        left = await client.walk("/user_account/websites")
    assert listed[-1] == claimed.body
    assert (gone.status, gone.raw) == (204, b"")
    assert (again.status, left) == (404, listed[:-1])


async def test_accounts_are_apart() -> None:
    """What one account creates, another neither sees nor reaches."""
    async with small() as client:
        board = await client.new_board()
        token = client.emulator.add_account("bo", boards=2, pins=4)
        async with api(client.emulator, token) as other:
            theirs = await other.walk("/boards")
            reached = await other.get(f"/boards/{board['id']}")
    assert len(theirs) == 2
    assert board["id"] not in {one["id"] for one in theirs}
    assert (reached.status, reached.body["code"]) == (404, 40)
