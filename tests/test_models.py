"""Models give their data: as dictionaries, as JSON, to web frameworks, and to a reader's eye."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from fastapi import FastAPI
from msgspec import UNSET, Struct, convert
from pydantic import TypeAdapter, ValidationError

from pinterest_async import Model, models
from pinterest_async.models import Board, Pin, PinUpdate

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


def test_fastapi_documents_them() -> None:
    """The document of a web service holds their members, and refers to nothing outside."""
    app = FastAPI()

    @app.get("/pin", response_model=Pin)
    async def get() -> Pin:
        return pin()

    document = app.openapi()
    content = document["paths"]["/pin"]["get"]["responses"]["200"]["content"]
    schema = content["application/json"]["schema"]
    assert schema["properties"]["title"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert schema["properties"]["board_owner"]["anyOf"][0]["title"] == "BoardOwner"
    assert "$ref" not in json.dumps(schema)
    assert get is not None
