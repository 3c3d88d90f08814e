"""Exports that are interrupted: the next run goes on, and nothing is fetched or written twice."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from pinterest_async import (
    AuthenticationFailed,
    ConfigurationError,
    Pinterest,
    ServerError,
)
from pinterest_async.emulator import (
    Answer,
    Emulator,
    SeenRequest,
)
from pinterest_async.jobs import ExportProgress, JournalError, export_account
from pinterest_async.jobs.export.journal import Journal
from pinterest_async.jobs.export.pages import Options, Run, add_page
from tests.support.clients import client_of
from tests.support.exported import (
    JOURNAL,
    NAMES,
    WIDE,
    assert_holds,
    contents,
    known_pages,
    lines,
    names,
    raw,
)
from tests.support.scripted import Scripted

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.jobs.export.formats import Format

DEAD = Answer(401, {"code": 2, "message": "Authentication failed."})
REFUSED = Answer(400, {"code": 1, "message": "bookmark is not one of this list"})


def pages_asked_for(emulator: Emulator) -> list[tuple[str, str]]:
    """What was listed: path and bookmark of each request that got its answer."""
    return [
        (request.path, request.query.get("bookmark", [""])[0])
        for request in emulator.requests
        if request.status == 200 and request.operation_id not in ("user_account/get", "boards/get")
    ]


def requests_for_boards(emulator: Emulator) -> list[SeenRequest]:
    """The requests for the list of boards."""
    return [request for request in emulator.requests if request.operation_id == "boards/list"]


async def test_a_run_goes_on_where_another_failed(tmp_path: Path) -> None:
    """What was listed before the token died is not asked for again, and stands there once."""
    async with (
        Emulator(boards=8, pins=2000, seed=3) as emulator,
        client_of(emulator) as client,
    ):
        emulator.fail("boards/list_pins", DEAD, skip=6, times=100)
        with pytest.raises(AuthenticationFailed):
            await export_account(client, tmp_path, concurrency=2)
        assert names(tmp_path) == {JOURNAL}
        known = known_pages(tmp_path)
        assert known > 8

        emulator.clear_faults()
        emulator.requests.clear()
        report = await export_account(client, tmp_path)
        account = emulator.account

    assert report.complete
    assert report.pages_resumed == known
    assert report.calls == len(emulator.requests) == 1 + report.pages - known
    assert names(tmp_path) == NAMES
    assert_holds(tmp_path, account)


async def test_a_long_list_goes_on_in_its_middle(tmp_path: Path) -> None:
    """Within a board, the pages that were written down are not asked for again."""
    async with Emulator(boards=1, pins=1200) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", DEAD, skip=2, times=100)
        with pytest.raises(AuthenticationFailed):
            await export_account(client, tmp_path)
        emulator.clear_faults()
        before = pages_asked_for(emulator)
        emulator.requests.clear()
        report = await export_account(client, tmp_path)
        assert_holds(tmp_path, emulator.account)

    assert not set(before) & set(pages_asked_for(emulator))
    assert report.complete
    assert report.pages == len(before) + len(pages_asked_for(emulator))


async def test_a_stale_bookmark_begins_that_list_anew(tmp_path: Path) -> None:
    """A bookmark that the server refuses later costs its own list, and doubles nothing."""
    async with Emulator(boards=3, pins=1500) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", DEAD, skip=3, times=100)
        with pytest.raises(AuthenticationFailed):
            await export_account(client, tmp_path, concurrency=1)
        with closing(sqlite3.connect(tmp_path / JOURNAL)) as journal, journal:
            stale = journal.execute(
                "UPDATE listings SET bookmark = 'c3RhbGU=' WHERE bookmark IS NOT NULL"
            ).rowcount
        assert stale == 1
        emulator.clear_faults()
        emulator.requests.clear()
        report = await export_account(client, tmp_path)
        assert_holds(tmp_path, emulator.account)

    assert report.complete
    assert [row.restarts for row in report.by_board].count(1) == 1
    assert report.pins_repeated == 0
    assert [request.status for request in emulator.requests].count(400) == 1
    assert report.calls == len(emulator.requests)


async def test_a_list_whose_bookmarks_are_all_refused_is_given_up(tmp_path: Path) -> None:
    """A list that never gets to its second page is an error of that board, not a circle."""
    async with Emulator(boards=1, pins=600) as emulator, client_of(emulator) as client:
        pages = [Answer(200, {"items": [{"id": f"{n}"}], "bookmark": f"b{n}"}) for n in range(9)]
        for page in pages:
            emulator.fail("boards/list_pins", page)
            emulator.fail("boards/list_pins", REFUSED)
        report = await export_account(client, tmp_path)

    assert "BadRequest" in (report.by_board[0].error or "")
    refused = [request for request in emulator.requests if request.status == 400]
    assert len(refused) == 4


async def test_the_list_of_boards_goes_on_too(tmp_path: Path) -> None:
    """A run that died between two pages of boards takes up the boards it knows, and the rest."""
    async with Emulator(boards=5, pins=50) as emulator, client_of(emulator) as client:
        boards = [
            json.loads(emulator.account.saved.encoded_board(int(key)))
            for key in emulator.account.saved.boards
        ]
        emulator.fail("boards/list", Answer(200, {"items": boards[:3], "bookmark": "b1"}))
        emulator.fail("boards/list", Answer(500))
        with pytest.raises(ServerError):
            await export_account(client, tmp_path)
        emulator.fail("boards/list", Answer(200, {"items": boards[2:], "bookmark": None}))
        report = await export_account(client, tmp_path)
        assert_holds(tmp_path, emulator.account)

    assert report.complete
    assert report.boards == 5
    # The second page is the one that was refused.
    asked = Counter(row.query.get("bookmark", [""])[0] for row in requests_for_boards(emulator))
    assert asked == {"": 1, "b1": 2}


async def test_cancelling_leaves_what_the_next_run_goes_on_from(tmp_path: Path) -> None:
    """A cancelled export ends at once, with its journal closed and no other file."""
    seen: list[ExportProgress] = []
    enough = asyncio.Event()

    def look(progress: ExportProgress) -> None:
        seen.append(progress)
        if progress.pages > 5:
            enough.set()

    async with (
        Emulator(boards=20, pins=400, latency=0.01, limits=WIDE) as emulator,
        client_of(emulator) as client,
    ):
        task = asyncio.create_task(export_account(client, tmp_path, progress=look))
        await enough.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert names(tmp_path) == {JOURNAL}
        known = known_pages(tmp_path)
        assert known >= 6
        report = await export_account(client, tmp_path, progress=seen.append)
        assert_holds(tmp_path, emulator.account)

    assert report.complete
    assert report.pages_resumed == known
    assert (seen[-1].pins, seen[-1].pages, seen[-1].stage) == (400, report.pages, "writing")


async def test_a_run_with_other_options_is_refused(tmp_path: Path) -> None:
    """An unfinished run is gone on with as it was asked for, or begun anew where that is said."""
    async with Emulator(boards=2, pins=20) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", DEAD)
        with pytest.raises(AuthenticationFailed):
            await export_account(client, tmp_path)
        sent = len(emulator.requests)
        with pytest.raises(ConfigurationError, match=r"format=jsonl, not csv.*--overwrite"):
            await export_account(client, tmp_path, format="csv")
        assert len(emulator.requests) == sent
        report = await export_account(client, tmp_path, format="csv", overwrite=True)

    assert report.complete
    assert report.pages_resumed == 0
    assert "pins.csv" in names(tmp_path)


async def test_options_may_change_while_nothing_was_listed(tmp_path: Path) -> None:
    """A first try that got nowhere does not bind the next one."""
    async with Emulator(boards=2, pins=20) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list", DEAD)
        with pytest.raises(AuthenticationFailed):
            await export_account(client, tmp_path)
        report = await export_account(client, tmp_path, format="sqlite")

    assert report.complete


async def test_a_kill_before_the_first_page_does_not_bind_either(tmp_path: Path) -> None:
    """A journal in which a run has begun and found nothing is as good as none."""
    options = Options(format="csv", since=None, metrics=False, pictures=False, full=False)
    run = Run(number=1, started_at=datetime.now(UTC), account=None, options=options)
    journal = Journal(tmp_path)
    await journal.open()
    await journal.begin(run, forget=True)
    # A kill leaves no time to clear away what was not needed.
    journal._unused = False
    await journal.close(lambda: None)
    assert names(tmp_path) == {JOURNAL}
    async with Emulator(boards=2, pins=20) as emulator, client_of(emulator) as client:
        report = await export_account(client, tmp_path, format="sqlite")

    assert report.complete


@pytest.mark.parametrize("finished", [False, True])
async def test_another_account_is_refused(tmp_path: Path, *, finished: bool) -> None:
    """The journal of one account is not gone on with by another."""
    async with Emulator(boards=2, pins=20) as emulator, client_of(emulator) as client:
        if not finished:
            emulator.fail("boards/list_pins", DEAD)
        try:
            await export_account(client, tmp_path)
        except AuthenticationFailed:
            assert not finished
        emulator.account.profile.members["username"] = "somebody_else"
        with pytest.raises(ConfigurationError, match="somebody_else"):
            await export_account(client, tmp_path, update=finished)


async def test_two_exports_into_one_folder_do_not_mix(tmp_path: Path) -> None:
    """While one export writes to a folder, another one is told so, and harms nothing."""
    begun = asyncio.Event()
    async with (
        Emulator(boards=8, pins=100, latency=0.01, limits=WIDE) as emulator,
        client_of(emulator) as client,
    ):
        first = asyncio.create_task(
            export_account(client, tmp_path, progress=lambda _: begun.set())
        )
        await begun.wait()
        for update, overwrite in ((False, False), (True, False), (False, True)):
            with pytest.raises(JournalError, match="another run is using it"):
                await export_account(client, tmp_path, update=update, overwrite=overwrite)
        report = await first
        assert_holds(tmp_path, emulator.account)

    assert report.complete
    assert names(tmp_path) == NAMES


@pytest.mark.parametrize("what", ["no database at all, but some text\n" * 99, "another"])
async def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path, what: str) -> None:
    """Whatever else bears the journal's name is neither read nor overwritten."""
    path = tmp_path / JOURNAL
    if what == "another":
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("CREATE TABLE mine (id)")
    else:
        path.write_text(what)
    before = path.read_bytes()
    async with Emulator(boards=1, pins=1) as emulator, client_of(emulator) as client:
        with pytest.raises(JournalError, match=r"pinterest-export\.sqlite"):
            await export_account(client, tmp_path, overwrite=True)

    assert path.read_bytes() == before
    assert emulator.requests == []


async def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    """Below a file there is no folder."""
    (tmp_path / "taken").write_text("")
    async with Emulator(boards=1, pins=1) as emulator, client_of(emulator) as client:
        with pytest.raises(OSError, match="taken"):
            await export_account(client, tmp_path / "taken" / "out")

    assert emulator.requests == []


async def test_a_page_that_is_not_written_down_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interruption in the thread that writes loses the page as a whole, with its bookmark."""
    turn = iter(range(1000))

    def failing(*arguments: Any) -> Any:
        added = add_page(*arguments)
        if next(turn) == 9:
            raise sqlite3.OperationalError("database or disk is full")
        return added

    async with Emulator(boards=6, pins=200) as emulator, client_of(emulator) as client:
        monkeypatch.setattr("pinterest_async.jobs.export.journal.add_page", failing)
        with pytest.raises(JournalError, match="disk is full"):
            await export_account(client, tmp_path)
        report = await export_account(client, tmp_path)
        assert_holds(tmp_path, emulator.account)

    assert report.complete


async def test_the_event_loop_is_free_while_a_page_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes its time holds nothing up but the export itself."""
    writing, free = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Any:
        writing.set()
        assert free.wait(10)
        return add_page(*arguments)

    async def other_work() -> None:
        assert await asyncio.to_thread(writing.wait, 10)
        free.set()

    monkeypatch.setattr("pinterest_async.jobs.export.journal.add_page", slow)
    async with Emulator(boards=1, pins=1) as emulator, client_of(emulator) as client:
        report, _ = await asyncio.gather(export_account(client, tmp_path), other_work())

    assert report.complete


async def test_a_failed_overwrite_keeps_the_old_files(tmp_path: Path) -> None:
    """Old files are replaced only when the new ones are whole, also by a run that goes on."""
    async with Emulator(boards=3, pins=30) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path)
        before = contents(tmp_path)
        emulator.account.saved.remove_pin(next(iter(emulator.account.saved.pins)))
        emulator.fail("boards/list_pins", DEAD, skip=1)
        with pytest.raises(AuthenticationFailed):
            await export_account(client, tmp_path, overwrite=True)
        assert contents(tmp_path) == before
        report = await export_account(client, tmp_path)
        assert_holds(tmp_path, emulator.account)

    assert report.pins == len(lines(tmp_path / "pins.jsonl")) == 29
    assert report.pages_resumed > 0


@pytest.mark.parametrize("format", ["jsonl", "csv", "sqlite"])
@pytest.mark.parametrize(
    ("item", "kept"),
    [
        (b'{"id":"1","title":"caf\xff"}', "caf\ufffd"),
        (b'{"id":"1","title":"plum \\ud83d"}', "plum \ufffd"),
        (b'{"id":"1","title":"far","odd":{"of":"\xed\xa0\x80"}}', "far"),
        (b'{"id":"1","title":"far","odd":1e999}', "far"),
        (b'{"id":"1","odd":[1,]}', None),
    ],
    ids=["text", "emoji", "unknown member", "number", "no JSON"],
)
async def test_f1_a_bad_item_in_the_journal_poisons_no_run(
    tmp_path: Path, format: Format, item: bytes, kept: str | None
) -> None:
    """What cannot be read is repaired or set aside before it is kept, so each later run ends."""
    page = b'{"items":[' + item + b',{"id":"2","title":"rye"}],"bookmark":null}'
    bodies = {
        "/v5/boards": b'{"items":[{"id":"7","name":7,"pin_count":' + b"9" * 30 + b"}]}",
        "/v5/boards/7/pins": page,
        "/v5/boards/7/sections": b'{"items":[]}',
    }

    async def respond(request: web.Request) -> web.StreamResponse:
        return web.Response(body=bodies.get(request.path, b'{"username":"plum"}'))

    async with (
        Scripted() as server,
        Pinterest("pina_x", base_url=server.base_url, retry=0) as client,
    ):
        for update in (False, True):
            for _ in range(9):
                server.handle(respond)
            report = await export_account(client, tmp_path, format=format, update=update)
            assert (report.pins, report.rejected) == ((2, 0) if kept else (1, 1))
    titles = [row["title"] for row in raw(tmp_path, "pins", format)]
    assert titles == ([kept, "rye"] if kept else ["rye"])
    if kept is None:
        (aside,) = lines(tmp_path / "rejected.jsonl")
        assert aside["item"] == item.decode()
