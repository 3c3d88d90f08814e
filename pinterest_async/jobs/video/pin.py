"""A Pin of a video, from the file on the disk to the Pin on its board."""

from __future__ import annotations

import asyncio
import hashlib
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pinterest_async.errors import ConfigurationError, NotFound
from pinterest_async.jobs.pins.destinations import Destinations
from pinterest_async.jobs.pins.journal import PinJournal
from pinterest_async.jobs.pins.maker import PinMaker
from pinterest_async.jobs.pins.pictures import (
    KEY_FRAME,
    Cover,
    Picture,
    as_picture,
    check_is_no_picture,
    check_picture,
    encode,
)
from pinterest_async.jobs.pins.reconcile import Patience
from pinterest_async.jobs.pins.rows import BadRows, bad_rows, read_rows
from pinterest_async.jobs.video.upload import send_video, status_of, upload_video, wait_for_video
from pinterest_async.models import VideoId

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    import aiohttp

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.video.upload import VideoProgress


class VideoPin(msgspec.Struct, frozen=True, kw_only=True):
    """A Pin of a video."""

    pin_id: str
    """The Pin."""
    board_id: str
    """Its board."""
    media_id: str | None
    """The upload; None where the journal knew the Pin already."""
    found: bool
    """Whether the Pin was found on the board, where the response was lost."""


async def create_video_pin(
    client: Pinterest,
    path: str | os.PathLike[str] | None = None,
    *,
    board: str,
    section: str | None = None,
    cover: Picture | int | None = None,
    title: str | None = None,
    description: str | None = None,
    link: str | None = None,
    alt_text: str | None = None,
    media_id: str | None = None,
    journal: str | os.PathLike[str] | None = None,
    create_missing: bool = False,
    timeout: float = 900.0,
    tries: int = 4,
    settle: float = 2.0,
    progress: Callable[[VideoProgress], None] | None = None,
    session: aiohttp.ClientSession | None = None,
) -> VideoPin:
    """Upload a video, wait until Pinterest can use it, and make a Pin of it, once.

    All that can be checked is checked before anything is sent, and a lost response is looked for on
    the board, as `create_pins` does.

    Args:
        client: a client of the account; needs `boards:read`, `boards:write`, `pins:read` and
            `pins:write`. Not in the sandbox.
        path: the file. May be left out with a `media_id` whose file has arrived.
        board: the board's id, name, `user/board` path or address.
        section: the section's id or name.
        cover: a picture as a path, bytes or an http or https address; or the seconds into the video
            of the frame to show, 1 by default.
        title: at most 100 characters.
        description: at most 800 characters.
        link: at most 2,048 characters.
        alt_text: at most 500 characters.
        media_id: an upload that was interrupted, see `upload_video`.
        journal: a SQLite file, as for `create_pins`: with it a further call with the same arguments
            gives the Pin that was made, or finds out whether it was; a file that has arrived is
            not sent again.
        create_missing: whether a board or section that does not exist is made.
        timeout: seconds to wait for Pinterest when the file is sent.
        tries: how often the Pin is sent at most, 1 or more, where it surely is not there yet.
        settle: seconds from a lost response to the look at the board, and to a second look.
        progress: called as the upload goes on, in the event loop.
        session: an aiohttp session for the storage, see `upload_video`.

    Raises:
        ConfigurationError: neither a path nor a media id, or a figure is out of its bounds.
        BadRows: a text or the link is wrong, or there is no such board or section.
        BadPicture: the cover cannot be sent, or the file is a picture itself.
        UploadFailed: the storage did not take the file.
        VideoFailed: Pinterest cannot use the video.
        VideoNotReady: `timeout` passed; go on with `media_id`.
        JournalError: the journal is in use, is none, or cannot be written.
        OutcomeUnknown: the Pin may be there, and its board cannot be looked at.
        PinterestError: as any other call; where `may_have_applied` is true, the Pin may be there.
        OSError: the file cannot be read.
    """
    if path is None and media_id is None:
        raise ConfigurationError("a path or a media_id is needed")
    if tries < 1 or settle < 0 or not timeout > 0:
        raise ConfigurationError("tries must be 1 or more, settle 0 or more, timeout above 0")
    if path is not None and not await asyncio.to_thread(Path(path).is_file):
        raise FileNotFoundError(f"there is no file {path}")
    if path is not None:
        await asyncio.to_thread(check_is_no_picture, Path(path))
    face = await asyncio.to_thread(cover_of, _as_cover(cover))
    said = {
        "board": board,
        "section": section,
        "title": title,
        "description": description,
        "link": link,
        "alt_text": alt_text,
    }
    file = media_id if path is None else str(path)
    key = hashlib.sha256(json.dumps([said, file]).encode()).hexdigest()[:32]
    source = VideoId(media_id="0", cover_image_key_frame_time=0)  # stands for what is to come
    patience = Patience(tries=tries, settle=settle)
    places = Destinations(client, create_missing=create_missing, patience=patience)
    rows = read_rows([{**said, "key": f"video {key}", "media_source": source}])
    await places.find(rows)
    (row,) = rows
    if row.problems:
        raise BadRows(
            f"the video cannot become a Pin, and nothing was sent: {'; '.join(row.problems)}",
            rows=bad_rows(rows),
            total=1,
        )
    written = PinJournal(journal)
    try:
        await written.open()
        maker = PinMaker(client, written, patience)
        await maker.begin()
        before = maker.before(row.key)
        if before is not None and before.state == "created" and before.pin_id is not None:
            return VideoPin(
                pin_id=before.pin_id, board_id=before.board_id, media_id=None, found=before.found
            )
        if path is None:
            await wait_for_video(client, str(media_id), timeout=timeout, progress=progress)
        elif media_id is not None:
            media_id = await upload_video(
                client,
                path,
                media_id=media_id,
                timeout=timeout,
                progress=progress,
                session=session,
            )
        else:
            media_id = await upload_once(
                client, path, row.key, written, timeout=timeout, progress=progress, session=session
            )
        video = VideoId(media_id=str(media_id), **face)

        async def media() -> VideoId:  # others have to read a file
            return video

        board_id, section_id = await places.ready(row)
        made = await maker.make(row, board_id, section_id, media)
    finally:
        await written.close()
    return VideoPin(pin_id=made.pin_id, board_id=made.board_id, media_id=media_id, found=made.found)


async def upload_once(
    client: Pinterest,
    path: str | os.PathLike[str],
    key: str,
    journal: PinJournal,
    *,
    timeout: float = 900.0,
    progress: Callable[[VideoProgress], None] | None = None,
    session: aiohttp.ClientSession | None = None,
) -> str:
    """Upload the video of a row, unless an earlier run has sent it already.

    Args:
        client: as for `upload_video`.
        path: as there.
        key: what the journal knows the row by.
        journal: an open journal; it remembers the upload.
        timeout: as for `upload_video`.
        progress: as there.
        session: as there.

    Returns:
        The upload's id.

    Raises:
        PinterestError: as `upload_video`.
        OSError: the file cannot be read.
    """
    media_id = await journal.upload_of(key)
    if media_id is not None:
        try:
            status = await status_of(client, media_id)
        except NotFound:
            status = "gone"
        # The file of one that is only registered never came, and a failed one stays so.
        if status not in ("registered", "failed", "gone"):
            return await wait_for_video(client, media_id, timeout=timeout, progress=progress)
    return await send_video(
        client,
        path,
        timeout=timeout,
        progress=progress,
        session=session,
        registered=partial(journal.uploading, key),
    )


def cover_of(cover: Cover) -> dict[str, Any]:
    """Return what a request says of a video's cover. Blocks: call it in a thread.

    Raises:
        BadPicture: the picture cannot be sent.
    """
    if isinstance(cover, int):
        return {"cover_image_key_frame_time": cover}
    check_picture(cover)
    if isinstance(cover, str):
        return {"cover_image_url": cover}
    content_type, data = encode(cover)
    return {"cover_image_content_type": content_type, "cover_image_data": data}


def _as_cover(cover: Picture | int | None) -> Cover:
    if cover is None:
        return KEY_FRAME
    if not isinstance(cover, int):
        return as_picture(cover, Path())
    if cover < 0:
        raise ConfigurationError(f"the second of the cover must be 0 or more, not {cover}")
    return cover
