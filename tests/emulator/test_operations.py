"""Every operation answers, and as the official description says."""

from __future__ import annotations

import json
import pkgutil
import re
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import ManualClock, handlers
from pinterest_async.emulator.handlers import collection
from pinterest_async.emulator.http.dispatch import HANDLERS, merged
from pinterest_async.operations import OPERATIONS
from tests.support.emulator_api import Answer, Api, basic_authorization, small
from tests.support.emulator_description import VERSIONS, faults_of, path_of
from tests.support.emulator_requests import NOW, places, send, wanted, with_organic

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from pinterest_async.operations import Operation

WORDS = {
    "region": "US",
    "targeting_type": "GENDER",
    "trend_type": "growing",
    "username": "bo",
}
FEEDS = ("feeds/create", "feeds/get")
LAST = ("pins/delete", "board_sections/delete", "boards/delete")

described = pytest.mark.parametrize(
    "version",
    [
        pytest.param(
            version,
            marks=pytest.mark.skipif(
                not path_of(version).exists(), reason=f"no description {version} beside the project"
            ),
        )
        for version in VERSIONS
    ],
)


@pytest.fixture
async def client() -> AsyncIterator[Api]:
    """An emulator without limits, so that everything can be tried."""
    async with small(boards=5, pins=80, enforce_limits=False) as one:
        yield one


@asynccontextmanager
async def prepared(seed: int = 1) -> AsyncGenerator[tuple[Api, dict[str, str]]]:
    """An emulator that promises what the description does, and the ids of what it holds."""
    async with small(
        boards=5,
        pins=80,
        seed=seed,
        enforce_limits=False,
        clock=ManualClock(NOW),
        quirks={"zoned_dates"},
    ) as one:
        yield one, await with_organic(one, places(one.emulator))


def in_order() -> list[str]:
    """The operations with JSON bodies; those that delete come last, what holds others after it."""
    ids = [one.id for one in OPERATIONS.values() if not one.form]
    ids = [one for one in ids if one not in LAST]
    return [*sorted(ids, key=lambda one: OPERATIONS[one].http_method == "DELETE"), *LAST]


def filled(operation: Operation, ids: dict[str, str] | None = None) -> str:
    """The path with something for each parameter."""
    known = {**WORDS, **(ids or {})}
    return re.sub(r"\{(\w+)\}", lambda name: known.get(name[1], "1234567"), operation.path)


async def call(client: Api, operation: Operation, path: str, body: Any = None) -> Answer:
    """Call an operation the way it wants to be called."""
    emulator = client.emulator
    basic = basic_authorization(emulator.app_id, emulator.app_secret)
    headers = {"Authorization": basic if operation.basic else f"Bearer {emulator.token}"}
    if operation.form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        data = b"grant_type=client_credentials&scope=boards%3Aread&token=pina_1"
        return await client.call(operation.http_method, path, data=data, headers=headers)
    if operation.body and body is None:
        body = {}
    return await client.call(operation.http_method, path, body=body, headers=headers)


def test_every_operation_has_a_handler() -> None:
    """Every operation of the table has its handler, and there is none beside."""
    assert HANDLERS.keys() == OPERATIONS.keys()


CONTRADICTED = {
    ("5.23.0", "items/post"): "5.28.0 tells items by a member that 5.23.0 forbids",
}
"""Answers that fit one description alone, and why."""


@described
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_good_request_is_answered_as_described(version: str, seed: int) -> None:
    """Every operation answers a request made from the description with a success that fits it."""
    wrong: dict[str, Any] = {}
    async with prepared(seed=seed) as (client, ids):
        for operation_id in in_order():
            operation = OPERATIONS[operation_id]
            answer = await send(client, wanted(operation_id, ids))
            found = faults_of(
                version, operation.path, operation.http_method, answer.status, answer.raw
            )
            if found and (version, operation_id) in CONTRADICTED:
                continue
            if found or not 200 <= answer.status < 300:
                wrong[operation_id] = answer.status, found or answer.raw[:300]
    assert wrong == {}


@pytest.mark.skipif(not path_of(VERSIONS[-1]).exists(), reason="no description to ask by")
async def test_every_kind_of_body_is_understood() -> None:
    """Each alternative of a body that the description knows is answered as it says."""
    version = VERSIONS[-1]
    wrong: dict[str, Any] = {}
    async with prepared() as (client, ids):
        for operation_id in in_order():
            operation = OPERATIONS[operation_id]
            if operation.http_method == "DELETE" or not operation.body or operation.form:
                continue
            for variant in range(1, 6):
                answer = await send(client, wanted(operation_id, ids, variant))
                found = faults_of(
                    version, operation.path, operation.http_method, answer.status, answer.raw
                )
                if found or answer.status >= 500:
                    wrong[operation_id] = answer.status, found or answer.raw[:300]
    assert wrong == {}


@described
async def test_seeded_pins_fit_the_description(version: str) -> None:
    """Pins of every kind of media, saved ones too, are as both descriptions say."""
    async with small(boards=4, pins=250) as client:
        saved = (await client.get("/pins", page_size=1)).body["items"][0]["id"]
        await client.post(f"/pins/{saved}/save", {})
        query = {"include_protected_pins": "true", "pin_metrics": "true"}
        page = await client.get("/pins", page_size=250, **query)
    assert len(page.body["items"]) == 250
    assert not faults_of(version, "/pins", "GET", 200, page.raw, dates=False)


async def test_operations_are_reached_by_their_own_paths(client: Api) -> None:
    """The path of every operation leads to it and not to a neighbour."""
    for operation in OPERATIONS.values():
        await call(client, operation, filled(operation))
    seen = [request.operation_id for request in client.emulator.requests]
    assert seen == list(OPERATIONS)


def test_judge_refuses_a_wrong_answer() -> None:
    """An answer of the wrong type or with an undeclared status does not pass for a good one."""
    if not path_of("5.23.0").exists():
        pytest.skip("no description 5.23.0 beside the project")
    wrong = json.dumps({"id": 12, "name": "x"}).encode()
    assert faults_of("5.23.0", "/boards/{board_id}", "GET", 200, wrong)
    assert faults_of("5.23.0", "/boards/{board_id}", "GET", 299, wrong)


def test_a_resource_has_one_module_of_handlers() -> None:
    """A module with handlers serves the resource of its name, and no other."""
    resources = {one.resource for one in OPERATIONS.values()}
    for module in pkgutil.iter_modules(handlers.__path__):
        loaded = import_module(f"{handlers.__name__}.{module.name}")
        served = {OPERATIONS[one].resource for one in getattr(loaded, "HANDLERS", ())}
        assert served == {module.name} & resources


def test_a_handler_goes_before_the_collection() -> None:
    """What is generic is answered by the collection where no module has a handler of its own."""
    found = merged([{"feeds/create": HANDLERS["feeds/create"]}], FEEDS, FEEDS)
    assert found["feeds/create"] is HANDLERS["feeds/create"]
    assert found["feeds/get"] is collection.answer


def test_an_operation_has_one_handler() -> None:
    """Two handlers of an operation, none, or one of no operation fail at the start, by name."""
    boards = {name: HANDLERS[name] for name in ("boards/list", "boards/get")}
    assert merged([boards], boards) == boards
    with pytest.raises(RuntimeError, match="two handlers: boards/list"):
        merged([boards, {"boards/list": HANDLERS["boards/get"]}], boards)
    with pytest.raises(RuntimeError, match="boards/create"):
        merged([boards], [*boards, "boards/create"])
    with pytest.raises(RuntimeError, match="boards/get"):
        merged([boards], ["boards/list"])
