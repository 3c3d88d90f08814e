"""Measure, print a table, and write it down.

    python -m benchmarks [NAME …] [--json FILE] [--rounds N] [--write]

Without names all benchmarks are run; `--help` lists them. Each runs in a process of its own, pinned
to one core where there are two, with its server on the other. `--write` puts the table and a plot
of the ratios into `benchmarks/results.md` and `benchmarks/results.png`. The exit status is 1 where
a ratio misses its bar. Everything needs `pip install -e '.[fast,redis]' --group bench`, `peers` its
environments (`python -m benchmarks.peers`), and `limits` and `admission` a redis-server.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import report
from benchmarks.rig import Row

NAMES: Final = (
    "call",
    "page",
    "compressed",
    "start",
    "walk",
    "memory",
    "ad_reports",
    "events",
    "admission",
    "limits",
    "emulator",
    "peers",
)
HERE: Final = Path(__file__).parent


def _measure_in_own_process(name: str, rounds: int | None) -> list[Row]:
    command = [sys.executable, "-m", "benchmarks", name, "--here"]
    if rounds is not None:
        command += ["--rounds", str(rounds)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - our own
    return msgspec.json.decode(done.stdout, type=list[Row])


def _measure(name: str, rounds: int | None) -> list[Row]:
    module = import_module(f"benchmarks.{name}")
    rows: list[Row] = module.measure() if rounds is None else module.measure(rounds=rounds)
    return rows


def main() -> int:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as JSON")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds, instead of each one's own")
    parser.add_argument("--write", action="store_true", help="write results.md and results.png")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names: list[str] = options.names or list(NAMES)
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}: there are {', '.join(NAMES)}")
    if options.here:
        sys.stdout.buffer.write(msgspec.json.encode(_measure(names[0], options.rounds)))
        return 0
    setting = report.setting()
    measured: dict[str, list[Row]] = {}
    for name in names:
        measured[name] = _measure_in_own_process(name, options.rounds)
        print(report.section(name, measured[name]), flush=True)
    if options.json is not None:
        found = {"setting": setting, "benchmarks": measured}
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    if options.write:
        text = report.document(setting, measured)
        (HERE / "results.md").write_text(text, encoding="utf-8")
        report.plot(measured, HERE / "results.png")
    return 0 if all(row.met for rows in measured.values() for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
