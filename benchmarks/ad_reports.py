"""Ad reports: what a million rows cost beside the plain readers, and that memory stays flat.

The rows lie in a file as a report has them, so that reading alone is measured: as dictionaries,
with every value of its column's type, against `csv.DictReader`, which leaves all of them text; into
Parquet, with the column of the ad account, against pyarrow's own reader and writer, without. What
is measured is CPU, in turns: of 100,000 rows as dictionaries, whose cost is that of each row, and
of a million to Parquet, where beginning and ending a file would show in fewer. The clock tells of
whatever else the machine does: by it, single turns on a busy machine were from 0.8 to 2.4 times of
one another where the median of CPU was 1.3 throughout.

The peak of memory is the most of the machine's that a process of its own had (VmHWM), with pyarrow
and all, once for each size. What Arrow has of it is counted by the tests.
"""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.rig import Row, cpu_of_work, row, settle, use_core
from pinterest_async.jobs._tables import ParquetTable, arrow_type
from pinterest_async.jobs.ads.columns import table_columns
from pinterest_async.jobs.ads.reading import copy_to_parquet, dictionaries_of

if TYPE_CHECKING:
    from benchmarks.rig import Work

ACCOUNT_ID: Final = "549755885175"
ROWS: Final = 1_000_000
FEW: Final = 100_000
ROUNDS: Final = 30
DICTIONARIES: Final = 1.3
PARQUET: Final = 1.2
FLAT: Final = 1.1
NAMES: Final = (
    "IMPRESSION_1", "CLICKTHROUGH_1", "SPEND_IN_MICRO_DOLLAR", "TOTAL_CONVERSIONS", "CTR",
)  # fmt: skip
COLUMNS: Final = table_columns(NAMES, "PIN_PROMOTION", "DAY")


def write(path: Path, rows: int) -> None:
    """Write a report of so many rows."""
    first = dt.date(2026, 1, 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([column.name for column in COLUMNS[1:]])
        for number in range(rows):
            day = first + dt.timedelta(number % 90)
            shown = 1000 + number % 5000
            figures = (shown, shown // 40, shown * 1500, number % 7, 0.025)
            table.writerow([day, 680_000_000_000 + number // 90, *figures])


def read_plainly(path: Path) -> int:
    """Read as the `csv` module gives dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def read_typed(path: Path) -> int:
    """Read as the job hands out dictionaries."""
    return sum(1 for rows in dictionaries_of(path, COLUMNS, ACCOUNT_ID) for _ in rows)


def copy_plainly(path: Path, out: Path) -> None:
    """Copy to Parquet with what pyarrow has for it."""
    arrow, reading = import_module("pyarrow"), import_module("pyarrow.csv")
    parquet = import_module("pyarrow.parquet")
    types = {column.name: arrow_type(column.type) for column in COLUMNS[1:]}
    options = reading.ConvertOptions(column_types=types)
    block = reading.ReadOptions(block_size=2**22)
    reader: Any = reading.open_csv(path, read_options=block, convert_options=options)
    with parquet.ParquetWriter(out, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_table(arrow.Table.from_batches([batch]))


def copy_typed(path: Path, out: Path) -> None:
    """Copy to Parquet as the job does."""
    table = ParquetTable(out, COLUMNS)
    copy_to_parquet(path, COLUMNS, ACCOUNT_ID, table)
    table.finish()


def _peak(path: Path, what: str) -> float:
    """The most memory that a process of its own held, in bytes."""
    words = [sys.executable, "-m", "benchmarks.ad_reports", what, str(path)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603  # ours
    return float(done.stdout)


def measure(*, rounds: int = ROUNDS) -> list[Row]:
    """Measure reading and copying."""
    use_core(0)
    with tempfile.TemporaryDirectory(prefix="ad-reports-") as folder:
        few, many, out = (Path(folder, name) for name in ("few.csv", "many.csv", "out.parquet"))
        write(few, FEW)
        write(many, ROWS)
        peaks = {what: (_peak(few, what), _peak(many, what)) for what in ("read", "copy")}
        settle()
        reading: dict[str, Work] = {
            "csv.DictReader": lambda: read_plainly(few),
            "as dictionaries": lambda: read_typed(few),
        }
        copying: dict[str, Work] = {
            "pyarrow alone": lambda: copy_plainly(many, out),
            "to Parquet": lambda: copy_typed(many, out),
        }
        for works in (reading, copying):
            cpu_of_work(works, rounds=1, count=1)
        read = cpu_of_work(reading, rounds=rounds, count=1)
        copied = cpu_of_work(copying, rounds=max(1, rounds // 3), count=1)
    return [
        _row(read, FEW, "csv.DictReader"),
        _row(read, FEW, "as dictionaries", against="csv.DictReader", bar=DICTIONARIES),
        _row(copied, ROWS, "pyarrow alone"),
        _row(copied, ROWS, "to Parquet", against="pyarrow alone", bar=PARQUET),
        _peak_row("as dictionaries", *peaks["read"]),
        _peak_row("to Parquet", *peaks["copy"]),
    ]


def _row(
    times: dict[str, list[float]], rows: int, name: str, against: str = "", bar: float | None = None
) -> Row:
    each = {one: [taken / rows for taken in several] for one, several in times.items()}
    return row(each, name, what=f"a row: {name}", unit="µs CPU", against=against, bar=bar)


def _peak_row(what: str, few: float, many: float) -> Row:
    return Row(
        what=f"peak memory, a million rows {what}",
        value=many / 1e6,
        unit="MB",
        against=f"{FEW:,} rows",
        ratio=many / few,
        bar=FLAT,
    )


def main(what: str, path: str) -> None:
    """Do one thing, and print how much memory was held at most."""
    if what == "read":
        read_typed(Path(path))
    else:
        copy_typed(Path(path), Path(f"{path}.parquet"))
    # Not getrusage, whose figure begins with what the process that started this one held.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    sys.stdout.write(str(int(peak) * 1024))


if __name__ == "__main__":
    main(*sys.argv[1:])
