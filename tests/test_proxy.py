"""F21: whatever is sent on a client's behalf goes through its proxy, whichever host it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinterest_async import Pinterest
from pinterest_async.auth import OAuthApp, Token
from pinterest_async.errors import ConfigurationError
from pinterest_async.jobs import download_images, upload_video

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scripted import Scripted

NOWHERE = "http://pinterest.invalid/v5"


def proxy_of(server: Scripted) -> str:
    """The address of a server that stands in for a proxy: it gets requests for any host."""
    return server.base_url.removesuffix("/v5")


def asked(server: Scripted) -> list[str]:
    """The addresses of what went through the proxy, whole as a proxy gets them."""
    return [one.path for one in server.requests]


def through(server: Scripted, base_url: str = NOWHERE) -> Pinterest:
    """A client behind the proxy."""
    return Pinterest("pina_x", base_url=base_url, proxy=proxy_of(server))


async def test_a_video_is_sent_through_the_proxy(server: Scripted, tmp_path: Path) -> None:
    """The registration, the file, and the question whether it is ready."""
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    address = "http://127.0.0.1:9/upload"
    server.answer({"media_id": "1", "upload_url": address, "upload_parameters": {"key": "a"}})
    server.answer(status=204)
    server.answer({"media_id": "1", "status": "succeeded"})
    async with through(server, "http://127.0.0.1:9/v5") as client:
        assert await upload_video(client, film) == "1"
    assert asked(server) == [
        f"http://127.0.0.1:9{path}" for path in ("/v5/media", "/upload", "/v5/media/1")
    ]
    assert "authorization" not in server.requests[1].headers


async def test_pictures_are_fetched_through_the_proxy(server: Scripted, tmp_path: Path) -> None:
    """From the host of pictures, without the token."""
    sizes = {"originals": {"url": "http://pictures.invalid/originals/1.jpg", "width": 9}}
    media = {"media_type": "image", "images": sizes}
    server.answer({"items": [{"id": "1", "media": media}], "bookmark": None})
    server.answer(b"\xff\xd8\xff picture", content_type="image/jpeg")
    async with through(server) as client:
        report = await download_images(client, tmp_path, hosts={"pictures.invalid"})
    assert report.downloaded == 1
    assert asked(server)[1] == "http://pictures.invalid/originals/1.jpg"
    assert "authorization" not in server.requests[1].headers


async def test_tokens_are_got_through_the_proxy(server: Scripted) -> None:
    """An app has a proxy of its own, as it makes requests without a client."""
    server.answer({"access_token": "pina_y", "expires_in": 9})
    app = OAuthApp("1", "hush", base_url=NOWHERE, proxy=proxy_of(server))
    assert (await app.refresh(Token("pina_x", refresh="r"))).access == "pina_y"
    assert asked(server) == [f"{NOWHERE}/oauth/token"]


async def test_a_session_and_a_proxy_exclude_each_other(server: Scripted) -> None:
    """A session has the proxy that it was made with."""
    async with through(server) as client, client.open_session() as session:
        with pytest.raises(ConfigurationError, match="session that you pass"):
            OAuthApp("1", "hush", session=session, trust_env=True)
