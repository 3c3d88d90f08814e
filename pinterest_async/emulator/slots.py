"""Presigned addresses that one object each is put to, on the host of files, as S3 has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from pinterest_async.emulator.downloads import refused

if TYPE_CHECKING:
    from random import Random

    from pinterest_async.emulator.clock import Clock

PATH = "/objects"
"""Where they are, on the host of files."""

LIFE = 3600
"""Seconds that an address is good for. A guess: no description says it."""


@dataclass
class Slot:
    """An address, and what has been put there."""

    url: str
    signature: str
    expires_at: float
    content: bytes | None = None


class Slots:
    """Hands out addresses and takes in what is put there.

    Args:
        clock: the time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._slots: dict[str, Slot] = {}

    def hand_out(self, origin: str, name: str, random: Random) -> Slot:
        """A fresh address.

        Args:
            origin: of the host of files.
            name: of the object; unlike any other.
            random: where the signature comes from.
        """
        signature = f"{random.getrandbits(256):064x}"
        query = f"X-Amz-Expires={LIFE}&X-Amz-Signature={signature}"
        slot = Slot(f"{origin}{PATH}/{name}?{query}", signature, self._clock() + LIFE)
        self._slots[name] = slot
        return slot

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take an object in: 200 as S3 says it, or its XML."""
        content = await request.read()
        if request.method != "PUT":
            return refused(405, "MethodNotAllowed", "The specified method is not allowed")
        if "Authorization" in request.headers:
            return refused(400, "InvalidArgument", "Only one auth mechanism allowed")
        slot = self._slots.get(request.path.removeprefix(f"{PATH}/"))
        if slot is None:
            return refused(404, "NoSuchUpload", "The specified upload does not exist")
        if request.query.get("X-Amz-Signature") != slot.signature:
            return refused(403, "SignatureDoesNotMatch", "The signature does not match")
        if self._clock() >= slot.expires_at:
            return refused(403, "AccessDenied", "Request has expired")
        slot.content = content
        return web.Response(headers={"ETag": f'"{slot.signature[:32]}"'})
