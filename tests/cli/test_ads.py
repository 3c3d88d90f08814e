"""`ads report`, `ads export` and `ads columns` on the command line."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Emulator, in_thread
from tests.support.commands import point_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.commands import Shell


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An account with ads, that the environment points at."""
    with in_thread(Emulator(boards=0, pins=0, job_seconds=0.0)) as emulator:
        point_at(emulator, monkeypatch)
        yield emulator


def test_report_prints_csv(shell: Shell, emulator: Emulator) -> None:
    """Rows go to stdout as CSV, what was done to stderr."""
    ended = shell("ads", "report", emulator.ad_account_id, "--last", "5", "--column", "CTR")
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert ended.code == 0
    assert rows[0].keys() == {"AD_ACCOUNT_ID", "DATE", "CAMPAIGN_ID", "CTR"}
    assert f"{len(rows)} rows of 1/1 reports" in ended.err


def test_report_prints_json(shell: Shell, emulator: Emulator) -> None:
    """With --json each row is a line, and all accounts are asked when none is named."""
    ended = shell("ads", "report", "--level", "ADVERTISER", "--last", "3", "--json")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    report = json.loads(ended.err)["report"]
    assert ended.code == 0
    assert {row["AD_ACCOUNT_ID"] for row in rows} == {
        str(one["id"]) for one in emulator.account.stores.store("ad_accounts")
    }
    assert report["complete"]
    assert report["rows"] == len(rows)


def test_report_writes_a_file(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """With --out the rows are in a file of the format that its name says."""
    out = tmp_path / "ads.jsonl"
    ended = shell("ads", "report", emulator.ad_account_id, "--out", str(out), "--last", "3")
    assert ended.code == 0
    assert ended.out == ""
    assert f"wrote {out}" in ended.err
    assert json.loads(out.read_text().splitlines()[0])["AD_ACCOUNT_ID"] == emulator.ad_account_id


def test_report_names_what_is_missing(shell: Shell, emulator: Emulator) -> None:
    """A report that came to nothing twice is named, and the code is 3."""
    emulator.fail_jobs("analytics/create_report", times=2)
    ended = shell("ads", "report", emulator.ad_account_id, "--last", "3")
    assert ended.code == 3
    assert f"{emulator.ad_account_id} (" in ended.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--column", "IMPRESION_1"), "did you mean"),
        (("--level", "CAMPAIN"), "did you mean CAMPAIGN"),
        (("--last", "4000000000"), "beyond all calendars"),
        (("--out", "report.txt"), "format"),
    ],
)
def test_report_refuses_what_cannot_be(
    shell: Shell, emulator: Emulator, words: tuple[str, ...], message: str
) -> None:
    """Bad words are one line on stderr, and the code is 2."""
    ended = shell("ads", "report", emulator.ad_account_id, *words)
    assert ended.code == 2
    assert message in ended.complaint


def test_export_writes_tables(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """Every table is counted; a second run says what has changed."""
    words = ("ads", "export", str(tmp_path), emulator.ad_account_id)
    ended = shell(*words)
    assert ended.code == 0
    assert ["campaigns", "30"] in [line.split() for line in ended.out.splitlines()]
    again = shell(*words, "--update", "--json")
    assert json.loads(again.out)["changes"] == {"added": 0, "changed": 0, "removed": 0}


def test_export_names_what_is_not_seen(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """An account of others is named, and the code is 3."""
    ended = shell("ads", "export", str(tmp_path), emulator.ad_account_id, "999")
    assert ended.code == 3
    assert "of 999" in ended.out


def test_columns_are_found(
    shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A word finds columns with their levels; meanings come with a login, and are not needed."""
    ended = shell("ads", "columns", "campaign_name")
    assert ended.code == 0
    assert ended.out.startswith("CAMPAIGN_NAME  text, from CAMPAIGN on: The figure")
    as_json = shell("ads", "columns", "checkout_roas", "--level", "campaign", "--json")
    assert all(json.loads(line)["conversions"] for line in as_json.out.splitlines())
    assert shell("ads", "columns", "no_such_thing").code == 1
    monkeypatch.delenv("PINTEREST_ACCESS_TOKEN")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert shell("ads", "columns", "IMPRESSION_1").code == 0
    assert emulator.requests
