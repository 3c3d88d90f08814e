"""Clients of an emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async import Pinterest, RetryPolicy

if TYPE_CHECKING:
    from pinterest_async.emulator import Emulator


def client_of(emulator: Emulator, token: str | None = None, *, attempts: int = 1) -> Pinterest:
    """A client that by default gives up at once, so that faults need not be planned three times."""
    return Pinterest(
        token or emulator.token,
        base_url=emulator.base_url,
        retry=RetryPolicy(attempts=attempts, base=0.001, cap=0.01),
    )
