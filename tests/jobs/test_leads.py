"""Leads: exported ad by ad into one file that grows, and decrypted where they are sent."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import json
import logging
import os
import sys
import traceback
from base64 import b64encode, urlsafe_b64encode
from random import Random
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pinterest_async import ConfigurationError, InvalidRequest
from pinterest_async.emulator import Answer, Disconnect, Emulator, in_thread
from pinterest_async.emulator.state.leads import QUESTIONS, leads_of
from pinterest_async.errors import AuthenticationFailed
from pinterest_async.jobs import LeadsRefused, Pace, decrypt_leads, export_leads
from pinterest_async.jobs.leads.table import LeadsUnreadable, check_leads
from tests.support.audience_world import audience_emulator
from tests.support.clients import client_of
from tests.support.restarts import Program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pinterest_async.jobs import LeadsReport

PACE = Pace(first=0.0, longest=0.01, gap=0.0, deadline=5.0)
CREATE, LOOK = "leads_export/create", "leads_export/get"
TODAY = dt.datetime.now(dt.UTC).date()


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An account with ads."""
    async with audience_emulator() as emulator:
        yield emulator


def ads_of(emulator: Emulator, count: int) -> list[str]:
    """Some ads, all of one form."""
    store = list(emulator.account.stores.store("ads", emulator.ad_account_id))
    form = store[0]["lead_form_id"]
    return [str(one["id"]) for one in store if one["lead_form_id"] == form][:count]


async def export(emulator: Emulator, out: Path, **options: Any) -> LeadsReport:
    """Export leads of the first ad account."""
    settings: dict[str, Any] = {"ad_ids": ads_of(emulator, 3), "pace": PACE, **options}
    async with client_of(emulator) as client:
        return await export_leads(client, emulator.ad_account_id, out, **settings)


async def answer_form(emulator: Emulator, *answers: str) -> None:
    """Answer the form of these ads, as a test."""
    store = emulator.account.stores.store("ads", emulator.ad_account_id)
    form = next(iter(store))["lead_form_id"]
    async with client_of(emulator) as client:
        await client.lead_forms.create_test(emulator.ad_account_id, form, answers=answers)


def rows_in(path: Path) -> list[dict[str, str]]:
    """The leads that a file has."""
    text = path.read_text("utf-8")
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(text)))
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", ["leads.csv", "leads.jsonl"])
async def test_the_file_grows(emulator: Emulator, tmp_path: Path, name: str) -> None:
    """A further run adds what is new, keeps what is gone, and doubles nothing."""
    out = tmp_path / name
    first = await export(emulator, out, ad_ids=ads_of(emulator, 1))
    before = rows_in(out)
    await answer_form(emulator, "Ann", "ann@example.com", '=Rye, 5\n"Plum"')
    second = await export(emulator, out, ad_ids=ads_of(emulator, 1), start=TODAY)
    after = rows_in(out)
    assert first.complete
    assert second.complete
    assert first.leads == first.added == first.total == len(before) > 20
    assert (second.added, second.total) == (1, len(after))
    assert after[:-1] == before
    assert after[-1]["which cake?"] == '=Rye, 5\n"Plum"'
    assert {row["ad_id"] for row in after} == set(ads_of(emulator, 1))
    assert len({row["lead_id"] for row in after}) == len(after)
    assert out.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [name]


async def test_all_ads_with_a_form_are_asked(emulator: Emulator, tmp_path: Path) -> None:
    """Archived ones too; an ad without a form is not."""
    store = list(emulator.account.stores.store("ads", emulator.ad_account_id))
    store[0]["lead_form_id"] = None
    report = await export(emulator, tmp_path / "leads.jsonl", ad_ids=None)
    asked = {one.body["ad_id"] for one in emulator.requests if one.operation_id == CREATE}
    wanted = {one["id"] for one in store[1:] if one["status"] in ("ACTIVE", "PAUSED", "ARCHIVED")}
    assert asked == wanted
    assert report.ads == len(wanted)


async def test_forms_that_ask_other_things_share_a_table(
    emulator: Emulator, tmp_path: Path
) -> None:
    """The columns are those of all forms, and older rows keep theirs."""
    out = tmp_path / "leads.csv"
    out.write_text("lead_id,ad_id,shoe size\n77,5,38\n", "utf-8")
    await export(emulator, out, ad_ids=ads_of(emulator, 1))
    rows = rows_in(out)
    assert rows[0]["shoe size"] == "38"
    assert rows[0]["which cake?"] == ""
    assert rows[1]["which cake?"] == "Plum"


async def test_what_comes_to_nothing_is_named(emulator: Emulator, tmp_path: Path) -> None:
    """An export that fails is started once more; then the ad is named, and the others are there."""
    bad, *good = ads_of(emulator, 3)
    emulator.fail_jobs(CREATE, times=2)
    report = await export(emulator, tmp_path / "leads.csv", concurrency=1)
    assert not report.complete
    assert [one.ad_id for one in report.failures] == [bad]
    assert "FAILED" in report.failures[0].reason
    assert {row["ad_id"] for row in rows_in(tmp_path / "leads.csv")} == set(good)


async def test_passing_faults_are_outlived(emulator: Emulator, tmp_path: Path) -> None:
    """Lost responses and faults of the server, of starts and looks, cost nothing but time."""
    emulator.fail_jobs(CREATE)
    emulator.fail(CREATE, Disconnect(after_write=True))
    emulator.fail(LOOK, Answer(503), times=2)
    report = await export(emulator, tmp_path / "leads.csv")
    assert report.complete
    assert report.ads == 3


async def test_a_dead_token_ends_the_run(emulator: Emulator, tmp_path: Path) -> None:
    """What would meet every ad is raised, and the file stays as it is."""
    out = tmp_path / "leads.csv"
    out.write_text("lead_id,ad_id\n77,5\n", "utf-8")
    emulator.fail(CREATE, Answer(401, {"code": 2, "message": "Authentication failed."}), times=9)
    with pytest.raises(AuthenticationFailed):
        await export(emulator, out)
    assert out.read_text("utf-8") == "lead_id,ad_id\n77,5\n"
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]


async def test_a_cancelled_run_goes_on(emulator: Emulator, tmp_path: Path) -> None:
    """With a journal, what was fetched is not asked for again."""
    out, journal = tmp_path / "leads.csv", tmp_path / "journal"
    started = asyncio.Event()

    def tell(done: int, _of: int) -> None:
        if done == 2:
            started.set()

    emulator.fail_jobs(CREATE)
    running = asyncio.create_task(
        export(emulator, out, journal=journal, concurrency=1, progress=tell)
    )
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not out.exists()
    before = sum(one.operation_id == CREATE for one in emulator.requests)
    report = await export(emulator, out, journal=journal)
    after = sum(one.operation_id == CREATE for one in emulator.requests)
    assert report.complete
    assert report.resumed >= 2
    assert after - before <= 1
    assert not (tmp_path / "journal.files").exists()


PROGRAM = """
from pinterest_async import Pinterest, RetryPolicy
from pinterest_async.jobs import Pace, export_leads

async def main(base_url, token, account, out, journal, *ads):
    pace = Pace(first=0.0, longest=0.01, gap=0.0)
    retry = RetryPolicy(attempts=2, base=0.002)
    async with Pinterest(token, base_url=base_url, retry=retry) as client:
        await export_leads(client, account, out, journal=journal, ad_ids=ads, pace=pace)
    return 0
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_run_goes_on(tmp_path: Path, seed: int) -> None:
    """Killed with -9 wherever it is, the file comes to have every lead once."""
    out, journal = tmp_path / "leads.csv", tmp_path / "journal"
    settings: dict[str, Any] = {"boards": 0, "pins": 0, "job_seconds": 0.05, "latency": 0.003}
    with in_thread(Emulator(**settings)) as emulator, Program(PROGRAM) as program:
        ads = ads_of(emulator, 12)
        kills = program.finish(
            [
                emulator.base_url,
                emulator.token,
                emulator.ad_account_id,
                str(out),
                str(journal),
                *ads,
            ],
            lambda: len(emulator.requests),
            Random(seed),
            kills=4,
            within=20,
        )
        starts = sum(one.operation_id == CREATE for one in emulator.requests)
    rows = rows_in(out)
    days = [TODAY - dt.timedelta(day) for day in range(1, 30)]
    wanted = [lead.lead_id for ad in ads for day in days for lead in leads_of(ad, day, QUESTIONS)]
    assert kills >= 1
    assert starts < len(ads) * (kills + 1)
    assert {row["lead_id"] for row in rows} >= set(wanted)
    assert len({row["lead_id"] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"start": TODAY - dt.timedelta(31)}, InvalidRequest, "Pinterest keeps leads for 30 days"),
        ({"start": TODAY, "end": TODAY - dt.timedelta(1)}, InvalidRequest, "is before start"),
        ({"start": "1.11.2026"}, InvalidRequest, "start must be a day"),
        ({"ad_ids": ["../x"]}, InvalidRequest, "digits"),
        ({"concurrency": 0}, ConfigurationError, "1 or more"),
        ({"out": "leads.txt"}, ConfigurationError, ".csv, .jsonl or .ndjson"),
    ],
)
async def test_wrong_arguments_are_refused(
    emulator: Emulator,
    tmp_path: Path,
    options: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    """Nothing is sent."""
    out = tmp_path / options.pop("out", "leads.csv")
    with pytest.raises(error, match=message):
        await export(emulator, out, **options)
    assert not emulator.requests


async def test_a_file_of_something_else_is_left_alone(emulator: Emulator, tmp_path: Path) -> None:
    """What cannot be read cannot be added to: it stays, and nothing is sent."""
    out = tmp_path / "leads.jsonl"
    out.write_text("[1]\n", "utf-8")
    with pytest.raises(ConfigurationError, match="no file of leads to add to, line 1"):
        await export(emulator, out)
    assert out.read_text("utf-8") == "[1]\n"
    assert not emulator.requests


async def test_answers_are_in_the_file_alone(
    emulator: Emulator,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither report, nor log, nor output, nor what is left on the disk has them."""
    caplog.set_level(logging.DEBUG)
    await answer_form(emulator, "Zeisig", "zeisig@example.com", "zeisig")
    caplog.clear()
    out, journal = tmp_path / "leads.csv", tmp_path / "journal"
    emulator.fail_jobs(CREATE, times=2)
    report = await export(emulator, out, journal=journal, concurrency=1)
    whole = await export(emulator, out, journal=journal)
    assert "zeisig@example.com" in out.read_text("utf-8")
    assert not report.complete
    assert whole.complete
    left = [path for path in tmp_path.iterdir() if path != out]
    texts = [repr(report), repr(whole), caplog.text, *map(str, capfd.readouterr())]
    texts += [f"{path.read_bytes()!r}" for path in left]
    assert not [text for text in texts if "zeisig" in text.lower()]


# Deliveries

KEY = bytes(range(32))
LEAD = {"lead_id": "77", "ad_id": "5", "answers": ["Zeisig", "zeisig@example.com"]}


def sealed(text: bytes, *, key: bytes = KEY, nonce: int = 12) -> bytes:
    """A delivery, as bytes."""
    drawn = os.urandom(nonce)
    return drawn + AESGCM(key).encrypt(drawn, text, None)


@pytest.mark.parametrize("nonce", [12, 16])
@pytest.mark.parametrize("several", [True, False])
def test_a_delivery_is_decrypted(nonce: int, *, several: bool) -> None:
    """In Base64 of either alphabet, as bytes or as text; one lead or several."""
    wanted = [LEAD, LEAD] if several else [LEAD]
    delivery = sealed(json.dumps(wanted if several else LEAD).encode(), nonce=nonce)
    key = b64encode(KEY).decode()
    forms: list[bytes | str] = [
        delivery,
        b64encode(delivery),
        b64encode(delivery).decode() + "\n",
        urlsafe_b64encode(delivery).rstrip(b"="),
        f'"{b64encode(delivery).decode()}"',
    ]
    assert [decrypt_leads(form, key) for form in forms] == [wanted] * len(forms)


def test_a_published_vector_is_decrypted() -> None:
    """It is AES-256-GCM as others have it: what was published opens, to 16 zeros, and only that."""
    # Test case 14 of McGrew and Viega, "The Galois/Counter Mode of Operation".
    key, nonce = bytes(32), bytes(12)
    text = bytes.fromhex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
    with pytest.raises(LeadsRefused, match="no list of leads in JSON"):
        decrypt_leads(nonce + text, b64encode(key).decode())
    with pytest.raises(LeadsRefused, match="was not made with the key"):
        decrypt_leads(nonce + text[:-1] + b"\x18", b64encode(key).decode())


@pytest.mark.parametrize(
    "delivery",
    [
        b"",
        b"zeisig",
        sealed(json.dumps(LEAD).encode(), key=bytes(32)),
        sealed(b'{"email": "zeisig@'),
        sealed(b'["zeisig"]'),
        sealed(b"\xff"),
    ],
    ids=["empty", "short", "another key", "no JSON", "no objects", "no text"],
)
def test_what_is_not_pinterests_is_refused(delivery: bytes) -> None:
    """One error for all, which repeats nothing of what is in there."""
    with pytest.raises(LeadsRefused) as caught:
        decrypt_leads(b64encode(delivery), b64encode(KEY).decode())
    assert "zeisig" not in "".join(traceback.format_exception(caught.value, chain=True)[-1:])
    assert b64encode(KEY).decode() not in str(caught.value)


def test_each_changed_byte_is_noticed() -> None:
    """No byte of a delivery can be another one."""
    delivery = sealed(json.dumps(LEAD).encode())
    for place in range(len(delivery)):
        changed = bytearray(delivery)
        changed[place] ^= 1
        with pytest.raises(LeadsRefused):
            decrypt_leads(bytes(changed), b64encode(KEY).decode())


@pytest.mark.parametrize("key", ["", "zeisig", "A" * 44, b64encode(bytes(16)).decode()])
def test_a_wrong_key_is_told(key: str) -> None:
    """It is a fault of the program, not of the delivery; the key is not repeated."""
    with pytest.raises(ConfigurationError, match="Base64 of 32 bytes") as caught:
        decrypt_leads(b"x" * 40, key)
    assert not key or key not in str(caught.value)


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package works without it; this function says what it needs."""
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'pinterest-async\[leads\]'"):
        decrypt_leads(b"", "")


def test_a_file_that_is_no_table_is_told_without_its_words(tmp_path: Path) -> None:
    """The reason says where it is wrong, and repeats nothing of it."""
    broken = tmp_path / "5.csv"
    broken.write_text("lead_id,email\n77,zeisig@example.com,zeisig\n", "utf-8")
    with pytest.raises(LeadsUnreadable, match="line 2: it has more cells") as caught:
        check_leads("5", broken)
    assert "zeisig" not in str(caught.value)


async def test_downloads_go_through_a_session_of_the_caller(
    emulator: Emulator, tmp_path: Path
) -> None:
    """It is used and left open; one with a token is refused, as it would go to another host."""
    async with aiohttp.ClientSession() as session:
        report = await export(emulator, tmp_path / "leads.csv", session=session)
        assert report.complete
        assert not session.closed
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer x"}) as session:
        with pytest.raises(ConfigurationError):
            await export(emulator, tmp_path / "leads.csv", session=session)
