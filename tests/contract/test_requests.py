"""Every operation sends what the official description asks for, from what its method is given."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from pinterest_async import Pinterest
from pinterest_async.auth import App, StaticToken
from pinterest_async.limits import LocalLimits
from pinterest_async.limits.headers import Window
from pinterest_async.operations import OPERATIONS
from tests.contract.building import build, type_hints
from tests.contract.sampling import Document, is_array, is_object
from tests.support.descriptions import GENERATED_FROM, OFFICIAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.contract.sampling import Schema

pytestmark = pytest.mark.skipif(
    not GENERATED_FROM.exists(), reason="the descriptions are not beside the project"
)

DOCUMENT = Document.read(GENERATED_FROM) if GENERATED_FROM.exists() else Document({"paths": {}})
CASES = [
    pytest.param(verb, path, node, id=node["operationId"])
    for verb, path, node in DOCUMENT.operations()
]
RENAMED = {
    ("audiences/create", "body.ad_account_id"): "owner_ad_account_id",
    ("audiences/update", "body.ad_account_id"): "owner_ad_account_id",
    ("catalogs_product_groups/delete_many", "id"): "product_group_ids",
    ("catalogs_product_groups/list", "id"): "product_group_ids",
}
MOST_VARIANTS = 40
KNOWN_DEFECTS = ("{'field': 'SHOPPING_RETARGETING'",)
"""What the description says against itself: a list of strings that its child fills with objects."""
WIDE = {operation.category: (Window(100_000, 1),) for operation in OPERATIONS.values()}
"""So much room that no test has to wait."""


@dataclass
class Recorder:
    """A server that answers with what it is given and keeps the last request."""

    answer: bytes = b""
    seen: dict[str, Any] = field(default_factory=dict[str, Any])

    async def handle(self, request: web.Request) -> web.Response:
        """Keep the request as it came."""
        self.seen = {
            "verb": request.method,
            "path": request.rel_url.raw_path.removeprefix("/v5"),
            "query": parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True),
            "type": request.headers.get("Content-Type", ""),
            "authorization": request.headers.get("Authorization", ""),
            "body": await request.read(),
        }
        return web.Response(body=self.answer, content_type="application/json")


@pytest.fixture
async def recorder() -> AsyncIterator[tuple[Recorder, Pinterest]]:
    """A recording server and a client that talks to it."""
    kept = Recorder()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", kept.handle)
    async with TestServer(app) as server:
        token = StaticToken("pina_contract", app=App("1500000", "a-secret"))
        base_url = str(server.make_url("/v5"))
        async with Pinterest(token, base_url=base_url, limits=LocalLimits(limits=WIDE)) as client:
            yield kept, client


def arguments(node: Schema, method: Any, variant: int) -> tuple[list[Any], dict[str, Any]]:
    """What a user would pass for values sampled from the description."""
    operation_id = node["operationId"]
    hints = type_hints(method)
    accepted = inspect.signature(method).parameters
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    path = next(path for _, path, other in DOCUMENT.operations() if other is node)
    parameters = DOCUMENT.parameters(node)
    for name in re.findall(r"\{(\w+)\}", path):
        schema = next(p for p in parameters if p["in"] == "path" and p["name"] == name)["schema"]
        positional.append(f"{DOCUMENT.sample(schema, 'full', variant)}")
    schema, _ = DOCUMENT.body(node)
    if schema is not None:
        value = DOCUMENT.sample(schema, "full", variant, request=True)
        rest = list(accepted)[len(positional)]
        if accepted[rest].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            positional.append(build(hints[rest], value))
        else:
            fields: dict[str, Any] = value
            for wire, inner in fields.items():
                python = RENAMED.get((operation_id, f"body.{wire}"), python_name(wire))
                keywords[python] = build(hints[python], inner)
    for parameter in parameters:
        if parameter["in"] == "query":
            query_name: str = parameter["name"]
            python = RENAMED.get((operation_id, query_name), query_name)
            value = DOCUMENT.sample(parameter["schema"], "full", variant)
            keywords[python] = build(hints[python], value)
    return positional, keywords


def python_name(wire: str) -> str:
    """`messageType` as `message_type`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", wire).lower().replace("-", "_")


def expected_query(node: Schema, variant: int) -> list[tuple[str, str]]:
    """The query that the description's own rules make of the sampled values."""
    pairs: list[tuple[str, str]] = []
    for parameter in DOCUMENT.parameters(node):
        if parameter["in"] != "query":
            continue
        name: str = parameter["name"]
        value: Any = DOCUMENT.sample(parameter["schema"], "full", variant)
        if parameter.get("style") == "deepObject":
            pairs += deep_pairs(name, value)
        elif not is_array(value):
            pairs.append((name, text(value)))
        elif parameter.get("explode", True):
            pairs += [(name, text(item)) for item in value]
        else:
            pairs.append((name, ",".join(text(item) for item in value)))
    return pairs


def deep_pairs(name: str, value: dict[str, Any]) -> list[tuple[str, str]]:
    """An object in a query, one parameter for each of its leaves."""
    pairs: list[tuple[str, str]] = []
    for key, inner in value.items():
        own = f"{name}[{key}]"
        pairs += deep_pairs(own, inner) if is_object(inner) else [(own, text(inner))]
    return pairs


def text(value: Any) -> str:
    """A scalar as it stands in a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)


async def call(client: Pinterest, operation_id: str, *args: Any, **kwargs: Any) -> Any:
    """Call an operation by its place in the table; of a pager, fetch the first page."""
    operation = OPERATIONS[operation_id]
    return await getattr(getattr(client, operation.resource), operation.method)(*args, **kwargs)


def variants(node: Schema) -> int:
    """How many requests it takes to see every alternative of the body."""
    schema, _ = DOCUMENT.body(node)
    return min(DOCUMENT.variants(schema), MOST_VARIANTS) if schema else 1


@pytest.mark.parametrize(("verb", "path", "node"), CASES)
async def test_the_request_that_leaves_is_the_one_described(
    verb: str, path: str, node: Schema, recorder: tuple[Recorder, Pinterest]
) -> None:
    """Request line, query, body and authorisation are those of the description."""
    kept, client = recorder
    operation = OPERATIONS[node["operationId"]]
    method = getattr(getattr(client, operation.resource), operation.method)
    success = DOCUMENT.success(node)
    kept.answer = msgspec.json.encode(DOCUMENT.sample(success, "full")) if success else b""
    for variant in range(variants(node)):
        positional, keywords = arguments(node, method, variant)
        await call(client, operation.id, *positional, **keywords)

        assert kept.seen["verb"] == verb
        pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(path))
        assert re.fullmatch(pattern, kept.seen["path"]), kept.seen["path"]
        segments = re.fullmatch(pattern, kept.seen["path"])
        assert segments is not None
        assert [unquote(part) for part in segments.groups()] == positional[: len(segments.groups())]
        assert sorted(kept.seen["query"]) == sorted(expected_query(node, variant))
        basic = any("basic" in entry for entry in node["security"])
        assert kept.seen["authorization"].startswith("Basic " if basic else "Bearer ")
        check_body(node, kept.seen, variant)


def check_body(node: Schema, seen: dict[str, Any], variant: int) -> None:
    """The body is what was sampled, and valid in the eyes of the description."""
    schema, media_type = DOCUMENT.body(node)
    if schema is None:
        assert seen["body"] == b""
        return
    expected = DOCUMENT.sample(schema, "full", variant, request=True)
    assert seen["type"].split(";")[0] == media_type
    if media_type == "application/json":
        sent = msgspec.json.decode(seen["body"])
    else:
        sent = dict(parse_qsl(seen["body"].decode()))
    assert sent == expected
    violations = DOCUMENT.violations(schema, sent)
    assert [v for v in violations if not v.startswith(KNOWN_DEFECTS)] == []


def test_the_table_holds_every_operation_of_both_descriptions() -> None:
    """All of this description, the 231 of 5.23.0 among them, with its own facts."""
    assert OPERATIONS.keys() == {node["operationId"] for _, _, node in DOCUMENT.operations()}
    official = {node["operationId"] for _, _, node in Document.read(OFFICIAL).operations()}
    assert len(official) == 231
    assert official <= OPERATIONS.keys()
    for verb, path, node in DOCUMENT.operations():
        operation = OPERATIONS[node["operationId"]]
        security = {name: scopes for entry in node["security"] for name, scopes in entry.items()}
        scopes = security.get("pinterest_oauth2", ())
        names = {parameter["name"] for parameter in DOCUMENT.parameters(node)}
        assert (operation.http_method, operation.path) == (verb, path)
        assert operation.category == node["x-ratelimit-category"]
        assert operation.scopes == tuple(scopes)
        assert operation.sandbox == (node["x-sandbox"] == "enabled")
        assert operation.paginated == ("bookmark" in names)


async def test_every_operation_is_reached_by_its_resource_and_method() -> None:
    """The place that the table names is a method with a docstring of its own."""
    async with Pinterest("pina_contract") as client:
        for operation in OPERATIONS.values():
            method = getattr(getattr(client, operation.resource), operation.method)
            assert operation.path in " ".join((inspect.getdoc(method) or "").split())
