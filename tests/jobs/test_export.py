"""The export: everything once, nothing half, every difference named."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import (
    AuthenticationFailed,
    ConfigurationError,
    MissingScope,
    PermissionDenied,
    Pinterest,
    RetryPolicy,
    TrialAccessError,
)
from pinterest_async.emulator import Answer, Disconnect, Emulator, PagingOptions
from pinterest_async.jobs import ExportProgress, export_account
from tests.support.clients import client_of
from tests.support.exported import JOURNAL, NAMES, WIDE, contents, lines, manifest, names

if TYPE_CHECKING:
    from pathlib import Path


async def test_writes_every_board_section_and_pin_exactly_once(tmp_path: Path) -> None:
    """All that the account holds stands in the files once, and the manifest says so."""
    async with Emulator(boards=24, pins=1800) as emulator, client_of(emulator) as client:
        report = await export_account(client, tmp_path / "deep" / "out")
        account = emulator.account

    out = tmp_path / "deep" / "out"
    assert names(out) == NAMES
    assert Counter(pin["id"] for pin in lines(out / "pins.jsonl")) == Counter(
        list(account.saved.pins)
    )
    boards = lines(out / "boards.jsonl")
    assert Counter(board["id"] for board in boards) == Counter(list(account.saved.boards))
    written = {(row["board_id"], row["id"]) for row in lines(out / "sections.jsonl")}
    assert written == {
        (board_id, section_id)
        for board_id, sections in account.saved.sections.items()
        for section_id in sections
    }
    assert any(pin["board_section_id"] for pin in lines(out / "pins.jsonl"))
    assert "SECRET" in {board["privacy"] for board in boards}

    assert report.complete
    assert report.differences == []
    assert (report.boards, report.pins, report.pins_repeated, report.rejected) == (24, 1800, 0, 0)
    # One call finds out whose account it is.
    assert report.calls == report.pages + 1 == len(emulator.requests)
    assert report.account == account.username
    written_down = manifest(out)
    assert written_down["complete"]
    assert written_down["pins"] == 1800
    assert written_down["files"] == ["boards.jsonl", "sections.jsonl", "pins.jsonl"]
    assert {row["id"]: row["pins"] for row in written_down["by_board"]} == {
        board["id"]: board["pin_count"] for board in boards
    }


@pytest.mark.parametrize("last_bookmark", ["null", "missing", "empty"])
async def test_every_way_of_ending_a_list_is_complete(tmp_path: Path, last_bookmark: Any) -> None:
    """Empty pages in between and any form of the last bookmark lose nothing."""
    async with (
        Emulator(
            boards=3, pins=700, paging=PagingOptions(last_bookmark=last_bookmark, empty_pages=True)
        ) as emulator,
        client_of(emulator) as client,
    ):
        report = await export_account(client, tmp_path)

    assert report.complete
    assert len(lines(tmp_path / "pins.jsonl")) == 700


async def test_keeps_what_no_model_declares(tmp_path: Path) -> None:
    """A field, a nesting or a number that this version does not know is written as it came."""
    odd = '{\n "id": "1",\n "brand_new": {"deep": [1, 2.50, null]},\n "text": "a\\nb \\u2028"}'
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        page = Answer(200, f'{{"items": [{odd}], "bookmark": null}}', "application/json")
        emulator.fail("boards/list_pins", page)
        await export_account(client, tmp_path)

    assert lines(tmp_path / "pins.jsonl") == [json.loads(odd)]
    assert b"2.50" in (tmp_path / "pins.jsonl").read_bytes()


async def test_a_pin_that_is_listed_again_is_written_once(tmp_path: Path) -> None:
    """Repetitions within a board and on another board are left out, and counted."""
    first = {"items": [{"id": "1"}, {"id": "2"}, {"id": "1"}], "bookmark": None}
    second = {"items": [{"id": "2"}, {"id": "3"}], "bookmark": None}
    async with Emulator(boards=2, pins=0) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", Answer(200, first))
        emulator.fail("boards/list_pins", Answer(200, second))
        report = await export_account(client, tmp_path, concurrency=1)

    assert sorted(pin["id"] for pin in lines(tmp_path / "pins.jsonl")) == ["1", "2", "3"]
    assert report.pins == 3
    assert report.pins_repeated == 2
    assert [row.pins_elsewhere for row in report.by_board] == [0, 1]


async def test_a_list_that_runs_in_circles_is_left(tmp_path: Path) -> None:
    """A bookmark that comes back ends the list instead of being followed for ever."""
    circle = Answer(200, {"items": [{"id": "1"}], "bookmark": "again"})
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", circle, times=50)
        report = await export_account(client, tmp_path)

    assert report.pins == 1
    assert report.pages == 4


async def test_empty_pages_without_end_fail_that_board(tmp_path: Path) -> None:
    """A list that only ever names another empty page is given up, and the manifest says so."""
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        for number in range(40):
            emulator.fail("boards/list_pins", Answer(200, {"items": [], "bookmark": f"b{number}"}))
        report = await export_account(client, tmp_path)

    assert not report.complete
    assert "PagingError" in report.differences[0].reason


async def test_a_board_that_vanishes_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    """One board answered with 404 costs that board alone; its Pins may yet be found elsewhere."""
    gone = Answer(404, {"code": 40, "message": "Board not found."})
    async with Emulator(boards=6, pins=300) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", gone, skip=2)
        report = await export_account(client, tmp_path, concurrency=1)

    (difference,) = report.differences
    lost = next(row for row in report.by_board if row.id == difference.board_id)
    assert not report.complete
    assert lost.error is not None
    assert "404" in difference.reason
    assert report.calls == len(emulator.requests)
    assert report.pins_loose == lost.pin_count
    assert report.pins == len(lines(tmp_path / "pins.jsonl")) == 300
    assert manifest(tmp_path)["complete"] is False


async def test_a_board_of_others_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    """401 with code 7 says that this board is not the user's, and nothing of the token."""
    async with Emulator(boards=3, pins=30, limits=WIDE) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", Answer(401, {"code": 7, "message": "Not yours."}))
        report = await export_account(client, tmp_path)
    (difference,) = report.differences
    assert "AuthenticationFailed" in difference.reason
    # Its Pins are in the list of all Pins, which is read where boards hold too few.
    assert (report.boards, report.pins) == (3, 30)


async def test_access_that_no_board_is_read_with_stops_everything(tmp_path: Path) -> None:
    """403 with code 29 says what the app may do at all: no other board is asked for."""
    async with Emulator(boards=9, pins=9, limits=WIDE) as emulator, client_of(emulator) as client:
        refusal = Answer(403, {"code": 29, "message": "Trial."})
        emulator.fail("board_sections/list", refusal, times=9)
        with pytest.raises(TrialAccessError):
            await export_account(client, tmp_path, concurrency=1)
        asked = [call for call in emulator.requests if call.operation_id == "board_sections/list"]
    assert len(asked) == 1
    assert not (tmp_path / "manifest.json").exists()


async def test_pins_on_no_board_are_found(tmp_path: Path) -> None:
    """Pins that were saved to the profile are looked for where the account counts more Pins."""
    async with Emulator(boards=3, pins=60) as emulator, client_of(emulator) as client:
        original = next(iter(emulator.account.saved.pins))
        saved = await client.pins.save(original)
        report = await export_account(client, tmp_path)

    assert report.complete
    assert (report.pins, report.pins_loose, report.pins_repeated) == (61, 1, 0)
    assert saved.id in {pin["id"] for pin in lines(tmp_path / "pins.jsonl")}


async def test_pins_that_the_account_counts_and_nobody_lists_are_a_difference(
    tmp_path: Path,
) -> None:
    """Without the scopes for secret boards the export says how many Pins it did not see."""
    scopes = ["boards:read", "pins:read", "user_accounts:read"]
    async with Emulator(boards=6, pins=60) as emulator:
        async with client_of(emulator, emulator.issue_token(scopes=scopes)) as client:
            report = await export_account(client, tmp_path)
        secret = [
            pin
            for pin in emulator.account.saved.pins.values()
            if emulator.account.saved.is_secret(pin)
        ]

    assert secret
    (difference,) = report.differences
    assert (difference.pins_expected, difference.pins_found) == (60, 60 - len(secret))
    assert "may not see" in difference.reason


async def test_a_token_that_may_not_know_its_account_exports(tmp_path: Path) -> None:
    """The scope for the profile is not needed, save for the check against the account's count."""
    scopes = ["boards:read", "boards:read_secret", "pins:read", "pins:read_secret"]
    async with (
        Emulator(boards=6, pins=60) as emulator,
        client_of(emulator, emulator.issue_token(scopes=scopes)) as client,
    ):
        report = await export_account(client, tmp_path)

    assert report.complete
    assert (report.account, report.pins) == (None, 60)


async def test_a_client_that_acts_for_another_exports_that_one(tmp_path: Path) -> None:
    """Every call of an export names the ad account that the client acts for."""
    async with Emulator(boards=2, pins=20) as emulator, client_of(emulator) as client:
        (ad_account,) = await client.ad_accounts.list().collect(max_items=1)
        emulator.requests.clear()
        await export_account(client.acting_as(ad_account_id=ad_account.id), tmp_path)

    assert len(emulator.requests) > 4
    assert {request.query["ad_account_id"][0] for request in emulator.requests} == {ad_account.id}


def board(board_id: str, name: str, pin_count: int | None) -> dict[str, Any]:
    """A board as it is listed."""
    return {"id": board_id, "name": name, "pin_count": pin_count}


async def test_a_wrong_pin_count_is_a_difference(tmp_path: Path) -> None:
    """More or fewer pins than a board counts are both named with both figures."""
    boards = [board("1", "fewer", 3), board("2", "more", 0), board("3", "unknown", None)]
    async with Emulator(boards=0, pins=0) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list", Answer(200, {"items": boards}))
        emulator.fail("board_sections/list", Answer(200, {"items": []}), times=3)
        for pin_id in "abc":
            emulator.fail("boards/list_pins", Answer(200, {"items": [{"id": pin_id}]}))
        for row in boards[:2]:
            emulator.fail("boards/get", Answer(200, row))
        report = await export_account(client, tmp_path, concurrency=1)

    found = {row.board: (row.pins_expected, row.pins_found) for row in report.differences}
    assert found == {"fewer": (3, 1), "more": (0, 1)}
    assert {row.reason.partition(" pins ")[0] for row in report.differences} == {
        "it lists fewer",
        "it lists more",
    }
    assert all("lags behind" in row.reason for row in report.differences)


@pytest.mark.parametrize(
    ("listed", "now", "why"),
    [
        ([{"id": "a"}], board("1", "x", 1), None),
        ([{"id": "a"}], board("1", "x", 2), "from 3 pins to 2"),
        ([{"id": "a"}], None, "was deleted"),
        ([{"id": "a"}, {"id": "a"}], board("1", "x", 3), "repeated 1 pins"),
    ],
)
async def test_a_difference_is_explained(
    tmp_path: Path, listed: list[Any], now: Any, why: str | None
) -> None:
    """A board that disagrees is asked again, and the reason says what has come of it."""
    answer = Answer(200, now) if now else Answer(404, {"code": 40, "message": "Board not found."})
    async with Emulator(boards=0, pins=0) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list", Answer(200, {"items": [board("1", "x", 3)]}))
        emulator.fail("board_sections/list", Answer(200, {"items": []}))
        emulator.fail("boards/list_pins", Answer(200, {"items": listed}))
        emulator.fail("boards/get", answer)
        report = await export_account(client, tmp_path)

    if why is None:
        assert report.complete
        assert (report.by_board[0].pin_count, report.by_board[0].pin_count_after) == (3, 1)
    else:
        assert [why in row.reason for row in report.differences] == [True]


async def test_what_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    """Items without an id are kept in rejected.jsonl with their JSON, and counted."""
    page = {"items": [{"id": "1"}, {"title": "no id"}, None, 7], "bookmark": None}
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", Answer(200, page))
        report = await export_account(client, tmp_path)
        (board_id,) = emulator.account.saved.boards

    rejected = lines(tmp_path / "rejected.jsonl")
    assert [row["item"] for row in rejected] == [{"title": "no id"}, None, 7]
    assert {(row["kind"], row["board_id"]) for row in rejected} == {("pin", board_id)}
    assert report.rejected == 3
    assert report.pins == 1
    assert not report.complete


async def test_boards_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """A board without an id cannot be walked, and the manifest says that it is missing."""
    async with Emulator(boards=0, pins=0) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list", Answer(200, {"items": [{"name": "no id"}]}))
        report = await export_account(client, tmp_path)

    assert [row.board_id for row in report.differences] == [None]
    assert not report.complete


async def test_a_wrong_token_leaves_one_error_and_no_file(tmp_path: Path) -> None:
    """Nothing stays behind of an export that may not even begin."""
    async with Emulator(boards=1, pins=1) as emulator, client_of(emulator, "pina_wrong") as client:
        with pytest.raises(AuthenticationFailed):
            await export_account(client, tmp_path / "out")

    assert names(tmp_path / "out") == set()


async def test_a_token_that_dies_on_the_way_stops_everything(tmp_path: Path) -> None:
    """An error that every board would meet ends the export as itself, not as a group."""
    dead = Answer(401, {"code": 2, "message": "Authentication failed."})
    async with Emulator(boards=12, pins=100) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", dead, skip=4, times=100)
        with pytest.raises(AuthenticationFailed):
            await export_account(client, tmp_path)

    assert names(tmp_path) == {JOURNAL}


async def test_a_missing_scope_says_which(tmp_path: Path) -> None:
    """A token without `pins:read` stops the export with the scope error."""
    async with Emulator(boards=2, pins=2) as emulator:
        token = emulator.issue_token(scopes=["boards:read"])
        async with client_of(emulator, token) as client:
            with pytest.raises(MissingScope):
                await export_account(client, tmp_path)


async def test_passing_faults_are_sent_again(tmp_path: Path) -> None:
    """Resets and 500s on the way lose and double nothing."""
    async with (
        Emulator(boards=10, pins=900) as emulator,
        Pinterest(
            emulator.token, base_url=emulator.base_url, retry=RetryPolicy(attempts=5, base=0.001)
        ) as client,
    ):
        for operation in ("boards/list", "board_sections/list", "boards/list_pins"):
            emulator.fail(operation, Answer(502, "<html>bad gateway</html>"))
            emulator.fail(operation, Disconnect())
        report = await export_account(client, tmp_path)

    assert report.complete
    assert len({pin["id"] for pin in lines(tmp_path / "pins.jsonl")}) == report.pins == 900


async def test_a_finished_export_is_not_overwritten_by_chance(tmp_path: Path) -> None:
    """A folder that holds an export is refused before anything is sent, unless it is allowed."""
    async with Emulator(boards=2, pins=20) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path)
        before = contents(tmp_path)
        sent = len(emulator.requests)
        with pytest.raises(FileExistsError, match="overwrite"):
            await export_account(client, tmp_path)
        assert len(emulator.requests) == sent
        assert contents(tmp_path) == before

        (tmp_path / "rejected.jsonl").write_text("of an older export")
        (tmp_path / "notes.txt").write_text("mine")
        await export_account(client, tmp_path, overwrite=True)

    assert names(tmp_path) == NAMES | {"notes.txt"}


async def test_a_failed_overwrite_keeps_the_old_export(tmp_path: Path) -> None:
    """The old files are replaced only when the new ones are whole."""
    async with Emulator(boards=2, pins=20) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path)
        before = contents(tmp_path)
        emulator.fail("boards/list", Answer(403, {"code": 403, "message": "No."}))
        with pytest.raises(PermissionDenied):
            await export_account(client, tmp_path, overwrite=True)

    assert contents(tmp_path) == before


async def test_clears_away_what_a_killed_export_left(tmp_path: Path) -> None:
    """Leftovers of an earlier run neither stay nor find their way into the new files."""
    for name in ("pins.jsonl.partial", "rejected.jsonl.partial", "pins.csv.partial"):
        (tmp_path / name).write_text('{"id": "old"}\n')
    (tmp_path / "mine.partial").write_text("not of an export")
    async with Emulator(boards=2, pins=20) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path)

    assert names(tmp_path) == NAMES | {"mine.partial"}
    assert len(lines(tmp_path / "pins.jsonl")) == 20


async def test_progress_only_grows_and_ends_with_the_figures(tmp_path: Path) -> None:
    """The callback sees each page, never a smaller number than before, and the final ones."""
    seen: list[ExportProgress] = []
    async with Emulator(boards=8, pins=500) as emulator, client_of(emulator) as client:
        report = await export_account(client, tmp_path, progress=seen.append)

    for name in ("boards", "boards_done", "sections", "pins", "pins_expected", "pages"):
        figures = [getattr(progress, name) for progress in seen]
        assert figures == sorted(figures)
    last = seen[-1]
    assert last.boards_listed
    assert (last.boards, last.boards_done, last.sections) == (8, 8, report.sections)
    assert (last.pins, last.pins_expected, last.pages) == (500, 500, report.pages)


async def test_no_more_boards_at_a_time_than_allowed(tmp_path: Path) -> None:
    """`concurrency` bounds the boards that are read at the same time."""
    async with Emulator(boards=6, pins=60) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path, concurrency=1)

    # Behind those for the account and for the list of boards.
    places = [request.path.split("/")[3] for request in emulator.requests[2:]]
    assert sum(here != there for here, there in pairwise(places)) == 5


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"concurrency": 0}, "concurrency"),
        ({"format": "xlsx"}, "jsonl, csv, parquet, sqlite"),
        ({"full": True}, "--update"),
        ({"update": True, "overwrite": True}, "--overwrite"),
    ],
)
async def test_bad_options_are_refused_before_anything_is_done(
    tmp_path: Path, options: dict[str, Any], named: str
) -> None:
    """Options that are out of bounds or do not go together raise, and leave no folder."""
    async with Emulator(boards=1, pins=1) as emulator, client_of(emulator) as client:
        with pytest.raises(ConfigurationError, match=named):
            await export_account(client, tmp_path / "out", **options)

    assert emulator.requests == []
    assert not (tmp_path / "out").exists()


async def test_a16_a_list_that_others_write_to_is_that_boards_matter(tmp_path: Path) -> None:
    """A 429 that leaves room in the window costs one board, and the others are exported."""
    contention = Answer(
        429,
        {"code": 8, "message": "There are multiple write operations on one object."},
        headers={"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "960"},
    )
    async with Emulator(boards=3, pins=9) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", contention)
        report = await export_account(client, tmp_path, concurrency=1)
    assert [row.kind for row in report.differences] == ["unread"]
    assert sum(row.error is None for row in report.by_board) == 2
