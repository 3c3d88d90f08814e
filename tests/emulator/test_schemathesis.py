"""Requests that schemathesis makes from the official description find no answer that violates it.

Every operation of Pinterest's description 5.23.0 is asked several times, with whatever that allows;
ids are mostly those of what is there, since others only ever meet a 404. The number of requests per
operation is `EMULATOR_EXAMPLES`; CI asks more than a developer's run does.

Two things are set right before the description is the judge. Its discriminators are in force, for
several of its `oneOf` cannot be satisfied without them. And the emulator runs with `zoned_dates`:
the real API leaves out the zone that the description demands of every moment. What came after
5.23.0 is let pass, see `tests/support/emulator_description.py`.
"""

from __future__ import annotations

import base64
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from pinterest_async.emulator import Emulator, ManualClock, in_thread
from tests.support.emulator_description import path_of, read, with_discriminators
from tests.support.emulator_requests import NOW, placed, places

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

DESCRIPTION = path_of("5.23.0")
EXAMPLES = int(os.environ.get("EMULATOR_EXAMPLES", "3"))
SOON = {
    "start_date": "2026-01-20",
    "end_date": "2026-01-31",
    "event_time": int(NOW) - 60,
    "url": "https://example.com/a.jpg",
}
"""Values for which the description has no bounds, and the server has."""


def operations() -> list[Any]:
    """Every operation of the description as schemathesis sees it."""
    if not DESCRIPTION.exists():
        return []
    schema = schemathesis.openapi.from_dict(with_discriminators(read("5.23.0")))
    return [result.ok() for result in schema.get_all_operations()]


def called(operation: Any) -> str:
    """Pinterest's own id."""
    return str(operation.definition.raw["operationId"])


@contextmanager
def running() -> Generator[Emulator]:
    """An emulator that promises what the description does."""
    one = Emulator(
        boards=9,
        pins=80,
        enforce_limits=False,
        clock=ManualClock(NOW),
        quirks={"zoned_dates"},
    )
    with in_thread(one):
        yield one


@pytest.fixture(scope="module")
def shared() -> Iterator[Emulator]:
    """The emulator of all operations but those that delete."""
    with running() as one:
        yield one


@pytest.fixture
def emulator(operation: Any, shared: Emulator) -> Iterator[Emulator]:
    """An emulator in which there is something to delete where that is what is asked."""
    if operation.method.upper() != "DELETE":
        yield shared
    else:
        with running() as one:
            yield one


def there(emulator: Emulator) -> dict[str, Any]:
    """The ids of what there is at present."""
    account = emulator.account
    ids: dict[str, Any] = {**SOON, **places(emulator)}
    ids["pin_id"] = next(iter(account.saved.pins), "1")
    for board_id, sections in account.saved.sections.items():
        ids["board_id"] = board_id
        if sections:
            ids["section_id"] = ids["board_section_id"] = next(iter(sections))
            break
    return ids


def aim(case: Any, ids: dict[str, Any]) -> None:
    """Point a request at what there is."""
    parts: list[dict[str, Any]] = [case.path_parameters or {}, case.query or {}]
    for part in parts:
        for name in part:
            if name in ids and isinstance(part[name], str):
                part[name] = ids[name]
    if case.media_type == "application/json":
        case.body = placed(case.body, ids)


def test_every_operation_is_asked() -> None:
    """None of the 231 operations is left out."""
    if not DESCRIPTION.exists():
        pytest.skip("no description 5.23.0 beside the project")
    assert len(operations()) == 231


@pytest.mark.parametrize("operation", operations(), ids=called)
def test_no_answer_violates_the_description(operation: Any, emulator: Emulator) -> None:
    """Status, content type and body are what the description declares, and nothing crashes."""
    checks = schemathesis.checks
    wanted = [
        checks.not_a_server_error,
        schemathesis.specs.openapi.checks.response_schema_conformance,
        schemathesis.specs.openapi.checks.status_code_conformance,
        schemathesis.specs.openapi.checks.content_type_conformance,
    ]
    secret = base64.b64encode(f"{emulator.app_id}:{emulator.app_secret}".encode()).decode()
    basic = any("basic" in way for way in operation.definition.raw["security"])
    headers = {"Authorization": f"Basic {secret}" if basic else f"Bearer {emulator.token}"}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        aim(case, there(emulator))
        response = case.call(base_url=emulator.base_url, headers=headers)
        # A 501 that is declared says that something cannot be asked for, not that the server broke.
        case.validate_response(response, checks=wanted[response.status_code == 501 :])
        seen.append(response.status_code)

    seen: list[int] = []
    ask()
    assert seen
