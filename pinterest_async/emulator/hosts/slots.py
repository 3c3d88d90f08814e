"""Presigned addresses that one object each is put to, on the host of files, as S3 has them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aiohttp import web

from pinterest_async.emulator.hosts.downloads import refused
from pinterest_async.emulator.state.files import OBJECTS_PATH

if TYPE_CHECKING:
    from pinterest_async.emulator.state.clock import Clock
    from pinterest_async.emulator.state.files import Slots


async def respond(request: web.BaseRequest, slots: Slots, clock: Clock) -> web.StreamResponse:
    """Take an object in: 200 as S3 says it, or its XML.

    Args:
        request: which brings it.
        slots: the addresses that were handed out.
        clock: the time.
    """
    content = await request.read()
    if request.method != "PUT":
        return refused(405, "MethodNotAllowed", "The specified method is not allowed")
    if "Authorization" in request.headers:
        return refused(400, "InvalidArgument", "Only one auth mechanism allowed")
    slot = slots.get(request.path.removeprefix(f"{OBJECTS_PATH}/"))
    if slot is None:
        return refused(404, "NoSuchUpload", "The specified upload does not exist")
    if request.query.get("X-Amz-Signature") != slot.signature:
        return refused(403, "SignatureDoesNotMatch", "The signature does not match")
    if clock() >= slot.expires_at:
        return refused(403, "AccessDenied", "Request has expired")
    slot.content = content
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return web.Response(headers={"ETag": f'"{digest}"'})
