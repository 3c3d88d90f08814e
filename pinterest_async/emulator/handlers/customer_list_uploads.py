"""Uploads of customer records: parts go to the host of files, then the work is set going."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal, not_found
from pinterest_async.emulator.state.customer_uploads import CustomerUpload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.work import State

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
    if upload.started is None:
        upload.started = call.world.clock()
        if not upload.fails:
            call.world.jobs.after(upload.started, partial(_finish, call.account, upload))
    return Reply.json(_told(call, upload))


def _finish(account: Account, upload: CustomerUpload) -> None:
    """Count the records into, or out of, the customer list."""
    lines = sum((slot.content or b"").count(b"\n") + 1 for slot in upload.parts.values())
    upload.records = {"processed": lines, "valid": lines, "invalid": 0}
    record = account.stores.store("customer_lists", upload.ad_account_id).get(
        upload.customer_list_id
    )
    if record is not None:
        member = "uploaded" if upload.operation == "ADD" else "removed"
        record[f"num_{member}_user_records"] += lines
        record["status"] = "READY"


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
    return {
        "id": upload.number,
        "ad_account_id": upload.ad_account_id,
        "customer_list_id": upload.customer_list_id,
        "creation_time": upload.created,
        "updated_time": changed,
        "operation": upload.operation,
        "state": state,
        "error_counts": [],
        "record_counts": upload.records or {"processed": 0, "valid": 0, "invalid": 0},
    }


HANDLERS: Mapping[str, Callable[[ApiCall], Reply]] = {
    "customer_list_uploads/create": start,
    "customer_list_uploads/get": get,
    "customer_list_uploads/run": run,
}
