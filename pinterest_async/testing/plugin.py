"""The fixtures that pytest finds by itself where this package is installed.

pytest loads this module at the start of every run in such an environment, whatever is tested
there: nothing else of the package is imported before a test asks for a fixture.
`-p no:pinterest_async` leaves it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinterest_async import Pinterest
    from pinterest_async.client import ClientOptions
    from pinterest_async.emulator import Emulator
    from pinterest_async.testing.fake_transport import FakeTransport


@pytest.fixture
def pinterest_emulator_options() -> Mapping[str, Any]:
    """Arguments of the `Emulator` behind `pinterest_emulator`; override it where a test differs."""
    return {}


@pytest.fixture
def pinterest_emulator(pinterest_emulator_options: Mapping[str, Any]) -> Iterator[Emulator]:
    """A running `Emulator` of its own for the test.

    It runs in a thread, so the test may be a coroutine of any plugin, or no coroutine at all.
    """
    from pinterest_async.emulator import Emulator, in_thread

    with in_thread(Emulator(**pinterest_emulator_options)) as emulator:
        yield emulator


@pytest.fixture
def pinterest_client_options() -> ClientOptions:
    """Arguments of the client `pinterest_client`; override it where a test differs."""
    return {}


@pytest.fixture
def pinterest_client(
    pinterest_emulator: Emulator, pinterest_client_options: ClientOptions
) -> Pinterest:
    """A client of the test's own emulator: open it with `async with pinterest_client as client`.

    It is not opened yet, as it belongs to the event loop that it is used in.
    """
    from pinterest_async import Pinterest

    options: ClientOptions = {"base_url": pinterest_emulator.base_url, **pinterest_client_options}
    return Pinterest(pinterest_emulator.token, **options)


@pytest.fixture
def pinterest_transport() -> FakeTransport:
    """A `FakeTransport`, whose client reaches no network; set the responses first."""
    from pinterest_async.testing.fake_transport import FakeTransport

    return FakeTransport()
