"""Analytics of many Pins: every figure once, nothing asked for twice, every lack named."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random
from typing import Any

import pytest

from pinterest_async import (
    AuthenticationFailed,
    ConfigurationError,
    InvalidRequest,
    MissingScope,
    PermissionDenied,
    Pinterest,
    TrialAccessError,
)
from pinterest_async.emulator import Answer, Disconnect
from pinterest_async.jobs import AnalyticsRow, pin_analytics
from pinterest_async.jobs.analytics import days
from pinterest_async.jobs.analytics import pins as analytics
from pinterest_async.models import ImageUrl, Pin
from tests.support.analytics_world import (
    REFUSED,
    TODAY,
    asked,
    check_rows,
    collect,
    days_ago,
    emulator_with,
    is_video,
)
from tests.support.clients import client_of


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
    assert any(is_video(emulator, pin_id) for pin_id in emulator.account.saved.pins)
    calls = [one for one in emulator.requests if "analytics" in str(one.operation_id)]
    assert report.calls == len(calls)
    assert len(calls) <= (264 if quirks else 5)
    assert asked(emulator) == dict.fromkeys(emulator.account.saved.pins, 1)
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
        pin_ids = list(emulator.account.saved.pins)
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
        pin_ids = [*list(emulator.account.saved.pins), "1", "2"]
        Random(4).shuffle(pin_ids)
        walk = pin_analytics(client, pin_ids, TODAY, TODAY, metrics=["SAVE"])
        rows = await collect(walk)

    assert {row.pin_id for row in rows} == set(emulator.account.saved.pins)
    assert len(rows) == 100
    assert {failure.pin_id for failure in walk.report.failures} == {"1", "2"}
    assert all("NotFound" in failure.reason for failure in walk.report.failures)
    assert not walk.report.complete
    assert walk.report.calls <= (104 if quirks else 45)


async def test_pins_that_pinterest_leaves_out_are_counted() -> None:
    """A Pin without figures in these days has no rows and is no failure."""
    async with emulator_with(3) as emulator, client_of(emulator) as client:
        pin_ids = list(emulator.account.saved.pins)
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
        monkeypatch.setattr(days, "today", lambda: days_ago(1))
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
        {"metrics": ["SAVES"]},
        {"metrics": ["SAVE", "impression"]},
        {"start": "1.11.2026"},
        {"end": None},
        {"concurrency": 0},
    ],
    ids=[
        "backwards",
        "a moment",
        "no metrics",
        "one string",
        "nearly a metric",
        "small letters",
        "no day",
        "no end",
        "no calls at once",
    ],
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
        pin_ids = list(emulator.account.saved.pins)
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
            client, list(emulator.account.saved.pins), TODAY, TODAY, metrics=["NO_SUCH_METRIC"]
        )
        with pytest.raises(Exception, match="400"):
            await collect(walk)
    assert len(emulator.requests) < 150


async def test_where_no_figures_are_given_not_every_pin_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sandbox, which has no analytics, ends it after a few tries with its own refusal."""
    monkeypatch.setattr(analytics, "_REFUSED_AT_FIRST", 4)  # refusals name no limits: a slow start
    async with (
        emulator_with(0) as emulator,
        Pinterest(emulator.sandbox_token, base_url=emulator.sandbox_base_url) as client,
    ):
        pin_ids = [str(number) for number in range(1, 500)]
        with pytest.raises(PermissionDenied, match="sandbox"):
            await collect(pin_analytics(client, pin_ids, TODAY, TODAY, metrics=["SAVE"]))
    assert len(emulator.requests) < 15


@pytest.mark.parametrize("quirks", [(), REFUSED], ids=["batches", "one by one"])
@pytest.mark.parametrize("code", [7, 29])
async def test_a_pin_of_another_is_no_bad_token(quirks: Any, code: int) -> None:
    """A 401 that speaks of one Pin costs that Pin alone; the token is good."""
    refusal = Answer(401, {"code": code, "message": "You are not permitted to access this Pin."})
    async with emulator_with(16, quirks=quirks) as emulator, client_of(emulator) as client:
        # Refusals name no limits: those are learned before.
        await collect(pin_analytics(client, None, TODAY, TODAY, metrics=["SAVE"]))
        emulator.requests.clear()
        if not quirks:
            for _ in range(5):  # 16, 8, 4, 2 and 1 of them
                emulator.fail("multi_pins/analytics", refusal)
        emulator.fail("pins/analytics", refusal)
        pin_ids = list(emulator.account.saved.pins)
        walk = pin_analytics(client, pin_ids, TODAY, TODAY, metrics=["SAVE"], concurrency=1)
        rows = await collect(walk)
    (failure,) = walk.report.failures
    assert {row.pin_id for row in rows} == set(pin_ids) - {failure.pin_id}
    assert failure.reason.startswith("AuthenticationFailed")


async def test_days_before_a_pin_was_made_have_rows_that_say_so() -> None:
    """A young Pin has a row for each day of the range; those before it have no value."""
    async with emulator_with(0) as emulator, client_of(emulator) as client:
        board = await client.boards.create(name="Plums")
        source = ImageUrl(url="https://x.test/a.jpg")
        pin = await client.pins.create(board_id=board.id, media_source=source)
        rows = await collect(pin_analytics(client, [pin], days_ago(5), TODAY, metrics=["SAVE"]))
    days = {row.date: row for row in rows if row.date is not None}
    assert len(days) == len(rows) == 6
    for day in (days_ago(5), days_ago(1)):
        row = days[day.isoformat()]
        assert (row.value, row.data_status) == (None, "BEFORE_PIN_CREATED")


async def test_a_pin_that_comes_twice_is_asked_for_once() -> None:
    """The same id, and a Pin beside its id, make one set of rows."""
    async with emulator_with(3) as emulator, client_of(emulator) as client:
        pins = await client.pins.list(include_protected_pins=True).collect()
        twice: list[str | Pin] = [*pins, *(pin.id for pin in pins), *pins]
        walk = pin_analytics(client, twice, TODAY, TODAY, metrics=["SAVE"])
        assert len(await collect(walk)) == 3
    assert asked(emulator) == dict.fromkeys((pin.id for pin in pins), 1)


async def test_pins_of_others_are_failures_where_own_ones_are_answered() -> None:
    """Any number of refused Pins ends nothing, once a single one was answered."""
    refusal = Answer(403, {"code": 29, "message": "You are not permitted to access that resource."})
    async with emulator_with(60, quirks=REFUSED) as emulator, client_of(emulator) as client:
        emulator.fail("pins/analytics", refusal, skip=5, times=50)
        pin_ids = list(emulator.account.saved.pins)
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
