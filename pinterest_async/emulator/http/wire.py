"""Between the bytes of HTTP and what the server means by them."""

from __future__ import annotations

import asyncio
import gzip
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from pinterest_async.emulator.http.call import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader

    from pinterest_async.emulator.http.log import SeenRequest
    from pinterest_async.emulator.schema.errors import Refusal
    from pinterest_async.operations import Operation

_LARGEST_BODY = 64 * 2**20  # an image of 32 MB in base64, and room around it
_WORTH_COMPRESSING = 1024


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
        return form(raw)
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw


def form(raw: bytes) -> dict[str, str]:
    """The fields of a form, as browsers and OAuth clients send them."""
    return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))


def refused(refusal: Refusal) -> Reply:
    """The response that a refusal makes."""
    return Reply.json(refusal.body, refusal.status)


def response(
    request: web.BaseRequest, seen: SeenRequest, reply: Reply, headers: Mapping[str, str]
) -> web.Response:
    """The reply as HTTP, compressed where the client asks for it, and noted down in the log."""
    seen.status = reply.status
    body = reply.body
    head = {"x-pinterest-rid": seen.request_id or "", **headers}
    if body:
        head["content-type"] = "application/json"
    if len(body) >= _WORTH_COMPRESSING and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = _packed(body)
        head["content-encoding"] = "gzip"
    return web.Response(status=reply.status, body=body or None, headers=head)


@lru_cache(maxsize=64)
def _packed(body: bytes) -> bytes:
    """The body compressed. Kept for a while: load tests ask for the same page over and over."""
    return gzip.compress(body, compresslevel=1, mtime=0)
