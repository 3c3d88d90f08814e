"""That the benchmarks run, and say what they found. How long anything takes is not looked at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import pytest

from benchmarks import limits, report
from benchmarks.__main__ import NAMES
from benchmarks.counting import CountedWindow
from benchmarks.limits_work import Case
from benchmarks.rig import Row
from benchmarks.walk import best
from pinterest_async.limits.headers import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).parent.parent


class Written(msgspec.Struct):
    """What `--json` writes."""

    setting: dict[str, str]
    benchmarks: dict[str, list[Row]]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def test_the_command_measures_and_writes_what_it_is_asked_for(tmp_path: Path) -> None:
    """It prints a table for each benchmark, writes the rows, and ends with 0 or 1."""
    file = tmp_path / "rows.json"
    done = run("call", "page", "--rounds", "1", "--json", str(file))
    assert done.returncode in (0, 1), done.stderr
    written = msgspec.json.decode(file.read_bytes(), type=Written)
    assert list(written.benchmarks) == ["call", "page"]
    assert {"date", "machine", "Python", "aiohttp", "msgspec"} <= set(written.setting)
    for name, rows in written.benchmarks.items():
        assert f"## {name}" in done.stdout
        assert all(row.value > 0 for row in rows)
        assert any(row.ratio is not None and row.bar is not None for row in rows)
    met = all(row.met for rows in written.benchmarks.values() for row in rows)
    assert done.returncode == (0 if met else 1)


def test_an_unknown_name_is_refused() -> None:
    """A name that is none of the benchmarks' ends the command before it measures."""
    done = run("kall")
    assert done.returncode == 2
    assert "kall" in done.stderr
    assert NAMES[0] in done.stderr


ROWS: Final = [
    Row(what="a thing", value=12.5, unit="µs CPU"),
    Row(what="ours", value=11.0, unit="µs CPU", against="a thing", ratio=0.88, bar=1.0),
    Row(what="theirs", value=0.9, unit="refused", against="all", ratio=0.9, least=0.99),
    Row(what="many", value=4, unit="refused of 100", ratio=1.0, least=0.8, most=3),
]


@pytest.mark.parametrize(
    ("row", "met"), [(ROWS[0], True), (ROWS[1], True), (ROWS[2], False), (ROWS[3], False)], ids=str
)
def test_a_row_knows_whether_it_meets_its_bar(row: Row, met: bool) -> None:  # noqa: FBT001
    """A bar is a most or a least, and a row without one has nothing to miss."""
    assert row.met is met


def test_a_report_names_its_setting_and_marks_what_is_missed() -> None:
    """The document says where it was measured, and which rows miss their bars."""
    text = report.document({"machine": "a small one"}, {"call": ROWS})
    assert "- machine: a small one" in text
    assert "| ours | 11 µs CPU | a thing | 0.880 | ≤ 1 | met |" in text
    assert "| theirs | 0.9 refused | all | 0.900 | ≥ 0.99 | **missed** |" in text
    assert "| many | 4 refused of 100 |  | 1.000 | ≥ 0.8, ≤ 3 refused | **missed** |" in text


def test_the_plot_is_a_picture(tmp_path: Path) -> None:
    """The ratios are drawn to a PNG."""
    pytest.importorskip("matplotlib")
    report.plot({"call": ROWS}, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("sliding", "moments", "refused"),
    [
        (False, [0.9, 0.9, 0.9, 1.0, 1.1, 1.9], [False, False, True, False, False, True]),
        (True, [0.5, 0.5, 1.0, 1.25, 1.5, 1.5], [False, False, True, True, False, False]),
    ],
)
def test_the_server_counts_windows(
    sliding: bool,  # noqa: FBT001
    moments: Sequence[float],
    refused: Sequence[bool],
) -> None:
    """A fixed window starts anew at its time, and a sliding one forgets calls one by one."""
    window = CountedWindow(2, 1.0, "own", sliding=sliding)
    counted = [CountedWindow.count([window], moment) for moment in moments]
    assert [each[0] for each in counted] == list(refused)
    assert b'x-ratelimit-limit: 2, 2;w=1;name="own"\r\n' in counted[0][1]
    assert b"x-ratelimit-remaining: 1\r\n" in counted[0][1]


def test_the_best_possible_walk_spends_the_quota_second_by_second() -> None:
    """A hundred calls go at once, and each further hundred a second later."""
    assert [best(calls) for calls in (1, 100, 101, 601)] == pytest.approx([0.05, 0.05, 1.05, 6.05])


STEADY: Final = Case(server="fixed", windows=(Window(2, 10.0),), length=4, least=0.99)
"""Two calls in ten seconds, for forty; the three whole windows are looked at."""
BURSTS: Final = msgspec.structs.replace(STEADY, load="bursts")
LAST: Final = msgspec.structs.replace(STEADY, load="at the last moment")
KILLED: Final = msgspec.structs.replace(STEADY, server="sliding", fault="killed")
DENIED: Final = msgspec.structs.replace(STEADY, processes=2, fault="wrong password")
NONE: Final[Sequence[Mapping[str, int]]] = [{}]
DENIED_ONE: Final[Sequence[Mapping[str, int]]] = [{"ConfigurationError": 4}, {}]
DENIED_BOTH: Final[Sequence[Mapping[str, int]]] = [{"ConfigurationError": 4}] * 2


@pytest.mark.parametrize(
    ("case", "start", "admitted", "raised", "share"),
    [
        # From 110 to 140: one of six is missing, and what was before or after does not count.
        (STEADY, 104.0, [105, 109, 110, 111, 120, 130, 139.9, 140], NONE, 5 / 6),
        # Within 10 seconds of 104, 125 and 146.
        (BURSTS, 104.0, [104, 105, 125, 136, 146, 147], NONE, 5 / 6),
        # Within 1.5 seconds of 110, 130 and 150.
        (LAST, 109.5, [110.5, 111, 130, 131.6, 150, 151], NONE, 5 / 6),
        # Forty seconds, from five seconds after the death at 105 on.
        (KILLED, 104.0, [105, 109, 110, 111, 120, 121, 130, 149.9, 150], NONE, 6 / 8),
        (DENIED, 104.0, [], DENIED_ONE, 1 / 2),
        (DENIED, 104.0, [105], DENIED_BOTH, 0.0),
    ],
    ids=["steady", "bursts", "last moment", "killed", "wrong password", "went all the same"],
)
def test_the_share_is_of_whole_windows(
    case: Case,
    start: float,
    admitted: Sequence[float],
    raised: Sequence[Mapping[str, int]],
    share: float,
) -> None:
    """A share is what was let through in the moments that a row looks at, of what they allow."""
    assert limits.share_of(case, admitted, start, raised) == pytest.approx(share)


def test_every_row_of_the_limits_has_a_name_of_its_own() -> None:
    """Rows are chosen by their names."""
    names = [
        case.name
        for kind in (limits.honest, limits.hostile, limits.broken, limits.commands, limits.minutes)
        for case in kind()
    ]
    assert len(set(names)) == len(names)
