"""The other host: it takes uploads and gives pictures and files, and knows nothing of the API."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from pinterest_async.emulator.hosts import bucket, downloads, drawing, slots
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
            FORMS_PATH: partial(bucket.respond, forms=first.forms, clock=first.clock),
            DOWNLOADS_PATH: partial(downloads.respond, worlds=worlds),
            drawing.PATH: partial(drawing.respond, quirks=first.quirks),
            OBJECTS_PATH: partial(slots.respond, slots=first.slots, clock=first.clock),
        }

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """The response to one request."""
        respond = self._responders.get(f"/{request.path.split('/')[1]}")
        return web.Response(status=404) if respond is None else await respond(request)
