"""Every job, killed with -9 at random points and started again: nothing lost, nothing doubled.

`PIN_KILLS=50 python -m pytest tests/jobs/test_killed.py` tries fifty seeds of each.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import Answer, Disconnect, Emulator, in_thread
from tests.support.restarts import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SEEDS = range(int(os.environ.get("PIN_KILLS", "12")))
WIDE: Any = {
    name: [(100_000, 60.0)] for name in ("org_write", "org_read", "org_analytics", "ads_read")
}
LOST = (Disconnect(after_write=True), Disconnect(), Answer(500, after_write=True), Answer(500))
PROGRAM = """
import datetime as dt
from pinterest_async import Pinterest, RetryPolicy
from pinterest_async.jobs import (
    create_pins, create_video_pin, download_images, pin_analytics, video
)

video._FIRST_PAUSE = 0.01

async def pins(client, rows, journal):
    report = await create_pins(client, rows, journal=journal, settle=0.01, concurrency=3)
    return report.complete

async def film(client, path, board, journal):
    await create_video_pin(client, path, board=board, title="Film", journal=journal, settle=0.01)
    return True

async def figures(client, out, checkpoint):
    today = dt.datetime.now(dt.UTC).date()
    rows = pin_analytics(client, None, today - dt.timedelta(1), today, checkpoint=checkpoint)
    lines = [f"{row.pin_id} {row.date} {row.metric} {row.value}" async for row in rows]
    with open(out, "w") as table:
        table.write("\\n".join(lines))
    return rows.report.complete

async def pictures(client, out):
    return (await download_images(client, out, hosts=("localhost",), metadata=True)).complete

async def main(base_url, token, job, *words):
    retry = RetryPolicy(attempts=3, base=0.002)
    async with Pinterest(token, base_url=base_url, retry=retry) as client:
        return 0 if await globals()[job](client, *words) else 3
"""


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    """The four jobs."""
    with Program(PROGRAM) as program:
        yield program


def words(emulator: Emulator, job: str, *more: object) -> list[str]:
    """What tells the program which job to do, and where."""
    return [emulator.base_url, emulator.token, job, *map(str, more)]


def requests_of(emulator: Emulator) -> Callable[[], int]:
    """Counts the requests of an emulator."""
    return lambda: len(emulator.requests)


def table(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """What a file of SQLite holds."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_pins_of_rows(program: Program, tmp_path: Path, seed: int) -> None:
    """With answers lost on top, each row is one Pin, and the journal names it."""
    rows, journal = tmp_path / "rows.jsonl", tmp_path / "j.sqlite"
    with in_thread(Emulator(boards=2, pins=0, seed=seed, latency=0.003, limits=WIDE)) as emulator:
        boards = list(emulator.account.saved.boards)
        wanted = [(boards[n % 2], f"Pin {n // 6}") for n in range(18)]
        rows.write_text(
            "".join(
                json.dumps({"board": board, "title": title, "image": "https://x.test/a.jpg"}) + "\n"
                for board, title in wanted
            )
        )
        emulator.fail_at_random(0.2, operation_id="pins/create", faults=LOST)
        kills = program.finish(
            words(emulator, "pins", rows, journal),
            requests_of(emulator),
            Random(seed),
            kills=5,
            within=14,
        )
        made = Counter((pin.board_id, pin.title) for pin in emulator.account.saved.pins.values())
        pins = sorted(emulator.account.saved.pins)

    assert kills >= 1
    assert made == Counter(wanted)
    written = table(journal, "SELECT state, pin_id FROM pins")
    assert {state for state, _ in written} == {"created"}
    assert sorted(pin_id for _, pin_id in written) == pins


@pytest.mark.parametrize("seed", SEEDS)
def test_the_pin_of_a_video(program: Program, tmp_path: Path, seed: int) -> None:
    """One Pin comes of it, and a video that has arrived is not sent again."""
    film, journal = tmp_path / "film.mp4", tmp_path / "j.sqlite"
    film.write_bytes(bytes(300_000))
    with in_thread(
        Emulator(boards=1, pins=0, seed=seed, latency=0.02, job_seconds=0.03, limits=WIDE)
    ) as emulator:
        (board_id,) = emulator.account.saved.boards
        emulator.fail_at_random(0.2, operation_id="pins/create", faults=LOST)
        kills = program.finish(
            words(emulator, "film", film, board_id, journal),
            requests_of(emulator),
            Random(seed),
            kills=4,
            within=7,
        )
        uploads = emulator.account.uploads
        arrived = [one.media_id for one in uploads.values() if one.form.size]
        (pin,) = emulator.account.saved.pins.values()

    assert kills >= 1
    assert table(journal, "SELECT state, pin_id FROM pins") == [("created", pin.id)]
    assert [media_id for (media_id,) in table(journal, "SELECT media_id FROM uploads")] == arrived
    assert len(arrived) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_figures_of_pins(program: Program, tmp_path: Path, seed: int) -> None:
    """Every row is there once; what the checkpoint had is not asked for again."""
    out, file = tmp_path / "rows.txt", tmp_path / "run.sqlite"
    quirks: Any = ("beta_refused",) if seed % 4 else ()
    with in_thread(
        Emulator(boards=2, pins=30, seed=seed, latency=0.003, limits=WIDE, quirks=quirks)
    ) as emulator:
        kills = program.finish(
            words(emulator, "figures", out, file),
            requests_of(emulator),
            Random(seed),
            kills=4,
            within=24 if quirks else 2,
        )
        lines = out.read_text().splitlines()
        calm = words(emulator, "figures", out, tmp_path / "calm.sqlite")
        program.finish(calm, requests_of(emulator), Random(), kills=0, within=0)
        expected = set(out.read_text().splitlines())
        answered = Counter(
            request.path.split("/")[3]
            for request in emulator.requests
            if request.operation_id == "pins/analytics"
        )
        pins = set(emulator.account.saved.pins)

    assert kills >= 1 or not quirks
    assert len(lines) == len(set(lines))
    assert set(lines) == expected
    assert {line.partition(" ")[0] for line in lines} == pins
    kept = [pin_id for (pin_id,) in table(file, "SELECT pin_id FROM fetched")]
    assert sorted(kept) == sorted(pins)
    if quirks:
        # Once for each of the two tables, and what was under way at a kill.
        assert sum(answered.values()) <= 2 * len(pins) + kills * 4


@pytest.mark.parametrize("seed", SEEDS)
def test_the_pictures_of_pins(program: Program, tmp_path: Path, seed: int) -> None:
    """Every picture is there once and whole, with what is known of it, and no half is left."""
    out = tmp_path / "out"
    with in_thread(
        Emulator(boards=2, pins=40, seed=seed, latency=0.003, local_pictures=True, limits=WIDE)
    ) as emulator:
        kills = program.finish(
            words(emulator, "pictures", out),
            lambda: len(list(out.iterdir())) if out.exists() else 0,
            Random(seed),
            kills=4,
            within=30,
        )
        pins = emulator.account.saved.pins
        names = {
            f"{pin.id}-{n + 1}" if len(pin.media.get("items", ())) else pin.id
            for pin in pins.values()
            for n in range(len(pin.media.get("items", ())) or 1)
        }

    assert kills >= 1
    assert {path.name for path in out.iterdir()} == {
        f"{name}.{end}" for name in names for end in ("png", "json")
    }
    for name in names:
        assert (out / f"{name}.png").read_bytes().endswith(b"IEND\xaeB`\x82")
        told = json.loads((out / f"{name}.json").read_bytes())
        assert told["pin"]["id"] == name.partition("-")[0]
        assert told["bytes"] == (out / f"{name}.png").stat().st_size
