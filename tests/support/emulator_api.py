"""A bare HTTP client for the tests of the emulator."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from pinterest_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from io import BytesIO


def basic_authorization(app_id: str, secret: str) -> str:
    """The `Authorization` header of an app."""
    return "Basic " + b64encode(f"{app_id}:{secret}".encode()).decode()


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON, None without a body."""
        return json.loads(self.raw) if self.raw else None


class Api:
    """Calls one emulator with one token."""

    def __init__(self, emulator: Emulator, session: aiohttp.ClientSession, token: str) -> None:
        self.emulator = emulator
        self.session = session
        self._headers = {"Authorization": f"Bearer {token}"}

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        data: bytes | BytesIO | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request; `body` is sent as JSON, `data` as it is."""
        async with self.session.request(
            method,
            f"{self.emulator.base_url}{path}",
            params=query,
            json=body,
            data=data,
            headers=self._headers if headers is None else headers,
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, **query: Any) -> Answer:
        """GET with these query parameters."""
        return await self.call("GET", path, query=query)

    async def post(self, path: str, body: Any) -> Answer:
        """POST with this JSON."""
        return await self.call("POST", path, body=body)

    async def patch(self, path: str, body: Any) -> Answer:
        """PATCH with this JSON."""
        return await self.call("PATCH", path, body=body)

    async def delete(self, path: str, **query: Any) -> Answer:
        """DELETE."""
        return await self.call("DELETE", path, query=query)

    async def walk(self, path: str, **query: Any) -> list[Any]:
        """The items of all pages."""
        items: list[Any] = []
        while True:
            page = await self.get(path, **query)
            assert page.status == 200, page.raw
            items += page.body["items"]
            bookmark = page.body.get("bookmark")
            if not bookmark:
                return items
            query["bookmark"] = bookmark

    async def new_board(self, **fields: Any) -> Any:
        """A fresh board."""
        answer = await self.post("/boards", {"name": "Plum cakes", **fields})
        assert answer.status == 201, answer.raw
        return answer.body

    async def new_pin(self, board_id: str, **fields: Any) -> Any:
        """A fresh Pin with a picture from an address."""
        source = {"source_type": "image_url", "url": "https://example.com/cake.jpg"}
        answer = await self.post("/pins", {"board_id": board_id, "media_source": source, **fields})
        assert answer.status == 201, answer.raw
        return answer.body


def checkout(at: float) -> dict[str, Any]:
    """A conversion event of the web, `at` so many seconds since 1970."""
    return {
        "event_name": "checkout",
        "action_source": "web",
        "event_time": int(at),
        "event_id": "1",
        "user_data": {"em": ["0" * 64]},
    }


@asynccontextmanager
async def api(emulator: Emulator, token: str | None = None) -> AsyncGenerator[Api]:
    """A client of a running emulator, with its own token unless another is given."""
    async with aiohttp.ClientSession() as session:
        yield Api(emulator, session, token or emulator.token)


@asynccontextmanager
async def small(**options: Any) -> AsyncGenerator[Api]:
    """A client of an emulator of its own, with little content unless told otherwise."""
    settings: dict[str, Any] = {"boards": 0, "pins": 0, **options}
    async with Emulator(**settings) as emulator, api(emulator) as client:
        yield client
