"""Items of catalogs: written in batches that take their time, one outcome each, and read by id."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.account import Account

IDS: Mapping[str, tuple[str, str]] = {
    "RETAIL": ("item_id", "item_ids"),
    "HOTEL": ("hotel_id", "hotel_ids"),
    "CREATIVE_ASSETS": ("creative_assets_id", "creative_assets_ids"),
}
"""Kind of catalog to the member that identifies an item, and that of a filter by it."""

_UNKNOWN = 4331
_NO_ITEM = 100


@dataclass
class Item:
    """An item, and the id of the Pin that shows it."""

    key: str
    kind: str
    attributes: dict[str, Any]
    catalog_id: str
    pin_id: str
    feed_id: str | None = None
    """The feed that it came with; None when it was written by itself."""


@dataclass
class Batch:
    """Items that are being written."""

    number: str
    kind: str
    catalog_id: str
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

    kept: dict[tuple[str, str], Item] = field(default_factory=dict[tuple[str, str], Item])
    """By kind of catalog and id."""
    batches: dict[str, Batch] = field(default_factory=dict[str, Batch])


def put(
    account: Account,
    kind: str,
    key: str,
    attributes: dict[str, Any],
    *,
    catalog_id: str,
    feed_id: str | None = None,
) -> None:
    """Write an item, in place of one with the same id. Its Pin stays the same one."""
    known = account.items.kept.get((kind, key))
    pin_id = account.new_id() if known is None else known.pin_id
    account.items.kept[kind, key] = Item(key, kind, attributes, catalog_id, pin_id, feed_id)


def catalog_of(account: Account, kind: str) -> str:
    """The first catalog of a kind, where what names none belongs; empty when there is none."""
    shelf = account.shelves.shelf("catalogs")
    return next((str(one["id"]) for one in shelf if one["catalog_type"] == kind), "")


def start_batch(call: Call) -> Reply:
    """Begin to write items."""
    body = checks.fields(call.body)
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
    account.items.batches[batch.number] = batch
    if not batch.fails:
        world.jobs.after(batch.started, partial(_finish, account, batch))
    return Reply.json(_told(batch, "PROCESSING"))


def get_batch(call: Call) -> Reply:
    """How far a batch is. A finished one is not one in which every item went well."""
    batch = call.account.items.batches.get(call.path["batch_id"])
    if batch is None:
        raise Refusal(404, _UNKNOWN, "Sorry! We could not find your batch ID.")
    state = call.world.jobs.state(batch.started, call.world.clock(), fails=batch.fails)
    words = {"running": "PROCESSING", "failed": "FAILED"}
    return Reply.json(_told(batch, words.get(state, "COMPLETED")))


def get_items(call: Call) -> Reply:
    """The items with these ids; what is not there is told item by item."""
    filters = checks.fields(checks.fields(call.body)["filters"])
    kind = str(filters["catalog_type"])
    member, several = IDS[kind]
    return Reply.json(
        {"items": [_item(call.account, kind, member, key) for key in filters[several]]}
    )


def _item(account: Account, kind: str, member: str, key: str) -> dict[str, Any]:
    known: dict[str, Any] = {"catalog_type": kind, member: key}
    item = account.items.kept.get((kind, key))
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
    known = account.items.kept.get((batch.kind, key))
    outcome: dict[str, Any] = {member: key, "status": "SUCCESS", "errors": [], "warnings": []}
    if operation not in ("CREATE", "UPSERT") and known is None:
        errors = [{"attribute": member, "code": _NO_ITEM, "message": "Item not found."}]
        return {**outcome, "status": "FAILURE", "errors": errors}
    if operation.startswith("DELETE"):
        del account.items.kept[batch.kind, key]
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


HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    "items/post": get_items,
    "items_batch/get": get_batch,
    "items_batch/post": start_batch,
}
"""The handlers of these."""
