"""What a fault makes of a response on its way out."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from pinterest_async.emulator.http import wire
from pinterest_async.emulator.http.call import Reply
from pinterest_async.emulator.http.faults import (
    Answer,
    DamagedGzip,
    Disconnect,
    Fault,
    Trickle,
    Truncate,
    WrongLength,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.http.log import SeenRequest

NOT_REACHED: tuple[Reply, Mapping[str, str]] = (Reply(502), {})
"""The reply and headers of a request that a fault kept from the API."""

_HANG_UP = struct.pack("ii", 1, 0)  # linger for no time: close sends RST


def is_before(fault: Fault | None) -> bool:
    """Whether the fault keeps the request from taking effect."""
    return isinstance(fault, Answer | Disconnect) and not fault.after_write


async def respond(
    request: web.BaseRequest,
    seen: SeenRequest,
    fault: Fault | None,
    reply: Reply,
    headers: Mapping[str, str],
) -> web.StreamResponse:
    """The response, after the fault has had its way with it."""
    if isinstance(fault, Answer):
        return _instead(seen, fault, headers)
    if isinstance(fault, Disconnect):
        _reset(request)
        return web.Response()
    whole = wire.response(request, seen, reply, headers)
    parcel = _parcel(fault, whole, reply.body)
    return whole if parcel is None else await _sent(request, whole, parcel)


@dataclass(frozen=True)
class _Parcel:
    """A body as it goes out."""

    length: int
    """What the headers promise."""
    pieces: list[bytes]
    pause: float = 0.0
    """Seconds before each piece."""
    closes: bool = False
    """Whether the connection ends with it."""


def _parcel(fault: Fault | None, whole: web.Response, plain: bytes) -> _Parcel | None:
    """What a fault makes of a body; None where it leaves it alone."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    if isinstance(fault, Truncate):
        return _Parcel(len(body), [body[: len(body) // 2]], closes=True)
    if isinstance(fault, WrongLength):
        whole.headers.popall("content-encoding", None)  # or nobody would notice
        told = max(0, len(plain) - 7)
        return _Parcel(told, [plain[:told]], closes=True)
    if isinstance(fault, DamagedGzip) and plain:
        packed = bytearray(gzip.compress(plain))
        packed[len(packed) // 2] ^= 0xFF
        packed[-8] ^= 0xFF  # of the checksum, should the middle happen to make sense
        whole.headers["content-encoding"] = "gzip"
        return _Parcel(len(packed), [bytes(packed)])
    if isinstance(fault, Trickle) and body:
        size = len(body) // fault.pieces + 1
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        return _Parcel(len(body), pieces, pause=fault.seconds / len(pieces))
    return None


def _instead(seen: SeenRequest, fault: Answer, headers: Mapping[str, str]) -> web.Response:
    if isinstance(fault.body, str):
        body, kind = fault.body.encode(), fault.content_type
    else:
        body, kind = msgspec.json.encode(fault.body), "application/json"
    seen.status = fault.status
    rid = {"x-pinterest-rid": seen.request_id or ""}
    return web.Response(
        status=fault.status,
        body=body,
        headers={**rid, **headers, "content-type": kind, **fault.headers},
    )


def _reset(request: web.BaseRequest) -> None:
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HANG_UP)
    transport.abort()


async def _sent(
    request: web.BaseRequest, whole: web.Response, parcel: _Parcel
) -> web.StreamResponse:
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = parcel.length
    await response.prepare(request)
    for piece in parcel.pieces:
        if parcel.pause:
            await asyncio.sleep(parcel.pause)
        await response.write(piece)
    if parcel.closes and request.transport is not None:
        request.transport.close()
    return response
