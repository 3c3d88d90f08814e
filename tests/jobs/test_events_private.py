"""Nothing personal in the clear: canaries are sent, and everything written or shown is searched."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import pickle
import tempfile
import traceback
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pinterest_async import Hooks, Pinterest
from pinterest_async.emulator import Answer, Disconnect, OverQuota
from pinterest_async.errors import PinterestError
from pinterest_async.jobs import EventBuffer, EventsReport, send_events
from pinterest_async.jobs.conversions.prepare import Prepared, Preparer
from tests.support.events_world import OFTEN, event, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Each is of a form that its member has; all of them are found by these words.
CANARIES = {
    "em": "Canary.Bird@canary-mail.example",
    "ph": "+49 170 7777777",
    "fn": "Canarina",
    "ln": "van Canary",
    "ct": "Canaryville",
    "st": "QX",
    "zp": "77777",
    "country": "DE",
    "db": "1977-07-07",
    "ge": "f",
    "external_id": "canary-customer",
    "hashed_maids": "77777777-7777-4777-8777-777777777777",
    "client_ip_address": "198.51.100.77",
    "client_user_agent": "Canary/7.7 (Mozilla)",
    "click_id": "canary-click",
    "partner_id": "canary-partner",
}
WORDS = (
    "canary", "canarina", "7777777", "77777777-7777", "77777", "1977-07-07", "19770707",
    "198.51.100.77", "491707777777",
)  # fmt: skip
WRONG = {
    "em": "canary at mail",
    "ph": "7777777",
    "st": "Canary State",
    "zp": "canary",
    "country": "Canaria",
    "db": "07/07/1977",
    "ge": "canary",
    "hashed_maids": "canary 7777777",
    "client_ip_address": "canary.198.51.100.77",
}


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """Everything that is logged, at every level."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    root.addHandler(handler)
    caplog.set_level(logging.DEBUG)
    yield written
    root.removeHandler(handler)


def assert_clean(*shown: object) -> None:
    """No canary stands in any of these."""
    for one in shown:
        text = one.decode("latin-1") if isinstance(one, bytes) else str(one)
        found = [word for word in WORDS if word in text.lower()]
        assert not found, f"{found} in {text[:500]}"


def files_under(folder: Path) -> Iterator[bytes]:
    """What all files hold, and how they are called."""
    for path in folder.rglob("*"):
        yield str(path.relative_to(folder)).encode()
        if path.is_file():
            yield path.read_bytes()


def events() -> list[dict[str, Any]]:
    """Good and bad ones, full of canaries."""
    good = [
        event(number, user_data={**CANARIES}, event_source_url="https://x.test/?mail=canary")
        for number in range(3)
    ]
    offline = event(5, action_source="offline", user_data={**CANARIES})
    bad = [
        event(10 + number, user_data={"em": CANARIES["em"], name: value})
        for number, (name, value) in enumerate(WRONG.items())
    ]
    astray: list[Any] = [
        {**event(30), "Canary Bird 7777777": 1},
        event(31, user_data={CANARIES["em"]: "em"}),
        event(32, custom_data={"value": "canary 7777777", "currency": "canary"}),
        event(33, action_source="canary", event_time="canary"),
        event(34, device_info={"canary bird": 1, "battery_level": "canary"}),
        event(35, user_data={**CANARIES}, event_time=1),
        CANARIES["em"],
        [CANARIES],
    ]
    return [*good, offline, *bad, *astray]


async def test_no_file_log_or_report_says_anything_personal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    """Journals, temporary files, logs, reports, verdicts and hooks have nothing personal."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told: list[Any] = []
    report = EventsReport()
    hooks = Hooks(call_ended=lambda ended: told.append(repr(ended)))
    async with world() as (emulator, _):
        client = Pinterest(emulator.token, base_url=emulator.base_url, retry=OFTEN, hooks=hooks)
        async with client:
            account = emulator.ad_account_id
            echo = {
                "status": "failed",
                "error_message": "198.51.100.77 (Canary/7.7 (Mozilla)) with canary-click: internal",
                "warning_message": "canary-partner at https://x.test/?mail=canary",
            }
            told_all = {"events": [echo] * 3, "num_events_processed": 0}
            emulator.fail("events/create", Answer(200, told_all), times=1)
            emulator.fail("events/create", Disconnect(after_write=True), skip=2)
            for _ in range(2):
                report = await send_events(
                    client, account, events(), journal=tmp_path / "events.journal"
                )
                told += [report, *report.verdicts, msgspec.json.encode(report)]
            buffer = EventBuffer(
                client, account, journal=tmp_path / "buffer.journal", verdicts=told.append
            )
            async with buffer:
                for one in events():
                    await buffer.add(one)
                told += [repr(buffer), *files_under(tmp_path)]
        # They were sent, so that the search has something to find.
        assert "198.51.100.77" in str(emulator.account.advertising.events[account].counted)
    assert report.refused > 10
    assert_clean(*told, *files_under(tmp_path), log.getvalue())
    assert any(b"SQLite" in content for content in files_under(tmp_path))


async def test_no_error_says_anything_personal(log: io.StringIO) -> None:
    """What is raised, with its traceback, its notes and its pickle, has nothing personal."""
    async with world() as (emulator, client):
        account = emulator.ad_account_id
        async with Pinterest("pina_wrong_token", base_url=emulator.base_url) as wrong:
            for work in (
                send_events(wrong, account, events()),
                send_events(client, account, iter_and_fail()),
            ):
                with pytest.raises((PinterestError, LookupError)) as caught:
                    await work
                shown = "".join(traceback.format_exception(caught.value))
                assert_clean(shown, repr(caught.value), pickle.dumps(caught.value))
        emulator.fail("events/create", OverQuota(reset=90), times=9)
        stopped = await send_events(client.with_options(max_wait=0.0), account, events())
        assert stopped.stopped is not None
        assert_clean(stopped, log.getvalue())


async def test_a_refusal_that_repeats_values_is_told_without_them() -> None:
    """Where Pinterest refuses a whole call and repeats what was in it, the verdicts do not."""
    async with world() as (emulator, client):
        refusal = {"code": 4196, "message": "Bad: 198.51.100.77 and canary-click."}
        emulator.fail("events/create", Answer(400, refusal), times=2)
        report = await send_events(client, emulator.ad_account_id, events())
    assert "Bad: … and …." in (report.verdicts[0].reason or "")
    assert_clean(report)


def iter_and_fail() -> Iterator[Any]:
    """Events whose source breaks in the middle."""
    yield from events()
    raise LookupError("the source is gone")


def test_what_waits_in_memory_shows_nothing_personal() -> None:
    """Events that wait to be sent show nothing, and what identifies people is hashed already."""
    prepared = [Preparer().prepare(line, one) for line, one in enumerate(events())]
    assert_clean(*map(repr, prepared))
    plain = ("client_ip_address", "client_user_agent", "click_id", "partner_id")
    for one in prepared[:4]:
        assert isinstance(one, Prepared)
        user = json.loads(bytes(one.body))["user_data"]
        for name in plain:
            user.pop(name)
        assert_clean(json.dumps(user))
        assert set(user) == set(CANARIES) - set(plain)


async def test_a_cancelled_run_shows_nothing_personal(log: io.StringIO) -> None:
    """A run that is cancelled with events under way logs and raises nothing personal."""
    async with world(latency=0.2) as (emulator, client):

        async def run() -> EventsReport:
            return await send_events(client, emulator.ad_account_id, events())

        task = asyncio.create_task(run())
        await asyncio.sleep(0.05)
        told = [repr(task), *(str(frame) for frame in task.get_stack())]
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert_clean(*told, "".join(traceback.format_exception(caught.value)), log.getvalue())
