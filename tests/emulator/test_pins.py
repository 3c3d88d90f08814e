"""Pins: made from every kind of media, changed, saved, searched, deleted."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.support.emulator_api import Api, small

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
SLIDE_URL = {"url": "https://example.com/1.jpg", "title": "One"}
SLIDE_DATA = {"content_type": "image/png", "data": PNG}


async def uploaded_video(client: Api) -> str:
    """A registered video whose bytes have arrived."""
    media: dict[str, Any] = (await client.post("/media", {"media_type": "video"})).body
    form = aiohttp.FormData(media["upload_parameters"])
    form.add_field("file", b"moving pictures", filename="cake.mp4")
    async with (
        aiohttp.ClientSession() as session,
        session.post(media["upload_url"], data=form) as response,
    ):
        assert response.status == 204
    return str(media["media_id"])


@pytest.mark.parametrize(
    ("source", "kind", "creative_type"),
    [
        ({"source_type": "image_url", "url": "https://example.com/1.jpg"}, "image", "REGULAR"),
        ({"source_type": "image_base64", **SLIDE_DATA}, "image", "REGULAR"),
        ({"source_type": "pin_url", "is_affiliate_link": True}, "image", "REGULAR"),
        (
            {"source_type": "multiple_image_urls", "items": [SLIDE_URL] * 5, "index": 4},
            "multiple_images",
            "CAROUSEL",
        ),
        (
            {"source_type": "multiple_image_base64", "items": [SLIDE_DATA] * 2},
            "multiple_images",
            "CAROUSEL",
        ),
    ],
)
async def test_pin_from_each_source(source: dict[str, Any], kind: str, creative_type: str) -> None:
    """Each `media_source` gives a Pin with the media that belong to it."""
    async with small() as client:
        board = await client.new_board()
        pin = await client.new_pin(board["id"], media_source=source)
        read = await client.get(f"/pins/{pin['id']}")
    assert pin["media"]["media_type"] == kind
    assert pin["creative_type"] == creative_type
    assert len(pin["media"].get("items", [])) == len(source.get("items", []))
    assert read.body == pin


@pytest.mark.parametrize(
    "cover",
    [
        {"cover_image_url": "https://example.com/c.jpg"},
        {"cover_image_content_type": "image/jpeg", "cover_image_data": PNG},
        {"cover_image_key_frame_time": 3},
    ],
)
async def test_pin_from_a_video(cover: dict[str, Any]) -> None:
    """A video becomes a Pin once it is uploaded and has a cover; its address comes later."""
    async with small(job_seconds=0) as client:
        board = await client.new_board()
        media_id = await uploaded_video(client)
        source = {"source_type": "video_id", "media_id": media_id, **cover}
        pin = await client.new_pin(board["id"], media_source=source)
    assert pin["media"]["media_type"] == "video"
    assert pin["media"]["video_url"] is None
    assert pin["media"]["cover_image_url"].startswith("http")


SOURCE = {"source_type": "image_url", "url": "https://example.com/1.jpg"}


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "x" * 101},
        {"description": "x" * 801},
        {"alt_text": "x" * 501},
        {"link": "https://example.com/" + "x" * 2048},
        {"link": "not an address"},
        {"dominant_color": "red"},
        {"parent_pin_id": "abc"},
        {"board_section_id": "abc"},
        {"board_id": "abc"},
        {"board_id": 12},
        {"board_id": None},
        {"media_source": None},
        {"media_source": []},
        {"media_source": {"source_type": "hologram"}},
        {"media_source": {"source_type": ["image_url"]}},
        {"media_source": {"source_type": "image_url"}},
        {"media_source": {"source_type": "image_url", "url": "https://example.com/A.WEBP?x=1"}},
        {"media_source": {"source_type": "image_url", "url": "cake.jpg"}},
        {"media_source": {"source_type": "image_base64", "content_type": "image/png"}},
        {"media_source": {**SLIDE_DATA, "source_type": "image_base64", "data": "%%%"}},
        {"media_source": {**SLIDE_DATA, "source_type": "image_base64", "content_type": "x/y"}},
        {"media_source": {"source_type": "multiple_image_urls"}},
        {"media_source": {"source_type": "multiple_image_urls", "items": [SLIDE_URL]}},
        {"media_source": {"source_type": "multiple_image_urls", "items": [SLIDE_URL] * 6}},
        {"media_source": {"source_type": "multiple_image_urls", "items": [SLIDE_URL, "x"]}},
        {
            "media_source": {
                "source_type": "multiple_image_urls",
                "items": [SLIDE_URL] * 2,
                "index": 2,
            }
        },
        {"media_source": {"source_type": "video_id"}},
    ],
)
async def test_pin_that_cannot_be(fields: dict[str, Any]) -> None:
    """A field out of its bounds gives 400 code 1 and makes no Pin."""
    async with small() as client:
        board = await client.new_board()
        body = {"board_id": board["id"], "media_source": SOURCE, **fields}
        answer = await client.post("/pins", body)
        pins = await client.walk("/pins")
    assert (answer.status, answer.body["code"]) == (400, 1)
    assert pins == []


async def test_longest_texts_fit() -> None:
    """Texts of exactly the longest length are taken as they are."""
    async with small() as client:
        board = await client.new_board()
        texts = {"title": "🎂" * 100, "description": "d" * 800, "alt_text": "a" * 500}
        link = "https://example.com/" + "x" * (2048 - 20)
        pin = await client.new_pin(board["id"], **texts, link=link)
    assert {name: pin[name] for name in texts} == texts
    assert pin["link"] == link


async def test_video_needs_upload_and_cover() -> None:
    """A video that is unknown, not uploaded or without a cover makes no Pin."""
    async with small(job_seconds=0) as client:
        board = await client.new_board()
        registered = (await client.post("/media", {"media_type": "video"})).body["media_id"]
        done = await uploaded_video(client)

        async def attempt(**source: Any) -> tuple[int, str]:
            body = {"board_id": board["id"], "media_source": {"source_type": "video_id", **source}}
            answer = await client.post("/pins", body)
            return answer.status, answer.body["message"]

        cover = {"cover_image_key_frame_time": 0}
        unknown = await attempt(media_id="1", **cover)
        waiting = await attempt(media_id=registered, **cover)
        bare = await attempt(media_id=done)
    assert unknown[0] == 404
    assert waiting[0] == 400
    assert bare[0] == 400
    assert "cover_image_url or cover_image_content_type" in bare[1]


async def test_pin_wants_a_place_that_exists() -> None:
    """An unknown board gives 404 code 40, an unknown section 2031, of another board likewise."""
    async with small() as client:
        board = await client.new_board()
        other = await client.new_board()
        section = (await client.post(f"/boards/{other['id']}/sections", {"name": "s"})).body

        async def attempt(**place: str) -> tuple[int, int]:
            answer = await client.post("/pins", {"media_source": SOURCE, **place})
            return answer.status, answer.body["code"]

        assert await attempt(board_id="12") == (404, 40)
        assert await attempt(board_id=board["id"], board_section_id="12") == (404, 2031)
        assert await attempt(board_id=board["id"], board_section_id=section["id"]) == (404, 2031)


async def test_update_changes_what_it_names() -> None:
    """Null clears a text, an absent one stays, and a Pin can move to another board."""
    async with small() as client:
        here, there = await client.new_board(), await client.new_board()
        pin = await client.new_pin(here["id"], title="Cake", description="Plum")
        await client.get(f"/boards/{here['id']}")
        changed = await client.patch(f"/pins/{pin['id']}", {"title": None, "board_id": there["id"]})
        counts = [(await client.get(f"/boards/{b['id']}")).body["pin_count"] for b in (here, there)]
        listed = await client.walk(f"/boards/{there['id']}/pins")
        refused = await client.patch(f"/pins/{pin['id']}", {"title": "x" * 101, "link": None})
        missing = await client.patch("/pins/12", {"title": "x"})
    assert changed.body == {**pin, "title": None, "board_id": there["id"]}
    assert counts == [0, 1]
    assert listed == [changed.body]
    assert (refused.status, refused.body["code"]) == (400, 1)
    assert (missing.status, missing.body["code"]) == (404, 50)


async def test_pin_moves_into_a_section_and_out() -> None:
    """A section named alone is one of the Pin's own board; null takes the Pin out of it."""
    async with small() as client:
        board = await client.new_board()
        path = f"/boards/{board['id']}/sections"
        section = (await client.post(path, {"name": "s"})).body["id"]
        pin = await client.new_pin(board["id"])
        inside = await client.patch(f"/pins/{pin['id']}", {"board_section_id": section})
        within = await client.walk(f"{path}/{section}/pins")
        outside = await client.patch(f"/pins/{pin['id']}", {"board_section_id": None})
        empty = await client.walk(f"{path}/{section}/pins")
    assert inside.body["board_section_id"] == section
    assert within == [inside.body]
    assert outside.body["board_section_id"] is None
    assert empty == []


async def test_saved_pin_is_a_new_one() -> None:
    """Saving makes a Pin of its own that knows its parent; without a board it is on the profile."""
    async with small() as client:
        here, there = await client.new_board(), await client.new_board()
        pin = await client.new_pin(here["id"], title="Cake")
        saved = await client.post(f"/pins/{pin['id']}/save", {"board_id": there["id"]})
        profile = await client.post(f"/pins/{pin['id']}/save", {})
        on_board = await client.walk(f"/boards/{there['id']}/pins")
        everything = await client.walk("/pins")
        missing = await client.post("/pins/12/save", {"board_id": there["id"]})
    assert saved.status == 201
    assert saved.body["id"] != pin["id"]
    assert saved.body["parent_pin_id"] == pin["id"]
    assert saved.body["title"] == "Cake"
    assert on_board == [saved.body]
    assert "board_id" not in profile.body
    assert len(everything) == 3
    assert (missing.status, missing.body["code"]) == (404, 50)


async def test_deleted_pin_is_gone_everywhere() -> None:
    """A deleted Pin is in no list and cannot be deleted again."""
    async with small() as client:
        board = await client.new_board()
        pin = await client.new_pin(board["id"])
        gone = await client.delete(f"/pins/{pin['id']}")
        again = await client.delete(f"/pins/{pin['id']}")
        listed = await client.walk("/pins") + await client.walk(f"/boards/{board['id']}/pins")
    assert (gone.status, gone.raw) == (204, b"")
    assert (again.status, again.body["code"]) == (404, 50)
    assert listed == []


async def test_filters_of_the_pin_list() -> None:
    """The list leaves ad boards out unless asked, and filters by origin, type and privacy."""
    async with small() as client:
        open_, ads, secret = (
            await client.new_board(),
            await client.new_board(is_ads_only=True),
            await client.new_board(privacy="SECRET"),
        )
        plain = await client.new_pin(open_["id"])
        repin = (await client.post(f"/pins/{plain['id']}/save", {"board_id": open_["id"]})).body
        for_ads = await client.new_pin(ads["id"])
        hidden = await client.new_pin(secret["id"])
        slides = {"source_type": "multiple_image_urls", "items": [SLIDE_URL] * 2}
        carousel = await client.new_pin(open_["id"], media_source=slides)

        async def ids(**query: str) -> set[str]:
            return {pin["id"] for pin in await client.walk("/pins", **query)}

        everything = {plain["id"], repin["id"], hidden["id"], carousel["id"]}
        assert await ids() == everything
        assert await ids(include_protected_pins="true") == everything | {for_ads["id"]}
        assert await ids(pin_filter="exclude_native") == {repin["id"]}
        assert await ids(pin_filter="exclude_repins") == everything - {repin["id"]}
        assert await ids(pin_filter="has_been_promoted") == set()
        assert await ids(pin_type="PRIVATE") == {hidden["id"]}
        assert await ids(creative_types="CAROUSEL") == {carousel["id"]}
        assert await ids(creative_types="CAROUSEL,REGULAR") == everything
        for query in ({"pin_filter": "x"}, {"creative_types": "X"}, {"pin_metrics": "perhaps"}):
            answer = await client.call("GET", "/pins", query=query)
            assert (answer.status, answer.body["code"]) == (400, 1)


async def test_metrics_are_there_when_asked_for() -> None:
    """`pin_metrics` is null unless asked for, and the same each time."""
    async with small() as client:
        board = await client.new_board()
        pin = await client.new_pin(board["id"])
        with_metrics = (await client.get(f"/pins/{pin['id']}", pin_metrics="true")).body
        again = await client.walk(f"/boards/{board['id']}/pins", pin_metrics="true")
    assert pin["pin_metrics"] is None
    assert with_metrics["pin_metrics"].keys() == {"90d", "lifetime_metrics"}
    assert {**with_metrics, "pin_metrics": None} == pin
    assert again == [with_metrics]


async def test_search_finds_pins_by_their_words() -> None:
    """A search of Pins looks at titles and descriptions, gives 25 a page, and wants a query."""
    async with small() as client:
        board = await client.new_board()
        for number in range(27):
            await client.new_pin(board["id"], title=f"Cake {number}")
        await client.new_pin(board["id"], description="No CAKE")
        await client.new_pin(board["id"], title="Rye")
        first = await client.get("/search/pins", query="cake", page_size=3)
        found = await client.walk("/search/pins", query="cake")
        bare = await client.get("/search/pins")
    assert len(first.body["items"]) == 25
    assert len(found) == 28
    assert (bare.status, bare.body["code"]) == (400, 1)


async def test_an_ad_only_pin_is_on_no_board() -> None:
    """A Pin with `is_removable` needs no board; any other does."""
    source = {"source_type": "image_url", "url": "https://example.com/cake.jpg"}
    async with small() as client:
        made = await client.post("/pins", {"media_source": source, "is_removable": True})
        refused = await client.post("/pins", {"media_source": source})
    assert made.status == 201
    assert made.body.get("board_id") is None
    assert (refused.status, refused.body["code"]) == (400, 1)
