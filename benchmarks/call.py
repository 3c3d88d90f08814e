"""What a call costs: CPU for `pins.get`, one after the other and with 50 in flight.

Ours is a client as its constructor makes it, with its limits, retries, judging and decoding. It is
held against

- plain: a `ClientSession` with default settings, `async with session.get(url)`, `await read()`, and
  a msgspec decoder of the same struct;
- hand-tuned: the same with all that is known to save time: no timer for each request, no cookies,
  no redirects, an address that is encoded already, and no context manager.

Neither has a limit, a retry, an error of its own or a timeout of the whole. Every call asks for
another Pin, as the calls of a program do: an address that never changes would be read from a cache.
"""

from __future__ import annotations

import asyncio
from itertools import count

import aiohttp
import msgspec
from yarl import URL

from benchmarks.rig import Row, cpu_of_calls, row, settle, use_core
from benchmarks.server import serving
from pinterest_async import Pinterest
from pinterest_async.models import Pin

TASKS = 50


async def _measure(address: str, rounds: int) -> list[Row]:
    base = f"{address}/v5"
    decode = msgspec.json.Decoder(Pin).decode
    headers = {"Authorization": "Bearer pina_benchmark"}
    ids = map(str, count(8137442264200000))
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        aiohttp.ClientSession(
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
        ) as tuned,
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

        calls = {"plain": plain, "hand-tuned": hand_tuned, "ours": ours}
        await cpu_of_calls(calls, rounds=3, count=20 * TASKS, tasks=TASKS)
        settle()
        rows: list[Row] = []
        for tasks, calls_each, how in (
            (1, 200, "one after the other"),
            (TASKS, 1000, "50 in flight"),
        ):
            times = await cpu_of_calls(calls, rounds=rounds, count=calls_each, tasks=tasks)
            rows += [
                row(times, "plain", what=f"{how}: plain"),
                row(times, "hand-tuned", what=f"{how}: hand-tuned", against="plain"),
                row(times, "ours", what=f"{how}: ours", against="plain", bar=1.0),
                row(times, "ours", what=f"{how}: ours", against="hand-tuned", bar=1.1),
            ]
    return rows


def measure(*, rounds: int = 60) -> list[Row]:
    """Measure calls."""
    with serving(core=use_core(0)) as address:
        return asyncio.run(_measure(address, rounds))
