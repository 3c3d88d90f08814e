"""Figures of the account and of Pins, trends and terms."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import ManualClock
from tests.support.emulator_api import Api, small
from tests.support.emulator_description import VERSIONS, faults_of, path_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TODAY = dt.date(2026, 1, 1)
ACCOUNT = "/user_account/analytics"


@pytest.fixture
async def client() -> AsyncIterator[Api]:
    """An account that lives on the first of January 2026."""
    async with small(boards=6, pins=300, clock=ManualClock(), enforce_limits=False) as one:
        yield one


def days(begin: int, end: int) -> dict[str, str]:
    """A range of days, counted back from today."""
    first, last = (TODAY - dt.timedelta(ago) for ago in (begin, end))
    return {"start_date": first.isoformat(), "end_date": last.isoformat()}


async def pins_of_kind(client: Api) -> tuple[str, str]:
    """An old image and an old video."""
    pins = (await client.walk("/pins", page_size=250))[::-1]
    kinds = {pin["media"]["media_type"]: pin["id"] for pin in reversed(pins)}
    return kinds["image"], kinds["video"]


async def test_days_say_whether_their_figures_are_there(client: Api) -> None:
    """Days are ready, estimated, or still at work and then 0.0; the sum is that of the others."""
    told = (await client.get(ACCOUNT, **days(9, 0))).body["all"]
    daily = told["daily_metrics"]
    statuses = [day["data_status"] for day in daily]
    assert statuses == ["READY"] * 7 + ["ESTIMATE"] + ["PROCESSING"] * 2
    assert [any(day["metrics"].values()) for day in daily] == [True] * 8 + [False] * 2
    assert [day["metrics"].keys() for day in daily] == [told["summary_metrics"].keys()] * 10
    assert {value for day in daily[8:] for value in day["metrics"].values()} == {0.0}
    assert daily[0]["date"] == "2025-12-23"
    for metric in ("IMPRESSION", "SAVE", "ENGAGEMENT"):
        counted = sum(day["metrics"].get(metric, 0) for day in daily)
        assert told["summary_metrics"][metric] == counted > 0
    sums = told["summary_metrics"]
    assert sums["SAVE_RATE"] == pytest.approx(sums["SAVE"] / sums["IMPRESSION"], abs=1e-3)


async def test_account_has_what_its_pins_have(client: Api) -> None:
    """Day by day, and in a part too, the account's figures are the sum of its Pins' own."""
    metrics = "IMPRESSION,SAVE,PIN_CLICK"
    pins = [pin["id"] for pin in await client.walk("/pins", include_protected_pins="true")]
    for part in ({}, {"app_types": "TABLET"}):
        query = {**days(9, 5), "metric_types": metrics, **part}
        told = (await client.get(ACCOUNT, **query)).body["all"]["daily_metrics"]
        sums = [dict.fromkeys(metrics.split(","), 0) for _ in told]
        for start in range(0, len(pins), 100):
            ids = ",".join(pins[start : start + 100])
            answer = await client.get("/pins/analytics", pin_ids=ids, **query)
            for one in answer.body.values():
                for day, counted in zip(one["all"]["daily_metrics"], sums, strict=True):
                    for metric, value in day["metrics"].items():
                        counted[metric] += value
        assert [day["metrics"] for day in told] == sums


async def test_figures_are_the_same_however_asked(client: Api) -> None:
    """A day has the same figures in another range, and a metric that is not asked for is absent."""
    wide = (await client.get(ACCOUNT, **days(20, 5))).body["all"]["daily_metrics"]
    narrow = (await client.get(ACCOUNT, **days(10, 10), metric_types="SAVE,IMPRESSION")).body
    (day,) = narrow["all"]["daily_metrics"]
    assert day["metrics"].keys() == {"SAVE", "IMPRESSION"}
    assert day["metrics"]["SAVE"] == wide[10]["metrics"]["SAVE"]


async def test_split_and_filters_divide_the_whole(client: Api) -> None:
    """The groups of a split are its own, and a filter leaves a part."""
    whole = (await client.get(ACCOUNT, **days(9, 5))).body["all"]["summary_metrics"]
    split = (await client.get(ACCOUNT, **days(9, 5), split_field="APP_TYPE")).body
    tablet = (await client.get(ACCOUNT, **days(9, 5), app_types="TABLET")).body["all"]
    assert split.keys() == {"MOBILE", "TABLET", "WEB"}
    parts = sum(group["summary_metrics"]["IMPRESSION"] for group in split.values())
    assert parts == pytest.approx(whole["IMPRESSION"], rel=0.01)
    assert tablet["summary_metrics"] == split["TABLET"]["summary_metrics"]


@pytest.mark.parametrize(
    "query",
    [
        days(3, 5),
        {"start_date": "2025-12-30"},
        {"start_date": "yesterday", "end_date": "2025-12-31"},
        {**days(9, 5), "metric_types": "APPLAUSE"},
        {**days(9, 5), "split_field": "MOOD"},
    ],
)
async def test_what_cannot_be_had(client: Api, query: dict[str, str]) -> None:
    """Days in the wrong order, and words that do not exist, give code 400."""
    answer = await client.call("GET", ACCOUNT, query=query)
    assert (answer.status, answer.body["code"]) == (400, 400)


@pytest.mark.parametrize(
    "query", [days(91, 80), {**days(90, 0), "end_date": "2026-01-02"}], ids=["back", "wide"]
)
async def test_more_than_ninety_days_cannot_be_had(client: Api, query: dict[str, str]) -> None:
    """A range beyond 90 days is refused with code 1, whatever the description shows."""
    answer = await client.call("GET", ACCOUNT, query=query)
    assert (answer.status, answer.body["code"]) == (400, 1)


async def test_exactly_ninety_days_can_be_had(client: Api) -> None:
    """The 90th day back is the last that is there."""
    answer = await client.get(ACCOUNT, **days(90, 0))
    assert len(answer.body["all"]["daily_metrics"]) == 91


async def test_days_before_the_account_are_empty() -> None:
    """Before the first board there was no business to count for."""
    async with small(clock=ManualClock()) as client:
        await client.new_board()
        told = (await client.get(ACCOUNT, **days(5, 3))).body["all"]
    assert {day["data_status"] for day in told["daily_metrics"]} == {"BEFORE_BUSINESS_CREATED"}
    assert not any(day["metrics"] for day in told["daily_metrics"])


async def test_pin_is_asked_for_what_its_media_have(client: Api) -> None:
    """An image has no figures of a video, and a video brings nobody to the profile."""
    image, video = await pins_of_kind(client)

    async def ask(pin_id: str, metrics: str) -> Any:
        answer = await client.get(f"/pins/{pin_id}/analytics", **days(9, 5), metric_types=metrics)
        return answer.status, answer.body

    _, seen = await ask(image, "IMPRESSION,USER_FOLLOW,TOTAL_COMMENTS")
    _, watched = await ask(video, "VIDEO_START,VIDEO_AVG_WATCH_TIME,TOTAL_REACTIONS")
    assert seen["all"]["summary_metrics"].keys() == {"IMPRESSION", "USER_FOLLOW"}
    assert seen["all"]["daily_metrics"][0]["metrics"].keys() == {"IMPRESSION", "USER_FOLLOW"}
    assert watched["all"]["lifetime_metrics"].keys() == {"TOTAL_REACTIONS"}
    assert (await ask(image, "VIDEO_START"))[0] == 400
    assert (await ask(video, "USER_FOLLOW"))[0] == 400
    assert (await ask("12", "SAVE"))[0] == 404


async def test_new_pin_has_no_past(client: Api) -> None:
    """Days before a Pin was made are empty; among several, a Pin without any is left out."""
    board = await client.new_board()
    fresh = (await client.new_pin(board["id"]))["id"]
    image, _ = await pins_of_kind(client)
    query = {**days(9, 5), "metric_types": "SAVE"}
    alone = (await client.get(f"/pins/{fresh}/analytics", **query)).body["all"]
    several = (await client.get("/pins/analytics", **query, pin_ids=f"{fresh},{image}")).body
    one = (await client.get(f"/pins/{image}/analytics", **query)).body
    assert {day["data_status"] for day in alone["daily_metrics"]} == {"BEFORE_PIN_CREATED"}
    assert several == {image: one}


async def test_best_pins_are_the_best_by_their_own_figures(client: Api) -> None:
    """The top list is in order, as long as asked for, and agrees with each Pin's analytics."""
    query = {**days(9, 5), "sort_by": "SAVE", "metric_types": "SAVE,IMPRESSION"}
    top = (await client.get(f"{ACCOUNT}/top_pins", **query, num_of_pins=3)).body
    saves = [pin["metrics"]["SAVE"] for pin in top["pins"]]
    best = top["pins"][0]["pin_id"]
    path = f"/pins/{best}/analytics"
    own = (await client.get(path, **days(9, 5), metric_types="SAVE")).body["all"]
    usual = (await client.get(f"{ACCOUNT}/top_pins", **query)).body
    assert len(saves) == 3
    assert saves == sorted(saves, reverse=True)
    assert saves[0] == own["summary_metrics"]["SAVE"]
    assert top["pins"][0]["data_status"] == {"SAVE": "READY", "IMPRESSION": "READY"}
    assert top["date_availability"] == {
        "latest_available_timestamp": 1_767_139_200_000,
        "is_realtime": False,
    }
    assert len(usual["pins"]) == 10


async def test_best_videos_and_the_youngest(client: Api) -> None:
    """Among the best videos are no images; the list can be cut to Pins of the last 30 days."""
    _, video = await pins_of_kind(client)
    query = {**days(9, 5), "sort_by": "VIDEO_START", "num_of_pins": 50}
    videos = (await client.get(f"{ACCOUNT}/top_video_pins", **query)).body["pins"]
    kinds = {pin["id"]: pin["media"]["media_type"] for pin in await client.walk("/pins")}
    young = await client.get(
        f"{ACCOUNT}/top_pins", **days(9, 5), sort_by="SAVE", created_in_last_n_days=30
    )
    assert video in {pin["pin_id"] for pin in videos}
    assert {kinds.get(pin["pin_id"], "video") for pin in videos} == {"video"}
    assert young.body["pins"] == []


async def test_trends_have_a_year_behind_them(client: Api) -> None:
    """Keywords come with 53 weeks of search, growth that follows from them, and can be chosen."""
    path = "/trends/keywords/US/top/growing"
    found = (await client.get(path, limit=5)).body["trends"]
    again = (await client.get(path, limit=5)).body["trends"]
    chosen = (await client.get(path, include_keywords="rye bread")).body["trends"]
    elsewhere = (await client.get("/trends/keywords/FR/top/growing", limit=5)).body["trends"]
    weeks = found[0]["time_series"]
    assert len(found) == 5
    assert found == again != elsewhere
    assert len(weeks) == 53
    assert max(weeks.values()) == 100
    assert max(weeks) == "2025-12-28"
    assert [trend["keyword"] for trend in chosen] == ["rye bread"]


async def test_terms_lead_to_terms(client: Api) -> None:
    """Suggestions hold the term and obey the limit; related terms come for each that is named."""
    four = (await client.get("/terms/suggested", term="cake")).body
    ten = (await client.get("/terms/suggested", term="cake", limit=10)).body
    related = (await client.get("/terms/related", terms="rye,sea")).body
    assert four == ten[:4]
    assert len(ten) == 10
    assert all("cake" in term for term in ten)
    assert related["id"] == "rye"
    assert [one["term"] for one in related["related_terms_list"]] == ["rye", "sea"]
    assert related["related_term_count"] == 10


async def test_partners_search_is_short(client: Api) -> None:
    """A partner's search finds Pins in brief, as many as it wants."""
    query = {"term": "picture", "country_code": "US"}
    none = (await client.get("/search/partner/pins", **query)).body["items"]
    board = await client.new_board()
    for number in range(3):
        await client.new_pin(board["id"], title=f"Picture {number}")
    two = (await client.get("/search/partner/pins", **query, limit=2)).body["items"]
    assert none == []
    assert [pin["title"] for pin in two] == ["Picture 2", "Picture 1"]
    assert "board_id" not in two[0]


@pytest.mark.parametrize("version", VERSIONS)
async def test_answers_fit_the_description(client: Api, version: str) -> None:
    """Analytics, trends and terms are as the descriptions say."""
    if not path_of(version).exists():
        pytest.skip(f"no description {version} beside the project")
    image, video = await pins_of_kind(client)
    wanted = [
        (ACCOUNT, ACCOUNT, {"split_field": "PIN_FORMAT"}),
        (f"{ACCOUNT}/top_pins", f"{ACCOUNT}/top_pins", {"sort_by": "ENGAGEMENT"}),
        (f"{ACCOUNT}/top_video_pins", f"{ACCOUNT}/top_video_pins", {"sort_by": "SAVE"}),
        ("/pins/{pin_id}/analytics", f"/pins/{video}/analytics", {"metric_types": "VIDEO_START"}),
        ("/pins/analytics", "/pins/analytics", {"pin_ids": image, "metric_types": "SAVE"}),
        ("/terms/suggested", "/terms/suggested", {"term": "x"}),
        ("/terms/related", "/terms/related", {"terms": "x"}),
        (
            "/trends/keywords/{region}/top/{trend_type}",
            "/trends/keywords/US/top/growing",
            {"limit": "3"},
        ),
        ("/search/partner/pins", "/search/partner/pins", {"term": "", "country_code": "US"}),
    ]
    for template, path, more in wanted:
        query = {**days(9, 0), **more} if "analytics" in path else more
        answer = await client.call("GET", path, query=query)
        assert answer.status == 200, (path, answer)
        assert not faults_of(version, template, "GET", 200, answer.raw), path
