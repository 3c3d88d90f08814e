"""Public Pins without a token, by the endpoints that Pinterest's own widgets use.

Pinterest documents none of these endpoints and promises nothing: they may change, refuse or go at
any time, and their limits are unknown. They give what anybody can see on pinterest.com, and no more
than the 50 newest Pins. For an account of your own use `Pinterest`.

    async with PublicPinterest() as public:
        board = await public.board_pins("anna", "plum-cakes")
        print(await public.save_count("https://example.com/"))
"""

from __future__ import annotations

import re
import sys
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec
from msgspec import UNSET
from multidict import CIMultiDict

from pinterest_async._call.compression import ENCODINGS
from pinterest_async._call.connections import Pool
from pinterest_async._call.decoding import decode
from pinterest_async._call.endpoint import BaseURL, Endpoint
from pinterest_async._call.exchange import Exchange
from pinterest_async._call.settings import Settings
from pinterest_async._call.unmetered import FixedHeaders, Unlimited
from pinterest_async._gather import gather
from pinterest_async.config import RequestOptions, RetryPolicy, Timeouts, check_base_url
from pinterest_async.errors import (
    APIError,
    ConfigurationError,
    NotFound,
)
from pinterest_async.hooks import Hooks
from pinterest_async.operations import Operation
from pinterest_async.public.models import OEmbed, WidgetPin, WidgetPins

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import aiohttp

__all__ = [
    "WIDGETS_URL",
    "WWW_URL",
    "OEmbed",
    "PinsFound",
    "PublicPinterest",
    "WidgetPin",
    "WidgetPins",
    "check_tokenless",
]

WIDGETS_URL: Final = "https://widgets.pinterest.com"
WWW_URL: Final = "https://www.pinterest.com"

_BATCH: Final = 20
"""Pins asked for at once. More may work; nobody has said where it ends."""
_BATCHES: Final = 4
_JSONP: Final = re.compile(rb"\s*[\w.$]+\s*\((.*)\)\s*;?\s*", re.DOTALL)


def _endpoint(name: str, path: str) -> Endpoint[Any]:
    operation = Operation(
        id=f"widgets/{name}",
        http_method="GET",
        path=path,
        category="",
        scopes=(),
        resource="",
        method="",
        effect="reads",
        repeatable=True,
    )
    return Endpoint(operation, Any)


_BOARD_PINS = _endpoint("board_pins", "/v3/pidgets/boards/{username}/{board}/pins/")
_SECTION_PINS = _endpoint("section_pins", "/v3/pidgets/sections/{username}/{board}/{section}/pins/")
_USER_PINS = _endpoint("user_pins", "/v3/pidgets/users/{username}/pins/")
_PINS = _endpoint("pins", "/v3/pidgets/pins/info/")
_SAVE_COUNT = _endpoint("save_count", "/v1/urls/count.json")
_OEMBED = _endpoint("oembed", "/oembed.json")


class PinsFound(msgspec.Struct, kw_only=True, frozen=True):
    """Which of the Pins that were asked for there are."""

    pins: list[WidgetPin]
    """In the order in which they were asked for."""
    missing: list[str]
    """The ids of those that are gone, secret, or were never there."""


class _Envelope(msgspec.Struct):
    status: str | None = None
    code: int | None = None
    message: str | None = None
    data: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"null"))


class _Entry(msgspec.Struct):
    error: Any = None


class _Count(msgspec.Struct):
    count: int


class PublicPinterest:
    """A client of the tokenless endpoints. It sends no token, and none can be given to it.

    It can be made outside a running loop, belongs to the loop of its first call, and has to be
    closed: `async with PublicPinterest() as public`. What fails and may pass is sent again.

    Args:
        widgets_url: where the widgets ask; for tests, or another host that answers the same.
        www_url: where oEmbed is.
        timeout: bounds on one request, in seconds: 30 for all of it and 10 for a new connection.
        retry: how often to send again what failed, a number or a policy; by default twice.
        session: an aiohttp session to use, for example one with a proxy. It is not closed.

    Raises:
        ConfigurationError: an argument is out of its bounds, or the session sends credentials.
    """

    def __init__(
        self,
        *,
        widgets_url: str = WIDGETS_URL,
        www_url: str = WWW_URL,
        timeout: Timeouts | float | None = None,
        retry: RetryPolicy | int | None = None,
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        if session is not None:
            check_tokenless(session)
        self._widgets = BaseURL.parse(check_base_url(widgets_url))
        self._www = BaseURL.parse(check_base_url(www_url))
        self._settings = Settings.of(RequestOptions(timeout=timeout, retry=retry))
        caller = sys._getframe(1)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self._pool = Pool(session, f"{caller.f_code.co_filename}:{caller.f_lineno}")
        headers = CIMultiDict({"Accept-Encoding": ENCODINGS})
        self._exchange = Exchange(self._pool, FixedHeaders(headers), Unlimited(), Hooks())

    async def user_pins(self, username: str) -> WidgetPins:
        """Get the newest public Pins of a user, with the user.

        Args:
            username: as in the address of the user's page.

        Raises:
            PinterestError: `NotFound` where there is no such user.
        """
        return await self._pins_of(_USER_PINS, (username,))

    async def board_pins(self, username: str, board: str) -> WidgetPins:
        """Get the newest Pins of a public board, with the board and its owner.

        Args:
            username: the owner, as in the address of the board's page.
            board: the board's part of that address, for example `plum-cakes`.

        Raises:
            PinterestError: `NotFound` where there is no such board, or it is secret.
        """
        return await self._pins_of(_BOARD_PINS, (username, board))

    async def section_pins(self, username: str, board: str, section: str) -> WidgetPins:
        """Get the newest Pins of a section of a public board.

        Args:
            username: the owner, as in the address of the section's page.
            board: the board's part of that address.
            section: the section's part of it.

        Raises:
            PinterestError: `NotFound` where there is no such section, or its board is secret.
        """
        return await self._pins_of(_SECTION_PINS, (username, board, section))

    async def pins(self, pin_ids: Iterable[str]) -> PinsFound:
        """Get public Pins by their ids, 20 of them with each request and 4 requests at a time.

        Raises:
            PinterestError: a request failed.
        """
        ids = list(dict.fromkeys(pin_ids))
        batches = [ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH)]
        calls = (partial(self._batch, batch) for batch in batches)
        found: dict[str, WidgetPin] = {}
        async with aclosing(gather(calls, limit=_BATCHES)) as outcomes:
            async for outcome in outcomes:
                found.update(outcome.value)
        return PinsFound(
            pins=[found[pin_id] for pin_id in ids if pin_id in found],
            missing=[pin_id for pin_id in ids if pin_id not in found],
        )

    async def save_count(self, url: str) -> int:
        """Get how often a page of the web was saved to Pinterest; 0 for one that is unknown.

        Raises:
            PinterestError: the request failed.
        """
        body = await self._get(_SAVE_COUNT, self._widgets, (), {"url": url})
        count: int = self._read(_SAVE_COUNT, _Count, _unwrapped(body)).count
        return count

    async def oembed(self, url: str) -> OEmbed:
        """Get what stands for a Pin, a board or a user's page on other sites.

        Args:
            url: the address of the page on pinterest.com.

        Raises:
            PinterestError: `NotFound` where there is no such page.
        """
        body = await self._get(_OEMBED, self._www, (), {"url": url})
        found: OEmbed = self._read(_OEMBED, OEmbed, body)
        return found

    async def aclose(self) -> None:
        """Close the client. Calls under way end with `ClientClosed`. Closing twice does nothing.

        Raises:
            ClientClosed: called from another event loop than the client's calls.
        """
        await self._pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    async def _pins_of(self, endpoint: Endpoint[Any], path: tuple[str, ...]) -> WidgetPins:
        data = await self._data(endpoint, path, {})
        found: WidgetPins = self._read(endpoint, WidgetPins, data)
        return found

    async def _batch(self, pin_ids: list[str]) -> dict[str, WidgetPin]:
        """Return the Pins that there are, by id."""
        data = await self._data(_PINS, (), {"pin_ids": ",".join(pin_ids)})
        # A list, it is said; an object by id, or one with the list in it, say older programs.
        form = list[msgspec.Raw] | dict[str, msgspec.Raw] | None
        entries: list[msgspec.Raw] | dict[str, msgspec.Raw] | None = self._read(_PINS, form, data)
        if isinstance(entries, dict) and "pins" in entries:
            entries = self._read(_PINS, form, bytes(entries["pins"]))
        if isinstance(entries, dict):
            entries = list(entries.values())
        pins = b"[" + b",".join(entry for entry in entries or () if _is_pin(entry)) + b"]"
        return {pin.id: pin for pin in self._read(_PINS, list[WidgetPin], pins)}

    async def _data(
        self, endpoint: Endpoint[Any], path: tuple[str, ...], query: Mapping[str, str]
    ) -> bytes:
        """Return what the envelope of a response holds."""
        body = _unwrapped(
            await self._get(
                endpoint, self._widgets, path, {**query, "base_scheme": "https", "sub": "www"}
            )
        )
        envelope = self._read(endpoint, _Envelope, body)
        if envelope.status == "failure" or envelope.code:
            message = envelope.message or "no message"
            error_type = NotFound if "not found" in message.lower() else APIError
            raise error_type(
                message,
                status=200,
                code=envelope.code,
                operation=endpoint.operation.id,
                body=body,
            )
        return bytes(envelope.data)

    def _read(self, endpoint: Endpoint[Any], expected: Any, body: bytes) -> Any:
        return decode(expected, body, operation=endpoint.operation.id, strict=False)[0]

    async def _get(
        self,
        endpoint: Endpoint[Any],
        base_url: BaseURL,
        path: tuple[str, ...],
        query: Mapping[str, str],
    ) -> bytes:
        """Return the body of a success."""
        request = endpoint.request(base_url, path, query, UNSET)
        return (
            await self._exchange.run(self._exchange.begin(endpoint, request, self._settings))
        ).body


def check_tokenless(session: aiohttp.ClientSession) -> None:
    """Raise `ConfigurationError` if a session sends credentials along with every request."""
    if "Authorization" in session.headers or getattr(session, "auth", None):
        raise ConfigurationError(
            "the session sends credentials with every request, and none are needed: pass another"
        )


def _is_pin(entry: msgspec.Raw) -> bool:
    """Whether an entry is a Pin; a missing one is an object with an error, perhaps a null."""
    try:
        return msgspec.json.decode(entry, type=_Entry).error is None
    except msgspec.ValidationError:
        return False


def _unwrapped(body: bytes) -> bytes:
    """Return the JSON that stands in a call of JavaScript, `receiveCount({...})`."""
    match = _JSONP.fullmatch(body)
    return body if match is None else match[1]


def __dir__() -> list[str]:
    return [*__all__]
