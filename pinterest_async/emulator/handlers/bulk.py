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

from pinterest_async.emulator.handlers import collection
from pinterest_async.emulator.schema import fields
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinterest_async.emulator.handlers.collection import Outcome
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
