"""The page for people."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

import pinterest_async
from tests.support.emulator_api import small


async def read(address: str) -> str:
    """The text of a page."""
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        return await response.text()


async def test_page_shows_what_there_is_and_what_goes_on() -> None:
    """Accounts, boards, windows and the last requests are on the page, as text and not as HTML."""
    async with small(boards=3, pins=20) as client:
        client.emulator.add_account("bo")
        await client.new_board(name="<script>alert(1)</script>")
        await client.get("/boards/12")
        page = await read(client.emulator.base_url.removesuffix("v5"))
        log = list(client.emulator.requests)
    assert "plum_and_rye" in page
    assert "Boards of bo" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "org_write" in page
    assert '<progress value="1" max="100">' in page
    assert '<span class="bad">404</span>' in page
    assert "boards/create" in page
    assert client.emulator.token not in page
    assert len(log) == 2


async def test_pictures_on_the_page_come_from_this_machine() -> None:
    """Every picture is drawn here, whatever addresses the Pins themselves have."""
    async with (
        small(boards=3, pins=20, job_seconds=0) as client,
        aiohttp.ClientSession() as session,
    ):
        board = await client.new_board()
        media = (await client.post("/media", {"media_type": "video"})).body
        form = aiohttp.FormData(media["upload_parameters"])
        form.add_field("file", b"x", filename="x.mp4")
        async with session.post(media["upload_url"], data=form) as response:
            assert response.status == 204
        source = {
            "source_type": "video_id",
            "media_id": media["media_id"],
            "cover_image_url": "https://example.com/cover.jpg",
        }
        pin = await client.new_pin(board["id"], media_source=source)
        page = await read(client.emulator.base_url.removesuffix("v5"))
        pictures = re.findall(r'<img src="([^"]+)"', page)
        log = len(client.emulator.requests)
        for address in pictures:
            assert urlsplit(str(address)).hostname == "localhost"
            async with session.get(address) as response:
                assert response.content_type == "image/png"
    assert pin["media"]["cover_image_url"] == "https://example.com/cover.jpg"
    assert "example.com" not in page
    assert len(pictures) >= 3
    assert len(client.emulator.requests) == log


async def test_page_looks_like_an_exports_and_says_what_is_missing() -> None:
    """Both have one style, and boxes in names are explained where there are emoji."""
    look = Path(pinterest_async.__file__).with_name("look.css").read_text(encoding="utf-8")
    async with small(boards=1, pins=1) as client:
        address = client.emulator.base_url.removesuffix("v5")
        before = await read(address)
        await client.new_board(name="Apples \U0001f34e")
        page = await read(address)
    assert look in page
    assert [" font for emoji" in text for text in (before, page)] == [False, True]


async def test_sandbox_has_a_page_of_its_own() -> None:
    """The page of the sandbox shows the sandbox, which begins with nothing."""
    async with small(boards=3, pins=20) as client:
        page = await read(client.emulator.sandbox_base_url.removesuffix("v5"))
    assert "the sandbox" in page
    assert "None yet." in page
    assert "<img" not in page
