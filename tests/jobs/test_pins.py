"""Pins from rows: each once, none lost, whatever happens to the answers."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from pinterest_async import (
    AuthenticationFailed,
    ConfigurationError,
    Pinterest,
    RetryPolicy,
    TrialAccessError,
)
from pinterest_async.emulator import (
    Answer,
    DamagedGzip,
    Disconnect,
    Emulator,
    OverQuota,
    SpamBlock,
    Truncate,
)
from pinterest_async.jobs import JournalError, OutcomeUnknown, PinsProgress, PinsReport, create_pins
from pinterest_async.jobs.pins import fetched
from pinterest_async.models import ImageUrl
from tests.support.clients import client_of

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.emulator import Fault

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
WIDE = {"org_write": [(1000, 1.0)], "org_read": [(1000, 1.0)]}
MAYBE = Answer(400, {"code": 2787, "message": "Sorry! Something went wrong on our end."})
MADE = Answer(400, dict(MAYBE.body), after_write=True)  # type: ignore[arg-type]


def rows_for(emulator: Emulator, count: int, **more: Any) -> list[dict[str, Any]]:
    """Rows for the first board."""
    board_id = next(iter(emulator.account.saved.boards))
    return [
        {"board": board_id, "title": f"Pin {number}", "image": "https://x.test/a.jpg", **more}
        for number in range(count)
    ]


def titles(emulator: Emulator) -> Counter[str | None]:
    """How often each title is there."""
    return Counter(pin.title for pin in emulator.account.saved.pins.values())


def journal_of(path: Path) -> list[dict[str, Any]]:
    """What the journal says of each row."""
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute("SELECT * FROM pins ORDER BY line")]
    connection.close()
    return found


def agree(emulator: Emulator, journal: Path, rows: int) -> None:
    """The journal names each Pin of the account once, and nothing else."""
    written = journal_of(journal)
    assert {row["state"] for row in written} == {"created"}
    assert sorted(row["pin_id"] for row in written) == sorted(emulator.account.saved.pins)
    assert len(written) == len(emulator.account.saved.pins) == rows


async def make(client: Pinterest, rows: Any, journal: Path | None, **more: Any) -> PinsReport:
    """Run the job without pauses."""
    return await create_pins(client, rows, journal=journal, settle=0.0, **more)


async def test_every_row_becomes_a_pin_with_all_that_it_says(tmp_path: Path) -> None:
    """Texts, link, colour, section and picture of a row are those of its Pin."""
    (tmp_path / "plum.jpg").write_bytes(JPEG)
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        (board_id,) = emulator.account.saved.boards
        section = await client.board_sections.create(board_id, name="Sweet")
        row = {
            "board": emulator.account.saved.boards[board_id].name,
            "section": "sweet",
            "title": "Plum cake",
            "description": "A cake.\nWith plums.",
            "link": "https://example.org/plums?a=1&b=2",
            "alt_text": "A cake on a table",
            "dominant_color": "#6E7B5A",
            "image": str(tmp_path / "plum.jpg"),
        }
        report = await make(client, [row], tmp_path / "j.sqlite")
        (pin,) = emulator.account.saved.pins.values()

    assert report.complete
    assert (report.total, report.created, report.stopped) == (1, 1, None)
    assert report.results[0].pin_id == pin.id
    assert (pin.board_id, pin.board_section_id) == (board_id, section.id)
    for name in ("title", "description", "link", "alt_text", "dominant_color"):
        assert getattr(pin, name) == row[name]
    sent = emulator.requests[-1].body
    assert isinstance(sent, dict)
    assert sent["media_source"]["content_type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("value", "source_type"),
    [
        ({"image": PNG}, "image_base64"),
        ({"image": "https://x.test/a.jpg?size=9"}, "image_url"),
        ({"images": [JPEG, PNG]}, "multiple_image_base64"),
        ({"images": "https://x.test/1.jpg | https://x.test/2.jpg"}, "multiple_image_urls"),
        ({"media_source": ImageUrl(url="https://x.test/a.jpg")}, "image_url"),
        ({"media_source": {"source_type": "image_url", "url": "https://x.test/a"}}, "image_url"),
    ],
)
async def test_media_may_be_given_in_every_way(value: dict[str, Any], source_type: str) -> None:
    """A file, bytes, an address, several of them, or what the API itself takes."""
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        (board_id,) = emulator.account.saved.boards
        report = await make(client, [{"board_id": board_id, **value}], None)
        assert report.complete
        sent = emulator.requests[-1].body
    assert isinstance(sent, dict)
    assert sent["media_source"]["source_type"] == source_type


async def test_a_rerun_makes_nothing_again(tmp_path: Path) -> None:
    """What the journal holds is left alone, new rows are made, wherever they stand in the list."""
    journal = tmp_path / "deep" / "j.sqlite"
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 5)
        first = await make(client, rows, journal)
        second = await make(client, [*reversed(rows), *rows_for(emulator, 1, title="new")], journal)
        assert titles(emulator) == Counter({**{f"Pin {n}": 1 for n in range(5)}, "new": 1})

    assert first.created == 5
    assert (second.created, second.done_before) == (1, 5)
    assert {row.pin_id for row in first.results} < {row.pin_id for row in second.results}
    agree(emulator, journal, 6)


async def test_equal_rows_are_as_many_pins(tmp_path: Path) -> None:
    """Rows that say the same are made as often as they stand there, lost responses or not."""
    journal = tmp_path / "j.sqlite"
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 4, title="same")
        for _ in range(3):
            emulator.fail("pins/create", Disconnect(after_write=True))
            emulator.fail("pins/create", Disconnect())
        report = await make(client, rows, journal)
        assert titles(emulator) == Counter(same=4)
    assert report.complete
    assert report.found >= 1
    agree(emulator, journal, 4)


async def test_equal_pins_of_before_are_not_taken_for_new_ones(tmp_path: Path) -> None:
    """A Pin that was there before with the same texts does not stand in for one that was lost."""
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 1, title="same")
        await make(client, rows, None)
        emulator.fail("pins/create", Disconnect())
        report = await make(client, rows, tmp_path / "j.sqlite")
        assert titles(emulator) == Counter(same=2)
    assert (report.created, report.found) == (1, 0)


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (Disconnect(after_write=True), 1),
        (Disconnect(), 0),
        (Answer(500, after_write=True), 1),
        (Answer(500), 0),
        (MADE, 1),
        (MAYBE, 0),
        (Answer(400, {"code": 12, "message": "Something went wrong."}, after_write=True), 1),
        (Truncate(), 1),
        (DamagedGzip(), 1),
        (OverQuota(), 0),
    ],
    ids=repr,
)
async def test_a_lost_response_is_looked_for(tmp_path: Path, fault: Fault, found: int) -> None:
    """Whether or not the request took effect, its Pin is there once in the end."""
    journal = tmp_path / "j.sqlite"
    async with (
        Emulator(boards=1, pins=0, limits=WIDE) as emulator,
        client_of(emulator, attempts=3) as client,
    ):
        emulator.fail("pins/create", fault, skip=1)
        report = await make(client, rows_for(emulator, 3), journal, concurrency=1)
        assert titles(emulator) == Counter({f"Pin {n}": 1 for n in range(3)})
    assert report.complete
    assert report.found == found
    assert [row["found"] for row in journal_of(journal)] == [0, found, 0]


async def test_a_spam_block_stops_the_run_and_says_when_to_go_on(tmp_path: Path) -> None:
    """Nothing more is sent after three refusals in a row; a later run makes the rest."""
    journal = tmp_path / "j.sqlite"
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 8)
        emulator.fail("pins/create", SpamBlock(), skip=2, times=100)
        report = await make(client, rows, journal, concurrency=1)
        assert len(emulator.account.saved.pins) == 2
        assert sum(seen.operation_id == "pins/create" for seen in emulator.requests) == 5

        assert (report.created, report.refused, report.not_tried) == (2, 3, 3)
        assert not report.complete
        assert report.stopped is not None
        assert report.stopped.startswith("SpamBlocked")
        assert report.retry_at is not None
        assert report.retry_at > datetime.now(UTC) + timedelta(hours=1)
        assert report.retry_after is not None
        assert report.retry_after > 3600

        emulator.clear_faults()
        again = await make(client, rows, journal)
    assert (again.created, again.done_before) == (6, 2)
    agree(emulator, journal, 8)


BLOCKED_LINK = Answer(
    429,
    {
        "code": 9,
        "message": "Sorry! We blocked this link because it may lead to spam.",
        "details": {"source_field": None},
    },
)


async def test_a4_a_blocked_link_costs_its_row_alone(tmp_path: Path) -> None:
    """A row whose link is blocked is refused and named; the others are made, run after run."""
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 5)
        emulator.fail("pins/create", BLOCKED_LINK)
        report = await make(client, rows, tmp_path / "j.sqlite", concurrency=1)
    assert [row.state for row in report.results] == ["refused", *["created"] * 4]
    assert "blocked this link" in str(report.results[0].error)
    assert (report.stopped, report.retry_at) == (None, None)


async def test_a4_rows_that_stopped_a_run_are_tried_last(tmp_path: Path) -> None:
    """Blocked rows at the head of a file do not keep the rows behind them from being made."""
    journal = tmp_path / "j.sqlite"
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 8)
        emulator.fail("pins/create", BLOCKED_LINK, times=3)
        first = await make(client, rows, journal, concurrency=1)
        # The five that were never tried go first, and the three are blocked still.
        emulator.fail("pins/create", BLOCKED_LINK, skip=5, times=3)
        second = await make(client, rows, journal, concurrency=1)
        emulator.clear_faults()
        third = await make(client, rows, journal, concurrency=1)
    assert (first.created, first.refused, first.not_tried) == (0, 3, 5)
    assert first.stopped is not None
    assert [row.state for row in second.results] == ["refused"] * 3 + ["created"] * 5
    assert (third.created, third.done_before, third.complete) == (3, 5, True)


async def test_a16_a_refusal_of_one_object_stops_no_run(tmp_path: Path) -> None:
    """A16: a 429 that leaves room in the window is about what the row touches."""
    contention = Answer(
        429,
        {"code": 8, "message": "There are multiple write operations on one object."},
        headers={"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "960"},
    )
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 4)
        emulator.fail("pins/create", contention, skip=1)
        report = await make(client, rows, tmp_path / "j.sqlite", concurrency=1)
    assert [row.state for row in report.results] == ["created", "refused", "created", "created"]
    assert report.stopped is None


async def test_a_limit_that_is_far_away_stops_the_run(tmp_path: Path) -> None:
    """A wait longer than `max_wait` ends the run with the moment of the reset."""
    async with (
        Emulator(boards=1, pins=0, limits={"org_write": [(3, 3600.0)]}) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url, max_wait=1.0) as client,
    ):
        report = await make(client, rows_for(emulator, 5), tmp_path / "j.sqlite", concurrency=1)
        assert len(emulator.account.saved.pins) == report.created == 3
    assert report.not_tried == 2
    assert report.retry_at is not None
    assert report.retry_at > datetime.now(UTC)


async def test_a_refused_row_does_not_stop_the_others(tmp_path: Path) -> None:
    """One row that Pinterest refuses is reported with its reason; the next run tries it again."""
    journal = tmp_path / "j.sqlite"
    refusal = Answer(400, {"code": 1, "message": "Unable to reach the URL."})
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 4)
        emulator.fail("pins/create", refusal, skip=1)
        report = await make(client, rows, journal, concurrency=1)
        assert [row.state for row in report.results] == ["created", "refused", *["created"] * 2]
        assert "Unable to reach" in str(report.results[1].error)
        assert not report.complete
        assert report.stopped is None

        again = await make(client, rows, journal)
    assert (again.created, again.done_before, again.complete) == (1, 3, True)
    agree(emulator, journal, 4)


async def test_a_picture_that_vanishes_is_refused(tmp_path: Path) -> None:
    """A file that goes between the check and the sending costs its own row alone."""
    picture = tmp_path / "plum.png"
    picture.write_bytes(PNG)

    def vanish(_: PinsProgress) -> None:
        picture.unlink(missing_ok=True)

    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 2)
        rows[1]["image"] = picture
        report = await make(
            client,
            rows,
            tmp_path / "j.sqlite",
            concurrency=1,
            progress=vanish,
        )
    assert [row.state for row in report.results] == ["created", "refused"]
    assert "no file" in str(report.results[1].error)


async def test_a_server_that_keeps_failing_stops_the_run(tmp_path: Path) -> None:
    """Rows that may have been made are unknown, not refused, and settled by the next run."""
    journal = tmp_path / "j.sqlite"
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 9)
        emulator.fail("pins/create", Answer(503), times=1000)
        report = await make(client, rows, journal, concurrency=1, tries=2)
        assert (report.unknown, report.not_tried) == (3, 6)
        assert report.stopped is not None
        assert {row["state"] for row in journal_of(journal)} == {"sending"}
        assert emulator.account.saved.pins == {}

        emulator.clear_faults()
        again = await make(client, rows, journal)
    assert again.complete
    agree(emulator, journal, 9)


async def test_a_board_that_cannot_be_looked_at_leaves_the_row_in_doubt(tmp_path: Path) -> None:
    """Without a look nothing is sent again; the next run finds the Pin."""
    journal = tmp_path / "j.sqlite"
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 1)
        emulator.fail("pins/create", Disconnect(after_write=True))
        emulator.fail("boards/list_pins", Answer(500), skip=1, times=100)
        report = await make(client, rows, journal, tries=2)
        assert report.unknown == 1
        assert len(emulator.account.saved.pins) == 1
        with pytest.raises(OutcomeUnknown):
            await make(client, rows, journal, tries=2)

        emulator.clear_faults()
        again = await make(client, rows, journal)
    assert (again.found, again.created, again.complete) == (1, 1, True)
    agree(emulator, journal, 1)


async def test_a_wrong_token_is_an_error_and_nothing_is_made() -> None:
    """What every row would meet is raised, not reported row by row."""
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 5)
        dead = Answer(401, {"code": 2, "message": "Authentication failed."})
        emulator.fail("pins/create", dead, times=100)
        with pytest.raises(AuthenticationFailed):
            await make(client, rows, None, concurrency=1)
        assert sum(seen.operation_id == "pins/create" for seen in emulator.requests) == 1


async def test_trial_access_is_an_error() -> None:
    """An app with Trial access hears it once."""
    async with Emulator(boards=1, pins=0, tier="trial") as emulator, client_of(emulator) as client:
        with pytest.raises(TrialAccessError):
            await make(client, rows_for(emulator, 3), None, concurrency=1)


@pytest.mark.parametrize("fault", [None, Answer(500, after_write=True), Answer(500)])
async def test_boards_and_sections_are_made_on_request(
    tmp_path: Path, fault: Answer | None
) -> None:
    """What is missing is made once, however many rows name it and whatever happens to answers."""
    async with Emulator(boards=0, pins=0) as emulator, client_of(emulator) as client:
        if fault:
            emulator.fail("boards/create", fault)
            emulator.fail("board_sections/create", fault)
        rows = [
            {"board": board, "section": section, "title": f"{n}", "image": JPEG}
            for n, (board, section) in enumerate(
                [("Plum cakes", "Old"), ("plum cakes", "Old"), ("Plum cakes", ""), ("Rye", "Old")]
            )
        ]
        report = await make(client, rows, tmp_path / "j.sqlite", create_missing=True)
        account = emulator.account
        assert sorted(board.name for board in account.saved.boards.values()) == [
            "Plum cakes",
            "Rye",
        ]
        assert [len(sections) for sections in account.saved.sections.values()] == [1, 1]
        assert sum(pin.board_section_id is not None for pin in account.saved.pins.values()) == 3
    assert report.complete


async def test_a_journal_serves_one_run_at_a_time(tmp_path: Path) -> None:
    """A second run with the same journal is refused while the first one has it."""
    journal = tmp_path / "j.sqlite"
    async with Emulator(boards=1, pins=0, latency=0.05) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 3)
        under_way = asyncio.Event()

        def tell(_: PinsProgress) -> None:
            under_way.set()

        first = asyncio.create_task(make(client, rows, journal, concurrency=1, progress=tell))
        await under_way.wait()
        with pytest.raises(JournalError, match="another run"):
            await make(client, rows, journal)
        assert (await first).complete
    agree(emulator, journal, 3)


async def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    """Another database, or no database at all, is refused and not written to."""
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE mine (x)")
    # The version that a journal has, too: many a program numbers its own like this.
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    database = other.read_bytes()
    text = tmp_path / "notes.txt"
    text.write_text("mine, " * 1000)
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        for path in (other, text):
            with pytest.raises(JournalError):
                await make(client, rows_for(emulator, 1), path)
        assert emulator.account.saved.pins == {}
    assert text.read_text() == "mine, " * 1000
    assert other.read_bytes() == database


async def test_a_cancelled_run_is_gone_on_with(tmp_path: Path) -> None:
    """Cancelling at any moment loses and doubles nothing."""
    journal = tmp_path / "j.sqlite"
    async with Emulator(boards=1, pins=0, latency=0.01) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 12)
        for moment in (0.05, 0.09, 0.02, 0.07):
            task = asyncio.create_task(make(client, rows, journal, concurrency=2))
            await asyncio.sleep(moment)
            task.cancel()
            await asyncio.wait([task])
        assert (await make(client, rows, journal)).complete
        assert titles(emulator) == Counter({f"Pin {n}": 1 for n in range(12)})
    agree(emulator, journal, 12)


async def test_progress_ends_with_all_rows() -> None:
    """The callback hears of each row."""
    seen: list[PinsProgress] = []
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        await make(client, rows_for(emulator, 4), None, progress=seen.append)
    assert [row.done for row in seen] == [1, 2, 3, 4]
    assert {row.total for row in seen} == {4}


async def test_an_error_of_the_callback_comes_out_as_itself(tmp_path: Path) -> None:
    """What `progress` raises ends the run, with everything so far in the journal."""
    journal = tmp_path / "j.sqlite"

    def fail(_: PinsProgress) -> None:
        raise LookupError("mine")

    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        rows = rows_for(emulator, 4)
        with pytest.raises(LookupError, match="mine"):
            await make(client, rows, journal, progress=fail)
        assert (await make(client, rows, journal)).complete
    agree(emulator, journal, 4)


async def test_pins_can_be_made_for_the_owner_of_an_ad_account() -> None:
    """Every request of the job acts as the one whom the client acts as."""
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        acting = client.acting_as(ad_account_id=emulator.ad_account_id)
        assert (await make(acting, rows_for(emulator, 1), None)).complete
    assert {tuple(seen.query["ad_account_id"]) for seen in emulator.requests} == {
        (emulator.ad_account_id,)
    }


@pytest.mark.parametrize("code", [7, 29])
async def test_a_board_of_another_costs_its_row_alone(code: int) -> None:
    """A 401 that speaks of one board is no bad token."""
    refusal = Answer(401, {"code": code, "message": "You are not permitted to access this board."})
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        emulator.fail("pins/create", refusal)
        report = await make(client, rows_for(emulator, 3), None, concurrency=1)
    assert [row.state for row in report.results] == ["refused", "created", "created"]


async def test_arguments_are_checked() -> None:
    """What is out of bounds is said before anything is sent."""
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        for wrong in ({"concurrency": 0}, {"tries": 0}):
            with pytest.raises(ConfigurationError):
                await make(client, [], None, **wrong)
        with pytest.raises(ConfigurationError, match="csv"):
            await make(client, "rows.xlsx", None)
        assert emulator.requests == []


async def test_the_report_can_be_written_as_json(tmp_path: Path) -> None:
    """A report is plain data."""
    import msgspec

    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        report = await make(client, rows_for(emulator, 1), tmp_path / "j.sqlite")
    assert json.loads(msgspec.json.encode(report))["results"][0]["state"] == "created"


NOT_REACHED = Answer(400, {"code": 1, "message": "Unable to reach the URL in media_source."})


@pytest.mark.parametrize("count", [1, 2])
async def test_a_picture_that_pinterest_cannot_fetch_is_sent_along(
    tmp_path: Path, count: int
) -> None:
    """With `fallback` the picture is fetched here, without token or cookie, and sent."""
    asked: list[web.BaseRequest] = []

    async def picture(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request)
        if request.path == "/old":
            return web.Response(status=302, headers={"Location": "/new"})
        return web.Response(body=PNG, content_type="image/png")

    async with (
        Emulator(boards=1, pins=0) as emulator,
        client_of(emulator) as client,
        RawTestServer(picture) as host,
    ):
        (row,) = rows_for(emulator, 1)
        del row["image"]
        addresses = [str(host.make_url(path)) for path in ("/old", "/b")][:count]
        row |= {"image": addresses[0]} if count == 1 else {"images": addresses}
        emulator.fail("pins/create", NOT_REACHED)
        report = await make(client, [row], tmp_path / "j.sqlite", send_pictures="fallback")
        bodies = [
            cast("dict[str, Any]", seen.body)["media_source"]
            for seen in emulator.requests
            if seen.operation_id == "pins/create"
        ]
    assert report.complete
    assert report.results[0].sent_along
    kinds = ("image_url", "image_base64", "multiple_image_urls", "multiple_image_base64")
    assert [body["source_type"] for body in bodies] == [*kinds[2 * count - 2 : 2 * count]]
    assert [request.path for request in asked] == ["/old", "/new", "/b"][: count + 1]
    assert not {"Authorization", "Cookie"} & {name for one in asked for name in one.headers}


@pytest.mark.parametrize(
    ("status", "word"),
    [(404, "responded with 404"), (503, "responded with 503"), (200, "takes JPEG and PNG")],
)
async def test_a_picture_that_nobody_can_fetch_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, word: str
) -> None:
    """Where the fallback does not help either, the row is refused with the reason."""

    async def picture(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, body=b"<html>")

    monkeypatch.setattr(fetched, "_RETRY", RetryPolicy(attempts=2, base=0.001))
    async with (
        Emulator(boards=1, pins=0) as emulator,
        client_of(emulator) as client,
        RawTestServer(picture) as host,
    ):
        (row,) = rows_for(emulator, 1)
        row["image"] = str(host.make_url("/a"))
        emulator.fail("pins/create", NOT_REACHED, times=2)
        never = await make(client, [row], tmp_path / "j.sqlite")
        report = await make(client, [row], tmp_path / "j.sqlite", send_pictures="fallback")
        with pytest.raises(ConfigurationError, match="send_pictures"):
            await make(client, [row], None, send_pictures="always")
    assert (never.refused, "Unable to reach" in str(never.results[0].error)) == (1, True)
    assert (report.refused, word in str(report.results[0].error)) == (1, True)
