"""What a large report costs: calls, the time that the real quota makes of them, and memory."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pinterest_async.jobs import ad_report
from pinterest_async.jobs._tables import ParquetTable, TableColumn
from pinterest_async.jobs.ads.columns import table_columns
from pinterest_async.jobs.ads.reading import copy_to_parquet
from tests.support.ads_world import COUNTED, ads_emulator, days_ago
from tests.support.clients import client_of

if TYPE_CHECKING:
    from pathlib import Path

ADS = 5000
DAYS = 90
MOST = 25
ONE_BY_ONE = ADS * DAYS // 30
"""Calls of a connector that asks for one ad and 30 days at a time."""


async def test_a_large_report_takes_few_calls(tmp_path: Path) -> None:
    """5,000 ads by day over 90 days take at most 25 calls, of the 15,000 of others."""
    async with ads_emulator(job_seconds=1.0) as emulator, client_of(emulator) as client:
        account = emulator.ad_account_id
        ads = emulator.account.stores.store("ads", account)
        patterns = list(ads)
        for number in range(ADS - len(patterns)):
            ads.add({**patterns[number % len(patterns)], "id": str(900_000_000_000 + number)})
        run = await ad_report(
            client,
            account,
            level="PIN_PROMOTION",
            columns=COUNTED[:1],
            start=days_ago(DAYS),
            end=days_ago(1),
            out=tmp_path / "ads.csv",
        )
        calls = [one for one in emulator.requests if one.operation_id is not None]
    assert run.complete
    assert run.rows > ADS * DAYS * 0.8
    assert len(calls) == run.calls <= MOST
    assert ONE_BY_ONE / len(calls) > 500


def held_at_most(tmp_path: Path, columns: list[TableColumn], rows: int) -> int:
    """Bytes of Arrow that are held at a time while a report of so many rows becomes Parquet."""
    arrow: Any = import_module("pyarrow")
    report = tmp_path / "report.csv"
    figures = ",".join("7" * len(columns[3:]))
    with report.open("w", encoding="utf-8") as file:
        file.write(",".join(column.name for column in columns[1:]) + "\n")
        file.writelines(f"2026-01-01,{n},{figures}\n" for n in range(rows))
    usual = arrow.default_memory_pool()
    counted = arrow.proxy_memory_pool(usual)
    table = ParquetTable(tmp_path / "report.parquet", columns)
    arrow.set_memory_pool(counted)
    try:
        assert copy_to_parquet(report, columns, "549755885175", table) == rows
        table.finish()
    finally:
        arrow.set_memory_pool(usual)
        table.close()
    return int(counted.max_memory())


def test_memory_does_not_grow_with_a_report(tmp_path: Path) -> None:
    """Eight times the rows take no more memory to write as Parquet.

    How far the reader's thread is ahead differs from run to run, within its bound.
    """
    columns = table_columns(COUNTED, "CAMPAIGN", "DAY")
    few = held_at_most(tmp_path, columns, 100_000)
    many = held_at_most(tmp_path, columns, 800_000)
    assert many < 1.5 * few


def test_small_portions_share_row_groups(tmp_path: Path) -> None:
    """The end of a file grows with what is in it, not with how many portions that came in."""
    path = tmp_path / "some.parquet"
    table = ParquetTable(path, [TableColumn("id", "text"), TableColumn("spend", "integer")])
    for first in range(0, 100_000, 100):
        table.add([(str(n), n) for n in range(first, first + 100)])
    table.finish()
    file: Any = import_module("pyarrow.parquet").ParquetFile(path)
    groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert len(groups) == 2
    assert sum(groups) == 100_000
    assert file.read().column("spend").to_pylist() == list(range(100_000))
