"""The server that clients are measured against: ready-made responses on a bare `asyncio.Protocol`.

It does for a request what a twentieth of the cheapest client's work is: find the path, pick bytes
that were made beforehand, write them with one call. uvloop makes it cheaper still where it is
installed. It runs in a process of its own, on another core than the client where there are two.

    /v5/pins/{id}                   one Pin
    /v5/boards                      BOARDS boards
    /v5/boards/{id}                 a board
    /v5/boards/{id}/sections        none
    /v5/boards/{id}/pins            three pages of 250 Pins, or as many Pins as it is told
    /v5/boards/long/pins            40 pages of 250 Pins
    POST /v5/pins                   the Pin that was made
    /gzip/v5/…                      the same, compressed

Every response tells of the rate limit as Pinterest's do: either of a quota that is counted, or of
one that is never spent, as if each client had it to itself.
"""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import os
import re
import time
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from benchmarks import responses
from benchmarks.counting import CountedWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from multiprocessing.connection import Connection

BOARDS: Final = 200
PAGES: Final = 3
"""Pages of Pins on each board."""
LONG: Final = 40
"""Pages of the board that is called `long`."""
KEPT: Final = 64
"""Responses that are kept."""

Quota: TypeAlias = list[tuple[int, float, str]]
"""Windows: calls, seconds, and the name."""

_BOOKMARK = re.compile(rb"[?&]bookmark=p(\d+)")
_HEADERS: Final = (
    b"Content-Type: application/json\r\n"
    b"Cache-Control: private\r\n"
    b"Vary: User-Agent, Accept-Encoding\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
    b"X-Frame-Options: SAMEORIGIN\r\n"
    b"Strict-Transport-Security: max-age=31536000 ; includeSubDomains ; preload\r\n"
    b"Date: Mon, 02 Mar 2026 10:00:00 GMT\r\n"
    b"x-pinterest-rid: 4655491038915220\r\n"
)


class Responses:
    """The bytes for each path, made when they are first asked for."""

    def __init__(self, pins_on_board: int) -> None:
        self._on_board = pins_on_board
        pins = [responses.pin(number) for number in range(responses.PAGE)]
        self._made: dict[bytes, bytes] = {}
        self._pin = responses.encode(pins[0])
        self._boards = responses.page(
            [responses.board(number, pins_on_board) for number in range(BOARDS)], None
        )
        self._board = responses.encode(responses.board(1, pins_on_board))
        self._none = responses.page([], None)
        self._items = [responses.encode(pin) for pin in pins]

    def find(self, target: bytes) -> bytes:
        """Give the response to a path with its query, without the limit's headers."""
        if target.startswith(b"/v5/pins/"):
            target = b"/v5/pins/1"
        made = self._made.get(target)
        if made is None:
            made = self._make(target)
            if len(self._made) < KEPT:
                self._made[target] = made
        return made

    def _make(self, target: bytes) -> bytes:
        path, _, _ = target.partition(b"?")
        compressed = path.startswith(b"/gzip/")
        body = self._body(path.removeprefix(b"/gzip"), target)
        head = _HEADERS
        if compressed:
            body = gzip.compress(body, 6)
            head += b"Content-Encoding: gzip\r\n"
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body

    def _body(self, path: bytes, target: bytes) -> bytes:
        if path == b"/v5/boards":
            return self._boards
        if path.endswith(b"/sections"):
            return self._none
        if path == b"/v5/pins" or path.startswith(b"/v5/pins/"):
            return self._pin
        if not path.endswith(b"/pins"):
            return self._board
        board = path.split(b"/")[-2]
        count = LONG * responses.PAGE if board == b"long" else self._on_board
        found = _BOOKMARK.search(target)
        begin = int(found[1]) * responses.PAGE if found else 0
        end = min(begin + responses.PAGE, count)
        bookmark = b'"p%d"' % (end // responses.PAGE) if end < count else b"null"
        # Every Pin has an id of its own: the number of its board, and its own on the board.
        place = b"%d" % (int(board) * 1000 + begin // responses.PAGE if board.isdigit() else begin)
        items = b",".join(self._items[: end - begin]).replace(responses.FIRST_DIGITS, place[-11:])
        return b'{"items":[%s],"bookmark":%s}' % (items, bookmark)


class Server:
    """Responses and quota of one server.

    Args:
        latency: seconds from a request to its response.
        quota: the windows that are counted, sliding; none for as much as anybody asks for.
        pins: how many there are on each board.
    """

    def __init__(self, latency: float, quota: Quota, pins: int) -> None:
        self.latency = latency
        self.responses = Responses(pins)
        self._windows = [CountedWindow(*window, sliding=True) for window in quota]

    def answer(self, request: bytes) -> bytes:
        """Give the whole response to a request."""
        target = request.split(b" ", 2)[1]
        if self._windows:
            refused, told = CountedWindow.count(self._windows, time.time())
            if refused:
                body = b'{"code":8,"message":"You have exceeded your rate limit."}'
                return b"HTTP/1.1 429 Too Many Requests\r\n%sContent-Length: %d\r\n\r\n%s" % (
                    told,
                    len(body),
                    body,
                )
        else:
            told = (
                # As from Pinterest: the window of the category is the one that answers speak of.
                b"x-ratelimit-limit: 1000000000, 2000000000;w=1;"
                b'name="safety_net_app_id_user_id", 1000000000;w=60;name="org_read"\r\n'
                b"x-ratelimit-remaining: 999999999\r\nx-ratelimit-reset: 1\r\n"
            )
        status = b"201 Created" if request.startswith(b"POST") else b"200 OK"
        return b"HTTP/1.1 %s\r\n%s%s" % (status, told, self.responses.find(target))


class _Connection(asyncio.Protocol):
    """Just enough HTTP for requests that come one after the other on a connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._pending += data
        head, end, body = self._pending.partition(b"\r\n\r\n")
        if not end:
            return
        if head.startswith(b"POST"):
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            if length is None or len(body) < int(length[1]):
                return
        self._pending = b""
        response = self._server.answer(head)
        if self._server.latency:
            loop = asyncio.get_running_loop()
            loop.call_later(self._server.latency, self._transport.write, response)
        else:
            self._transport.write(response)


def _serve(pipe: Connection, core: int | None, latency: float, quota: Quota, pins: int) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})
    server = Server(latency, quota, pins)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(lambda: _Connection(server), "127.0.0.1", 0)
        pipe.send(listening.sockets[0].getsockname()[1])
        await listening.serve_forever()

    try:
        run: Callable[[Coroutine[Any, Any, None]], None] = import_module("uvloop").run
    except ModuleNotFoundError:
        run = asyncio.run
    run(main())


@contextmanager
def serving(
    *,
    core: int | None = None,
    latency: float = 0.0,
    quota: Quota | None = None,
    pins: int = PAGES * responses.PAGE,
) -> Generator[str, None, None]:
    """Run a server in a process of its own; gives its address, `http://127.0.0.1:…`."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_serve, args=(theirs, core, latency, quota or [], pins), daemon=True
    )
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()
