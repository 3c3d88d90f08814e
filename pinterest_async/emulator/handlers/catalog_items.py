"""Items of catalogs: written in batches that take their time, one outcome each, and read by id."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.emulator.state.catalog_items import IDS, Batch
from pinterest_async.emulator.state.feeds import catalog_of, put

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.state.account import Account

_UNKNOWN = 4331
_NO_ITEM = 100


def start_batch(call: ApiCall) -> Reply:
    """Begin to write items."""
    body = fields.fields(call.body)
    kind = str(body.get("catalog_type", "RETAIL"))
    whole = body.get("operation")
    account, world = call.account, call.world
    batch = Batch(
        number=account.new_id(),
        kind=kind,
        catalog_id=body.get("catalog_id") or catalog_of(account, kind),
        operations=[(str(whole or item["operation"]), item) for item in body["items"]],
        started=world.clock(),
        created=account.now(),
        fails=world.jobs.fails_next(call.operation.id),
    )
    account.catalogs.items.batches[batch.number] = batch
    if not batch.fails:
        world.jobs.after(batch.started, partial(_finish, account, batch))
    return Reply.json(_told(batch, "PROCESSING"))


def get_batch(call: ApiCall) -> Reply:
    """How far a batch is. A finished one is not one in which every item went well."""
    batch = call.account.catalogs.items.batches.get(call.path["batch_id"])
    if batch is None:
        raise Refusal(404, _UNKNOWN, "Sorry! We could not find your batch ID.")
    state = call.world.jobs.state(batch.started, call.world.clock(), fails=batch.fails)
    words = {"running": "PROCESSING", "failed": "FAILED"}
    return Reply.json(_told(batch, words.get(state, "COMPLETED")))


def get_items(call: ApiCall) -> Reply:
    """The items with these ids; what is not there is told item by item."""
    filters = fields.fields(fields.fields(call.body)["filters"])
    kind = str(filters["catalog_type"])
    member, several = IDS[kind]
    return Reply.json(
        {"items": [_item(call.account, kind, member, key) for key in filters[several]]}
    )


def _item(account: Account, kind: str, member: str, key: str) -> dict[str, Any]:
    known: dict[str, Any] = {"catalog_type": kind, member: key}
    item = account.catalogs.items.kept.get((kind, key))
    if item is None:
        errors = [{"attribute": member, "code": _NO_ITEM, "message": "Item not found."}]
        return {**known, "errors": errors}
    return {**known, "attributes": item.attributes, "pins": []}


def _finish(account: Account, batch: Batch) -> None:
    batch.results = [_write(account, batch, *one) for one in batch.operations]
    batch.done = account.now()


def _write(account: Account, batch: Batch, operation: str, said: dict[str, Any]) -> dict[str, Any]:
    member, _ = IDS[batch.kind]
    key = str(said.get(member, ""))
    known = account.catalogs.items.kept.get((batch.kind, key))
    outcome: dict[str, Any] = {member: key, "status": "SUCCESS", "errors": [], "warnings": []}
    if operation not in ("CREATE", "UPSERT") and known is None:
        errors = [{"attribute": member, "code": _NO_ITEM, "message": "Item not found."}]
        return {**outcome, "status": "FAILURE", "errors": errors}
    if operation.startswith("DELETE"):
        del account.catalogs.items.kept[batch.kind, key]
    elif known is not None and operation == "UPDATE":
        known.attributes = {**known.attributes, **said.get("attributes", {})}
    else:
        attributes = said.get("attributes", {})
        put(account, batch.kind, key, attributes, catalog_id=batch.catalog_id)
    return outcome


def _told(batch: Batch, state: str) -> dict[str, Any]:
    member, _ = IDS[batch.kind]
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


HANDLERS: Mapping[str, Callable[[ApiCall], Reply]] = {
    "items/post": get_items,
    "items_batch/get": get_batch,
    "items_batch/post": start_batch,
}
