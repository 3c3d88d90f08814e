"""Many accounts as one dataset."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import ConfigurationError, Pinterest, StaticToken
from pinterest_async.emulator import Answer, Emulator
from pinterest_async.jobs import AccountsReport, export_accounts

if TYPE_CHECKING:
    from pathlib import Path


def counted(folder: Path, table: str) -> int:
    """Count the rows of a table over all accounts."""
    dataset = pytest.importorskip("pyarrow.dataset")
    rows: int = dataset.dataset(folder / table, partitioning="hive").count_rows()
    return rows


async def test_fifty_accounts_are_one_dataset(tmp_path: Path) -> None:
    """20,000 Pins of 50 accounts are read back whole by those who read Parquet."""
    out = tmp_path / "set"
    async with Emulator(boards=1, pins=1) as emulator:
        tokens = {
            f"Shop {n}": emulator.add_account(f"shop{n}", boards=4, pins=400) for n in range(50)
        }
        seen: list[int] = []
        async with Pinterest("pina_of_nobody", base_url=emulator.base_url) as client:
            report = await export_accounts(
                client, tokens, out, progress=lambda report: seen.append(len(report.accounts))
            )
        refused = [one for one in emulator.requests if one.status == 429]
    assert report.complete
    assert (report.expected, report.pins, report.failures, refused) == (50, 20_000, [], [])
    assert seen == list(range(1, 51))
    assert counted(out, "pins") == 20_000
    assert counted(out, "boards") == sum(one.boards for one in report.accounts) == 200

    duckdb = pytest.importorskip("duckdb")
    pins = duckdb.read_parquet(f"{out}/pins/*/*.parquet", hive_partitioning=True)
    rows = pins.aggregate("account, count(*)").fetchall()
    assert dict(rows) == {f"Shop {n}": 400 for n in range(50)}

    polars = pytest.importorskip("polars")
    frame = polars.scan_parquet(out / "pins", hive_partitioning=True).collect()
    assert frame.height == 20_000
    assert frame["account"].n_unique() == 50
    assert frame["id"].n_unique() == 20_000


async def test_an_export_of_accounts_is_resumed(tmp_path: Path) -> None:
    """Cancelled and started again it asks for no finished account, and goes on with the others."""
    async with Emulator(boards=1, pins=1) as emulator:
        tokens = {f"shop{n}": emulator.add_account(f"shop{n}", boards=3, pins=90) for n in range(6)}
        async with Pinterest("pina_of_nobody", base_url=emulator.base_url) as client:
            enough = asyncio.Event()

            def look(report: AccountsReport) -> None:
                if len(report.accounts) == 2:
                    enough.set()

            running = asyncio.create_task(
                export_accounts(client, tokens, tmp_path, concurrency=2, progress=look)
            )
            await enough.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert counted(tmp_path, "pins") < 540
            report = await export_accounts(client, tokens, tmp_path)
            assert report.complete
            assert sum(one.done_before for one in report.accounts) >= 2
            assert counted(tmp_path, "pins") == report.pins == 540
            before = len(emulator.requests)
            again = await export_accounts(client, tokens, tmp_path)
            assert len(emulator.requests) == before
            assert (again.complete, again.pins) == (True, 540)


async def test_an_account_that_fails_stops_no_other(tmp_path: Path) -> None:
    """A dead token and a board that cannot be read are told, and tried again the next time."""
    async with Emulator(boards=1, pins=1) as emulator:
        alice = emulator.add_account("alice", boards=2, pins=10)
        bob = emulator.add_account("bob", boards=2, pins=10)
        async with Pinterest("pina_of_nobody", base_url=emulator.base_url) as client:
            given = [StaticToken(alice, account="alice"), StaticToken("pina_dead", account="bob")]
            report = await export_accounts(client, given, tmp_path)
            assert not report.complete
            (failed,) = report.failures
            assert failed.account == "bob"
            assert str(failed.error).startswith("AuthenticationFailed: ")
            assert "pina_dead" not in str(failed.error)
            assert not (tmp_path / "pins" / "account=bob").exists()

            given = [StaticToken(alice, account="alice"), StaticToken(bob, account="bob")]
            report = await export_accounts(client, given, tmp_path)
            assert report.complete
            assert [one.done_before for one in report.accounts] == [True, False]

            emulator.fail("boards/list_pins", Answer(404, {"code": 40, "message": "Gone."}))
            report = await export_accounts(client, given, tmp_path, overwrite=True)
            assert not report.complete
            assert report.failures == []
            assert sum(one.differences for one in report.accounts) == 1


async def test_an_export_of_accounts_is_brought_up_to_date(tmp_path: Path) -> None:
    """What was made since is in the partition of its account, which is replaced in one step."""
    async with Emulator(boards=1, pins=1) as emulator:
        token = emulator.add_account("alice", boards=1, pins=3)
        async with Pinterest(token, base_url=emulator.base_url) as client:
            await export_accounts(client, {"alice": token}, tmp_path)
            await client.boards.create(name="Quinces")
            assert counted(tmp_path, "boards") == 1
            report = await export_accounts(client, {"alice": token}, tmp_path, update=True)
    assert report.complete
    assert counted(tmp_path, "boards") == 2
    assert [path.name for path in (tmp_path / "boards" / "account=alice").iterdir()] == [
        "boards.parquet"
    ]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"format": "sqlite"}, "a file for each account"),
        ({"format": "xml"}, "format must be one of"),
        ({"concurrency": 0}, "1 or more"),
        ({"update": True, "overwrite": True}, "give one of them"),
    ],
)
async def test_wrong_options_are_told_before_anything_happens(
    tmp_path: Path, options: dict[str, Any], says: str
) -> None:
    """Nothing is made and nothing is sent."""
    out = tmp_path / "set"
    async with Pinterest("pina_of_nobody", base_url="http://127.0.0.1:1") as client:
        with pytest.raises(ConfigurationError, match=says):
            await export_accounts(client, {"a": "pina_a"}, out, **options)
        twice = [StaticToken("pina_a", account="a"), StaticToken("pina_b", account="a")]
        with pytest.raises(ConfigurationError, match="there twice"):
            await export_accounts(client, twice, out)
        with pytest.raises(ConfigurationError, match="tokens by name"):
            await export_accounts(client, ["pina_a"], out)  # type: ignore[list-item]
    assert not out.exists()
