"""Every job in fifty storms: answers lost, 500s and 429s in heaps. In the end nothing is amiss.

A job that gives up is started again, as its user would do it; what it then has done is exact, and
what it wrote down says the same.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import sqlite3
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from pinterest_async import Pinterest, PinterestError, RetryPolicy
from pinterest_async.emulator import (
    PASSING,
    Answer,
    Emulator,
    OverQuota,
    Trickle,
)
from pinterest_async.jobs import (
    AnalyticsRow,
    create_pins,
    create_video_pin,
    download_images,
    pin_analytics,
)
from pinterest_async.jobs.video import upload
from pinterest_async.limits import budget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from pinterest_async.emulator import Fault

SEEDS = range(50)
WIDE: Any = {name: [(100_000, 60.0)] for name in ("org_write", "org_read", "org_analytics")}
TOO_MANY = Answer(
    429,
    {"code": 8, "message": "You have exceeded your rate limit."},
    headers={"Retry-After": "0", "X-RateLimit-Reset": "0"},
)
"""One that says to come back at once: whole seconds would cost whole seconds."""
NOT_SURE = Answer(400, {"code": 2787, "message": "Sorry! Something went wrong on our end."})
FAULTS: tuple[Fault, ...] = (
    *(fault for fault in PASSING if not isinstance(fault, OverQuota | Trickle)),
    Trickle(0.005, pieces=3),
    TOO_MANY,
)
AT_CREATION = (*FAULTS, NOT_SURE, Answer(400, NOT_SURE.body, after_write=True))
JPEG = b"\xff\xd8\xff\xe0" + bytes(60)


@pytest.fixture(autouse=True)
async def _quick(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Pauses are short, and nobody reads what thousands of calls log.

    The tracebacks that asyncio keeps for its debugging take half of the time; the other tests of
    these jobs run with them.
    """
    asyncio.get_running_loop().set_debug(False)
    for name in ("asyncio", "pinterest_async"):
        caplog.set_level(logging.WARNING, logger=name)
    monkeypatch.setattr(upload, "_FIRST_PAUSE", 0.0005)
    monkeypatch.setattr(upload, "_RETRY", RetryPolicy(attempts=3, base=0.0005))
    monkeypatch.setattr(budget, "FIRST_PAUSE", 0.0002)
    monkeypatch.setattr(budget, "LONGEST_PAUSE", 0.002)


def stir(emulator: Emulator, chance: Random, *operations: str) -> None:
    """Let some of everything go wrong, and nothing of some operations get through for a while."""
    emulator.fail_at_random(chance.uniform(0.05, 0.35), faults=FAULTS)
    for operation in operations:
        faults = AT_CREATION if operation == "pins/create" else FAULTS
        emulator.fail_at_random(chance.uniform(0.1, 0.5), operation_id=operation, faults=faults)
        emulator.fail(
            operation,
            chance.choice((Answer(500), Answer(503, after_write=True), TOO_MANY)),
            times=chance.randrange(1, 12),
            skip=chance.randrange(6),
        )


def client_of(emulator: Emulator, chance: Random) -> Pinterest:
    """A client that gives up sooner or later."""
    return Pinterest(
        emulator.token,
        base_url=emulator.base_url,
        retry=RetryPolicy(attempts=chance.randrange(2, 5), base=0.0002),
    )


async def insist(job: Callable[[], Awaitable[bool]]) -> None:
    """Start a job again and again until it is complete."""
    for _ in range(80):
        try:
            if await job():
                return
        except PinterestError:
            continue
    pytest.fail("it never ended")


def table(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """What a file of SQLite holds."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    except sqlite3.OperationalError:  # no table yet: nothing was ever written
        return []
    finally:
        connection.close()


@pytest.mark.parametrize("seed", SEEDS)
async def test_pins_of_rows(tmp_path: Path, seed: int) -> None:
    """Each row is one Pin, rows that say the same included, on a board that is made once."""
    chance = Random(seed)
    journal = tmp_path / "j.sqlite"
    async with (
        Emulator(boards=1, pins=0, seed=seed, limits=WIDE) as emulator,
        client_of(emulator, chance) as client,
    ):
        (board,) = emulator.account.saved.boards.values()
        rows = [
            {"board": (board.name, "New one")[n % 2], "title": f"Pin {n // 4}", "image": JPEG}
            for n in range(8)
        ]
        # While all is calm, the client learns that the limits are wide.
        await client.boards.update(board.id, description="Old one")
        stir(emulator, chance, "pins/create", "boards/create", "boards/list_pins")

        async def job() -> bool:
            report = await create_pins(
                client,
                rows,
                journal=journal,
                settle=0.0,
                concurrency=chance.randrange(1, 5),
                create_missing=True,
            )
            states = Counter(result.state for result in report.results)
            assert states["created"] + states["found"] == report.created
            assert states["refused"] == report.refused == 0
            assert sum(states.values()) == report.total == 8
            assert report.complete or report.stopped or report.unknown or report.not_tried
            return report.complete

        await insist(job)
        names = {one.id: one.name for one in emulator.account.saved.boards.values()}
        made = Counter(
            (names[str(pin.board_id)], pin.title) for pin in emulator.account.saved.pins.values()
        )
        pins = sorted(emulator.account.saved.pins)

    assert sorted(names.values()) == sorted((board.name, "New one"))
    assert made == Counter((row["board"], row["title"]) for row in rows)
    written = table(journal, "SELECT state, pin_id FROM pins")
    assert {state for state, _ in written} == {"created"}
    assert sorted(pin_id for _, pin_id in written) == pins


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_pin_of_a_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """The video is one Pin, of the upload that the journal names, whatever the storage does."""
    chance = Random(seed)
    film, journal = tmp_path / "film.mp4", tmp_path / "j.sqlite"
    film.write_bytes(chance.randbytes(2000))
    async with (
        Emulator(
            boards=1, pins=0, seed=seed, limits=WIDE, job_seconds=chance.choice((0.0, 0.01))
        ) as emulator,
        client_of(emulator, chance) as client,
    ):
        (board,) = emulator.account.saved.boards.values()
        await client.boards.update(board.id, description="Old one")
        stir(emulator, chance, "pins/create", "media/create", "media/get", "boards/list_pins")
        respond = emulator._files.respond

        async def faulty(request: web.BaseRequest) -> web.StreamResponse:
            fate = chance.random()
            if fate < 0.2:
                return web.Response(status=503)
            answer = await respond(request)
            if fate < 0.4 and request.transport is not None:
                request.transport.abort()
            return answer

        monkeypatch.setattr(emulator._files, "respond", faulty)

        async def job() -> bool:
            await create_video_pin(
                client, film, board=board.name, title="Film", journal=journal, settle=0.0
            )
            return True

        await insist(job)
        (pin,) = emulator.account.saved.pins.values()
        arrived = [one.media_id for one in emulator.account.uploads.values() if one.form.size]

    assert table(journal, "SELECT state, pin_id FROM pins") == [("created", pin.id)]
    ((media_id,),) = table(journal, "SELECT media_id FROM uploads")
    assert media_id in arrived
    sent = [request.body for request in emulator.requests if request.operation_id == "pins/create"]
    assert {one["media_source"]["media_id"] for one in sent if isinstance(one, dict)} == {media_id}


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_figures_of_pins(tmp_path: Path, seed: int) -> None:
    """The table is that of a calm day, and no figure that the checkpoint has is asked for again."""
    chance = Random(seed)
    file = tmp_path / "run.sqlite"
    today = dt.datetime.now(dt.UTC).date()
    quirks: Any = ("beta_refused",) if seed % 2 else ()
    rows: list[AnalyticsRow] = []

    async def job() -> bool:
        known = {pin_id for (pin_id,) in table(file, "SELECT pin_id FROM fetched")}
        before = len(emulator.requests)
        walk = pin_analytics(
            client,
            ids,
            today - dt.timedelta(1),
            today,
            checkpoint=file,
            concurrency=chance.randrange(1, 5),
        )
        rows[:] = [row async for row in walk]
        report = walk.report
        assert report.pins + len(report.failures) == 10
        assert report.resumed == len(known)
        for request in emulator.requests[before:]:
            if request.operation_id == "pins/analytics":
                assert request.path.split("/")[3] not in known
            if request.operation_id == "multi_pins/analytics":
                assert known.isdisjoint(",".join(request.query["pin_ids"]).split(","))
        return report.complete

    async with (
        Emulator(boards=2, pins=10, seed=seed, limits=WIDE, quirks=quirks) as emulator,
        client_of(emulator, chance) as client,
    ):
        ids = list(emulator.account.saved.pins) if seed % 3 else None
        calm = {row async for row in pin_analytics(client, None, today - dt.timedelta(1), today)}
        stir(emulator, chance, "pins/list", "pins/get", "pins/analytics", "multi_pins/analytics")
        await insist(job)

    assert set(rows) == calm
    assert len(rows) == len(calm)
    kept = [pin_id for (pin_id,) in table(file, "SELECT pin_id FROM fetched")]
    assert sorted(kept) == sorted(emulator.account.saved.pins)


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_pictures_of_pins(tmp_path: Path, seed: int) -> None:
    """What stands in the folder is whole, what does not is named, and in the end all is there."""
    chance = Random(seed)
    quick = RetryPolicy(attempts=chance.randrange(1, 4), base=0.0002, cap=0.001)
    async with (
        Emulator(boards=2, pins=12, seed=seed, limits=WIDE, local_pictures=True) as emulator,
        client_of(emulator, chance) as client,
    ):
        stir(emulator, chance, "pins/list")
        respond = emulator._files.respond
        heap = [chance.choice((403, 429, 500)) for _ in range(chance.randrange(30))]
        share = chance.uniform(0.05, 0.4)

        async def faulty(request: web.BaseRequest) -> web.StreamResponse:
            if heap:
                return web.Response(status=heap.pop())
            fate = chance.random()
            if fate < share / 2:
                return web.Response(status=chance.choice((403, 408, 429, 500, 503)))
            answer = await respond(request)
            if fate < share and request.transport is not None:
                request.transport.abort()
            return answer

        emulator._files.respond = faulty  # type: ignore[method-assign]

        async def job() -> bool:
            before = len(list(tmp_path.glob("*.png")))
            report = await download_images(
                client,
                tmp_path,
                hosts=("localhost",),
                retry=quick,
                metadata=True,
                concurrency=chance.randrange(1, 5),
            )
            there = {path.name for path in tmp_path.iterdir()}
            pictures = {name for name in there if name.endswith(".png")}
            assert there == pictures | {name.replace(".png", ".json") for name in pictures}
            assert len(pictures) == report.present + report.downloaded
            assert report.present == before
            assert report.complete is (not report.failures and report.stopped is None)
            return report.complete

        await insist(job)
        names = {
            f"{pin.id}-{n + 1}" if pin.media.get("items") else pin.id
            for pin in emulator.account.saved.pins.values()
            for n in range(len(pin.media.get("items", ())) or 1)
        }
    assert {path.stem for path in tmp_path.glob("*.png")} == names
    for name in names:
        drawn = (tmp_path / f"{name}.png").read_bytes()
        assert drawn.endswith(b"IEND\xaeB`\x82")
        told = json.loads((tmp_path / f"{name}.json").read_bytes())
        assert (told["bytes"], told["pin_id"]) == (len(drawn), name.partition("-")[0])
