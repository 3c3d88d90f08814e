"""People who are on customer lists, and emulators that have such lists."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from pinterest_async.emulator.state.customer_lists import People


@asynccontextmanager
async def audience_emulator(**options: Any) -> AsyncGenerator[Emulator]:
    """An emulator that matches people at once."""
    settings: dict[str, Any] = {"boards": 0, "pins": 0, "job_seconds": 0.0, **options}
    async with Emulator(enforce_limits=False, **settings) as emulator:
        yield emulator


def lists_called(emulator: Emulator, name: str) -> list[Any]:
    """The customer lists of a name."""
    store = emulator.account.stores.store("customer_lists", emulator.ad_account_id)
    return [one for one in store if one["name"] == name]


def people_on(emulator: Emulator, customer_list_id: str | None) -> People:
    """Who is on a list, when all that is due is done."""
    for account in emulator._apis[0].world.accounts.values():
        emulator._apis[0].world.jobs.settle(float("inf"))
        found = account.advertising.customer_lists.get(str(customer_list_id))
        if found is not None:
            return found
    raise LookupError(customer_list_id)


def sha256(text: str) -> str:
    """What Pinterest compares."""
    return hashlib.sha256(text.encode()).hexdigest()


def address(number: int) -> str:
    """The address of a person."""
    return f"person{number}@example.com"


def addresses(first: int, last: int) -> list[dict[str, str]]:
    """Rows of people, as they are written by hand: with a capital, and a blank too many."""
    return [{"E-Mail": f" Person{number}@Example.com "} for number in range(first, last)]


def hashes(first: int, last: int) -> set[str]:
    """The ids of those people."""
    return {sha256(address(number)) for number in range(first, last)}
