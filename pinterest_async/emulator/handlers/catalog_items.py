"""Items of catalogs: written in batches that take their time, one outcome each, and read by id."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply, encode_json
from pinterest_async.emulator.schema import fields, retail_items, types
from pinterest_async.emulator.schema.errors import Refusal, bad_parameter
from pinterest_async.emulator.state.catalog_items import IDS, Batch
from pinterest_async.emulator.state.feeds import catalog_of, put

if TYPE_CHECKING:
    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.catalog_items import Item

_UNKNOWN = 4331
_NO_ITEM = 100


def start_batch(call: ApiCall) -> Reply:
    """Begin to write items, unless just the same was sent shortly before."""
    body = fields.fields(call.body)
    kind = str(body.get("catalog_type", "RETAIL"))
    whole = body.get("operation")
    account, world = call.account, call.world
    operations = [(str(whole or item["operation"]), item) for item in body["items"]]
    if any(operation == "UPSERT" for operation, _ in operations) and _has_feed(account, kind):
        raise bad_parameter("UPSERT is not available to accounts that have a feed")
    fails = world.jobs.fails_next(call.operation.id)
    skipped = not fails and account.catalogs.items.is_duplicate(
        sha256(encode_json(body)).digest(), world.clock()
    )
    batch = Batch(
        number=account.new_id(),
        kind=kind,
        catalog_id=body.get("catalog_id") or catalog_of(account, kind),
        operations=[] if skipped else operations,
        started=world.clock(),
        created=None if skipped else account.now(),
        fails=fails,
    )
    account.catalogs.items.batches[batch.number] = batch
    if not fails and not skipped:
        world.jobs.after(batch.started, partial(_finish, account, batch))
    return Reply.json(_told(batch, "COMPLETED" if skipped else "PROCESSING"))


def _has_feed(account: Account, kind: str) -> bool:
    feeds = account.stores.store("feeds")
    return any(one["status"] == "ACTIVE" and one["catalog_type"] == kind for one in feeds)


def get_batch(call: ApiCall) -> Reply:
    """How far a batch is. A finished one is not one in which every item went well."""
    batch = call.account.catalogs.items.batches.get(call.path["batch_id"])
    if batch is None:
        raise Refusal(404, _UNKNOWN, "Sorry! We could not find your batch ID.")
    if batch.created is None:
        return Reply.json(_told(batch, "COMPLETED"))
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
    item = account.catalogs.items.kept.get((kind, key))
    told = f"{kind.lower()}_item{'_error' * (item is None)}"
    known: dict[str, Any] = {"catalog_type": kind, member: key, "item_response_kind": told}
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
    items = account.catalogs.items
    known = items.kept.get((batch.kind, key))
    attributes = _attributes(batch.kind, operation, said, known)
    errors, warnings = _judged(batch.kind, operation, key, attributes, known)
    status = "FAILURE" if errors else "SUCCESS"
    outcome = {member: key, "status": status, "errors": errors, "warnings": warnings}
    if errors:
        return outcome
    items.written[key] = items.written.get(key, 0) + 1
    if operation == "DELETE":
        del items.kept[batch.kind, key]
    else:
        put(account, batch.kind, key, attributes, catalog_id=batch.catalog_id)
    return outcome


def _attributes(
    kind: str, operation: str, said: dict[str, Any], known: Item | None
) -> dict[str, Any]:
    """What an item has after a write.

    Of what a mask names, what has no value goes; what it does not name stays.
    """
    given: dict[str, Any] = said.get("attributes") or {}
    before = {} if known is None else known.attributes
    if operation == "DELETE_DISCONTINUED":
        return {**before, "availability": "out of stock"}
    if operation != "UPDATE":
        return given
    mask = said.get("update_mask")
    if mask is None:
        return {**before, **_changeable(kind, given)}
    kept = {name: value for name, value in before.items() if name not in mask}
    return {**kept, **{name: given[name] for name in mask if given.get(name) is not None}}


def _changeable(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """Those attributes that an update may have; pictures, for example, are not among them."""
    if kind != "RETAIL":
        return given
    known = types.member_types(types.named("UpdatableItemAttributes"))
    return {name: value for name, value in given.items() if name in known}


def _judged(
    kind: str, operation: str, key: str, attributes: dict[str, Any], known: Item | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What keeps an item from being written, and what does not but should be mended."""
    member, _ = IDS[kind]
    bad_id = retail_items.bad_id(member, key)
    if bad_id is not None:
        return [bad_id], []
    if known is None and operation not in ("CREATE", "UPSERT"):
        return [{"attribute": member, "code": _NO_ITEM, "message": "Item not found."}], []
    if kind != "RETAIL" or operation.startswith("DELETE"):
        return [], []
    return list(retail_items.errors(attributes)), list(retail_items.warnings(attributes))


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


HANDLERS: Handlers = {
    "items/post": get_items,
    "items_batch/get": get_batch,
    "items_batch/post": start_batch,
}
