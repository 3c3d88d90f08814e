"""Ad reports: what a million rows cost beside the plain readers, and that memory stays flat.

The rows lie in a file as a report has them, so that reading alone is measured: as dictionaries
against `csv.DictReader`, into Parquet against pyarrow's own reader and writer. Each is the best of
several rounds, in one process. The peak of memory is that of a process of its own for each size.
"""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.rig import Row
from pinterest_async.jobs._tables import ParquetTable, arrow_type
from pinterest_async.jobs.ads.columns import table_columns
from pinterest_async.jobs.ads.reading import copy_to_parquet, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS: Final = 1_000_000
FEW: Final = 100_000
ROUNDS: Final = 3
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
    names = [column.name for column in COLUMNS]
    count = 0
    for rows in rows_of(path, COLUMNS, "549755885175"):
        for _ in [dict(zip(names, row, strict=True)) for row in rows]:
            count += 1
    return count


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
    copy_to_parquet(path, COLUMNS, "549755885175", table)
    table.finish()


def _best(work: Callable[[], object], rounds: int) -> float:
    taken: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def _peak(path: Path, what: str) -> float:
    """The most memory that a process of its own held, in bytes."""
    words = [sys.executable, "-m", "benchmarks.ad_reports", what, str(path)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603  # ours
    return float(done.stdout)


def measure(rounds: int = ROUNDS) -> list[Row]:
    """Measure reading and copying."""
    with tempfile.TemporaryDirectory(prefix="ad-reports-") as folder:
        few, many, out = (Path(folder, name) for name in ("few.csv", "many.csv", "out.parquet"))
        write(few, FEW)
        write(many, ROWS)
        read = _best(lambda: read_typed(many), rounds) / _best(lambda: read_plainly(many), rounds)
        copied = _best(lambda: copy_typed(many, out), rounds)
        copied /= _best(lambda: copy_plainly(many, out), rounds)
        flat = [_peak(many, what) / _peak(few, what) for what in ("read", "copy")]
    return [
        _row("a million rows as dictionaries", "csv.DictReader", read, DICTIONARIES),
        _row("a million rows to Parquet", "pyarrow alone", copied, PARQUET),
        _row("peak memory, a million rows as dictionaries", f"{FEW:,} rows", flat[0], FLAT),
        _row("peak memory, a million rows to Parquet", f"{FEW:,} rows", flat[1], FLAT),
    ]


def _row(what: str, against: str, ratio: float, bar: float) -> Row:
    return Row(what=what, value=ratio, unit="times", against=against, ratio=ratio, bar=bar)


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
