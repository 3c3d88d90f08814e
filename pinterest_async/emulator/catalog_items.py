"""Items of catalogs: written in batches that take their time, one outcome each, and read by id."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.account import Account

_IDS: Mapping[str, tuple[str, str]] = {
    "RETAIL": ("item_id", "item_ids"),
    "HOTEL": ("hotel_id", "hotel_ids"),
    "CREATIVE_ASSETS": ("creative_assets_id", "creative_assets_ids"),
}
"""Kind of catalog to the member that identifies an item, and that of a filter by it."""

_UNKNOWN = 4331
_NO_ITEM = 100


@dataclass
class Batch:
    """Items that are being written."""

    number: str
    kind: str
    operations: list[tuple[str, dict[str, Any]]]
    """What to do with which item."""
    started: float
    created: str
    fails: bool = False
    done: str | None = None
    results: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass
class Items:
    """The items of an account's catalogs, and the batches that write them."""

    kept: dict[tuple[str, str], dict[str, Any]] = field(
        default_factory=dict[tuple[str, str], dict[str, Any]]
    )
    """The attributes by kind of catalog and id."""
    batches: dict[str, Batch] = field(default_factory=dict[str, Batch])


def start_batch(call: Call) -> Reply:
    """Begin to write items."""
    body = checks.fields(call.body)
    kind = str(body.get("catalog_type", "RETAIL"))
    whole = body.get("operation")
    operations = [(str(whole or item["operation"]), item) for item in body["items"]]
    account = call.account
    batch = Batch(
        number=account.new_id(),
        kind=kind,
        operations=operations,
        started=call.world.clock(),
        created=account.now(),
        fails=call.world.jobs.fails_next(call.operation.id),
    )
    account.items.batches[batch.number] = batch
    return Reply.json(_told(batch, "PROCESSING"))


def get_batch(call: Call) -> Reply:
    """How far a batch is. A finished one is not one in which every item went well."""
    batch = call.account.items.batches.get(call.path["batch_id"])
    if batch is None:
        raise Refusal(404, _UNKNOWN, "Sorry! We could not find your batch ID.")
    state = _settle(call, batch)
    return Reply.json(_told(batch, state))


def get_items(call: Call) -> Reply:
    """The items with these ids; what is not there is told item by item."""
    for batch in call.account.items.batches.values():
        _settle(call, batch)
    filters = checks.fields(checks.fields(call.body)["filters"])
    kind = str(filters["catalog_type"])
    member, several = _IDS[kind]
    return Reply.json(
        {"items": [_item(call.account, kind, member, key) for key in filters[several]]}
    )


def _item(account: Account, kind: str, member: str, key: str) -> dict[str, Any]:
    known: dict[str, Any] = {"catalog_type": kind, member: key}
    attributes = account.items.kept.get((kind, key))
    if attributes is None:
        errors = [{"attribute": member, "code": _NO_ITEM, "message": "Item not found."}]
        return {**known, "errors": errors}
    return {**known, "attributes": attributes, "pins": []}


def _settle(call: Call, batch: Batch) -> str:
    """Write the items of a batch once its time has come; the state it is in."""
    now = call.world.clock()
    state = call.world.jobs.state(batch.started, now, fails=batch.fails)
    if state == "running":
        return "PROCESSING"
    if state == "failed":
        return "FAILED"
    if batch.done is None:
        batch.done = call.account.now()
        batch.results = [_write(call.account, batch.kind, *one) for one in batch.operations]
    return "COMPLETED"


def _write(account: Account, kind: str, operation: str, item: dict[str, Any]) -> dict[str, Any]:
    member, _ = _IDS[kind]
    key = str(item.get(member, ""))
    kept = account.items.kept
    outcome: dict[str, Any] = {member: key, "status": "SUCCESS", "errors": [], "warnings": []}
    if operation not in ("CREATE", "UPSERT") and (kind, key) not in kept:
        errors = [{"attribute": member, "code": _NO_ITEM, "message": "Item not found."}]
        return {**outcome, "status": "FAILURE", "errors": errors}
    if operation.startswith("DELETE"):
        del kept[kind, key]
    else:
        before = kept.get((kind, key), {}) if operation == "UPDATE" else {}
        kept[kind, key] = {**before, **item.get("attributes", {})}
    return outcome


def _told(batch: Batch, state: str) -> dict[str, Any]:
    member, _ = _IDS[batch.kind]
    waiting: list[dict[str, Any]] = [
        {member: str(item.get(member, "")), "status": "PROCESSING", "errors": [], "warnings": []}
        for _, item in batch.operations
    ]
    said: dict[str, Any] = {
        "catalog_type": batch.kind,
        "batch_id": batch.number,
        "created_time": batch.created,
        "items": batch.results or waiting,
        "status": state,
    }
    return {**said, "completed_time": batch.done} if batch.done else said


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "items/post": get_items,
    "items_batch/get": get_batch,
    "items_batch/post": start_batch,
}
"""The handlers of these."""
