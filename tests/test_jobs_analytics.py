"""Analytics of many Pins: every figure once, nothing asked for twice, every lack named."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import aclosing
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionFailed,
    InvalidRequest,
    MissingScope,
    PermissionDenied,
    Pinterest,
    RetryPolicy,
    TrialAccessError,
)
from pinterest_async.emulator import Answer, Disconnect, Emulator, in_thread
from pinterest_async.jobs import AnalyticsRow, PinAnalytics, analytics, pin_analytics

if TYPE_CHECKING:
    from pathlib import Path

TODAY = dt.datetime.now(dt.UTC).date()
WIDE = {"org_analytics": [(100_000, 60)]}
"""Limits that no test comes near."""
REFUSED: Any = ("beta_refused",)
PICTURES = {"USER_FOLLOW", "PROFILE_VISIT"}


def days_ago(number: int) -> dt.date:
    """A day before today."""
    return TODAY - dt.timedelta(number)


def emulator_with(pins: int, **options: Any) -> Emulator:
    """An account with so many Pins, and room for calls."""
    return Emulator(boards=3, pins=pins, limits=WIDE, **options)


def client_of(emulator: Emulator, attempts: int = 1) -> Pinterest:
    """A client that gives up at once, unless told otherwise."""
    return Pinterest(
        emulator.token,
        base_url=emulator.base_url,
        retry=RetryPolicy(attempts=attempts, base=0.0001),
    )


async def collect(rows: PinAnalytics) -> list[AnalyticsRow]:
    """All rows."""
    return [row async for row in rows]


def asked(emulator: Emulator) -> Counter[str]:
    """How often each Pin's figures were asked for, and answered."""
    counter: Counter[str] = Counter()
    for request in emulator.requests:
        if request.operation_id == "pins/analytics" and request.status == 200:
            counter[request.path.split("/")[3]] += 1
        if request.operation_id == "multi_pins/analytics" and request.status == 200:
            counter.update(",".join(request.query["pin_ids"]).split(","))
    return counter


def is_video(emulator: Emulator, pin_id: str) -> bool:
    """Whether a Pin shows a video."""
    return bool(emulator.account.pins[pin_id].media["media_type"] == "video")


def check_rows(emulator: Emulator, rows: list[AnalyticsRow], days: int) -> None:
    """Fail unless there is one row for each Pin, day and metric of its media."""
    keys = [(row.pin_id, row.date, row.metric) for row in rows]
    assert len(set(keys)) == len(keys)
    daily: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        if row.date is not None:
            daily.setdefault(row.pin_id, set()).add((row.date, row.metric))
    assert set(daily) == set(emulator.account.pins)
    for pin_id, found in daily.items():
        metrics = {metric for _, metric in found}
        assert len({date for date, _ in found}) == days
        assert len(found) == days * len(metrics)
        assert "IMPRESSION" in metrics
        assert PICTURES.isdisjoint(metrics) == is_video(emulator, pin_id)
        assert any("VIDEO" in metric for metric in metrics) == is_video(emulator, pin_id)


@pytest.mark.parametrize("quirks", [(), REFUSED], ids=["batches", "one by one"])
async def test_every_pin_day_and_metric_once(quirks: Any) -> None:
    """The rows are the same, and whole, whether Pinterest allows many Pins at once or not."""
    async with emulator_with(260, quirks=quirks) as emulator, client_of(emulator) as client:
        walk = pin_analytics(client, None, days_ago(6), TODAY)
        rows = await collect(walk)

    check_rows(emulator, rows, days=7)
    report = walk.report
    assert report.complete
    assert (report.pins, report.rows, report.one_by_one) == (260, len(rows), bool(quirks))
    assert any(is_video(emulator, pin_id) for pin_id in emulator.account.pins)
    calls = [one for one in emulator.requests if "analytics" in str(one.operation_id)]
    assert report.calls == len(calls)
    assert len(calls) <= (264 if quirks else 5)
    assert asked(emulator) == dict.fromkeys(emulator.account.pins, 1)
    ready = [row for row in rows if row.data_status == "READY"]
    assert ready
    assert all(row.value is not None for row in ready)
    assert all(row.value is None for row in rows if row.data_status == "PROCESSING")
    assert {row.metric for row in rows if row.date is None} == {"TOTAL_COMMENTS", "TOTAL_REACTIONS"}


async def test_both_ways_give_the_same_figures() -> None:
    """A batch and a call for each Pin come to the same rows."""
    found: list[set[AnalyticsRow]] = []
    for quirks in ((), REFUSED):
        async with emulator_with(40, quirks=quirks) as emulator, client_of(emulator) as client:
            found.append(set(await collect(pin_analytics(client, None, days_ago(9), days_ago(3)))))
    assert found[0] == found[1]
    assert len(found[0]) > 40 * 7 * 7


async def test_ids_are_looked_up_where_media_matters() -> None:
    """Pins given by id get the metrics of their media; without such metrics none is looked up."""
    async with emulator_with(30) as emulator, client_of(emulator) as client:
        pin_ids = list(emulator.account.pins)
        rows = await collect(pin_analytics(client, pin_ids, days_ago(1), TODAY))
        check_rows(emulator, rows, days=2)
        assert Counter(one.operation_id for one in emulator.requests)["pins/get"] == 30

        emulator.requests.clear()
        rows = await collect(
            pin_analytics(client, pin_ids, days_ago(1), TODAY, metrics=["IMPRESSION", "SAVE"])
        )
        assert len(rows) == 30 * 2 * 2
        assert len(emulator.requests) == 1

        videos = pin_analytics(client, pin_ids, TODAY, TODAY, metrics=["VIDEO_START"])
        rows = await collect(videos)
    with_rows = {row.pin_id for row in rows}
    assert with_rows == {pin_id for pin_id in pin_ids if is_video(emulator, pin_id)}
    assert videos.report.without_metrics == 30 - len(with_rows)


@pytest.mark.parametrize("quirks", [(), REFUSED], ids=["batches", "one by one"])
async def test_one_bad_pin_spoils_nothing(quirks: Any) -> None:
    """Pins that do not exist are named with their reason; all others have their rows."""
    async with emulator_with(100, quirks=quirks) as emulator, client_of(emulator) as client:
        pin_ids = [*list(emulator.account.pins), "1", "2"]
        Random(4).shuffle(pin_ids)
        walk = pin_analytics(client, pin_ids, TODAY, TODAY, metrics=["SAVE"])
        rows = await collect(walk)

    assert {row.pin_id for row in rows} == set(emulator.account.pins)
    assert len(rows) == 100
    assert {failure.pin_id for failure in walk.report.failures} == {"1", "2"}
    assert all("NotFound" in failure.reason for failure in walk.report.failures)
    assert not walk.report.complete
    assert walk.report.calls <= (104 if quirks else 45)


async def test_pins_that_pinterest_leaves_out_are_counted() -> None:
    """A Pin without figures in these days has no rows and is no failure."""
    async with emulator_with(3) as emulator, client_of(emulator) as client:
        pin_ids = list(emulator.account.pins)
        emulator.fail("multi_pins/analytics", Answer(200, {pin_ids[0]: {"all": {}}}))
        walk = pin_analytics(client, pin_ids, TODAY, TODAY, metrics=["SAVE"])
        assert await collect(walk) == []
    assert (walk.report.pins, walk.report.without_data, walk.report.complete) == (3, 3, True)


async def test_odd_answers_are_read() -> None:
    """Another name for the whole, empty days and missing metrics make rows without a value."""
    day = {"date": "2026-01-01", "data_status": "BRAND_NEW", "metrics": {"SAVE": 2.5}}
    answer = {
        "7": {"TOTAL": {"daily_metrics": [day, {"date": "2026-01-02"}], "lifetime_metrics": None}}
    }
    async with emulator_with(0) as emulator, client_of(emulator) as client:
        emulator.fail("multi_pins/analytics", Answer(200, answer))
        walk = pin_analytics(client, ["7", "8"], TODAY, TODAY, metrics=["SAVE", "NEW_ONE"])
        rows = [(row.date, row.metric, row.value, row.data_status) for row in await collect(walk)]
    assert rows == [
        ("2026-01-01", "SAVE", 2.5, "BRAND_NEW"),
        ("2026-01-01", "NEW_ONE", None, "BRAND_NEW"),
        ("2026-01-02", "SAVE", None, None),
        ("2026-01-02", "NEW_ONE", None, None),
    ]


async def test_days_that_cannot_be_had_are_refused_or_reported() -> None:
    """More than 90 days back, or to come: one clear error before anything is sent, or a gap."""
    async with emulator_with(4) as emulator, client_of(emulator) as client:
        for start, end in ((days_ago(91), TODAY), (TODAY, days_ago(-1))):
            with pytest.raises(InvalidRequest, match="allow_gap"):
                pin_analytics(client, None, start, end)
        for start, end in ((days_ago(200), days_ago(91)), (days_ago(-1), days_ago(-2))):
            with pytest.raises(InvalidRequest):
                pin_analytics(client, None, start, end, allow_gap=True)
        assert emulator.requests == []

        walk = pin_analytics(client, None, days_ago(100), days_ago(-5), allow_gap=True)
        rows = await collect(walk)
    check_rows(emulator, rows, days=91)
    assert [(gap.first, gap.last) for gap in walk.report.gaps] == [
        (days_ago(-1), days_ago(-5)),
        (days_ago(100), days_ago(91)),
    ]
    assert not walk.report.complete


async def test_midnight_costs_a_day_and_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A range that grows too old on the way is cut for the Pins that follow, and reported."""
    async with emulator_with(2, quirks=REFUSED) as emulator, client_of(emulator) as client:
        monkeypatch.setattr(analytics, "_today", lambda: days_ago(1))
        walk = pin_analytics(client, None, days_ago(91), days_ago(1), metrics=["SAVE"])
        monkeypatch.undo()
        rows = await collect(walk)
    assert {row.date for row in rows} == {days_ago(n).isoformat() for n in range(1, 91)}
    assert [(gap.first, gap.last) for gap in walk.report.gaps] == [(days_ago(91), days_ago(91))]


@pytest.mark.parametrize(
    "arguments",
    [
        {"start": days_ago(1), "end": days_ago(2)},
        {"start": dt.datetime.now(dt.UTC)},
        {"metrics": []},
        {"metrics": "SAVE"},
        {"concurrency": 0},
    ],
    ids=["backwards", "a moment", "no metrics", "one string", "no calls at once"],
)
async def test_arguments_are_checked_at_once(arguments: Any) -> None:
    """What cannot be meant is refused before anything is sent."""
    client = Pinterest("pina_x", base_url="http://127.0.0.1:1")
    options: dict[str, Any] = {"start": TODAY, "end": TODAY, **arguments}
    with pytest.raises((InvalidRequest, ConfigurationError)):
        pin_analytics(client, [], options.pop("start"), options.pop("end"), **options)


async def test_errors_of_the_account_stop_everything() -> None:
    """A dead token, Trial access and a missing scope are raised, not noted for every Pin."""
    dead = Answer(401, {"code": 2, "message": "Authentication failed."})
    trial = Answer(403, {"code": 29, "message": "Your app has Trial access."})
    scope = Answer(401, {"code": 3, "message": "Missing scope."})
    async with emulator_with(10) as emulator, client_of(emulator) as client:
        pin_ids = list(emulator.account.pins)
        for answer, error in (
            (dead, AuthenticationFailed),
            (trial, TrialAccessError),
            (scope, MissingScope),
        ):
            for operation in ("multi_pins/analytics", "pins/analytics"):
                emulator.fail(operation, answer, times=20)
            with pytest.raises(error):
                await collect(pin_analytics(client, pin_ids, TODAY, TODAY, metrics=["SAVE"]))
            emulator.clear_faults()
    assert len(emulator.requests) <= 5 + 3


async def test_a_wrong_question_is_not_asked_for_every_pin() -> None:
    """A metric that does not exist ends in one error after a few tries, not in thousands."""
    async with emulator_with(600) as emulator, client_of(emulator) as client:
        walk = pin_analytics(
            client, list(emulator.account.pins), TODAY, TODAY, metrics=["NO_SUCH_METRIC"]
        )
        with pytest.raises(Exception, match="400"):
            await collect(walk)
    assert len(emulator.requests) < 150


async def test_where_no_figures_are_given_not_every_pin_is_asked() -> None:
    """The sandbox, which has no analytics, ends it after a few tries with its own refusal."""
    async with (
        emulator_with(0) as emulator,
        Pinterest(emulator.sandbox_token, base_url=emulator.sandbox_base_url) as client,
    ):
        pin_ids = [str(number) for number in range(1, 500)]
        with pytest.raises(PermissionDenied, match="sandbox"):
            await collect(pin_analytics(client, pin_ids, TODAY, TODAY, metrics=["SAVE"]))
    assert len(emulator.requests) < 50


async def test_pins_of_others_are_failures_where_own_ones_are_answered() -> None:
    """Any number of refused Pins ends nothing, once a single one was answered."""
    refusal = Answer(403, {"code": 29, "message": "You are not permitted to access that resource."})
    async with emulator_with(60, quirks=REFUSED) as emulator, client_of(emulator) as client:
        emulator.fail("pins/analytics", refusal, skip=5, times=50)
        pin_ids = list(emulator.account.pins)
        walk = pin_analytics(client, pin_ids, TODAY, TODAY, metrics=["SAVE"])
        rows = await collect(walk)
    assert len(rows) == 10
    assert len(walk.report.failures) == 50


async def test_passing_faults_are_sent_again() -> None:
    """With every fifth call going wrong for a while, the table is whole."""
    async with (
        emulator_with(150, quirks=REFUSED, seed=3) as emulator,
        client_of(emulator, attempts=12) as client,
    ):
        emulator.fail_at_random(
            0.2, operation_id="pins/analytics", faults=(Answer(500), Answer(502), Disconnect())
        )
        walk = pin_analytics(client, None, days_ago(2), TODAY)
        check_rows(emulator, await collect(walk), days=3)
    assert walk.report.complete


@pytest.mark.parametrize("seed", range(12))
async def test_a_broken_run_goes_on_from_its_checkpoint(tmp_path: Path, seed: int) -> None:
    """Broken at random points, again and again, the run asks for nothing twice and is whole."""
    random = Random(seed)
    quirks = REFUSED if seed % 2 else ()
    file = tmp_path / "run.sqlite"
    broken = 0
    rows: list[AnalyticsRow] = []
    async with emulator_with(330, quirks=quirks, seed=seed) as emulator:
        while True:
            async with client_of(emulator) as client:
                walk = pin_analytics(client, None, days_ago(1), TODAY, checkpoint=file)
                if broken < 4:
                    operation = "pins/analytics" if quirks else "multi_pins/analytics"
                    skip = random.randrange(60) if quirks else random.randrange(3)
                    emulator.fail(operation, Disconnect(), skip=skip)
                try:
                    rows = await collect(walk)
                    break
                except ConnectionFailed:
                    broken += 1
                emulator.clear_faults()
    assert broken >= 1
    check_rows(emulator, rows, days=2)
    assert walk.report.complete
    assert 0 <= walk.report.resumed <= walk.report.pins == 330
    # What was under way when the run broke was answered perhaps, and never seen.
    twice = [pin_id for pin_id, times in asked(emulator).items() if times > 1]
    assert len(twice) <= broken * 3 * (1 if quirks else 100)
    if quirks:
        assert sum(asked(emulator).values()) <= 330 + broken * 3


async def test_a_finished_checkpoint_answers_without_pinterest(tmp_path: Path) -> None:
    """A second walk gives the same rows, and asks for no figures."""
    file = tmp_path / "run.sqlite"
    async with emulator_with(120) as emulator, client_of(emulator) as client:
        pin_ids = [*emulator.account.pins, "1"]
        first = pin_analytics(client, pin_ids, TODAY, TODAY, checkpoint=file)
        rows = await collect(first)
        emulator.requests.clear()
        second = pin_analytics(client, pin_ids, TODAY, TODAY, checkpoint=file)
        again = await collect(second)

    assert set(again) == set(rows)
    assert len(again) == len(rows)
    assert (second.report.resumed, second.report.pins) == (120, 120)
    # The one that failed is tried again.
    assert [one.path for one in emulator.requests] == ["/v5/pins/1"]
    assert len(second.report.failures) == 1


async def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    """Other days, other metrics, another database and other files are not mixed up."""
    file = tmp_path / "run.sqlite"
    async with emulator_with(2) as emulator, client_of(emulator) as client:
        await collect(pin_analytics(client, None, TODAY, TODAY, checkpoint=file))
        with pytest.raises(ConfigurationError, match="another run"):
            await collect(pin_analytics(client, None, days_ago(1), TODAY, checkpoint=file))
        with pytest.raises(ConfigurationError, match="another run"):
            await collect(
                pin_analytics(client, None, TODAY, TODAY, metrics=["SAVE"], checkpoint=file)
            )
        other = tmp_path / "other.sqlite"
        connection = sqlite3.connect(other)
        connection.execute("CREATE TABLE mine (a)")
        connection.close()
        text = tmp_path / "notes.txt"
        text.write_text("not a database, but longer than the head of one would be" * 10)
        for path in (other, text):
            before = path.read_bytes()
            with pytest.raises(ConfigurationError):
                await collect(pin_analytics(client, None, TODAY, TODAY, checkpoint=path))
            assert path.read_bytes() == before


async def test_leaving_early_ends_the_calls(tmp_path: Path) -> None:
    """Closing the rows cancels what is under way and closes the file; cancelling does as well."""
    file = tmp_path / "run.sqlite"
    async with (
        emulator_with(300, quirks=REFUSED, latency=0.005) as emulator,
        client_of(emulator) as client,
    ):
        walk = pin_analytics(client, None, TODAY, TODAY, checkpoint=file)
        async with aclosing(walk):
            async for _ in walk:
                break
        assert not [task for task in asyncio.all_tasks() if "pinterest_async" in repr(task)]
        task = asyncio.create_task(
            collect(pin_analytics(client, None, TODAY, TODAY, checkpoint=file))
        )
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        whole = pin_analytics(client, None, TODAY, TODAY, checkpoint=file)
        check_rows(emulator, await collect(whole), days=1)
    assert whole.report.resumed > 0


def test_the_command_survives_kills(tmp_path: Path) -> None:
    """Killed at random points, the command goes on, asks for nothing twice and ends whole."""
    out, file = tmp_path / "rows.csv", tmp_path / "run.sqlite"
    random = Random(8)
    emulator = emulator_with(400, quirks=REFUSED, latency=0.004)
    with in_thread(emulator):
        command = [sys.executable, "-m", "pinterest_async.cli", "analytics", "--last", "3"]
        command += ["--out", str(out), "--checkpoint", str(file)]
        environment = {
            **os.environ,
            "PINTEREST_ACCESS_TOKEN": emulator.token,
            "PINTEREST_BASE_URL": emulator.base_url,
        }
        kills = 0
        for wanted in sorted(random.sample(range(20, 350), 3)):
            process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
            while sum(asked(emulator).values()) < wanted:
                assert process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert process.returncode == -signal.SIGKILL
            assert not out.exists()
            kills += 1
        ended = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    with out.open(encoding="utf-8") as lines:
        table = list(csv.DictReader(lines))
    rows = [
        AnalyticsRow(
            pin_id=row["pin_id"],
            date=row["date"] or None,
            metric=row["metric"],
            value=float(row["value"]) if row["value"] else None,
            data_status=row["data_status"] or None,
        )
        for row in table
    ]
    check_rows(emulator, rows, days=3)
    assert "were in the checkpoint" in ended.stderr
    assert sum(asked(emulator).values()) <= 400 + kills * 4
    assert {path.name for path in tmp_path.iterdir()} == {"rows.csv", "run.sqlite"}


def test_the_command_writes_lines_of_json() -> None:
    """`--json` gives one object a row, and a Pin that is missing the exit code 3."""
    with in_thread(emulator_with(3)) as emulator:
        (pin_id, *_) = emulator.account.pins
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "pinterest_async.cli", "analytics", pin_id, "1"),
                *("--last", "1", "--metric", "SAVE", "--json"),
            ],
            env={
                **os.environ,
                "PINTEREST_ACCESS_TOKEN": emulator.token,
                "PINTEREST_BASE_URL": emulator.base_url,
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 3
    (row,) = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (row["pin_id"], row["metric"], row["date"]) == (pin_id, "SAVE", TODAY.isoformat())
    assert "1: NotFound" in ended.stderr
