"""Changes of ads: each is made once, whatever happens, and what is not made says why."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import (
    AuthenticationFailed,
    ConfigurationError,
    PermissionDenied,
    Pinterest,
    PinterestError,
    RetryPolicy,
)
from pinterest_async.emulator import Answer, Disconnect, Emulator, in_thread
from pinterest_async.jobs import JournalError, Pace, apply_changes, pause, resume
from tests.support.ads_world import PACE, ads_emulator
from tests.support.clients import client_of
from tests.support.restarts import Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinterest_async.jobs import AdChangesProgress, AdChangesReport

CAMPAIGN = {"kind": "campaign", "name": "Spring", "objective_type": "AWARENESS"}
GROUP = {"kind": "ad_group", "name": "Plums", "billable_event": "IMPRESSION"}
LOST = Disconnect(after_write=True)
BULK = "bulk_upsert/create"


def things(emulator: Emulator, name: str) -> list[dict[str, Any]]:
    """What the emulator has of a kind, in the first ad account."""
    return list(emulator.account.stores.store(name, emulator.ad_account_id))


def names(emulator: Emulator, name: str) -> Counter[str]:
    """How often each name is there."""
    return Counter(str(one["name"]) for one in things(emulator, name))


def writes(emulator: Emulator) -> Counter[str]:
    """How often each operation that changes something was asked for."""
    return Counter(
        str(one.operation_id) for one in emulator.requests if one.method in ("POST", "PATCH")
    )


async def run(emulator: Emulator, changes: Any, **options: Any) -> AdChangesReport:
    """Apply rows, with pauses that do not matter."""
    settings: dict[str, Any] = {"dry_run": False, "settle": 0.001, "pace": PACE, **options}
    async with client_of(emulator) as client:
        return await apply_changes(client, emulator.ad_account_id, changes, **settings)


def fail(emulator: Emulator, operation: str, *faults: Any) -> None:
    """Let the next requests of an operation go wrong, one after the other."""
    for fault in faults:
        emulator.fail(operation, fault)


def states(report: AdChangesReport) -> list[str]:
    """What became of each row."""
    return [one.state for one in report.changes]


def campaigns(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Rows that make campaigns, each of a name of its own."""
    return [{**CAMPAIGN, "name": f"Quince {number}"} for number in range(first, first + count)]


async def test_a_whole_tree_is_made() -> None:
    """Campaign, ad group, ad, keyword and product group, in whatever order the rows stand."""
    async with ads_emulator(boards=1, pins=1) as emulator:
        pin = next(iter(emulator.account.saved.pins))
        catalog = next(iter(emulator.account.stores.store("product_groups")))["id"]
        rows = [
            {"kind": "ad", "ad_group": "Plums", "pin_id": pin, "creative_type": "REGULAR"},
            {"kind": "product_group", "ad_group": "Plums", "catalog_product_group_id": catalog},
            {"kind": "keyword", "ad_group": "Plums", "value": "rye", "match_type": "BROAD"},
            {**GROUP, "campaign": "Spring", "budget": 5},
            {**CAMPAIGN, "daily_budget": 20},
        ]
        before = {name: len(things(emulator, name)) for name in ("campaigns", "ads", "keywords")}
        report = await run(emulator, rows)
        campaign = next(one for one in things(emulator, "campaigns") if one["name"] == "Spring")
        group = next(one for one in things(emulator, "ad_groups") if one["name"] == "Plums")
        ad = things(emulator, "ads")[-1]
        word = things(emulator, "keywords")[-1]
        promoted = things(emulator, "product_group_promotions")[-1]
        for name, count in before.items():
            assert len(things(emulator, name)) == count + 1
    assert report.complete
    assert states(report) == ["created"] * 5
    assert (campaign["status"], campaign["daily_spend_cap"]) == ("PAUSED", 20_000_000)
    assert (group["status"], group["campaign_id"]) == ("PAUSED", campaign["id"])
    assert group["budget_in_micro_currency"] == 5_000_000
    assert (ad["status"], ad["ad_group_id"], ad["pin_id"]) == ("PAUSED", group["id"], pin)
    assert (word["parent_id"], word["value"]) == (group["id"], "rye")
    assert promoted["catalog_product_group_id"] == catalog
    made = [ad, promoted, word, group, campaign]
    assert [one.id for one in report.changes] == [one["id"] for one in made]


async def test_things_are_changed() -> None:
    """What the row says is changed, and nothing else; null clears."""
    async with ads_emulator() as emulator:
        group, word = things(emulator, "ad_groups")[0], things(emulator, "keywords")[0]
        promoted = things(emulator, "product_group_promotions")[0]
        was = dict(group)
        rows = [
            {"kind": "ad_group", "id": group["id"], "name": "Rye", "end_time": "null"},
            {"kind": "keyword", "id": word["id"], "archived": True},
            {"kind": "product_group", "id": promoted["id"], "status": "ARCHIVED"},
        ]
        report = await run(emulator, rows)
    assert states(report) == ["updated"] * 3
    assert group["name"] == "Rye"
    assert group["end_time"] is None
    assert {name for name in was if was[name] != group[name]} <= {
        "name",
        "end_time",
        "updated_time",
    }
    assert word["archived"] is True
    assert promoted["status"] == "ARCHIVED"
    assert report.changes[0].before["name"] == was["name"]


async def test_thirty_go_in_a_call() -> None:
    """Sixty-five campaigns are three calls; keywords are cut by what they are in as well."""
    async with ads_emulator() as emulator:
        groups = [one["id"] for one in things(emulator, "ad_groups")[:2]]
        rows = [
            {"kind": "keyword", "parent": group, "value": f"rye {n}", "match_type": "BROAD"}
            for n in range(31)
            for group in groups
        ]
        report = await run(emulator, [*campaigns(65), *rows])
        bodies: list[Any] = [one.body for one in emulator.requests if one.method == "POST"]
        words = [one["keywords"] for one in bodies if "keywords" in one]
        sent = Counter(map(len, [*words, *(one for one in bodies if "keywords" not in one)]))
    assert report.complete
    assert sent == {30: 4, 5: 1, 1: 2}
    assert report.calls == 7


async def test_exceptions_are_told_by_row() -> None:
    """Of a call of four, two are refused, with Pinterest's words and code; a list and an object."""
    async with ads_emulator(boards=1, pins=1) as emulator:
        pin = next(iter(emulator.account.saved.pins))
        group = things(emulator, "ad_groups")[0]["id"]
        ad = {"kind": "ad", "ad_group": group, "pin_id": pin, "creative_type": "REGULAR"}
        rows = [
            *campaigns(1),
            {**CAMPAIGN, "daily_spend_cap": 50_000},
            {**ad, "name": "a"},
            {**ad, "name": "b", "pin_id": "12"},
        ]
        report = await run(emulator, rows)
    assert states(report) == ["created", "refused", "created", "refused"]
    assert "must be at least" in str(report.changes[1].error)
    assert (report.changes[3].error, report.changes[3].code) == ("Pin 12 not found.", 404)
    assert not report.complete
    assert report.counts == {"created": 2, "refused": 2}


async def test_a_call_that_is_refused_as_a_whole_is_cut() -> None:
    """One row that spoils its call is found; the twenty-nine others are made."""
    async with ads_emulator() as emulator:
        rows = campaigns(30)
        rows[17]["objective_type"] = "WEB_SESSION"
        report = await run(emulator, rows)
        made = names(emulator, "campaigns")
    assert [one.line for one in report.failures] == [18]
    assert report.changes[17].state == "refused"
    assert "objective_type" in str(report.changes[17].error)
    assert all(made[f"Quince {number}"] == (number != 17) for number in range(30))


async def test_a_run_stops_where_every_call_is_refused() -> None:
    """Thirty rows refused one by one, none taken: it is not the rows, and the rest is left."""
    async with ads_emulator() as emulator:
        no = Answer(400, {"code": 1, "message": "Not for this ad account."})
        emulator.fail("campaigns/create", no, times=999)
        report = await run(emulator, campaigns(300), concurrency=1)
        assert sum(writes(emulator).values()) < 70
    assert "Not for this ad account" in str(report.stopped)
    assert report.counts == {"refused": 30, "not_tried": 270}


async def test_a_refusal_says_what_mends_it() -> None:
    """Of what others had to find out: some ad accounts want the campaign to hold the budget."""
    said = {"items": [{"exceptions": [{"code": 2384, "message": "CBO is required."}]}]}
    async with ads_emulator() as emulator:
        emulator.fail("campaigns/create", Answer(200, said))
        report = await run(emulator, [CAMPAIGN])
    (change,) = report.changes
    assert change.code == 2384
    assert str(change.error).startswith("CBO is required.; give is_campaign_budget_optimization")


async def test_a_cancelled_run_leaves_a_journal_to_go_on_from(tmp_path: Path) -> None:
    """It ends at once, and the next run finds what was under way."""
    journal = tmp_path / "j"
    async with ads_emulator(latency=0.05) as emulator:
        begun = asyncio.Event()

        def note(_progress: AdChangesProgress) -> None:
            begun.set()

        job = run(emulator, campaigns(90), journal=journal, concurrency=1, progress=note)
        task = asyncio.create_task(job)
        await begun.wait()
        await asyncio.sleep(0.02)  # into the second call
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        report = await run(emulator, campaigns(90), journal=journal)
        assert report.complete
        assert all(names(emulator, "campaigns")[f"Quince {n}"] == 1 for n in range(90))


async def test_what_is_in_a_refused_row_is_not_tried() -> None:
    """It says which row is missing; the next run with the same journal makes both."""
    async with ads_emulator() as emulator:
        emulator.fail("campaigns/create", Answer(400, {"code": 1, "message": "No."}))
        rows = [CAMPAIGN, {**GROUP, "campaign": "Spring"}]
        report = await run(emulator, rows)
        assert states(report) == ["refused", "not_tried"]
        assert "its campaign (line 1) is not there" in str(report.changes[1].error)
        assert (await run(emulator, rows)).complete


async def test_a_lost_response_is_looked_for() -> None:
    """What arrived is found by its name; what did not is sent again; nothing is there twice."""
    async with ads_emulator() as emulator:
        emulator.fail("campaigns/create", LOST)
        fail(emulator, "ad_groups/create", Disconnect(), Answer(500, after_write=True))
        rows = [
            *campaigns(3),
            {**GROUP, "campaign": "Quince 0"},
            {**GROUP, "campaign": "Quince 1"},
        ]
        report = await run(emulator, rows)
        assert [names(emulator, "campaigns")[f"Quince {n}"] for n in range(3)] == [1, 1, 1]
        assert names(emulator, "ad_groups")["Plums"] == 2
    assert report.complete
    assert states(report) == ["found"] * 5
    assert writes(emulator) == {"campaigns/create": 1, "ad_groups/create": 2}


async def test_what_was_there_before_is_not_taken_for_new() -> None:
    """One of the same name is no answer; two rows of one name are two things."""
    async with ads_emulator() as emulator:
        await run(emulator, [CAMPAIGN])
        fail(emulator, "campaigns/create", Disconnect(), LOST)
        report = await run(emulator, [CAMPAIGN, CAMPAIGN])
        assert names(emulator, "campaigns")["Spring"] == 3
    assert states(report) == ["found", "found"]
    assert len({one.id for one in report.changes}) == 2


@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        ("ad", "ads/create"),
        ("keyword", "keywords/create"),
        ("product_group", "product_group_promotions/create"),
    ],
)
async def test_every_kind_is_found_again(kind: str, operation: str) -> None:
    """An ad by its Pin, a keyword by its word, a product group by its id in the catalog."""
    async with ads_emulator(boards=1, pins=2) as emulator:
        group = things(emulator, "ad_groups")[0]["id"]
        catalogs = [one["id"] for one in emulator.account.stores.store("product_groups")]
        said: dict[str, list[dict[str, Any]]] = {
            "ad": [
                {"pin_id": pin, "creative_type": "REGULAR"} for pin in emulator.account.saved.pins
            ],
            "keyword": [{"value": word, "match_type": "EXACT"} for word in ("rye", "oat")],
            "product_group": [{"catalog_product_group_id": one} for one in catalogs[:2]],
        }
        rows = [{"kind": kind, "ad_group": group, **one} for one in said[kind]]
        emulator.fail(operation, LOST)
        report = await run(emulator, rows)
    assert states(report) == ["found", "found"]
    assert writes(emulator) == {operation: 1}


async def test_a_lost_change_is_sent_again() -> None:
    """To change something to the same twice does no harm."""
    async with ads_emulator() as emulator:
        group = things(emulator, "ad_groups")[0]
        fail(emulator, "ad_groups/update", LOST, Disconnect())
        report = await run(emulator, [{"kind": "ad_group", "id": group["id"], "name": "Rye"}])
    assert states(report) == ["updated"]
    assert group["name"] == "Rye"
    assert writes(emulator) == {"ad_groups/update": 3}


async def test_what_stays_lost_is_unknown() -> None:
    """After so many tries, or lost responses in a row, a row may have been made, and says so."""
    async with ads_emulator() as emulator:
        emulator.fail("campaigns/create", Disconnect(), times=9)
        report = await run(emulator, [CAMPAIGN], tries=2)
    assert states(report) == ["unknown"]
    assert "ConnectionFailed" in str(report.changes[0].error)
    assert writes(emulator) == {"campaigns/create": 2}


async def test_a_run_stops_where_nothing_gets_through(tmp_path: Path) -> None:
    """It says why and when to go on, and the next run with the same journal does."""
    async with ads_emulator() as emulator:
        busy = Answer(503, {"code": 0, "message": "Busy."})
        emulator.fail("campaigns/create", Disconnect(), times=3)
        emulator.fail("ad_groups/create", busy, times=9)
        journal = tmp_path / "j.sqlite"
        rows = [*campaigns(90), {**GROUP, "campaign": "Quince 0"}]
        report = await run(emulator, rows, journal=journal, concurrency=3)
        assert report.stopped is not None
        assert report.retry_at is not None
        assert report.retry_after is not None
        assert set(states(report)) == {"unknown", "not_tried"}
        emulator.clear_faults()
        again = await run(emulator, rows, journal=journal)
        assert again.complete
        assert all(names(emulator, "campaigns")[f"Quince {n}"] == 1 for n in range(90))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(401, {"code": 2, "message": "Authentication failed."}), AuthenticationFailed),
        (Answer(403, {"code": 29, "message": "You may not."}), PermissionDenied),
    ],
)
async def test_what_every_row_would_meet_is_raised(
    answer: Answer, error: type[PinterestError], tmp_path: Path
) -> None:
    """A token that may not do this ends the run; what was done by then is in the journal."""
    async with ads_emulator() as emulator:
        emulator.fail("ad_groups/create", answer)
        rows = [CAMPAIGN, {**GROUP, "campaign": "Spring"}]
        with pytest.raises(error):
            await run(emulator, rows, journal=tmp_path / "j")
        report = await run(emulator, rows, journal=tmp_path / "j")
        assert states(report) == ["done_before", "created"]


async def test_a_journal_remembers(tmp_path: Path) -> None:
    """What is done is not done again; refused rows are tried again, a changed one is a new one."""
    journal = tmp_path / "j.sqlite"
    async with ads_emulator() as emulator:
        rows = [*campaigns(2), {**CAMPAIGN, "daily_spend_cap": 50_000}]
        first = await run(emulator, rows, journal=journal)
        looked = await run(emulator, rows, journal=journal, dry_run=True)
        rows[2]["daily_spend_cap"] = 5_000_000
        second = await run(emulator, rows, journal=journal)
        elsewhere = await run(emulator, rows, journal=tmp_path / "other", dry_run=True)
        assert states(first) == ["created", "created", "refused"]
        assert states(looked) == ["done_before", "done_before", "planned"]
        assert states(second) == ["done_before", "done_before", "created"]
        assert [one.id for one in second.changes[:2]] == [one.id for one in first.changes[:2]]
        assert states(elsewhere) == ["planned"] * 3
        assert not (tmp_path / "other").exists()
        (tmp_path / "not").write_text("a text that is no journal at all")
        with pytest.raises(JournalError):
            await run(emulator, rows, journal=tmp_path / "not")


async def test_progress_is_told() -> None:
    """After every call, up to all rows."""
    seen: list[tuple[int, int, int]] = []
    async with ads_emulator() as emulator:
        rows = [*campaigns(40), {"kind": "campaign"}]

        def note(progress: AdChangesProgress) -> None:
            seen.append((progress.done, progress.failed, progress.total))

        await run(emulator, rows, progress=note)

        def stop(_progress: object) -> None:
            raise RuntimeError("enough")

        with pytest.raises(RuntimeError, match="enough"):
            await run(emulator, campaigns(2), progress=stop)
    assert seen[0][2] == 41
    assert seen[-1] == (40, 1, 41)


# In bulk


def tree(count: int) -> list[dict[str, Any]]:
    """Campaigns and an ad group in each."""
    return [
        *campaigns(count),
        *({**GROUP, "campaign": f"Quince {n}", "name": f"Fig {n}"} for n in range(count)),
    ]


async def test_many_go_in_bulk() -> None:
    """One call for each kind, a verdict for each row."""
    async with ads_emulator() as emulator:
        group, *old = things(emulator, "ad_groups")[:32]
        rows = tree(40)
        rows[7]["daily_spend_cap"] = 50_000
        rows += [{"kind": "ad_group", "id": one["id"], "name": "New"} for one in old]
        rows += [
            {"kind": "keyword", "parent": group["id"], "value": f"w {n}", "match_type": "BROAD"}
            for n in range(31)
        ]
        report = await run(emulator, rows, bulk_above=50)
        assert writes(emulator) == {BULK: 4}
        assert names(emulator, "ad_groups")["Fig 8"] == 1
        assert {one["name"] for one in old} == {"New"}
    assert report.counts == {"created": 109, "updated": 31, "refused": 1, "not_tried": 1}
    assert [one.line for one in report.failures] == [8, 48]
    assert "must be at least" in str(report.changes[7].error)


@pytest.mark.parametrize("ending", ["failed", "unreadable", "told otherwise"])
async def test_rows_that_a_bulk_upsert_does_not_tell_of_are_looked_for(
    ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it made is found, what it did not make goes in calls of 30; nothing is there twice."""
    from pinterest_async.jobs.changes import run as module

    contents = {"unreadable": b"<xml/>", "told otherwise": b'{"create": {"campaigns": []}}'}
    if ending in contents:

        async def read(*_given: Any) -> bytes:
            await wait(*_given)
            return contents[ending]

        wait: Any = module.Run._wait
        monkeypatch.setattr(module.Run, "_wait", read)
    async with ads_emulator() as emulator:
        if ending == "failed":
            emulator.fail_jobs(BULK)
        report = await run(emulator, campaigns(40), bulk_above=0)
        assert report.complete
        assert set(states(report)) == {"created" if ending == "failed" else "found"}
        assert all(names(emulator, "campaigns")[f"Quince {n}"] == 1 for n in range(40))


async def test_a_bulk_upsert_whose_id_is_lost_is_waited_for(tmp_path: Path) -> None:
    """It may land yet: rows that are not there stay unknown, and the next run finds them."""
    async with ads_emulator(job_seconds=0.3) as emulator:
        emulator.fail(BULK, LOST)
        journal = tmp_path / "j"
        report = await run(emulator, campaigns(40), bulk_above=0, journal=journal)
        assert set(states(report)) == {"unknown"}
        assert writes(emulator) == {BULK: 1}
        again = await run(emulator, campaigns(40), journal=journal, settle=0.4)
        assert set(states(again)) == {"found"}
        assert all(names(emulator, "campaigns")[f"Quince {n}"] == 1 for n in range(40))


async def test_a_bulk_upsert_that_never_arrived_is_believed_lost_in_time(tmp_path: Path) -> None:
    """Once one would have been over by now, its rows are sent again."""
    async with ads_emulator() as emulator:
        emulator.fail(BULK, Disconnect())
        journal = tmp_path / "j"
        report = await run(emulator, campaigns(40), bulk_above=0, journal=journal)
        assert set(states(report)) == {"unknown"}
        soon = Pace(first=0.01, longest=0.1, deadline=0.0)
        again = await run(emulator, campaigns(40), bulk_above=0, journal=journal, pace=soon)
        assert again.counts.keys() <= {"created", "unknown", "found"}
        last = await run(emulator, campaigns(40), journal=journal)
        assert last.complete
        assert all(names(emulator, "campaigns")[f"Quince {n}"] == 1 for n in range(40))


async def test_a_bulk_upsert_that_is_refused_goes_in_calls() -> None:
    """One row spoils the whole; calls tell which."""
    async with ads_emulator() as emulator:
        rows = campaigns(40)
        rows[11]["objective_type"] = "WEB_SESSION"
        report = await run(emulator, rows, bulk_above=0)
    assert [one.line for one in report.failures] == [12]
    assert report.counts == {"created": 39, "refused": 1}


# The two things that people do most


async def test_pause_and_resume() -> None:
    """Whatever has the id; what is so already is left, what is archived or not there is told."""
    async with ads_emulator() as emulator, client_of(emulator) as client:
        account = emulator.ad_account_id
        kinds = ("campaigns", "ad_groups", "ads", "product_group_promotions")
        chosen = [things(emulator, name)[0] for name in kinds]
        for one in chosen:
            one["status"] = "ACTIVE"
        chosen[1]["status"] = "PAUSED"
        archived = next(one for one in things(emulator, "ads") if one["status"] == "ARCHIVED")
        ids = [one["id"] for one in chosen]
        paused = await pause(client, account, ids[0], [*ids[1:], archived["id"]], "99")
        assert {one["status"] for one in chosen} == {"PAUSED"}
        assert states(paused) == ["updated", "unchanged", "updated", "updated", "bad", "bad"]
        assert paused.changes[4].error == "it is ARCHIVED"
        assert "no campaign, ad group, ad or product group" in str(paused.changes[5].error)
        assert not paused.complete
        resumed = await resume(client, account, ids)
        assert {one["status"] for one in chosen} == {"ACTIVE"}
        assert resumed.complete
        assert all(one.spends for one in resumed.changes)
        with pytest.raises(ConfigurationError, match="no id"):
            await pause(client, account)


# Killed. `CHANGE_KILLS=1 CHANGE_ROWS=2000 python -m pytest tests/jobs/test_changes.py -k killed`

PROGRAM = """
from pinterest_async import Pinterest, RetryPolicy
from pinterest_async.jobs import Pace, apply_changes

async def main(base_url, token, account, rows, journal, bulk_above):
    retry = RetryPolicy(attempts=3, base=0.002)
    async with Pinterest(token, base_url=base_url, retry=retry) as client:
        report = await apply_changes(
            client, account, rows, dry_run=False, journal=journal, settle=0.01,
            bulk_above=int(bulk_above), pace=Pace(first=0.02, longest=0.1, gap=0.001, deadline=0.5),
        )
        return 0 if report.stopped is None and not report.counts.get("unknown") else 3
"""
SEEDS = range(int(os.environ.get("CHANGE_KILLS", "2")))
ROWS = int(os.environ.get("CHANGE_ROWS", "80"))


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    """The job."""
    with Program(PROGRAM) as program:
        yield program


def account_of_changes(emulator: Emulator, rows: int) -> tuple[list[dict[str, Any]], set[int]]:
    """Rows that make a whole account, one in forty of them bad in one of five ways.

    Returns:
        The rows, and the lines of those that are bad, or in one that is.
    """
    pin = next(iter(emulator.account.saved.pins))
    old = [one["id"] for one in things(emulator, "ad_groups")]
    made: list[dict[str, Any]] = []
    for number in range(rows // 10):
        made += [
            {**CAMPAIGN, "name": f"C {number}", "daily_budget": 10},
            {**GROUP, "name": f"G {number}", "campaign": f"C {number}"},
            {"kind": "ad_group", "id": old[number % 60], "name": f"U {number}"}
            if number < 60
            else {**GROUP, "name": f"U {number}", "campaign": f"C {number}"},
        ]
        ad = {"kind": "ad", "ad_group": f"G {number}", "pin_id": pin, "creative_type": "REGULAR"}
        made += [{**ad, "name": f"A {number}.{one}"} for one in range(4)]
        word = {"kind": "keyword", "ad_group": f"G {number}", "match_type": "BROAD"}
        made += [{**word, "value": f"w {number}.{one}"} for one in range(3)]
    bad: set[int] = set()
    spoilt: list[dict[str, Any]] = [
        {"pin_id": "12"}, {"ad_group": "nowhere"}, {"creative_type": "NONE"}, {"name": 7},
        {"colour": "red"},
    ]  # fmt: skip
    for index in range(rows // 40):
        place = index * 40 + 3 + index % 4
        made[place].update(spoilt[index % len(spoilt)])
        bad.add(place + 1)
    return made, bad


@pytest.mark.parametrize("bulk_above", [10**6, 0], ids=["calls", "bulk"])
@pytest.mark.parametrize("seed", SEEDS)
def test_killed(program: Program, tmp_path: Path, seed: int, bulk_above: int) -> None:
    """Killed at random points, with responses lost on top: each row once, the bad ones named."""
    file, journal = tmp_path / "rows.jsonl", tmp_path / "j.sqlite"
    with in_thread(
        Emulator(boards=1, pins=1, seed=seed, latency=0.002, job_seconds=0.02, enforce_limits=False)
    ) as emulator:
        rows, bad = account_of_changes(emulator, ROWS)
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        faults = (LOST, Disconnect(), Answer(500, after_write=True), Answer(500))
        for operation in ("campaigns/create", "ad_groups/create", "ads/create", "keywords/create"):
            emulator.fail_at_random(0.1, operation_id=operation, faults=faults)
        words = [emulator.base_url, emulator.token, emulator.ad_account_id, str(file), str(journal)]
        kills = program.finish(
            [*words, str(bulk_above)],
            lambda: len(emulator.requests),
            Random(seed),
            kills=4,
            within=ROWS // 10,
        )
        emulator.clear_faults()

        async def ask() -> AdChangesReport:
            async with Pinterest(
                emulator.token, base_url=emulator.base_url, retry=RetryPolicy(attempts=3)
            ) as client:
                return await apply_changes(
                    client, emulator.ad_account_id, file, dry_run=False, journal=journal, settle=0.0
                )

        report = asyncio.run(ask())
        good = [row for line, row in enumerate(rows, 1) if line not in bad]
        for kind, store in (
            ("campaign", "campaigns"), ("ad_group", "ad_groups"), ("ad", "ads"),
        ):  # fmt: skip
            wanted = Counter(str(row["name"]) for row in good if row["kind"] == kind)
            there = names(emulator, store)
            assert {name: there[name] for name in wanted} == wanted, kind
        wanted = Counter(row["value"] for row in good if row["kind"] == "keyword")
        there = Counter(one["value"] for one in things(emulator, "keywords"))
        assert {name: there[name] for name in wanted} == wanted

    assert kills >= 1
    assert {one.line for one in report.failures} == bad
    assert all(one.error for one in report.failures)
    assert {one.state for one in report.changes} - {"bad", "refused"} <= {
        "done_before",
        "unchanged",
    }
    connection = sqlite3.connect(journal)
    kept = connection.execute("SELECT state, count(*) FROM changes GROUP BY state").fetchall()
    connection.close()
    assert dict(kept).keys() <= {"done", "refused"}
