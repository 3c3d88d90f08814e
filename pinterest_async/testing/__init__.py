"""What you need to test a program that talks to Pinterest.

Switch the fixtures on in your `conftest.py`:

    pytest_plugins = ["pinterest_async.testing"]

and write tests against a server that is there for each of them alone:

    async def test_lists_boards(pinterest_emulator):
        async with Pinterest(
            pinterest_emulator.token, base_url=pinterest_emulator.base_url
        ) as pinterest:
            ...

Or, where no socket is wanted, set the responses yourself with `FakeTransport`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import Emulator, in_thread
from pinterest_async.testing.fake_transport import FakeRequest, FakeTransport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "FakeRequest",
    "FakeTransport",
    "pinterest_emulator",
    "pinterest_emulator_options",
]


@pytest.fixture
def pinterest_emulator_options() -> Mapping[str, Any]:
    """Arguments of the `Emulator` behind `pinterest_emulator`; override it where a test differs."""
    return {}


@pytest.fixture
def pinterest_emulator(pinterest_emulator_options: Mapping[str, Any]) -> Iterator[Emulator]:
    """A running `Emulator` of its own for the test.

    It runs in a thread, so the test may be a coroutine of any plugin, or no coroutine at all.
    """
    with in_thread(Emulator(**pinterest_emulator_options)) as emulator:
        yield emulator


def __dir__() -> list[str]:
    return [*__all__]
