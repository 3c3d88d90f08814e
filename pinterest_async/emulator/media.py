"""Uploads of videos: registered here, received at an address of their own, then used in a Pin."""

from __future__ import annotations

from pinterest_async.emulator import checks
from pinterest_async.emulator.account import Account, Upload
from pinterest_async.emulator.call import Call, Reply, encode_json
from pinterest_async.emulator.clock import wire_time
from pinterest_async.emulator.refusals import not_found

UPLOAD_PATH = "/media-upload"
"""Where the bytes of a video are posted to, below the origin and outside the API."""


def register_upload(call: Call) -> Reply:
    """An address for the bytes of a video, and the fields to send with them."""
    body = checks.fields(call.body)
    checks.required_text(body, "media_type")
    checks.choice(body, "media_type", ("video",))
    account = call.account
    upload = Upload(media_id=account.new_id())
    account.uploads[upload.media_id] = upload
    stamp = wire_time(call.world.clock()).replace("-", "").replace(":", "") + "Z"
    day = stamp[:8]
    secret = f"{account.random.getrandbits(256):064x}"
    return Reply.json(
        {
            "media_id": upload.media_id,
            "media_type": upload.media_type,
            "upload_url": f"{call.world.origin}{UPLOAD_PATH}/{upload.media_id}",
            "upload_parameters": {
                "x-amz-date": stamp,
                "x-amz-signature": secret,
                "x-amz-security-token": secret[::-1] + "+/==",
                "x-amz-algorithm": "AWS4-HMAC-SHA256",
                "key": f"uploads/{upload.media_id}",
                "policy": "eyJleHBpcmF0aW9uIjoi" + secret[:20] + "==",
                "x-amz-credential": f"AKIAEXAMPLE/{day}/us-east-1/s3/aws4_request",
                "Content-Type": "multipart/form-data",
            },
        },
        201,
    )


def list_uploads(call: Call) -> Reply:
    """The uploads, oldest first."""
    uploads = call.account.uploads
    keys = [int(media_id) for media_id in uploads]
    return Reply(200, call.pages.page(call, keys, lambda key: encode_json(uploads[str(key)])))


def get_upload(call: Call) -> Reply:
    """How far an upload is."""
    upload = call.account.uploads.get(call.path["media_id"])
    if upload is None:
        raise not_found("Media")
    return Reply.json(upload)


def receive(account: Account, media_id: str) -> bool:
    """Take note that the bytes have arrived; whether there was such an upload."""
    upload = account.uploads.get(media_id)
    if upload is None:
        return False
    upload.status = "succeeded"
    return True
