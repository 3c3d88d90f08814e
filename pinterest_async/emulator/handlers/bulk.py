"""Bulk writes: many entities of several kinds at once, written when the work is done.

Each is written as the operation for its kind would write it. What became of it is told in the file
that can be downloaded then, in the order of the request: the entity, or why there is none.

`C1` and `AG1` stand for the first campaign and the first ad group that the same request creates,
wherever something is put into one. The description allows the letters and does not explain them,
nor the file: both are a guess.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import collection, work
from pinterest_async.emulator.handlers.work import WorkKind
from pinterest_async.emulator.schema import fields
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinterest_async.emulator.handlers.collection import Outcome
    from pinterest_async.emulator.http.call import ApiCall, Handlers
    from pinterest_async.emulator.state.files import File
    from pinterest_async.emulator.state.store import EntityStores, Record
    from pinterest_async.emulator.state.work import Job

_BULK_TYPES: Mapping[str, str] = {
    "CAMPAIGN": "campaigns",
    "AD_GROUP": "ad_groups",
    "AD": "ads",
    "KEYWORD": "keywords",
    "PRODUCT_GROUP": "product_group_promotions",
    "LABEL": "labels",
    "SCHEDULE": "schedules",
}
_INSIDE: Mapping[str, str] = {"campaign_id": "campaigns", "ad_group_id": "ad_groups"}

_KINDS: Mapping[str, str] = {
    "campaigns": "campaigns",
    "ad_groups": "ad_groups",
    "ads": "ads",
    "keywords": "keywords",
    "labels": "labels",
    "product_groups": "product_group_promotions",
    "catalog_product_groups": "catalogs_product_groups",
    "schedules": "schedules",
}
"""What a request calls a kind of entities, and what its operations begin with. Parents first."""


_PREFIXES: Mapping[str, str] = {"campaigns": "C", "ad_groups": "AG"}
"""What stands before the number of one that is yet to be created."""
_PARENTS = ("campaign_id", "ad_group_id", "parent_id", "entity_id")


def upsert(call: ApiCall) -> dict[str, Any]:
    """Write what the body says; what became of each entity, by verb and kind."""
    told: dict[str, Any] = {}
    body = fields.fields(call.body)
    created: dict[str, Outcome] = {}
    for verb in ("create", "update"):
        wanted = fields.fields(body.get(verb, {}))
        told[verb] = {}
        for kind, prefix in _KINDS.items():
            if not wanted.get(kind):
                continue
            single = replace(call, operation=OPERATIONS[f"{prefix}/{verb}"])
            outcomes = [
                outcome for item in wanted[kind] for outcome in _written(single, item, created)
            ]
            if verb == "create" and kind in _PREFIXES:
                for number, outcome in enumerate(outcomes, 1):
                    created[f"{_PREFIXES[kind]}{number}"] = outcome
            told[verb][kind] = [_told(outcome) for outcome in outcomes]
    return {verb: kinds for verb, kinds in told.items() if kinds}


def _written(call: ApiCall, item: Any, created: Mapping[str, Outcome]) -> Iterator[Outcome]:
    """Write one item, in what was created before it where it says so."""
    said = dict(fields.fields(item, "an item"))
    lost: str | None = None
    for member in _PARENTS:
        parent = created.get(str(said.get(member)))
        if isinstance(parent, collection.Failure):
            lost = f"{said[member]} was not created."
        elif parent is not None:
            said[member] = str(parent["id"])
    if lost is None:
        yield from collection.write(call, [said])
        return
    for one in collection.spread(call, item):
        yield collection.Failure(lost, 404, one)


def _told(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, collection.Failure):
        exception = {"code": outcome.code, "message": outcome.message}
        return {"data": dict(outcome.item), "exceptions": [exception]}
    return {"data": outcome, "exceptions": []}


def _file(call: ApiCall, job: Job) -> File:
    """The entities of an ad account, or what became of a bulk write, in JSON or CSV."""
    asked = job.asked
    if job.outcome is not None:
        return work.json_file(job, job.outcome)
    wanted = asked.get("entity_types") or list(_BULK_TYPES)
    found: dict[str, list[Record]] = {
        kind: list(_bulk_records(call, job, _BULK_TYPES[kind]))
        for kind in wanted
        if kind in _BULK_TYPES
    }
    if "ENTITY_HISTORY" in wanted:
        found["ENTITY_HISTORY"] = [
            {"entity_id": one["id"], "entity_type": kind, "updated_time": _changed(one)}
            for kind in ("CAMPAIGN", "AD_GROUP", "AD")
            for one in _bulk_records(call, job, _BULK_TYPES[kind])
        ]
    if asked.get("output_format") == "CSV":
        lines = [{"ENTITY": kind, **one} for kind, several in found.items() for one in several]
        columns = sorted({name for line in lines for name in line} - {"ENTITY"})
        return work.table(job, ["ENTITY", *columns], lines)
    return work.json_file(job, found)


def _bulk_records(call: ApiCall, job: Job, entity_type: str) -> Iterator[Record]:
    """The entities that a bulk download is for: those named, with all inside, changed since."""
    stores = call.account.stores
    ids = frozenset(job.asked.get("entity_ids", ()))
    since = int(job.asked.get("updated_since", 0))
    for one in stores.store(entity_type, job.ad_account_id):
        # What carries no time cannot be told to be old.
        is_new = _changed(one) is None or float(_changed(one)) >= since
        if is_new and (not ids or ids.intersection(_family(stores, job.ad_account_id, one))):
            yield one


def _changed(one: Record) -> Any:
    return one.get("updated_time")


def _family(stores: EntityStores, ad_account_id: str, one: Record) -> Iterator[str]:
    """The ids of an entity and of what it is in."""
    yield str(one.get("id", one.get("schedule_id")))
    for member, entity_type in _INSIDE.items():
        parent = stores.store(entity_type, ad_account_id).get(one.get(member))
        if parent is not None:
            yield from _family(stores, ad_account_id, parent)
    if "parent_id" in one:
        yield str(one["parent_id"])


HANDLERS: Handlers = work.handlers(
    WorkKind(
        starts=("bulk_download/create", "bulk_upsert/create"),
        looks=("bulk_request/get",),
        name="request_id",
        status="status",
        words={"running": "RUNNING", "finished": "SUCCEEDED", "failed": "FAILED"},
        url="result_url",
        file=_file,
        works={"bulk_upsert/create": upsert},
        unknown=(404, 404, "Bulk request not found."),
        says_state=False,
    )
)
