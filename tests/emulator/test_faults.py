"""Faults on demand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from pinterest_async import Pinterest
from pinterest_async.config import RetryPolicy
from pinterest_async.emulator import (
    BAD_GATEWAY,
    PASSING,
    Answer,
    DamagedGzip,
    Delay,
    Disconnect,
    Emulator,
    SpamBlock,
    Trickle,
    Truncate,
    WrongLength,
)
from tests.support.emulator_api import small
from tests.support.scripted import until

if TYPE_CHECKING:
    from pinterest_async.emulator import Fault


async def test_fault_happens_as_often_as_planned() -> None:
    """A planned fault skips, strikes and is over; other operations do not feel it."""
    async with small() as client:
        client.emulator.fail("boards/list", Answer(503), times=2, skip=1)
        seen = [(await client.get("/boards")).status for _ in range(4)]
        other = (await client.get("/user_account")).status
    assert seen == [200, 503, 503, 200]
    assert other == 200


async def test_faults_queue_up() -> None:
    """Faults of one operation come one after the other; those of any operation come last."""
    async with small() as client:
        client.emulator.fail("*", Answer(500))
        client.emulator.fail("boards/list", Answer(502))
        client.emulator.fail("boards/list", Answer(503))
        seen = [(await client.get("/boards")).status for _ in range(4)]
    assert seen == [502, 503, 500, 200]


async def test_faults_can_be_called_off() -> None:
    """What has not happened yet can be forgotten."""
    async with small() as client:
        client.emulator.fail("*", Answer(500), times=9)
        client.emulator.clear_faults()
        assert (await client.get("/boards")).status == 200


async def test_gateway_answers_in_html() -> None:
    """A body that is a string is sent as HTML, one that is an object as JSON."""
    async with small() as client:
        client.emulator.fail("boards/list", Answer(502, "<html>Bad gateway</html>"))
        html = await client.get("/boards")
        body = {"code": 12, "message": "Something went wrong"}
        client.emulator.fail("boards/list", Answer(400, body, headers={"Retry-After": "3"}))
        json = await client.get("/boards")
    assert (html.status, html.raw) == (502, b"<html>Bad gateway</html>")
    assert html.headers["content-type"].startswith("text/html")
    assert (json.status, json.body) == (400, body)
    assert json.headers["retry-after"] == "3"
    assert json.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        (Disconnect(), 0),
        (Disconnect(after_write=True), 1),
        (Truncate(), 1),
        (DamagedGzip(), 1),
    ],
)
async def test_lost_answers(fault: Fault, made: int) -> None:
    """A connection that breaks does so before or after the board was made, as asked."""
    async with small() as client:
        client.emulator.fail("boards/create", fault)
        with pytest.raises((aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)):
            await client.new_board()
        boards = await client.walk("/boards")
        seen = client.emulator.requests[0]
    assert len(boards) == made
    assert seen.body == {"name": "Plum cakes"}
    assert seen.status == (None if isinstance(fault, Disconnect) else 201)


async def test_error_after_the_write_took_effect() -> None:
    """The answer may be an error although the Pin was made."""
    async with small() as client:
        board = await client.new_board()
        body = {"code": 2787, "message": "Sorry! Something went wrong on our end."}
        client.emulator.fail("pins/create", Answer(400, body, after_write=True))
        with pytest.raises(AssertionError, match="2787"):
            await client.new_pin(board["id"])
        pins = await client.walk("/pins")
    assert len(pins) == 1


async def test_slow_answer_is_for_one_request() -> None:
    """A delayed request takes effect even when nobody waits for it any more."""
    async with small() as client:
        client.emulator.fail("boards/create", Delay(1.0))
        waiting = asyncio.create_task(client.new_board())
        await until(lambda: client.emulator.requests)
        waiting.cancel()
        before = await client.walk("/boards")
        boards = before
        for _ in range(500):
            if boards := await client.walk("/boards"):
                break
            await asyncio.sleep(0.01)
    assert before == []
    assert len(boards) == 1


async def test_wrong_length_cuts_the_json_short() -> None:
    """The answer arrives whole by its headers, and is no JSON; the next one is as ever."""
    async with small() as client:
        client.emulator.fail("boards/list", WrongLength())
        cut = await client.get("/boards")
        whole = await client.get("/boards")
    assert int(cut.headers["content-length"]) == len(cut.raw)
    assert whole.raw.startswith(cut.raw)
    assert len(whole.raw) - len(cut.raw) == 7


async def test_trickle_brings_everything_in_the_end() -> None:
    """An answer that comes in drops is complete."""
    async with small(boards=3) as client:
        client.emulator.fail("boards/list", Trickle(0.05, pieces=7))
        slow = await client.get("/boards")
        assert slow.raw == (await client.get("/boards")).raw


@pytest.mark.parametrize("fault", [WrongLength(), DamagedGzip(), Trickle(0.01), Truncate()])
async def test_answer_without_a_body_has_nothing_to_spoil(fault: Fault) -> None:
    """A fault of the body leaves an empty answer as it is."""
    async with small() as client:
        board = await client.new_board()
        client.emulator.fail("boards/delete", fault)
        answer = await client.delete(f"/boards/{board['id']}")
    assert (answer.status, answer.raw) == (204, b"")


async def test_random_faults_come_from_the_seed() -> None:
    """The same seed gives the same faults, in about the share that was asked for."""

    async def statuses(seed: int) -> list[int]:
        kinds = (Answer(500), BAD_GATEWAY, SpamBlock())
        async with small(seed=seed, enforce_limits=False) as client:
            client.emulator.fail_at_random(0.3, faults=kinds)
            return [(await client.get("/user_account")).status for _ in range(200)]

    first = await statuses(1)
    assert first == await statuses(1)
    assert first != await statuses(2)
    assert set(first) == {200, 429, 500, 502}
    assert 120 <= first.count(200) <= 160


async def test_random_faults_of_one_operation() -> None:
    """A share for one operation spares the others, planned faults come first, and all can end."""
    async with small() as client:
        emulator = client.emulator
        emulator.fail_at_random(1, operation_id="boards/list", faults=[Answer(500)])
        emulator.fail("boards/list", Answer(503))
        seen = [(await client.get("/boards")).status for _ in range(3)]
        other = (await client.get("/user_account")).status
        emulator.clear_faults()
        after = (await client.get("/boards")).status
    assert (seen, other, after) == ([503, 500, 500], 200, 200)


async def test_emulator_can_be_made_with_faults() -> None:
    """A share given to the emulator itself meets requests with faults that pass."""
    async with small(faults=1.0) as client:
        failed = 0
        for _ in range(20):
            try:
                answer = await client.get("/boards")
                failed += answer.status != 200 or not answer.raw.endswith(b"}")
            except aiohttp.ClientError:
                failed += 1
    assert failed >= 10
    assert {type(fault) for fault in PASSING} >= {Answer, Disconnect, Truncate, DamagedGzip}


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: type(fault).__name__)
async def test_our_own_client_gets_through_what_passes(fault: Fault) -> None:
    """A listing is complete although its first request met with a fault that passes."""
    retry = RetryPolicy(attempts=3, base=0.001, cap=0.01)
    async with (
        small(boards=5, pins=50) as client,
        Pinterest(client.emulator.token, base_url=client.emulator.base_url, retry=retry) as ours,
    ):
        client.emulator.fail("boards/list", fault)
        boards = [board async for board in ours.boards.list()]
        seen = len(client.emulator.requests)
    assert len(boards) == 5
    assert seen == (1 if isinstance(fault, Trickle) else 2)


async def test_answers_are_compressed_when_asked() -> None:
    """A client that takes gzip gets it for answers that are worth it, and the same inside."""
    async with small(boards=20) as client:
        headers = {"Authorization": f"Bearer {client.emulator.token}"}
        plain = await client.call(
            "GET", "/boards", headers={**headers, "Accept-Encoding": "identity"}
        )
        packed = await client.call("GET", "/boards", headers={**headers, "Accept-Encoding": "gzip"})
        short = await client.get("/boards/12")
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.raw) / 2
    assert packed.raw == plain.raw
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in short.headers


def test_faults_are_for_operations_that_exist() -> None:
    """A fault for an unknown operation, or for no time at all, is a mistake."""
    emulator = Emulator(boards=0, pins=0)
    with pytest.raises(ValueError, match="boards/fly"):
        emulator.fail("boards/fly", Answer(500))
    with pytest.raises(ValueError, match="times"):
        emulator.fail("boards/list", Answer(500), times=0)
    with pytest.raises(ValueError, match="boards/fly"):
        emulator.fail_at_random(0.5, operation_id="boards/fly")
    with pytest.raises(ValueError, match="share"):
        emulator.fail_at_random(1.5)
    with pytest.raises(ValueError, match="boards/fly"):
        emulator.fail_jobs("boards/fly")


@pytest.mark.parametrize("fault", ["nonsense", 500, 418, None])
def test_what_is_no_fault_is_refused(fault: Any) -> None:
    """A text or a number in place of a fault is refused with a sentence (row 8)."""
    emulator = Emulator(boards=0, pins=0)
    with pytest.raises(TypeError, match="is no fault; take one of"):
        emulator.fail("boards/list", fault)
    with pytest.raises(TypeError, match="is no fault; take one of"):
        emulator.fail_at_random(0.5, faults=[fault])
