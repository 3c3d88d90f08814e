"""Uploads of customer records: parts go to the host of files, then the work is set going.

A record stands on a line; what form the lines have is not published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import customer_lists
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal, not_found
from pinterest_async.emulator.state.customer_lists import identities
from pinterest_async.emulator.state.customer_uploads import CustomerUpload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.state.work import State

_LEAST = 5 * 2**20
"""Bytes of every part but the last. Pinterest: the description of uploads, and S3."""
_INVALID = {"error_code": 42, "message": "Invalid email"}

_WORDS: Mapping[State, str] = {
    "running": "RUNNING", "finished": "SUCCEEDED", "failed": "FAILED",
}  # fmt: skip


def start(call: ApiCall) -> Reply:
    """An upload, and an address for each part of it."""
    body = fields.fields(call.body)
    world, random = call.world, call.account.random
    number = str(random.randrange(10**11, 10**12))
    upload = CustomerUpload(
        number=number,
        operation=body["operation"],
        ad_account_id=call.path["ad_account_id"],
        customer_list_id=call.path["customer_list_id"],
        created=int(world.clock()),
        parts={
            part: world.slots.hand_out(world.files_origin, f"customers/{number}/{part}", random)
            for part in range(1, body["total_parts"] + 1)
        },
        fails=world.jobs.fails_next(call.operation.id),
    )
    call.account.advertising.customer_uploads[number] = upload
    customer_lists.find(call.account, call.path)["status"] = "UPLOADING"
    parts = [
        {"part_number": part, "presigned_url": slot.url} for part, slot in upload.parts.items()
    ]
    return Reply.json(
        {
            "customer_list_upload": _told(call, upload),
            "s3_multipart_upload_data": {"file_parts": parts},
        }
    )


def get(call: ApiCall) -> Reply:
    """How far an upload is."""
    return Reply.json(_told(call, _find(call)))


def run(call: ApiCall) -> Reply:
    """Set the work going, once every part is there."""
    upload = _find(call)
    missing = [number for number, slot in upload.parts.items() if slot.content is None]
    if missing:
        raise Refusal(400, 400, f"Parts {missing} have not been uploaded.")
    contents = [slot.content or b"" for slot in upload.parts.values()]
    if not contents[-1] or any(len(one) < _LEAST for one in contents[:-1]):
        raise Refusal(400, 400, "Your proposed upload is smaller than the minimum allowed size.")
    if upload.started is None:
        upload.started = call.world.clock()
        if not upload.fails:
            lines = b"".join(contents).decode("utf-8", "replace").split("\n")
            people = [identities([one.strip()]) for one in lines if one.strip()]
            upload.records = customer_lists.update(
                call, customer_lists.find(call.account, call.path), upload.operation, people
            )
    return Reply.json(_told(call, upload))


def _find(call: ApiCall) -> CustomerUpload:
    upload = call.account.advertising.customer_uploads.get(call.path["customer_list_upload_id"])
    path = call.path
    if (
        upload is None
        or upload.ad_account_id != path["ad_account_id"]
        or upload.customer_list_id != path["customer_list_id"]
    ):
        raise not_found("Customer list upload")
    return upload


def _told(call: ApiCall, upload: CustomerUpload) -> dict[str, Any]:
    state, changed = "NOT_STARTED", upload.created
    if upload.started is not None:
        now = call.world.clock()
        state = _WORDS[call.world.jobs.state(upload.started, now, fails=upload.fails)]
        changed = int(upload.started)
    done = state == "SUCCEEDED"
    invalid = upload.records["invalid"] if done else 0
    return {
        "id": upload.number,
        "ad_account_id": upload.ad_account_id,
        "customer_list_id": upload.customer_list_id,
        "creation_time": upload.created,
        "updated_time": changed,
        "operation": upload.operation,
        "state": state,
        "error_counts": [{**_INVALID, "count": invalid}] if invalid else [],
        "record_counts": upload.records if done else {"processed": 0, "valid": 0, "invalid": 0},
    }


HANDLERS: Handlers = {
    "customer_list_uploads/create": start,
    "customer_list_uploads/get": get,
    "customer_list_uploads/run": run,
}
