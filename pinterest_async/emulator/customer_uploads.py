"""Uploads of customer records: parts go to the host of files, then the work is set going."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.downloads import refused
from pinterest_async.emulator.refusals import Refusal, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinterest_async.emulator.jobs import State
    from pinterest_async.emulator.world import World

PATH = "/customer-list-parts"
"""Where the parts are put, on the host of files."""

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
    parts: dict[int, bytes | None]
    """What has come of each part."""
    started: float | None = None
    fails: bool = False
    records: dict[str, int] = field(default_factory=dict[str, int])


def start(call: Call) -> Reply:
    """An upload, and an address for each part of it."""
    body = checks.fields(call.body)
    number = str(call.account.random.randrange(10**11, 10**12))
    upload = CustomerUpload(
        number=number,
        operation=body["operation"],
        place=(call.path["ad_account_id"], call.path["customer_list_id"]),
        created=int(call.world.clock()),
        parts=dict.fromkeys(range(1, body["total_parts"] + 1)),
        fails=call.world.jobs.fails_next(call.operation.id),
    )
    call.account.customer_uploads[number] = upload
    origin = f"{call.world.files_origin}{PATH}/{number}"
    parts = [
        {"part_number": part, "presigned_url": f"{origin}/{part}?X-Amz-Signature={number}{part}"}
        for part in upload.parts
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
    if any(part is None for part in upload.parts.values()):
        missing = [number for number, part in upload.parts.items() if part is None]
        raise Refusal(400, 400, f"Parts {missing} have not been uploaded.")
    if upload.started is None:
        upload.started = call.world.clock()
    return Reply.json(_told(call, upload))


class Parts:
    """Takes the parts in, on the host of files.

    Args:
        worlds: of the hosts of the API whose uploads these are.
    """

    def __init__(self, worlds: Sequence[World]) -> None:
        self._worlds = worlds

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take a part: 200 as S3 says it, or its XML."""
        content = await request.read()
        if request.method != "PUT":
            return refused(405, "MethodNotAllowed", "The specified method is not allowed")
        if "Authorization" in request.headers:
            return refused(400, "InvalidArgument", "Only one auth mechanism allowed")
        _, number, part = request.path.strip("/").split("/")[-3:]
        if request.query.get("X-Amz-Signature") != f"{number}{part}":
            return refused(403, "SignatureDoesNotMatch", "The signature does not match")
        accounts = (one for world in self._worlds for one in world.accounts.values())
        for account in accounts:
            upload = account.customer_uploads.get(number)
            if upload is not None and int(part) in upload.parts:
                upload.parts[int(part)] = content
                return web.Response(headers={"ETag": f'"{part}"'})
        return refused(404, "NoSuchUpload", "The specified upload does not exist")


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
    if state == "SUCCEEDED" and not upload.records:
        lines = sum((part or b"").count(b"\n") + 1 for part in upload.parts.values())
        upload.records = {"processed": lines, "valid": lines, "invalid": 0}
        customers = call.account.shelves.shelf("customer_lists", upload.place[0])
        record = customers.get(upload.place[1])
        if record is not None:
            member = "uploaded" if upload.operation == "ADD" else "removed"
            record[f"num_{member}_user_records"] += lines
            record["status"] = "READY"
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
