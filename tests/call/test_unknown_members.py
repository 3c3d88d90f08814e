"""Members that no model knows, or that stand twice: counted, or refused where one is strict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pinterest_async import DecodeError, Hooks, Pinterest, UnknownMembers
from pinterest_async._call import unknown
from pinterest_async._call.unknown import repeated_members, unknown_members

if TYPE_CHECKING:
    from tests.support.scripted import Scripted

PIN: dict[str, Any] = {
    "id": "1",
    "brand_new": {"secret": "canary"},
    "media": {
        "media_type": "image",
        "images": {"originals": {"url": "https://u.test/a", "blurhash": "canary"}},
        "items": [{"title": "a"}, {"title": "b", "tilt": 3}],
    },
    "pin_metrics": {"90d": {"anything": 1}},
}
FOUND = {
    "$.brand_new": 1,
    "$.media.images.{}.blurhash": 1,
    "$.media.items[].tilt": 1,
}


class Own(msgspec.Struct):
    """What a caller wants of a Pin."""

    id: str


def connect(server: Scripted, heard: list[UnknownMembers], **options: Any) -> Pinterest:
    """A client that listens."""
    hooks = Hooks(unknown_members=heard.append)
    return Pinterest("pina_x", base_url=server.base_url, hooks=hooks, **options)


async def test_a_listener_hears_what_no_model_knows(server: Scripted) -> None:
    """Each with its place and how often it came, without values and without the keys of data."""
    heard: list[UnknownMembers] = []
    server.answer(PIN, headers={"x-pinterest-rid": "7"})
    server.answer({"items": [PIN, {"id": "2", "brand_new": None}], "bookmark": None, "total": 2})
    server.answer({"id": "3"})
    async with connect(server, heard) as client:
        await client.pins.get("1")
        await client.pins.list().collect()
        await client.pins.get("3")
    first, second = heard
    assert (first.operation, first.request_id, first.members) == ("pins/get", "7", FOUND)
    assert second.members == {
        "$.total": 1,
        "$.items[].brand_new": 2,
        "$.items[].media.images.{}.blurhash": 1,
        "$.items[].media.items[].tilt": 1,
    }
    assert "canary" not in repr(heard)
    assert "originals" not in repr(heard)


async def test_a_strict_call_refuses_them(server: Scripted) -> None:
    """With the place; a write says that it may have been done."""
    heard: list[UnknownMembers] = []
    for _ in range(3):
        server.answer({"id": "1", "brand_new": 1, "newer": 2})
    server.answer({"items": [{"id": "1", "brand_new": 1}], "bookmark": None})
    async with connect(server, heard, strict=True) as client:
        with pytest.raises(DecodeError, match="no model knows, and 1 more") as raised:
            await client.pins.get("1")
        assert (raised.value.path, raised.value.may_have_applied) == ("$.brand_new", False)
        with pytest.raises(DecodeError) as raised:
            await client.pins.update("1", title="x")
        assert raised.value.may_have_applied
        relaxed = client.with_options(strict=False)
        assert (await relaxed.pins.get("1")).id == "1"
        with pytest.raises(DecodeError) as raised:
            await client.pins.list()
        assert raised.value.path == "$.items[].brand_new"
    assert len(heard) == 4


async def test_types_of_ones_own_read_what_they_declare(server: Scripted) -> None:
    """Nothing is unknown to them, nor to `Raw`, nor to an answer without a model."""
    heard: list[UnknownMembers] = []
    for _ in range(2):
        server.answer({"items": [PIN], "bookmark": None, "total": 1})
    server.answer(PIN)
    async with connect(server, heard, strict=True) as client:
        assert await client.pins.list().read_as(Own).collect() == [Own("1")]
        assert len(await client.pins.list().read_as(msgspec.Raw).collect()) == 1
        assert await client.request("GET", "/pins/1") == PIN
    assert heard == []


async def test_items_that_were_set_aside_do_not_shift_the_others(server: Scripted) -> None:
    """The rest of a page is still compared item by item, repaired ones as well."""
    heard: list[UnknownMembers] = []
    items: list[Any] = [{"id": []}, {"id": 5, "brand_new": 1}, {"id": "6"}]
    server.answer({"items": items, "bookmark": None})
    async with connect(server, heard) as client:
        page = await client.pins.list()
    assert [pin.id for pin in page] == ["5", "6"]
    assert [event.members for event in heard] == [{"$.items[].brand_new": 1}]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"items":[{"id":"1"}],"items":[],"bookmark":null}', "$.items"),
        (b'{"items":[{"id":"1","title":"a","title":"b"}],"bookmark":null}', "$.items[].title"),
        (b'{"items":[{"id":"1","\\u0069d":"2"}],"bookmark":null}', "$.items[].id"),
        (b'{"items":[],"bookmark":null,"bookmark":null}', "$.bookmark"),
    ],
)
async def test_a_strict_call_refuses_what_stands_twice(
    server: Scripted, body: bytes, path: str
) -> None:
    """Elsewhere the last one is read, and nothing is said, as telling would cost every call."""
    for _ in range(2):
        server.answer(body)
    async with Pinterest("pina_x", base_url=server.base_url, strict=True) as client:
        with pytest.raises(DecodeError, match="stands twice") as raised:
            await client.pins.list()
        assert raised.value.path == path
        await client.with_options(strict=False).pins.list()


async def test_a_strict_call_that_does_not_know_a_model_refuses_what_stands_twice(
    server: Scripted,
) -> None:
    """An answer without a model can lose a value as well."""
    server.answer(b'{"a":{"b":1,"b":2,"c":1,"c":1}}')
    async with Pinterest("pina_x", base_url=server.base_url, strict=True) as client:
        with pytest.raises(DecodeError, match="stands twice, and 1 more") as raised:
            await client.request("GET", "/pins/1")
    assert raised.value.path == "$.a.b"


def test_what_stands_once_in_each_object_is_no_repetition() -> None:
    """The same name in another object, or in an object within, is another member."""
    assert repeated_members(b'{"a":{"a":1},"b":[{"a":1},{"a":2}]}') == {}
    assert repeated_members(b'[{"a":1,"a":2},{"a":1,"a":2,"a":3}]') == {"$[].a": 2}
    for body in (b"", b"{", b'{"id":"\xff"}', b"[" * 100_000, b"7"):
        assert repeated_members(body) == {}


async def test_nobody_looks_where_nobody_listens(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a listener, and not strict, the response is not read a second time."""

    def never(*_: object) -> Any:
        raise AssertionError("looked")

    monkeypatch.setattr(unknown, "unknown_members", never)
    monkeypatch.setattr(unknown, "repeated_members", never)
    server.answer(PIN)
    async with Pinterest("pina_x", base_url=server.base_url) as client:
        assert (await client.pins.get("1")).id == "1"


@pytest.mark.parametrize("body", [b"", b"{", b'{"id":"\xff"}', b"[" * 100_000, b"7", b"[{}]"])
def test_any_bytes_are_looked_at(body: bytes) -> None:
    """What is no JSON, or nothing like the value, holds nothing that is unknown."""
    assert unknown_members(body, msgspec.convert({"id": "1"}, Own)) == {}
