"""Videos: registered, sent to the bucket as S3 wants it, worked on over driven time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from pinterest_async.emulator import ManualClock
from tests.support.emulator_api import Api, small

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class Desk:
    """A client, and a session without a token for the bucket."""

    client: Api
    session: aiohttp.ClientSession
    clock: ManualClock

    async def register(self) -> Any:
        """A fresh upload."""
        return (await self.client.post("/media", {"media_type": "video"})).body

    async def send(
        self,
        media: Any,
        *,
        fields: dict[str, str] | None = None,
        after: dict[str, str] | None = None,
        video: bytes | None = b"moving pictures",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Send the form: status and body."""
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in (media["upload_parameters"] if fields is None else fields).items():
            form.add_field(name, value)
        if video is not None:
            form.add_field("file", video, filename="cake.mp4", content_type="video/mp4")
        for name, value in (after or {}).items():
            form.add_field(name, value)
        async with self.session.post(media["upload_url"], data=form, headers=headers) as response:
            return response.status, await response.text()

    async def status(self, media: Any) -> str:
        """How far an upload is."""
        return str((await self.client.get(f"/media/{media['media_id']}")).body["status"])


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """An emulator whose time is driven."""
    clock = ManualClock()
    async with small(clock=clock) as client, aiohttp.ClientSession() as session:
        yield Desk(client, session, clock)


async def test_video_goes_through_its_states(desk: Desk) -> None:
    """Registered, processing once the bytes are there, and then succeeded."""
    media = await desk.register()
    before = await desk.status(media)
    assert await desk.send(media) == (204, "")
    during = await desk.status(media)
    desk.clock.advance(1)
    after = await desk.status(media)
    listed = await desk.client.walk("/media", page_size=1)
    assert [before, during, after] == ["registered", "processing", "succeeded"]
    assert listed == [{"media_id": media["media_id"], "media_type": "video", "status": "succeeded"}]


async def test_unknown_or_other_media(desk: Desk) -> None:
    """An upload that was never registered is 404, a picture cannot be registered."""
    missing = await desk.client.get("/media/1")
    picture = await desk.client.post("/media", {"media_type": "image"})
    assert (missing.status, missing.body["code"]) == (404, 404)
    assert (picture.status, picture.body["code"]) == (400, 1)


async def test_processing_can_fail(desk: Desk) -> None:
    """An empty file fails, and so does whatever a test wants to fail."""
    desk.client.emulator.fail_jobs("media/create")
    doomed, empty = await desk.register(), await desk.register()
    await desk.send(doomed)
    await desk.send(empty, video=b"")
    desk.clock.advance(1)
    assert await desk.status(doomed) == "failed"
    assert await desk.status(empty) == "failed"


async def test_pin_waits_for_its_video(desk: Desk) -> None:
    """A video cannot be pinned before it has been worked on."""
    board = await desk.client.new_board()
    media = await desk.register()
    await desk.send(media)
    source = {
        "source_type": "video_id",
        "media_id": media["media_id"],
        "cover_image_key_frame_time": 1,
    }
    early = await desk.client.post("/pins", {"board_id": board["id"], "media_source": source})
    desk.clock.advance(1)
    pin = await desk.client.new_pin(board["id"], media_source=source)
    assert (early.status, early.body["code"]) == (400, 1)
    assert pin["media"]["media_type"] == "video"


async def test_bucket_is_another_host(desk: Desk) -> None:
    """Uploads go to another name and another port than the API has."""
    media = await desk.register()
    here, there = urlsplit(desk.client.emulator.base_url), urlsplit(str(media["upload_url"]))
    assert here.hostname != there.hostname
    assert here.port != there.port


async def test_bearer_token_has_no_business_there(desk: Desk) -> None:
    """A form with an `Authorization` beside it is refused in S3's XML, and nothing arrives."""
    media = await desk.register()
    headers = {"Authorization": f"Bearer {desk.client.emulator.token}"}
    status, text = await desk.send(media, headers=headers)
    assert status == 400
    assert "<Code>InvalidArgument</Code>" in text
    assert await desk.status(media) == "registered"


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("key", 400, "InvalidArgument"),
        ("policy", 400, "InvalidArgument"),
        ("x-amz-signature", 403, "SignatureDoesNotMatch"),
        ("x-amz-security-token", 400, "InvalidToken"),
        ("x-amz-date", 403, "AccessDenied"),
        ("x-amz-algorithm", 403, "AccessDenied"),
        ("x-amz-credential", 403, "AccessDenied"),
        ("Content-Type", 403, "AccessDenied"),
    ],
)
async def test_every_field_before_the_file(desk: Desk, name: str, status: int, code: str) -> None:
    """A field that is missing, or comes after the file, is refused; so is a wrong one."""
    media = await desk.register()
    given = media["upload_parameters"]
    without = {key: value for key, value in given.items() if key != name}
    missing = await desk.send(media, fields=without)
    late = await desk.send(media, fields=without, after={name: given[name]})
    wrong = await desk.send(media, fields={**given, name: "x"})
    assert missing[0] == late[0] == status
    assert f"<Code>{code}</Code>" in missing[1]
    assert missing[1] == late[1]
    assert wrong[0] in {400, 403}
    assert await desk.status(media) == "registered"
    assert (await desk.send(media))[0] == 204


async def test_other_ways_to_get_a_form_wrong(desk: Desk) -> None:
    """No file, a field too many, another verb, no form, no length, an old policy."""
    media = await desk.register()
    url = media["upload_url"]
    none = await desk.send(media, video=None)
    extra = await desk.send(media, fields={**media["upload_parameters"], "acl": "public"})
    async with desk.session.get(url) as response:
        verb = response.status
    async with desk.session.post(url, data=b"x") as response:
        plain = response.status

    async def stream() -> AsyncIterator[bytes]:
        yield b"x"

    async with desk.session.post(url, data=stream()) as response:
        chunked = response.status
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with desk.session.post(url, data=b"nonsense", headers=headers) as response:
        malformed = await response.text()
    desk.clock.advance(3600)
    old = await desk.send(media)
    assert (none[0], "IncorrectNumberOfFiles" in none[1]) == (400, True)
    assert (extra[0], "acl" in extra[1]) == (403, True)
    assert (verb, plain, chunked) == (405, 412, 411)
    assert "<Code>" in malformed
    assert (old[0], "expired" in old[1]) == (403, True)


async def test_form_shows_no_secret(desk: Desk) -> None:
    """The secrets of the form are in nothing that the emulator shows of itself."""
    media = await desk.register()
    await desk.send(media)
    uploads = repr(desk.client.emulator.account.uploads) + repr(desk.client.emulator.requests)
    assert media["upload_parameters"]["x-amz-signature"] not in uploads


async def test_sandbox_has_no_pins_with_videos(desk: Desk) -> None:
    """A video can be uploaded in the sandbox, and not be pinned."""
    emulator = desk.client.emulator
    headers = {"Authorization": f"Bearer {emulator.sandbox_token}"}

    async def post(path: str, body: Any) -> tuple[int, Any]:
        address = f"{emulator.sandbox_base_url}{path}"
        async with desk.session.post(address, json=body, headers=headers) as response:
            return response.status, await response.json()

    _, board = await post("/boards", {"name": "b"})
    _, media = await post("/media", {"media_type": "video"})
    assert (await desk.send(media))[0] == 204
    source = {
        "source_type": "video_id",
        "media_id": media["media_id"],
        "cover_image_key_frame_time": 1,
    }
    status, refusal = await post("/pins", {"board_id": board["id"], "media_source": source})
    assert (status, refusal["code"]) == (403, 29)
