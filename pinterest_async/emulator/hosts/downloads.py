"""Finished files: they lie on the host of files, under links that soon expire.

The links are signed, as those of a store such as S3 are; who sends a bearer token along as well is
refused, as there, so that a client which hands its token to another host is found out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from aiohttp import web

from pinterest_async.emulator.state.files import File, link_signature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinterest_async.emulator.state.world import World


async def respond(request: web.BaseRequest, worlds: Sequence[World]) -> web.StreamResponse:
    """The file, or why not, in the XML of such stores.

    Args:
        request: for the file.
        worlds: of the hosts of the API whose files there are.
    """
    name = request.path.rpartition("/")[2]
    for world in worlds:
        if name in world.files.files:
            return _given(world, world.files.files[name], request)
    return refused(404, "NoSuchKey", "The specified key does not exist")


def _given(world: World, file: File, request: web.BaseRequest) -> web.Response:
    if "Authorization" in request.headers:
        return refused(400, "InvalidArgument", "Only one auth mechanism allowed")
    expires = request.query.get("expires", "")
    signature = link_signature(world.seed, file.name, int(expires)) if expires.isdigit() else ""
    if not signature or request.query.get("X-Amz-Signature") != signature:
        return refused(403, "SignatureDoesNotMatch", "The signature does not match")
    if world.clock() >= int(expires):
        return refused(403, "AccessDenied", "Request has expired")
    return web.Response(body=file.content, content_type=file.content_type)


def refused(status: int, code: str, message: str) -> web.Response:
    """A refusal in the XML of such stores."""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>"
        "<RequestId>EMULATOR</RequestId></Error>"
    )
    return web.Response(status=status, text=text, content_type="application/xml")
