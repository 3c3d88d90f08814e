"""Analytics of a whole account: what its Pins have in sum, and which of them have most."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any, TypeAlias

import pytest

from pinterest_async import AuthenticationFailed, InvalidRequest, Pinterest, RateLimited
from pinterest_async.emulator import Answer
from pinterest_async.jobs import AccountAnalytics, TopPinRow, account_analytics, pin_analytics
from tests.support.analytics_world import TODAY, collect, days_ago, emulator_with, is_video
from tests.support.clients import client_of

COUNTED = ("IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE")
OPERATION = "user_account/analytics"
Day: TypeAlias = tuple[str, str]
"""A day, and a metric."""


async def of_pins(client: Pinterest, start: dt.date, end: dt.date) -> dict[str, dict[Day, float]]:
    """What each Pin has, by day and metric, as its own analytics say."""
    found: dict[str, dict[Day, float]] = defaultdict(dict)
    for row in await collect(pin_analytics(client, None, start, end)):
        if row.date is not None and row.value is not None:
            found[row.pin_id][row.date, row.metric] = row.value
    return found


def ranked(report: AccountAnalytics, ranking: str, metric: str) -> list[tuple[str, float | None]]:
    """The Pins of a ranking, in its order, with one of their figures."""
    rows = [row for row in report.top if row.ranking == ranking and row.metric == metric]
    assert [row.rank for row in rows] == [*range(1, len(rows) + 1)]
    return [(row.pin_id, row.value) for row in rows]


async def test_account_has_what_its_pins_have() -> None:
    """Each day and metric has one row, with the sum over the Pins; the totals are those of days."""
    async with emulator_with(120) as emulator, client_of(emulator) as client:
        pins = await of_pins(client, days_ago(9), TODAY)
        emulator.requests.clear()
        report = await account_analytics(client, days_ago(9), TODAY, metrics=COUNTED)
    assert [one.operation_id for one in emulator.requests] == [OPERATION]

    sums: dict[Day, float] = defaultdict(float)
    for figures in pins.values():
        for day, value in figures.items():
            sums[day] += value
    assert len(pins) == 120
    assert [(row.date, row.metric) for row in report.rows] == [
        (days_ago(ago), metric) for ago in range(9, -1, -1) for metric in COUNTED
    ]
    for row in report.rows:
        unfinished = row.date > days_ago(2)
        assert row.value == (None if unfinished else sums[row.date.isoformat(), row.metric])
        assert (row.data_status == "PROCESSING") == unfinished
    assert report.totals == {
        "all": {
            metric: sum(value for (_, one), value in sums.items() if one == metric)
            for metric in COUNTED
        }
    }
    assert report.final_through == days_ago(3)
    assert (report.start, report.end, report.top) == (days_ago(9), TODAY, [])
    assert report.complete


async def test_best_pins_are_the_best_by_their_own_figures() -> None:
    """Rankings have the Pins, the order and the figures that `pin_analytics` has."""
    async with emulator_with(120) as emulator, client_of(emulator) as client:
        pins = await of_pins(client, days_ago(9), days_ago(3))
        report = await account_analytics(
            client,
            days_ago(9),
            days_ago(3),
            metrics=["SAVE"],
            top=7,
            top_by="PIN_CLICK",
            top_videos_by="VIDEO_START",
        )

    def sums(metric: str) -> dict[str, float]:
        return {
            pin_id: sum(value for (_, one), value in figures.items() if one == metric)
            for pin_id, figures in pins.items()
        }

    clicks, saves, starts = sums("PIN_CLICK"), sums("SAVE"), sums("VIDEO_START")
    best = ranked(report, "PINS", "SAVE")
    assert best == [(pin_id, saves[pin_id]) for pin_id, _ in best]
    assert [clicks[pin_id] for pin_id, _ in best] == sorted(clicks.values(), reverse=True)[:7]
    videos = ranked(report, "VIDEOS", "VIDEO_START")
    assert [value for _, value in videos] == sorted(starts.values(), reverse=True)[:7]
    assert all(is_video(emulator, pin_id) for pin_id, _ in videos)
    assert {row.metric for row in report.top if row.ranking == "PINS"} == {"SAVE"}
    assert len({row.metric for row in report.top if row.ranking == "VIDEOS"}) == 9
    assert {row.data_status for row in report.top} == {"READY"}


async def test_ninety_days_and_every_metric_are_one_call() -> None:
    """The widest range there is gives nine metrics of 91 days at once, rates among them."""
    async with emulator_with(20) as emulator, client_of(emulator) as client:
        report = await account_analytics(client, days_ago(90), TODAY)
    assert len(emulator.requests) == 1
    assert len({row.metric for row in report.rows}) == 9
    assert len({row.date for row in report.rows}) == 91
    assert len(report.rows) == 9 * 91
    day = {row.metric: row.value for row in report.rows if row.date == days_ago(4)}
    assert day["ENGAGEMENT"] == sum(day[name] or 0 for name in COUNTED[1:])
    assert day["SAVE_RATE"] == pytest.approx(
        (day["SAVE"] or 0) / (day["IMPRESSION"] or 1), abs=1e-4
    )


@pytest.mark.parametrize(
    ("split", "parts"),
    [
        ("APP_TYPE", {"MOBILE", "TABLET", "WEB"}),
        ("OWNED_CONTENT", {"CLAIMED", "OTHER"}),
        ("SOURCE", {"YOUR_PINS", "OTHER_PINS"}),
    ],
)
async def test_splits_divide_the_whole(split: str, parts: set[str]) -> None:
    """Each part has rows and totals of its own, and together they are the whole."""
    async with emulator_with(60) as emulator, client_of(emulator) as client:
        whole = await account_analytics(client, days_ago(5), TODAY, metrics=["IMPRESSION"])
        report = await account_analytics(
            client, days_ago(5), TODAY, metrics=["IMPRESSION"], split=split
        )
    assert {row.part for row in report.rows} == set(report.totals) == parts
    assert len(report.rows) == 6 * len(parts)
    together = sum(totals["IMPRESSION"] for totals in report.totals.values())
    assert together == pytest.approx(whole.totals["all"]["IMPRESSION"], rel=0.02)


async def test_paid_and_organic_are_told_apart() -> None:
    """What counts holds for the figures and for the best Pins."""
    found: dict[str, AccountAnalytics] = {}
    async with emulator_with(60) as emulator, client_of(emulator) as client:
        for kind in ("ALL", "ORGANIC", "PAID"):
            found[kind] = await account_analytics(
                client, days_ago(5), days_ago(3), metrics=["IMPRESSION"], content_type=kind, top=1
            )
    totals = {kind: one.totals["all"]["IMPRESSION"] for kind, one in found.items()}
    best = {kind: one.top[0].value or 0 for kind, one in found.items()}
    for figures in (totals, best):
        assert 0 < figures["PAID"] < figures["ORGANIC"] < figures["ALL"]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (days_ago(91), days_ago(80)),
        (days_ago(120), TODAY),
        (TODAY, days_ago(-1)),
        (days_ago(-1), days_ago(-2)),
    ],
    ids=["back", "wide", "to come", "all to come"],
)
async def test_days_that_cannot_be_had_are_refused(start: dt.date, end: dt.date) -> None:
    """The error says which days would do, before anything is sent."""
    async with emulator_with(0) as emulator, client_of(emulator) as client:
        with pytest.raises(InvalidRequest, match=f"from {days_ago(90)} to {TODAY} only") as raised:
            await account_analytics(client, start, end)
        assert emulator.requests == []
    assert "choose days among those" in str(raised.value)
    assert "allow" not in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ({"metrics": ["IMPRESION"]}, "metrics has no 'IMPRESION': did you mean IMPRESSION?"),
        ({"metrics": ["SAVE", "pin_click"]}, "did you mean PIN_CLICK?"),
        ({"metrics": ["XYZZY"]}, "there are ENGAGEMENT, "),
        ({"metrics": []}, "at least one"),
        ({"metrics": "SAVE"}, "must be a list"),
        ({"split": "APP_TYPES"}, "did you mean APP_TYPE?"),
        ({"content_type": "ORGANICS"}, "did you mean ORGANIC?"),
        ({"top": 3, "top_by": "SAVES"}, "top_by has no 'SAVES': did you mean SAVE?"),
        ({"top_by": "SAVE_RATE"}, "did you mean SAVE?"),
        ({"top_videos_by": "VIDEO_STARTS"}, "did you mean VIDEO_START?"),
        ({"top": 51}, "top must be from 0 to 50, not 51"),
        ({"top": -1}, "top must be from 0 to 50, not -1"),
        ({"start": TODAY, "end": days_ago(1)}, "is before start"),
        ({"start": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "start must be a day"),
        ({"end": None}, "end must be a day"),
    ],
)
async def test_words_are_checked_before_anything_is_sent(
    arguments: dict[str, Any], advice: str
) -> None:
    """What Pinterest does not know is refused, with what was meant."""
    client = Pinterest("pina_x", base_url="http://127.0.0.1:1")
    options: dict[str, Any] = {"start": TODAY, "end": TODAY, **arguments}
    with pytest.raises(InvalidRequest) as raised:
        await account_analytics(client, options.pop("start"), options.pop("end"), **options)
    assert advice in str(raised.value)


async def test_fifty_is_the_most() -> None:
    """Fifty of the best can be had, and fewer where there are fewer."""
    async with emulator_with(60) as emulator, client_of(emulator) as client:
        report = await account_analytics(client, days_ago(9), TODAY, metrics=["SAVE"], top=50)
    videos = [pin_id for pin_id in emulator.account.saved.pins if is_video(emulator, pin_id)]
    assert len(ranked(report, "PINS", "SAVE")) == 50
    assert 0 < len(ranked(report, "VIDEOS", "SAVE")) <= len(videos) < 50


async def test_a_ranking_that_is_refused_is_named() -> None:
    """A missing scope or a broken answer costs a ranking, and nothing else."""
    no_scope = Answer(401, {"code": 3, "message": "Authorization failed: pins:read"})
    async with emulator_with(20) as emulator, client_of(emulator) as client:
        emulator.fail(f"{OPERATION}/top_pins", no_scope)
        report = await account_analytics(client, days_ago(5), TODAY, top=2)
        emulator.fail(f"{OPERATION}/top_video_pins", Answer(500, {"code": 500, "message": "No."}))
        other = await account_analytics(client, days_ago(5), TODAY, top=2)
    assert [(one.ranking, one.reason.split(":")[0]) for one in report.failures] == [
        ("PINS", "MissingScope")
    ]
    assert {row.ranking for row in report.top} == {"VIDEOS"}
    assert (len(report.rows), report.complete) == (6 * 9, False)
    assert [(one.ranking, one.reason.split(":")[0]) for one in other.failures] == [
        ("VIDEOS", "ServerError")
    ]


@pytest.mark.parametrize("operation", [OPERATION, f"{OPERATION}/top_pins"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(401, {"code": 2, "message": "Authentication failed."}), AuthenticationFailed),
        (Answer(429, {"code": 8, "message": "Too many."}), RateLimited),
    ],
    ids=["token", "limit"],
)
async def test_errors_of_the_login_are_raised(
    operation: str, answer: Answer, error: type[Exception]
) -> None:
    """A dead token and a limit would meet every call, and are no failure of a ranking."""
    async with emulator_with(3) as emulator, client_of(emulator) as client:
        emulator.fail(operation, answer)
        with pytest.raises(error):
            await account_analytics(client, TODAY, TODAY, top=1)


async def test_odd_answers_are_read() -> None:
    """Days without figures, days that are left out and new words make rows without a value."""
    first, second, third = (days_ago(ago) for ago in (5, 4, 3))
    whole = {
        "all": {
            "daily_metrics": [
                {"date": third.isoformat(), "data_status": "READY", "metrics": {"SAVE": 2}},
                {"date": first.isoformat(), "data_status": "BEFORE_BUSINESS_CREATED"},
            ]
        }
    }
    working = {"pin_id": "7", "metrics": {"SAVE": 0.0}, "data_status": {"SAVE": "PROCESSING"}}
    async with emulator_with(0) as emulator, client_of(emulator) as client:
        emulator.fail(OPERATION, Answer(200, whole))
        emulator.fail(f"{OPERATION}/top_pins", Answer(200, {"pins": [working]}))
        report = await account_analytics(client, first, third, metrics=["SAVE"], top=1)
    assert [(row.date, row.value, row.data_status) for row in report.rows] == [
        (first, None, "BEFORE_BUSINESS_CREATED"),
        (second, None, None),
        (third, 2.0, "READY"),
    ]
    assert report.totals == {"all": {}}
    assert report.final_through == first
    assert report.top == [
        TopPinRow(
            ranking="PINS", rank=1, pin_id="7", metric="SAVE", value=None, data_status="PROCESSING"
        )
    ]


async def test_an_ad_accounts_owner_is_acted_as() -> None:
    """All three calls go to the account that the client acts as."""
    async with emulator_with(3) as emulator, client_of(emulator) as client:
        owner = client.acting_as(ad_account_id=emulator.ad_account_id)
        await account_analytics(owner, TODAY, TODAY, top=1)
    assert [one.query["ad_account_id"] for one in emulator.requests] == [
        [emulator.ad_account_id]
    ] * 3
