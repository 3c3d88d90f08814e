"""A catalog is what the rows say, with no more sent than has changed, and a verdict each."""

from __future__ import annotations

import csv
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import InvalidRequest, Pinterest, PinterestError
from pinterest_async.emulator import Answer, Disconnect, Emulator, Truncate
from pinterest_async.errors import AuthenticationFailed, ConfigurationError
from pinterest_async.jobs import (
    BadRows,
    CatalogSync,
    ItemVerdict,
    JournalError,
    TooManyDeletions,
    sync_catalog,
)
from tests.support.catalog_world import (
    PACE,
    WHERE,
    batches,
    counted,
    held,
    operations,
    row,
    rows,
    shop,
    switch_off_feeds,
    written,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from pathlib import Path

SEND = "items_batch/post"


class Shop:
    """An emulator, and syncs of its catalog with one state."""

    def __init__(self, emulator: Emulator, client: Pinterest, state: Path) -> None:
        self.emulator = emulator
        self.client = client
        self.state = state

    async def sync(self, rows: Iterable[Mapping[str, Any]] | Path, **others: Any) -> CatalogSync:
        """Sync these rows."""
        asked: dict[str, Any] = {**WHERE, "state": self.state, "pace": PACE, **others}
        return await sync_catalog(self.client, rows, **asked)


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop without a feed."""
    async with shop() as (emulator, client):
        yield Shop(emulator, client, tmp_path / "catalog.sqlite")


@pytest.fixture
async def beside_a_feed(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop whose items come from a feed."""
    async with shop(feed=True) as (emulator, client):
        yield Shop(emulator, client, tmp_path / "catalog.sqlite")


async def test_rows_become_items_and_the_next_run_sends_the_difference(it: Shop) -> None:
    """All is sent once, in batches of a thousand; then what changed, with a mask, and no more."""
    first = await it.sync(rows(2500))
    assert (first.rows, first.created, first.batches) == (2500, 2500, 3)
    assert first.complete
    assert counted(it.emulator) == {"UPSERT": 2500}
    assert held(it.emulator)["sku-7"]["image_link"] == ["https://shop.example.org/p.jpg"]
    assert len(held(it.emulator)) == 2500

    again = await it.sync(rows(2500))
    assert (again.unchanged, again.batches, again.planned) == (2500, 0, {})

    cheaper = [row(n, price="9.99 USD") if n % 100 == 0 else row(n) for n in range(2500)]
    third = await it.sync(cheaper)
    assert (third.updated, third.unchanged, third.batches) == (25, 2475, 1)
    sent = operations(it.emulator)[2500:]
    assert len(sent) == 25
    assert sent[0] == (
        "UPDATE",
        {
            "operation": "UPDATE",
            "item_id": "sku-0",
            "attributes": {"price": "9.99 USD"},
            "update_mask": ["price"],
        },
    )
    assert held(it.emulator)["sku-100"]["price"] == "9.99 USD"
    assert held(it.emulator)["sku-101"]["price"] == "12.50 USD"


async def test_what_a_row_no_longer_says_goes(it: Shop) -> None:
    """An attribute that is gone is named in the mask, without a value, and Pinterest drops it."""
    await it.sync([row(1, color="red", brand="Rye")])
    await it.sync([row(1, color="blue")])
    (_, update) = operations(it.emulator)[-1]
    assert update["update_mask"] == ["brand", "color"]
    assert update["attributes"] == {"color": "blue"}
    assert "brand" not in held(it.emulator)["sku-1"]


async def test_a_picture_is_changed_by_a_whole_item(it: Shop) -> None:
    """What no UPDATE can have is sent with an UPSERT that says everything."""
    await it.sync([row(1), row(2)])
    done = await it.sync([row(1, image_link="https://shop.example.org/q.jpg"), row(2)])
    operation, item = operations(it.emulator)[-1]
    assert (operation, done.planned) == ("UPSERT", {"UPSERT": 1})
    assert item["attributes"]["title"] == "Plum cake 1"
    assert held(it.emulator)["sku-1"]["image_link"] == ["https://shop.example.org/q.jpg"]


async def test_what_is_gone_is_deleted_when_that_is_asked_for(it: Shop) -> None:
    """Items without a row stay and are counted; with `delete_missing` they go."""
    await it.sync(rows(40))
    kept = await it.sync(rows(38))
    assert (kept.gone, kept.deleted, len(held(it.emulator))) == (2, 0, 40)
    done = await it.sync(rows(38), delete_missing=True)
    assert (done.gone, done.deleted, done.planned) == (2, 2, {"DELETE": 2})
    assert held(it.emulator).keys() == {f"sku-{n}" for n in range(38)}
    after = await it.sync(rows(38), delete_missing=True)
    assert (after.gone, after.batches) == (0, 0)


async def test_many_deletions_are_asked_about(it: Shop) -> None:
    """Above the share nothing is sent at all, and the error says what would allow it."""
    await it.sync(rows(40))
    sent = batches(it.emulator)
    with pytest.raises(
        TooManyDeletions, match=r"5 of 40 .* raise delete_share .* to 0.13"
    ) as refused:
        await it.sync([*rows(35), row(99)], delete_missing=True)
    assert (refused.value.gone, refused.value.known) == (5, 40)
    assert batches(it.emulator) == sent
    assert len(held(it.emulator)) == 40
    done = await it.sync(rows(35), delete_missing=True, delete_share=0.13)
    assert done.deleted == 5


async def test_nothing_is_deleted_while_a_row_is_nameless(it: Shop) -> None:
    """A row without an id may be that of any item: what is gone stays, as do wrong rows' items."""
    await it.sync(rows(40))
    nameless = {name: value for name, value in row(39).items() if name != "id"}
    done = await it.sync([*rows(39), nameless], delete_missing=True, skip_bad=True)
    assert (done.gone, done.deleted, done.complete) == (1, 0, False)
    wrong = await it.sync([*rows(39), row(39, price="free")], delete_missing=True, skip_bad=True)
    assert (wrong.gone, wrong.deleted, len(wrong.bad)) == (0, 0, 1)
    assert len(held(it.emulator)) == 40


async def test_wrong_rows_are_named_before_anything_is_sent(it: Shop) -> None:
    """Each wrong row comes with its line and all its problems; on request the others go on."""
    some = [
        row(1),
        row(2, price="12,50"),
        {"id": "sku-3", "title": "Bare"},
        row(1, title="Twice"),
        {**row(4), "colour": "red"},
    ]
    with pytest.raises(BadRows, match="4 of 5 rows are no items, and nothing of them") as refused:
        await it.sync(some)
    assert [bad.line for bad in refused.value.rows] == [2, 3, 4, 5]
    problems = [bad.problems for bad in refused.value.rows]
    assert problems[0] == ("price '12,50' has to look like 12.50 EUR",)
    assert problems[1] == (
        "description is missing", "link is missing", "image_link is missing", "price is missing",
        "availability is missing",
    )  # fmt: skip
    assert problems[2] == ("item_id 'sku-1' is that of several rows",)
    assert "did you mean color?" in problems[3][0]
    assert batches(it.emulator) == 0
    done = await it.sync(some, skip_bad=True)
    assert (done.created, len(done.bad), done.complete) == (1, 4, False)


async def test_equal_ids_are_found_across_portions(it: Shop) -> None:
    """The second row of an item is wrong, however far away the first one is."""
    with pytest.raises(BadRows) as refused:
        await it.sync([*rows(1500), row(3)])
    assert [bad.line for bad in refused.value.rows] == [1501]


async def test_items_have_verdicts(it: Shop, tmp_path: Path) -> None:
    """A completed batch may hold items that failed: each is named, warnings stand apart."""
    out = tmp_path / "verdicts.csv"
    odd = row(2, condition="dented")
    it.emulator.account.catalogs.items.kept.clear()
    done = await it.sync([row(1), odd], out=out)
    assert (done.created, done.refused, done.warned, done.complete) == (2, 0, 1, True)
    (warning,) = done.warnings
    assert (warning.items, warning.examples) == (1, ["sku-2"])
    assert warning.warning.startswith("condition: ")
    del it.emulator.account.catalogs.items.kept["RETAIL", "sku-1"]
    changes = [row(1, price="1 USD"), {**odd, "price": "2 USD"}]
    again = await it.sync(changes, out=out)
    assert (again.updated, again.refused, again.complete) == (1, 1, False)
    assert again.failures == [
        ItemVerdict(
            item_id="sku-1",
            operation="UPDATE",
            outcome="refused",
            errors=["item_id: Item not found. (code 100)"],
        )
    ]
    with out.open(newline="") as file:
        told = {line["item_id"]: line for line in csv.DictReader(file)}
    assert told["sku-1"]["outcome"] == "refused"
    assert told["sku-2"]["outcome"] == "accepted"
    assert told["sku-2"]["warnings"].startswith("condition: ")
    # It is not there, whoever has removed it: the next run puts it back.
    third = await it.sync(changes)
    assert (third.created, third.unchanged, third.complete) == (1, 1, True)


async def test_a_deletion_of_what_is_gone_already_is_forgotten(it: Shop) -> None:
    """An item that somebody else has deleted is refused once, and not asked for again."""
    await it.sync(rows(20))
    del it.emulator.account.catalogs.items.kept["RETAIL", "sku-19"]
    done = await it.sync(rows(19), delete_missing=True)
    assert (done.deleted, done.refused) == (0, 1)
    again = await it.sync(rows(19), delete_missing=True)
    assert (again.gone, again.batches, again.complete) == (0, 0, True)


async def test_refused_items_are_sent_again(it: Shop) -> None:
    """What Pinterest refused is not taken for done: the next run tries it again."""
    bad = row(1, link="https://shop.example.org/ p")  # our own check has to be wrong for once
    it.emulator.fail(
        "items_batch/get",
        Answer(
            200,
            {
                "catalog_type": "RETAIL",
                "created_time": "2026-01-01T00:00:00",
                "status": "COMPLETED",
                "items": [
                    {
                        "item_id": "sku-1",
                        "status": "FAILURE",
                        "errors": [{"attribute": "link", "code": 7, "message": "No such page."}],
                        "warnings": [],
                    }
                ],
            },
        ),
    )
    bad["link"] = "https://shop.example.org/p"
    first = await it.sync([bad])
    assert first.failures[0].errors == ["link: No such page. (code 7)"]
    second = await it.sync([bad])
    assert (second.planned, second.created) == ({"UPSERT": 1}, 1)


# What does not arrive, or says nothing


@pytest.mark.parametrize("fault", [Disconnect(after_write=True), Truncate(), Answer(502)])
async def test_a_lost_answer_costs_nothing(it: Shop, fault: Any) -> None:
    """A batch whose answer is lost is sent again as it was; Pinterest skips it if it has it."""
    it.emulator.fail(SEND, fault)
    done = await it.sync(rows(30))
    assert (done.created, done.complete, done.unknown) == (30, True, 0)
    assert set(written(it.emulator).values()) == {1}
    assert len(written(it.emulator)) == 30
    assert done.skipped == (0 if isinstance(fault, Answer) else 30)
    again = await it.sync(rows(30))
    assert again.batches == 0


async def test_what_was_skipped_is_looked_for(it: Shop) -> None:
    """A batch that Pinterest had a moment before does nothing: items that differ are not done."""
    await it.sync([row(1)])
    await it.sync([row(1, price="9.00 USD")])
    await it.sync([row(1, price="8.00 USD")])
    # Word for word what was sent two runs before, and skipped for that.
    skipped = await it.sync([row(1, price="9.00 USD")])
    assert held(it.emulator)["sku-1"]["price"] == "8.00 USD"
    assert (skipped.skipped, skipped.updated, skipped.unknown) == (1, 0, 1)
    assert "skipped" in skipped.failures[0].errors[0]
    assert not skipped.complete
    done = await it.sync([row(1, price="9.00 USD")])
    assert (done.planned, done.complete) == ({"UPSERT": 1}, True)
    assert held(it.emulator)["sku-1"]["price"] == "9.00 USD"


async def test_a_failed_batch_is_not_known(it: Shop) -> None:
    """Of a batch that came to nothing no item counts as done, and the next run sends all again."""
    it.emulator.fail_jobs(SEND)
    failed = await it.sync(rows(3))
    assert (failed.created, failed.unknown) == (0, 3)
    assert "FAILED" in failed.failures[0].errors[0]
    done = await it.sync(rows(3))
    assert (done.created, done.complete) == (3, True)


async def test_a_batch_that_nobody_knows_is_looked_for_by_its_items(it: Shop) -> None:
    """Where the batch is not known any more, its items say what became of them."""
    it.emulator.fail(
        "items_batch/get", Answer(404, {"code": 4331, "message": "Not found."}), times=500
    )
    pace = {"first": 0.3, "longest": 0.3, "grace": 0.1, "gap": 0.001}
    done = await it.sync(rows(3), pace=type(PACE)(**pace))
    assert (done.created, done.unknown, done.complete) == (3, 0, True)


async def test_looks_that_fail_are_made_again(it: Shop) -> None:
    """A fault of a moment while waiting changes nothing."""
    for fault in (Answer(500), Disconnect(), Truncate()):
        it.emulator.fail("items_batch/get", fault, times=2)
    done = await it.sync(rows(3))
    assert (done.created, done.complete) == (3, True)


async def test_one_bad_item_does_not_refuse_the_batch(it: Shop) -> None:
    """A batch that is refused as a whole is cut in two until the item is found that it is for."""
    refusal = Answer(400, {"code": 1, "message": "Invalid request: no such attribute"})
    # Of four: all are refused, the first two pass, the others are refused, the third passes.
    for skip in (0, 1, 1):
        it.emulator.fail(SEND, refusal, skip=skip)
    done = await it.sync(rows(4))
    assert (done.created, done.refused) == (3, 1)
    assert [one.item_id for one in done.failures] == ["sku-3"]
    assert "no such attribute" in done.failures[0].errors[0]
    assert held(it.emulator).keys() == {"sku-0", "sku-1", "sku-2"}
    assert set(written(it.emulator).values()) == {1}


async def test_what_is_refused_always_is_not_asked_for_ever(it: Shop) -> None:
    """Where every batch is refused, the cutting ends, and all items have the reason."""
    # With room in the window, so that the client need not pace itself.
    room = {"x-ratelimit-limit": "1000000, 1000000;w=60", "x-ratelimit-remaining": "999999",
            "x-ratelimit-reset": "60"}  # fmt: skip
    it.emulator.fail(SEND, Answer(400, {"code": 1, "message": "No."}, headers=room), times=1000)
    done = await it.sync(rows(60))
    assert (done.created, done.refused) == (0, 60)
    assert batches(it.emulator) < 60


async def test_an_error_of_everything_is_raised_and_gone_on_from(it: Shop) -> None:
    """A token that is no good ends the run; the next one goes on with the same state."""
    it.emulator.fail(
        SEND, Answer(401, {"code": 2, "message": "Authentication failed."}), skip=1, times=9
    )
    with pytest.raises(AuthenticationFailed):
        await it.sync(rows(2100), concurrency=1)
    it.emulator.clear_faults()
    done = await it.sync(rows(2100))
    # The second batch was under way: this run brings it to its end before it reads the rows.
    assert (done.resumed, done.created, done.unchanged) == (1, 1100, 2000)
    assert done.complete
    assert set(written(it.emulator).values()) == {1}
    assert len(held(it.emulator)) == 2100


# Beside a feed


async def test_beside_a_feed_there_is_no_upsert(beside_a_feed: Shop) -> None:
    """New items are created, those of the feed are updated in what rows say."""
    it = beside_a_feed
    key = next(iter(it.emulator.account.catalogs.items.kept))[1]
    before = dict(it.emulator.account.catalogs.items.kept["RETAIL", key].attributes)
    some = [row(1), {"id": key, "price": "1.00 USD", "availability": "out of stock"}]
    done = await it.sync(some)
    assert counted(it.emulator) == {"CREATE": 1, "UPDATE": 1}
    assert (done.created, done.updated, done.complete) == (1, 1, True)
    after = it.emulator.account.catalogs.items.kept["RETAIL", key].attributes
    assert after == {**before, "price": "1.00 USD", "availability": "out of stock"}
    again = await it.sync(some)
    assert again.batches == 0


async def test_beside_a_feed_pictures_are_the_feeds(beside_a_feed: Shop) -> None:
    """What an UPDATE cannot have is left to the feed, and named; what is not said stays."""
    it = beside_a_feed
    await it.sync([row(1, brand="Rye")])
    done = await it.sync([row(1, image_link="https://shop.example.org/q.jpg", price="1 USD")])
    (_, update) = operations(it.emulator)[-1]
    assert update["update_mask"] == ["price"]
    assert done.left_to_feed == ["image_link"]
    assert held(it.emulator)["sku-1"]["brand"] == "Rye"


async def test_beside_a_feed_new_items_need_everything(beside_a_feed: Shop) -> None:
    """A row that says two things of an item that is not there cannot create it."""
    with pytest.raises(BadRows, match="title is missing"):
        await beside_a_feed.sync([{"id": "sku-1", "price": "1 USD"}])


async def test_a_feed_that_is_switched_off_lets_upsert_through(beside_a_feed: Shop) -> None:
    """Only active feeds are in the way."""
    switch_off_feeds(beside_a_feed.emulator)
    await beside_a_feed.sync([row(1)])
    assert counted(beside_a_feed.emulator) == {"UPSERT": 1}


# What is asked for


async def test_a_dry_run_sends_nothing(it: Shop) -> None:
    """The plan is counted, nothing is sent or written, and the next run is as without it."""
    await it.sync(rows(3))
    sent = batches(it.emulator)
    planned = await it.sync([row(0, price="1 USD"), row(1), row(9)], dry_run=True,
                            delete_missing=True, delete_share=0.5)  # fmt: skip
    assert planned.planned == {"DELETE": 1, "UPDATE": 1, "UPSERT": 1}
    assert (planned.dry_run, planned.created, batches(it.emulator)) == (True, 0, sent)
    done = await it.sync([row(0, price="1 USD"), row(1), row(2), row(9)])
    assert (done.planned, done.complete) == ({"UPDATE": 1, "UPSERT": 1}, True)


async def test_files_are_read(it: Shop, tmp_path: Path) -> None:
    """CSV with commas, semicolons or tabs, and lines of JSON, come to the same."""
    some = [row(1, title='Plum, "ripe"'), row(2)]
    for name, separator in (("a.csv", ","), ("b.csv", ";"), ("c.tsv", "\t")):
        with (tmp_path / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, list(some[0]), delimiter=separator)
            writer.writeheader()
            writer.writerows(some)
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(one) + "\n" for one in some))
    first = await it.sync(tmp_path / "a.csv")
    assert (first.created, held(it.emulator)["sku-1"]["title"]) == (2, 'Plum, "ripe"')
    for name in ("b.csv", "c.tsv", "d.jsonl"):
        assert (await it.sync(tmp_path / name)).unchanged == 2


async def test_rows_may_come_asynchronously(it: Shop) -> None:
    """An asynchronous iterable is read once, in portions."""

    async def source() -> AsyncIterator[Mapping[str, Any]]:
        for one in rows(1100):
            yield one

    done = await sync_catalog(it.client, source(), **WHERE, state=it.state, pace=PACE)
    assert (done.rows, done.created) == (1100, 1100)


async def test_without_a_state_everything_is_sent(it: Shop) -> None:
    """`state=None` remembers nothing, and leaves no file."""
    assert (await it.sync(rows(2), state=None)).created == 2
    assert (await it.sync([row(0), row(1, price="1 USD")], state=None)).created == 2
    assert not it.state.exists()


async def test_a_catalog_is_found_by_its_name(it: Shop) -> None:
    """A name stands for the retail catalog that has it, a number is an id; others are listed."""
    (catalog, other) = [one async for one in it.client.catalogs.list()]
    await it.sync([row(1)], catalog=other.name)
    assert it.emulator.account.catalogs.items.kept["RETAIL", "sku-1"].catalog_id == other.id
    with pytest.raises(ConfigurationError, match=f"is the state of the catalog {other.id}"):
        await it.sync([row(1)], catalog=catalog.id)
    with pytest.raises(InvalidRequest, match="no retail catalog is called 'Nowhere'; there are: "):
        await it.sync([row(1)], catalog="Nowhere")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"country": "USA"}, "no country 'USA', did you mean US?"),
        ({"language": "de-DE"}, "no language 'de-DE', did you mean de?"),
        ({"concurrency": 0}, "concurrency must be 1 or more"),
        ({"delete_share": 1.5}, "delete_share must be from 0 to 1"),
        ({"out": "verdicts.txt"}, "format"),
    ],
)
async def test_bad_arguments_are_refused(it: Shop, asked: dict[str, Any], message: str) -> None:
    """An argument that cannot be is refused before anything is sent."""
    with pytest.raises(PinterestError, match=message) as refused:
        await it.sync([row(1)], **asked)
    assert isinstance(refused.value, ValueError)
    assert it.emulator.requests == []


async def test_a_price_needs_a_currency_outside_of_the_us(it: Shop) -> None:
    """Pinterest takes a bare price for US dollars: elsewhere it is refused, or completed."""
    with pytest.raises(BadRows, match="names no currency"):
        await it.sync([row(1, price="12.50")], country="DE", language="de")
    done = await it.sync([row(1, price="12.50")], country="DE", language="de", currency="EUR",
                         state=None)  # fmt: skip
    assert done.complete
    assert held(it.emulator)["sku-1"]["price"] == "12.50 EUR"
    await it.sync([row(2, price="7.50")], state=None)
    assert held(it.emulator)["sku-2"]["price"] == "7.50 USD"


async def test_a_state_is_used_by_one_run_at_a_time(it: Shop) -> None:
    """A file in use, or of something else, is refused."""
    locked = sqlite3.connect(it.state)
    locked.execute("BEGIN EXCLUSIVE")
    with pytest.raises(JournalError):
        await it.sync([row(1)])
    locked.close()
    it.state.write_bytes(b"no database at all" * 100)
    with pytest.raises(JournalError):
        await it.sync([row(1)])


async def test_progress_is_told(it: Shop) -> None:
    """The callback sees rows come in, and batches end."""
    seen: list[tuple[int, int]] = []

    def show(now: CatalogSync) -> None:
        seen.append((now.rows, now.created))

    await it.sync(rows(2100), progress=show)
    assert seen[:3] == [(1000, 0), (2000, 0), (2100, 0)]
    assert seen[-1] == (2100, 2100)
