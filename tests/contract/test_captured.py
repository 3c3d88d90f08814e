"""Responses of the shape that public captures show decode strictly, ids as text and always there.

The members and their oddities are those of the captures; the values are ours.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from codegen.override_tables import ALWAYS
from pinterest_async import models
from pinterest_async.operations import OPERATIONS
from tests.contract.building import answer_type

ID = "666743988523388559"
SIZES = {
    size: {"width": 150, "height": 150, "url": f"https://i.pinimg.com/{size}/a.jpg"}
    for size in ("150x150", "400x300", "600x", "1200x", "originals")
}
CAPTURED: dict[str, dict[str, Any]] = {
    "ad_accounts/list": {
        "id": "549761668032",
        "name": "Plums",
        "owner": {"username": "plumbaker"},  # without the owner's id
        "country": "US",
        "currency": "USD",
        "permissions": ["OWNER"],
        "created_time": 1603772920,
        "updated_time": 1623173784,
    },
    "boards/list": {
        "media": {"pin_thumbnail_urls": [], "image_cover_url": "https://i.pinimg.com/a.jpg"},
        "owner": {"username": "plumbaker"},
        "created_at": "2021-06-08T09:37:18",
        "board_pins_modified_at": "2021-10-25T11:17:56.715000",
        "id": ID,
        "collaborator_count": 0,
        "follower_count": 2,
        "pin_count": 1,
        "privacy": "PUBLIC",
        "name": "plums",
        "description": "",
    },
    "boards/list_pins": {
        "board_owner": {"username": "plumbaker"},
        "alt_text": None,
        "description": "A cake",
        "note": "",
        "is_owner": True,
        "link": "https://example.com/",
        "has_been_promoted": True,
        "media": {"media_type": "image", "images": SIZES},
        "board_id": ID,
        "dominant_color": "#cacafe",
        "id": "666743919837294988",
        "title": "Plum cake",
        "board_section_id": "5195034916661798218",
        "creative_type": "REGULAR",
        "product_tags": [],
        "created_at": "2021-06-08T09:37:30",
        "is_standard": True,
        "parent_pin_id": None,
    },
}


@pytest.mark.parametrize("operation_id", CAPTURED)
def test_a_captured_response_decodes_strictly(operation_id: str) -> None:
    """Nothing of it is lost, its id is text, its times have a zone."""
    captured = CAPTURED[operation_id]
    kind = answer_type(OPERATIONS[operation_id].response)
    decoded = msgspec.json.decode(msgspec.json.encode(captured), type=kind)
    assert decoded.id == captured["id"]
    plain = msgspec.to_builtins(decoded)
    assert captured.keys() <= plain.keys()
    for name, value in captured.items():
        if name in ("created_at", "board_pins_modified_at"):
            assert getattr(decoded, name) == dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
        elif not isinstance(value, dict):
            assert plain[name] == value


def test_an_unknown_value_is_a_value() -> None:
    """Whatever an enumeration knows, Pinterest may say something newer."""
    newer = {**CAPTURED["boards/list"], "privacy": "FOR_FRIENDS"}
    assert msgspec.convert(newer, models.Board).privacy == "FOR_FRIENDS"


def test_ids_that_are_always_there_are_required() -> None:
    """A thing without the id that other calls name it by is none; a nested owner may lack one."""
    always = [name for group in ALWAYS for name in group.entries]
    for model, _, member in (name.partition(".") for name in always):
        kind = getattr(models, model)
        with pytest.raises(msgspec.ValidationError, match=f"missing required field `{member}`"):
            msgspec.convert({}, kind)
        assert getattr(msgspec.convert({member: "1"}, kind), member) == "1"
    assert msgspec.convert({}, models.AdAccountOwner).id is None
