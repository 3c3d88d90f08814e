"""The engine behind every collection: list, fetch, create, change and delete, alone or in bulk.

What a write may say comes from the type of the operation's body, what it answers from the type of
its answer. A bulk write answers item by item: the good ones take effect, the others say why not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, get_args, get_origin

from pinterest_async.emulator import answers, checks, judging, rules, shapes, shelves
from pinterest_async.emulator.call import NO_CONTENT, Call, Reply, encode_json
from pinterest_async.emulator.families import BY_OPERATION, BY_PARAMETER
from pinterest_async.emulator.refusals import Refusal

if TYPE_CHECKING:
    from pinterest_async.emulator.family import Conflict, Family
    from pinterest_async.emulator.shelves import Record, Shelf

_CREATED = ("created_time", "created_timestamp", "created_at", "creation_time")
_UPDATED = ("updated_time", "updated_timestamp", "updated_at")


@dataclass(frozen=True)
class Failure:
    """Why one item of a bulk write did not take effect."""

    message: str
    code: int
    item: Mapping[str, Any]
    status: int = 404
    """Of the answer where this is all that was asked for."""
    unknown: bool = False
    """Whether there is no such thing, so that nothing is known of it but what was said."""


Outcome: TypeAlias = "dict[str, Any] | Failure"


OPERATIONS = frozenset(BY_OPERATION)


def check_path(call: Call) -> None:
    """See whether all that a path names is there, from left to right, and the ad account acted for.

    Raises:
        Refusal: 404 with the code of what is missing.
    """
    own = BY_OPERATION.get(call.operation.id)
    for name, value in call.path.items():
        family = BY_PARAMETER.get(name)
        creates = family is own and call.operation.http_method == "POST"
        if family is not None and not creates and (not family.within or family.within in call.path):
            call.account.shelves.find(family, call.path, value)
    acting_for = call.query.get("ad_account_id")
    if acting_for is not None:  # measured: 404 where the account has no role in it
        call.account.shelves.find(BY_PARAMETER["ad_account_id"], {}, acting_for)


def answer(call: Call) -> Reply:
    """The answer of a collection's operation.

    Raises:
        Refusal: what it is about is not there.
    """
    family = BY_OPERATION[call.operation.id]
    return _VERBS[call.operation.http_method](call, family)


# Reading


def _read(call: Call, family: Family) -> Reply:
    shelf = call.account.shelves.of(family, call.path)
    kind = shapes.named(call.operation.answer)
    if family.parameter in call.path:
        return Reply.json(_as(kind, _present(shelf, call.path[family.parameter])))
    keep = _filter(call, family)
    if not call.operation.paginated:
        return Reply.json(_wrapped(kind, [one for one in shelf if keep(one)]))
    page = call.pages.page(
        call,
        shelf.numbers,
        lambda number: encode_json(_as(kind, shelf.at(number))),
        newest_first=call.query.get("order") == "DESCENDING",
        keep=lambda number: keep(shelf.at(number)),
    )
    return Reply(200, page)


def _filter(call: Call, family: Family) -> Callable[[Record], bool]:
    """What the query leaves of a list."""
    known = shapes.member_types(_struct(shapes.named(family.item)))
    wanted: dict[str, frozenset[str]] = {}
    for name in {*call.query, *family.usual}:
        words = checks.query_list(call.query, name) or list(family.usual.get(name, ()))
        member = _filtered_member(family, name, known)
        if member and words:
            wanted[member] = frozenset(words)
    return lambda record: all(
        str(record.get(member)) in words for member, words in wanted.items() if member in record
    )


def _filtered_member(family: Family, name: str, known: Mapping[str, Any]) -> str | None:
    """The member that a query parameter is about; None when it is about none."""
    if name in family.filters:
        return family.filters[name]
    if name == f"{family.parameter}s":
        return family.key
    if name.endswith("_statuses"):
        return next((one for one in ("status", "schedule_status") if one in known), None)
    return next((one for one in (name, name[:-1]) if one in known), None)


# Writing


def _create(call: Call, family: Family) -> Reply:
    shelf = call.account.shelves.of(family, call.path)
    settable = _settable(call, family)
    kind = shapes.named(call.operation.answer)
    if not _is_bulk(call, family):
        outcome = _made(call, shelf, checks.fields(call.body), settable)
        if isinstance(outcome, Failure):
            raise Refusal(outcome.status, outcome.code, outcome.message)
        return Reply.json(_as(kind, outcome), answers.created_status(call.operation))
    outcomes = [_made(call, shelf, item, settable) for item in _items(call, family)]
    if kind == list[str]:  # the one bulk write that takes all or nothing
        failed = next((one for one in outcomes if isinstance(one, Failure)), None)
        if failed is not None:
            raise Refusal(failed.status, failed.code, failed.message)
    return Reply.json(_wrapped(kind, outcomes), answers.created_status(call.operation))


def _made(call: Call, shelf: Shelf, said: Mapping[str, Any], settable: frozenset[str]) -> Outcome:
    """Put a new one on the shelf."""
    family = shelf.family
    place = call.path.get(family.within, "")
    conflict = rules.lacking(call.account, shelf, place, said)
    if conflict is not None:
        return _failed(conflict, said)
    kind = _struct(shapes.named(family.item), said)
    record: Record = answers.made_up(kind, shelf.random)
    for name in settable & record.keys():
        del record[name]
    record[family.key] = said.get(family.key) or shelf.new_id()
    if family.within in shapes.member_types(kind):
        record[family.within] = place
    record.update(family.fresh)
    if family.implied:
        (other,) = family.refers[family.implied]
        record[family.implied] = call.account.shelves.first(other, place)
    _stamp(call, record, kind, (*_CREATED, *_UPDATED))
    overlay(record, kind, said)
    for member in family.refers:
        if isinstance(said.get(member), str):
            record[member] = shelves.bare(said[member])
    if "parent_type" in family.fresh:
        parent = rules.family_of_parent(call.account, shelf, place, record)
        record["parent_type"] = parent.removesuffix("s")
    conflict = rules.taken(shelf, record)
    if conflict is not None:
        return _failed(conflict, said)
    shelf.add(record)
    call.account.shelves.begin_empty(str(record[family.key]))
    return record


def _update(call: Call, family: Family) -> Reply:
    shelf = call.account.shelves.of(family, call.path)
    kind = shapes.named(call.operation.answer)
    if _is_bulk(call, family):
        outcomes = [_changed(call, shelf, _key(family, one), one) for one in _items(call, family)]
        return Reply.json(_wrapped(kind, outcomes))
    said = checks.fields(call.body)
    key = call.path.get(family.parameter) or str(said.get(family.key))
    outcome = _changed(call, shelf, key, said)
    if isinstance(outcome, Failure):
        raise Refusal(outcome.status, outcome.code, outcome.message)
    return Reply(200) if kind is type(None) else Reply.json(_as(kind, outcome))


def _changed(call: Call, shelf: Shelf, key: str, said: Mapping[str, Any]) -> Outcome:
    family = shelf.family
    record = shelf.get(key)
    if record is None:
        return Failure(f"{family.noun} not found.", family.missing, said, unknown=True)
    conflict = rules.against_change(shelf, record) or rules.lacking(
        call.account, shelf, call.path.get(family.within, ""), said
    )
    if conflict is not None:
        return _failed(conflict, said)
    if family.removable and said.get("operation_type") == "REMOVE":
        shelf.remove(key)
        return record
    kind = _struct(shapes.named(family.item), record)
    tag = kind.__struct_config__.tag_field
    if tag is not None and said.get(tag, record[tag]) != record[tag]:
        return Failure(f"{tag} {said[tag]!r} is not that of {key}", 1, said, status=400)
    changed = dict(record)
    overlay(changed, kind, {name: value for name, value in said.items() if name != family.key})
    conflict = rules.taken(shelf, changed)
    if conflict is not None:
        return _failed(conflict, said)
    record.update(changed)
    _stamp(call, record, kind, _UPDATED)
    return record


def _failed(conflict: Conflict, said: Mapping[str, Any]) -> Failure:
    return Failure(conflict.message, conflict.code, said, status=conflict.status)


def write(call: Call, items: Sequence[Any]) -> list[Outcome]:
    """Create, or update, several as an operation does it; what became of each.

    Args:
        call: of the operation, within the place where they are.
        items: each as the operation's body, or the list in it, has them.
    """
    family = BY_OPERATION[call.operation.id]
    shelf = call.account.shelves.of(family, call.path)
    whole = [checks.fields(item, "an item") for item in items]
    spread = [one for item in whole for one in _spread(item, family.batch)]
    if call.operation.http_method == "POST":
        settable = _settable(call, family)
        return [_made(call, shelf, one, settable) for one in spread]
    return [_changed(call, shelf, _key(family, one), one) for one in spread]


def _key(family: Family, said: Mapping[str, Any]) -> str:
    return str(said.get(family.key, said.get("id")))


def _delete(call: Call, family: Family) -> Reply:
    shelf = call.account.shelves.of(family, call.path)
    kind = shapes.named(call.operation.answer)
    if family.parameter in call.path:
        _remove(call, shelf, _present(shelf, call.path[family.parameter]))
        return NO_CONTENT
    chosen = checks.query_list(call.query, family.chosen_by)
    if family.chosen_by == family.key or family.chosen_by in ("ids", "event_names"):
        found = [(key, shelf.get(key)) for key in dict.fromkeys(chosen)]
    else:
        member = family.chosen_by.removesuffix("s")
        matching = [one for one in shelf if str(one.get(member)) in chosen]
        found = [(str(one[family.key]), one) for one in matching]
    gone = [(key, None if one is None else _remove(call, shelf, one)) for key, one in found]
    if kind is type(None):
        if any(record is None for _, record in gone):
            raise Refusal(404, family.missing, f"{family.noun} not found.")
        return NO_CONTENT
    outcomes: list[Outcome] = [
        {family.key: key}
        if record is not None
        else Failure(f"{family.noun} not found.", family.missing, {family.key: key})
        for key, record in gone
    ]
    return Reply.json(_wrapped(kind, outcomes))


def _remove(call: Call, shelf: Shelf, record: Record) -> Record:
    """Drop one.

    Raises:
        Refusal: it is needed, or cannot be changed at all.
    """
    conflict = rules.against_change(shelf, record) or rules.against_deletion(
        call.account, shelf, record
    )
    if conflict is not None:
        raise Refusal(*conflict)
    shelf.remove(str(record[shelf.family.key]))
    return record


_VERBS: Mapping[str, Callable[[Call, Family], Reply]] = {
    "GET": _read,
    "POST": _create,
    "PATCH": _update,
    "DELETE": _delete,
}


# What a body says


def _is_bulk(call: Call, family: Family) -> bool:
    return checks.is_list(call.body) or (
        bool(family.batch) and family.batch in shapes.member_types(_body(call))
    )


def _body(call: Call) -> Any:
    return _struct(shapes.named(call.operation.body))


def _items(call: Call, family: Family) -> list[dict[str, Any]]:
    """The items of a bulk write; what is said once for all of them is said of each."""
    if checks.is_list(call.body):
        return [checks.fields(item, "an item") for item in call.body]
    return _spread(checks.fields(call.body), family.batch)


def _spread(body: dict[str, Any], batch: str) -> list[dict[str, Any]]:
    if batch not in body:
        return [body]
    shared = {name: value for name, value in body.items() if name != batch}
    return [{**shared, **checks.fields(item, "an item")} for item in body[batch]]


def _settable(call: Call, family: Family) -> frozenset[str]:
    """The members of a new one that are the request's to say."""
    names: set[str] = set()
    kinds = [shapes.named(call.operation.body)]
    while kinds:
        kind = kinds.pop()
        if shapes.is_union(kind):
            kinds += shapes.alternatives(kind)
            continue
        one = shapes.core(kind)
        if get_origin(one) in (list, Sequence):
            kinds += shapes.alternatives(get_args(one)[0])
        elif shapes.is_struct(one):
            known = shapes.member_types(one)
            if family.batch in known:
                kinds.append(known[family.batch])
            names |= known.keys()
    return frozenset(names - {family.key})


def overlay(record: Record, kind: Any, said: Mapping[str, Any]) -> None:
    """Take over what a request says, where the record can hold it."""
    for name, member in shapes.member_types(kind).items():
        if name in said and judging.fits(member, said[name]):
            value = judging.known_part(member, said[name])
            is_id = name.endswith("_id") and isinstance(value, str)
            record[name] = shelves.bare(value) if is_id else value


def _stamp(call: Call, record: Record, kind: Any, names: Sequence[str]) -> None:
    """Say when it was made or changed, in the form that its type asks for."""
    known = shapes.member_types(kind)
    for name in names:
        if name in known:
            form = shapes.core(known[name])
            now = call.world.clock()
            if form in (int, float):
                record[name] = int(now)
            else:
                record[name] = call.account.now()[: 10 if form is dt.date else None]


# What an answer is wrapped in


def _present(shelf: Shelf, key: str) -> Record:
    record = shelf.get(key)
    if record is None:
        family = shelf.family
        raise Refusal(404, family.missing, f"{family.noun} not found.")
    return record


def _struct(kind: Any, said: Mapping[str, Any] | None = None) -> Any:
    """The struct that a type comes to; of a tagged union the one that is said, else the first."""
    offered = [one for one in shapes.alternatives(kind) if shapes.is_struct(one)]
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
    known = {*shapes.member_types(one), one.__struct_config__.tag_field}
    return {name: value for name, value in record.items() if name in known}


def _wrapped(kind: Any, outcomes: Sequence[Outcome]) -> Any:
    """The outcomes of a bulk write as its answer holds them."""
    if get_origin(kind) is list or (
        shapes.is_union(kind) and get_origin(shapes.alternatives(kind)[0]) is list
    ):
        (item,) = get_args(shapes.alternatives(kind)[0])
        return [_element(item, one) for one in outcomes]
    known = shapes.member_types(kind)
    lists = [name for name, one in known.items() if get_origin(shapes.core(one)) is list]
    holder = next(name for name in lists if name != "errors")
    (item,) = get_args(shapes.core(known[holder]))
    if "errors" not in known:
        return {holder: [_element(item, one) for one in outcomes]}
    good = [_element(item, one) for one in outcomes if not isinstance(one, Failure)]
    data = shapes.member_types(get_args(shapes.core(known["errors"]))[0])["data"]
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
    known = shapes.member_types(kind)
    if "data" not in known:
        return _as(kind, _with_status(known, outcome))
    if not isinstance(outcome, Failure):
        return {"data": _as(known["data"], outcome)}
    exception = {"code": outcome.code, "message": outcome.message}
    inner = shapes.member_types(_struct(known["data"]))
    if "exceptions" in inner:
        return {"data": {**_fitting(known["data"], outcome.item), "exceptions": exception}}
    name = next(one for one in ("exceptions", "exception") if one in known)
    several = get_origin(shapes.core(known[name])) is list
    return {name: [exception] if several else exception}


def _with_status(known: Mapping[str, Any], outcome: Outcome) -> Mapping[str, Any]:
    """An outcome for a type that tells success or failure in a member: a word, or an object."""
    spelled_out = shapes.is_struct(shapes.core(known.get("status")))
    if isinstance(outcome, Failure):
        why = {"code": outcome.code, "message": outcome.message}
        status: Any = why if spelled_out else "FAILED"
        return {**outcome.item, "status": status, "exceptions": [outcome.message]}
    if spelled_out:
        return {**outcome, "status": {"statusCode": 204}}
    return {"status": "SUCCESS", **outcome}


def _fitting(kind: Any, item: Mapping[str, Any]) -> dict[str, Any]:
    """What a request said, as far as an answer of this type can repeat it."""
    made: dict[str, Any] = {}
    overlay(made, _struct(kind), item)
    return made
