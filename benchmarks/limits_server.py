"""A server that counts calls in windows and refuses what is too much, as small as it can be.

The path says everything: `/KIND/HEADERS/LIMIT/SECONDS/NAME`. `KIND` is `fixed` or `sliding`, and
`HEADERS` is `headers`, `silent`, or a way to lie: `stuck`, `late` (by half a second), `high` (by
ten calls), `jumping` (by up to fifteen), `early` (the reset, by a second) or `contended` (one call
in fifty is refused although calls are left). With `/report` at the end it gives what it has
counted.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import deque
from typing import cast

from benchmarks.counting import CountedWindow


class _Case:
    """One budget: a window, and what was let through and refused."""

    def __init__(self, kind: str, headers: str, limit: str, seconds: str) -> None:
        self.window = CountedWindow(int(limit), float(seconds), sliding=kind == "sliding")
        self.tells = headers
        self.told: deque[tuple[float, bytes]] = deque()
        self.chance = random.Random(1)  # noqa: S311 - not a secret
        self.admitted: list[float] = []
        self.refused: list[float] = []

    def call(self, now: float) -> tuple[bool, str]:
        """Count a call or refuse it; give the headers for the answer."""
        if self.tells == "contended" and self.window.room(now) and self.chance.random() < 0.02:
            told = self._tell(self.window.room(now), self.window.reset(now))
            return True, told.decode()
        refused, headers = CountedWindow.count([self.window], now)
        (self.refused if refused else self.admitted).append(now)
        return refused, self._lie(headers, self.window.room(now), now).decode()

    def _tell(self, remaining: int, reset: int) -> bytes:
        limit = self.window.limit
        return (
            f"x-ratelimit-limit: {limit}, {self.window.described}\r\n"
            f"x-ratelimit-remaining: {min(max(remaining, 0), limit)}\r\n"
            f"x-ratelimit-reset: {reset}\r\n"
        ).encode()

    def _lie(self, headers: bytes, remaining: int, now: float) -> bytes:
        if self.tells == "silent":
            return b""
        if self.tells == "late":
            self.told.append((now, headers))
            while len(self.told) > 1 and self.told[1][0] <= now - 0.5:
                self.told.popleft()
            return self.told[0][1]
        reset = self.window.reset(now)
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
            self.transport.write(self.answer(request.split(b" ", 2)[1].decode()))

    def answer(self, path: str) -> bytes:
        name, _, report = path.partition("/report")
        del report
        if name not in self.cases:
            self.cases[name] = _Case(*name.split("/")[1:5])
        case = self.cases[name]
        if name != path:
            body = json.dumps({"admitted": case.admitted, "refused": case.refused})
            return f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()
        refused, headers = case.call(time.time())
        status = "429 Too Many Requests" if refused else "200 OK"
        return f"HTTP/1.1 {status}\r\n{headers}content-length: 2\r\n\r\n{{}}".encode()


async def _serve(port: int) -> None:
    cases: dict[str, _Case] = {}
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(cases), "127.0.0.1", port
    )
    await server.serve_forever()


def run(port: int) -> None:
    """Serve until the process ends."""
    asyncio.run(_serve(port))
