"""No personal value is anywhere in the clear: canaries are planted, and everything is searched."""

from __future__ import annotations

import hashlib
import json
import logging
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import Answer, Disconnect
from pinterest_async.errors import PinterestError
from pinterest_async.jobs import Pace, sync_customer_list
from tests.support.audience_world import audience_emulator
from tests.support.clients import client_of

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.jobs import CustomerListProgress

CANARIES = (
    "zeisig", "4915112345678", "12345678", "6d92078a", "d41d8cd98f00b204", "gelber.vogel",
)  # fmt: skip
ROWS: list[dict[str, Any]] = [
    {
        "email": "Zeisig@Example.com",
        "phone": "+49 151 12345678",
        "maid": "6D92078A-8246-4BA4-AE5B-76104861E7DC",
        "external_id": "zeisig-17",
        "name": "Zeisig Yellow",
    },
    {"email": "gelber.vogel@example.com"},
    {"email": "zeisig at nowhere"},
    {"phone": "0151 12345678"},
    {"email": "d41d8cd98f00b204e9800998ecf8427e"},
    {"maid": "6d92078a82464ba4ae5b76104861e7dc"},
    {"external_id": ["zeisig"]},
    {"email": "zeisig\udcff@example.com"},
]


def search(where: str, text: str) -> None:
    """Fail if a canary is there."""
    found = [canary for canary in CANARIES if canary in text.lower()]
    assert not found, f"{found} in {where}"


@pytest.mark.parametrize("form", ["csv", "jsonl", "mappings", "broken csv", "broken jsonl"])
async def test_nothing_personal_is_in_the_clear(
    form: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Requests, state, errors with their causes, reports and logs hold hashes and line numbers."""
    caplog.set_level(logging.DEBUG)
    folder, rows = tmp_path / "state", written(form, tmp_path)
    shown: list[str] = []

    def tell(progress: CustomerListProgress) -> None:
        shown.append(repr(progress))

    async with audience_emulator() as emulator, client_of(emulator) as client:
        emulator.fail("customer_lists/create", Disconnect())
        emulator.fail("customer_lists/create", Answer(400), skip=1)
        emulator.fail("audiences/create", Answer(500))
        for skip_bad in (False, True, True, True, True):
            try:
                report = await sync_customer_list(
                    client,
                    emulator.ad_account_id,
                    rows,
                    name="Birds",
                    state=folder / "list.state",
                    audience="Birds",
                    skip_bad=skip_bad,
                    pace=Pace(first=0.0, gap=0.0),
                    progress=tell,
                )
            except PinterestError as error:
                shown += [*traceback.format_exception(error), repr(error.__dict__)]
            else:
                shown += [repr(report), str(report)]
            # As after a kill: what the file holds beside it is looked at as well.
            shown += [f"{path.read_bytes()!r}" for path in folder.iterdir()]
        sent = [repr(request.body) for request in emulator.requests]

    if "broken" in form:
        assert not sent
    else:
        made = next(one for one in sent if "records_v2" in one)
        assert hashlib.sha256(b"zeisig@example.com").hexdigest() in made
        assert hashlib.sha256(b"gelber.vogel@example.com").hexdigest() in made
    for request in sent:
        search("a request", request)
    for text in shown:
        search("what was shown, raised or kept", text)
    search("the logs", caplog.text)
    search("the output", "".join(capfd.readouterr()))


def written(form: str, folder: Path) -> Any:
    """The rows in one of the forms that they can have."""
    if form == "mappings":
        return ROWS
    kind = form.removeprefix("broken ")
    path = folder / f"people.{kind}"
    names = ("email", "phone", "maid", "external_id", "name")
    if kind == "jsonl":
        lines = [json.dumps(row) for row in ROWS]
    else:
        lines = [",".join(names)]
        lines += [",".join(str(row.get(name, "")) for name in names) for row in ROWS[:6]]
    path.write_bytes("\n".join(lines).encode())
    if "broken" in form:
        with path.open("ab") as file:
            file.write(b'\n{"email": "zeisig@example.com\xff,,,,"zeisig\n')
    return path
