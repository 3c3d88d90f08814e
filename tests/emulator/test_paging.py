"""Pages and bookmarks."""

from __future__ import annotations

import pytest

from pinterest_async.emulator import Emulator, PagingOptions
from tests.support.emulator_api import api, small


@pytest.mark.parametrize("size", [1, 24, 25, 26, 50, 51, 250])
async def test_every_page_size_gives_every_item_once(size: int) -> None:
    """A walk gives each Pin once, newest first, whatever the size of its pages."""
    async with small(boards=1, pins=50) as client:
        account = client.emulator.account
        pins = await client.walk("/pins", page_size=size)
    assert [int(pin["id"]) for pin in pins] == account.saved.pin_order[::-1]


async def test_page_is_of_25_unless_told_otherwise() -> None:
    """Without `page_size` a page has 25 items; the last one has a null bookmark."""
    async with small(boards=1, pins=30) as client:
        first = (await client.get("/pins")).body
        last = (await client.get("/pins", bookmark=first["bookmark"])).body
    assert len(first["items"]) == 25
    assert len(last["items"]) == 5
    assert last["bookmark"] is None


@pytest.mark.parametrize("size", ["0", "251", "-1", "ten", "1.5", "", "²"])
async def test_page_size_has_bounds(size: str) -> None:
    """A page size that is no number from 1 to 250 gives 400 code 1, on made-up lists too."""
    async with small(boards=1, pins=3) as client:
        for path in ("/pins", "/boards", "/ad_accounts"):
            answer = await client.get(path, page_size=size)
            assert (answer.status, answer.body["code"]) == (400, 1)


async def test_bookmark_must_be_encoded() -> None:
    """Bookmarks hold the letters that are lost when put into a URL as they are."""
    async with small(boards=1, pins=4) as client:
        page = (await client.get("/pins", page_size=1)).body
    assert {"+", "/", "="} <= set(page["bookmark"])


@pytest.mark.parametrize("bookmark", ["x", "12", "Pz8+Pz8/eA==", "ü"])
async def test_unknown_bookmark_is_refused(bookmark: str) -> None:
    """A bookmark that the server never gave is 400 code 1."""
    async with small(boards=1, pins=4) as client:
        answer = await client.get("/pins", bookmark=bookmark)
    assert (answer.status, answer.body["code"]) == (400, 1)


async def test_bookmark_belongs_to_its_list() -> None:
    """A bookmark of one board is refused for another, and so is a forged one."""
    async with small() as client:
        boards = [await client.new_board() for _ in range(2)]
        for board in boards:
            for _ in range(2):
                await client.new_pin(board["id"])
        page = (await client.get(f"/boards/{boards[0]['id']}/pins", page_size=1)).body
        mark = page["bookmark"]
        own = await client.get(f"/boards/{boards[0]['id']}/pins", bookmark=mark)
        other = await client.get(f"/boards/{boards[1]['id']}/pins", bookmark=mark)
        forged = await client.get(
            f"/boards/{boards[0]['id']}/pins", bookmark=mark[:12] + "A" + mark[13:]
        )
    assert own.status == 200
    assert (other.status, other.body["code"]) == (400, 1)
    assert (forged.status, forged.body["code"]) == (400, 1)


async def test_walk_survives_changes() -> None:
    """What is created or deleted during a walk makes it neither repeat nor skip the others."""
    async with small() as client:
        board = await client.new_board()
        pins = [await client.new_pin(board["id"]) for _ in range(6)]
        newest_first = [pin["id"] for pin in reversed(pins)]
        first = (await client.get("/pins", page_size=2)).body
        await client.new_pin(board["id"])
        await client.delete(f"/pins/{newest_first[1]}")
        await client.delete(f"/pins/{newest_first[2]}")
        rest = await client.walk("/pins", page_size=2, bookmark=first["bookmark"])
    assert [pin["id"] for pin in first["items"]] == newest_first[:2]
    assert [pin["id"] for pin in rest] == newest_first[3:]


async def test_end_without_a_bookmark_at_all() -> None:
    """By switch, the last page leaves the bookmark out or makes it empty."""
    async with small(boards=1, pins=2, paging=PagingOptions(last_bookmark="missing")) as client:
        missing = (await client.get("/pins")).body
    async with small(boards=1, pins=2, paging=PagingOptions(last_bookmark="empty")) as client:
        empty = (await client.get("/pins")).body
    assert missing.keys() == {"items"}
    assert empty["bookmark"] == ""


async def test_empty_page_in_the_middle() -> None:
    """By switch, an empty page with a live bookmark follows each page, and nothing is lost."""
    async with small(boards=1, pins=5, paging=PagingOptions(empty_pages=True)) as client:
        first = (await client.get("/pins", page_size=3)).body
        second = (await client.get("/pins", page_size=3, bookmark=first["bookmark"])).body
        third = (await client.get("/pins", page_size=3, bookmark=second["bookmark"])).body
    assert [len(page["items"]) for page in (first, second, third)] == [3, 0, 2]
    assert second["bookmark"]
    assert third["bookmark"] is None


async def test_bookmarks_do_not_outlive_their_seed() -> None:
    """An emulator with another seed does not know the bookmark."""
    async with small(boards=1, pins=30, seed=1) as one, small(boards=1, pins=30, seed=2) as two:
        bookmark = (await one.get("/pins")).body["bookmark"]
        answer = await two.get("/pins", bookmark=bookmark)
    assert answer.status == 400


async def test_state_survives_a_restart() -> None:
    """Stopping the server drops connections and keeps what was created."""
    emulator = Emulator(boards=0, pins=0)
    async with emulator, api(emulator) as client:
        board = await client.new_board()
    with pytest.raises(RuntimeError, match="not running"):
        _ = emulator.base_url
    async with emulator, api(emulator) as client:
        assert await client.walk("/boards") == [board]
