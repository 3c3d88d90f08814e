"""Finished files: they lie on the host of files, under links that soon expire.

The links are signed, as those of a store such as S3 are; who sends a bearer token along as well is
refused, as there, so that a client which hands its token to another host is found out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinterest_async.emulator.world import World

PATH = "/downloads"
LIFE = 300
"""Seconds that a link is good for. Pinterest: page of the report operations."""


@dataclass(frozen=True)
class File:
    """What a link gives."""

    name: str
    content: bytes
    content_type: str


@dataclass
class Store:
    """The files of one host of the API."""

    files: dict[str, File] = field(default_factory=dict[str, File])

    def link(self, world: World, file: File) -> str:
        """A fresh link to a file."""
        self.files[file.name] = file
        expires = int(world.clock()) + LIFE
        signature = _signature(world.seed, file.name, expires)
        query = f"X-Amz-Expires={LIFE}&expires={expires}&X-Amz-Signature={signature}"
        return f"{world.files_origin}{PATH}/{file.name}?{query}"


class Downloads:
    """Gives files away, on the host of files.

    Args:
        worlds: of the hosts of the API whose files these are.
    """

    def __init__(self, worlds: Sequence[World]) -> None:
        self._worlds = worlds

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """The file, or why not, in the XML of such stores."""
        name = request.path.rpartition("/")[2]
        for world in self._worlds:
            if name in world.store.files:
                return _given(world, world.store.files[name], request)
        return refused(404, "NoSuchKey", "The specified key does not exist")


def _given(world: World, file: File, request: web.BaseRequest) -> web.Response:
    if "Authorization" in request.headers:
        return refused(400, "InvalidArgument", "Only one auth mechanism allowed")
    expires = request.query.get("expires", "")
    signature = _signature(world.seed, file.name, int(expires)) if expires.isdigit() else ""
    if not signature or request.query.get("X-Amz-Signature") != signature:
        return refused(403, "SignatureDoesNotMatch", "The signature does not match")
    if world.clock() >= int(expires):
        return refused(403, "AccessDenied", "Request has expired")
    return web.Response(body=file.content, content_type=file.content_type)


def _signature(seed: int, name: str, expires: int) -> str:
    return hashlib.blake2b(f"{seed} {name} {expires}".encode(), digest_size=16).hexdigest()


def refused(status: int, code: str, message: str) -> web.Response:
    """A refusal in the XML of such stores."""
    text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return web.Response(status=status, text=text, content_type="application/xml")
