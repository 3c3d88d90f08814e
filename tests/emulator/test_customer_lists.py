"""Customer lists in the emulator: counters that prove nothing, sizes, uploads, audiences."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async.emulator import ManualClock
from tests.support.emulator_api import small
from tests.support.emulator_requests import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.emulator_api import Api

COUNTERS = ("num_batches", "num_uploaded_user_records", "num_removed_user_records")
PART = 5 * 2**20


@pytest.fixture
def clock() -> ManualClock:
    """The time."""
    return ManualClock(NOW)


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[Api]:
    """An emulator that matches records in ten seconds."""
    async with small(enforce_limits=False, clock=clock, job_seconds=10) as one:
        yield one


@pytest.fixture
def ads(client: Api) -> str:
    """The path of an ad account."""
    return f"/ad_accounts/{client.emulator.ad_account_id}"


def hashed(text: str) -> str:
    """What Pinterest compares."""
    return hashlib.sha256(text.encode()).hexdigest()


def addresses(first: int, last: int) -> list[str]:
    """Addresses by number."""
    return [f"person{number}@example.com" for number in range(first, last)]


async def new_list(client: Api, ads: str, records: list[str], **more: Any) -> Any:
    """A list of these."""
    body = {"name": "Customers", "records": ",".join(records), **more}
    return (await client.post(f"{ads}/customer_lists", body)).body


def counters(told: Any) -> list[int]:
    """What a list says of its updates."""
    return [told[name] for name in COUNTERS]


async def members(client: Api, told: Any) -> frozenset[str]:
    """The ids of those on a list, when all that is due is done."""
    await client.get("/user_account")
    return client.emulator.account.advertising.customer_lists[told["id"]].ids


async def test_a_list_is_too_small_below_a_hundred_people(
    client: Api, clock: ManualClock, ads: str
) -> None:
    """It is processed first; then 100 people make it ready, and 99 do not."""
    made = await new_list(client, ads, addresses(0, 100))
    path = f"{ads}/customer_lists/{made['id']}"
    clock.advance(10)
    whole = (await client.get(path)).body
    change = {"operation_type": "REMOVE", "records": addresses(0, 1)[0]}
    during = (await client.patch(path, change)).body
    clock.advance(10)
    after = (await client.get(path)).body
    assert [one["status"] for one in (made, whole, during, after)] == [
        "PROCESSING", "READY", "PROCESSING", "TOO_SMALL",
    ]  # fmt: skip


async def test_counters_rise_whatever_is_there(client: Api, clock: ManualClock, ads: str) -> None:
    """What is on the list counts again, and so does what was never there to be removed."""
    made = await new_list(client, ads, addresses(0, 3))
    path = f"{ads}/customer_lists/{made['id']}"
    again = {"operation_type": "ADD", "records": ",".join(addresses(0, 3))}
    added = (await client.patch(path, again)).body
    gone = {"operation_type": "REMOVE", "records": ",".join(addresses(7, 9))}
    removed = (await client.patch(path, gone)).body
    clock.advance(10)
    assert [counters(one) for one in (made, added, removed)] == [[1, 3, 0], [2, 6, 0], [3, 6, 2]]
    assert await members(client, made) == set(map(hashed, addresses(0, 3)))


async def test_a_row_is_a_person_by_any_id(client: Api, clock: ManualClock, ads: str) -> None:
    """Rows hold several ids of one; whoever is removed by one of them is gone by all."""
    anna = {"email": hashed("anna@example.com"), "hashed_phone_number": hashed("4917012345")}
    bo = {"external_id": "b-1", "maid": hashed("38400000-8cf0-11bd-b23e-10b96e40000d")}
    made = await new_list(client, ads, [], records_v2=[anna, bo])
    clock.advance(10)
    before = await members(client, made)
    change = {
        "operation_type": "REMOVE",
        "records": "",
        "records_v2": [{"hashed_phone_number": anna["hashed_phone_number"]}],
    }
    await client.patch(f"{ads}/customer_lists/{made['id']}", change)
    clock.advance(10)
    assert before == {*anna.values(), "external_id:b-1", bo["maid"]}
    assert await members(client, made) == {"external_id:b-1", bo["maid"]}


async def test_what_is_no_id_is_counted_and_of_no_use(
    client: Api, clock: ManualClock, ads: str
) -> None:
    """Capitals and ids of devices in the clear do not match anybody."""
    bad = ["Anna@Example.com", "38400000-8cf0-11bd-b23e-10b96e40000d"]
    made = await new_list(client, ads, [*bad, "bo@example.com", "0" * 40, "0" * 32])
    clock.advance(10)
    assert counters(made) == [1, 5, 0]
    assert await members(client, made) == {hashed("bo@example.com"), "0" * 40, "0" * 32}


async def test_an_audience_is_as_large_as_its_list(
    client: Api, clock: ManualClock, ads: str
) -> None:
    """It follows the list, and there is none on a list that is not there."""
    made = await new_list(client, ads, addresses(0, 150))
    body = {"name": "Known", "audience_type": "CUSTOMER_LIST"}
    rule = {"customer_list_id": made["id"]}
    audience = (await client.post(f"{ads}/audiences", {**body, "rule": rule})).body
    path = f"{ads}/audiences/{audience['id']}"
    clock.advance(10)
    ready = (await client.get(path)).body
    change = {"operation_type": "REMOVE", "records": ",".join(addresses(0, 100))}
    await client.patch(f"{ads}/customer_lists/{made['id']}", change)
    clock.advance(10)
    small = (await client.get(path)).body
    lost = await client.post(f"{ads}/audiences", {**body, "rule": {"customer_list_id": "1"}})
    assert (audience["status"], audience["size"]) == ("INITIALIZING", 0)
    assert (ready["status"], ready["size"]) == ("READY", 150)
    assert (small["status"], small["size"]) == ("TOO_SMALL", 50)
    assert lost.status == 404


async def upload(client: Api, path: str, parts: list[bytes], operation: str = "ADD") -> str:
    """Put these parts; return the path of the upload."""
    started = await client.post(path, {"operation": operation, "total_parts": len(parts)})
    slots = started.body["s3_multipart_upload_data"]["file_parts"]
    for slot, part in zip(slots, parts, strict=True):
        async with client.session.put(slot["presigned_url"], data=BytesIO(part)) as response:
            md5 = hashlib.md5(part, usedforsecurity=False).hexdigest()
            assert (response.status, response.headers["ETag"]) == (200, f'"{md5}"')
    return f"{path}/{started.body['customer_list_upload']['id']}"


async def test_uploads_count_what_is_valid(client: Api, clock: ManualClock, ads: str) -> None:
    """A list says UPLOADING until the work is set going; what is no address is counted apart."""
    made = await new_list(client, ads, addresses(0, 1))
    path = f"{ads}/customer_lists/{made['id']}"
    clock.advance(10)
    one = await upload(client, f"{path}/uploads", [b"ann@example.com\nno address\n" + b"0" * 64])
    states = [(await client.get(path)).body["status"]]
    running = await client.call("POST", f"{one}/run")
    states.append((await client.get(path)).body["status"])
    clock.advance(10)
    done = (await client.get(one)).body
    states.append((await client.get(path)).body["status"])
    assert states == ["UPLOADING", "PROCESSING", "TOO_SMALL"]
    assert running.body["record_counts"] == {"processed": 0, "valid": 0, "invalid": 0}
    assert done["record_counts"] == {"processed": 3, "valid": 2, "invalid": 1}
    assert [(each["count"], each["error_code"]) for each in done["error_counts"]] == [(1, 42)]
    assert len(await members(client, made)) == 3


async def test_only_the_last_part_may_be_small(client: Api, ads: str) -> None:
    """5 MiB are the least of every other part, as S3 has it."""
    made = await new_list(client, ads, addresses(0, 1))
    path = f"{ads}/customer_lists/{made['id']}/uploads"
    lines = b"ann@example.com\n" * (PART // 16)
    small_first = await upload(client, path, [lines[:-16], b"bo@example.com"])
    refused = await client.call("POST", f"{small_first}/run")
    small_last = await upload(client, path, [lines, b"bo@example.com"])
    taken = await client.call("POST", f"{small_last}/run")
    assert (refused.status, taken.status) == (400, 200)
