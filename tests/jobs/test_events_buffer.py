"""The buffer of conversion events: when it sends, what it tells, and what it gives back."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import Pinterest
from pinterest_async.emulator import Answer, Disconnect
from pinterest_async.errors import AuthenticationFailed, ConfigurationError, InvalidRequest
from pinterest_async.jobs import EventBuffer, EventVerdict, JournalError
from pinterest_async.testing import FakeTransport
from tests.support.events_world import counted, event, flawed, until, world

if TYPE_CHECKING:
    from pathlib import Path

CREATE = "events/create"


async def told(verdicts: list[EventVerdict], number: int) -> None:
    """Wait until there are so many verdicts."""
    await until(lambda: len(verdicts) >= number)


async def test_a_full_buffer_is_sent() -> None:
    """When there are enough events they go in one call, and the others at the end."""
    verdicts: list[EventVerdict] = []
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        async with EventBuffer(
            client, account, size=100, seconds=60, verdicts=verdicts.append
        ) as buffer:
            for number in range(250):
                await buffer.add(event(number))
            await told(verdicts, 200)
            assert len(counted(emulator)) == 200
        assert counted(emulator) == [f"order-{number}" for number in range(250)]
    assert [verdict.line for verdict in verdicts] == list(range(1, 251))
    assert (buffer.report.processed, buffer.report.calls) == (250, 3)
    assert buffer.report.complete
    assert buffer.report.verdicts == []


async def test_an_event_waits_so_long_for_others() -> None:
    """After so many seconds what there is goes, and the next event starts the clock anew."""
    verdicts: list[EventVerdict] = []
    async with world() as (emulator, client):
        async with EventBuffer(
            client, emulator.ad_account_id, seconds=0.05, verdicts=verdicts.append
        ) as buffer:
            for number in (1, 2):
                await buffer.add(event(number))
                await told(verdicts, number)
        assert buffer.report.calls == 2


async def test_flush_sends_at_once() -> None:
    """`flush` sends what there is, and returns when it is known what came of it."""
    async with world() as (emulator, client):
        async with EventBuffer(client, emulator.ad_account_id, seconds=60) as buffer:
            await buffer.add(event())
            await buffer.flush()
            assert buffer.report.processed == 1
            await buffer.flush()
        assert buffer.report.calls == 1


async def test_a_wrong_event_is_refused_in_its_place() -> None:
    """`add` does not raise over an event; its verdict stands where it was added."""
    verdicts: list[EventVerdict] = []
    async with (
        world() as (emulator, client),
        EventBuffer(client, emulator.ad_account_id, seconds=60, verdicts=verdicts.append) as buffer,
    ):
        for one in (event(1), flawed(3)[0], event(2)):
            await buffer.add(one)
    assert [verdict.state for verdict in verdicts] == ["processed", "refused", "processed"]
    assert flawed(3)[1] in (verdicts[1].reason or "")


async def test_adding_waits_for_a_slow_answer() -> None:
    """While one window is under way another fills; then adding waits, and memory stays small."""
    async with world(latency=0.3) as (emulator, client):
        async with EventBuffer(client, emulator.ad_account_id, size=10, seconds=60) as buffer:
            for number in range(20):
                await asyncio.wait_for(buffer.add(event(number)), 0.25)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(buffer.add(event(20)), 0.02)
            await buffer.add(event(21))
        assert len(counted(emulator)) == 21
        assert "order-20" not in counted(emulator)


async def test_many_add_at_once() -> None:
    """Any number of tasks may add; no window is larger than it may be, and nothing is lost."""
    transport = FakeTransport()
    one = {"status": "processed"}
    transport.respond(CREATE, {"events": [one] * 10, "num_events_processed": 10})
    async with transport.client() as client:
        async with EventBuffer(client, "549755885175", size=10, seconds=60) as buffer:
            await asyncio.gather(*(buffer.add(event(number)) for number in range(200)))
        sizes = [len(request.body["data"]) for request in transport.requests]
    assert sizes == [10] * 20
    assert buffer.report.processed == 200


async def test_trouble_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    """After an outage the buffer goes on; what was lost meanwhile is told, logged, and raised."""
    verdicts: list[EventVerdict] = []
    async with world() as (emulator, client):
        emulator.fail(CREATE, Disconnect(), times=4)
        async with EventBuffer(
            client, emulator.ad_account_id, size=2, seconds=60, verdicts=verdicts.append
        ) as buffer:
            for number in range(2):
                await buffer.add(event(number))
            await told(verdicts, 2)
            for number in range(2, 4):
                await buffer.add(event(number))
        assert counted(emulator) == ["order-2", "order-3"]
    states = [verdict.state for verdict in verdicts]
    assert states == ["unknown", "unknown", "processed", "processed"]
    assert "some conversion events were not taken: " in caplog.text


async def test_a_bad_token_is_raised_at_the_end() -> None:
    """An error that all events would meet comes out of `flush`, and of the end."""
    async with (
        world() as (emulator, _),
        Pinterest("pina_wrong_token", base_url=emulator.base_url) as client,
    ):
        buffer = EventBuffer(client, emulator.ad_account_id)
        await buffer.__aenter__()
        await buffer.add(event())
        with pytest.raises(AuthenticationFailed):
            await buffer.flush()
        await buffer.add(event())
        with pytest.raises(AuthenticationFailed):
            await buffer.aclose()
        assert buffer.report.not_sent == 2


async def test_what_a_callback_raises_comes_out() -> None:
    """An error of the callback is raised by the next thing that the caller does."""

    def fail(_verdict: EventVerdict) -> None:
        raise ZeroDivisionError

    async with world() as (emulator, client):
        buffer = EventBuffer(client, emulator.ad_account_id, verdicts=fail)
        await buffer.__aenter__()
        await buffer.add(event())
        with pytest.raises(ZeroDivisionError):
            await buffer.aclose()


async def test_events_added_again_are_done_before(tmp_path: Path) -> None:
    """With a journal, what an earlier process has sent is not sent again."""
    journal = tmp_path / "events.journal"
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        for wanted in ("processed", "done_before"):
            async with EventBuffer(client, account, journal=journal) as buffer:
                await buffer.add(event(1, action_source="offline"))
                with pytest.raises(JournalError):
                    await EventBuffer(client, account, journal=journal).__aenter__()
            assert getattr(buffer.report, wanted) == 1
        assert len(counted(emulator)) == 1


async def test_cancelled_at_its_end_it_lets_go(tmp_path: Path) -> None:
    """Cancelled while it sends the last events, it names them, and the journal is free."""
    journal = tmp_path / "events.journal"
    verdicts: list[EventVerdict] = []
    async with world(latency=0.3) as (emulator, client):
        account = emulator.ad_account_id

        async def run() -> None:
            async with EventBuffer(
                client, account, journal=journal, size=2, seconds=60, verdicts=verdicts.append
            ) as buffer:
                for number in range(3):
                    await buffer.add(event(number))

        task = asyncio.create_task(run())
        await until(lambda: emulator.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [verdict.state for verdict in verdicts] == ["unknown", "unknown", "not_sent"]
        async with EventBuffer(client, account, journal=journal) as buffer:
            for number in range(3):
                await buffer.add(event(number))
        assert buffer.report.processed == 3
        assert sorted(set(counted(emulator))) == sorted(counted(emulator))
    assert len([task for task in asyncio.all_tasks() if not task.done()]) == 1


async def test_a_test_goes_by_twenties() -> None:
    """Of a test no call has more than Pinterest looks at."""
    async with world() as (emulator, client):
        async with EventBuffer(client, emulator.ad_account_id, test=True) as buffer:
            for number in range(30):
                await buffer.add(event(number))
        assert (buffer.report.calls, buffer.report.processed) == (2, 30)
        assert counted(emulator) == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"ad_account_id": ""}, InvalidRequest),
        ({"size": 0}, ConfigurationError),
        ({"size": 1_001}, ConfigurationError),
        ({"seconds": 0}, ConfigurationError),
        ({"tries": 0}, ConfigurationError),
        ({"test": True, "journal": "j"}, ConfigurationError),
    ],
)
async def test_wrong_arguments_are_refused(arguments: dict[str, Any], error: type) -> None:
    """What cannot be is refused when the buffer is made."""
    asked: dict[str, Any] = {"ad_account_id": "1", **arguments}
    async with FakeTransport().client() as client:
        with pytest.raises(error):
            EventBuffer(client, asked.pop("ad_account_id"), **asked)


async def test_it_is_used_in_a_with_statement() -> None:
    """Outside of `async with` nothing is taken, and nothing again after it."""
    async with world() as (emulator, client):
        buffer = EventBuffer(client, emulator.ad_account_id)
        with pytest.raises(ConfigurationError, match="not open"):
            await buffer.add(event())
        async with buffer:
            pass
        with pytest.raises(ConfigurationError, match="not open"):
            await buffer.add(event())
        with pytest.raises(ConfigurationError, match="closed"):
            await buffer.__aenter__()
        await buffer.aclose()


async def test_a_refusal_of_a_whole_call_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    """Where Pinterest refuses a call for what is in it, the verdicts say so, and no more."""
    caplog.set_level(logging.WARNING)
    async with world() as (emulator, client):
        emulator.fail(CREATE, Answer(400, {"code": 4196, "message": "Bad member."}))
        async with EventBuffer(client, emulator.ad_account_id) as buffer:
            await buffer.add(event())
    assert buffer.report.refused == 1
    assert "not taken" not in caplog.text
