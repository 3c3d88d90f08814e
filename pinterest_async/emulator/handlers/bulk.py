"""Bulk writes: many entities of several kinds at once, written when the work is done.

Each is written as the operation for its kind would write it. What became of it is told in the file
that can be downloaded then, in the order of the request: the entity, or why there is none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.handlers import collection
from pinterest_async.emulator.schema import fields
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinterest_async.emulator.http.call import ApiCall

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


def upsert(call: ApiCall) -> dict[str, Any]:
    """Write what the body says; what became of each entity, by verb and kind."""
    told: dict[str, Any] = {}
    body = fields.fields(call.body)
    for verb in ("create", "update"):
        wanted = fields.fields(body.get(verb, {}))
        told[verb] = {
            kind: list(_written(call, f"{prefix}/{verb}", wanted[kind]))
            for kind, prefix in _KINDS.items()
            if wanted.get(kind)
        }
    return {verb: kinds for verb, kinds in told.items() if kinds}


def _written(call: ApiCall, operation_id: str, items: list[Any]) -> Iterator[dict[str, Any]]:
    single = replace(call, operation=OPERATIONS[operation_id])
    for outcome in collection.write(single, items):
        if isinstance(outcome, collection.Failure):
            exception = {"code": outcome.code, "message": outcome.message}
            yield {"data": dict(outcome.item), "exceptions": [exception]}
        else:
            yield {"data": outcome, "exceptions": []}
