"""Models give their data: as dictionaries, as JSON, to web frameworks, and to a reader's eye."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any
from urllib.parse import quote

import pytest
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient
from msgspec import UNSET, Struct, convert
from pydantic import TypeAdapter, ValidationError

from pinterest_async import Model, Picture, models, to_datetime
from pinterest_async.models import Board, CampaignResponse, CustomerListUpload, Pin, PinUpdate

NOON = "2024-05-01T12:00:00Z"
PIN: dict[str, Any] = {
    "id": "1",
    "title": "Rye & plum",
    "created_at": NOON,
    "board_owner": {"username": None},
}


def pin() -> Pin:
    """A Pin of which little is known."""
    return convert(PIN, Pin)


def test_every_model_is_one() -> None:
    """What is generated has the one base class, requests as well as responses."""
    named = [getattr(models, name) for name in dir(models) if name[0].isupper()]
    found = [one for one in named if isinstance(one, type) and issubclass(one, Struct)]
    assert len(found) > 500
    assert [one for one in found if not issubclass(one, Model)] == []


def test_to_dict_is_what_json_holds() -> None:
    """All members under Pinterest's names, or those alone that hold something."""
    whole = pin().to_dict()
    assert whole == json.loads(json.dumps(whole)) == json.loads(pin().to_json())
    assert (whole["link"], whole["created_at"]) == (None, NOON)
    assert pin().to_dict(exclude_none=True) == {**PIN, "board_owner": {}}


def test_a_dictionary_is_made_of_a_model() -> None:
    """As of models of pydantic; it holds what `to_dict` does."""
    model: Any = pin()
    assert dict(model) == pin().to_dict()


def test_what_is_not_set_is_left_out() -> None:
    """A change of a Pin holds what it changes; None clears."""
    change = PinUpdate(title=None, link="https://example.com")
    assert change.to_dict() == {"title": None, "link": "https://example.com"}
    assert change.description is UNSET


def test_repr_shows_what_is_there() -> None:
    """Neither None nor what is not set."""
    noon = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
    assert repr(pin()) == (
        f"Pin(id='1', board_owner=BoardOwner(), created_at={noon!r}, title='Rye & plum')"
    )
    assert repr(PinUpdate(title="x")) == "PinUpdate(title='x')"


def test_pydantic_takes_and_gives_them() -> None:
    """By the rules of the model, with an error of pydantic's for what does not fit."""
    boards = TypeAdapter(list[Board])
    (board,) = boards.validate_python([{"id": "2", "name": "Plums"}])
    assert type(board) is Board
    assert boards.validate_python([board])[0] is board
    assert boards.dump_python([board])[0]["name"] == "Plums"
    assert json.loads(boards.dump_json([board]))[0]["id"] == "2"
    with pytest.raises(ValidationError, match="Expected `str`"):
        boards.validate_python([{"id": 2}])


SIZES = {
    "150x150": {"url": "https://i.pinimg.com/150x150/a.jpg", "width": 150, "height": 150},
    "originals": {"url": "https://i.pinimg.com/originals/a.jpg", "width": 90, "height": 60},
    "1200x": {"url": "https://i.pinimg.com/1200x/a.jpg", "width": 1200, "height": 800},
}


@pytest.mark.parametrize(
    ("media", "best"),
    [
        (
            {"images": SIZES},
            Picture(url="https://i.pinimg.com/originals/a.jpg", width=90, height=60),
        ),
        (
            {"images": {name: SIZES[name] for name in ("150x150", "1200x")}},
            Picture(url="https://i.pinimg.com/1200x/a.jpg", width=1200, height=800),
        ),
        (
            {"images": {"originals": {"width": 9}, "1200x": {"url": "https://u.test/a"}}},
            Picture(url="https://u.test/a"),
        ),
        (
            {"items": [{"images": {"150x150": SIZES["150x150"]}}, {"images": SIZES}]},
            Picture(url="https://i.pinimg.com/150x150/a.jpg", width=150, height=150),
        ),
        (
            {"media_type": "video", "cover_image_url": "https://i.pinimg.com/c.jpg"},
            Picture(url="https://i.pinimg.com/c.jpg"),
        ),
        ({"images": None, "items": []}, None),
        (None, None),
    ],
)
def test_the_best_image_of_a_pin(media: object, best: Picture | None) -> None:
    """The original, else the widest that has an address; of several the first; a video's cover."""
    assert convert({"id": "1", "media": media}, Pin).best_image() == best


def test_pins_and_boards_know_their_pages() -> None:
    """A Pin by its id; a board by owner and name, in any alphabet, where both are known."""
    assert pin().url == "https://www.pinterest.com/pin/1/"
    board = convert({"id": "2", "name": "Plum & Rye's", "owner": {"username": "anna"}}, Board)
    assert board.url == "https://www.pinterest.com/anna/plum-ryes/"
    travels = convert({"id": "2", "name": "日本 旅行", "owner": {"username": "anna"}}, Board)
    assert travels.url == f"https://www.pinterest.com/anna/{quote('日本-旅行')}/"
    for unknown in ({}, {"name": "Plums"}, {"name": "!", "owner": {"username": "anna"}}):
        assert convert({"id": "2", **unknown}, Board).url is None
    assert "url" not in board.to_dict()


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (1432744744, dt.datetime(2015, 5, 27, 16, 39, 4, tzinfo=dt.UTC)),
        (1452208622.5, dt.datetime(2016, 1, 7, 23, 17, 2, 500000, tzinfo=dt.UTC)),
        (1646767577816, dt.datetime(2022, 3, 8, 19, 26, 17, 816000, tzinfo=dt.UTC)),
        (0, dt.datetime(1970, 1, 1, tzinfo=dt.UTC)),
        (-1, dt.datetime(1969, 12, 31, 23, 59, 59, tzinfo=dt.UTC)),
        (None, None),
        (10**30, None),
        (float("nan"), None),
    ],
)
def test_numbers_as_moments(number: float | None, moment: dt.datetime | None) -> None:
    """Seconds or, where they are too many, milliseconds since 1970."""
    assert to_datetime(number) == moment


def test_times_of_ads_are_moments_beside_their_numbers() -> None:
    """A number that is a time has a property that ends in `_at`, unless a field has its name."""
    campaign = convert({"id": "1", "created_time": 1432744744, "end_time": None}, CampaignResponse)
    assert campaign.created_at == dt.datetime(2015, 5, 27, 16, 39, 4, tzinfo=dt.UTC)
    assert (campaign.start_at, campaign.end_at, campaign.updated_at) == (None, None, None)
    upload = convert({"id": "1", "creation_time": 1728606435}, CustomerListUpload)
    assert upload.created_at == dt.datetime(2024, 10, 11, 0, 27, 15, tzinfo=dt.UTC)


def test_fastapi_returns_and_takes_them() -> None:
    """A handler returns a model as it is, and is given one of a request's body."""
    app = FastAPI()

    @app.get("/pin")
    async def get() -> Pin:
        return pin()

    @app.get("/pins")
    async def get_all() -> list[Pin]:
        return [pin()]

    async def undeclared(*, many: bool = False):  # type: ignore[no-untyped-def]  # noqa: ANN202
        return [pin()] if many else pin()

    app.get("/undeclared")(undeclared)

    @app.post("/board")
    async def post(board: Annotated[Board, Body()]) -> dict[str, str | None]:
        return {"url": board.url}

    with TestClient(app) as web:
        assert web.get("/pin").json() == pin().to_dict()
        assert web.get("/pins").json() == [pin().to_dict()]
        assert web.get("/undeclared").json() == pin().to_dict()
        assert web.get("/undeclared?many=true").json() == [pin().to_dict()]
        sent = web.post("/board", json={"id": "2", "name": "Rye", "owner": {"username": "anna"}})
        assert sent.json() == {"url": "https://www.pinterest.com/anna/rye/"}
        refused = web.post("/board", json={"name": "Rye"})
        assert refused.status_code == 422
        assert "missing required field `id`" in refused.text
    assert None not in (get, get_all, post)


def test_fastapi_documents_them() -> None:
    """The document of a web service holds their members, and refers to nothing outside."""
    app = FastAPI()

    @app.get("/pin", response_model=Pin)
    async def get() -> Pin:
        return pin()

    document = app.openapi()
    content = document["paths"]["/pin"]["get"]["responses"]["200"]["content"]
    schema = content["application/json"]["schema"]
    title = [one["type"] for one in schema["properties"]["title"]["anyOf"]]
    assert sorted(title) == ["null", "string"]
    # Where null stands among them differs between versions of msgspec.
    owner = [one.get("title") for one in schema["properties"]["board_owner"]["anyOf"]]
    assert sorted(owner, key=str) == ["BoardOwner", None]
    assert "$ref" not in json.dumps(schema)
    assert get is not None
