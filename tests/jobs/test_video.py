"""Videos: from the disk to the Pin, in little memory, and never the token to the storage."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from pinterest_async import (
    ConfigurationError,
    NotFound,
    PermissionDenied,
    Pinterest,
    RetryPolicy,
)
from pinterest_async.emulator import Answer, Disconnect, Emulator, ManualClock
from pinterest_async.jobs import (
    BadPicture,
    BadRows,
    UploadFailed,
    VideoFailed,
    VideoNotReady,
    VideoProgress,
    create_video_pin,
    upload_video,
    wait_for_video,
)
from pinterest_async.jobs.video import upload as video
from pinterest_async.testing import FakeTransport
from tests.support.clients import client_of
from tests.support.frames import local_variables

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An account with one board, where videos are ready at once."""
    async with Emulator(boards=1, pins=0, job_seconds=0.0) as emulator:
        yield emulator


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[Pinterest]:
    """A client of it that sends nothing again of its own accord."""
    async with client_of(emulator) as client:
        yield client


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A file of a bit more than two pieces."""
    path = tmp_path / "my secret holiday.mp4"
    path.write_bytes(os.urandom(600_000))
    return path


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time alone is shortened."""
    monkeypatch.setattr(video, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(video, "_RETRY", RetryPolicy(attempts=3, base=0.01))


async def test_a_video_arrives_whole(client: Pinterest, emulator: Emulator, film: Path) -> None:
    """All bytes arrive, with a length, without a token, and progress tells of each piece."""
    seen: list[VideoProgress] = []
    media_id = await upload_video(client, film, progress=seen.append)

    assert (await client.media.get(media_id)).status == "succeeded"
    assert emulator.account.uploads[media_id].form.size == 600_000
    (upload,) = [seen for seen in emulator.requests if seen.path.startswith("/media-upload")]
    names = {name.lower() for name in upload.headers}
    assert not names & {"authorization", "transfer-encoding", "cookie"}
    assert int(upload.headers["Content-Length"]) > 600_000

    assert [row.stage for row in seen] == ["registered", *["uploading"] * 3, "ready"]
    assert [row.sent for row in seen] == [0, 262_144, 524_288, 600_000, 0]
    assert {row.media_id for row in seen} == {media_id}


async def test_the_form_is_as_it_was_given(tmp_path: Path) -> None:
    """The fields come in their order and the file last; its name on the disk is not told."""
    path = tmp_path / "my secret holiday.mp4"
    path.write_bytes(b"film")
    with path.open("rb") as file:
        body = video._Body(file, 4, {"b": "2", "a": "1", "Content-Type": "x"}, "1", None)
        pieces = [piece async for piece in body.chunks()]
    sent = b"".join(pieces)
    assert len(sent) == body.length
    places = [sent.index(f'name="{name}"'.encode()) for name in ("b", "a", "Content-Type", "file")]
    assert places == sorted(places)
    assert b"holiday" not in sent
    assert sent.rstrip(b"-\r\n0123456789abcdef").endswith(b"film")


async def test_a_large_file_takes_little_memory(
    client: Pinterest, emulator: Emulator, tmp_path: Path
) -> None:
    """200 MB are sent with a peak of a few MB, the emulator's included."""
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    tracemalloc.start()
    try:
        media_id = await upload_video(client, path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert emulator.account.uploads[media_id].form.size == 200_000_000
    assert peak < 20_000_000


async def test_a_file_that_shrinks_is_told_as_that(
    client: Pinterest, emulator: Emulator, film: Path
) -> None:
    """What goes wrong with the file, or in the callback, is not taken for the storage's fault."""

    def shrink(progress: VideoProgress) -> None:
        if progress.sent:
            os.truncate(film, 300_000)

    with pytest.raises(OSError, match="become shorter"):
        await upload_video(client, film, progress=shrink)

    def break_down(progress: VideoProgress) -> None:
        if progress.sent:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await upload_video(client, film, progress=break_down)
    assert {upload.form.size for upload in emulator.account.uploads.values()} == {0}


async def test_an_upload_that_breaks_is_sent_again(
    client: Pinterest, emulator: Emulator, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A storage that answers 500 or nothing gets the same form again."""
    answers = [503, None]
    respond = emulator._files.respond

    async def faulty(request: Any) -> Any:
        if not answers:
            return await respond(request)
        status = answers.pop(0)
        if status is None:
            request.transport.abort()
        return web.Response(status=status or 200)

    monkeypatch.setattr(emulator._files, "respond", faulty)
    media_id = await upload_video(client, film)
    assert emulator.account.uploads[media_id].form.size == 600_000
    assert len(emulator.account.uploads) == 1


async def test_a_refusal_of_the_storage_is_told_without_its_secrets(
    client: Pinterest, emulator: Emulator, film: Path
) -> None:
    """The storage's own code is in the error, and no upload parameter is."""

    def spoil(progress: VideoProgress) -> None:
        form = emulator.account.uploads[progress.media_id].form
        form.parameters = {**form.parameters, "policy": "another"}

    with pytest.raises(UploadFailed, match="403 SignatureDoesNotMatch") as caught:
        await upload_video(client, film, progress=spoil)
    (upload,) = emulator.account.uploads.values()
    assert (caught.value.status, caught.value.code) == (403, "SignatureDoesNotMatch")
    # F16: the form that S3 asks for holds a signature.
    shown = [str(caught.value), repr(caught.value), *local_variables(caught.value)]
    secrets = [value for value in upload.form.parameters.values() if len(value) > 20]
    assert len(secrets) > 2
    assert not [secret for secret in secrets if any(secret in text for text in shown)]


@pytest.mark.parametrize("url", ["http://upload.example.org/", "ftp://x.test/", "upload"])
async def test_a_video_goes_nowhere_without_https(
    client: Pinterest, emulator: Emulator, film: Path, url: str
) -> None:
    """An address that others could read along is refused."""
    registered = {"media_id": "1", "media_type": "video", "upload_url": url}
    emulator.fail("media/create", Answer(201, {**registered, "upload_parameters": {"key": "x"}}))
    with pytest.raises(UploadFailed, match="https"):
        await upload_video(client, film)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.1.2.3"])
async def test_f14_no_other_program_of_this_machine_gets_a_video(film: Path, host: str) -> None:
    """F14: only an emulator, which is on this machine itself, may name an address on it."""
    registered = {"media_id": "1", "media_type": "video", "upload_parameters": {"key": "x"}}
    transport = FakeTransport()
    transport.respond("media/create", {**registered, "upload_url": f"http://{host}:8080/"})
    async with transport.client() as client:
        with pytest.raises(UploadFailed, match="https"):
            await upload_video(client, film)


async def test_an_upload_goes_on_by_its_id(
    client: Pinterest, emulator: Emulator, film: Path
) -> None:
    """A file that has arrived is waited for; one that has not is sent under a new id."""
    media_id = await upload_video(client, film)
    sent = len(emulator.requests)
    assert await upload_video(client, film, media_id=media_id) == media_id
    assert {seen.operation_id for seen in emulator.requests[sent:]} == {"media/get"}

    empty = (await client.media.create(media_type="video")).media_id
    assert empty is not None
    other = await upload_video(client, film, media_id=empty)
    assert other not in (empty, media_id)
    with pytest.raises(NotFound):
        await upload_video(client, film, media_id="1")


async def test_a_video_that_pinterest_cannot_use(
    client: Pinterest, emulator: Emulator, film: Path
) -> None:
    """Failure is an error with the id, at once."""
    emulator.fail_jobs("media/create")
    with pytest.raises(VideoFailed) as caught:
        await upload_video(client, film)
    assert caught.value.media_id in emulator.account.uploads


async def test_waiting_goes_on_while_pinterest_works(film: Path) -> None:
    """An upload is asked for until it is ready; a fault of the server in between ends nothing."""
    clock = ManualClock()
    seen: list[str] = []
    async with (
        Emulator(boards=1, pins=0, job_seconds=60.0, clock=clock) as emulator,
        client_of(emulator, attempts=3) as client,
    ):

        def tell(progress: VideoProgress) -> None:
            seen.append(progress.stage)
            if seen.count("processing") == 3:
                clock.advance(61)
                emulator.fail("media/get", Answer(500))
                emulator.fail("media/get", Disconnect())

        await upload_video(client, film, progress=tell)
    assert [stage for stage in seen if stage != "uploading"] == [
        "registered", *["processing"] * 3, "ready",
    ]  # fmt: skip


async def test_a_registration_whose_answer_is_lost_is_made_again(
    client: Pinterest, emulator: Emulator, film: Path
) -> None:
    """An upload that nobody sends a file to does no harm, so another one is registered."""
    emulator.fail("media/create", Disconnect(after_write=True))
    media_id = await upload_video(client, film)
    assert [bool(one.form.size) for one in emulator.account.uploads.values()] == [False, True]
    emulator.fail("media/create", Answer(500), times=3)
    with pytest.raises(UploadFailed, match="registered") as caught:
        await upload_video(client, film)
    assert not caught.value.may_have_applied
    assert media_id in emulator.account.uploads


async def test_waiting_has_an_end(client: Pinterest, emulator: Emulator) -> None:
    """After `timeout` the error says how to go on."""
    media_id = (await client.media.create(media_type="video")).media_id
    assert media_id is not None
    with pytest.raises(VideoNotReady, match="registered") as caught:
        await wait_for_video(client, media_id, timeout=0.03)
    assert (caught.value.media_id, caught.value.status) == (media_id, "registered")


async def test_files_and_figures_are_checked(
    client: Pinterest, emulator: Emulator, tmp_path: Path
) -> None:
    """What cannot be sent is said before anything is."""
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with pytest.raises(ConfigurationError, match="empty"):
        await upload_video(client, empty)
    with pytest.raises(ConfigurationError, match="timeout"):
        await upload_video(client, empty, timeout=0.0)
    with pytest.raises(FileNotFoundError):
        await upload_video(client, tmp_path / "none.mp4")
    assert emulator.requests == []


async def test_a_file_that_shrinks_is_an_error(
    client: Pinterest, emulator: Emulator, film: Path
) -> None:
    """A file cut short on the way neither hangs nor counts as sent."""

    def cut(progress: VideoProgress) -> None:
        if progress.sent:
            os.truncate(film, 300_000)

    with pytest.raises((OSError, UploadFailed)):
        await upload_video(client, film, progress=cut)


async def test_cancelling_an_upload_leaves_nothing_behind(
    client: Pinterest, emulator: Emulator, film: Path
) -> None:
    """A cancelled upload ends as such, and closes what it opened."""
    task: asyncio.Task[str] | None = None

    def cancel(progress: VideoProgress) -> None:
        if progress.sent and task is not None:
            task.cancel()

    task = asyncio.create_task(upload_video(client, film, progress=cancel))
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("cover", "expected"),
    [
        (None, {"cover_image_key_frame_time": 1}),
        (7, {"cover_image_key_frame_time": 7}),
        ("https://x.test/a.jpg", {"cover_image_url": "https://x.test/a.jpg"}),
        (PNG, {"cover_image_content_type": "image/png"}),
        ("cover.png", {"cover_image_content_type": "image/png"}),
    ],
)
async def test_a_video_becomes_a_pin(
    client: Pinterest, emulator: Emulator, film: Path, cover: Any, expected: dict[str, Any]
) -> None:
    """The Pin shows the video, with its texts and the cover that was asked for."""
    (film.parent / "cover.png").write_bytes(PNG)
    (board,) = emulator.account.saved.boards.values()
    made = await create_video_pin(
        client,
        film,
        board=board.name,
        cover=film.parent / cover if cover == "cover.png" else cover,
        title="Holiday",
        link="https://example.org/",
    )
    pin = emulator.account.saved.pins[made.pin_id]
    assert (pin.board_id, pin.title, pin.creative_type) == (board.id, "Holiday", "VIDEO")
    sent: Any = emulator.requests[-1].body
    source: dict[str, Any] = sent["media_source"]
    assert expected.items() <= source.items()
    assert source["media_id"] == made.media_id


@pytest.mark.parametrize("after_write", [True, False])
async def test_a_video_pin_is_made_once(
    client: Pinterest, emulator: Emulator, film: Path, tmp_path: Path, *, after_write: bool
) -> None:
    """A lost response is looked for, and a further call with the journal gives the same Pin."""
    journal = tmp_path / "j.sqlite"
    (board_id,) = emulator.account.saved.boards
    emulator.fail("pins/create", Disconnect(after_write=after_write))

    async def make() -> Any:
        return await create_video_pin(
            client, film, board=board_id, title="Holiday", journal=journal, settle=0.0
        )

    first, second = await make(), await make()
    assert first.found is after_write
    assert first.pin_id == second.pin_id
    assert second.media_id is None
    assert list(emulator.account.saved.pins) == [first.pin_id]
    assert len(emulator.account.uploads) == 1


@pytest.mark.parametrize("fate", ["arrived", "failed", "gone"])
async def test_the_journal_remembers_an_upload(
    client: Pinterest, emulator: Emulator, film: Path, tmp_path: Path, fate: str
) -> None:
    """A file that has arrived is not sent again; one that is of no use any more is."""
    journal = tmp_path / "j.sqlite"
    (board_id,) = emulator.account.saved.boards
    refusal = Answer(403, {"code": 29, "message": "Not now."})
    emulator.fail("pins/create", refusal)

    async def make() -> Any:
        return await create_video_pin(
            client, film, board=board_id, title="Holiday", journal=journal, settle=0.0
        )

    if fate == "failed":
        emulator.fail_jobs("media/create")
    with pytest.raises((PermissionDenied, VideoFailed)):
        await make()
    emulator.clear_faults()
    (first,) = emulator.account.uploads
    if fate == "gone":
        del emulator.account.uploads[first]
    made = await make()
    assert (made.media_id == first) is (fate == "arrived")
    assert list(emulator.account.saved.pins) == [made.pin_id]


async def test_a_video_pin_is_checked_before_anything_is_sent(
    client: Pinterest, emulator: Emulator, film: Path
) -> None:
    """A wrong text, board, cover or path costs no upload."""
    (board_id,) = emulator.account.saved.boards
    with pytest.raises(BadRows, match="title has 101"):
        await create_video_pin(client, film, board=board_id, title="x" * 101)
    with pytest.raises(BadRows, match="no board"):
        await create_video_pin(client, film, board="no such board")
    with pytest.raises(BadPicture, match="JPEG and PNG"):
        await create_video_pin(client, film, board=board_id, cover=b"GIF89a" + bytes(20))
    film.write_bytes(b"\xff\xd8\xff" + bytes(20))
    with pytest.raises(BadPicture, match="no video"):
        await create_video_pin(client, film, board=board_id)
    with pytest.raises(FileNotFoundError):
        await create_video_pin(client, film.parent / "none", board=board_id)
    with pytest.raises(ConfigurationError, match="media_id"):
        await create_video_pin(client, board=board_id)
    assert emulator.account.uploads == {}
