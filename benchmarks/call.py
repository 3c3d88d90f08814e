"""What a call costs: CPU for `pins.get`, one after the other and with 50 in flight.

Ours is a client as its constructor makes it, with its limits, retries, judging and decoding. It is
held against

- plain: a `ClientSession` with default settings, `async with session.get(url)`, `await read()`, and
  a msgspec decoder of the same struct;
- hand-tuned: the same with all that is known to save time: no timer for each request, no cookies,
  no redirects, an address that is encoded already, and no context manager;
- like for like: the hand-tuned call with the headers that ours sends, over a session such as ours
  makes. What is left is the layer alone.

Neither has a limit, a retry, an error of its own or a timeout of the whole. Every call asks for
another Pin, as the calls of a program do: an address that never changes would be read from a cache.

The rounds are shared out among several processes, one after the other. How the memory of a process
happens to be laid out makes its calls up to a tenth cheaper or dearer, and not all kinds alike.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from itertools import count

import aiohttp
import msgspec
from multidict import CIMultiDict
from yarl import URL

from benchmarks.rig import Row, cpu_of_calls, row, settle, use_core
from benchmarks.server import serving
from pinterest_async import Pinterest
from pinterest_async._call.identity import common_headers
from pinterest_async.models import Pin

OWN_HEADERS = common_headers()
TASKS = 50
PROCESSES = 10
HOW = {"one after the other": (1, 200), "50 in flight": (TASKS, 1000)}
"""How calls are made: in how many tasks, and how many of each kind in a round."""


async def _measure(address: str, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Give µs of CPU of every round, for each way of making calls and each kind of call."""
    base = f"{address}/v5"
    decode = msgspec.json.Decoder(Pin).decode
    headers = {"Authorization": "Bearer pina_benchmark"}
    own_headers = CIMultiDict({**OWN_HEADERS, **headers})
    ids = map(str, count(8137442264200000))
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        aiohttp.ClientSession(
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
        ) as tuned,
        aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
        ) as alike,
        Pinterest("pina_benchmark", base_url=base) as client,
    ):

        async def plain() -> Pin:
            async with session.get(f"{base}/pins/{next(ids)}") as response:
                if response.status != 200:
                    raise RuntimeError(response.status)
                return decode(await response.read())

        async def hand_tuned() -> Pin:
            url = URL(f"{base}/pins/{next(ids)}", encoded=True)
            response = await tuned.request("GET", url, allow_redirects=False)
            if response.status != 200:
                raise RuntimeError(response.status)
            return decode(await response.read())

        async def ours() -> Pin:
            return await client.pins.get(next(ids))

        async def like_for_like() -> Pin:
            url = URL(f"{base}/pins/{next(ids)}", encoded=True)
            response = await alike.request("GET", url, allow_redirects=False, headers=own_headers)
            if response.status != 200:
                raise RuntimeError(response.status)
            return decode(await response.read())

        calls = {
            "plain": plain,
            "hand-tuned": hand_tuned,
            "like for like": like_for_like,
            "ours": ours,
        }
        await cpu_of_calls(calls, rounds=3, count=20 * TASKS, tasks=TASKS)
        settle()
        return {
            how: await cpu_of_calls(calls, rounds=rounds, count=count, tasks=tasks)
            for how, (tasks, count) in HOW.items()
        }


def _measure_here(address: str, rounds: int) -> dict[str, dict[str, list[float]]]:
    return asyncio.run(_measure(address, rounds))


def measure(*, rounds: int = 60) -> list[Row]:
    """Measure calls."""
    processes = min(PROCESSES, rounds)
    context = multiprocessing.get_context("spawn")
    with (
        serving(core=use_core(0)) as address,
        context.Pool(1, maxtasksperchild=1) as pool,  # a new process for each task
    ):
        parts = pool.starmap(_measure_here, [(address, rounds // processes)] * processes, 1)
    rows: list[Row] = []
    for how in HOW:
        times = {name: [t for part in parts for t in part[how][name]] for name in parts[0][how]}
        rows += [
            row(times, "plain", what=f"{how}: plain"),
            row(times, "hand-tuned", what=f"{how}: hand-tuned", against="plain"),
            row(times, "ours", what=f"{how}: ours", against="plain", bar=1.0),
            row(times, "ours", what=f"{how}: ours", against="hand-tuned", bar=1.1),
            row(times, "ours", what=f"{how}: ours", against="like for like", bar=1.05),
        ]
    return rows
