"""Each kind of token store, for the tests that hold for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring
import pytest

from benchmarks.redis_server import BINARY, RedisServer
from pinterest_async.auth import (
    FileTokenStore,
    KeyringTokenStore,
    MemoryTokenStore,
    RedisTokenStore,
    TokenStore,
)
from tests.support.fake_keyring import FakeKeyring

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path


@pytest.fixture
def backend() -> Generator[FakeKeyring]:
    """The keyring that the process uses."""
    before, backend = keyring.get_keyring(), FakeKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture(scope="module")
def redis_url() -> Generator[str]:
    """A Redis server for the tests of this module."""
    if BINARY is None:
        pytest.skip("redis-server is not installed")
    with RedisServer() as server:
        yield server.url


@pytest.fixture(params=["memory", "file", "keyring", "redis"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, backend: FakeKeyring
) -> AsyncGenerator[TokenStore]:
    """Each kind of store, empty."""
    if request.param == "memory":
        yield MemoryTokenStore()
    elif request.param == "file":
        yield FileTokenStore(tmp_path / "tokens")
    elif request.param == "keyring":
        yield KeyringTokenStore(tmp_path / "locks")
    else:
        url = request.getfixturevalue("redis_url")
        async with RedisTokenStore(url, prefix=f"{tmp_path}:") as redis:
            yield redis
