"""The source for dlt loads everything, then what is new, and leaves nothing half done."""

from __future__ import annotations

import asyncio
import datetime as dt
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import pytest

from pinterest_async import Pinterest
from pinterest_async.emulator import Answer, Emulator, in_thread
from pinterest_async.models import CampaignUpdateRequest, ImageUrl
from tests.support.ads_world import days_ago, story
from tests.support.commands import point_at

dlt = pytest.importorskip("dlt", reason="dlt is not installed; it may not have this interpreter")
duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
dlt_source = import_module("examples.dlt_source")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START: Final = days_ago(80)
YESTERDAY: Final = days_ago(1)


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Emulator]:
    """An account that the environment points at; dlt keeps to the test's own folder."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.chdir(tmp_path)
    with in_thread(Emulator(boards=3, pins=40, job_seconds=0.01, enforce_limits=False)) as running:
        point_at(running, monkeypatch)
        yield running


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> list[Pinterest]:
    """The clients that the source opens."""
    opened: list[Pinterest] = []
    make = Pinterest.from_env

    def from_env(**options: Any) -> Pinterest:
        opened.append(make(**options))
        return opened[-1]

    monkeypatch.setattr(Pinterest, "from_env", from_env)
    return opened


def ask(query: str, *values: str) -> list[tuple[Any, ...]]:
    """Ask the database what was loaded."""
    with duckdb.connect("pinterest.duckdb") as database:
        database.execute("SET TimeZone = 'UTC'; USE pinterest_dataset")
        rows: list[tuple[Any, ...]] = database.execute(query, values).fetchall()
        return rows


def ids_in(table: str) -> list[tuple[Any, ...]]:
    """The ids of a table."""
    return ask(f"SELECT id FROM {table}")  # noqa: S608  # one of ours


def load(*accounts: str) -> str:
    """Load, and return the name of the load."""
    pipeline = dlt.pipeline("pinterest", destination="duckdb")
    info = pipeline.run(dlt_source.pinterest(accounts, START))
    info.raise_on_failed_jobs()
    (name,) = info.loads_ids
    return str(name)


def days_in(emulator: Emulator, account: str) -> set[tuple[str, str, int]]:
    """Day, campaign and spend of all rows, as the emulator tells them."""
    rows = asyncio.run(
        story(
            emulator,
            START,
            YESTERDAY,
            ad_account_id=account,
            columns=[*dlt_source.COLUMNS],
        )
    )
    return {
        (row["DATE"], row["CAMPAIGN_ID"], int(row["SPEND_IN_MICRO_DOLLAR"] or 0)) for row in rows
    }


def ids_of(emulator: Emulator, kind: str, account: str) -> set[tuple[str]]:
    """The ids of all that an ad account has of a kind."""
    return {(str(one["id"]),) for one in emulator.account.stores.store(kind, account)}


async def change(emulator: Emulator, account: str) -> tuple[str, str]:
    """Make a Pin and rename a campaign; return their ids."""
    async with Pinterest(emulator.token, base_url=emulator.base_url) as client:
        board = (await client.boards.list())[0]
        pin = await client.pins.create(
            board_id=board.id,
            title="Plum cake",
            media_source=ImageUrl(url="https://example.com/plum.png"),
        )
        campaign = (await client.campaigns.list(account))[0].id
        assert campaign
        renamed = CampaignUpdateRequest(id=campaign, ad_account_id=account, name="Plums")
        (await client.campaigns.update(account, [renamed])).raise_for_failures()
        return pin.id, campaign


def test_a_second_load_takes_what_is_new(emulator: Emulator, clients: list[Pinterest]) -> None:
    """All is there after the first load; the second one brings what was made or changed since.

    Reports are asked for again from 30 days before the last day. An ad account that is new comes
    whole, and each load has one client.
    """
    ours, other = (str(one["id"]) for one in emulator.account.stores.store("ad_accounts"))
    load(ours)
    assert len(clients) == 1
    assert clients[0]._transport.pool._closed
    assert set(ids_in("pins")) == {(one,) for one in emulator.account.saved.pins}
    assert set(ids_in("boards")) == {(one,) for one in emulator.account.saved.boards}
    for kind in dlt_source.LISTS:
        assert set(ids_in(kind)) == ids_of(emulator, kind, ours)

    known = {
        str(one["id"]): int(one["updated_time"])
        for one in emulator.account.stores.store("campaigns", ours)
    }
    near = {one for one, at in known.items() if at >= max(known.values()) - dlt_source.OVERLAP}
    pin, campaign = asyncio.run(change(emulator, ours))
    seen = len(emulator.requests)
    second = load(ours, other)
    assert len(clients) == 2
    assert ask("SELECT id FROM pins WHERE _dlt_load_id = ?", second) == [(pin,)]
    assert len(ids_in("pins")) == len(emulator.account.saved.pins)
    changed = ask(
        "SELECT id FROM campaigns WHERE _dlt_load_id = ? AND ad_account_id = ?", second, ours
    )
    assert set(changed) == {(one,) for one in {campaign, *near}}
    assert ask("SELECT name FROM campaigns WHERE id = ?", campaign) == [("Plums",)]
    for kind in dlt_source.LISTS:
        all_ids = ids_of(emulator, kind, ours) | ids_of(emulator, kind, other)
        assert sorted(ids_in(kind)) == sorted(all_ids)

    asked = {
        seen.path.split("/")[-2]: seen.body["start_date"]
        for seen in list(emulator.requests)[seen:]
        if seen.operation_id == "analytics/create_report"
    }
    again = YESTERDAY - dt.timedelta(dlt_source.WINDOW)
    assert asked == {ours: again.isoformat(), other: START.isoformat()}
    rows = ask("SELECT date::TEXT, campaign_id, spend_in_micro_dollar FROM campaign_days")
    told = days_in(emulator, ours) | days_in(emulator, other)
    assert len(rows) == len(told)
    assert set(rows) == told


def test_restated_days_take_the_place_of_those_before(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that Pinterest does not have any more is gone after the next load."""
    account = emulator.ad_account_id
    load(account)
    (gone, *_) = ask("SELECT campaign_id, count(*) FROM campaign_days GROUP BY 1 ORDER BY 1")
    emulator.account.stores.store("campaigns", account).remove(gone[0])
    load(account)
    left = ask("SELECT max(date) FROM campaign_days WHERE campaign_id = ?", gone[0])
    told = days_in(emulator, account)
    rows = ask("SELECT date::TEXT, campaign_id, spend_in_micro_dollar FROM campaign_days")
    again = YESTERDAY - dt.timedelta(dlt_source.WINDOW)
    assert left[0][0] < again
    assert {row for row in rows if row[0] >= again.isoformat()} == {
        row for row in told if row[0] >= again.isoformat()
    }


def test_a_report_that_fails_ends_the_load(emulator: Emulator, clients: list[Pinterest]) -> None:
    """Nothing of it is loaded, the client is closed, and the next load has everything."""
    account = emulator.ad_account_id
    refusal = Answer(403, {"code": 29, "message": "You may not."})
    emulator.fail("analytics/get_report", refusal)
    with pytest.raises(Exception, match="You may not") as raised:
        load(account)
    assert type(raised.value).__name__ == "PipelineStepFailed"
    assert all(client._transport.pool._closed for client in clients)
    load(account)
    rows = ask("SELECT date::TEXT, campaign_id, spend_in_micro_dollar FROM campaign_days")
    assert set(rows) == days_in(emulator, account)
    assert set(ids_in("pins")) == {(one,) for one in emulator.account.saved.pins}
