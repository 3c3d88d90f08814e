"""Uploads of customer records: parts go to the host of files, then the work is set going."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import Refusal, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.account import Account
    from pinterest_async.emulator.jobs import State
    from pinterest_async.emulator.slots import Slot

_WORDS: Mapping[State, str] = {
    "running": "RUNNING", "finished": "SUCCEEDED", "failed": "FAILED",
}  # fmt: skip


@dataclass
class CustomerUpload:
    """Records on their way into a customer list."""

    number: str
    operation: str
    place: tuple[str, str]
    """The ad account and the list."""
    created: int
    parts: dict[int, Slot]
    started: float | None = None
    fails: bool = False
    records: dict[str, int] = field(default_factory=dict[str, int])


def start(call: Call) -> Reply:
    """An upload, and an address for each part of it."""
    body = checks.fields(call.body)
    world, random = call.world, call.account.random
    number = str(random.randrange(10**11, 10**12))
    upload = CustomerUpload(
        number=number,
        operation=body["operation"],
        place=(call.path["ad_account_id"], call.path["customer_list_id"]),
        created=int(world.clock()),
        parts={
            part: world.slots.hand_out(world.files_origin, f"customers/{number}/{part}", random)
            for part in range(1, body["total_parts"] + 1)
        },
        fails=world.jobs.fails_next(call.operation.id),
    )
    call.account.customer_uploads[number] = upload
    parts = [
        {"part_number": part, "presigned_url": slot.url} for part, slot in upload.parts.items()
    ]
    return Reply.json(
        {
            "customer_list_upload": _told(call, upload),
            "s3_multipart_upload_data": {"file_parts": parts},
        }
    )


def get(call: Call) -> Reply:
    """How far an upload is."""
    return Reply.json(_told(call, _find(call)))


def run(call: Call) -> Reply:
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
    record = account.shelves.shelf("customer_lists", upload.place[0]).get(upload.place[1])
    if record is not None:
        member = "uploaded" if upload.operation == "ADD" else "removed"
        record[f"num_{member}_user_records"] += lines
        record["status"] = "READY"


def _find(call: Call) -> CustomerUpload:
    upload = call.account.customer_uploads.get(call.path["customer_list_upload_id"])
    place = (call.path["ad_account_id"], call.path["customer_list_id"])
    if upload is None or upload.place != place:
        raise not_found("Customer list upload")
    return upload


def _told(call: Call, upload: CustomerUpload) -> dict[str, Any]:
    state, changed = "NOT_STARTED", upload.created
    if upload.started is not None:
        now = call.world.clock()
        state = _WORDS[call.world.jobs.state(upload.started, now, fails=upload.fails)]
        changed = int(upload.started)
    return {
        "id": upload.number,
        "ad_account_id": upload.place[0],
        "customer_list_id": upload.place[1],
        "creation_time": upload.created,
        "updated_time": changed,
        "operation": upload.operation,
        "state": state,
        "error_counts": [],
        "record_counts": upload.records or {"processed": 0, "valid": 0, "invalid": 0},
    }


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "customer_list_uploads/create": start,
    "customer_list_uploads/get": get,
    "customer_list_uploads/run": run,
}
"""The handlers of these."""
