"""`account-analytics`: the figures of the account and its best Pins, as tables."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Answer, Emulator, in_thread
from tests.support.analytics_world import TODAY, days_ago
from tests.support.commands import point_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.commands import Shell


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An account with Pins, that the environment points at."""
    with in_thread(Emulator(boards=3, pins=40)) as emulator:
        point_at(emulator, monkeypatch)
        yield emulator


def table(text: str) -> list[dict[str, str]]:
    """The rows of a table."""
    return [*csv.DictReader(io.StringIO(text))]


def test_figures_go_to_stdout(shell: Shell, emulator: Emulator) -> None:
    """A row for each day and metric; what has no figure is empty; the rest is on stderr."""
    ended = shell("account-analytics", "--last", "5", "--metric", "SAVE", "--metric", "IMPRESSION")
    rows = table(ended.out)
    assert ended.code == 0
    assert list(rows[0]) == ["part", "date", "metric", "value", "data_status"]
    assert [(row["date"], row["metric"]) for row in rows] == [
        (days_ago(ago).isoformat(), metric)
        for ago in range(4, -1, -1)
        for metric in ("SAVE", "IMPRESSION")
    ]
    assert {row["data_status"] for row in rows if not row["value"]} == {"PROCESSING"}
    assert rows[-1]["date"] == TODAY.isoformat()
    assert ended.err.splitlines() == [
        "10 rows of 5 days",
        f"the figures after {days_ago(3)} may still change",
    ]
    assert len(emulator.requests) == 1


def test_parts_of_a_split_have_rows(shell: Shell, emulator: Emulator) -> None:
    """With --split there are rows for each part, and days can be chosen."""
    day = str(days_ago(10))
    ended = shell("account-analytics", "--start", day, "--end", day, "--split", "SOURCE")
    rows = table(ended.out)
    assert {(row["part"], row["date"]) for row in rows} == {
        ("YOUR_PINS", day),
        ("OTHER_PINS", day),
    }
    assert len(rows) == 2 * 9
    assert ended.err.splitlines() == ["18 rows of 1 days"]


def test_both_tables_are_written(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """With --out and --top-out each table is a whole file, in a folder that is made."""
    out, best = tmp_path / "new" / "account.csv", tmp_path / "new" / "best.csv"
    ended = shell(
        *("account-analytics", "--last", "9", "--metric", "SAVE", "--out", str(out)),
        *("--top-out", str(best), "--top", "3", "--top-by", "SAVE"),
    )
    assert (ended.code, ended.out) == (0, "")
    assert {path.name for path in out.parent.iterdir()} == {"account.csv", "best.csv"}
    assert len(table(out.read_text())) == 9
    rows = [row for row in table(best.read_text()) if row["ranking"] == "PINS"]
    assert [(row["rank"], row["metric"]) for row in rows] == [(n, "SAVE") for n in "123"]
    assert {row["pin_id"] for row in rows} < set(emulator.account.saved.pins)
    saves = [float(row["value"]) for row in rows]
    assert saves == sorted(saves, reverse=True)


def test_ten_of_each_are_the_best(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """Without --top there are ten."""
    best = tmp_path / "best.csv"
    shell("account-analytics", "--last", "9", "--top-out", str(best))
    ranks = {int(row["rank"]) for row in table(best.read_text()) if row["ranking"] == "PINS"}
    assert ranks == set(range(1, 11))


def test_a_refused_ranking_is_told(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """The command ends with 3; the figures are there, and JSON names what is not."""
    refused = Answer(403, {"code": 29, "message": "No."})
    words = ("account-analytics", "--last", "4", "--top-out", str(tmp_path / "best.jsonl"))
    emulator.fail("user_account/analytics/top_video_pins", refused)
    for_people = shell(*words)
    emulator.fail("user_account/analytics/top_video_pins", refused)
    ended = shell(*words, "--json")
    assert (for_people.code, ended.code) == (3, 3)
    assert "  VIDEOS: PermissionDenied: " in for_people.err
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert len(rows) == 4 * 9
    assert rows[0]["date"] == days_ago(3).isoformat()
    report = json.loads(ended.err)["report"]
    assert [one["ranking"] for one in report["failures"]] == ["VIDEOS"]
    assert report["complete"] is False
    assert report["final_through"] == days_ago(3).isoformat()
    assert report["totals"].keys() == {"all"}
    best = [json.loads(line) for line in (tmp_path / "best.jsonl").read_text().splitlines()]
    assert {row["ranking"] for row in best} == {"PINS"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--last", "92"], "choose days among those"),
        (["--metric", "IMPRESION"], "did you mean IMPRESSION?"),
        (["--split", "APPTYPE"], "did you mean APP_TYPE?"),
        (["--top", "3"], "give --top-out FILE"),
        (["--top", "51", "--top-out", "FILE"], "top must be from 0 to 50, not 51"),
        (["--out", "FILE", "--top-out", "FILE"], "must be two files"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused(
    shell: Shell, emulator: Emulator, tmp_path: Path, words: list[str], said: str
) -> None:
    """Nothing is sent and no file is made."""
    file = str(tmp_path / "table.csv")
    ended = shell("account-analytics", *(file if word == "FILE" else word for word in words))
    assert ended.code == 2
    assert said in ended.complaint
    assert emulator.requests == []
    assert [*tmp_path.iterdir()] == []


def test_a_failure_leaves_no_file(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """Where the account's figures are refused there is nothing to write."""
    emulator.fail("user_account/analytics", Answer(401, {"code": 2, "message": "No."}))
    out = tmp_path / "account.csv"
    assert shell("account-analytics", "--out", str(out)).code == 1
    assert [*tmp_path.iterdir()] == []


def test_an_account_is_still_a_login(shell: Shell, emulator: Emulator) -> None:
    """`--account NAME` names the login, as of every command."""
    ended = shell("account-analytics", "--account", "nobody")
    assert ended.code != 0
    assert "nobody" in ended.complaint
    assert emulator.requests == []
