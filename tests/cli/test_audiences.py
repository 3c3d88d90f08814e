"""`audiences sync` and `leads export` on the command line."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Emulator, in_thread
from tests.support.audience_world import address, hashes, lists_called, people_on
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


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """120 people."""
    path = tmp_path / "customers.csv"
    path.write_text("\n".join(["email", *map(address, range(120))]), "utf-8")
    return path


def test_a_table_becomes_a_list(shell: Shell, emulator: Emulator, table: Path) -> None:
    """It has the name of the file, whose state lies beside it; a further run sends nothing."""
    words = ("audiences", "sync", str(table), emulator.ad_account_id)
    first = shell(*words, "--audience", "Known")
    second = shell(*words, "--json")
    (made,) = lists_called(emulator, "customers")
    report = json.loads(second.out)
    assert (first.code, second.code) == (0, 0)
    assert "added                      120" in first.out
    assert f"list {made['id']}, which is new: " in first.out
    assert "Pinterest has counted 120 records added and 0 removed in 1 updates" in first.out
    assert people_on(emulator, made["id"]).ids == hashes(0, 120)
    assert (report["complete"], report["unchanged"], report["requests"]) == (True, 120, 0)
    assert table.with_name("customers.csv.state").exists()


def test_a_dry_run_sends_nothing(shell: Shell, emulator: Emulator, table: Path) -> None:
    """It counts what is to be sent."""
    ended = shell("audiences", "sync", str(table), emulator.ad_account_id, "--dry-run")
    assert ended.code == 0
    assert "to be added" in ended.out
    assert lists_called(emulator, "customers") == []


def test_bad_values_are_listed(shell: Shell, emulator: Emulator, table: Path) -> None:
    """By line and reason, without the values; with --skip-bad the others are sent."""
    table.write_text("email,phone\nzeisig,\nperson0@example.com,0170 1234\n", "utf-8")
    words = ("audiences", "sync", str(table), emulator.ad_account_id)
    refused, told = shell(*words), shell(*words, "--json")
    went_on = shell(*words, "--skip-bad")
    assert (refused.code, told.code, went_on.code) == (2, 2, 3)
    assert "  line 2: email: em must be one e-mail address" in refused.err
    assert "say of which country they are: give --default-country" in refused.err
    assert "pinterest-async: 2 of 2 rows have values that cannot be used" in refused.err
    assert "mend them, or give --skip-bad" in refused.err
    assert [row["line"] for row in json.loads(told.out)["bad"]] == [2, 3]
    shown = "".join(one.out + one.err for one in (refused, told, went_on))
    assert "zeisig" not in shown
    assert "0170" not in shown
    assert people_on(emulator, lists_called(emulator, "customers")[0]["id"]).ids == hashes(0, 1)


def test_a_table_that_is_cut_off_is_told(shell: Shell, emulator: Emulator, table: Path) -> None:
    """The option that allows it is named, and does."""
    words = ("audiences", "sync", str(table), emulator.ad_account_id)
    shell(*words)
    table.write_text("email\nperson0@example.com\n", "utf-8")
    refused, allowed = shell(*words), shell(*words, "--remove-share", "1")
    assert (refused.code, allowed.code) == (2, 0)
    assert "119 of the 120 people on the list would be removed" in refused.complaint
    assert (
        "give a larger --remove-share" in refused.complaint or "--remove-share" in refused.complaint
    )


def test_the_account_is_named_where_there_are_several(
    shell: Shell, emulator: Emulator, table: Path, tmp_path: Path
) -> None:
    """It is not guessed; where there is one, it need not be named."""
    store = emulator.account.stores.store("ad_accounts")
    ids = [str(one["id"]) for one in store]
    several = shell("audiences", "sync", str(table))
    for one in ids:
        if one != emulator.ad_account_id:
            store.remove(one)
    alone = shell("audiences", "sync", str(table))
    leads = shell("leads", "export", str(tmp_path / "leads.csv"), "--last", "1")
    assert (several.code, alone.code, leads.code) == (2, 0, 0)
    assert f"name one of them behind the file: {', '.join(ids)}" in several.complaint


def test_without_a_state_the_emulator_of_the_command_is_enough(shell: Shell, table: Path) -> None:
    """Nothing is left beside the file."""
    words = ("audiences", "sync", str(table), "--emulator")
    ended = shell(*words)
    assert ended.code == 2
    account = ended.complaint.rpartition("file: ")[2].partition(",")[0]
    assert shell("audiences", "sync", str(table), account, "--emulator").code == 0
    assert [path.name for path in table.parent.iterdir()] == ["customers.csv"]


def test_leads_are_added_to_a_file(shell: Shell, emulator: Emulator, tmp_path: Path) -> None:
    """Each once, however often it is run; what is missing is named, and the code is 3."""
    out = tmp_path / "leads.csv"
    ads = [str(one["id"]) for one in emulator.account.stores.store("ads", emulator.ad_account_id)]
    words = ("leads", "export", str(out), emulator.ad_account_id, "--ad", ads[0], "--ad", ads[1])
    first = shell(*words)
    emulator.fail_jobs("leads_export/create", times=2)
    second = shell(*words, "--concurrency", "1")
    told = json.loads(shell(*words, "--json").out)
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert (first.code, second.code) == (0, 3)
    assert f"ad {ads[0]}: WorkFailed: Pinterest says FAILED" in second.out
    assert (told["added"], told["total"]) == (0, len(rows))
    assert "example.com" not in first.out + first.err
