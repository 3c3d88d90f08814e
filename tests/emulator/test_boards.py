"""Boards and their sections: what is created can be listed, changed and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from pinterest_async.emulator import ManualClock
from tests.support.emulator_api import api, small


async def test_board_lives_its_life() -> None:
    """A board can be created, read, found in the list, changed and deleted."""
    async with small(clock=ManualClock(1_767_225_600.0)) as client:
        name = "Cakes & <b>Bakes</b> 🎂"
        made = await client.new_board(name=name, description="Mum's")
        read = (await client.get(f"/boards/{made['id']}")).body
        listed = await client.walk("/boards")
        changed = (await client.patch(f"/boards/{made['id']}", {"description": None})).body
        gone = await client.delete(f"/boards/{made['id']}")
        missing = await client.get(f"/boards/{made['id']}")
    assert made["name"] == name
    assert made["created_at"] == "2026-01-01T00:00:00"
    assert made["owner"] == {"username": client.emulator.account.username}
    assert (made["privacy"], made["pin_count"], made["is_ads_only"]) == ("PUBLIC", 0, False)
    assert made["media"] == {"image_cover_url": None, "pin_thumbnail_urls": []}
    assert read == made
    assert listed == [made]
    assert changed == {**made, "description": None}
    assert (gone.status, gone.raw) == (204, b"")
    assert (missing.status, missing.body["code"]) == (404, 40)


async def test_pin_count_and_cover_follow_the_pins() -> None:
    """A board counts its Pins and shows the latest as its cover."""
    async with small() as client:
        board = await client.new_board()
        first = await client.new_pin(board["id"])
        second = await client.new_pin(board["id"])
        two = (await client.get(f"/boards/{board['id']}")).body
        await client.delete(f"/pins/{second['id']}")
        one = (await client.get(f"/boards/{board['id']}")).body
    assert (two["pin_count"], one["pin_count"]) == (2, 1)
    assert two["media"]["image_cover_url"] == second["media"]["images"]["400x300"]["url"]
    assert two["media"]["pin_thumbnail_urls"] == [first["media"]["images"]["400x300"]["url"]]
    assert one["media"]["image_cover_url"] == first["media"]["images"]["400x300"]["url"]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (None, {"open", "closed", "ads"}),
        ("ALL", {"open", "closed", "ads"}),
        ("PUBLIC", {"open"}),
        ("SECRET", {"closed"}),
        ("PROTECTED", {"ads"}),
        ("PUBLIC_AND_SECRET", {"open", "closed"}),
    ],
)
async def test_privacy_filters_boards(asked: str | None, shown: set[str]) -> None:
    """`privacy` leaves the boards of that privacy; without it, all are shown."""
    async with small() as client:
        await client.new_board(name="open")
        await client.new_board(name="closed", privacy="SECRET")
        await client.new_board(name="ads", is_ads_only=True)
        query = {} if asked is None else {"privacy": asked}
        boards = await client.walk("/boards", **query)
    assert {board["name"] for board in boards} == shown


async def test_update_of_board_for_ads_leaves_privacy_out() -> None:
    """The answer to an update may not say PROTECTED, so for such a board it says nothing."""
    async with small() as client:
        board = await client.new_board(is_ads_only=True)
        changed = await client.patch(f"/boards/{board['id']}", {"name": "Rye bread"})
        read = await client.get(f"/boards/{board['id']}")
    assert changed.status == 200
    assert "privacy" not in changed.body
    assert read.body["privacy"] == "PROTECTED"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": " "},
        {"name": None},
        {"name": 7},
        {"name": "x", "privacy": "HIDDEN"},
        {"name": "x", "privacy": ["SECRET"]},
        {"name": "x", "description": 7},
        {"name": "x", "is_ads_only": "true"},
        [],
        None,
    ],
)
async def test_board_that_cannot_be(body: Any) -> None:
    """A board without a proper name or with a field of the wrong kind gives 400 code 1."""
    async with small() as client:
        answer = await client.post("/boards", body)
        boards = await client.walk("/boards")
    assert (answer.status, answer.body["code"]) == (400, 1)
    assert boards == []


async def test_secret_board_wants_secret_scopes() -> None:
    """Without the secret scopes a secret board is hidden from lists and refuses calls."""
    async with small() as client:
        await client.new_board(name="open")
        board = await client.new_board(name="closed", privacy="SECRET")
        pin = await client.new_pin(board["id"])
        scopes = {"boards:read", "boards:write", "pins:read", "pins:write"}
        token = client.emulator.issue_token(scopes=scopes)
        async with api(client.emulator, token) as plain:
            listed = await plain.walk("/boards")
            pins = await plain.walk("/pins")
            refused = [
                await plain.get(f"/boards/{board['id']}"),
                await plain.get(f"/boards/{board['id']}/pins"),
                await plain.get(f"/boards/{board['id']}/sections"),
                await plain.get(f"/pins/{pin['id']}"),
                await plain.delete(f"/pins/{pin['id']}"),
                await plain.patch(f"/boards/{board['id']}", {"name": "x"}),
                await plain.post("/boards", {"name": "x", "privacy": "SECRET"}),
                await plain.post(f"/pins/{pin['id']}/save", {"board_id": board["id"]}),
            ]
    assert [one["name"] for one in listed] == ["open"]
    assert pins == []
    assert [(one.status, one.body["code"]) for one in refused] == [(401, 3)] * len(refused)


async def test_section_lives_its_life() -> None:
    """A section can be created, listed, renamed and deleted, and its Pins go with it."""
    async with small() as client:
        board = await client.new_board()
        path = f"/boards/{board['id']}/sections"
        made = await client.post(path, {"name": "To try ✔"})
        section = made.body
        pin = await client.new_pin(board["id"], board_section_id=section["id"])
        loose = await client.new_pin(board["id"])
        within = await client.walk(f"{path}/{section['id']}/pins")
        everything = await client.walk(f"/boards/{board['id']}/pins")
        renamed = await client.patch(f"{path}/{section['id']}", {"name": "Done"})
        listed = await client.walk(path)
        gone = await client.delete(f"{path}/{section['id']}")
        left = await client.walk(f"/boards/{board['id']}/pins")
        missing = await client.get(f"{path}/{section['id']}/pins")
    assert made.status == 201
    assert [one["id"] for one in within] == [pin["id"]]
    assert [one["id"] for one in everything] == [loose["id"], pin["id"]]
    assert listed == [renamed.body] == [{"id": section["id"], "name": "Done"}]
    assert gone.status == 204
    assert [one["id"] for one in left] == [loose["id"]]
    assert (missing.status, missing.body["code"]) == (404, 2031)


@pytest.mark.parametrize("name", ["", "x" * 181, None])
async def test_section_name_has_bounds(name: str | None) -> None:
    """A section has a name of 1 to 180 characters."""
    async with small() as client:
        board = await client.new_board()
        path = f"/boards/{board['id']}/sections"
        refused = await client.post(path, {"name": name})
        longest = await client.post(path, {"name": "x" * 180})
    assert (refused.status, refused.body["code"]) == (400, 400)
    assert longest.status == 201


async def test_deleted_board_takes_everything_along() -> None:
    """With a board go its sections and its Pins."""
    async with small() as client:
        board = await client.new_board()
        section = (await client.post(f"/boards/{board['id']}/sections", {"name": "s"})).body
        pin = await client.new_pin(board["id"], board_section_id=section["id"])
        await client.delete(f"/boards/{board['id']}")
        missing = await client.get(f"/pins/{pin['id']}")
        pins = await client.walk("/pins")
        sections = await client.get(f"/boards/{board['id']}/sections")
    assert (missing.status, missing.body["code"]) == (404, 50)
    assert pins == []
    assert (sections.status, sections.body["code"]) == (404, 40)


async def test_search_finds_boards_by_their_words() -> None:
    """A search ignores case, and looks at names and descriptions."""
    async with small() as client:
        await client.new_board(name="Plum CAKES")
        await client.new_board(name="Rye", description="no cakes here")
        await client.new_board(name="Ferns")
        found = await client.walk("/search/boards", query="cakes")
    assert {board["name"] for board in found} == {"Plum CAKES", "Rye"}
