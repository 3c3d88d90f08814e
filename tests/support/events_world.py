"""Conversion events for the tests of what sends them."""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pinterest_async import Pinterest, RetryPolicy
from pinterest_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

OFTEN = RetryPolicy(attempts=4, base=0.001, cap=0.01)


def sha256(text: str) -> str:
    """The hash, as Pinterest writes it."""
    return hashlib.sha256(text.encode()).hexdigest()


def event(number: int = 1, **members: Any) -> dict[str, Any]:
    """A good one, as a shop has it."""
    return {
        "event_name": "checkout",
        "action_source": "web",
        "event_time": int(time.time()) - 5,
        "event_id": f"order-{number}",
        "user_data": {"em": f"Customer.{number}@Example.com"},
        "custom_data": {"value": 12.5, "currency": "EUR"},
        **members,
    }


def flawed(number: int) -> tuple[dict[str, Any], str]:
    """A bad one, and a part of what is said of it."""
    flaws: list[tuple[dict[str, Any], str]] = [
        ({"user_data": {"ph": "+49 170 1234567"}}, "user_data needs em"),
        ({"event_time": 1_000_000_000}, "7 days"),
        ({"custom_data": {"value": "12,50"}}, "custom_data.value must be a number"),
        ({"custom_data": {"currency": "EURO"}}, "custom_data.currency"),
        ({"user_data": {"em": "n/a"}}, "user_data.em must be one e-mail address"),
        ({"action_source": "shop"}, "action_source must be"),
        ({"user_data": {"em": "d41d8cd98f00b204e9800998ecf8427e"}}, "an MD5 hash"),
    ]
    members, said = flaws[number % len(flaws)]
    return event(number, **members), said


def many(number: int, *, bad_of: int = 20) -> Iterator[dict[str, Any]]:
    """So many events, of which one in so many is bad."""
    for one in range(number):
        yield flawed(one)[0] if one % bad_of == bad_of - 1 else event(one)


def sold(number: int) -> list[dict[str, Any]]:
    """So many events, every second one offline."""
    return [event(one, action_source=("web", "offline")[one % 2]) for one in range(number)]


def counted(emulator: Emulator) -> list[str]:
    """The ids of the events that count, as often as they do; requests overtake each other."""
    events = emulator.account.advertising.events.get(emulator.ad_account_id, ())
    return sorted((one["event_id"] for one in events), key=lambda key: (len(key), key))


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so, for half a minute at most."""
    async with asyncio.timeout(30):
        while True:
            if condition():
                return
            await asyncio.sleep(0.002)


@asynccontextmanager
async def world(**options: Any) -> AsyncGenerator[tuple[Emulator, Pinterest]]:
    """An emulator, and a client that tries quickly and again."""
    settings: dict[str, Any] = {"boards": 0, "pins": 0, **options}
    async with (
        Emulator(**settings) as emulator,
        Pinterest(emulator.token, base_url=emulator.base_url, retry=OFTEN) as client,
    ):
        yield emulator, client
