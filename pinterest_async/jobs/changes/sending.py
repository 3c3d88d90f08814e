"""One call for up to 30 rows of a kind, or one for many in bulk, and what is said of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET
from msgspec.structs import fields

from pinterest_async.jobs.changes.kinds import BATCH, alike
from pinterest_async.models import (
    BulkUpsertRequestCreate,
    BulkUpsertRequestUpdate,
    KeywordsCommon,
    KeywordUpdate,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs.changes.rows import Change

T = TypeVar("T", bound=msgspec.Struct)

_LISTED: Final[Mapping[str, str]] = {
    "keyword": "keywords",
    "product_group": "product_group_promotion",
}
"""Kinds whose requests name the parent once, and the member that lists what is in it."""


class Verdict(NamedTuple):
    """What became of a row: its id, or why there is none."""

    id: str | None = None
    error: str | None = None
    code: int | None = None


class _Exception(msgspec.Struct):
    message: str | None = None
    code: int | None = None


class _Result(msgspec.Struct):
    """What is said of one thing. Its exceptions are a list; those of an ad are a single one."""

    data: dict[str, Any] | None = None
    exceptions: list[_Exception | None] | _Exception | None = None


def batches(rows: Sequence[Change]) -> list[list[Change]]:
    """Cut rows of one kind, all new or none, to what one call takes."""
    return [
        group[first : first + BATCH]
        for group in _by_parent(rows)
        for first in range(0, len(group), BATCH)
    ]


def _by_parent(rows: Sequence[Change]) -> list[list[Change]]:
    groups: dict[str, list[Change]] = {}
    for row in rows:
        groups.setdefault(row.parent_id if _names_parent(row) else "", []).append(row)
    return [*groups.values()]


def _names_parent(row: Change) -> bool:
    """Whether the request names the parent once for all that it lists."""
    return row.what.name in _LISTED and (row.is_new or row.what.name == "product_group")


def _body(row: Change, ad_account_id: str) -> dict[str, Any]:
    """What a request says of a row, but for a parent that is named once for all."""
    body = dict(row.said)
    if not row.is_new:
        body["id"] = row.id
    elif row.what.parent and row.what.name not in _LISTED:
        body[row.what.parent] = row.parent_id
    if row.what.name == "campaign":
        body["ad_account_id"] = ad_account_id
    return body


# Calls of 30


async def send(
    client: Pinterest, ad_account_id: str, rows: Sequence[Change]
) -> list[Verdict | None]:
    """Send rows that one call takes, and return what is said of each; None where nothing is.

    Raises:
        PinterestError: the call as a whole failed.
    """
    bodies = [_body(row, ad_account_id) for row in rows]
    if rows[0].what.name == "keyword":
        return await _send_keywords(client, ad_account_id, rows, bodies)
    response = await _send_entities(client, ad_account_id, rows[0], bodies)
    return aligned(rows, msgspec.to_builtins(response.items or []))


async def _send_entities(
    client: Pinterest, account: str, row: Change, bodies: list[dict[str, Any]]
) -> Any:
    things: Any = _as(row.what.create if row.is_new else row.what.update, bodies)
    if row.what.name == "product_group":
        promotions = client.product_group_promotions
        put = promotions.create if row.is_new else promotions.update
        return await put(account, ad_group_id=row.parent_id, product_group_promotion=things)
    resources: dict[str, Any] = {
        "campaign": client.campaigns,
        "ad_group": client.ad_groups,
        "ad": client.ads,
    }
    resource = resources[row.what.name]
    return await (resource.create if row.is_new else resource.update)(account, things)


def _as(kind: type[T], bodies: Sequence[dict[str, Any]]) -> list[T]:
    """Structs of what was checked when it was read; objects in it stay as they are."""
    names = {one.encode_name: one.name for one in fields(kind)}
    return [kind(**{names[name]: value for name, value in body.items()}) for body in bodies]


async def _send_keywords(
    client: Pinterest, account: str, rows: Sequence[Change], bodies: list[dict[str, Any]]
) -> list[Verdict | None]:
    if rows[0].is_new:
        response = await client.keywords.create(
            account, parent_id=rows[0].parent_id, keywords=_as(KeywordsCommon, bodies)
        )
    else:
        response = await client.keywords.update(account, keywords=_as(KeywordUpdate, bodies))
    good = msgspec.to_builtins(response.keywords or [])
    bad: list[dict[str, Any]] = msgspec.to_builtins(response.errors or [])
    verdicts = [_take(row, good) for row in rows]
    lost = [number for number, verdict in enumerate(verdicts) if verdict is None]
    for number in lost:
        error = _take_error(rows[number], bad, all_lost=len(lost) == len(bad))
        if error is not None:
            verdicts[number] = Verdict(error="; ".join(error.get("error_messages") or ["refused"]))
    return verdicts


def _take(row: Change, good: list[dict[str, Any]]) -> Verdict | None:
    """Find what a row has become among things that are told apart from the failures."""
    for number, one in enumerate(good):
        if _is_it(row, one):
            return Verdict(str(good.pop(number).get("id")))
    return None


def _take_error(row: Change, bad: list[dict[str, Any]], *, all_lost: bool) -> dict[str, Any] | None:
    """Find the failure of a row: by what it repeats, or in order where all of them are failures."""
    for number, one in enumerate(bad):
        data: dict[str, Any] = one.get("data") or {}
        if _is_it(row, data) or (all_lost and not any(data.values())):
            return bad.pop(number)
    return None


def _is_it(row: Change, thing: Mapping[str, Any]) -> bool:
    if not row.is_new:
        return str(thing.get("id")) == row.id
    return alike(row.what, row.said, thing)


def aligned(rows: Sequence[Change], items: Sequence[Any]) -> list[Verdict | None]:
    """Read the results of rows, which come in their order; none where they cannot be theirs."""
    if len(items) != len(rows):
        return [None] * len(rows)
    return [_verdict(row, item) for row, item in zip(rows, items, strict=True)]


def _verdict(row: Change, item: Any) -> Verdict | None:
    try:
        told = msgspec.convert(item, _Result, strict=False)
    except msgspec.ValidationError:
        return None
    several = told.exceptions if isinstance(told.exceptions, list) else [told.exceptions]
    exceptions = [one for one in several if one is not None]
    if exceptions:
        words = "; ".join(one.message or "no reason said" for one in exceptions)
        return Verdict(error=words, code=exceptions[0].code)
    thing = str((told.data or {}).get("id") or "")
    if not thing or (not row.is_new and thing != row.id):
        return None
    return Verdict(thing)


# Many at once


def in_bulk_order(rows: Sequence[Change]) -> list[Change]:
    """The order in which a bulk upsert lists rows of one kind."""
    return [row for group in _by_parent(rows) for row in group]


async def send_in_bulk(client: Pinterest, ad_account_id: str, rows: Sequence[Change]) -> str:
    """Start a bulk upsert of rows of one kind, all new or none, and return its id.

    Raises:
        PinterestError: the call failed.
    """
    kind, is_new = rows[0].what, rows[0].is_new
    items: list[dict[str, Any]] = []
    for group in _by_parent(rows):
        bodies = [_body(row, ad_account_id) for row in group]
        if _names_parent(group[0]):
            items.append({kind.parent: group[0].parent_id, _LISTED[kind.name]: bodies})
        else:
            items += bodies
    said: dict[str, Any] = {kind.bulk: items}
    response = await client.bulk.upsert(
        ad_account_id,
        create=BulkUpsertRequestCreate(**said) if is_new else UNSET,
        update=UNSET if is_new else BulkUpsertRequestUpdate(**said),
    )
    return str(response.request_id or "")


def read_bulk(rows: Sequence[Change], content: bytes) -> list[Verdict | None]:
    """Read what the file of a bulk upsert says of rows; None where nothing, or nothing known.

    What such a file looks like is not published. Where it is anything but the results of each kind,
    in order, rows are looked for by other means.
    """
    try:
        told = msgspec.json.decode(content, type=dict[str, dict[str, list[Any]]])
    except msgspec.DecodeError:
        return [None] * len(rows)
    verb = "create" if rows[0].is_new else "update"
    return aligned(rows, told.get(verb, {}).get(rows[0].what.bulk, []))
