"""Batches of what is said of items beside their feeds: how far they are."""

from __future__ import annotations

from pinterest_async.emulator.handlers import catalog_local_inventory
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema.errors import not_found


def get_batch(call: ApiCall) -> Reply:
    """How far a batch is."""
    batch = call.account.catalogs.inventory.batches.get(call.path["batch_id"])
    if batch is None or batch.catalog_id != call.path["catalog_id"]:
        raise not_found("Batch")
    state = call.world.jobs.state(batch.started, call.world.clock(), fails=batch.fails)
    words = {"running": "PROCESSING", "failed": "FAILED"}
    return Reply.json(catalog_local_inventory.told(batch, words.get(state, "COMPLETED")))


HANDLERS: Handlers = {
    "catalogs_supplemental_items_batch/get": get_batch,
}
