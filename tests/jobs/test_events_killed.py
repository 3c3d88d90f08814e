"""Many conversion events, faults, and runs that are killed: each good one counts once."""

from __future__ import annotations

import asyncio
import signal
import sys
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Answer, DamagedGzip, Disconnect, Fault, Truncate
from pinterest_async.jobs import send_events
from tests.support.events_world import counted, event, flawed, until, world

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.emulator import Emulator

MANY = 20_000
FAULTS: list[Fault] = [
    Disconnect(), Disconnect(after_write=True), Answer(500), Answer(503, after_write=True),
    Truncate(), DamagedGzip(),
]  # fmt: skip


def has_seen(emulator: Emulator, requests: int) -> bool:
    """Whether so many requests have come."""
    return len(emulator.requests) >= requests


async def test_every_good_event_counts_once_through_kills(tmp_path: Path) -> None:
    """Killed three times in a storm, all good events count once, and all bad ones are named."""
    random = Random(7)
    journal = tmp_path / "events.journal"
    async with world(quirks=["passing_event_failures"], seed=7, latency=0.02) as (emulator, _):
        emulator.fail_at_random(0.2, faults=FAULTS)
        words = (emulator.base_url, emulator.token, emulator.ad_account_id, str(journal), str(MANY))
        kills, named = 0, b""
        codes: list[int | None] = []
        while not codes or (codes[-1] != 0 and len(codes) < 12):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.support.events_worker", *words,
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            asking = asyncio.create_task(process.communicate())
            if kills < 3:
                wanted = len(emulator.requests) + random.randrange(2, 8)
                await until(partial(has_seen, emulator, wanted))
                await asyncio.sleep(random.uniform(0.0, 0.1))
                process.send_signal(signal.SIGKILL)
                kills += 1
            named, _ = await asking
            codes.append(process.returncode)
        emulator.clear_faults()
        ids = counted(emulator)
    assert codes[:3] == [-signal.SIGKILL] * 3
    assert codes[-1] == 0
    assert len(ids) == len(set(ids))
    assert set(ids) == {f"order-{n}" for n in range(MANY) if n % 20 != 19}
    reasons = dict(line.split(" ", 1) for line in named.decode().splitlines())
    assert len(reasons) == MANY // 20
    assert all(flawed(int(line) - 1)[1] in reason for line, reason in reasons.items())
    leftovers = {path.name for path in tmp_path.iterdir()}
    assert leftovers == {"events.journal"}


@pytest.mark.parametrize("keeps", [True, False], ids=["from the position", "all again"])
async def test_a_buffer_that_was_killed_is_given_its_events_again(
    tmp_path: Path, *, keeps: bool
) -> None:
    """Killed with events added and not sent: added again, each counts once, offline ones at most.

    The program goes on from the position that verdicts had reached, or begins from the beginning.
    """
    position = tmp_path / "position"
    journal = tmp_path / "events.journal"
    said: list[str] = []
    codes: list[int | None] = []
    async with world(latency=0.03) as (emulator, _):
        words = (emulator.base_url, emulator.token, emulator.ad_account_id, str(journal), "1000")
        for wanted in (3, 4, 5, None):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.support.buffer_worker", *words, str(position),
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            asking = asyncio.create_task(process.communicate())
            if wanted is not None:
                await until(partial(has_seen, emulator, len(emulator.requests) + wanted))
                process.send_signal(signal.SIGKILL)
            output, _ = await asking
            said += output.decode().splitlines()
            codes.append(process.returncode)
            if not keeps and wanted is not None:
                position.unlink()
        ids = counted(emulator)
    assert codes == [-signal.SIGKILL] * 3 + [0]
    assert len(ids) == len(set(ids))
    unknown = {line.split()[1] for line in said if line.startswith("unknown ")}
    assert {f"order-{one}" for one in range(1_000)} - set(ids) <= unknown
    assert all(int(one.removeprefix("order-")) % 2 for one in unknown)
    assert len(unknown) <= 3 * 25
    known = {line.split()[0] for line in said}
    assert known <= {"processed", "done_before", "unknown"}
    assert ("done_before" in known) or keeps


@pytest.mark.parametrize("seed", range(4))
async def test_offline_events_never_count_twice(tmp_path: Path, seed: int) -> None:
    """In storms, with run after run, an offline event counts once or is unknown, never twice."""
    journal = tmp_path / "events.journal"
    events = [event(number, action_source="offline") for number in range(4_000)]
    async with world(seed=seed) as (emulator, client):
        account = emulator.ad_account_id
        emulator.fail_at_random(0.5, faults=FAULTS)
        for _ in range(3):
            await send_events(client, account, events, journal=journal, tries=2)
        emulator.clear_faults()
        last = await send_events(client, account, events, journal=journal)
        ids = counted(emulator)
    assert len(ids) == len(set(ids))
    done = {one.key for one in last.verdicts if one.state in ("processed", "done_before")}
    unknown = {one.key for one in last.verdicts if one.state == "unknown"}
    assert done <= set(ids) <= done | unknown
    assert len(done | unknown) == 4_000
