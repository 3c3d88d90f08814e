"""Customer lists that follow a table: the difference is sent, each person once, hashed."""

from __future__ import annotations

import json
import sqlite3
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import ConfigurationError, InvalidRequest
from pinterest_async.emulator import Answer, Disconnect
from pinterest_async.errors import BadRequest, ConnectionFailed, ServerError
from pinterest_async.jobs import BadRows, JournalError, Pace, TooManyRemovals, sync_customer_list
from tests.support.audience_world import (
    address,
    addresses,
    audience_emulator,
    hashes,
    lists_called,
    people_on,
    sha256,
)
from tests.support.clients import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from pinterest_async.emulator import Emulator
    from pinterest_async.jobs import CustomerListProgress, CustomerListReport

PACE = Pace(first=0.0, longest=0.01, gap=0.0, deadline=5.0)
NAME = "Customers"
MAID = "38400000-8CF0-11bd-b23e-10b96e40000d"


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An account with ads."""
    async with audience_emulator() as emulator:
        yield emulator


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where the state is."""
    return tmp_path / "customers.state"


async def sync(emulator: Emulator, rows: Any, state: Path, **options: Any) -> CustomerListReport:
    """Sync a list of the first ad account."""
    settings: dict[str, Any] = {"name": NAME, "state": state, "pace": PACE, **options}
    async with client_of(emulator) as client:
        return await sync_customer_list(client, emulator.ad_account_id, rows, **settings)


def writes(emulator: Emulator) -> int:
    """Requests that wrote something."""
    return sum(request.method != "GET" for request in emulator.requests)


async def test_only_what_has_changed_is_sent(emulator: Emulator, state: Path) -> None:
    """12,000 people make a list in two portions; of 300 changed ones 300 are added and removed."""
    first = await sync(emulator, addresses(0, 12_000), state)
    before = set(people_on(emulator, first.customer_list_id).ids)
    second = await sync(emulator, addresses(300, 12_300), state)
    third = await sync(emulator, addresses(300, 12_300), state)
    assert (first.made, first.requests, first.added, first.removed) == (True, 2, 12_000, 0)
    assert before == hashes(0, 12_000)
    assert (second.made, second.requests, second.added, second.removed) == (False, 2, 300, 300)
    assert (second.num_uploaded_user_records, second.num_removed_user_records) == (12_300, 300)
    assert people_on(emulator, second.customer_list_id).ids == hashes(300, 12_300)
    assert (third.requests, third.added, third.removed, third.unchanged) == (0, 0, 0, 12_000)
    assert third.num_batches == 4
    assert third.status == "READY"
    assert third.complete


async def test_each_value_is_sent_hashed(emulator: Emulator, state: Path) -> None:
    """Several ids of one go in a row, each in Pinterest's form; who has one id goes by it."""
    anna = {"Email": "Anna@Example.com", "phone_number": "+49 (0)170 1234567", "IDFA": MAID}
    report = await sync(emulator, [anna, {"external_id": "B-1", "city": "Rye"}], state)
    assert people_on(emulator, report.customer_list_id).ids == {
        sha256("anna@example.com"),
        sha256("491701234567"),
        sha256(MAID.lower()),
        f"external_id:{sha256('B-1')}",
    }
    assert (report.rows, report.people, report.requests) == (2, 2, 1)


async def test_devices_alone_make_a_list_of_devices(emulator: Emulator, state: Path) -> None:
    """The type of a list is that of its first people."""
    await sync(emulator, [{"maid": MAID}], state)
    (sent,) = (one for one in emulator.requests if one.method == "POST")
    assert sent.operation_id == "customer_lists/create"
    assert len(people_on(emulator, lists_called(emulator, NAME)[0]["id"])) == 1


async def test_an_id_that_somebody_else_has_stays(emulator: Emulator, state: Path) -> None:
    """A shared telephone is not removed with one of two people, and the other is added again."""
    family = {"phone": "+4930123456"}
    anna, bo = {"email": "anna@example.com", **family}, {"email": "bo@example.com", **family}
    report = await sync(emulator, [anna, bo, *addresses(0, 9)], state)
    after = await sync(emulator, [bo, *addresses(0, 9)], state)
    on_list = people_on(emulator, report.customer_list_id).ids
    assert on_list == {sha256("bo@example.com"), sha256("4930123456"), *hashes(0, 9)}
    assert (after.added, after.removed) == (1, 1)


async def test_a_lost_id_does_not_lose_the_person(emulator: Emulator, state: Path) -> None:
    """Who has another telephone is removed by the old one, waited for, and added again."""
    anna = {"email": "anna@example.com", "phone": "+4930123456"}
    report = await sync(emulator, [anna, *addresses(0, 9)], state)
    await sync(emulator, [{**anna, "phone": "+4930654321"}, *addresses(0, 9)], state)
    await sync(emulator, [{"email": anna["email"]}, *addresses(0, 9)], state)
    on_list = people_on(emulator, report.customer_list_id).ids
    assert on_list == {sha256("anna@example.com"), *hashes(0, 9)}


async def test_a_person_of_whom_more_is_known_is_not_removed(
    emulator: Emulator, state: Path
) -> None:
    """A column more for everybody removes nobody, however low the share is that may go."""
    await sync(emulator, [{"email": address(number)} for number in range(20)], state)
    rows = [{"email": address(number), "external_id": number} for number in range(20)]
    report = await sync(emulator, rows, state, remove_share=0.0)
    assert (report.added, report.removed) == (20, 0)
    assert len(people_on(emulator, report.customer_list_id)) == 20


async def test_rows_come_from_anywhere(emulator: Emulator, tmp_path: Path) -> None:
    """CSV, JSON Lines, an iterable and an asynchronous one are the same people."""
    table = tmp_path / "people.csv"
    table.write_text("Name;Email\nAnna;person0@example.com\nBo;PERSON1@example.com\n", "utf-8")
    lines = tmp_path / "people.jsonl"
    lines.write_text("".join(f"{json.dumps({'em': address(one)})}\n" for one in range(2)), "utf-8")

    async def in_time() -> AsyncIterator[dict[str, str]]:
        for row in addresses(0, 2):
            yield row

    reports = [
        await sync(emulator, rows, tmp_path / f"{number}.state", name=str(number))
        for number, rows in enumerate([table, str(lines), iter(addresses(0, 2)), in_time()])
    ]
    for report in reports:
        assert people_on(emulator, report.customer_list_id).ids == hashes(0, 2)
        assert report.rows == 2


async def test_the_same_person_twice_is_one(emulator: Emulator, state: Path) -> None:
    """Rows that come to the same hashes are counted as rows, and sent once."""
    report = await sync(emulator, [*addresses(0, 3), {"email": address(1)}], state)
    assert (report.rows, report.people, report.added) == (4, 3, 3)
    assert report.num_uploaded_user_records == 3


async def test_an_audience_is_made_once(emulator: Emulator, state: Path) -> None:
    """Where it is asked for, the list gets an audience, which a further run finds."""
    first = await sync(emulator, addresses(0, 120), state, audience="Known")
    second = await sync(emulator, addresses(0, 120), state, audience="Known")
    store = emulator.account.stores.store("audiences", emulator.ad_account_id)
    (audience,) = (one for one in store if one["name"] == "Known")
    assert (first.audience_made, second.audience_made) == (True, False)
    assert first.audience_id == second.audience_id == audience["id"]
    assert audience["rule"] == {"customer_list_id": first.customer_list_id}


# What cannot be used


async def test_wrong_values_stop_the_run_before_anything_is_sent(
    emulator: Emulator, state: Path
) -> None:
    """All of them are named by their lines, and none is repeated."""
    rows = [
        {"email": address(0)},
        {"email": "canary@nowhere"},
        {"email": address(1), "phone": "0170 canary"},
        {"name": "Canary"},
        {"email": "d41d8cd98f00b204e9800998ecf8427e"},
        {"email": address(2), "em": address(3)},
        ["canary"],
    ]
    with pytest.raises(BadRows) as caught:
        await sync(emulator, rows, state)
    assert [row.line for row in caught.value.rows] == [2, 3, 4, 5, 6, 7]
    assert caught.value.total == 7
    assert "MD5" in caught.value.rows[3].problems[0]
    assert "canary" not in str(caught.value).lower() + repr(caught.value.rows).lower()
    assert not emulator.requests
    report = await sync(emulator, rows, state, skip_bad=True)
    assert not report.complete
    assert [row.line for row in report.bad] == [2, 3, 4, 5, 6, 7]
    assert people_on(emulator, report.customer_list_id).ids == hashes(0, 3)


@pytest.mark.parametrize("skip_bad", [True, False])
async def test_a_row_that_cannot_be_read_removes_nobody(
    emulator: Emulator, state: Path, *, skip_bad: bool
) -> None:
    """Whoever it is of stays on the list: the run stops, whether or not values may be bad."""
    lines = [json.dumps({"email": address(number)}) for number in range(10)]
    table = state.with_suffix(".jsonl")
    table.write_text("\n".join(lines), "utf-8")
    await sync(emulator, table, state)
    before = writes(emulator)
    table.write_text("\n".join([*lines[:9], lines[9][:-1]]), "utf-8")
    with pytest.raises(
        BadRows, match=r"1 of 10 rows cannot be read, .* mend them: line 10: not JSON"
    ):
        await sync(emulator, table, state, skip_bad=skip_bad)
    assert writes(emulator) == before


async def test_a_table_that_is_cut_off_removes_nobody(emulator: Emulator, state: Path) -> None:
    """Above a share of removals nothing is sent, until a larger one is allowed."""
    await sync(emulator, addresses(0, 10), state)
    before = writes(emulator)
    with pytest.raises(TooManyRemovals, match="6 of the 10 people on the list") as caught:
        await sync(emulator, addresses(0, 4), state)
    assert (caught.value.removed, caught.value.listed) == (6, 10)
    assert writes(emulator) == before
    report = await sync(emulator, [], state, remove_share=1.0)
    assert (report.removed, len(people_on(emulator, report.customer_list_id))) == (10, 0)


async def test_a_dry_run_counts_and_sends_nothing(emulator: Emulator, state: Path) -> None:
    """It says what the next run will do, which then does it."""
    await sync(emulator, addresses(0, 10), state)
    before = len(emulator.requests)
    dry = await sync(emulator, addresses(2, 13), state, dry_run=True)
    assert len(emulator.requests) == before
    wet = await sync(emulator, addresses(2, 13), state)
    assert (dry.dry_run, dry.added, dry.removed, dry.requests) == (True, 3, 2, 0)
    assert (wet.dry_run, wet.added, wet.removed, wet.requests) == (False, 3, 2, 2)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"name": " "}, InvalidRequest, "name must not be empty"),
        ({"remove_share": 1.5}, ConfigurationError, "0 to 1"),
        ({"default_country": "Germany"}, ConfigurationError, "two-letter"),
    ],
)
async def test_wrong_arguments_are_refused(
    emulator: Emulator, state: Path, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Nothing is sent, and no state is made."""
    with pytest.raises(error, match=message):
        await sync(emulator, addresses(0, 1), state, **options)
    assert not emulator.requests
    assert not state.exists()


async def test_nobody_makes_no_list(emulator: Emulator, state: Path) -> None:
    """A list is made of its first people, so that there is none without any."""
    report = await sync(emulator, [], state, audience="Known")
    assert (report.customer_list_id, report.audience_id, report.status) == (None, None, None)
    assert writes(emulator) == 0


# Which list it is


async def test_a_list_of_the_name_is_taken(emulator: Emulator, tmp_path: Path) -> None:
    """Without its state all people are sent to it once more, and none are removed."""
    first = await sync(emulator, addresses(0, 5), tmp_path / "lost.state")
    second = await sync(emulator, addresses(2, 7), tmp_path / "new.state")
    assert second.customer_list_id == first.customer_list_id
    assert (second.made, second.added, second.removed) == (False, 5, 0)
    assert people_on(emulator, second.customer_list_id).ids == hashes(0, 7)


async def test_two_lists_of_a_name_are_told_apart_by_id(emulator: Emulator, tmp_path: Path) -> None:
    """It is never guessed which of them is meant."""
    account = emulator.ad_account_id
    async with client_of(emulator) as client:
        await client.customer_lists.create(account, name=NAME, records=address(8))
        made = await client.customer_lists.create(account, name=NAME, records=address(9))
    with pytest.raises(ConfigurationError, match=f"2 lists are called 'Customers' .*{made.id}"):
        await sync(emulator, addresses(0, 1), tmp_path / "state")
    report = await sync(
        emulator, addresses(0, 1), tmp_path / "state", customer_list_id=str(made.id)
    )
    assert report.customer_list_id == made.id
    with pytest.raises(ConfigurationError, match="the state is of the list"):
        await sync(emulator, addresses(0, 1), tmp_path / "state", customer_list_id="1")


async def test_a_state_is_of_one_list(emulator: Emulator, state: Path) -> None:
    """That of another list is refused, as is a file that is no state, and left as it is."""
    await sync(emulator, addresses(0, 1), state)
    with pytest.raises(ConfigurationError, match="the state of the list 'Customers'"):
        await sync(emulator, addresses(0, 1), state, name="Others")
    state.with_suffix(".txt").write_text("no state", "utf-8")
    with pytest.raises(JournalError):
        await sync(emulator, addresses(0, 1), state.with_suffix(".txt"))
    assert state.with_suffix(".txt").read_text("utf-8") == "no state"


# What goes wrong on the way


async def test_a_list_of_a_lost_response_is_found(emulator: Emulator, state: Path) -> None:
    """It is looked for by its name, and portions whose response is lost are sent again."""
    emulator.fail("customer_lists/create", Disconnect(after_write=True))
    emulator.fail("customer_lists/update", Disconnect(after_write=True))
    report = await sync(emulator, addresses(0, 10_005), state)
    assert [one["id"] for one in lists_called(emulator, NAME)] == [report.customer_list_id]
    assert people_on(emulator, report.customer_list_id).ids == hashes(0, 10_005)
    assert report.num_uploaded_user_records == 10_010


@pytest.mark.parametrize("fault", [Disconnect(), Answer(500)])
async def test_a_list_that_was_not_made_is_made_by_the_next_run(
    emulator: Emulator, state: Path, fault: Any
) -> None:
    """Where it cannot be found, the error says so, and the same call goes on."""
    emulator.fail("customer_lists/create", fault)
    with pytest.raises((ConnectionFailed, ServerError)):
        await sync(emulator, addresses(0, 5), state)
    assert lists_called(emulator, NAME) == []
    report = await sync(emulator, addresses(0, 5), state)
    assert (report.made, report.added) == (True, 5)
    assert people_on(emulator, report.customer_list_id).ids == hashes(0, 5)


async def test_people_of_a_lost_removal_come_back(emulator: Emulator, state: Path) -> None:
    """Who may have been removed, and is in the table again, is added again."""
    await sync(emulator, addresses(0, 10), state)
    emulator.fail("customer_lists/update", Answer(400, after_write=True))
    with pytest.raises(BadRequest):
        await sync(emulator, addresses(2, 10), state)
    report = await sync(emulator, addresses(0, 10), state)
    assert report.added == 2
    assert people_on(emulator, report.customer_list_id).ids == hashes(0, 10)


async def test_people_of_a_lost_addition_are_removed(emulator: Emulator, state: Path) -> None:
    """Who may have been added, and is not in the table any more, is removed."""
    await sync(emulator, addresses(0, 10), state)
    emulator.fail("customer_lists/update", Answer(400, after_write=True))
    with pytest.raises(BadRequest):
        await sync(emulator, addresses(0, 12), state)
    report = await sync(emulator, addresses(0, 10), state)
    assert report.removed == 2
    assert people_on(emulator, report.customer_list_id).ids == hashes(0, 10)


async def test_an_audience_of_a_lost_response_is_found(emulator: Emulator, state: Path) -> None:
    """There is one audience, whether or not its response came."""
    emulator.fail("audiences/create", Disconnect(after_write=True))
    report = await sync(emulator, addresses(0, 3), state, audience="Known")
    store = emulator.account.stores.store("audiences", emulator.ad_account_id)
    assert [one["id"] for one in store if one["name"] == "Known"] == [report.audience_id]


async def test_memory_does_not_grow_with_the_rows(emulator: Emulator, state: Path) -> None:
    """20,000 people take hardly more memory than 5,000."""

    def people(count: int) -> Iterator[dict[str, str]]:
        for number in range(count):
            yield {"email": address(number)}

    peaks: list[int] = []
    for count in (1000, 5000, 20_000):
        tracemalloc.start()
        await sync(emulator, people(count), state.with_suffix(f".{count}"), dry_run=True)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] * 1.3


async def test_progress_tells_the_stages(emulator: Emulator, state: Path) -> None:
    """Rows are counted as they are read, people as they are sent."""
    told: list[tuple[str, int, int | None]] = []

    def tell(progress: CustomerListProgress) -> None:
        told.append((progress.stage, progress.done, progress.total))

    await sync(emulator, addresses(0, 10), state)
    await sync(emulator, addresses(1, 1501), state, progress=tell)
    assert told == [
        ("reading", 1000, None), ("reading", 1500, None), ("removing", 1, 1),
        ("adding", 1491, 1491),
    ]  # fmt: skip


async def test_the_state_holds_hashes_alone(emulator: Emulator, state: Path) -> None:
    """It is for its owner alone, and who is in it is 32 bytes for each id."""
    await sync(emulator, [{"email": address(1), "phone": "+4930123456"}], state)
    with sqlite3.connect(state) as file:
        ((email, phone, maid),) = file.execute("SELECT email, phone, maid FROM people")
    file.close()
    assert state.stat().st_mode & 0o777 == 0o600
    assert (email.hex(), phone.hex(), maid) == (sha256(address(1)), sha256("4930123456"), None)
