"""Exports that are brought up to date, and exports of what is new since a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import AuthenticationFailed, ConfigurationError
from pinterest_async.emulator import Answer, Emulator, ManualClock
from pinterest_async.jobs import ExportReport, export_account
from pinterest_async.models import ImageUrl
from tests.support.clients import client_of
from tests.support.exported import JOURNAL, assert_holds, lines, manifest, names

if TYPE_CHECKING:
    from pathlib import Path

    from pinterest_async.jobs.export.formats import Format

PICTURE = ImageUrl(url="https://x.test/a.jpg")
DEAD = Answer(401, {"code": 2, "message": "Authentication failed."})


def changes(folder: Path) -> dict[tuple[str, str], str]:
    """What an update has written of changes, by kind and id."""
    found = lines(folder / "changes.jsonl")
    by_key = {(row["kind"], row["id"]): row["change"] for row in found}
    assert len(by_key) == len(found)
    return by_key


def fields(folder: Path, item_id: str) -> list[str]:
    """Which members of an item have changed."""
    (row,) = [row for row in lines(folder / "changes.jsonl") if row["id"] == item_id]
    named: list[str] = row["fields"]
    return named


def boards_walked(emulator: Emulator) -> set[str]:
    """The boards whose Pins were listed."""
    return {
        request.path.split("/")[3]
        for request in emulator.requests
        if request.operation_id == "boards/list_pins"
    }


async def test_an_update_of_what_did_not_change_lists_no_pins(tmp_path: Path) -> None:
    """Boards that say that they did not change are not walked, and all is there even so."""
    async with Emulator(boards=12, pins=900) as emulator, client_of(emulator) as client:
        first = await export_account(client, tmp_path, update=True)
        assert first.changes is None
        emulator.requests.clear()
        report = await export_account(client, tmp_path, update=True)
        assert_holds(tmp_path, emulator.account)

    assert report.complete
    assert boards_walked(emulator) == set()
    # The account, the boards, and the sections of each.
    assert report.calls == len(emulator.requests) == 14
    assert report.boards_skipped == 12
    assert report.pins == 900
    assert report.changes is not None
    assert changes(tmp_path) == {}
    assert {row["pins"] for row in manifest(tmp_path)["by_board"]} >= {0}
    assert sum(row["pins"] for row in manifest(tmp_path)["by_board"]) == 900


async def test_full_does_not_rely_on_what_boards_say(tmp_path: Path) -> None:
    """A change that moved neither the count nor the time is found by `full` alone."""
    async with Emulator(boards=4, pins=80) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path)
        pin = next(iter(emulator.account.saved.pins.values()))
        pin.title = "changed behind its board's back"
        emulator.account.saved.forget_encoded(pin.id)
        report = await export_account(client, tmp_path, update=True)
        assert changes(tmp_path) == {}
        report = await export_account(client, tmp_path, update=True, full=True)
        assert_holds(tmp_path, emulator.account)

    assert report.boards_skipped == 0
    assert changes(tmp_path) == {("pin", pin.id): "changed"}
    assert fields(tmp_path, pin.id) == ["title"]


async def test_a_board_that_changed_just_before_is_walked_again(tmp_path: Path) -> None:
    """A time of change that is exact to the second says nothing about the second itself."""
    async with Emulator(boards=4, pins=80) as emulator, client_of(emulator) as client:
        board_id = next(iter(emulator.account.saved.boards))
        await client.pins.create(board_id=board_id, title="now", media_source=PICTURE)
        await export_account(client, tmp_path)
        emulator.requests.clear()
        report = await export_account(client, tmp_path, update=True)

    assert boards_walked(emulator) == {board_id}
    assert report.boards_skipped == 3


@pytest.mark.parametrize("written_as", ["jsonl", "csv", "parquet", "sqlite"])
async def test_an_update_names_what_is_new_changed_and_gone(
    tmp_path: Path, written_as: Format
) -> None:
    """After creating, changing, moving and deleting, export and changes are exact."""
    async with (
        Emulator(boards=6, pins=120, clock=ManualClock()) as emulator,
        client_of(emulator) as client,
    ):
        account = emulator.account
        await export_account(client, tmp_path, format=written_as)
        boards = list(account.saved.boards)
        kept, cleared, dropped = boards[0], boards[2], boards[3]
        of_kept = [str(key) for key in account.saved.pins_of(kept)]
        lost = {str(key) for key in account.saved.pins_of(dropped)}
        assert lost
        sections = {(kind, key) for kind, key in _sections(account, dropped)}

        made = await client.pins.create(board_id=kept, title="new", media_source=PICTURE)
        await client.pins.update(of_kept[0], title="changed")
        await client.pins.update(of_kept[1], board_id=cleared)
        await client.pins.delete(of_kept[2])
        await client.boards.delete(dropped)
        board = await client.boards.create(name="new board")
        section = await client.board_sections.create(board.id, name="new section")
        inside = await client.pins.create(
            board_id=board.id, board_section_id=section.id, media_source=PICTURE
        )
        emulator.requests.clear()
        report = await export_account(client, tmp_path, format=written_as, update=True)
        assert_holds(tmp_path, account, written_as)

    assert report.complete
    assert boards_walked(emulator) == {kept, cleared, board.id}
    expected = {
        ("pin", made.id): "new",
        ("pin", of_kept[0]): "changed",
        ("pin", of_kept[1]): "changed",
        ("pin", of_kept[2]): "gone",
        ("board", board.id): "new",
        ("section", section.id or ""): "new",
        ("pin", inside.id): "new",
        ("board", dropped): "gone",
        ("board", kept): "changed",
        ("board", cleared): "changed",
        **{("pin", pin_id): "gone" for pin_id in lost},
        **dict.fromkeys(sections, "gone"),
    }
    assert changes(tmp_path) == expected
    assert fields(tmp_path, of_kept[0]) == ["title"]
    assert "board_id" in fields(tmp_path, of_kept[1])
    assert report.changes is not None
    counted = report.changes.pin
    assert (counted.new, counted.changed, counted.gone) == (2, 2, 1 + len(lost))
    assert "changes.jsonl" in report.files


def _sections(account: Any, board_id: str) -> list[tuple[str, str]]:
    return [("section", section_id) for section_id in account.saved.sections[board_id]]


async def test_a_later_update_tells_of_its_own_changes_alone(tmp_path: Path) -> None:
    """What one update has told is not told again by the next."""
    async with Emulator(boards=3, pins=30) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path)
        first, second = list(emulator.account.saved.pins)[:2]
        for pin_id in (first, second):
            await client.pins.delete(pin_id)
            await export_account(client, tmp_path, update=True)
            told = changes(tmp_path)
            assert told.pop(("pin", pin_id)) == "gone"
            assert {kind for kind, _ in told} <= {"board"}
        await export_account(client, tmp_path, overwrite=True)

    assert "changes.jsonl" not in names(tmp_path)


async def test_an_update_goes_on_after_an_interruption(tmp_path: Path) -> None:
    """A killed update is finished by the next run, which tells of all changes."""
    async with Emulator(boards=8, pins=200) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path)
        before = {path.name: path.read_bytes() for path in tmp_path.glob("*.json*")}
        gone = [
            str(emulator.account.saved.pins_of(board)[0])
            for board in list(emulator.account.saved.boards)[:5]
        ]
        for pin_id in gone:
            await client.pins.delete(pin_id)
        emulator.fail("boards/list_pins", DEAD, skip=2, times=50)
        with pytest.raises(AuthenticationFailed):
            await export_account(client, tmp_path, update=True, concurrency=1)
        assert {path.name: path.read_bytes() for path in tmp_path.glob("*.json*")} == before
        emulator.clear_faults()
        emulator.requests.clear()
        report = await export_account(client, tmp_path, update=True)
        assert_holds(tmp_path, emulator.account)

    assert report.complete
    assert len(boards_walked(emulator)) == 3
    assert report.boards_skipped == 3
    assert {key for key, change in changes(tmp_path).items() if change == "gone"} == {
        ("pin", pin_id) for pin_id in gone
    }


async def test_what_an_update_cannot_read_is_kept(tmp_path: Path) -> None:
    """The Pins of a board that answers with an error stay in the export, and are not gone."""
    refused = Answer(403, {"code": 403, "message": "No."})
    async with Emulator(boards=3, pins=60) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path)
        board_id = next(iter(emulator.account.saved.boards))
        held = {str(key) for key in emulator.account.saved.pins_of(board_id)}
        await client.pins.delete(min(held))
        emulator.fail("boards/list_pins", refused)
        report = await export_account(client, tmp_path, update=True)
        written = {pin["id"] for pin in lines(tmp_path / "pins.jsonl")}
        (difference,) = report.differences
        assert "are kept from the export before" in difference.reason
        assert held <= written
        assert {change for (kind, _), change in changes(tmp_path).items() if kind == "pin"} == set()

        report = await export_account(client, tmp_path, update=True)
        assert_holds(tmp_path, emulator.account)

    assert report.complete
    assert changes(tmp_path)["pin", min(held)] == "gone"


async def test_an_update_needs_the_record_of_what_it_updates(tmp_path: Path) -> None:
    """Without the journal an update would tell nonsense: it is refused."""
    async with Emulator(boards=1, pins=3) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path)
        (tmp_path / JOURNAL).unlink()
        with pytest.raises(FileExistsError, match=r"pinterest-export\.sqlite"):
            await export_account(client, tmp_path, update=True)


async def test_an_update_has_the_options_of_what_it_updates(tmp_path: Path) -> None:
    """Another format, or another first day, is another export."""
    async with Emulator(boards=1, pins=3) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path)
        with pytest.raises(ConfigurationError, match="since"):
            await export_account(client, tmp_path, update=True, since=datetime(2025, 1, 1))  # noqa: DTZ001
        with pytest.raises(ConfigurationError, match="format"):
            await export_account(client, tmp_path, update=True, format="csv")


async def test_a_pin_that_moves_while_boards_are_read_is_not_doubled(tmp_path: Path) -> None:
    """Seen on two boards, a Pin is written once, and neither board is a difference."""
    async with Emulator(boards=2, pins=40) as emulator, client_of(emulator) as client:
        newer, older = list(emulator.account.saved.boards)[::-1]
        moved = str(emulator.account.saved.pins_of(newer)[0])
        count = len(emulator.account.saved.pins_of(older))

        def move(_: object) -> None:
            walked = [row.path for row in emulator.requests if row.path.endswith("/pins")]
            pin = emulator.account.saved.pins[moved]
            if walked == [f"/v5/boards/{newer}/pins"] and pin.board_id == newer:
                emulator.account.saved.move_pin(pin, older, None)

        report = await export_account(client, tmp_path, concurrency=1, progress=move)
        assert report.pins == 40
        assert report.complete
        by_id = {row.id: row for row in report.by_board}
        assert (by_id[older].pin_count, by_id[older].pin_count_after) == (count, count + 1)
        assert by_id[older].pins_elsewhere == 1
        await export_account(client, tmp_path, update=True)
        assert_holds(tmp_path, emulator.account)

    assert changes(tmp_path)["pin", moved] == "changed"


# since


async def test_since_leaves_older_pins_out(tmp_path: Path) -> None:
    """Only Pins of that time or later are written, and the counts agree with the others."""
    async with Emulator(boards=5, pins=300) as emulator, client_of(emulator) as client:
        times = sorted(pin.created_at for pin in emulator.account.saved.pins.values())
        since = datetime.fromisoformat(times[200])
        report = await export_account(client, tmp_path, since=since)
        kept = {
            key for key, pin in emulator.account.saved.pins.items() if pin.created_at >= times[200]
        }

    assert report.complete
    assert {pin["id"] for pin in lines(tmp_path / "pins.jsonl")} == kept
    assert (report.pins, report.pins_older) == (len(kept), 300 - len(kept))
    assert report.since == since.replace(tzinfo=UTC)
    assert sum(row.pins_older for row in report.by_board) == report.pins_older


@pytest.mark.parametrize("since", ["2024-01-01", date(2024, 1, 1), "2024-01-01T01:00+01:00"])
async def test_since_may_be_a_day_or_text(tmp_path: Path, since: date | str) -> None:
    """A day, or ISO 8601 text, means the same moment as the datetime would."""
    async with Emulator(boards=1, pins=1) as emulator, client_of(emulator) as client:
        report = await export_account(client, tmp_path, since=since)

    assert report.since == datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("since", ["yesterday", 20240101])
async def test_a_since_that_is_no_moment_is_refused(tmp_path: Path, since: Any) -> None:
    """What is neither a date, a datetime nor ISO 8601 text is an error of the configuration."""
    async with Emulator(boards=1, pins=1) as emulator, client_of(emulator) as client:
        with pytest.raises(ConfigurationError, match="since must be"):
            await export_account(client, tmp_path, since=since)


async def test_since_reads_zones_and_keeps_what_has_no_time(tmp_path: Path) -> None:
    """The time is compared in UTC; a Pin that does not say when it was made is not left out."""
    pins = [
        {"id": "early", "created_at": "2025-05-01T09:59:59"},
        {"id": "late", "created_at": "2025-05-01T10:00:00"},
        {"id": "zoned", "created_at": "2025-05-01T11:59:59+02:00"},
        {"id": "none"},
        {"id": "odd", "created_at": 5},
    ]
    since = datetime(2025, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", Answer(200, {"items": pins, "bookmark": None}))
        report = await export_account(client, tmp_path, since=since)

    assert [pin["id"] for pin in lines(tmp_path / "pins.jsonl")] == ["late", "none", "odd"]
    assert (report.pins, report.pins_older) == (3, 2)


async def test_an_update_with_since_tells_of_pins_that_it_holds(tmp_path: Path) -> None:
    """Older Pins are neither new nor gone."""
    async with Emulator(boards=3, pins=60) as emulator, client_of(emulator) as client:
        ordered = sorted(emulator.account.saved.pins.values(), key=lambda pin: pin.created_at)
        old, new = ordered[0].id, ordered[-1].id
        since = datetime.fromisoformat(ordered[30].created_at)
        await export_account(client, tmp_path, since=since)
        await client.pins.delete(old)
        await client.pins.delete(new)
        report = await export_account(client, tmp_path, since=since, update=True)

    told = {key: change for key, change in changes(tmp_path).items() if key[0] == "pin"}
    assert told == {("pin", new): "gone"}
    assert report.complete


async def test_a13_a_difference_that_stands_is_a_remark_the_second_time(tmp_path: Path) -> None:
    """A13: a count that is wrong for ever is told once; a run that finds it again is complete."""
    async with Emulator(boards=2, pins=4) as emulator, client_of(emulator) as client:
        board = next(iter(emulator.account.saved.boards.values()))
        board.name = "Plums"

        async def export(listed: int, **options: Any) -> ExportReport:
            counted = {"id": board.id, "name": board.name, "pin_count": 9}
            page = [{"id": f"{n}"} for n in range(1, listed + 1)]
            emulator.fail("boards/list", Answer(200, {"items": [counted]}))
            emulator.fail("boards/list_pins", Answer(200, {"items": page}))
            emulator.fail("boards/get", Answer(200, counted))
            return await export_account(client, tmp_path, **options)

        emulator.fail("user_account/get", Answer(200, {"username": "plum"}), times=99)
        first = await export(3)
        board.name = "Damsons"
        second = await export(3, update=True)
        third = await export(3, overwrite=True)
        stricter = await export(3, update=True, strict=True)
        after_strict = await export(3, update=True)
        changed = await export(2, update=True)

    assert (first.complete, len(first.differences), first.remarks) == (False, 1, [])
    for standing in (second, third, after_strict):
        assert (standing.complete, standing.differences) == (True, [])
        assert [(row.board, row.kind) for row in standing.remarks] == [("Damsons", "count")]
    assert (stricter.complete, len(stricter.differences)) == (False, 1)
    assert not changed.complete
    assert manifest(tmp_path)["complete"] is False


async def test_a13_a_board_that_could_not_be_read_is_never_a_remark(tmp_path: Path) -> None:
    """What another run might mend is a difference each time, as is all after a broken manifest."""
    async with Emulator(boards=1, pins=4) as emulator, client_of(emulator) as client:
        gone = Answer(404, {"code": 40, "message": "Board not found."})
        emulator.fail("boards/list_pins", gone, times=3)
        await export_account(client, tmp_path)
        again = await export_account(client, tmp_path, update=True)
        (tmp_path / "manifest.json").write_bytes(b'{"differences":"\xff')
        broken = await export_account(client, tmp_path, update=True)
    for report in (again, broken):
        assert (report.complete, report.remarks) == (False, [])
        assert [row.kind for row in report.differences] == ["unread"]
