"""The formats of an export: whatever is written is read back as Pinterest sent it."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pinterest_async import ConfigurationError
from pinterest_async.emulator import Answer, Emulator
from pinterest_async.jobs import export_account
from pinterest_async.jobs.export.columns import COLUMNS, moment
from pinterest_async.jobs.export.files import REJECTED, ExportFiles
from tests.support.clients import client_of
from tests.support.exported import JOURNAL, assert_holds, manifest, names, raw, rows
from tests.support.full_disk import files_up_to

if TYPE_CHECKING:
    from pinterest_async.jobs.export.formats import Format

FORMATS: list[Format] = ["jsonl", "csv", "parquet", "sqlite"]
TABLES: list[Format] = ["csv", "parquet", "sqlite"]


def files(written_as: str) -> set[str]:
    """What the files of an export are called."""
    if written_as == "sqlite":
        return {"pinterest.sqlite", "manifest.json", JOURNAL}
    tables = {f"{table}.{written_as}" for table in ("boards", "sections", "pins")}
    return {*tables, "manifest.json", JOURNAL}


@pytest.mark.parametrize("written_as", FORMATS)
async def test_every_format_holds_the_account(tmp_path: Path, written_as: Format) -> None:
    """What is read back is the account's own state, each thing once, with its raw JSON."""
    async with Emulator(boards=9, pins=700) as emulator, client_of(emulator) as client:
        report = await export_account(client, tmp_path, format=written_as)
        assert_holds(tmp_path, emulator.account, written_as)

    assert report.complete
    assert names(tmp_path) == files(written_as)
    assert report.files == manifest(tmp_path)["files"]
    assert set(report.files) == files(written_as) - {"manifest.json", JOURNAL}
    assert report.format == written_as


@pytest.mark.parametrize("written_as", FORMATS)
async def test_an_empty_account_has_empty_tables(tmp_path: Path, written_as: Format) -> None:
    """A table without rows is there, with its columns."""
    async with Emulator(boards=0, pins=0) as emulator, client_of(emulator) as client:
        report = await export_account(client, tmp_path, format=written_as)

    assert report.complete
    assert names(tmp_path) == files(written_as)
    assert raw(tmp_path, "pins", written_as) == []
    if written_as == "csv":
        head = (tmp_path / "pins.csv").read_text().strip().split(",")
        assert head == [*(column.name for column in COLUMNS["pins"]), "raw"]


FULL: dict[str, Any] = {
    "id": "9007199254740993",
    "board_id": "12",
    "board_section_id": "13",
    "board_owner": {"username": "anna"},
    "title": "Plum cake",
    "description": 'With "cream",\nand plums\r\n',
    "alt_text": "A cake 🎂",
    "link": "https://x.test/?a=1,2",
    "created_at": "2025-01-31T23:59:58",
    "creative_type": "REGULAR",
    "media": {
        "media_type": "image",
        "images": {
            "1200x": {"url": "https://i.test/1200.jpg", "width": 1200, "height": 1800},
            "600x": {"url": "https://i.test/600.jpg", "width": 600, "height": 900},
        },
    },
    "dominant_color": "#6E7B5A",
    "parent_pin_id": None,
    "is_owner": True,
    "is_standard": False,
    "has_been_promoted": "false",
    "brand_new": {"deep": [1, 2.5, None]},
}


async def exported(folder: Path, written_as: Format, *pins: Any) -> list[dict[str, Any]]:
    """The rows of an export of one board with these Pins."""
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", Answer(200, {"items": list(pins), "bookmark": None}))
        await export_account(client, folder, format=written_as)
    return rows(folder, "pins", written_as)


@pytest.mark.parametrize("written_as", TABLES)
async def test_each_column_has_its_value_and_type(tmp_path: Path, written_as: Format) -> None:
    """Texts, times, numbers and truths are what they are, and the picture is the largest."""
    (row,) = await exported(tmp_path, written_as, FULL)

    typed: dict[str, dict[str, Any]] = {
        "csv": {
            "created_at": "2025-01-31T23:59:58Z", "image_width": "1200", "parent_pin_id": "",
            "is_owner": "true", "is_standard": "false", "has_been_promoted": "false",
        },
        "sqlite": {
            "created_at": "2025-01-31T23:59:58Z", "image_width": 1200, "parent_pin_id": None,
            "is_owner": 1, "is_standard": 0, "has_been_promoted": 0,
        },
        "parquet": {
            "created_at": datetime(2025, 1, 31, 23, 59, 58, tzinfo=UTC), "image_width": 1200,
            "parent_pin_id": None, "is_owner": True, "is_standard": False,
            "has_been_promoted": False,
        },
    }  # fmt: skip
    expected = {
        "id": "9007199254740993",
        "board_id": "12",
        "board_section_id": "13",
        "board_owner": "anna",
        "url": "https://www.pinterest.com/pin/9007199254740993/",
        "title": "Plum cake",
        "description": 'With "cream",\nand plums\r\n',
        "alt_text": "A cake 🎂",
        "link": "https://x.test/?a=1,2",
        "image_url": "https://i.test/1200.jpg",
        "media_type": "image",
        **typed[written_as],
    }
    assert {name: row[name] for name in expected} == expected
    assert json.loads(row["raw"]) == FULL


@pytest.mark.parametrize(
    ("media", "url", "width"),
    [
        ({"images": {"originals": {"url": "o", "width": None}, "1x": {"url": "w", "width": 9}}},
         "o", None),
        ({"images": {"1x": {"url": None, "width": 9}, "2x": {"url": "w", "width": 5}}}, "w", 5),
        ({"items": [{"images": {"1x": {"url": "first", "width": 3}}}, {}]}, "first", 3),
        ({"cover_image_url": "cover", "media_type": "video"}, "cover", None),
        ({"images": {}}, None, None),
        ({"images": "odd", "items": []}, None, None),
        (None, None, None),
        ("odd", None, None),
    ],
)  # fmt: skip
async def test_the_best_picture_is_chosen(
    tmp_path: Path, media: Any, url: str | None, width: int | None
) -> None:
    """The original, else the largest, else the cover; None where there is none."""
    (row,) = await exported(tmp_path, "sqlite", {"id": "1", "media": media})
    assert (row["image_url"], row["image_width"]) == (url, width)


@pytest.mark.parametrize("written_as", TABLES)
async def test_what_does_not_fit_its_column_is_in_raw(tmp_path: Path, written_as: Format) -> None:
    """Values of a wrong type, too large, or that no encoding can write spoil nothing."""
    odd = {
        "id": 7,
        "title": {"not": "a text"},
        "link": ["neither"],
        "created_at": "yesterday",
        "is_owner": "maybe",
        "media": {"images": {"1x": {"url": "u", "width": 10**30, "height": "12"}}},
        "board_owner": "nobody",
    }
    (row,) = await exported(tmp_path, written_as, odd)

    nothing = "" if written_as == "csv" else None
    assert row["id"] == "7"
    for name in ("title", "link", "created_at", "is_owner", "image_width", "board_owner"):
        assert row[name] == nothing
    assert str(row["image_height"]) == "12"
    assert json.loads(row["raw"]) == odd


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
async def test_no_cell_of_a_csv_is_a_formula(tmp_path: Path, start: str) -> None:
    """What a spreadsheet would reckon out begins with an apostrophe; raw has it as it is."""
    pin = {"id": "1", "title": f"{start}1+1", "description": "5-3", "link": "https://x.test/"}
    (row,) = await exported(tmp_path, "csv", pin)

    assert row["title"] == f"'{start}1+1"
    assert (row["description"], row["link"]) == ("5-3", "https://x.test/")
    assert row["raw"].startswith("{")
    assert json.loads(row["raw"]) == pin


async def test_the_pins_of_a_board_say_so(tmp_path: Path) -> None:
    """Where a Pin does not name its board, the column has the one whose list held it."""
    (row,) = await exported(tmp_path, "csv", {"id": "1"})
    (board,) = rows(tmp_path, "boards", "csv")
    assert row["board_id"] == board["id"]


async def test_parquet_is_written_in_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table is never in memory as a whole, neither for its writer nor for its reader."""
    monkeypatch.setattr("pinterest_async.jobs.export.journal.BATCH", 100)
    async with Emulator(boards=2, pins=450) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path, format="parquet")

    file = import_module("pyarrow.parquet").ParquetFile(tmp_path / "pins.parquet")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [
        100, 100, 100, 100, 50,
    ]  # fmt: skip
    types = {field.name: str(field.type) for field in file.schema_arrow}
    assert types["created_at"] == "timestamp[us, tz=UTC]"
    assert types["image_width"] == "int64"
    assert types["is_owner"] == "bool"


async def test_the_database_has_keys_and_indexes(tmp_path: Path) -> None:
    """Pins are found by id and by board without a walk through all of them."""
    async with Emulator(boards=2, pins=20) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path, format="sqlite")

    with closing(sqlite3.connect(tmp_path / "pinterest.sqlite")) as database:
        (check,) = database.execute("PRAGMA integrity_check").fetchone()
        for where in ("id", "board_id"):
            (plan,) = database.execute(
                f"EXPLAIN QUERY PLAN SELECT * FROM pins WHERE {where} = '1'"  # noqa: S608
            )
            assert "USING INDEX" in plan[3]
    assert check == "ok"


async def test_another_format_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """An overwritten export leaves no file of its own behind, and no file of others goes."""
    (tmp_path / "pins.txt").write_text("mine")
    unreadable = Answer(200, {"items": [{"title": "no id"}], "bookmark": None})
    async with Emulator(boards=1, pins=0) as emulator, client_of(emulator) as client:
        emulator.fail("boards/list_pins", unreadable)
        first = await export_account(client, tmp_path)
        assert "rejected.jsonl" in first.files
        await export_account(client, tmp_path, format="parquet", overwrite=True)

    assert names(tmp_path) == files("parquet") | {"pins.txt"}


async def test_a_damaged_manifest_leads_nowhere(tmp_path: Path) -> None:
    """The files that an old manifest names are removed only where they are of an export."""
    (tmp_path / "keep.txt").write_text("mine")
    (tmp_path / "pins.csv").write_text("old")
    listed = {"files": ["keep.txt", "../keep.txt", "pins.csv"]}
    (tmp_path / "manifest.json").write_text(json.dumps(listed))
    async with Emulator(boards=1, pins=1) as emulator, client_of(emulator) as client:
        await export_account(client, tmp_path, overwrite=True)

    assert "keep.txt" in names(tmp_path)
    assert "pins.csv" not in names(tmp_path)


def test_every_column_is_documented() -> None:
    """The page about the files names the columns that there are, with their types, and no other."""
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    for table, columns in COLUMNS.items():
        rows_of_page = page.split(f"| {table} | type |")[1].split("\n\n")[0].splitlines()[2:]
        cells = [row.split("|") for row in rows_of_page]
        documented = {
            name: kind.strip()
            for _, named, kind, *_ in cells
            for name in re.findall(r"`(\w+)`", named)
        }
        assert documented == {column.name: column.type for column in columns}


async def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error comes before anything is sent, and names the extra."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    async with Emulator(boards=1, pins=1) as emulator, client_of(emulator) as client:
        with pytest.raises(ConfigurationError, match=r"pip install 'pinterest-async\[parquet\]'"):
            await export_account(client, tmp_path / "out", format="parquet")

    assert emulator.requests == []
    assert not (tmp_path / "out").exists()


def test_pyarrow_is_loaded_for_parquet_alone() -> None:
    """It is large, and nobody else needs it."""
    program = "import pinterest_async.jobs, sys; print('pyarrow' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ended.stdout.strip() == b"False"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2025-10-06T13:07:04", datetime(2025, 10, 6, 13, 7, 4, tzinfo=UTC)),
        ("2025-10-06T13:07:04.000Z", datetime(2025, 10, 6, 13, 7, 4, tzinfo=UTC)),
        ("2020-01-01T20:10:40-00:00", datetime(2020, 1, 1, 20, 10, 40, tzinfo=UTC)),
        ("2025-10-06T15:07:04+02:00", datetime(2025, 10, 6, 13, 7, 4, tzinfo=UTC)),
        ("0001-01-01T00:00:00+02:00", None),
        ("soon", None),
        (1759755000, None),
        (None, None),
    ],
)
def test_times_are_read_in_every_form(text: Any, read: datetime | None) -> None:
    """Pinterest leaves the zone out, and its samples have several ways to write it."""
    assert moment(text) == read


@pytest.mark.parametrize("written_as", FORMATS)
def test_what_is_given_up_on_a_full_disk_is_cleared_away(
    tmp_path: Path, written_as: Format
) -> None:
    """Files that cannot even be closed in order hide no error and leave nothing behind."""
    growing = ExportFiles(tmp_path, written_as, ["boards", "pins"])
    growing.start()
    growing.add("pins", [(b'{"id":"1","title":"Plums"}', "")])
    growing.add_lines(REJECTED, [b"{}"])
    with files_up_to(0):
        growing.close()
    assert names(tmp_path) == set()
