"""What bulk requests of ads come to: waited for, and their file read."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from pinterest_async.jobs._polling import Look

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

    from pinterest_async.client import Pinterest
    from pinterest_async.jobs._polling import Poller

_STATES: Final[Mapping[str, Any]] = {"SUCCEEDED": "done", "FAILED": "failed"}


async def read_bulk_file(
    client: Pinterest,
    ad_account_id: str,
    request_id: str,
    started: float,
    *,
    poller: Poller,
    session: aiohttp.ClientSession,
    largest: int,
) -> bytes:
    """Wait for a bulk request, a download or an upsert, and return what its file holds.

    Args:
        client: for which account.
        ad_account_id: the ad account of the request.
        request_id: what Pinterest calls it.
        started: when it was, as `time.time` tells it.
        poller: looks how far it is.
        session: one without credentials, for the file.
        largest: how many bytes the file may have.

    Raises:
        WorkFailed: it came to nothing.
        DownloadFailed: it is done, and its file cannot be fetched.
        PinterestError: Pinterest refuses to be asked.
    """

    async def look() -> Look:
        told = await client.bulk.get_request(ad_account_id, request_id)
        word = str(told.status)
        return Look(state=_STATES.get(word, "waiting"), word=word, url=told.result_url)

    with TemporaryDirectory(prefix="ads-bulk-") as folder:
        path = Path(folder, "bulk.json")
        await poller.fetch(look, started, path, session, largest=largest)
        return await asyncio.to_thread(path.read_bytes)
