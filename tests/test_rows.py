"""Objects of the API become rows that pandas, Polars and Arrow take as they are."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
import pytest
from msgspec import convert

from pinterest_async import jobs, models, to_rows
from pinterest_async._rows import _members
from pinterest_async.emulator import Emulator
from pinterest_async.models import Board, Pin, PinUpdate
from tests.support.clients import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pinterest_async import Pinterest

# Without types for a type checker.
duckdb: Any = pytest.importorskip("duckdb")
pa: Any = pytest.importorskip("pyarrow")
pd: Any = pytest.importorskip("pandas")

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
BOARDS: list[Any] = [
    {"id": "1", "name": "Rye", "pin_count": 3, "owner": {"username": "anna"}},
    {
        "id": "2",
        "created_at": "2024-05-01T12:00:00",
        "media": {"image_cover_url": "https://u.test/c", "pin_thumbnail_urls": ["a", "b"]},
    },
    {"id": "3", "media": {"pin_thumbnail_urls": []}},
]


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An account with more Pins than Polars looks at to find out what a column holds."""
    async with Emulator(boards=3, pins=150) as emulator:
        yield emulator


async def all_pins(client: Pinterest) -> AsyncIterator[Pin]:
    """The Pins of all boards."""
    async for board in client.boards.list(privacy="ALL"):
        async for pin in client.boards.list_pins(board.id):
            yield pin


async def test_all_rows_have_all_columns() -> None:
    """What is within an object has a column of its own, whether a row holds anything there."""
    rows = await to_rows([convert(board, Board) for board in BOARDS])
    assert {tuple(row) for row in rows} == {
        (
            "id", "board_pins_modified_at", "collaborator_count", "created_at", "description",
            "follower_count", "is_ads_only", "media_image_cover_url", "media_pin_thumbnail_urls",
            "name", "owner_username", "pin_count", "privacy",
        )
    }  # fmt: skip
    assert [row["owner_username"] for row in rows] == ["anna", None, None]
    assert [row["created_at"] for row in rows] == [None, NOON, None]
    assert [row["media_pin_thumbnail_urls"] for row in rows] == [None, ["a", "b"], []]


async def test_what_has_keys_of_its_own_has_a_column_for_each() -> None:
    """Metrics and sizes of pictures; lists of objects are JSON; what is not set is left out."""
    pins = [
        convert({"id": "1", "pin_metrics": None, "media": {"items": [{"title": "a"}]}}, Pin),
        convert({"id": "2", "pin_metrics": {"90d": {"save": 7}}}, Pin),
        convert({"id": "3", "media": {"images": {"originals": {"width": 9}}}}, Pin),
    ]
    rows = await to_rows(pins)
    assert "pin_metrics" not in rows[0]
    assert [row["pin_metrics_90d_save"] for row in rows] == [None, 7, None]
    assert [row["media_images_originals_width"] for row in rows] == [None, None, 9]
    assert json.loads(rows[0]["media_items"])[0]["title"] == "a"
    assert (rows[0]["media_video_url"], rows[0]["media_video_url_hls"]) == (None, None)
    assert await to_rows([PinUpdate(title=None)]) == [{"title": None}]


async def test_dictionaries_are_rows_too() -> None:
    """Of an answer without a model, or of a report; two ways to one name stay two columns."""
    rows = await to_rows([{"a": {"b": 1}, "c": [1, "x"]}, {"a_b": 2, "d": dt.date(2024, 5, 1)}])
    first = {"a_b": 1, "c": '[1,"x"]', "a_b_": None, "d": None}
    assert rows == [first, {"a_b": None, "c": None, "a_b_": 2, "d": dt.date(2024, 5, 1)}]
    assert await to_rows([]) == []


def test_no_model_has_two_columns_of_one_name() -> None:
    """The names that are joined are told apart in every model."""
    for name in dir(models):
        model = getattr(models, name)
        if isinstance(model, type) and issubclass(model, msgspec.Struct):
            columns = [
                "_".join((wire, *part))
                for _, wire, parts in _members(model)
                for part in parts or [()]
            ]
            assert len(columns) == len(set(columns)), name


async def test_pandas_polars_and_arrow_take_a_listing(emulator: Emulator) -> None:
    """Each makes its frame of the rows: ids are text, times have their zone, nothing is lost."""
    async with client_of(emulator) as client:
        pins = [pin async for pin in all_pins(client)]
        rows = await to_rows(all_pins(client))
    assert len(rows) == len(pins) == 150
    ids = [pin.id for pin in pins]
    times = [pin.created_at for pin in pins]

    frame: Any = pd.DataFrame(rows)
    assert [*frame["id"]] == ids
    assert [one.to_pydatetime() for one in frame["created_at"]] == times
    assert [*frame.columns] == [*rows[0]]

    table = pl.DataFrame(rows, infer_schema_length=None)
    assert table["id"].to_list() == ids
    assert table["created_at"].to_list() == times
    assert table.schema["created_at"] == pl.Datetime("us", "UTC")
    assert table.columns == [*rows[0]]

    arrow: Any = pa.Table.from_pylist(rows)
    assert arrow["id"].to_pylist() == ids
    assert arrow["created_at"].to_pylist() == times
    assert arrow.to_pylist() == rows
    found = duckdb.sql("SELECT count(DISTINCT id), max(created_at) FROM arrow").fetchall()
    assert found == [(150, max(time for time in times if time))]


async def test_a_listing_of_ads_and_a_job_become_frames(emulator: Emulator) -> None:
    """What differs from row to row, and what a job hands out, fits in one frame as well."""
    async with client_of(emulator) as client:
        account = emulator.ad_account_id
        campaigns = await to_rows(client.campaigns.list(account))
        yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
        figures = await to_rows(jobs.pin_analytics(client, None, yesterday, yesterday))
    for rows in (campaigns, figures):
        assert rows
        arrow: Any = pa.Table.from_pylist(rows)
        assert arrow.num_rows == len(rows) == len(pd.DataFrame(rows))
        assert pl.DataFrame(rows, infer_schema_length=None).height == len(rows)
