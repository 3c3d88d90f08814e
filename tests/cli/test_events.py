"""`events send` and `events check` on the command line."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from pinterest_async.emulator import Answer, Emulator, in_thread
from tests.support.commands import COMMAND, environment, point_at
from tests.support.events_world import counted, event, flawed, sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.commands import Shell


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An account with ads, that the environment points at."""
    with in_thread(Emulator(boards=0, pins=0)) as emulator:
        point_at(emulator, monkeypatch)
        yield emulator


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two good events, and a bad one between them."""
    path = tmp_path / "events.jsonl"
    events = [event(1), flawed(3)[0], event(2, action_source="offline")]
    path.write_text("".join(f"{json.dumps(one)}\n" for one in events))
    return path


def test_send_sends_each_once(shell: Shell, emulator: Emulator, file: Path) -> None:
    """Good events are counted, the bad line is named, and the same command sends none twice."""
    words = ("events", "send", str(file), "--ad-account", emulator.ad_account_id)
    ended = shell(*words)
    assert ended.code == 3
    assert "line 2: custom_data.currency must be the code of a currency" in ended.out
    assert counted(emulator) == ["order-1", "order-2"]
    assert file.with_name("events.jsonl.journal").exists()
    again = shell(*words, "--json")
    report = json.loads(again.out)
    assert (again.code, report["done_before"], report["refused"]) == (3, 2, 1)
    assert [one["line"] for one in report["verdicts"]] == [2]
    assert counted(emulator) == ["order-1", "order-2"]


def test_send_ends_with_0_when_all_are_taken(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    """A file of CSV without a fault ends with 0."""
    table = tmp_path / "events.csv"
    at = event()["event_time"]
    table.write_text(
        f"event_name,action_source,event_time,event_id,em\ncheckout,web,{at},1,A@b.de\n"
    )
    words = ("events", "send", str(table), "--ad-account", emulator.ad_account_id)
    assert shell(*words).code == 0
    sent = emulator.account.advertising.events[emulator.ad_account_id].counted
    assert sent[0]["user_data"] == {"em": [sha256("a@b.de")]}


def test_send_asks_which_ad_account(shell: Shell, emulator: Emulator, file: Path) -> None:
    """Where the login sees several ad accounts, one has to be named; nothing is sent."""
    ended = shell("events", "send", str(file))
    assert ended.code == 2
    assert "--ad-account" in ended.complaint
    assert emulator.ad_account_id in ended.complaint
    assert counted(emulator) == []


def test_send_to_an_emulator_of_its_own(shell: Shell, file: Path) -> None:
    """With --emulator nothing is needed, and no journal is left."""
    assert shell("events", "send", str(file), "--emulator").code == 3
    assert not file.with_name("events.jsonl.journal").exists()


def test_a_test_counts_nothing(shell: Shell, emulator: Emulator, file: Path) -> None:
    """With --test nothing counts, and there is no journal."""
    words = ("events", "send", str(file), "--ad-account", emulator.ad_account_id, "--test")
    ended = shell(*words, "--json")
    assert json.loads(ended.out)["processed"] == 2
    assert counted(emulator) == []
    assert not file.with_name("events.jsonl.journal").exists()


def test_send_says_when_to_go_on(shell: Shell, emulator: Emulator, file: Path) -> None:
    """A limit that is used up is named, with the time to go on."""
    refusal = {"code": 8, "message": "You were flagged by our system to combat spam."}
    emulator.fail("events/create", Answer(429, refusal), times=9)
    ended = shell("events", "send", str(file), "--ad-account", emulator.ad_account_id)
    assert ended.code == 3
    assert "stopped: SpamBlocked" in ended.out
    assert "run it again after" in ended.out


def test_check_sends_nothing(shell: Shell, emulator: Emulator, file: Path) -> None:
    """A check counts what is good, names what is not, and shows the first as it would be sent."""
    ended = shell("events", "check", str(file))
    assert ended.code == 3
    lines = [line.split() for line in ended.out.splitlines()]
    for figure in (["good", "2"], ["refused", "1"], ["calls", "2"], ["checkout", "2"]):
        assert figure in lines
    assert "line 2: custom_data.currency" in ended.out
    assert sha256("customer.1@example.com") in ended.out
    assert "user_data.em 2" in ended.out
    assert emulator.requests == []
    assert list(file.parent.iterdir()) == [file]


def test_check_hides_what_is_not_hashed(shell: Shell, tmp_path: Path) -> None:
    """What identifies a person and is sent as it is does not show, nor what may."""
    path = tmp_path / "events.jsonl"
    user = {"client_ip_address": "192.0.2.77", "client_user_agent": "Mozilla", "click_id": "epik"}
    one = event(user_data=user, event_source_url="https://x.test/?ada")
    path.write_text(json.dumps(one))
    ended = shell("events", "check", str(path), "--json")
    assert ended.code == 0
    first = json.loads(ended.out)["first"]
    assert first["user_data"] == dict.fromkeys(user, "…")
    assert first["event_source_url"] == "…"
    assert first["custom_data"] == {"value": "12.5", "currency": "EUR"}


def test_check_takes_a_country(shell: Shell, tmp_path: Path) -> None:
    """Numbers without a country want one, or are left out."""
    path = tmp_path / "events.jsonl"
    one = event(user_data={"em": "a@b.de", "ph": "0170 1234567"})
    path.write_text(json.dumps(one))
    ended = shell("events", "check", str(path))
    assert ended.code == 3
    assert "give --default-country" in ended.out
    assert shell("events", "check", str(path), "--default-country", "DE").code == 0
    left_out = shell("events", "check", str(path), "--skip-bad-fields")
    assert left_out.code == 0
    assert "left out: user_data.ph" in left_out.out
    assert shell("events", "check", str(path), "--default-country", "Germany").code == 2


def test_no_output_has_a_personal_value(emulator: Emulator, tmp_path: Path) -> None:
    """A program of its own prints nothing personal, with bad events, a refusal, and a bad file."""
    path = tmp_path / "events.csv"
    at = event()["event_time"]
    path.write_text(
        "event_name,action_source,event_time,event_id,em,fn\n"
        f"checkout,web,{at},1,canary@mail.example,Canary\n"
        f"checkout,web,{at},2,canary at mail,Canary\n"
        f"checkout,web,{at},3,canary@mail.example,Canary,canary,canary\n"
        f'checkout,web,{at},4,"canary\n'
    )
    emulator.fail("events/create", Answer(400, {"code": 1, "message": "no"}))
    for command in ("check", "send"):
        for form in ((), ("--json",)):
            words = [*COMMAND, "events", command, str(path), *form]
            done = subprocess.run(
                [*words, "--ad-account", emulator.ad_account_id],
                env=environment(emulator),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 3
            assert "canary" not in (done.stdout + done.stderr).lower()
    assert b"canary" not in path.with_name("events.csv.journal").read_bytes().lower()
