"""Work that takes its time: reports, bulk files, exports. Started, looked at, then downloaded.

Each kind is a row of data: its operations, what it calls its states, and where the link goes. How
far a job is depends on nothing but the emulator's clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import bulk, job_files
from pinterest_async.emulator.http.call import ApiCall, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.emulator.state.work import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.state.files import File
    from pinterest_async.emulator.state.work import State

_HOUR = 3600.0
_NONE: Mapping[str, Callable[[ApiCall], dict[str, Any]]] = {}


@dataclass(frozen=True, kw_only=True)
class WorkKind:
    """A kind of job."""

    starts: tuple[str, ...]
    """The operations that start one."""
    looks: tuple[str, ...]
    """The operations that tell how far it is."""
    name: str
    """The member, query parameter or path parameter that names one."""
    status: str
    """The member that says the state."""
    words: Mapping[State, str]
    url: str
    """The member that holds the link."""
    file: Callable[[ApiCall, Job], File]
    life: float = inf
    """Seconds that a finished one can be had."""
    unknown: tuple[int, int, str] | None = None
    """The refusal of a name that was never given; None where that is a state like another."""
    says_state: bool = True
    """Whether the response to the start holds the state."""
    says_null: bool = False
    """Whether the link is null, not missing, until there is one."""
    wrapped: bool = False
    """Whether the same is said once more inside `data`."""
    works: Mapping[str, Callable[[ApiCall], dict[str, Any]]] = field(default_factory=lambda: _NONE)
    """What is done in the end, by the operation that started it, beside the file."""


_REPORT: Mapping[State, str] = {
    "running": "IN_PROGRESS", "finished": "FINISHED", "failed": "FAILED", "expired": "EXPIRED",
    "cancelled": "CANCELLED", "unknown": "DOES_NOT_EXIST",
}  # fmt: skip
_BULK: Mapping[State, str] = {"running": "RUNNING", "finished": "SUCCEEDED", "failed": "FAILED"}

_report_kind = partial(
    WorkKind, name="token", status="report_status", words=_REPORT, url="url", life=_HOUR
)

KINDS: tuple[WorkKind, ...] = (
    _report_kind(
        starts=("analytics/create_report", "analytics/create_template_report"),
        looks=("analytics/get_report",),
        file=job_files.ads_report,
        says_null=True,
    ),
    _report_kind(
        starts=("analytics/create_conversion_product_report",),
        looks=("analytics/get_conversion_product_report",),
        file=job_files.ads_report,
        says_null=True,
    ),
    _report_kind(
        starts=("analytics/create_mmm_report",),
        looks=("analytics/get_mmm_report",),
        file=job_files.mmm_report,
        wrapped=True,
    ),
    WorkKind(
        starts=("bulk_download/create", "bulk_upsert/create"),
        looks=("bulk_request/get",),
        name="request_id",
        status="status",
        words=_BULK,
        url="result_url",
        file=job_files.bulk,
        works={"bulk_upsert/create": bulk.upsert},
        unknown=(404, 404, "Bulk request not found."),
        says_state=False,
    ),
    WorkKind(
        starts=("reports/create",),
        looks=("reports/get",),
        name="token",
        status="report_status",
        words={"running": "IN_PROGRESS", "finished": "FINISHED", "failed": "IN_PROGRESS"},
        url="url",
        file=job_files.catalog_report,
        unknown=(400, 1104, "The token you provided is not valid or has expired."),
        says_state=False,
    ),
    WorkKind(
        starts=("leads_export/create",),
        looks=("leads_export/get",),
        name="leads_export_id",
        status="export_status",
        words=_REPORT,
        url="download_url",
        file=job_files.leads,
        unknown=(404, 404, "Leads export not found."),
        says_state=False,
    ),
)

_OF: Mapping[str, WorkKind] = {one: kind for kind in KINDS for one in (*kind.starts, *kind.looks)}


def answer(call: ApiCall) -> Reply:
    """The response of an operation that starts a job or looks at one."""
    kind = _OF[call.operation.id]
    return _start(call, kind) if call.operation.id in kind.starts else _look(call, kind)


def _start(call: ApiCall, kind: WorkKind) -> Reply:
    job_files.check(call)
    jobs = call.world.jobs
    number = call.account.new_id()
    digits = kind.name != "token"
    job = Job(
        name=number if digits else f"{call.account.random.getrandbits(320):080x}/{number}==",
        operation_id=call.operation.id,
        ad_account_id=call.path.get("ad_account_id", ""),
        # Those of a template say in the query what others say in the body.
        asked=dict(call.body if fields.is_object(call.body) else call.query),
        started=call.world.clock(),
        ending=jobs.next_ending(call.operation.id),
        template_id=call.path.get("template_id", ""),
    )
    jobs.started[job.name] = job
    work = kind.works.get(call.operation.id)
    if work is not None and job.ending is None:
        jobs.after(job.started, partial(_work, call, job, work))
    said: dict[str, Any] = {kind.name: job.name}
    if kind.says_state:
        said |= {kind.status: kind.words["running"], "message": ""}
    if "template_id" in call.path:
        said["template_id"] = call.path["template_id"]
    return Reply.json(_wrap(kind, said))


def _work(call: ApiCall, job: Job, work: Callable[[ApiCall], dict[str, Any]]) -> None:
    job.outcome = work(call)


def _look(call: ApiCall, kind: WorkKind) -> Reply:
    bulk = call.path.get("bulk_request_id")
    name = bulk or call.path.get(kind.name) or call.query.get(kind.name, "")
    job = call.world.jobs.started.get(name)
    if (
        job is None
        or job.operation_id not in kind.starts
        or job.ad_account_id != call.path.get("ad_account_id", "")
    ):
        if kind.unknown is not None:
            raise Refusal(*kind.unknown)
        return Reply.json(_wrap(kind, _without_link(kind, "DOES_NOT_EXIST")))
    now = call.world.clock()
    state = _state(call, kind, job, now)
    said = _without_link(kind, kind.words[state])
    if state == "finished":
        file = job.file = job.file or kind.file(call, job)
        said[kind.url] = call.link(file)
        if kind.name == "token":
            said["size"] = len(file.content)
    return Reply.json(_wrap(kind, said))


def _state(call: ApiCall, kind: WorkKind, job: Job, now: float) -> State:
    """How far a job is, in one of the words of its kind."""
    first, job.looked_for = not job.looked_for, True
    ending = job.ending if job.ending is None or job.ending in kind.words else "failed"
    if ending == "unknown" and first:
        return ending
    fails = ending not in {None, "unknown"}
    state = call.world.jobs.state(job.started, now, fails=fails, life=kind.life)
    return ending if state == "failed" and ending is not None else state


def _without_link(kind: WorkKind, status: str) -> dict[str, Any]:
    return {kind.status: status, kind.url: None} if kind.says_null else {kind.status: status}


def _wrap(kind: WorkKind, said: dict[str, Any]) -> dict[str, Any]:
    """The older form of a response around the newer one, for the kind that has both."""
    if not kind.wrapped:
        return said
    return {"code": 0, "message": "OK", "status": "success", **said, "data": said}


HANDLERS: Mapping[str, Callable[[ApiCall], Reply]] = dict.fromkeys(_OF, answer)
