"""Work that takes its time: reports, bulk files, exports. Started, looked at, then downloaded.

Each kind is a row of data: its operations, what it calls its states, and where the link goes. How
far a job is depends on nothing but the emulator's clock.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pinterest_async.emulator import bulk, checks, job_files
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.downloads import File

State: TypeAlias = Literal["running", "finished", "failed", "expired"]

_HOUR = 3600.0
_NONE: Mapping[str, Callable[[Call], dict[str, Any]]] = {}
_Due: TypeAlias = "tuple[float, Callable[[], None]]"


@dataclass(frozen=True, kw_only=True)
class Kind:
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
    file: Callable[[Call, Job], File]
    life: float = inf
    """Seconds that a finished one can be had."""
    unknown: tuple[int, int, str] | None = None
    """The refusal of a name that was never given; None where that is a state like another."""
    says_state: bool = True
    """Whether the answer to the start holds the state."""
    says_null: bool = False
    """Whether the link is null, not missing, until there is one."""
    wrapped: bool = False
    """Whether the same is said once more inside `data`."""
    works: Mapping[str, Callable[[Call], dict[str, Any]]] = field(default_factory=lambda: _NONE)
    """What is done in the end, by the operation that started it, beside the file."""


@dataclass
class Job:
    """One job."""

    name: str
    kind: Kind
    place: str
    """The ad account or catalog it is about."""
    asked: dict[str, Any]
    """The body that started it."""
    started: float
    fails: bool = False
    outcome: dict[str, Any] | None = None
    """What a bulk write has done, once it has."""


@dataclass
class Jobs:
    """All jobs of one host.

    Args:
        seconds: how long each takes.
    """

    seconds: float = 1.0
    started: dict[str, Job] = field(default_factory=dict[str, Job])
    to_fail: Counter[str] = field(default_factory=Counter[str])
    """How many of the next ones, by the operation that starts them, come to nothing."""
    _due: list[_Due] = field(default_factory=list["_Due"])

    def after(self, started: float, done: Callable[[], None]) -> None:
        """Have something done when the work that was started then is over."""
        self._due.append((started + self.seconds, done))

    def settle(self, now: float) -> None:
        """Do what is due. All work takes as long as the other, so what began first is first."""
        while self._due and self._due[0][0] <= now:
            self._due.pop(0)[1]()

    def fails_next(self, operation_id: str) -> bool:
        """Whether what this operation starts is to fail; asked once for each."""
        if self.to_fail[operation_id] <= 0:
            return False
        self.to_fail[operation_id] -= 1
        return True

    def state(self, started: float, now: float, *, fails: bool, life: float = inf) -> State:
        """How far something is that was started then."""
        done = started + self.seconds
        if now < done:
            return "running"
        if fails:
            return "failed"
        return "expired" if now >= done + life else "finished"


_REPORT: Mapping[State, str] = {
    "running": "IN_PROGRESS", "finished": "FINISHED", "failed": "FAILED", "expired": "EXPIRED",
}  # fmt: skip
_BULK: Mapping[State, str] = {"running": "RUNNING", "finished": "SUCCEEDED", "failed": "FAILED"}

KINDS: tuple[Kind, ...] = (
    Kind(
        starts=("analytics/create_report", "analytics/create_template_report"),
        looks=("analytics/get_report",),
        name="token",
        status="report_status",
        words=_REPORT,
        url="url",
        file=job_files.ads_report,
        life=_HOUR,
        says_null=True,
    ),
    Kind(
        starts=("analytics/create_conversion_product_report",),
        looks=("analytics/get_conversion_product_report",),
        name="token",
        status="report_status",
        words=_REPORT,
        url="url",
        file=job_files.ads_report,
        life=_HOUR,
        says_null=True,
    ),
    Kind(
        starts=("analytics/create_mmm_report",),
        looks=("analytics/get_mmm_report",),
        name="token",
        status="report_status",
        words=_REPORT,
        url="url",
        file=job_files.mmm_report,
        life=_HOUR,
        wrapped=True,
    ),
    Kind(
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
    Kind(
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
    Kind(
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

_OF: Mapping[str, Kind] = {one: kind for kind in KINDS for one in (*kind.starts, *kind.looks)}

OPERATIONS = frozenset(_OF)


def answer(call: Call) -> Reply:
    """The answer of an operation that starts a job or looks at one."""
    kind = _OF[call.operation.id]
    return _start(call, kind) if call.operation.id in kind.starts else _look(call, kind)


def _start(call: Call, kind: Kind) -> Reply:
    job_files.check(call)
    jobs = call.world.jobs
    number = call.account.new_id()
    digits = kind.name != "token"
    job = Job(
        name=number if digits else f"{call.account.random.getrandbits(320):080x}/{number}==",
        kind=kind,
        place=call.path.get("ad_account_id", ""),
        asked=dict(call.body) if checks.is_object(call.body) else {},
        started=call.world.clock(),
        fails=jobs.fails_next(call.operation.id),
    )
    jobs.started[job.name] = job
    work = kind.works.get(call.operation.id)
    if work is not None and not job.fails:
        jobs.after(job.started, partial(_work, call, job, work))
    said: dict[str, Any] = {kind.name: job.name}
    if kind.says_state:
        said |= {kind.status: kind.words["running"], "message": ""}
    if "template_id" in call.path:
        said["template_id"] = call.path["template_id"]
    return Reply.json(_wrap(kind, said))


def _work(call: Call, job: Job, work: Callable[[Call], dict[str, Any]]) -> None:
    job.outcome = work(call)


def _look(call: Call, kind: Kind) -> Reply:
    bulk = call.path.get("bulk_request_id")
    name = bulk or call.path.get(kind.name) or call.query.get(kind.name, "")
    job = call.world.jobs.started.get(name)
    if job is None or job.kind is not kind or job.place != call.path.get("ad_account_id", ""):
        if kind.unknown is not None:
            raise Refusal(*kind.unknown)
        return Reply.json(_wrap(kind, _without_link(kind, "DOES_NOT_EXIST")))
    now = call.world.clock()
    state = call.world.jobs.state(job.started, now, fails=job.fails, life=kind.life)
    said = _without_link(kind, kind.words[state])
    if state == "finished":
        file = kind.file(call, job)
        said[kind.url] = call.world.store.link(call.world, file)
        if kind.name == "token":
            said["size"] = len(file.content)
    return Reply.json(_wrap(kind, said))


def _without_link(kind: Kind, status: str) -> dict[str, Any]:
    return {kind.status: status, kind.url: None} if kind.says_null else {kind.status: status}


def _wrap(kind: Kind, said: dict[str, Any]) -> dict[str, Any]:
    """The older form of an answer around the newer one, for the kind that has both."""
    if not kind.wrapped:
        return said
    return {"code": 0, "message": "OK", "status": "success", **said, "data": said}
