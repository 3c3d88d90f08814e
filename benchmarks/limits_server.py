"""A server that counts calls in windows and refuses what is too much, as small as it can be.

The path says everything: `/KIND/HEADERS/WINDOWS/LATENCY`. `KIND` is `fixed` or `sliding`; `WINDOWS`
are `LIMITxSECONDS` or `LIMITxSECONDSxNAME`, joined by `+`; half of `LATENCY`, in seconds, passes
before a call is counted, and half after. `HEADERS` is one of

    headers, silent   the truth, or nothing
    stuck             always one call less than the limit
    late              what was true half a second ago
    high, jumping     ten calls too many; up to fifteen too many or too few
    early             a reset that is a second too early
    nodes             three nodes tell, each, what it has counted itself; all together are limited
    changed           the truth, but the limit is another one every two windows
    contended         the truth, but one call in fifty is refused although calls are left

Whatever comes after `/v5` is not looked at, and `/report` instead gives what was counted.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import deque
from typing import Final, cast

from benchmarks.counting import CountedWindow

NODES: Final = 3
CHANGED: Final = 0.6
"""What a limit that changes is multiplied by in two windows of four."""


class _Case:
    """One budget: its windows, and what was let through and refused."""

    def __init__(self, kind: str, headers: str, windows: str, latency: str) -> None:
        described = [window.split("x") for window in windows.split("+")]
        sliding = kind == "sliding"
        self.windows = [
            CountedWindow(int(limit), float(seconds), *name, sliding=sliding)
            for limit, seconds, *name in described
        ]
        self.window = self.windows[0]
        self.limit = self.window.limit
        self.nodes = [
            CountedWindow(self.limit, self.window.seconds, sliding=sliding) for _ in range(NODES)
        ]
        self.tells = headers
        self.latency = float(latency)
        self.told: deque[tuple[float, bytes]] = deque()
        self.chance = random.Random(1)  # noqa: S311 - not a secret
        self.admitted: list[float] = []
        self.refused: list[float] = []

    def call(self, now: float) -> tuple[bool, str]:
        """Count a call or refuse it; give the headers for the response."""
        if self.tells == "contended" and self.window.room(now) and self.chance.random() < 0.02:
            told = self._tell(self.window.room(now), self.window.reset(now))
            return True, told.decode()
        if self.tells == "changed":
            self._change(now)
        refused, headers = CountedWindow.count(self.windows, now)
        (self.refused if refused else self.admitted).append(now)
        return refused, self._lie(headers, self.window.room(now), now, refused=refused).decode()

    def _change(self, now: float) -> None:
        window = self.window
        changed = now // (2 * window.seconds) % 2
        window.limit = round(self.limit * (CHANGED if changed else 1.0))
        window.described = f"{window.limit};w={window.seconds:g}"

    def _tell(self, remaining: int, reset: int) -> bytes:
        limit = self.window.limit
        return (
            f"x-ratelimit-limit: {limit}, {self.window.described}\r\n"
            f"x-ratelimit-remaining: {min(max(remaining, 0), limit)}\r\n"
            f"x-ratelimit-reset: {reset}\r\n"
        ).encode()

    def _lie(self, headers: bytes, remaining: int, now: float, *, refused: bool) -> bytes:
        if self.tells == "silent":
            return b""
        if self.tells == "late":
            self.told.append((now, headers))
            while len(self.told) > 1 and self.told[1][0] <= now - 0.5:
                self.told.popleft()
            return self.told[0][1]
        reset = self.window.reset(now)
        if self.tells == "nodes":
            node = self.chance.choice(self.nodes)
            if not refused:
                node.counted.append(now)
            return self._tell(node.room(now), reset)
        lies = {
            "stuck": (self.window.limit - 1, 1),
            "high": (remaining + 10, reset),
            "jumping": (remaining + self.chance.randint(-15, 15), reset),
            "early": (remaining, max(reset - 1, 0)),
        }
        lie = lies.get(self.tells)
        return headers if lie is None else self._tell(*lie)


class _Connection(asyncio.Protocol):
    """Just enough HTTP to answer requests without bodies, one after the other."""

    cases: dict[str, _Case]

    def __init__(self, cases: dict[str, _Case]) -> None:
        self.cases = cases
        self.pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.pending += data
        while b"\r\n\r\n" in self.pending:
            request, _, self.pending = self.pending.partition(b"\r\n\r\n")
            self._take(request.split(b" ", 2)[1].decode())

    def _take(self, path: str) -> None:
        report = path.endswith("/report")
        name = path.removesuffix("/report").partition("/v5")[0]
        if name not in self.cases:
            self.cases[name] = _Case(*name.split("/")[1:5])
        case = self.cases[name]
        if report:
            body = json.dumps({"admitted": case.admitted, "refused": case.refused})
            self._answer("200 OK", "", body)
        elif case.latency:
            loop = asyncio.get_running_loop()
            loop.call_later(case.latency / 2, self._call, case)
        else:
            self._call(case)

    def _call(self, case: _Case) -> None:
        refused, headers = case.call(time.time())
        status = "429 Too Many Requests" if refused else "200 OK"
        if case.latency:
            loop = asyncio.get_running_loop()
            loop.call_later(case.latency / 2, self._answer, status, headers, "{}")
        else:
            self._answer(status, headers, "{}")

    def _answer(self, status: str, headers: str, body: str) -> None:
        head = f"HTTP/1.1 {status}\r\n{headers}content-type: application/json\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())


async def _serve(port: int) -> None:
    cases: dict[str, _Case] = {}
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(cases), "127.0.0.1", port
    )
    await server.serve_forever()


def run(port: int) -> None:
    """Serve until the process ends."""
    asyncio.run(_serve(port))
