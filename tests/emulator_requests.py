"""A good request for every operation, made from the official description and what is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.checks import is_list, is_object
from pinterest_async.emulator.families import BY_OPERATION, FAMILIES
from pinterest_async.operations import OPERATIONS
from tests.contract.sampling import GENERATED_FROM, Document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator import Emulator
    from pinterest_async.operations import Operation
    from tests.emulator_api import Answer, Api

NOW = 1_769_904_000.0
"""2026-02-01: the day after the one that samples have for a date."""

_WORDS = {
    "dominant_color": "#6E7B5A",
    "link": "https://example.com/a",
    "region": "US",
    "targeting_type": "GENDER",
    "trend_type": "growing",
    "username": "bo",
    "interest_id": "925056443165",
    "system_user_id": "1234",
}
_QUERIES = {
    ("reports/get", "token"): "token",
    ("catalogs_product_groups/delete_many", "id"): "another product group",
    ("multi_pins/analytics", "pin_ids"): "pin_id",
}
"""Query parameters that must name something that is there."""

_BODIES: dict[str, Any] = {
    "events/create": {
        "data": [
            {
                "event_name": "checkout",
                "action_source": "web",
                "event_time": int(NOW) - 60,
                "event_id": "e1",
                "user_data": {"em": ["0" * 64]},
            }
        ]
    }
}


@dataclass
class Wanted:
    """A request."""

    operation: Operation
    path: str
    query: list[tuple[str, str]]
    body: Any


def places(emulator: Emulator) -> dict[str, str]:
    """An id for every collection, by its name and by its path parameter; all in one ad account."""
    shelves = emulator.account.shelves
    found = dict(_WORDS)
    for family in FAMILIES:
        place = found.get(family.within, "1") if family.within else ""
        record = next(iter(shelves.shelf(family.name, place)), None)
        if record is not None:
            found[family.name] = found[family.parameter] = str(record[family.key])
    for record in shelves.shelf("product_groups"):
        found["another product group"] = str(record["id"])
    return found


async def with_organic(client: Api, ids: dict[str, str]) -> dict[str, str]:
    """The same with a board, a section, a Pin, and jobs that were started."""
    board = await client.new_board(privacy="SECRET", description="x")
    pin = await client.new_pin(board["id"])
    section = (await client.post(f"/boards/{board['id']}/sections", {"name": "s"})).body
    media = (await client.post("/media", {"media_type": "video"})).body
    ids |= {
        "board_id": board["id"],
        "media_id": media["media_id"],
        "pin_id": pin["id"],
        "section_id": section["id"],
        "username": client.emulator.account.followers[0],
    }
    ids["board_section_id"] = section["id"]
    for operation_id, member, parameter in (
        ("reports/create", "token", "token"),
        ("bulk_download/create", "request_id", "bulk_request_id"),
        ("leads_export/create", "leads_export_id", "leads_export_id"),
        ("items_batch/post", "batch_id", "batch_id"),
    ):
        answer = await send(client, wanted(operation_id, ids))
        assert answer.status == 200, (operation_id, answer)
        ids[parameter] = answer.body[member]
    upload = await send(client, wanted("customer_list_uploads/create", ids))
    ids["customer_list_upload_id"] = upload.body["customer_list_upload"]["id"]
    for part in upload.body["s3_multipart_upload_data"]["file_parts"]:
        async with client.session.put(part["presigned_url"], data=b"a@example.com") as response:
            assert response.status == 200
    return ids


def wanted(operation_id: str, ids: Mapping[str, str], variant: int = 0) -> Wanted:
    """A good request for an operation."""
    document = _document()
    operation = OPERATIONS[operation_id]
    node = next(one for _, _, one in document.operations() if one["operationId"] == operation_id)
    path = re.sub(r"\{(\w+)\}", lambda name: ids.get(name[1], "1234567"), operation.path)
    query: list[tuple[str, str]] = []
    for parameter in document.parameters(node):
        if parameter["in"] == "query" and parameter.get("required"):
            name: str = parameter["name"]
            value = _QUERIES.get((operation_id, name))
            value = ids[value] if value else document.sample(parameter["schema"], "full", variant)
            if is_object(value):
                query += _deep(name, value)
            else:
                query += [(name, str(one)) for one in (value if is_list(value) else [value])]
    schema, _ = document.body(node)
    body = _BODIES.get(operation_id)
    if schema is not None and body is None:
        body = document.sample(schema, "full", variant, request=True)
        own = BY_OPERATION.get(operation_id)
        if own is not None and own.name in ids:
            ids = {**ids, own.key: ids[own.name]}
        body = placed(body, ids)
    return Wanted(operation, path, query, body)


async def send(client: Api, request: Wanted, headers: Mapping[str, str] | None = None) -> Answer:
    """Send it."""
    path = request.path
    if request.query:
        path += "?" + "&".join(f"{name}={value}" for name, value in request.query)
    method = request.operation.http_method
    return await client.call(method, path, body=request.body, headers=headers)


def _document() -> Document:
    if not _read:
        _read.append(Document.read(GENERATED_FROM))
    return _read[0]


_read: list[Document] = []


def _deep(name: str, value: dict[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, inner in value.items():
        own = f"{name}[{key}]"
        pairs += _deep(own, inner) if is_object(inner) else [(own, str(inner))]
    return pairs


def placed(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with ids of what is there where it names something."""
    if is_list(value):
        return [placed(item, ids) for item in value]
    if not is_object(value):
        return value
    return {
        name: ids[name] if name in ids and isinstance(item, str) else placed(item, ids)
        for name, item in value.items()
    }
