"""The rows of new Pins: what is wrong with them is all said before anything is made."""

from __future__ import annotations

import csv
import json
import random
from typing import TYPE_CHECKING, Any, cast, get_args

import pytest

from pinterest_async.emulator import Emulator
from pinterest_async.emulator.schema import types
from pinterest_async.jobs import BadRows, create_pins
from pinterest_async.jobs.pins import pictures
from pinterest_async.jobs.pins import rows as pin_rows
from pinterest_async.jobs.pins.pictures import BadPicture, content_type_of
from pinterest_async.models import PinCreate
from tests.support.clients import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pinterest_async import Pinterest

ADDRESS = "https://x.test/a.jpg"
JPEG = b"\xff\xd8\xff\xe0" + bytes(60)


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An account with two boards and plenty of calls a minute."""
    wide = {"org_write": [(100_000, 60.0)]}
    async with Emulator(boards=2, pins=0, limits=wide, job_seconds=0.0) as emulator:
        yield emulator


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[Pinterest]:
    """A client of it."""
    async with client_of(emulator) as client:
        yield client


def one(emulator: Emulator, **said: Any) -> dict[str, Any]:
    """A good row, but for what is said."""
    board_id = next(iter(emulator.account.saved.boards))
    return {"board": board_id, "image": ADDRESS, "title": "Plums"} | said


def posts(emulator: Emulator) -> int:
    """How much was written."""
    return sum(seen.method != "GET" for seen in emulator.requests)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "mappings"])
async def test_of_a_thousand_rows_the_thirty_bad_ones_are_said_first(
    client: Pinterest, emulator: Emulator, tmp_path: Path, kind: str
) -> None:
    """Each bad row is named with its line, and nothing is made of the good ones."""
    spoil: list[dict[str, Any]] = [
        {"title": "x" * 101},
        {"description": "x" * 801},
        {"alt_text": "x" * 501},
        {"link": "https://x.test/" + "x" * 2048},
        {"link": "javascript:alert(1)"},
        {"link": "www.example.org"},
        {"board": "no such board"},
        {"board": ""},
        {"image": "ftp://x.test/a.jpg"},
        {"image": "no/such/file.jpg"},
        {"image": ""},
        {"section": "no such section"},
        {"dominant_color": "green"},
        {"images": ADDRESS},
        {"images": " | ".join([ADDRESS] * 6), "image": ""},
    ]
    rows = [one(emulator, title=f"Pin {n}") for n in range(1000)]
    chosen = sorted(random.Random(7).sample(range(1000), 30))
    for n, place in enumerate(chosen):
        rows[place] |= spoil[n % len(spoil)]
    source: Any = rows
    before = 0
    if kind == "csv":
        source, before = tmp_path / "rows.csv", 1
        names = sorted({name for row in rows for name in row})
        with source.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
    elif kind == "jsonl":
        source = tmp_path / "rows.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))

    with pytest.raises(BadRows, match="30 of 1000") as caught:
        await create_pins(client, source)

    assert [row.line for row in caught.value.rows] == [n + 1 + before for n in chosen]
    assert caught.value.total == 1000
    assert posts(emulator) == 0
    assert emulator.account.saved.pins == {}


async def test_good_rows_go_on_without_the_bad_ones(client: Pinterest, emulator: Emulator) -> None:
    """With `skip_bad` the bad ones are in the report, and the rest is made."""
    rows = [one(emulator), one(emulator, title="x" * 101), one(emulator, title="Rye")]
    report = await create_pins(client, rows, skip_bad=True)
    assert [row.line for row in report.bad] == [2]
    assert (report.created, report.total, report.complete) == (2, 3, False)
    assert sorted(str(pin.title) for pin in emulator.account.saved.pins.values()) == [
        "Plums",
        "Rye",
    ]


async def test_all_that_is_wrong_with_a_row_is_said(client: Pinterest, emulator: Emulator) -> None:
    """A row with several faults needs to be mended once."""
    row = one(emulator, title="x" * 101, link="x", board="nowhere", tilte="a", image=b"GIF89a")
    with pytest.raises(BadRows) as caught:
        await create_pins(client, [row])
    (bad,) = caught.value.rows
    words = ["'tilte' is none of", "title has 101", "link must begin", "is GIF", "no board"]
    assert len(bad.problems) == len(words)
    for problem, word in zip(bad.problems, words, strict=True):
        assert word in problem


@pytest.mark.parametrize(
    "row",
    [
        7,
        None,
        "title",
        {"board": ["1"], "image": ADDRESS},
        {"board": "1", "image": 7},
        {"board": "1", "images": [ADDRESS, JPEG]},
        {"board": "1", "media_source": {"source_type": "hologram"}},
        {"board": "1", "media_source": "{"},
        {"board": "1", "board_id": "1", "image": ADDRESS},
        {"board": "1", "image": ADDRESS, "media_source": {"source_type": "image_url", "url": "x"}},
    ],
)
async def test_oddities_are_bad_rows(client: Pinterest, emulator: Emulator, row: Any) -> None:
    """Whatever stands in a row, it is reported and does not break the check of the others."""
    with pytest.raises(BadRows) as caught:
        await create_pins(client, [one(emulator), row])
    assert [bad.line for bad in caught.value.rows] == [2]


async def test_lines_are_those_of_the_file(
    client: Pinterest, emulator: Emulator, tmp_path: Path
) -> None:
    """Empty lines and cells over several lines do not shift the numbers."""
    board_id = next(iter(emulator.account.saved.boards))
    path = tmp_path / "rows.csv"
    path.write_text(
        "\ufeffBoard,Image,Title,Description\n"
        f'{board_id},{ADDRESS},good,"one\ntwo\nthree"\n'
        "\n"
        f"{board_id},{ADDRESS},{'x' * 101},\n"
        f'{board_id},{ADDRESS},{"x" * 101},"one\ntwo"\n'
        f"{board_id},{ADDRESS},a,b,c\n",
        encoding="utf-8",
    )
    with pytest.raises(BadRows) as caught:
        await create_pins(client, path)
    assert [row.line for row in caught.value.rows] == [6, 7, 9]

    lines = tmp_path / "rows.ndjson"
    lines.write_text(json.dumps(one(emulator)) + "\n\n{broken\n[]\n")
    with pytest.raises(BadRows) as caught:
        await create_pins(client, lines)
    assert [row.line for row in caught.value.rows] == [3, 4]


async def test_a_file_that_is_not_utf8_is_said(
    client: Pinterest, emulator: Emulator, tmp_path: Path
) -> None:
    """Bytes of another encoding are a bad row, not a crash."""
    path = tmp_path / "rows.csv"
    path.write_bytes(b"board,image,title\n1,https://x.test/a.jpg,Cr\xe8me\n")
    with pytest.raises(BadRows, match="UTF-8"):
        await create_pins(client, path)


async def test_paths_are_seen_from_the_file(
    client: Pinterest, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of rows and its pictures move together, and the journal knows the rows again."""
    folder = tmp_path / "rows"
    (folder / "img").mkdir(parents=True)
    (folder / "img" / "plum.jpg").write_bytes(JPEG)
    board_id = next(iter(emulator.account.saved.boards))
    (folder / "rows.csv").write_text(f"board,image\n{board_id},img/plum.jpg\n")
    first = await create_pins(client, folder / "rows.csv", journal=tmp_path / "j.sqlite")
    monkeypatch.chdir(folder)
    second = await create_pins(client, "rows.csv", journal=tmp_path / "j.sqlite")
    assert (first.created, second.created, second.done_before) == (1, 0, 1)


async def test_keys_tell_rows_apart(client: Pinterest, emulator: Emulator, tmp_path: Path) -> None:
    """A row with a key of its own may change and is still the same; a key is good for one row."""
    journal = tmp_path / "j.sqlite"
    await create_pins(client, [one(emulator, key="a")], journal=journal)
    again = await create_pins(client, [one(emulator, key="a", title="Rye")], journal=journal)
    assert again.done_before == 1
    with pytest.raises(BadRows, match="of several rows") as caught:
        await create_pins(client, [one(emulator, key="b"), one(emulator, key="b", title="c")])
    assert len(caught.value.rows) == 2


async def test_boards_by_every_name(client: Pinterest, emulator: Emulator) -> None:
    """Name, path, address and id of a board and its section lead to the same place."""
    board = await client.boards.create(name="Plum cakes")
    section = await client.board_sections.create(board.id, name="Very old")
    rows = [
        one(emulator, board="plum cakes", section="Very old"),
        one(emulator, board="plum_and_rye/plum-cakes/very-old"),
        one(
            emulator, board="https://www.pinterest.com/plum_and_rye/plum-cakes/", section="VERY OLD"
        ),
        one(emulator, board=int(board.id), section=section.id),
    ]
    report = await create_pins(client, rows)
    assert report.complete
    places = {(pin.board_id, pin.board_section_id) for pin in emulator.account.saved.pins.values()}
    assert places == {(board.id, section.id)}


@pytest.mark.parametrize("board", ["999", "somebody/board", "https://www.pinterest.com/a/b/"])
async def test_an_id_or_address_is_not_made(
    client: Pinterest, emulator: Emulator, board: str
) -> None:
    """`create_missing` makes boards from names, and from nothing else."""
    with pytest.raises(BadRows, match="no board") as raised:
        await create_pins(client, [one(emulator, board=board)], create_missing=True)
    assert posts(emulator) == 0
    assert ("say the section apart" in str(raised.value)) == (board == "somebody/board")


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"GIF89a..........", "GIF"),
        (b"RIFF....WEBPVP8 ", "WebP"),
        (b"\0\0\0\x20ftypheic....", "HEIC"),
        (b"\0\0\0\x20ftypisom....", "a video"),
        (b"hello, this is t", "neither"),
        (b"", "neither"),
    ],
)
def test_what_pinterest_does_not_take_is_named(head: bytes, word: str) -> None:
    """The type is told from the bytes, whatever the name says."""
    with pytest.raises(BadPicture, match=word):
        content_type_of(head)


async def test_sizes_are_checked(
    client: Pinterest, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty pictures, and those above the bound, are bad rows."""
    monkeypatch.setattr(pictures, "LARGEST_PICTURE", 1000)
    large = tmp_path / "large.jpg"
    large.write_bytes(JPEG + bytes(1000))
    (tmp_path / "empty.jpg").touch()
    rows = [one(emulator, image=value) for value in (large, tmp_path / "empty.jpg", b"", tmp_path)]
    with pytest.raises(BadRows) as caught:
        await create_pins(client, rows)
    problems = [row.problems[0] for row in caught.value.rows]
    assert len(problems) == 4
    for problem, word in zip(problems, ("1,064 bytes", "empty", "empty", "no file"), strict=True):
        assert word in problem


def test_lengths_are_those_of_the_description() -> None:
    """What the check lets through is what the API takes."""
    kinds = types.member_types(PinCreate)
    bounds = {name: get_args(types.alternatives(kinds[name])[0])[1] for name in pin_rows.LONGEST}
    assert dict(pin_rows.LONGEST) == {name: bound.max_length for name, bound in bounds.items()}


async def test_a_row_can_be_a_video(client: Pinterest, emulator: Emulator, tmp_path: Path) -> None:
    """A file of rows may name videos beside pictures, with a frame or a picture as the cover."""
    (tmp_path / "film.mp4").write_bytes(bytes(2000))
    (tmp_path / "face.jpg").write_bytes(JPEG)
    board_id = next(iter(emulator.account.saved.boards))
    path = tmp_path / "rows.csv"
    path.write_text(
        "board,title,image,video,cover\n"
        f"{board_id},Plums,{ADDRESS},,\n"
        f"{board_id},Film,,film.mp4,\n"
        f"{board_id},Frame,,film.mp4,7\n"
        f"{board_id},Face,,film.mp4,face.jpg\n"
        f"{board_id},Address,,film.mp4,{ADDRESS}\n"
    )
    report = await create_pins(client, path, journal=tmp_path / "j.sqlite")
    again = await create_pins(client, path, journal=tmp_path / "j.sqlite")
    assert report.complete
    assert (report.created, again.done_before, len(emulator.account.uploads)) == (5, 5, 4)
    bodies: list[Any] = [
        request.body for request in emulator.requests if request.operation_id == "pins/create"
    ]
    sent = {body["title"]: body["media_source"] for body in bodies}
    assert sent["Plums"]["source_type"] == "image_url"
    assert sent["Film"]["cover_image_key_frame_time"] == 1
    assert sent["Frame"]["cover_image_key_frame_time"] == 7
    assert sent["Face"]["cover_image_content_type"] == "image/jpeg"
    assert sent["Address"]["cover_image_url"] == ADDRESS
    assert {pin.creative_type for pin in emulator.account.saved.pins.values()} == {
        "REGULAR",
        "VIDEO",
    }


async def test_a_video_that_pinterest_cannot_use_costs_its_row(
    client: Pinterest, emulator: Emulator, tmp_path: Path
) -> None:
    """The row is refused with its reason, the others are made, and the next run sends it again."""
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(2000))
    rows = [one(emulator), {"board": one(emulator)["board"], "video": film, "title": "Film"}]
    emulator.fail_jobs("media/create")
    report = await create_pins(client, rows, journal=tmp_path / "j.sqlite")
    assert [row.state for row in report.results] == ["created", "refused"]
    assert "cannot use the video" in str(report.results[1].error)
    again = await create_pins(client, rows, journal=tmp_path / "j.sqlite")
    assert again.complete
    assert len(emulator.account.saved.pins) == len(emulator.account.uploads) == 2


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"video": "no/such/film.mp4"}, "no file"),
        ({"video": "https://x.test/film.mp4"}, "on this machine"),
        ({"video": b"film"}, "on this machine"),
        ({"video": "EMPTY"}, "empty"),
        ({"video": "PICTURE"}, "no video"),
        ({"video": "FILM", "image": ADDRESS}, "image and video"),
        ({"video": "FILM", "cover": "no/such/face.jpg"}, "cover: there is no file"),
        ({"video": "FILM", "cover": -1}, "0 or more"),
        ({"video": "FILM", "cover": b"GIF89a"}, "GIF"),
        ({"image": ADDRESS, "cover": 1}, "cover is for a video alone"),
    ],
)
async def test_wrong_videos_are_bad_rows(
    client: Pinterest, emulator: Emulator, tmp_path: Path, said: dict[str, Any], word: str
) -> None:
    """What cannot be uploaded is said before anything is."""
    (tmp_path / "film.mp4").write_bytes(b"film")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "face.mp4").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    names = {"FILM": "film.mp4", "EMPTY": "empty.mp4", "PICTURE": "face.mp4"}
    places = {word: tmp_path / name for word, name in names.items()}
    if isinstance(said.get("video"), str):
        said = {**said, "video": places.get(said["video"], said["video"])}
    row = {"board": one(emulator)["board"], **said}
    with pytest.raises(BadRows, match=word):
        await create_pins(client, [row])
    assert emulator.account.uploads == {}


async def test_a_column_that_comes_twice_is_told(
    client: Pinterest, emulator: Emulator, tmp_path: Path
) -> None:
    """Which of two columns of one name is meant cannot be known."""
    path = tmp_path / "rows.csv"
    path.write_text(f"board,image,title,title\n1,{ADDRESS},a,b\n")
    with pytest.raises(BadRows, match="twice"):
        await create_pins(client, path)
    assert posts(emulator) == 0


@pytest.mark.parametrize(
    ("link", "word"),
    [
        ("https://a.example/1    https://a.example/2", "link holds a blank"),
        ("a.example/1", "link must begin with http:// or https://"),
        ("https:///1", "link names no host"),
    ],
)
async def test_a11_what_is_wrong_with_an_address_is_said(
    client: Pinterest, emulator: Emulator, link: str, word: str
) -> None:
    """A11: two addresses in one cell are not told to begin with https://, as they do."""
    with pytest.raises(BadRows, match=word):
        await create_pins(client, [one(emulator, link=link)])
    with pytest.raises(BadRows, match="picture holds a blank"):
        await create_pins(client, [one(emulator, image="https://a.example/003 moon.jpg")])


BULK = (
    "Title,Media URL,Pinterest board,Thumbnail,Description,Link,Publish date,Keywords\n"
    "Plums,https://x.test/a.jpg,Cakes,,Sweet,https://x.test/1,,\n"
    "Rye,https://x.test/b.png?x=1.mp4,Cakes/Tarts,,,,{date},{words}\n"
)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
async def test_a14_the_file_for_bulk_uploads_is_read(
    client: Pinterest, emulator: Emulator, tmp_path: Path, separator: str
) -> None:
    """A14: Pinterest's columns become Pins, a section behind its board and lists of Excel too."""
    board = await client.boards.create(name="Cakes")
    section = await client.board_sections.create(board.id, name="Tarts")
    path = tmp_path / "bulk.csv"
    path.write_text(BULK.format(date="", words="").replace(",", separator), encoding="utf-8-sig")
    report = await create_pins(client, path)
    assert report.complete
    made = {pin.title: pin for pin in emulator.account.saved.pins.values()}
    assert (made["Plums"].board_id, made["Plums"].board_section_id) == (board.id, None)
    assert (made["Rye"].board_id, made["Rye"].board_section_id) == (board.id, section.id)
    assert made["Plums"].link == "https://x.test/1"


async def test_a14_what_the_api_cannot_do_is_named_or_ignored(
    client: Pinterest, emulator: Emulator, tmp_path: Path
) -> None:
    """A date of publication or keywords are said to be impossible, until they are waved off."""
    board = await client.boards.create(name="Cakes")
    await client.board_sections.create(board.id, name="Tarts")
    path = tmp_path / "bulk.csv"
    path.write_text(BULK.format(date="2026-12-24", words='"pie, rye"'), encoding="utf-8")
    with pytest.raises(BadRows) as caught:
        await create_pins(client, path)
    ((date, words),) = (row.problems for row in caught.value.rows)
    assert date.startswith("Publish date cannot be chosen through the API")
    assert words.startswith("Keywords cannot be given through the API")
    assert "--ignore-unsupported" in words
    assert (await create_pins(client, path, ignore_unsupported=True)).complete


async def test_a14_a_thumbnail_is_the_cover_of_a_video(
    client: Pinterest, emulator: Emulator, tmp_path: Path
) -> None:
    """The ending of the medium tells a video, and minutes and seconds are a frame of it."""
    (tmp_path / "film.MOV").write_bytes(b"film")
    path = tmp_path / "bulk.csv"
    board_id = next(iter(emulator.account.saved.boards))
    path.write_text(f"Pinterest board,Media URL,Thumbnail\n{board_id},film.MOV,1:05\n")
    assert (await create_pins(client, path)).complete
    (body,) = [
        cast("dict[str, Any]", seen.body)
        for seen in emulator.requests
        if seen.operation_id == "pins/create"
    ]
    assert body["media_source"]["cover_image_key_frame_time"] == 65


async def test_a14_near_names_are_understood_or_suggested(
    client: Pinterest, emulator: Emulator
) -> None:
    """Case, blanks and hyphens do not count; of a misspelt name the nearest is said."""
    board_id = next(iter(emulator.account.saved.boards))
    row = {"Board ID": board_id, "Image-URL": ADDRESS, "Alt Text": "Plums"}
    assert (await create_pins(client, [row])).complete
    with pytest.raises(BadRows, match=r"'Descripton' is none of .*: did you mean description\?"):
        await create_pins(client, [row | {"Descripton": "x"}])
