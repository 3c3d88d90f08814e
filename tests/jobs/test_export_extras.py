"""Figures and pictures in an export, and its command."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import AuthenticationFailed
from pinterest_async.emulator import Answer, Disconnect, Emulator, in_thread
from pinterest_async.jobs import ExportProgress, export_account
from tests.support.clients import client_of
from tests.support.commands import environment
from tests.support.exported import JOURNAL, NAMES, lines, manifest, names, rows

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.jobs.export.formats import Format

WIDE = {"org_analytics": [(100_000, 60)]}
LOCAL = ("127.0.0.1", "localhost")
DEAD = Answer(401, {"code": 2, "message": "Authentication failed."})
CHECKPOINT = ".pinterest-export-metrics.sqlite"


def measured(emulator: Emulator) -> Counter[str]:
    """How often the figures of each Pin were asked for, and answered."""
    counter: Counter[str] = Counter()
    for request in emulator.requests:
        if request.operation_id == "multi_pins/analytics" and request.status == 200:
            counter.update(",".join(request.query["pin_ids"]).split(","))
        if request.operation_id == "pins/analytics" and request.status == 200:
            counter[request.path.split("/")[3]] += 1
    return counter


@pytest.mark.parametrize("written_as", ["jsonl", "csv", "parquet", "sqlite"])
async def test_metrics_are_a_table(tmp_path: Path, written_as: Format) -> None:
    """The figures of every Pin are there, typed, and no checkpoint stays behind."""
    seen: list[ExportProgress] = []
    async with (
        Emulator(boards=2, pins=12, limits=WIDE) as emulator,
        client_of(emulator) as client,
    ):
        report = await export_account(
            client, tmp_path, format=written_as, metrics=True, progress=seen.append
        )
        account = emulator.account

    assert report.complete
    assert report.metrics is not None
    if written_as == "jsonl":
        table = lines(tmp_path / "metrics.jsonl")
    else:
        table = rows(tmp_path, "metrics", written_as)
    assert len(table) == report.metrics.rows > 12 * 90
    assert {row["pin_id"] for row in table} == set(account.saved.pins)
    assert measured(emulator) == Counter(list(account.saved.pins))
    row = next(row for row in table if row["metric"] == "IMPRESSION" and row["date"])
    assert isinstance(row["value"], str if written_as == "csv" else float | int)
    assert CHECKPOINT not in names(tmp_path)
    assert {progress.stage for progress in seen} == {"listing", "metrics", "writing"}
    assert seen[-1].measured == 12


class StoppedError(Exception):
    """Somebody has had enough."""


def stop_among_the_figures(progress: ExportProgress) -> None:
    """End the export as soon as there are any."""
    if progress.measured:
        raise StoppedError


async def test_figures_are_not_fetched_twice(tmp_path: Path) -> None:
    """A run that ended among the figures goes on with those that are missing."""
    async with (
        Emulator(boards=1, pins=130, limits=WIDE) as emulator,
        client_of(emulator) as client,
    ):
        with pytest.raises(StoppedError):
            await export_account(client, tmp_path, metrics=True, progress=stop_among_the_figures)
        assert names(tmp_path) == {JOURNAL, CHECKPOINT}
        with closing(sqlite3.connect(tmp_path / CHECKPOINT)) as checkpoint:
            known = {pin_id for (pin_id,) in checkpoint.execute("SELECT pin_id FROM fetched")}
        emulator.requests.clear()
        report = await export_account(client, tmp_path, metrics=True)

    assert report.complete
    assert known
    assert measured(emulator) == Counter(emulator.account.saved.pins.keys() - known)
    assert "boards/list_pins" not in {request.operation_id for request in emulator.requests}
    written = {row["pin_id"] for row in lines(tmp_path / "metrics.jsonl")}
    assert written == set(emulator.account.saved.pins)


async def test_a_token_that_dies_among_the_figures_ends_the_export(tmp_path: Path) -> None:
    """What every other call would meet is raised, and the next run goes on."""
    async with (
        Emulator(boards=1, pins=12, limits=WIDE) as emulator,
        client_of(emulator) as client,
    ):
        for operation in ("multi_pins/analytics", "pins/analytics"):
            emulator.fail(operation, DEAD, times=9)
        with pytest.raises(AuthenticationFailed):
            await export_account(client, tmp_path, metrics=True)
        emulator.clear_faults()
        report = await export_account(client, tmp_path, metrics=True)

    assert report.complete
    assert report.calls == 1


async def test_figures_that_are_refused_cost_no_pin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app without analytics still gets its export, and the reason."""
    monkeypatch.setattr("pinterest_async.jobs.analytics.pins._REFUSED_AT_FIRST", 3)
    refused = Answer(403, {"code": 29, "message": "Not permitted."})
    async with (
        Emulator(boards=1, pins=30, limits=WIDE) as emulator,
        client_of(emulator) as client,
    ):
        for operation in ("multi_pins/analytics", "pins/analytics"):
            emulator.fail(operation, refused, times=100)
        report = await export_account(client, tmp_path, metrics=True)

    assert len(lines(tmp_path / "pins.jsonl")) == 30
    assert ["were refused: PermissionDenied" in row.reason for row in report.differences] == [True]
    assert names(tmp_path) == NAMES | {"metrics.jsonl"}


async def test_pictures_are_fetched_once(tmp_path: Path) -> None:
    """Every Pin's pictures are there; an update fetches those that are missing."""
    async with (
        Emulator(boards=2, pins=8, local_pictures=True) as emulator,
        client_of(emulator) as client,
    ):
        report = await export_account(client, tmp_path, pictures=True, picture_hosts=LOCAL)
        assert report.complete
        assert report.pictures is not None
        first = report.pictures.downloaded
        stems = {path.stem.partition("-")[0] for path in (tmp_path / "pictures").iterdir()}
        assert stems == set(emulator.account.saved.pins)
        report = await export_account(
            client, tmp_path, pictures=True, picture_hosts=LOCAL, update=True
        )

    assert report.pictures is not None
    assert (report.pictures.downloaded, report.pictures.present) == (0, first)
    assert manifest(tmp_path)["pictures"]["present"] == first


async def test_pictures_that_are_missing_are_a_difference(tmp_path: Path) -> None:
    """A host that is not allowed is asked for nothing, and the manifest says what is missing."""
    async with (
        Emulator(boards=1, pins=3, local_pictures=True) as emulator,
        client_of(emulator) as client,
    ):
        report = await export_account(client, tmp_path, pictures=True, picture_hosts=("x.test",))

    (difference,) = report.differences
    assert "pictures are missing" in difference.reason
    assert "host that is not allowed" in difference.reason
    assert len(lines(tmp_path / "pins.jsonl")) == 3


async def test_a_pin_that_no_model_fits_has_figures_and_no_picture(tmp_path: Path) -> None:
    """An odd Pin holds up neither the pictures nor the figures of the others."""
    async with Emulator(boards=1, pins=2, limits=WIDE) as emulator, client_of(emulator) as client:
        pins = [
            json.loads(emulator.account.saved.encoded_pin(key))
            for key in emulator.account.saved.pin_order
        ]
        pins[0]["media"] = "odd"
        emulator.fail("boards/list_pins", Answer(200, {"items": pins, "bookmark": None}))
        report = await export_account(
            client, tmp_path, metrics=True, pictures=True, picture_hosts=()
        )

    assert report.metrics is not None
    assert (report.metrics.pins, report.metrics.failures) == (2, [])
    assert report.pictures is not None
    assert report.pictures.pins == 1
    assert "1 pins could not be read" in report.differences[-1].reason


# The command


def export(emulator: Emulator, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "pinterest_async.cli", "export", *words],
        env=environment(emulator),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_has_every_option(tmp_path: Path) -> None:
    """Formats, days, figures and pictures can be asked for, and nothing is drawn in a pipe."""
    out = str(tmp_path / "out")
    with in_thread(Emulator(boards=2, pins=6, limits=WIDE, local_pictures=True)) as emulator:
        first = export(
            emulator, out, "--format", "csv", "--since", "2020-01-01", "--metrics", "--pictures",
            "--host", "127.0.0.1", "--host", "localhost",
        )  # fmt: skip
        report = manifest(tmp_path / "out")
    assert (first.returncode, first.stderr) == (0, ""), first.stdout
    assert "figures of pins" in first.stdout
    assert (report["format"], report["since"]) == ("csv", "2020-01-01T00:00:00Z")
    assert report["pictures"]["downloaded"] >= 6
    assert names(tmp_path / "out") >= {"metrics.csv", "pictures"}


def test_the_command_needs_no_account(tmp_path: Path) -> None:
    """With the emulator of the command itself nothing else is needed, or asked."""
    with in_thread(Emulator(boards=1, pins=1)) as unused:
        ended = export(unused, str(tmp_path / "out"), "--emulator", "--format", "parquet", "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["pins"] == 4000
    assert unused.requests == []


def test_the_command_updates(tmp_path: Path) -> None:
    """`--update` says what has changed, `--json` prints the manifest; 3 is for differences."""
    out = tmp_path / "out"
    with in_thread(Emulator(boards=2, pins=6)) as emulator:
        assert export(emulator, str(out)).returncode == 0
        refused = export(emulator, str(out))
        assert refused.returncode == 2
        assert "--update" in refused.stderr
        emulator.account.saved.remove_pin(next(iter(emulator.account.saved.pins)))
        told = export(emulator, str(out), "--update")
        assert told.returncode == 0
        assert "pins: 0 new, 0 changed, 1 gone" in told.stdout
        emulator.fail("boards/list_pins", Answer(403, {"code": 403, "message": "No."}))
        differs = export(emulator, str(out), "--update", "--full", "--json")
    assert differs.returncode == 3
    assert json.loads(differs.stdout) == manifest(out)


@pytest.mark.parametrize(
    "words",
    [["--format", "xlsx"], ["--since", "yesterday"], ["--full"], ["--update", "--overwrite"]],
)
def test_wrong_words_are_told_with_2(tmp_path: Path, words: list[str]) -> None:
    """Options that cannot be followed end before anything is sent."""
    with in_thread(Emulator(boards=1, pins=1)) as emulator:
        ended = export(emulator, str(tmp_path / "out"), *words)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert emulator.requests == []
    assert not (tmp_path / "out").exists()


def test_a_command_that_failed_goes_on(tmp_path: Path) -> None:
    """Where the network broke for good the command ends with 1; the next one has less to do."""
    out = tmp_path / "out"
    with in_thread(Emulator(boards=4, pins=600)) as emulator:
        emulator.fail("boards/list_pins", Disconnect(), skip=2, times=1000)
        assert export(emulator, str(out)).returncode == 1
        emulator.clear_faults()
        ended = export(emulator, str(out))
    assert ended.returncode == 0
    assert "pages of before" in ended.stdout
    figures: dict[str, Any] = manifest(out)
    assert figures["pages_resumed"] > 0
