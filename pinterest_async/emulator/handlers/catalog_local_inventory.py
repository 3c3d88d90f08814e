"""What local stores have of the items of a catalog: written in batches, and asked for in pairs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.state.inventory import InventoryBatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.state.account import Account

_NO_ITEM = 100
_KIND = "LOCAL_INVENTORY"


def start_batch(call: ApiCall) -> Reply:
    """Begin to write inventory."""
    account, world = call.account, call.world
    batch = InventoryBatch(
        number=account.new_id(),
        catalog_id=call.path["catalog_id"],
        operations=fields.fields(call.body)["operations"],
        started=world.clock(),
        created=account.now(),
        fails=world.jobs.fails_next(call.operation.id),
    )
    account.catalogs.inventory.batches[batch.number] = batch
    if not batch.fails:
        now = int(world.clock() + world.jobs.seconds)
        world.jobs.after(batch.started, partial(_finish, account, batch, now))
    return Reply.json(told(batch, "PROCESSING"))


def _finish(account: Account, batch: InventoryBatch, now: int) -> None:
    batch.results = [_write(account, batch.catalog_id, one, now) for one in batch.operations]
    batch.done = account.now()


def _write(account: Account, catalog_id: str, said: Mapping[str, Any], now: int) -> dict[str, Any]:
    operation, store = said["operation"], said["store_code"]
    key = (catalog_id, said["item_id"], store)
    kept = account.catalogs.inventory.kept
    errors: list[dict[str, Any]] = []
    if _store(account, catalog_id, store) is None:
        errors = [_error("store_code", f"There is no store {store}.")]
    elif operation in ("UPDATE", "DELETE") and key not in kept:
        errors = [_error("item_id", "The store has no such item.")]
    elif operation == "DELETE":
        del kept[key]
    else:
        before = kept.get(key, {"created_at": now})
        base = before if operation == "UPDATE" else {"created_at": before["created_at"]}
        kept[key] = {**base, **said["attributes"], "last_updated_time": now}
    return {**_result(said), "status": "FAILURE" if errors else "SUCCESS", "errors": errors}


def _error(attribute: str, message: str) -> dict[str, Any]:
    return {"attribute": attribute, "code": _NO_ITEM, "message": message}


def _store(account: Account, catalog_id: str, code: str) -> Mapping[str, Any] | None:
    stores = account.stores.store("local_stores", catalog_id)
    return next((one for one in stores if one["store_code"] == code), None)


def _result(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "supplemental_type": _KIND,
        "item_id": said["item_id"],
        "store_code": said["store_code"],
        "status": "PROCESSING",
        "errors": [],
        "warnings": [],
    }


def told(batch: InventoryBatch, state: str) -> dict[str, Any]:
    """A batch as it is shown."""
    said: dict[str, Any] = {
        "batch_id": batch.number,
        "created_time": batch.created,
        "operation_results": batch.results or [_result(one) for one in batch.operations],
        "status": state,
    }
    return {**said, "completed_time": batch.done} if batch.done else said


def get_items(call: ApiCall) -> Reply:
    """What stores have of items; pairs of which nothing is known are left out."""
    catalog_id = call.path["catalog_id"]
    found: list[dict[str, Any]] = []
    for pair in fields.fields(call.body)["item_filters"]:
        item, code = pair["item_id"], pair["store_code"]
        record = call.account.catalogs.inventory.kept.get((catalog_id, item, code))
        store = _store(call.account, catalog_id, code)
        if record is not None and store is not None:
            metadata: dict[str, Any] = {
                "store_code": code,
                "store_id": store["id"],
                "store_name": store["name"],
            }
            known = ("latitude", "longitude")
            metadata |= {name: store[name] for name in known if store.get(name) is not None}
            found.append({**record, "item_id": item, "store_metadata": metadata})
    return Reply.json({"items": found})


HANDLERS: Handlers = {
    "catalogs_local_inventory_items/post": get_items,
    "catalogs_local_inventory_items_batch/operate": start_batch,
}
