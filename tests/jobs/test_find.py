"""Boards by what people call them, boards that suit a Pin, and what Pinterest withdrew."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import AppNotApproved, InvalidRequest, Pinterest
from pinterest_async._mixins import slug
from pinterest_async.emulator import Emulator
from pinterest_async.jobs import (
    AmbiguousBoard,
    BoardNotFound,
    NotSupportedByPinterest,
    find,
    find_board,
    suggest_boards,
)
from pinterest_async.jobs._boards import choose, parse_path
from pinterest_async.models import Pin
from tests.support.clients import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An account without boards."""
    async with Emulator(boards=0, pins=0) as emulator:
        yield emulator


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[Pinterest]:
    """A client of it."""
    async with client_of(emulator) as client:
        yield client


@pytest.mark.parametrize(
    "ref",
    [
        "Plum & Rye: Winter's Cakes",
        "plum & rye: winter's cakes",
        "  Plum & Rye: Winter's Cakes ",
        "plum-rye-winters-cakes",
        "plum_and_rye/plum-rye-winters-cakes",
        "/Plum_and_Rye/plum-rye-winters-cakes/",
        "https://www.pinterest.com/plum_and_rye/plum-rye-winters-cakes/",
        "https://de.pinterest.com/plum_and_rye/plum-rye-winters-cakes/?invite_code=1#x",
        "https://www.pinterest.co.uk/plum_and_rye/plum-rye-winters-cakes/a-section/",
        "pinterest.com/plum_and_rye/plum-rye-winters-cakes",
    ],
)
async def test_a_board_is_found_by_name_path_and_address(client: Pinterest, ref: str) -> None:
    """Whatever form a reference has, it leads to the one board that it names."""
    await client.boards.create(name="Plum pies")
    board = await client.boards.create(name="Plum & Rye: Winter's Cakes")
    await client.boards.create(name="Rye")
    assert (await find_board(client, ref)).id == board.id


async def test_an_id_takes_a_single_call(client: Pinterest, emulator: Emulator) -> None:
    """With an id the boards are not listed."""
    board = await client.boards.create(name="Plums")
    sent = len(emulator.requests)
    assert (await find_board(client, board.id)).name == "Plums"
    assert [seen.path for seen in emulator.requests[sent:]] == [f"/v5/boards/{board.id}"]


async def test_a_board_may_be_called_like_a_number(client: Pinterest) -> None:
    """Digits that are no id are looked for among the names."""
    board = await client.boards.create(name="2024")
    assert (await find_board(client, "2024")).id == board.id


async def test_a_name_with_a_slash_is_a_name_first(client: Pinterest) -> None:
    """A slash in a name does not make it a path."""
    board = await client.boards.create(name="DIY / Crafts")
    assert (await find_board(client, "DIY / Crafts")).id == board.id


async def test_accents_may_be_left_out(client: Pinterest) -> None:
    """The address of a board with accents in its name is found with them and without."""
    board = await client.boards.create(name="Crème brûlée")
    for ref in ("creme-brulee", "plum_and_rye/cr%C3%A8me-br%C3%BBl%C3%A9e"):
        assert (await find_board(client, ref)).id == board.id


async def test_the_exact_name_wins(client: Pinterest) -> None:
    """Of two names that differ in case alone, the one that is given exactly is meant."""
    small = await client.boards.create(name="cakes")
    large = await client.boards.create(name="Cakes")
    assert (await find_board(client, "cakes")).id == small.id
    assert (await find_board(client, "Cakes")).id == large.id
    with pytest.raises(AmbiguousBoard, match=small.id):
        await find_board(client, "CAKES")


async def test_what_does_not_exist_is_said_with_what_is_similar(client: Pinterest) -> None:
    """A reference to nothing is a typed error that names the nearest board."""
    await client.boards.create(name="Plum cakes")
    with pytest.raises(BoardNotFound, match="'Plum cakes'"):
        await find_board(client, "Plum cake")
    for ref in ("somebody_else/plum-cakes", "https://example.org/plum_and_rye/plum-cakes"):
        with pytest.raises(BoardNotFound):
            await find_board(client, ref)
    with pytest.raises(InvalidRequest):
        await find_board(client, " ")


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("user/board", ("user", "board", None)),
        ("user/board/section/", ("user", "board", "section")),
        ("https://www.pinterest.com/pin/123/", None),
        ("https://notpinterest.com/user/board", None),
        ("ftp://pinterest.com/user/board", None),
        ("just a name", None),
        ("a/b/c/d", None),
        ("//", None),
    ],
)
def test_paths_are_told_from_names(ref: str, expected: Any) -> None:
    """Only two or three steps, below Pinterest's own hosts, are a path to a board."""
    path = parse_path(ref)
    assert (path and (path.user, path.board, path.section)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Plum cakes", "plum-cakes"),
        ("  50% off!! (today) ", "50-off-today"),
        ("Grandma's_best", "grandmas-best"),
        ("日本 旅行", "日本-旅行"),
        ("&", ""),
    ],
)
def test_slugs(name: str, expected: str) -> None:
    """Names turn into addresses."""
    assert slug(name) == expected


async def test_suggestions_are_ranked_by_words_in_common(client: Pinterest) -> None:
    """Rare words count for more, names for more than descriptions, and the Pin's own board not."""
    home = await client.boards.create(name="Plum cakes old")
    best = await client.boards.create(name="Plum cakes")
    second = await client.boards.create(name="Baking", description="cakes and other plums")
    third = await client.boards.create(name="Cake stands")
    await client.boards.create(name="Bicycles", description="to ride in the town")
    pin = Pin(id="1", title="A plum cake", description=None, board_id=home.id)

    found = await suggest_boards(client, pin)

    assert [row.board.id for row in found] == [best.id, second.id, third.id]
    assert found[0].words == ("cake", "plum")
    assert found[0].score > found[1].score > found[2].score > 0
    assert [row.board.id for row in await suggest_boards(client, pin, limit=1)] == [best.id]


async def test_suggestions_for_a_pin_by_its_id() -> None:
    """The Pin is fetched where only its id is given; nothing in common gives nothing."""
    async with (
        Emulator(boards=3, pins=9) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url) as client,
    ):
        pin_id = next(iter(emulator.account.saved.pins))
        found = await suggest_boards(client, pin_id)
        assert all(row.words for row in found)
        assert await suggest_boards(client, Pin(id="1", title="xyzzy")) == []
        with pytest.raises(InvalidRequest):
            await suggest_boards(client, pin_id, limit=0)


@pytest.mark.parametrize("withdrawn", [find.follow_board, find.unfollow_board, find.unfollow_user])
async def test_what_pinterest_withdrew_says_so(
    client: Pinterest, emulator: Emulator, withdrawn: Callable[..., Any]
) -> None:
    """An absence is an error that says whose it is, and nothing is sent."""
    with pytest.raises(NotSupportedByPinterest, match="Pinterest's API has no such operation"):
        await withdrawn(client, "someone")
    assert emulator.requests == []


async def test_what_is_left_of_following() -> None:
    """Users, boards and topics that are followed, and followers, are lists; following is a beta."""
    async with (
        Emulator(boards=2, pins=4) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url) as client,
    ):
        emulator.add_account("rye_and_plum")
        account = client.user_account
        await account.follow("rye_and_plum")
        followed = [user.username async for user in account.list_following()]
        assert "rye_and_plum" in followed
        me = str((await account.get()).username)
        for listing in (
            account.list_followers(),
            account.list_following_boards(),
            account.list_followed_interests(me),
        ):
            assert isinstance(await listing.collect(), list)

        emulator.quirks.add("beta_refused")
        with pytest.raises(AppNotApproved):
            await account.follow("rye_and_plum")


async def test_a_section_is_chosen_by_the_rules_of_boards(client: Pinterest) -> None:
    """Blanks around a name and the form of its accents do not count, and a slash is no hyphen."""
    board = await client.boards.create(name="Plums")
    await client.board_sections.create(board.id, name="  Crème  ")
    await client.board_sections.create(board.id, name="Rye bread")
    sections = await client.board_sections.list(board.id).collect()
    decomposed = unicodedata.normalize("NFD", "Crème")
    assert choose(sections, decomposed, what="section").id == sections[0].id
    assert choose(sections, "rye-bread", what="section").id == sections[1].id
    with pytest.raises(BoardNotFound, match="no section of this board answers to 'rye/bread'"):
        choose(sections, "rye/bread", what="section")
