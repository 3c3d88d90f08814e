"""Answers decoded, and mended where they do not fit."""

from __future__ import annotations

import contextlib
import time
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinterest_async._call.decoding import decode, decode_page, decoder_for, page_decoder_for
from pinterest_async.errors import DecodeError


class Image(msgspec.Struct, tag_field="kind", tag="image"):
    """A tagged variant."""

    url: str | None = None


class Video(msgspec.Struct, tag_field="kind", tag="video"):
    """Another tagged variant."""

    seconds: int | None = None


class Row(msgspec.Struct):
    """A row of an analytics answer."""

    metrics: dict[str, float] = {}
    days: dict[str, dict[str, int]] = {}


class Pin(msgspec.Struct):
    """An item with every kind of field that can go wrong."""

    id: str
    title: str | None = None
    saves: int | None = None
    rate: float | None = None
    owned: bool | None = None
    flag: bool = False
    created_at: datetime | None = None
    media: Image | Video | None = None
    tags: list[str] | None = None
    parts: list[Image | Video] | None = None
    row: Row | None = None
    metrics: dict[str, float] | None = None
    sizes: dict[str, Image] | None = None


def mended(body: object, answer: Any = Pin) -> tuple[Any, list[tuple[str, bool]]]:
    """Decode tolerantly; return the value, and path and kind of each repair."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    value, repairs = decode(answer, content, operation="pins/get", strict=False)
    return value, [(repair.path, repair.dropped) for repair in repairs]


def failing(body: bytes, answer: Any = Pin, *, strict: bool = False) -> DecodeError:
    """Decode what must fail."""
    with pytest.raises(DecodeError) as caught:
        decode(answer, body, operation="pins/get", strict=strict)
    return caught.value


def test_a_good_answer_is_decoded_as_it_is() -> None:
    """What fits is decoded without a repair."""
    assert mended({"id": "1", "saves": 3}) == (Pin(id="1", saves=3), [])


@pytest.mark.parametrize(
    ("field", "found", "value"),
    [
        ("title", 7, "7"),
        ("saves", 5.0, 5),
        ("saves", "12", 12),
        ("saves", "-3", -3),
        ("saves", 5.5, 5.5),
        ("saves", "5.5", 5.5),
        ("rate", "0.25", 0.25),
        ("owned", "true", True),
        ("owned", "False", False),
    ],
)
def test_a_value_is_turned_where_that_loses_nothing(field: str, found: Any, value: Any) -> None:
    """Ints for text, integral floats for ints, digits for numbers and words for booleans fit."""
    pin, repairs = mended({"id": "1", field: found})
    assert getattr(pin, field) == value
    assert type(getattr(pin, field)) is type(value)
    assert repairs == [(f"$.{field}", False)]


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("title", ["x"]),
        ("title", True),
        ("saves", "many"),
        ("rate", "nan"),
        ("owned", "perhaps"),
        ("owned", 2),
        ("created_at", "yesterday"),
        ("media", "x"),
        ("tags", {"a": 1}),
    ],
)
def test_a_value_that_does_not_fit_is_left_out(field: str, found: Any) -> None:
    """Anything else that does not fit becomes None, and the rest of the answer stays."""
    pin, repairs = mended({"id": "1", "flag": True, field: found})
    assert getattr(pin, field) is None
    assert (pin.id, pin.flag) == ("1", True)
    assert repairs == [(f"$.{field}", True)]


def test_null_in_a_plain_field_becomes_its_default() -> None:
    """A null where none is declared is as if it were not there."""
    assert mended({"id": "1", "flag": None}) == (Pin(id="1"), [("$.flag", True)])


def test_an_unknown_variant_is_left_out_whole() -> None:
    """An object whose tag is unknown, or missing, goes as a whole."""
    pin, repairs = mended({"id": "1", "media": {"kind": "hologram", "url": "u"}})
    assert pin == Pin(id="1")
    assert repairs == [("$.media.kind", True), ("$.media", True)]


def test_a_list_loses_elements_and_never_itself() -> None:
    """Elements that do not fit are left out one by one, reported where they first stood."""
    parts: list[dict[str, str]] = [
        {"kind": "x"},
        {"kind": "image"},
        {},
        {"kind": "video", "seconds": "3"},
    ]
    tags: list[Any] = [None, "a", [], 2]
    pin, repairs = mended({"id": "1", "parts": parts, "tags": tags})
    assert pin.parts == [Image(), Video(seconds=3)]
    assert pin.tags == ["a", "2"]
    assert set(repairs) == {
        ("$.parts[0].kind", True),
        ("$.parts[0]", True),
        ("$.parts[2]", True),
        ("$.parts[3].seconds", False),
        ("$.tags[0]", True),
        ("$.tags[2]", True),
        ("$.tags[3]", False),
    }


def test_the_entry_of_a_mapping_that_does_not_fit_is_found() -> None:
    """The error does not name the key, yet only the bad entries are mended."""
    metrics = {f"m{number}": 1.0 for number in range(40)}
    pin, repairs = mended({"id": "1", "metrics": {**metrics, "m7": "x", "m30": [], "m31": "2"}})
    assert pin.metrics is not None
    assert set(pin.metrics) == set(metrics) - {"m7", "m30"}
    assert pin.metrics["m31"] == 2.0
    assert repairs == [
        ("$.metrics['m7']", True),
        ("$.metrics['m30']", True),
        ("$.metrics['m31']", False),
    ]


def test_mappings_within_mappings_are_searched_too() -> None:
    """A fault two mappings deep costs one entry of the inner one."""
    days = {"mon": {"a": 1}, "tue": {"a": 1, "b": None, "c": 3}, "wed": {"a": "x"}}
    pin, repairs = mended({"id": "1", "row": {"days": days}})
    assert pin.row.days == {"mon": {"a": 1}, "tue": {"a": 1, "c": 3}, "wed": {}}
    assert repairs == [("$.row.days['tue']['b']", True), ("$.row.days['wed']['a']", True)]


def test_objects_within_mappings_are_mended() -> None:
    """A fault inside an object inside a mapping costs that field alone."""
    sizes: dict[str, Any] = {
        "a.b": {"kind": "image", "url": 5},
        "c[0]": {"kind": "image", "url": []},
    }
    pin, repairs = mended({"id": "1", "sizes": sizes})
    assert pin.sizes == {"a.b": Image("5"), "c[0]": Image(None)}
    assert repairs == [("$.sizes['a.b'].url", False), ("$.sizes['c[0]'].url", True)]


def test_a_missing_required_field_at_the_top_cannot_be_mended() -> None:
    """Without its id the object is unreadable, and the error says so."""
    body = b'{"title": "x"}'
    error = failing(body)
    assert (error.operation, error.path, error.body) == ("pins/get", "$", body)
    assert "id" in str(error)


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b'{"id": "1"', b"\xff"])
def test_what_is_not_json_is_a_decode_error(body: bytes) -> None:
    """Empty, HTML, cut-off and non-Unicode answers raise DecodeError with the raw bytes."""
    error = failing(body)
    assert error.body == body
    assert "html" not in str(error)


def test_deep_nesting_is_a_decode_error() -> None:
    """An answer nested beyond reason raises DecodeError, not RecursionError."""
    assert failing(b"[" * 100_000, Any).path == "$"


def test_strict_raises_and_names_the_place() -> None:
    """With strict nothing is mended, and the path says where it does not fit."""
    error = failing(b'{"id": "1", "media": {"kind": "x"}}', strict=True)
    assert error.path == "$.media.kind"


@pytest.mark.parametrize("strict", [True, False])
def test_values_stay_out_of_the_error(*, strict: bool) -> None:
    """The text of the error names types and paths, never what was found there."""
    answer = dict[str, Image | Video] if strict else Pin
    error = failing(b'{"id2": {"kind": "SECRET"}}', answer, strict=strict)
    assert "SECRET" not in str(error)


def test_reports_hold_no_values() -> None:
    """The reason of a repair names types, never what was found."""
    _, repairs = decode(
        Pin, b'{"id": "1", "media": {"kind": "SECRET"}}', operation="x", strict=False
    )
    assert all("SECRET" not in repair.reason for repair in repairs)


def test_bodies_that_carry_tokens_are_not_kept() -> None:
    """An unreadable answer with a token in it is not put on the error."""
    with pytest.raises(DecodeError) as caught:
        decode(Pin, b'{"access_token": "pina_x"}', operation="oauth/token", strict=True)
    assert caught.value.body == b""


@pytest.mark.parametrize("answer", [None, Pin | None, Any])
def test_an_empty_body_is_none_where_none_is_an_answer(answer: Any) -> None:
    """Nothing is an answer where the type allows None."""
    assert decode(answer, b"", operation="x", strict=True) == (None, [])


def test_no_content_is_never_looked_at() -> None:
    """Where nothing is expected, any body gives None."""
    assert decode(None, b"<html>", operation="x", strict=True) == (None, [])


@pytest.mark.parametrize("answer", [Pin, list[Pin], dict[str, Pin], str])
def test_an_empty_body_is_an_error_where_a_value_is_expected(answer: Any) -> None:
    """A success without the object it promised is an error."""
    assert "empty" in str(failing(b"", answer))


def test_a_bare_list_is_mended_element_by_element() -> None:
    """An element beyond repair is left out and reported, the others stay."""
    value, repairs = mended([{"id": 1}, {"title": "x"}, {"id": "3"}], list[Pin])
    assert value == [Pin("1"), Pin("3")]
    assert repairs == [("$[0].id", False), ("$[1]", True)]


def test_a_bare_mapping_is_mended_value_by_value() -> None:
    """A value beyond repair is left out and reported, the others stay."""
    value, repairs = mended({"a": {"id": 1}, "b": {}, "c": {"id": "3"}}, dict[str, Pin])
    assert value == {"a": Pin("1"), "c": Pin("3")}
    assert repairs == [("$['a'].id", False), ("$['b']", True)]


def test_repair_gives_up_at_its_bound() -> None:
    """A value with more faults than anybody wants to mend raises, in bounded time."""
    error = failing(msgspec.json.encode({"id": "1", "tags": [[]] * 1000}))
    assert error.path.startswith("$.tags")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["kind", "url", "seconds", "a", "b.c", "d[0]", "metrics", "days"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
pins = st.fixed_dictionaries(
    {"id": json_values}, optional=dict.fromkeys(Pin.__struct_fields__[1:], json_values)
)


@given(pins)
def test_any_object_is_mended_or_refused(body: dict[str, Any]) -> None:
    """Whatever comes, the result is a Pin or a DecodeError; good fields are never touched."""
    try:
        content = msgspec.json.encode({**body, "owned": True})
    except UnicodeEncodeError:
        return
    try:
        pin, _ = decode(Pin, content, operation="x", strict=False)
    except DecodeError:
        assert not isinstance(body["id"], str | int) or isinstance(body["id"], bool)
        return
    assert isinstance(pin, Pin)
    assert pin.owned is True
    # It fits its type now.
    msgspec.convert(msgspec.to_builtins(pin), Pin)


def page(body: object) -> Any:
    """Decode a page tolerantly."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return decode_page(Pin, content, operation="boards/list_pins", strict=False)


def test_a_good_page_is_one_decode() -> None:
    """A page that fits has its items and bookmark, and nothing else happens."""
    body, rejected, repairs = page({"items": [{"id": "1"}, {"id": "2"}], "bookmark": "b"})
    assert (body.items, body.bookmark) == ([Pin("1"), Pin("2")], "b")
    assert (rejected, repairs) == ([], [])


def test_items_are_mended_one_by_one_and_hopeless_ones_set_aside() -> None:
    """A page keeps its good items, mends others, and hands out the rest with their JSON."""
    body, rejected, repairs = page(
        b'{"items": [{"id": "1"}, {"title": "x", "n":  1.50}, null, {"id": 4, "media": 1}],'
        b' "bookmark": 9}'
    )
    assert body.items == [Pin("1"), Pin("4")]
    assert body.bookmark == "9"
    assert [(item.index, item.raw, item.path) for item in rejected] == [
        (1, b'{"title": "x", "n":  1.50}', "$"),
        (2, b"null", "$"),
    ]
    assert [(repair.path, repair.dropped) for repair in repairs] == [
        ("$.items[3].id", False),
        ("$.items[3].media", True),
        ("$.bookmark", False),
    ]


def test_null_items_are_an_empty_page() -> None:
    """A page whose items are null is empty, and that is reported."""
    body, _, repairs = page({"items": None})
    assert (body.items, body.bookmark) == ([], None)
    assert [repair.path for repair in repairs] == ["$.items"]


def test_an_odd_bookmark_ends_the_listing() -> None:
    """A bookmark that is no text is left out and reported."""
    body, _, repairs = page({"items": [], "bookmark": {"a": 1}})
    assert body.bookmark is None
    assert [(repair.path, repair.dropped) for repair in repairs] == [("$.bookmark", True)]


@pytest.mark.parametrize("body", [{}, [], {"items": {"a": 1}}, "x", b"", b"<html>", {"data": []}])
def test_what_is_no_page_is_a_decode_error(body: object) -> None:
    """An answer without a list of items raises: an empty page would be a lie."""
    with pytest.raises(DecodeError):
        page(body)


def test_strict_pages_raise_at_the_first_item_that_does_not_fit() -> None:
    """With strict the path names the item."""
    with pytest.raises(DecodeError) as caught:
        decode_page(Pin, b'{"items": [{"id": "1"}, {"id": 2}]}', operation="x", strict=True)
    assert caught.value.path == "$.items[1].id"


def test_decoders_are_made_once() -> None:
    """The decoder of a type is kept."""
    assert decoder_for(list[Pin]) is decoder_for(list[Pin])
    assert page_decoder_for(Pin) is page_decoder_for(Pin)


@pytest.mark.parametrize("text", [rb"p \ud83d", rb"p \udf70", b"p \xff"])
def test_text_that_is_cut_costs_no_other_item(text: bytes) -> None:
    """Half a surrogate pair or invalid UTF-8 becomes U+FFFD, and the repair is reported (F2)."""
    item = b'{"id":"5","title":"' + text + b'"}'
    value, repairs = mended(item)
    assert (value.title, repairs) == ("p \ufffd", [("$", False)])
    page, rejected, page_repairs = decode_page(
        Pin, b'{"items":[' + item + b',{"id":"6"}]}', operation="o", strict=False
    )
    assert [pin.title for pin in page.items] == ["p \ufffd", None]
    assert (rejected, len(page_repairs)) == ([], 1)
    assert page_repairs[0].path == "$.items[0]"


def test_whole_pairs_and_escaped_backslashes_stay_as_they_are() -> None:
    """Only the half of a pair is replaced when the text of a response is repaired (F2)."""
    value, _ = mended(rb'{"id":"\ud83c\udf70 \\ud83d","title":"\ud83d"}')
    assert (value.id, value.title) == ("\U0001f370 \\ud83d", "\ufffd")


@pytest.mark.parametrize(
    ("rest", "saves"),
    [
        (b'"saves":"3","z":1e999', 3),
        (b'"saves":"3","z":' + b"[" * 100_000 + b"]" * 100_000, 3),
        (b'"saves":"3","z":"\xff"', 3),
        (b'"saves":1e999', None),
        (b'"saves":' + b"9" * 5000, None),
        (b'"saves":' + b"[" * 100_000 + b"]" * 100_000, None),
    ],
    ids=["range", "deep", "text", "typed range", "typed digits", "typed deep"],
)
def test_f1_what_is_no_sound_json_costs_its_own_member(rest: bytes, saves: int | None) -> None:
    """Numbers out of range, deep nesting and invalid text cost what they stand in, and no more."""
    item = b'{"id":"1",' + rest + b"}"
    value, repairs = mended(item)
    assert (value.id, value.saves) == ("1", saves)
    assert repairs
    page, rejected, page_repairs = decode_page(
        Pin, b'{"items":[{"id":"0"},' + item + b',{"id":"6"}]}', operation="o", strict=False
    )
    assert [pin.id for pin in page.items] == ["0", "1", "6"]
    assert not rejected
    assert page_repairs[0].path.startswith("$.items[1]")


@pytest.mark.parametrize(
    "bad", [b"nope", b"[1", b'{"id":"5","z":NaN}', b"{}", b"", b'{"id":"5",}', b'{"id":"5" "z":1}']
)
def test_f1_an_item_that_is_no_json_costs_itself(bad: bytes) -> None:
    """It is set aside as it came, and the items around it are there."""
    body = b'{"items":[{"id":"0"},' + bad + b',{"id":"6"}],"bookmark":"b"}'
    if bad == b"[1":
        failing_page(body)
        return
    page, rejected, _ = decode_page(Pin, body, operation="o", strict=False)
    assert [pin.id for pin in page.items] == ["0", "6"]
    assert [(item.index, item.raw) for item in rejected] == [(1, bad)]
    assert page.bookmark == "b"


def failing_page(body: bytes) -> None:
    """Decode a page that must fail."""
    with pytest.raises(DecodeError):
        decode_page(Pin, body, operation="o", strict=False)


@pytest.mark.parametrize(
    "body",
    [
        b'{"items":[{"id":"1"}',
        b'{"items":[{"id":"1"}]',
        b'{"items":[{"id":"1',
        b'{"items":5,"z":1e999}',
        b'{"z":1e999}',
        b'["items", 1e999]',
        b'{"items":[1],,}',
        b"\xff\xfe",
        b"",
        b'"' * 100_001,
    ],
)
def test_f1_a_page_that_is_not_whole_is_our_error(body: bytes) -> None:
    """Its bookmark may be lost, so the items in it are not taken for all there are."""
    failing_page(body)


@pytest.mark.parametrize("around", [b"\xef\xbb\xbf%b", b"%b xx", b'%b{"id":"2"}'])
def test_f1_bytes_before_and_behind_are_left_out(around: bytes) -> None:
    """A byte order mark, or something behind the end, is reported and passed over."""
    value, repairs = mended(around % b'{"id":"1"}')
    assert (value, repairs) == (Pin(id="1"), [("$", True)])
    page, _, page_repairs = decode_page(
        Pin, around % b'{"items":[{"id":"1"}]}', operation="o", strict=False
    )
    assert page.items == [Pin(id="1")]
    assert page_repairs or around.startswith(b"\xef")


def test_f1_items_of_two_lists_are_all_there() -> None:
    """Where a damaged page names its items twice, none of them is lost."""
    body = b'{"items":[{"id":"1"}],"items":[{"id":2}]}'
    page, rejected, _ = decode_page(Pin, body, operation="o", strict=False)
    assert [pin.id for pin in page.items] == ["1", "2"]
    assert not rejected


def test_f7_no_piece_of_work_holds_up_the_loop() -> None:
    """Whatever a page of some megabytes holds, it is read or given up in half a second or so."""
    entries = ",".join(f'"k{number}":{{"url":5,"width":"x"}}' for number in range(300))
    hopeless = '{"id":"1","metrics":{' + entries + "}}"
    pages = [
        '{"items":[' + ",".join([hopeless] * 250) + "]}",
        '{"items":[' + ",".join(['{"id":null}'] * 100_000) + "]}",
        '{"items":["' + '\\"' * 2_000_000 + '],"z":1e999}',
        '{"items":[' + "[" * 2_000_000 + "]" * 2_000_000 + "]}",
        '{"items":[' + "1e999," * 300_000 + "1e999]}",
    ]
    for body in pages:
        began = time.process_time()
        with contextlib.suppress(DecodeError):
            decode_page(Pin, body.encode(), operation="o", strict=False)
        # Half a second on a machine of its own; this one may be busy.
        assert time.process_time() - began < 1.5, body[:60]


def test_a2_an_empty_success_is_taken_where_no_content_is_declared() -> None:
    """An operation whose success is declared without content takes nothing for an answer."""
    assert decode(dict[str, Any], b"", operation="msot_events/create", strict=True) == ({}, [])


def test_repairs_are_given_up_at_a_bound_of_work() -> None:
    """A page of hopeless items is set aside whole, each with the bound as its reason (F7)."""
    bad = b'{"id":"5","metrics":{' + b",".join(b'"%d":"x"' % n for n in range(300)) + b"}}"
    page, rejected, _ = decode_page(
        Pin, b'{"items":[' + b",".join([bad] * 250) + b"]}", operation="o", strict=False
    )
    assert len(page.items) + len(rejected) == 250
    assert "bound of work" in rejected[-1].reason
