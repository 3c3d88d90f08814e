"""What was measured, as Markdown and as a picture."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.rig import Row

HEADING: Final = ("| what | median | against | ratio | bar | |", "|---|--:|---|--:|--:|---|")
PACKAGES: Final = ("aiohttp", "msgspec", "aiolimiter", "isal", "uvloop", "pydantic", "pyarrow")


def setting() -> dict[str, str]:
    """Describe the machine, the versions and the day."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, {_processor()}",
        "system": f"{platform.system()} {platform.release()}",
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "Python": platform.python_version(),
        **{package: _version(package) for package in PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def section(name: str, rows: Sequence[Row]) -> str:
    """Give one benchmark as Markdown: what it is, and its table."""
    about = (import_module(f"benchmarks.{name}").__doc__ or "").strip().partition("\n")[0]
    lines = [f"## {name}", "", about, "", *HEADING, *[line(row) for row in rows]]
    return "\n".join([*lines, ""])


def line(row: Row) -> str:
    """Give one row of the table."""
    cells = [
        row.what,
        f"{row.value:,.4g} {row.unit}",
        row.against,
        "" if row.ratio is None else f"{row.ratio:.3f}",
        _bar(row),
        "" if not _bar(row) else "met" if row.met else "**missed**",
    ]
    return f"| {' | '.join(cells)} |"


def _bar(row: Row) -> str:
    bars = [
        "" if row.bar is None else f"≤ {row.bar:.3g}",
        "" if row.least is None else f"≥ {row.least:.3g}",
        "" if row.most is None else f"≤ {row.most:,.4g} {row.unit.partition(' ')[0]}",
    ]
    return ", ".join(bar for bar in bars if bar)


def document(setting: Mapping[str, str], measured: Mapping[str, Sequence[Row]]) -> str:
    """Give all that was measured as Markdown."""
    lines = [
        "# What was measured",
        "",
        "Written by `python -m benchmarks --write`. A ratio is the median over the rounds; the",
        "figures beside it are those of this machine. How each one is measured stands at the top",
        "of its file.",
        "",
        "![ratios](results.png)",
        "",
        *[f"- {name}: {value}" for name, value in setting.items()],
        "",
    ]
    return "\n".join([*lines, *[section(name, rows) for name, rows in measured.items()]])


def plot(measured: Mapping[str, Sequence[Row]], path: Path) -> None:
    """Draw every ratio that has a bar, as a share of that bar."""
    matplotlib: Any = import_module("matplotlib")
    matplotlib.use("Agg")
    pyplot: Any = import_module("matplotlib.pyplot")
    labels: list[str] = []
    shares: list[float] = []
    for name, rows in measured.items():
        for row in rows:
            if row.ratio is not None and row.bar is not None:
                labels.append(f"{name}: {row.what}, against {row.against}")
                shares.append(row.ratio / row.bar)
            elif row.ratio is not None and row.least is not None:
                labels.append(f"{name}: {row.what}, against {row.against}")
                shares.append(row.least / max(row.ratio, 0.01))
    figure, axes = pyplot.subplots(figsize=(11, 1.2 + 0.24 * len(labels)))
    colours = ["#3d7a57" if share <= 1 else "#b3402e" for share in shares]
    axes.barh(range(len(labels)), shares, color=colours, height=0.7)
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.axvline(1.0, color="black", linewidth=1)
    axes.set_xlabel("ratio as a share of its bar: what ends left of the line meets it")
    figure.savefig(path, dpi=110, bbox_inches="tight", metadata={"Software": None})
    pyplot.close(figure)
