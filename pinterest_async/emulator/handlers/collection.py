"""The engine behind every collection: list, fetch, create, change and delete, alone or in bulk.

What a write may say comes from the type of the operation's body, what it answers from the type of
its response. A bulk write answers item by item: the good ones take effect, the others say why not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, get_args, get_origin

from pinterest_async.emulator.http.call import NO_CONTENT, ApiCall, Reply, encode_json
from pinterest_async.emulator.schema import constraints, factories, fields, types, validation
from pinterest_async.emulator.schema.errors import Refusal
from pinterest_async.emulator.state.entity_types import BY_OPERATION, BY_PARAMETER
from pinterest_async.emulator.state.store import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinterest_async.emulator.state.entity_type import Conflict, EntityType
    from pinterest_async.emulator.state.store import EntityStore, Record

_CREATED = ("created_time", "created_timestamp", "created_at", "creation_time")
_UPDATED = ("updated_time", "updated_timestamp", "updated_at")


@dataclass(frozen=True)
class Failure:
    """Why one item of a bulk write did not take effect."""

    message: str
    code: int
    item: Mapping[str, Any]
    status: int = 404
    """Of the response where this is all that was asked for."""
    unknown: bool = False
    """Whether there is no such thing, so that nothing is known of it but what was said."""


Outcome: TypeAlias = "dict[str, Any] | Failure"


def check_path(call: ApiCall) -> None:
    """See whether all that a path names is there, from left to right, and the ad account acted for.

    Raises:
        Refusal: 404 with the code of what is missing.
    """
    own = BY_OPERATION.get(call.operation.id)
    for name, value in call.path.items():
        entity_type = BY_PARAMETER.get(name)
        creates = entity_type is own and call.operation.http_method == "POST"
        if (
            entity_type is not None
            and not creates
            and (not entity_type.within or entity_type.within in call.path)
        ):
            call.account.stores.find(entity_type, call.path, value)
    acting_for = call.query.get("ad_account_id")
    if acting_for is not None:  # measured: 404 where the account has no role in it
        call.account.stores.find(BY_PARAMETER["ad_account_id"], {}, acting_for)


def answer(call: ApiCall) -> Reply:
    """The response of a collection's operation.

    Raises:
        Refusal: what it is about is not there.
    """
    entity_type = BY_OPERATION[call.operation.id]
    return _VERBS[call.operation.http_method](call, entity_type)


# Reading


def _read(call: ApiCall, entity_type: EntityType) -> Reply:
    store = call.account.stores.of(entity_type, call.path)
    kind = types.named(call.operation.response)
    if entity_type.parameter in call.path:
        return Reply.json(_as(kind, _present(store, call.path[entity_type.parameter])))
    keep = _filter(call, entity_type)
    if not call.operation.paginated:
        return Reply.json(_wrapped(kind, [one for one in store if keep(one)]))
    page = call.pages.page(
        call,
        store.numbers,
        lambda number: encode_json(_as(kind, store.at(number))),
        newest_first=call.query.get("order") == "DESCENDING",
        keep=lambda number: keep(store.at(number)),
    )
    return Reply(200, page)


def _filter(call: ApiCall, entity_type: EntityType) -> Callable[[Record], bool]:
    """What the query leaves of a list."""
    known = types.member_types(_struct(types.named(entity_type.item)))
    wanted: dict[str, frozenset[str]] = {}
    for name in {*call.query, *entity_type.usual}:
        words = fields.query_list(call.query, name) or list(entity_type.usual.get(name, ()))
        member = _filtered_member(entity_type, name, known)
        if member and words:
            wanted[member] = frozenset(words)
    if entity_type.usual_parent and entity_type.usual_parent not in wanted:
        wanted[entity_type.usual_parent] = frozenset({call.path["ad_account_id"]})
    return lambda record: all(
        str(record.get(member)) in words for member, words in wanted.items() if member in record
    )


def _filtered_member(entity_type: EntityType, name: str, known: Mapping[str, Any]) -> str | None:
    """The member that a query parameter is about; None when it is about none."""
    if name in entity_type.filters:
        return entity_type.filters[name]
    if name == f"{entity_type.parameter}s":
        return entity_type.key
    if name.endswith("_statuses"):
        return next((one for one in ("status", "schedule_status") if one in known), None)
    return next((one for one in (name, name[:-1]) if one in known), None)


# Writing


def _create(call: ApiCall, entity_type: EntityType) -> Reply:
    store = call.account.stores.of(entity_type, call.path)
    settable = _settable(call, entity_type)
    kind = types.named(call.operation.response)
    if not _is_bulk(call, entity_type):
        outcome = _made(call, store, fields.fields(call.body), settable)
        if isinstance(outcome, Failure):
            raise Refusal(outcome.status, outcome.code, outcome.message)
        return Reply.json(_as(kind, outcome), factories.created_status(call.operation))
    outcomes = [_made(call, store, item, settable) for item in _items(call, entity_type)]
    if kind == list[str]:  # the one bulk write that takes all or nothing
        failed = next((one for one in outcomes if isinstance(one, Failure)), None)
        if failed is not None:
            raise Refusal(failed.status, failed.code, failed.message)
    return Reply.json(_wrapped(kind, outcomes), factories.created_status(call.operation))


def _made(
    call: ApiCall, store: EntityStore, said: Mapping[str, Any], settable: frozenset[str]
) -> Outcome:
    """Put a new one into the store."""
    entity_type = store.entity_type
    parent_id = call.path.get(entity_type.within, "")
    conflict = constraints.against_budget(store, said) or constraints.lacking(
        call.account, store, parent_id, said
    )
    if conflict is not None:
        return _failed(conflict, said)
    kind = _struct(types.named(entity_type.item), said)
    record: Record = factories.made_up(kind, store.random)
    for name in settable & record.keys():
        del record[name]
    record[entity_type.key] = said.get(entity_type.key) or store.new_id()
    if entity_type.within in types.member_types(kind):
        record[entity_type.within] = parent_id
    record.update(entity_type.fresh)
    if entity_type.implied:
        (other,) = entity_type.refers[entity_type.implied]
        record[entity_type.implied] = call.account.stores.first(other, parent_id)
    _stamp(call, record, kind, (*_CREATED, *_UPDATED))
    overlay(record, kind, {name: said[name] for name in settable & said.keys()})
    for member in entity_type.refers:
        if isinstance(said.get(member), str):
            record[member] = bare(said[member])
    if "parent_type" in entity_type.fresh:
        parent = constraints.type_of_parent(call.account, store, parent_id, record)
        record["parent_type"] = parent.removesuffix("s")
    conflict = constraints.taken(store, record)
    if conflict is not None:
        return _failed(conflict, said)
    store.add(record)
    call.account.stores.begin_empty(str(record[entity_type.key]))
    return record


def _update(call: ApiCall, entity_type: EntityType) -> Reply:
    store = call.account.stores.of(entity_type, call.path)
    settable = _settable(call, entity_type)
    kind = types.named(call.operation.response)
    if _is_bulk(call, entity_type):
        outcomes = [
            _changed(call, store, _key(entity_type, one), one, settable)
            for one in _items(call, entity_type)
        ]
        return Reply.json(_wrapped(kind, outcomes))
    said = fields.fields(call.body)
    key = call.path.get(entity_type.parameter) or str(said.get(entity_type.key))
    outcome = _changed(call, store, key, said, settable)
    if isinstance(outcome, Failure):
        raise Refusal(outcome.status, outcome.code, outcome.message)
    return Reply(200) if kind is type(None) else Reply.json(_as(kind, outcome))


def _changed(
    call: ApiCall,
    store: EntityStore,
    key: str,
    said: Mapping[str, Any],
    settable: frozenset[str],
) -> Outcome:
    entity_type = store.entity_type
    record = store.get(key)
    if record is None:
        return Failure(f"{entity_type.noun} not found.", entity_type.missing, said, unknown=True)
    conflict = (
        constraints.against_change(store, record)
        or constraints.against_budget(store, said)
        or constraints.lacking(call.account, store, call.path.get(entity_type.within, ""), said)
    )
    if conflict is not None:
        return _failed(conflict, said)
    if entity_type.removable and said.get("operation_type") == "REMOVE":
        store.remove(key)
        return record
    kind = _struct(types.named(entity_type.item), record)
    tag = kind.__struct_config__.tag_field
    if tag is not None and said.get(tag, record[tag]) != record[tag]:
        return Failure(f"{tag} {said[tag]!r} is not that of {key}", 1, said, status=400)
    changed = dict(record)
    overlay(changed, kind, {name: said[name] for name in settable & said.keys()})
    conflict = constraints.taken(store, changed)
    if conflict is not None:
        return _failed(conflict, said)
    record.update(changed)
    _stamp(call, record, kind, _UPDATED)
    return record


def _failed(conflict: Conflict, said: Mapping[str, Any]) -> Failure:
    return Failure(conflict.message, conflict.code, said, status=conflict.status)


def write(call: ApiCall, items: Sequence[Any]) -> list[Outcome]:
    """Create, or update, several as an operation does it; what became of each.

    Args:
        call: of the operation, within what holds them.
        items: each as the operation's body, or the list in it, has them.
    """
    entity_type = BY_OPERATION[call.operation.id]
    store = call.account.stores.of(entity_type, call.path)
    whole = [fields.fields(item, "an item") for item in items]
    spread = [one for item in whole for one in _spread(item, entity_type.batch)]
    settable = _settable(call, entity_type)
    if call.operation.http_method == "POST":
        return [_made(call, store, one, settable) for one in spread]
    return [_changed(call, store, _key(entity_type, one), one, settable) for one in spread]


def spread(call: ApiCall, item: Any) -> list[dict[str, Any]]:
    """What an item of a bulk write is about: itself, or each of those that it lists."""
    return _spread(fields.fields(item, "an item"), BY_OPERATION[call.operation.id].batch)


def _key(entity_type: EntityType, said: Mapping[str, Any]) -> str:
    return str(said.get(entity_type.key, said.get("id")))


def _delete(call: ApiCall, entity_type: EntityType) -> Reply:
    store = call.account.stores.of(entity_type, call.path)
    kind = types.named(call.operation.response)
    if entity_type.parameter in call.path:
        _remove(call, store, _present(store, call.path[entity_type.parameter]))
        return NO_CONTENT
    chosen = fields.query_list(call.query, entity_type.chosen_by)
    if entity_type.chosen_by == entity_type.key or entity_type.chosen_by in ("ids", "event_names"):
        found = [(key, store.get(key)) for key in dict.fromkeys(chosen)]
    else:
        member = entity_type.chosen_by.removesuffix("s")
        matching = [one for one in store if str(one.get(member)) in chosen]
        found = [(str(one[entity_type.key]), one) for one in matching]
    gone = [(key, None if one is None else _remove(call, store, one)) for key, one in found]
    if kind is type(None):
        if any(record is None for _, record in gone):
            raise Refusal(404, entity_type.missing, f"{entity_type.noun} not found.")
        return NO_CONTENT
    outcomes: list[Outcome] = [
        {entity_type.key: key}
        if record is not None
        else Failure(f"{entity_type.noun} not found.", entity_type.missing, {entity_type.key: key})
        for key, record in gone
    ]
    return Reply.json(_wrapped(kind, outcomes))


def _remove(call: ApiCall, store: EntityStore, record: Record) -> Record:
    """Drop one.

    Raises:
        Refusal: it is needed, or cannot be changed at all.
    """
    conflict = constraints.against_change(store, record) or constraints.against_deletion(
        call.account, store, record
    )
    if conflict is not None:
        raise Refusal(*conflict)
    store.remove(str(record[store.entity_type.key]))
    return record


_VERBS: Mapping[str, Callable[[ApiCall, EntityType], Reply]] = {
    "GET": _read,
    "POST": _create,
    "PATCH": _update,
    "DELETE": _delete,
}


# What a body says


def _is_bulk(call: ApiCall, entity_type: EntityType) -> bool:
    return fields.is_list(call.body) or (
        bool(entity_type.batch) and entity_type.batch in types.member_types(_body(call))
    )


def _body(call: ApiCall) -> Any:
    return _struct(types.named(call.operation.body))


def _items(call: ApiCall, entity_type: EntityType) -> list[dict[str, Any]]:
    """The items of a bulk write; what is said once for all of them is said of each."""
    if fields.is_list(call.body):
        return [fields.fields(item, "an item") for item in call.body]
    return _spread(fields.fields(call.body), entity_type.batch)


def _spread(body: dict[str, Any], batch: str) -> list[dict[str, Any]]:
    if batch not in body:
        return [body]
    shared = {name: value for name, value in body.items() if name != batch}
    return [{**shared, **fields.fields(item, "an item")} for item in body[batch]]


def _settable(call: ApiCall, entity_type: EntityType) -> frozenset[str]:
    """The members that are the request's to say; the rest is the server's, whatever is sent."""
    names: set[str] = set()
    kinds = [types.named(call.operation.body)]
    while kinds:
        kind = kinds.pop()
        if types.is_union(kind):
            kinds += types.alternatives(kind)
            continue
        one = types.core(kind)
        if get_origin(one) in (list, Sequence):
            kinds += types.alternatives(get_args(one)[0])
        elif types.is_struct(one):
            known = types.member_types(one)
            if entity_type.batch in known:
                kinds.append(known[entity_type.batch])
            names |= known.keys()
    return frozenset(names - {entity_type.key})


def overlay(record: Record, kind: Any, said: Mapping[str, Any]) -> None:
    """Take over what a request says, where the record can hold it."""
    for name, member in types.member_types(kind).items():
        if name in said and validation.fits(member, said[name]):
            value = validation.known_part(member, said[name])
            is_id = name.endswith("_id") and isinstance(value, str)
            record[name] = bare(value) if is_id else value


def _stamp(call: ApiCall, record: Record, kind: Any, names: Sequence[str]) -> None:
    """Say when it was made or changed, in the form that its type asks for."""
    known = types.member_types(kind)
    for name in names:
        if name in known:
            form = types.core(known[name])
            now = call.world.clock()
            if form in (int, float):
                record[name] = int(now)
            else:
                record[name] = call.account.now()[: 10 if form is dt.date else None]


# What a response is wrapped in


def _present(store: EntityStore, key: str) -> Record:
    record = store.get(key)
    if record is None:
        entity_type = store.entity_type
        raise Refusal(404, entity_type.missing, f"{entity_type.noun} not found.")
    return record


def _struct(kind: Any, said: Mapping[str, Any] | None = None) -> Any:
    """The struct that a type comes to; of a tagged union the one that is said, else the first."""
    offered = [one for one in types.alternatives(kind) if types.is_struct(one)]
    for one in offered:
        config = one.__struct_config__
        if said and config.tag_field and said.get(config.tag_field) == config.tag:
            return one
    if not offered and get_origin(kind) in (list, Sequence):
        return _struct(get_args(kind)[0])
    return offered[0] if offered else kind


def _as(kind: Any, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as a type shows it."""
    one = _struct(kind, record)
    known = {*types.member_types(one), one.__struct_config__.tag_field}
    return {name: value for name, value in record.items() if name in known}


def _wrapped(kind: Any, outcomes: Sequence[Outcome]) -> Any:
    """The outcomes of a bulk write as its response holds them."""
    if get_origin(kind) is list or (
        types.is_union(kind) and get_origin(types.alternatives(kind)[0]) is list
    ):
        (item,) = get_args(types.alternatives(kind)[0])
        return [_element(item, one) for one in outcomes]
    known = types.member_types(kind)
    lists = [name for name, one in known.items() if get_origin(types.core(one)) is list]
    holder = next(name for name in lists if name != "errors")
    (item,) = get_args(types.core(known[holder]))
    if "errors" not in known:
        return {holder: [_element(item, one) for one in outcomes]}
    good = [_element(item, one) for one in outcomes if not isinstance(one, Failure)]
    data = types.member_types(get_args(types.core(known["errors"]))[0])["data"]
    bad: list[dict[str, Any]] = [
        {"error_messages": [one.message]}
        if one.unknown
        else {"data": _fitting(data, one.item), "error_messages": [one.message]}
        for one in outcomes
        if isinstance(one, Failure)
    ]
    return {holder: good, "errors": bad}


def _element(kind: Any, outcome: Outcome) -> Any:
    """One outcome; where its exceptions go, and whether they are a list, is for the type to say."""
    if kind is str:
        return "" if isinstance(outcome, Failure) else str(outcome["id"])
    known = types.member_types(kind)
    if "data" not in known:
        return _as(kind, _with_status(known, outcome))
    if not isinstance(outcome, Failure):
        return {"data": _as(known["data"], outcome)}
    exception = {"code": outcome.code, "message": outcome.message}
    inner = types.member_types(_struct(known["data"]))
    if "exceptions" in inner:
        return {"data": {**_fitting(known["data"], outcome.item), "exceptions": exception}}
    name = next(one for one in ("exceptions", "exception") if one in known)
    several = get_origin(types.core(known[name])) is list
    return {name: [exception] if several else exception}


def _with_status(known: Mapping[str, Any], outcome: Outcome) -> Mapping[str, Any]:
    """An outcome for a type that tells success or failure in a member: a word, or an object."""
    spelled_out = types.is_struct(types.core(known.get("status")))
    if isinstance(outcome, Failure):
        why = {"code": outcome.code, "message": outcome.message}
        status: Any = why if spelled_out else "FAILED"
        return {**outcome.item, "status": status, "exceptions": [outcome.message]}
    if spelled_out:
        return {**outcome, "status": {"statusCode": 204}}
    return {"status": "SUCCESS", **outcome}


def _fitting(kind: Any, item: Mapping[str, Any]) -> dict[str, Any]:
    """What a request said, as far as a response of this type can repeat it."""
    made: dict[str, Any] = {}
    overlay(made, _struct(kind), {name: said for name, said in item.items() if said is not None})
    return made
