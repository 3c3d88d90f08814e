"""How long a walk over an account takes: by the clock, against the best that is possible.

The server answers after 50 ms. Where it has a quota, that is the one of Standard access, in windows
that slide: 100 calls a second over all and 1,000 a minute. The best possible is then worked out:
the last of n calls goes in the second in which the quota lets it, and is answered 50 ms later.
Without a quota the walk is held against the same walk with a hand-tuned aiohttp and msgspec.

`export_account` has a journal to keep and files to write besides.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Final

import aiohttp
import msgspec
from yarl import URL

from benchmarks.page import BarePage
from benchmarks.responses import PAGE
from benchmarks.rig import Row, use_core
from benchmarks.server import BOARDS, LONG, PAGES, serving
from pinterest_async import Pinterest
from pinterest_async._gather import gather
from pinterest_async.jobs import export_account

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LATENCY: Final = 0.05
QUOTA: Final = [(100, 1.0, "safety_net_app_id_user_id"), (1000, 60.0, "org_read")]
AT_A_TIME: Final = 50
CONSUMER: Final = 0.02
"""Seconds that whoever reads a listing takes for a page."""
BAR: Final = 1.15
TUNED_BAR: Final = 1.10
PINS: Final = 100
"""Pins on each board of the account that is exported."""


def best(calls: int) -> float:
    """The seconds that so many calls take at least within the quota."""
    limit, seconds, _ = QUOTA[0]
    return (calls - 1) // limit * seconds + LATENCY


async def walk(client: Pinterest) -> int:
    """Read all Pins of all boards, some boards at a time; count the Pins."""
    boards = await client.boards.list().collect()
    pins = 0
    async for outcome in gather(
        (partial(client.boards.list_pins(board.id).collect) for board in boards), limit=AT_A_TIME
    ):
        pins += len(outcome.value)
    return pins


async def bare_walk(address: str) -> int:
    """Do the same by hand."""
    decode = msgspec.json.Decoder(BarePage).decode
    places = asyncio.Semaphore(AT_A_TIME)
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        headers={"Authorization": "Bearer pina_benchmark"},
    ) as session:

        async def read(path: str) -> bytes:
            url = URL(f"{address}/v5{path}", encoded=True)
            response = await session.request("GET", url, allow_redirects=False)
            return await response.read()

        async def pins_of(board: str) -> int:
            async with places:
                pins, bookmark = 0, ""
                while True:
                    page = decode(await read(f"/boards/{board}/pins?page_size=250{bookmark}"))
                    pins += len(page.items)
                    if page.bookmark is None:
                        return pins
                    bookmark = f"&bookmark={page.bookmark}"

        listed = msgspec.json.decode(await read("/boards?page_size=250"))
        counts = await asyncio.gather(*[pins_of(board["id"]) for board in listed["items"]])
    return sum(counts)


async def _ours(address: str) -> int:
    async with Pinterest("pina_benchmark", base_url=f"{address}/v5") as client:
        return await walk(client)


async def _read_slowly(address: str, consume: Callable[[], Awaitable[None]]) -> int:
    pins = 0
    async with Pinterest("pina_benchmark", base_url=f"{address}/v5") as client:
        async for page in client.boards.list_pins("long").pages():
            pins += len(page.items)
            await consume()
    return pins


async def _sleep() -> None:
    await asyncio.sleep(CONSUMER)


async def _compute() -> None:
    until = time.perf_counter() + CONSUMER
    while time.perf_counter() < until:
        pass


async def _export(address: str) -> int:
    folder = tempfile.mkdtemp()
    try:
        async with Pinterest("pina_benchmark", base_url=f"{address}/v5") as client:
            report = await export_account(client, folder)
    finally:
        shutil.rmtree(folder)
    return report.pins


def _seconds(work: Awaitable[int], pins: int) -> float:
    async def run() -> int:
        return await work

    began = time.perf_counter()
    found = asyncio.run(run())
    if found != pins:
        raise RuntimeError(f"{found} Pins were read of {pins}")
    return time.perf_counter() - began


def _row(what: str, took: list[float], against: str, seconds: float, bar: float = BAR) -> Row:
    return Row(
        what=what,
        value=median(took),
        unit="s",
        against=f"{against}, {seconds:.2f} s",
        ratio=median(took) / seconds,
        bar=bar,
    )


def measure(*, rounds: int = 3) -> list[Row]:
    """Measure walks."""
    core = use_core(0)
    whole = BOARDS * PAGES * PAGE
    calls = 1 + BOARDS * PAGES
    rows: list[Row] = []
    took: list[float] = []
    for _ in range(rounds):
        with serving(core=core, latency=LATENCY, quota=QUOTA) as address:
            took.append(_seconds(_ours(address), whole))
    rows.append(_row(f"{calls} pages within the quota", took, "the quota", best(calls)))
    with serving(core=core, latency=LATENCY) as address:
        ours: list[float] = []
        bare: list[float] = []
        for _ in range(3 * rounds):  # in turns, as what else the machine does hits both
            ours.append(_seconds(_ours(address), whole))
            bare.append(_seconds(bare_walk(address), whole))
        what = f"{calls} pages without a quota"
        rows.append(_row(what, ours, "hand-tuned", median(bare), bar=TUNED_BAR))
        for consume, how in ((_sleep, "sleeps"), (_compute, "computes")):
            slow = [_seconds(_read_slowly(address, consume), LONG * PAGE) for _ in range(rounds)]
            rows.append(
                _row(
                    f"{LONG} pages in a row, whose reader {how} for 20 ms after each",
                    slow,
                    "the latency alone",
                    LONG * LATENCY,
                )
            )
    took = []
    for _ in range(rounds):
        with serving(core=core, latency=LATENCY, quota=QUOTA, pins=PINS) as address:
            took.append(_seconds(_export(address), BOARDS * PINS))
    exported = 1 + 2 * BOARDS
    rows.append(
        _row(f"export of {BOARDS * PINS} Pins, {exported} pages", took, "the quota", best(exported))
    )
    return rows
