"""A10: what Pinterest would pass over, or refuse, is refused before it is sent, with its place."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pinterest_async import models
from pinterest_async._call.checking import check_body
from pinterest_async._model import Model
from pinterest_async.config import RequestOptions
from pinterest_async.errors import InvalidRequest
from tests.support.scripted import OpenLimiter, Scripted, connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


# A type checker refuses most of these: they come from files, forms and command lines.
Wrong = Any

PICTURE = {"source_type": "image_url", "url": "https://e.org/1.jpg"}

REFUSED: dict[str, tuple[Callable[[Wrong], Awaitable[object]], str]] = {
    "no events": (
        lambda client: client.conversion_events.create("1", data=[]),
        "data must have at least 1 items",
    ),
    "too many events": (
        lambda client: client.conversion_events.create("1", data=[event()] * 1001),
        "data must have at most 1000 items",
    ),
    "an empty id": (
        lambda client: client.pins.create(board_id="", media_source=PICTURE),
        "board_id must be digits, and not empty",
    ),
    "an id as a number": (
        lambda client: client.pins.create(board_id=12, media_source=PICTURE),
        "board_id: expected `str`, got `int`",
    ),
    "a long text": (
        lambda client: client.pins.create(board_id="1", media_source=PICTURE, title="x" * 101),
        "title must have at most 100 characters",
    ),
    "a member of a row": (
        lambda client: client.ads.update("1", [{"id": "2"}, {"id": "1", "statuss": "PAUSED"}]),
        r"\[1\] has no member 'statuss', did you mean 'status'\?",
    ),
    "what a row needs": (
        lambda client: client.ads.update("1", [{"status": "PAUSED"}]),
        r"\[0\] needs the member 'id'",
    ),
    "too many rows": (
        lambda client: client.ads.update("1", [{"id": "1"}] * 31),
        "the body must have at most 30 items",
    ),
    "a nested member": (
        lambda client: client.pins.create(
            board_id="1", media_source={"source_type": "image_url", "urll": "https://e.org/1.jpg"}
        ),
        r"media_source has no member 'urll', did you mean 'url'\?",
    ),
    "deep down": (
        lambda client: client.conversion_events.create(
            "1", data=[event() | {"custom_data": {"contents": [{"item_pric": "1"}]}}]
        ),
        r"data\[0\].custom_data.contents\[0\] has no member 'item_pric', did you mean 'item_price'",
    ),
    "among objects that no member tells apart": (
        lambda client: client.ad_groups.update(
            "1", [{"id": "1", "targeting_spec": {"GENDERR": ["male"]}}]
        ),
        r"\[0\].targeting_spec has no member 'GENDERR', did you mean 'GENDER'",
    ),
    "no members of what has free keys": (
        lambda client: client.business_access_invites.respond(
            invites=[
                {
                    "invite_id": "1",
                    "action": {"accept_invite": True, "asset_id_to_permissions": {}},
                }
            ]
        ),
        r"invites\[0\].action.asset_id_to_permissions must have at least 1 members",
    ),
    "what has to be more than nothing": (
        lambda client: client.msot_events.create(
            "1",
            ad_group_id="1",
            event_id="1",
            event_name="checkout",
            event_timestamp=1_700_000_000,
            attribution_score=0,
        ),
        "attribution_score: expected `float` > 0",
    ),
    "another kind": (
        lambda client: client.pins.create(board_id="1", media_source={"source_type": "postcard"}),
        "media_source.source_type: invalid value 'postcard'",
    ),
}


def event() -> dict[str, Any]:
    """An event that Pinterest would take."""
    return {
        "event_name": "checkout",
        "action_source": "web",
        "event_time": 1_700_000_000,
        "event_id": "1",
        "user_data": {"em": ["f" * 64]},
    }


@pytest.mark.parametrize("what", REFUSED)
async def test_a10_a_body_is_checked_before_it_is_sent(
    server: Scripted, limiter: OpenLimiter, what: str
) -> None:
    """With the operation, the place and the nearest name."""
    call, sentence = REFUSED[what]
    async with connect(server, limiter) as client:
        with pytest.raises(InvalidRequest, match=sentence):
            await call(client)
    assert not server.requests


async def test_a_newer_member_can_be_sent(server: Scripted, limiter: OpenLimiter) -> None:
    """Where Pinterest has something that this package has not heard of."""
    server.answer({"items": []})
    async with connect(server, limiter) as client:
        rows: Wrong = [{"id": "1", "mood": "calm"}]
        await client.ads.update("1", rows, options=RequestOptions(check_body=False))
    (sent,) = server.requests
    assert msgspec.json.decode(sent.body) == rows


async def test_what_is_right_is_sent_as_it_was_given(
    server: Scripted, limiter: OpenLimiter
) -> None:
    """Objects and dictionaries alike, among them unions of objects that no member tells apart."""
    server.answer({"items": []})
    rows: Wrong = [
        {"id": "1", "targeting_spec": {"GENDER": ["male"]}, "start_time": None},
        models.AdGroupUpdateRequest(id="2", name="x"),
    ]
    async with connect(server, limiter) as client:
        await client.ad_groups.update("1", rows)
    (sent,) = server.requests
    assert msgspec.json.decode(sent.body) == [rows[0], {"id": "2", "name": "x"}]


def requests() -> Iterator[type[Model]]:
    """Every object that a request may carry."""
    for module in pkgutil.iter_modules(models.__path__):
        found = vars(importlib.import_module(f"pinterest_async.models.{module.name}"))
        kinds = [kind for kind in found.values() if isinstance(kind, type)]
        for model in kinds:
            if issubclass(model, Model) and model.__struct_config__.forbid_unknown_fields:
                yield model


def test_every_object_of_a_request_can_be_checked() -> None:
    """Also those that hold unions that msgspec itself cannot read."""
    checked = set(requests())
    assert len(checked) > 250
    for model in checked:
        with pytest.raises(InvalidRequest, match="has no member 'no such'"):
            check_body("x", model, tagged(model))


def tagged(model: type[Model]) -> bytes:
    """An object with the mark of its kind, and a member that there is not."""
    config = model.__struct_config__
    members: dict[str, Any] = {"no such": 1}
    if config.tag_field is not None:
        members = {config.tag_field: config.tag, **members}
    return msgspec.json.encode(members)


async def test_the_client_takes_the_option(server: Scripted, limiter: OpenLimiter) -> None:
    """For all calls of a program that is ahead of this package."""
    server.answer({"items": []})
    rows: Wrong = [{"id": "1", "mood": "calm"}]
    async with connect(server, limiter) as client:
        await client.with_options(check_body=False).ads.update("1", rows)
    assert len(server.requests) == 1
