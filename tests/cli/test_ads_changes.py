"""`ads apply`, `ads pause` and `ads resume` on the command line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import Disconnect, Emulator, in_thread
from tests.support.commands import point_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.commands import Shell

ROWS = """\
kind,id,name,objective_type,daily_budget,campaign,billable_event,budget,status
campaign,,Spring,AWARENESS,20.50,,,,
ad_group,,Plums,,,Spring,IMPRESSION,5,active
ad_group,,Rye,,,Springg,IMPRESSION,5,
ad_group,{group},,,,,,7.5,archived
"""


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An account with ads, that the environment points at."""
    with in_thread(Emulator(boards=0, pins=0, enforce_limits=False)) as emulator:
        point_at(emulator, monkeypatch)
        yield emulator


@pytest.fixture
def file(emulator: Emulator, tmp_path: Path) -> Path:
    """Three good rows, and one that is not."""
    group = things(emulator, "ad_groups")[0]
    group.update(status="ACTIVE", budget_in_micro_currency=5_000_000)
    file = tmp_path / "rows.csv"
    file.write_text(ROWS.format(group=group["id"]))
    return file


def things(emulator: Emulator, name: str, account: int = 0) -> list[dict[str, Any]]:
    """What the emulator has of a kind, in one of its ad accounts."""
    return list(emulator.account.stores.store(name, accounts(emulator)[account]))


def accounts(emulator: Emulator) -> list[str]:
    """The ids of the ad accounts."""
    return [str(one["id"]) for one in emulator.account.stores.store("ad_accounts")]


def sent(emulator: Emulator) -> bool:
    """Whether anything was changed."""
    return any(one.method != "GET" for one in emulator.requests)


def test_apply_shows_what_it_would_do(shell: Shell, emulator: Emulator, file: Path) -> None:
    """Every change, money in both units, what may spend and what is for good; nothing is sent."""
    ended = shell("ads", "apply", str(file), accounts(emulator)[0])
    assert ended.code == 3
    for says in (
        r"line 2  create campaign Spring: .*daily_spend_cap 20\.5 \w+ \(20,500,000 millionths\)",
        r"line 3  create ad group Plums: .*status ACTIVE.*\n    may spend money\n",
        r"line 4  bad ad group Rye",
        r"line 5  update ad group \d+ .*: status ACTIVE -> ARCHIVED, budget_in_micro_currency 5 ->",
        r"7\.5 \w+ \(5,000,000 -> 7,500,000 millionths\)\n    cannot be undone: ARCHIVED",
        r"nothing was sent, give --yes to apply it",
        r"planned +3\n",
        r"line 4: 'Springg' is the key or name of no row",
    ):
        assert re.search(says, ended.out), says
    assert not sent(emulator)
    assert [path.name for path in file.parent.iterdir()] == ["rows.csv"]


def test_apply_applies_with_yes(shell: Shell, emulator: Emulator, file: Path) -> None:
    """The good rows take effect, the bad one is named; a second time nothing is done again."""
    words = ("ads", "apply", str(file), accounts(emulator)[0], "--yes")
    ended = shell(*words)
    assert ended.code == 3
    assert re.search(r"created +2\n +updated +1\n", ended.out)
    assert "line 4: 'Springg' is" in ended.out
    assert things(emulator, "campaigns")[-1]["name"] == "Spring"
    assert things(emulator, "ad_groups")[-1]["status"] == "ACTIVE"
    assert things(emulator, "ad_groups")[0]["status"] == "ARCHIVED"
    count = len(emulator.requests)
    report = json.loads(shell(*words, "--json").out)
    assert report["counts"] == {"done_before": 3, "bad": 1}
    assert {one.method for one in emulator.requests[count:]} == {"GET"}
    assert (file.parent / "rows.csv.journal").exists()


def test_apply_is_complete_with_zero(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """When every row is done the code is 0, of a preview when every row could be."""
    file = tmp_path / "rows.jsonl"
    file.write_text('{"kind": "campaign", "name": "Spring", "objective_type": "AWARENESS"}\n')
    words = ("ads", "apply", str(file), "--ad-account", accounts(emulator)[0])
    assert shell(*words).code == 0
    ended = shell(*words, "--yes", "--journal", str(tmp_path / "kept"), "--json")
    report = json.loads(ended.out)
    assert ended.code == 0
    assert (report["complete"], report["dry_run"]) == (True, False)
    assert report["changes"][0]["state"] == "created"
    assert (tmp_path / "kept").exists()


def test_apply_says_why_it_stopped(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """A run that cannot go on names the reason, and when to run it again."""
    file = tmp_path / "rows.jsonl"
    row = '{{"kind": "campaign", "name": "N {}", "objective_type": "AWARENESS"}}\n'
    file.write_text("".join(row.format(number) for number in range(91)))
    emulator.fail("campaigns/create", Disconnect(after_write=True), times=3)
    ended = shell("ads", "apply", str(file), accounts(emulator)[0], "--yes", "--concurrency", "1")
    assert ended.code == 3
    assert "stopped: ConnectionFailed" in ended.out
    assert "run it again after" in ended.out
    assert re.search(r"unknown +90\n +not tried +1\n", ended.out)
    assert shell("ads", "apply", str(file), accounts(emulator)[0], "--yes").code == 0
    made = [one["name"] for one in things(emulator, "campaigns") if one["name"].startswith("N ")]
    assert len(made) == len(set(made)) == 91


def test_apply_asks_for_the_ad_account(shell: Shell, emulator: Emulator, file: Path) -> None:
    """Where there are several, one has to be named."""
    ended = shell("ads", "apply", str(file))
    assert ended.code == 2
    assert accounts(emulator)[0] in ended.complaint
    assert shell("ads", "apply", str(file.with_suffix(".txt"))).code == 2
    assert shell("ads", "apply", str(file), "999").code == 1
    assert not sent(emulator)


def test_pause_and_resume(shell: Shell, emulator: Emulator) -> None:
    """Things of several ad accounts are found, and what is not there is named with 3."""
    campaign = things(emulator, "campaigns")[0]
    ad = things(emulator, "ads", account=1)[0]
    campaign["status"] = ad["status"] = "ACTIVE"
    ended = shell("ads", "pause", campaign["id"], ad["id"])
    assert ended.code == 0
    assert {campaign["status"], ad["status"]} == {"PAUSED"}
    assert f"paused in the ad account {accounts(emulator)[0]}" in ended.out
    again = shell("ads", "pause", campaign["id"], "--ad-account", accounts(emulator)[0], "--json")
    assert json.loads(again.out)["counts"] == {"unchanged": 1}
    ended = shell("ads", "resume", campaign["id"], "12", ad["id"])
    assert ended.code == 3
    assert {campaign["status"], ad["status"]} == {"ACTIVE"}
    assert "12: no campaign, ad group, ad or product group has the id 12" in ended.out
    assert shell("ads", "pause").code == 2
