"""The fixture for other people's tests, and the emulator in a thread."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from pinterest_async.emulator import Emulator, in_thread
from pinterest_async.testing import pinterest_emulator, pinterest_emulator_options
from tests.support.emulator_api import api

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["pinterest_emulator", "pinterest_emulator_options"]


def read(emulator: Emulator, path: str) -> Any:
    """A GET without an event loop."""
    headers = {"Authorization": f"Bearer {emulator.token}"}
    with urlopen(Request(f"{emulator.base_url}{path}", headers=headers)) as response:  # noqa: S310
        return json.load(response)


def test_fixture_serves_programs_without_a_loop(pinterest_emulator: Emulator) -> None:
    """A test that is no coroutine can call the emulator."""
    assert len(read(pinterest_emulator, "/boards?page_size=250")["items"]) == 40


async def test_fixture_serves_coroutines(pinterest_emulator: Emulator) -> None:
    """A test that is a coroutine can call it too, and steer it."""
    async with api(pinterest_emulator) as client:
        board = await client.new_board()
        assert (await client.get(f"/boards/{board['id']}")).body == board
    assert pinterest_emulator.requests[-1].operation_id == "boards/get"


class TestWithOptions:
    """A class of tests with an emulator of another kind."""

    @pytest.fixture
    def pinterest_emulator_options(self) -> Mapping[str, Any]:
        """Other options for this class alone."""
        return {"boards": 2, "pins": 3, "tier": "trial"}

    def test_options_can_be_overridden(self, pinterest_emulator: Emulator) -> None:
        """The options of a class or module reach its emulator."""
        assert len(read(pinterest_emulator, "/boards")["items"]) == 2


def test_thread_ends_with_its_context() -> None:
    """Outside of its context an emulator in a thread does not listen."""
    with in_thread(Emulator(boards=0, pins=0)) as emulator:
        address = emulator.base_url
        assert read(emulator, "/boards")["items"] == []
    with pytest.raises(OSError, match="refused"), urlopen(f"{address}/boards"):  # noqa: S310
        pass


def test_error_at_the_start_reaches_the_caller() -> None:
    """A port that is taken is told to the caller of the thread."""
    with in_thread(Emulator(boards=0, pins=0)) as emulator:
        port = int(emulator.base_url.removesuffix("/v5").rpartition(":")[2])
        second = in_thread(Emulator(boards=0, pins=0, port=port))
        with pytest.raises(OSError, match=str(port)), second:
            pass
