"""The other host: it takes uploads and gives pictures and files, and knows nothing of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from pinterest_async.emulator import bucket, downloads, drawing, slots

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from pinterest_async.emulator.world import World


class Files:
    """Answers by the first segment of the path.

    Args:
        worlds: of the hosts whose files these are.
        uploads: where forms are posted to.
        objects: where single objects are put.
    """

    def __init__(
        self, worlds: Sequence[World], uploads: bucket.Bucket, objects: slots.Slots
    ) -> None:
        self._places: Mapping[str, Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]] = {
            bucket.PATH: uploads.respond,
            downloads.PATH: downloads.Downloads(worlds).respond,
            drawing.PATH: drawing.respond,
            slots.PATH: objects.respond,
        }

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to one request."""
        place = self._places.get(f"/{request.path.split('/')[1]}")
        return web.Response(status=404) if place is None else await place(request)
