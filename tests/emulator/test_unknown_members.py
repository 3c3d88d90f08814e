"""The emulator says nothing that no model knows, so that strict clients can be tested with it."""

from __future__ import annotations

from typing import Any

import pytest

from pinterest_async._call.decoding import decode, decode_page
from pinterest_async._call.unknown import unknown_members
from pinterest_async.emulator import ManualClock
from pinterest_async.operations import OPERATIONS
from tests.contract.building import answer_type
from tests.support.descriptions import GENERATED_FROM
from tests.support.emulator_api import small
from tests.support.emulator_requests import NOW, places, send, wanted, with_organic

LATER = {"note", "product_tags", "targeting_value", "learning_mode_type"}
"""Members that real responses have, and a description that was put together lacks."""


@pytest.mark.skipif(not GENERATED_FROM.exists(), reason="no description to ask by")
async def test_models_know_what_the_emulator_says() -> None:
    """Every operation's response fits its type as it is, and is read whole."""
    unknown: set[str] = set()
    misfits: list[Any] = []
    asked = 0
    options: Any = {"enforce_limits": False, "clock": ManualClock(NOW)}
    async with small(boards=5, pins=80, **options) as client:
        ids = await with_organic(client, places(client.emulator))
        for one in sorted(OPERATIONS.values(), key=lambda one: one.http_method == "DELETE"):
            if one.form:
                continue
            answer = await send(client, wanted(one.id, ids))
            kind = answer_type(one.response)
            if kind is None or not 200 <= answer.status < 300 or not answer.raw:
                continue
            asked += 1
            value: Any
            if one.paginated:
                value, rejected, repairs = decode_page(
                    kind, answer.raw, operation=one.id, strict=False
                )
                misfits += rejected
            else:
                value, repairs = decode(kind, answer.raw, operation=one.id, strict=False)
            misfits += repairs
            found = unknown_members(answer.raw, value)
            unknown |= {f"{one.id} {place}" for place in found}
    assert asked > 200
    assert misfits == []
    assert {place for place in unknown if place.rpartition(".")[2] not in LATER} == set()
