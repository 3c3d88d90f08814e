"""Customer lists: filled and emptied by records, matched in time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from pinterest_async.emulator.handlers import collection
from pinterest_async.emulator.http.call import ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields
from pinterest_async.emulator.schema.errors import not_found
from pinterest_async.emulator.state.customer_lists import TOO_SMALL, People, identities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.store import Record

COUNTED: Mapping[str, str] = {
    "ADD": "num_uploaded_user_records", "REMOVE": "num_removed_user_records",
}  # fmt: skip
"""The counter that an update raises, by as many records as it has, known ones or not."""

_CHECKED = ("email", "hashed_phone_number", "maid")
_TAKEN = ("external_id", "hashed_pinner_id", "liveramp_envelope")
"""Ids in rows of whose form Pinterest says nothing."""


def create(call: ApiCall) -> Reply:
    """A new list, with its first records. Pinterest: the creation counts as a batch."""
    reply = collection.answer(call)
    key = msgspec.json.decode(reply.body)["id"]
    record = find(call.account, {**call.path, "customer_list_id": key})
    people_of(call.account, record)
    update(call, record, "ADD", _people(fields.fields(call.body)))
    return Reply.json(record)


def change(call: ApiCall) -> Reply:
    """Add records to a list, or remove some."""
    collection.answer(call)
    body = fields.fields(call.body)
    record = find(call.account, call.path)
    update(call, record, body["operation_type"], _people(body))
    return Reply.json(record)


def update(
    call: ApiCall, record: Record, operation: str, people: Sequence[list[str]]
) -> dict[str, int]:
    """Count records at once, and match them when the work is done.

    Args:
        call: within the ad account.
        record: the list.
        operation: `ADD` or `REMOVE`.
        people: the ids of each.

    Returns:
        How many records there were, and how many can be used.
    """
    on_list = people_of(call.account, record)
    on_list.running += 1
    usable = [ids for ids in people if ids]
    record[COUNTED[operation]] += len(people)
    record["num_batches"] += 1
    record["status"] = "PROCESSING"
    work = partial(_match, call.account, record, operation, usable)
    call.world.jobs.after(call.world.clock(), work)
    valid = len(usable)
    return {"processed": len(people), "valid": valid, "invalid": len(people) - valid}


def people_of(account: Account, record: Record) -> People:
    """Who is on a list; one that is there from the beginning has so many as its counters say."""
    before = int(record[COUNTED["ADD"]] - record[COUNTED["REMOVE"]])
    lists = account.advertising.customer_lists
    return lists.setdefault(str(record["id"]), People(before=before))


def _match(account: Account, record: Record, operation: str, people: Iterable[list[str]]) -> None:
    on_list = people_of(account, record)
    for ids in people:
        if operation == "ADD":
            on_list.add(ids)
        else:
            on_list.remove(ids)
    on_list.running -= 1
    if not on_list.running:
        record["status"] = "TOO_SMALL" if len(on_list) < TOO_SMALL else "READY"
        for audience in account.stores.store("audiences", record["ad_account_id"]):
            follow(account, audience, record)


def _people(body: Mapping[str, Any]) -> list[list[str]]:
    """The ids of each person that a body names, in either of its two forms; none are of no use."""
    singles = [identities([one]) for one in (body.get("records") or "").split(",") if one.strip()]
    return [*singles, *map(_row, body.get("records_v2") or ())]


def _row(row: Mapping[str, str]) -> list[str]:
    checked = identities([row.get(name) or "" for name in _CHECKED])
    return checked + [f"{name}:{row[name]}" for name in _TAKEN if row.get(name)]


def find(account: Account, path: Mapping[str, str]) -> Record:
    """The list that a path names.

    Raises:
        Refusal: 404: there is none.
    """
    store = account.stores.store("customer_lists", path["ad_account_id"])
    record = store.get(path["customer_list_id"])
    if record is None:
        raise not_found("Customer list")
    return record


def follow(account: Account, audience: Record, record: Record) -> None:
    """Let an audience be what its list is, if it is on this one and the list is worked off."""
    rule = audience.get("rule")
    if not fields.is_object(rule) or rule.get("customer_list_id") != record["id"]:
        return
    people = people_of(account, record)
    if audience["audience_type"] == "CUSTOMER_LIST" and not people.running:
        audience["size"] = len(people)
        audience["status"] = record["status"]


HANDLERS: Handlers = {
    "customer_lists/create": create,
    "customer_lists/update": change,
}
