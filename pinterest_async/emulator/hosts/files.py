"""The other host: it takes uploads and gives pictures and files, and knows nothing of the API."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from pinterest_async.emulator.hosts import drawing
from pinterest_async.emulator.hosts.bucket import Bucket
from pinterest_async.emulator.hosts.downloads import Downloads
from pinterest_async.emulator.hosts.slots import Objects
from pinterest_async.emulator.state.files import DOWNLOADS_PATH, FORMS_PATH, OBJECTS_PATH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from pinterest_async.emulator.state.world import World


class Files:
    """Answers by the first segment of the path.

    Args:
        worlds: of the hosts whose files these are.
    """

    def __init__(self, worlds: Sequence[World]) -> None:
        first = worlds[0]  # they share the forms and the addresses
        self._responders: Mapping[
            str, Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
        ] = {
            FORMS_PATH: Bucket(first.forms, first.clock).respond,
            DOWNLOADS_PATH: Downloads(worlds).respond,
            drawing.PATH: partial(drawing.respond, quirks=first.quirks),
            OBJECTS_PATH: Objects(first.slots, first.clock).respond,
        }

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """The response to one request."""
        respond = self._responders.get(f"/{request.path.split('/')[1]}")
        return web.Response(status=404) if respond is None else await respond(request)
