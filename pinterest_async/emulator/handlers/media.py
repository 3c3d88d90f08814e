"""Uploads of videos: registered here, sent to the bucket, worked on, then used in a Pin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply, encode_json
from pinterest_async.emulator.schema.errors import not_found
from pinterest_async.emulator.state.account import Upload
from pinterest_async.emulator.state.files import FORMS_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.state.work import State
    from pinterest_async.emulator.state.world import World


_WORDS: Mapping[State, str] = {
    "running": "processing", "finished": "succeeded", "failed": "failed",
}  # fmt: skip


def register_upload(call: ApiCall) -> Reply:
    """An address for the bytes of a video, and the fields to send before them."""
    account = call.account
    media_id = account.new_id()
    form = call.world.forms.hand_out(f"uploads/{media_id}", account.random)
    account.uploads[media_id] = Upload(media_id, form, call.world.jobs.fails_next("media/create"))
    return Reply.json(
        {
            "media_id": media_id,
            "media_type": "video",
            "upload_url": f"{call.world.files_origin}{FORMS_PATH}/",
            "upload_parameters": form.parameters,
        },
        201,
    )


def list_uploads(call: ApiCall) -> Reply:
    """The uploads, oldest first."""
    uploads = call.account.uploads

    def encoded(key: int) -> bytes:
        return encode_json(_shown(call.world, uploads[str(key)]))

    return Reply(200, call.pages.page(call, [int(media_id) for media_id in uploads], encoded))


def get_upload(call: ApiCall) -> Reply:
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


HANDLERS: Handlers = {
    "media/create": register_upload,
    "media/list": list_uploads,
    "media/get": get_upload,
}
