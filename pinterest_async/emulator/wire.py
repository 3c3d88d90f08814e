"""Between the bytes of HTTP and what the server means by them, faults included."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from pinterest_async.emulator.call import Reply
from pinterest_async.emulator.faults import Answer, Disconnect, Fault, Truncate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader

    from pinterest_async.emulator.log import SeenRequest
    from pinterest_async.emulator.refusals import Refusal
    from pinterest_async.operations import Operation

NOT_REACHED: tuple[Reply, Mapping[str, str]] = (Reply(502), {})
"""The reply and headers of a request that a fault kept from the API."""

_LARGEST_BODY = 64 * 2**20  # an image of 32 MB in base64, and room around it
_HANG_UP = struct.pack("ii", 1, 0)  # linger for no time: close sends RST


def new_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: Any,
    writer: Any,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    """As aiohttp would make it, but with room for pictures in base64."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(
        message, payload, protocol, writer, task, loop, client_max_size=_LARGEST_BODY
    )


def decoded(operation: Operation, raw: bytes) -> Any:
    """The JSON or form, the bytes themselves when they are not JSON, None when there are none."""
    if not raw:
        return None
    if operation.form:
        return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw


def refused(refusal: Refusal) -> Reply:
    """The answer that a refusal makes."""
    return Reply.json(refusal.body, refusal.status)


def response(seen: SeenRequest, reply: Reply, headers: Mapping[str, str]) -> web.Response:
    """The reply as HTTP, noted down in the log."""
    seen.status = reply.status
    kind = {"content-type": "application/json"} if reply.body else {}
    return web.Response(
        status=reply.status,
        body=reply.body or None,
        headers={**kind, "x-pinterest-rid": seen.request_id or "", **headers},
    )


def is_before(fault: Fault | None) -> bool:
    """Whether the fault keeps the request from taking effect."""
    return isinstance(fault, Answer | Disconnect) and not fault.after_write


async def spoilt(
    request: web.BaseRequest,
    seen: SeenRequest,
    fault: Fault | None,
    reply: Reply,
    headers: Mapping[str, str],
) -> web.StreamResponse:
    """The response, after the fault has had its way with it."""
    if isinstance(fault, Answer):
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
    if isinstance(fault, Disconnect):
        _reset(request)
        return web.Response()
    whole = response(seen, reply, headers)
    if isinstance(fault, Truncate):
        return await _truncated(request, whole, reply.body)
    return whole


def _reset(request: web.BaseRequest) -> None:
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HANG_UP)
    transport.abort()


async def _truncated(
    request: web.BaseRequest, whole: web.Response, body: bytes
) -> web.StreamResponse:
    """Half of the body, under headers that promise all of it."""
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
