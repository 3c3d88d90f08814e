"""Uploads of videos: registered here, sent to the bucket, worked on, then used in a Pin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import bucket, checks
from pinterest_async.emulator.account import Upload
from pinterest_async.emulator.call import Call, Reply, encode_json
from pinterest_async.emulator.refusals import not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.jobs import State
    from pinterest_async.emulator.world import World


_WORDS: Mapping[State, str] = {
    "running": "processing", "finished": "succeeded", "failed": "failed",
}  # fmt: skip


def register_upload(call: Call) -> Reply:
    """An address for the bytes of a video, and the fields to send before them."""
    body = checks.fields(call.body)
    checks.required_text(body, "media_type")
    checks.choice(body, "media_type", ("video",))
    account = call.account
    media_id = account.new_id()
    form = call.world.bucket.hand_out(f"uploads/{media_id}", account.random)
    account.uploads[media_id] = Upload(media_id, form, call.world.jobs.fails_next("media/create"))
    return Reply.json(
        {
            "media_id": media_id,
            "media_type": "video",
            "upload_url": f"{call.world.files_origin}{bucket.PATH}/",
            "upload_parameters": form.parameters,
        },
        201,
    )


def list_uploads(call: Call) -> Reply:
    """The uploads, oldest first."""
    uploads = call.account.uploads

    def encoded(key: int) -> bytes:
        return encode_json(_shown(call.world, uploads[str(key)]))

    return Reply(200, call.pages.page(call, [int(media_id) for media_id in uploads], encoded))


def get_upload(call: Call) -> Reply:
    """How far an upload is."""
    upload = call.account.uploads.get(call.path["media_id"])
    if upload is None:
        raise not_found("Media")
    return Reply.json(_shown(call.world, upload))


def status(world: World, upload: Upload) -> str:
    """How far an upload is: `registered`, `processing`, `succeeded` or `failed`."""
    received_at = upload.form.received_at
    if received_at is None:
        return "registered"
    fails = upload.fails or not upload.form.size
    return _WORDS[world.jobs.state(received_at, world.clock(), fails=fails)]


def _shown(world: World, upload: Upload) -> dict[str, Any]:
    return {
        "media_id": upload.media_id,
        "media_type": "video",
        "status": status(world, upload),
    }
