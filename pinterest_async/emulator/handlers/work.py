"""Work that takes its time: reports, bulk files, exports. Started, looked at, then downloaded.

Each kind is a row of data: its operations, what it calls its states, and where the link goes. How
far a job is depends on nothing but the emulator's clock.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply, encode_json
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.emulator.state.files import File
from pinterest_async.emulator.state.work import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinterest_async.emulator.state.work import State

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
    check: Callable[[ApiCall], None] | None = None
    """Raises a `Refusal` of what must not be started."""
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


REPORT: Mapping[State, str] = {
    "running": "IN_PROGRESS", "finished": "FINISHED", "failed": "FAILED", "expired": "EXPIRED",
    "cancelled": "CANCELLED", "unknown": "DOES_NOT_EXIST",
}  # fmt: skip

report_kind: partial[WorkKind] = partial(
    WorkKind, name="token", status="report_status", words=REPORT, url="url", life=3600.0
)
"""A kind of report on ads."""


def handlers(*kinds: WorkKind) -> Handlers:
    """The handlers of kinds of jobs, by operation."""
    starts = {one: partial(_start, kind=kind) for kind in kinds for one in kind.starts}
    return starts | {one: partial(_look, kind=kind) for kind in kinds for one in kind.looks}


def _start(call: ApiCall, kind: WorkKind) -> Reply:
    if kind.check is not None:
        kind.check(call)
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


# Files


def json_file(job: Job, value: object) -> File:
    """The file of a job that holds a JSON value."""
    return File(_name(job, "json"), encode_json(value), "application/json")


def table(job: Job, columns: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> File:
    """The file of a job that is a table; cells of no column are left out."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(columns)), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(lines)
    return File(_name(job, "csv"), text.getvalue().encode(), "text/csv")


def _name(job: Job, extension: str) -> str:
    return f"{job.name.rpartition('/')[2].rstrip('=')}.{extension}"
