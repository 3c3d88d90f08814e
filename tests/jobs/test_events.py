"""Conversion events that are sent: a verdict for each, and no good one lost or counted twice."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pinterest_async import Pinterest
from pinterest_async.emulator import (
    Answer,
    DamagedGzip,
    Disconnect,
    ManualClock,
    OverQuota,
    SpamBlock,
    Truncate,
)
from pinterest_async.errors import AuthenticationFailed, ConfigurationError, InvalidRequest
from pinterest_async.jobs import EventVerdict, JournalError, send_events
from pinterest_async.testing import FakeTransport
from tests.support.events_world import counted, event, flawed, many, until, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

CREATE = "events/create"


def states(verdicts: list[EventVerdict]) -> list[str]:
    """What became of each."""
    return [verdict.state for verdict in verdicts]


async def test_each_event_has_its_verdict_in_its_place() -> None:
    """Good events count, bad ones are named with their reasons, all in the order they came."""
    events = list(many(2_500))
    async with world() as (emulator, client):
        report = await send_events(client, emulator.ad_account_id, events)
        assert counted(emulator) == [f"order-{n}" for n in range(2_500) if n % 20 != 19]
    assert [verdict.line for verdict in report.verdicts] == list(range(1, 2_501))
    assert [verdict.key for verdict in report.verdicts] == [one["event_id"] for one in events]
    for number, verdict in enumerate(report.verdicts):
        if number % 20 == 19:
            assert verdict.state == "refused"
            assert flawed(number)[1] in (verdict.reason or "")
        else:
            assert (verdict.state, verdict.reason) == ("processed", None)
    assert (report.total, report.processed, report.refused) == (2_500, 2_375, 125)
    assert report.calls == 3
    assert not report.complete


async def test_a_walk_gives_verdicts_as_they_come() -> None:
    """Walked, the sending gives one verdict after the other, and keeps none."""
    async with world() as (emulator, client):
        sent = send_events(client, emulator.ad_account_id, many(30, bad_of=31))
        assert states([verdict async for verdict in sent]) == ["processed"] * 30
    assert sent.report.complete
    assert sent.report.verdicts == []


async def test_async_iterables_are_read_as_needed() -> None:
    """An endless async generator is read no further than the windows that are under way."""
    read = 0
    closed = False

    async def endless() -> AsyncIterator[dict[str, Any]]:
        nonlocal read, closed
        try:
            while True:
                read += 1
                yield event(read)
        finally:
            closed = True

    async with world() as (emulator, client):
        sent = send_events(client, emulator.ad_account_id, endless(), concurrency=2)
        async with aclosing(sent):
            async for verdict in sent:
                if verdict.line == 3_000:
                    break
        assert read <= 6_000
    assert closed


async def test_warnings_are_no_failures() -> None:
    """What Pinterest warns of stands beside a verdict that is good."""
    async with world() as (emulator, client):
        report = await send_events(client, emulator.ad_account_id, [event()])
    assert report.complete
    assert report.warned == 1
    assert report.verdicts[0].warning == "external_id is missing; click_id is missing"


async def test_what_fails_in_passing_goes_again_alone() -> None:
    """An event that failed for a reason that may pass is sent again, the others are not."""
    async with world(quirks=["passing_event_failures"]) as (emulator, client):
        events = [event(number) for number in range(1_000)]
        report = await send_events(client, emulator.ad_account_id, events)
        assert sorted(counted(emulator)) == sorted(one["event_id"] for one in events)
        assert emulator.account.advertising.events[emulator.ad_account_id].duplicates == 0
    assert report.complete
    assert report.calls == 2
    assert 0 < report.sent_again < 50


async def test_what_keeps_failing_is_named_and_sent_by_the_next_run(tmp_path: Path) -> None:
    """After so many tries an event is `failed`; the next run with the journal sends it."""
    told = {
        "num_events_received": 1,
        "num_events_processed": 0,
        "events": [{"status": "failed", "error_message": "Internal error, please try again."}],
    }
    journal = tmp_path / "events.journal"
    async with world() as (emulator, client):
        emulator.fail(CREATE, Answer(200, told), times=2)
        account = emulator.ad_account_id
        report = await send_events(client, account, [event()], tries=2, journal=journal)
        assert states(report.verdicts) == ["failed"]
        assert (report.failed, report.calls, report.sent_again) == (1, 2, 1)
        again = await send_events(client, account, [event()], tries=2, journal=journal)
        assert again.complete
        assert counted(emulator) == ["order-1"]


@pytest.mark.parametrize(
    "fault",
    [
        Disconnect(after_write=True),
        Truncate(),
        DamagedGzip(),
        Answer(503, {"code": 4197, "message": "Slow down."}, after_write=True),
        Answer(500),
        Answer(400, {"code": 12, "message": "Something went wrong"}),
    ],
)
async def test_after_a_lost_answer_the_same_ids_go_again(fault: Any) -> None:
    """Where an answer is lost, or cannot be read, the events are sent again and count once."""
    async with world() as (emulator, client):
        emulator.fail(CREATE, fault, times=2)
        events = [event(number) for number in range(50)]
        report = await send_events(client, emulator.ad_account_id, events)
        assert report.complete
        assert sorted(counted(emulator)) == sorted(one["event_id"] for one in events)


async def test_a_refusal_after_a_lost_answer_leaves_doubt(tmp_path: Path) -> None:
    """Where the first answer was lost and the second is a refusal, the first may have counted."""
    journal = tmp_path / "events.journal"
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        emulator.fail(CREATE, Disconnect(after_write=True))
        emulator.fail(CREATE, Answer(400, {"code": 4196, "message": "no"}))
        report = await send_events(client, account, [event()], journal=journal)
        assert states(report.verdicts) == ["unknown"]
        assert "400" in (report.verdicts[0].reason or "")
        again = await send_events(client, account, [event()], journal=journal)
        assert states(again.verdicts) == ["processed"]
        assert counted(emulator) == ["order-1"]


async def test_offline_events_are_not_sent_twice(tmp_path: Path) -> None:
    """After a lost answer offline events are unknown, now and in later runs; others are not."""
    journal = tmp_path / "events.journal"
    offline = [event(number, action_source="offline") for number in range(3)]
    events = [event(7), *offline, event(8)]
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        # The first call is that of the events that are not offline.
        emulator.fail(CREATE, Disconnect(after_write=True), skip=1)
        report = await send_events(client, account, events, journal=journal)
        assert states(report.verdicts) == ["processed", *["unknown"] * 3, "processed"]
        assert "ConnectionFailed" in (report.verdicts[1].reason or "")
        again = await send_events(client, account, events, journal=journal)
        assert states(again.verdicts) == ["done_before", *["unknown"] * 3, "done_before"]
        assert "count it twice" in (again.verdicts[1].reason or "")
        assert again.calls == 0
        assert sorted(counted(emulator)) == ["order-0", "order-1", "order-2", "order-7", "order-8"]


async def test_offline_events_that_surely_were_not_taken_go_again(tmp_path: Path) -> None:
    """Offline events that Pinterest refused or never got are free, and sent by the next run."""
    journal = tmp_path / "events.journal"
    events = [event(1, action_source="offline")]
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        emulator.fail(CREATE, Answer(400, {"code": 4196, "message": "no"}))
        report = await send_events(client, account, events, journal=journal)
        assert states(report.verdicts) == ["refused"]
        again = await send_events(client, account, events, journal=journal)
        assert states(again.verdicts) == ["processed"]
        assert counted(emulator) == ["order-1"]


async def test_a_second_run_sends_nothing(tmp_path: Path) -> None:
    """With a journal, the same events are done before, and no call is made."""
    journal = tmp_path / "events.journal"
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        first = await send_events(client, account, many(1_500), journal=journal)
        again = await send_events(client, account, many(1_500), journal=journal)
    assert (again.done_before, again.refused, again.calls) == (first.processed, first.refused, 0)


async def test_a_journal_is_of_one_ad_account(tmp_path: Path) -> None:
    """Events that one ad account has are sent to another, also with the same journal."""
    journal = tmp_path / "events.journal"
    async with world() as (emulator, client):
        others = [one["id"] for one in emulator.account.stores.store("ad_accounts")]
        for account in others:
            report = await send_events(client, account, [event()], journal=journal)
            assert report.processed == 1
    assert len(others) > 1


async def test_a_journal_is_of_one_run_at_a_time(tmp_path: Path) -> None:
    """A second run is kept out while the first has the journal, and after it is not."""
    journal = tmp_path / "events.journal"
    async with world() as (emulator, client):
        first = send_events(client, emulator.ad_account_id, many(2_000), journal=journal)
        await anext(aiter(first))
        with pytest.raises(JournalError, match="another run is using it"):
            await send_events(client, emulator.ad_account_id, [event()], journal=journal)
        await first.aclose()
        report = await send_events(client, emulator.ad_account_id, [event()], journal=journal)
        assert report.complete


async def test_what_was_lost_long_ago_is_not_sent_again(tmp_path: Path) -> None:
    """Beyond the 48 hours in which Pinterest counts once, an event in doubt stays unknown."""
    journal = tmp_path / "events.journal"
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        emulator.fail(CREATE, Disconnect(after_write=True), times=4)
        lost = await send_events(client, account, [event()], journal=journal)
        assert states(lost.verdicts) == ["unknown"]
        file = await asyncio.to_thread(_aged, journal, hours=47.5)
        assert file == 1
        late = await send_events(client, account, [event()], journal=journal)
        assert states(late.verdicts) == ["unknown"]
        assert late.calls == 0


def _aged(journal: Path, *, hours: float) -> int:
    """Make all that a journal knows so many hours older; return how much that is."""
    import sqlite3

    with sqlite3.connect(journal) as file:
        done = file.execute("UPDATE events SET first_sent = first_sent - ?", (hours * 3600,))
    file.close()
    return done.rowcount


async def test_an_event_in_doubt_is_sent_by_the_next_run(tmp_path: Path) -> None:
    """Where the network stays away, events are unknown; a later run sends them, counted once."""
    journal = tmp_path / "events.journal"
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        emulator.fail(CREATE, Disconnect(after_write=True), times=4)
        lost = await send_events(client, account, [event()], journal=journal)
        again = await send_events(client, account, [event()], journal=journal)
        assert states([*lost.verdicts, *again.verdicts]) == ["unknown", "processed"]
        assert counted(emulator) == ["order-1"]


@pytest.mark.parametrize("with_journal", [True, False])
async def test_an_event_twice_is_sent_once(tmp_path: Path, *, with_journal: bool) -> None:
    """The same name and id among others is a duplicate; another name is another event."""
    journal = tmp_path / "events.journal" if with_journal else None
    events = [event(1), event(1), event(1, event_name="signup"), event(1, action_source="offline")]
    async with world() as (emulator, client):
        report = await send_events(client, emulator.ad_account_id, events, journal=journal)
        assert report.verdicts[1].state == "duplicate"
        assert len(counted(emulator)) == (2 if with_journal else 3)
    assert report.complete


async def test_far_duplicates_are_known_by_the_journal(tmp_path: Path) -> None:
    """With a journal, an event that comes again a thousand later is a duplicate, offline too."""
    journal = tmp_path / "events.journal"
    events = [event(number, action_source="offline") for number in range(1_200)]
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        twice = [*events, *events]
        report = await send_events(client, account, twice, journal=journal, concurrency=1)
        assert report.duplicate == 1_200
        assert len(counted(emulator)) == 1_200


async def test_a_test_counts_nothing(tmp_path: Path) -> None:
    """A test is sent by twenties, all of which Pinterest looks at, and counts nothing."""
    async with world() as (emulator, client):
        report = await send_events(client, emulator.ad_account_id, many(50), test=True)
        assert counted(emulator) == []
        assert all(request.query == {"test": ["true"]} for request in emulator.requests)
    assert report.test
    assert (report.processed, report.refused, report.calls) == (48, 2, 3)
    with pytest.raises(ConfigurationError, match="leave out the journal"):
        send_events(client, "1", [], test=True, journal=tmp_path / "events.journal")


async def test_a_refusal_of_all_is_told_to_each() -> None:
    """A request that Pinterest refuses as a whole gives each of its events the reason."""
    async with world() as (emulator, client):
        emulator.fail(CREATE, Answer(400, {"code": 4196, "message": "Bad member."}))
        report = await send_events(client, emulator.ad_account_id, [event(1), event(2)])
    assert states(report.verdicts) == ["refused"] * 2
    assert "Bad member." in (report.verdicts[0].reason or "")
    assert report.stopped is None


@pytest.mark.parametrize(
    ("details", "wanted"),
    [
        (
            {
                "events": [
                    {"status": "processed", "error_message": None},
                    {"status": "failed", "error_message": "em must be hashed"},
                ]
            },
            ["processed", "refused"],
        ),
        ({"events": [{"status": "failed"}]}, ["unknown"] * 2),
        ("not all", ["unknown"] * 2),
        (None, ["unknown"] * 2),
    ],
)
async def test_422_is_read_as_far_as_it_says(details: Any, wanted: list[str]) -> None:
    """The verdicts in the details of a 422 count; without them it is not known what was taken."""
    body = {"code": 422, "message": "Not all events were processed.", "details": details}
    async with world() as (emulator, client):
        emulator.fail(CREATE, Answer(422, body), times=9)
        report = await send_events(client, emulator.ad_account_id, [event(1), event(2)])
    assert states(report.verdicts) == wanted
    assert report.calls == 1


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"num_events_processed": 2}, ["processed"] * 2),
        ({"num_events_processed": 2, "events": [{"status": "processed"}]}, ["processed"] * 2),
        ({"num_events_processed": 1, "events": [{"status": "processed"}]}, ["unknown"] * 2),
        ({"events": [{"status": "processed"}, {"status": None}]}, ["processed", "unknown"]),
        ({"events": [{"status": "processed"}, {"status": "failed"}]}, ["processed", "refused"]),
    ],
)
async def test_an_answer_that_lacks_verdicts(body: dict[str, Any], wanted: list[str]) -> None:
    """Verdicts are never given to the wrong events: where there are too few, none is known."""
    transport = FakeTransport()
    transport.respond(CREATE, body)
    async with transport.client() as client:
        report = await send_events(client, "549755885175", [event(1), event(2)])
    assert states(report.verdicts) == wanted


async def test_what_pinterest_says_again_of_an_event_is_taken_out() -> None:
    """A message that repeats the address of a person's network is shown without it."""
    transport = FakeTransport()
    told = {"status": "failed", "error_message": "192.0.2.77 is of a bot"}
    transport.respond(CREATE, {"events": [told], "num_events_processed": 0})
    user = {"client_ip_address": "192.0.2.77", "client_user_agent": "Mozilla/5.0"}
    async with transport.client() as client:
        report = await send_events(client, "549755885175", [event(user_data=user)])
    assert report.verdicts[0].reason == "… is of a bot"


async def test_a_bad_token_ends_the_run(tmp_path: Path) -> None:
    """An error that all events would meet is raised, and nothing is entered as sent."""
    journal = tmp_path / "events.journal"
    async with world() as (emulator, good):
        account = emulator.ad_account_id
        async with Pinterest("pina_wrong_token", base_url=emulator.base_url) as client:
            with pytest.raises(AuthenticationFailed):
                await send_events(client, account, many(9_000), journal=journal)
            assert len(emulator.requests) <= 5
        report = await send_events(good, account, [event(1)], journal=journal)
        assert report.processed == 1


@pytest.mark.parametrize("fault", [SpamBlock(), OverQuota(reset=90)])
async def test_a_limit_stops_the_run(fault: Any) -> None:
    """A limit that is far away stops the run: the rest is not sent, and it says when to go on."""
    async with world() as (emulator, client):
        emulator.fail(CREATE, fault, times=9)
        now = client.with_options(max_wait=0.0)
        sent = send_events(now, emulator.ad_account_id, many(9_000, bad_of=9_001), concurrency=1)
        report = await sent
    assert set(states(report.verdicts)) == {"not_sent"}
    assert report.total < 9_000
    assert report.stopped is not None
    assert report.retry_at is not None
    assert (report.retry_after or 0) > 1
    assert not report.complete


async def test_a_network_that_stays_away_stops_the_run(tmp_path: Path) -> None:
    """Three windows in a row without an answer end the run; the next one sends all of it."""
    journal = tmp_path / "events.journal"
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        emulator.fail(CREATE, Disconnect(), times=12)
        lost = await send_events(client, account, many(9_000), journal=journal, concurrency=1)
        assert lost.stopped is not None
        assert lost.unknown > 2_000
        assert lost.total < 9_000
        again = await send_events(client, account, many(9_000), journal=journal)
        assert (again.processed, again.refused) == (8_550, 450)
        assert len(set(counted(emulator))) == len(counted(emulator)) == 8_550


async def test_files_are_read(tmp_path: Path) -> None:
    """CSV with flat names, and JSON Lines, are events; what cannot be read is a bad one."""
    now = event()["event_time"]
    table = tmp_path / "events.csv"
    table.write_text(
        "event_name;action_source;event_time;event_id;em;user_data.ph;value;currency;content_ids;"
        "contents;opt_out\n"
        f'checkout;web;{now};1;Ada@Example.com|b@c.de;+49 170 1234567;12.50;eur;a|b;"[{{""id"": '
        f'""a"", ""quantity"": 1}}]";false\n'
        f"checkout;offline;{now};2; ada@example.com ;;;;;;\n"
        f"checkout;web;{now};3;;;;;;;;too many\n"
        f"checkout;web;{now};4;n/a;;;;;;\n"
    )
    lines = tmp_path / "events.jsonl"
    good = json.dumps(event(5))
    lines.write_text(f"{good}\n\n{{\n[1]\n")
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        report = await send_events(client, account, table)
        assert [(one.line, one.key, one.state) for one in report.verdicts] == [
            (2, "1", "processed"),
            (3, "2", "processed"),
            (4, "", "refused"),
            (5, "4", "refused"),
        ]
        report = await send_events(client, account, str(lines))
        assert [(one.line, one.state) for one in report.verdicts] == [
            (1, "processed"),
            (3, "refused"),
            (4, "refused"),
        ]
        first = emulator.account.advertising.events[account].counted[0]
        assert len(first["user_data"]["em"]) == 2
        assert first["custom_data"] == {
            "value": "12.50",
            "currency": "EUR",
            "content_ids": ["a", "b"],
            "contents": [{"id": "a", "quantity": 1}],
        }
        with pytest.raises(ConfigurationError, match=r"must be called \.csv"):
            await send_events(client, account, tmp_path / "events.txt")


async def test_progress_is_told() -> None:
    """After each call the figures are handed to `progress`, in their order."""
    told: list[int] = []
    async with world() as (emulator, client):
        await send_events(
            client,
            emulator.ad_account_id,
            many(2_500),
            progress=lambda report: told.append(report.total),
        )
    assert told == [1_000, 2_000, 2_500]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"ad_account_id": ""}, InvalidRequest),
        ({"tries": 0}, ConfigurationError),
        ({"concurrency": 0}, ConfigurationError),
        ({"default_country": "Germany"}, ConfigurationError),
    ],
)
async def test_wrong_arguments_are_refused(arguments: dict[str, Any], error: type) -> None:
    """What cannot be is refused at the call, before anything is read."""
    asked: dict[str, Any] = {"ad_account_id": "1", **arguments}
    async with FakeTransport().client() as client:
        with pytest.raises(error):
            send_events(client, asked.pop("ad_account_id"), [], **asked)


async def test_cancelled_it_gives_back_what_it_took(tmp_path: Path) -> None:
    """A cancelled run lets its journal go, and what was under way is sent again, counted once."""
    journal = tmp_path / "events.journal"
    async with world(latency=0.2) as (emulator, client):
        account = emulator.ad_account_id

        async def run() -> object:
            return await send_events(client, account, many(3_000), journal=journal)

        task = asyncio.create_task(run())
        await until(lambda: emulator.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        report = await send_events(client, account, many(3_000), journal=journal)
        assert report.processed + report.done_before == 2_850
        assert len(set(counted(emulator))) == len(counted(emulator)) == 2_850


async def test_memory_stays_flat() -> None:
    """Four times as many events take no more memory, where the verdicts are walked."""
    transport = FakeTransport()
    one = {"status": "processed", "error_message": None, "warning_message": None}
    transport.respond(CREATE, {"events": [one] * 1_000, "num_events_processed": 1_000})

    async def peak(number: int) -> int:
        tracemalloc.start()
        async with transport.client() as client:
            events = send_events(client, "549755885175", stream(number), concurrency=1)
            async for verdict in events:
                assert verdict.state == "processed"
                transport.requests.clear()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    def stream(number: int) -> Iterator[dict[str, Any]]:
        return (event(one) for one in range(number))

    await peak(1_000)
    few, many_more = await peak(3_000), await peak(12_000)
    assert many_more < 1.3 * few


async def test_the_same_id_counts_again_after_two_days() -> None:
    """What the journal relies on: within 48 hours the same id is counted once, and then again."""
    clock = ManualClock(float(event()["event_time"]))
    async with world(clock=clock) as (emulator, client):
        for _ in range(2):
            await send_events(client, emulator.ad_account_id, [event()])
        assert counted(emulator) == ["order-1"]
        clock.advance(48 * 3600)
        await send_events(client, emulator.ad_account_id, [event()])
        assert counted(emulator) == ["order-1"] * 2


def test_a_report_is_json() -> None:
    """A report can be written down."""
    verdict = EventVerdict(1, "order-1", "refused", "event_time is missing")
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=EventVerdict) == verdict
