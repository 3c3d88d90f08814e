"""What you need to test a program that talks to Pinterest.

Where this package is installed, pytest finds the fixtures of `pinterest_async.testing.plugin` by
itself, and they load nothing before a test asks for one:

    async def test_lists_boards(pinterest_client):
        async with pinterest_client as pinterest:
            assert len(await pinterest.boards.list().collect()) == 40

Or, where no socket is wanted, set the responses yourself with `FakeTransport`. Token stores and
limiters of your own are held to what calls rely on by the classes of
`pinterest_async.testing.conformance`. Where the package is not installed but on the path alone,
`pytest_plugins = ["pinterest_async.testing"]` in a `conftest.py` switches the fixtures on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async._lazy import attributes

if TYPE_CHECKING:
    from pinterest_async.testing.conformance import LimiterConformance, TokenStoreConformance
    from pinterest_async.testing.fake_transport import FakeRequest, FakeTransport
    from pinterest_async.testing.plugin import (
        pinterest_client,
        pinterest_client_options,
        pinterest_emulator,
        pinterest_emulator_options,
        pinterest_transport,
    )

__all__ = [
    "FakeRequest",
    "FakeTransport",
    "LimiterConformance",
    "TokenStoreConformance",
    "pinterest_client",
    "pinterest_client_options",
    "pinterest_emulator",
    "pinterest_emulator_options",
    "pinterest_transport",
]

_MODULES = {
    "FakeRequest": "fake_transport",
    "FakeTransport": "fake_transport",
    "LimiterConformance": "conformance",
    "TokenStoreConformance": "conformance",
    "pinterest_client": "plugin",
    "pinterest_client_options": "plugin",
    "pinterest_emulator": "plugin",
    "pinterest_emulator_options": "plugin",
    "pinterest_transport": "plugin",
}

if not TYPE_CHECKING:
    # Out of sight of type checkers, which would take any name to exist.
    __getattr__ = attributes(__name__, _MODULES)


def __dir__() -> list[str]:
    return [*__all__]
