"""Changes of ads in storms: responses lost, damaged and refused in heaps. Nothing is there twice.

`CHANGE_STORMS=60 python -m pytest tests/jobs/test_changes_storms.py` tries sixty seeds of each.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import Pinterest, PinterestError, RetryPolicy
from pinterest_async.emulator import PASSING, Answer, Emulator, OverQuota, Trickle
from pinterest_async.jobs import Pace, apply_changes
from pinterest_async.limits import budget
from tests.support.ads_world import ads_emulator

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = range(int(os.environ.get("CHANGE_STORMS", "3")))
NOT_SURE = Answer(400, {"code": 12, "message": "Sorry! Something went wrong on our end."})
TOO_MANY = Answer(
    429,
    {"code": 8, "message": "You have exceeded your rate limit."},
    headers={"Retry-After": "0", "X-RateLimit-Reset": "0"},
)
FAULTS = (
    *(fault for fault in PASSING if not isinstance(fault, OverQuota | Trickle)),
    Trickle(0.005, pieces=3),
    TOO_MANY,
)
AT_WRITES = (*FAULTS, NOT_SURE, Answer(400, NOT_SURE.body, after_write=True))
WRITES = (
    "campaigns/create", "ad_groups/create", "ad_groups/update", "ads/create", "keywords/create",
    "bulk_upsert/create",
)  # fmt: skip
READS = (
    "campaigns/list", "ad_groups/list", "ads/list", "keywords/get", "bulk_request/get",
)  # fmt: skip
GROUPS = 8


def rows_for(emulator: Emulator) -> list[dict[str, Any]]:
    """Campaigns two of a name, and in each of them a group with ads that look alike, and words."""
    pin = next(iter(emulator.account.saved.pins))
    old = list(emulator.account.stores.store("ad_groups", emulator.ad_account_id))
    rows: list[dict[str, Any]] = []
    for n in range(GROUPS):
        campaign = {"kind": "campaign", "name": f"C{n // 2}", "objective_type": "AWARENESS"}
        group = {"kind": "ad_group", "name": f"G{n}", "billable_event": "IMPRESSION"}
        ad = {"kind": "ad", "pin_id": pin, "creative_type": "REGULAR", "ad_group": f"g{n}"}
        word = {"kind": "keyword", "match_type": "BROAD", "ad_group": f"g{n}"}
        rows += [
            {**campaign, "key": f"c{n}"},
            {**group, "key": f"g{n}", "campaign": f"c{n}"},
            *[ad] * 4,
            *({**word, "value": f"w{one}"} for one in range(4)),
            {"kind": "ad_group", "id": old[n]["id"], "name": f"U{n}"},
        ]
    return rows


def made(emulator: Emulator) -> list[Counter[Any]]:
    """What there is of the rows: campaigns, groups, ads by group, words by group."""

    def store(name: str) -> list[dict[str, Any]]:
        return list(emulator.account.stores.store(name, emulator.ad_account_id))

    groups = {one["id"]: one["name"] for one in store("ad_groups") if one["name"][:1] == "G"}
    return [
        Counter(one["name"] for one in store("campaigns") if len(one["name"]) == 2),
        Counter(one["name"] for one in store("ad_groups") if one["name"][1:].isdigit()),
        Counter(groups[one["ad_group_id"]] for one in store("ads") if one["ad_group_id"] in groups),
        Counter(
            (groups[one["parent_id"]], one["value"])
            for one in store("keywords")
            if one["parent_id"] in groups
        ),
    ]


@pytest.mark.parametrize("bulk_above", [None, 0], ids=["calls", "bulk"])
@pytest.mark.parametrize("seed", SEEDS)
async def test_each_row_is_there_once(
    seed: int, bulk_above: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that gives up is started again, as its user would do it; in the end all is exact."""
    monkeypatch.setattr(budget, "FIRST_PAUSE", 0.0002)
    monkeypatch.setattr(budget, "LONGEST_PAUSE", 0.002)
    retry = RetryPolicy(attempts=3, base=0.001, cap=0.005)
    async with ads_emulator(boards=1, pins=1, seed=seed) as emulator:
        rows = rows_for(emulator)
        for operation in WRITES:
            emulator.fail_at_random(0.35, operation_id=operation, faults=AT_WRITES)
        for operation in READS:
            emulator.fail_at_random(0.2, operation_id=operation, faults=FAULTS)
        for _ in range(60):
            try:
                async with Pinterest(
                    emulator.token, base_url=emulator.base_url, retry=retry
                ) as client:
                    report = await apply_changes(
                        client,
                        emulator.ad_account_id,
                        rows,
                        dry_run=False,
                        journal=tmp_path / "j",
                        settle=0.002,
                        bulk_above=bulk_above,
                        pace=Pace(first=0.005, longest=0.02, gap=0.001, deadline=0.3),
                    )
            except PinterestError:
                continue
            if report.complete:
                break
        else:
            raise AssertionError("it never ended")
        campaigns, groups, ads, words = made(emulator)
    assert campaigns == {f"C{n}": 2 for n in range(GROUPS // 2)}
    assert groups == {f"{kind}{n}": 1 for kind in "GU" for n in range(GROUPS)}
    assert ads == {f"G{n}": 4 for n in range(GROUPS)}
    assert words == {(f"G{n}", f"w{one}"): 1 for n in range(GROUPS) for one in range(4)}
